import { fill } from '../../messages/fill.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { Scroll, SortHead } from '../../parts/data-table.tsx'
import { gradeShape } from '../../parts/grade.tsx'
import {
  type Axis,
  AxisScale,
  axisOf,
  cutsInside,
  IntervalMark,
  intervalText,
  stepsClass,
} from '../../parts/interval.tsx'
import { grouped } from '../../parts/numbers.ts'
import { arrange, readDirection, sortedBy } from '../../parts/sorting.ts'
import { type Score, type Withheld, withheldText } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import {
  isLatest,
  type ResultsPageProps,
  type ResultsRow,
  type ResultsView,
  type SurveyNote,
  usualSort,
} from './results.tsx'
import { orderText } from './results-ranks.tsx'

type TableProps = ResultsPageProps & { words: ResultsMessages }

/** All organs of the chosen class. Every row is kept short: a hundred of them fit into one small document. */
export function ResultsTable(props: TableProps) {
  const { locale, organs, view, words, intervalPercent, dontKnowLimit } = props
  const rows = arrangeResults(organs, view, locale)
  const axis = axisOf(organs.map(({ satisfaction, interval }) => ({ score: satisfaction, interval })))
  const head = { ...props, axis }
  return (
    <>
      <ClassFilter {...props} />
      <p class="hint">{sentences(locale, fill(words.axisNote, axis), orderText(props))}</p>
      {rows.length === 0 ? (
        <p class="note">
          {words.noMatch} <a href={viewHref(props, { ...view, organClass: '' })}>{words.clearFilter}</a>
        </p>
      ) : (
        <Scroll label={fill(words.tableCaption, { shown: rows.length })}>
          <table class={`iv ${stepsClass(axis)}${props.ranks ? ' ranked' : ''}`}>
            <caption class="vh">{fill(words.tableCaption, { shown: rows.length })}</caption>
            <thead>
              <tr>
                <Head {...head} sort="name" label={words.organ} />
                <Head {...head} sort="satisfaction" label={words.satisfaction} numeric />
                <th scope="col" class="v">
                  {fill(words.interval, { percent: intervalPercent })}
                  <AxisScale axis={axis} />
                </th>
                {props.ranks && (
                  <Head {...head} sort="place" label={props.ranks.showsPlaces ? words.place : words.tier} name="n p" />
                )}
                <th scope="col" class="n">
                  {words.responses}
                  <small>{words.responsesHead}</small>
                </th>
                <th scope="col" class="n">
                  {words.dontKnow}
                </th>
                <Head {...head} sort="overall" label={words.overallGrade} numeric />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.name} row={row} axis={axis} {...props} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <p class="hint">{words.dontKnowNote}</p>
      {rows.some((row) => row.dontKnowFlagged) && (
        <p class="hint">{fill(words.scoreMarkNote, { limit: dontKnowLimit })}</p>
      )}
    </>
  )
}

function ClassFilter(props: TableProps) {
  const { classes, view, words } = props
  return (
    <nav class="chips" aria-label={words.filterLabel}>
      {[{ id: '', title: words.allClasses }, ...classes].map(({ id, title }) => (
        <a
          key={id}
          href={viewHref(props, { ...view, organClass: id })}
          aria-current={view.organClass === id ? 'true' : undefined}
        >
          {title}
        </a>
      ))}
    </nav>
  )
}

function Head(props: TableProps & { sort: ResultsView['sort']; label: string; numeric?: boolean; name?: string }) {
  const { sort, label, view, words, numeric, name } = props
  return (
    <SortHead
      label={label}
      href={viewHref(props, sortedBy(view, sort))}
      sorted={view.sort === sort ? view.direction : null}
      action={fill(words.sortBy, { column: label })}
      numeric={numeric === true}
      {...(name === undefined ? {} : { name })}
    />
  )
}

function Row(props: TableProps & { row: ResultsRow; axis: Axis }) {
  const { row, axis, words, grades, surveys, ranks, jid, cycle } = props
  const { satisfaction, interval, n } = row
  return (
    <tr>
      <th scope="row">
        {isLatest(props) ? <a href={carry(urls.resultsOrgan(jid, cycle, row.code), props)}>{row.name}</a> : row.name}
      </th>
      {satisfaction.status === 'ok' ? (
        <>
          <td>
            <b>{satisfaction.score}</b>
            {interval && <small>{intervalText(words, interval)}</small>}
          </td>
          <td class="v">
            <IntervalMark score={satisfaction.score} interval={interval} axis={axis} />
          </td>
        </>
      ) : (
        <td colSpan={2}>{whyWithheld(row, satisfaction.why, surveys, words)}</td>
      )}
      {ranks && <td>{placeText(row, words)}</td>}
      <td>
        <i>{words.responses} </i>
        {grouped(n.leaders)} / {grouped(n.recipients)} / {grouped(n.public)}
      </td>
      <td>
        <i>{words.dontKnow} </i>
        {row.dontKnowPercent === null ? words.noAnswers : `${row.dontKnowFlagged ? '▲ ' : ''}${row.dontKnowPercent}%`}
      </td>
      <td>
        <i>{words.overallGrade} </i>
        <Overall row={row} grades={grades} words={words} />
      </td>
    </tr>
  )
}

/** A place never stands without its interval. */
export function placeText({ rank, isTied }: ResultsRow, words: ResultsMessages): string {
  if (rank.status === 'not_ranked') return words.notRanked
  if (rank.status === 'unscored') return words.notPlaced
  if (rank.place === null) return fill(words.tierOf, { tier: rank.tier })
  const [best, worst] = rank.interval
  const places = best === worst ? best : `${best}–${worst}`
  return fill(isTied ? words.placeTied : words.placeOf, { place: rank.place, places })
}

type OverallProps = { row: ResultsRow; grades: ResultsPageProps['grades']; words: ResultsMessages }

/** The score decides the grade; where its interval reaches over a limit, the words say which. */
function Overall({ row: { overall, overallInterval, grade }, grades, words }: OverallProps) {
  if (overall.status !== 'ok') return <>{withheldText(words, overall.why, words.overallScore)}</>
  const title = grades.find(({ id }) => id === grade)?.title ?? ''
  const cuts = cutsInside(
    overallInterval,
    grades.map(({ minimum }) => minimum),
  )
  return (
    <>
      {overall.score} <b aria-hidden="true">{gradeShape(grades, grade ?? '')}</b>
      {`\u00A0${title}`}
      {overallInterval && <small>{intervalText(words, overallInterval)}</small>}
      {cuts.map((cut) => (
        <small key={cut}>{fill(words.crosses, { cut })}</small>
      ))}
    </>
  )
}

/** 样本不足：群众收回 61 份，少于 100 份，不公布得分. The counts stand in the row, the minimum in the plan. */
function whyWithheld({ n }: ResultsRow, why: Withheld, surveys: readonly SurveyNote[], words: ResultsMessages): string {
  if (why.reason !== 'group_insufficient') return withheldText(words, why, words.satisfactionScore)
  const told = why.groups.map((group) => {
    const minimum = surveys.find((survey) => survey.group === group)?.minimum.n ?? 0
    const counts = { group: words[group], n: grouped(n[group]), minimum: grouped(minimum) }
    return fill(n[group] < minimum ? words.groupTooFew : words.groupNotEnough, counts)
  })
  return fill(words.scoreNotPublished, { why: fill(words.tooFew, { list: told.join(words.clauseSeparator) }) })
}

/** The path of a view; what is at its default is left out. */
export function viewPath({ path, ranks }: ResultsPageProps, view: ResultsView): string {
  const query = new URLSearchParams()
  const usual = usualSort(ranks !== null)
  if (view.sort !== usual) query.set('sort', view.sort)
  if (view.sort !== usual || view.direction !== readDirection(undefined, usual)) query.set('dir', view.direction)
  if (view.organClass !== '') query.set('class', view.organClass)
  return query.size === 0 ? path : `${path}?${query}`
}

const viewHref = (props: TableProps, view: ResultsView): string => carry(viewPath(props, view), props)

/** The rows that a view shows, in its order. */
export function arrangeResults(rows: readonly ResultsRow[], view: ResultsView, locale: string): ResultsRow[] {
  const chosen = rows.filter((row) => view.organClass === '' || row.organClass === view.organClass)
  return arrange(chosen, view, (row) => scoreOf(row, view.sort), locale)
}

function scoreOf({ overall, satisfaction, rank }: ResultsRow, sort: ResultsView['sort']): Score {
  if (sort === 'overall') return overall
  if (sort !== 'place') return satisfaction
  // Inside a tier, and of equal places, the name decides.
  if (rank.status === 'ranked') return { status: 'ok', score: String(rank.place ?? rank.tier) }
  return { status: 'withheld', why: { reason: 'score_missing', parts: [] } }
}
