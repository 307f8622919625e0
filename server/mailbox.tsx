import { caseMessages } from '../client/messages/cases.ts'
import {
  type CaseForRater,
  MailboxPage,
  type MailboxPageProps,
  mailboxTitle,
} from '../client/pages/respond/mailbox-page.tsx'
import { fields as names, patterns } from '../client/urls.ts'
import { confirmCase, findCase, type LowRatingCase } from '../db/low-ratings.ts'
import { yearsWithoutHolidays } from '../surveys/calendar.ts'
import { isOverdue, levelsOf, takesCases } from '../surveys/low-rating.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { answerHtml } from './answer-html.ts'
import { mailboxKey } from './ballot/low-rating.ts'
import { formValues } from './body.ts'
import { dayOf } from './calendar.ts'
import { dayText } from './complaint.tsx'
import { respondentScope } from './guard.ts'
import { refuse } from './problem.tsx'
import { openByCode } from './read-code.ts'
import { defineRoute, type Exchange } from './route.ts'
import { findContext, localized, type SurveyContext, surveyHead } from './surveys.ts'

// Whoever asked for an answer to a low rating reads it with the code of their mailbox, and rates once more. Nothing else is
// asked of them, and nothing connects the code with what they sent.

/** Where a code is typed; the address of a receipt brings it in the fragment. */
export const mailboxForm = defineRoute({
  method: 'GET',
  path: patterns.mailbox,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const context = await contextOf(exchange)
    if (!context) return refuse(exchange, 'unknown')
    return show(exchange, context, { code: '', problem: null, found: null })
  },
})

/** What became of the rating. */
export const mailbox = defineRoute({
  method: 'POST',
  path: patterns.mailbox,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'code', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const opened = await openMailbox(exchange, [names.code])
    if (opened instanceof Response) return opened
    const { context, code, found } = opened
    return show(exchange, context, { code, problem: null, found: told(exchange, context, found) })
  },
})

/** Takes the second rating, once. */
export const mailboxRate = defineRoute({
  method: 'POST',
  path: patterns.mailboxRate,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'code', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world } = exchange
    const opened = await openMailbox(exchange, [names.code, names.kind])
    if (opened instanceof Response) return opened
    const { context, code, found, values } = opened
    const chosen = values[names.kind]
    const level = ['0', ...levelsOf(context.questionnaire).map(({ value }) => String(value))].find(
      (each) => each === chosen,
    )
    const again = (problem: MailboxPageProps['problem'], status: number, now: LowRatingCase) =>
      show(exchange, context, { code, problem, found: told(exchange, context, now) }, status)
    if (level === undefined) return again('rate_required', 422, found)
    const rated = { ...found, level: Number(level), day: dayOf(world.now()) }
    const confirmed = await confirmCase(world.writer, respondentScope(context.jurisdiction.id), rated)
    const now = (await findIn(exchange, context, code)) ?? found
    return confirmed.ok ? again(null, 200, now) : again('rate_changed', 409, now)
  },
})

async function contextOf({ world, params }: Exchange): Promise<SurveyContext | null> {
  const { jid = '', sid = '' } = params as Record<string, string>
  const context = await findContext(world, jid, sid)
  return context && takesCases(context.survey, context.questionnaire) ? context : null
}

/** The case that the code of a form opens, or the answer to a form whose code opens none. */
async function openMailbox(exchange: Exchange, allowed: readonly string[]) {
  const { body } = exchange
  const context = await contextOf(exchange)
  if (!context) return refuse(exchange, 'unknown')
  const values = body.kind === 'form' ? formValues(body.fields, allowed) : null
  if (!values) return refuse(exchange, 'bad_request')
  const typed = values[names.code] ?? ''
  const again = (problem: MailboxPageProps['problem'], status: number) =>
    show(exchange, context, { code: typed, problem, found: null }, status)
  const opened = await openByCode(exchange, typed, (code) => findIn(exchange, context, code))
  if (opened.ok) return { context, values, ...opened.value }
  if (opened.error.code === 'too_many_requests') return refuse(exchange, opened.error.code, opened.error)
  return again(opened.error.code, opened.error.status)
}

const findIn = async ({ world }: Exchange, context: SurveyContext, code: string): Promise<LowRatingCase | null> =>
  findCase(world.db, respondentScope(context.jurisdiction.id), {
    survey: context.survey.id,
    mailbox: await mailboxKey(world, context, code),
  })

function told({ world, locale }: Exchange, context: SurveyContext, found: LowRatingCase): CaseForRater {
  const { state, openedOn, dueOn, extension, reply, answeredOn, confirmedOn, rerated } = found
  const organ = context.organs.find(({ code }) => context.organIds.get(code) === found.organ)
  const levels = levelsOf(context.questionnaire).map(({ value, label }) => ({
    value: String(value),
    label: localized(label, locale),
  }))
  return {
    organ: organ ? localized(organ.name, locale) : '',
    state,
    openedOn: dayText(openedOn, locale),
    dueOn: dayText(dueOn, locale),
    years: yearsWithoutHolidays(openedOn, dueOn).join(yearsBetween[locale === 'en' ? 'en' : 'zh-CN']),
    isOverdue: isOverdue(found, dayOf(world.now())),
    extension,
    reply: answeredOn === 0 ? null : { text: reply, on: dayText(answeredOn, locale) },
    rerated: confirmedOn === 0 ? null : secondRating(levels, rerated, locale),
    levels: answeredOn > 0 && confirmedOn === 0 ? levels : [],
  }
}

const yearsBetween = { en: ', ', 'zh-CN': '、' } as const

const secondRating = (levels: CaseForRater['levels'], rerated: number, locale: Locale): string =>
  levels.find(({ value }) => value === String(rerated))?.label ?? caseMessages(locale).rateKeep

function show(
  exchange: Exchange,
  context: SurveyContext,
  shown: Pick<MailboxPageProps, 'code' | 'problem' | 'found'>,
  status = 200,
): Promise<Response> {
  const { world, locale, size } = exchange
  const props = { locale, size, demo: world.config.demo, survey: surveyHead(context, locale), ...shown }
  return answerHtml(exchange, { face: 'respond', title: mailboxTitle(props), body: <MailboxPage {...props} />, status })
}
