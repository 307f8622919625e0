import { and, asc, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import type { Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { organ } from './schema.ts'
import { receiptKey } from './schema-admission.ts'
import type { Scope } from './scope.ts'

// The public keys with which organs sign service receipts. Rows are only added and revoked: triggers refuse all else.

export interface ReceiptKey {
  /** Names the key within the jurisdiction, as the header of a receipt does. */
  readonly kid: string
  /** Code of the organ that signs with it. */
  readonly organ: string
  readonly alg: 'ES256' | 'EdDSA'
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  /** UTC milliseconds: it counts for receipts issued from here … */
  readonly validFrom: number
  /** … until before here. */
  readonly validUntil: number
  /** UTC milliseconds; 0 while it is not revoked. */
  readonly revokedAt: number
}

export type ReceiptKeyRow = ReceiptKey & { readonly nameZh: string; readonly nameEn: string }

/**
 * Registers an organ's key. `conflict`: the name is taken, the key stands there already (revoked ones never return,
 * and two organs never share one), or there is no such organ.
 */
export async function registerReceiptKey(
  writer: Writer,
  scope: Scope,
  act: Moment & Omit<ReceiptKey, 'revokedAt'>,
): Promise<Result<void, 'conflict'>> {
  const { kid, organ: code, alg, spki, validFrom, validUntil } = act
  const here = scope.jurisdiction
  const written = await writer.transact({
    statements: [
      guard('NOT EXISTS (SELECT 1 FROM receipt_key WHERE jurisdiction_id = ? AND (kid = ? OR spki = ?))', [
        here,
        kid,
        spki,
      ]),
      guard('EXISTS (SELECT 1 FROM organ WHERE jurisdiction_id = ? AND code = ?)', [here, code]),
      {
        sql: `INSERT INTO receipt_key (jurisdiction_id, kid, organ_id, alg, spki, valid_from, valid_until, revoked_at)
          SELECT jurisdiction_id, ?, id, ?, ?, ?, ?, 0 FROM organ WHERE jurisdiction_id = ? AND code = ?`,
        args: [kid, alg, spki, validFrom, validUntil, here, code],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'receipt_key.register',
        object: `receipt_key/${kid}`,
        after: { organ: code, alg, spki: hex(spki), validFrom, validUntil },
      }),
    ],
  })
  return written.ok ? { ok: true, value: undefined } : written
}

/** From now on no receipt of this key counts, whenever it was issued. `conflict`: no such key, or revoked before. */
export async function revokeReceiptKey(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly kid: string; readonly reason: string },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.kid]
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM receipt_key WHERE jurisdiction_id = ? AND kid = ? AND revoked_at = 0)', key),
      {
        sql: 'UPDATE receipt_key SET revoked_at = ? WHERE jurisdiction_id = ? AND kid = ?',
        args: [act.now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'receipt_key.revoke', object: `receipt_key/${act.kid}`, reason: act.reason })],
  })
  return written.ok ? { ok: true, value: undefined } : written
}

/** Writes down that somebody reads the secret by which the organs' systems name whom they ask, before they do. */
export async function recordSecretShown(writer: Writer, scope: Scope, act: Moment): Promise<void> {
  await writer.transact({
    statements: [],
    audit: [actBy(scope, act, { action: 'ask_secret.show', object: 'ask_secret' })],
  })
}

/** The key that a receipt names, revoked or not; null for an unknown one. */
export async function findReceiptKey(db: Database, scope: Scope, kid: string): Promise<ReceiptKey | null> {
  const [found] = await db
    .select(columns)
    .from(receiptKey)
    .innerJoin(organ, ofKey)
    .where(and(eq(receiptKey.jurisdictionId, scope.jurisdiction), eq(receiptKey.kid, kid)))
  return found ?? null
}

/** Every key that was ever registered, by organ and date. */
export async function listReceiptKeys(db: Database, scope: Scope): Promise<ReceiptKeyRow[]> {
  return db
    .select({ ...columns, nameZh: organ.nameZh, nameEn: organ.nameEn })
    .from(receiptKey)
    .innerJoin(organ, ofKey)
    .where(eq(receiptKey.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(organ.position), asc(receiptKey.validFrom), asc(receiptKey.kid))
}

/** The organs of the jurisdiction, for whichever a key may be registered. */
export async function listKeyOwners(db: Database, scope: Scope) {
  return db
    .select({ code: organ.code, nameZh: organ.nameZh, nameEn: organ.nameEn })
    .from(organ)
    .where(eq(organ.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(organ.position))
}

const columns = {
  kid: receiptKey.kid,
  organ: organ.code,
  alg: receiptKey.alg,
  spki: receiptKey.spki,
  validFrom: receiptKey.validFrom,
  validUntil: receiptKey.validUntil,
  revokedAt: receiptKey.revokedAt,
}

const ofKey = and(eq(organ.jurisdictionId, receiptKey.jurisdictionId), eq(organ.id, receiptKey.organId))
