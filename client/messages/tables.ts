import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { tablesEn } from './tables.en.ts'
import { tablesZh } from './tables.zh-CN.ts'

export type TableMessages = Translation<typeof tablesZh>

/** Words about tables from files in one language; anything but English is Chinese. */
export const tableMessages = (locale: Locale): TableMessages => (locale === 'en' ? tablesEn : tablesZh)
