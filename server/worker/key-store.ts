import { ticketSignature, toBytes } from '../../client/islands/ballot/blind.ts'
import { pseudonymInput, receiptInput } from '../../surveys/ballot.ts'
import { base64url, fromBase64url, joinBytes, utf8 } from '../../surveys/canonical.ts'
import { err, ok } from '../../surveys/result.ts'
import { isBelowModulus, keyId } from '../issuer.ts'
import {
  type Keys,
  longestEligibility,
  type Issuer as PublicIssuer,
  readEligibility,
  rememberedDays,
  SurveyKeysMissing,
  writeEligibility,
} from '../keys.ts'
import { blindSign, type Issuer, importIssuer, signTicket } from './issuer.ts'

/**
 * The secret `GONGPING_KEY_SET`, as the Node installation exports it: base64url texts, receipt keys as PKCS 8. A survey
 * has no `pseudonym` once that was destroyed.
 */
interface KeySet {
  code: string
  /** Everything that only the edge itself must understand again is encrypted or signed under keys made from this. */
  eligibility: string
  surveys: Record<string, { pseudonym?: string; receipt?: string; issuers?: Record<string, string>; form?: string }>
  /** By jurisdiction; absent in what was exported before there were logs. */
  logs?: Record<string, string>
}

/**
 * The keys of an installation from one secret, by WebCrypto. Survey keys are made where the office runs; here they are
 * only used. Eligibility texts are encrypted under a key of their day, derived from the secret.
 */
export function openKeySet(secret: string | undefined, now: () => number): Keys {
  const set = readKeySet(secret)
  const hmacKeys = new Map<string, Promise<CryptoKey>>()
  const receiptKeys = new Map<string, SigningPair>()
  const dayKeys = new Map<number, Promise<CryptoKey>>()
  const logKeys = new Map<string, SigningPair>()
  const issuers = new Map<string, Promise<readonly OwnIssuer[]>>()

  const hmac = async (name: string, key: string, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    let made = hmacKeys.get(name)
    if (!made) {
      made = crypto.subtle.importKey('raw', bytesOf(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      hmacKeys.set(name, made)
    }
    return new Uint8Array(await crypto.subtle.sign('HMAC', await made, message))
  }
  const surveyKey = (survey: string, kind: 'pseudonym' | 'receipt' | 'form'): string => {
    const found = set.surveys[survey]?.[kind]
    if (!found) throw new SurveyKeysMissing(survey, kind)
    return found
  }
  const dayKey = (day: number): Promise<CryptoKey> => {
    let key = dayKeys.get(day)
    if (!key) {
      key = hmac('eligibility', set.eligibility, utf8(`day|${day}`)).then((raw) =>
        crypto.subtle.importKey('raw', new Uint8Array(raw), 'AES-GCM', false, ['encrypt', 'decrypt']),
      )
      dayKeys.set(day, key)
    }
    return key
  }
  const receiptKey = (survey: string) => {
    let pair = receiptKeys.get(survey)
    if (!pair) {
      pair = importSigningKey(bytesOf(surveyKey(survey, 'receipt')))
      receiptKeys.set(survey, pair)
    }
    return pair
  }

  const issuersOf = (survey: string): Promise<readonly OwnIssuer[]> => {
    let own = issuers.get(survey)
    if (!own) {
      own = Promise.all(Object.entries(set.surveys[survey]?.issuers ?? {}).map(importOwnIssuer))
      issuers.set(survey, own)
    }
    return own
  }
  const logKey = (jid: string) => {
    let pair = logKeys.get(jid)
    if (!pair) {
      const found = set.logs?.[jid]
      if (!found) throw new Error(`GONGPING_KEY_SET lacks the log key of ${jid}`)
      pair = importSigningKey(bytesOf(found))
      logKeys.set(jid, pair)
    }
    return pair
  }

  return {
    codeHash: (code) => hmac('code', set.code, utf8(code)),
    pseudonym: (survey, cid) => hmac(`p|${survey}`, surveyKey(survey, 'pseudonym'), pseudonymInput(survey, cid)),
    contactHash: (survey, phone) =>
      hmac(`p|${survey}`, surveyKey(survey, 'pseudonym'), utf8(`gp1|otp|${survey}|${phone}`)),
    async sealEligibility(value) {
      const day = dayOf(now())
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const text = utf8(writeEligibility(value, base64url))
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await dayKey(day), text)
      const head = new Uint8Array(4)
      new DataView(head.buffer).setUint32(0, day)
      return base64url(joinBytes(head, iv, new Uint8Array(sealed)))
    },
    async openEligibility(text, at) {
      const bytes = text.length > longestEligibility ? null : fromBase64url(text)
      if (bytes === null || bytes.length < 4 + 12 + 16 + 2) return err('unknown')
      const day = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      const today = dayOf(at)
      // As on Node, where the keys of such days are gone.
      if (day < today - 2 && day >= today - rememberedDays) return err('elig_expired')
      if (day > today + 1 || day < today - 2) return err('unknown')
      try {
        const plain = await crypto.subtle.decrypt(
          { name: 'AES-GCM', iv: bytes.slice(4, 16) },
          await dayKey(day),
          bytes.slice(16),
        )
        const value = readEligibility(new TextDecoder().decode(plain), fromBase64url)
        if (value === null) return err('unknown')
        return value.expires < at ? err('elig_expired') : ok(value)
      } catch {
        return err('unknown')
      }
    },
    signReceipt(survey, cell, tag) {
      // Thrown at once, before an answer is written for which there could be no receipt.
      const pair = receiptKey(survey)
      const message = receiptInput(survey, cell, tag)
      return pair.then(async ({ secret }) => new Uint8Array(await crypto.subtle.sign('Ed25519', secret, message)))
    },
    async verifyReceipt(survey, cell, tag, signature) {
      if (signature.length !== 64) return false
      const { open } = await receiptKey(survey)
      return crypto.subtle.verify('Ed25519', open, new Uint8Array(signature), receiptInput(survey, cell, tag))
    },
    async receiptPublicKey(survey) {
      return set.surveys[survey]?.receipt ? (await receiptKey(survey)).raw : null
    },
    async createSurveyKeys() {
      throw new Error('survey keys are made where the office runs, not at the edge')
    },
    destroyPseudonymKey() {
      throw new Error('survey keys are destroyed where the office runs, not at the edge')
    },
    logPublicKey: async (jid) => (await logKey(jid)).raw,
    async signLog(jid, text) {
      const { secret } = await logKey(jid)
      return new Uint8Array(await crypto.subtle.sign('Ed25519', secret, new Uint8Array(text)))
    },
    async createSealedKeys() {
      throw new Error('survey keys are made where the office runs, not at the edge')
    },
    issuers: async (survey) => (await issuersOf(survey)).map(({ cell, kid, spki }) => ({ cell, kid, spki })),
    async signBlinded(survey, kid, blinded) {
      const own = await issuersOf(survey)
      if (own.length === 0) throw new SurveyKeysMissing(survey, 'issuer')
      const found = own.find((each) => each.kid === kid)
      if (!found || !isBelowModulus(blinded, toBytes(found.issuer.open.modulus, found.issuer.open.bytes))) return null
      return blindSign(found.issuer, new Uint8Array(blinded))
    },
    async signTicket(survey, cell, message) {
      const found = (await issuersOf(survey)).find((each) => each.cell === cell)
      if (!found) throw new SurveyKeysMissing(survey, 'issuer')
      return signTicket(found.issuer, new Uint8Array(message))
    },
    async formTicket(survey, pseudonym) {
      const key = surveyKey(survey, 'form')
      const half = (what: string) => hmac(`form|${survey}`, key, joinBytes(what, pseudonym))
      return { ticket: await half('T|'), prefix: await half('r|'), body: await half('b|') }
    },
    createBoxKey() {
      throw new Error('box keys are made where the office runs, not at the edge')
    },
    boxKeyFile: () => null,
    destroyIssuers() {
      throw new Error('survey keys are destroyed where the office runs, not at the edge')
    },
    destroyBoxKeys() {
      throw new Error('survey keys are destroyed where the office runs, not at the edge')
    },
    sealSheet() {
      throw new Error('paper is entered where the office runs, not at the edge')
    },
    openSheet: () => null,
    destroySheetKey: () => false,
    createContactKey() {
      throw new Error('rosters are imported where the office runs, not at the edge')
    },
    sealAddressee() {
      throw new Error('rosters are imported where the office runs, not at the edge')
    },
    openAddressee: () => null,
    listedHash: () => null,
    destroyContactKey: () => false,
    async derive(purpose) {
      return base64url(await hmac('eligibility', set.eligibility, utf8(`derive|${purpose}`)))
    },
  }
}

/** Throws one message that says what the secret needs and never what it holds. */
function readKeySet(secret: string | undefined): KeySet {
  const wrong = (what: string) =>
    new Error(`GONGPING_KEY_SET ${what}; set it to the output of \`npm run --silent keys:export\``)
  if (secret === undefined || secret === '') throw wrong('is missing')
  let set: Partial<KeySet>
  try {
    set = JSON.parse(secret) as Partial<KeySet>
  } catch {
    throw wrong('is not the exported text')
  }
  for (const name of ['code', 'eligibility'] as const)
    if (typeof set[name] !== 'string' || fromBase64url(set[name])?.length !== 32) throw wrong(`lacks the key ${name}`)
  if (typeof set.surveys !== 'object' || set.surveys === null) throw wrong('lacks the keys of the surveys')
  return set as KeySet
}

async function importSigningKey(pkcs8: Uint8Array<ArrayBuffer>) {
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  // The public part is a field of the private key's JWK form.
  const { x } = await crypto.subtle.exportKey('jwk', secret)
  const raw = bytesOf(x!)
  return { secret, raw, open: await crypto.subtle.importKey('raw', raw, 'Ed25519', true, ['verify']) }
}

type OwnIssuer = PublicIssuer & { readonly issuer: Issuer }

async function importOwnIssuer([cell, pkcs8]: readonly [string, string]): Promise<OwnIssuer> {
  const bytes = bytesOf(pkcs8)
  const spki = await publicPart(bytes)
  const kid = await keyId(
    spki,
    async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(text))),
  )
  return { cell, kid, spki, issuer: await importIssuer(bytes, spki) }
}

/** The SPKI of an RSA key; WebCrypto gives it only by way of the key's JWK form. */
async function publicPart(pkcs8: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, ticketSignature, true, ['sign'])
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', secret)
  const open = await crypto.subtle.importKey('jwk', { kty: kty!, n: n!, e: e! }, ticketSignature, true, ['verify'])
  return new Uint8Array(await crypto.subtle.exportKey('spki', open))
}

type SigningPair = Promise<{ secret: CryptoKey; open: CryptoKey; raw: Uint8Array }>

const dayOf = (time: number) => Math.floor(time / 86_400_000)

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text)
  if (bytes === null) throw new Error('GONGPING_KEY_SET needs base64url texts')
  return bytes
}
