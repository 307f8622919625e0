import { and, asc, desc, eq } from 'drizzle-orm'
import { type EventType, testEvent } from '../surveys/programs.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Value, type Writer } from './database.ts'
import { webhook, webhookDelivery } from './schema-programs.ts'
import type { Scope } from './scope.ts'

// Where programs are told what has happened, and what each of them was told. A message is written in the transaction of its
// event, so that none is lost and none is about something that did not happen; sending it comes later.

/** An event, by the code of nothing but what it is about: a survey, or a cycle as a whole. Ids are those of the tables. */
export type Event = { readonly type: EventType; readonly now: number } & (
  | { readonly survey: number }
  | { readonly cycle: number }
)

const NEXT_ID = `(SELECT coalesce(max(d.id), 0) FROM webhook_delivery AS d WHERE d.jurisdiction_id = w.jurisdiction_id)
  + row_number() OVER (ORDER BY w.id)`
const COLUMNS = `(jurisdiction_id, id, webhook_id, type, body, at_utc, state, tries, next_at, answer, answered_at)`

/** Puts a message about an event into the post of every address that is to be told of such; goes into the event's own transaction. */
export function announcing(scope: Scope, event: Event): Statement {
  const { type, now } = event
  const isOfSurvey = 'survey' in event
  const about = isOfSurvey
    ? `JOIN survey AS s ON s.jurisdiction_id = w.jurisdiction_id AND s.id = ?
       JOIN cycle AS c ON c.jurisdiction_id = s.jurisdiction_id AND c.id = s.cycle_id`
    : 'JOIN cycle AS c ON c.jurisdiction_id = w.jurisdiction_id AND c.id = ?'
  // Where to read more on this server: a program that only wants the indicator need not know the rest.
  const indicator = type === 'publication.published' ? ", 'indicator', '/api/v1/cycles/' || c.code || '/indicator'" : ''
  const more = isOfSurvey ? ", 'survey', s.code" : indicator
  const data = `'jurisdiction', j.code, 'cycle', c.code${more}`
  return {
    sql: `INSERT INTO webhook_delivery ${COLUMNS}
      SELECT w.jurisdiction_id, ${NEXT_ID}, w.id, ?,
        json_object('type', ?, 'timestamp', ?, 'data', json_object(${data})), ?, 'waiting', 0, ?, '', 0
      FROM webhook AS w JOIN jurisdiction AS j ON j.id = w.jurisdiction_id ${about}
      WHERE w.jurisdiction_id = ? AND w.removed_at = 0 AND EXISTS (SELECT 1 FROM json_each(w.events) WHERE value = ?)`,
    args: [
      ...[type, type, new Date(now).toISOString(), now, now],
      isOfSurvey ? event.survey : event.cycle,
      ...[scope.jurisdiction, type],
    ],
  }
}

export type WebhookRow = Readonly<Pick<typeof webhook.$inferSelect, 'id' | 'url' | 'events' | 'salt' | 'madeAt'>>

/** Adds an address; `salt` (16 bytes) is what its secret is derived from. */
export async function addWebhook(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly url: string; readonly events: readonly EventType[]; readonly salt: Uint8Array },
): Promise<void> {
  const { url, events, salt, now } = act
  const here = scope.jurisdiction
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO webhook (jurisdiction_id, id, url, events, salt, made_by, made_at, removed_at)
          SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, 0 FROM webhook WHERE jurisdiction_id = ?`,
        args: [here, url, JSON.stringify(events), salt, scope.actor, now, here],
      },
    ],
    audit: [actBy(scope, act, { action: 'webhook.add', object: 'webhook', after: { url, events } })],
  })
}

/** From now on nothing is sent there, not even what waits. `conflict`: no such address. */
export function removeWebhook(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: number },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.id]
  return change(writer, {
    statements: [
      isThere(key),
      { sql: 'UPDATE webhook SET removed_at = ? WHERE jurisdiction_id = ? AND id = ?', args: [act.now, ...key] },
      {
        sql: `UPDATE webhook_delivery SET state = 'dropped'
          WHERE jurisdiction_id = ? AND webhook_id = ? AND state = 'waiting'`,
        args: key,
      },
    ],
    audit: [actBy(scope, act, { action: 'webhook.remove', object: `webhook/${act.id}` })],
  })
}

/** Puts a message into the post that is about nothing. `conflict`: no such address. */
export function testWebhook(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: number },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.id]
  return change(writer, {
    statements: [
      isThere(key),
      {
        sql: `INSERT INTO webhook_delivery ${COLUMNS}
          SELECT w.jurisdiction_id, ${NEXT_ID}, w.id, ?,
            json_object('type', ?, 'timestamp', ?, 'data', json_object('jurisdiction', j.code)), ?, 'waiting', 0, ?, '', 0
          FROM webhook AS w JOIN jurisdiction AS j ON j.id = w.jurisdiction_id
          WHERE w.jurisdiction_id = ? AND w.id = ?`,
        args: [testEvent, testEvent, new Date(act.now).toISOString(), act.now, act.now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'webhook.test', object: `webhook/${act.id}` })],
  })
}

/** Sends a message once more, under the same name. `conflict`: it waits already, or its address was removed. */
export function replayDelivery(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: number },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.id]
  return change(writer, {
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM webhook_delivery AS d
          JOIN webhook AS w ON w.jurisdiction_id = d.jurisdiction_id AND w.id = d.webhook_id AND w.removed_at = 0
          WHERE d.jurisdiction_id = ? AND d.id = ? AND d.state <> 'waiting')`,
        key,
      ),
      {
        sql: `UPDATE webhook_delivery SET state = 'waiting', tries = 0, next_at = ? WHERE jurisdiction_id = ? AND id = ?`,
        args: [act.now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'webhook.replay', object: `webhook_delivery/${act.id}` })],
  })
}

/** What became of a try; one that waits is tried again at `nextAt`. */
export interface Settled {
  readonly id: number
  /** The status of the answer, or why there was none. */
  readonly answer: string
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly tries: number
  readonly nextAt: number
  readonly now: number
}

/** Keeps what became of a try, unless its message was dropped or begun anew meanwhile. */
export async function settleDelivery(writer: Writer, scope: Scope, settled: Settled): Promise<void> {
  const { id, answer, state, tries, nextAt, now } = settled
  await writer.transact({
    statements: [
      {
        sql: `UPDATE webhook_delivery SET state = ?, tries = ?, next_at = ?, answer = ?, answered_at = ?
          WHERE jurisdiction_id = ? AND id = ? AND state = 'waiting' AND tries = ?`,
        args: [state, tries, nextAt, answer, now, scope.jurisdiction, id, tries - 1],
      },
    ],
  })
}

/** The addresses that are told, in the order in which they were added. */
export function listWebhooks(db: Database, scope: Scope): Promise<WebhookRow[]> {
  const { id, url, events, salt, madeAt } = webhook
  return db
    .select({ id, url, events, salt, madeAt })
    .from(webhook)
    .where(and(eq(webhook.jurisdictionId, scope.jurisdiction), eq(webhook.removedAt, 0)))
    .orderBy(asc(id))
}

export type DeliveryRow = Readonly<
  Omit<typeof webhookDelivery.$inferSelect, 'jurisdictionId' | 'webhookId' | 'body'> & {
    url: string
    removedAt: number
  }
>

/** The latest messages, the last first. */
export function listDeliveries(db: Database, scope: Scope, limit: number): Promise<DeliveryRow[]> {
  const { id, type, atUtc, state, tries, nextAt, answer, answeredAt } = webhookDelivery
  return db
    .select({
      id,
      type,
      atUtc,
      state,
      tries,
      nextAt,
      answer,
      answeredAt,
      url: webhook.url,
      removedAt: webhook.removedAt,
    })
    .from(webhookDelivery)
    .innerJoin(
      webhook,
      and(eq(webhook.jurisdictionId, webhookDelivery.jurisdictionId), eq(webhook.id, webhookDelivery.webhookId)),
    )
    .where(eq(webhookDelivery.jurisdictionId, scope.jurisdiction))
    .orderBy(desc(id))
    .limit(limit)
}

const isThere = (key: readonly Value[]): Statement =>
  guard('EXISTS (SELECT 1 FROM webhook WHERE jurisdiction_id = ? AND id = ? AND removed_at = 0)', key)

async function change(writer: Writer, made: Parameters<Writer['transact']>[0]): Promise<Result<void, 'conflict'>> {
  return (await writer.transact(made)).ok ? ok(undefined) : err('conflict')
}
