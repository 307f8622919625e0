/** Vectors of kind `detection`: the p-values of the screening and their adjustment. */
import { z } from 'zod'
import { benjaminiHochberg } from '../../surveys/screening.ts'
import { betaBinomialTail, hypergeometricTail } from '../../surveys/tails.ts'

const count = z.int().min(0)
const counts = z.array(count)
const share = z.number().gt(0).lt(1)

export const detectionInput = z
  .strictObject({
    burst: z.strictObject({ agencyCount: counts, windowTotal: counts, expectedShare: share, rho: share }),
    subnet: z.strictObject({ top: counts, n: counts, groupTop: count, groupN: count }),
    duplicates: z.strictObject({
      poolN: count,
      /** Per pattern its count in the batch and in the pool, the batch included. */
      batches: z.array(z.strictObject({ n: count, patterns: z.record(z.string(), z.tuple([count, count])) })),
    }),
    straightline: z.strictObject({ observed: counts, n: counts, poolStraight: count, poolN: count }),
    speed: z.strictObject({ seconds: z.array(z.number()).min(1), fraction: z.number() }),
    fdr: share,
  })
  .refine(
    ({ burst, subnet, straightline }) =>
      burst.agencyCount.length === burst.windowTotal.length &&
      subnet.top.length === subnet.n.length &&
      straightline.observed.length === straightline.n.length,
    'must have one total per count',
  )

export function detectionResult(input: z.infer<typeof detectionInput>): unknown {
  const { burst, subnet, duplicates, straightline, speed, fdr } = input
  const windows = burst.agencyCount.map((k, i) => ({ k, n: burst.windowTotal[i]! }))
  const p = {
    burst: windows.map(({ k, n }) => betaBinomialTail(k, n, burst.expectedShare, burst.rho)),
    subnet: subnet.top.map((k, i) =>
      hypergeometricTail(k, subnet.n[i]!, { marked: subnet.groupTop, size: subnet.groupN }),
    ),
    duplicates: duplicates.batches.map(({ n, patterns }) => {
      const tails = Object.values(patterns).map(([k, marked]) =>
        hypergeometricTail(k, n, { marked, size: duplicates.poolN }),
      )
      return tails.length === 0 ? 1 : Math.min(1, tails.length * Math.min(...tails))
    }),
    straightline: straightline.observed.map((k, i) =>
      hypergeometricTail(k, straightline.n[i]!, { marked: straightline.poolStraight, size: straightline.poolN }),
    ),
  }
  const all = Object.values(p).flat()
  const adjusted = benjaminiHochberg(all)
  return {
    burst_p: p.burst,
    subnet_p: p.subnet,
    duplicates_p: p.duplicates,
    straightline_p: p.straightline,
    bh_order: Object.keys(p),
    bh_adjusted: adjusted,
    flagged_index0: indicesWhere(adjusted, (value) => value <= fdr),
    ...durations(speed),
    ...comparisons(windows, burst.expectedShare, all),
  }
}

/** The product keeps no durations, only the mark that the device sets: what the files do with them is done here. */
function durations({ seconds, fraction }: { seconds: readonly number[]; fraction: number }) {
  const sorted = seconds.toSorted((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2
  return { speed_median: median, speed_flagged_index0: indicesWhere(seconds, (value) => value < median * fraction) }
}

/** Two other ways that the files hold for comparison and the product does not take. */
function comparisons(windows: readonly { k: number; n: number }[], share: number, p: readonly number[]) {
  const harmonic = p.reduce((sum, _, i) => sum + 1 / (i + 1), 0)
  const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!)
  const yekutieli = p.map((_, i) => {
    const later = order.slice(order.indexOf(i))
    return Math.min(1, ...later.map((j) => (p[j]! * p.length * harmonic) / (order.indexOf(j) + 1)))
  })
  return { burst_binomial_p: windows.map(({ k, n }) => binomialTail(k, n, share)), by_adjusted: yekutieli }
}

function binomialTail(k: number, n: number, share: number): number {
  let log = n * Math.log1p(-share)
  let tail = k <= 0 ? Math.exp(log) : 0
  for (let j = 1; j <= n; j++) {
    log += Math.log(((n - j + 1) / j) * (share / (1 - share)))
    if (j >= k) tail += Math.exp(log)
  }
  return tail
}

function indicesWhere(values: readonly number[], holds: (value: number) => boolean): number[] {
  return values.flatMap((value, i) => (holds(value) ? [i] : []))
}
