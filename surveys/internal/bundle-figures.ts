/**
 * The figures of a bundle, made once more from its sums and compared with what is published, digit by digit.
 */

import { resultsFile, surveyFile } from '../bundle.ts'
import type { OrganTally, ResultsDocument } from '../bundle-documents.ts'
import { groupIds } from '../indicator.ts'
import { publishesReasons } from '../plan.ts'
import type { Bundle } from '../publication.ts'
import type { GroupId } from '../questionnaire.ts'
import { type GroupOutcome, outcomeOf, outcomeOfTally, printResults } from '../results.ts'
import { reviewProblem } from '../review.ts'
import { Mismatch } from './bundle-reading.ts'

/** A figure with a rounding error may fall either way where it is this near to a tie of its last digit. */
const NUDGE = 1e-9

/**
 * Compares every figure; how many there are, how many overall scores and parts of them are among these, and how many organs could
 * only be compared within a rounding.
 */
export function checkFigures(bundle: Bundle, results: ResultsDocument): Record<string, number> {
  const { plan, cycle } = bundle
  const codes = cycle.organs.map((organ) => organ.code)
  const published = results.organs.map(({ organ }) => organ)
  if (published.join() !== codes.join()) {
    throw new Mismatch(
      'figure',
      resultsFile,
      'organs',
      `${published.length} organs`,
      'the organs of the cycle, in order',
    )
  }
  const tallies = talliesByGroup(bundle)
  checkQuestions(bundle)
  checkDeductions(bundle, results)
  const isBounded = new Map(
    codes.map((code) => [
      code,
      plan.rounding.at === 'end' && groupIds.some((group) => isScoreOnly(tallies[group]?.get(code))),
    ]),
  )
  const anyBounded = cycle.organs.some((organ) => isBounded.get(organ.code) && plan.organClasses[organ.class]?.ranked)
  const quarantine = new Map(results.organs.map((each) => [each.organ, each.quarantine]))
  const candidates: ResultsDocument[] = []
  for (const shift of [...isBounded.values()].includes(true) ? ([0, -1, 1] as const) : ([0] as const)) {
    const outcome = outcomeAt(bundle, results, tallies, shift)
    for (const nudge of [0, -NUDGE, NUDGE]) {
      candidates.push(printResults(plan, outcome, (organ) => quarantine.get(organ) ?? null, nudge))
    }
  }
  // Where a score is known only as printed, the order of all is not known to the last place.
  const comparable = (each: ResultsDocument['organs'][number]) => (anyBounded ? { ...each, rank: null } : each)
  for (const [i, organ] of results.organs.entries()) {
    const difference = firstDifference(
      comparable(organ),
      candidates.map((each) => comparable(each.organs[i]!)),
      isBounded.get(organ.organ)!,
    )
    if (difference) throw figureProblem(`organ ${organ.organ}, ${difference.path}`, difference)
  }
  const ranking = anyBounded
    ? null
    : firstDifference(
        results.ranking,
        candidates.map((each) => each.ranking),
        false,
      )
  if (ranking) throw figureProblem(`ranking ${ranking.path}`.trim(), ranking)
  // Remarks follow from the slips, which are not here.
  const { remarks: _, ...checked } = results
  const totals = results.organs.flatMap(({ overall }) => (overall?.status === 'ok' ? [overall] : []))
  return {
    figures: leavesOf(checked),
    totals: totals.length,
    parts: totals.reduce((sum, { parts }) => sum + parts.length, 0),
    bounded: [...isBounded.values()].filter(Boolean).length,
  }
}

const figureProblem = (entry: string, { found, expected }: Difference) =>
  new Mismatch('figure', resultsFile, entry, found, expected)

type TalliesByGroup = Partial<Record<GroupId, ReadonlyMap<string, OrganTally>>>

export function talliesByGroup({ surveys }: Bundle): TalliesByGroup {
  const byGroup: TalliesByGroup = {}
  for (const { manifest, tallies } of surveys) {
    if (manifest.counted) byGroup[manifest.group] = new Map(tallies.organs.map((organ) => [organ.organ, organ]))
  }
  return byGroup
}

const isScoreOnly = (tally: OrganTally | undefined): boolean => tally?.status === 'ok' && tally.score !== null

/** The questions of every tally are those of the plan, in its order. */
function checkQuestions({ plan, surveys }: Bundle): void {
  for (const { sid, manifest, tallies } of surveys) {
    const ids = plan.groups[manifest.group].questions.map(({ id }) => id)
    for (const tally of tallies.organs) {
      if (tally.status !== 'ok') continue
      const own = tally.questions.map(({ id }) => id)
      if (own.join() === ids.join()) continue
      const place = `organ ${tally.organ}, questions`
      throw new Mismatch('figure', surveyFile(sid, 'tallies.json'), place, own.join(', '), ids.join(', '))
    }
  }
}

/** Where the plan says that everybody reads them, every score comes with what was taken off, and otherwise none does. */
function checkDeductions({ plan }: Bundle, results: ResultsDocument): void {
  for (const { organ, reviews } of results.organs) {
    for (const { indicator, score, deduction } of reviews) {
      const place = `organ ${organ}, review ${indicator}`
      if (!publishesReasons(plan)) {
        if (!deduction) continue
        throw new Mismatch('suppression', resultsFile, place, 'a deduction', 'none by this plan')
      }
      const { points = '0', reason = '' } = deduction ?? {}
      const problem = reviewProblem(plan.indicators, { indicator, score, deduction: points, reason })
      if (problem) throw new Mismatch('figure', resultsFile, place, `${score} less by ${points}`, problem)
    }
  }
}

function outcomeAt({ plan, cycle }: Bundle, results: ResultsDocument, tallies: TalliesByGroup, shift: -1 | 0 | 1) {
  let place = ''
  try {
    const organs = cycle.organs.map((organ, i) => {
      place = `organ ${organ.code}`
      const outcome = (group: GroupId): GroupOutcome | null => {
        const tally = tallies[group]?.get(organ.code)
        return tally ? outcomeOfTally(plan, group, tally, shift) : null
      }
      const groups = { leaders: outcome('leaders'), recipients: outcome('recipients'), public: outcome('public') }
      const { reviews } = results.organs[i]!
      if (new Set(reviews.map(({ indicator }) => indicator)).size < reviews.length) {
        throw new RangeError('overallScore needs one score for each indicator')
      }
      return { organ: organ.code, class: organ.class, groups, reviews }
    })
    place = 'organs'
    return outcomeOf(plan, organs)
  } catch (error) {
    // What the method refuses to calculate with, such as a question without any answer.
    if (error instanceof RangeError) throw new Mismatch('figure', resultsFile, place, error.message, 'a score')
    throw error
  }
}

export interface Difference {
  readonly path: string
  readonly found: string
  readonly expected: string
}

/**
 * Where a document differs from all that it might be; null where it is one of them. `isBounded`: numbers may also lie
 * between those of the candidates.
 */
export function firstDifference(
  found: unknown,
  candidates: readonly unknown[],
  isBounded: boolean,
  path = '',
): Difference | null {
  const [first] = candidates
  if (isGroup(found) && isGroup(first) && Array.isArray(found) === Array.isArray(first)) {
    const parts = candidates.filter(isGroup)
    for (const key of new Set([...Object.keys(first), ...Object.keys(found)])) {
      const difference = firstDifference(
        found[key],
        parts.map((part) => part[key]),
        isBounded,
        path === '' ? key : `${path}.${key}`,
      )
      if (difference) return difference
    }
    return null
  }
  if (candidates.some((each) => !isGroup(each) && each === found)) return null
  if (isBounded && isBetween(found, candidates)) return null
  return { path, found: shown(found), expected: shown(first) }
}

type Group = { readonly [key: string]: unknown }
const isGroup = (value: unknown): value is Group => typeof value === 'object' && value !== null
const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : isGroup(value) ? JSON.stringify(value).slice(0, 80) : String(value)

function isBetween(found: unknown, candidates: readonly unknown[]): boolean {
  if (typeof found !== 'string' || !/^-?\d+(\.\d+)?$/.test(found)) return false
  const values = candidates.map((each) => (typeof each === 'string' ? Number(each) : Number.NaN))
  const decimals = found.split('.')[1]?.length ?? 0
  const unit = 10 ** -decimals * 1.000001
  return Number(found) >= Math.min(...values) - unit && Number(found) <= Math.max(...values) + unit
}

function leavesOf(value: unknown): number {
  return isGroup(value) ? Object.values(value).reduce<number>((sum, each) => sum + leavesOf(each), 0) : 1
}
