import type { Locale } from '../../surveys/questionnaire.ts'
import { casesEn } from './cases.en.ts'
import { casesZh } from './cases.zh-CN.ts'
import type { Translation } from './fill.ts'

export type CaseMessages = Translation<typeof casesZh>

/** Words around low ratings whose writers asked for an answer, in one language; anything but English is Chinese. */
export const caseMessages = (locale: Locale): CaseMessages => (locale === 'en' ? casesEn : casesZh)
