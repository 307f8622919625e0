import type { Locale } from '../../surveys/questionnaire.ts'
import { cyclesEn } from './cycles.en.ts'
import { cyclesZh } from './cycles.zh-CN.ts'
import type { Translation } from './fill.ts'

export type CycleMessages = Translation<typeof cyclesZh>

/** Words around setting up a year in one language; anything but English is Chinese. */
export const cycleMessages = (locale: Locale): CycleMessages => (locale === 'en' ? cyclesEn : cyclesZh)
