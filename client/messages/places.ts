import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { placesEn } from './places.en.ts'
import { placesZh } from './places.zh-CN.ts'

export type PlacesMessages = Translation<typeof placesZh>

/** Words about places above and below one another in one language; anything but English is Chinese. */
export const placesMessages = (locale: Locale): PlacesMessages => (locale === 'en' ? placesEn : placesZh)
