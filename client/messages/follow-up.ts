import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { followUpEn } from './follow-up.en.ts'
import { followUpZh } from './follow-up.zh-CN.ts'

export type FollowUpMessages = Translation<typeof followUpZh>

/** Words of what follows a publication in one language; anything but English is Chinese. */
export const followUpMessages = (locale: Locale): FollowUpMessages => (locale === 'en' ? followUpEn : followUpZh)
