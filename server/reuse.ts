import type { Moment } from '../db/audit.ts'
import type { FoundCycle, OrganRow, SurveyFile } from '../db/platform.ts'
import { addSource, findRecords, listSources, type NewRecord, noteSpared, type SourceFacts } from '../db/reuse.ts'
import type { Scope } from '../db/scope.ts'
import { compareBytes, hex } from '../surveys/canonical.ts'
import { parsePlan } from '../surveys/plan.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { ageInMonths, type ReuseKind, type ReuseProblem, readReused, reuseKinds, reuseTerms } from '../surveys/reuse.ts'
import { dayOf } from './calendar.ts'
import { readStored } from './stored.ts'
import type { Table } from './table-file.ts'
import type { World } from './world.ts'

/** What became of a file, or would: new results, those that were there, rows without a rating. */
export interface ReuseOutcome {
  readonly added: number
  readonly known: number
  readonly unrated: number
}

export type ReuseRefusal =
  | { readonly code: 'rows'; readonly problems: readonly ReuseProblem[] }
  | { readonly code: 'too_many'; readonly limit: number }
  | { readonly code: 'changed' }

/** Longest file, in rows. */
export const mostRecords = 50_000

/** Reads a file of existing results into the register of a cycle, whole or not at all; what is there already stays as it is. */
export async function importReused(
  world: World,
  scope: Scope,
  act: Moment & {
    readonly found: FoundCycle
    readonly organs: readonly OrganRow[]
    readonly kind: ReuseKind
    readonly facts: SourceFacts
    readonly bytes: Uint8Array
    readonly table: Table
    readonly isTrial: boolean
  },
): Promise<Result<ReuseOutcome, ReuseRefusal>> {
  const { found, organs, kind, facts, bytes, table, isTrial, ...moment } = act
  if (table.rows.length > mostRecords) return err({ code: 'too_many', limit: mostRecords })
  const codes = new Map(
    organs.flatMap(({ code, nameZh, shortZh, nameEn }) => [nameEn, shortZh, nameZh, code].map((name) => [name, code])),
  )
  const read = readReused(table, {
    kind,
    columns: facts.columns,
    scale: facts.scale,
    organs: codes,
    from: facts.from,
    to: facts.to,
    today: dayOf(moment.now),
  })
  if (!read.ok) return err({ code: 'rows', problems: read.error })
  const cycle = found.cycle.id
  const place = { jid: found.jurisdiction.code, cycle: found.cycle.code }
  const file = await world.crypto.sha256(bytes)
  const { rows, unrated } = read.value
  const registered = await listSources(world.db, scope, cycle)
  if (registered.some((each) => compareBytes(each.file, file) === 0))
    return ok({ added: 0, known: rows.length, unrated })
  const idOf = new Map(organs.map(({ id, code }) => [code, id]))
  const records = await Promise.all(
    rows.map(async ({ number, organ, day, people, score }): Promise<NewRecord> => {
      return { h: await recordHash(world, place, { kind, organ, number }), organ: idOf.get(organ)!, day, people, score }
    }),
  )
  const known = await findRecords(world.db, scope, { cycle, kind, h: records.map(({ h }) => h) })
  const fresh = records.filter(({ h }) => !known.has(hex(h)))
  const outcome = { added: fresh.length, known: records.length - fresh.length, unrated }
  if (isTrial || fresh.length === 0) return ok(outcome)
  const added = await addSource(world.writer, scope, { cycle, kind, facts, file, unrated, records: fresh, ...moment })
  return added.ok ? ok(outcome) : err({ code: 'changed' })
}

/** Under which a result is known: its number at the source, hashed with a key that no table holds. */
const recordHash = (
  { keys }: World,
  { jid, cycle }: { readonly jid: string; readonly cycle: string },
  { kind, organ, number }: { readonly kind: ReuseKind; readonly organ: string; readonly number: string },
): Promise<Uint8Array> => Promise.resolve(keys.codeHash(`reuse|${jid}/${cycle}|${kind}|${organ}|${number}`))

/** What leaves services out of a list that have a result which, as the plan says, takes the place of asking while it is not out of date. */
export function openSparing(world: World, scope: Scope, { plan, jurisdiction, survey }: SurveyFile) {
  const said = readStored(parsePlan(JSON.parse(plan.body)))
  const kinds = reuseKinds.filter((kind) => reuseTerms(said, kind).replaces)
  const place = { jid: jurisdiction.code, cycle: survey.cycle }
  const cycle = survey.cycleId
  const today = dayOf(world.now())
  const spared = new Map<ReuseKind, Set<string>>(kinds.map((kind) => [kind, new Set()]))
  return {
    /** The rows that are to be asked about; services are known by agency and number. */
    async leave<Row extends object>(rows: readonly Row[]): Promise<readonly Row[]> {
      let left = rows
      for (const kind of kinds) {
        const hashes = await Promise.all(left.map((row) => serviceHash(world, place, kind, row)))
        const h = hashes.filter((each) => each !== null)
        const { months } = reuseTerms(said, kind)
        const found = await findRecords(world.db, scope, { cycle, kind, h })
        const known = new Set([...found].flatMap(([each, day]) => (ageInMonths(day, today) <= months ? [each] : [])))
        for (const each of known) spared.get(kind)?.add(each)
        left = left.filter((_, at) => !known.has(hex(hashes[at] ?? new Uint8Array(0))))
      }
      return left
    },
    /** How many were left out. */
    count: (): number => [...spared.values()].reduce((sum, { size }) => sum + size, 0),
    /** Writes down that they were. */
    async note(): Promise<void> {
      for (const [kind, h] of spared) if (h.size > 0) await noteSpared(world.writer, scope, { cycle, kind, h: [...h] })
    },
  }
}

async function serviceHash(
  world: World,
  place: Parameters<typeof recordHash>[1],
  kind: ReuseKind,
  row: { readonly organ?: string; readonly number?: string },
): Promise<Uint8Array | null> {
  const { organ, number = '' } = row
  return organ === undefined || number === '' ? null : recordHash(world, place, { kind, organ, number })
}
