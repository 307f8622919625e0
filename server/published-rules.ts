import type { SurveyPeople } from '../client/pages/results/participation.tsx'
import type { MethodGroup, PlanMethodProps } from '../client/pages/results/plan-method.tsx'
import { groupIds } from '../surveys/indicator.ts'
import type { Indicator, Plan } from '../surveys/plan.ts'
import { type GroupId, type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import { parseRational, rational } from '../surveys/rational.ts'
import { dateText, readDay, startOf } from './calendar.ts'
import { questionTitle } from './export/totals.ts'
import { gradesOf, innovationRuleOf, intervalPercent, scaleOf, sharesOf, trimmed } from './figures.ts'
import { marginWords } from './office/weighting.ts'
import type { PublishedCycle } from './publications.ts'
import { sidOf } from './published-results.ts'
import { localized } from './surveys.ts'

// The rules of a published year and its people, from the documents of the publication and from nothing else.

type Rules = Omit<PlanMethodProps, 'locale' | 'size' | 'demo' | 'jid' | 'jurisdiction' | 'cycle' | 'cycleTitle'>

/** Everything that the method page says, read from the plan. */
export function publishedRules({ cycle, plan, surveys }: PublishedCycle, locale: Locale): Rules {
  const titleOf = (id: string) => {
    const own = plan.organClasses[id]
    return own ? localized(own.title, locale) : id
  }
  const { ranking, advancedUnits, raking, disclosure, deadlines, rounding, missingGroup, screening } = plan
  const dayOf = (day: string) => dateText(startOf(readDay(day)!), locale)
  const [first] = surveys
  return {
    plan: { title: localized(plan.title, locale), version: plan.version },
    classes: Object.entries(plan.organClasses).flatMap(([id, { functionalRule, ranked, groupWeights }]) => {
      const organs = cycle.organs.filter((organ) => organ.class === id).length
      if (organs === 0) return []
      const own =
        groupWeights &&
        groupIds.flatMap((group) => (groupWeights[group] ? [{ group, weight: groupWeights[group] }] : []))
      return [{ id, title: titleOf(id), organs, functionalRule, isRanked: ranked, groupWeights: own ?? null }]
    }),
    indicators: indicatorLines(plan, titleOf, locale),
    groups: groupIds.map((group) => groupRules(plan, surveys, group, locale)),
    scale: first ? scaleOf(first.questionnaire, locale) : [],
    missingGroup,
    disclosure: { ...disclosure, reasons: disclosure.reasons ?? 'organ' },
    raking,
    intervalPercent: intervalPercent(plan),
    ranking: {
      needed: ranking.separatedPairsPercent,
      borderline: percentOf(ranking.borderline),
      safe: percentOf(ranking.safe),
    },
    advanced: {
      title: localized(advancedUnits.title, locale),
      count: advancedUnits.count,
      grade: gradesOf(plan, locale).find(({ id }) => id === advancedUnits.grade)?.title ?? advancedUnits.grade,
    },
    rounding,
    grades: gradesOf(plan, locale),
    screeningLevel: screening.level,
    innovation: innovationRuleOf(plan, locale),
    deadlines: { self: dayOf(deadlines.selfAssessment), leads: dayOf(deadlines.leadScores) },
  }
}

/** '95%' from '0.95'. */
function percentOf(share: string): string {
  const { n, d } = parseRational(share)
  return `${trimmed(rational(n * 100n, d))}%`
}

function indicatorLines(plan: Plan, classTitle: (id: string) => string, locale: Locale): Rules['indicators'] {
  const shares = sharesOf(plan)
  const below = (nodes: readonly Indicator[], depth: number): Rules['indicators'] =>
    nodes.flatMap(({ id, title, scoredBy, lead = [], classes = [], children = [] }) => {
      const share = shares.get(id)
      const own = share && {
        ...{ id, depth, title: localized(title, locale), scoredBy: scoredBy ?? null },
        share: trimmed(rational(share.n * 100n, share.d)),
        leads: lead.map((each) => localized(each, locale)),
        classes: classes.map(classTitle),
      }
      return [...(own ? [own] : []), ...below(children, depth + 1)]
    })
  return below(plan.indicators, 0)
}

function groupRules(plan: Plan, surveys: PublishedCycle['surveys'], group: GroupId, locale: Locale): MethodGroup {
  const { weight, minimum, questions, calibration, design } = plan.groups[group]
  const form = surveys.find((each) => each.group === group)?.questionnaire
  const titles = new Map(form ? ratingQuestions(form).map(({ id, title }) => [id, questionTitle(title)[locale]]) : [])
  const total = questions.reduce((sum, each) => sum + each.weight, 0)
  return {
    group,
    weight,
    questions: questions.map(({ id, weight: own }) => ({
      id,
      title: titles.get(id) ?? id,
      weight: String(own),
      share: trimmed(rational(BigInt(own) * 100n, BigInt(total))),
    })),
    minimum: {
      n: minimum.n,
      responsePercent: minimum.responsePercent === undefined ? null : String(minimum.responsePercent),
      effectiveN: minimum.effectiveN ?? null,
    },
    calibration,
    strata:
      design.kind === 'srs'
        ? null
        : {
            weightBy: design.weightBy,
            list: Object.values(design.strata).map(({ title, share }) => ({
              title: localized(title, locale),
              share: share ?? '',
            })),
          },
  }
}

/** How many people stand behind each survey, counted and open, and to what population it was weighted. */
export function publishedPeople({ plan, people, surveys }: PublishedCycle, locale: Locale): SurveyPeople[] {
  const inOrder = [
    ...groupIds.flatMap((group) => people.filter(({ manifest: own }) => own.counted && own.group === group)),
    ...people.filter(({ manifest }) => !manifest.counted),
  ]
  return inOrder.map(({ manifest, counts }) => {
    const { group, counted, mode } = manifest
    const sid = sidOf(manifest)
    const { design } = plan.groups[group]
    const strata = counted && design.kind === 'stratified' ? design.strata : {}
    const survey = surveys.find((each) => each.sid === sid)
    return {
      ...{ sid, group, counted, isSealed: mode === 'sealed' },
      cells: counts.cells.map((cell) => ({
        ...cell,
        title: strata[cell.cell] ? localized(strata[cell.cell]!.title, locale) : null,
      })),
      slips: counts.slips,
      comments: counts.comments,
      population: survey ? populationOf(survey, locale) : null,
    }
  })
}

function populationOf({ questionnaire, weights }: PublishedCycle['surveys'][number], locale: Locale) {
  const words = marginWords(questionnaire, locale)
  return (
    weights.margins?.map(({ name, categories }) => {
      const own = words.get(name)
      const titleOf = (id: string) => own?.categories.get(id) ?? id
      return {
        name,
        title: own?.title ?? name,
        categories: categories.map(({ id, share, mergeInto }) => ({
          id,
          title: titleOf(id),
          share: percentOf(share).slice(0, -1),
          mergedInto: mergeInto === undefined ? null : titleOf(mergeInto),
        })),
      }
    }) ?? null
  )
}
