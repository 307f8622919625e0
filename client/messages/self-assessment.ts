import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { selfAssessmentEn } from './self-assessment.en.ts'
import { selfAssessmentZh } from './self-assessment.zh-CN.ts'

export type SelfMessages = Translation<typeof selfAssessmentZh>

/** Words of the self-assessment tables in one language; anything but English is Chinese. */
export const selfMessages = (locale: Locale): SelfMessages => (locale === 'en' ? selfAssessmentEn : selfAssessmentZh)
