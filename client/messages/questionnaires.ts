import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { questionnairesEn } from './questionnaires.en.ts'
import { questionnairesZh } from './questionnaires.zh-CN.ts'

export type QuestionnaireMessages = Translation<typeof questionnairesZh>

/** Words around questionnaires in one language; anything but English is Chinese. */
export const questionnaireMessages = (locale: Locale): QuestionnaireMessages =>
  locale === 'en' ? questionnairesEn : questionnairesZh
