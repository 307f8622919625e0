import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { receiptsEn } from './receipts.en.ts'
import { receiptsZh } from './receipts.zh-CN.ts'

export type ReceiptMessages = Translation<typeof receiptsZh>

/** Words around service receipts in one language; anything but English is Chinese. */
export const receiptMessages = (locale: Locale): ReceiptMessages => (locale === 'en' ? receiptsEn : receiptsZh)
