import { err, ok, type Result } from '../surveys/result.ts'

/**
 * Readers of request bodies. They count bytes while they arrive (Content-Length is only a claim), refuse what a
 * lenient parser would repair, and never build nested objects out of form names.
 */
export type BodyRefusal = 'bad_request' | 'too_large' | 'unsupported_media_type'

export type Fields = ReadonlyMap<string, readonly string[]>

/** The values of a form that holds these fields and no others, each at most once; null for any other form. */
export function formValues<Name extends string>(
  fields: Fields,
  names: readonly Name[],
): Partial<Record<Name, string>> | null {
  const values: Partial<Record<Name, string>> = {}
  for (const [field, given] of fields) {
    const name = names.find((each) => each === field)
    if (name === undefined || given.length !== 1) return null
    values[name] = given[0]!
  }
  return values
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const maximumFields = 2_000
const maximumDepth = 16
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** Media type in lower case without parameters; '' when absent. */
export function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
}

/** A form with files in it: the fields as in any form, and the bytes of each file by the name of its field. */
export interface FormWithFiles {
  readonly fields: Fields
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** A multipart form; refused above `maximumBytes`, when it comes compressed, or when a part has no name. */
export async function readMultipart(
  request: Request,
  maximumBytes: number,
): Promise<Result<FormWithFiles, BodyRefusal>> {
  if (request.headers.has('content-encoding')) return err('unsupported_media_type')
  if (Number(request.headers.get('content-length') ?? 0) > maximumBytes) return err('too_large')
  const fields = new Map<string, string[]>()
  const files = new Map<string, Uint8Array>()
  try {
    const bytes = await readBytes(request, maximumBytes)
    if (bytes === null) return err('too_large')
    const headers = { 'content-type': request.headers.get('content-type') ?? '' }
    // The platform's own parser, over bytes that were counted.
    const form = await new Response(bytes as Uint8Array<ArrayBuffer>, { headers }).formData()
    let count = 0
    for (const [name, value] of form) {
      if (name === '' || ++count > maximumFields || files.has(name)) return err('bad_request')
      if (typeof value !== 'string') files.set(name, new Uint8Array(await value.arrayBuffer()))
      else fields.set(name, [...(fields.get(name) ?? []), value])
    }
  } catch {
    return err('bad_request')
  }
  return ok({ fields, files })
}

/** The whole body as text; refused above `maximumBytes`, when it is not UTF-8, or when it comes compressed. */
export async function readText(request: Request, maximumBytes: number): Promise<Result<string, BodyRefusal>> {
  if (request.headers.has('content-encoding')) return err('unsupported_media_type')
  if (Number(request.headers.get('content-length') ?? 0) > maximumBytes) return err('too_large')
  let bytes: Uint8Array
  try {
    const read = await readBytes(request, maximumBytes)
    if (read === null) return err('too_large')
    bytes = read
  } catch {
    return err('bad_request')
  }
  try {
    return ok(strictUtf8.decode(bytes))
  } catch {
    return err('bad_request')
  }
}

async function readBytes(request: Request, maximumBytes: number): Promise<Uint8Array | null> {
  // With a trustworthy length the runtime's own reader is several times faster than a stream.
  const claimed = request.headers.get('content-length')
  if (claimed !== null && request.headers.get('transfer-encoding') === null) {
    const whole = new Uint8Array(await request.arrayBuffer())
    return whole.length > maximumBytes ? null : whole
  }
  if (!request.body) return new Uint8Array(0)
  const parts: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maximumBytes) {
      await reader.cancel()
      return null
    }
    parts.push(value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export type ReadForm =
  | { readonly ok: true; readonly value: Fields }
  | { readonly ok: false; readonly error: 'too_large' }
  | { readonly ok: false; readonly error: 'bad_request'; readonly fault: BodyFault }

/** A urlencoded form as flat fields in order of arrival. Names are never split at dots or brackets. */
export function parseForm(text: string): ReadForm {
  const fields = new Map<string, string[]>()
  if (text === '') return ok(fields)
  let count = 0
  for (const pair of text.split('&')) {
    if (pair === '') continue
    if (++count > maximumFields) return err('too_large')
    const cut = pair.indexOf('=')
    const name = decodeFormText(cut < 0 ? pair : pair.slice(0, cut))
    const value = decodeFormText(cut < 0 ? '' : pair.slice(cut + 1))
    // A name that cannot be read cannot be told either.
    if (name === null || value === null || name === '')
      return { ok: false, error: 'bad_request', fault: { path: name ?? '', code: 'malformed' } }
    const known = fields.get(name)
    if (known) known.push(value)
    else fields.set(name, [value])
  }
  return ok(fields)
}

function decodeFormText(text: string): string | null {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

/** What keeps a body from being read, and where it stands in it: `answers.caizhengting`, `organs[1]`, '' for the whole. */
export interface BodyFault {
  readonly path: string
  readonly code: 'malformed' | 'repeated' | 'unknown_field' | 'too_many' | 'too_deep'
}

export type ReadJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: 'bad_request'; readonly fault: BodyFault }

/**
 * JSON text as plain data. JSON.parse alone lets the last of two equal keys win and takes keys that reach prototypes,
 * so the text is walked once before: depth at most 16, at most 2,000 keys, no duplicate and no prototype key,
 * whole numbers only within the safe range, no half of a surrogate pair.
 */
export function parseJson(text: string): ReadJson {
  const fault = findFault(text)
  if (fault) return { ok: false, error: 'bad_request', fault }
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch {
    return { ok: false, error: 'bad_request', fault: { path: '', code: 'malformed' } }
  }
}

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** An object or list that is not closed yet: the keys of an object, and its entry that is being read. */
interface Opened {
  readonly keys: Set<string> | null
  at: string | number | null
}

function findFault(text: string): BodyFault | null {
  const open: Opened[] = []
  const fault = (code: BodyFault['code']): BodyFault => ({ path: pathOf(open), code })
  let keys = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    const inside = open[open.length - 1]
    if (code === 0x7b || code === 0x5b) {
      if (open.length === maximumDepth) return fault('too_deep')
      open.push(code === 0x7b ? { keys: new Set(), at: null } : { keys: null, at: 0 })
      at++
    } else if (code === 0x7d || code === 0x5d) {
      if (open.pop() === undefined) return fault('malformed')
      at++
    } else if (code === 0x2c) {
      if (typeof inside?.at === 'number') inside.at++
      at++
    } else if (code === 0x22) {
      const end = endOfString(text, at)
      if (end < 0) return fault('malformed')
      if (inside?.keys && text.charCodeAt(skipSpace(text, end)) === 0x3a) {
        const key = parseString(text.slice(at, end))
        if (key === null) return fault('malformed')
        inside.at = key
        if (forbiddenKeys.has(key)) return fault('unknown_field')
        if (inside.keys.has(key)) return fault('repeated')
        if (++keys > maximumFields) return fault('too_many')
        inside.keys.add(key)
      }
      if (isHalved(text, at, end)) return fault('malformed')
      at = end
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(text, at)
      const value = Number(text.slice(at, end))
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
        return fault('malformed')
      at = end
    } else at++
  }
  return open.length === 0 ? null : fault('malformed')
}

function pathOf(open: readonly Opened[]): string {
  let path = ''
  for (const { at } of open) {
    if (typeof at === 'number') path += `[${at}]`
    else if (at !== null) path += path === '' ? at : `.${at}`
  }
  return path
}

/** Searched, not walked letter by letter: an envelope is one string of many thousand letters. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at > 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1)
  return at < 0 ? -1 : at + 1
}

/** Whether an odd number of backslashes stands in front, which then do not escape one another. */
function isEscaped(text: string, end: number): boolean {
  let at = end
  while (text.charCodeAt(at - 1) === 0x5c) at--
  return (end - at) % 2 === 1
}

/** Whether a text holds half of a surrogate pair. None that was decoded from UTF-8 does, unless it is written as an escape. */
function isHalved(text: string, start: number, end: number): boolean {
  const quoted = text.slice(start, end)
  return /\\u[dD]/.test(quoted) && /\p{Surrogate}/u.test(parseString(quoted) ?? '')
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++
  return at
}

function endOfNumber(text: string, start: number): number {
  let at = start
  while (at < text.length && '+-.eE0123456789'.includes(text[at]!)) at++
  return at
}

function parseString(quoted: string): string | null {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return null
  }
}
