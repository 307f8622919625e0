import type { ComponentChildren } from 'preact'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { lineageMessages } from '../../messages/lineage.ts'
import { type PublicSiteMessages, publicSiteMessages } from '../../messages/public-site.ts'
import { type ResultsMessages, resultsMessages } from '../../messages/results.ts'
import { Scroll, ScrollTable } from '../../parts/data-table.tsx'
import { Filled } from '../../parts/filled.tsx'
import { Grade, type GradeDefinition } from '../../parts/grade.tsx'
import {
  AxisScale,
  axisOf,
  cutsInside,
  type Interval,
  IntervalMark,
  intervalText,
  stepsClass,
} from '../../parts/interval.tsx'
import { type LineageLine, type LineageStep, LineageTree, Stairs } from '../../parts/lineage.tsx'
import { grouped } from '../../parts/numbers.ts'
import { type Score, ScoreText, withheldText } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import type { ResultsRow } from './results.tsx'
import { History, type OrganHistory } from './results-history.tsx'
import { QuarantineBlock, type QuarantineNote } from './results-ranks.tsx'
import { placeText } from './results-table.tsx'
import { SiteNav, type SitePlace, yearOf } from './site-nav.tsx'

/** One question of one group, as far as it is published. */
export type PublicQuestion = {
  id: string
  title: string
  weight: string
  /** null where too few have answered. */
  mean: string | null
  n: number | null
  /** Percent; null where it is not published. */
  dontKnowPercent: string | null
}

export type PublicGroup = {
  group: GroupId
  /** null: not asked about organs of this class. */
  weight: string | null
  score: Score
  interval: Interval | null
  n: number
  contribution: string | null
  questions: readonly PublicQuestion[]
}

export type PublicOrganProps = View &
  SitePlace & {
    organ: string
    organClass: string
    row: ResultsRow
    grades: readonly GradeDefinition[]
    intervalPercent: string
    /** Percent by grade, best first; none where there is no error to speak of. */
    probabilities: readonly { grade: string; percent: string }[]
    groups: readonly PublicGroup[]
    lines: readonly LineageLine[]
    /** None where there is no overall score. */
    steps: readonly LineageStep[]
    /** Whether reasons of deductions are published. */
    hasReasons: boolean
    /** SHA-256 of the organ's entry in the file below as canonical JSON, hexadecimal. */
    lineageHash: string
    quarantined: readonly QuarantineNote[]
    /** Of the published files. */
    address: string
    /** The file with the tree of every score; null where it was not published. */
    lineageHref: string | null
    renamed: readonly { name: string; now: string }[]
    history: readonly OrganHistory[]
  }

export const publicOrganTitle = (props: PublicOrganProps): string =>
  `${fill(publicSiteMessages(props.locale).organTitle, { organ: props.row.name })} – ${yearOf(props, props.locale)}`

type Said = PublicOrganProps & { words: PublicSiteMessages; names: ResultsMessages }

/** What was published about one organ, from its overall score down to single questions. */
export function PublicOrganPage(props: PublicOrganProps) {
  const { locale, jid, cycle, organ, row, renamed, history } = props
  const words = publicSiteMessages(locale)
  const said = { ...props, words, names: resultsMessages(locale) }
  const hasHistory = renamed.length + history.length > 0
  return (
    <PublicFrame {...props} path={urls.resultsOrgan(jid, cycle, organ)} wide>
      <p class="step">
        <bdi>{yearOf(props, locale)}</bdi>
      </p>
      <h1>
        <Filled text={words.organTitle} values={{ organ: <bdi>{row.name}</bdi> }} />
      </h1>
      <SiteNav {...props} here={null} />
      <Summary {...said} />
      <Why {...said} />
      <Groups {...said} />
      {props.groups.map((own) => own.weight !== null && <Questions key={own.group} {...said} own={own} />)}
      <QuarantineBlock {...said} words={said.names} />
      {hasHistory && <h2>{words.historyHeading}</h2>}
      <History renamed={renamed} history={history} locale={locale} />
      <p>
        <a class="alone" href={carry(urls.results(jid, cycle), props)}>
          {words.backToAll}
        </a>
      </p>
    </PublicFrame>
  )
}

function Summary({ row, organClass, grades, intervalPercent: percent, probabilities, locale, words, names }: Said) {
  const facts: [string, ComponentChildren][] = [
    [
      words.satisfaction,
      <Figure
        key="s"
        {...{ words, names, percent }}
        score={row.satisfaction}
        interval={row.interval}
        what={names.satisfactionScore}
      />,
    ],
    [
      words.overall,
      <>
        <Figure
          {...{ words, names, percent }}
          score={row.overall}
          interval={row.overallInterval}
          what={names.overallScore}
        />{' '}
        <Grade grades={grades} id={row.grade} />
        {row.overall.status === 'ok' && (
          <div>
            <a class="alone" href="#why">
              {fill(lineageMessages(locale).why, { score: row.overall.score })}
            </a>
          </div>
        )}
      </>,
    ],
  ]
  const cuts = cutsInside(
    row.overallInterval,
    grades.map(({ minimum }) => minimum),
  )
  const sure = probabilities.map((each) => fill(words.probability, each)).join(names.listSeparator)
  return (
    <section aria-labelledby="summary-title">
      <h2 id="summary-title">{words.summaryHeading}</h2>
      <div class="asked">
        <dl>
          {[...facts, [words.place, placeText(row, names)] as const].map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd class="num">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <p class="hint">{organClass}</p>
      {cuts.map((cut) => (
        <p key={cut}>{fill(names.crosses, { cut })}</p>
      ))}
      {sure !== '' && <p>{fill(words.probabilities, { list: sure })}</p>}
    </section>
  )
}

function Figure({
  score,
  interval,
  what,
  percent,
  words,
  names,
}: Pick<Said, 'words' | 'names'> & { score: Score; interval: Interval | null; what: string; percent: string }) {
  return (
    <>
      <ScoreText words={names} value={score} what={what} />
      {score.status === 'ok' && interval && (
        <small>
          {' '}
          {interval.status === 'ok'
            ? fill(words.intervalWith, { percent, text: intervalText(names, interval) })
            : intervalText(names, interval)}
        </small>
      )}
    </>
  )
}

function Groups({ groups, intervalPercent, words, names }: Said) {
  const axis = axisOf(groups)
  return (
    <section aria-labelledby="groups-title">
      <h2 id="groups-title">{words.groupsHeading}</h2>
      <p class="hint">{fill(words.axis, axis)}</p>
      <Scroll label={words.groupsCaption}>
        <table class={`data ${stepsClass(axis)}`}>
          <caption class="vh">{words.groupsCaption}</caption>
          <thead>
            <tr>
              <th scope="col">{words.group}</th>
              {[words.weight, words.n, words.score].map((label) => (
                <th key={label} scope="col" class="n">
                  {label}
                </th>
              ))}
              <th scope="col" class="v">
                {fill(words.interval, { percent: intervalPercent })}
                <AxisScale axis={axis} />
              </th>
              <th scope="col" class="n">
                {words.contribution}
              </th>
            </tr>
          </thead>
          <tbody>
            {groups.map((own) => (
              <tr key={own.group}>
                <th scope="row">{names[own.group]}</th>
                {own.weight === null ? (
                  <td colSpan={5}>{words.notAsked}</td>
                ) : (
                  <>
                    <td class="n">{own.weight}</td>
                    <td class="n">{grouped(own.n)}</td>
                    <GroupCells own={own} axis={axis} words={words} names={names} />
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

function GroupCells({
  own: { group, score, interval, contribution },
  axis,
  words,
  names,
}: Pick<Said, 'words' | 'names'> & { own: PublicGroup; axis: Parameters<typeof IntervalMark>[0]['axis'] }) {
  if (score.status !== 'ok') return <td colSpan={3}>{withheldText(names, score.why, names[group])}</td>
  return (
    <>
      <td class="n">
        <b>{score.score}</b>
        {interval && <small>{intervalText(names, interval)}</small>}
      </td>
      <td class="v">
        <IntervalMark score={score.score} interval={interval} axis={axis} />
      </td>
      <td class="n">{contribution ?? words.notScored}</td>
    </>
  )
}

function Questions({ own: { group, questions }, words, names }: Said & { own: PublicGroup }) {
  const caption = fill(words.questionsCaption, { group: names[group] })
  const hidden = group === 'leaders' ? words.leadersHidden : words.hidden
  return (
    <section aria-labelledby={`questions-${group}`}>
      <h2 id={`questions-${group}`}>{caption}</h2>
      {questions.length === 0 ? (
        <p class="note">{words.questionsNone}</p>
      ) : (
        <ScrollTable
          caption={caption}
          quietCaption
          columns={[
            { label: words.question },
            { label: words.weight, numeric: true },
            { label: words.mean, numeric: true },
            { label: words.answers, numeric: true },
            { label: words.dontKnow, numeric: true },
          ]}
          rows={questions.map(({ title, weight, mean, n, dontKnowPercent }) => [
            title,
            weight,
            mean ?? words.hidden,
            n === null ? words.hidden : grouped(n),
            dontKnowPercent === null ? hidden : `${dontKnowPercent}%`,
          ])}
        />
      )}
    </section>
  )
}

/** From the overall score to single deductions and counts of answers, everything unfolded. */
function Why({ lines, steps, row, hasReasons, lineageHash, lineageHref, address, locale, size, words }: Said) {
  const why = lineageMessages(locale)
  return (
    <div id="why">
      {row.overall.status === 'ok' && <Stairs steps={steps} total={row.overall.score} words={why} />}
      <LineageTree lines={lines} words={why} note={words.treeNote} isOpen />
      <p class="hint">{hasReasons ? words.reasons_public : words.reasons_organ}</p>
      <p class="hint">
        {why.hash} <code>{lineageHash}</code>
      </p>
      <ul>
        {lineageHref && (
          <li>
            <a class="alone" href={lineageHref}>
              {words.lineage}
            </a>
          </li>
        )}
        <li>
          <a class="alone" href={`${carry(urls.verify(), { locale, size })}#${address}`}>
            {words.verifyPage}
          </a>
        </li>
      </ul>
    </div>
  )
}
