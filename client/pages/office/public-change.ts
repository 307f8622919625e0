import type { AmendableTerm } from '../../../surveys/amendment.ts'
import type { SurveyState } from '../../../surveys/cycle.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { amendmentMessages } from '../../messages/amendments.ts'
import { fill } from '../../messages/fill.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { publicationMessages } from '../../messages/publication.ts'
import { type SurveyName, surveyTitle } from './survey-name.ts'

// What two persons change about something that is public already, as the page of the approvals shows it.

/** `zh` and `en`: what everybody will be told. `bundle`: the fingerprint of files. */
export type PublicChangeAbout = { zh: string; en: string } & (
  | { action: 'result.correct'; cycle: string; version: number; bundle: string }
  | { action: 'result.withdraw'; cycle: string; bundle: string }
  /** A term of an open survey as it is and as it will be, in words. */
  | {
      action: 'survey.amend'
      survey: SurveyName
      now: SurveyState
      term: AmendableTerm
      before: string
      after: string
    }
)

export function publicChangeHeading(about: PublicChangeAbout, locale: Locale): string {
  const words = publicationMessages(locale)
  if (about.action === 'survey.amend')
    return fill(amendmentMessages(locale).heading, { survey: surveyTitle(locale, about.survey) })
  const { cycle } = about
  if (about.action === 'result.withdraw') return fill(words.headingWithdraw, { cycle })
  return fill(words.headingCorrect, { cycle, version: about.version })
}

/** What changes, how it is, how it will be. */
export function publicChangeRow(about: PublicChangeAbout, locale: Locale): [string, string, string] {
  const words = publicationMessages(locale)
  if (about.action === 'survey.amend')
    return [amendmentMessages(locale)[`term_${about.term}`], about.before, about.after]
  if (about.action === 'result.withdraw') return [words.state, words.state_current, words.withdrawn]
  const page = (version: number) => fill(words.page, { version })
  return [words.latestVersion, page(about.version - 1), page(about.version)]
}

/** What everybody will be told, in both languages, and the files that it is about; `lang` is that of what people wrote. */
export function publicNotes(
  about: PublicChangeAbout,
  locale: Locale,
): { name: string; text: string; lang: 'zh-CN' | 'en' | null }[] {
  const { noteZh, noteEn } = amendmentMessages(locale)
  return [
    { name: noteZh, text: about.zh, lang: 'zh-CN' },
    { name: noteEn, text: about.en, lang: 'en' },
    ...(about.action === 'survey.amend' ? [] : [{ name: boxMessages(locale).bundle, text: about.bundle, lang: null }]),
  ]
}
