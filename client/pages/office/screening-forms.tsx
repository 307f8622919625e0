import { fill } from '../../messages/fill.ts'
import type { DeskMessages } from '../../messages/office-desk.ts'
import { TextArea } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import {
  type FlaggedBatch,
  problemText,
  reasonLength,
  type ScreeningProblem,
  type WaitingProposal,
} from './screening-batches.ts'

type FormProps = {
  sid: string
  problem: ScreeningProblem | null
  shell: OfficeShellProps
  words: DeskMessages
}

/** POST to urls.screeningPropose: which batch, how many slips it had when it was shown, and why. */
export function ProposeForm({
  sid,
  batch,
  mayQuarantine,
  form,
  problem,
  shell,
  words,
}: FormProps & { batch: FlaggedBatch; mayQuarantine: boolean; form: string }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { test, organ, day, slips } = batch
  return (
    <details open={problem !== null}>
      <summary>{words.propose}</summary>
      <p class="hint">{words.proposeText}</p>
      <form
        class="form"
        method="post"
        action={carry(urls.screeningPropose(jid, cycle), { locale: shell.locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', survey: sid, test, organ, day, slips }} />
        <TextArea
          id={`reason-${form}`}
          name="reason"
          label={words.reason}
          hint={fill(words.reasonHint, reasonLength)}
          problem={problem?.kind === 'reason' ? problemText(words, problem) : undefined}
          input={{ value: problem?.reason ?? '', rows: 3, required: true }}
        />
        <p class="buttons">
          {mayQuarantine && (
            <button type="submit" class="btn" name="treatment" value="quarantine">
              {words.proposeQuarantine}
            </button>
          )}
          <button type="submit" class="btn btn-2" name="treatment" value="keep">
            {words.proposeKeep}
          </button>
        </p>
      </form>
    </details>
  )
}

/**
 * POST to urls.screeningDecide: the proposal, the hash of what was shown, and `approve`, `return` or `withdraw`. What
 * cannot be approved, whoever asks, has no button for it.
 */
export function DecideForm({
  sid,
  proposal,
  canBeApproved,
  problem,
  shell,
  words,
}: FormProps & { proposal: WaitingProposal; canBeApproved: boolean }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { id, hash, treatment, isOwn } = proposal
  return (
    <form
      class="form"
      method="post"
      action={carry(urls.screeningDecide(jid, cycle), { locale: shell.locale })}
      novalidate
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', survey: sid, id, hash }} />
      {!isOwn && (
        <TextArea
          id={`reason-${id}`}
          name="reason"
          label={words.backReason}
          hint={fill(words.backReasonHint, reasonLength)}
          problem={problem?.kind === 'reason' ? problemText(words, problem) : undefined}
          input={{ value: problem?.reason ?? '', rows: 2 }}
        />
      )}
      {isOwn && canBeApproved && (
        <p class="hint" id={`own-${id}`}>
          {words.ownProposal}
        </p>
      )}
      <p class="buttons">
        {canBeApproved && (
          <button
            type="submit"
            class="btn"
            name="decision"
            value="approve"
            disabled={isOwn}
            aria-describedby={isOwn ? `own-${id}` : undefined}
          >
            {words[`approve_${treatment}`]}
          </button>
        )}
        <button type="submit" class="btn btn-2" name="decision" value={isOwn ? 'withdraw' : 'return'}>
          {isOwn ? words.withdraw : words.giveBack}
        </button>
      </p>
    </form>
  )
}
