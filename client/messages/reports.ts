import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { reportsEn } from './reports.en.ts'
import { reportsZh } from './reports.zh-CN.ts'

export type ReportMessages = Translation<typeof reportsZh>

/** Words of the report in one language; anything but English is Chinese. */
export const reportMessages = (locale: Locale): ReportMessages => (locale === 'en' ? reportsEn : reportsZh)
