import { BoxKeyPage, type BoxKeyPageProps, boxKeyTitle } from '../../client/pages/office/box-key.tsx'
import type { KeyView } from '../../client/pages/office/survey.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { type BoxKey, isHolding, readBoxKey, recordRehearsal, saveBoxKey } from '../../db/box-keys.ts'
import type { DeskSurvey } from '../../db/desk.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, nameOfSurvey } from './desk.ts'
import { shellOf } from './shell.ts'

/** The key of a survey's box, and before the opening the ceremony in which it is made and its rehearsal. */
export const boxKeyPage = defineRoute({
  method: 'GET',
  path: patterns.boxKey,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, place, { done, problem: null }, 200)
  },
})

const outcomes = ['key_saved', 'key_rehearsed'] as const

/** The public part of a key whose shares the trustees have taken, or a key that the key store makes now. */
export const saveKey = defineRoute({
  method: 'POST',
  path: patterns.boxKey,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values =
      body.kind === 'form' ? formValues(body.fields, ['csrf', 'holding', 'pk', 'shares', 'threshold']) : null
    if (!values?.holding) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const { survey } = place
    const changed = () => show(exchange, scope, place, { done: null, problem: 'changed' }, 409)
    if (stageOf(survey) !== 'draft') return changed()
    const key = await keyOf(world, surveyName(params.jid, params.sid), values)
    if (!key) return refuse(exchange, 'bad_request')
    const saved = await saveBoxKey(world.writer, scope, { survey: survey.id, ...key, now: world.now(), req })
    return saved.ok ? back(exchange, params, 'key_saved') : changed()
  },
})

/** What was sent as a key; null for what is none. */
async function keyOf(
  { keys }: World,
  name: string,
  sent: Partial<Record<'holding' | 'pk' | 'shares' | 'threshold', string>>,
): Promise<Omit<BoxKey, 'rehearsedAt'> | null> {
  if (sent.holding === 'file') return { holding: 'file', pk: await keys.createBoxKey(name), threshold: 1, shares: 1 }
  if (sent.holding !== 'trustees') return null
  const pk = readPoint(sent.pk)
  const [threshold, shares] = [digit(sent.threshold), digit(sent.shares)]
  const key = { holding: 'trustees', threshold, shares } as const
  return pk && isHolding(key) ? { ...key, pk } : null
}

const digit = (typed: string | undefined): number => (/^\d$/.test(typed ?? '') ? Number(typed) : 0)

/** An uncompressed point in base64url. That it lies on the curve is shown by the rehearsal, for which it has to. */
function readPoint(typed: string | undefined): Uint8Array | null {
  const pk = fromBase64url(typed ?? '')
  return pk?.length === 65 && pk[0] === 4 ? pk : null
}

/** The trustees have put the key together from their shares: this is its public part. */
export const rehearseKey = defineRoute({
  method: 'POST',
  path: patterns.boxRehearsal,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'pk']) : null
    const pk = readPoint(values?.pk)
    if (!pk) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const act = { survey: place.survey.id, pk, now: world.now(), req }
    const recorded = await recordRehearsal(world.writer, scope, act)
    if (recorded.ok) return back(exchange, params, 'key_rehearsed')
    return show(exchange, scope, place, { done: null, problem: 'changed' }, 409)
  },
})

function back(
  exchange: Exchange,
  { jid, cycle, sid }: { readonly jid: string; readonly cycle: string; readonly sid: string },
  done: NonNullable<BoxKeyPageProps['done']>,
): Response {
  return seeOther(exchange, 'office', `${carry(urls.boxKey(jid, cycle, sid), exchange)}&done=${done}`)
}

function stageOf({ mode, state }: DeskSurvey): BoxKeyPageProps['stage'] {
  if (mode === 'live') return 'live'
  return state === 'draft' || state === 'ready' ? state : 'fixed'
}

/** A key as everybody may know it. */
export async function keyView({ crypto }: World, key: BoxKey, locale: Locale): Promise<KeyView & { pk: string }> {
  const { holding, threshold, shares, pk, rehearsedAt } = key
  return {
    holding,
    threshold,
    shares,
    pk: base64url(pk),
    fingerprint: fingerprint(await crypto.sha256(pk)),
    rehearsed: rehearsedAt === null ? null : momentText(rehearsedAt, locale),
  }
}

async function show(
  exchange: Exchange,
  scope: Scope,
  { found, survey }: DeskPlace,
  said: Pick<BoxKeyPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const key = await readBoxKey(world.db, scope, survey.id)
  const props: BoxKeyPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    survey: nameOfSurvey(survey),
    stage: stageOf(survey),
    boxKey: key && (await keyView(world, key, locale)),
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: boxKeyTitle(props),
    body: <BoxKeyPage {...props} />,
    status,
  })
}
