// The exact bytes and texts of intake: how a ticket code is written and read, what is hashed to recognise a ticket
// without keeping it, what a blind signature and a receipt sign, which leaves the public logs hold, and in which small
// class a slip is counted. Whoever checks the system later must be able to make the same bytes from this page alone;
// hashing and signing are done by the caller.

import type { ResponseAnswers } from './answers.ts'
import { base64url, canonicalJson, compareBytes, joinBytes, utf8 } from './canonical.ts'
import { err, ok, type Result } from './result.ts'

// Crockford's base32: no I, L, O, U, so that a code read aloud or copied from paper is read back alike.
export const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 16
const SKIPPED = /[\s\-\u2010-\u2015\u2212]/

/**
 * A ticket code as it is hashed: 16 characters, O read as 0, I and L as 1; case, spaces, hyphens and the full width that
 * Chinese input methods write are ignored.
 * normaliseCode('7k3m-o1ll 8qrs-tvwx') // '7K3M01118QRSTVWX'; anything else: null
 */
export function normaliseCode(text: string): string | null {
  let code = ''
  for (const each of text) {
    const typed = /[\uff01-\uff5e]/.test(each) ? String.fromCharCode(each.charCodeAt(0) - 0xfee0) : each
    if (SKIPPED.test(typed)) continue
    const letter = typed === 'o' || typed === 'O' ? '0' : /[ilIL]/.test(typed) ? '1' : typed
    // Not toUpperCase() on the whole text: it turns letters of other scripts, such as ı, into ours.
    const symbol = letter >= 'a' && letter <= 'z' ? letter.toUpperCase() : letter
    if (!CROCKFORD.includes(symbol) || code.length === CODE_LENGTH) return null
    code += symbol
  }
  return code.length === CODE_LENGTH ? code : null
}

/** A code as it is printed, in four groups of four. formatCode('7K3M01118QRSTVWX') // '7K3M-0111-8QRS-TVWX' */
export function formatCode(code: string): string {
  if (normaliseCode(code) !== code) throw new TypeError('formatCode requires a code made by normaliseCode')
  return `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8, 12)}-${code.slice(12)}`
}

/** The code that 10 random bytes stand for: 80 bits, 5 to a character, the highest first. */
export function codeFromBytes(random: Uint8Array): string {
  if (random.length !== 10) throw new TypeError('codeFromBytes requires 10 bytes')
  let code = ''
  let bits = 0
  let held = 0
  for (const byte of random) {
    bits = ((bits << 8) | byte) & 0xfff
    held += 8
    while (held >= 5) {
      held -= 5
      code += CROCKFORD[(bits >> held) & 31]!
    }
  }
  return code
}

/** A survey's full name in all hashed texts. surveyName('jiangzhou', 'public-2025') // 'jiangzhou/public-2025' */
export function surveyName(jid: string, sid: string): string {
  if (!NAME.test(jid) || !NAME.test(sid))
    throw new TypeError('surveyName requires the codes of jurisdiction and survey')
  return `${jid}/${sid}`
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/

/** What the pseudonym p = HMAC-SHA-256(K_p, …) of one person in one survey is made from. */
export function pseudonymInput(survey: string, cid: string): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|p|${survey}|${cid}`)
}

/** The identity of somebody on a roster, and of a service by the keyed hash of its code: what `cid` is for them. */
export const rosterIdentity = (member: string): string => `roster:${member}`
export const receiptIdentity = (h: Uint8Array): string => `receipt:${base64url(h)}`

/** What the body hash bh = SHA-256(…) is made from: the request key k hides the answers, k is never stored. */
// Sorted by organ: the same answers are the same response, in whatever order the page showed the organs.
export function liveBodyInput(k: Uint8Array, answers: ResponseAnswers): Uint8Array<ArrayBuffer> {
  const { comments, margins, slips } = answers
  const body = { comments: sortedByOrgan(comments), margins, slips: sortedByOrgan(slips) }
  return joinBytes('gp1|live|', key(k), canonicalJson(body))
}

function sortedByOrgan<T extends { organ: string }>(entries: readonly T[]): readonly T[] {
  return [...entries].sort(({ organ: left }, { organ: right }) => (left < right ? -1 : left > right ? 1 : 0))
}

/** What the tag of a live response, SHA-256(…), is made from. */
// The pseudonym is in it because two people who send the same k must not share a row.
export function liveTagInput(p: Uint8Array, k: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes('gp1|tag|live|', key(p), key(k))
}

/**
 * What the key of a mailbox, SHA-256(…), is made from: message v2 of a live response carries the key, and whoever knows the
 * code reads what became of a low rating. `code` as normaliseCode gives it.
 */
export function mailboxInput(survey: string, code: string): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|mailbox|${survey}|${code}`)
}

/** What the receipt signs: that a response with this tag was accepted, nothing about its content. */
export function receiptInput(survey: string, cell: string, tag: Uint8Array): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|rcpt|${survey}|${cell}|${base64url(key(tag))}`)
}

/** SHA-256 of this, compared byte by byte, puts the organs of a `seeded` questionnaire in order, alike everywhere. */
export function orderInput(k: Uint8Array, organCode: string): Uint8Array<ArrayBuffer> {
  return joinBytes('gp1|order|', key(k), `|${organCode}`)
}

// ---- sealed intake ------------------------------------------------------------------------------------------------

/** A drawn ticket says in which survey and verified cell it is good. */
export interface TicketLabel {
  readonly survey: string
  readonly cell: string
}

/**
 * The message that is signed blindly: 32 random bytes (the randomised preparation of RFC 9474 section 4.1), then
 * "gp1|tok|{S}|{cell}|" and the 32 random bytes of the ticket.
 */
export function ticketMessage({ survey, cell }: TicketLabel, prefix: Uint8Array, ticket: Uint8Array) {
  return joinBytes(key(prefix), `gp1|tok|${survey}|${cell}|`, key(ticket))
}

const TICKET_LABEL = /^gp1\|tok\|([a-z0-9-]{1,40}\/[a-z0-9-]{1,40})\|([a-z0-9-]{1,24})\|$/
/** The longest `ticketMessage`. */
export const MAX_TICKET_MESSAGE = 192

/** What a ticket message says it is good for. */
export function readTicketMessage(message: Uint8Array): Result<TicketLabel, 'not_a_ticket'> {
  if (message.length < 64 || message.length > MAX_TICKET_MESSAGE) return err('not_a_ticket')
  // Byte by byte: the label is ASCII, and no decoder may make two messages one.
  let label = ''
  for (const byte of message.subarray(32, message.length - 32)) label += String.fromCharCode(byte)
  const [, survey, cell] = TICKET_LABEL.exec(label) ?? []
  return survey !== undefined && cell !== undefined ? ok({ survey, cell }) : err('not_a_ticket')
}

/** What the tag of a sealed response, SHA-256(…), is made from: the message of its ticket. */
export function ticketTagInput(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes('gp1|tag|', message)
}

/** The body hash bh = SHA-256(…) of a plain form, for which the server draws the ticket itself, and beside it this body. */
export function formBodyInput(body: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes('gp1|form|', key(body))
}

/** The most versions of one response; the last is kept for a withdrawal, so that one is always left. */
export const MAX_VERSION = 20

/** The highest version that may be sent, or withdrawn: `isWithdrawal`. */
export function highestVersion(isWithdrawal: boolean): number {
  return isWithdrawal ? MAX_VERSION : MAX_VERSION - 1
}

// ---- leaves of the public logs ------------------------------------------------------------------------------------

/** Leaf 0 of both logs: the bytes of the manifest. */
export function manifestLeaf(manifest: string): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|manifest|${manifest}`)
}

/** One accepted response. */
export function tagLeaf(cell: string, tag: Uint8Array): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|tag|${cell}|${base64url(key(tag))}`)
}

/** Service receipts imported for one organ on one day (yyyymmdd): how many, and the root over their sorted hashes. */
export function receiptsLeaf(organ: string, day: number, count: number, root: Uint8Array): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|receipts|${organ}|${day}|${count}|${base64url(key(root))}`)
}

/** What an envelope contributes to the root of its box: the leaves are SHA-256 of this, sorted by tag. */
export function envelopeLeaf(tag: Uint8Array, version: number, enc: Uint8Array, ct: Uint8Array) {
  return joinBytes(key(tag), new Uint8Array([version]), enc, ct)
}

/** The box before it is opened: how many envelopes, and the root over them. */
export function boxLeaf(count: number, root: Uint8Array): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|box|${count}|${base64url(key(root))}`)
}

const BOX = utf8('gp1|box|')

/** Whether a line of the participation log is the box, behind which there is nothing. */
export const isBoxLeaf = (leaf: Uint8Array): boolean => compareBytes(leaf.subarray(0, BOX.length), BOX) === 0

/** One slip as it is counted. The weighting cell is not in it: small cells are merged after the leaf is known. */
export function slipLeaf(
  survey: string,
  { id, organ, answers, salt }: { id: Uint8Array; organ: string; answers: readonly number[]; salt: Uint8Array },
): Uint8Array<ArrayBuffer> {
  // Whole numbers, codes and keys in canonical order: JSON.stringify writes what canonicalJson would, on every device.
  return utf8(
    `gp1|slip|${JSON.stringify({ a: answers, id: base64url(id), o: organ, s: base64url(salt), survey, v: 1 })}`,
  )
}

/** A comment, by the hash of its salt and text: SHA-256(salt + text). */
export function commentLeaf(hash: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes('gp1|comment|', base64url(key(hash)))
}

/** What the hash of `commentLeaf` is made from. */
export function commentInput(salt: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  return joinBytes(salt, text)
}

/** The last leaf: SHA-256 of the canonical text of all cells, in hexadecimal. */
export function talliesLeaf(hash: string): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|tallies|${hash}`)
}

// Fixed lengths make the joined bytes unambiguous.
function key(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new TypeError('key needs 32 bytes')
  return bytes
}

/**
 * The class in which a slip is counted and weighted. `cell` is the verified cell of the ticket, `psu` the sampling
 * cluster, `baseClass` the class of base weight (from 1), `margins` the self-declared values in plan order.
 */
export interface WeightingCell {
  readonly channel: 'sampled' | 'open'
  readonly cell: string
  readonly psu: string | null
  readonly baseClass: number
  readonly margins: readonly string[]
}

const VERIFIED_CELL = /^[a-z0-9-]{1,24}$/
const PSU = /^[a-z0-9][a-z0-9-]{0,23}$/
const MARGIN_VALUE = /^(__missing|[a-z][a-z0-9_]{0,23})$/
const BASE_CLASS = /^[1-9][0-9]{0,2}$/
const MAX_CELL_LENGTH = 200

/** The text stored with a slip. sampled, cell all, no cluster, class 1: 'sampled|all|-|1|yunhu|age60|__missing' */
export function weightingCell(cell: WeightingCell): string {
  const text = [cell.channel, cell.cell, cell.psu ?? '-', String(cell.baseClass), ...cell.margins].join('|')
  const read = parseWeightingCell(text)
  if (!read.ok || read.value.margins.length !== cell.margins.length) {
    throw new TypeError('weightingCell requires valid names, at most 200 characters in all')
  }
  return text
}

/** The parts of a stored weighting cell. */
export function parseWeightingCell(text: string): Result<WeightingCell, 'not_a_cell'> {
  const [channel, cell, psu, baseClass, ...margins] = text.split('|')
  if (text.length > MAX_CELL_LENGTH || (channel !== 'sampled' && channel !== 'open')) return err('not_a_cell')
  if (cell === undefined || !VERIFIED_CELL.test(cell)) return err('not_a_cell')
  if (psu === undefined || (psu !== '-' && !PSU.test(psu))) return err('not_a_cell')
  if (baseClass === undefined || !BASE_CLASS.test(baseClass)) return err('not_a_cell')
  if (!margins.every((value) => MARGIN_VALUE.test(value))) return err('not_a_cell')
  return ok({ channel, cell, psu: psu === '-' ? null : psu, baseClass: Number(baseClass), margins })
}
