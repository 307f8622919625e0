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
import type { DashboardPageProps } from './dashboard.tsx'
import { placesNote } from './dashboard-ranks.tsx'
import { organHref, placesText } from './dashboard-text.ts'
import { GradeMarks } from './grade-marks.tsx'
import { type OrganRow, organViewHref } from './organ-rows.ts'

type SectionProps = DashboardPageProps & { words: OfficeMessages }

/** A column of the table; `id` is what the address sorts by. */
type Column = {
  id: string
  label: string
  numeric: boolean
  kind: 'name' | 'group' | 'satisfaction' | 'part' | 'overall' | 'place'
}

/** A column without any number is not shown: while people may still answer, the note above says so once. */
export function columnsOf(
  { organs, parts, ranks, words }: SectionProps,
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
  if (ranks)
    columns.push({ id: 'place', label: ranks.showsPlaces ? words.place : words.tier, numeric: true, kind: 'place' })
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
  const { rows, columns, organs, view, path, shell, words, intervalPercent, parts, ranks, grades, names } = props
  const hasGrades = columns.some((column) => column.kind === 'overall')
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
      {ranks && <p class="hint">{placesNote({ ...props, ranks })}</p>}
      <Scroll label={words.organsHeading} name="wide">
        <table class={`data organs ${hasSatisfaction ? 'full stack of-3 ' : ''}${stepsClass(axis)}`}>
          <caption class="vh">{fill(words.organsCaption, { shown: rows.length, total: organs.length })}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heads key={column.id} column={column} {...{ view, path, shell, words, axis, intervalPercent }} />
              ))}
              {hasGrades && (
                <th scope="col" class="c-grade">
                  {words.grade}
                </th>
              )}
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
                {row.overall.status === 'ok' && (
                  <td class="g">
                    <Grade grades={grades} id={row.grade} />
                    <GradeMarks marks={row.marks} words={words} names={names} />
                  </td>
                )}
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
    </>
  )
}

type CellsProps = TableProps & { column: Column; row: OrganRow; axis: Axis; place: number }

function Cells({ column, row, axis, place, names, words, shell, ranks }: CellsProps) {
  switch (column.kind) {
    case 'name':
      return (
        <th scope="row">
          <a href={organHref(shell, row)}>
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
      return <OverallCell row={row} names={names} words={words} span={ranks ? 3 : 2} />
    case 'place':
      return row.overall.status === 'ok' ? <PlaceCell rank={row.rank} words={words} /> : null
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

type OverallProps = { row: OrganRow; names: ResultsMessages; words: OfficeMessages; span: number }

/** Without an overall score there is neither place nor grade: the reason takes their room. */
function OverallCell({ row, names, words, span }: OverallProps) {
  if (row.overall.status !== 'ok') {
    return (
      <td class="join" colSpan={span}>
        <ScoreText words={names} value={row.overall} what={names.overallScore} />
        {row.rank.status === 'not_ranked' && <small>{words.not_ranked}</small>}
      </td>
    )
  }
  return (
    <td class="n">
      <strong class="num">{row.overall.score}</strong>
      {row.overallInterval && <small>{intervalText(names, row.overallInterval)}</small>}
    </td>
  )
}

function PlaceCell({ rank, words }: { rank: OrganRow['rank']; words: OfficeMessages }) {
  if (rank.status !== 'ranked') {
    return (
      <td class="n">
        <span class="why">{words.not_ranked}</span>
      </td>
    )
  }
  const places = placesText(rank.interval)
  return (
    <td class="n">
      {rank.place === null ? fill(words.tierOf, { tier: rank.tier }) : <strong class="num">{rank.place}</strong>}
      <small>{fill(rank.place === null ? words.placesOf : words.placeRange, { places })}</small>
    </td>
  )
}
