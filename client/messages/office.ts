import type { Locale } from '../../surveys/questionnaire.ts'
import { officeEn } from './office.en.ts'
import { type OfficeMessages, officeZh } from './office.zh-CN.ts'

export type { OfficeMessages }

/** The words of one language; anything but English is Chinese. */
export const officeMessages = (locale: Locale): OfficeMessages => (locale === 'en' ? officeEn : officeZh)
