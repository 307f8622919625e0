import { fill } from '../../messages/fill.ts'
import { auditMessages } from '../../messages/office-audit.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import type { AuditStage } from './audit.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

export type AuditsPageProps = {
  shell: OfficeShellProps
  surveys: readonly { survey: SurveyName; stage: AuditStage }[]
}

export function auditsTitle({ shell }: Pick<AuditsPageProps, 'shell'>): string {
  return fill(auditMessages(shell.locale).auditsTitle, { cycle: shell.place?.cycleTitle ?? '' })
}

/** The surveys of a cycle of whose people an auditor may ask, each with the way to its audit. */
export function AuditsPage({ shell, surveys }: AuditsPageProps) {
  const { locale } = shell
  const words = auditMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.navAudits} />
      <h1>{auditsTitle({ shell })}</h1>
      <p class="lead">{words.auditsIntro}</p>
      {surveys.length === 0 ? (
        <p class="note">{words.auditsNone}</p>
      ) : (
        <section class="block">
          <Scroll label={words.navAudits}>
            <DataTable
              caption={words.navAudits}
              quietCaption
              columns={[{ label: words.survey }, { label: words.standing }]}
              rows={surveys.map(({ survey, stage }) => [
                <a key="a" href={carry(urls.audit(jid, cycle, survey.sid), { locale })}>
                  {surveyTitle(locale, survey)}
                </a>,
                words[`stands_${stage}`],
              ])}
            />
          </Scroll>
        </section>
      )}
    </OfficeShell>
  )
}
