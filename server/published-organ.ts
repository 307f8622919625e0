import type { PublicGroup, PublicOrganProps, PublicPart } from '../client/pages/results/public-organ.tsx'
import type { Score } from '../client/parts/withheld.tsx'
import type { OrganTally, ResultsDocument } from '../surveys/bundle-documents.ts'
import { groupIds } from '../surveys/indicator.ts'
import { type Indicator, indicatorsOf, type Plan } from '../surveys/plan.ts'
import { type GroupId, type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import { groupWeightsOf } from '../surveys/results.ts'
import { questionTitle } from './export/totals.ts'
import { chance, percent, sharesOf, trimmed } from './figures.ts'
import type { PublishedCycle } from './publications.ts'
import { intervalOf, quarantineNote, rowsOf } from './published-results.ts'
import { localized } from './surveys.ts'

// The page of one organ, from the documents of a publication and from nothing else: what is withheld there has no number here.

type OrganFigures = ResultsDocument['organs'][number]
type Figures = Pick<
  PublicOrganProps,
  'organ' | 'organClass' | 'row' | 'probabilities' | 'groups' | 'parts' | 'quarantined'
>

/** What the page says of the organ with this code, which the publication has. */
export function publishedOrgan(published: PublishedCycle, code: string, locale: Locale): Figures {
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
    parts: partsOf(plan, organ.class, figures, locale),
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

function partsOf(plan: Plan, organClass: string, { overall }: OrganFigures, locale: Locale): PublicPart[] {
  const indicators = indicatorsOf(plan, organClass)
  const shares = sharesOf({ ...plan, indicators })
  const scored = new Map((overall?.parts ?? []).map((part) => [part.id, part]))
  const below = (nodes: readonly Indicator[], depth: number): PublicPart[] =>
    nodes.flatMap(({ id, title, children = [] }) => {
      const share = shares.get(id)
      // What stands below satisfaction is in the table of the groups.
      const own = share && {
        ...{ id, depth },
        title: localized(title, locale),
        share: trimmed({ n: share.n * 100n, d: share.d }),
        score: scored.get(id)?.score ?? null,
        contribution: scored.get(id)?.contribution ?? null,
      }
      return [...(own ? [own] : []), ...below(children, depth + 1)]
    })
  return below(indicators, 0)
}
