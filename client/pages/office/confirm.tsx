import { fill } from '../../messages/fill.ts'
import { officeMessages, withWait } from '../../messages/office.ts'
import { peopleMessages } from '../../messages/people.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'

/** POST to `action` with the hidden fields and `fields.confirm`. */
export type ConfirmPageProps = {
  /** Without a person, this is the second step of signing in. */
  shell: OfficeShellProps
  action: string
  hidden: readonly (readonly [string, string])[]
  /** `set_up`: a second factor comes first. */
  ask: 'code' | 'password' | 'set_up'
  problem: 'refused' | 'too_many_requests' | null
  retryAfterSeconds: number | null
}

export function confirmTitle({ shell, ask, problem }: ConfirmPageProps): string {
  const words = peopleMessages(shell.locale)
  const title = ask === 'set_up' ? words.setUpFirstTitle : words.confirmTitle
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** One field by which a person proves to be who they are; what was sent before waits in the form. */
export function ConfirmPage(props: ConfirmPageProps) {
  const { shell, action, hidden, ask, problem, retryAfterSeconds } = props
  const words = peopleMessages(shell.locale)
  const office = officeMessages(shell.locale)
  if (ask === 'set_up') {
    return (
      <OfficeShell shell={shell} narrow>
        <h1>{words.setUpFirstTitle}</h1>
        <p>{words.setUpFirstText}</p>
        <p>
          <a class="btn" href={carry(urls.secondFactor(), { locale: shell.locale })}>
            {words.setUpFactor}
          </a>
        </p>
      </OfficeShell>
    )
  }
  const said =
    problem === null
      ? undefined
      : problem === 'refused'
        ? words[`refused_${ask}`]
        : withWait(office, words.tooManyCodes, retryAfterSeconds ?? 60)
  const isSignIn = shell.user === null
  return (
    <OfficeShell shell={shell} narrow>
      {said && <ErrorSummary locale={shell.locale} lines={[{ href: `#${fields.confirm}`, text: said }]} />}
      <h1>{words.confirmTitle}</h1>
      <p class="lead">{isSignIn ? words.confirmSignIn : words.confirmWhy}</p>
      <form class="card form" method="post" action={action} novalidate>
        {hidden.map(([name, value], at) => (
          <input key={at} type="hidden" name={name} value={value} />
        ))}
        <Field
          name={fields.confirm}
          label={ask === 'code' ? words.code : office.password}
          hint={ask === 'code' ? words.codeHint : words.passwordNone}
          problem={said}
          input={
            ask === 'code'
              ? {
                  inputMode: 'text',
                  autocomplete: 'one-time-code',
                  autocapitalize: 'none',
                  spellcheck: false,
                  required: true,
                }
              : { type: 'password', autocomplete: 'current-password', required: true }
          }
        />
        <button type="submit" class="btn">
          {words.goOn}
        </button>
      </form>
    </OfficeShell>
  )
}
