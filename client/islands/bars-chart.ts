import type { ChartConfiguration, Plugin } from 'chart.js'
import type { BarsChart, BarsPanel, PlaneChart } from './chart-data.ts'
import type { ChartTheme } from './chart-theme.ts'
import { shortened } from './organs-chart.ts'
import { hatched } from './spread-chart.ts'

/**
 * Horizontal bars: reasons, the stairs of a total, on which what was lost is hatched, or small multiples of sample beside
 * population, one below the other on the same scale.
 */
export function barsConfiguration(data: BarsChart, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  const { series, unit } = data
  const labels = narrow ? data.labels.map(shortened) : data.labels
  const panels = data.panels ?? []
  const headed = series.map((each) => ({ ...each, bars: withHeads(panels, each.bars, null) }))
  return {
    type: 'bar',
    data: {
      labels: withHeads(panels, labels, ''),
      datasets: headed.map(({ label, look, bars }) => {
        const fill = look === 'before' ? theme.unknown.fill : theme.series[look]
        const lost = hatched('l2', theme)
        return {
          label,
          data: bars.map((bar): [number, number] | null => bar && [Number(bar.from), Number(bar.to)]),
          backgroundColor: ({ dataIndex }: { dataIndex: number }) => (bars[dataIndex]?.isLost ? lost() : fill),
          borderColor: theme.line,
          borderWidth: 1,
          borderSkipped: false,
        }
      }),
    },
    options: {
      indexAxis: 'y',
      // Room for the number behind the longest bar.
      layout: { padding: { right: 56 } },
      scales: {
        y: { grid: { display: false }, border: { color: theme.line }, ticks: { color: theme.ink, autoSkip: false } },
        x: {
          min: 0,
          grid: { color: theme.hair },
          border: { display: false },
          title: { display: true, text: data.axisTitle, color: theme.muted },
          ticks: { color: theme.muted, callback: (value) => `${value}${unit}` },
        },
      },
      plugins: {
        legend: { display: series.length > 1, align: 'start', labels: { color: theme.ink } },
        tooltip: {
          callbacks: {
            label: ({ datasetIndex, dataIndex }) =>
              ` ${headed[datasetIndex]!.label} ${headed[datasetIndex]!.bars[dataIndex]?.text ?? ''}`,
          },
        },
      },
    },
    plugins: [
      labelled(theme, (chart, write) => {
        headed.forEach(({ bars }, at) => {
          chart.getDatasetMeta(at).data.forEach((bar, row) => {
            const { x, y, base } = bar.getProps(['x', 'y', 'base'], true) as { x: number; y: number; base: number }
            if (bars[row]) write(bars[row].text, Math.max(x, base), y)
          })
        })
        const { ctx: pen, chartArea: area, scales } = chart
        const rowAt = (row: number) => scales['y']!.getPixelForValue(row)
        pen.font = `600 13px ${theme.font}`
        pen.strokeStyle = theme.line
        panels.forEach(({ title, rows: [from] }, at) => {
          const head = rowAt(from + at)
          write(title, area.left, head)
          if (at === 0) return
          const above = (rowAt(from + at - 1) + head) / 2
          pen.beginPath()
          pen.moveTo(0, above)
          pen.lineTo(area.right, above)
          pen.stroke()
        })
      }),
    ],
  }
}

/** Rows with an empty one above each panel, which is the place of its title. */
const withHeads = <Row>(panels: readonly BarsPanel[], rows: readonly Row[], head: Row): Row[] =>
  panels.length === 0 ? [...rows] : panels.flatMap(({ rows: [from, to] }) => [head, ...rows.slice(from, to)])

/** What matters most: score across weight, named, between lines at the medians. */
export function planeConfiguration({ points, xTitle, yTitle }: PlaneChart, theme: ChartTheme): ChartConfiguration {
  const places = points.map(({ x, y }) => ({ x: Number(x), y: Number(y) }))
  const axis = (text: string) => ({
    grid: { color: theme.hair },
    border: { color: theme.line },
    grace: '20%',
    title: { display: true, text, color: theme.muted },
    ticks: { color: theme.muted },
  })
  return {
    type: 'scatter',
    data: {
      datasets: [{ data: places, backgroundColor: theme.series.public, pointRadius: 6, pointHoverRadius: 7 }],
    },
    options: {
      layout: { padding: { right: 72 } },
      scales: { x: axis(xTitle), y: axis(yTitle) },
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          callbacks: { label: ({ dataIndex: at }) => `${points[at]!.label} ${points[at]!.x} / ${points[at]!.y}` },
        },
      },
    },
    plugins: [
      labelled(theme, (chart, write) => {
        const { left, right, top, bottom } = chart.chartArea
        const pen = chart.ctx
        const across = chart.scales['x']!.getPixelForValue(median(places.map(({ x }) => x)))
        const up = chart.scales['y']!.getPixelForValue(median(places.map(({ y }) => y)))
        pen.strokeStyle = theme.muted
        pen.setLineDash([5, 4])
        pen.beginPath()
        pen.moveTo(across, top)
        pen.lineTo(across, bottom)
        pen.moveTo(left, up)
        pen.lineTo(right, up)
        pen.stroke()
        // Names below one another, where points stand so close that one would cover the next.
        const names = chart.getDatasetMeta(0).data.map(({ x, y }, at) => ({ x, y, text: points[at]!.label }))
        let last = { x: -Infinity, y: -Infinity }
        for (const name of names.sort((a, b) => a.y - b.y)) {
          const y = Math.abs(name.x - last.x) < 90 ? Math.max(name.y, last.y + 14) : name.y
          write(name.text, name.x + 4, y)
          last = { x: name.x, y }
        }
      }),
    ],
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}

/** Writes texts beside what was drawn. */
function labelled(
  theme: ChartTheme,
  draw: (chart: Parameters<NonNullable<Plugin['afterDatasetsDraw']>>[0], write: Write) => void,
): Plugin {
  return {
    id: 'labels',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx
      pen.save()
      pen.font = `12px ${theme.font}`
      pen.fillStyle = theme.ink
      pen.textBaseline = 'middle'
      draw(chart, (text, x, y) => pen.fillText(text, x + 5, y + 1))
      pen.restore()
    },
  }
}

type Write = (text: string, x: number, y: number) => void
