/** What a page hands to the chart island: JSON in an attribute of the figure. Numbers are the strings of the table. */
export type ChartData = ProgressChart | OrgansChart

/** What every chart also knows, for the picture that is downloaded. */
type Titled = { title: string; source: string; fileName: string }

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

/** Chart 1: who is really ahead? Best first; `score` is null where it is withheld. */
export type OrgansChart = Titled & {
  kind: 'organs'
  axisTitle: string
  axisFrom: number
  /** Grade limits, drawn as dashed lines. */
  cuts: readonly { at: string; label: string }[]
  rows: readonly {
    label: string
    href: string
    score: string | null
    low: string | null
    high: string | null
    text: string
  }[]
}

/** Up to this many organs get a line with their name; more stand side by side, named by the tooltip and the table. */
export const namedRows = 25

/** 20250301 is day 20148 since 1970-01-01: plain arithmetic on the calendar, no time zone. */
export function epochDay(day: number): number {
  return Math.round(Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) / 86_400_000)
}
