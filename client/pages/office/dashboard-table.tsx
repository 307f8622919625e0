import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { ResultsMessages } from '../../messages/results.ts'
import { Scroll, SortHead } from '../../parts/data-table.tsx'
import { Grade } from '../../parts/grade.tsx'
import { type Axis, AxisScale, axisOf, IntervalMark, intervalText, stepsClass } from '../../parts/interval.tsx'
import { grouped } from '../../parts/numbers.ts'
import { sortedBy } from '../../parts/sorting.ts'
import { isCollecting, type Score, ScoreText } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import type { DashboardPageProps } from './dashboard.tsx'
import { type OrganRow, organViewHref } from './organ-rows.ts'

type SectionProps = DashboardPageProps & { words: OfficeMessages }

/** A column of the table; `id` is what the address sorts by. */
type Column = {
  id: string
  label: string
  numeric: boolean
  kind: 'name' | 'group' | 'satisfaction' | 'part' | 'overall'
}

/** A column without any number is not shown: while people may still answer, the note above says so once. */
export function columnsOf(
  { organs, parts, words }: SectionProps,
  names: ResultsMessages,
  collecting: readonly GroupId[],
): Column[] {
  const said = (pick: (organ: OrganRow) => Score) => organs.some((organ) => !isCollecting(pick(organ)))
  const columns: Column[] = [{ id: 'name', label: words.organ, numeric: false, kind: 'name' }]
  for (const group of groupIds) {
    if (!collecting.includes(group)) columns.push({ id: group, label: names[group], numeric: true, kind: 'group' })
  }
  if (said((organ) => organ.satisfaction)) {
    columns.push({ id: 'satisfaction', label: words.satisfaction, numeric: true, kind: 'satisfaction' })
  }
  parts.forEach((part, place) => {
    if (organs.some((organ) => organ.parts[place]?.status === 'ok'))
      columns.push({ id: part.id, label: part.title, numeric: true, kind: 'part' })
  })
  if (said((organ) => organ.overall))
    columns.push({ id: 'overall', label: words.overall, numeric: true, kind: 'overall' })
  return columns
}

type TableProps = SectionProps & {
  names: ResultsMessages
  path: string
  rows: readonly OrganRow[]
  columns: readonly Column[]
}

/** The organs of the view, one row each. */
export function OrgansTable(props: TableProps) {
  const { rows, columns, organs, view, path, shell, words, intervalPercent, parts } = props
  const axis = axisOf(organs.map(({ satisfaction, interval }) => ({ score: satisfaction, interval })))
  const hasSatisfaction = columns.some((column) => column.kind === 'satisfaction')
  return (
    <>
      <p class="hint">
        {words.organsBasis}
        {hasSatisfaction && (
          <span class="about-picture">
            {shell.locale === 'en' && ' '}
            {fill(words.organsAxis, { percent: intervalPercent, ...axis })}
          </span>
        )}
      </p>
      <Scroll label={words.organsHeading} name="wide">
        <table class={`data organs ${hasSatisfaction ? 'full stack of-3 ' : ''}${stepsClass(axis)}`}>
          <caption class="vh">{fill(words.organsCaption, { shown: rows.length, total: organs.length })}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heads key={column.id} column={column} {...{ view, path, shell, words, axis, intervalPercent }} />
              ))}
            </tr>
          </thead>
          <tbody id="organ-rows">
            {rows.map((row) => (
              <tr key={row.code} data-search={`${row.name} ${row.search} ${row.code}`.toLowerCase()}>
                {columns.map((column) => (
                  <Cells
                    key={column.id}
                    column={column}
                    row={row}
                    axis={axis}
                    {...props}
                    place={parts.findIndex(({ id }) => id === column.id)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}

type HeadsProps = Pick<SectionProps, 'view' | 'shell' | 'words' | 'intervalPercent'> & {
  column: Column
  path: string
  axis: Axis
}

function Heads({ column, view, path, shell, words, axis, intervalPercent }: HeadsProps) {
  const { id, label, numeric, kind } = column
  return (
    <>
      <SortHead
        label={label}
        href={organViewHref(path, sortedBy(view, id), shell.locale)}
        sorted={view.sort === id ? view.direction : null}
        action={fill(words.sortBy, { column: label })}
        numeric={numeric}
        name={`c-${kind}`}
      />
      {kind === 'satisfaction' && (
        <th scope="col" class="v">
          {fill(words.interval, { percent: intervalPercent })}
          <AxisScale axis={axis} />
        </th>
      )}
      {kind === 'overall' && (
        <th scope="col" class="c-grade">
          {words.grade}
        </th>
      )}
    </>
  )
}

type CellsProps = TableProps & { column: Column; row: OrganRow; axis: Axis; place: number }

function Cells({ column, row, axis, place, names, words, shell, grades }: CellsProps) {
  switch (column.kind) {
    case 'name':
      return (
        <th scope="row">
          <a
            href={carry(urls.organScores(shell.place?.jid ?? '', shell.place?.cycle ?? '', row.code), {
              locale: shell.locale,
            })}
          >
            <bdi>{row.name}</bdi>
          </a>
        </th>
      )
    case 'group': {
      const { result, n } = row.groups[column.id as GroupId]
      return (
        <td class="n c-group">
          <ScoreText words={names} value={result} what={column.label} />
          {result.status === 'ok' && <small>{fill(words.nOf, { n: grouped(n) })}</small>}
        </td>
      )
    }
    case 'satisfaction':
      return <SatisfactionCells row={row} axis={axis} names={names} />
    case 'part':
      return (
        <td class="n c-part">
          <ScoreText words={names} value={row.parts[place] ?? missing(column.label)} what={column.label} />
        </td>
      )
    case 'overall':
      return <OverallCells row={row} names={names} grades={grades} />
  }
}

const missing = (part: string): Score => ({ status: 'withheld', why: { reason: 'score_missing', parts: [part] } })

// Narrow screens drop the column of pictures, so the words beside it may not reach into it.
function SatisfactionCells({ row, axis, names }: { row: OrganRow; axis: Axis; names: ResultsMessages }) {
  const { satisfaction, interval } = row
  const isScored = satisfaction.status === 'ok'
  return (
    <>
      <td class="n">
        {isScored ? (
          <strong class="num">{satisfaction.score}</strong>
        ) : (
          <ScoreText words={names} value={satisfaction} what={names.satisfactionScore} />
        )}
        {isScored && interval && <small>{intervalText(names, interval)}</small>}
      </td>
      <td class="v">{isScored && <IntervalMark score={satisfaction.score} interval={interval} axis={axis} />}</td>
    </>
  )
}

type OverallProps = { row: OrganRow; names: ResultsMessages; grades: DashboardPageProps['grades'] }

function OverallCells({ row, names, grades }: OverallProps) {
  if (row.overall.status !== 'ok') {
    return (
      <td class="join" colSpan={2}>
        <ScoreText words={names} value={row.overall} what={names.overallScore} />
      </td>
    )
  }
  return (
    <>
      <td class="n">
        <strong class="num">{row.overall.score}</strong>
        {row.overallInterval && <small>{intervalText(names, row.overallInterval)}</small>}
      </td>
      <td class="g">
        <Grade grades={grades} id={row.grade} />
      </td>
    </>
  )
}
