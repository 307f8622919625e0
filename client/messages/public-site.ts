import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { publicSiteEn } from './public-site.en.ts'
import { publicSiteZh } from './public-site.zh-CN.ts'

export type PublicSiteMessages = Translation<typeof publicSiteZh>

/** Words of the pages around published results in one language; anything but English is Chinese. */
export const publicSiteMessages = (locale: Locale): PublicSiteMessages =>
  locale === 'en' ? publicSiteEn : publicSiteZh
