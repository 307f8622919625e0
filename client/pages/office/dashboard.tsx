import type { ComponentChild } from 'preact'
import type { CycleState, SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import type { WayCounts } from '../../../surveys/ways.ts'
import { fieldworkMessages } from '../../messages/fieldwork.ts'
import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import type { Figure, MissingFigure } from '../../parts/figure.tsx'
import { Filled } from '../../parts/filled.tsx'
import { type GradeDefinition, gradeShape, type Named } from '../../parts/grade.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { isCollecting } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import { OrgansSection } from './dashboard-organs.tsx'
import { groupShapes, hasBegun, ParticipationSection } from './dashboard-participation.tsx'
import { Live, Updates } from './fieldwork.tsx'
import { AttentionSection, attentionOf, type FieldworkGlance } from './fieldwork-attention.tsx'
import { liveName, liveTexts } from './fieldwork-counts.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import type { OrganRow, OrganView } from './organ-rows.ts'
import { RelockNote } from './relock-note.tsx'

/** Participation in one scored survey. Counts only: nothing about answers. */
export type Participation = {
  sid: string
  group: GroupId
  state: SurveyState
  /** Days as yyyymmdd, for the axis, and as the reader sees them. */
  opens: { day: number; text: string }
  closes: { day: number; text: string }
  received: number
  expected: number
  /** '83.3': responses ÷ expected × 100. */
  responsePercent: string
  /** One entry per day from opening to the latest day with a count, days without responses included. */
  daily: readonly { day: number; text: string; received: number }[]
  channels: readonly { name: string; received: number }[]
  ways: WayCounts
}

/** The ranked organs together. */
export type Ranks = {
  scored: number
  unscored: number
  pairs: number
  /** Pairs of organs that can be told apart, also as a percentage of all: '41.2'. */
  separatedPairs: number
  separatedPercent: string
  /** The percentage from which the plan lets places be printed. */
  neededPercent: number
  showsPlaces: boolean
  /** The units that a plan distinguishes: how many, and the grade that they need. */
  advanced: { title: string; count: number; grade: string }
  /** The plan's points, then other points for the levels; [] while nothing can be compared. */
  mappings: readonly MappingLine[]
}

export type MappingLine = {
  title: string
  /** Best level first. */
  points: readonly string[]
  /** Against the plan's points: organs with another grade, by name; null for the plan's points themselves. */
  change: { grades: readonly string[]; largestMove: number; pairsReversed: number } | null
}

export type DashboardPageProps = {
  shell: OfficeShellProps
  cycleState: CycleState
  /** Scored surveys in the order leaders, recipients, public. */
  participation: readonly Participation[]
  progress: Figure | MissingFigure
  /** The open channel: its own block, never part of a sum. */
  openChannel: { state: SurveyState; received: number; channels: readonly { name: string; received: number }[] } | null
  /** How fieldwork stands; null once no survey takes answers. */
  fieldwork: FieldworkGlance | null
  /** Days to the last close, 0 on its day; null when every survey is closed. */
  daysLeft: number | null
  /** All organs in any order; the page filters and sorts by `view`. */
  organs: readonly OrganRow[]
  view: OrganView
  /** The organs of the view, drawn. */
  chart: Figure | MissingFigure
  /** Classes of organs and level-1 parts without satisfaction, in plan order and in the reader's language. */
  classes: readonly Named[]
  parts: readonly Named[]
  grades: readonly GradeDefinition[]
  /** What the order of the organs means; null while none of those that the plan ranks has an overall score. */
  ranks: Ranks | null
  /** '95': the level of every interval on the page. */
  intervalPercent: string
  /** The locked version that no longer has the scores of the year; null where it need not be locked anew. */
  relock: number | null
  /** SHA-256 of the frozen plan, hexadecimal. */
  planHash: string
  /** Moment of the figures, as the reader sees it. */
  updated: string
}

/** The cycle that is overlooked. */
export function dashboardTitle({ shell }: DashboardPageProps): string {
  return fill(officeMessages(shell.locale).dashboardTitle, { cycle: shell.place?.cycleTitle ?? '' })
}

/**
 * One cycle at a glance: who has answered, and, once surveys are closed, how every organ stands. The sections are most
 * of the page; who keeps them rendered passes what stands for them.
 */
export function DashboardPage({ sections, ...props }: DashboardPageProps & { sections?: ComponentChild }) {
  const { shell, cycleState, planHash, updated } = props
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={null} />
      <div class="head">
        <h1>
          {dashboardTitle(props)} <span class="tag">{words[cycleState]}</span>
        </h1>
        <Ways {...props} words={words} />
        {props.fieldwork && <Updates shell={shell} updated={updated} isMoving />}
        <p class="meta">
          {props.fieldwork === null && `${fill(words.updated, { time: updated })} · `}
          {words.planHash} <code title={planHash}>{planHash.slice(0, 12)}</code>
        </p>
      </div>
      <RelockNote shell={shell} version={props.relock} />
      <Tiles {...props} words={words} />
      {props.fieldwork && <AttentionSection glance={props.fieldwork} shell={shell} />}
      {sections ?? (
        <>
          <ParticipationSection {...props} words={words} />
          <OrgansSection {...props} words={words} />
        </>
      )}
    </OfficeShell>
  )
}

/** Where the public and the respondents of this cycle go. */
function Ways({ shell, cycleState, participation, words }: Said) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const names = resultsMessages(shell.locale)
  const known = participation.filter(({ state }) => state !== 'draft')
  if (cycleState === 'draft' || known.length === 0) return null
  return (
    <p class="links noprint">
      <a href={carry(urls.results(jid, cycle), { locale: shell.locale })}>{words.publicResults}</a>
      <span class="links">
        {words.surveyPages}
        {known.map(({ sid, group }) => (
          <a key={sid} href={carry(urls.start(jid, sid), { locale: shell.locale })}>
            {names[group]}
          </a>
        ))}
      </span>
    </p>
  )
}

type TileProps = { href: string; label: string; value: ComponentChild; note: ComponentChild }

function Tiles(props: DashboardPageProps & { words: OfficeMessages }) {
  return (
    <ul class="tiles">
      {[receivedTile(props), ...fieldworkTiles(props), timeTile(props), ...scoreTiles(props)].map(
        ({ href, label, value, note }) => (
          <li key={label}>
            <a href={href}>
              <span class="label">{label}</span>
              <strong class="num">{value}</strong>
              <span class="note-line">{note}</span>
            </a>
          </li>
        ),
      )}
    </ul>
  )
}

/** Shape and text that stay together when the line breaks. */
function Marked({ shape, text }: { shape: string; text: ComponentChild }) {
  return (
    <span class="together">
      <span class="shape">{shape}</span> {text}{' '}
    </span>
  )
}

type Said = DashboardPageProps & { words: OfficeMessages }

function receivedTile({ participation, fieldwork, words }: Said): TileProps {
  const received = participation.reduce((sum, survey) => sum + survey.received, 0)
  const expected = participation.reduce((sum, survey) => sum + survey.expected, 0)
  const value = (
    <Filled
      text={words.ofExpected}
      values={{
        received: fieldwork ? <Live name={liveName.all} texts={liveTexts(fieldwork.surveys)} /> : grouped(received),
        expected: grouped(expected),
      }}
    />
  )
  return { href: '#participation', label: words.tileReceived, value, note: words.tileReceivedNote }
}

function fieldworkTiles({ fieldwork, shell }: Said): TileProps[] {
  if (!fieldwork) return []
  const words = fieldworkMessages(shell.locale)
  const names = resultsMessages(shell.locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return [
    {
      href: carry(urls.fieldwork(jid, cycle), { locale: shell.locale }),
      label: words.tileGroups,
      value: fieldwork.surveys.map(({ sid, group }) => (
        <Marked
          key={sid}
          shape={groupShapes[group]}
          text={
            <>
              <Live name={liveName.of(sid, 'share')} texts={liveTexts(fieldwork.surveys)} />%
            </>
          }
        />
      )),
      note: fieldwork.surveys.map(({ sid, group }) => (
        <Marked key={sid} shape={groupShapes[group]} text={names[group]} />
      )),
    },
    {
      href: '#attention',
      label: words.tileTodo,
      value: attentionOf(fieldwork, shell).length,
      note: words.tileTodoNote,
    },
  ]
}

function timeTile({ participation, daysLeft, words }: Said): TileProps {
  const last = participation.reduce<Participation | null>(
    (latest, survey) => (latest === null || survey.closes.day > latest.closes.day ? survey : latest),
    null,
  )
  if (last && !participation.some(hasBegun)) {
    const note = fill(words.tileOpensNote, { date: last.opens.text })
    return { href: '#participation', label: words.tileClosed, value: words.tileNotBegun, note }
  }
  const note = last ? fill(words.tileClosedNote, { date: last.closes.text }) : ''
  if (daysLeft === null) return { href: '#participation', label: words.tileClosed, value: words.tileClosedValue, note }
  const value = daysLeft === 0 ? words.lastDay : fill(words.days, { n: daysLeft })
  return { href: '#participation', label: words.tileDays, value, note }
}

function scoreTiles({ organs, grades, participation, words }: Said): TileProps[] {
  const scored = organs.filter((organ) => organ.overall.status === 'ok').length
  if (scored === 0 && !participation.some(hasBegun)) {
    return [{ href: '#organs', label: words.tileCollecting, value: words.tileNotBegun, note: words.tileNotBegunNote }]
  }
  if (scored === 0 && organs.some((organ) => isCollecting(organ.overall))) {
    return [
      {
        href: '#organs',
        label: words.tileCollecting,
        value: words.tileCollectingValue,
        note: words.tileCollectingNote,
      },
    ]
  }
  const spread = grades.map(({ id, title }) => {
    const count = organs.filter((organ) => organ.grade === id).length
    return { shape: gradeShape(grades, id), title, count }
  })
  return [
    {
      href: '#organs',
      label: words.tileScored,
      value: fill(words.tileScoredValue, { scored, total: organs.length }),
      note:
        scored === organs.length ? words.tileAllScored : fill(words.tileWithheldNote, { n: organs.length - scored }),
    },
    {
      href: '#organs',
      label: words.tileGrades,
      value: spread.map(({ shape, title, count }) => <Marked key={title} shape={shape} text={String(count)} />),
      note: spread.map(({ shape, title }) => <Marked key={title} shape={shape} text={title} />),
    },
  ]
}
