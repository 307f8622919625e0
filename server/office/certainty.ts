import type { Certainty, PlaceLine } from '../../client/pages/office/organ-certainty.tsx'
import type { Measure } from '../../surveys/near-cut.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { GroupId, Locale } from '../../surveys/questionnaire.ts'
import { chance, fixed } from '../figures.ts'
import { atLeastSome, organQuarantine, satisfactionShare } from '../quarantine.ts'
import type { OrganStanding, Standing } from '../standing.ts'
import type { ScoreMargin } from '../standing-order.ts'
import { mappingTitle, rankOf, ranksOf } from './ranks.ts'

/** How sure an organ's grade and place are, and what they hang on; null without an overall score. */
export function certaintyOf(standing: Standing, organ: OrganStanding, locale: Locale): Certainty | null {
  const { plan } = standing
  const { margin, overall } = organ
  if (!margin || overall?.status !== 'ok') return null
  const { probabilities, borderline, measure, nearest } = margin
  const quarantined = organQuarantine(plan, organ, locale)
  return {
    probabilities:
      probabilities === null
        ? 'not_known'
        : overall.standardError === 0
          ? 'no_sampling_error'
          : probabilities.map(({ grade, probability }) => ({
              grade,
              percent: chance(probability, overall.standardError),
            })),
    borderline: borderline && {
      grade: borderline.grade,
      percent: chance(borderline.probability, overall.standardError),
    },
    measure: measure && measureShown(measure, overall.standardError),
    safePercent: safePercentOf(plan),
    nearest: nearest && nearestOf(nearest, mostLeverage(margin.leverage), organ),
    hingesOnOneRater: margin.flags.includes('hinges_on_one_rater'),
    place: placeOf(standing, organ, locale),
    // With a single group the score of satisfaction is that group's, and two mappings would tell its counts.
    mappings: partsOf(organ) > 1 ? mappedScores(standing, organ, locale) : [],
    quarantine: quarantined?.all ?? null,
    quarantineIsBounded: quarantined !== null && quarantined.all === null,
  }
}

/** More persons than have answered are nobody: then no answers of the group would cross the limit. */
function nearestOf(
  { cut, distance, persons }: NonNullable<ScoreMargin['nearest']>,
  group: GroupId | null,
  { groups }: OrganStanding,
): Certainty['nearest'] {
  const answered = group === null ? 0 : (groups[group].sums?.n ?? 0)
  return { cut, distance, group, persons: persons !== null && persons > answered ? 'more_than_answered' : persons }
}

/** What one person of a group could move, in points of satisfaction and of the overall score. */
export function leverageOf(
  plan: Plan,
  organ: OrganStanding,
  group: GroupId,
): { satisfaction: string; overall: string } | null {
  const leverage = organ.margin?.leverage[group]
  if (leverage === undefined) return null
  return { satisfaction: atLeastSome(leverage), overall: atLeastSome(leverage * satisfactionShare(plan)) }
}

function placeOf(standing: Standing, organ: OrganStanding, locale: Locale): PlaceLine {
  const rank = rankOf(standing, organ)
  const { ranking } = standing
  const ranks = ranksOf(standing, locale)
  if (rank.status !== 'ranked' || !ranking || !ranks) return { status: 'not_ranked' }
  const { unscored, separatedPercent, neededPercent } = ranks
  return {
    ...rank,
    isTied: ranking.organs.filter(({ place }) => place === rank.place).length > 1,
    tiers: ranking.organs.at(-1)!.tier,
    organs: ranking.organs.length,
    unscored,
    separatedPercent,
    neededPercent,
  }
}

const partsOf = ({ satisfaction }: OrganStanding): number =>
  satisfaction && 'contributions' in satisfaction ? satisfaction.contributions.length : 0

function mappedScores({ plan, mappings }: Standing, { id }: OrganStanding, locale: Locale): Certainty['mappings'] {
  return mappings.flatMap((mapping) => {
    const score = mapping.satisfaction.get(id)
    return score === undefined ? [] : [{ title: mappingTitle(plan, mapping.id, locale), score }]
  })
}

function mostLeverage(leverage: Partial<Record<GroupId, number>>): GroupId | null {
  const entries = Object.entries(leverage) as [GroupId, number][]
  return entries.sort(([, a], [, b]) => b - a)[0]?.[0] ?? null
}

/** How sure it is that a score lies in the lowest grade, as it is shown. */
export const measureShown = (measure: Measure, standardError: number | null): NonNullable<Certainty['measure']> => ({
  status: measure.status,
  percent: measure.probability === null ? null : measurePercent(measure, standardError),
  timesAnswers: measure.status === 'near_cut' && measure.timesAnswers !== null ? timesOf(measure.timesAnswers) : null,
})

/** From which probability on a measure is safe: '95'. */
export const safePercentOf = ({ ranking }: Plan): string => String(Math.round(Number(ranking.safe) * 100))

/** What falls short of the plan's 95 must not be printed as 95: cut off there, not rounded. */
function measurePercent({ status, probability }: Measure, standardError: number | null): string {
  if (standardError === 0) return '100'
  if (status === 'safe') return chance(probability!, standardError)
  return fixed(Math.floor(probability! * 1_000) / 10, 1)
}

const timesOf = (times: number): string => (times >= 100 ? '>100' : fixed(times, 1))
