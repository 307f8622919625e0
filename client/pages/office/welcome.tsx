import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type PeopleMessages, peopleMessages } from '../../messages/people.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { withError } from './account.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { passwordLength } from './setup.tsx'

/** POST to urls.welcome with `fields.link`, `password`, `again` and, of whoever has a second factor, `fields.confirm`. */
export type WelcomePageProps = {
  shell: OfficeShellProps
  /** null for a link that is unknown, used or over. */
  link: { token: string; email: string; asksCode: boolean } | null
  problems: {
    password?: 'required' | 'too_short' | 'too_long' | 'too_common'
    again?: boolean
    code?: 'refused' | 'too_many'
  }
}

export function welcomeTitle({ shell, link, problems }: WelcomePageProps): string {
  const words = peopleMessages(shell.locale)
  return link ? withError(shell, words.welcomeTitle, Object.keys(problems).length > 0) : words.linkOverTitle
}

/** Where somebody who was invited sets a password. */
export function WelcomePage({ shell, link, problems }: WelcomePageProps) {
  const words = peopleMessages(shell.locale)
  const office = officeMessages(shell.locale)
  if (!link) {
    return (
      <OfficeShell shell={shell} narrow>
        <h1>{words.linkOverTitle}</h1>
        <p>{words.linkOverText}</p>
        <p>
          <a href={carry(urls.signIn(), { locale: shell.locale })}>{office.signInTitle}</a>
        </p>
      </OfficeShell>
    )
  }
  const password = problems.password && passwordText(words, problems.password)
  const again = problems.again ? words.passwordNotSame : undefined
  const code = problems.code && words[`code_${problems.code}`]
  const lines = [
    ...(password ? [{ href: '#password', text: password }] : []),
    ...(again ? [{ href: '#again', text: again }] : []),
    ...(code ? [{ href: `#${fields.confirm}`, text: code }] : []),
  ]
  return (
    <OfficeShell shell={shell} narrow>
      <ErrorSummary locale={shell.locale} lines={lines} />
      <h1>{words.welcomeTitle}</h1>
      <p class="lead">{fill(words.welcomeText, { email: link.email })}</p>
      <form
        class="card form"
        method="post"
        action={carry(urls.welcome(link.token), { locale: shell.locale })}
        novalidate
      >
        <HiddenFields values={{ [fields.link]: link.token }} />
        <Field
          name="password"
          label={words.newPassword}
          hint={fill(office.passwordHint, passwordLength)}
          problem={password}
          input={{ type: 'password', autocomplete: 'new-password', required: true }}
        />
        <Field
          name="again"
          label={words.newPasswordAgain}
          problem={again}
          input={{ type: 'password', autocomplete: 'new-password', required: true }}
        />
        {link.asksCode && (
          <Field
            name={fields.confirm}
            label={words.code}
            hint={words.codeHint}
            problem={code}
            input={{ autocomplete: 'one-time-code', required: true }}
          />
        )}
        <button type="submit" class="btn">
          {words.setPassword}
        </button>
      </form>
    </OfficeShell>
  )
}

function passwordText(words: PeopleMessages, problem: NonNullable<WelcomePageProps['problems']['password']>): string {
  return fill(words[`password_${problem}`], passwordLength)
}
