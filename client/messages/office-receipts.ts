import type { Locale } from '../../surveys/questionnaire.ts'
import { officeReceiptsEn } from './office-receipts.en.ts'
import { type OfficeReceiptMessages, officeReceiptsZh } from './office-receipts.zh-CN.ts'

export type { OfficeReceiptMessages }

/** The words of one language; anything but English is Chinese. */
export const officeReceiptMessages = (locale: Locale): OfficeReceiptMessages =>
  locale === 'en' ? officeReceiptsEn : officeReceiptsZh
