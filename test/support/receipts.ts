import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { registerReceiptKey } from '../../db/receipt-keys.ts'
import { systemScope } from '../../server/guard.ts'
import type { TestApp } from './app.ts'
import type { TestCycle } from './cycle.ts'

/** The system of a service hall: signs with node's own cryptography, so that nothing of ours judges itself. */
export interface Hall {
  readonly kid: string
  readonly organ: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly privateKey: KeyObject
  readonly spki: Buffer
  /** PEM of the public key, as the office gets it. */
  readonly pem: string
}

let halls = 0

export function newHall(organ: string, alg: Hall['alg'] = 'ES256'): Hall {
  halls += 1
  const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const { publicKey, privateKey } = pair
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { kid: `hall-${halls}`, organ, alg, privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }), pem }
}

const day = 86_400_000

/** Registers a hall's key from yesterday for a year. */
export async function register(app: TestApp, cycle: TestCycle, hall: Hall, dates = {}): Promise<void> {
  const now = app.clock.time
  const { kid, organ, alg, spki } = hall
  const key = { kid, organ, alg, spki: new Uint8Array(spki), validFrom: now - day, validUntil: now + 365 * day, now }
  const done = await registerReceiptKey(app.world.writer, systemScope(cycle.place.id), { ...key, ...dates })
  if (!done.ok) throw new Error('no key was registered')
}

/** Takes all but so many imported codes away: a survey whose receipts come from the organs' systems. */
export async function keepImported(app: TestApp, { place }: TestCycle, left = 0): Promise<void> {
  const sql = `DELETE FROM receipt_code WHERE jurisdiction_id = ?1 AND h NOT IN
    (SELECT h FROM receipt_code WHERE jurisdiction_id = ?1 LIMIT ?2)`
  await app.world.writer.transact({ statements: [{ sql, args: [place.id, left] }] })
}

/** 128 random bits in base64url. */
export const newJti = (): string => randomBytes(16).toString('base64url')

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What a hall signs for a service of now, unless a test says otherwise. */
export function claimsOf(app: TestApp, cycle: TestCycle, hall: Hall, changes: Record<string, unknown> = {}) {
  const iat = Math.floor(app.clock.time / 1_000)
  const aud = cycle.path('recipients').slice('/s/'.length)
  return { iss: hall.organ, aud, iat, exp: iat + 30 * 86_400, jti: newJti(), ...changes }
}

/** A compact JWS over these claims. `undefined` takes a field of the header away. */
export function signed(hall: Hall, claims: unknown, header: Record<string, unknown> = {}): string {
  const input = `${text({ alg: hall.alg, kid: hall.kid, typ: 'receipt+jwt', ...header })}.${text(claims)}`
  return `${input}.${signatureOf(hall, input)}`
}

export function signatureOf({ alg, privateKey }: Hall, input: string): string {
  const bytes = Buffer.from(input)
  const signature =
    alg === 'ES256'
      ? sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      : sign(null, bytes, privateKey)
  return signature.toString('base64url')
}

/** A request for a short link, which lives for some minutes. */
export function signedAsk(app: TestApp, cycle: TestCycle, hall: Hall, changes: Record<string, unknown> = {}): string {
  const claims = claimsOf(app, cycle, hall)
  return signed(hall, { ...claims, exp: claims.iat + 120, ...changes }, { typ: 'ask+jwt' })
}
