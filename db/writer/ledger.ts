import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import {
  addSlip,
  addSlipMoments,
  type Cell,
  emptyCell,
  emptyMoments,
  type Moments,
  mergeMoments,
  packCell,
  packMoments,
  type TallySpec,
  tallySpec,
  unpackCell,
  unpackMoments,
} from '../../surveys/tally.ts'
import type { Row, Statement } from '../database.ts'
import type { LiveItem, LiveSlip, Outcome } from './items.ts'
import {
  addToRoll,
  type CellRef,
  countParticipation,
  findBody,
  findMoments,
  findRoll,
  findState,
  findSums,
  keepComment,
  keepSlip,
  nextSlips,
  spend,
  stillOpen,
  writeMoments,
  writeSums,
} from './statements.ts'

/** A question to the tables, and what to do with its rows. */
export interface Lookup {
  readonly statement: Statement
  take(rows: readonly Row[]): void
}

/** Work in three steps: the executor answers the lookups, writes what follows from them, and says how it ended. */
export interface Batch {
  readonly lookups: readonly Lookup[]
  /** To be called once the lookups are answered. */
  writes(): readonly Statement[]
  committed(): void
  failed(): void
}

export interface LiveBatch extends Batch {
  outcomes(): readonly Outcome[]
}

/**
 * What the sole writer keeps in memory: the sums of the cells it is adding to, and second moments not yet written.
 * Sums in memory equal the table after every commit; after a failed one they are read again.
 */
export class Ledger {
  readonly #specs = new Map<string, TallySpec>()
  readonly #cells = new Map<string, Cell>()
  readonly #waiting = new Map<string, WaitingMoments>()
  readonly #rebuilds = new Map<string, Rebuild>()

  /** Decides a batch of responses, no two of one person. */
  live(items: readonly LiveItem[]): LiveBatch {
    const rolls = new Map<LiveItem, Uint8Array>()
    const doors = new Map<string, 'open' | Outcome>()
    const touched = new Map<string, CellRef>()
    const lookups: Lookup[] = []
    for (const item of items) {
      lookups.push({ statement: findRoll(item), take: ([row]) => row && rolls.set(item, blob(row.bh)) })
      const survey = surveyKey(item)
      if (!doors.has(survey)) {
        doors.set(survey, 'unknown')
        lookups.push({
          statement: findState(item.jurisdiction, item.survey),
          take: ([row]) => doors.set(survey, door(row)),
        })
        // Only an opened survey has terms that stay; before that its questionnaire may still be exchanged.
        const isOpened = () => doors.get(survey) === 'open'
        if (!this.#specs.has(survey)) lookups.push(this.#readSpec(item.jurisdiction, item.survey, isOpened))
      }
      for (const slip of item.slips) {
        const ref = cellOf(item, slip)
        const key = cellKey(ref)
        if (touched.has(key)) continue
        touched.set(key, ref)
        if (this.#cells.has(key)) continue
        lookups.push({
          statement: findSums(ref),
          // The questionnaire is looked up before the cells of its survey, so its spec is known here if it exists.
          take: ([row]) => {
            const spec = this.#specs.get(survey)
            if (spec) this.#cells.set(key, row ? unpackCell(spec, blob(row.sums)) : emptyCell(spec))
          },
        })
      }
    }
    const changed = new Map<string, CellRef>()
    let accepted: LiveItem[] = []
    let outcomes: Outcome[] = []
    return {
      lookups,
      writes: () => {
        outcomes = items.map((item) => decide(item, rolls.get(item), doors.get(surveyKey(item))))
        accepted = items.filter((_, i) => outcomes[i] === 'accepted')
        for (const item of accepted) {
          for (const slip of item.slips) {
            const ref = cellOf(item, slip)
            changed.set(cellKey(ref), ref)
            this.#add(item, slip)
          }
        }
        return accepted.length === 0 ? [] : this.#responseRows(accepted, changed)
      },
      outcomes: () => outcomes,
      committed: () => {
        for (const item of accepted) for (const slip of item.slips) this.#addMoments(item, slip)
        if (this.#cells.size > MOST_CELLS) this.#cells.clear()
      },
      failed: () => {
        for (const key of changed.keys()) this.#cells.delete(key)
      },
    }
  }

  /** Second moments waiting to be written, at most `limit` cells. */
  moments(limit: number): Batch {
    const chosen = [...this.#waiting].slice(0, limit)
    const lookups = chosen.flatMap(([, entry]): Lookup[] => {
      if (entry.replaces) return []
      const addStored = ([row]: readonly Row[]) => {
        if (row) mergeMoments(entry.moments, unpackMoments(this.#specOf(entry.ref), blob(row.m)))
        // From here on the waiting sums contain the stored ones, so a second try must not add those again.
        entry.replaces = true
      }
      return [{ statement: findMoments(entry.ref), take: addStored }]
    })
    return {
      lookups,
      writes: () =>
        inOrder(chosen, ([key]) => key).map(([, { ref, moments }]) =>
          writeMoments(ref, moments.slips, packMoments(moments)),
        ),
      committed: () => {
        for (const [key] of chosen) this.#waiting.delete(key)
      },
      failed: () => {},
    }
  }

  get momentsWaiting(): number {
    return this.#waiting.size
  }

  /**
   * Begins anew, at a start or after a commit whose end is not known: sums are read again, and second moments that do
   * not cover their slips are counted again. `rows` as found by `findBehind`.
   */
  restart(rows: readonly Row[]): void {
    this.#cells.clear()
    this.#waiting.clear()
    this.#rebuilds.clear()
    for (const row of rows) {
      const ref = refOf(row)
      const key = surveyKey(ref)
      const rebuild = this.#rebuilds.get(key) ?? {
        jurisdiction: ref.jurisdiction,
        survey: ref.survey,
        after: new Uint8Array(),
        cells: new Map(),
      }
      rebuild.cells.set(cellKey(ref), { ref, moments: null })
      this.#rebuilds.set(key, rebuild)
    }
  }

  get isRebuilding(): boolean {
    return this.#rebuilds.size > 0
  }

  /** The next page of slips of the first survey being counted again. */
  rebuildPage(limit: number): readonly Lookup[] {
    const [first] = this.#rebuilds
    if (!first) return []
    const [key, rebuild] = first
    const lookups: Lookup[] = []
    if (!this.#specs.has(key)) lookups.push(this.#readSpec(rebuild.jurisdiction, rebuild.survey, () => true))
    lookups.push({
      statement: nextSlips(rebuild.jurisdiction, rebuild.survey, rebuild.after, limit),
      take: (rows) => this.#takePage(key, rebuild, rows, limit),
    })
    return lookups
  }

  /** Forgets the sums when a survey has moved on. Waiting moments stay. */
  forgetSums(): void {
    this.#cells.clear()
  }

  #readSpec(jurisdiction: number, survey: number, isWanted: () => boolean): Lookup {
    return {
      statement: findBody(jurisdiction, survey),
      take: ([row]) => {
        if (row && isWanted()) this.#specs.set(surveyKey({ jurisdiction, survey }), specOf(row.body))
      },
    }
  }

  #add(item: LiveItem, slip: LiveSlip): void {
    const spec = this.#specOf(item)
    const cell = this.#cells.get(cellKey(cellOf(item, slip)))
    // Never from zero: a cell that was not read would overwrite the sums of everyone before.
    if (!cell) throw new Error('the ledger needs the sums of a cell before it adds to them')
    addSlip(spec, cell, slip.answers)
  }

  #addMoments(item: LiveItem, slip: LiveSlip): void {
    const spec = this.#specOf(item)
    const ref = cellOf(item, slip)
    const key = cellKey(ref)
    const rebuild = this.#rebuilds.get(surveyKey(item))
    const recounted = rebuild?.cells.get(key)
    if (rebuild && recounted) {
      // The recount walks the ids upwards: ids ahead of it will be met, only those behind it are added here.
      if (compareBytes(slip.id, rebuild.after) > 0) return
      recounted.moments ??= emptyMoments(spec)
      addSlipMoments(spec, recounted.moments, slip.answers)
      return
    }
    const entry = this.#waiting.get(key) ?? { ref, moments: emptyMoments(spec), replaces: false }
    this.#waiting.set(key, entry)
    addSlipMoments(spec, entry.moments, slip.answers)
  }

  #takePage(key: string, rebuild: Rebuild, rows: readonly Row[], limit: number): void {
    const spec = this.#specOf(rebuild)
    for (const row of rows) {
      const cell = rebuild.cells.get(cellKey({ ...rebuild, organ: Number(row.organ_id), cell: String(row.cell) }))
      if (!cell) continue
      cell.moments ??= emptyMoments(spec)
      addSlipMoments(spec, cell.moments, answersOf(row.answers))
    }
    const last = rows.at(-1)
    if (last) rebuild.after = blob(last.id)
    if (rows.length === limit) return
    for (const [cell, { ref, moments }] of rebuild.cells) {
      this.#waiting.set(cell, { ref, moments: moments ?? emptyMoments(spec), replaces: true })
    }
    this.#rebuilds.delete(key)
  }

  #responseRows(accepted: readonly LiveItem[], changed: ReadonlyMap<string, CellRef>): Statement[] {
    const surveys = new Map(accepted.map((item) => [surveyKey(item), item]))
    const slips = accepted.flatMap((item) => item.slips.map((slip) => ({ item, slip })))
    const comments = accepted.flatMap((item) => item.comments.map((comment) => ({ item, comment })))
    const participation = new Map<string, { item: LiveItem; n: number }>()
    for (const item of accepted) {
      const key = `${surveyKey(item)}\n${item.cell}\n${item.channel}\n${item.day}`
      const entry = participation.get(key) ?? { item, n: 0 }
      participation.set(key, entry)
      entry.n += 1
    }
    return [
      ...[...surveys.values()].map((item) => stillOpen(item.jurisdiction, item.survey)),
      ...byBytes(accepted, (item) => item.pseudonym).map(addToRoll),
      ...byBytes(accepted, (item) => item.tag).map(spend),
      ...byBytes(slips, ({ slip }) => slip.id).map(({ item, slip }) => keepSlip(item, slip)),
      ...byBytes(comments, ({ comment }) => comment.id).map(({ item, comment }) => keepComment(item, comment)),
      ...inOrder([...participation], ([key]) => key).map(([, { item, n }]) => countParticipation(item, n)),
      ...inOrder([...changed], ([key]) => key).map(([key, ref]) => {
        const cell = this.#cells.get(key)!
        return writeSums(ref, cell.slips, packCell(cell))
      }),
    ]
  }

  #specOf(of: { jurisdiction: number; survey: number }): TallySpec {
    const spec = this.#specs.get(surveyKey(of))
    if (!spec) throw new Error('the ledger needs the questionnaire of a survey before its slips')
    return spec
  }
}

interface WaitingMoments {
  readonly ref: CellRef
  readonly moments: Moments
  /** True when `moments` hold the whole cell and not only what came since the last flush. */
  replaces: boolean
}

interface Rebuild {
  readonly jurisdiction: number
  readonly survey: number
  after: Uint8Array
  readonly cells: Map<string, { readonly ref: CellRef; moments: Moments | null }>
}

/** Cells of a survey by city, age and sex are some ten thousand; beyond that the oldest knowledge is read again. */
const MOST_CELLS = 20_000

/** The roll first, then the survey's state, then the roll again: see `Outcome`. */
function decide(item: LiveItem, roll: Uint8Array | undefined, state: 'open' | Outcome | undefined): Outcome {
  if (roll && compareBytes(roll, item.bodyHash) === 0) return 'replayed'
  if (state !== 'open') return state ?? 'unknown'
  return roll ? 'spent' : 'accepted'
}

function door(row: Row | undefined): 'open' | Outcome {
  if (row?.mode !== 'live') return 'unknown'
  if (row.state === 'open') return 'open'
  return row.state === 'draft' || row.state === 'ready' ? 'not_open' : 'closed'
}

function specOf(body: unknown): TallySpec {
  const questionnaire = parseQuestionnaire(JSON.parse(String(body)))
  if (!questionnaire.ok) throw new Error('the ledger needs a questionnaire that parses')
  return tallySpec(questionnaire.value)
}

const surveyKey = ({ jurisdiction, survey }: { jurisdiction: number; survey: number }) => `${jurisdiction}/${survey}`

const cellKey = ({ jurisdiction, survey, organ, cell }: CellRef) => `${jurisdiction}/${survey}/${organ}/${cell}`

function cellOf({ jurisdiction, survey }: LiveItem, { organ, cell }: LiveSlip): CellRef {
  return { jurisdiction, survey, organ, cell }
}

function refOf(row: Row): CellRef {
  return {
    jurisdiction: Number(row.jurisdiction_id),
    survey: Number(row.survey_id),
    organ: Number(row.organ_id),
    cell: String(row.cell),
  }
}

/** The answers column is JSON written by `keepSlip`: an array of whole numbers. */
function answersOf(column: unknown): readonly number[] {
  return JSON.parse(String(column)) as number[]
}

function blob(column: unknown): Uint8Array {
  if (column instanceof Uint8Array) return column
  throw new Error('the ledger needs a column of bytes')
}

function byBytes<T>(entries: readonly T[], key: (entry: T) => Uint8Array): T[] {
  return [...entries].sort((a, b) => compareBytes(key(a), key(b)))
}

function inOrder<T>(entries: readonly T[], key: (entry: T) => string): T[] {
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** Byte by byte, as SQLite orders blobs. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
