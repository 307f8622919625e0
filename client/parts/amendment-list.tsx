import type { AmendableTerm } from '../../surveys/amendment.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { amendmentMessages } from '../messages/amendments.ts'
import { fill } from '../messages/fill.ts'

/** One amendment of a survey, as the reader sees its values. */
export type AmendmentLine = { term: AmendableTerm; before: string; after: string; note: string; on: string }

/** '2026年3月1日：截止时间由 … 改为 …。' with what everybody was told. */
export function amendmentText(locale: Locale, { term, before, after, on }: AmendmentLine): string {
  return fill(amendmentMessages(locale)[`changed_${term}`], { before, after, on })
}

/** What was changed after a survey had opened; nothing where all is as it was. */
export function AmendmentList({
  amendments,
  locale,
  heading: Heading,
}: {
  amendments: readonly AmendmentLine[]
  locale: Locale
  heading: 'h2' | 'h4'
}) {
  if (amendments.length === 0) return null
  return (
    <>
      <Heading>{amendmentMessages(locale).listHeading}</Heading>
      <ul>
        {amendments.map((line) => (
          <li key={amendmentText(locale, line)}>
            {amendmentText(locale, line)} <bdi>{line.note}</bdi>
          </li>
        ))}
      </ul>
    </>
  )
}
