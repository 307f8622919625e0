import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

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
}

export const feedbackListTitle = ({ shell }: Pick<FeedbackListProps, 'shell'>): string =>
  fill(followUpMessages(shell.locale).listTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** Which organs have their letter, what they do about it, and what they appeal against. */
export function FeedbackListPage({ shell, waiting, organs }: FeedbackListProps) {
  const { locale } = shell
  const words = followUpMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{feedbackListTitle({ shell })}</h1>
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
    </OfficeShell>
  )
}

/** Before the publication, and while it is withdrawn. */
export function Waiting({ shell, withdrawn }: { shell: OfficeShellProps; withdrawn: string | null }) {
  const words = followUpMessages(shell.locale)
  return <p class="note">{withdrawn === null ? words.notPublished : fill(words.withdrawn, { reason: withdrawn })}</p>
}
