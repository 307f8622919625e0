/**
 * Vectors of kind `shrinkage`. The product computes DerSimonian and Laird's τ² only (DL). The files also hold two
 * iterated estimates for comparison, Paule and Mandel's (PM) and restricted maximum likelihood (REML); they are worked
 * out here, so that a file passes only if all of its numbers are met.
 */
import { z } from 'zod'
import { readRational, toNumber } from '../../surveys/rational.ts'
import { shrinkScores } from '../../surveys/shrinkage.ts'

const score = z.union([z.number(), z.string()]).transform((value, context) => {
  const read = readRational(String(value))
  if (read.ok) return read.value
  context.addIssue({ code: 'custom', message: 'must be a decimal number' })
  return z.NEVER
})
const estimated = { estimates: z.array(score).min(2), variances: z.array(z.number().positive()) }
const isComplete = ({ estimates, variances }: { estimates: unknown[]; variances: unknown[] }) =>
  estimates.length === variances.length
const incomplete = 'must have one variance per estimate'

export const shrinkageInput = z
  .strictObject({ ...estimated, tau2ZeroCase: z.strictObject(estimated).refine(isComplete, incomplete).optional() })
  .refine(isComplete, incomplete)

type Estimated = Pick<z.infer<typeof shrinkageInput>, 'estimates' | 'variances'>

export function shrinkageResult({ tau2ZeroCase, ...input }: z.infer<typeof shrinkageInput>): unknown {
  const data = numbersOf(input)
  return {
    DL: derSimonianLaird(input),
    PM: shrunkBy(pauleMandel(data), data),
    REML: shrunkBy(restrictedLikelihood(data), data),
    ...(tau2ZeroCase
      ? { tau2ZeroCase: { PM_tau2: pauleMandel(numbersOf(tau2ZeroCase)), mu: derSimonianLaird(tau2ZeroCase)?.mu } }
      : {}),
  }
}

function derSimonianLaird({ estimates, variances }: Estimated) {
  const result = shrinkScores(estimates.map((each, id) => ({ id, score: each, variance: variances[id]! })))
  return (
    result && {
      tau2: result.variance,
      mu: result.mean,
      shrunk: result.organs.map((organ) => organ.score),
      reliability: result.organs.map((organ) => organ.reliability),
    }
  )
}

type Numbers = readonly { readonly y: number; readonly v: number }[]

function numbersOf({ estimates, variances }: Estimated): Numbers {
  return estimates.map((each, i) => ({ y: toNumber(each), v: variances[i]! }))
}

function shrunkBy(tau2: number, data: Numbers) {
  const mu = meanOf(tau2, data)
  const reliability = data.map(({ v }) => tau2 / (tau2 + v))
  return { tau2, mu, shrunk: data.map(({ y }, i) => mu + reliability[i]! * (y - mu)), reliability }
}

function meanOf(tau2: number, data: Numbers): number {
  return sum(data, ({ y, v }) => y / (v + tau2)) / sum(data, ({ v }) => 1 / (v + tau2))
}

/** The τ² at which Σ (y − μ)²/(V + τ²) falls to k − 1; it falls steadily, so halving finds it. */
function pauleMandel(data: Numbers): number {
  const excess = (tau2: number) => {
    const mu = meanOf(tau2, data)
    return sum(data, ({ y, v }) => (y - mu) ** 2 / (v + tau2)) - (data.length - 1)
  }
  if (excess(0) <= 0) return 0
  let [low, high] = [0, 1]
  while (excess(high) > 0) high *= 2
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (excess(middle) > 0) low = middle
    else high = middle
  }
  return high
}

/** The fixed point τ² = Σ w²((y − μ)² − V)/Σ w² + 1/Σ w with w = 1/(V + τ²), not below 0. */
function restrictedLikelihood(data: Numbers): number {
  let tau2 = 0
  for (let i = 0; i < 10_000; i++) {
    const mu = meanOf(tau2, data)
    const w = ({ v }: Numbers[number]) => 1 / (v + tau2)
    const spread = sum(data, (each) => w(each) ** 2 * ((each.y - mu) ** 2 - each.v))
    tau2 = Math.max(0, spread / sum(data, (each) => w(each) ** 2) + 1 / sum(data, w))
  }
  return tau2
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
