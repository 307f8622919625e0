/**
 * The overall score of one organ and its grade.
 *
 * The plan is a tree: functional work, management, innovation and satisfaction, each with the parts below it. The score
 * of a part is the weighted mean of the scores below it; parts without weights share equally. If one required score is
 * missing there is no total, because a total of the rest would look like a result. The grade is read from the
 * published number, so that what is printed and what is decided can never differ.
 */
import { normalCdf } from './distributions.ts'
import { confidenceInterval } from './internal/interval.ts'
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
  subtract,
  toNumber,
} from './rational.ts'

/** A part of the plan's tree. Children either all have a weight or all share equally. */
export interface IndicatorNode {
  readonly id: string
  /** Exact text: '40', '0.3', '3/7'. Only the proportions among brothers and sisters matter. */
  readonly weight?: string
  readonly children?: readonly IndicatorNode[]
}

export interface Grade {
  readonly id: string
  /** Lowest published score with this grade. */
  readonly min: string | number
}

export interface OverallRule {
  /** Id of the part that is filled by the survey; what stands below it in the tree is explained by satisfaction(). */
  readonly satisfactionId: string
  readonly rounding: Rounding
  readonly grades: readonly Grade[]
  readonly ciLevel: string
}

/** What the overall score needs of satisfaction; every Satisfaction fits. */
export type SatisfactionScore =
  | {
      readonly status: 'ok' | 'renormalised_by_policy'
      readonly score: Rational
      readonly standardError: number | null
      readonly degreesOfFreedom: number | null
      readonly ciStatus: 'ok' | 'census' | 'not_estimable'
    }
  | { readonly status: 'insufficient' | 'unsupported_design' }

/** One line of the explanation page. */
export interface NodeScore {
  readonly id: string
  /** Id of the part above; null on the first level. */
  readonly parent: string | null
  /** Out of 100, exact; null where something below it is missing. */
  readonly score: Rational | null
  /** The score as printed; totals are formed from unrounded scores unless the plan rounds each level. */
  readonly rounded: string | null
  /** Share of the overall score. */
  readonly share: Rational
  /** share · score: the points it brings to the total. */
  readonly contribution: Rational | null
}

export type Overall =
  | {
      readonly status: 'ok'
      /** Official, out of 100, unrounded unless the plan rounds each level. */
      readonly score: Rational
      /** The printed number, which decides the grade. */
      readonly published: string
      readonly grade: string
      /** Sampling error of satisfaction times its share; the other parts are taken as fixed. */
      readonly standardError: number | null
      readonly degreesOfFreedom: number | null
      readonly interval: readonly [number, number] | null
      readonly ciStatus: 'ok' | 'census' | 'not_estimable'
      readonly nodes: readonly NodeScore[]
    }
  | {
      /** A required score is missing, or satisfaction has no number; the first wins. */
      readonly status: 'incomplete' | 'insufficient'
      readonly missing: readonly string[]
      readonly nodes: readonly NodeScore[]
    }

/**
 * score(node) = Σ w·score(child)/Σ w over the tree (method section 8). `scores` holds the reviewed scores out of 100
 * by node id: for every lowest part, or for a higher part as a whole (a self-assessment), never for both.
 * Throws for scores outside 0 … 100, ids the tree does not have or has twice, and weights on some children only.
 */
export function overallScore(
  indicators: readonly IndicatorNode[],
  scores: ReadonlyMap<string, Rational>,
  satisfaction: SatisfactionScore,
  rule: OverallRule,
): Overall {
  checkTree(indicators, scores, rule.satisfactionId)
  const surveyed = 'score' in satisfaction ? satisfaction : null
  const nodes: NodeScore[] = []
  const missing: string[] = []

  const meanOf = (siblings: readonly IndicatorNode[], parent: string | null, share: Rational): Rational | null => {
    const shares = sharesOf(siblings, parent)
    const parts = siblings.map((node, i) => {
      const ownShare = multiply(share, shares[i]!)
      const place = nodes.push({ id: node.id, parent, score: null, rounded: null, share: ownShare, contribution: null })
      const score = scoreOf(node, ownShare)
      if (score === null) return null
      const rounded = halfUp(score, rule.rounding.decimals)
      nodes[place - 1] = {
        id: node.id,
        parent,
        score,
        rounded,
        share: ownShare,
        contribution: multiply(ownShare, score),
      }
      return multiply(shares[i]!, score)
    })
    const mean = parts.reduce<Rational | null>((sum, part) => sum && part && add(sum, part), rational(0))
    return mean && betweenLevels(mean, rule.rounding)
  }

  const scoreOf = (node: IndicatorNode, share: Rational): Rational | null => {
    if (node.id === rule.satisfactionId) return surveyed && betweenLevels(surveyed.score, rule.rounding)
    const given = scores.get(node.id)
    if (given) return betweenLevels(given, rule.rounding)
    if (node.children && node.children.length > 0) return meanOf(node.children, node.id, share)
    missing.push(node.id)
    return null
  }

  const score = meanOf(indicators, null, rational(1))
  if (missing.length > 0) return { status: 'incomplete', missing, nodes }
  if (!surveyed || !score) return { status: 'insufficient', missing: [rule.satisfactionId], nodes }
  const share = toNumber(nodes.find(({ id }) => id === rule.satisfactionId)!.share)
  const error = {
    standardError: surveyed.standardError === null ? null : share * surveyed.standardError,
    degreesOfFreedom: surveyed.degreesOfFreedom,
    ciStatus: surveyed.ciStatus,
  }
  const published = halfUp(score, rule.rounding.decimals)
  return {
    status: 'ok',
    score,
    published,
    grade: gradeOf(published, rule.grades),
    ...error,
    interval: confidenceInterval(toNumber(score), error, rule.ciLevel),
    nodes,
  }
}

/** The grade of a published score: the one with the highest minimum it reaches; gradeOf('90.00', …) // 'excellent'. */
export function gradeOf(published: string, grades: readonly Grade[]): string {
  const score = parseRational(published)
  const reached = ascending(grades).findLast(({ cut }) => compare(score, cut) >= 0)
  if (!reached) throw new RangeError('gradeOf needs a grade for every score')
  return reached.id
}

/**
 * How likely each grade is, given the sampling error: P(score in the grade), normal, cuts of the grades (method section
 * 10). Information only: a grade is never decided by it. null without a standard error; 1 for the grade where it is 0.
 */
export function gradeProbabilities(
  result: { readonly score: Rational; readonly published: string; readonly standardError: number | null },
  grades: readonly Grade[],
): ReadonlyMap<string, number> | null {
  const { standardError } = result
  if (standardError === null) return null
  const sorted = ascending(grades)
  if (standardError === 0) {
    const grade = gradeOf(result.published, grades)
    return new Map(sorted.map(({ id }) => [id, id === grade ? 1 : 0]))
  }
  // Everything below the lowest grade's minimum belongs to that grade.
  const z = sorted.map(({ cut }, i) => (i === 0 ? -Infinity : toNumber(subtract(cut, result.score)) / standardError))
  return new Map(
    sorted.map(({ id }, i) => {
      const below = i + 1 < z.length ? normalCdf(z[i + 1]!) - normalCdf(z[i]!) : normalCdf(-z[i]!)
      return [id, below]
    }),
  )
}

function ascending(grades: readonly Grade[]): { id: string; cut: Rational }[] {
  return grades.map(({ id, min }) => ({ id, cut: parseRational(String(min)) })).sort((a, b) => compare(a.cut, b.cut))
}

/** Each child's share of its parent: by weight, or equal where no child has one. */
function sharesOf(siblings: readonly IndicatorNode[], parent: string | null): Rational[] {
  const place = parent ?? 'the first level'
  const weights = siblings.flatMap(({ weight }) => (weight === undefined ? [] : [parseRational(weight)]))
  if (weights.length === 0) return siblings.map(() => rational(1, siblings.length))
  if (weights.length < siblings.length || weights.some(({ n }) => n <= 0n)) {
    throw new RangeError(`overallScore needs positive weights on all parts of ${place} or on none`)
  }
  const sum = weights.reduce(add)
  return weights.map((weight) => divide(weight, sum))
}

function checkTree(
  indicators: readonly IndicatorNode[],
  scores: ReadonlyMap<string, Rational>,
  satisfactionId: string,
): void {
  const seen = new Set<string>()
  const visit = (node: IndicatorNode, scoredAbove: string | null) => {
    if (seen.has(node.id)) throw new RangeError(`overallScore needs one place for ${node.id}`)
    seen.add(node.id)
    const score = scores.get(node.id)
    if (score) {
      if (node.id === satisfactionId) throw new RangeError('overallScore needs satisfaction from the survey only')
      if (scoredAbove) throw new RangeError(`overallScore needs a score for ${scoredAbove} or its parts, not for both`)
      if (score.n < 0n || score.n > 100n * score.d) {
        throw new RangeError(`overallScore needs a score from 0 to 100 for ${node.id}`)
      }
    }
    const above = score || node.id === satisfactionId ? node.id : scoredAbove
    for (const child of node.children ?? []) visit(child, above)
  }
  for (const node of indicators) visit(node, null)
  for (const id of scores.keys()) if (!seen.has(id)) throw new RangeError(`overallScore needs ${id} in the tree`)
  if (!seen.has(satisfactionId)) throw new RangeError(`overallScore needs ${satisfactionId} in the tree`)
}
