import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { publicationEn } from './publication.en.ts'
import { publicationZh } from './publication.zh-CN.ts'

export type PublicationMessages = Translation<typeof publicationZh>

/** Words around a publication in one language; anything but English is Chinese. */
export const publicationMessages = (locale: Locale): PublicationMessages =>
  locale === 'en' ? publicationEn : publicationZh
