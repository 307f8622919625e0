import type { InvitationMessages } from '../../messages/invitations.ts'
import { Field } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type RevokeProblem = 'who' | 'reason' | 'not_found' | 'several' | 'changed'

export type RevokeState = {
  /** Whether a code may be replaced: a person's, not a service's. */
  canReplace: boolean
  /** What was typed. */
  typed: { who: string; reason: string }
}

/** The field at which a problem stands. */
export const revokeField = (problem: RevokeProblem): 'who' | 'reason' => (problem === 'reason' ? 'reason' : 'who')

/** Where somebody's code is made invalid, or replaced. Whether the person has answered is not told. */
export function RevokeBlock({
  shell,
  sid,
  words,
  mayAct,
  revoke: { canReplace, typed },
  problem,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  revoke: RevokeState
  problem: RevokeProblem | null
}) {
  const { locale, place, user } = shell
  if (!mayAct) return null
  const textOf = (field: 'who' | 'reason') =>
    problem && revokeField(problem) === field ? words[`revoke_${problem}`] : undefined
  return (
    <section class="block" id="revoke">
      <h2>{words.revokeHeading}</h2>
      <p>{words.revokeLead}</p>
      <form
        method="post"
        action={carry(urls.inviteDo(place?.jid ?? '', place?.cycle ?? '', sid, 'revoke'), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: user?.csrf ?? '' }} />
        <Field
          name="who"
          label={words.revokeWho}
          hint={words.revokeWhoHint}
          problem={textOf('who')}
          input={{ value: typed.who, autocomplete: 'off', spellcheck: false }}
        />
        <Field
          name="reason"
          label={words.revokeReason}
          hint={words.revokeReasonHint}
          problem={textOf('reason')}
          input={{ value: typed.reason, autocomplete: 'off' }}
        />
        {canReplace && <p>{words.reissueLead}</p>}
        <div class="actions">
          <button type="submit" class="btn btn-2" name="act" value="revoke">
            {words.revokeButton}
          </button>
          {canReplace && (
            <button type="submit" class="btn btn-2" name="act" value="replace">
              {words.reissueButton}
            </button>
          )}
        </div>
      </form>
    </section>
  )
}
