import type { ChartConfiguration } from 'chart.js'
import type { DaysChart } from './chart-data.ts'
import type { ChartTheme } from './chart-theme.ts'

/** How many took part on each day: bars of the groups, one on the other. */
export function daysConfiguration({ days, series, axisTitle }: DaysChart, theme: ChartTheme): ChartConfiguration {
  return {
    type: 'bar',
    data: {
      labels: [...days],
      datasets: series.map(({ label, look, counts }) => ({
        label,
        data: [...counts],
        backgroundColor: theme.series[look],
      })),
    },
    options: {
      scales: {
        x: { stacked: true, grid: { display: false }, ticks: { color: theme.muted, maxRotation: 0, autoSkip: true } },
        y: {
          stacked: true,
          min: 0,
          grid: { color: theme.hair },
          border: { display: false },
          title: { display: true, text: axisTitle, color: theme.muted },
          ticks: { color: theme.muted, precision: 0 },
        },
      },
      plugins: { legend: { display: series.length > 1, align: 'start', labels: { color: theme.ink } } },
    },
  }
}
