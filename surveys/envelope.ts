// What is inside a sealed envelope. A response to a sealed survey is written down in exactly one way, filled up with
// zeros to one of six sizes, so that nobody can tell from outside whether much or little was said, and only then
// encrypted. When the box is opened, each response is read back here and must be, to the last mark, what the form itself
// would have made of the same answers; anything else is counted as invalid, by name of its fault, and nothing of it is
// kept.

import { type AnswerProblem, MAX_COMMENT_TOTAL, type ResponseAnswers, readAnswers } from './answers.ts'
import { base64url, canonicalJson, canonicalText, fromBase64url, utf8 } from './canonical.ts'
import { formsOf, hasDetail, isSame } from './internal/filled-form.ts'
import { layoutOf, MISSING, type Placed } from './internal/layout.ts'
import type { Questionnaire } from './questionnaire.ts'
import { err, ok, type Result } from './result.ts'

/** One whole response; the names of its fields are those of the sealed JSON, which `writePlaintext` shows. */
export interface SealedResponse {
  /** "{jid}/{sid}". */
  readonly survey: string
  /** The verified cell of the ticket. */
  readonly cell: string
  /** Declared values by margin of the plan; a margin that was not answered is left out. */
  readonly attrs: Readonly<Record<string, string>>
  /** 1: answered in under two seconds a question. For screening, never stored. */
  readonly pace: 0 | 1
  readonly slips: readonly SealedSlip[]
  /** In the order of the slips. */
  readonly comments: readonly SealedComment[]
}

/** The answers about the organ with code `o`: `a` in question order, as in `ResponseAnswers`. */
export interface SealedSlip {
  /** 16 random bytes, as is the salt `s`: made on the respondent's device, unknown outside the envelope. */
  readonly id: Uint8Array
  readonly o: string
  readonly a: readonly number[]
  readonly s: Uint8Array
}

export interface SealedComment {
  readonly id: Uint8Array
  readonly o: string
  readonly t: string
  readonly s: Uint8Array
}

/**
 * Why an envelope is invalid. `not_opened`: not encrypted to this box, survey, cell, ticket and version, or altered
 * since. Then what its bytes are, whom it belongs to, and last the words of the form for answers it would not take.
 */
export type EnvelopeFault =
  | 'not_opened'
  | 'wrong_length'
  | 'wrong_padding'
  | 'not_utf8'
  | 'not_json'
  | 'unknown_version'
  | 'wrong_shape'
  | 'not_canonical'
  | 'wrong_survey'
  | 'wrong_cell'
  | 'unknown_organ'
  | 'unknown_margin'
  | 'repeated_id'
  | 'wrong_answer_count'
  | 'several_details'
  | 'not_as_read'
  | AnswerProblem['code']

const KIB = 1024
const SIZES: readonly number[] = [2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB]
const LARGEST = 64 * KIB
/** The length in front of the JSON, 32 bits. */
const PREFIX = 4
/** What AES-GCM adds. */
const TAG = 16
const ID = 16

/** Length of a plaintext: the first of 2, 4, … 64 KiB with room for the JSON, at least `minPad`. paddedLength(2045, 0) // 4096 */
export function paddedLength(jsonBytes: number, minPad: number): number {
  const size = SIZES.find((each) => each >= jsonBytes + PREFIX && each >= minPad)
  if (size === undefined) throw new RangeError('paddedLength needs at most 64 KiB')
  return size
}

/** Whether an envelope's ciphertext can have this length. isCiphertextLength(2064) // true */
export function isCiphertextLength(bytes: number): boolean {
  return SIZES.includes(bytes - TAG)
}

/** The bytes that are encrypted: the length of the JSON, the JSON, zeros. `minPad` is that of the manifest. */
export function writePlaintext(response: SealedResponse, minPad: number): Uint8Array<ArrayBuffer> {
  const json = jsonOf(response)
  const bytes = new Uint8Array(paddedLength(json.length, minPad))
  new DataView(bytes.buffer).setUint32(0, json.length)
  bytes.set(json, PREFIX)
  return bytes
}

// Keys stand in canonical order and texts are canonical, so that JSON.stringify writes what canonicalJson would; the
// reader holds it against that. This is on every respondent's way, where each function has to be loaded.
function jsonOf({ survey, cell, attrs, pace, slips, comments }: SealedResponse): Uint8Array<ArrayBuffer> {
  return utf8(
    JSON.stringify({
      attrs: Object.fromEntries(Object.entries(attrs).sort()),
      cell,
      comments: comments.map(({ id, o, s, t }) => ({ id: nameOf(id), o, s: nameOf(s), t })),
      pace,
      slips: slips.map(({ a, id, o, s }) => ({ a, id: nameOf(id), o, s: nameOf(s) })),
      survey,
      v: 1,
    }),
  )
}

function nameOf(bytes: Uint8Array): string {
  if (bytes.length !== ID) throw new TypeError('nameOf needs 16 bytes')
  return base64url(bytes)
}

/** What the encryption binds every envelope of a box to (HPKE info): the survey and its manifest. */
export function envelopeInfo(survey: string, manifestHash: Uint8Array): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|box|${survey}|${base64url(hash(manifestHash))}`)
}

/** What it binds this envelope to besides (the associated data): the ticket's cell and tag, and the version. */
export function envelopeContext(survey: string, cell: string, tag: Uint8Array, ver: number): Uint8Array<ArrayBuffer> {
  return utf8(`gp1|env|${survey}|${cell}|${base64url(hash(tag))}|${ver}`)
}

function hash(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new TypeError('hash needs 32 bytes')
  return bytes
}

/**
 * The smallest padding with which all responses have one size, whatever was answered and however much was written: that of
 * the longest one, since after the opening a large envelope would point at the long comments. Names of survey and cell are
 * taken at their longest, so that no cell needs more than another.
 */
export function smallestPadding(
  questionnaire: Questionnaire,
  organs: readonly string[],
  margins: readonly string[],
): number {
  const { subject } = questionnaire
  const { placed, margins: asked, comment } = layoutOf(questionnaire)
  const most = subject.kind === 'each' ? organs.length : subject.kind === 'pick' ? subject.max : 1
  const longestCodes = [...organs].sort((left, right) => right.length - left.length).slice(0, most)
  const name = new Uint8Array(ID)
  // As many comments as there can be, and all of them together as long as they may be.
  const characters = Math.min(comment?.question.maxLength ?? 0, Math.ceil(MAX_COMMENT_TOTAL / longestCodes.length))
  const a = placed.map(longestMark)
  const attrs = [...asked.values()]
    .filter((margin) => margins.includes(margin.name))
    .map((margin) => [margin.name, longest([...margin.values.values()].filter((value) => value !== MISSING))])
  const response: SealedResponse = {
    survey: 'x'.repeat(81),
    cell: 'x'.repeat(24),
    attrs: Object.fromEntries(attrs),
    pace: 0,
    slips: longestCodes.map((o) => ({ id: name, o, a, s: name })),
    comments: comment
      ? longestCodes.map((o) => ({ id: name, o, t: LONGEST_CHARACTER.repeat(characters), s: name }))
      : [],
  }
  return paddedLength(jsonOf(response).length, 0)
}

/** One character of four bytes; no other needs more, in a text that JSON does not escape. */
const LONGEST_CHARACTER = '\u{20bb7}'

/** The mark of a question that takes most room: -1, its largest value, or the mask of all options. */
function longestMark({ question, marks }: Placed): number {
  if (question.type === 'choice' && question.multiple) return 2 ** marks.size - 1
  return Number(longest(['-1', ...[...marks.values()].map(String)]))
}

function longest(texts: readonly string[]): string {
  return texts.reduce((left, right) => (right.length > left.length ? right : left), '')
}

// A byte order mark is three bytes too many, not something to pass over.
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The response in a decrypted plaintext. Only the bytes that `writePlaintext` makes are read; no bytes make it throw. */
export function readPlaintext(bytes: Uint8Array, minPad: number): Result<SealedResponse, EnvelopeFault> {
  if (bytes.length < PREFIX) return err('wrong_length')
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (length > LARGEST - PREFIX || paddedLength(length, minPad) !== bytes.length) return err('wrong_length')
  for (let i = PREFIX + length; i < bytes.length; i++) if (bytes[i] !== 0) return err('wrong_padding')
  const text = decode(bytes.subarray(PREFIX, PREFIX + length))
  if (text === null) return err('not_utf8')
  const value = parse(text)
  if (value === undefined) return err('not_json')
  if (isObject(value) && value['v'] !== 1) return err('unknown_version')
  const response = responseOf(value)
  if (response === null) return err('wrong_shape')
  if (!textsOf(response).every(isCanonical)) return err('not_text')
  // The same response in other bytes (spaces, another order, a key given twice) would be another envelope of one content.
  return canonicalJson(value) === text ? ok(response) : err('not_canonical')
}

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** undefined is no value of JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type JsonObject = { readonly [key: string]: unknown }

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object with these keys and no others. */
function hasOnly(value: unknown, keys: readonly string[]): value is JsonObject {
  return isObject(value) && Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key))
}

const RESPONSE = ['attrs', 'cell', 'comments', 'pace', 'slips', 'survey', 'v']
const SLIP = ['a', 'id', 'o', 's']
const COMMENT = ['id', 'o', 's', 't']

function responseOf(value: unknown): SealedResponse | null {
  if (!hasOnly(value, RESPONSE)) return null
  const { survey, cell, attrs, pace } = value
  if (typeof survey !== 'string' || typeof cell !== 'string' || (pace !== 0 && pace !== 1)) return null
  const slips = listOf(value['slips'], slipOf)
  const comments = listOf(value['comments'], commentOf)
  return slips && comments && isTexts(attrs) ? { survey, cell, attrs, pace, slips, comments } : null
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string')
}

/** Every entry read; null when one cannot be. */
function listOf<T>(value: unknown, read: (entry: unknown) => T | null): T[] | null {
  if (!Array.isArray(value)) return null
  const list: T[] = []
  for (const entry of value) {
    const one = read(entry)
    if (one === null) return null
    list.push(one)
  }
  return list
}

function slipOf(value: unknown): SealedSlip | null {
  if (!hasOnly(value, SLIP)) return null
  const id = bytesOf(value['id'])
  const s = bytesOf(value['s'])
  const a = listOf(value['a'], (mark) => (Number.isSafeInteger(mark) ? Number(mark) : null))
  return id && s && a && typeof value['o'] === 'string' ? { id, o: value['o'], a, s } : null
}

function commentOf(value: unknown): SealedComment | null {
  if (!hasOnly(value, COMMENT)) return null
  const id = bytesOf(value['id'])
  const s = bytesOf(value['s'])
  const { o, t } = value
  return id && s && typeof o === 'string' && typeof t === 'string' ? { id, o, t, s } : null
}

function bytesOf(value: unknown): Uint8Array | null {
  const bytes = typeof value === 'string' ? fromBase64url(value) : null
  return bytes?.length === ID ? bytes : null
}

function textsOf({ survey, cell, attrs, slips, comments }: SealedResponse): string[] {
  const rated = slips.map(({ o }) => o)
  return [survey, cell, ...Object.entries(attrs).flat(), ...rated, ...comments.flatMap(({ o, t }) => [o, t])]
}

function isCanonical(text: string): boolean {
  const canonical = canonicalText(text)
  return canonical.ok && canonical.value === text
}

/** What a response is held against: its survey's definitions, and the cell that its ticket was given for. */
export interface ResponseTerms {
  readonly survey: string
  readonly cell: string
  readonly questionnaire: Questionnaire
  /** Codes of the organs that may be rated. */
  readonly organs: readonly string[]
  /** The plan's margins of this group. */
  readonly margins: readonly string[]
}

/**
 * The answers of a response, if marks on the form lead to exactly these by `readAnswers`: about the organs of its slips,
 * asked in detail about the one that has such answers, else the first. Margins outside the plan mean nothing in it.
 */
export function checkResponse(response: SealedResponse, terms: ResponseTerms): Result<ResponseAnswers, EnvelopeFault> {
  const { slips, comments, attrs } = response
  const { questionnaire, margins } = terms
  const layout = layoutOf(questionnaire)
  const entries = [...slips, ...comments]
  if (response.survey !== terms.survey) return err('wrong_survey')
  if (response.cell !== terms.cell) return err('wrong_cell')
  if (!entries.every(({ o }) => terms.organs.includes(o))) return err('unknown_organ')
  const asked = new Set([...layout.margins.values()].map(({ name }) => name))
  if (!Object.keys(attrs).every((name) => margins.includes(name) && asked.has(name))) return err('unknown_margin')
  if (new Set(entries.map(({ id }) => base64url(id))).size !== entries.length) return err('repeated_id')
  if (slips.some(({ a }) => a.length !== layout.placed.length)) return err('wrong_answer_count')
  const organs = slips.map(({ o }) => o)
  const isDetailed = questionnaire.subject.detail === 'first'
  const detailed = isDetailed ? slips.filter((slip) => hasDetail(layout, slip, comments)) : []
  if (detailed.length > 1) return err('several_details')
  const detailFor = isDetailed ? (detailed[0]?.o ?? organs[0] ?? null) : null
  let fault: EnvelopeFault = 'not_as_read'
  for (const fields of formsOf(layout, response, margins)) {
    const read = readAnswers(questionnaire, { organs, detailFor, fields })
    if (!read.ok) fault = read.error[0]!.code
    // Else it holds marks that the form would have dropped (hidden questions, an organ without any answer) or put otherwise.
    else if (isSame(response, read.value, margins)) return ok(read.value)
  }
  return err(fault)
}
