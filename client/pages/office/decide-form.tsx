import { fill } from '../../messages/fill.ts'
import type { BoxMessages } from '../../messages/office-box.ts'
import { TextArea } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import type { ApprovalsProblem, WaitingDecision } from './approvals.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { reasonLength } from './screening-batches.ts'

export type DecideFormProps = {
  decision: WaitingDecision
  jid: string
  problem: ApprovalsProblem | null
  shell: OfficeShellProps
  words: BoxMessages
}

/** POST to urls.approvalsDecide: the decision, the hash of what was shown, and `approve`, `return` or `withdraw`. */
export function DecideForm({ decision, jid, problem, shell, words }: DecideFormProps) {
  const { id, hash, isOwn, hindrance } = decision
  return (
    <form class="form" method="post" action={carry(urls.approvalsDecide(jid), { locale: shell.locale })} novalidate>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', id, hash }} />
      {!isOwn && (
        <TextArea
          id={`reason-${id}`}
          name="reason"
          label={words.backReason}
          hint={fill(words.backReasonHint, reasonLength)}
          problem={problem?.kind === 'reason' ? fill(words.problemReason, reasonLength) : undefined}
          input={{ value: problem?.reason ?? '', rows: 2 }}
        />
      )}
      {isOwn && !hindrance && (
        <p class="hint" id={`own-${id}`}>
          {words.ownProposal}
        </p>
      )}
      <p class="buttons">
        {!hindrance && (
          <button
            type="submit"
            class="btn"
            name="decision"
            value="approve"
            disabled={isOwn}
            aria-describedby={isOwn ? `own-${id}` : undefined}
          >
            {words.approve}
          </button>
        )}
        <button type="submit" class="btn btn-2" name="decision" value={isOwn ? 'withdraw' : 'return'}>
          {isOwn ? words.withdraw : words.giveBack}
        </button>
      </p>
    </form>
  )
}
