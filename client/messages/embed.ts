import type { Locale } from '../../surveys/questionnaire.ts'
import { embedEn } from './embed.en.ts'
import { embedZh } from './embed.zh-CN.ts'
import type { Translation } from './fill.ts'

export type EmbedMessages = Translation<typeof embedZh>

/** Words about showing a start page on other sites, in one language; anything but English is Chinese. */
export const embedMessages = (locale: Locale): EmbedMessages => (locale === 'en' ? embedEn : embedZh)
