import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry } from '../../urls.ts'

export type TaskLine = {
  href: string
  cycle: string
  organ: string
  what: 'self' | 'case' | 'hearing' | 'letter' | 'rectification' | 'measure'
  /** Of a measure or a hearing. */
  n: number
  due: string
  /** Working days until then, none where only free days are left. */
  left: number | 'today' | 'past'
  /** How it stands, in words; '' where there is nothing to say. */
  state: string
}

/** What somebody of an organ has to do, the nearest day first. */
export function TaskList({ shell, tasks }: { shell: OfficeShellProps; tasks: readonly TaskLine[] }) {
  const { locale } = shell
  const words = followUpMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <h1>{words.tasksTitle}</h1>
      {tasks.length === 0 ? (
        <p class="note">{words.tasksNone}</p>
      ) : (
        <DataTable
          caption={words.tasksTitle}
          quietCaption
          columns={[words.task, words.organ, words.taskDue, words.taskState].map((label) => ({ label }))}
          rows={tasks.map(({ href, cycle, organ, what, n, due, left, state }) => [
            <a key="a" href={carry(href, { locale })}>
              {fill(words[`task_${what}`], { n })} · <bdi>{cycle}</bdi>
            </a>,
            <bdi key="o">{organ}</bdi>,
            `${due} · ${leftText(left, words)}`,
            state,
          ])}
        />
      )}
    </OfficeShell>
  )
}

function leftText(left: TaskLine['left'], words: FollowUpMessages): string {
  if (left === 'past') return words.taskPast
  return left === 'today' ? words.taskToday : fill(words.taskLeft, { n: left })
}
