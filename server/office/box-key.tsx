import { BoxKeyPage, type BoxKeyPageProps, boxKeyTitle } from '../../client/pages/office/box-key.tsx'
import type { KeyView } from '../../client/pages/office/survey.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readAuditKey, saveAuditKey } from '../../db/audit-keys.ts'
import { type BoxKey, findKeySaver, isHolding, readBoxKey, recordRehearsal, saveBoxKey } from '../../db/box-keys.ts'
import type { DeskSurvey } from '../../db/desk.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { base64url, compareBytes, fromBase64url } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { challengeOf, isProof } from '../rehearsal.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { isSealingKey } from '../sealing-key.ts'
import type { World } from '../world.ts'
import { type DeskPlace, findDeskSurvey, isAuditable, nameOfSurvey } from './desk.ts'
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

const outcomes = ['key_saved', 'key_rehearsed', 'contact_key_saved'] as const

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
    // What is sealed to no point of the curve, nobody can ever open.
    if (!(await isSealingKey(key.pk))) return show(exchange, scope, place, { done: null, problem: 'no_point' }, 422)
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

/** What looks like an uncompressed point, in base64url. */
function readPoint(typed: string | undefined): Uint8Array | null {
  const pk = fromBase64url(typed ?? '')
  return pk?.length === 65 && pk[0] === 4 ? pk : null
}

/** The trustees have put the key together from their shares: with it they have opened what the page carried. */
export const rehearseKey = defineRoute({
  method: 'POST',
  path: patterns.boxRehearsal,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'pk', 'proof']) : null
    const pk = readPoint(values?.pk)
    if (!values || !pk) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const again = (problem: BoxKeyPageProps['problem'], status: number) =>
      show(exchange, scope, place, { done: null, problem }, status)
    const { survey } = place
    const [key, saver] = await Promise.all([
      readBoxKey(world.db, scope, survey.id),
      findKeySaver(world.db, scope, survey.id),
    ])
    if (key?.holding !== 'trustees' || compareBytes(key.pk, pk) !== 0) return again('changed', 409)
    if (saver === scope.actor) return again('own_key', 403)
    const rehearsed = { survey: surveyName(params.jid, params.sid), pk, actor: scope.actor }
    if (!(await isProof(world, rehearsed, values.proof))) return again('no_proof', 422)
    const recorded = await recordRehearsal(world.writer, scope, { survey: survey.id, pk, now: world.now(), req })
    return recorded.ok ? back(exchange, params, 'key_rehearsed') : again('changed', 409)
  },
})

/** The auditor's key, to which the contacts of a survey of the public are sealed; nothing takes it away. */
export const saveContactKey = defineRoute({
  method: 'POST',
  path: patterns.contactKey,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'pk']) : null
    if (values?.pk === undefined) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const typed = values.pk.replace(/\s/g, '')
    const pk = typed === '' ? null : fromBase64url(typed)
    if (typed !== '' && (pk === null || !(await isSealingKey(pk)))) {
      const problem = { kind: 'contact_key', pk: values.pk } as const
      return show(exchange, scope, place, { done: null, problem }, 422)
    }
    const act = { survey: place.survey.id, pk, now: world.now(), req }
    const saved = await saveAuditKey(world.writer, scope, act)
    if (saved.ok) return back(exchange, params, 'contact_key_saved')
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

/** What the page offers whoever reads it for the rehearsal of a key that trustees hold. */
async function rehearsalOf(
  { world, params }: Exchange<typeof patterns.boxKey>,
  scope: Scope,
  survey: DeskSurvey,
  key: BoxKey | null,
): Promise<BoxKeyPageProps['rehearsal']> {
  if (key?.holding !== 'trustees' || stageOf(survey) === 'fixed') return null
  if (!(await isSealingKey(key.pk))) return 'no_point'
  if ((await findKeySaver(world.db, scope, survey.id)) === scope.actor) return 'own_key'
  const name = surveyName(params.jid, params.sid)
  return { survey: name, ...(await challengeOf(world, { survey: name, pk: key.pk, actor: scope.actor })) }
}

async function show(
  exchange: Exchange<typeof patterns.boxKey>,
  scope: Scope,
  { found, survey }: DeskPlace,
  said: Pick<BoxKeyPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const [key, contactKey] = await Promise.all([
    readBoxKey(world.db, scope, survey.id),
    readAuditKey(world.db, scope, survey.id),
  ])
  const props: BoxKeyPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    survey: nameOfSurvey(survey),
    stage: stageOf(survey),
    boxKey: key && (await keyView(world, key, locale)),
    rehearsal: await rehearsalOf(exchange, scope, survey, key),
    contactKey: isAuditable(survey)
      ? {
          name: surveyName(exchange.params.jid, survey.sid),
          set: contactKey && {
            pk: base64url(contactKey),
            fingerprint: fingerprint(await world.crypto.sha256(contactKey)),
          },
          isDraft: survey.state === 'draft',
        }
      : null,
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: boxKeyTitle(props),
    body: <BoxKeyPage {...props} />,
    status,
  })
}
