import type { PublicGroup, PublicOrganProps } from '../client/pages/results/public-organ.tsx'
import type { LineageLine } from '../client/parts/lineage.tsx'
import type { Score } from '../client/parts/withheld.tsx'
import type { OrganTally, ResultsDocument } from '../surveys/bundle-documents.ts'
import { groupIds } from '../surveys/indicator.ts'
import type { LineageNode, OrganLineage } from '../surveys/lineage.ts'
import { type Plan, publishesReasons } from '../surveys/plan.ts'
import { type GroupId, type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import { groupWeightsOf } from '../surveys/results.ts'
import { questionTitle } from './export/totals.ts'
import { chance, percent } from './figures.ts'
import { tellLineage } from './lineage-lines.ts'
import type { PublishedCycle } from './publications.ts'
import { intervalOf, quarantineNote, rowsOf } from './published-results.ts'
import { localized } from './surveys.ts'

// The page of one organ, from the documents of a publication and from nothing else: what is withheld there has no number here.

type OrganFigures = ResultsDocument['organs'][number]
type Figures = Pick<
  PublicOrganProps,
  'organ' | 'organClass' | 'row' | 'probabilities' | 'groups' | 'lines' | 'steps' | 'hasReasons' | 'quarantined'
>

/** What the page says of the organ with this lineage, which the publication has. */
export function publishedOrgan(published: PublishedCycle, lineage: OrganLineage, locale: Locale): Figures {
  const code = lineage.organ
  const { cycle, plan, results } = published
  const organ = cycle.organs.find((each) => each.code === code)!
  const figures = results.organs.find((each) => each.organ === code)!
  const row = rowsOf(published, locale).find((each) => each.code === code)!
  const organClass = plan.organClasses[organ.class]
  return {
    organ: code,
    organClass: organClass ? localized(organClass.title, locale) : organ.class,
    row,
    probabilities: probabilitiesOf(plan, figures, locale),
    groups: groupIds.map((group) => groupOf(published, organ.class, figures, group, locale)),
    ...tellLineage(lineage, {
      ...{ plan, organ: row.name, locale },
      forms: new Map(published.surveys.map(({ group, questionnaire }) => [group, questionnaire])),
      reviewOf: deductionOf,
      // Counts per level are not published: withheld means could be solved for.
      levelsOf: () => [],
    }),
    hasReasons: publishesReasons(plan),
    quarantined: quarantineNote(published, figures, locale),
  }
}

function probabilitiesOf(plan: Plan, { overall }: OrganFigures, locale: Locale): Figures['probabilities'] {
  if (overall?.status !== 'ok' || !overall.probabilities) return []
  const error = overall.standardError === null ? null : Number(overall.standardError)
  return plan.grades.flatMap(({ id, title }) => {
    const own = overall.probabilities!.find(({ grade }) => grade === id)
    return own ? [{ grade: localized(title, locale), percent: chance(Number(own.probability), error) }] : []
  })
}

function groupOf(
  { plan, surveys }: PublishedCycle,
  organClass: string,
  figures: OrganFigures,
  group: GroupId,
  locale: Locale,
): PublicGroup {
  const own = figures.groups[group]
  const survey = surveys.find((each) => each.group === group)
  const tally = survey?.tallies.organs.find(({ organ }) => organ === figures.organ)
  const { satisfaction } = figures
  const added = satisfaction && 'contributions' in satisfaction ? satisfaction.contributions : []
  return {
    group,
    weight: groupWeightsOf(plan, organClass)[group] ?? null,
    score: scoreOf(plan, group, own),
    interval: intervalOf(own),
    n: own !== null && 'n' in own ? own.n : 0,
    contribution: added.find((each) => each.group === group)?.contribution ?? null,
    questions: own?.status === 'ok' && survey ? questionsOf(survey.questionnaire, own.questions, tally, locale) : [],
  }
}

function scoreOf(plan: Plan, group: GroupId, own: OrganFigures['groups'][GroupId]): Score {
  if (own === null) return { status: 'withheld', why: { reason: 'not_started' } }
  if (own.status === 'ok') return { status: 'ok', score: own.score }
  if (own.status === 'unsupported_design') return { status: 'withheld', why: { reason: own.status } }
  switch (own.flag) {
    case 'n_below_minimum':
      return { status: 'withheld', why: { reason: own.flag, n: own.n, minimum: plan.groups[group].minimum.n } }
    // By how much these fall short is not published.
    case 'response_below_minimum':
    case 'n_eff_below_minimum':
      return { status: 'withheld', why: { reason: 'group_insufficient', groups: [group] } }
    default:
      return { status: 'withheld', why: { reason: own.flag } }
  }
}

function questionsOf(
  form: PublishedCycle['surveys'][number]['questionnaire'],
  means: readonly { readonly id: string; readonly mean: string | null }[],
  tally: OrganTally | undefined,
  locale: Locale,
): PublicGroup['questions'] {
  return ratingQuestions(form).map(({ id, title, weight }) => {
    const told = tally?.status === 'ok' ? tally.questions.find((each) => each.id === id) : undefined
    const shown = told && !('withheld' in told) ? told : null
    const { n = null, dontKnow = null } = shown ?? {}
    return {
      ...{ id, n },
      title: questionTitle(title)[locale],
      weight: String(weight),
      mean: means.find((each) => each.id === id)?.mean ?? null,
      dontKnowPercent: n === null || dontKnow === null ? null : percent(dontKnow, n + dontKnow),
    }
  })
}

function deductionOf(node: LineageNode): LineageLine['review'] {
  if (node.kind !== 'item' || !node.deduction) return null
  const { points, reason } = node.deduction
  return { lead: '', deduction: points, reason, basis: '', evidence: '', files: [] }
}
