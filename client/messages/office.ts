import type { Locale } from '../../surveys/questionnaire.ts'
import { fill } from './fill.ts'
import { officeEn } from './office.en.ts'
import { type OfficeMessages, officeZh } from './office.zh-CN.ts'

export type { OfficeMessages }

/** The words of one language; anything but English is Chinese. */
export const officeMessages = (locale: Locale): OfficeMessages => (locale === 'en' ? officeEn : officeZh)

/** Puts a time to wait into a text: seconds while one can count them, then minutes, never too short. */
export function withWait(words: OfficeMessages, text: string, seconds: number): string {
  const wait = seconds <= 90 ? fill(words.seconds, { n: seconds }) : fill(words.minutes, { n: Math.ceil(seconds / 60) })
  return fill(text, { wait })
}
