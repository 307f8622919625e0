import { fill } from '../../client/messages/fill.ts'
import { reviewMessages } from '../../client/messages/reviews.ts'
import {
  hindranceText,
  ReviewSheetPage,
  type ReviewSheetProps,
  type SheetOrgan,
  sheetTitle,
} from '../../client/pages/office/review-sheet.tsx'
import { reasonLength } from '../../client/pages/office/screening-batches.ts'
import { tableFileProblemText } from '../../client/pages/office/table-file-problems.ts'
import { readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import type { Scope } from '../../db/scope.ts'
import { confirmScores, reopenScores, type ScoreRow, saveScores, submitScores } from '../../db/scoring.ts'
import { readSelves, submittedSheet } from '../../db/self-assessments.ts'
import { publishesReasons } from '../../surveys/plan.ts'
import type { Result } from '../../surveys/result.ts'
import {
  leadOf,
  readScore,
  type ScoredIndicator,
  type ScoreProblem,
  scoreFields,
  type TypedScore,
} from '../../surveys/review.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import type { Fields } from '../body.ts'
import { isHttps } from '../config.ts'
import { workbook } from '../export/workbook.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, nameOf } from '../surveys.ts'
import { readTable } from '../table-file.ts'
import { readReason } from './reason.ts'
import {
  officeLead,
  officeOrgans,
  openReviews,
  organsUnder,
  ownLead,
  type ReviewDesk,
  scoresUnder,
} from './review-desk.ts'
import { readSheet, type SheetRow, sheetTable } from './review-table.ts'
import { shellOf } from './shell.ts'

/** One indicator: every organ, and the form of one of them. */
export const reviewPage = defineRoute({
  method: 'GET',
  path: patterns.review,
  policy: { who: readers.reviews, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const place = await findPlace(exchange, scope)
    if (!place) return refuse(exchange, 'not_found')
    const done = dones.find((each) => each === url.searchParams.get('done')) ?? null
    return show(place, { organ: url.searchParams.get('organ'), done }, 200)
  },
})

const dones = ['saved', 'imported', 'submitted', 'confirmed', 'reopened'] as const

/** Keeps a score, gives full marks, submits, confirms or sends back. */
export const reviewAct = defineRoute({
  method: 'POST',
  path: patterns.review,
  policy: {
    who: ['office_admin', 'reviewer'],
    scope: 'jurisdiction',
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
  body: { types: ['form'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, scope, body, req, locale } = exchange
    const fields = body.kind === 'form' ? body.fields : null
    const press = fields && oneOf(fields, 'do')
    const place = await findPlace(exchange, scope)
    if (!fields || !press) return refuse(exchange, 'bad_request')
    if (!place) return refuse(exchange, 'not_found')
    const { desk, lead, indicator } = place
    const words = reviewMessages(locale)
    const act = { cycle: desk.file.cycle.id, indicator: indicator.node.id, lead: lead ?? '', now: world.now(), req }
    const end = (done: (typeof dones)[number], result: Result<void, 'conflict' | 'same_person'>) => {
      if (result.ok) return back(exchange, place, done)
      return again(
        exchange,
        result.error === 'conflict' ? words.conflict : words.samePerson,
        result.error === 'conflict' ? 409 : 403,
      )
    }
    if (press === 'reopen') {
      const department = oneOf(fields, 'lead') ?? ''
      if (!reopensOf(place).includes(department)) return again(exchange, words.conflict, 409)
      const reason = readReason(oneOf(fields, 'reason'))
      if (reason === null) return again(exchange, fill(words.problemReason, reasonLength), 422)
      const reopened = { ...act, lead: department, reason, confirmed: !desk.isReviewer }
      return end('reopened', await reopenScores(world.writer, scope, reopened))
    }
    if (lead === null) return refuse(exchange, 'forbidden')
    if (desk.lock) return show(place, { organ: null, refusal: words[desk.lock] }, 409)
    if (press === 'submit') return end('submitted', await submitScores(world.writer, scope, act))
    if (press === 'confirm') return end('confirmed', await confirmScores(world.db, world.writer, scope, act))
    if (press === 'full') {
      const organs = sheetOrgans(place).filter(({ code }) => fields.get('o')?.includes(code))
      const isSure =
        oneOf(fields, 'sure') === '1' && organs.length > 0 && organs.every(({ hindrance }) => hindrance === null)
      if (!isSure || !takesOff(indicator)) return show(place, { organ: null, refusal: words.problemNone }, 422)
      const scores = organs.map(({ code }) => ({ ...fullMarks, organ: idOf(place, code), seen: 0 }))
      return end('saved', await saveScores(world.writer, scope, { ...act, scores }))
    }
    return press === 'save' ? save(place, fields, act) : refuse(exchange, 'bad_request')
  },
})

/** The sheet of one's own department as a workbook. */
export const reviewFile = defineRoute({
  method: 'GET',
  path: patterns.reviewFile,
  policy: { who: ['reviewer'], scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const place = await findPlace(exchange, scope)
    if (!place || place.lead === null) return refuse(exchange, 'not_found')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Disposition', `attachment; filename="${params.cycle}-${place.indicator.node.id}.xlsx"`)
    headers.set('Content-Type', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    const table = sheetTable(sheetRows(place), reviewMessages(locale).nav)
    return new Response(await workbook([table], locale), { headers })
  },
})

/** The same brought back: every row that is filled becomes a draft, or none does. */
export const reviewImport = defineRoute({
  method: 'POST',
  path: patterns.reviewImport,
  policy: { who: ['reviewer'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'multipart'], maximumBytes: 2 * 1024 * 1024 },
  async handler(exchange) {
    const { world, scope, body, req, locale } = exchange
    const file = body.kind === 'form' ? body.files?.get('file') : undefined
    if (!file?.length) return refuse(exchange, 'bad_request')
    const place = await findPlace(exchange, scope)
    if (!place || place.lead === null) return refuse(exchange, 'not_found')
    const { desk, indicator, lead } = place
    const words = reviewMessages(locale)
    if (desk.lock) return show(place, { organ: null, refusal: words[desk.lock] }, 409)
    const table = await readTable(file)
    if (!table.ok)
      return show(
        place,
        { organ: null, fileProblems: table.problems.map((each) => tableFileProblemText(locale, each)) },
        422,
      )
    const read = readSheet(table, sheetRows(place), indicator.scoredBy, locale)
    if (!read.ok) return show(place, { organ: null, fileProblems: read.error }, 422)
    const scores = read.value.map(({ code, ...score }) => {
      const organ = idOf(place, code)
      return { ...score, organ, seen: place.scores.get(organ)?.savedAt ?? 0 }
    })
    const act = { cycle: desk.file.cycle.id, indicator: indicator.node.id, lead, scores, now: world.now(), req }
    const saved = await saveScores(world.writer, scope, act)
    return saved.ok ? back(exchange, place, 'imported') : again(exchange, words.conflict, 409)
  },
})

type ReviewExchange = Exchange<typeof patterns.review>

interface Place {
  readonly exchange: ReviewExchange
  readonly scope: Scope
  readonly desk: ReviewDesk
  readonly indicator: ScoredIndicator
  /** The department for which somebody scores, or the office where no department can; null for those who only watch. */
  readonly lead: string | null
  readonly scores: ReadonlyMap<number, ScoreRow>
  /** What organs have proposed for themselves, by number; null where they do not assess themselves under the indicator. */
  readonly selfScores: ReadonlyMap<number, string> | null
}

/** null where there is no such indicator, or it is led by others than those for whom somebody scores. */
async function findPlace(exchange: ReviewExchange, scope: Scope): Promise<Place | null> {
  const desk = await openReviews(exchange.world, scope, exchange.params)
  const indicator = desk?.indicators.find(({ node }) => node.id === exchange.params.indicator)
  if (!desk || !indicator) return null
  const isScoring = scope.role === 'office_admin' && officeOrgans(desk, indicator).length > 0
  const lead = desk.isReviewer ? ownLead(desk, indicator) : isScoring ? officeLead(desk, indicator) : null
  if (desk.isReviewer && lead === null) return null
  const selfScores =
    indicator.scoredBy === 'reviewed_self_assessment' ? await selfScoresOf(exchange, scope, desk, indicator) : null
  return { exchange, scope, desk, indicator, lead, scores: scoresUnder(desk, indicator), selfScores }
}

async function selfScoresOf({ world }: ReviewExchange, scope: Scope, { file }: ReviewDesk, { node }: ScoredIndicator) {
  const selves = await readSelves(world.db, scope, file.cycle.id)
  const proposed = [...selves].map(
    ([organ, self]) => [organ, submittedSheet(self)?.entries[node.id]?.score ?? ''] as const,
  )
  return new Map(proposed.filter(([, score]) => score !== ''))
}

const oneOf = (fields: Fields, name: string): string | undefined =>
  fields.get(name)?.length === 1 ? fields.get(name)![0]! : undefined

const takesOff = ({ scoredBy }: ScoredIndicator): boolean => scoredBy !== 'performance_office'
const fullMarks: TypedScore = { score: '100', deduction: '0', reason: '', basis: '', evidence: '' }
const blank: TypedScore = { score: '', deduction: '', reason: '', basis: '', evidence: '' }

const idOf = ({ desk }: Place, code: string): number => desk.file.organs.find((organ) => organ.code === code)!.id

/** The department's page again, as things stand now. */
async function again(exchange: ReviewExchange, refusal: string, status: number): Promise<Response> {
  const place = await findPlace(exchange, exchange.scope!)
  return place ? show(place, { organ: null, refusal }, status) : refuse(exchange, 'not_found')
}

function back(exchange: ReviewExchange, { indicator }: Place, done: (typeof dones)[number], organ = ''): Response {
  const { jid, cycle } = exchange.params
  const to = `${carry(urls.review(jid, cycle, indicator.node.id), exchange)}&done=${done}`
  return seeOther(exchange, 'office', organ ? `${to}&organ=${organ}` : to)
}

async function save(
  place: Place,
  fields: Fields,
  act: {
    readonly cycle: number
    readonly indicator: string
    readonly lead: string
    readonly now: number
    readonly req: string
  },
): Promise<Response> {
  const { exchange, scope, indicator } = place
  const code = oneOf(fields, 'organ')
  const seen = oneOf(fields, 'seen') ?? ''
  const organ = sheetOrgans(place).find((each) => each.code === code)
  const texts = scoreFields.map((name) => [name, oneOf(fields, name)] as const)
  if (!organ || !/^\d{1,16}$/.test(seen) || texts.some(([, text]) => text === undefined))
    return refuse(exchange, 'bad_request')
  const words = reviewMessages(exchange.locale)
  if (organ.hindrance) return show(place, { organ: null, refusal: hindranceText(words, organ.hindrance) }, 403)
  const values = Object.fromEntries(texts) as Record<keyof TypedScore, string>
  const typed = { organ: organ.code, typed: { values, problems: [] as readonly ScoreProblem[], seen: Number(seen) } }
  const read = readScore(values, indicator.scoredBy)
  if (!read.ok) return show(place, { ...typed, typed: { ...typed.typed, problems: read.error } }, 422)
  const scores = [{ ...read.value, organ: idOf(place, organ.code), seen: Number(seen) }]
  const saved = await saveScores(exchange.world.writer, scope, { ...act, scores })
  if (saved.ok) return back(exchange, place, 'saved', nextOf(place, organ.code))
  const now = (await findPlace(exchange, scope)) ?? place
  const stored = now.scores.get(idOf(now, organ.code))?.savedAt ?? 0
  return show(now, { ...typed, typed: { ...typed.typed, seen: stored }, refusal: words.conflict }, 412)
}

/** The organ after one that has no score yet, so that one goes down the list. */
function nextOf(place: Place, code: string): string {
  const organs = sheetOrgans(place)
  const at = organs.findIndex((organ) => organ.code === code)
  const left = [...organs.slice(at + 1), ...organs.slice(0, at)].find(
    ({ state, hindrance }) => state === 'none' && hindrance === null,
  )
  return left?.code ?? code
}

/** Every organ of the cycle that the indicator is about, in the order of its papers. */
function sheetOrgans(place: Place): SheetOrgan[] {
  const { desk, indicator, lead, scores, selfScores, exchange } = place
  const scored = new Set(organsUnder(desk, indicator).map(({ id }) => id))
  const left = new Set(desk.isReviewer ? [] : officeOrgans(desk, indicator).map(({ id }) => id))
  return desk.file.organs
    .filter((organ) => scored.has(organ.id) || scores.has(organ.id))
    .map((organ) => {
      const row = scores.get(organ.id)
      const isOwn = desk.own.some(({ id }) => id === organ.id)
      const scorer = row?.lead ?? (desk.isReviewer || left.has(organ.id) ? lead : leadOf(indicator.leads, desk.known))
      const by = lead !== null && scorer !== null && scorer !== lead ? ({ kind: 'other', lead: scorer } as const) : null
      const hindrance = isOwn ? ({ kind: 'own' } as const) : scored.has(organ.id) ? by : ({ kind: 'self' } as const)
      const { score = '', deduction = '', reason = '', basis = '', evidence = '', state = 'none' as const } = row ?? {}
      return {
        code: organ.code,
        self: selfScores && (selfScores.get(organ.id) ?? ''),
        name: nameOf(organ, exchange.locale),
        state,
        score,
        deduction,
        reason,
        basis,
        evidence,
        hindrance,
      }
    })
}

/** What the department can write into a spreadsheet. */
const sheetRows = (place: Place): SheetRow[] =>
  sheetOrgans(place)
    .filter(({ hindrance }) => hindrance === null)
    .map(({ state, ...organ }) => ({ ...organ, isLocked: state === 'submitted' || state === 'confirmed' }))

/** Of the department of whoever scores what waits for confirmation; for the office whatever is locked. */
function reopensOf({ desk, lead, scores, scope }: Place): string[] {
  if (desk.lock === 'over' || (scope.role !== 'reviewer' && scope.role !== 'office_admin')) return []
  const locked = [...scores.values()].filter(({ state }) =>
    desk.isReviewer ? state === 'submitted' : state !== 'draft',
  )
  const departments = [...new Set(locked.map((row) => row.lead))]
  return desk.isReviewer ? departments.filter((each) => each === lead) : departments
}

async function show(
  place: Place,
  shown: {
    /** Code of the organ whose form is open; null for the first that has no score. */
    readonly organ: string | null
    readonly typed?: { readonly values: TypedScore; readonly problems: readonly ScoreProblem[]; readonly seen: number }
    readonly refusal?: string
    readonly fileProblems?: readonly string[]
    readonly done?: ReviewSheetProps['done']
  },
  status: number,
): Promise<Response> {
  const { exchange, desk, indicator, lead, scores, scope } = place
  const { locale } = exchange
  const organs = sheetOrgans(place)
  const mine = organs.filter(({ hindrance }) => hindrance === null)
  const chosen = mine.find(({ code }) => code === shown.organ) ?? mine.find(({ state }) => state === 'none') ?? mine[0]
  const stored: TypedScore = chosen && chosen.state !== 'none' ? chosen : blank
  const seen = chosen ? (scores.get(idOf(place, chosen.code))?.savedAt ?? 0) : 0
  const form = shown.typed ?? { values: stored, problems: [], seen }
  const own = [...scores.values()].filter((row) => row.lead === lead)
  const submitted = own.filter(({ state }) => state === 'submitted')
  const ownSubmitted = submitted.filter(({ scoredBy }) => scoredBy === scope.actor).length
  const { node, above, leads } = indicator
  const props: ReviewSheetProps = {
    shell: await shellOf(exchange, 'reviews', desk.found),
    ...{ indicator: node.id, title: localized(node.title, locale), lead, organs, lock: desk.lock },
    isReviewer: desk.isReviewer,
    above: above.map((title) => localized(title, locale)),
    leads: leads.map((title) => localized(title, locale)),
    basis: node.basis ? localized(node.basis, locale) : '',
    evidence: node.evidence ? localized(node.evidence, locale) : '',
    open: lead !== null && chosen ? { code: chosen.code, name: chosen.name, ...form } : null,
    takesOff: takesOff(indicator),
    isPublic: publishesReasons(desk.plan),
    drafts: own.filter(({ state }) => state === 'draft').length,
    toConfirm: submitted.length - ownSubmitted,
    ownSubmitted,
    reopens: reopensOf(place),
    refusal: shown.refusal ?? null,
    fileProblems: shown.fileProblems ?? [],
    done: shown.done ?? null,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: sheetTitle(props),
    body: <ReviewSheetPage {...props} />,
    status,
  })
}
