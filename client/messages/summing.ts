import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { summingEn } from './summing.en.ts'
import { summingZh } from './summing.zh-CN.ts'

export type SummingMessages = Translation<typeof summingZh>

/** Words around the summing up of a cycle in one language; anything but English is Chinese. */
export const summingMessages = (locale: Locale): SummingMessages => (locale === 'en' ? summingEn : summingZh)
