import { Field } from '../../parts/field.tsx'
import { carry, fields } from '../../urls.ts'
import type { View } from './views.ts'

export type ReadFormProps = View & {
  path: string
  words: { readLead: string; readLabel: string; readHint: string }
  /** What is written on the button. */
  open: string
  /** What was typed, given back, and what is wrong with it. */
  typed: string
  problem: string | null
  /** Takes the code from the fragment of the address. */
  island?: 'code'
}

/** Where the code is typed with which an answer is read; it stands in no request line. */
export function ReadForm({ path, words, open, typed, problem, island, ...view }: ReadFormProps) {
  return (
    <form method="post" action={carry(path, view)} novalidate data-island={island}>
      <p class="lead">{words.readLead}</p>
      <Field
        name={fields.code}
        label={words.readLabel}
        hint={words.readHint}
        problem={problem ?? undefined}
        input={{ value: typed, class: 'code', maxLength: 40, autocomplete: 'off', spellcheck: false }}
      />
      <button type="submit" class="btn">
        {open}
      </button>
    </form>
  )
}
