import { sealedContactBytes } from '../../surveys/participation-audit.ts'

/** A response of the live mode, ready to be written: one person's answers about one or more organs. */
export interface LiveItem {
  readonly kind: 'live'
  readonly jurisdiction: number
  readonly survey: number
  /** The keyed code of the person, 32 bytes: the key of the roll. */
  readonly pseudonym: Uint8Array
  /** Hash over the request key and the canonical answers, 32 bytes: tells a repeated request from a second response. */
  readonly bodyHash: Uint8Array
  /** Names the spent ticket in the receipt, 32 bytes. */
  readonly tag: Uint8Array
  /** The verified cell. */
  readonly cell: string
  readonly channel: string
  /** Account of whoever wrote the answers down for this person; counted by day, and stored with nothing of a person. */
  readonly assistant?: string
  /** yyyymmdd in Asia/Shanghai; nothing finer is stored with an answer. */
  readonly day: number
  readonly slips: readonly LiveSlip[]
  readonly comments: readonly LiveComment[]
  /** What of this response becomes a case, where its writer asks for an answer to a low rating. */
  readonly opens?: OpenedCase
}

export interface OpenedCase {
  /** Hash of the code that opens the mailbox, 32 bytes in hexadecimal. */
  readonly mailbox: string
  /** Sixteen digits by chance, by which the case is known ever after. */
  readonly name: string
  readonly organ: number
  readonly level: number
  /** Marks of the choices by question. */
  readonly said: Readonly<Record<string, number>>
  /** The comment without what names a person. */
  readonly text: string
  /** yyyymmdd */
  readonly dueOn: number
}

export interface LiveSlip {
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly organ: number
  /** The weighting cell. */
  readonly cell: string
  /** One integer per rating and choice, in question order. */
  readonly answers: readonly number[]
  /** 16 random bytes. */
  readonly salt: Uint8Array
}

export interface LiveComment {
  readonly id: Uint8Array
  readonly organ: number
  readonly text: string
  readonly salt: Uint8Array
}

/** A ticket of a sealed survey that somebody draws: from here on the person counts as having taken part. */
export interface IssueItem {
  readonly kind: 'issue'
  readonly jurisdiction: number
  readonly survey: number
  readonly pseudonym: Uint8Array
  /** Hash of the blinded message, 32 bytes: the same again is the same ticket, another one is a second. */
  readonly bodyHash: Uint8Array
  readonly cell: string
  readonly channel: string
  readonly assistant?: string
  readonly day: number
  /** The server draws the ticket and seals, for somebody whose device cannot. */
  readonly isForm: boolean
}

/** An envelope of a sealed survey, proven by a drawn ticket and without anything of a person. */
export interface BoxItem {
  readonly kind: 'box'
  readonly jurisdiction: number
  readonly survey: number
  /** Hash of the ticket's message, 32 bytes. */
  readonly tag: Uint8Array
  readonly cell: string
  /** The ticket: its message and the issuer's signature. */
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** From 1; a higher one replaces a lower. */
  readonly version: number
  /** The envelope, 65 bytes and the sealed text; both empty withdraw the response. */
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

/** How the auditor can ask somebody who is on the roll; sealed to the auditor's key. */
export interface ContactItem {
  readonly kind: 'contact'
  readonly jurisdiction: number
  readonly survey: number
  readonly pseudonym: Uint8Array
  /** The encapsulated key and the sealed contact, of one size for everybody. */
  readonly sealed: Uint8Array
}

/** What people send; one kind per commit, so that a ticket and its envelope never share one, nor a contact and either. */
export type Item = LiveItem | IssueItem | BoxItem | ContactItem
/** All that need nothing in the writer's memory. */
export type SealedItem = IssueItem | BoxItem | ContactItem

/**
 * What became of an item. The roll decides first: the same body again is `replayed` whatever the survey's state;
 * then the state (`closed`, `not_open`); then another body of the same person is `spent`; last, whoever was excluded
 * after entering is `not_eligible`. Of an envelope the box decides: a lower version or the same envelope again is
 * `replayed`, another envelope under the same version a `version_conflict`. Of contacts the first one stays, and a later
 * one is `replayed`.
 */
export type Outcome =
  | 'accepted'
  | 'replayed'
  | 'spent'
  | 'version_conflict'
  | 'closed'
  | 'not_open'
  | 'paused'
  | 'not_eligible'
  | 'unknown'

/** Refuses what no handler may hand over: keys of another size are a mistake of the program, not of a person. */
export function checkItem(item: Item): void {
  if (keysOf(item).some((key) => key.length !== 32)) throw new TypeError('submit needs keys of 32 bytes')
  if (item.kind === 'live') checkSlips(item)
  if (item.kind === 'box') checkEnvelope(item)
  if (item.kind === 'contact' && item.sealed.length !== sealedContactBytes)
    throw new TypeError('submit needs a contact that is sealed')
}

function keysOf(item: Item): Uint8Array[] {
  if (item.kind === 'box') return [item.tag]
  if (item.kind === 'contact') return [item.pseudonym]
  return item.kind === 'live' ? [item.pseudonym, item.bodyHash, item.tag] : [item.pseudonym, item.bodyHash]
}

function checkEnvelope({ version, enc, ct }: BoxItem): void {
  const isWhole = enc.length === 65 && ct.length > 16
  if (!isWhole && enc.length + ct.length > 0) throw new TypeError('submit needs a whole envelope, or none')
  if (!Number.isInteger(version) || version < 1 || version > 20)
    throw new TypeError('submit needs a version from 1 to 20')
}

function checkSlips(item: LiveItem): void {
  if (item.slips.length === 0) throw new TypeError('submit needs at least one slip')
  for (const slip of item.slips) {
    checkIds(slip)
    if (!slip.answers.every(Number.isSafeInteger)) throw new TypeError('submit needs whole numbers as answers')
  }
  for (const comment of item.comments) checkIds(comment)
}

function checkIds({ id, salt }: { id: Uint8Array; salt: Uint8Array }): void {
  if (id.length !== 16 || salt.length !== 16) throw new TypeError('submit needs ids and salts of 16 bytes')
}
