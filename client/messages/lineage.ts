import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { lineageEn } from './lineage.en.ts'
import { lineageZh } from './lineage.zh-CN.ts'

export type LineageMessages = Translation<typeof lineageZh>

/** Words around the lineage of a score in one language; anything but English is Chinese. */
export const lineageMessages = (locale: Locale): LineageMessages => (locale === 'en' ? lineageEn : lineageZh)
