import type { Locale } from '../../surveys/questionnaire.ts'
import { apiEn } from './api.en.ts'
import { apiZh } from './api.zh-CN.ts'
import type { Translation } from './fill.ts'

export type ApiMessages = Translation<typeof apiZh>

/** Words about the interface for programs in one language; anything but English is Chinese. */
export const apiMessages = (locale: Locale): ApiMessages => (locale === 'en' ? apiEn : apiZh)
