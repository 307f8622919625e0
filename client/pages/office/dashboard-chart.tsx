import type { OfficeMessages } from '../../messages/office.ts'
import { FigureCard } from '../../parts/figure.tsx'
import type { DashboardPageProps } from './dashboard.tsx'
import { figureFileHref, wholeView } from './figure-view.ts'
import { type OrganView, organViewHref } from './organ-rows.ts'

type ChartProps = DashboardPageProps & { words: OfficeMessages; path: string }

/** The organs of the table once more as a figure, best first: their scores, or their places. */
export function OrgansChartFigure({ words, shell, path, ranks, view, chart }: ChartProps) {
  const choices: { id: OrganView['chart']; title: string }[] = [
    { id: 'satisfaction', title: words.satisfaction },
    { id: 'overall', title: words.overall },
  ]
  if (ranks) choices.push({ id: 'places', title: words.placeIntervals })
  const { organClass, search } = view
  return (
    <section aria-labelledby="organ-chart-title" id="organ-chart">
      <div class="head">
        <h3 id="organ-chart-title">{words.organChartHeading}</h3>
        <nav class="chips noprint" aria-label={words.chartMeasure}>
          {choices.map(({ id, title }) => (
            <a
              key={id}
              href={organViewHref(path, { ...view, chart: id }, shell.locale, 'organ-chart')}
              aria-current={view.chart === id ? 'true' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
      </div>
      <FigureCard
        figure={chart}
        words={words}
        locale={shell.locale}
        csvHref={figureFileHref(shell, chart.id, { ...wholeView, organClass, search })}
      />
    </section>
  )
}
