import { type CheckOutcome, CheckPage, checkTitle } from '../client/pages/respond/check-page.tsx'
import { findReceipt } from '../client/receipt-text.ts'
import { fields as names, patterns, urls } from '../client/urls.ts'
import { surveyFile } from '../surveys/bundle.ts'
import { fromBase64url } from '../surveys/canonical.ts'
import { answerHtml } from './answer-html.ts'
import { readSingle } from './ballot/enter.tsx'
import { proofOf } from './log-routes.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { receiptCell } from './receipts.ts'
import { defineRoute, type Exchange } from './route.ts'
import { findContext, type SurveyContext, surveyHead } from './surveys.ts'

/** Where a receipt is checked, the same page for everybody: what stands in the fragment stays on the device. */
export const checkPage = defineRoute({
  method: 'GET',
  path: patterns.check,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' },
  async handler(exchange) {
    const context = await findContext(exchange.world, exchange.params.jid, exchange.params.sid)
    if (!context?.manifestHash) return refuse(exchange, 'unknown')
    return cachedPage(exchange, `check|${context.name}|${context.revision}|${context.survey.state}`, 300, () => {
      const props = propsOf(exchange, context)
      return { face: 'respond', title: checkTitle(props), body: <CheckPage {...props} /> }
    })
  },
})

/** The same without script: the receipt is sent, and the server says what the device would have found. */
export const checkReceipt = defineRoute({
  method: 'POST',
  path: patterns.check,
  policy: { who: 'public', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['form'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const context = await findContext(exchange.world, exchange.params.jid, exchange.params.sid)
    if (!context?.manifestHash) return refuse(exchange, 'unknown')
    const read = readSingle(exchange.body, names.receipt)
    if (!read.ok) return refuse(exchange, 'bad_request', { errors: read.error })
    const text = read.value
    const isEmpty = text.trim() === ''
    const outcome = isEmpty ? ('required' as const) : await outcomeOf(exchange, context, text)
    const props = { ...propsOf(exchange, context), asked: { text, outcome } }
    const status = isEmpty ? 422 : 200
    const page = { face: 'respond' as const, title: checkTitle(props), body: <CheckPage {...props} />, status }
    return answerHtml(exchange, page)
  },
})

function propsOf({ world, locale, size }: Exchange, context: SurveyContext) {
  const script = world.assets.files['check']
  const { jid, sid, survey } = context
  return {
    locale,
    size,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    manifestHash: context.manifestHash,
    ...(survey.state === 'published'
      ? { slipHashes: urls.bundle(jid, survey.cycle, surveyFile(sid, 'slips.leafhashes')) }
      : {}),
    ...(script ? { script: urls.asset(script) } : {}),
  }
}

async function outcomeOf(exchange: Exchange, context: SurveyContext, text: string): Promise<CheckOutcome> {
  const receipt = findReceipt(text)
  const tag = fromBase64url(receipt?.tag ?? '')
  const signature = fromBase64url(receipt?.signature ?? '')
  if (tag?.length !== 32 || signature?.length !== 64) return { kind: 'invalid' }
  if ((await receiptCell(exchange.world, context, tag, signature)) === null) return { kind: 'invalid' }
  const found = await proofOf(exchange, context, tag)
  if (found) return { kind: 'counted', index: found.index }
  return { kind: hasLogs(context) ? 'not_yet' : 'no_log' }
}

// A survey that opened before there were logs has none, and its manifest no key for them.
const hasLogs = ({ survey }: SurveyContext): boolean => /"log_pk":"/.test(survey.manifest ?? '')
