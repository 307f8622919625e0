import type { FeedbackPageProps } from '../../client/pages/office/feedback.tsx'
import { searchComments } from '../../db/comment-desk.ts'
import { listCyclesOf } from '../../db/platform.ts'
import { listMeasures } from '../../db/rectifications.ts'
import { readReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { fillText } from '../../surveys/answers.ts'
import { type LetterProblem, peerMedian, weakestOf } from '../../surveys/feedback.ts'
import { maskPersonal } from '../../surveys/masking.ts'
import type { Indicator } from '../../surveys/plan.ts'
import { type GroupId, type LocaleText, ratingQuestions } from '../../surveys/questionnaire.ts'
import { halfUp, parseRational, subtract } from '../../surveys/rational.ts'
import { isOverdue } from '../../surveys/rectification.ts'
import { scoredIndicators } from '../../surveys/review.ts'
import { dayField, dayOf } from '../calendar.ts'
import { reasonQuestion } from '../details.ts'
import { percent } from '../figures.ts'
import { systemScope } from '../guard.ts'
import type { PublishedCycle } from '../publications.ts'
import type { Exchange } from '../route.ts'
import { localized, titleOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { countedSurveys, type FollowDesk, type PublishedStanding } from './follow-desk.ts'

// What an organ reads about itself after the publication: from the published documents, and of what is beside them only what
// may be shown. Of other organs nothing but medians.

type Locale = Exchange['locale']

export interface DimensionRow {
  readonly group: GroupId
  readonly title: LocaleText
  readonly mean: string
  readonly median: string | null
  /** The question about the whole, which is no dimension. */
  readonly isWhole: boolean
}

/** The organ's published mean of each question, beside the median of the other organs of its class. */
export function dimensionsOf(
  { organ, plan }: Pick<FollowDesk, 'organ' | 'plan'>,
  { results, surveys, cycle }: PublishedCycle,
): DimensionRow[] {
  const classes = new Map(cycle.organs.map((each) => [each.code, each.class]))
  const meanOf = (figures: (typeof results.organs)[number], group: GroupId, id: string): string | null => {
    const own = figures.groups[group]
    return own?.status === 'ok' ? (own.questions.find((each) => each.id === id)?.mean ?? null) : null
  }
  const own = results.organs.find((each) => each.organ === organ.code)
  if (!own) return []
  const peers = results.organs.filter(
    (each) => each.organ !== organ.code && classes.get(each.organ) === classes.get(organ.code),
  )
  const name: LocaleText = { 'zh-CN': organ.nameZh, en: organ.nameEn }
  return surveys.flatMap(({ group, questionnaire }) =>
    ratingQuestions(questionnaire).flatMap((question): DimensionRow[] => {
      const mean = meanOf(own, group, question.id)
      if (mean === null) return []
      const others = peers.flatMap((each) => meanOf(each, group, question.id) ?? [])
      const title = {
        'zh-CN': fillText(question.title['zh-CN'], { organ: name['zh-CN'] }),
        en: fillText(question.title.en, { organ: name.en }),
      }
      const median = peerMedian(others, plan.rounding.decimals)
      return [{ group, title, mean, median, isWhole: question.role === 'overall' }]
    }),
  )
}

export const gapOf = ({ mean, median }: Pick<DimensionRow, 'mean' | 'median'>, decimals: number): string | null =>
  median === null ? null : halfUp(subtract(parseRational(mean), parseRational(median)), decimals)

export interface Deduction {
  readonly indicator: string
  readonly lead: string
  readonly title: LocaleText
  readonly points: string
  readonly reason: string
}

/** What confirmed reviews took off an organ, in the order of the indicators. */
export async function deductionsOf(
  { db }: Pick<World, 'db'>,
  scope: Scope,
  desk: Pick<FollowDesk, 'plan' | 'found' | 'organ'>,
): Promise<Deduction[]> {
  const { plan, found, organ } = desk
  const reviews = await readReviews(db, scope, found.cycle.id)
  const order = scoredIndicators(plan.indicators).map(({ node }) => node.id)
  return reviews
    .filter((review) => review.organ === organ.id && review.deduction !== '0')
    .sort((one, other) => order.indexOf(one.indicator) - order.indexOf(other.indicator))
    .map(({ indicator, lead, deduction: points, reason }) => ({
      ...{ indicator, lead, points, reason },
      title: titleIn(plan.indicators, indicator),
    }))
}

/** What an indicator of a tree is called. */
export function titleIn(nodes: readonly Indicator[], id: string): LocaleText {
  const flat = (list: readonly Indicator[]): Indicator[] => list.flatMap((node) => [node, ...flat(node.children ?? [])])
  return flat(nodes).find((node) => node.id === id)?.title ?? { 'zh-CN': id, en: id }
}

/** What a letter names: where the organ is weakest, then what was taken off. */
export const letterProblems = (rows: readonly DimensionRow[], deductions: readonly Deduction[]): LetterProblem[] => [
  ...weakestOf(rows.filter(({ isWhole }) => !isWhole)).map(({ group, title, mean, median }) => ({
    ...{ kind: 'question' as const, group, title, mean, median },
  })),
  ...deductions.map(({ title, points, reason }) => ({ kind: 'deduction' as const, title, points, reason })),
]

/** The reasons that people gave, most frequent first, of each group of which they may be shown. */
export async function reasonsOf(
  exchange: Exchange,
  scope: Scope,
  { found, organ }: FollowDesk,
): Promise<FeedbackPageProps['reasons']> {
  const { world, locale } = exchange
  // Which counts may be shown follows from those of all organs; only the organ's own go on from here.
  const whole = systemScope(scope.jurisdiction)
  const [details, standing] = await Promise.all([
    world.details(whole, found.cycle.id),
    world.standing(whole, found.cycle.id),
  ])
  return standing.surveys.flatMap(({ id, group, counted, questionnaire }) => {
    const asked = counted ? reasonQuestion(questionnaire) : null
    const own = details.find(({ survey }) => survey === id)?.reasons?.organs.get(organ.id)
    if (!asked || !own || own.slips === null) return []
    const slips = own.slips
    const rows = asked.question.options.flatMap(({ label }, option) => {
      const count = own.reasons[option] ?? null
      return count === null ? [] : [{ reason: localized(label, locale), count, share: percent(count, slips) }]
    })
    return rows.length === 0 ? [] : [{ group, n: slips, rows: rows.sort((a, b) => b.count - a.count).slice(0, 10) }]
  })
}

const mostComments = 100

/** What the office passed on to the organ or the public, without what names a person, of groups that are large enough. */
export async function commentsOf(
  exchange: Exchange,
  scope: Scope,
  desk: FollowDesk,
  { documents }: PublishedStanding,
): Promise<FeedbackPageProps['comments']> {
  const { world } = exchange
  const { organ, plan } = desk
  const figures = documents.results.organs.find((each) => each.organ === organ.code)
  const surveys = (await countedSurveys(exchange, scope, desk)).filter(({ group }) => {
    const own = figures?.groups[group]
    return own && 'n' in own && own.n >= plan.disclosure.drillDown
  })
  if (surveys.length === 0) return []
  const places = surveys.map(({ id }) => ({ survey: id, organ: organ.id }))
  const pages = await Promise.all(
    (['organ', 'public'] as const).map((disposal) =>
      searchComments(
        world.db,
        scope,
        { places, words: [], disposal, topic: null, assignee: null },
        { after: new Uint8Array(16), limit: mostComments },
      ),
    ),
  )
  return pages.flat().map(({ survey, text }) => ({
    group: surveys.find(({ id }) => id === survey)!.group,
    text: maskPersonal(text).text,
  }))
}

/** What the organ wanted to do after the cycle before. */
export async function lastYearOf(
  { world, locale }: Exchange,
  scope: Scope,
  { found, organ, isOwn }: FollowDesk,
): Promise<FeedbackPageProps['lastYear']> {
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  const before = cycles
    .filter(({ cycle }) => cycle.code < found.cycle.code)
    .sort(byCode)
    .at(-1)
  if (!before) return null
  const today = dayField(dayOf(world.now()))
  const measures = await listMeasures(world.db, scope, before.cycle.id)
  return {
    cycle: titleOf(before.cycle, locale as Locale),
    measures: measures
      .filter((each) => each.organ === organ.id && (isOwn || each.state !== 'draft'))
      .map(({ state, sheet }) => ({
        ...{ problem: sheet.problem, measure: sheet.measure, due: sheet.due, state },
        isOverdue: isOverdue({ state, due: sheet.due }, today),
      })),
  }
}

const byCode = (one: { cycle: { code: string } }, other: { cycle: { code: string } }): number =>
  one.cycle.code < other.cycle.code ? -1 : 1
