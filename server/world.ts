import type { Database, Writer } from '../db/database.ts'
import type { Scope } from '../db/scope.ts'
import type { Boxes } from './ballot/boxes.ts'
import type { Config } from './config.ts'
import type { SurveyDetails } from './details.ts'
import type { EvidenceFiles } from './evidence.ts'
import type { SurveyFieldwork } from './fieldwork.ts'
import type { Keys } from './keys.ts'
import type { Limiter } from './limits.ts'
import type { Publications } from './publications.ts'
import type { SurveyScreening } from './screening.ts'
import type { Accounts } from './session.ts'
import type { Standing } from './standing.ts'
import type { Trees } from './trees.ts'

/** What a runtime may answer at once or later; `await` takes both. */
export type Maybe<T> = T | Promise<T>

/** Hashing and randomness of the runtime: synchronous on Node, WebCrypto elsewhere. */
export interface Cryptography {
  sha256(bytes: Uint8Array): Maybe<Uint8Array>
  hmac(key: Uint8Array, bytes: Uint8Array): Maybe<Uint8Array>
  /** RSA-PSS with SHA-384 and 48 bytes of salt. A key is read once as long as the same array is given. */
  verifyTicket(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): Maybe<boolean>
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Maybe<boolean>
  random(length: number): Uint8Array
}

/** The built styles and scripts; texts are inlined under a CSP hash, files are linked. */
export interface Assets {
  styles: Record<string, { text: string; hash: string }>
  scripts: Record<string, { text: string; hash: string }>
  files: Record<string, string>
}

/**
 * Sends one text message. Resolves when the gateway has taken it. Rejects with `NotTaken` when it surely has not, and with
 * anything else when nobody knows.
 */
export interface SmsGateway {
  /** `id` names an invitation in the gateway's own receipts; a one-time code has none. */
  send(message: { phone: string; text: string; id?: string }): Promise<void>
}

/** Sends one mail to one address, with the same promises. */
export interface MailGateway {
  send(mail: Mail): Promise<void>
}

export interface Mail {
  readonly to: string
  /** Name of the sender, as people know the office. */
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Where one POST ends all mails to this address (RFC 8058); absent where somebody has asked for this one mail. */
  readonly unsubscribe?: string
}

/** One line of the application log. Never an answer, a ticket, a phone number, an address or a query string. */
export type Log = (line: Record<string, string | number | boolean | null>) => void

/** Everything that comes from outside. Nothing below the two mains reads a clock, an environment or a random source. */
export interface World {
  readonly config: Config
  /** Where answers are written: everything that decides is read here. */
  readonly db: Database
  /** What pages show may be read from a replica that is some milliseconds behind; without one it is `db`. */
  readonly pages: Database
  readonly writer: Writer
  readonly keys: Keys
  readonly crypto: Cryptography
  readonly limiter: Limiter
  readonly assets: Assets
  readonly sms: SmsGateway
  /** null where there is no mail server. */
  readonly mail: MailGateway | null
  /** Estimates, indicators and overall scores of a cycle, computed away from the thread that answers requests. */
  readonly standing: (scope: Scope, cycle: number) => Promise<Standing>
  /** The screening of a cycle's finished surveys for manipulation, computed away from that thread too. */
  readonly screening: (scope: Scope, cycle: number) => Promise<readonly SurveyScreening[]>
  /** Parts of the people asked and their reasons, of a cycle's finished surveys; computed away from that thread too. */
  readonly details: (scope: Scope, cycle: number) => Promise<readonly SurveyDetails[]>
  /** What is worked out of a cycle's fieldwork on a day (yyyymmdd), computed away from that thread too. */
  readonly fieldwork: (scope: Scope, cycle: number, today: number) => Promise<readonly SurveyFieldwork[]>
  /** Roots and proofs of the public logs. */
  readonly trees: Trees
  /** The boxes of sealed surveys; null at the edge. */
  readonly boxes: Boxes | null
  /** Published files; null at the edge. */
  readonly publications: Publications | null
  /** Files that staff have given as evidence; null at the edge. */
  readonly evidence: EvidenceFiles | null
  readonly now: () => number
  readonly log: Log
  /** Compresses a body for the cache or one answer; null where the platform does it. */
  readonly compress: ((bytes: Uint8Array, use: 'cache' | 'once') => Promise<Compressed>) | null
  /** Address of the other end of the socket, before any proxy header is believed. */
  readonly peer: (environment: unknown, request: Request) => string
  /** A built file by its exact name, in the best encoding that the caller takes. */
  readonly readAsset: (
    name: string,
    accepted: string,
  ) => Promise<{ bytes: Uint8Array<ArrayBuffer>; encoding: 'br' | 'gzip' | null } | null>
  /** Staff accounts; null where they cannot run, which leaves respondents and results. */
  readonly accounts: (() => Promise<Accounts>) | null
  /** The code that the first start of an empty installation has printed; null once it is set up. */
  readonly setupToken: string | null
  /** False while the process is stopping or the database cannot be reached. */
  readonly ready: () => Promise<boolean>
}

export interface Compressed {
  gzip: Uint8Array
  /** Absent where it would cost too much for one answer. */
  br?: Uint8Array
}
