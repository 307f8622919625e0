import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps, type StaffRole } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** POST to urls.signIn with the fields `email`, `password`, `next` and, where given, `csrf`. */
export type SignInPageProps = {
  shell: OfficeShellProps
  csrf: string | null
  /** Path to return to after signing in; '' for the home page. */
  next: string
  /** What was typed; the password is never sent back. */
  email: string
  /**
   * `refused` is the one answer for unknown names, wrong passwords and disabled users; `session_over` and `set_up` say
   * how somebody came here.
   */
  problem: 'refused' | 'too_many_requests' | 'session_over' | 'set_up' | null
  /** Seconds to wait, with `too_many_requests`. */
  retryAfterSeconds: number | null
  /** Shown in the demonstration only. */
  demoAccounts: readonly { role: StaffRole; email: string; password: string }[]
}

/** After signing out. */
export type SignedOutPageProps = { shell: OfficeShellProps }

export function signInTitle({ shell, problem }: SignInPageProps): string {
  const words = officeMessages(shell.locale)
  const failed = problem === 'refused' || problem === 'too_many_requests'
  return failed ? fill(words.errorTitle, { title: words.signInTitle }) : words.signInTitle
}

export function SignInPage({ shell, csrf, next, email, problem, retryAfterSeconds, demoAccounts }: SignInPageProps) {
  const words = officeMessages(shell.locale)
  const refused = problem === 'refused' ? words.signInRefused : undefined
  const waiting = problem === 'too_many_requests' ? waitText(words, retryAfterSeconds ?? 60) : undefined
  const line = refused ?? waiting
  return (
    <OfficeShell shell={shell} narrow>
      {line && <ErrorSummary locale={shell.locale} lines={[{ href: '#email', text: line }]} />}
      <h1>{words.signInTitle}</h1>
      {waiting && <p class="note">{words.signInTooManyHint}</p>}
      {problem === 'session_over' && <p class="note">{words.signInSessionOver}</p>}
      {problem === 'set_up' && <p class="note">{words.signInSetUp}</p>}
      <form class="card form" method="post" action={carry(urls.signIn(), { locale: shell.locale })} novalidate>
        {csrf !== null && <input type="hidden" name="csrf" value={csrf} />}
        <input type="hidden" name="next" value={next} />
        <Field
          name="email"
          label={words.email}
          problem={refused}
          input={{
            type: 'email',
            value: email,
            autocomplete: 'username',
            autocapitalize: 'none',
            spellcheck: false,
            required: true,
          }}
        />
        <Field
          name="password"
          label={words.password}
          input={{ type: 'password', autocomplete: 'current-password', required: true }}
        />
        <button type="submit" class="btn">
          {words.signIn}
        </button>
        <p class="hint">{words.signInHint}</p>
      </form>
      {demoAccounts.length > 0 && (
        <section class="card">
          <h2>{words.demoAccounts}</h2>
          <p class="hint">{words.demoAccountsText}</p>
          <DataTable
            caption={words.demoAccounts}
            quietCaption
            columns={[{ label: words.role }, { label: words.email }, { label: words.password }]}
            rows={demoAccounts.map((account) => [
              words[account.role],
              <code key="e">{account.email}</code>,
              <code key="p">{account.password}</code>,
            ])}
          />
        </section>
      )}
    </OfficeShell>
  )
}

function waitText(words: OfficeMessages, seconds: number): string {
  if (seconds <= 90) return fill(words.signInTooMany, { seconds })
  return fill(words.signInTooManyMinutes, { minutes: Math.ceil(seconds / 60) })
}

export const signedOutTitle = ({ shell }: SignedOutPageProps): string => officeMessages(shell.locale).signedOutTitle

export function SignedOutPage({ shell }: SignedOutPageProps) {
  const words = officeMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.signedOutTitle}</h1>
      <p>{words.signedOutText}</p>
      <p>
        <a href={carry(urls.signIn(), { locale: shell.locale })}>{words.signInAgain}</a>
      </p>
    </OfficeShell>
  )
}
