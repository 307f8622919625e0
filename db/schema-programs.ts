import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ApiScope } from '../surveys/programs.ts'
import { jurisdiction } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The tables of other programs: the keys with which they ask, and where they are told what has happened.

const jurisdictionId = () =>
  integer('jurisdiction_id')
    .notNull()
    .references(() => jurisdiction.id)

/** Keys of programs. `h`: SHA-256 of the key, which is stored nowhere. `used_on`: the last day of use, 0 before. */
export const apiKey = sqliteTable(
  'api_key',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    name: text('name').notNull(),
    h: bytes('h').notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<readonly ApiScope[]>().notNull(),
    madeBy: text('made_by').notNull(),
    madeAt: integer('made_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedOn: integer('used_on').notNull(),
    revokedAt: integer('revoked_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('api_key_hash').on(t.h),
    check('api_key_h', sql`length(${t.h}) = 32`),
    check('api_key_dates', sql`${t.madeAt} < ${t.expiresAt}`),
  ],
)

/** Requests that a program named by an Idempotency-Key (`h`: its SHA-256), with the hash of what was asked. */
export const apiRequest = sqliteTable(
  'api_request',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    keyId: integer('key_id').notNull(),
    h: bytes('h').notNull(),
    bodyHash: bytes('body_hash').notNull(),
    day: integer('day').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.keyId, t.h] }),
    foreignKey({ columns: [t.jurisdictionId, t.keyId], foreignColumns: [apiKey.jurisdictionId, apiKey.id] }),
    check('api_request_h', sql`length(${t.h}) = 32 AND length(${t.bodyHash}) = 32`),
  ],
)

/** Where programs are told what has happened. The secret that signs is derived from `salt` with a key of the folder. */
export const webhook = sqliteTable(
  'webhook',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    url: text('url').notNull(),
    events: text('events', { mode: 'json' }).$type<readonly string[]>().notNull(),
    salt: bytes('salt').notNull(),
    madeBy: text('made_by').notNull(),
    madeAt: integer('made_at').notNull(),
    removedAt: integer('removed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.id] }), check('webhook_salt', sql`length(${t.salt}) = 16`)],
)

/**
 * What is told to whom, written in the transaction of the event. `answer`: the status of the last answer, or why there was
 * none. Rows stay, so that a number never names two messages.
 */
export const webhookDelivery = sqliteTable(
  'webhook_delivery',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    id: integer('id').notNull(),
    webhookId: integer('webhook_id').notNull(),
    type: text('type').notNull(),
    body: text('body').notNull(),
    atUtc: integer('at_utc').notNull(),
    state: text('state', { enum: ['waiting', 'delivered', 'failed', 'dropped'] }).notNull(),
    tries: integer('tries').notNull(),
    nextAt: integer('next_at').notNull(),
    answer: text('answer').notNull(),
    answeredAt: integer('answered_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    index('webhook_delivery_due').on(t.state, t.nextAt),
    foreignKey({ columns: [t.jurisdictionId, t.webhookId], foreignColumns: [webhook.jurisdictionId, webhook.id] }),
    check('webhook_delivery_state', sql`${t.state} IN ('waiting', 'delivered', 'failed', 'dropped')`),
  ],
)
