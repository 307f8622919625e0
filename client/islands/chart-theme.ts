import type { LevelLook } from './chart-data.ts'

/** What a chart takes from the page: the tokens' colours and font, read at the moment of drawing. */
export type ChartTheme = {
  ink: string
  muted: string
  hair: string
  line: string
  background: string
  surface: string
  series: { leaders: string; recipients: string; public: string; pace: string }
  /** Fill of a level and the text on it. */
  levels: Record<LevelLook, { fill: string; on: string }>
  unknown: { fill: string; on: string }
  font: string
  still: boolean
}

/** The theme of the page around an element. */
export function readTheme(element: Element): ChartTheme {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(name).trim()
  const level = (at: number) => ({ fill: token(`--l${at}`), on: token(`--on${at}`) })
  return {
    ink: token('--ink'),
    muted: token('--muted'),
    hair: token('--hair'),
    line: token('--line'),
    background: token('--bg'),
    surface: token('--surface'),
    series: {
      leaders: token('--group-leaders'),
      recipients: token('--group-recipients'),
      public: token('--group-public'),
      pace: token('--muted'),
    },
    levels: { l5: level(5), l4: level(4), l3: level(3), l2: level(2), l1: level(1) },
    unknown: { fill: token('--na'), on: token('--onna') },
    font: style.fontFamily,
    still: matchMedia('(prefers-reduced-motion: reduce)').matches,
  }
}
