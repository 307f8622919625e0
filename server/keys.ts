import type { Result } from '../surveys/result.ts'
import type { AssistedWay } from '../surveys/ways.ts'
import type { Maybe } from './world.ts'

/**
 * Every secret but none in the database. Survey keys live and die with their survey; the others with the installation.
 * Implementations: a folder of files on Node, one wrapped secret on Workers.
 */
export interface Keys extends SealedKeys, SheetKeys, ContactKeys {
  /** Stored form h of a ticket code: HMAC-SHA-256(K_code, code). */
  codeHash(code: string): Maybe<Uint8Array>
  /** p = HMAC-SHA-256(K_p of the survey, "gp1|p|" + S + "|" + cid). */
  pseudonym(survey: string, cid: string): Maybe<Uint8Array>
  /** Row key of a phone's one-time code, apart from p: HMAC-SHA-256(K_p, "gp1|otp|" + S + "|" + phone). */
  contactHash(survey: string, phone: string): Maybe<Uint8Array>
  /** Encrypts what an adapter has established; nothing is stored. */
  sealEligibility(eligibility: Eligibility): Maybe<string>
  /** `unknown` for anything forged, `elig_expired` after its time; after two days nobody can tell the one from the other. */
  openEligibility(text: string, now: number): Maybe<Result<Eligibility, 'unknown' | 'elig_expired'>>
  /** Deterministic Ed25519 signature over survey, cell and tag: 64 bytes, the same for every retry. */
  signReceipt(survey: string, cell: string, tag: Uint8Array): Maybe<Uint8Array>
  verifyReceipt(survey: string, cell: string, tag: Uint8Array, signature: Uint8Array): Maybe<boolean>
  /** Public part of the receipt key, 32 bytes; null while the survey has none. */
  receiptPublicKey(survey: string): Maybe<Uint8Array | null>
  /** Makes the keys of a survey unless they exist. */
  createSurveyKeys(survey: string): Promise<void>
  /** From now on nobody can tell from the roll who took part; receipts stay good. False when it was done before. */
  destroyPseudonymKey(survey: string): Maybe<boolean>
  /** Public part of the key that signs the logs of a jurisdiction's surveys, 32 bytes; made at the first call. */
  logPublicKey(jid: string): Maybe<Uint8Array>
  /** Ed25519 signature over the text of a checkpoint. */
  signLog(jid: string, text: Uint8Array): Maybe<Uint8Array>
  /** A secret of this installation for one purpose: `form|{session}` is the token of staff forms. */
  derive(purpose: string): Maybe<string>
}

/** The public part of the key that signs the tickets of one verified cell. */
export interface Issuer {
  readonly cell: string
  readonly kid: string
  readonly spki: Uint8Array
}

/** The parts of a ticket that the server draws for a plain form; 32 bytes each. */
export interface FormTicket {
  readonly ticket: Uint8Array
  readonly prefix: Uint8Array
  readonly body: Uint8Array
}

/** What only sealed surveys have. Issuers live until the close, the form key and a box key file until the opening. */
export interface SealedKeys {
  /** Makes an issuer for each cell and the form key, unless they exist. */
  createSealedKeys(survey: string, cells: readonly string[]): Promise<void>
  /** The issuers of a survey, by the name of their cell; empty while there are none. */
  issuers(survey: string): Maybe<readonly Issuer[]>
  /** The blind signature: the same for the same message. null for a key this survey does not have. Throws `SignerFault`. */
  signBlinded(survey: string, kid: string, blinded: Uint8Array): Maybe<Uint8Array | null>
  /** An ordinary signature under the same key, for a ticket that the server draws. Throws `SignerFault`. */
  signTicket(survey: string, cell: string, message: Uint8Array): Maybe<Uint8Array>
  /**
   * What the server draws for a person, always the same: the two random parts of the ticket, HMAC(K_form, "T|" + p) and
   * "r|", and with "b|" what the roll keeps the hash of. None of them leads to another without the key.
   */
  formTicket(survey: string, pseudonym: Uint8Array): Maybe<FormTicket>
  /** Makes a box key as a file and answers its public part, 65 bytes; that of the file which is there already. */
  createBoxKey(survey: string): Maybe<Uint8Array>
  /** The scalar of a box key that is kept as a file; null where there is none. */
  boxKeyFile(survey: string): Maybe<Uint8Array | null>
  /** No more tickets can be drawn. False when it was done before. */
  destroyIssuers(survey: string): Maybe<boolean>
  /** The form key and a box key file; without them no envelope can be read or made again. */
  destroyBoxKeys(survey: string): Maybe<boolean>
}

/** For paper sheets that were typed once; the key of a survey is made with the first of them and lives until the close. */
export interface SheetKeys {
  /** AES-256-GCM, bound to the survey and the number of the sheet. */
  sealSheet(survey: string, sheet: string, text: string): Maybe<Uint8Array>
  /** null for what was sealed for another sheet, or whose key is gone. */
  openSheet(survey: string, sheet: string, sealed: Uint8Array): Maybe<string | null>
  /** False when there is none. */
  destroySheetKey(survey: string): Maybe<boolean>
}

/** What only surveys with a roster have: the key of addresses and codes. It lives until thirty days after the close. */
export interface ContactKeys {
  /** Makes the key unless it exists. Throws `SurveyKeysMissing` once it was destroyed. */
  createContactKey(survey: string): Maybe<void>
  /** AES-256-GCM, bound to the survey and the row of 16 bytes. Throws `SurveyKeysMissing` where there is no key. */
  sealAddressee(survey: string, id: Uint8Array, text: string): Maybe<Uint8Array>
  /** null for what was sealed for another row, or whose key is gone. */
  openAddressee(survey: string, id: Uint8Array, sealed: Uint8Array): Maybe<string | null>
  /** HMAC-SHA-256 under a key that is made of it, over what names a row of the survey's rosters; null where there is no key. */
  listedHash(survey: string, key: string): Maybe<Uint8Array | null>
  /** False when it was done before. */
  destroyContactKey(survey: string): Maybe<boolean>
}

/** The keys of a survey are lost, were destroyed, or have not come here yet: every use of them throws this. */
export class SurveyKeysMissing extends Error {
  override readonly name = 'SurveyKeysMissing'
  /** S = "{jid}/{sid}". */
  readonly survey: string
  readonly kind: 'pseudonym' | 'receipt' | 'issuer' | 'form' | 'contacts'

  constructor(survey: string, kind: SurveyKeysMissing['kind']) {
    super(`the ${kind} key of the survey ${survey} is missing`)
    this.survey = survey
    this.kind = kind
  }
}

/** The right to answer, as the form carries it: whose ticket, in which survey and cell, until when. */
export interface Eligibility {
  survey: string
  pseudonym: Uint8Array
  cell: string
  adapter: 'roster' | 'receipt' | 'sms' | 'oidc' | 'open'
  expires: number
  /** The one organ that a service receipt is about. */
  organ?: string
  /** How the auditor can ask this person, sealed so that nobody else can; kept after the person is on the roll. */
  contact?: Uint8Array
  /** Somebody of the staff writes the answers down. */
  assisted?: Assisted
  /** Somebody of the office looks at the form: nothing that is sent under it is kept. */
  isPreview?: boolean
}

/** By which way, and the account and name of whoever writes down. */
export interface Assisted {
  readonly way: AssistedWay
  readonly by: string
  readonly name: string
}

export const eligibilityHours = 6

/** So many days somebody who comes back with an old form is told that its time is over, and not that it is unknown. */
export const rememberedDays = 400

/** Longest text of a sealed eligibility that is looked at; ours are a quarter of it, and half with a contact. */
export const longestEligibility = 1_400

interface StoredEligibility {
  s: string
  p: string
  c: string
  a: Eligibility['adapter']
  e: number
  o?: string
  t?: string
  w?: Assisted
  v?: true
}

/** The text inside the encryption. */
export function writeEligibility(value: Eligibility, encode: (bytes: Uint8Array) => string): string {
  const stored: StoredEligibility = {
    s: value.survey,
    p: encode(value.pseudonym),
    c: value.cell,
    a: value.adapter,
    e: value.expires,
  }
  if (value.organ !== undefined) stored.o = value.organ
  if (value.contact !== undefined) stored.t = encode(value.contact)
  if (value.assisted !== undefined) stored.w = value.assisted
  if (value.isPreview) stored.v = true
  return JSON.stringify(stored)
}

/** Reads a text that only this installation can have encrypted, so its shape needs no further check. */
export function readEligibility(text: string, decode: (text: string) => Uint8Array | null): Eligibility | null {
  const stored = JSON.parse(text) as StoredEligibility
  const pseudonym = decode(stored.p)
  if (pseudonym === null) return null
  const value: Eligibility = { survey: stored.s, pseudonym, cell: stored.c, adapter: stored.a, expires: stored.e }
  if (stored.o !== undefined) value.organ = stored.o
  const contact = stored.t === undefined ? null : decode(stored.t)
  if (contact !== null) value.contact = contact
  if (stored.w !== undefined) value.assisted = stored.w
  if (stored.v) value.isPreview = true
  return value
}
