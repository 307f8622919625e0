import { fromBase64url } from '../../surveys/canonical.ts'
import type { Json } from '../body.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import type { Body, Exchange } from '../route.ts'
import { type BodyProblem, isObject } from './response.ts'

/** The fields of one JSON message, with every problem and its place; unknown fields are problems. */
export class MessageReader {
  readonly problems: BodyProblem[] = []
  readonly fields: { readonly [name: string]: Json }

  constructor(body: Body, known: readonly string[]) {
    const value = body.kind === 'json' ? body.value : undefined
    this.fields = isObject(value) ? value : {}
    if (!isObject(value)) this.problems.push({ path: '', code: 'malformed' })
    for (const path of Object.keys(this.fields))
      if (!known.includes(path)) this.problems.push({ path, code: 'unknown_field' })
  }
}

/** A text; a missing one is a problem unless there is another to take. */
export function textAt(read: MessageReader, path: string, otherwise?: string): string {
  const value = read.fields[path]
  if (typeof value === 'string') return value
  if (value === undefined && otherwise !== undefined) return otherwise
  read.problems.push({ path, code: value === undefined ? 'required' : 'malformed' })
  return ''
}

/** Bytes written as base64url, exactly so many, or as many as `fits` allows. */
export function bytesAt(
  read: MessageReader,
  path: string,
  fits: number | ((length: number) => boolean),
): Uint8Array<ArrayBuffer> {
  const given = read.fields[path]
  const bytes = typeof given === 'string' ? fromBase64url(given) : null
  const isRight = bytes !== null && (typeof fits === 'number' ? bytes.length === fits : fits(bytes.length))
  if (isRight) return bytes
  read.problems.push({ path, code: given === undefined ? 'required' : 'malformed' })
  return new Uint8Array(0)
}

/** A whole number within bounds, both allowed. */
export function wholeAt(read: MessageReader, path: string, least: number, most: number): number {
  const value = read.fields[path]
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  read.problems.push({ path, code: value === undefined ? 'required' : 'malformed' })
  return least
}

/** An answer to a program. */
export function answerJson(exchange: Exchange, body: unknown): Response {
  const headers = { ...securityHeaders('data', isHttps(exchange.world.config)), 'Content-Type': 'application/json' }
  return new Response(JSON.stringify(body), { headers })
}
