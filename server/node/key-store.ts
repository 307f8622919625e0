import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pseudonymInput, receiptInput } from '../../surveys/ballot.ts'
import { err, ok } from '../../surveys/result.ts'
import { type Keys, readEligibility, writeEligibility } from '../keys.ts'

/**
 * Keys as files of mode 0600 in a folder of mode 0700, outside the data folder. The key of eligibility texts is new
 * every day and deleted after two, so an old form cannot be opened later by whoever takes the folder.
 */
export function openKeyStore(folder: string, now: () => number): Keys {
  makeFolder(folder)
  const codeKey = readOrCreate(join(folder, 'code.key'))
  const formKey = readOrCreate(join(folder, 'form.key'))
  const accountSecret = readOrCreate(join(folder, 'account.key')).toString('base64url')
  const pseudonymKeys = new Map<string, Buffer>()
  const receiptKeys = new Map<string, { secret: KeyObject; open: KeyObject }>()
  const dayKeys = new Map<number, Buffer>()

  const surveyFolder = (survey: string) => join(folder, 'surveys', ...survey.split('/'))

  function pseudonymKey(survey: string): Buffer {
    let key = pseudonymKeys.get(survey)
    if (!key) {
      key = readFileSync(join(surveyFolder(survey), 'pseudonym.key'))
      pseudonymKeys.set(survey, key)
    }
    return key
  }

  function receiptKey(survey: string) {
    let pair = receiptKeys.get(survey)
    if (!pair) {
      const secret = createPrivateKey(readFileSync(join(surveyFolder(survey), 'receipt.pem')))
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
      const text = writeEligibility(value, (bytes) => Buffer.from(bytes).toString('base64url'))
      const head = Buffer.alloc(4)
      head.writeUInt32BE(day)
      return Buffer.concat([head, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      )
    },
    openEligibility(text, at) {
      const bytes = Buffer.from(text, 'base64url')
      if (bytes.length < 4 + 12 + 16 + 2 || bytes.length > 1_024) return err('unknown')
      const day = bytes.readUInt32BE(0)
      const today = dayOf(at)
      const key = day <= today + 1 && day >= today - 2 ? dayKey(day, false) : null
      if (!key) return err('unknown')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(4, 16))
      decipher.setAuthTag(bytes.subarray(bytes.length - 16))
      try {
        const plain = decipher.update(bytes.subarray(16, bytes.length - 16), undefined, 'utf8') + decipher.final('utf8')
        const value = readEligibility(plain, (part) => Buffer.from(part, 'base64url'))
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
      if (!existsSync(join(surveyFolder(survey), 'receipt.pem'))) return null
      const { x } = receiptKey(survey).open.export({ format: 'jwk' })
      return Buffer.from(x!, 'base64url')
    },
    async createSurveyKeys(survey) {
      const place = surveyFolder(survey)
      makeFolder(place)
      readOrCreate(join(place, 'pseudonym.key'))
      const path = join(place, 'receipt.pem')
      if (!existsSync(path)) {
        const { privateKey } = generateKeyPairSync('ed25519')
        writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
      }
    },
    derive: (purpose) => createHmac('sha256', formKey).update(purpose).digest('base64url'),
  }
}

/** The same keys as one text for a runtime without files. It is a secret: never in a log, a commit or a database. */
export function exportKeys(folder: string): string {
  const surveys: Record<string, { pseudonym: string; receipt: string }> = {}
  const base = join(folder, 'surveys')
  for (const jurisdiction of existsSync(base) ? readdirSync(base) : []) {
    for (const survey of readdirSync(join(base, jurisdiction))) {
      const secret = createPrivateKey(readFileSync(join(base, jurisdiction, survey, 'receipt.pem')))
      surveys[`${jurisdiction}/${survey}`] = {
        pseudonym: readFileSync(join(base, jurisdiction, survey, 'pseudonym.key')).toString('base64url'),
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

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chmodSync(path, 0o700)
}

// Two processes may start at once: whoever comes second reads what the first has written.
function readOrCreate(path: string): Buffer {
  if (!existsSync(path)) {
    try {
      writeFileSync(path, randomBytes(32), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  const key = readFileSync(path)
  if (key.length !== 32) throw new Error(`key file ${path} needs exactly 32 bytes`)
  return key
}

function dropOldDayKeys(folder: string, today: number): void {
  for (const name of readdirSync(folder)) {
    const day = /^eligibility-(\d+)\.key$/.exec(name)?.[1]
    if (day !== undefined && Number(day) < today - 2) rmSync(join(folder, name), { force: true })
  }
}
