import type { Locale } from '../../surveys/questionnaire.ts'
import { complaintsEn } from './complaints.en.ts'
import { complaintsZh } from './complaints.zh-CN.ts'
import type { Translation } from './fill.ts'

export type ComplaintMessages = Translation<typeof complaintsZh>

/** Words around complaints in one language; anything but English is Chinese. */
export const complaintMessages = (locale: Locale): ComplaintMessages => (locale === 'en' ? complaintsEn : complaintsZh)
