import { officeMessages } from '../../client/messages/office.ts'
import type { MappingLine, Ranks } from '../../client/pages/office/dashboard.tsx'
import type { GradeMark, OrganRank } from '../../client/pages/office/organ-rows.ts'
import { cutsInside, type Interval } from '../../client/parts/interval.tsx'
import type { ResultsDocument } from '../../surveys/bundle-documents.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { Locale, Questionnaire } from '../../surveys/questionnaire.ts'
import type { Ranking } from '../../surveys/ranking.ts'
import { equalSteps, mappingsOf, topTwo } from '../../surveys/sensitivity.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { chance, fixed, gradesOf, scaleOf, trimmed } from '../figures.ts'
import { keepWith } from '../page-cache.ts'
import { organQuarantine } from '../quarantine.ts'
import type { OrganStanding, Standing } from '../standing.ts'
import { localized, nameOf } from '../surveys.ts'

// What the order of a cycle's organs means, as it is printed: everything was computed with the standing.

/** The ranked organs together; null while none of them has an overall score. */
export function ranksOf(standing: Standing, locale: Locale): Ranks | null {
  const { ranking, plan, surveys } = standing
  if (!ranking) return null
  const form = surveys.find(({ counted }) => counted)?.questionnaire
  const mappings = mappingLines(plan, form, changesOf(standing, locale), locale)
  return rankingWords(plan, { ...ranking, scored: ranking.organs.length }, mappings, locale)
}

/** What the order of so many organs means. */
export function rankingWords(
  plan: Plan,
  ranking: NonNullable<ResultsDocument['ranking']>,
  mappings: readonly MappingLine[],
  locale: Locale,
): Ranks {
  const { scored, pairs, separatedPairs, unscored, showsPlaces } = ranking
  const { title, count, grade } = plan.advancedUnits
  return {
    scored,
    unscored,
    pairs,
    separatedPairs,
    // Cut off, not rounded: 79.96 % must not be printed as the 80 % that it falls short of.
    separatedPercent: fixed(pairs === 0 ? 100 : Math.floor((separatedPairs * 1000) / pairs) / 10, 1),
    neededPercent: plan.ranking.separatedPairsPercent,
    showsPlaces,
    advanced: {
      title: localized(title, locale),
      count,
      grade: gradesOf(plan, locale).find(({ id }) => id === grade)!.title,
    },
    mappings,
  }
}

function changesOf({ mappings, organs }: Standing, locale: Locale): MappingChange[] {
  const names = new Map(organs.map((organ) => [organ.id, nameOf(organ, locale)]))
  return mappings.map(({ id, change: { gradeChanges, largestMove, pairsReversed } }) => ({
    ...{ id, largestMove, pairsReversed },
    grades: gradeChanges.map((organ) => names.get(organ)!),
  }))
}

/** What other points would change: `grades` are the names of the organs with another grade. */
type MappingChange = NonNullable<MappingLine['change']> & { readonly id: string }

/** The plan's own points, and below them what others would change; none where nothing was compared. */
export function mappingLines(
  plan: Plan,
  questionnaire: Questionnaire | undefined,
  changes: readonly MappingChange[],
  locale: Locale,
): MappingLine[] {
  if (!questionnaire || changes.length === 0) return []
  const words = officeMessages(locale)
  const [main] = tallySpec(questionnaire).questions
  return [
    { title: words.mappingOfPlan, points: scaleOf(questionnaire, locale).map(({ points }) => points), change: null },
    ...mappingsOf(plan).flatMap((mapping): MappingLine[] => {
      const found = changes.find(({ id }) => id === mapping.id)
      if (!found) return []
      const { id, ...change } = found
      const points = mapping.points(main!.levels).map((value) => trimmed(value))
      return [{ title: mappingTitle(plan, id, locale), points, change }]
    }),
  ]
}

/** What other points are called: the two that every plan has, and those that it lists. */
export function mappingTitle(plan: Plan, id: string, locale: Locale): string {
  const words = officeMessages(locale)
  if (id === equalSteps.id) return words.mappingEqualSteps
  if (id === topTwo.id) return words.mappingTopTwo
  const listed = plan.mappings?.find((mapping) => mapping.id === id)
  return listed ? localized(listed.title, locale) : id
}

/** Where one organ stands among those that the plan ranks. */
export function rankOf(standing: Standing, organ: OrganStanding): OrganRank {
  if (!standing.plan.organClasses[organ.class]?.ranked) return { status: 'not_ranked' }
  const { ranking } = standing
  const ranked = ranking && rankedById(ranking).get(organ.id)
  if (!ranked) return { status: 'unscored' }
  return {
    status: 'ranked',
    place: ranking.showsPlaces ? ranked.place : null,
    interval: ranked.placeInterval,
    tier: ranked.tier,
    expected: ranked.expectedPlace === null ? null : fixed(ranked.expectedPlace, 1),
    advanced: ranked.advanced,
    ...amongFirst(standing, organ),
  }
}

function amongFirst({ places }: Standing, { id, overall }: OrganStanding): { amongFirst?: string } {
  const distribution = places?.get(id)
  if (!distribution || overall?.status !== 'ok') return {}
  const probability = distribution.probabilities.reduce((sum, each) => sum + each, 0)
  return { amongFirst: chance(probability, overall.standardError) }
}

const rankedById = (ranking: Ranking<number>) =>
  keepWith(ranking, 'by organ', () => new Map(ranking.organs.map((each) => [each.id, each])))

/** How near one organ's score is to a boundary of its grade, in the order of weight. */
export function gradeMarks(plan: Plan, organ: OrganStanding, interval: Interval | null, locale: Locale): GradeMark[] {
  const { overall, margin } = organ
  if (overall?.status !== 'ok' || !margin) return []
  const grades = gradesOf(plan, locale)
  // What lies below the lowest grade's own minimum is that grade, too.
  const cuts = grades.slice(0, -1).map(({ minimum }) => minimum)
  const marks: GradeMark[] = []
  if (margin.measure?.status === 'safe')
    marks.push({
      kind: 'measureSafe',
      cut: cuts.at(-1)!,
      percent: chance(margin.measure.probability, overall.standardError),
    })
  if (margin.measure?.status === 'near_cut') marks.push({ kind: 'measureNearCut', cut: cuts.at(-1)! })
  if (margin.borderline) {
    const { grade, probability } = margin.borderline
    marks.push({
      kind: 'borderline',
      grade: grades.find(({ id }) => id === grade)!.title,
      percent: chance(probability, overall.standardError),
    })
  }
  for (const cut of cutsInside(interval, cuts)) marks.push({ kind: 'crosses', cut })
  if (margin.flags.includes('hinges_on_one_rater')) marks.push({ kind: 'oneRater' })
  if (organQuarantine(plan, organ, locale)?.all?.changesGrade) marks.push({ kind: 'quarantine' })
  return marks
}
