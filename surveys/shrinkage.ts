/**
 * What the scores would be if organs learned from each other.
 *
 * A score from few answers is likely to be extreme by chance. Shrinkage moves each score towards the mean of all organs,
 * the farther the less is known about it, and is often nearer to the truth. It is information only and never enters an
 * official score, because it changes an organ's number by the answers about other organs.
 */
import { type Rational, toNumber } from './rational.ts'

export interface Shrunk<Id extends string | number> {
  readonly id: Id
  /** γ = τ²/(τ² + V): the share of the difference to the mean that is kept, from 0 to 1. */
  readonly reliability: number
  /** γ·score + (1 − γ)·mean. */
  readonly score: number
}

export interface Shrinkage<Id extends string | number> {
  /** τ², the variance between the true scores of organs; 0 where the scores differ no more than chance explains. */
  readonly variance: number
  /** μ, the mean weighted by 1/(V + τ²). */
  readonly mean: number
  readonly organs: readonly Shrunk<Id>[]
}

/**
 * Shrunk scores with τ² after DerSimonian and Laird (method section 11): w = 1/V, μ₀ = Σwy/Σw, Q = Σw(y − μ₀)²,
 * τ² = max(0, (Q − (k − 1))/(Σw − Σw²/Σw)). Organs without sampling variance (V null or 0) are left out; null if fewer
 * than two remain. Worst difference to R on `shrinkage-01`: 7e-14.
 */
export function shrinkScores<Id extends string | number>(
  scores: readonly { readonly id: Id; readonly score: Rational; readonly variance: number | null }[],
): Shrinkage<Id> | null {
  const organs = scores.flatMap(({ id, score, variance }) => {
    if (variance === null || variance === 0) return []
    // Ordinary size: the weights and their products can then neither overflow nor vanish.
    if (!(variance > 1e-100 && variance < 1e100)) {
      throw new RangeError('shrinkScores needs variances that are null, 0 or positive and of ordinary size')
    }
    return [{ id, y: toNumber(score), v: variance, w: 1 / variance }]
  })
  if (organs.length < 2) return null
  const total = (value: (organ: (typeof organs)[number]) => number) =>
    organs.reduce((sum, organ) => sum + value(organ), 0)

  const weight = total(({ w }) => w)
  const fixedMean = total(({ w, y }) => w * y) / weight
  const spread = total(({ w, y }) => w * (y - fixedMean) ** 2)
  // Σw − Σw²/Σw, written so that it stays positive however unequal the weights are.
  const spareWeight = total(({ w }) => w * (1 - w / weight))
  const variance = Math.max(0, (spread - (organs.length - 1)) / spareWeight)

  const mean = total(({ y, v }) => y / (v + variance)) / total(({ v }) => 1 / (v + variance))
  return {
    variance,
    mean,
    organs: organs.map(({ id, y, v }) => {
      const reliability = variance / (variance + v)
      return { id, reliability, score: reliability * y + (1 - reliability) * mean }
    }),
  }
}
