import { fill } from '../../messages/fill.ts'
import type { InvitationMessages } from '../../messages/invitations.ts'
import { grouped } from '../../parts/numbers.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import type { MailingKind, Via } from './invitation-send.tsx'

/** Where a message can stand, in the order of its way. */
export const messageStates = ['queued', 'claimed', 'sent', 'delivered', 'bounced', 'unknown', 'skipped'] as const
export type MessageState = (typeof messageStates)[number]

export type RunLine = {
  id: number
  kind: MailingKind
  via: Via
  started: string
  state: 'preparing' | 'running' | 'paused' | 'ended'
  /** What holds it up, and when it tries again; null where nothing does. */
  heldUp: { why: 'down' | 'no_answer' | 'no_key'; retry: string } | null
  counts: Readonly<Partial<Record<MessageState, number>>>
  acts: readonly ('pause' | 'resume' | 'end' | 'again')[]
}

/** How far each run of messages has come, in counts, and what an officer may do about it. */
export function RunsBlock({
  shell,
  sid,
  words,
  mayAct,
  runs,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  runs: readonly RunLine[]
}) {
  const { locale, place, user } = shell
  const [jid, cycle] = [place?.jid ?? '', place?.cycle ?? '']
  return (
    <section class="block" id="runs">
      <h2>{words.runsHeading}</h2>
      {runs.length === 0 ? (
        <p class="note">{words.runsNone}</p>
      ) : (
        <p>
          <a href={`${carry(urls.invite(jid, cycle, sid), { locale })}#runs`}>{words.refresh}</a>
        </p>
      )}
      {runs.map(({ id, kind, via, started, state, heldUp, counts, acts }) => (
        <div class="apart" key={id} id={`run-${id}`}>
          <h3>
            {fill(words.runTitle, { kind: words[`run_${kind}`], via: words[`via_${via}`], time: started })}{' '}
            <span class="tag">{words[`runState_${state}`]}</span>
          </h3>
          {heldUp && (
            <p>
              {words[`why_${heldUp.why}`]} {fill(words.runWaiting, { time: heldUp.retry })}
            </p>
          )}
          <dl class="facts">
            {messageStates
              .filter((each) => counts[each])
              .flatMap((each) => [
                <dt key={each}>{words[`message_${each}`]}</dt>,
                <dd key={`${each}-n`}>{grouped(counts[each] ?? 0)}</dd>,
              ])}
          </dl>
          {counts.unknown ? <p>{fill(words.unknownNote, { n: counts.unknown })}</p> : null}
          {mayAct && acts.length > 0 && (
            <form method="post" action={carry(urls.inviteDo(jid, cycle, sid, 'act'), { locale })}>
              <HiddenFields values={{ csrf: user?.csrf ?? '', mailing: id }} />
              <div class="actions">
                {acts.map((act) => (
                  <button key={act} type="submit" class="btn quiet" name="act" value={act}>
                    {words[`act_${act}`]}
                  </button>
                ))}
              </div>
            </form>
          )}
        </div>
      ))}
    </section>
  )
}
