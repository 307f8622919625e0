import { DonePage, doneTitle } from '../client/pages/respond/done-page.tsx'
import { urls } from '../client/urls.ts'
import { takesCases } from '../surveys/low-rating.ts'
import { answerHtml } from './answer-html.ts'
import { dateText, startOf } from './calendar.ts'
import { checkAddress } from './receipts.ts'
import type { Exchange } from './route.ts'
import { localized, type SurveyContext, surveyHead } from './surveys.ts'
import type { World } from './world.ts'

interface Told {
  readonly tag: string
  readonly signature: string
  readonly code?: string
  /** An answer was asked for when the response was counted already. */
  readonly isAskedLate?: boolean
}

/**
 * What a person gets for a response that is counted; tag and signature, as base64url, are known to be a receipt. `code` opens
 * the mailbox that the server has made for this person, who sees it this once.
 */
export function receiptPage(
  exchange: Exchange,
  context: SurveyContext,
  { tag, signature, code = '', isAskedLate = false }: Told,
): Promise<Response> {
  const { world, locale, size, isKiosk } = exchange
  const { jid, sid, survey, sealed, questionnaire } = context
  const props = {
    locale,
    size,
    isKiosk,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    thanks: localized(questionnaire.thanks, locale),
    tag,
    signature,
    checkAddress: checkAddress(world, context, tag, signature),
    mode: survey.mode,
    ...(sealed && survey.state === 'open' && !isKiosk ? { own: ownResponse(world, context) } : {}),
    ...(takesCases(survey, questionnaire) ? { mailbox: code, isAskedLate } : {}),
    resultsOn: dateText(startOf(survey.resultsOn), locale),
    ...(survey.group === 'recipients' ? { report: urls.report(jid, sid) } : {}),
  }
  return answerHtml(exchange, { face: 'respond', title: doneTitle(props), body: <DonePage {...props} /> })
}

/** Whether people come with a code that somebody has given them. */
export const needsCode = (anchor: string): boolean => anchor === 'roster' || anchor === 'receipt'

/** Where whoever has sent a sealed response begins to change it: by a code, or by verifying again. */
function ownResponse({ assets }: World, { jid, sid, survey }: SurveyContext): { script: string; change: string } {
  const change = needsCode(survey.anchor) ? urls.code() : urls.start(jid, sid)
  return { script: urls.asset(assets.files['kept'] ?? ''), change }
}
