import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pseudonymInput, receiptInput } from '../../surveys/ballot.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { err, ok } from '../../surveys/result.ts'
import { type Keys, readEligibility, writeEligibility } from '../keys.ts'
import { makeFolder, placeRefused } from './folders.ts'

/**
 * Keys as files of mode 0600 in a folder of mode 0700, outside the data folder. The key of eligibility texts is new
 * every day and deleted after two, so an old form cannot be opened later by whoever takes the folder.
 */
export function openKeyStore(folder: string, now: () => number): Keys {
  makeKeyFolder(folder)
  const codeKey = readOrCreate(join(folder, codeKeyName))
  const formKey = readOrCreate(join(folder, 'form.key'))
  const accountSecret = readOrCreate(join(folder, 'account.key')).toString('base64url')
  const pseudonymKeys = new Map<string, Buffer>()
  const receiptKeys = new Map<string, { secret: KeyObject; open: KeyObject }>()
  const dayKeys = new Map<number, Buffer>()

  const surveyFolder = (survey: string) => folderOf(folder, survey)

  function pseudonymKey(survey: string): Buffer {
    let key = pseudonymKeys.get(survey)
    if (!key) {
      key = readFileSync(join(surveyFolder(survey), pseudonymKeyName))
      pseudonymKeys.set(survey, key)
    }
    return key
  }

  function receiptKey(survey: string) {
    let pair = receiptKeys.get(survey)
    if (!pair) {
      const secret = createPrivateKey(readFileSync(join(surveyFolder(survey), receiptKeyName)))
      pair = { secret, open: createPublicKey(secret) }
      receiptKeys.set(survey, pair)
    }
    return pair
  }

  function dayKey(day: number, create: boolean): Buffer | null {
    const known = dayKeys.get(day)
    if (known) return known
    const path = join(folder, `eligibility-${day}.key`)
    if (!create && !existsSync(path)) return null
    if (create) {
      dropOldDayKeys(folder, day)
      for (const known of dayKeys.keys()) if (known < day - 2) dayKeys.delete(known)
    }
    const key = readOrCreate(path)
    dayKeys.set(day, key)
    return key
  }

  return {
    accountSecret,
    codeHash: (code) => createHmac('sha256', codeKey).update(code).digest(),
    pseudonym: (survey, cid) => createHmac('sha256', pseudonymKey(survey)).update(pseudonymInput(survey, cid)).digest(),
    contactHash: (survey, phone) =>
      createHmac('sha256', pseudonymKey(survey)).update(`gp1|otp|${survey}|${phone}`).digest(),
    sealEligibility(value) {
      const day = dayOf(now())
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', dayKey(day, true)!, iv)
      const text = writeEligibility(value, base64url)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(day)
      return Buffer.concat([head, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      )
    },
    openEligibility(text, at) {
      const bytes = text.length > 1_400 ? null : fromBase64url(text)
      if (bytes === null || bytes.length < 4 + 12 + 16 + 2) return err('unknown')
      const day = new DataView(bytes.buffer).getUint32(0)
      const today = dayOf(at)
      const key = day <= today + 1 && day >= today - 2 ? dayKey(day, false) : null
      if (!key) return err('unknown')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(4, 16))
      decipher.setAuthTag(bytes.subarray(bytes.length - 16))
      try {
        const plain = decipher.update(bytes.subarray(16, bytes.length - 16))
        // GCM holds nothing back: what is left of the end is the check of the tag.
        decipher.final()
        const value = readEligibility(plain.toString('utf8'), fromBase64url)
        if (value === null) return err('unknown')
        return value.expires < at ? err('elig_expired') : ok(value)
      } catch {
        return err('unknown')
      }
    },
    signReceipt: (survey, cell, tag) => sign(null, receiptInput(survey, cell, tag), receiptKey(survey).secret),
    verifyReceipt: (survey, cell, tag, signature) =>
      signature.length === 64 && verify(null, receiptInput(survey, cell, tag), receiptKey(survey).open, signature),
    receiptPublicKey(survey) {
      if (!existsSync(join(surveyFolder(survey), receiptKeyName))) return null
      const { x } = receiptKey(survey).open.export({ format: 'jwk' })
      return Buffer.from(x!, 'base64url')
    },
    async createSurveyKeys(survey) {
      const place = surveyFolder(survey)
      makeKeyFolder(place)
      readOrCreate(join(place, pseudonymKeyName))
      const path = join(place, receiptKeyName)
      if (!existsSync(path)) {
        const { privateKey } = generateKeyPairSync('ed25519')
        writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
      }
    },
    derive: (purpose) => createHmac('sha256', formKey).update(purpose).digest('base64url'),
  }
}

/**
 * A fingerprint of the key of ticket codes, which tells this folder from any other and nothing about the key; null when
 * the folder has no such key.
 */
export function codeKeyPrint(folder: string): Buffer | null {
  const path = join(folder, codeKeyName)
  if (!existsSync(path)) return null
  const mark = createHmac('sha256', readKey(path)).update('gp1|installation').digest()
  return createHash('sha256').update(mark).digest()
}

/** Paths of the key files that a survey lacks. A file `lost` beside them says that everybody knows. */
export function missingKeys(folder: string, survey: string): string[] {
  const place = resolve(folderOf(folder, survey))
  if (existsSync(join(place, lostName))) return []
  return [pseudonymKeyName, receiptKeyName].map((name) => join(place, name)).filter((path) => !existsSync(path))
}

/** Says that the keys beside it are lost for good, and that those responsible know what follows. */
export const lostName = 'lost'

/** The same keys as one text for a runtime without files. It is a secret: never in a log, a commit or a database. */
export function exportKeys(folder: string): string {
  const surveys: Record<string, { pseudonym: string; receipt: string }> = {}
  const base = join(folder, 'surveys')
  for (const jurisdiction of existsSync(base) ? readdirSync(base) : []) {
    for (const survey of readdirSync(join(base, jurisdiction))) {
      if (existsSync(join(base, jurisdiction, survey, lostName))) continue
      const secret = createPrivateKey(readFileSync(join(base, jurisdiction, survey, receiptKeyName)))
      surveys[`${jurisdiction}/${survey}`] = {
        pseudonym: readFileSync(join(base, jurisdiction, survey, pseudonymKeyName)).toString('base64url'),
        receipt: secret.export({ type: 'pkcs8', format: 'der' }).toString('base64url'),
      }
    }
  }
  const single = (name: string) => readOrCreate(join(folder, `${name}.key`)).toString('base64url')
  return JSON.stringify({
    code: single('code'),
    form: single('form'),
    account: single('account'),
    eligibility: single('edge'),
    surveys,
  })
}

const dayOf = (time: number) => Math.floor(time / 86_400_000)

const codeKeyName = 'code.key'
const pseudonymKeyName = 'pseudonym.key'
const receiptKeyName = 'receipt.pem'

const folderOf = (folder: string, survey: string) => join(folder, 'surveys', ...survey.split('/'))

function makeKeyFolder(path: string): void {
  makeFolder(setting, path)
  if ((statSync(path).mode & 0o777) === 0o700) return
  try {
    chmodSync(path, 0o700)
  } catch (error) {
    throw placeRefused(setting, resolve(path), error, 'it needs a folder that belongs to this user, with mode 0700')
  }
}

// Two processes may start at once: whoever comes second reads what the first has written.
function readOrCreate(path: string): Buffer {
  if (!existsSync(path)) {
    try {
      writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw placeRefused(setting, resolve(path), error, 'it needs a place for a key of 32 bytes')
    }
  }
  return readKey(path)
}

function readKey(path: string): Buffer {
  let key: Buffer
  try {
    key = readFileSync(path)
  } catch (error) {
    throw placeRefused(setting, resolve(path), error, 'it needs a key that this user may read')
  }
  if (key.length !== 32) throw new Error(`${setting}: key file ${resolve(path)} needs exactly 32 bytes`)
  return key
}

/** The variable that names the folder. */
const setting = 'GONGPING_KEYS'

function dropOldDayKeys(folder: string, today: number): void {
  for (const name of readdirSync(folder)) {
    const day = /^eligibility-(\d+)\.key$/.exec(name)?.[1]
    if (day !== undefined && Number(day) < today - 2) rmSync(join(folder, name), { force: true })
  }
}
