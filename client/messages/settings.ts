import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { settingsEn } from './settings.en.ts'
import { settingsZh } from './settings.zh-CN.ts'

export type SettingsMessages = Translation<typeof settingsZh>

/** Words about the settings of an office in one language; anything but English is Chinese. */
export const settingsMessages = (locale: Locale): SettingsMessages => (locale === 'en' ? settingsEn : settingsZh)
