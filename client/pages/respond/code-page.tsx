import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { View } from './views.ts'
import { Waiting } from './waiting.tsx'

export type CodePageProps = View & {
  /** 422: nothing typed, or not sixteen letters and digits. A well-formed unknown code gets the state page `unknown`. */
  problem?: 'required' | 'malformed' | undefined
  /** What was typed, given back. */
  code?: string | undefined
  /** Of the poster that led here; '' = none. */
  channel: string
}

export function codeTitle({ locale, problem }: CodePageProps): string {
  const m = respondMessages(locale)
  return titleOf(m, m.codeTitle, undefined, problem !== undefined)
}

/** One page for every ticket code; it is the same for everyone, and the code never stands in an address. */
export function CodePage(props: CodePageProps) {
  const { locale, problem, code = '', channel } = props
  const m = respondMessages(locale)
  const text = problem && (problem === 'required' ? m.codeRequired : m.codeMalformed)
  return (
    <Frame {...props} again={{ path: urls.code(), channel }} back={{ href: urls.index() }}>
      <ErrorSummary locale={locale} lines={text ? [{ href: `#${fields.code}`, text }] : []} />
      <h1>{m.codeTitle}</h1>
      <p class="note" id="kept" hidden>
        {m.codeKept}
      </p>
      <form method="post" action={carry(urls.code(), props)} novalidate data-island="code">
        <Field
          name={fields.code}
          label={m.codeLabel}
          hint={m.codeHint}
          problem={text}
          input={{
            value: code,
            class: 'code',
            maxLength: 40,
            autocomplete: 'off',
            autocapitalize: 'characters',
            spellcheck: false,
          }}
        />
        <button type="submit" class="btn">
          {m.continue}
        </button>
        <Waiting m={m} />
      </form>
      <details class="extra">
        <summary>{m.codeHelp}</summary>
        <p>{m.codeHelpText}</p>
      </details>
    </Frame>
  )
}
