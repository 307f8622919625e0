import { fill } from '../../messages/fill.ts'
import { selfMessages } from '../../messages/self-assessment.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type SelfListPageProps = {
  shell: OfficeShellProps
  deadline: { text: string; isPast: boolean }
  organs: readonly {
    code: string
    name: string
    state: 'none' | 'draft' | 'submitted' | 'returned'
    submitted: { text: string; isLate: boolean } | null
    /** Points that it proposes; '' while nothing was submitted. */
    proposed: string
  }[]
}

export const selfListTitle = ({ shell }: Pick<SelfListPageProps, 'shell'>): string =>
  fill(selfMessages(shell.locale).listTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** Which organs have submitted their table, which are late, and which are missing. */
export function SelfListPage({ shell, deadline, organs }: SelfListPageProps) {
  const { locale } = shell
  const words = selfMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const count = (is: (organ: SelfListPageProps['organs'][number]) => boolean) => grouped(organs.filter(is).length)
  const counts = {
    submitted: count(({ state }) => state === 'submitted'),
    late: count(({ state, submitted }) => state === 'submitted' && submitted?.isLate === true),
    returned: count(({ state }) => state === 'returned'),
    missing: count(({ submitted }) => submitted === null),
    all: grouped(organs.length),
  }
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{selfListTitle({ shell })}</h1>
      <p class="lead">{fill(words.listLead, { deadline: deadline.text })}</p>
      {organs.length === 0 ? (
        <p class="note">{words.listNone}</p>
      ) : (
        <>
          <p>{fill(words.listCounts, counts)}</p>
          <Scroll label={words.nav}>
            <DataTable
              caption={words.nav}
              quietCaption
              columns={[
                { label: words.organ },
                { label: words.state },
                { label: words.submittedOn },
                { label: words.proposed, numeric: true },
              ]}
              rows={organs.map(({ code, name, state, submitted, proposed }) => [
                <a key={code} href={carry(urls.selfAssessment(jid, cycle, code), { locale })}>
                  <bdi>{name}</bdi>
                </a>,
                deadline.isPast && !submitted ? words.overdue : words[`state_${state}`],
                submitted && (
                  <>
                    {submitted.text} {submitted.isLate && <span class="tag">{words.late}</span>}
                  </>
                ),
                proposed,
              ])}
            />
          </Scroll>
        </>
      )}
    </OfficeShell>
  )
}
