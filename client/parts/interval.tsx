import { fill } from '../messages/fill.ts'
import type { ResultsMessages } from '../messages/results.ts'
import type { Score } from './withheld.tsx'

/** An interval, printed with two decimals; the other three states have words instead of bounds. */
export type Interval =
  | { status: 'ok'; low: string; high: string }
  | { status: 'census' | 'not_estimable' | 'degenerate_no_variation' }

/** The part of 0–100 that is drawn, in whole tens. */
export type Axis = { from: number; to: number }

/** The shortest axis in whole tens that holds every interval and ends at 100; at least 20 points long. */
export function axisOf(rows: readonly { score: Score; interval: Interval | null }[]): Axis {
  let lowest = 80
  for (const { score, interval } of rows) {
    if (score.status === 'ok') lowest = Math.min(lowest, Number(score.score))
    if (interval?.status === 'ok') lowest = Math.min(lowest, Number(interval.low))
  }
  return { from: Math.max(0, Math.floor(lowest / 10) * 10), to: 100 }
}

/** Number of ten-point steps: the class `steps-4` draws the grid of an axis from 60 to 100. */
export const stepsClass = (axis: Axis): string => `steps-${(axis.to - axis.from) / 10}`

/** '73.09–81.43', or why there is no interval. */
export function intervalText(words: ResultsMessages, interval: Interval): string {
  if (interval.status !== 'ok') return words[interval.status]
  return fill(words.range, { low: interval.low, high: interval.high })
}

/** Cuts that lie strictly inside an interval: the score could fall on either side of them. */
export function cutsInside(interval: Interval | null, cuts: readonly string[]): string[] {
  if (interval?.status !== 'ok') return []
  return cuts.filter((cut) => Number(interval.low) < Number(cut) && Number(cut) < Number(interval.high))
}

// Percentages as coordinates need no viewBox, so the dot stays round at any width.
const place = (value: number, axis: Axis): string => {
  const share = (value - axis.from) / (axis.to - axis.from)
  return `${Number((Math.min(1, Math.max(0, share)) * 100).toFixed(1))}%`
}

/**
 * Dot and line beside the printed numbers, for the eye only. Sizes and colours stand in the style, so that a hundred of
 * these stay small.
 */
export function IntervalMark({ score, interval, axis }: { score: string; interval: Interval | null; axis: Axis }) {
  // Without a role or a name there is nothing to read out; saying so again would cost a large table two kilobytes.
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: drawn for the eye only, the numbers stand beside it
    <svg>
      {interval?.status === 'ok' && (
        <line x1={place(Number(interval.low), axis)} x2={place(Number(interval.high), axis)} />
      )}
      <circle cx={place(Number(score), axis)} />
    </svg>
  )
}

/** The numbers of the axis, above the column of marks. */
export function AxisScale({ axis }: { axis: Axis }) {
  const ticks = Array.from({ length: (axis.to - axis.from) / 10 + 1 }, (_, index) => axis.from + index * 10)
  return (
    <svg class="axis" aria-hidden="true">
      {ticks.map((tick) => (
        <text
          key={tick}
          x={place(tick, axis)}
          y="12"
          text-anchor={tick === axis.from ? 'start' : tick === axis.to ? 'end' : 'middle'}
        >
          {tick}
        </text>
      ))}
    </svg>
  )
}
