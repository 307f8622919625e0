import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'
import { english } from './respond.en.ts'
import { chinese } from './respond.zh-CN.ts'

export type RespondMessages = Translation<typeof chinese>

/** Texts of the respondents' pages in one language. */
export function respondMessages(locale: Locale): RespondMessages {
  return locale === 'en' ? english : chinese
}
