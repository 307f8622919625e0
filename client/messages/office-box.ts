import type { Locale } from '../../surveys/questionnaire.ts'
import { boxEn } from './office-box.en.ts'
import { type BoxMessages, boxZh } from './office-box.zh-CN.ts'

export type { BoxMessages }

/** The words of one language; anything but English is Chinese. */
export const boxMessages = (locale: Locale): BoxMessages => (locale === 'en' ? boxEn : boxZh)
