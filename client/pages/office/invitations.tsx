import { Fragment } from 'preact'
import type { SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type InvitationMessages, invitationMessages } from '../../messages/invitations.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { type Channels, ChannelsBlock, type ChannelsProblem, channelsProblemText } from './invitation-channels.tsx'
import { FrameBlock } from './invitation-frame.tsx'
import { PaperBlock, type PaperProblem, type PaperState, paperProblemText } from './invitation-paper.tsx'
import { RevokeBlock, type RevokeProblem, type RevokeState, revokeField } from './invitation-revoke.tsx'
import {
  isOfField,
  RosterBlock,
  type RosterProblem,
  type RosterState,
  rosterProblemTexts,
} from './invitation-roster.tsx'
import { type RunLine, RunsBlock } from './invitation-runs.tsx'
import { SendBlocks, type SendProblem, type SendState, sendProblemLines } from './invitation-send.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** How far the invitations of a survey have come. */
export type InvitationCounts = {
  /** People or services with a code; null where nobody lists whom the survey asks. */
  roster: number | null
  sent: number
  delivered: number
  returned: number
  drawn: number
}

export type InvitationsListProps = {
  shell: OfficeShellProps
  surveys: readonly (SurveyName & InvitationCounts & { state: SurveyState })[]
}

export const invitationsListTitle = ({ shell }: InvitationsListProps): string =>
  fill(invitationMessages(shell.locale).listTitle, { cycle: shell.place?.cycleTitle ?? '' })

/** The surveys of a cycle with how far their invitations have come. */
export function InvitationsListPage(props: InvitationsListProps) {
  const { shell, surveys } = props
  const { locale, place } = shell
  const words = invitationMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{invitationsListTitle(props)}</h1>
      <p class="lead">{words.lead}</p>
      <section class="block">
        <Scroll label={words.listCaption}>
          <DataTable
            caption={words.listCaption}
            columns={[
              { label: words.survey },
              ...[words.roster, words.sent, words.delivered, words.returned, words.drawn].map((label) => ({
                label,
                numeric: true,
              })),
            ]}
            rows={surveys.map((survey) => [
              <a
                key={survey.sid}
                href={carry(urls.invite(place?.jid ?? '', place?.cycle ?? '', survey.sid), { locale })}
              >
                {surveyTitle(locale, survey)}
              </a>,
              rosterText(words, survey.roster),
              grouped(survey.sent),
              grouped(survey.delivered),
              grouped(survey.returned),
              grouped(survey.drawn),
            ])}
          />
        </Scroll>
        <p class="note">{words.deliveredNote}</p>
      </section>
    </OfficeShell>
  )
}

const rosterText = (words: InvitationMessages, roster: number | null): string =>
  roster === null ? words.noRoster : grouped(roster)

export type InvitationsProblem =
  | { about: 'roster'; problem: RosterProblem }
  | { about: 'send'; problem: SendProblem }
  | { about: 'paper'; problem: PaperProblem }
  | { about: 'channels'; problem: ChannelsProblem }
  | { about: 'revoke'; problem: RevokeProblem }
  | { about: 'runs'; problem: 'changed' }

export type InvitationsPageProps = {
  shell: OfficeShellProps
  survey: SurveyName & { group: GroupId; state: SurveyState }
  counts: InvitationCounts
  waiting: { people: number; byPhone: number; byMail: number }
  /** null where the survey has no roster: whom it asks nobody lists. */
  roster: RosterState | null
  send: SendState | null
  paper: PaperState | null
  revoke: RevokeState | null
  runs: readonly RunLine[]
  channels: Channels | null
  done: InvitationsDone | null
  problem: InvitationsProblem | null
}

/** What was done just now, for the sentence above the page. */
export type InvitationsDone =
  | {
      what: 'checked' | 'imported' | 'drawn'
      people: number
      overLimit: number
      signed: number
      spared: number
      unsubscribed: number
      limit: number
    }
  | { what: 'started' | 'acted' | 'channels' | 'begun' | 'registered' | 'revoked' }

export function invitationsTitle({ shell, survey, problem }: InvitationsPageProps): string {
  const { locale } = shell
  const title = fill(invitationMessages(locale).title, { survey: surveyTitle(locale, survey) })
  return problem ? fill(officeMessages(locale).errorTitle, { title }) : title
}

/** The desk of one survey's invitations: counts, and what can be done; nobody is named on it. */
export function InvitationsPage(props: InvitationsPageProps) {
  const { shell, survey, counts, waiting, roster, send, paper, revoke, runs, channels, done, problem } = props
  const { locale } = shell
  const words = invitationMessages(locale)
  const own = { shell, sid: survey.sid, words, mayAct: mayDecide(shell) }
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={problemLines(props, words)} />
      <h1>{fill(words.title, { survey: surveyTitle(locale, survey) })}</h1>
      {done && <Done done={done} words={words} />}
      <p class="lead">{words.lead}</p>
      <section class="block">
        <dl class="facts">
          {(['roster', 'sent', 'delivered', 'returned', 'drawn'] as const).map((name) => (
            <Fragment key={name}>
              <dt>{words[name]}</dt>
              <dd>
                {name === 'roster' ? rosterText(words, counts.roster) : grouped(counts[name])}
                {name === 'delivered' && <span class="hint"> {words.deliveredNote}</span>}
                {name === 'drawn' && <span class="hint"> {words.drawnNote}</span>}
              </dd>
            </Fragment>
          ))}
          {waiting.people > 0 && (
            <>
              <dt>{words.waiting}</dt>
              <dd>
                {fill(words.waitingText, {
                  n: grouped(waiting.people),
                  phone: grouped(waiting.byPhone),
                  mail: grouped(waiting.byMail),
                })}
              </dd>
            </>
          )}
        </dl>
        {roster && (
          <p class="note">{roster.destroyed ? fill(words.destroyed, { time: roster.destroyed }) : words.keptUntil}</p>
        )}
      </section>
      {roster && (
        <RosterBlock {...own} roster={roster} problem={problem?.about === 'roster' ? problem.problem : null} />
      )}
      {roster && <FrameBlock {...own} roster={roster} problem={problem?.about === 'roster' ? problem.problem : null} />}
      {send && <SendBlocks {...own} send={send} problem={problem?.about === 'send' ? problem.problem : null} />}
      {paper && <PaperBlock {...own} paper={paper} problem={problem?.about === 'paper' ? problem.problem : null} />}
      {revoke && (
        <RevokeBlock {...own} revoke={revoke} problem={problem?.about === 'revoke' ? problem.problem : null} />
      )}
      {roster && <RunsBlock {...own} runs={runs} />}
      {channels && (
        <ChannelsBlock {...own} channels={channels} problem={problem?.about === 'channels' ? problem.problem : null} />
      )}
    </OfficeShell>
  )
}

function Done({ done, words }: { done: InvitationsDone; words: InvitationMessages }) {
  const lines = doneLines(done, words)
  return (
    <div class="note" role="status">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  )
}

/** What was done, a sentence each. */
export function doneLines(done: InvitationsDone, words: InvitationMessages): string[] {
  if ('people' in done) {
    const { what, people, overLimit, signed, spared, unsubscribed, limit } = done
    const lead = { checked: words.rosterChecked, imported: words.rosterImported, drawn: words.rosterDrawn }[what]
    return [
      fill(lead, { n: people }),
      ...(overLimit > 0 ? [fill(words.rosterOver, { n: overLimit, limit })] : []),
      ...(signed > 0 ? [fill(words.rosterSigned, { n: signed })] : []),
      ...(spared > 0 ? [fill(words.rosterSpared, { n: spared })] : []),
      ...(unsubscribed > 0 ? [fill(words.rosterGone, { n: unsubscribed })] : []),
    ]
  }
  const { sendStarted: started, actDone: acted, channelsAdded: channels, rosterBegun: begun } = words
  return [{ started, acted, channels, begun, registered: words.frameDone, revoked: words.revoked }[done.what]]
}

function problemLines({ problem, shell }: InvitationsPageProps, words: InvitationMessages) {
  if (!problem) return []
  switch (problem.about) {
    case 'roster':
      return rosterProblemTexts(shell.locale, problem.problem).map((text) => ({
        href: isOfField(problem.problem) ? `#${problem.problem.code}` : '#roster',
        text,
      }))
    case 'send':
      return sendProblemLines(words, problem.problem)
    case 'paper':
      return [{ href: '#paper', text: paperProblemText(words, problem.problem) }]
    case 'revoke':
      return [{ href: `#${revokeField(problem.problem)}`, text: words[`revoke_${problem.problem}`] }]
    case 'channels':
      return [{ href: '#names', text: channelsProblemText(words, problem.problem) }]
    case 'runs':
      return [{ href: '#runs', text: words.actChanged }]
  }
}
