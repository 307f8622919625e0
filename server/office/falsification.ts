import { accountabilityMessages } from '../../client/messages/accountability.ts'
import { fill } from '../../client/messages/fill.ts'
import type { EntryPageProps } from '../../client/pages/office/accountability-entry.tsx'
import type { Entry } from '../../db/accountability.ts'
import type { FalsificationDecision } from '../../db/falsification.ts'
import { readQuarantines } from '../../db/quarantine.ts'
import { readReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { afterConsequence, type Consequence } from '../../surveys/accountability.ts'
import { isPublished } from '../../surveys/cycle.ts'
import { rowsOf } from '../../surveys/indicator-tree.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { parseRational } from '../../surveys/rational.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { overallScoreOf } from '../figures.ts'
import { organQuarantine } from '../quarantine.ts'
import type { Exchange } from '../route.ts'
import { overallOf } from '../standing-order.ts'
import type { SelfCycle } from './self-desk.ts'

// What a case of falsification costs an organ: what may be chosen, what was chosen in words, and the scores with and without it.

/** The scores of an organ from which points can be taken. */
export async function scoredItems({ world, locale }: Exchange, scope: Scope, cycle: SelfCycle, { organ }: Entry) {
  const reviews = await readReviews(world.db, scope, cycle.found.cycle.id)
  return reviews
    .filter((review) => review.organ === organ)
    .map(({ indicator, score, deduction }) => {
      return { indicator, title: titleOf(cycle.plan, indicator, locale), score, deduction }
    })
}

/** The ratings of an organ that two persons have taken out of the score. */
export async function quarantinesOf({ world, locale }: Exchange, scope: Scope, { file }: SelfCycle, { organ }: Entry) {
  const words = accountabilityMessages(locale)
  const surveys = new Map(file.surveys.map(({ id, sid }) => [id, sid]))
  const quarantines = await readQuarantines(world.db, scope, [...surveys.keys()])
  return quarantines
    .filter((each) => each.organ === organ)
    .map(({ survey, id, slips }) => ({
      value: `${survey}:${id}`,
      text: fill(words.quarantineOf, { survey: surveys.get(survey)!, id, slips }),
    }))
}

/** What was chosen, with the score before and after; or what is wrong, by the name of its field. */
export async function readConsequence(
  exchange: Exchange,
  scope: Scope,
  cycle: SelfCycle,
  entry: Entry,
  typed: Readonly<
    Partial<Record<'outcome' | 'consequence' | 'indicator' | 'points' | 'quarantine', string | undefined>>
  >,
): Promise<Result<Pick<FalsificationDecision, 'consequence' | 'before' | 'after'>, Readonly<Record<string, string>>>> {
  const words = accountabilityMessages(exchange.locale)
  const { consequence: kind } = typed
  if (kind === 'none') return ok({ consequence: { kind }, before: null, after: null })
  if (typed.outcome === 'dropped' || (kind !== 'deduction' && kind !== 'slips'))
    return err({ consequence: words.problemConsequence })
  if (kind === 'slips') {
    const chosen = (await quarantinesOf(exchange, scope, cycle, entry)).find(({ value }) => value === typed.quarantine)
    if (!chosen) return err({ quarantine: words.problemQuarantine })
    const [survey, quarantine] = chosen.value.split(':').map(Number) as [number, number]
    return ok({ consequence: { kind, survey, quarantine }, before: null, after: null })
  }
  const points = (typed.points ?? '').trim()
  if (!/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/.test(points) || parseRational(points).n === 0n)
    return err({ points: words.problemPoints })
  const items = await scoredItems(exchange, scope, cycle, entry)
  const item = items.find(({ indicator }) => indicator === typed.indicator)
  if (!item) return err({ indicator: words.problemIndicator })
  const { indicator, score, deduction } = item
  const before = { score, deduction }
  return ok({ consequence: { kind, indicator, points }, before, after: afterConsequence(before, points) })
}

/** What it costs, in words. */
export function consequenceText({ plan }: SelfCycle, consequence: Consequence, locale: Locale): string {
  const words = accountabilityMessages(locale)
  if (consequence.kind !== 'deduction') return words[`consequence_${consequence.kind}`]
  const { indicator, points } = consequence
  return fill(words.deductionText, { indicator: titleOf(plan, indicator, locale), points })
}

/**
 * The scores with a decision and without it, whether or not it was agreed to; null where it changes none, or where other ratings of the organ
 * were taken out as well. The overall score is
 * for whoever may read it: an organ's own people once it is published.
 */
export async function withAndWithout(
  exchange: Exchange,
  scope: Scope,
  cycle: SelfCycle,
  entry: Entry,
  { consequence, before, after }: FalsificationDecision,
): Promise<EntryPageProps['scores']> {
  const { world, locale } = exchange
  const { found, plan } = cycle
  if (consequence.kind === 'none') return null
  const standing = await world.standing(scope, found.cycle.id)
  const organ = standing.organs.find((each) => each.id === entry.organ)
  const seesOverall = scope.role !== 'organ_officer' || isPublished(found.cycle.state)
  if (!organ) return null
  if (consequence.kind === 'slips') {
    // The scores without anything taken out are those without this decision only where nothing else was.
    if ((await quarantinesOf(exchange, scope, cycle, entry)).length !== 1) return null
    const all = organQuarantine(plan, organ, locale)?.all
    const overall = all && seesOverall ? { with: overallScoreOf(plan, organ, locale), without: all.overall } : null
    return { item: null, overall }
  }
  const { indicator } = consequence
  const scoreWith = (score: string) => {
    const lines = organ.reviews.map((line) => (line.indicator === indicator ? { ...line, score } : line))
    const overall = organ.satisfaction && overallOf(plan, organ.class, organ.satisfaction, lines)
    return overallScoreOf(plan, { ...organ, overall }, locale)
  }
  return {
    item: { title: titleOf(plan, indicator, locale), with: after!.score, without: before!.score },
    overall: seesOverall ? { with: scoreWith(after!.score), without: scoreWith(before!.score) } : null,
  }
}

function titleOf({ indicators }: Plan, indicator: string, locale: Locale): string {
  const row = rowsOf(indicators).find(({ id }) => id === indicator)
  return (locale === 'en' ? row?.en : row?.zh) || indicator
}
