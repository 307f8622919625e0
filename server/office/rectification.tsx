import { fill } from '../../client/messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../client/messages/follow-up.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import {
  cardFields,
  type MeasureCard,
  RectificationPage,
  type RectificationPageProps,
  rectificationTitle,
} from '../../client/pages/office/rectification.tsx'
import {
  RectificationPrintPage,
  type RectificationPrintProps,
  rectificationPrintTitle,
} from '../../client/pages/office/rectification-print.tsx'
import { deciders, feedbackReaders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { measureSubject, moveMeasure, nextMeasure, removeMeasure, saveMeasure } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { yearsWithoutHolidays } from '../../surveys/calendar.ts'
import { hex } from '../../surveys/canonical.ts'
import {
  emptyMeasure,
  isPublicMeasure,
  longestMeasure,
  longestTermYears,
  type MeasureProblem,
  type MeasureSheet,
  measureFields,
  missingForMove,
  mostMeasures,
  movesFrom,
  openFields,
  readMeasure,
} from '../../surveys/rectification.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { type Fields, formValues } from '../body.ts'
import { dateText, dayField, dayOf, momentText, startOf } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, titleOf } from '../surveys.ts'
import { isSameFile, judgeFiles } from './evidence-form.ts'
import { addressOf, organName, placeOf, refused } from './follow-desk.ts'
import { type Board, cardsOf, choicesOf, leadOn, openBoard, readNote } from './rectification-cards.ts'
import { shellOf } from './shell.ts'

const reading = { who: feedbackReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const
const writing = { scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' } as const

/** The cards of one organ: its own people write them, the office reviews them. */
export const rectificationPage = defineRoute({
  method: 'GET',
  path: patterns.rectification,
  policy: reading,
  async handler(exchange) {
    const { scope, url } = exchange
    const board = await openBoard(exchange, scope)
    if (!board || board === 'foreign') return refused(exchange, scope, board)
    const done = (['saved', 'moved', 'removed'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, board, { done }, 200)
  },
})

/** The cards on paper. */
export const rectificationPrint = defineRoute({
  method: 'GET',
  path: patterns.rectificationPrint,
  policy: reading,
  async handler(exchange) {
    const { world, scope, locale } = exchange
    const board = await openBoard(exchange, scope)
    if (!board || board === 'foreign') return refused(exchange, scope, board)
    const { desk } = board
    const props: RectificationPrintProps = {
      locale,
      organ: organName(desk, locale),
      year: desk.found.cycle.code,
      cards: (await cardsOf(exchange, scope, board)).filter(({ state }) => state !== 'draft'),
      foot: [titleOf(desk.found.cycle, locale), hex(desk.file.plan.hash), momentText(world.now(), locale)].join(' · '),
    }
    const body = <RectificationPrintPage {...props} />
    return answerHtml(exchange, { face: 'office', title: rectificationPrintTitle(props), body })
  },
})

/** Saves one card, reports it, says that it is done, or takes it away. */
export const rectificationSave = defineRoute({
  method: 'POST',
  path: patterns.rectification,
  policy: { who: ['organ_officer'], ...writing },
  body: { types: ['form', 'upload'], maximumBytes: 128 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const typed = body.kind === 'form' ? readCard(body.fields) : null
    if (body.kind !== 'form' || !typed) return refuse(exchange, 'bad_request')
    const board = await openBoard(exchange, scope)
    if (!board || board === 'foreign') return refused(exchange, scope, board)
    const { desk, measures, letter } = board
    const words = followUpMessages(locale)
    const { n, version, act } = typed
    const card = measures.find((each) => each.n === n) ?? null
    const state = card?.state ?? 'draft'
    const open = openFields(state)
    const indicator = open.includes('problem') ? typed.indicator : (card?.indicator ?? '')
    if (
      indicator !== (card?.indicator ?? '') &&
      !choicesOf(desk).some(({ node }) => node.id === indicator) &&
      indicator !== ''
    )
      return refuse(exchange, 'bad_request')
    const again = (said: Partial<Said>, status: number) => show(exchange, scope, board, { typed, ...said }, status)
    if (!letter) return show(exchange, scope, board, { message: words.rectNoLetter }, 409)
    if ((n > 0 && !card) || open.length === 0) return show(exchange, scope, board, { message: words.cardMoved }, 409)
    if (version !== (card?.version ?? 0)) return again({ message: words.cardChanged }, 412)
    const fresh = n === 0 && act !== 'remove'
    if (fresh && measures.length >= mostMeasures)
      return again({ message: fill(words.cardsMany, { n: mostMeasures }) }, 409)
    const number = fresh ? await nextMeasure(world.db, scope, placeOf(desk)) : n
    const place = { ...placeOf(desk), n: number, version, now: world.now(), req }
    const done = (what: string) =>
      seeOther(exchange, 'office', `${carry(urls.rectification(...addressOf(desk)), exchange)}&done=${what}`)
    if (act === 'remove') {
      const removed = await removeMeasure(world.writer, scope, place)
      return removed.ok ? done('removed') : show(exchange, scope, board, { message: words.cardMoved }, 409)
    }
    const move = movesFrom(state, 'organ').find((each) => each === act)
    if (act !== 'save' && !move) return show(exchange, scope, board, { message: words.cardMoved }, 409)
    // Of a card that was accepted the plan stays as it was.
    const sheet: MeasureSheet = {
      ...(card?.sheet ?? emptyMeasure),
      ...Object.fromEntries(open.map((field) => [field, typed.sheet[field]])),
    }
    // What was accepted is not asked again.
    const last = open.includes('due') ? dayField(yearsAfter(dayOf(place.now), longestTermYears)) : sheet.due
    const read = readMeasure(sheet, last)
    const subject = measureSubject(place.n)
    const own = board.files.filter((file) => file.subject === subject)
    const removed = own.filter(({ sha256 }) => typed.removed.includes(hex(sha256)))
    const kept = own.filter((file) => !removed.some((gone) => isSameFile(gone, file)))
    const title = fill(words.rectCard, { n: place.n })
    const files = judgeFiles(body.uploads ?? [], { subject, kept, title }, locale)
    const texts = {
      ...(read.ok ? {} : problemTexts(words, place.n, read.error)),
      ...(files.problems.length > 0 ? { [cardFields.file]: files.problems.join(' ') } : {}),
    }
    const message = (body.uploads ?? []).length > 0 ? selfMessages(locale).fileAgain : ''
    if (!read.ok || Object.keys(texts).length > 0) return again({ texts, message }, 422)
    const missing = move ? missingForMove(move, read.value) : []
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const saved = await saveMeasure(world.writer, scope, {
      ...{ ...place, state, sheet: read.value, indicator, move: missing.length > 0 ? null : (move ?? null) },
      ...{ added: files.added.map(({ file }) => file), removed },
    })
    const now = await openBoard(exchange, scope)
    if (!now || now === 'foreign') return refused(exchange, scope, now)
    if (!saved.ok) {
      const current = now.measures.find((each) => each.n === place.n)
      const isSame = (current?.version ?? 0) === version
      return show(exchange, scope, now, { typed, message: isSame ? words.filesMany : words.cardChanged }, 409)
    }
    if (missing.length > 0) {
      const lacks = { typed: { ...typed, n: place.n }, texts: problemTexts(words, place.n, missing) }
      return show(exchange, scope, now, { ...lacks, message: words.keptDraft }, 422)
    }
    return done(move ? 'moved' : 'saved')
  },
})

/** Accepts a card, gives it back, looks whether it was carried out, has it put right or withdraws it. */
export const rectificationReview = defineRoute({
  method: 'POST',
  path: patterns.rectificationReview,
  policy: { who: deciders, ...writing },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, body, locale, req } = exchange
    const names = ['csrf', cardFields.n, cardFields.version, cardFields.note, cardFields.act] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    const { n = '', version = '', note: typed, do: act } = values ?? {}
    if (typed === undefined || !/^\d{1,4}$/.test(n) || !/^\d{1,9}$/.test(version))
      return refuse(exchange, 'bad_request')
    const board = await openBoard(exchange, scope)
    if (!board || board === 'foreign') return refused(exchange, scope, board)
    const words = followUpMessages(locale)
    const card = board.measures.find((each) => each.n === Number(n))
    const move = card && movesFrom(card.state, 'office').find((each) => each === act)
    if (!card || !move) return show(exchange, scope, board, { message: words.cardMoved }, 409)
    const lead = move === 'accept' ? leadOn(exchange, board, card) : null
    if (lead && lead.word === null && !lead.isPast)
      return show(
        exchange,
        scope,
        board,
        { message: fill(words.leadWaits, { lead: lead.name, until: lead.until }) },
        409,
      )
    const note = readNote(typed, move, words)
    if (!note.ok) {
      const texts = { [cardFields.note]: note.error }
      return show(exchange, scope, board, { noted: { n: card.n, note: typed }, texts }, 422)
    }
    const place = { ...placeOf(board.desk), n: card.n, version: Number(version), now: world.now(), req }
    const moved = await moveMeasure(world.writer, scope, { ...place, move, note: note.value })
    if (!moved.ok) {
      const now = await openBoard(exchange, scope)
      if (!now || now === 'foreign') return refused(exchange, scope, now)
      return show(exchange, scope, now, { noted: { n: card.n, note: typed }, message: words.cardMoved }, 409)
    }
    return seeOther(exchange, 'office', `${carry(urls.rectification(...addressOf(board.desk)), exchange)}&done=moved`)
  },
})

/** So many years after a day, yyyymmdd. */
const yearsAfter = (day: number, years: number): number => day + years * 10_000

interface TypedCard {
  readonly n: number
  readonly version: number
  readonly act: string
  readonly sheet: MeasureSheet
  readonly indicator: string
  /** Hashes of files. */
  readonly removed: readonly string[]
}

/** One card as its form sends it; null for a form that is not ours. What the form has no field for stays ''. */
function readCard(fields: Fields): TypedCard | null {
  const one = (name: string) => (fields.get(name)?.length === 1 ? fields.get(name)![0]! : undefined)
  const [n, version, act] = [one(cardFields.n), one(cardFields.version), one(cardFields.act)]
  const known = ['csrf', ...Object.values(cardFields), ...measureFields] as readonly string[]
  if (![...fields.keys()].every((name) => known.includes(name))) return null
  if (!/^\d{1,4}$/.test(n ?? '') || !/^\d{1,9}$/.test(version ?? '') || act === undefined) return null
  const sheet = Object.fromEntries(measureFields.map((field) => [field, one(field) ?? ''])) as MeasureSheet
  const indicator = one(cardFields.indicator) ?? ''
  return { n: Number(n), version: Number(version), act, sheet, indicator, removed: fields.get(cardFields.remove) ?? [] }
}

function problemTexts(
  words: FollowUpMessages,
  n: number,
  problems: readonly MeasureProblem[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    problems.map(({ field, code }) => {
      const values = { n, field: words[field], most: longestMeasure[field] }
      const text = {
        required: words.required,
        too_long: words.tooLong,
        not_text: words.notText,
        not_a_day: words.notDay,
        too_late: fill(words.tooLate, { years: longestTermYears, n }),
      }[code]
      return [field, fill(text, values)]
    }),
  )
}

interface Said {
  readonly typed: TypedCard
  readonly noted: { readonly n: number; readonly note: string }
  readonly texts: Readonly<Record<string, string>>
  readonly message: string
  readonly done: RectificationPageProps['done']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  board: Board,
  { typed, noted, texts = {}, message = '', done = null }: Partial<Said>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { desk, letter } = board
  const cards = (await cardsOf(exchange, scope, board)).map((card) => {
    if (card.n !== typed?.n) return card
    const open = openFields(card.state)
    const indicator = open.includes('problem') ? typed.indicator : card.indicator
    return {
      ...card,
      indicator,
      sheet: { ...card.sheet, ...Object.fromEntries(open.map((each) => [each, typed.sheet[each]])) },
    }
  })
  const blank: MeasureCard = {
    ...{ n: 0, state: 'draft', version: 0, files: [], isOverdue: false, behind: 0, isLate: false, note: '', steps: [] },
    ...{ lead: null, indicator: typed?.n === 0 ? typed.indicator : '', indicatorTitle: '' },
    sheet: typed?.n === 0 ? typed.sheet : emptyMeasure,
  }
  const of = typed?.n ?? noted?.n
  const props: RectificationPageProps = {
    shell: await shellOf(exchange, 'feedback', desk.found),
    organ: { code: desk.organ.code, name: organName(desk, locale) },
    due: letter && {
      text: dateText(startOf(letter.due), locale),
      isPast: dayOf(world.now()) > letter.due,
      years: yearsWithoutHolidays(dayOf(letter.issuedAt), letter.due),
    },
    cards,
    indicators: desk.isOwn
      ? choicesOf(desk).map(({ node, above }) => ({
          id: node.id,
          title: [...above, node.title].map((title) => localized(title, locale)).join(' › '),
        }))
      : [],
    fresh: desk.isOwn && letter ? blank : null,
    side: desk.isOwn ? 'organ' : scope.role === 'office_admin' ? 'office' : null,
    said: of === undefined ? null : { n: of, texts, note: noted?.note ?? '' },
    message,
    done,
    publicHref: cards.some(({ state }) => isPublicMeasure(state))
      ? urls.publicRectification(desk.found.jurisdiction.code, desk.found.cycle.code)
      : null,
  }
  const body = <RectificationPage {...props} />
  return answerHtml(exchange, { face: 'office', title: rectificationTitle(props), body, status })
}
