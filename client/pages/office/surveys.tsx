import type { IntakeMode, SurveyState } from '../../../surveys/cycle.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { officeReceiptMessages } from '../../messages/office-receipts.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** Where a survey stands; times as the reader sees them. */
export type SurveyLine = SurveyName & {
  state: SurveyState
  /** It is open, and takes no answers for a while. */
  isPaused?: boolean
  mode: IntakeMode
  opens: string
  closes: string
  received: number
  /** 0 for the open channel, which asks everybody. */
  expected: number
}

export type SurveysPageProps = { shell: OfficeShellProps; surveys: readonly SurveyLine[] }

export function surveysTitle({ shell }: Pick<SurveysPageProps, 'shell'>): string {
  return fill(boxMessages(shell.locale).surveysTitle, { cycle: shell.place?.cycleTitle ?? '' })
}

/** The surveys of a cycle, each with the way to its own page. */
export function SurveysPage({ shell, surveys }: SurveysPageProps) {
  const { locale } = shell
  const words = boxMessages(locale)
  const office = officeMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.navSurveys} />
      <h1>{surveysTitle({ shell })}</h1>
      <p class="lead">{words.surveysIntro}</p>
      <p>
        <a href={carry(urls.receipts(jid, cycle), { locale })}>{officeReceiptMessages(locale).receiptsLink}</a>
      </p>
      {surveys.length === 0 ? (
        <p class="note">{words.surveysNone}</p>
      ) : (
        <section class="block">
          <Scroll label={words.navSurveys}>
            <DataTable
              caption={words.navSurveys}
              quietCaption
              columns={[
                { label: words.survey },
                { label: office.state },
                { label: words.mode },
                { label: words.opens },
                { label: words.closes },
                { label: words.received, numeric: true },
                { label: words.expected, numeric: true },
              ]}
              rows={surveys.map((survey) => [
                <a key="a" href={carry(urls.survey(jid, cycle, survey.sid), { locale })}>
                  {surveyTitle(locale, survey)}
                </a>,
                office[survey.state],
                words[survey.mode],
                survey.opens,
                survey.closes,
                grouped(survey.received),
                survey.counted ? grouped(survey.expected) : words.everybody,
              ])}
            />
          </Scroll>
        </section>
      )}
    </OfficeShell>
  )
}
