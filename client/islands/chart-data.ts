import type { Titled } from './picture.ts'

/** What a page hands to the chart island: JSON in an attribute of the figure. Numbers are the strings of the table. */
export type ChartData = ProgressChart | DaysChart | OrgansChart | SpreadChart | BarsChart | PlaneChart

/** Chart 4: is fieldwork on course? One line per group, a dashed one for an even pace. */
export type ProgressChart = Titled & {
  kind: 'progress'
  yTitle: string
  series: readonly ProgressSeries[]
}

export type ProgressSeries = {
  label: string
  /** Colour and point shape; `pace` is dashed and has no points. */
  look: 'leaders' | 'recipients' | 'public' | 'pace'
  /** Whole days since 1970-01-01 with the day as the reader sees it, and the percentage of the table. */
  points: readonly { day: number; text: string; percent: string }[]
}

/**
 * Charts 1, 2, 8 and 9: dots on a line for each organ, such as its score in its interval, its place, what three groups
 * say, or two years.
 */
export type OrgansChart = Titled & {
  kind: 'organs'
  axisTitle: string
  /** Of scores or of places: where it starts and ends, and the numbers printed on it. */
  axis: { from: number; to: number; ticks: readonly number[] }
  /** Places: 1 is the best, and stands left of or above the others. */
  isOfPlaces: boolean
  /** The dots of a row, in this order; a single kind needs no legend. */
  series: readonly { label: string; look: DotLook }[]
  /** Grade limits, drawn as dashed lines. */
  cuts: readonly { at: string; label: string }[]
  rows: readonly OrganChartRow[]
}

export type OrganChartRow = {
  label: string
  href: string
  /** One per series; null where it is withheld. */
  dots: readonly (string | null)[]
  /** Ends of the line behind the dots; null without one. */
  low: string | null
  high: string | null
  text: string
}

/** Chart 4, day by day: one bar a day, made of the groups. */
export type DaysChart = Titled & {
  kind: 'days'
  axisTitle: string
  /** As the reader sees them. */
  days: readonly string[]
  series: readonly { label: string; look: ProgressSeries['look']; counts: readonly number[] }[]
}

/** Colour and shape of a dot; `before` is hollow. */
export type DotLook = 'leaders' | 'recipients' | 'public' | 'before'

/** Charts 7, 10 and 11: horizontal bars from 0, or between two numbers, each with its number behind it. */
export type BarsChart = Titled & {
  kind: 'bars'
  axisTitle: string
  /** Behind the numbers of the axis: '%' or nothing. */
  unit: '%' | ''
  labels: readonly string[]
  /** Small multiples on the same scale, one below the other; all rows together otherwise. */
  panels?: readonly BarsPanel[]
  /** Side by side in a row; `lost` is hatched. null where a number is withheld. */
  series: readonly {
    label: string
    look: DotLook
    bars: readonly ({ from: string; to: string; text: string; isLost: boolean } | null)[]
  }[]
}

export type BarsPanel = { title: string; rows: readonly [number, number] }

/** Chart 12: points with their names between two axes, and a line at the median of each. */
export type PlaneChart = Titled & {
  kind: 'plane'
  xTitle: string
  yTitle: string
  points: readonly { label: string; x: string; y: string }[]
}

/** Chart 3: how are answers spread? A bar per question that grows outward from the limit of satisfaction, or fills 100 %. */
export type SpreadChart = Titled & {
  kind: 'spread'
  /** Whether bars fill 100 % rather than grow outward; the reader switches. */
  isWhole: boolean
  axisTitle: string
  wholeAxisTitle: string
  unknownLabel: string
  /** Best first. `look` names the fill; what does not reach the limit is hatched as well as orange. */
  levels: readonly { label: string; look: LevelLook; isSatisfied: boolean }[]
  rows: readonly {
    label: string
    /** The percentage of the table, level by level. */
    levels: readonly { percent: string }[]
    unknown: { percent: string }
  }[]
}

export type LevelLook = 'l5' | 'l4' | 'l3' | 'l2' | 'l1'

/** Fills of the levels on either side of the limit, best first: levelLooks(3, 2) // l5 l4 l3, then l2 l1 */
export function levelLooks(satisfied: number, dissatisfied: number): LevelLook[] {
  const blue = ['l5', 'l4', 'l3'] as const
  const above = Array.from({ length: satisfied }, (_, at) => blue[Math.min(at, 2)]!)
  const below = Array.from({ length: dissatisfied }, (_, at) => (at === dissatisfied - 1 ? 'l1' : 'l2'))
  return [...above, ...below]
}

/** Up to this many organs get a line with their name; more stand side by side, named by the tooltip and the table. */
export const namedRows = 25

/** The rows that are drawn: all of few; of many only those that have anything to draw. */
export const shownRows = ({ rows }: Pick<OrgansChart, 'rows'>): readonly OrganChartRow[] =>
  rows.length <= namedRows ? rows : rows.filter(({ dots, low }) => low !== null || dots.some((dot) => dot !== null))

/** 20250301 is day 20148 since 1970-01-01: plain arithmetic on the calendar, no time zone. */
export function epochDay(day: number): number {
  return Math.round(Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / 86_400_000)
}
