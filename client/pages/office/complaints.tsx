import { complaintMessages } from '../../messages/complaints.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import type { ComplaintKind } from '../respond/complaint-page.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

export type ComplaintsPageProps = {
  shell: OfficeShellProps
  /** Of the whole cycle. */
  counts: { open: number; all: number }
  /** Those on this page: from which one on, and how many fit. */
  from: number
  fit: number
  complaints: readonly {
    /** Beginning of its hash, by which the desk and the audit name it. */
    name: string
    survey: SurveyName
    kind: ComplaintKind
    day: string
    text: string
    answer: { text: string; on: string } | null
  }[]
  /** Most characters of an answer. */
  longest: number
  /** This person may answer. */
  mayAnswer: boolean
  done: boolean
  problem: { name: string; typed: string; code: 'required' | 'too_long' | 'not_text' | 'changed' } | null
}

export function complaintsTitle({ shell, problem }: Pick<ComplaintsPageProps, 'shell' | 'problem'>): string {
  const title = fill(complaintMessages(shell.locale).deskTitle, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What respondents of a cycle complain of, and the answers, which are read by whoever has the number. */
export function ComplaintsPage(props: ComplaintsPageProps) {
  const { shell, complaints, counts, from, fit, done, problem } = props
  const { locale } = shell
  const words = complaintMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const addressOf = (first: number) =>
    `${carry(urls.complaints(jid, cycle), { locale })}${first > 0 ? `&from=${first}` : ''}`
  const said = problem && problemText(locale, problem.code)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={said ? [{ href: `#answer-${problem?.name}`, text: said }] : []} />
      <h1>{fill(words.deskTitle, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {done && (
        <p class="note" role="status">
          {words.deskSaved}
        </p>
      )}
      <p class="lead">{words.deskIntro}</p>
      {counts.all === 0 ? (
        <p class="note">{words.deskNone}</p>
      ) : (
        <p>{fill(words.deskCounts, { open: grouped(counts.open), all: grouped(counts.all) })}</p>
      )}
      {complaints.map((each) => (
        <Complaint key={each.name} complaint={each} {...props} />
      ))}
      {counts.all > fit ? (
        <nav aria-label={words.deskPages}>
          <p class="row">
            {from > 0 ? <a href={addressOf(Math.max(0, from - fit))}>{words.deskBefore}</a> : null}
            {from + fit < counts.all ? <a href={addressOf(from + fit)}>{words.deskAfter}</a> : null}
          </p>
        </nav>
      ) : null}
    </OfficeShell>
  )
}

function Complaint({
  complaint,
  shell,
  longest,
  mayAnswer,
  problem,
}: ComplaintsPageProps & { complaint: ComplaintsPageProps['complaints'][number] }) {
  const { locale } = shell
  const words = complaintMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { name, survey, kind, day, text, answer } = complaint
  const own = problem?.name === name ? problem : null
  return (
    <section class="block" aria-labelledby={`complaint-${name}`}>
      <h2 id={`complaint-${name}`}>{words[`kind_${kind}`]}</h2>
      <p class="step">{`${surveyTitle(locale, survey)} · ${day} · ${name}`}</p>
      <p>{text || words.deskNoText}</p>
      {answer ? (
        <>
          <h3>{fill(words.deskAnswered, { day: answer.on })}</h3>
          <p>{answer.text || words.readGone}</p>
        </>
      ) : mayAnswer ? (
        <form method="post" action={carry(urls.complaintsAnswer(jid, cycle), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '', name }} />
          <TextArea
            id={`answer-${name}`}
            name={fields.reportText}
            label={words.deskAnswer}
            hint={words.deskAnswerHint}
            problem={own ? problemText(locale, own.code) : undefined}
            input={{ rows: 3, maxLength: longest, value: own?.typed ?? '', autocomplete: 'off' }}
          />
          <button type="submit" class="btn">
            {words.deskSend}
          </button>
        </form>
      ) : null}
    </section>
  )
}

function problemText(
  locale: OfficeShellProps['locale'],
  code: NonNullable<ComplaintsPageProps['problem']>['code'],
): string {
  const words = complaintMessages(locale)
  return {
    required: words.deskRequired,
    too_long: words.textLong,
    not_text: words.textBad,
    changed: words.deskChanged,
  }[code]
}
