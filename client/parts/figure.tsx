import type { Locale } from '../../surveys/questionnaire.ts'
import type { DotLook, LevelLook, ProgressSeries } from '../islands/chart-data.ts'
import type { OfficeMessages } from '../messages/office.ts'
import { type ResultsMessages, resultsMessages } from '../messages/results.ts'
import { ChartFigure } from './chart-figure.tsx'
import { type ColumnSort, DataTable, Scroll } from './data-table.tsx'
import { chartOf, pictureOf } from './figure-chart.ts'
import { grouped } from './numbers.ts'
import { TooFew } from './withheld.tsx'

/**
 * A figure as data. Its table, its drawing, its picture and its file are all made of these rows, so none can say another
 * number than the others.
 */
export type Figure = {
  /** Name in addresses and of the element. */
  id: string
  /** What is shown, of how many: stands on the picture and above the table. */
  title: string
  /** What one sees, in a sentence or two. */
  finding: string
  /** Below the table: how the numbers came about, and why some are missing. */
  notes: readonly string[]
  /** The first names the row. */
  columns: readonly FigureColumn[]
  rows: readonly FigureRow[]
  /** null where the table alone says it. */
  drawing: Drawing | null
  /** Whence and from when the numbers are. */
  source: string
  /** Of picture and file, without its ending. */
  fileName: string
}

export type FigureColumn = { label: string; kind: 'text' | 'number' | 'percent'; sort?: ColumnSort }

/** `id` of a row that something on the page leads to. */
export type FigureRow = { cells: readonly FigureCell[]; href?: string; id?: string }

/** A number as printed ('88.91', '-1.20'), a text, or why there is none; too few answers have no words of their own. */
export type FigureCell = string | { why: string } | { why: null }

/** How rows are drawn; columns by their places. */
export type Drawing =
  | {
      kind: 'dots'
      dots: readonly { column: number; look: DotLook }[]
      /** Ends of the interval, or a line from the first dot to the last. */
      line: readonly [number, number] | 'between'
      axisTitle: string
      axis: { from: number; to: number; ticks: readonly number[] }
      isOfPlaces: boolean
      cuts: readonly { at: string; label: string }[]
    }
  | {
      kind: 'bars'
      bars: readonly { column: number; look: DotLook }[]
      axisTitle: string
      /** The column that names the panel of each row, where the bars are small multiples. */
      panels?: number
    }
  /** Totals from 0; between them what each row changes, down to the sum that it leaves. */
  | { kind: 'stairs'; change: number; sum: number; axisTitle: string }
  | { kind: 'plane'; x: number; y: number }
  | {
      kind: 'spread'
      levels: readonly { column: number; look: LevelLook; isSatisfied: boolean }[]
      unknown: number
      axisTitle: string
      wholeAxisTitle: string
    }
  /** Lines over days, or a bar a day made of them; the day of each row is counted from 1970-01-01. */
  | { kind: 'progress' | 'days'; days: readonly number[]; lines: readonly FigureLine[]; axisTitle: string }
  /** The table itself, its numbers on a ground from pale to dark. */
  | { kind: 'heat' }

/** The numbers of a column in the rows from one place up to another. */
export type FigureLine = {
  label: string
  look: ProgressSeries['look']
  column: number
  rows: readonly [number, number]
}

const drawnRows = 25

/**
 * How many rows of so many are drawn; the table has all. Single dots say something side by side and without names, days
 * have no names, panels have as many as their question has answers, and a table is itself.
 */
export function drawnOf(drawing: Drawing | null, rows: number): number {
  const hasAll =
    drawing === null ||
    ['heat', 'progress', 'days'].includes(drawing.kind) ||
    (drawing.kind === 'dots' && drawing.dots.length === 1) ||
    (drawing.kind === 'bars' && drawing.panels !== undefined)
  return hasAll ? rows : Math.min(rows, drawnRows)
}

/** What stands in place of a figure that cannot be made. */
export type MissingFigure = { id: string; title: string; missing: string }

type FigureCardProps = {
  figure: Figure | MissingFigure
  words: OfficeMessages
  locale: Locale
  /** Of the element, where the page has more than one figure of this name. */
  id?: string
  /** Address of the same numbers as a file; null where this person may not take files. */
  csvHref: string | null
}

/** A drawing with its table, or the table alone, or why there is neither. */
export function FigureCard({ figure, words, locale, id = `figure-${figure.id}`, csvHref }: FigureCardProps) {
  if ('missing' in figure) return <p class="note">{figure.missing}</p>
  const names = resultsMessages(locale)
  const data = chartOf(figure, words)
  const table = (
    <>
      <FigureTable figure={figure} names={names} />
      {figure.notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
    </>
  )
  if (data === null) {
    return (
      <figure class="chart" id={id} data-table={JSON.stringify(pictureOf(figure))}>
        <figcaption>{figure.finding}</figcaption>
        {table}
        <p class="links noprint">
          <button type="button" class="quiet" data-image hidden>
            {words.downloadImage}
          </button>
          {csvHref !== null && <a href={csvHref}>{words.downloadData}</a>}
        </p>
      </figure>
    )
  }
  return (
    <ChartFigure id={id} words={words} sentence={figure.finding} data={data} csvHref={csvHref}>
      <details>
        <summary>{words.dataTable}</summary>
        {table}
      </details>
    </ChartFigure>
  )
}

function FigureTable({ figure, names }: { figure: Figure; names: ResultsMessages }) {
  const { title, columns, rows, drawing } = figure
  const shadeOf = drawing?.kind === 'heat' ? shades(figure) : null
  return (
    <Scroll label={title} {...(rows.length > 12 ? { name: 'tall' } : {})}>
      <DataTable
        caption={title}
        quietCaption
        columns={columns.map(({ label, kind, sort }) => ({
          label,
          numeric: kind !== 'text',
          ...(sort ? { sort } : {}),
        }))}
        rows={rows.map(({ cells, href, id }) =>
          cells.map((cell, at) => {
            if (typeof cell !== 'string')
              return cell.why === null ? (
                <TooFew key={at} words={names} />
              ) : (
                <span key={at} class="why">
                  {cell.why}
                </span>
              )
            const text = cellText(cell, columns[at]!)
            if (at === 0)
              return (
                <bdi key={at} id={id}>
                  {href === undefined ? text : <a href={href}>{text}</a>}
                </bdi>
              )
            const shade = columns[at]!.kind === 'text' ? undefined : shadeOf?.(cell)
            return shade === undefined ? (
              text
            ) : (
              <span key={at} class={`heat-cell h${shade}`}>
                {text}
              </span>
            )
          }),
        )}
      />
    </Scroll>
  )
}

const cellText = (cell: string, { kind }: FigureColumn): string =>
  kind === 'text' || cell === '' ? cell : `${grouped(cell)}${kind === 'percent' ? '%' : ''}`

/** Seven steps between the least and the greatest number of the table. */
function shades({ columns, rows }: Figure): (cell: string) => number {
  const numbers = rows.flatMap(({ cells }) =>
    cells.flatMap((cell, at) => (typeof cell === 'string' && columns[at]!.kind !== 'text' ? [Number(cell)] : [])),
  )
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
  return (cell) => (high === low ? 4 : 1 + Math.min(6, Math.floor(((Number(cell) - low) / (high - low)) * 7)))
}
