import type { CycleState } from '../../../surveys/cycle.ts'
import { assistMessages } from '../../messages/assist.ts'
import { cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { peopleMessages } from '../../messages/people.ts'
import { sentences } from '../../messages/results.ts'
import { settingsMessages } from '../../messages/settings.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { mayRead, mayReadPeople, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { type SurveyName, surveyTitle } from './survey-name.ts'
import { type TaskLine, TaskList } from './task-list.tsx'

/** /office: every cycle whose scores this person may read or gives, newest first. */
type OfficeHomePageProps = {
  shell: OfficeShellProps
  cycles: readonly {
    jid: string
    jurisdiction: string
    cycle: string
    title: string
    state: CycleState
    href?: string
  }[]
  /** Where this person may follow what the office decides, and how many decisions wait there. */
  places?: readonly { jid: string; jurisdiction: string; waiting: number }[]
  /** For whoever writes other people's answers down: the surveys for which that can be done now. */
  assisting?: readonly { href: string; jurisdiction: string; survey: SurveyName }[] | undefined
  /** For whoever works for an organ: what it has to do, the nearest day first. */
  tasks?: readonly TaskLine[] | undefined
}

/** The list of cycles, or why it is empty. */
export function OfficeHomePage({ shell, cycles, places = [], assisting, tasks }: OfficeHomePageProps) {
  const words = officeMessages(shell.locale)
  const setup = cycleMessages(shell.locale)
  if (assisting) return <Assisting shell={shell} assisting={assisting} />
  if (tasks && cycles.length === 0) return <TaskList shell={shell} tasks={tasks} />
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
            rows={cycles.map(({ jid, jurisdiction, cycle, title, state, href }) => [
              <a key="a" href={carry(href ?? urls.dashboard(jid, cycle), { locale: shell.locale })}>
                <bdi>{title}</bdi>
              </a>,
              <bdi key="j">{jurisdiction}</bdi>,
              words[state],
            ])}
          />
        </>
      )}
      {places.map(({ jid, jurisdiction, waiting }) => (
        <p key={jid} class="buttons">
          <a class="btn btn-2" href={carry(urls.cycles(jid), { locale: shell.locale })}>
            {fill(cycles.some((each) => each.jid === jid) ? setup.listTitle : setup.beginFirst, {
              place: jurisdiction,
            })}
          </a>
          <a href={carry(urls.approvals(jid), { locale: shell.locale })}>
            {boxMessages(shell.locale).navApprovals}
            {waiting > 0 && <span class="tag num">{waiting}</span>}
          </a>
          {mayReadPeople(shell) && (
            <>
              <a href={carry(urls.people(jid), { locale: shell.locale })}>{peopleMessages(shell.locale).nav}</a>
              <a href={carry(urls.settings(jid), { locale: shell.locale })}>{settingsMessages(shell.locale).nav}</a>
            </>
          )}
        </p>
      ))}
    </OfficeShell>
  )
}

function Assisting({
  shell,
  assisting,
}: {
  shell: OfficeShellProps
  assisting: NonNullable<OfficeHomePageProps['assisting']>
}) {
  const words = assistMessages(shell.locale)
  const office = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.homeHeading}</h1>
      {assisting.length === 0 ? (
        <p class="note">{words.homeNone}</p>
      ) : (
        <DataTable
          caption={words.homeHeading}
          quietCaption
          columns={[{ label: boxMessages(shell.locale).survey }, { label: office.jurisdiction }]}
          rows={assisting.map(({ href, jurisdiction, survey }) => [
            <a key="a" href={carry(href, { locale: shell.locale })}>
              {surveyTitle(shell.locale, survey)}
            </a>,
            <bdi key="j">{jurisdiction}</bdi>,
          ])}
        />
      )}
    </OfficeShell>
  )
}

/** There may be cycles that this role does not read: only to the others is an empty list an empty office. */
function whyNone(shell: OfficeShellProps, words: OfficeMessages): string {
  if (shell.user && !mayRead(shell)) return fill(words.homeNotYours, { role: words[shell.user.role] })
  return sentences(shell.locale, words.homeEmpty, words.homeEmptyWhy)
}
