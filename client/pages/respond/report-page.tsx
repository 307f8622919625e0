import { fill } from '../../messages/fill.ts'
import { type ReportMessages, reportMessages } from '../../messages/reports.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Select, TextArea } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { OrganView, SurveyHead, View } from './views.ts'

export type ReportPageProps = View & {
  survey: SurveyHead
  organs: readonly OrganView[]
  /** Code of the chosen organ; '' = none. */
  organ: string
  /** What was typed, given back. */
  text: string
  /** Most characters of the text. */
  longest: number
  problems: readonly ('organ' | 'too_long' | 'not_text')[]
  /** The report was kept. */
  isSent: boolean
}

export function reportTitle({ locale, survey, problems, isSent }: ReportPageProps): string {
  const words = reportMessages(locale)
  const page = isSent ? words.reportDoneTitle : words.reportTitle
  return titleOf(respondMessages(locale), page, survey, problems.length > 0)
}

/** A report that somebody asked for a good rating: what is stored of it stands above the button that sends it. */
export function ReportPage(props: ReportPageProps) {
  const { locale, survey, isSent } = props
  const words = reportMessages(locale)
  const m = respondMessages(locale)
  return (
    <Frame {...props} again={{ path: urls.report(survey.jid, survey.sid) }}>
      {isSent ? (
        <>
          <h1>{words.reportDoneTitle}</h1>
          <p class="lead">{words.reportDoneText}</p>
          <p>{fill(words.reportReply, { phone: survey.phone })}</p>
          <a class="btn" href={carry(urls.index(), props)}>
            {m.home}
          </a>
        </>
      ) : (
        <ReportForm {...props} words={words} />
      )}
    </Frame>
  )
}

function ReportForm(props: ReportPageProps & { words: ReportMessages }) {
  const { locale, survey, organs, organ, text, longest, problems, words } = props
  const organProblem = problems.includes('organ') ? words.reportOrganRequired : undefined
  const textProblem = problems.includes('too_long')
    ? words.reportTextLong
    : problems.includes('not_text')
      ? words.reportTextBad
      : undefined
  const lines = [
    ...(organProblem ? [{ href: `#${fields.organ}`, text: organProblem }] : []),
    ...(textProblem ? [{ href: `#${fields.reportText}`, text: textProblem }] : []),
  ]
  return (
    <>
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{words.reportTitle}</h1>
      <p class="lead">{words.reportIntro}</p>
      <form method="post" action={carry(urls.report(survey.jid, survey.sid), props)} novalidate>
        <Select
          name={fields.organ}
          label={words.reportOrgan}
          problem={organProblem}
          options={[
            { value: '', text: words.reportChoose },
            ...organs.map(({ code, name }) => ({ value: code, text: name })),
          ]}
          value={organ}
        />
        <TextArea
          name={fields.reportText}
          label={words.reportText}
          hint={words.reportTextHint}
          problem={textProblem}
          input={{ rows: 4, maxLength: longest, value: text, autocomplete: 'off' }}
        />
        <p>{words.reportStored}</p>
        <p>{words.reportReaders}</p>
        <p>{fill(words.reportReply, { phone: survey.phone })}</p>
        <button type="submit" class="btn">
          {words.reportSend}
        </button>
      </form>
    </>
  )
}
