import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { peopleEn } from './people.en.ts'
import { peopleZh } from './people.zh-CN.ts'

export type PeopleMessages = Translation<typeof peopleZh>

/** Words about people, their sign-in and what they did, in one language; anything but English is Chinese. */
export const peopleMessages = (locale: Locale): PeopleMessages => (locale === 'en' ? peopleEn : peopleZh)
