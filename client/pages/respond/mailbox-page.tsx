import type { CaseState } from '../../../surveys/low-rating.ts'
import { caseMessages } from '../../messages/cases.ts'
import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { ReadForm } from './read-form.tsx'
import { titleOf } from './title.ts'
import type { SurveyHead, View } from './views.ts'

/** What became of a low rating, for whoever has the code. Days and levels are texts. */
export type CaseForRater = {
  organ: string
  state: CaseState
  openedOn: string
  dueOn: string
  /** Years of the term whose holidays are not known. */
  years: string
  isOverdue: boolean
  extension: string
  /** null until there is one; text '' when it was deleted. */
  reply: { text: string; on: string } | null
  /** The second rating as text; null while there is none. */
  rerated: string | null
  /** The levels to choose from, best first; empty while it cannot be rated, or was. */
  levels: readonly { value: string; label: string }[]
}

export type MailboxPageProps = View & {
  survey: SurveyHead
  /** What was typed, given back, and carried on. */
  code: string
  problem: 'required' | 'malformed' | 'none' | 'rate_required' | 'rate_changed' | null
  found: CaseForRater | null
}

function problemText(locale: View['locale'], problem: NonNullable<MailboxPageProps['problem']>): string {
  const words = caseMessages(locale)
  return {
    required: words.readRequired,
    malformed: words.readMalformed,
    none: words.readNone,
    rate_required: words.rateRequired,
    rate_changed: words.rateChanged,
  }[problem]
}

export function mailboxTitle({ locale, survey, problem }: MailboxPageProps): string {
  return titleOf(respondMessages(locale), caseMessages(locale).readTitle, survey, problem !== null)
}

/** Where the answer to a low rating is read with a code, which is typed or comes in the fragment and stands in no request line. */
export function MailboxPage(props: MailboxPageProps) {
  const { locale, survey, code, problem, found } = props
  const words = caseMessages(locale)
  const text = problem && problemText(locale, problem)
  const { jid, sid } = survey
  const path = urls.mailbox(jid, sid)
  return (
    <Frame {...props} again={{ path }} back={{ href: urls.start(jid, sid) }}>
      <ErrorSummary
        locale={locale}
        lines={text ? [{ href: found ? `#${fields.kind}` : `#${fields.code}`, text }] : []}
      />
      <h1>{words.readTitle}</h1>
      {found ? (
        <Case {...props} found={found} text={text} />
      ) : (
        <ReadForm {...props} {...{ path, words }} open={words.readOpen} typed={code} problem={text} island="code" />
      )}
    </Frame>
  )
}

/** Leads to where the code is typed. */
export function MailboxLink({ survey, ...view }: View & { survey: SurveyHead }) {
  return (
    <p class="noprint">
      <a class="link" href={carry(urls.mailbox(survey.jid, survey.sid), view)}>
        {caseMessages(view.locale).readTitle}
      </a>
    </p>
  )
}

function Case({ found, text, code, ...props }: MailboxPageProps & { found: CaseForRater; text: string | null }) {
  const { locale, survey } = props
  const words = caseMessages(locale)
  const { organ, state, openedOn, dueOn, years, isOverdue, extension, reply, rerated, levels } = found
  return (
    <>
      <p class="step">{fill(words.filed, { organ, day: openedOn })}</p>
      <p class="lead">{words[`state_${state}`]}</p>
      {reply ? (
        <>
          <h2>{fill(words.reply, { day: reply.on })}</h2>
          <p>{reply.text || words.gone}</p>
        </>
      ) : (
        <>
          <p>{words.notYet}</p>
          <p>{fill(words.due, { day: dueOn })}</p>
          {years ? <p class="hint">{fill(words.weekdaysOnly, { years })}</p> : null}
          {isOverdue ? <p class="note warn">{words.overdue}</p> : null}
        </>
      )}
      {extension ? <p>{fill(words.extended, { reason: extension })}</p> : null}
      {rerated === null ? null : (
        <p class="note" role="status">
          {fill(words.rateDone, { level: rerated })}
        </p>
      )}
      {levels.length > 0 ? (
        <form method="post" action={carry(urls.mailboxRate(survey.jid, survey.sid), props)} novalidate>
          <input type="hidden" name={fields.code} value={code} />
          <fieldset>
            <legend>{words.rateTitle}</legend>
            <p class="hint">{words.rateHint}</p>
            {text ? <p class="msg">{text}</p> : null}
            {[...levels, { value: '0', label: words.rateKeep }].map(({ value, label }, at) => (
              <label class="opt" key={value}>
                <input type="radio" name={fields.kind} value={value} id={at === 0 ? fields.kind : undefined} />
                {label}
              </label>
            ))}
          </fieldset>
          <button type="submit" class="btn">
            {words.rateSend}
          </button>
        </form>
      ) : null}
    </>
  )
}
