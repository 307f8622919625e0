import { Webhook } from 'standardwebhooks'
import { type DueDelivery, listDueDeliveries } from '../db/platform.ts'
import { settleDelivery } from '../db/webhooks.ts'
import { base64url, fromBase64url } from '../surveys/canonical.ts'
import type { Config } from './config.ts'
import { systemScope } from './guard.ts'
import { startRounds } from './rounds.ts'
import type { World } from './world.ts'

// What waits for programs is sent by the one process that may write, at least once and under one name: whatever ends the
// process between an answer and its record leaves a message that is sent again.

/** Why a message did not arrive, where no status says it. */
type HookFailure = 'address' | 'timeout' | 'unreachable'

/** Sends one message to one address. Rejects with `HookFailed` where no answer came. */
export interface HookGateway {
  /** The status of the answer; nothing of what it says is read, and no redirect is followed. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number>
}

export class HookFailed extends Error {
  override readonly name = 'HookFailed'
  readonly why: HookFailure

  constructor(why: HookFailure) {
    super(`a message to a program did not arrive: ${why}`)
    this.why = why
  }
}

/** Seconds to the next try, after each that failed. */
const delays = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 24 * 3_600] as const
/** Each wait is longer by up to a tenth, so that many messages do not come back at the same moment. */
const jitter = 0.1
const atOnce = 20

const longestUrl = 500

/** Whether messages may be sent there at all: by https, or to a host that whoever runs the installation has named. */
export function isHookUrl({ webhookHosts }: Pick<Config, 'webhookHosts'>, text: string): boolean {
  if (text.length > longestUrl || !URL.canParse(text)) return false
  const { protocol, username, password, hash, host } = new URL(text)
  if (username !== '' || password !== '' || hash !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && webhookHosts.includes(host))
}

/** The secret of an address, as Standard Webhooks write one: derived from the key folder, so that it is in no table. */
export async function hookSecret({ keys }: World, jurisdiction: number, salt: Uint8Array): Promise<string> {
  const bytes = fromBase64url(await keys.derive(`webhook|${jurisdiction}|${base64url(salt)}`))
  if (!bytes) throw new Error('hookSecret needs a derived secret in base64url')
  return `whsec_${btoa(String.fromCharCode(...bytes))}`
}

/** Sends what is due now, and keeps what became of it. */
export async function sendDueHooks(world: World, gateway: HookGateway): Promise<void> {
  const due = await listDueDeliveries(world.db, world.now(), atOnce)
  await Promise.all(due.map((delivery) => sendOne(world, gateway, delivery)))
}

async function sendOne(
  world: World,
  gateway: HookGateway,
  { jurisdiction, id, body, tries, url, salt }: DueDelivery,
): Promise<void> {
  const name = `msg_${jurisdiction}_${id}`
  const at = new Date(world.now())
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'gongping',
    'webhook-id': name,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(await hookSecret(world, jurisdiction, salt)).sign(name, at, body),
  }
  const answer = await tell(world, gateway, { url, headers, body })
  const now = world.now()
  const wait = delays[tries]
  const isTaken = typeof answer === 'number' && answer >= 200 && answer < 300
  const isOver = isTaken || wait === undefined
  await settleDelivery(world.writer, systemScope(jurisdiction), {
    id,
    answer: String(answer),
    tries: tries + 1,
    state: isTaken ? 'delivered' : isOver ? 'failed' : 'waiting',
    nextAt: isOver ? now : now + Math.round(wait * 1_000 * (1 + jitter * share(world))),
    now,
  })
}

async function tell(
  { config }: World,
  gateway: HookGateway,
  { url, headers, body }: { readonly url: string; readonly headers: Record<string, string>; readonly body: string },
): Promise<number | HookFailure> {
  // The list of hosts may have changed since the address was entered.
  if (!isHookUrl(config, url)) return 'address'
  try {
    return await gateway.post(url, headers, body)
  } catch (error) {
    if (error instanceof HookFailed) return error.why
    throw error
  }
}

/** From 0 to less than 1. */
const share = ({ crypto }: World): number => crypto.random(1)[0]! / 256

/** Sends what waits, as long as this process lives. */
export function startHooks(world: World, gateway: HookGateway): { stop: () => Promise<void> } {
  return startRounds(world, 'webhooks', () => sendDueHooks(world, gateway))
}
