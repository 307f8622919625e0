/**
 * Days on which unusually many slips about one organ came in.
 *
 * A busy day is no sign: news, a holiday, a reminder bring slips about all organs. So the slips of the day about all
 * organs are taken as given, and only the part of one organ in them is asked about.
 */
import type { BurstEvidence, Finding, SlipCount } from '../screening.ts'
import { betaBinomialTail } from '../tails.ts'
import { grouped, total, totals } from './slip-counts.ts'

/**
 * Per organ and day: given how many slips came in about all organs, how rarely so many of them are about this one, by
 * its share of all days. Honest traffic is uneven too, so the share may vary from day to day.
 */
export function bursts(slips: readonly SlipCount[]): (Finding & BurstEvidence)[] {
  const dated = slips.filter(({ day }) => day !== null)
  const windows = [...totals(dated, ({ day }) => day)].sort(([a], [b]) => a! - b!)
  const arrivals = [...grouped(dated, ({ organ }) => organ)].flatMap(([organ, own]) => {
    const perDay = totals(own, ({ day }) => day)
    const share = total(own) / total(dated)
    return windows.map(([day, n]) => ({ organ, day, n, k: perDay.get(day) ?? 0, share }))
  })
  // A few days of one organ may look even by chance, and larger organs may be more uneven than the others: of its own
  // unevenness and that of all organs the larger one is granted.
  const ofAll = correlationOf(arrivals)
  return [...grouped(arrivals, ({ organ }) => organ).values()].flatMap((own) => {
    const correlation = Math.max(ofAll, correlationOf(own))
    return own.map(({ organ, day, n, k, share }): Finding & BurstEvidence => {
      // One day alone, or one organ alone, has nothing to be compared with.
      const isWholePool = windows.length === 1 || share === 1
      const p = isWholePool ? 1 : betaBinomialTail(k, n, share, correlation)
      const batch = { organ, channel: null, day }
      const found = { batch, k, n, expected: n * share, p, isWholePool, answers: null, slips: k }
      return { test: 'burst', ...found, share, correlation }
    })
  })
}

/**
 * ρ from the spread of z = (k − nπ)/√(nπ(1 − π)) over the windows: φ = max(1, (1.4826·median|z − median z|)²),
 * ρ = max(1e-9, (φ − 1)/(mean n − 1)). Medians, so that the burst looked for does not excuse itself.
 */
function correlationOf(arrivals: readonly { k: number; n: number; share: number }[]): number {
  const meanWindow = arrivals.reduce((sum, { n }) => sum + n, 0) / arrivals.length
  if (arrivals.some(({ share }) => share === 1) || !(meanWindow > 1)) return LEAST_CORRELATION
  const z = arrivals.map(({ k, n, share }) => (k - n * share) / Math.sqrt(n * share * (1 - share)))
  const middle = median(z)
  const spread = Math.max(1, (1.4826 * median(z.map((value) => Math.abs(value - middle)))) ** 2)
  // A correlation is below 1; windows of two or three slips can give more.
  return Math.min(1 - LEAST_CORRELATION, Math.max(LEAST_CORRELATION, (spread - 1) / (meanWindow - 1)))
}

const LEAST_CORRELATION = 1e-9

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
