import { createECDH, createHash, createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { base64url, utf8 } from '../../surveys/canonical.ts'
import { isBelowModulus } from '../issuer.ts'
import { type Issuer, type SealedKeys, SurveyKeysMissing } from '../keys.ts'
import { blindSign, issuerSpki, makeIssuerKey, signTicket } from './issuer.ts'
import { destroyFile, makeKeyFolder, readKey, readOrCreate, writeOnce } from './key-files.ts'

interface OwnIssuer extends Issuer {
  readonly key: KeyObject
  readonly modulus: Uint8Array
}

/** The keys of sealed surveys as files in the survey's own folder: `issuer-{cell}.pem`, `form.key`, `box.key`. */
export function openSealedKeys(folderOf: (survey: string) => string): SealedKeys {
  const issuers = new Map<string, readonly OwnIssuer[]>()
  const formKeys = new Map<string, Buffer>()

  function issuersOf(survey: string): readonly OwnIssuer[] {
    const known = issuers.get(survey)
    if (known) return known
    const place = folderOf(survey)
    const names = existsSync(place) && !existsSync(join(place, closedName)) ? readdirSync(place).sort() : []
    const found = names.flatMap((name) => {
      const cell = issuerFile.exec(name)?.[1]
      return cell === undefined ? [] : [readIssuer(cell, join(place, name))]
    })
    if (found.length > 0) issuers.set(survey, found)
    return found
  }

  function formKey(survey: string): Buffer {
    let key = formKeys.get(survey)
    if (!key) {
      const path = join(folderOf(survey), formKeyName)
      if (!existsSync(path)) throw new SurveyKeysMissing(survey, 'form')
      key = readKey(path)
      formKeys.set(survey, key)
    }
    return key
  }

  return {
    async createSealedKeys(survey, cells) {
      const place = folderOf(survey)
      for (const each of [dirname(dirname(place)), dirname(place), place]) makeKeyFolder(each)
      if (!existsSync(join(place, openedName))) readOrCreate(join(place, formKeyName))
      if (existsSync(join(place, closedName))) return
      const paths = cells.map((cell) => join(place, `issuer-${cell}.pem`)).filter((path) => !existsSync(path))
      // Side by side: each takes a processor a tenth of a second or more.
      const made = await Promise.all(paths.map(makeIssuerKey))
      for (const [at, key] of made.entries()) writeOnce(paths[at]!, key.export({ type: 'pkcs8', format: 'pem' }))
      issuers.delete(survey)
    },
    issuers: (survey) => issuersOf(survey).map(({ cell, kid, spki }) => ({ cell, kid, spki })),
    signBlinded(survey, kid, blinded) {
      const own = issuersOf(survey)
      if (own.length === 0) throw new SurveyKeysMissing(survey, 'issuer')
      const issuer = own.find((each) => each.kid === kid)
      return issuer && isBelowModulus(blinded, issuer.modulus) ? blindSign(issuer.key, blinded) : null
    },
    signTicket(survey, cell, message) {
      const issuer = issuersOf(survey).find((each) => each.cell === cell)
      if (!issuer) throw new SurveyKeysMissing(survey, 'issuer')
      return signTicket(issuer.key, message)
    },
    formTicket(survey, pseudonym) {
      const key = formKey(survey)
      const half = (what: string) => createHmac('sha256', key).update(utf8(what)).update(pseudonym).digest()
      return { ticket: half('T|'), prefix: half('r|'), body: half('b|') }
    },
    createBoxKey(survey) {
      const place = folderOf(survey)
      for (const each of [dirname(dirname(place)), dirname(place), place]) makeKeyFolder(each)
      const path = join(place, boxKeyName)
      const pair = createECDH(curve)
      if (existsSync(path)) pair.setPrivateKey(readKey(path))
      else {
        pair.generateKeys()
        writeOnce(path, scalarOf(pair.getPrivateKey()))
      }
      return new Uint8Array(pair.getPublicKey())
    },
    boxKeyFile(survey) {
      const path = join(folderOf(survey), boxKeyName)
      return existsSync(path) ? new Uint8Array(readKey(path)) : null
    },
    destroyIssuers(survey) {
      issuers.delete(survey)
      const place = folderOf(survey)
      const paths = existsSync(place) ? readdirSync(place).filter((name) => issuerFile.test(name)) : []
      return destroyAll(place, closedName, paths)
    },
    destroyBoxKeys(survey) {
      formKeys.delete(survey)
      const place = folderOf(survey)
      return destroyAll(place, openedName, [formKeyName, boxKeyName])
    },
  }
}

/** What a sealed survey that is not opened yet needs of its keys. */
export interface SealedNeeds {
  /** The cells whose tickets may still be signed, with the key that the manifest names. */
  readonly issuers: readonly { readonly cell: string; readonly kid: string }[]
  /** Public part of a box key that is kept as a file, as in the manifest; null where trustees hold it. */
  readonly boxKey: string | null
}

/** Paths of the files that are not there, damaged or those of another survey; destroyed ones are not missing. */
export function missingSealedKeys(place: string, { issuers, boxKey }: SealedNeeds): string[] {
  const missing: string[] = []
  const need = (name: string, isUsable: (path: string) => boolean) => {
    const path = join(place, name)
    if (!existsSync(path) || !succeeds(() => isUsable(path))) missing.push(path)
  }
  if (!existsSync(join(place, closedName)))
    for (const { cell, kid } of issuers) need(`issuer-${cell}.pem`, (path) => readIssuer(cell, path).kid === kid)
  if (existsSync(join(place, openedName))) return missing
  need(formKeyName, (path) => readKey(path).length > 0)
  if (boxKey) need(boxKeyName, (path) => publicPart(readKey(path)) === boxKey)
  return missing
}

function succeeds(act: () => boolean): boolean {
  try {
    return act()
  } catch {
    return false
  }
}

function publicPart(scalar: Buffer): string {
  const pair = createECDH(curve)
  pair.setPrivateKey(scalar)
  return base64url(pair.getPublicKey())
}

/** What respondents' answers need at the edge: everything but the box key. */
export interface ExportedSealed {
  /** PKCS 8 by cell. */
  readonly issuers?: Readonly<Record<string, string>>
  readonly form?: string
}

/** The same keys as texts; nothing of what is destroyed or was never there. */
export function exportSealedKeys(place: string): ExportedSealed {
  const names = existsSync(join(place, closedName)) ? [] : readdirSync(place)
  const issuers = names.flatMap((name) => {
    const cell = issuerFile.exec(name)?.[1]
    if (cell === undefined) return []
    const key = createPrivateKey(readFileSync(join(place, name)))
    return [[cell, key.export({ type: 'pkcs8', format: 'der' }).toString('base64url')] as const]
  })
  const form = join(place, formKeyName)
  return {
    ...(issuers.length > 0 ? { issuers: Object.fromEntries(issuers) } : {}),
    ...(existsSync(form) ? { form: readKey(form).toString('base64url') } : {}),
  }
}

const curve = 'prime256v1'
const issuerFile = /^issuer-([a-z0-9-]{1,24})\.pem$/
const formKeyName = 'form.key'
const boxKeyName = 'box.key'
/** Marks that keys were destroyed when their time was over: new ones are not made, and those from a copy not used. */
const closedName = 'closed'
const openedName = 'opened'

function readIssuer(cell: string, path: string): OwnIssuer {
  const key = createPrivateKey(readFileSync(path))
  const spki = issuerSpki(key)
  const { n } = key.export({ format: 'jwk' })
  const kid = base64url(createHash('sha256').update(spki).digest().subarray(0, 8))
  return { cell, kid, spki, key, modulus: Buffer.from(n!, 'base64url') }
}

/** OpenSSL leaves out leading zeros. */
function scalarOf(key: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(32 - key.length), key])
}

function destroyAll(place: string, mark: string, names: readonly string[]): boolean {
  const paths = names.map((name) => join(place, name)).filter((path) => existsSync(path))
  if (!existsSync(place) || (paths.length === 0 && existsSync(join(place, mark)))) return false
  if (!existsSync(join(place, mark))) writeOnce(join(place, mark), '')
  for (const path of paths) destroyFile(path)
  return true
}
