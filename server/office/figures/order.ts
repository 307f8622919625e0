import { namedRows } from '../../../client/islands/chart-data.ts'
import { fill } from '../../../client/messages/fill.ts'
import { sentences } from '../../../client/messages/results.ts'
import { placesText } from '../../../client/pages/office/dashboard-text.ts'
import { axisOf } from '../../../client/parts/interval.tsx'
import { grouped } from '../../../client/parts/numbers.ts'
import { groupIds } from '../../../surveys/indicator.ts'
import { gradesOf, groupScore } from '../../figures.ts'
import { rankOf, ranksOf } from '../ranks.ts'
import {
  basisOf,
  bestFirst,
  type FigureContext,
  figure,
  intervalCells,
  type Made,
  type Measure,
  measureOf,
  numberColumn,
  organRow,
  satisfactionCell,
  satisfactionMeasure,
  scoreCell,
} from './context.ts'

// Who is ahead, and how far that can be said at all.

/** Chart 1: scores with their intervals, best first. */
export const aheadFigure = (context: FigureContext): Made => scoresFigure(context, 'ahead', measureOf(context))

/** Chart 1 once more, by what the groups give together. */
export function satisfactionFigure(context: FigureContext): Made {
  const { view, words } = context
  return view.group === ''
    ? scoresFigure(context, 'satisfaction', satisfactionMeasure(context))
    : { id: 'satisfaction', title: words.satisfactionTitle, missing: words.onlyOverall }
}

function scoresFigure(context: FigureContext, id: 'ahead' | 'satisfaction', measure: Measure): Made {
  const { standing, organs, words, office, names, locale } = context
  const grades = gradesOf(standing.plan, locale)
  const isOverall = measure.kind === 'overall'
  const hasIntervals = measure.kind !== 'part'
  const rows = bestFirst(
    organs.map((organ) => {
      const { cell, interval, slips } = measure.of(organ)
      const rank = rankOf(standing, organ)
      const grade = grades.find(({ id }) => organ.overall?.status === 'ok' && id === organ.overall.grade)
      return organRow(context, organ, [
        cell,
        ...(hasIntervals ? intervalCells(names, interval) : []),
        slips === null ? { why: null } : String(slips),
        ...(isOverall
          ? [
              rank.status === 'ranked' ? placesText(rank.interval) : { why: office[notRanked(rank.status)] },
              grade?.title ?? { why: null },
            ]
          : []),
      ])
    }),
    1,
  )
  const scored = rows.filter(({ cells }) => typeof cells[1] === 'string')
  if (scored.length === 0) return { id, title: words[`${id}Title`], missing: words.nothing }
  const [first, last] = [scored[0]!.cells as string[], scored[scored.length - 1]!.cells as string[]]
  const found = {
    n: scored.length,
    measure: measure.title,
    first: first[0]!,
    highest: first[1]!,
    last: last[0]!,
    lowest: last[1]!,
  }
  const axis = axisOf(
    scored.map(({ cells }) => ({
      score: { status: 'ok', score: cells[1] as string },
      interval:
        hasIntervals && typeof cells[2] === 'string' ? { status: 'ok', low: cells[2], high: cells[3] as string } : null,
    })),
  )
  return figure(context, {
    id,
    title: fill(words.aheadOf, found),
    finding: sentences(
      locale,
      fill(scored.length === 1 ? words.aheadOne : words.aheadFinding, found),
      scored.length < rows.length ? fill(words.aheadWithheld, { n: rows.length - scored.length }) : '',
    ),
    notes: [basisOf(context)],
    columns: [
      { label: office.organ, kind: 'text' },
      numberColumn(measure.title),
      ...(hasIntervals ? [numberColumn(words.low), numberColumn(words.high)] : []),
      numberColumn(words.answers),
      ...(isOverall
        ? [
            { label: office.placeInterval, kind: 'text' as const },
            { label: office.grade, kind: 'text' as const },
          ]
        : []),
    ],
    rows,
    drawing: {
      kind: 'dots',
      dots: [{ column: 1, look: 'public' }],
      line: hasIntervals ? [2, 3] : 'between',
      ...scoreAxis(axis, measure.title, context),
      cuts: isOverall
        ? grades
            .filter(({ minimum }) => Number(minimum) > axis.from)
            .map(({ minimum, title }) => ({ at: minimum, label: `${title} ≥ ${minimum}` }))
        : [],
    },
  })
}

const notRanked = (status: 'unscored' | 'not_ranked') => (status === 'unscored' ? 'advancedUnscored' : status)

/** An axis of scores, whose title says where it starts. */
export function scoreAxis(
  axis: { from: number; to: number },
  measure: string,
  { office }: Pick<FigureContext, 'office'>,
) {
  return {
    axis: { ...axis, ticks: Array.from({ length: (axis.to - axis.from) / 5 + 1 }, (_, step) => axis.from + step * 5) },
    axisTitle: axis.from === 0 ? measure : fill(office.chartAxisFrom, { measure, from: axis.from }),
    isOfPlaces: false,
  }
}

/** Chart 2: the places that each organ may truly have. */
export function placesFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, locale } = context
  const id = 'places'
  const missing = (text: string) => ({ id, title: words.placesTitle, missing: text })
  if (view.group !== '') return missing(words.onlyOverall)
  const ranks = ranksOf(standing, locale)
  const placed = organs.flatMap((organ) => {
    const rank = rankOf(standing, organ)
    return rank.status === 'ranked' ? [{ organ, rank }] : []
  })
  if (!ranks || placed.length === 0) return missing(words.nothing)
  const middle = ({ rank: { expected, interval } }: (typeof placed)[0]) =>
    Number(expected ?? (interval[0] + interval[1]) / 2)
  placed.sort((a, b) => middle(a) - middle(b))
  const widths = placed.map(({ rank }) => rank.interval[1] - rank.interval[0] + 1)
  return figure(context, {
    id,
    title: fill(words.placesOf, { n: placed.length }),
    finding: fill(words.placesFinding, {
      n: placed.length,
      mean: (widths.reduce((sum, width) => sum + width, 0) / widths.length).toFixed(1),
      pairs: grouped(ranks.pairs),
      separated: grouped(ranks.separatedPairs),
      percent: ranks.separatedPercent,
    }),
    notes: [words.placesNote],
    columns: [
      { label: office.organ, kind: 'text' },
      numberColumn(office.expectedPlace),
      numberColumn(words.bestPlace),
      numberColumn(words.worstPlace),
    ],
    rows: placed.map(({ organ, rank }) =>
      organRow(context, organ, [rank.expected ?? { why: office.noStandardError }, ...rank.interval.map(String)]),
    ),
    drawing: {
      kind: 'dots',
      dots: [{ column: 1, look: 'public' }],
      line: [2, 3],
      axisTitle: fill(words.placesAxis, { n: ranks.scored }),
      axis: { from: 0.5, to: ranks.scored + 0.5, ticks: placeTicks(ranks.scored) },
      isOfPlaces: true,
      cuts: [],
    },
  })
}

/** Every place of few organs; of many the first, each fifth or tenth, and the last: placeTicks(27) // 1 5 10 15 20 27 */
export function placeTicks(organs: number): number[] {
  const step = organs <= namedRows ? 1 : organs <= 60 ? 5 : 10
  const between = Array.from({ length: Math.floor(organs / step) }, (_, at) => (at + 1) * step)
  return [...new Set([1, ...between.filter((place) => place === organs || organs - place > step / 2), organs])].sort(
    (a, b) => a - b,
  )
}

/** Chart 8: what each group says, and how far apart they are. */
export function agreementFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, names } = context
  const id = 'agreement'
  if (view.part !== '') return { id, title: words.agreementTitle, missing: words.notByPart }
  const groups = groupIds.filter((group) => organs.some((organ) => organ.groups[group].state === 'estimated'))
  const gapAt = groups.length + 2
  const rows = bestFirst(
    organs.map((organ) => {
      const cells = groups.map((group) =>
        scoreCell(names, groupScore(standing.plan, group, organ.groups[group]), names[group]),
      )
      const known = cells.flatMap((cell) => (typeof cell === 'string' ? Number(cell) : []))
      const gap =
        known.length < 2
          ? { why: null }
          : (Math.max(...known) - Math.min(...known)).toFixed(standing.plan.rounding.decimals)
      return organRow(context, organ, [...cells, satisfactionCell(context, organ), gap])
    }),
    gapAt,
  )
  const known = rows.filter(({ cells }) => typeof cells[gapAt] === 'string')
  if (known.length === 0) return { id, title: words.agreementTitle, missing: words.nothing }
  const scores = known.flatMap(({ cells }) =>
    cells.slice(1, gapAt - 1).flatMap((cell) => (typeof cell === 'string' ? cell : [])),
  )
  const axis = axisOf(scores.map((score) => ({ score: { status: 'ok', score }, interval: null })))
  return figure(context, {
    id,
    title: fill(words.agreementOf, { n: rows.length }),
    finding: fill(words.agreementFinding, {
      organ: known[0]!.cells[0] as string,
      gap: known[0]!.cells[gapAt] as string,
      n: known.filter(({ cells }) => Number(cells[gapAt]) <= 5).length,
    }),
    notes: [words.agreementNote, basisOf(context)],
    columns: [
      { label: office.organ, kind: 'text' },
      ...groups.map((group) => numberColumn(names[group])),
      numberColumn(office.satisfaction),
      numberColumn(words.gap),
    ],
    rows,
    drawing: {
      kind: 'dots',
      dots: groups.map((look, at) => ({ column: at + 1, look })),
      line: 'between',
      ...scoreAxis(axis, words.agreementAxis, context),
      cuts: [],
    },
  })
}
