import type { Locale } from '../../surveys/questionnaire.ts'
import { amendmentsEn } from './amendments.en.ts'
import { amendmentsZh } from './amendments.zh-CN.ts'
import type { Translation } from './fill.ts'

export type AmendmentMessages = Translation<typeof amendmentsZh>

/** Words around amendments in one language; anything but English is Chinese. */
export const amendmentMessages = (locale: Locale): AmendmentMessages => (locale === 'en' ? amendmentsEn : amendmentsZh)
