import {
  SecretPage,
  type SecretPageProps,
  SettingsPage,
  type SettingsPageProps,
  type SettingsProblem,
  type SettingsWrong,
  secretTitle,
  settingsActs,
  settingsTitle,
} from '../../client/pages/office/settings.tsx'
import { boxName } from '../../client/pages/office/settings-keys.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../../db/api-keys.ts'
import type { Moment } from '../../db/audit.ts'
import type { Scope } from '../../db/scope.ts'
import {
  addWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  replayDelivery,
  testWebhook,
} from '../../db/webhooks.ts'
import { base64url, canonicalText, utf8 } from '../../surveys/canonical.ts'
import { apiScopes, eventTypes } from '../../surveys/programs.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, readDay, startOf } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { hookSecret, isHookUrl } from '../webhooks.ts'
import { peopleShell } from './people.tsx'
import { readReason } from './reason.ts'

const day = 86_400_000
const longestDays = 2 * 366
const longestName = 80
/** How many of the latest messages stand on the page. */
const shownDeliveries = 100

/** The keys of programs and the addresses that are told, with what became of the latest messages. */
export const settingsPage = defineRoute({
  method: 'GET',
  path: patterns.settings,
  policy: { who: readers.people, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  handler(exchange) {
    const done = doneActs.find((each) => each === exchange.url.searchParams.get('done')) ?? null
    return show(exchange, exchange.scope, exchange.params.jid, { done, problem: null }, 200)
  },
})

const doneActs = ['revoke_key', 'remove_hook', 'test_hook', 'replay'] as const

/** One act of that page. A new key, and the secret of a new address, are in the answer and nowhere else. */
export const settingsAct = defineRoute({
  method: 'POST',
  path: patterns.settingsAct,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, fieldNames) : null
    const act = settingsActs.find((each) => each === values?.act)
    if (!values || !act) return refuse(exchange, 'bad_request')
    const moment = { now: world.now(), req }
    const again = (wrong: readonly SettingsWrong[], status: number) =>
      show(exchange, scope, params.jid, { done: null, problem: { act, wrong, typed: values } }, status)
    if (act === 'create_key' || act === 'add_hook') {
      const made =
        act === 'create_key' ? await makeKey(exchange, scope, values) : await makeHook(exchange, scope, values)
      if (!made.ok) return again(made.error, 422)
      return showSecret(exchange, scope, params.jid, made.value)
    }
    const id = /^\d{1,9}$/.test(values.id ?? '') ? Number(values.id) : 0
    if (act === 'revoke_key') {
      const reason = readReason(values.reason)
      const wrong: SettingsWrong[] = [...(id === 0 ? ['key' as const] : []), ...(reason ? [] : ['reason' as const])]
      if (wrong.length > 0 || !reason) return again(wrong, 422)
      if (!(await revokeApiKey(world.writer, scope, { id, reason, ...moment })).ok) return again(['key'], 409)
    } else if (!(await changeHook(exchange, scope, { act, id, ...moment })).ok)
      return again([act === 'replay' ? 'delivery' : 'hook'], 409)
    return seeOther(exchange, 'office', `${carry(urls.settings(params.jid), exchange)}&done=${act}`)
  },
})

const fieldNames = [
  'csrf',
  'act',
  'id',
  'name',
  'until',
  'reason',
  'url',
  ...[...apiScopes, ...eventTypes].map(boxName),
]
type Values = Readonly<Partial<Record<string, string>>>
type Secret = Pick<SecretPageProps, 'kind' | 'name' | 'secret'>

async function makeKey(
  { world, req }: Exchange,
  scope: Scope,
  values: Values,
): Promise<Result<Secret, readonly SettingsWrong[]>> {
  const now = world.now()
  const name = canonicalText(values['name'] ?? '')
  const scopes = apiScopes.filter((each) => values[boxName(each)] !== undefined)
  const last = readDay(values['until'] ?? '')
  const expiresAt = last === null ? 0 : startOf(last) + day
  const wrong: SettingsWrong[] = []
  if (!name.ok || name.value === '' || name.value.includes('\n') || [...name.value].length > longestName)
    wrong.push('name')
  if (scopes.length === 0) wrong.push('scopes')
  if (last === null || last < dayOf(now) || expiresAt > now + longestDays * day) wrong.push('until')
  if (wrong.length > 0 || !name.ok) return err(wrong)
  const secret = `gp_${base64url(world.crypto.random(32))}`
  const h = new Uint8Array(await world.crypto.sha256(utf8(secret)))
  await createApiKey(world.writer, scope, { name: name.value, h, scopes, expiresAt, now, req })
  return ok({ kind: 'key', name: name.value, secret })
}

async function makeHook(
  { world, req }: Exchange,
  scope: Scope,
  values: Values,
): Promise<Result<Secret, readonly SettingsWrong[]>> {
  const url = (values['url'] ?? '').trim()
  const events = eventTypes.filter((each) => values[boxName(each)] !== undefined)
  const wrong: SettingsWrong[] = []
  if (!isHookUrl(world.config, url)) wrong.push('url')
  if (events.length === 0) wrong.push('events')
  if (wrong.length > 0) return err(wrong)
  const salt = new Uint8Array(world.crypto.random(16))
  await addWebhook(world.writer, scope, { url, events, salt, now: world.now(), req })
  return ok({ kind: 'hook', name: url, secret: await hookSecret(world, scope.jurisdiction, salt) })
}

function changeHook(
  { world: { writer } }: Exchange,
  scope: Scope,
  change: Moment & { readonly act: 'remove_hook' | 'test_hook' | 'replay'; readonly id: number },
): Promise<Result<void, 'conflict'>> {
  if (change.act === 'replay') return replayDelivery(writer, scope, change)
  return change.act === 'test_hook' ? testWebhook(writer, scope, change) : removeWebhook(writer, scope, change)
}

async function showSecret(exchange: Exchange, scope: Scope, jid: string, secret: Secret): Promise<Response> {
  const props = { shell: await peopleShell(exchange, scope, 'settings'), jid, ...secret }
  return answerHtml(exchange, { face: 'office', title: secretTitle(props), body: <SecretPage {...props} /> })
}

async function show(
  exchange: Exchange,
  scope: Scope,
  jid: string,
  said: { readonly done: SettingsPageProps['done']; readonly problem: SettingsProblem | null },
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const [keys, hooks, deliveries] = await Promise.all([
    listApiKeys(world.db, scope),
    listWebhooks(world.db, scope),
    listDeliveries(world.db, scope, shownDeliveries),
  ])
  const now = world.now()
  const props: SettingsPageProps = {
    shell: await peopleShell(exchange, scope, 'settings'),
    jid,
    keys: keys.map(({ id, name, scopes, usedOn, expiresAt, revokedAt }) => ({
      id,
      name,
      scopes,
      used: usedOn === 0 ? '' : dateText(startOf(usedOn), locale),
      standing: revokedAt > 0 ? 'revoked' : expiresAt <= now ? 'over' : 'valid',
      // The last day on which it counts.
      time: revokedAt > 0 ? momentText(revokedAt, locale) : dateText(expiresAt - 1, locale),
    })),
    hooks: hooks.map(({ id, url, events, madeAt }) => ({ id, url, events, since: dateText(madeAt, locale) })),
    deliveries: deliveries.map(({ id, url, type, atUtc, state, tries, nextAt, answer, removedAt }) => ({
      ...{ id, url, type, state, tries, answer },
      time: momentText(atUtc, locale),
      next: momentText(nextAt, locale),
      isKept: removedAt === 0,
    })),
    ...said,
  }
  const body = <SettingsPage {...props} />
  return answerHtml(exchange, { face: 'office', title: settingsTitle(props), body, status })
}
