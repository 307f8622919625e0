import { type ComplaintMessages, complaintMessages } from '../../messages/complaints.ts'
import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { Facts } from './heading.tsx'
import { ReadForm } from './read-form.tsx'
import { titleOf } from './title.ts'
import type { SurveyHead, View } from './views.ts'

/** What a complaint may be about, in the order of the form. */
export const complaintKinds = ['not_invited', 'refused', 'answered_by_other', 'other'] as const
export type ComplaintKind = (typeof complaintKinds)[number]

export type ComplaintPageProps = View & {
  survey: SurveyHead
  /** Random; the same form sent twice is one complaint. */
  requestKey: string
  kind: ComplaintKind | null
  /** What was typed, given back. */
  text: string
  /** Most characters of the text. */
  longest: number
  problems: readonly ('kind' | 'too_long' | 'not_text')[]
  /** The complaint was kept under this number, in groups of four. */
  number: string | null
}

export function complaintTitle({ locale, survey, problems, number }: ComplaintPageProps): string {
  const words = complaintMessages(locale)
  return titleOf(respondMessages(locale), number ? words.doneTitle : words.title, survey, problems.length > 0)
}

/** Where somebody says that something about a survey went wrong, and then the number under which it is answered. */
export function ComplaintPage(props: ComplaintPageProps) {
  const { locale, survey, number, kind } = props
  const words = complaintMessages(locale)
  return (
    <Frame {...props} again={{ path: urls.complaint(survey.jid, survey.sid) }}>
      {number ? (
        <>
          <h1>{words.doneTitle}</h1>
          <Facts rows={[[words.doneNumber, number]]} />
          <p class="lead">{words.doneText}</p>
          {kind === 'answered_by_other' ? <p>{fill(words.doneOther, { phone: survey.phone })}</p> : null}
          <a class="btn" href={carry(urls.complaintAnswer(survey.jid, survey.sid), props)}>
            {words.readLink}
          </a>
        </>
      ) : (
        <ComplaintForm {...props} words={words} />
      )}
    </Frame>
  )
}

function ComplaintForm(props: ComplaintPageProps & { words: ComplaintMessages }) {
  const { locale, survey, requestKey, kind, text, longest, problems, words } = props
  const kindProblem = problems.includes('kind') ? words.kindRequired : undefined
  const textProblem = problems.includes('too_long')
    ? words.textLong
    : problems.includes('not_text')
      ? words.textBad
      : undefined
  const lines = [
    ...(kindProblem ? [{ href: `#${fields.kind}`, text: kindProblem }] : []),
    ...(textProblem ? [{ href: `#${fields.reportText}`, text: textProblem }] : []),
  ]
  return (
    <>
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <form method="post" action={carry(urls.complaint(survey.jid, survey.sid), props)} novalidate>
        <input type="hidden" name={fields.requestKey} value={requestKey} />
        <fieldset class="q sub" aria-describedby={kindProblem ? `${fields.kind}-problem` : undefined}>
          <legend>{words.kind}</legend>
          {kindProblem ? (
            <p class="msg" id={`${fields.kind}-problem`}>
              {kindProblem}
            </p>
          ) : null}
          {complaintKinds.map((each, at) => (
            <label class="opt" key={each}>
              <input
                type="radio"
                name={fields.kind}
                value={each}
                id={at === 0 ? fields.kind : undefined}
                checked={each === kind}
              />
              {words[`kind_${each}`]}
            </label>
          ))}
        </fieldset>
        <TextArea
          name={fields.reportText}
          label={words.text}
          hint={words.textHint}
          problem={textProblem}
          input={{ rows: 4, maxLength: longest, value: text, autocomplete: 'off' }}
        />
        <p>{words.stored}</p>
        <p>{words.readers}</p>
        <button type="submit" class="btn">
          {words.send}
        </button>
        <p>
          <a class="link" href={carry(urls.complaintAnswer(survey.jid, survey.sid), props)}>
            {words.readLink}
          </a>
        </p>
      </form>
    </>
  )
}

export type ComplaintAnswerPageProps = View & {
  survey: SurveyHead
  /** What was typed, given back. */
  number: string
  problem: 'required' | 'malformed' | 'none' | null
  found: {
    kind: ComplaintKind
    filedOn: string
    /** null until somebody has answered; text '' when it was deleted with the survey's people. */
    answer: { text: string; on: string } | null
  } | null
}

export function complaintAnswerTitle({ locale, survey, problem }: ComplaintAnswerPageProps): string {
  return titleOf(respondMessages(locale), complaintMessages(locale).readTitle, survey, problem !== null)
}

/** Where the answer to a complaint is read, by its number, which is typed and never stands in an address. */
export function ComplaintAnswerPage(props: ComplaintAnswerPageProps) {
  const { locale, survey, number, problem, found } = props
  const words = complaintMessages(locale)
  const text =
    problem && { required: words.readRequired, malformed: words.readMalformed, none: words.readNone }[problem]
  const { jid, sid } = survey
  const path = urls.complaintAnswer(jid, sid)
  return (
    <Frame {...props} again={{ path }} back={{ href: urls.complaint(jid, sid) }}>
      <ErrorSummary locale={locale} lines={text ? [{ href: `#${fields.code}`, text }] : []} />
      <h1>{words.readTitle}</h1>
      {found ? (
        <>
          <p class="step">{`${words[`kind_${found.kind}`]} · ${fill(words.readFiled, { day: found.filedOn })}`}</p>
          {found.answer ? (
            <>
              <h2>{fill(words.readAnswer, { day: found.answer.on })}</h2>
              <p class="lead">{found.answer.text || words.readGone}</p>
            </>
          ) : (
            <p class="lead">{words.readWaiting}</p>
          )}
        </>
      ) : (
        <ReadForm {...props} {...{ path, words }} open={words.readLink} typed={number} problem={text} />
      )}
    </Frame>
  )
}
