import type { AmendmentLine } from '../client/parts/amendment-list.tsx'
import type { AmendableTerm, Amendment } from '../surveys/amendment.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { dateText, momentText, startOf } from './calendar.ts'

/** An amendment as a reader sees it. */
export function amendmentLine({ term, before, after, zh, en, at }: Amendment, locale: Locale): AmendmentLine {
  return {
    term,
    before: termText(term, before, locale),
    after: termText(term, after, locale),
    note: locale === 'en' ? en : zh,
    on: dateText(at, locale),
  }
}

/** A term's value in words. */
export function termText(term: AmendableTerm, value: string, locale: Locale): string {
  if (term === 'closes') return momentText(Number(value), locale)
  return term === 'results' ? dateText(startOf(Number(value)), locale) : value
}
