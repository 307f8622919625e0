import type { Locale } from '../../surveys/questionnaire.ts'
import { accountabilityEn } from './accountability.en.ts'
import { accountabilityZh } from './accountability.zh-CN.ts'
import type { Translation } from './fill.ts'

export type AccountabilityMessages = Translation<typeof accountabilityZh>

/** Words around what organs may have to answer for in one language; anything but English is Chinese. */
export const accountabilityMessages = (locale: Locale): AccountabilityMessages =>
  locale === 'en' ? accountabilityEn : accountabilityZh
