import type { Locale } from '../../surveys/questionnaire.ts'
import { assistEn } from './assist.en.ts'
import { assistZh } from './assist.zh-CN.ts'
import type { Translation } from './fill.ts'

export type AssistMessages = Translation<typeof assistZh>

/** Words for staff who write other people's answers down; anything but English is Chinese. */
export const assistMessages = (locale: Locale): AssistMessages => (locale === 'en' ? assistEn : assistZh)
