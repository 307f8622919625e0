import type { CycleState } from '../../../surveys/cycle.ts'
import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { sentences } from '../../messages/results.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { mayRead, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** /office: every cycle whose scores this person may read, newest first. */
type OfficeHomePageProps = {
  shell: OfficeShellProps
  cycles: readonly { jid: string; jurisdiction: string; cycle: string; title: string; state: CycleState }[]
}

/** The list of cycles, or why it is empty. */
export function OfficeHomePage({ shell, cycles }: OfficeHomePageProps) {
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.homeTitle}</h1>
      {cycles.length === 0 ? (
        <p class="note">{whyNone(shell, words)}</p>
      ) : (
        <>
          <p>{words.homeIntro}</p>
          <DataTable
            caption={words.homeTitle}
            quietCaption
            columns={[{ label: words.cycle }, { label: words.jurisdiction }, { label: words.state }]}
            rows={cycles.map(({ jid, jurisdiction, cycle, title, state }) => [
              <a key="a" href={carry(urls.dashboard(jid, cycle), { locale: shell.locale })}>
                <bdi>{title}</bdi>
              </a>,
              <bdi key="j">{jurisdiction}</bdi>,
              words[state],
            ])}
          />
        </>
      )}
    </OfficeShell>
  )
}

/** There may be cycles that this role does not read: only to the others is an empty list an empty office. */
function whyNone(shell: OfficeShellProps, words: OfficeMessages): string {
  if (shell.user && !mayRead(shell)) return fill(words.homeNotYours, { role: words[shell.user.role] })
  return sentences(shell.locale, words.homeEmpty, words.homeEmptyWhy)
}
