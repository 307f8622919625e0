import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { deskMessages } from '../../messages/office-desk.ts'
import { resultsMessages } from '../../messages/results.ts'

/** By what the office knows a survey. */
export type SurveyName = { sid: string; group: GroupId; counted: boolean }

/** '群众（public-2026）' */
export function surveyTitle(locale: Locale, { sid, group, counted }: SurveyName): string {
  const name = counted ? resultsMessages(locale)[group] : boxMessages(locale).openChannel
  return fill(deskMessages(locale).surveyHeading, { group: name, sid })
}
