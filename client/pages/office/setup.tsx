import type { ComponentChildren } from 'preact'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../messages/office.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, type FieldProps } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** Field names of the first start, in the order of the form. */
export const setupFields = [
  'setupToken',
  'adminEmail',
  'adminPassword',
  'adminPasswordAgain',
  'jurisdictionCode',
  'jurisdictionNameZh',
  'jurisdictionNameEn',
  'officeEmail',
  'officePassword',
  'officePasswordAgain',
] as const
export type SetupField = (typeof setupFields)[number]

/** What the form says and the server checks, in characters. */
export const passwordLength = { shortest: 12, longest: 128 } as const
export const longestName = 80

/** `not_valid` is for the set-up code, `not_text` for characters that nobody can see or type. */
export type SetupProblem =
  | 'required'
  | 'not_email'
  | 'too_short'
  | 'too_common'
  | 'not_same'
  | 'not_code'
  | 'not_text'
  | 'too_long'
  | 'same_person'
  | 'not_valid'

const problemTexts = {
  required: 'problemRequired',
  not_email: 'problemNotEmail',
  too_short: 'problemTooShort',
  too_common: 'problemTooCommon',
  not_same: 'problemNotSame',
  not_code: 'problemNotCode',
  not_text: 'problemNotText',
  too_long: 'problemTooLong',
  same_person: 'problemSamePerson',
  not_valid: 'problemNotValid',
} as const satisfies Record<SetupProblem, keyof OfficeMessages>

/** POST to urls.setup with the fields above; `setupToken` is the code that the server printed at its first start. */
export type SetupPageProps = {
  shell: OfficeShellProps
  /** What was typed; passwords and the set-up code come back empty. */
  values: Partial<Record<SetupField, string>>
  problems: readonly { field: SetupField; problem: SetupProblem }[]
}

/** Begins with the word for an error where there is one: it is the first thing a screen reader says. */
export function setupTitle({ shell, problems }: SetupPageProps): string {
  const words = officeMessages(shell.locale)
  return problems.length > 0 ? fill(words.errorTitle, { title: words.setupTitle }) : words.setupTitle
}

/** What is wrong with a field, with its name. */
export function firstStartProblemText(locale: Locale, field: SetupField, problem: SetupProblem): string {
  const words = officeMessages(locale)
  return fill(words[problemTexts[problem]], {
    field: words[field],
    shortest: passwordLength.shortest,
    longest: field.includes('Password') ? passwordLength.longest : longestName,
  })
}

/** The form of the first start. */
export function SetupPage({ shell, values, problems }: SetupPageProps) {
  const words = officeMessages(shell.locale)
  const textOf = (field: SetupField, problem: SetupProblem) => firstStartProblemText(shell.locale, field, problem)
  const line = (field: SetupField, input: FieldProps['input'], hint?: string) => {
    const found = problems.find((candidate) => candidate.field === field)
    // Secrets come back empty.
    const value = input.type === 'password' || field === 'setupToken' ? undefined : (values[field] ?? '')
    return (
      <Field
        name={field}
        label={words[field]}
        hint={hint}
        problem={found ? textOf(field, found.problem) : undefined}
        input={{ required: true, ...input, ...(value === undefined ? {} : { value }) }}
      />
    )
  }
  const email = { type: 'email', autocomplete: 'off', autocapitalize: 'none', spellcheck: false } as const
  // No maxlength: it would cut a pasted password in silence.
  const password = { type: 'password', autocomplete: 'new-password', minlength: passwordLength.shortest } as const
  const passwordHint = fill(words.passwordHint, passwordLength)
  return (
    <OfficeShell shell={shell} narrow>
      <ErrorSummary
        locale={shell.locale}
        lines={problems.map(({ field, problem }) => ({ href: `#${field}`, text: textOf(field, problem) }))}
      />
      <h1>{words.setupTitle}</h1>
      <p>{words.setupIntro}</p>
      {problems.length > 0 && <p class="note">{words.setupSecretsAgain}</p>}
      <form class="form" method="post" action={carry(urls.setup(), { locale: shell.locale })} novalidate>
        <div class="card">
          {line('setupToken', { autocomplete: 'off', autocapitalize: 'none', spellcheck: false }, words.setupTokenHint)}
        </div>
        <Part title={words.setupPlatform} hint={words.setupPlatformHint}>
          {line('adminEmail', email)}
          {line('adminPassword', password, passwordHint)}
          {line('adminPasswordAgain', password)}
        </Part>
        <Part title={words.setupJurisdiction}>
          {line(
            'jurisdictionCode',
            { autocapitalize: 'none', spellcheck: false, maxlength: 40 },
            words.jurisdictionCodeHint,
          )}
          {line('jurisdictionNameZh', { lang: 'zh-CN', maxlength: longestName })}
          {line('jurisdictionNameEn', { lang: 'en', maxlength: longestName })}
        </Part>
        <Part title={words.setupOffice} hint={words.setupOfficeHint}>
          {line('officeEmail', email)}
          {line('officePassword', password, passwordHint)}
          {line('officePasswordAgain', password)}
        </Part>
        <button type="submit" class="btn">
          {words.setupButton}
        </button>
      </form>
    </OfficeShell>
  )
}

function Part({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  return (
    <fieldset class="card">
      <legend>{title}</legend>
      {hint && <p class="hint">{hint}</p>}
      {children}
    </fieldset>
  )
}
