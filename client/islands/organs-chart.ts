import type { Chart, ChartConfiguration, Plugin, PointStyle, Scale } from 'chart.js'
import { type DotLook, namedRows, type OrgansChart, shownRows } from './chart-data.ts'
import type { ChartTheme } from './chart-theme.ts'

/** The same shapes as in the other charts, so that a group can be found without its colour. */
const shapes: Record<DotLook, PointStyle> = {
  leaders: 'triangle',
  recipients: 'rect',
  public: 'circle',
  before: 'circle',
}

/**
 * Who is really ahead, and where do places overlap? Dots with their intervals, best first. Few organs get a row and their name; many stand side by
 * side, where the shape of the whole is what one sees and the tooltip has the names.
 */
export function organsConfiguration(data: OrgansChart, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  const rows = shownRows(data)
  const isNamed = rows.length <= namedRows
  const score = {
    type: 'linear' as const,
    min: data.axis.from,
    max: data.axis.to,
    reverse: data.isOfPlaces && !isNamed,
    grid: { color: theme.hair },
    border: { display: false },
    title: { display: true, text: data.axisTitle, color: theme.muted },
    ticks: { color: theme.muted },
    afterBuildTicks(scale: Scale) {
      scale.ticks = data.axis.ticks.map((value) => ({ value }))
    },
  }
  const organs = {
    type: 'category' as const,
    labels: rows.map(({ label }, index) => (isNamed ? label : String(index + 1))),
    offset: true,
    grid: { display: false },
    border: { color: theme.line },
    ticks: {
      color: theme.ink,
      display: isNamed,
      autoSkip: false,
      callback: (_value: unknown, index: number) => (narrow ? shortened(rows[index]!.label) : rows[index]!.label),
    },
  }
  // An interval without a dot stays: a place that is not a number is skipped in drawing.
  const dots = rows.flatMap((row, index) => (isDrawn(row) ? [{ row, index }] : []))
  return {
    type: 'scatter',
    data: {
      datasets: data.series.map(({ label, look }, series) => ({
        label,
        data: dots.map(({ row, index }) => {
          const at = Number(row.dots[series] ?? Number.NaN)
          return isNamed ? { x: at, y: index } : { x: index, y: at }
        }),
        pointStyle: shapes[look],
        backgroundColor: look === 'before' ? theme.background : theme.series[look],
        borderColor: look === 'before' ? theme.ink : theme.background,
        borderWidth: look === 'before' ? 2 : isNamed || !narrow ? 1 : 0,
        pointRadius: isNamed ? 6 : narrow ? 2.5 : 4,
        pointHoverRadius: 7,
        pointHitRadius: 8,
      })),
    },
    options: {
      // Intervals are strokes of a plugin and do not move; dots that fly in would leave them standing.
      animation: false,
      layout: { padding: { top: data.cuts.length > 0 ? 14 : 4, right: 12 } },
      scales: isNamed ? { x: score, y: { ...organs, reverse: false } } : { x: organs, y: score },
      interaction: { mode: 'nearest', intersect: !narrow },
      onClick: (_event, elements) => {
        const chosen = dots[elements[0]?.index ?? -1]
        if (chosen) location.assign(chosen.row.href)
      },
      plugins: {
        legend: {
          display: data.series.length > 1,
          align: 'start',
          labels: { color: theme.ink, usePointStyle: true, boxHeight: 9, padding: 16 },
        },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: (items) => dots[items[0]?.dataIndex ?? -1]?.row.label ?? '',
            label: (item) => dots[item.dataIndex]?.row.text ?? '',
          },
        },
      },
    },
    plugins: [intervals(dots, isNamed, data.series.length === 1, theme), cuts(data, isNamed, theme, narrow)],
  }
}

/** The beginning of a name that would be cut off at its front: 20 Latin letters wide, or ten Chinese characters. */
export function shortened(label: string): string {
  let width = 0
  for (const [at, letter] of [...label].entries()) {
    width += letter > '\u2e80' ? 2 : 1
    if (width > 20) return `${[...label].slice(0, at).join('').trimEnd()}…`
  }
  return label
}

const isDrawn = ({ dots, low }: OrgansChart['rows'][number]): boolean =>
  low !== null || dots.some((dot) => dot !== null)

type Dot = { row: OrgansChart['rows'][number]; index: number }

/** The line behind the dots; an interval has a stroke across either end. */
function intervals(dots: readonly Dot[], isNamed: boolean, hasCaps: boolean, theme: ChartTheme): Plugin {
  return {
    id: 'intervals',
    beforeDatasetsDraw(chart) {
      const pen = chart.ctx
      const [along, across] = axes(chart, isNamed)
      const cap = isNamed ? 5 : Math.min(3, chart.chartArea.width / dots.length / 3)
      pen.save()
      pen.strokeStyle = theme.ink
      pen.lineWidth = isNamed ? 2 : 1.5
      for (const { row, index } of dots) {
        if (row.low === null || row.high === null) continue
        const place = across.getPixelForValue(index)
        const ends = [
          along.getPixelForValue(Math.max(Number(row.low), along.min)),
          along.getPixelForValue(Math.min(Number(row.high), along.max)),
        ]
        pen.beginPath()
        stroke(pen, isNamed, ends[0]!, place, ends[1]!, place)
        if (hasCaps) for (const end of ends) stroke(pen, isNamed, end, place - cap, end, place + cap)
        pen.stroke()
      }
      pen.restore()
    },
  }
}

/** Dashed lines where one grade ends and the next begins. */
function cuts(data: OrgansChart, isNamed: boolean, theme: ChartTheme, narrow: boolean): Plugin {
  return {
    id: 'cuts',
    beforeDatasetsDraw(chart) {
      if (data.cuts.length === 0) return
      const pen = chart.ctx
      const [along] = axes(chart, isNamed)
      const { left, right, top, bottom } = chart.chartArea
      pen.save()
      pen.strokeStyle = theme.muted
      pen.fillStyle = theme.muted
      pen.font = `12px ${theme.font}`
      pen.setLineDash([5, 4])
      for (const { at, label } of data.cuts) {
        const place = along.getPixelForValue(Number(at))
        pen.beginPath()
        if (isNamed) stroke(pen, true, place, top, place, bottom)
        else stroke(pen, false, place, left, place, right)
        pen.stroke()
        const text = narrow ? at : label
        if (isNamed) pen.fillText(text, place + 4, top - 3)
        else pen.fillText(text, right - pen.measureText(text).width, place - 4)
      }
      pen.restore()
    },
  }
}

const axes = (chart: Chart, isNamed: boolean) =>
  [chart.scales[isNamed ? 'x' : 'y']!, chart.scales[isNamed ? 'y' : 'x']!] as const

/** A line given by score and row; the other way round when organs stand side by side. */
function stroke(pen: CanvasRenderingContext2D, isNamed: boolean, a: number, b: number, c: number, d: number): void {
  pen.moveTo(isNamed ? a : b, isNamed ? b : a)
  pen.lineTo(isNamed ? c : d, isNamed ? d : c)
}
