import { namedRows, type OrgansChart } from '../../islands/chart-data.ts'
import { fill } from '../../messages/fill.ts'
import { sentences } from '../../messages/results.ts'
import { ChartFigure } from '../../parts/chart-figure.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayExport } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import type { Ranks } from './dashboard.tsx'
import type { FigureProps } from './dashboard-chart.tsx'
import { emptyRow, organHref, placesText, sourceLine } from './dashboard-text.ts'
import type { OrganRank, OrganRow } from './organ-rows.ts'

type Placed = { organ: OrganRow; rank: Extract<OrganRank, { status: 'ranked' }> }

/** Where the places of the chosen organs overlap: a plot of their intervals, and the same numbers as a table. */
export function PlacesFigure(props: FigureProps & { ranks: Ranks }) {
  const { rows, ranks, words, shell, updated, planHash } = props
  const placed = rows
    .flatMap((organ): Placed[] => (organ.rank.status === 'ranked' ? [{ organ, rank: organ.rank }] : []))
    .sort(bestFirst)
  if (placed.length === 0) return <p class="note">{words.chartOrgansNone}</p>
  const unscored = rows.filter(({ rank }) => rank.status === 'unscored')
  const data: OrgansChart = {
    kind: 'organs',
    title: fill(words.chartPlacesTitle, { n: placed.length }),
    source: sourceLine(shell, words, updated, planHash),
    fileName: `${shell.place?.jid ?? ''}-${shell.place?.cycle ?? ''}-places.png`,
    axisTitle: fill(words.chartPlacesAxis, { n: ranks.scored }),
    axis: { from: 0.5, to: ranks.scored + 0.5, ticks: placeTicks(ranks.scored) },
    isOfPlaces: true,
    series: [{ label: words.expectedPlace, look: 'public' }],
    cuts: [],
    rows: [
      ...placed.map(({ organ, rank }) => ({
        label: organ.name,
        href: organHref(shell, organ),
        dots: [rank.expected],
        low: String(rank.interval[0]),
        high: String(rank.interval[1]),
        text: fill(words.chartPlacesText, {
          expected: rank.expected ?? words.noStandardError,
          places: placesText(rank.interval),
        }),
      })),
      ...unscored.map((organ) => emptyRow(shell, organ, words)),
    ],
  }
  const csv = urls.scoresCsv(shell.place?.jid ?? '', shell.place?.cycle ?? '')
  return (
    <ChartFigure
      id="chart-places"
      words={words}
      sentence={sentences(shell.locale, finding(placed, props), words.chartPlacesNote)}
      data={data}
      csvHref={mayExport(shell) ? carry(csv, { locale: shell.locale }) : null}
    >
      <details>
        <summary>{words.dataTable}</summary>
        <Scroll label={words.placeIntervals} name="tall">
          <DataTable
            caption={fill(words.chartPlacesTitle, { n: placed.length })}
            quietCaption
            columns={[
              { label: words.organ },
              { label: words.expectedPlace, numeric: true },
              { label: words.placeInterval, numeric: true },
            ]}
            rows={placed.map(({ organ, rank }) => [
              <bdi key="o">{organ.name}</bdi>,
              rank.expected ?? words.noStandardError,
              placesText(rank.interval),
            ])}
          />
        </Scroll>
      </details>
    </ChartFigure>
  )
}

function finding(placed: readonly Placed[], { ranks, words }: { ranks: Ranks; words: FigureProps['words'] }): string {
  const widths = placed.map(({ rank }) => rank.interval[1] - rank.interval[0] + 1)
  const apart = {
    separated: grouped(ranks.separatedPairs),
    pairs: grouped(ranks.pairs),
    percent: ranks.separatedPercent,
  }
  if (widths.length === 1) return fill(words.chartPlacesOne, { n: widths[0]!, ...apart })
  return fill(words.chartPlaces, {
    n: placed.length,
    mean: (widths.reduce((sum, width) => sum + width, 0) / widths.length).toFixed(1),
    narrowest: Math.min(...widths),
    widest: Math.max(...widths),
    ...apart,
  })
}

/** By the middle of what may be: the better interval first where no place is expected. */
function bestFirst({ rank: a }: Placed, { rank: b }: Placed): number {
  const middle = ({ expected, interval }: Placed['rank']) => Number(expected ?? (interval[0] + interval[1]) / 2)
  return middle(a) - middle(b) || a.tier - b.tier
}

/** Every place of few organs; of many the first, each fifth or tenth, and the last: placeTicks(27) // 1 5 10 15 20 27 */
function placeTicks(organs: number): number[] {
  const step = organs <= namedRows ? 1 : organs <= 60 ? 5 : 10
  const between = Array.from({ length: Math.floor(organs / step) }, (_, at) => (at + 1) * step)
  return [...new Set([1, ...between.filter((place) => place === organs || organs - place > step / 2), organs])].sort(
    (a, b) => a - b,
  )
}
