import type { BarsChart, BarsPanel, ChartData } from '../islands/chart-data.ts'
import type { Titled } from '../islands/picture.ts'
import { fill } from '../messages/fill.ts'
import type { OfficeMessages } from '../messages/office.ts'
import { drawnOf, type Figure, type FigureCell, type FigureLine } from './figure.tsx'
import { grouped } from './numbers.ts'

/** What the chart island draws of a figure; null where the table is the figure, or has no row. */
export function chartOf(figure: Figure, words: OfficeMessages): ChartData | null {
  const { drawing, columns } = figure
  const rows = figure.rows.slice(0, drawnOf(drawing, figure.rows.length))
  if (drawing === null || drawing.kind === 'heat' || rows.length === 0) return null
  const titled = pictureOf(figure)
  const labels = rows.map(({ cells }) => textOf(cells[0]))
  const label = (column: number) => columns[column]!.label
  const number = (row: number, column: number) => numberOf(rows[row]!.cells[column])
  switch (drawing.kind) {
    case 'dots': {
      const { dots, line, axisTitle, axis, isOfPlaces, cuts } = drawing
      return {
        ...{ kind: 'organs', ...titled, axisTitle, axis, isOfPlaces, cuts },
        series: dots.map(({ column, look }) => ({ label: label(column), look })),
        rows: rows.map(({ cells, href = '' }, row) => {
          const own = dots.map(({ column }) => number(row, column))
          const ends = line === 'between' ? extremes(own) : ([number(row, line[0]), number(row, line[1])] as const)
          const told = columns.map((column, at) => `${column.label} ${textOf(cells[at])}`).slice(1)
          const isDrawn = ends[0] !== null || own.some((dot) => dot !== null)
          const name = isDrawn ? labels[row]! : fill(words.chartNoScore, { name: labels[row]! })
          return { label: name, href, dots: own, low: ends[0], high: ends[1], text: told.join(' · ') }
        }),
      }
    }
    case 'bars':
      return {
        ...{ kind: 'bars', ...titled, labels, axisTitle: drawing.axisTitle },
        unit: unitOf(figure, drawing.bars[0]!.column),
        ...(drawing.panels === undefined ? {} : { panels: panelsOf(figure, drawing.panels) }),
        series: drawing.bars.map(({ column, look }) => ({
          label: label(column),
          look,
          bars: rows.map((_, row) => {
            const to = number(row, column)
            return to === null
              ? null
              : { from: '0', to, text: `${grouped(to)}${unitOf(figure, column)}`, isLost: false }
          }),
        })),
      }
    case 'stairs':
      return {
        ...{ kind: 'bars', ...titled, labels, axisTitle: drawing.axisTitle, unit: '' },
        series: [
          {
            label: label(drawing.sum),
            look: 'public',
            bars: rows.map((_, row) => stair(number(row, drawing.change), number(row, drawing.sum))),
          },
        ],
      }
    case 'progress':
      return {
        ...{ kind: 'progress', ...titled, yTitle: drawing.axisTitle },
        series: drawing.lines.map(({ label: name, look, column, rows: own }) => ({
          ...{ label: name, look },
          points: places(own).map((row) => ({
            day: drawing.days[row]!,
            text: labels[row]!,
            percent: number(row, column) ?? '0',
          })),
        })),
      }
    case 'days': {
      const days = new Map(drawing.days.map((day, row) => [day, labels[row]!]))
      const ordered = [...days.keys()].sort((a, b) => a - b)
      return {
        ...{ kind: 'days', ...titled, axisTitle: drawing.axisTitle },
        days: ordered.map((day) => days.get(day)!),
        series: drawing.lines.map(({ label: name, look, column, rows: own }) => {
          const counts = new Map(places(own).map((row) => [drawing.days[row]!, Number(number(row, column))]))
          return { label: name, look, counts: ordered.map((day) => counts.get(day) ?? 0) }
        }),
      }
    }
    case 'plane':
      return {
        ...{ kind: 'plane', ...titled, xTitle: label(drawing.x), yTitle: label(drawing.y) },
        points: rows.flatMap((_, row) => {
          const [x, y] = [number(row, drawing.x), number(row, drawing.y)]
          return x === null || y === null ? [] : [{ label: labels[row]!, x, y }]
        }),
      }
    case 'spread': {
      const { levels, unknown, axisTitle, wholeAxisTitle } = drawing
      const drawn = rows.flatMap((_, row) => {
        const shares = levels.map(({ column }) => number(row, column))
        const dontKnow = number(row, unknown)
        return dontKnow === null || shares.includes(null) ? [] : [{ row, shares: shares as string[], dontKnow }]
      })
      if (drawn.length === 0) return null
      return {
        ...{ kind: 'spread', ...titled, isWhole: false, axisTitle, wholeAxisTitle, unknownLabel: label(unknown) },
        levels: levels.map(({ column, look, isSatisfied }) => ({ label: label(column), look, isSatisfied })),
        rows: drawn.map(({ row, shares, dontKnow }) => ({
          label: labels[row]!,
          levels: shares.map((percent) => ({ percent })),
          unknown: { percent: dontKnow },
        })),
      }
    }
  }
}

const places = ([from, to]: FigureLine['rows']): number[] => Array.from({ length: to - from }, (_, at) => from + at)

/** What stands on the picture of a figure. */
export const pictureOf = ({ title, source, fileName }: Figure): Titled => ({
  ...{ title, source },
  fileName: `${fileName}.png`,
})

const textOf = (cell: FigureCell | undefined): string => (typeof cell === 'string' ? cell : (cell?.why ?? '··'))

const numberOf = (cell: FigureCell | undefined): string | null =>
  typeof cell === 'string' && /^<?-?\d+(\.\d+)?$/.test(cell) ? cell.replace('<', '') : null

const unitOf = ({ columns }: Figure, column: number): BarsChart['unit'] =>
  columns[column]!.kind === 'percent' ? '%' : ''

/** Rows that follow one another under the same title. */
function panelsOf({ rows }: Figure, column: number): BarsPanel[] {
  const titles = rows.map(({ cells }) => textOf(cells[column]))
  const starts = titles.flatMap((title, row) => (title === titles[row - 1] ? [] : [row]))
  return starts.map((from, at) => ({ title: titles[from]!, rows: [from, starts[at + 1] ?? rows.length] }))
}

function extremes(dots: readonly (string | null)[]): readonly [string | null, string | null] {
  const known = dots.flatMap((dot) => dot ?? []).sort((a, b) => Number(a) - Number(b))
  return [known[0] ?? null, known[known.length - 1] ?? null]
}

/** A loss hangs from the sum before it; a total stands on 0. */
function stair(change: string | null, sum: string | null): BarsChart['series'][0]['bars'][0] {
  if (sum === null) return null
  if (change === null) return { from: '0', to: sum, text: sum, isLost: false }
  const before = (Number(sum) - Number(change)).toFixed(6)
  return { from: sum, to: before, text: change, isLost: true }
}
