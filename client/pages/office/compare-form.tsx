import type { Locale } from '../../../surveys/questionnaire.ts'
import { Select } from '../../parts/field.tsx'
import { fields } from '../../urls.ts'

/** Chooses the two versions that a page compares. */
export function CompareForm({
  locale,
  action,
  words,
  versions,
  from,
  to,
}: {
  locale: Locale
  action: string
  words: { readonly compareFrom: string; readonly compareTo: string; readonly compareSubmit: string }
  versions: readonly { readonly value: string; readonly text: string }[]
  from: string
  to: string
}) {
  return (
    <form class="filters" method="get" action={action}>
      <input type="hidden" name={fields.locale} value={locale} />
      <Select name="from" label={words.compareFrom} options={versions} value={from} />
      <Select name="to" label={words.compareTo} options={versions} value={to} />
      <button type="submit" class="btn btn-2">
        {words.compareSubmit}
      </button>
    </form>
  )
}
