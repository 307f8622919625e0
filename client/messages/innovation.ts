import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { innovationEn } from './innovation.en.ts'
import { innovationZh } from './innovation.zh-CN.ts'

export type InnovationMessages = Translation<typeof innovationZh>

/** Words around the innovation review in one language; anything but English is Chinese. */
export const innovationMessages = (locale: Locale): InnovationMessages =>
  locale === 'en' ? innovationEn : innovationZh
