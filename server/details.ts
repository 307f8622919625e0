import type { Database } from '../db/database.ts'
import type { Scope } from '../db/scope.ts'
import { countChoices } from '../db/screening.ts'
import { answerQuestions } from '../surveys/answers.ts'
import {
  type Breakdown,
  breakdownOf,
  type ReasonCounts,
  type ReasonTables,
  shownReasons,
} from '../surveys/breakdown.ts'
import { distributionStatus } from '../surveys/disclosure.ts'
import { estimateGroup } from '../surveys/estimate.ts'
import type { ChoiceQuestion, Questionnaire } from '../surveys/questionnaire.ts'
import { emptyCell, mergeCell, tallySpec } from '../surveys/tally.ts'
import { type CycleCounts, designOf, readCounts, type SurveyStanding, weightedCell } from './standing.ts'

/**
 * What of a finished scored survey lies below the scores of organs: parts of the people asked, and reasons. Only what may
 * be shown is in it. Plain data, safe to pass between threads.
 */
export interface SurveyDetails {
  readonly survey: number
  /** By organ, one entry per margin of the plan; an organ without a score has none. */
  readonly parts: ReadonlyMap<number, readonly Breakdown[]>
  /** null for leaders, and where the questionnaire asks for no reason. */
  readonly reasons: ReasonTables | null
}

/** Reads every slip of the finished surveys, seconds for a million: not on the thread that answers requests. */
export async function computeDetails(db: Database, scope: Scope, cycleId: number): Promise<SurveyDetails[]> {
  const counts = await readCounts(db, scope, cycleId)
  const details: SurveyDetails[] = []
  for (const survey of counts.finished) {
    details.push({
      survey: survey.id,
      parts: partsOf(counts, survey),
      reasons: await reasonsOf(db, scope, counts, survey),
    })
  }
  return details
}

function partsOf(counts: CycleCounts, survey: SurveyStanding): SurveyDetails['parts'] {
  const { plan, cells, rosters } = counts
  const spec = tallySpec(survey.questionnaire)
  const margins = plan.groups[survey.group].margins.map((margin, at) => ({
    margin,
    at,
    categories: categoriesOf(survey.questionnaire, margin),
  }))
  if (margins.length === 0) return new Map()
  const design = designOf(plan, survey, rosters)
  return new Map(
    [...(cells.get(survey.id) ?? [])].flatMap(([organ, own]) => {
      const weighted = own.filter(({ ledger }) => ledger === plan.ledger).map(weightedCell)
      const estimate = estimateGroup(spec, weighted, design)
      if (estimate.status !== 'ok') return []
      return [
        [organ, margins.map((each) => breakdownOf(spec, weighted, estimate, each, plan.disclosure.drillDown))] as const,
      ]
    }),
  )
}

/** The answers to the question for a margin, without the one for those who do not say. */
function categoriesOf(questionnaire: Questionnaire, margin: string): string[] {
  return questionnaire.pages
    .flatMap(({ questions }) => questions)
    .flatMap((question) => (question.type === 'choice' && question.margin === margin ? question.options : []))
    .filter(({ missing }) => missing !== true)
    .map(({ value }) => value)
}

/** The question for reasons, and where its answer stands in a slip. */
export function reasonQuestion(questionnaire: Questionnaire): { question: ChoiceQuestion; position: number } | null {
  const questions = answerQuestions(questionnaire)
  const position = questions.findIndex((each) => each.type === 'choice' && each.role === 'reason')
  const question = questions[position]
  return question?.type === 'choice' ? { question, position } : null
}

async function reasonsOf(
  db: Database,
  scope: Scope,
  { plan, cells, cycle }: CycleCounts,
  survey: SurveyStanding,
): Promise<SurveyDetails['reasons']> {
  const asked = reasonQuestion(survey.questionnaire)
  if (!asked || survey.group === 'leaders') return null
  const { question, position } = asked
  const isChosen = (value: number, option: number) =>
    question.multiple ? ((value >> option) & 1) === 1 : value === option + 1
  const counted = new Map<number, { slips: number; reasons: number[] }>()
  for (const { organ, value, slips } of await countChoices(db, scope, survey.id, position)) {
    const own = counted.get(organ) ?? { slips: 0, reasons: question.options.map(() => 0) }
    counted.set(organ, own)
    own.slips += slips
    question.options.forEach((_, option) => {
      if (isChosen(value, option)) own.reasons[option]! += slips
    })
  }
  const spec = tallySpec(survey.questionnaire)
  const rows = cycle.organs.flatMap((organ): ReasonCounts[] => {
    const own = counted.get(organ.id)
    if (!own) return []
    const sums = emptyCell(spec)
    for (const cell of cells.get(survey.id)?.get(organ.id) ?? [])
      if (cell.ledger === plan.ledger) mergeCell(sums, cell.sums)
    // Reasons say who was not satisfied, so they are shown where the answers are.
    const isOpen = sums.questions.every(
      (each, q) =>
        spec.questions[q]!.weight === 0 ||
        distributionStatus(survey.group, each, plan.disclosure.distribution) === 'shown',
    )
    return [{ organ: organ.id, class: organ.class, ...own, isOpen }]
  })
  const { drillDown: minimum, cell } = plan.disclosure
  return shownReasons(rows, { minimum, cell })
}
