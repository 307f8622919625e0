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
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Unavailable } from '../../db/database.ts'
import { pseudonymInput, receiptInput } from '../../surveys/ballot.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { err, ok } from '../../surveys/result.ts'
import {
  type Keys,
  longestEligibility,
  readEligibility,
  rememberedDays,
  SurveyKeysMissing,
  writeEligibility,
} from '../keys.ts'
import { openContactKeys } from './contact-keys.ts'
import { destroyFile, makeKeyFolder, readKey, readOrCreate, writeOnce } from './key-files.ts'
import {
  type ExportedSealed,
  exportSealedKeys,
  missingSealedKeys,
  openSealedKeys,
  type SealedNeeds,
} from './sealed-keys.ts'
import { openSheetKeys } from './sheet-keys.ts'

/** Where the office runs there is one secret more: that of the staff accounts' cookies. */
export interface KeyStore extends Keys {
  readonly accountSecret: string
}

/**
 * Keys as files in a folder of their own, outside the data folder. The key of eligibility texts is new every day and
 * deleted after two, so an old form cannot be opened later by whoever takes the folder.
 */
export function openKeyStore(folder: string, now: () => number): KeyStore {
  makeKeyFolder(folder)
  const codeKey = readOrCreate(join(folder, codeKeyName))
  const formKey = readOrCreate(join(folder, 'form.key'))
  const accountSecret = readOrCreate(join(folder, 'account.key')).toString('base64url')
  const pseudonymKeys = new Map<string, Buffer>()
  const receiptKeys = new Map<string, { secret: KeyObject; open: KeyObject }>()
  const dayKeys = new Map<number, Buffer>()
  const logKeys = new Map<string, { secret: KeyObject; open: KeyObject }>()

  const surveyFolder = (survey: string) => folderOf(folder, survey)

  function pseudonymKey(survey: string): Buffer {
    let key = pseudonymKeys.get(survey)
    if (!key) {
      key = usablePseudonymKey(surveyFolder(survey)) ?? undefined
      if (!key) throw new SurveyKeysMissing(survey, 'pseudonym')
      pseudonymKeys.set(survey, key)
    }
    return key
  }

  function receiptKey(survey: string) {
    let pair = receiptKeys.get(survey)
    if (!pair) {
      const secret = usableReceiptKey(surveyFolder(survey))
      if (!secret) throw new SurveyKeysMissing(survey, 'receipt')
      pair = { secret, open: createPublicKey(secret) }
      receiptKeys.set(survey, pair)
    }
    return pair
  }

  function logKey(jid: string) {
    let pair = logKeys.get(jid)
    if (!pair) {
      for (const each of [join(folder, 'logs'), join(folder, 'logs', jid)]) makeKeyFolder(each)
      const path = join(folder, 'logs', jid, logKeyName)
      if (!existsSync(path)) writeOnce(path, newSigningKey())
      const secret = createPrivateKey(readFileSync(path))
      pair = { secret, open: createPublicKey(secret) }
      logKeys.set(jid, pair)
    }
    return pair
  }

  function dayKey(day: number): Buffer | null {
    const path = join(folder, `eligibility-${day}.key`)
    const key = dayKeys.get(day) ?? (existsSync(path) ? readKey(path) : null)
    if (key) dayKeys.set(day, key)
    return key
  }

  function newDayKey(day: number): Buffer {
    try {
      dropOldDayKeys(folder, day)
      for (const known of dayKeys.keys()) if (known < day - 2) dayKeys.delete(known)
      const key = readOrCreate(join(folder, `eligibility-${day}.key`))
      dayKeys.set(day, key)
      return key
    } catch {
      // A full disk, as for answers: whoever comes is told to come back.
      throw new Unavailable('the key of the day cannot be written', 5)
    }
  }

  return {
    accountSecret,
    ...openSealedKeys(surveyFolder),
    ...openSheetKeys(surveyFolder),
    ...openContactKeys(surveyFolder),
    codeHash: (code) => createHmac('sha256', codeKey).update(code).digest(),
    pseudonym: (survey, cid) => createHmac('sha256', pseudonymKey(survey)).update(pseudonymInput(survey, cid)).digest(),
    contactHash: (survey, phone) =>
      createHmac('sha256', pseudonymKey(survey)).update(`gp1|otp|${survey}|${phone}`).digest(),
    sealEligibility(value) {
      const day = dayOf(now())
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', dayKeys.get(day) ?? newDayKey(day), iv)
      const text = writeEligibility(value, base64url)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(day)
      return Buffer.concat([head, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      )
    },
    openEligibility(text, at) {
      const bytes = text.length > longestEligibility ? null : fromBase64url(text)
      if (bytes === null || bytes.length < 4 + 12 + 16 + 2) return err('unknown')
      const day = new DataView(bytes.buffer).getUint32(0)
      const today = dayOf(at)
      // Of a day whose key is gone nobody can say what it was: whoever sends it has waited too long.
      if (day < today - 2 && day >= today - rememberedDays) return err('elig_expired')
      const key = day <= today + 1 && day >= today - 2 ? dayKey(day) : null
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
      return rawPublicKey(receiptKey(survey).open)
    },
    async createSurveyKeys(survey) {
      const place = surveyFolder(survey)
      // One after the other: each new name is flushed in its folder.
      for (const each of [join(folder, 'surveys'), dirname(place), place]) makeKeyFolder(each)
      if (!existsSync(join(place, destroyedName))) readOrCreate(join(place, pseudonymKeyName))
      const path = join(place, receiptKeyName)
      if (!existsSync(path)) writeOnce(path, newSigningKey())
    },
    destroyPseudonymKey(survey) {
      const place = surveyFolder(survey)
      const [path, mark] = [join(place, pseudonymKeyName), join(place, destroyedName)]
      // Also a key that was put back from a copy goes.
      if (!existsSync(path) && (existsSync(mark) || !existsSync(place))) return false
      if (!existsSync(mark)) writeOnce(mark, '')
      if (existsSync(path)) destroyFile(path)
      pseudonymKeys.delete(survey)
      return true
    },
    logPublicKey: (jid) => rawPublicKey(logKey(jid).open),
    signLog: (jid, text) => sign(null, text, logKey(jid).secret),
    derive: (purpose) => createHmac('sha256', formKey).update(purpose).digest('base64url'),
  }
}

/** The box keys that are kept as files, for whoever only reads: nothing is made, not even the folder. */
export function boxKeyFiles(folder: string): Pick<Keys, 'boxKeyFile'> {
  const { boxKeyFile } = openSealedKeys((survey) => folderOf(folder, survey))
  return { boxKeyFile }
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

/**
 * Paths of the key files that a survey lacks, or that are damaged; for a sealed survey with what it needs besides. A file
 * `lost` beside them says that everybody knows, a file `destroyed` that the time of the pseudonym key is over.
 */
export function missingKeys(folder: string, survey: string, sealed: SealedNeeds | null = null): string[] {
  const place = resolve(folderOf(folder, survey))
  if (existsSync(join(place, lostName))) return []
  const missing: string[] = []
  if (!existsSync(join(place, destroyedName)) && !usablePseudonymKey(place)) missing.push(join(place, pseudonymKeyName))
  if (!usableReceiptKey(place)) missing.push(join(place, receiptKeyName))
  return sealed ? [...missing, ...missingSealedKeys(place, sealed)] : missing
}

/** Says that the keys beside it are lost for good, and that those responsible know what follows. */
export const lostName = 'lost'

/** Says that the pseudonym key beside it was destroyed when its time was over. */
const destroyedName = 'destroyed'

/**
 * The same keys as one text for a runtime without files: those of respondents, not of staff, who work elsewhere. It is
 * a secret: never in a log, a commit or a database. A survey goes with the keys that it has; `onMissing` is told of files
 * that are not there although nobody said that they are lost or destroyed.
 */
export function exportKeys(folder: string, onMissing: (path: string) => void = () => {}): string {
  const surveys: Record<string, ExportedSurvey> = {}
  const base = join(folder, 'surveys')
  for (const jurisdiction of existsSync(base) ? readdirSync(base) : []) {
    for (const code of readdirSync(join(base, jurisdiction))) {
      const survey = `${jurisdiction}/${code}`
      for (const path of missingKeys(folder, survey)) onMissing(path)
      const place = folderOf(folder, survey)
      const pseudonym = usablePseudonymKey(place)
      const receipt = usableReceiptKey(place)
      surveys[survey] = {
        ...(pseudonym ? { pseudonym: pseudonym.toString('base64url') } : {}),
        ...(receipt ? { receipt: receipt.export({ type: 'pkcs8', format: 'der' }).toString('base64url') } : {}),
        ...exportSealedKeys(place),
      }
    }
  }
  const single = (name: string) => readOrCreate(join(folder, `${name}.key`)).toString('base64url')
  return JSON.stringify({ code: single('code'), eligibility: single('edge'), surveys, logs: logKeysIn(folder) })
}

interface ExportedSurvey extends ExportedSealed {
  readonly pseudonym?: string
  readonly receipt?: string
}

function logKeysIn(folder: string): Record<string, string> {
  const base = join(folder, 'logs')
  const jurisdictions = existsSync(base) ? readdirSync(base) : []
  const entries = jurisdictions.map((jid) => {
    const key = createPrivateKey(readFileSync(join(base, jid, logKeyName)))
    return [jid, key.export({ type: 'pkcs8', format: 'der' }).toString('base64url')]
  })
  return Object.fromEntries(entries)
}

const dayOf = (time: number) => Math.floor(time / 86_400_000)

const codeKeyName = 'code.key'
const pseudonymKeyName = 'pseudonym.key'
const receiptKeyName = 'receipt.pem'

const logKeyName = 'log.pem'

const newSigningKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

function rawPublicKey(key: KeyObject): Buffer {
  const { x } = key.export({ format: 'jwk' })
  return Buffer.from(x!, 'base64url')
}

const folderOf = (folder: string, survey: string) => join(folder, 'surveys', ...survey.split('/'))

/** null when there is none, or not a whole one: an empty key would be one that everybody knows. */
function usablePseudonymKey(place: string): Buffer | null {
  if (existsSync(join(place, destroyedName))) return null
  try {
    return readKey(join(place, pseudonymKeyName))
  } catch {
    return null
  }
}

function usableReceiptKey(place: string): KeyObject | null {
  try {
    return createPrivateKey(readFileSync(join(place, receiptKeyName)))
  } catch {
    return null
  }
}

function dropOldDayKeys(folder: string, today: number): void {
  for (const name of readdirSync(folder)) {
    const day = /^eligibility-(\d+)\.key$/.exec(name)?.[1]
    if (day !== undefined && Number(day) < today - 2) rmSync(join(folder, name), { force: true })
  }
}
