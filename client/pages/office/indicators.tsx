import type { IndicatorRow, TreeDifference, TreeProblem } from '../../../surveys/indicator-tree.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { type IndicatorMessages, indicatorMessages } from '../../messages/indicators.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Select, TextArea } from '../../parts/field.tsx'
import { mayDecide, mayFollow, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { Differences, versionKey } from './indicator-differences.tsx'
import { type ClassTitle, IndicatorFields, numbersOf, rowField, treeProblemText } from './indicator-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'

export type IndicatorsPageProps = {
  shell: OfficeShellProps
  /** As they were typed or are stored. */
  rows: readonly IndicatorRow[]
  problems: readonly TreeProblem[]
  /** What no row is about: a rule of the plan, something to be done first. */
  refusal: string | null
  classes: readonly ClassTitle[]
  groups: readonly { title: string; weight: string }[]
  /** The newest version when the page was made. */
  seen: number
  versions: readonly { cycle: string; version: number; by: string; saved: string | null; agreed: string | null }[]
  /** From where a system can be copied: value and title. */
  sources: readonly { value: string; text: string }[]
  /** What organs wanted to do after the cycle before: value and words; and the part below which it comes. */
  offered: { under: string; items: readonly { value: string; text: string }[] }
  /** Why nobody can change it now. */
  lock: 'frozen' | 'opened' | 'scored' | null
  /** When two people agreed to it; null before that. */
  agreed: string | null
  /** Whether a request waits for the second person. */
  isWaiting: boolean
  reason: { typed: string; isWrong: boolean }
  outcome:
    | { kind: 'none' | 'unchanged' | 'unsaved' | 'proposed' }
    | { kind: 'saved'; version: number }
    | {
        kind: 'conflict'
        name: string
        time: string
        theirs: readonly TreeDifference[]
        yours: readonly TreeDifference[]
      }
}

export function indicatorsTitle({ shell, problems, refusal, outcome, reason }: IndicatorsPageProps): string {
  const title = fill(indicatorMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  const isFailed = problems.length > 0 || refusal !== null || reason.isWrong || outcome.kind === 'conflict'
  return isFailed ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The indicator system of a cycle: as fields for those who may change it, as a table for everybody else. */
export function IndicatorsPage(props: IndicatorsPageProps) {
  const { shell, problems, refusal, classes, lock, agreed, isWaiting, reason } = props
  const { locale } = shell
  const words = indicatorMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = shell.place ?? {}
  const isEditor = mayDecide(shell) && lock === null
  const lines = problems.map((each) => ({
    href: each.row === -1 ? '#main' : `#${rowField(each.row, each.field)}`,
    text: treeProblemText(locale, each, classes),
  }))
  if (refusal) lines.push({ href: '#main', text: refusal })
  if (reason.isWrong) lines.push({ href: '#reason', text: fill(words.amendReasonProblem, reasonLength) })
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{fill(words.title, { cycle: cycleTitle })}</h1>
      <Outcome {...props} />
      <p class="lead">{words.lead}</p>
      {agreed && <p class="note">{fill(words.agreedNote, { time: agreed })}</p>}
      {lock && <p class="note warn">{words[`lock_${lock}`]}</p>}
      {isWaiting && mayFollow(shell) && (
        <p class="note">
          {words.waiting} <a href={carry(urls.approvals(jid), { locale })}>{words.waitingLink}</a>
        </p>
      )}
      {isEditor ? (
        <form class="form" method="post" action={carry(urls.indicators(jid, cycle), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: props.seen }} />
          <Buttons {...props} words={words} />
          <Sources {...props} words={words} />
          <Offered {...props} words={words} />
          <IndicatorFields {...props} locale={locale} />
          <Buttons {...props} words={words} />
          {!isWaiting && <Agreement {...props} words={words} />}
        </form>
      ) : (
        <TreeTable {...props} words={words} />
      )}
      {mayFollow(shell) && <Versions {...props} words={words} />}
    </OfficeShell>
  )
}

type PartProps = IndicatorsPageProps & { words: IndicatorMessages }

function Outcome({ shell, outcome, seen, classes }: IndicatorsPageProps) {
  const words = indicatorMessages(shell.locale)
  if (outcome.kind === 'none') return null
  if (outcome.kind !== 'conflict')
    return (
      <p class="note" role="status">
        {outcome.kind === 'saved' ? fill(words.saved, { version: outcome.version }) : words[outcome.kind]}
      </p>
    )
  const { name, time, theirs, yours } = outcome
  const said = { locale: shell.locale, classes }
  return (
    <section class="block" role="alert">
      <p class="note bad">{fill(words.conflict, { name, time, version: seen })}</p>
      <Differences {...said} caption={words.conflictTheirs} differences={theirs} />
      <Differences {...said} caption={fill(words.conflictYours, { version: seen })} differences={yours} />
      <p>{fill(words.conflictNext, { next: seen + 1 })}</p>
    </section>
  )
}

function Buttons({ words, agreed }: PartProps) {
  return (
    <p class="buttons">
      {/* Enter in a field presses the first button of a form. */}
      <button type="submit" class="btn btn-2" name="do" value="check">
        {words.check}
      </button>
      {agreed === null && (
        <button type="submit" class="btn" name="do" value="save">
          {words.save}
        </button>
      )}
    </p>
  )
}

function Sources({ sources, words }: PartProps) {
  return (
    <details class="block">
      <summary>{words.source}</summary>
      <Select name="from" label={words.source} hint={words.sourceHint} options={sources} value="" />
      <button type="submit" class="btn btn-2" name="do" value="load">
        {words.sourceButton}
      </button>
    </details>
  )
}

function Offered({ shell, offered: { under, items } }: PartProps) {
  const words = followUpMessages(shell.locale)
  if (items.length === 0) return null
  return (
    <details class="block">
      <summary>{words.offered}</summary>
      <p class="hint">{fill(words.offeredHint, { under })}</p>
      <ul class="self-files">
        {items.map(({ value, text }) => (
          <li key={value}>
            <button type="submit" class="btn btn-2" name="do" value={`offer:${value}`}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** How two people agree to the system, or to a change of what they agreed to. */
function Agreement({ words, agreed, seen, reason }: PartProps) {
  return (
    <section class="block">
      <h2>{agreed ? words.amendTitle : words.freezeTitle}</h2>
      <p>{agreed ? fill(words.amendText, { time: agreed }) : words.freezeText}</p>
      {agreed && (
        <TextArea
          name="reason"
          label={words.amendReason}
          hint={fill(words.amendReasonHint, reasonLength)}
          problem={reason.isWrong ? fill(words.amendReasonProblem, reasonLength) : undefined}
          input={{ rows: 3, value: reason.typed, autocomplete: 'off' }}
        />
      )}
      <button type="submit" class="btn" name="do" value="propose">
        {agreed ? words.amendButton : fill(words.freezeButton, { version: seen })}
      </button>
    </section>
  )
}

function TreeTable({ shell, rows, classes, groups, words }: PartProps) {
  const numbers = numbersOf(rows)
  const isEnglish = shell.locale === 'en'
  const titles = ({ classes: own }: IndicatorRow) =>
    own.length === 0
      ? words.allClasses
      : own.map((id) => classes.find((each) => each.id === id)?.title ?? id).join(', ')
  const caption = fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })
  return (
    <div class="block">
      <Scroll label={caption}>
        <DataTable
          caption={caption}
          quietCaption
          columns={[
            { label: words.differenceWhere },
            { label: words.weight, numeric: true },
            { label: words.scoredBy },
            { label: words.leadField },
            { label: words.basis },
            { label: words.evidence },
            { label: words.field_classes },
          ]}
          rows={rows.map((row, at) => [
            <span key="n" class={`level-${row.level}`}>
              {numbers[at]} <bdi>{isEnglish ? row.en : row.zh}</bdi>
            </span>,
            row.weight || words.equal,
            row.level > 1
              ? ''
              : [
                  words[`scored_${row.scoredBy as 'survey'}`],
                  ...(row.scoredBy === 'survey' ? groups.map(({ title, weight }) => `${title} ${weight}`) : []),
                ].join(' · '),
            <bdi key="l">{isEnglish ? row.leadEn : row.lead}</bdi>,
            <bdi key="b">{isEnglish ? row.basisEn : row.basis}</bdi>,
            <bdi key="e">{isEnglish ? row.evidenceEn : row.evidence}</bdi>,
            titles(row),
          ])}
        />
      </Scroll>
    </div>
  )
}

function Versions({ shell, versions, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = versions.filter((each) => each.cycle === cycle)
  const [newest] = own
  const at = newest ? versions.indexOf(newest) : -1
  const earlier = versions[at + 1]
  const compare = (from: (typeof versions)[number], to: (typeof versions)[number]) =>
    `${carry(urls.indicatorsCompare(jid, cycle), { locale: shell.locale })}&from=${versionKey(from)}&to=${versionKey(to)}`
  return (
    <section class="block">
      <h2>{words.versions}</h2>
      <DataTable
        caption={words.versions}
        quietCaption
        columns={[
          { label: words.version },
          { label: words.savedAt },
          { label: words.savedBy },
          { label: words.agreedAt },
        ]}
        rows={own.map(({ version, saved, by, agreed }) => [
          fill(words.versionOf, { version }),
          saved ?? words.before,
          <bdi key="b">{by}</bdi>,
          agreed ?? '',
        ])}
      />
      {newest && earlier && (
        <p>
          <a href={compare(earlier, newest)}>{words.compare}</a>
        </p>
      )}
    </section>
  )
}
