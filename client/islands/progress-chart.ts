import type { ChartConfiguration, PointStyle } from 'chart.js'
import type { ProgressChart } from './chart-data.ts'
import type { ChartTheme } from './chart-theme.ts'

const shapes: Record<string, PointStyle> = { leaders: 'triangle', recipients: 'rect', public: 'circle', pace: 'line' }

/** Is fieldwork on course? Cumulative share of expected responses, one line per group, a dashed one for an even pace. */
export function progressConfiguration(data: ProgressChart, theme: ChartTheme, narrow: boolean): ChartConfiguration {
  const texts = new Map(data.series.flatMap(({ points }) => points.map(({ day, text }) => [day, text] as const)))
  const days = [...texts.keys()]
  const [first, last] = [Math.min(...days), Math.max(...days)]
  return {
    type: 'line',
    data: {
      datasets: data.series.map(({ label, look, points }) => ({
        label,
        data: points.map(({ day, percent }) => ({ x: day, y: Number(percent) })),
        borderColor: theme.series[look],
        backgroundColor: theme.series[look],
        borderWidth: look === 'pace' ? 1.5 : 2.5,
        borderDash: look === 'pace' ? [6, 5] : [],
        pointStyle: shapes[look] ?? 'circle',
        // A point where the line ends: shape and colour together name the group.
        pointRadius: points.map((_, index) => (look !== 'pace' && index === points.length - 1 ? 6 : 0)),
        pointHoverRadius: look === 'pace' ? 0 : 6,
        pointHitRadius: 12,
        spanGaps: false,
        clip: false,
        tension: 0,
      })),
    },
    options: {
      layout: { padding: { right: 12 } },
      interaction: { mode: 'x', intersect: false, axis: 'x' },
      scales: {
        x: {
          type: 'linear',
          min: first,
          max: last,
          grid: { display: false },
          border: { color: theme.line },
          ticks: {
            color: theme.muted,
            stepSize: Math.max(1, Math.ceil((last - first) / (narrow ? 4 : 8))),
            autoSkip: true,
            maxRotation: 0,
            includeBounds: true,
            callback: (value) => texts.get(Number(value)) ?? '',
          },
        },
        y: {
          type: 'linear',
          min: 0,
          suggestedMax: 100,
          grid: { color: theme.hair },
          border: { display: false },
          title: { display: !narrow, text: data.yTitle, color: theme.muted },
          ticks: { color: theme.muted, stepSize: 20, callback: (value) => `${value}%` },
        },
      },
      plugins: {
        legend: {
          position: 'top',
          align: 'start',
          labels: { color: theme.ink, usePointStyle: true, boxHeight: 9, padding: 16 },
        },
        tooltip: {
          usePointStyle: true,
          callbacks: {
            title: (items) => texts.get(Number(items[0]?.parsed.x)) ?? '',
            label: (item) => ` ${item.dataset.label ?? ''} ${item.parsed.y}%`,
          },
        },
      },
    },
  }
}
