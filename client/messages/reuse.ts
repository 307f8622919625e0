import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { reuseEn } from './reuse.en.ts'
import { reuseZh } from './reuse.zh-CN.ts'

export type ReuseMessages = Translation<typeof reuseZh>

/** Words around existing results in one language; anything but English is Chinese. */
export const reuseMessages = (locale: Locale): ReuseMessages => (locale === 'en' ? reuseEn : reuseZh)
