import type { GroupDesign, GroupEstimate, ScoredEstimate, WeightedCell } from '../../surveys/estimate.ts'
import { type Rational, rational } from '../../surveys/rational.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, type TallySpec } from '../../surveys/tally.ts'

export const levels = [5, 4, 3, 2, 1]
export const points = [100, 80, 60, 30, 0]
export const specOf = (...weights: number[]): TallySpec => ({
  questions: weights.map((weight, q) => ({ id: `q${q + 1}`, position: q, weight, levels, points })),
  pointScale: 1,
})

export function cellOf(
  spec: TallySpec,
  slips: readonly (readonly number[])[],
  stratum = 'all',
  baseClass = '1',
): WeightedCell {
  const cell = emptyCell(spec)
  const moments = emptyMoments(spec)
  for (const a of slips) {
    addSlip(spec, cell, a)
    addSlipMoments(spec, moments, a)
  }
  return { stratum, baseClass, cell, moments }
}

export const plain = {
  kind: 'srs',
  fpc: false,
  minimum: { n: 1 },
  ciLevel: '0.95',
  rounding: { decimals: 2, at: 'end' },
  dontKnowPercent: 30,
} as const satisfies GroupDesign

export function scored(estimate: GroupEstimate): ScoredEstimate {
  if (estimate.status !== 'ok') throw new Error(`no score: ${JSON.stringify(estimate)}`)
  return estimate
}

export const times = (slip: readonly number[], count: number) => Array.from({ length: count }, () => slip)

/** The official weights of an estimate, class by class. */
export const weightsOf = ({ weights, weightUnit }: ScoredEstimate): Rational[] =>
  weights.map(({ units }) => rational(units, weightUnit))
