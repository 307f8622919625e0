import type { Locale } from '../../surveys/questionnaire.ts'
import { resultsEn } from './results.en.ts'
import { type ResultsMessages, resultsZh } from './results.zh-CN.ts'

export type { ResultsMessages }

/** Sentences in a row: apart by a space in English, not in Chinese. */
export function sentences(locale: Locale, ...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(locale === 'en' ? ' ' : '')
}

/** The words of one language; anything but English is Chinese. */
export const resultsMessages = (locale: Locale): ResultsMessages => (locale === 'en' ? resultsEn : resultsZh)
