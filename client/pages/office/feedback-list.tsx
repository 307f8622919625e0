import { longestLetter } from '../../../surveys/feedback.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { Undelivered, type UndeliveredReminder } from './undelivered.tsx'

export type FeedbackListProps = {
  shell: OfficeShellProps
  /** Why there is nothing to follow yet; null from the publication on. */
  waiting: { withdrawn: string | null } | null
  organs: readonly {
    code: string
    name: string
    letter: { number: number; received: boolean } | null
    measures: { all: number; reported: number; done: number; overdue: number }
    appeals: { open: number; all: number }
  }[]
  /** Reminders that reached nobody, for the office. */
  undelivered: readonly UndeliveredReminder[]
  /** Organs that have no letter, for whoever may issue one; working days that a letter leaves. */
  without: number
  days: number
  typed: string
  done: boolean
  problem: LetterProblemCode | null
}

export const feedbackListTitle = ({ shell }: Pick<FeedbackListProps, 'shell'>): string =>
  fill(followUpMessages(shell.locale).listTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** Which organs have their letter, what they do about it, and what they appeal against. */
export function FeedbackListPage(props: FeedbackListProps) {
  const { shell, waiting, organs, without, done, problem } = props
  const { locale } = shell
  const words = followUpMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary
        locale={locale}
        lines={problem ? [{ href: `#${letterFields.text}`, text: letterProblemText(words, problem) }] : []}
      />
      <h1>{feedbackListTitle({ shell })}</h1>
      {done && (
        <p class="note" role="status">
          {words.doneIssued}
        </p>
      )}
      <p class="lead">{shell.user?.role === 'organ_officer' ? words.listOwn : words.listLead}</p>
      {waiting ? <Waiting shell={shell} {...waiting} /> : null}
      <Scroll label={words.nav}>
        <DataTable
          caption={words.nav}
          quietCaption
          columns={[words.organ, words.letter, words.measures, words.overdueHead, words.appeals].map((label) => ({
            label,
          }))}
          rows={organs.map(({ code, name, letter, measures, appeals }) => {
            const link = (href: string, text: string) => <a href={carry(href, { locale })}>{text}</a>
            return [
              link(urls.feedback(jid, cycle, code), name),
              link(
                urls.letter(jid, cycle, code),
                letter
                  ? fill(letter.received ? words.letterGot : words.letterSent, { number: letter.number })
                  : words.letterNone,
              ),
              link(
                urls.rectification(jid, cycle, code),
                measures.all === 0 ? words.measuresNone : fill(words.measuresCount, measures),
              ),
              measures.overdue === 0 ? words.overdueNone : fill(words.overdueCount, { n: measures.overdue }),
              link(
                urls.appeals(jid, cycle, code),
                appeals.all === 0 ? words.overdueNone : fill(words.appealsCount, appeals),
              ),
            ]
          })}
        />
      </Scroll>
      <Undelivered locale={locale} reminders={props.undelivered} />
      {without > 0 ? <IssueAll {...props} words={words} /> : null}
    </OfficeShell>
  )
}

function IssueAll({ shell, without, days, typed, problem, words }: FeedbackListProps & { words: FollowUpMessages }) {
  const { locale, place, user } = shell
  return (
    <section class="block" aria-labelledby="issue">
      <h2 id="issue">{words.letterIssue}</h2>
      <form
        method="post"
        action={carry(urls.feedbackList(place?.jid ?? '', place?.cycle ?? ''), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: user?.csrf ?? '' }} />
        <LetterText typed={typed} problem={problem} days={days} words={words} />
        <button type="submit" class="btn">
          {fill(words.letterAll, { n: without })}
        </button>
      </form>
    </section>
  )
}

export type LetterProblemCode = 'long' | 'bad' | 'changed'
export const letterFields = { seen: 'seen', text: 'text', number: 'number' } as const

/** What the office adds to a letter, and what issuing it means. */
export function LetterText({
  typed,
  problem,
  days,
  words,
}: Pick<FeedbackListProps, 'typed' | 'problem' | 'days'> & { words: FollowUpMessages }) {
  return (
    <>
      <TextArea
        name={letterFields.text}
        label={words.letterText}
        hint={fill(words.letterTextHint, { n: longestLetter })}
        problem={problem ? letterProblemText(words, problem) : undefined}
        input={{ rows: 6, value: typed, autocomplete: 'off' }}
      />
      <p class="hint">{fill(words.letterIssueHint, { days })}</p>
    </>
  )
}

export function letterProblemText(words: FollowUpMessages, problem: LetterProblemCode): string {
  if (problem === 'changed') return words.letterChanged
  return problem === 'bad' ? words.letterBad : fill(words.letterLong, { n: longestLetter })
}

/** Before the publication, and while it is withdrawn. */
export function Waiting({ shell, withdrawn }: { shell: OfficeShellProps; withdrawn: string | null }) {
  const words = followUpMessages(shell.locale)
  return <p class="note">{withdrawn === null ? words.notPublished : fill(words.withdrawn, { reason: withdrawn })}</p>
}
