import { fill } from '../../messages/fill.ts'
import { officeMessages, withWait } from '../../messages/office.ts'
import { peopleMessages } from '../../messages/people.ts'
import { sentences } from '../../messages/results.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps, type StaffRole } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** POST to urls.signIn with the fields `email`, `password` and `next`. */
export type SignInPageProps = {
  shell: OfficeShellProps
  /** Path to return to after signing in; '' for the home page. */
  next: string
  /** What was typed; the password is never sent back. */
  email: string
  /**
   * `refused` is the one answer for unknown names, wrong passwords and disabled users; `session_over`, `signed_out` and
   * `set_up` say how somebody came here, and so do `password_set`, and of the identity provider `not_joined` (nobody has
   * joined that name to an account) and `sign_on_failed`.
   */
  problem:
    | 'refused'
    | 'too_many_requests'
    | 'session_over'
    | 'signed_out'
    | 'set_up'
    | 'password_set'
    | 'not_joined'
    | 'sign_on_failed'
    | null
  /** Seconds to wait, with `too_many_requests`. */
  retryAfterSeconds: number | null
  /** Name of the identity provider by which staff may sign in too. */
  signOn: string | null
  /** Shown in the demonstration only. */
  demoAccounts: readonly { role: StaffRole; email: string; password: string }[]
}

/** Begins with the word for an error where there is one: it is the first thing a screen reader says. */
export function signInTitle({ shell, problem }: SignInPageProps): string {
  const words = officeMessages(shell.locale)
  const failed = problem === 'refused' || problem === 'too_many_requests'
  return failed ? fill(words.errorTitle, { title: words.signInTitle }) : words.signInTitle
}

/** The form to sign in; in the demonstration with its accounts. */
export function SignInPage(props: SignInPageProps) {
  const { shell, next, email, problem, retryAfterSeconds, signOn, demoAccounts } = props
  const words = officeMessages(shell.locale)
  const people = peopleMessages(shell.locale)
  const refused = problem === 'refused' ? words.signInRefused : undefined
  const waiting =
    problem === 'too_many_requests' ? withWait(words, words.signInTooMany, retryAfterSeconds ?? 60) : undefined
  const line = refused ?? waiting
  return (
    <OfficeShell shell={shell} narrow>
      {line && <ErrorSummary locale={shell.locale} lines={[{ href: '#email', text: line }]} />}
      <h1>{words.signInTitle}</h1>
      {waiting && <p class="note">{words.signInTooManyHint}</p>}
      {problem === 'session_over' && <p class="note">{words.signInSessionOver}</p>}
      {problem === 'signed_out' && <p class="note">{sentences(shell.locale, words.signedOut, words.signedOutText)}</p>}
      {problem === 'set_up' && <p class="note">{words.signInSetUp}</p>}
      {problem === 'password_set' && <p class="note">{people.passwordSet}</p>}
      {problem === 'not_joined' && <p class="note warn">{people.notJoined}</p>}
      {problem === 'sign_on_failed' && <p class="note warn">{people.signOnFailed}</p>}
      <form class="card form" method="post" action={carry(urls.signIn(), { locale: shell.locale })} novalidate>
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
      {signOn && (
        <p>
          <a
            class="btn btn-2"
            href={`${carry(urls.signOn(), { locale: shell.locale })}${next ? `&next=${encodeURIComponent(next)}` : ''}`}
          >
            {fill(people.signOnWith, { provider: signOn })}
          </a>
        </p>
      )}
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
