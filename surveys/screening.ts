/**
 * Screening for manipulation: which batches of slips look unlike the others.
 *
 * A batch is the slips about one organ that came in on one day through one channel. Five questions are asked: do more
 * slips than elsewhere give the same answer throughout; is one pattern of answers repeated too often; did more slips
 * come than the organ's usual share of the day; does one channel bring too many top marks, or too many lowest ones;
 * how many were filled in faster than one can read. A small p says how rarely chance alone does this. A flag changes
 * nothing and accuses nobody: people look at the batch, and two of them decide. Only sampled slips are screened here,
 * those that count for the score.
 */
import { canonicalJson } from './canonical.ts'
import { estimateGroup, type GroupDesign, type GroupEstimate, type WeightedCell } from './estimate.ts'
import { bursts } from './internal/bursts.ts'
import { grouped, inOrder, type ReadSlip, readSlips, total, totals } from './internal/slip-counts.ts'
import { parseRational, toNumber } from './rational.ts'
import { hypergeometricTail } from './tails.ts'
import {
  emptyCell,
  emptyMoments,
  mergeCell,
  mergeMoments,
  subtractCell,
  subtractMoments,
  type TallySpec,
} from './tally.ts'

/** Which slips belong together. */
export interface Batch {
  readonly organ: number
  /** Channel or delivery point (window, poster, interviewer), in a sealed survey with the stratum; null: not kept. */
  readonly channel: string | null
  /** The day as it stands with the slips, such as 20251103; null: not kept (sealed surveys). */
  readonly day: number | null
}

/** How many slips of a batch carry exactly these answers: one line of a count grouped by batch and answers. */
export interface SlipCount extends Batch {
  /** The slip array as JSON text: '[5,4,-1]'. */
  readonly answers: string
  readonly slips: number
}

/** How many slips of a batch were marked by the device as filled in too fast to be read. */
export interface PaceCount extends Batch {
  readonly slips: number
  readonly fast: number
}

export interface SurveyCounts {
  readonly slips: readonly SlipCount[]
  /** null: no device of this survey reports the pace. */
  readonly pace: readonly PaceCount[] | null
}

/** What the batch is compared with: all slips about the same organ, those of the batch included. */
export interface Pool {
  readonly marked: number
  readonly size: number
}

export interface Finding {
  readonly batch: Batch
  /** k of n slips are what the test counts, where the pool makes one expect so many. */
  readonly k: number
  readonly n: number
  readonly expected: number
  readonly p: number
  /** Whether there is nothing to compare the batch with: then p is 1, and nothing was asked. */
  readonly isWholePool: boolean
  /** What a quarantine would take out: the slips of the batch with these answers (null: with any), and how many. */
  readonly answers: readonly string[] | null
  readonly slips: number
}

/** n are the slips of the day about all organs, `share` the organ's part of all days, ρ how it varies among them. */
export interface BurstEvidence {
  readonly test: 'burst'
  readonly share: number
  readonly correlation: number
}

type Evidence =
  | { readonly test: 'straight_lining'; readonly pool: Pool }
  /** The pattern least likely by chance, and how many patterns could have been it. */
  | { readonly test: 'duplicates'; readonly pool: Pool; readonly pattern: string; readonly patterns: number }
  | BurstEvidence
  | { readonly test: 'concentration'; readonly pool: Pool; readonly level: 'top' | 'lowest' }

export type ScreeningTest = Finding & Evidence & { readonly adjustedP: number; readonly isFlagged: boolean }

export interface Screening {
  /** Every test made, in the order of the tests, organs, channels and days. */
  readonly tests: readonly ScreeningTest[]
  /** No p and no flag: haste alone proves nothing. */
  readonly speed:
    | { readonly status: 'untested' }
    | { readonly status: 'counted'; readonly batches: readonly PaceCount[] }
  /** Slips whose answers the questionnaire cannot have: left out of every test but the bursts. */
  readonly unreadable: number
}

/** What is recorded when two persons take the slips of a test out of the score; every ScreeningTest fits. */
export interface Treatment {
  readonly test: ScreeningTest['test'] | 'pace'
  readonly batch: Batch
  /** null for `pace`. */
  readonly p: number | null
  readonly adjustedP: number | null
  readonly slips: number
}

/**
 * All tests of one survey (method section 14), flagged where the p adjusted over all of them is at most `level` ('0.01').
 * The same for any order of the counts. Throws for counts that are not whole numbers.
 *
 * Pools are those of the organ, never of the whole survey: organs differ honestly, and a well-liked one would be flagged
 * on all of its days for having more top marks than the others. A batch that is the whole pool gets p = 1: there is
 * nothing to compare it with, whatever it holds.
 */
export function screenSurvey(spec: TallySpec, counts: SurveyCounts, level: string): Screening {
  const limit = toNumber(parseRational(level))
  if (!(limit > 0 && limit < 1)) throw new RangeError('screenSurvey needs a level between 0 and 1')
  const slips = readSlips(spec, counts.slips)
  const readable = slips.filter((slip): slip is ReadSlip => slip.reading !== null)
  const byOrgan = [...grouped(readable, ({ organ }) => organ).values()]
  const made = [
    ...byOrgan.flatMap(straightLining),
    ...byOrgan.flatMap((pool) => duplicates(pool, limit)),
    ...bursts(slips),
    ...byOrgan.flatMap(concentration),
  ]
  const adjusted = benjaminiHochberg(made.map(({ p }) => p))
  return {
    tests: made.map((each, i) => ({ ...each, adjustedP: adjusted[i]!, isFlagged: adjusted[i]! <= limit })),
    speed: counts.pace ? { status: 'counted', batches: paceOf(counts.pace) } : { status: 'untested' },
    unreadable: total(slips) - total(readable),
  }
}

/**
 * Benjamini and Hochberg's adjusted p-values in the given order: adj₍ᵢ₎ = min_{j≥i} p₍ⱼ₎·m/j, at most 1. Among the tests
 * with adj ≤ q, on average at most a share q is flagged by chance. benjaminiHochberg([0.01, 0.5, 0.02]) // [0.03, 0.5, 0.03]
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  if (!p.every((each) => each >= 0 && each <= 1)) throw new RangeError('benjaminiHochberg needs p-values from 0 to 1')
  const descending = p.map((_, i) => i).sort((i, j) => p[j]! - p[i]!)
  const adjusted = new Array<number>(p.length)
  let least = 1
  descending.forEach((i, larger) => {
    least = Math.min(least, (p[i]! * p.length) / (p.length - larger))
    adjusted[i] = least
  })
  return adjusted
}

/**
 * The score of a group with and without the given slips, for information. `suspect` holds them counted by the same
 * weighting cells as `cells`; they are taken out by subtraction, and nothing given is changed. Throws for slips that
 * the cells do not hold.
 */
export function scoreShift(
  spec: TallySpec,
  cells: readonly WeightedCell[],
  suspect: readonly WeightedCell[],
  design: GroupDesign,
): { readonly all: GroupEstimate; readonly without: GroupEstimate } {
  const rest = joined(spec, cells)
  for (const [key, { cell, moments }] of joined(spec, suspect)) {
    const held = rest.get(key)
    if (!held) throw new RangeError('scoreShift needs slips from the cells of the score')
    subtractCell(held.cell, cell)
    subtractMoments(held.moments, moments)
  }
  return { all: estimateGroup(spec, cells, design), without: estimateGroup(spec, [...rest.values()], design) }
}

/** One cell for everything that is weighted alike, in copies. */
function joined(spec: TallySpec, cells: readonly WeightedCell[]): Map<string, WeightedCell> {
  const byKey = new Map<string, WeightedCell>()
  for (const { cell, moments, ...weighting } of cells) {
    const key = canonicalJson(weighting)
    const into = byKey.get(key) ?? { ...weighting, cell: emptyCell(spec), moments: emptyMoments(spec) }
    byKey.set(key, into)
    mergeCell(into.cell, cell)
    mergeMoments(into.moments, moments)
  }
  return byKey
}

function straightLining(ofOrgan: readonly ReadSlip[]): (Finding & Evidence)[] {
  const pool = ofOrgan.filter(({ reading }) => reading.isStraight !== null)
  return overrepresented(pool, ({ reading }) => reading.isStraight === true).map((finding) => ({
    test: 'straight_lining',
    ...finding,
  }))
}

/**
 * Of the patterns that occur at least twice in the pool, hence could be repeated, the one least likely in the batch by
 * chance. Multiplying its p by their number pays for having looked at all of them.
 */
function duplicates(ofOrgan: readonly ReadSlip[], limit: number): (Finding & Evidence)[] {
  const answered = ofOrgan.filter(({ reading }) => reading.isAnswered)
  const size = total(answered)
  const inPool = totals(answered, ({ reading }) => reading.pattern)
  const patterns = [...inPool.values()].filter((count) => count > 1).length
  return batches(answered).map((slips) => {
    const n = total(slips)
    const candidates = [...totals(slips, ({ reading }) => reading.pattern)].map(([pattern, k]) => {
      const pool = { marked: inPool.get(pattern)!, size }
      const p = k > 1 ? Math.min(1, patterns * hypergeometricTail(k, n, pool)) : 1
      return { pattern, k, pool, expected: (n * pool.marked) / size, p, isWholePool: n === size }
    })
    const rarest = candidates.reduce((a, b) => (b.p < a.p || (b.p === a.p && b.k > a.k) ? b : a))
    const meant = new Set(candidates.filter((each) => each === rarest || each.p <= limit).map(({ pattern }) => pattern))
    const found = slips.filter(({ reading }) => meant.has(reading.pattern))
    return { test: 'duplicates', batch: batchOf(slips[0]!), ...rarest, n, ...takenOut(found), patterns }
  })
}

/** Asked of channels, so the days of a channel stand together. */
function concentration(ofOrgan: readonly ReadSlip[]): (Finding & Evidence)[] {
  const pool = ofOrgan
    .filter(({ channel, reading }) => channel !== null && reading.level !== null)
    .map((slip) => ({ ...slip, day: null }))
  return (['top', 'lowest'] as const).flatMap((level) =>
    overrepresented(pool, ({ reading }) => reading.level === level).map((finding) => ({
      test: 'concentration' as const,
      ...finding,
      level,
    })),
  )
}

/** For each batch of the pool, how rarely chance brings so many of the marked slips into it. */
function overrepresented(
  slips: readonly ReadSlip[],
  isMarked: (slip: ReadSlip) => boolean,
): (Finding & { readonly pool: Pool })[] {
  const pool = { marked: total(slips.filter(isMarked)), size: total(slips) }
  return batches(slips).map((batch) => {
    const marked = batch.filter(isMarked)
    const [k, n] = [total(marked), total(batch)]
    const expected = (n * pool.marked) / pool.size
    const p = hypergeometricTail(k, n, pool)
    return { batch: batchOf(batch[0]!), k, n, expected, p, isWholePool: n === pool.size, ...takenOut(marked), pool }
  })
}

function paceOf(pace: readonly PaceCount[]): PaceCount[] {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0
  if (!pace.every(({ slips, fast }) => isCount(slips) && isCount(fast) && fast <= slips)) {
    throw new RangeError('screenSurvey needs whole numbers of slips, of which some may be fast')
  }
  return inOrder(pace)
}

function takenOut(slips: readonly SlipCount[]): { readonly answers: readonly string[]; readonly slips: number } {
  return { answers: [...new Set(slips.map(({ answers }) => answers))], slips: total(slips) }
}

function batches<T extends Batch>(slips: readonly T[]): T[][] {
  return [...grouped(slips, ({ organ, channel, day }) => JSON.stringify([organ, channel, day])).values()]
}

function batchOf({ organ, channel, day }: Batch): Batch {
  return { organ, channel, day }
}
