/**
 * Why the overall score of an organ is what it is 评分来源.
 *
 * Written down as a tree: the total, the parts of the plan, at their ends the scores that somebody gave, and below
 * satisfaction the groups, their questions and the sums of the answers. Each line names its weight among those beside it.
 * So anybody can begin at the ends, form weighted means upwards, and arrive at the published total to its last digit. What
 * a published sum withholds is withheld here as well; then the score of that group stands only as it was printed.
 */
import { z } from 'zod'
import type { OrganTally, ResultsDocument } from './bundle-documents.ts'
import { groupIds } from './indicator.ts'
import { code } from './internal/definition.ts'
import { type Indicator, indicatorsOf, type Plan, satisfactionId } from './plan.ts'
import type { GroupId } from './questionnaire.ts'
import {
  add,
  betweenLevels,
  compare,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  type Rounding,
  rational,
  readRational,
  subtract,
} from './rational.ts'

const count = z.int().min(0)
const exact = z.string().refine((text) => readRational(text).ok)
const weight = exact.refine((text) => readRational(text).ok && parseRational(text).n > 0n)
const printed = z.string().regex(/^[0-9]{1,6}(\.[0-9]{1,12})?$/)
/** Points that were taken off a hundred, and why; stands only where the plan says that everybody reads it. */
export const deductionSchema = z.strictObject({ points: exact, reason: z.string().min(1) })
/** Id, the id of what it is part of (null on the first level), and its weight among those with the same parent. */
const place = { id: z.string(), parent: z.string().nullable(), weight }

/** One line of a lineage. */
export const lineageNode = z.discriminatedUnion('kind', [
  /** Its score is the weighted mean of what stands below it. */
  z.strictObject({ ...place, kind: z.literal('part'), score: printed.nullable() }),
  /** What somebody scored, out of 100; null as long as nobody has. */
  z.strictObject({
    ...place,
    kind: z.literal('item'),
    score: exact.nullable(),
    deduction: deductionSchema.exactOptional(),
  }),
  z.strictObject({
    ...place,
    kind: z.literal('group'),
    group: z.enum(groupIds),
    survey: code,
    n: count,
    score: printed,
  }),
  /** Weighted points over weighted answers is the mean. */
  z.strictObject({ ...place, kind: z.literal('question'), n: count, points: exact, answers: exact }),
  /** Too few answered it, or it would tell what too few answered. */
  z.strictObject({ ...place, kind: z.literal('withheld') }),
])

const organLineage = z.strictObject({
  organ: code,
  status: z.enum(['ok', 'incomplete', 'insufficient', 'not_computed']),
  score: printed.nullable(),
  nodes: z.array(lineageNode),
})

export const lineageSchema = z.strictObject({
  v: z.literal(1),
  /** The summing up 汇总 that two persons locked: its version, and SHA-256 of its text; null where none was. */
  sum: z.strictObject({ version: z.int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullable(),
  /** Whom two persons chose where the scores leave open who is among the first, and why; null where nobody was. */
  advanced: z.strictObject({ chosen: z.array(code), reason: z.string().min(1), second: z.string().min(1) }).nullable(),
  organs: z.array(organLineage),
})

export type LineageNode = z.infer<typeof lineageNode>
export type OrganLineage = z.infer<typeof organLineage>
export type LineageDocument = z.infer<typeof lineageSchema>

/** Sums of the surveys that count, by group: the code of the survey, and what is published about each organ. */
export type SumsByGroup = Partial<Record<GroupId, { readonly survey: string; readonly tallies: readonly OrganTally[] }>>

/** The lineage of one organ from what is published of it. */
export function lineageOf(
  plan: Plan,
  organClass: string,
  figures: ResultsDocument['organs'][number],
  sums: SumsByGroup,
): OrganLineage {
  const { organ, overall } = figures
  const given = new Map(figures.reviews.map(({ indicator, ...review }) => [indicator, review]))
  const scores = new Map(overall?.parts.map(({ id, score }) => [id, score]))
  const satisfied = satisfactionId(plan)
  const below = (nodes: readonly Indicator[], parent: string | null): LineageNode[] =>
    nodes.flatMap((each): LineageNode[] => {
      const { id, children } = each
      const own = { id, parent, weight: each.weight ?? '1' }
      const score = scores.get(id) ?? null
      if (id === satisfied) return [{ ...own, kind: 'part', score }, ...groupNodes(plan, id, figures, sums)]
      if (children && !given.has(id)) return [{ ...own, kind: 'part', score }, ...below(children, id)]
      return [{ ...own, kind: 'item', score: null, ...given.get(id) }]
    })
  return {
    organ,
    status: overall?.status ?? 'not_computed',
    score: overall?.status === 'ok' ? overall.score : null,
    nodes: below(indicatorsOf(plan, organClass), null),
  }
}

/** Groups that count, with the weights that they had, and below each its questions that count. */
function groupNodes(
  plan: Plan,
  parent: string,
  { organ, satisfaction }: ResultsDocument['organs'][number],
  sums: SumsByGroup,
): LineageNode[] {
  if (!satisfaction || !('contributions' in satisfaction)) return []
  return satisfaction.contributions.flatMap(({ group, weight, score }): LineageNode[] => {
    const own = sums[group]
    const tally = own?.tallies.find((each) => each.organ === organ)
    if (!own || tally?.status !== 'ok') throw new RangeError(`lineageOf needs the sums of ${group} about ${organ}`)
    const id = `${parent}/${group}`
    const weights = new Map(plan.groups[group].questions.map((question) => [question.id, question.weight]))
    const questions = tally.questions.flatMap((question): LineageNode[] => {
      const weight = String(weights.get(question.id) ?? 0)
      if (weight === '0') return []
      const at = { id: `${id}/${question.id}`, parent: id, weight }
      if ('withheld' in question) return [{ ...at, kind: 'withheld' }]
      const { n, points, answers } = question
      return [{ ...at, kind: 'question', n, points, answers }]
    })
    return [{ id, parent, weight, kind: 'group', group, survey: own.survey, n: tally.n, score }, ...questions]
  })
}

/** One line with what follows from the ends of the tree. */
export interface Climbed {
  /** Part of the total, between 0 and 1. */
  readonly share: Rational
  /** Out of 100; null where something below is missing. */
  readonly score: Rational | null
  /** Whether it follows from exact numbers alone, none of which is known only as printed. */
  readonly isExact: boolean
}

/**
 * Forms the scores once more, from the ends upwards: score = Σ w·score/Σ w; `''` is the total. Two children with weights 3
 * and 1 and scores 100 and 80 // 95
 */
export function climb(nodes: readonly LineageNode[], rounding: Rounding): ReadonlyMap<string, Climbed> {
  const climbed = new Map<string, Climbed>()
  const meanOf = (parent: string | null, share: Rational): Omit<Climbed, 'share'> => {
    const siblings = nodes.filter((each) => each.parent === parent)
    const whole = siblings.map(({ weight }) => parseRational(weight)).reduce(add, rational(0))
    let sum: Rational | null = siblings.length === 0 ? null : rational(0)
    let isExact = true
    for (const each of siblings) {
      const part = divide(parseRational(each.weight), whole)
      const own = scoreOf(each, multiply(share, part))
      sum = sum && own.score && add(sum, multiply(part, own.score))
      isExact &&= own.isExact
    }
    return { score: sum && betweenLevels(sum, rounding), isExact }
  }
  const scoreOf = (each: LineageNode, share: Rational): Climbed => {
    const found = { ...ownScore(each, share), share }
    climbed.set(each.id, found)
    return found
  }
  const ownScore = (each: LineageNode, share: Rational): Omit<Climbed, 'share'> => {
    if (each.kind === 'part') return meanOf(each.id, share)
    if (each.kind === 'withheld') return { score: null, isExact: false }
    if (each.kind === 'item')
      return { score: each.score === null ? null : betweenLevels(parseRational(each.score), rounding), isExact: true }
    if (each.kind === 'question') {
      const answers = parseRational(each.answers)
      const mean = answers.n === 0n ? null : divide(parseRational(each.points), answers)
      return { score: mean && betweenLevels(mean, rounding), isExact: true }
    }
    const mean = meanOf(each.id, share)
    return mean.score ? mean : { score: parseRational(each.score), isExact: false }
  }
  climbed.set('', { ...meanOf(null, rational(1)), share: rational(1) })
  return climbed
}

/** A printed score that does not follow from the ends of the tree. */
export interface LineageFault {
  /** '' for the total. */
  readonly id: string
  readonly found: string
  readonly expected: string
}

/**
 * The first printed score that the ends of the tree do not lead to; null where all of them follow. A score above one that is
 * known only as printed must follow within half the last digit.
 */
export function lineageFault({ nodes, score }: OrganLineage, rounding: Rounding): LineageFault | null {
  const climbed = climb(nodes, rounding)
  const half = rational(1n, 2n * 10n ** BigInt(rounding.decimals))
  const faultOf = (id: string, found: string | null): LineageFault | null => {
    if (found === null) return null
    const { score: own, isExact } = climbed.get(id)!
    const expected = own && halfUp(own, rounding.decimals)
    if (expected === found) return null
    if (own && !isExact && isWithin(subtract(own, parseRational(found)), add(half, half))) return null
    return { id, found, expected: expected ?? 'a score for every part' }
  }
  const total = faultOf('', score)
  if (total) return total
  for (const each of nodes) {
    const fault = each.kind === 'part' || each.kind === 'group' ? faultOf(each.id, each.score) : null
    if (fault) return fault
  }
  return null
}

const isWithin = ({ n, d }: Rational, most: Rational): boolean => compare({ n: n < 0n ? -n : n, d }, most) <= 0

/**
 * The organs of which the scores leave open whether they are among the advanced units 先进单位, and how many of those are still
 * to be chosen among them.
 */
export function openPlaces(
  { advancedUnits }: Pick<Plan, 'advancedUnits'>,
  organs: ResultsDocument['organs'],
): { readonly undecided: readonly string[]; readonly places: number } {
  const standing = (wanted: string) =>
    organs.filter(({ rank }) => rank.status === 'ranked' && rank.advanced === wanted).map(({ organ }) => organ)
  const undecided = standing('undecided')
  const left = advancedUnits.count - standing('certain_in').length
  return { undecided, places: Math.max(0, Math.min(left, undecided.length)) }
}
