import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { officeExportEn } from './office-export.en.ts'
import { officeExportZh } from './office-export.zh-CN.ts'

export type OfficeExportMessages = Translation<typeof officeExportZh>

/** Words around exports in one language; anything but English is Chinese. */
export const officeExportMessages = (locale: Locale): OfficeExportMessages =>
  locale === 'en' ? officeExportEn : officeExportZh
