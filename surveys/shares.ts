// The key that opens a sealed box is cut into shares, one for each trustee. A share is kept on paper or in a file, for
// weeks, and typed again by somebody in a hurry. So its text says for which survey and whose share it is, holds a check
// that finds every slip of the pen, and every way in which it can be wrong has a name of its own.

import { CROCKFORD, codeFromBytes, normaliseCode } from './ballot.ts'
import { hex, utf8 } from './canonical.ts'
import { err, ok, type Result } from './result.ts'

/** SHA-256, given by the caller; a browser answers later. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Which of the trustees, from 1, and what they hold: 32 bytes of a polynomial and the place at which it was taken. */
export interface BoxShare {
  readonly index: number
  readonly share: Uint8Array
}

/** The fewest and most trustees, and the fewest that can open a box. */
export const trusteeLimits = { fewest: 2, most: 8 } as const

const SHARE_BYTES = 33
const CHECK_BYTES = 4
/** 37 bytes are 296 bits, five to a symbol. */
const SYMBOLS = 60
const CODE_BYTES = 10
const CODE_SYMBOLS = 16

/**
 * A share as a trustee keeps it: GPS1-{sid}-{index}-{Crockford base32 of the share and the first 4 bytes of its SHA-256}.
 * A share of 33 zero bytes, the first of leaders-2026:
 * 'GPS1-leaders-2026-1-00000000000000000000000000000000000000000000000000000ZWWKRRG'
 */
export async function writeShare(sid: string, { index, share }: BoxShare, sha256: Sha256): Promise<string> {
  if (share.length !== SHARE_BYTES) throw new TypeError('writeShare needs a share of 33 bytes')
  if (!Number.isInteger(index) || index < 1) throw new TypeError('writeShare needs the index of a trustee, from 1')
  // Four ticket codes hold 40 bytes; the last three bytes are zero, and so are the symbols that are cut off.
  const bytes = new Uint8Array(4 * CODE_BYTES)
  bytes.set(share)
  bytes.set((await sha256(share)).subarray(0, CHECK_BYTES), SHARE_BYTES)
  let symbols = ''
  for (let at = 0; at < bytes.length; at += CODE_BYTES) symbols += codeFromBytes(bytes.subarray(at, at + CODE_BYTES))
  return `GPS1-${sid}-${index}-${symbols.slice(0, SYMBOLS)}`
}

/**
 * Why a text is no share of a box. `wrong_length`: symbols are missing or too many; `wrong_check`: a symbol is wrong;
 * `other_survey`, `wrong_index`: it is a share, but of another box, or of a trustee that this one does not have.
 */
export type ShareProblem = 'not_a_share' | 'wrong_length' | 'other_survey' | 'wrong_index' | 'wrong_check'

/** For which box shares are expected: its survey, into how many shares its key was cut, and how many open it. */
export interface ExpectedShares {
  readonly sid: string
  readonly shares: number
  readonly threshold: number
}

/**
 * Reads the text of a share. Spaces and line breaks are ignored, and hyphens within the symbols; capitals and small
 * letters are alike; O is read as 0, I and L as 1.
 */
// The code of a survey holds hyphens itself. The symbols are always as many and an index has no hyphen, so what is left
// of both, and nothing else, is the code of the survey.
export async function readShare(
  text: string,
  expected: Omit<ExpectedShares, 'threshold'>,
  sha256: Sha256,
): Promise<Result<BoxShare, ShareProblem>> {
  const typed = text.replace(/\s/g, '').replace(HYPHENS, '-')
  const [, rest] = /^gps[1il]-(.*)$/i.exec(typed) ?? []
  if (rest === undefined) return err('not_a_share')
  const parts = cutSymbols(rest)
  const [, sid, digits] = /^(.+)-([0-9oil]{1,2})$/i.exec(parts?.head ?? '') ?? []
  if (!parts || sid === undefined || digits === undefined) return err('wrong_length')
  const bytes = bytesOf(parts.symbols)
  if (!bytes) return err('not_a_share')
  const share = bytes.slice(0, SHARE_BYTES)
  const check = (await sha256(share)).subarray(0, CHECK_BYTES)
  // Whatever follows the 296 bits is zero; so each share has one spelling.
  const holds = hex(bytes.subarray(SHARE_BYTES)) === `${hex(check)}000000`
  const own = fold(expected.sid)
  if (fold(sid) !== own) {
    // With a symbol missing, the index was taken for one, and the end of the code for the index.
    return err(!holds && fold(rest).startsWith(`${own}-`) ? 'wrong_length' : 'other_survey')
  }
  const index = Number(fold(digits))
  if (index < 1 || index > expected.shares) return err('wrong_index')
  if (!holds) return err('wrong_check')
  return ok({ index, share })
}

/** What cannot be told apart on paper is one letter. Codes that differ in nothing else differ in their keys. */
const fold = (text: string): string => text.toLowerCase().replaceAll('o', '0').replace(/[il]/g, '1')

// Also hyphens that word processors write: a sheet may have been copied through one.
const HYPHENS = /[\u2010-\u2015\u2212\uff0d]/g

/** The last 60 symbols without the hyphens among them, and what stands before the hyphen before them. */
function cutSymbols(text: string): { readonly head: string; readonly symbols: string } | null {
  let symbols = ''
  let at = text.length
  while (at > 0 && symbols.length < SYMBOLS) {
    at -= 1
    if (text[at] !== '-') symbols = text[at] + symbols
  }
  const before = text.slice(0, at)
  const head = before.replace(/-+$/, '')
  return symbols.length === SYMBOLS && head !== before ? { head, symbols } : null
}

function bytesOf(symbols: string): Uint8Array | null {
  const filled = symbols.padEnd(4 * CODE_SYMBOLS, '0')
  const bytes = new Uint8Array(4 * CODE_BYTES)
  let bits = 0
  let held = 0
  let to = 0
  for (let from = 0; from < filled.length; from += CODE_SYMBOLS) {
    const code = normaliseCode(filled.slice(from, from + CODE_SYMBOLS))
    if (code === null) return null
    for (const symbol of code) {
      bits = ((bits << 5) | CROCKFORD.indexOf(symbol)) & 0xfff
      held += 5
      if (held >= 8) {
        held -= 8
        bytes[to++] = (bits >> held) & 0xff
      }
    }
  }
  return bytes
}

/** What is wrong with the text at a place of the list, or, at null, with the list: fewer texts than open the box. */
export type ShareFault =
  | { readonly at: number; readonly problem: ShareProblem | 'repeated' }
  | { readonly at: null; readonly problem: 'too_few' }

/**
 * Reads what several trustees have typed; empty texts are left out. The first `threshold` different shares, or everything
 * that is wrong, place by place. That shares belong together cannot be seen: only the key that they make shows it.
 */
export async function readShares(
  texts: readonly string[],
  expected: ExpectedShares,
  sha256: Sha256,
): Promise<Result<readonly BoxShare[], readonly ShareFault[]>> {
  const shares: BoxShare[] = []
  const faults: ShareFault[] = []
  for (const [at, text] of texts.entries()) {
    if (text.trim() === '') continue
    const read = await readShare(text, expected, sha256)
    if (!read.ok) faults.push({ at, problem: read.error })
    else if (shares.some((known) => isSame(known, read.value))) faults.push({ at, problem: 'repeated' })
    else shares.push(read.value)
  }
  if (shares.length + faults.length < expected.threshold) faults.push({ at: null, problem: 'too_few' })
  return faults.length > 0 ? err(faults) : ok(shares.slice(0, expected.threshold))
}

/** Two shares of one trustee, or two that were taken at one place, are one share. */
function isSame(left: BoxShare, right: BoxShare): boolean {
  return left.index === right.index || left.share[SHARE_BYTES - 1] === right.share[SHARE_BYTES - 1]
}

/** Binds what is sealed for a rehearsal to its survey, "{jid}/{sid}": no envelope can be opened in its place. */
export const rehearsalInfo = (survey: string): Uint8Array<ArrayBuffer> => utf8(`gp1|rehearsal|${survey}`)

/**
 * How people compare a key or a text: the first 16 bytes of its SHA-256 as eight groups of four hexadecimal digits.
 * SHA-256 of nothing // 'e3b0 c442 98fc 1c14 9afb f4c8 996f b924'
 */
export function fingerprint(hash: Uint8Array): string {
  if (hash.length < 16) throw new TypeError('fingerprint needs a hash')
  return hex(hash.subarray(0, 16)).replace(/.{4}(?=.)/g, '$& ')
}
