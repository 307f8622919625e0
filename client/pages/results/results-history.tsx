import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { resultsMessages } from '../../messages/results.ts'

/** A new name, a merger or a split of organs. */
export type OrganHistory = {
  kind: 'rename' | 'merge' | 'split'
  day: string
  before: readonly string[]
  after: readonly string[]
  note: string
}

/** '2027年1月1日：“甲”“乙”合并为“丙”。' with its note. */
export function historyText(locale: Locale, { kind, day, before, after, note }: OrganHistory): string {
  const words = resultsMessages(locale)
  const list = (names: readonly string[]) =>
    names.map((name) => fill(words.quoted, { text: name })).join(locale === 'en' ? ', ' : '')
  return `${fill(words[`history_${kind}`], { day, before: list(before), after: list(after) })}${note}`
}

/** What organs are called now, and what became of them; nothing where all is as it was. */
export function History({
  renamed,
  history,
  locale,
}: {
  renamed: readonly { name: string; now: string }[]
  history: readonly OrganHistory[]
  locale: Locale
}) {
  const words = resultsMessages(locale)
  if (renamed.length + history.length === 0) return null
  return (
    <ul class="note">
      {renamed.map(({ name, now }) => (
        <li key={name}>{fill(words.renamed, { name, now })}</li>
      ))}
      {history.map((change) => (
        <li key={historyText(locale, change)}>{historyText(locale, change)}</li>
      ))}
    </ul>
  )
}
