/** What a chart takes from the page: the tokens' colours and font, read at the moment of drawing. */
export type ChartTheme = {
  ink: string
  muted: string
  hair: string
  line: string
  background: string
  surface: string
  series: { leaders: string; recipients: string; public: string; pace: string }
  font: string
  still: boolean
}

/** The theme of the page around an element. */
export function readTheme(element: Element): ChartTheme {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(name).trim()
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
    font: style.fontFamily,
    still: matchMedia('(prefers-reduced-motion: reduce)').matches,
  }
}
