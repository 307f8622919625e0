import { type Asks, countAsks, countCodes, importAddressees, type NewAddressee } from '../db/addressees.ts'
import type { Moment } from '../db/audit.ts'
import type { SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { type Import, invitesImport, receiptCodesImport } from '../db/tickets.ts'
import { codeFromBytes, surveyName } from '../surveys/ballot.ts'
import { base64url, fromBase64url, hex } from '../surveys/canonical.ts'
import { verifiedCells } from '../surveys/design.ts'
import { asksPerQuarter, parsePlan } from '../surveys/plan.ts'
import { type LeaderRow, type RosterProblem, readRoster, rosterKeys, type ServiceRow } from '../surveys/roster.ts'
import { dayOf, quarterOf } from './calendar.ts'
import { type Contact, openAddressees, unsubscribedOf } from './invitations.ts'
import { readStored } from './standing.ts'
import type { Table } from './table-file.ts'
import type { World } from './world.ts'

/** Most rows of one file, so that it can be added in one piece without anybody's answer waiting for it. */
export const longestRoster = 5_000

export type RosterRefusal =
  | { readonly code: 'rows'; readonly problems: readonly RosterProblem[] }
  | { readonly code: 'too_many_rows'; readonly limit: number }
  | { readonly code: 'over_expected'; readonly expected: number; readonly people: number }
  | { readonly code: 'changed' }

/** What became of the rows of a roster, or would. */
export interface RosterOutcome {
  /** Rows that get a code. */
  readonly people: number
  /** Rows of people who were asked often enough this quarter: they get none. */
  readonly overLimit: number
  /** Addresses that want no messages and are left out; a leader whose every address it is gets a letter. */
  readonly unsubscribed: number
}

/**
 * Reads a roster and, unless it is only to be checked, adds all of it: codes, and to whom each goes. Nothing is added where
 * anything is wrong.
 */
export async function importRoster(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: Table,
  act: Moment & { readonly isTrial: boolean },
): Promise<{ ok: true; value: RosterOutcome } | { ok: false; error: RosterRefusal }> {
  const no = (error: RosterRefusal) => ({ ok: false as const, error })
  if (table.rows.length > longestRoster) return no({ code: 'too_many_rows', limit: longestRoster })
  const group = file.survey.group === 'leaders' ? 'leaders' : 'recipients'
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  const cells = verifiedCells(plan, group)
  const known = await openAddressees(world, scope, file)
  const read = readRoster(group, table, {
    cells,
    organs: organNames(file),
    today: dayOf(act.now),
    known: new Set(known.flatMap(({ contact }) => rosterKeys(keyed(contact)))),
  })
  if (!read.ok) return no({ code: 'rows', problems: read.error })
  const { rows, unsubscribed } = await reachable(world, scope, file, read.value)
  const limited = { limit: asksPerQuarter(plan), quarter: quarterOf(act.now) }
  const { invited, asks } = await withinLimit(world, scope, rows, limited)
  const people = ((await countCodes(world.db, scope)).get(file.survey.id) ?? 0) + invited.length
  const { expected } = file.survey
  if (people > expected) return no({ code: 'over_expected', expected, people })
  const outcome = { people: invited.length, overLimit: rows.length - invited.length, unsubscribed }
  if (act.isTrial) return { ok: true, value: outcome }
  const { addressees, tickets } = await sealRows(world, file, invited, cells)
  const added = await importAddressees(world.writer, scope, {
    ...act,
    survey: file.survey.id,
    known: known.length,
    addressees,
    tickets,
    asks,
    overLimit: outcome.overLimit,
  })
  return added.ok ? { ok: true, value: outcome } : no({ code: 'changed' })
}

/** Every name and code by which a list may call an organ. */
function organNames({ organs }: SurveyFile): Map<string, string> {
  return new Map(
    organs.flatMap(({ code, nameZh, nameEn, shortZh, shortEn }) =>
      [shortZh, shortEn, nameZh, nameEn, code].map((name) => [name, code] as const),
    ),
  )
}

/** A stored contact as the row that it came from, for comparing. */
function keyed({ number = '', name = '', phone = '', mail = '', cell = '', organ, day = 0, service = '' }: Contact) {
  const common = { number, name, phone, mail }
  return organ === undefined ? { ...common, cell } : { ...common, organ, day, service }
}

/** The rows without the addresses that want no messages, and how many of these there were. A service needs an address. */
async function reachable(world: World, scope: Scope, file: SurveyFile, rows: readonly (LeaderRow | ServiceRow)[]) {
  const addresses = rows.flatMap(({ phone, mail }) => [phone, mail]).filter((address) => address !== '')
  const gone = await unsubscribedOf(world, scope, file.jurisdiction.code, addresses)
  const kept = rows
    .map((row) => ({ ...row, phone: gone.has(row.phone) ? '' : row.phone, mail: gone.has(row.mail) ? '' : row.mail }))
    .filter((row) => !('organ' in row) || row.phone !== '' || row.mail !== '')
  return { rows: kept, unsubscribed: gone.size }
}

/** The rows of people who may still be asked in this quarter, in the order of the file; leaders always may. */
async function withinLimit(
  world: World,
  scope: Scope,
  rows: readonly (LeaderRow | ServiceRow)[],
  { limit, quarter }: { readonly limit: number; readonly quarter: number },
): Promise<{ invited: readonly (LeaderRow | ServiceRow)[]; asks: Asks | null }> {
  if (!rows.some((row) => 'organ' in row)) return { invited: rows, asks: null }
  const people = await Promise.all(
    rows.map(async ({ phone, mail }) => {
      const who = `address|${phone || mail.toLowerCase()}`
      return fromBase64url(await world.keys.derive(`asked|${scope.jurisdiction}|${quarter}|${who}`))!
    }),
  )
  const asked = new Map(await countAsks(world.db, scope, quarter, people))
  const more = new Map<string, { h: Uint8Array; n: number }>()
  const invited = rows.filter((_, at) => {
    const h = people[at]!
    const name = hex(h)
    const before = asked.get(name) ?? 0
    if (before >= limit) return false
    asked.set(name, before + 1)
    more.set(name, { h, n: (more.get(name)?.n ?? 0) + 1 })
    return true
  })
  return { invited, asks: { quarter, limit, people: [...more.values()] } }
}

async function sealRows(
  world: World,
  file: SurveyFile,
  rows: readonly (LeaderRow | ServiceRow)[],
  cells: readonly string[],
): Promise<{ addressees: NewAddressee[]; tickets: Import }> {
  const { keys, crypto } = world
  const survey = surveyName(file.jurisdiction.code, file.survey.code)
  await keys.createContactKey(survey)
  const sealed = await Promise.all(
    rows.map(async (row) => {
      const { line: _, ...facts } = row
      const code = codeFromBytes(crypto.random(10))
      const member = 'organ' in row ? undefined : base64url(crypto.random(16))
      const id = crypto.random(16)
      const said = Object.entries(facts).filter(([, value]) => value !== '')
      const text = JSON.stringify({ code, member, ...Object.fromEntries(said) })
      const addressee = {
        id,
        sealed: await keys.sealAddressee(survey, id, text),
        byPhone: row.phone !== '',
        byMail: row.mail !== '',
      }
      return { row, addressee, member, h: new Uint8Array(await keys.codeHash(code)) }
    }),
  )
  const addressees = sealed.map(({ addressee }) => addressee)
  if (file.survey.group !== 'leaders')
    return {
      addressees,
      tickets: receiptCodesImport(sealed.map(({ row, h }) => ({ h, organ: 'organ' in row ? row.organ : '' }))),
    }
  const invites = sealed.map(({ row, member, h }) => ({
    h,
    member: member ?? '',
    cell: 'cell' in row ? row.cell : '',
  }))
  return { addressees, tickets: invitesImport(invites, cells) }
}
