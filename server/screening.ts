import type { Database } from '../db/database.ts'
import type { Suspicion } from '../db/quarantine.ts'
import type { Scope } from '../db/scope.ts'
import { type AnswerCount, type CellCount, countAnswers, countBatches } from '../db/screening.ts'
import type { GroupEstimate } from '../surveys/estimate.ts'
import { type ScreeningTest, type SlipCount, scoreShift, screenSurvey } from '../surveys/screening.ts'
import { countSlips, slipAnswers, type TallySpec, tallySpec } from '../surveys/tally.ts'
import { type CycleCounts, designOf, readCounts, type SurveyStanding, weightedCell } from './standing.ts'

// Which batches of a cycle's finished surveys look unlike the others, and what the scores would be without them. Only
// slips that are still in a score are screened: what two persons have taken out is no finding any more.

/** Plain data, safe to pass between threads. */
export interface SurveyScreening {
  readonly survey: number
  /** Slips in the score. */
  readonly slips: number
  /** How many tests of each kind had something to compare; a kind without any could not be asked. */
  readonly made: Readonly<Record<TestName, number>>
  readonly flagged: readonly Flagged[]
  /** Slips that the questionnaire cannot have. */
  readonly unreadable: number
}

export type TestName = ScreeningTest['test']

export interface Flagged {
  readonly test: ScreeningTest
  readonly shift: Shift
}

/** The group's estimate about the organ with the slips of a batch and without them. */
export interface Shift {
  readonly all: GroupEstimate
  readonly without: GroupEstimate
}

/**
 * Screens every finished scored survey of a cycle. Two passes over the slips of each, seconds for a million: not on the
 * thread that answers requests.
 */
export async function computeScreening(db: Database, scope: Scope, cycleId: number): Promise<SurveyScreening[]> {
  const counts = await readCounts(db, scope, cycleId)
  const screenings: SurveyScreening[] = []
  for (const survey of counts.finished) {
    const answers = await countAnswers(db, scope, survey.id)
    // Between the two readings nothing can have reopened it.
    if (!answers.ok) throw new Error('computeScreening needs a survey that takes no more answers')
    screenings.push(await screenOne(db, scope, counts, survey, answers.value))
  }
  return screenings
}

async function screenOne(
  db: Database,
  scope: Scope,
  counts: CycleCounts,
  survey: SurveyStanding,
  answers: readonly AnswerCount[],
): Promise<SurveyScreening> {
  const spec = tallySpec(survey.questionnaire)
  const inScore = dayCounts(answers)
  const { tests, unreadable } = screenSurvey(spec, { slips: inScore, pace: null }, counts.plan.screening.level)
  const flagged = tests.filter(({ isFlagged }) => isFlagged)
  const held = await countBatches(db, scope, survey.id, flagged.map(choiceOf))
  return {
    survey: survey.id,
    slips: inScore.reduce((sum, { slips }) => sum + slips, 0),
    made: countTests(tests),
    flagged: flagged.map((test) => ({ test, shift: shiftWithout(counts, survey, spec, held, choiceOf(test)) })),
    unreadable,
  }
}

/** Slips that are in a score, as they are screened: by organ and day, since slips keep no channel. */
export function dayCounts(answers: readonly AnswerCount[]): SlipCount[] {
  return answers.flatMap(({ organ, day, answers: given, slips, quarantined }) =>
    slips > quarantined
      ? [{ organ, day: day === 0 ? null : day, channel: null, answers: given, slips: slips - quarantined }]
      : [],
  )
}

type Choice = Pick<Suspicion, 'organ' | 'day' | 'answers'>

/** Whether a proposal is about this batch and test; only one such proposal can wait. */
export const isAbout = (
  suspicion: Pick<Suspicion, 'test' | 'organ' | 'day'>,
  { test, organ, day }: Pick<Suspicion, 'test' | 'organ' | 'day'>,
): boolean => suspicion.test === test && suspicion.organ === organ && suspicion.day === day

/** The finding that a proposal is about; undefined where the screening does not say this any more. */
export function findFlagged(
  { flagged }: SurveyScreening,
  suspicion: Pick<Suspicion, 'test' | 'organ' | 'day' | 'slips'>,
): Flagged | undefined {
  return flagged.find(({ test }) => {
    const { organ, day } = choiceOf(test)
    const isSameBatch = organ === suspicion.organ && day === suspicion.day
    return isSameBatch && test.test === suspicion.test && test.slips === suspicion.slips
  })
}

/** The slips that a test points at, as they are chosen in the tables. */
export const choiceOf = ({ batch: { organ, day }, answers }: ScreeningTest): Choice => ({
  organ,
  day: day ?? 0,
  answers,
})

function countTests(tests: readonly ScreeningTest[]): Record<TestName, number> {
  const made = { straight_lining: 0, duplicates: 0, burst: 0, concentration: 0 }
  for (const { test, isWholePool } of tests) if (!isWholePool) made[test] += 1
  return made
}

function shiftWithout(
  { plan, cells, rosters }: CycleCounts,
  survey: SurveyStanding,
  spec: TallySpec,
  held: readonly CellCount[],
  { organ, day, answers }: Choice,
): Shift {
  const suspect = held
    .filter((count) => count.organ === organ && count.day === day && (answers?.includes(count.answers) ?? true))
    .map(({ cell, answers, slips }) => weightedCell({ cell, ...countSlips(spec, slipAnswers(answers), slips) }))
  const official = (cells.get(survey.id)?.get(organ) ?? []).filter(({ ledger }) => ledger === plan.ledger)
  return scoreShift(spec, official.map(weightedCell), suspect, designOf(plan, survey, rosters))
}
