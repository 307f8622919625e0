import { type AssistProblem, type AssistProblemCode, sheetField } from '../../client/pages/office/assist.tsx'
import {
  differencesTitle,
  SheetDifferencesPage,
  type SheetDifferencesPageProps,
} from '../../client/pages/office/sheet-differences.tsx'
import { assistants } from '../../client/parts/office-shell.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { dropSheet, findSheet, keepSheet, type PaperSheet } from '../../db/assisting.ts'
import { Unavailable } from '../../db/database.ts'
import type { Scope } from '../../db/scope.ts'
import { fillText, readAnswers } from '../../surveys/answers.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { type Chosen, compareEntries, type EntryDifference, settleEntries } from '../../surveys/double-entry.ts'
import type { Locale, Questionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { afterAssisting, sendResponse } from '../ballot/answer.tsx'
import { mayBegin } from '../ballot/enter.tsx'
import { formPage } from '../ballot/form.tsx'
import { organsOf } from '../ballot/organs.ts'
import { readSubmission, type Submission } from '../ballot/response.ts'
import { type Fields, formValues } from '../body.ts'
import { dayOf } from '../calendar.ts'
import type { Eligibility } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { escapeText } from '../render.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { entryState, localized, type SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'
import {
  type AssistPlace,
  findAssistPlace,
  problemOf,
  readSheet,
  readTicket,
  recordAssisting,
  showDesk,
  statusOf,
  withHelp,
} from './assist.tsx'
import { shellOf } from './shell.ts'

// A sheet of paper is typed by two people. What the first one typed waits sealed under its number; the second one types
// without seeing it; then both are compared, the paper decides what differs, and one response is sent.

const policy = {
  who: assistants,
  scope: 'jurisdiction',
  csrf: 'staff',
  limit: 'staff-write',
  cache: 'never',
} as const

/** What a first entry keeps: whose ticket it was, the key of the request, and what was typed. */
interface FirstEntry {
  readonly pseudonym: string
  readonly k: string
  readonly answers: Fields
}

/** Begins a sheet by its number and the code that stands on it; the form comes blank, whichever entry it is. */
export const beginPaper = defineRoute({
  method: 'POST',
  path: patterns.assistPaper,
  policy,
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, staff, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', sheetField, names.code]) : null
    const { sheet: typedSheet, code } = values ?? {}
    if (typedSheet === undefined || code === undefined) return refuse(exchange, 'bad_request')
    const place = await findAssistPlace(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { context } = place
    if (!place.ways.includes('paper')) return refuse(exchange, 'conflict')
    const again = (field: AssistProblem['field'], problem: AssistProblemCode) =>
      toDesk(exchange, scope, place, { field, code: problem }, { sheet: typedSheet, code })
    const state = entryState(context, world.now())
    if (state !== 'open') return again('sheet', state)
    const sheet = readSheet(typedSheet)
    if (sheet === null) return again('sheet', typedSheet.trim() === '' ? 'sheet_required' : 'sheet_malformed')
    const kept = await findSheet(world.db, scope, context.survey.id, sheet)
    if (kept?.enteredBy === staff.id) return again('sheet', 'sheet_own')
    const shown = await readTicket(exchange, place, staff, code)
    if (shown instanceof Response) return shown
    if (!shown.ok) return again('code', shown.error)
    const eligibility = withHelp(shown.value, 'paper', staff)
    const wrong = kept && (await whyNotSecond(world, scope, context, kept, eligibility))
    if (wrong) return again(wrong === 'code_differs' ? 'code' : 'sheet', wrong)
    const may = await mayBegin(world, context, eligibility)
    if (!may.ok) {
      // Counted meanwhile, by this sheet or by the person: nothing waits for it any more.
      if (may.error === 'spent' && kept) await dropSheet(world.writer, scope, context.survey.id, sheet)
      return again('code', problemOf(may.error))
    }
    await recordAssisting(world, scope, context, 'paper', req)
    const k = world.crypto.random(32)
    const elig = await world.keys.sealEligibility(eligibility)
    const submission = { elig, k, kText: base64url(k), channel: '', mailbox: null, organs: [], answers: new Map() }
    return entryForm(exchange, context, eligibility, sheet, submission, {})
  },
})

/** Takes what was typed from a sheet: keeps a first entry, compares a second one, and sends what both agree on. */
export const enterPaper = defineRoute({
  method: 'POST',
  path: patterns.assistEntry,
  policy,
  body: { types: ['form'], maximumBytes: 96 * 1024 },
  async handler(exchange) {
    const { world, scope, params, staff } = exchange
    const typed = exchange.body.kind === 'form' ? readEntry(exchange.body.fields) : null
    if (!typed) return refuse(exchange, 'bad_request')
    const { sheet, submission, isShown, isDecided, chosen } = typed
    const place = await findAssistPlace(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { context } = place
    const opened = await world.keys.openEligibility(submission.elig, world.now())
    const eligibility = opened.ok ? opened.value : null
    // The right to answer was proven to this person, for this survey, on paper.
    const isOwn = eligibility?.assisted?.way === 'paper' && eligibility.assisted.by === staff.id
    if (!eligibility || !isOwn || eligibility.survey !== context.name) return refuse(exchange, 'form_expired')
    const again = (options: EntryOptions) => entryForm(exchange, context, eligibility, sheet, submission, options)
    if (isShown) return again({})
    const organs = await organsOf(world, context, eligibility, submission)
    if (!organs.ok) return refuse(exchange, 'bad_request')
    const read = readAnswers(context.questionnaire, { ...organs.value, fields: submission.answers })
    if (!read.ok) return again({ problems: read.error, status: 422 })

    const no = (field: AssistProblem['field'], code: AssistProblemCode) =>
      toDesk(exchange, scope, place, { field, code }, { sheet, code: '' })
    const kept = await findSheet(world.db, scope, context.survey.id, sheet)
    if (!kept || kept.enteredBy === staff.id) return keepFirst(exchange, scope, place, typed, eligibility, kept, no)
    const wrong = await whyNotSecond(world, scope, context, kept, eligibility)
    if (wrong) return no(wrong === 'code_differs' ? 'code' : 'sheet', wrong)
    const first = (await openFirst(world, context, kept))!
    const differing = compareEntries(first.answers, submission.answers)
    const settled = settleEntries(submission.answers, differing, chosen)
    if (!settled) return showDifferences(exchange, place, typed, differing, isDecided)
    const final = readAnswers(context.questionnaire, { ...organs.value, fields: settled })
    if (!final.ok) return again({ problems: final.error, status: 422, answers: settled })
    try {
      // With the key of the first entry, so that the same sheet sent again is the same response.
      const k = fromBase64url(first.k)!
      const sent = await sendResponse(world, context, eligibility, { k, channel: '' }, final.value)
      if (sent.ok || sent.error === 'spent') await dropSheet(world.writer, scope, context.survey.id, sheet)
      if (!sent.ok) return no('code', problemOf(sent.error))
      return seeOther(exchange, 'office', withLocale(exchange, afterAssisting(context, 'paper', sent.value)))
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      const response = await again({ notSent: { reference: exchange.req }, status: 503 })
      response.headers.set('Retry-After', String(error.retryAfterSeconds))
      return response
    }
  },
})

interface Entry {
  readonly sheet: string
  readonly submission: Submission
  /** Only the form is wanted again, in another language or to correct something. */
  readonly isShown: boolean
  /** The page with the differences was sent. */
  readonly isDecided: boolean
  readonly chosen: ReadonlyMap<string, Chosen>
}

/** The fields of an entry; null for a body that no form of ours sends. */
function readEntry(fields: Fields): Entry | null {
  const rest = new Map(fields)
  const chosen = new Map<string, Chosen>()
  for (const [name, values] of fields) {
    if (!name.startsWith('d.')) continue
    const [value] = values
    if (values.length !== 1 || (value !== 'first' && value !== 'second')) return null
    chosen.set(name.slice(2), value)
    rest.delete(name)
  }
  const sheet = readSheet(fields.get(sheetField)?.[0] ?? '')
  for (const name of ['csrf', sheetField, 'decide']) rest.delete(name)
  const submission = readSubmission({ kind: 'form', fields: rest })
  if (sheet === null || !submission.ok) return null
  const isShown = fields.has(names.show)
  return { sheet, submission: submission.value, isShown, isDecided: fields.has('decide'), chosen }
}

async function keepFirst(
  exchange: Exchange,
  scope: Scope,
  { context }: AssistPlace,
  { sheet, submission }: Entry,
  eligibility: Eligibility,
  kept: PaperSheet | null,
  no: (field: AssistProblem['field'], code: AssistProblemCode) => Promise<Response>,
): Promise<Response> {
  const { world, staff } = exchange
  const desk = urls.assist(context.jid, context.survey.cycle, context.sid)
  const done = () => seeOther(exchange, 'office', withLocale(exchange, `${desk}?done=first&${sheetField}=${sheet}`))
  if (kept) {
    // The same form sent twice is one entry.
    const own = await openFirst(world, context, kept)
    return own?.k === submission.kText ? done() : no('sheet', 'sheet_own')
  }
  const state = entryState(context, world.now())
  if (state !== 'open') return no('sheet', state)
  const may = await mayBegin(world, context, eligibility)
  if (!may.ok) return no('code', problemOf(may.error))
  const entry = { p: base64url(eligibility.pseudonym), k: submission.kText, a: [...submission.answers] }
  const ct = await world.keys.sealSheet(context.name, sheet, JSON.stringify(entry))
  const row = { survey: context.survey.id, sheet, enteredBy: staff!.id, day: dayOf(world.now()), ct }
  return (await keepSheet(world.writer, scope, row)) ? done() : refuse(exchange, 'conflict')
}

async function openFirst(world: World, { name }: SurveyContext, { sheet, ct }: PaperSheet): Promise<FirstEntry | null> {
  const text = await world.keys.openSheet(name, sheet, ct)
  if (text === null) return null
  // What keepFirst wrote: nobody else can have sealed it.
  const { p, k, a } = JSON.parse(text) as { p: string; k: string; a: [string, string[]][] }
  return { pseudonym: p, k, answers: new Map(a) }
}

/** Why this cannot be the second entry of a kept sheet; one that cannot be read any more is given up. */
async function whyNotSecond(
  world: World,
  scope: Scope,
  context: SurveyContext,
  kept: PaperSheet,
  { pseudonym }: Eligibility,
): Promise<'sheet_unreadable' | 'code_differs' | null> {
  const first = await openFirst(world, context, kept)
  if (first) return first.pseudonym === base64url(pseudonym) ? null : 'code_differs'
  await dropSheet(world.writer, scope, context.survey.id, kept.sheet)
  return 'sheet_unreadable'
}

type EntryOptions = Pick<Parameters<typeof formPage>[3], 'notSent' | 'status'> & {
  readonly problems?: Parameters<typeof formPage>[3]['problems']
  readonly answers?: Fields
}

/** The long form, blank or as it was typed. */
async function entryForm(
  exchange: Exchange,
  context: SurveyContext,
  eligibility: Eligibility,
  sheet: string,
  submission: Submission,
  { problems = [], answers = submission.answers, ...options }: EntryOptions,
): Promise<Response> {
  const organs = await organsOf(exchange.world, context, eligibility, submission)
  if (!organs.ok) return refuse(exchange, 'bad_request')
  const hidden = (name: string, value: string) => `<input type="hidden" name="${name}" value="${escapeText(value)}">`
  return formPage(exchange, context, eligibility, {
    carried: { elig: submission.elig, kText: submission.kText, channel: '', answers },
    organs: organs.value,
    problems,
    ...options,
    paper: {
      sheet,
      action: urls.assistEntry(context.jid, context.survey.cycle, context.sid),
      hidden: hidden('csrf', exchange.staff!.formToken) + hidden(sheetField, sheet),
    },
  })
}

async function showDifferences(
  exchange: Exchange,
  { desk, context }: AssistPlace,
  { sheet, submission, chosen }: Entry,
  differing: readonly EntryDifference[],
  isIncomplete: boolean,
): Promise<Response> {
  const { locale } = exchange
  const props: SheetDifferencesPageProps = {
    shell: await shellOf(exchange, 'none', desk.found),
    sid: context.sid,
    sheet,
    carried: [
      [sheetField, sheet],
      [names.eligibility, submission.elig],
      [names.requestKey, submission.kText],
      ...[...submission.answers].flatMap(([name, values]) => values.map((value) => [name, value] as const)),
    ],
    items: differing.map((each) => ({
      ...itemOf(context, each, locale),
      chosen: chosen.get(each.field) ?? '',
    })),
    isIncomplete,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: differencesTitle(props),
    body: <SheetDifferencesPage {...props} />,
    status: isIncomplete ? 422 : 200,
  })
}

/** A difference in the words of the questionnaire. */
function itemOf(context: SurveyContext, { field, first, second }: EntryDifference, locale: Locale) {
  const [kind = '', head = '', id = ''] = field.split('.')
  const organ = context.organs.find(({ code }) => code === head)
  const named = organ ? localized(organ.name, locale) : ''
  const questions = context.questionnaire.pages.flatMap((page) => page.questions)
  const asked = questions.find((question) =>
    kind === 'c' ? question.type === 'text' : question.id === (kind === 'm' ? head : id),
  )
  const title = asked ? fillText(localized(asked.title, locale), { organ: named, count: '', share: '' }) : field
  const words = (values: readonly string[]) =>
    values.map((value) => optionText(context.questionnaire, asked, value, locale)).join(' · ')
  return { field, organ: named, question: title, first: words(first), second: words(second) }
}

function optionText(
  { scales }: Questionnaire,
  asked: Questionnaire['pages'][number]['questions'][number] | undefined,
  value: string,
  locale: Locale,
): string {
  if (!asked || asked.type === 'text') return value
  const options = asked.type === 'choice' ? asked.options : (scales.find(({ id }) => id === asked.scale)?.options ?? [])
  const option = options.find((each) => String(each.value) === value)
  return option ? localized(option.label, locale) : value
}

function toDesk(
  exchange: Exchange,
  scope: Scope,
  place: AssistPlace,
  problem: Omit<AssistProblem, 'way'>,
  typed: { readonly sheet: string; readonly code: string },
): Promise<Response> {
  return showDesk(exchange, scope, place, {
    problem: { way: 'paper', ...problem },
    typed: { phone: '', isSent: false, ...typed },
    status: statusOf(problem.code),
  })
}

const withLocale = (exchange: Exchange, address: string) => carry(address, { locale: exchange.locale })
