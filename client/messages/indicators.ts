import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { indicatorsEn } from './indicators.en.ts'
import { indicatorsZh } from './indicators.zh-CN.ts'

export type IndicatorMessages = Translation<typeof indicatorsZh>

/** Words around the indicator system in one language; anything but English is Chinese. */
export const indicatorMessages = (locale: Locale): IndicatorMessages => (locale === 'en' ? indicatorsEn : indicatorsZh)
