// Everything that is hashed, stored or compared passes through this file first. Two people who typed the same words
// must get the same bytes, whatever device they used; otherwise a receipt, a questionnaire's fingerprint or a recount
// would differ for reasons nobody can see. Text is put into one form, data into one spelling, bytes into one alphabet.

import { err, ok, type Result } from './result.ts'

export type TextProblem = 'not_well_formed' | 'forbidden_character'

/**
 * The one form in which typed text is validated, hashed, stored and shown.
 * CRLF becomes LF, tab a space; marks that turn the writing direction vanish; NFC; outer white space goes.
 * canonicalText(' cafe\u0301\r\n') // ok('café')
 */
export function canonicalText(text: string): Result<string, TextProblem> {
  let needsCleaning = false
  let needsComposing = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20) {
      if (unit === 0x0d && text.charCodeAt(i + 1) === 0x0a) needsCleaning = true
      else if (unit === 0x09) needsCleaning = true
      else if (unit !== 0x0a) return err('forbidden_character')
    } else if (unit >= 0x7f) {
      if (unit <= 0x9f) return err('forbidden_character')
      // Below U+0300 every character is its own composed form.
      if (unit >= 0x300) needsComposing = true
      if (unit >= 0xd800 && unit <= 0xdfff) {
        const low = text.charCodeAt(i + 1)
        if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return err('not_well_formed')
        // The last two code points of every plane are non-characters: their low halves end in 3FE and 3FF.
        if ((unit & 0x3f) === 0x3f && low >= 0xdffe) return err('forbidden_character')
        i++
      } else if ((unit >= 0xfdd0 && unit <= 0xfdef) || unit >= 0xfffe) return err('forbidden_character')
      else if (turnsDirection(unit)) needsCleaning = true
    }
  }
  let clean = text
  if (needsCleaning) {
    clean = clean
      .replaceAll('\r\n', '\n')
      .replaceAll('\t', ' ')
      .replace(/[\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
  }
  if (needsComposing) clean = clean.normalize('NFC')
  return ok(clean.trim())
}

// U+FEFF turns nothing, but is as invisible and makes equal words unequal.
function turnsDirection(unit: number): boolean {
  return (unit >= 0x202a && unit <= 0x202e) || (unit >= 0x2066 && unit <= 0x2069) || unit === 0xfeff
}

/** How many characters of a text can be seen: no white space, joiners or fillers. visibleLength('a\u200b 好') // 2 */
export function visibleLength(text: string): number {
  return [...text.replace(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, '')].length
}

/**
 * RFC 8785 (JSON Canonicalization Scheme), restricted: objects, arrays, strings, safe integers, booleans, null.
 * canonicalJson({ b: [1, true], a: '€' }) // '{"a":"€","b":[1,true]}'
 */
// Fractions are strings in all our data, so the hard half of RFC 8785, printing doubles, never arises.
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new TypeError('canonicalJson requires safe integers; write fractions as text')
    return String(value)
  }
  if (Array.isArray(value)) {
    // Not map(): it skips the holes of a sparse array, which would print as nothing.
    let out = '['
    for (let i = 0; i < value.length; i++) out += (i === 0 ? '' : ',') + canonicalJson(value[i])
    return `${out}]`
  }
  if (isPlainObject(value)) {
    let out = ''
    for (const key of sortedKeys(value)) out += `${out === '' ? '' : ','}${quote(key)}:${canonicalJson(value[key])}`
    return `{${out}}`
  }
  throw new TypeError('canonicalJson requires plain objects, arrays, text, integers, booleans or null')
}

// The default order of sort() is by UTF-16 code units, which is what RFC 8785 section 3.2.3 asks for. Most of our
// objects are written in that order, and sorting costs more than looking.
function sortedKeys(value: Record<string, unknown>): string[] {
  const keys = Object.keys(value)
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort()
  return keys
}

function quote(text: string): string {
  // Codes, keys and numbers, which is nearly everything, stand as they are.
  if (isPlain(text)) return `"${text}"`
  const quoted = JSON.stringify(text)
  // JSON.stringify writes lone surrogates as \udxxx and nothing else that way; RFC 8785 demands an error.
  if (quoted.includes('\\ud') && !isWellFormed(text)) {
    throw new TypeError('canonicalJson requires well-formed text')
  }
  return quoted
}

/** Printable ASCII without quotation mark and backslash: what JSON writes unchanged. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return false
  }
  return true
}

function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0xd800 || unit > 0xdfff) continue
    const low = text.charCodeAt(i + 1)
    if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return false
    i++
  }
  return true
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const encoder = /* @__PURE__ */ new TextEncoder()

/** The UTF-8 bytes of a text. utf8('€') // e2 82 ac */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/** Bytes one after the other, texts among them as UTF-8. hex(joinBytes('a', new Uint8Array([1]))) // '6101' */
export function joinBytes(...parts: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  let room = 0
  // No UTF-16 unit needs more than three bytes.
  for (const part of parts) room += typeof part === 'string' ? part.length * 3 : part.length
  const out = new Uint8Array(room)
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') at = writeText(part, out, at)
    else {
      out.set(part, at)
      at += part.length
    }
  }
  return at === room ? out : out.subarray(0, at)
}

/** Puts a text at a place where it has room, and says where it ends. */
function writeText(text: string, out: Uint8Array, start: number): number {
  // Most texts are ASCII, for which the encoder costs more than a look at each letter.
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return start + encoder.encodeInto(text, out.subarray(start)).written
    out[start + i] = unit
  }
  return start + text.length
}

/** Lower-case hexadecimal. hex(utf8('€')) // 'e282ac' */
export function hex(bytes: Uint8Array): string {
  const digits = '0123456789abcdef'
  let out = ''
  for (const byte of bytes) out += digits[byte >> 4]! + digits[byte & 15]!
  return out
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Value of each letter by its code; 255 for what is no letter. Made so that a bundle without a use for it leaves it out. */
const VALUES = /* @__PURE__ */ valuesOf(ALPHABET)

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(255)
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value
  return values
}

/** Below, equal to or above 0 as a comes before, with or after b, byte by byte as SQLite orders blobs. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Two letters for every twelve bits. */
const PAIRS = /* @__PURE__ */ Array.from({ length: 4_096 }, (_, bits) => ALPHABET[bits >> 6]! + ALPHABET[bits & 63]!)

/** Base64url without padding, RFC 4648 section 5. base64url(utf8('fo')) // 'Zm8' */
export function base64url(bytes: Uint8Array): string {
  let out = ''
  let i = 0
  for (; i + 2 < bytes.length; i += 3) {
    const triple = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    out += PAIRS[triple >> 12]! + PAIRS[triple & 4_095]!
  }
  const left = bytes.length - i
  if (left === 1) out += PAIRS[bytes[i]! << 4]!
  if (left === 2) {
    const double = (bytes[i]! << 8) | bytes[i + 1]!
    out += PAIRS[double >> 4]! + ALPHABET[(double & 15) << 2]!
  }
  return out
}

/** The bytes of a base64url text; null for anything base64url() would not have written. fromBase64url('Zm9') // null */
// Strict, so that one value has one spelling: a tag or key that could be written in two ways could be counted twice.
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  const tail = text.length % 4
  if (tail === 1) return null
  const out = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? 255
    if (value === 255) return null
    bits = ((bits << 6) | value) & 0xfff
    held += 6
    if (held >= 8) {
      held -= 8
      out[at++] = (bits >> held) & 0xff
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? out : null
}
