import {
  type CommentProblem,
  CommentsPage,
  type CommentsPageProps,
  type CommentView,
  commentsHref,
  commentsTitle,
  type Disposal,
  disposals,
  reasonLength,
  topicLength,
} from '../../client/pages/office/comments.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { patterns, urls } from '../../client/urls.ts'
import {
  countComments,
  type DeskComment,
  listAssignees,
  listTopics,
  noteComment,
  recordReveal,
  searchComments,
} from '../../db/comment-desk.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, canonicalText, fromBase64url } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { maskPersonal } from '../../surveys/masking.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { Standing } from '../standing.ts'
import { nameOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

const pageSize = 50
const FIRST = new Uint8Array(16)
const writing = { scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' } as const

/** What people wrote, without what names a person, once nobody answers any more. */
export const commentsPage = defineRoute({
  method: 'GET',
  path: patterns.comments,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const view = readView(Object.fromEntries(url.searchParams))
    return show(exchange, scope, found, view, { done: url.searchParams.get('done') ?? '' })
  },
})

/** Says what is done about one of them. */
export const commentsNote = defineRoute({
  method: 'POST',
  path: patterns.commentsNote,
  policy: { who: deciders, ...writing },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const names = ['csrf', 'sid', 'id', 'revision', 'view', 'disposal', 'topic', 'assignee', 'reason'] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    const disposal = disposals.find((each) => each === values?.disposal)
    if (!values || !disposal || !/^\d{1,9}$/.test(values.revision ?? '')) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    const comment = found?.planId ? await findShown(exchange, scope, found, values) : null
    if (!found || !comment) return refuse(exchange, 'not_found')
    const { assignee = '' } = values
    const now = world.now()
    const people = await listAssignees(world.db, scope, now)
    if (assignee !== '' && !people.some(({ id }) => id === assignee)) return refuse(exchange, 'bad_request')
    const view = viewOf(values)
    const typed = { disposal, topic: values.topic ?? '', assignee, reason: values.reason ?? '' }
    const again = (code: CommentProblem, status: number) =>
      show(exchange, scope, found, view, { problem: { id: values.id!, code, typed } }, status)
    const topic = canonicalText(typed.topic)
    if (!topic.ok) return again('topic_bad', 422)
    if ([...topic.value].length > topicLength) return again('topic_long', 422)
    const reason = canonicalText(disposal === 'withheld' ? typed.reason : '')
    if (!reason.ok) return again('reason_bad', 422)
    if ([...reason.value].length > reasonLength) return again('reason_long', 422)
    if (disposal === 'withheld' && reason.value === '') return again('reason_required', 422)
    const { survey, id } = comment
    const act = { survey, id, disposal, assignee, revision: Number(values.revision), now, req }
    const noted = await noteComment(world.writer, scope, { ...act, topic: topic.value, reason: reason.value })
    if (!noted.ok) return again('changed', 409)
    const { locale } = exchange
    // Back to where one was, so that the next one is the next.
    const list = commentsHref(urls.comments(params.jid, params.cycle), view, locale)
    return seeOther(exchange, 'office', `${list}&done=${values.id}#c-${values.id}`)
  },
})

/** Shows one of them as it was written; the audit has it before. */
export const commentsReveal = defineRoute({
  method: 'POST',
  path: patterns.commentsReveal,
  policy: { who: deciders, ...writing },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'sid', 'id', 'view']) : null
    if (values?.sid === undefined || values.id === undefined) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    const comment = found?.planId ? await findShown(exchange, scope, found, values) : null
    if (!found || !comment) return refuse(exchange, 'not_found')
    await recordReveal(world.writer, scope, { id: comment.id, now: world.now(), req })
    return show(exchange, scope, found, viewOf(values), { revealed: { id: values.id!, text: comment.text } })
  },
})

type Values = Partial<Record<'sid' | 'id' | 'view', string>>

/** The comment that a form is about, if it is one that may be shown. */
async function findShown(exchange: Exchange, scope: Scope, found: FoundCycle, values: Values) {
  const id = fromBase64url(values.id ?? '')
  if (id?.length !== 16) return null
  const { standing, places } = await placesOf(exchange, scope, found)
  const survey = standing.surveys.find(({ sid }) => sid === values.sid)
  const all = { words: [], disposal: null, topic: null, assignee: null }
  const filter = { ...all, places: places.filter((place) => place.survey === survey?.id) }
  const [comment] = await searchComments(exchange.world.db, scope, filter, { after: before(id), limit: 1 })
  return comment && base64url(comment.id) === values.id ? comment : null
}

/** The id just before this one, so that a search behind it begins with this one. */
function before(id: Uint8Array): Uint8Array {
  const earlier = id.slice()
  for (let at = earlier.length - 1; at >= 0; at--) {
    earlier[at] = (earlier[at]! + 255) % 256
    if (earlier[at] !== 255) break
  }
  return earlier
}

interface Place {
  readonly survey: number
  readonly group: GroupId
  readonly organ: number
}

/** Where comments may be read: of surveys that are counted, organs with enough responses of the group. */
async function placesOf({ world }: Exchange, scope: Scope, found: FoundCycle) {
  const standing = await world.standing(scope, found.cycle.id)
  const minimum = standing.plan.disclosure.drillDown
  const places = standing.surveys
    .filter(({ counted }) => counted)
    .flatMap(({ id, group }) =>
      standing.organs
        .filter((organ) => (organ.groups[group].sums?.n ?? 0) >= minimum)
        .map((organ): Place => ({ survey: id, group, organ: organ.id })),
    )
  return { standing, places, minimum }
}

/** The parts of an address or of a form; what no form of ours sends counts as everything. */
function readView(given: Readonly<Record<string, unknown>>): CommentView {
  const text = (name: keyof CommentView) => (typeof given[name] === 'string' ? given[name].slice(0, 60) : '')
  return {
    q: text('q').trim(),
    group: groupIds.find((group) => group === given['group']) ?? '',
    organ: text('organ'),
    disposal: disposals.find((each) => each === given['disposal']) ?? '',
    topic: text('topic'),
    assignee: text('assignee'),
    after: fromBase64url(text('after'))?.length === 16 ? text('after') : '',
  }
}

function viewOf({ view = '' }: Values): CommentView {
  try {
    const given: unknown = JSON.parse(view)
    return readView(typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {})
  } catch {
    return readView({})
  }
}

const noneFor = (value: string): string | null => (value === '' ? null : value === '-' ? '' : value)

type Said = Partial<Pick<CommentsPageProps, 'done' | 'problem' | 'revealed'>>

async function show(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  view: CommentView,
  said: Said,
  status = 200,
): Promise<Response> {
  const { world, locale, staff } = exchange
  const { standing, places, minimum } = await placesOf(exchange, scope, found)
  const { db } = world
  const surveys = new Map(standing.surveys.filter(({ counted }) => counted).map((survey) => [survey.id, survey]))
  const organs = new Map(standing.organs.map((organ) => [organ.id, organ]))
  const chosen = places.filter(
    ({ group, organ }) =>
      (view.group === '' || view.group === group) && (view.organ === '' || view.organ === organs.get(organ)?.code),
  )
  const words = view.q.split(/\s+/).filter(Boolean)
  const filter = {
    places: chosen,
    words,
    disposal: (view.disposal || null) as Disposal | null,
    topic: noneFor(view.topic),
    assignee: noneFor(view.assignee),
  }
  const ids = [...surveys.keys()]
  const page = { after: fromBase64url(view.after) ?? FIRST, limit: pageSize }
  const [rows, counts, topics, people] = await Promise.all([
    searchComments(db, scope, filter, page),
    countComments(db, scope, ids, places),
    listTopics(db, scope, ids),
    listAssignees(db, scope, world.now()),
  ])
  const shown = [...counts.shown.values()].reduce((sum, n) => sum + n, 0)
  const commentOf = (row: DeskComment) => {
    const masked = maskPersonal(row.text)
    const { sid, group } = surveys.get(row.survey)!
    const organ = nameOf(organs.get(row.organ)!, locale)
    const { disposal, topic, assignee, revision } = row
    const facts = { disposal, topic, assignee, revision }
    return { id: base64url(row.id), sid, group, organ, text: masked.text, isMasked: masked.found.length > 0, ...facts }
  }
  const isIn = (text: string) => words.every((word) => text.toLowerCase().includes(word.toLowerCase()))
  const last = rows.at(-1)
  const props: CommentsPageProps = {
    shell: await shellOf(exchange, 'comments', found),
    view,
    // A word that stands only in what is taken out finds nothing: whoever searches for a number learns nothing of it.
    comments: rows.map(commentOf).filter(({ text }) => isIn(text)),
    next: rows.length === pageSize && last ? base64url(last.id) : null,
    shown,
    hidden: counts.all - shown,
    isCollecting: places.length === 0 && isUnderWay(standing),
    minimum,
    organs: standing.organs
      .filter(({ id }) => places.some(({ organ }) => organ === id))
      .map((organ) => ({ code: organ.code, name: nameOf(organ, locale) })),
    topics,
    people,
    mayDecide: staff ? deciders.includes(staff.role) : false,
    done: '',
    problem: null,
    revealed: null,
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: commentsTitle(props),
    body: <CommentsPage {...props} />,
    status,
  })
}

const isUnderWay = ({ organs }: Standing): boolean =>
  organs.some(({ groups }) => groupIds.some((group) => groups[group].state !== 'estimated'))
