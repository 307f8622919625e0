import { verifyMessages } from '../../messages/verify.ts'
import { Field } from '../../parts/field.tsx'
import { urls } from '../../urls.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'

export type VerifyPageProps = View & {
  /** Where the published files are; '' = not known. */
  from: string
}

export const verifyTitle = ({ locale }: VerifyPageProps): string => verifyMessages(locale).title

/**
 * Checks published results on the device of whoever looks: everything that it needs is in this one document, so it can be
 * saved and used without us.
 */
export function VerifyPage(props: VerifyPageProps) {
  const { locale, from } = props
  const words = verifyMessages(locale)
  return (
    <PublicFrame {...props} path={urls.verify()}>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      <p class="hint">{words.offline}</p>
      <form data-island="verify" novalidate hidden>
        <p>
          <label for="folder">{words.chooseFolder}</label>
          <input type="file" id="folder" multiple />
        </p>
        <Field
          name="address"
          label={words.address}
          input={{ value: from, type: 'url', autocomplete: 'off', spellcheck: false }}
        />
        <button type="submit" class="btn">
          {words.check}
        </button>
      </form>
      <noscript>
        <p class="note">{words.needsScript}</p>
      </noscript>
      <section aria-live="polite" id="verdict" />
      <p class="hint">{words.limits}</p>
    </PublicFrame>
  )
}
