import type { ComponentChildren } from 'preact'
import type { SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { type FieldworkMessages, fieldworkMessages } from '../../messages/fieldwork.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type ResultsMessages, resultsMessages } from '../../messages/results.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import type { Figure, MissingFigure } from '../../parts/figure.tsx'
import type { Interval } from '../../parts/interval.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import type { Score } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import type { Participation } from './dashboard.tsx'
import { DaysSection, FunnelSection } from './fieldwork-charts.tsx'
import { type CellCounts, liveTexts, type SurveyCounts } from './fieldwork-counts.ts'
import { FiguresSection, OrgansSection } from './fieldwork-live.tsx'
import { PromptsSection } from './fieldwork-prompts.tsx'
import { ChannelsSection, TargetsSection } from './fieldwork-targets.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type FieldworkStep = { step: 'roster' | 'sent' | 'drawn' | 'arrived' | 'valid'; n: number }

/** A day that stands out, and what was noted about it. */
export type PromptView = {
  kind: 'channel' | 'organ'
  /** Code of the channel or the organ, and its name. */
  unit: string
  name: string
  day: number
  dayText: string
  k: number
  n: number
  expected: string
  p: string
  q: string
  mark: { person: string; day: string; note: string } | null
}

/** Figures of a live survey that takes answers. */
export type FiguresView = {
  /** Answers in a batch, and the fewest behind a score. */
  batch: number
  least: number
  intervalPercent: string
  rows: readonly { name: string; score: Score; interval: Interval | null; n: number; day: string }[]
}

export type FieldworkSurvey = Omit<Participation, 'received' | 'channels'> &
  Omit<SurveyCounts, 'cells' | 'channels'> & {
    isSealed: boolean
    isOpen: boolean
    /** `title` is null where the group is one cell. */
    cells: readonly (CellCounts & { title: string | null; isQuota: boolean; isBehind: boolean })[]
    channels: readonly (SurveyCounts['channels'][number] & { name: string; share: string })[]
    /** People on the roster; null where nobody lists whom the survey asks. */
    listed: number | null
    returned: number
    /** RR1 in percent; null without a roster. */
    rate: string | null
    steps: readonly FieldworkStep[]
    tests: number
    prompts: readonly PromptView[]
    /** Live surveys of services: what came about each organ, days that are over; fewest first. */
    organs: readonly { name: string; received: number; services: number }[]
    figures: FiguresView | null
  }

export type FieldworkPageProps = {
  shell: OfficeShellProps
  /** Scored surveys that were opened, in the order leaders, recipients, public. */
  surveys: readonly FieldworkSurvey[]
  openChannel: { sid: string; state: SurveyState; channels: FieldworkSurvey['channels']; received: number } | null
  /** Of each of them, where people are lost; all of them, in all and day by day. */
  funnels: readonly { sid: string; group: GroupId; figure: Figure | MissingFigure }[]
  progress: Figure | MissingFigure
  days: Figure | MissingFigure
  /** The plan's level of q: '0.01'. */
  level: string
  updated: string
  /** This person may note something. */
  mayMark: boolean
  done: boolean
  /** A note that was not saved: about which prompt, what was typed, and why. */
  problem: { form: string; typed: string; code: 'note' | 'changed' } | null
}

export const fieldworkTitle = ({ shell, problem }: Pick<FieldworkPageProps, 'shell' | 'problem'>): string => {
  const title = fill(fieldworkMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What the parts of the page share. */
export type FieldworkPart = FieldworkPageProps & {
  words: FieldworkMessages
  names: ResultsMessages
  texts: Readonly<Record<string, string>>
}

/** Everything that may be known of a cycle's surveys while people answer. Without script it is the page as it was loaded. */
export function FieldworkPage(props: FieldworkPageProps) {
  const { shell, surveys, openChannel, problem, done, updated } = props
  const { locale } = shell
  const words = fieldworkMessages(locale)
  const part: FieldworkPart = { ...props, words, names: resultsMessages(locale), texts: textsOf(props) }
  const sealed = surveys.filter(({ isSealed, isOpen }) => isSealed && isOpen)
  const latest = sealed.toSorted((a, b) => b.closes.day - a.closes.day)[0]
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      {problem && (
        <ErrorSummary locale={locale} lines={[{ href: `#${problem.form}`, text: noteProblem(words, problem.code) }]} />
      )}
      <div class="head">
        <h1>{fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
        <Updates
          shell={shell}
          updated={updated}
          isMoving={surveys.some(({ isOpen }) => isOpen) || openChannel?.state === 'open'}
        >
          {surveys.length > 0 && ` · ${words.over}`}
        </Updates>
      </div>
      {done && (
        <p class="note" role="status">
          {words.saved}
        </p>
      )}
      <p class="lead">{words.lead}</p>
      {latest && (
        <p class="note">
          {fill(words.noScores, { date: latest.closes.text })} {words.daily}
        </p>
      )}
      {surveys.length === 0 && !openChannel ? (
        <p class="note">{words.none}</p>
      ) : (
        <>
          <TargetsSection {...part} />
          <ChannelsSection {...part} />
          <FunnelSection {...part} />
          <DaysSection {...part} />
          <PromptsSection {...part} />
          <FiguresSection {...part} />
          <OrgansSection {...part} />
        </>
      )}
    </OfficeShell>
  )
}

/** Every count that the page prints and the stream may change. */
function textsOf({ surveys, openChannel }: FieldworkPageProps): Record<string, string> {
  const open = openChannel && { ...openChannel, target: 0, remaining: 0, share: '0', cells: [], arrived: 0 }
  return liveTexts(open ? [...surveys, open] : surveys)
}

export const noteProblem = (words: FieldworkMessages, code: 'note' | 'changed'): string =>
  code === 'note' ? words.noteProblem : words.markConflict

/** When the counts are from. While they move script adds the stream, and a button that holds it; else what follows is said. */
export function Updates({
  shell,
  updated,
  isMoving,
  children,
}: Pick<FieldworkPageProps, 'shell' | 'updated'> & { isMoving: boolean; children?: ComponentChildren }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const words = fieldworkMessages(shell.locale)
  return (
    <p
      class="meta"
      {...(isMoving
        ? {
            'data-stream': carry(urls.fieldworkCounts(jid, cycle), { locale: shell.locale }),
            'data-words': JSON.stringify({
              updated: words.updated,
              pause: words.pause,
              resume: words.resume,
              live: words.live,
              paused: words.paused,
              lost: words.lost,
              ended: words.ended,
            }),
          }
        : {})}
    >
      <span data-updated>{fill(words.updated, { time: updated })}</span>
      {isMoving ? (
        <>
          {' '}
          <span role="status" />{' '}
          <button type="button" class="quiet noprint" hidden>
            {words.pause}
          </button>
        </>
      ) : (
        children
      )}
    </p>
  )
}

/** A count that may change while one looks. */
export function Live({ name, texts }: { name: string; texts: FieldworkPart['texts'] }) {
  return (
    <span class="num" data-live={name}>
      {texts[name]}
    </span>
  )
}

/** A share as a bar, for the eye; the number stands beside it. */
export function LiveMeter({ name, texts }: { name: string; texts: FieldworkPart['texts'] }) {
  return (
    <svg class="meter" aria-hidden="true">
      <rect class="back" width="100%" height="6" rx="3" />
      <rect class="front" data-live-bar={name} width={barWidth(texts[name] ?? '0')} height="6" rx="3" />
    </svg>
  )
}

/** barWidth('34.5') // '34.5%'; never wider than the whole */
export const barWidth = (percent: string): string => `${Math.min(100, Number.parseFloat(percent.replace('<', '')))}%`
