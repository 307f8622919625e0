import { invitationMessages } from '../../messages/invitations.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { View } from './views.ts'

export type UnsubscribePageProps = View & {
  jid: string
  /** What was typed, given back. */
  code: string
  problem: 'required' | 'malformed' | null
  done: boolean
}

export function unsubscribeTitle({ locale, problem, done }: UnsubscribePageProps): string {
  const words = invitationMessages(locale)
  return titleOf(respondMessages(locale), done ? words.leaveDoneTitle : words.leaveTitle, undefined, problem !== null)
}

/** Where somebody ends messages to an address. It says the same whether the code is one of ours or not. */
export function UnsubscribePage(props: UnsubscribePageProps) {
  const { locale, jid, code, problem, done } = props
  const words = invitationMessages(locale)
  const text = problem ? { required: words.leaveRequired, malformed: words.leaveMalformed }[problem] : undefined
  return (
    <Frame {...props} again={{ path: urls.unsubscribe(jid) }}>
      {done ? (
        <>
          <h1>{words.leaveDoneTitle}</h1>
          <p class="lead">{words.leaveDone}</p>
        </>
      ) : (
        <>
          <ErrorSummary locale={locale} lines={text ? [{ href: `#${fields.code}`, text }] : []} />
          <h1>{words.leaveTitle}</h1>
          <p class="lead">{words.leaveLead}</p>
          <form method="post" action={carry(urls.unsubscribe(jid), props)} novalidate data-island="unsubscribe">
            <Field
              name={fields.code}
              label={words.leaveLabel}
              hint={words.leaveHint}
              problem={text}
              input={{ value: code, class: 'code', maxLength: 40, autocomplete: 'off', spellcheck: false }}
            />
            <button type="submit" class="btn">
              {words.leaveButton}
            </button>
          </form>
        </>
      )}
    </Frame>
  )
}
