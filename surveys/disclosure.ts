/**
 * What may be shown without giving away what somebody answered.
 *
 * A score of few people, a small count in a table, or two successive figures that differ by a single slip can betray
 * one person. So small counts are hidden, and because the totals are printed, further counts are hidden until nobody
 * can subtract the first ones back; that is not believed but computed, cell by cell. A breakdown never leaves a small
 * remainder, a live figure moves only by ten slips or more, and a handful of quarantined slips is never shown by the
 * difference of two scores. The minimums are those of the plan (`disclosure`); the rules are section 12 of the method.
 */
import { maximumFlow } from './internal/max-flow.ts'
import type { GroupId } from './questionnaire.ts'
import type { Cell, QuestionSums } from './tally.ts'

/** A two-way table of counts of slips, row by row; the totals of its rows and columns are published. */
export type CountTable = readonly (readonly number[])[]
/** true where the count is hidden. */
export type HiddenPattern = readonly (readonly boolean[])[]

/** What a reader of the published counts and totals can work out about a hidden cell: it lies from min to max. */
export interface HiddenCell {
  readonly row: number
  readonly column: number
  readonly count: number
  readonly min: number
  readonly max: number
}

export interface SuppressionAudit {
  /** Every hidden cell, row by row. */
  readonly intervals: readonly HiddenCell[]
  /** Whether no count below the threshold can be known closely enough. */
  readonly isSafe: boolean
}

export interface Suppression {
  /** The cells outside the pattern, or the totals alone, or not even those, because a total is itself too small. */
  readonly shown: 'cells' | 'margins' | 'nothing'
  readonly hidden: HiddenPattern
  /** Every hidden cell with what the totals still tell about it; empty where nothing is shown. */
  readonly intervals: readonly HiddenCell[]
}

/**
 * Which cells of a table are hidden: those with 0 < count < threshold, and as many more as it takes until each of these
 * stays unknown over a width of at least the threshold (method sections 12.3 to 12.5).
 *
 * In every row, then every column, with exactly one hidden cell, its smallest other count that is not 0 is hidden too,
 * until nothing changes. Then the audit decides; while a cell is unsafe, the smallest shown count that is not 0 in its
 * row or column is hidden. Where none is left only the totals are shown. Of equal counts the first is taken.
 * suppressTable([[12, 3, 20], [4, 9, 30], [8, 40, 22]], 5) // hides 12, 3, 4 and 9
 */
export function suppressTable(counts: CountTable, threshold: number): Suppression {
  requireTable('suppressTable', counts)
  requirePositive('suppressTable', 'threshold', threshold)
  const isSmall = (count: number) => count > 0 && count < threshold
  const everything = counts.map((row) => row.map(() => true))
  const lines = linesOf(counts)
  // No pattern hides a cell whose row or column holds fewer slips than the width it must stay unknown over.
  if (lines.some((line) => isSmall(sum(line.map(({ count }) => count))))) {
    return { shown: 'nothing', hidden: everything, intervals: [] }
  }
  const hidden = counts.map((row) => row.map(isSmall))
  for (;;) {
    complement(lines, hidden)
    const intervals = feasibleIntervals(counts, hidden)
    const unsafe = intervals.filter((cell) => isSmall(cell.count) && cell.max - cell.min < threshold)
    if (unsafe.length === 0) return { shown: 'cells', hidden, intervals }
    const next = unsafe
      .map(({ row, column }) => smallestShown([...lines[row]!, ...lines[counts.length + column]!], hidden))
      .find((cell) => cell !== undefined)
    // With everything hidden a small cell is at least as wide as the smallest total that is not 0.
    if (next === undefined) {
      return { shown: 'margins', hidden: everything, intervals: feasibleIntervals(counts, everything) }
    }
    hidden[next.row]![next.column] = true
  }
}

/**
 * What any given pattern keeps secret, whoever made it. Safe means: every cell with 0 < count < threshold is hidden, and
 * every hidden cell below the threshold (a hidden 0 too) could have values at least `width` apart.
 */
export function auditSuppression(
  counts: CountTable,
  hidden: HiddenPattern,
  threshold: number,
  width = threshold,
): SuppressionAudit {
  requireTable('auditSuppression', counts)
  if (hidden.length !== counts.length || hidden.some((row, i) => row.length !== counts[i]!.length)) {
    throw new RangeError('auditSuppression needs a pattern of the size of the table')
  }
  const intervals = feasibleIntervals(counts, hidden)
  const isAllHidden = counts.every((row, i) => row.every((n, j) => hidden[i]![j] || n === 0 || n >= threshold))
  const isWide = intervals.every(({ count, min, max }) => count >= threshold || max - min >= width)
  return { intervals, isSafe: isAllHidden && isWide }
}

/**
 * Least and greatest value of every hidden cell over all tables of counts ≥ 0 with the same shown cells and totals.
 * Nodes are rows and columns; a hidden cell may grow without limit (arc row → column) and shrink to 0 (arc column →
 * row). Without the cell's own arcs: max = count + flow(column → row), min = count − min(count, flow(row → column)).
 * Equal to the linear program, whose corners are whole numbers (Massell 2001).
 */
function feasibleIntervals(counts: CountTable, hidden: HiddenPattern): HiddenCell[] {
  const rows = counts.length
  const nodes = rows + counts[0]!.length
  const capacity = Array.from({ length: nodes }, () => new Array<number>(nodes).fill(0))
  const cells = linesOf(counts)
    .slice(0, rows)
    .flat()
    .filter(({ row, column }) => hidden[row]![column])
  const setArcs = (cell: TableCell, grow: number, shrink: number) => {
    capacity[cell.row]![rows + cell.column] = grow
    capacity[rows + cell.column]![cell.row] = shrink
  }
  for (const cell of cells) setArcs(cell, Infinity, cell.count)
  return cells.map((cell) => {
    const { row, column, count } = cell
    setArcs(cell, 0, 0)
    const max = count + maximumFlow(capacity, rows + column, row)
    const min = count - Math.min(count, maximumFlow(capacity, row, rows + column))
    setArcs(cell, Infinity, count)
    return { row, column, count, min, max }
  })
}

interface TableCell {
  readonly row: number
  readonly column: number
  readonly count: number
}

/** All rows, then all columns. */
function linesOf(counts: CountTable): TableCell[][] {
  const rows = counts.map((values, row) => values.map((count, column) => ({ row, column, count })))
  return [...rows, ...counts[0]!.map((_, column) => rows.map((cells) => cells[column]!))]
}

/** Hides, in place, a second cell wherever a row or column has exactly one that its total would give away. */
function complement(lines: readonly (readonly TableCell[])[], hidden: boolean[][]): void {
  for (let isStable = false; !isStable; ) {
    isStable = true
    for (const line of lines) {
      if (line.filter(({ row, column }) => hidden[row]![column]).length !== 1) continue
      const next = smallestShown(line, hidden)
      if (next === undefined) continue
      hidden[next.row]![next.column] = true
      isStable = false
    }
  }
}

/** The smallest shown count, the first of equals. A 0 stays shown: no slip stands behind it. */
function smallestShown(cells: readonly TableCell[], hidden: HiddenPattern): TableCell | undefined {
  return cells
    .filter(({ row, column, count }) => count > 0 && !hidden[row]![column])
    .reduce<TableCell | undefined>((least, cell) => (least && least.count <= cell.count ? least : cell), undefined)
}

/**
 * Which categories of a breakdown may show a score, given the slips of each: those with at least `minimum`, as long as
 * the others hold together none or at least `minimum`; else the next smallest is hidden too, because the whole less
 * the shown categories would be the score of a few. Of equal categories the first is hidden.
 * shownCategories([40, 12, 3], 10) // [true, false, false]: 12 + 3 remain
 */
export function shownCategories(counts: readonly number[], minimum: number): boolean[] {
  requireCounts('shownCategories', counts)
  requirePositive('shownCategories', 'minimum', minimum)
  return shownCells(
    counts,
    [counts.map((_, cell) => cell)],
    counts.map((count) => count >= minimum),
    minimum,
  )
}

/**
 * The same for a table of which several wholes are shown: each line names the cells of one whole, a row or a column.
 * `allowed` are the cells that may be shown at all; in every line those that are not shown hold together none or at least
 * `minimum`. Of equal cells the first is hidden.
 */
export function shownCells(
  counts: readonly number[],
  lines: readonly (readonly number[])[],
  allowed: readonly boolean[],
  minimum: number,
): boolean[] {
  requireCounts('shownCells', counts)
  requirePositive('shownCells', 'minimum', minimum)
  const shown = counts.map((_, cell) => allowed[cell] === true)
  const isTelling = (line: readonly number[]) => {
    const remainder = sum(line.filter((cell) => !shown[cell]).map((cell) => counts[cell]!))
    return remainder > 0 && remainder < minimum && line.some((cell) => shown[cell])
  }
  for (;;) {
    const line = lines.find(isTelling)
    if (line === undefined) return shown
    const candidates = line.filter((cell) => shown[cell])
    const smallest = Math.min(...candidates.map((cell) => counts[cell]!))
    shown[candidates.find((cell) => counts[cell] === smallest)!] = false
  }
}

/** Whether the counts of answers may be shown, or why not. */
export type DistributionStatus = 'shown' | 'leaders' | 'n_below_distribution' | 'all_identical'

/**
 * Whether it may be shown how often each level of a question was chosen, for a whole organ and group: never for
 * leaders, who know each other; else from `minimum` valid answers on, unless all are alike, which would tell everyone's
 * answer. "Don't know" is no answer and hides nobody.
 */
export function distributionStatus(
  group: GroupId,
  { levels }: Pick<QuestionSums, 'levels'>,
  minimum: number,
): DistributionStatus {
  requireCounts('distributionStatus', levels)
  requirePositive('distributionStatus', 'minimum', minimum)
  if (group === 'leaders') return 'leaders'
  if (sum(levels) < minimum) return 'n_below_distribution'
  return levels.filter((count) => count > 0).length === 1 ? 'all_identical' : 'shown'
}

/** The sums behind the figures of one organ and group in one release. */
export interface Release {
  readonly total: Cell
  /** Per breakdown of the plan, the categories that are shown, by name. */
  readonly breakdowns: Readonly<Record<string, Readonly<Record<string, Cell>>>>
}

export type ReleaseDecision =
  | { readonly replaces: true }
  /** The previous figures stay until at least `missing` more slips have come. */
  | { readonly replaces: false; readonly because: 'few_new_slips' | 'one_level'; readonly missing: number }

/**
 * Whether new figures of a live survey may replace those released before (method section 12.6): in the total, in every
 * category shown both times and in what remains of each breakdown, either nothing has changed or at least `batch`
 * slips with an answer have been added, and their answers to no question are all alike. Otherwise the difference of
 * the two releases would be the answers of a few. Slips that were taken out count against those added and wait with
 * them. The first release (previous null) has no difference; only its numbers are checked. A category that was not
 * shown for a while needs the same decision against the release that showed it last.
 */
export function releaseDecision(previous: Release | null, current: Release, batch: number): ReleaseDecision {
  requirePositive('releaseDecision', 'batch', batch)
  const changes = changesOf(previous, current).filter((change) => !isUnchanged(change))
  const missing = Math.max(0, ...changes.map(({ slips, n }) => batch - Math.min(slips, n)))
  if (missing > 0) return { replaces: false, because: 'few_new_slips', missing }
  const isTelling = previous !== null && changes.some(({ questions }) => questions.some(isOneLevel))
  return isTelling ? { replaces: false, because: 'one_level', missing: 1 } : { replaces: true }
}

/** The counts of a cell, or of the difference of two: then a count may be negative. */
interface Counts {
  readonly slips: number
  readonly n: number
  readonly questions: readonly Pick<QuestionSums, 'levels' | 'dontKnow'>[]
}

/** All that can be told from two releases by subtraction: total, each category shown in both, the rest of each breakdown. */
function changesOf(previous: Release | null, current: Release): Counts[] {
  const total = previous ? less(current.total, previous.total) : current.total
  const parts = Object.entries(current.breakdowns).map(([breakdown, categories]) => {
    const before = previous ? (previous.breakdowns[breakdown] ?? {}) : null
    return Object.entries(categories).flatMap(([category, cell]): Counts[] => {
      if (before === null) return [cell]
      return before[category] ? [less(cell, before[category])] : []
    })
  })
  return [total, ...parts.flatMap((changes) => [...changes, changes.reduce(less, total)])]
}

function less(all: Counts, part: Counts): Counts {
  const isSameLayout =
    all.questions.length === part.questions.length &&
    all.questions.every(({ levels }, q) => levels.length === part.questions[q]!.levels.length)
  if (!isSameLayout) throw new RangeError('releaseDecision needs cells of the same questions')
  return {
    slips: all.slips - part.slips,
    n: all.n - part.n,
    questions: all.questions.map(({ levels, dontKnow }, q) => ({
      levels: levels.map((count, level) => count - part.questions[q]!.levels[level]!),
      dontKnow: dontKnow - part.questions[q]!.dontKnow,
    })),
  }
}

function isUnchanged({ slips, n, questions }: Counts): boolean {
  const isZero = (count: number) => count === 0
  return [slips, n].every(isZero) && questions.every((each) => [...each.levels, each.dontKnow].every(isZero))
}

/** Answers have moved, but fewer than two levels have gained: the difference names the level. */
function isOneLevel({ levels }: Counts['questions'][number]): boolean {
  return levels.some((count) => count !== 0) && levels.filter((count) => count > 0).length < 2
}

export type QuarantineDisclosure =
  | { readonly shown: 'both' }
  /** The official score alone, with the words "fewer than `fewerThan` quarantined; effect at most `effectAtMost`". */
  | { readonly shown: 'official'; readonly fewerThan: number; readonly effectAtMost: number }

/**
 * Whether an organ's score with and without its quarantined slips may both be shown: only where 0 or at least `cell`
 * (the plan's) are quarantined. With fewer, two scores would tell their answers, so a bound stands in place of the
 * second: as many raters as there could be times `leverage`, the most that one rater moves the score. The bound does
 * not use the true number, which it would give away.
 */
export function quarantineDisclosure(quarantined: number, cell: number, leverage: number): QuarantineDisclosure {
  requireCounts('quarantineDisclosure', [quarantined])
  requirePositive('quarantineDisclosure', 'cell minimum', cell)
  if (!(leverage >= 0 && leverage < Infinity)) throw new RangeError('quarantineDisclosure needs a leverage from 0 on')
  if (quarantined === 0 || quarantined >= cell) return { shown: 'both' }
  return { shown: 'official', fewerThan: cell, effectAtMost: (cell - 1) * leverage }
}

function requireTable(caller: string, counts: CountTable): void {
  const columns = counts[0]?.length ?? 0
  if (columns === 0 || counts.some((row) => row.length !== columns)) {
    throw new RangeError(`${caller} needs a table with rows of the same length`)
  }
  requireCounts(caller, counts.flat())
}

function requireCounts(caller: string, counts: readonly number[]): void {
  if (counts.some((count) => !Number.isSafeInteger(count) || count < 0) || !Number.isSafeInteger(sum(counts))) {
    throw new RangeError(`${caller} needs counts that are whole numbers from 0 on`)
  }
}

function requirePositive(caller: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${caller} needs a ${name} of at least 1`)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
