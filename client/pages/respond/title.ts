import { fill } from '../../messages/fill.ts'
import type { RespondMessages } from '../../messages/respond.ts'
import type { SurveyHead } from './views.ts'

/** The document's title: what the page is, then which survey; a page with a problem says so first. */
export function titleOf(m: RespondMessages, page: string, survey?: SurveyHead, hasProblem = false): string {
  const title = survey && survey.title !== page ? fill(m.pageTitle, { page, survey: survey.title }) : page
  return hasProblem ? fill(m.errorPrefix, { title }) : title
}
