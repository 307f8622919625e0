import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { reviewsEn } from './reviews.en.ts'
import { reviewsZh } from './reviews.zh-CN.ts'

export type ReviewMessages = Translation<typeof reviewsZh>

/** Words around the scores of lead departments in one language; anything but English is Chinese. */
export const reviewMessages = (locale: Locale): ReviewMessages => (locale === 'en' ? reviewsEn : reviewsZh)
