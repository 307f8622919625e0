import type { Locale } from '../../surveys/questionnaire.ts'
import { deskEn } from './office-desk.en.ts'
import { type DeskMessages, deskZh } from './office-desk.zh-CN.ts'

export type { DeskMessages }

/** The words of one language; anything but English is Chinese. */
export const deskMessages = (locale: Locale): DeskMessages => (locale === 'en' ? deskEn : deskZh)
