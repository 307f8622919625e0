import { base32 } from '@better-auth/utils/base32'
import { createOTP } from '@better-auth/utils/otp'
import { generateRandomString, makeSignature, symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import type { Database, Writer } from '../db/database.ts'
import { type OwnAct, readFactor, storeBackup, storeFactor, useBackup, useStep } from '../db/own-account.ts'
import { err, ok, type Result } from '../surveys/result.ts'

/**
 * Six-digit codes of an authenticator (RFC 6238, 30 seconds) and backup codes. A secret lies encrypted in the database, a
 * backup code as a keyed hash; each code of either kind is taken once.
 */
export interface SecondFactor {
  /** A new secret for this person, to be shown to nobody else; nothing is stored until a code of it was entered. */
  offer(person: Owner): Promise<Offer>
  /** The same offer again, from its sealed form; null for one of another person, or older than an hour. */
  reopen(person: Owner, sealed: string): Promise<Offer | null>
  /** Stores what was offered, and ends all other sessions. The backup codes are shown this once. */
  enrol(act: OwnAct & { readonly session: string }, offer: Offer, code: string): Promise<Result<string[], 'refused'>>
  renewBackup(act: OwnAct): Promise<string[]>
  /** Whether this is a code of the person, which is then used up; what kind does not matter. */
  check(act: OwnAct, code: string): Promise<Result<void, 'refused'>>
  /** How many backup codes are left. */
  countBackup(userId: string): Promise<number>
}

export interface Owner {
  readonly id: string
  readonly email: string
}

export interface Offer {
  readonly sealed: string
  /** `otpauth:` address, which an authenticator reads from a QR code. */
  readonly address: string
  /** The same secret to type by hand: base32 in groups of four. */
  readonly typed: string
  readonly secret: string
}

const stepMs = 30_000
const offerMs = 3_600_000
const backupCodes = 10
const issuer = 'Gongping'

export function createSecondFactor(options: {
  readonly db: Database
  readonly writer: Writer
  readonly secret: string
  readonly now: () => number
}): SecondFactor {
  const { db, writer, secret: key, now } = options
  const hashOf = (userId: string, code: string) => makeSignature(`backup|${userId}|${code}`, key)

  async function newBackup(userId: string): Promise<{ codes: string[]; hashes: string[] }> {
    const drawn = Array.from({ length: backupCodes }, () => generateRandomString(10, 'a-z', '0-9'))
    return {
      codes: drawn.map((code) => `${code.slice(0, 5)}-${code.slice(5)}`),
      hashes: await Promise.all(drawn.map((code) => hashOf(userId, code))),
    }
  }

  function offerOf({ email }: Owner, secret: string, sealed: string): Offer {
    const typed = base32
      .encode(secret, { padding: false })
      .match(/.{1,4}/g)!
      .join(' ')
    return { sealed, secret, typed, address: createOTP(secret).url(issuer, email) }
  }

  return {
    async offer(person) {
      const secret = generateRandomString(20)
      const data = JSON.stringify([person.id, secret, now() + offerMs])
      return offerOf(person, secret, await symmetricEncrypt({ key, data }))
    },
    async reopen(person, sealed) {
      try {
        const [id, secret, until] = JSON.parse(await symmetricDecrypt({ key, data: sealed })) as [
          string,
          string,
          number,
        ]
        return id === person.id && until > now() ? offerOf(person, secret, sealed) : null
      } catch {
        // Not sealed here.
        return null
      }
    },
    async enrol(act, { secret }, code) {
      const step = await stepOf(secret, digitsOf(code), now())
      if (step === null) return err('refused')
      const { codes, hashes } = await newBackup(act.userId)
      const stored = { secret: await symmetricEncrypt({ key, data: secret }), backup: hashes, lastStep: step }
      await storeFactor(db, writer, { ...act, ...stored })
      return ok(codes)
    },
    async renewBackup(act) {
      const { codes, hashes } = await newBackup(act.userId)
      await storeBackup(db, writer, { ...act, backup: hashes })
      return codes
    },
    async check(act, code) {
      const { userId } = act
      const factor = await readFactor(db, userId)
      if (!factor) return err('refused')
      const step = await stepOf(await symmetricDecrypt({ key, data: factor.secret }), digitsOf(code), now())
      if (step !== null) {
        const used = await useStep(writer, { userId, step })
        return used.ok ? used : err('refused')
      }
      const hash = await hashOf(userId, code.replace(/[\s-]/g, '').toLowerCase())
      if (!factor.backup.includes(hash)) return err('refused')
      const left = factor.backup.filter((each) => each !== hash)
      const used = await useBackup(db, writer, { ...act, before: factor.backup, left })
      return used.ok ? used : err('refused')
    },
    async countBackup(userId) {
      return (await readFactor(db, userId))?.backup.length ?? 0
    },
  }
}

const digitsOf = (typed: string): string => typed.normalize('NFKC').replace(/[\s-]/g, '')

/** The time step of which this is the code, one before or after the present one included: clocks differ. */
async function stepOf(secret: string, code: string, time: number): Promise<number | null> {
  if (!/^\d{6}$/.test(code)) return null
  const otp = createOTP(secret)
  const present = Math.floor(time / stepMs)
  for (const step of [present, present - 1, present + 1]) if ((await otp.hotp(step)) === code) return step
  return null
}
