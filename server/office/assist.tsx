import {
  AssistPage,
  type AssistPageProps,
  type AssistProblem,
  type AssistProblemCode,
  assistTitle,
} from '../../client/pages/office/assist.tsx'
import { assistants, assistReaders } from '../../client/parts/office-shell.tsx'
import { fields as names, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { listSheets, readAssistance, recordAssistance } from '../../db/assisting.ts'
import { listSurveys } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { normaliseCode } from '../../surveys/ballot.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import { normalisePhone, plainDigits } from '../../surveys/phone.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { AssistedWay } from '../../surveys/ways.ts'
import { answerHtml } from '../answer-html.ts'
import { findTyped, firstPage, mayBegin, ticketEligibility } from '../ballot/enter.tsx'
import { formValues } from '../body.ts'
import { dateText, dayOf, startOf } from '../calendar.ts'
import { confirmCode, phoneEligibility, requestCode } from '../eligibility/sms.tsx'
import type { Staff } from '../guard.ts'
import type { Eligibility } from '../keys.ts'
import type { StaffRole } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { entryState, findContext, localized, type SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

// Staff write other people's answers down: by telephone here, from paper in paper.tsx. The person proves the right to answer
// as online, and the same form, readers and writer take the answers; only the right to answer says that somebody helped.

/** A survey at this desk, and what its plan allows. */
export interface AssistPlace {
  readonly desk: DeskPlace
  readonly context: SurveyContext
  readonly ways: readonly AssistedWay[]
}

/** null where there is no such survey, or one that nobody outside may see yet. */
export async function findAssistPlace(
  world: World,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string; readonly sid: string },
): Promise<AssistPlace | null> {
  const desk = await findDeskSurvey(world, scope, params)
  const context = desk && (await findContext(world, params.jid, params.sid))
  return desk && context ? { desk, context, ways: waysOf(context) } : null
}

/** The ways in which staff may write for a survey; none for the open channel, which is asked of nobody. */
export const waysOf = ({ plan, survey }: SurveyContext): readonly AssistedWay[] =>
  (survey.counted && plan.groups[survey.group].assisted) || []

/** The surveys for which somebody who writes other people's answers down can do so now, wherever they are to. */
export async function assistedSurveys({ world, staff, locale }: Exchange<string, readonly StaffRole[]>) {
  const places = new Set(
    staff.grants.filter(({ role }) => assistants.includes(role)).map(({ jurisdiction }) => jurisdiction),
  )
  const open = (await listSurveys(world.pages)).filter(({ state }) => state === 'open')
  const contexts = await Promise.all(open.map(({ jid, sid }) => findContext(world, jid, sid)))
  return contexts.flatMap((context) => {
    if (!context || !places.has(context.jurisdiction.id)) return []
    if (waysOf(context).length === 0 || entryState(context, world.now()) !== 'open') return []
    const { jid, sid, survey, jurisdiction } = context
    return [
      {
        href: urls.assist(jid, survey.cycle, sid),
        jurisdiction: localized(jurisdiction.name, locale),
        survey: { sid, group: survey.group, counted: survey.counted },
      },
    ]
  })
}

const doneKinds = ['phone', 'paper', 'first'] as const

/** Where a call or a sheet begins, and what the office sees of it. */
export const assistPage = defineRoute({
  method: 'GET',
  path: patterns.assist,
  policy: { who: assistReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findAssistPlace(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const asked = (name: string) => url.searchParams.get(name) ?? ''
    const kind = doneKinds.find((each) => each === asked('done'))
    const [tag, signature] = [asked(names.tag), asked(names.signature)]
    const isReceipt = fromBase64url(tag)?.length === 32 && fromBase64url(signature)?.length === 64
    const receipt = isReceipt ? urls.done(params.jid, params.sid, tag, signature) : null
    const done = kind ? { kind, sheet: readSheet(asked('sheet')) ?? '', receipt } : null
    return showDesk(exchange, scope, place, { done })
  },
})

/** Begins a call: by the code that the person reads out, or by one that is sent to the person's own phone first. */
export const beginPhone = defineRoute({
  method: 'POST',
  path: patterns.assistPhone,
  policy: { who: assistants, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, staff } = exchange
    const values =
      body.kind === 'form' ? formValues(body.fields, ['csrf', names.code, names.phone, names.oneTimeCode]) : null
    const { code, phone = '', otp } = values ?? {}
    if (!values || (code === undefined) === (values.phone === undefined)) return refuse(exchange, 'bad_request')
    const place = await findAssistPlace(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { context, ways } = place
    if (!ways.includes('phone') || byMessage(context) === (code !== undefined)) return refuse(exchange, 'conflict')
    const again = (problem: Omit<AssistProblem, 'way'>, status = statusOf(problem.code), isSent = false) =>
      showDesk(exchange, scope, place, {
        problem: { way: 'phone', ...problem },
        typed: { phone, sheet: '', code: code ?? '', isSent },
        status,
      })
    const state = entryState(context, world.now())
    const field = code === undefined ? 'phone' : 'code'
    if (state !== 'open') return again({ field, code: state })
    if (code !== undefined) {
      const shown = await readTicket(exchange, place, staff, code)
      if (shown instanceof Response) return shown
      if (!shown.ok) return again({ field, code: shown.error })
      return beginForm(exchange, scope, place, 'phone', shown.value, (problem) => again({ field, code: problem }))
    }
    const number = normalisePhone(phone)
    if (number === null) return again({ field, code: phone.trim() === '' ? 'phone_required' : 'phone_malformed' })
    if (otp === undefined) {
      const sent = await requestCode(world, context, number, exchange.locale)
      if (sent === 'unavailable') return again({ field, code: 'sms_unavailable' })
      if (sent === 'office_spent') return again({ field, code: 'sms_spent' })
      return showDesk(exchange, scope, place, { typed: { phone, sheet: '', code: '', isSent: true } })
    }
    const digits = plainDigits(otp)
    if (!/^\d{6}$/.test(digits)) {
      return again({ field: 'otp', code: digits === '' ? 'otp_required' : 'otp_malformed' }, 422, true)
    }
    const checked = await confirmCode(world, context, number, digits)
    if (!checked.ok) return again({ field: 'otp', code: 'otp_wrong' }, 401, true)
    const eligibility = await phoneEligibility(world, context, number)
    return beginForm(exchange, scope, place, 'phone', eligibility, (problem) => again({ field, code: problem }))
  },
})

const byMessage = ({ survey }: SurveyContext): boolean => survey.adapters.includes('sms')

/** The right to answer behind a code that is read out or stands on paper; wrong ones count as guesses of this account. */
export async function readTicket(
  exchange: Exchange,
  { context }: AssistPlace,
  staff: Staff,
  typed: string,
): Promise<Result<Eligibility, 'code_required' | 'code_malformed' | 'code_unknown'> | Response> {
  const { world } = exchange
  if (typed.trim() === '') return err('code_required')
  if (normaliseCode(typed) === null) return err('code_malformed')
  const who = `staff|${staff.id}`
  const seconds = await world.limiter.take('code', who)
  if (seconds > 0) return refuse(exchange, 'too_many_requests', { seconds })
  const shown = await findTyped(world, typed)
  if (!shown.ok || shown.value.context.name !== context.name) return err('code_unknown')
  await world.limiter.give('code', who)
  return ok(await ticketEligibility(world, context, shown.value.ticket, shown.value.h))
}

/** The right to answer as somebody of the staff uses it for a person. */
export function withHelp(eligibility: Eligibility, way: AssistedWay, { id, name, email }: Staff): Eligibility {
  return { ...eligibility, assisted: { way, by: id, name: [...(name || email)].slice(0, 40).join('') } }
}

async function beginForm(
  exchange: Exchange,
  scope: Scope,
  { context }: AssistPlace,
  way: AssistedWay,
  proven: Eligibility,
  no: (problem: AssistProblemCode) => Promise<Response>,
): Promise<Response> {
  const { world, req } = exchange
  const eligibility = withHelp(proven, way, exchange.staff!)
  const may = await mayBegin(world, context, eligibility)
  if (!may.ok) return no(problemOf(may.error))
  await recordAssisting(world, scope, context, way, req)
  return firstPage(exchange, context, eligibility, may.value)
}

/** Says in the audit, once a day, that this person writes answers down. */
export function recordAssisting(
  world: World,
  scope: Scope,
  { survey }: SurveyContext,
  way: AssistedWay,
  req: string,
): Promise<void> {
  const now = world.now()
  return recordAssistance(world.db, world.writer, scope, { survey: survey.id, way, day: dayOf(now), now, req })
}

/** A refusal of the core in the words of this desk. */
export function problemOf(refusal: string): AssistProblemCode {
  if (
    refusal === 'spent' ||
    refusal === 'not_eligible' ||
    refusal === 'not_open' ||
    refusal === 'paused' ||
    refusal === 'closed'
  )
    return refusal
  return 'code_unknown'
}

export function statusOf(code: AssistProblemCode): number {
  if (/_(required|malformed)$/.test(code)) return 422
  if (code === 'code_unknown') return 404
  if (code === 'not_eligible') return 403
  if (code === 'paused') return 503
  if (code === 'closed' || code === 'not_open') return 410
  if (code === 'sms_unavailable') return 503
  return code === 'sms_spent' ? 429 : 409
}

/** A number that stands on a sheet, in its one spelling; null for what is none. readSheet(' ａ-17 ') // 'A-17' */
export function readSheet(typed: string): string | null {
  const sheet = typed.normalize('NFKC').trim().toUpperCase()
  return /^[A-Z0-9-]{1,12}$/.test(sheet) ? sheet : null
}

type Said = Partial<Pick<AssistPageProps, 'done' | 'problem' | 'typed'>> & { readonly status?: number }

/** The desk, with what was done or what stands in the way. */
export async function showDesk(exchange: Exchange, scope: Scope, place: AssistPlace, said: Said): Promise<Response> {
  const { world, locale, staff } = exchange
  const { desk, context, ways } = place
  const [counts, sheets] = await Promise.all([
    readAssistance(world.db, scope, desk.survey.id),
    listSheets(world.db, scope, desk.survey.id),
  ])
  const people = [...new Set([...counts.map(({ user }) => user), ...sheets.map(({ enteredBy }) => enteredBy)])]
  const called = await readStaffNames(world.db, scope, people)
  const dayText = (day: number) => dateText(startOf(day), locale)
  const isOwn = (user: string) => user === staff?.id
  const seesAll = staff?.role !== 'interviewer'
  const props: AssistPageProps = {
    shell: await shellOf(exchange, 'none', desk.found),
    survey: nameOfSurvey(desk.survey),
    mode: context.survey.mode,
    ways,
    isOpen: entryState(context, world.now()) === 'open',
    proof: byMessage(context) ? 'message' : 'code',
    typed: said.typed ?? { phone: '', sheet: '', code: '', isSent: false },
    done: said.done ?? null,
    problem: said.problem ?? null,
    sheets: sheets.map(({ sheet, day, enteredBy }) => ({
      sheet,
      day: dayText(day),
      by: called.get(enteredBy) ?? '',
      isOwn: isOwn(enteredBy),
    })),
    // Interviewers see their own numbers and nobody else's.
    counts: counts
      .filter(({ user, n }) => n > 0 && (seesAll || isOwn(user)))
      .map(({ user, way, day, n }) => ({ person: called.get(user) ?? '', way, day: dayText(day), n })),
  }
  const body = <AssistPage {...props} />
  return answerHtml(exchange, { face: 'office', title: assistTitle(props), body, status: said.status ?? 200 })
}
