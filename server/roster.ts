import { countAsks, countCodes } from '../db/addressees.ts'
import { findReceipts } from '../db/asks.ts'
import type { Moment } from '../db/audit.ts'
import { listFrames, type StoredFrame } from '../db/frames.ts'
import type { SurveyFile } from '../db/platform.ts'
import {
  addToImport,
  beginImport,
  completeImport,
  endImport,
  listImports,
  type RosterEntry,
  type RowsOfOrgan,
} from '../db/roster-imports.ts'
import type { Scope } from '../db/scope.ts'
import { surveyName } from '../surveys/ballot.ts'
import { hex } from '../surveys/canonical.ts'
import { verifiedCells } from '../surveys/design.ts'
import { type DrawReader, type FrameRow, openDraw, openFrame } from '../surveys/draw.ts'
import { asksPerQuarter, parsePlan } from '../surveys/plan.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { openRoster, type RosterFrame, type RosterProblem, rosterKeys } from '../surveys/roster.ts'
import { askedHash, openAsking } from './asking.ts'
import { dayOf, quarterOf } from './calendar.ts'
import { breath, unsubscribedOf } from './invitations.ts'
import { openSparing } from './reuse.ts'
import { type Chosen, type Row, sealRow, signedHash } from './roster-entry.ts'
import { keyOlderRosters, openListed } from './roster-listed.ts'
import { readStored } from './stored.ts'
import type { OpenedTable } from './table-file.ts'
import type { World } from './world.ts'

// A roster is read twice: once to see that nothing is wrong with it and how many get a code, and once to write it down. No
// more than some hundreds of its rows are in memory at a time.

export type RosterRefusal =
  | { readonly code: 'rows'; readonly problems: readonly RosterProblem[]; readonly total: number }
  | { readonly code: 'over_expected'; readonly expected: number; readonly people: number }
  /** `other_frame`: the file is not the list that was registered. */
  | { readonly code: 'changed' | 'running' | 'drawn_before' | 'other_frame' }
  | { readonly code: 'response'; readonly percent: number }

/** What became of the rows of a roster, or would. */
export interface RosterOutcome {
  /** Rows that get a code. */
  readonly people: number
  /** Rows of people who were asked often enough this quarter: they get none. */
  readonly overLimit: number
  /** Rows of those who stand on the roster already, where such are left out. */
  readonly listed: number
  /** Of `people`, services that their organ's own system has got a receipt for: the same code goes to their address as well. */
  readonly signed: number
  /** Services that have a result already which, as the plan says, takes the place of asking: they get none. */
  readonly spared: number
  /** Addresses that want no messages and are left out; a leader whose every address it is gets a letter. */
  readonly unsubscribed: number
}

/** How far a roster has come: of `total` rows so many. */
export interface RosterProgress {
  readonly step: 'checking' | 'writing'
  readonly done: number
  readonly total: number
}

/** Most problems that are kept; how many there are is counted beyond. */
const mostProblems = 100
/** So many hidden rows go into one transaction. */
const rowsPerCommit = 2_000

export type RosterAct = Moment & {
  readonly isTrial: boolean
  /** Leaves rows out that are on the roster already, instead of refusing them: the same rows again change nothing. */
  readonly isRepeatable?: boolean
  /** The list of which a sample is drawn, and the seed; null where everybody gets a code. */
  readonly draw: { readonly frame: StoredFrame; readonly seed: string } | null
  readonly report: (progress: RosterProgress) => void
}

/**
 * Reads a roster and, unless it is only to be checked, adds all of it, or those who are drawn: codes, and to whom each goes.
 * Nothing is added where anything is wrong, or where it is interrupted. Only one may go on for a survey.
 */
export async function importRoster(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: OpenedTable,
  act: RosterAct,
): Promise<Result<RosterOutcome, RosterRefusal>> {
  const { isTrial, draw, now } = act
  const frames = await listFrames(world.db, scope, file.survey.id)
  if (!draw && frames.some(({ drawnAt }) => drawnAt > 0)) return err({ code: 'drawn_before' })
  const list = listOf(file, now)
  await keyOlderRosters(world, scope, file)
  const lot = draw ? await drawFrom(world, scope, file, table, list, draw) : ok(null)
  if (!lot.ok) return lot
  const checked = await check(world, scope, file, table, { act, list, lot: lot.value })
  if (!checked.ok) return checked
  const { outcome } = checked.value
  const people = ((await countCodes(world.db, scope)).get(file.survey.id) ?? 0) + outcome.people - outcome.signed
  const { expected } = file.survey
  if (people > expected) return err({ code: 'over_expected', expected, people })
  if (isTrial) return ok(outcome)
  if (outcome.people === 0) {
    await checked.value.noteSpared()
    return ok(outcome)
  }
  return write(world, scope, file, table, { act, list, outcome, lot: lot.value })
}

interface Checking {
  readonly act: RosterAct
  readonly list: RosterFrame
  readonly lot: DrawReader | null
}

async function check(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: OpenedTable,
  { act, list, lot }: Checking,
): Promise<Result<{ outcome: RosterOutcome; noteSpared: () => Promise<void> }, RosterRefusal>> {
  const choice = chooser(world, scope, file, { now: act.now, lot })
  const { draw, isRepeatable = false } = act
  const listed = openListed(world, scope, file)
  const read = await readRows(
    file,
    table,
    { list, listed, isFrame: draw !== null, isRepeatable },
    async (rows, done) => {
      await choice.choose(rows)
      act.report({ step: 'checking', done, total: table.count })
    },
  )
  if (!read.ok) return read
  return ok({ outcome: { ...choice.outcome(), listed: read.value }, noteSpared: choice.noteSpared })
}

interface Writing extends Checking {
  readonly outcome: RosterOutcome
}

async function write(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: OpenedTable,
  { act, list, outcome, lot }: Writing,
): Promise<Result<RosterOutcome, RosterRefusal>> {
  const { writer } = world
  const { now, draw, report, req } = act
  const of = { survey: file.survey.id, now, ...(req === undefined ? {} : { req }) }
  await world.keys.createContactKey(surveyName(file.jurisdiction.code, file.survey.code))
  // Only one works here at a time, so what goes on according to the tables was left by one that could not end.
  if ((await listImports(world.db, scope)).includes(of.survey)) await endImport(writer, scope, of)
  const begun = await beginImport(writer, scope, { ...of, total: outcome.people })
  if (!begun.ok) return err({ code: 'running' })
  try {
    const choice = chooser(world, scope, file, { now, lot })
    let waiting: RosterEntry[] = []
    let done = 0
    const flush = async () => {
      const entries = waiting
      waiting = []
      done += entries.length
      if (!(await addToImport(writer, scope, { ...of, done, entries })).ok) throw new Error('the import was ended')
      report({ step: 'writing', done, total: outcome.people })
    }
    // Whether anybody has come onto the roster meanwhile is asked once more when it is completed.
    const { isRepeatable = false } = act
    const listed = isRepeatable ? openListed(world, scope, file) : nobody
    const read = await readRows(file, table, { list, listed, isFrame: draw !== null, isRepeatable }, async (rows) => {
      for (const chosen of await choice.choose(rows)) waiting.push(await sealRow(world, file, chosen))
      if (waiting.length >= rowsPerCommit) await flush()
    })
    if (waiting.length > 0) await flush()
    if (!read.ok || done !== outcome.people) return err({ code: 'changed' })
    const asks = { quarter: quarterOf(now), limit: asksPerQuarter(planOf(file)) }
    const completed = await completeImport(writer, scope, {
      ...{ ...of, group: groupOf(file), people: outcome.people, overLimit: outcome.overLimit, asks },
      organs: choice.organs(),
      drawn: draw && { id: draw.frame.id, seed: draw.seed },
    })
    if (!completed.ok) return err({ code: 'changed' })
    await choice.noteSpared()
    return ok(outcome)
  } finally {
    await endImport(writer, scope, { ...of, now: world.now() })
  }
}

// ---- samples ------------------------------------------------------------------------------------------------------

/** A row as it stands in a list of which a sample is drawn. */
export const frameRow = (row: Row): FrameRow => ({ stratum: 'organ' in row ? row.organ : row.cell, number: row.number })

/** Draws from a list that is the one that was registered. */
async function drawFrom(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: OpenedTable,
  list: RosterFrame,
  { frame, seed }: NonNullable<RosterAct['draw']>,
): Promise<Result<DrawReader, RosterRefusal>> {
  const { crypto } = world
  const survey = surveyName(file.jurisdiction.code, file.survey.code)
  const given = openFrame(crypto.sha256)
  const lot = openDraw({ survey, frame: frame.hash, seed, strata: frame.strata }, crypto.sha256)
  const listed = openListed(world, scope, file)
  const read = await readRows(file, table, { list, listed, isFrame: true }, async (rows) => {
    for (const row of rows.map(frameRow)) {
      await given.add(row)
      await lot.add(row)
    }
  })
  if (!read.ok) return read
  const { hash } = await given.result(0)
  return hex(hash) === hex(frame.hash) ? ok(lot) : err({ code: 'other_frame' })
}

// ---- rows ---------------------------------------------------------------------------------------------------------

interface Reading {
  readonly list: RosterFrame
  /** Which of these keys of rows are on the roster already. */
  readonly listed: (keys: readonly string[]) => Promise<ReadonlySet<string>>
  readonly isFrame: boolean
  readonly isRepeatable?: boolean
}

/**
 * Leads every row of a table past `take`, some hundreds at a time, and answers how many were left out since they are on the
 * roster; or says what is wrong with them.
 */
export async function readRows(
  file: SurveyFile,
  table: OpenedTable,
  { list, listed, isFrame, isRepeatable = false }: Reading,
  take: (rows: readonly Row[], done: number) => Promise<void>,
): Promise<Result<number, RosterRefusal>> {
  const reader = openRoster(groupOf(file), table.header, list)
  if (!reader.ok) return err({ code: 'rows', problems: reader.error, total: reader.error.length })
  const problems: RosterProblem[] = []
  let [total, done, left] = [0, 0, 0]
  for await (const part of table.rows()) {
    const rows: Row[] = []
    const reads = part.map((row) => named(reader.value.read(row), isFrame))
    const known = await listed(reads.flatMap((read) => (read.ok ? rosterKeys(read.value) : [])))
    for (const read of reads) {
      const wrong = read.ok ? reader.value.compare(read.value, known) : read.error
      if (read.ok && wrong.length === 0) rows.push(read.value)
      else if (isRepeatable && wrong.every(({ code }) => code === 'on_roster')) left += 1
      else {
        total += wrong.length
        problems.push(...wrong.slice(0, mostProblems - problems.length))
      }
    }
    done += part.length
    if (total === 0) await take(rows, done)
    await breath()
  }
  return total > 0 ? err({ code: 'rows', problems, total }) : ok(left)
}

/** A row is drawn by its number. */
function named(read: Result<Row, RosterProblem[]>, isFrame: boolean): Result<Row, RosterProblem[]> {
  if (!read.ok || !isFrame || read.value.number !== '') return read
  return err([{ code: 'required', row: read.value.line, column: 'number', value: '' }])
}

export const groupOf = ({ survey }: SurveyFile): 'leaders' | 'recipients' =>
  survey.group === 'leaders' ? 'leaders' : 'recipients'

export const planOf = ({ plan }: SurveyFile) => readStored(parsePlan(JSON.parse(plan.body)))

/** What is known besides the file: cells, organs and the day. */
export const listOf = (file: SurveyFile, now: number): RosterFrame => ({
  cells: verifiedCells(planOf(file), file.survey.group),
  organs: organNames(file),
  today: dayOf(now),
})

const nobody = async () => new Set<string>()

/** Every name and code by which a list may call an organ. */
function organNames({ organs }: SurveyFile): Map<string, string> {
  return new Map(
    organs.flatMap(({ code, nameZh, nameEn, shortZh, shortEn }) =>
      [shortZh, shortEn, nameZh, nameEn, code].map((name) => [name, code] as const),
    ),
  )
}

/**
 * Who of the rows gets a code, in the order of the file: those who are drawn, without the addresses that want no messages and
 * the services that have a result already, and nobody more often in this quarter than the plan says, by rosters: what organs'
 * systems have asked for leaves out nobody, nor does a receipt, of which only the organ knows whether anybody got it. A service
 * needs an address; leaders may always be asked.
 */
function chooser(
  world: World,
  scope: Scope,
  file: SurveyFile,
  { now, lot }: { readonly now: number; readonly lot: DrawReader | null },
) {
  const limit = asksPerQuarter(planOf(file))
  const quarter = quarterOf(now)
  const gone = new Set<string>()
  /** Rows chosen so far of each person, by the first 72 bits of the name: enough to tell them apart, and a tenth of the memory. */
  const chosenOf = new Map<string, number>()
  let people = 0
  const rowsOf = new Map<string, { signed: number; spared: number; overLimit: number }>()
  const nameOf = openAsking(world, scope.jurisdiction)
  const sparing = openSparing(world, scope, file)

  function count(row: Row, what: keyof RowsOfOrgan): void {
    const organ = 'organ' in row ? row.organ : ''
    const own = rowsOf.get(organ) ?? { signed: 0, spared: 0, overLimit: 0 }
    own[what] += 1
    rowsOf.set(organ, own)
  }
  const sumOf = (what: keyof RowsOfOrgan) => [...rowsOf.values()].reduce((sum, own) => sum + own[what], 0)

  /** Each row without the addresses that want no messages, beside the row as it was given: by that a person is known. */
  async function reachable(rows: readonly Row[]): Promise<{ row: Row; given: Row }[]> {
    const addresses = rows.flatMap(({ phone, mail }) => [phone, mail]).filter((address) => address !== '')
    for (const address of await unsubscribedOf(world, scope, file.jurisdiction.code, addresses)) gone.add(address)
    return rows
      .map((given) => ({
        given,
        row: {
          ...given,
          phone: gone.has(given.phone) ? '' : given.phone,
          mail: gone.has(given.mail) ? '' : given.mail,
        },
      }))
      .filter(({ row }) => !('organ' in row) || row.phone !== '' || row.mail !== '')
  }

  /** The rows whose code is among the survey's receipts already. */
  async function signedOf(chosen: readonly Chosen[]): Promise<Row[]> {
    const hashes = await Promise.all(chosen.map(({ row }) => signedHash(world, file, row)))
    const codes = hashes.filter((hash) => hash !== null)
    if (codes.length === 0) return []
    const found = await findReceipts(world.db, scope, file.survey.id, codes)
    return chosen.filter((_, at) => found.has(hex(hashes[at] ?? new Uint8Array(0)))).map(({ row }) => row)
  }

  return {
    async choose(given: readonly Row[]): Promise<Chosen[]> {
      const drawn = lot ? await drawnOf(lot, given) : given
      const wanted = new Set(await sparing.leave(drawn))
      for (const row of drawn) if (!wanted.has(row)) count(row, 'spared')
      const rows = await reachable([...wanted])
      const chosen: Chosen[] = []
      if (groupOf(file) === 'leaders') chosen.push(...rows.map((each) => ({ ...each, asked: null })))
      else {
        const toName = await nameOf
        const names = await Promise.all(rows.map((each) => toName(each.given)))
        const hashes = await Promise.all(
          names.map((name) => askedHash(world, 'rostered', scope.jurisdiction, quarter, name)),
        )
        const before = await countAsks(world.db, scope, quarter, hashes)
        rows.forEach(({ row, given }, at) => {
          const [asked, name] = [hashes[at]!, names[at]!.slice(0, 12)]
          const more = chosenOf.get(name) ?? 0
          if ((before.get(hex(asked)) ?? 0) + more >= limit) count(row, 'overLimit')
          else {
            chosenOf.set(name, more + 1)
            chosen.push({ row, given, asked })
          }
        })
      }
      for (const row of await signedOf(chosen)) count(row, 'signed')
      people += chosen.length
      return chosen
    },
    outcome: (): Omit<RosterOutcome, 'listed'> => ({
      people,
      overLimit: sumOf('overLimit'),
      signed: sumOf('signed'),
      spared: sparing.count(),
      unsubscribed: gone.size,
    }),
    organs: (): Readonly<Record<string, RowsOfOrgan>> => Object.fromEntries(rowsOf),
    noteSpared: sparing.note,
  }
}

async function drawnOf(lot: DrawReader, rows: readonly Row[]): Promise<Row[]> {
  const drawn: Row[] = []
  for (const row of rows) if (await lot.isDrawn(frameRow(row))) drawn.push(row)
  return drawn
}
