import { peopleMessages } from '../../messages/people.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { withError } from './account.tsx'
import { HiddenFields } from './hidden-fields.tsx'

/** POST to urls.secondFactor with `offer` and `fields.code`. */
export type SecondFactorPageProps = {
  shell: OfficeShellProps
  /** `otpauth:` address. */
  address: string
  /** The same secret to type by hand. */
  typed: string
  /** The offer for the form; nobody can read it. */
  sealed: string
  /** False when another authenticator is in use until then. */
  isNew: boolean
  problem: 'refused' | 'over' | 'too_many_requests' | null
}

export const secondFactorTitle = ({ shell, problem }: SecondFactorPageProps): string =>
  withError(shell, peopleMessages(shell.locale).factorTitle, problem !== null)

/** A secret for an authenticator, and a field for its first code. */
export function SecondFactorPage({ shell, address, typed, sealed, isNew, problem }: SecondFactorPageProps) {
  const words = peopleMessages(shell.locale)
  const said = problem === null ? undefined : words[`factor_${problem}`]
  return (
    <OfficeShell shell={shell} narrow>
      {said && <ErrorSummary locale={shell.locale} lines={[{ href: `#${fields.code}`, text: said }]} />}
      <h1>{words.factorTitle}</h1>
      <p class="lead">{words.factorIntro}</p>
      {!isNew && <p class="note">{words.factorReplaces}</p>}
      <ol>
        <li>{words.factorStep1}</li>
        <li>{words.factorStep2}</li>
        <li>{words.factorStep3}</li>
      </ol>
      <p>
        <QrCode text={address} label={words.factorQr} />
      </p>
      <p>
        {words.factorTyped} <code>{typed}</code>
      </p>
      <form class="card form" method="post" action={carry(urls.secondFactor(), { locale: shell.locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', offer: sealed }} />
        <Field
          name={fields.code}
          label={words.firstCode}
          hint={words.firstCodeHint}
          problem={said}
          input={{ inputMode: 'numeric', autocomplete: 'one-time-code', required: true }}
        />
        <button type="submit" class="btn">
          {words.setUpFactor}
        </button>
      </form>
    </OfficeShell>
  )
}

type BackupCodesPageProps = { shell: OfficeShellProps; codes: readonly string[] }

export const backupCodesTitle = ({ shell }: BackupCodesPageProps): string => peopleMessages(shell.locale).codesTitle

/** Shown once. */
export function BackupCodesPage({ shell, codes }: BackupCodesPageProps) {
  const words = peopleMessages(shell.locale)
  return (
    <OfficeShell shell={shell} narrow>
      <h1>{words.codesTitle}</h1>
      <p class="note" role="status">
        {words.codesDone}
      </p>
      <p class="lead">{words.codesText}</p>
      <ul>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <a class="btn" href={carry(urls.account(), { locale: shell.locale })}>
          {words.codesKept}
        </a>
      </p>
    </OfficeShell>
  )
}
