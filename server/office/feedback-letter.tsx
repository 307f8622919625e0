import { LetterPage, type LetterPageProps, letterTitle } from '../../client/pages/office/feedback-letter.tsx'
import { letterFields } from '../../client/pages/office/feedback-list.tsx'
import { deciders, feedbackReaders } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { confirmLetter, issueLetter, letterTo, listLetters } from '../../db/feedback.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { type LetterBody, longestLetter, rectificationUntil } from '../../surveys/feedback.ts'
import { followUpTerms } from '../../surveys/plan.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, startOf } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized } from '../surveys.ts'
import { showList, waitingOf } from './feedback.tsx'
import { deductionsOf, dimensionsOf, letterProblems } from './feedback-figures.ts'
import {
  addressOf,
  type FollowDesk,
  openFollow,
  openFollowCycle,
  organName,
  type PublishedStanding,
  placeOf,
  refused,
  standingOf,
} from './follow-desk.ts'
import { shellOf } from './shell.ts'

const writing = { scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' } as const

/** The letter to an organ. */
export const letterPage = defineRoute({
  method: 'GET',
  path: patterns.letter,
  policy: { who: feedbackReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openFollow(exchange, scope)
    if (!desk || desk === 'foreign') return refused(exchange, scope, desk)
    const done = (['issued', 'received'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, desk, { done }, 200)
  },
})

/** Issues one, with what the office adds. */
export const letterIssue = defineRoute({
  method: 'POST',
  path: patterns.letterIssue,
  policy: { who: deciders, ...writing },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, body, req } = exchange
    const names = ['csrf', letterFields.seen, letterFields.text] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    const { seen = '', text: typed } = values ?? {}
    if (typed === undefined || !/^\d{1,6}$/.test(seen)) return refuse(exchange, 'bad_request')
    const desk = await openFollow(exchange, scope)
    if (!desk || desk === 'foreign') return refused(exchange, scope, desk)
    const { standing } = desk
    if (!standing) return show(exchange, scope, desk, { typed, problem: 'changed' }, 409)
    const text = canonicalText(typed)
    if (!text.ok) return show(exchange, scope, desk, { typed, problem: 'bad' }, 422)
    if ([...text.value].length > longestLetter) return show(exchange, scope, desk, { typed, problem: 'long' }, 422)
    const now = world.now()
    const letter = { ...(await contentOf(exchange, scope, desk, standing)), text: text.value }
    const due = rectificationUntil(desk.plan, dayOf(now))
    const act = { ...placeOf(desk), seen: Number(seen), body: letter, due, now, req }
    const issued = await issueLetter(world.writer, scope, act)
    if (!issued.ok) return show(exchange, scope, desk, { typed, problem: 'changed' }, 409)
    return seeOther(exchange, 'office', `${carry(urls.letter(...addressOf(desk)), exchange)}&done=issued`)
  },
})

/** Issues one to every organ that has none, all with the same words added. What was issued before stays. */
export const lettersIssue = defineRoute({
  method: 'POST',
  path: patterns.feedbackList,
  policy: { who: deciders, ...writing },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', letterFields.text]) : null
    const typed = values?.[letterFields.text]
    if (typed === undefined) return refuse(exchange, 'bad_request')
    const opened = await openFollowCycle(exchange, scope)
    if (!opened) return refuse(exchange, 'not_found')
    const standing = await standingOf(exchange, opened)
    if (!standing) return showList(exchange, scope, opened, { typed, problem: 'changed' }, 409)
    const text = canonicalText(typed)
    if (!text.ok) return showList(exchange, scope, opened, { typed, problem: 'bad' }, 422)
    if ([...text.value].length > longestLetter)
      return showList(exchange, scope, opened, { typed, problem: 'long' }, 422)
    const letters = await listLetters(world.db, scope, opened.found.cycle.id)
    const now = world.now()
    const due = rectificationUntil(opened.plan, dayOf(now))
    for (const organ of opened.file.organs.filter(({ id }) => !letterTo(letters, id))) {
      const desk = { ...opened, organ, standing, isOwn: false }
      const letter = { ...(await contentOf(exchange, scope, desk, standing)), text: text.value }
      // Whoever got one from somebody else in this moment has one.
      await issueLetter(world.writer, scope, { ...placeOf(desk), seen: 0, body: letter, due, now, req })
    }
    const address = urls.feedbackList(params.jid, params.cycle)
    return seeOther(exchange, 'office', `${carry(address, exchange)}&done=issued`)
  },
})

/** Confirms that the organ has it. */
export const letterReceive = defineRoute({
  method: 'POST',
  path: patterns.letterReceive,
  policy: { who: ['organ_officer'], ...writing },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', letterFields.number]) : null
    if (!/^\d{1,6}$/.test(values?.number ?? '')) return refuse(exchange, 'bad_request')
    const desk = await openFollow(exchange, scope)
    if (!desk || desk === 'foreign') return refused(exchange, scope, desk)
    const act = { ...placeOf(desk), number: Number(values?.number), now: world.now(), req }
    const received = await confirmLetter(world.writer, scope, act)
    if (!received.ok) return show(exchange, scope, desk, { problem: 'changed' }, 409)
    return seeOther(exchange, 'office', `${carry(urls.letter(...addressOf(desk)), exchange)}&done=received`)
  },
})

/** What a letter says by itself. */
async function contentOf(
  exchange: Exchange,
  scope: Scope,
  desk: FollowDesk,
  standing: PublishedStanding,
): Promise<Omit<LetterBody, 'text'>> {
  const { documents, published } = standing
  const figures = documents.results.organs.find((each) => each.organ === desk.organ.code)
  const { satisfaction = null, overall = null } = figures ?? {}
  return {
    publication: published.shown.version,
    satisfaction: satisfaction && 'score' in satisfaction ? satisfaction.score : null,
    overall: overall?.status === 'ok' ? overall.score : null,
    problems: letterProblems(dimensionsOf(desk, documents), await deductionsOf(exchange.world, scope, desk)),
  }
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: FollowDesk,
  said: Partial<Pick<LetterPageProps, 'done' | 'problem'>> & { readonly typed?: string },
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { found, plan, standing } = desk
  const letters = await listLetters(world.db, scope, found.cycle.id)
  const letter = letterTo(letters, desk.organ.id)
  const names = await readStaffNames(world.db, scope, [letter?.issuedBy ?? '', letter?.received?.by ?? ''])
  const now = world.now()
  const dayText = (day: number) => dateText(startOf(day), locale)
  const appeals = standing ? dayText(standing.appealsUntil) : ''
  const sheet = ({ problems, ...body }: Omit<LetterBody, 'text'> & { text: string }, due: number) => ({
    ...{ satisfaction: body.satisfaction, overall: body.overall, text: body.text, due: dayText(due), appeals },
    problems: problems.map((problem) => ({ ...problem, name: localized(problem.title, locale) })),
  })
  const mayIssue = scope.role === 'office_admin' && standing !== null
  const props: LetterPageProps = {
    shell: await shellOf(exchange, 'feedback', found),
    organ: { code: desk.organ.code, name: organName(desk, locale) },
    year: found.cycle.code,
    waiting: waitingOf(desk, locale),
    letter: letter && {
      ...sheet(letter.body, letter.due),
      number: letter.number,
      on: dateText(letter.issuedAt, locale),
      issued: { time: momentText(letter.issuedAt, locale), name: names.get(letter.issuedBy) ?? letter.issuedBy },
      received: letter.received && {
        time: momentText(letter.received.at, locale),
        name: names.get(letter.received.by) ?? letter.received.by,
      },
    },
    draft: mayIssue
      ? {
          ...sheet(
            { ...(await contentOf(exchange, scope, desk, standing)), text: '' },
            rectificationUntil(plan, dayOf(now)),
          ),
          seen: letter?.number ?? 0,
          days: followUpTerms(plan).rectification,
          typed: said.typed ?? '',
        }
      : null,
    mayReceive: desk.isOwn,
    done: said.done ?? null,
    problem: said.problem ?? null,
  }
  return answerHtml(exchange, { face: 'office', title: letterTitle(props), body: <LetterPage {...props} />, status })
}
