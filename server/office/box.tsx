import {
  BoxPage,
  type BoxPageProps,
  type BoxRefusal,
  type BoxResult,
  boxTitle,
} from '../../client/pages/office/box.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { readApprovals, surveySubject } from '../../db/approvals.ts'
import { type BoxKey, readBoxKey } from '../../db/box-keys.ts'
import { type DeskSurvey, readBoxActs } from '../../db/desk.ts'
import { findCheckpoint, logNames } from '../../db/logs.ts'
import { countPeople } from '../../db/publications.ts'
import type { Scope } from '../../db/scope.ts'
import { fromBase64url, hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { proposeBoxOpening } from '../decisions.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { keyView } from './box-key.tsx'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

/** Where trustees hand in their shares, how far the opening is, and afterwards what was counted. */
export const boxPage = defineRoute({
  method: 'GET',
  path: patterns.box,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const done = exchange.url.searchParams.get('done') === 'proposed' ? 'proposed' : null
    return show(exchange, scope, place, { done, problem: null }, 200)
  },
})

/** The first administrator's proposal to open a box whose key is a file. */
export const proposeBox = defineRoute({
  method: 'POST',
  path: patterns.boxPropose,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf']) : null
    if (!values) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { jid, cycle, sid } = params
    const proposed = await proposeBoxOpening(world, scope, { jid, survey: place.survey }, { now: world.now(), req })
    if (!proposed.ok) return show(exchange, scope, place, { done: null, problem: 'changed' }, 409)
    return seeOther(exchange, 'office', `${carry(urls.box(jid, cycle, sid), exchange)}&done=proposed`)
  },
})

const statuses: Readonly<Record<BoxRefusal, number>> = {
  not_closed: 409,
  not_sealed: 409,
  not_agreed: 409,
  wrong_key: 422,
  no_key_file: 409,
  running: 409,
  not_here: 409,
  changed: 409,
}

/** Begins the opening with the key that the shares have made, or with the key file. The work goes on beside the answer. */
export const openBox = defineRoute({
  method: 'POST',
  path: patterns.boxOpen,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req, wantsJson } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'key']) : null
    if (!values) return refuse(exchange, 'bad_request')
    const privateKey = values.key === undefined ? null : fromBase64url(values.key)
    if (values.key !== undefined && privateKey?.length !== 32) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const refusal = await begin(world, scope, place, { privateKey, now: world.now(), req })
    if (wantsJson) return json(exchange, { code: refusal ?? 'begun' }, refusal ? statuses[refusal] : 202)
    if (refusal) return show(exchange, scope, place, { done: null, problem: refusal }, statuses[refusal])
    const { jid, cycle, sid } = params
    return seeOther(exchange, 'office', carry(urls.box(jid, cycle, sid), exchange))
  },
})

async function begin(
  { boxes, db }: World,
  scope: Scope,
  { survey }: DeskPlace,
  request: { readonly privateKey: Uint8Array | null; readonly now: number; readonly req: string },
): Promise<BoxRefusal | null> {
  if (!boxes) return 'not_here'
  const key = await readBoxKey(db, scope, survey.id)
  // Without shares there is no key of theirs, whatever file lies on the server; and a file needs no key that is sent.
  if (key && (key.holding === 'trustees') !== (request.privateKey !== null)) return 'wrong_key'
  const opened = await boxes.open(scope, { survey: survey.id, ...request })
  return opened.ok ? null : opened.error
}

/** How far an opening is, for the page that shows it. */
export const boxProgress = defineRoute({
  method: 'GET',
  path: patterns.boxProgress,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { id, state } = place.survey
    return json(exchange, { state, progress: world.boxes?.progress(scope, id) ?? null }, 200)
  },
})

function json({ world }: Exchange, value: unknown, status: number): Response {
  const headers = new Headers(securityHeaders('data', isHttps(world.config)))
  headers.set('Content-Type', 'application/json')
  return new Response(JSON.stringify(value), { status, headers })
}

async function show(
  exchange: Exchange,
  scope: Scope,
  { found, survey }: DeskPlace,
  said: Pick<BoxPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const key = await readBoxKey(world.db, scope, survey.id)
  const isOpen = survey.mode === 'sealed' && (survey.state === 'opened' || survey.state === 'published')
  const props: BoxPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    survey: {
      ...nameOfSurvey(survey),
      state: survey.state,
      mode: survey.mode,
      closes: momentText(survey.closesAt, locale),
    },
    boxKey: key && (await keyView(world, key, locale)),
    agreement: await agreementOf(world, scope, survey, key),
    opensHere: world.boxes !== null,
    progress: world.boxes?.progress(scope, survey.id) ?? null,
    result: isOpen ? await resultOf(world, scope, survey.id, locale) : null,
    ...said,
  }
  return answerHtml(exchange, { face: 'office', title: boxTitle(props), body: <BoxPage {...props} />, status })
}

/** How far the agreement of two is that a box needs whose key is a file. */
async function agreementOf(
  { db, now }: World,
  scope: Scope,
  { id, state }: DeskSurvey,
  key: BoxKey | null,
): Promise<BoxPageProps['agreement']> {
  if (key?.holding !== 'file' || state !== 'closed') return 'not_needed'
  const rows = await readApprovals(db, scope, { now: now(), subject: surveySubject(id) })
  const states = rows.filter(({ action }) => action === 'box.open').map((row) => row.state)
  if (states.includes('approved')) return 'approved'
  return states.includes('proposed') ? 'proposed' : 'missing'
}

async function resultOf({ db }: World, scope: Scope, survey: number, locale: Locale): Promise<BoxResult> {
  const [people, acts, heads] = await Promise.all([
    countPeople(db, scope, survey),
    readBoxActs(db, scope, survey),
    Promise.all(logNames.map(async (log) => ({ log, head: await findCheckpoint(db, scope, { survey, log }) }))),
  ])
  const names = await readStaffNames(db, scope, [...new Set(acts.map(({ actor }) => actor))])
  const counted = (name: string) => {
    const cells = people.named.get(name)
    return cells ? total(cells) : null
  }
  return {
    issued: total(people.issued),
    spent: total(people.spent),
    valid: counted('valid'),
    invalid: counted('invalid'),
    withdrawn: counted('withdrawn'),
    heads: heads.flatMap(({ log, head }) => (head ? [{ log, size: head.size, root: hex(head.root) }] : [])),
    acts: acts.map(({ action, actor, at }) => ({
      action,
      actor: names.get(actor) ?? actor,
      at: momentText(at, locale),
    })),
  }
}

/** Over all cells. */
const total = (cells: ReadonlyMap<string, number>): number => [...cells.values()].reduce((sum, n) => sum + n, 0)
