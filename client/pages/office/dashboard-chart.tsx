import type { OrgansChart } from '../../islands/chart-data.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { ChartFigure } from '../../parts/chart-figure.tsx'
import { axisOf, type Interval, intervalText } from '../../parts/interval.tsx'
import { mayExport } from '../../parts/office-shell.tsx'
import type { Score } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import type { DashboardPageProps } from './dashboard.tsx'
import { PlacesFigure } from './dashboard-places.tsx'
import { emptyRow, organHref, sourceLine } from './dashboard-text.ts'
import { type OrganRow, type OrganView, organViewHref } from './organ-rows.ts'

export type FigureProps = DashboardPageProps & {
  words: OfficeMessages
  names: ResultsMessages
  path: string
  rows: readonly OrganRow[]
}

/** The organs of the table once more as an interval dot plot, best first: their scores, or their places. */
export function OrgansChartFigure(props: FigureProps) {
  const { words, shell, path, ranks } = props
  const isOfPlaces = props.view.chart === 'places' && ranks !== null
  const view: OrganView =
    isOfPlaces || props.view.chart !== 'places' ? props.view : { ...props.view, chart: 'satisfaction' }
  const choices: { id: OrganView['chart']; title: string }[] = [
    { id: 'satisfaction', title: words.satisfaction },
    { id: 'overall', title: words.overall },
  ]
  if (ranks) choices.push({ id: 'places', title: words.placeIntervals })
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
      {isOfPlaces ? <PlacesFigure {...props} ranks={ranks} /> : <ScoresFigure {...props} view={view} />}
    </section>
  )
}

type Drawn = { organ: OrganRow; score: string; interval: Interval | null }

/** The table above is the data table of this figure. */
function ScoresFigure(props: FigureProps) {
  const { rows, view, words, names, grades, shell, updated, planHash, intervalPercent } = props
  const measure = view.chart === 'overall' ? words.overall : words.satisfaction
  const drawn = rows.flatMap((organ): Drawn[] => {
    const [value, interval] = measured(organ, view.chart)
    return value.status === 'ok' ? [{ organ, score: value.score, interval }] : []
  })
  if (drawn.length === 0) return <p class="note">{words.chartOrgansNone}</p>
  drawn.sort((one, other) => Number(other.score) - Number(one.score))
  const withheld = rows.filter((organ) => measured(organ, view.chart)[0].status !== 'ok')
  const axis = axisOf(drawn.map(({ score, interval }) => ({ score: { status: 'ok', score }, interval })))
  const text = view.chart === 'overall' ? words.chartOrgansOverall : words.chartOrgansSatisfaction
  const found = {
    n: drawn.length,
    lowest: drawn[drawn.length - 1]!.score,
    highest: drawn[0]!.score,
    percent: intervalPercent,
  }
  const data: OrgansChart = {
    kind: 'organs',
    title: fill(words.chartOrgansTitle, { measure, n: drawn.length }),
    source: sourceLine(shell, words, updated, planHash),
    fileName: `${shell.place?.jid ?? ''}-${shell.place?.cycle ?? ''}-${view.chart}.png`,
    axisTitle: axis.from === 0 ? measure : fill(words.chartAxisFrom, { measure, from: axis.from }),
    axis: { ...axis, ticks: Array.from({ length: (axis.to - axis.from) / 5 + 1 }, (_, step) => axis.from + step * 5) },
    isOfPlaces: false,
    series: [{ label: measure, look: 'public' }],
    cuts: view.chart === 'overall' ? grades.filter(({ minimum }) => Number(minimum) > axis.from).map(cutOf) : [],
    rows: [
      ...drawn.map(({ organ, score, interval }) => ({
        label: organ.name,
        href: organHref(shell, organ),
        dots: [score],
        low: interval?.status === 'ok' ? interval.low : null,
        high: interval?.status === 'ok' ? interval.high : null,
        text: interval ? `${score} (${intervalText(names, interval)})` : score,
      })),
      ...withheld.map((organ) => emptyRow(shell, organ, words)),
    ],
  }
  const missing = withheld.length > 0 ? fill(words.chartOrgansWithheld, { n: withheld.length }) : ''
  const csv = urls.scoresCsv(shell.place?.jid ?? '', shell.place?.cycle ?? '')
  return (
    <ChartFigure
      id="chart-organs"
      words={words}
      sentence={sentences(shell.locale, fill(text, found), missing)}
      data={data}
      csvHref={mayExport(shell) ? carry(csv, { locale: shell.locale }) : null}
    >
      <p class="hint">
        <a href="#organs">{words.chartOrgansTable}</a>
      </p>
    </ChartFigure>
  )
}

const measured = (organ: OrganRow, chart: OrganView['chart']): [Score, Interval | null] =>
  chart === 'overall' ? [organ.overall, organ.overallInterval] : [organ.satisfaction, organ.interval]

const cutOf = ({ minimum, title }: { minimum: string; title: string }) => ({
  at: minimum,
  label: `${title} ≥ ${minimum}`,
})
