import type { Locale } from '../../surveys/questionnaire.ts'
import { fieldworkEn } from './fieldwork.en.ts'
import { fieldworkZh } from './fieldwork.zh-CN.ts'
import type { Translation } from './fill.ts'

export type FieldworkMessages = Translation<typeof fieldworkZh>

/** Words of the fieldwork monitor in one language; anything but English is Chinese. */
export const fieldworkMessages = (locale: Locale): FieldworkMessages => (locale === 'en' ? fieldworkEn : fieldworkZh)
