import { fields as names } from '../../client/urls.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { Fields, Json } from '../body.ts'
import type { Body } from '../route.ts'

/** One response as it was sent, before its answers are read: form and JSON bodies in one shape. */
export interface Submission {
  elig: string
  /** Request key, 32 bytes, the same in every retry. */
  k: Uint8Array
  kText: string
  channel: string
  /** Key of the mailbox, 32 bytes, if this person asks for an answer to a low rating; `make`: the server makes the code. */
  mailbox: Uint8Array | typeof makeMailbox | null
  /** Organs chosen by the respondent, in order of arrival. */
  organs: readonly string[]
  /** Only answers: `q.…`, `c.…`, `m.…`. */
  answers: Fields
}

/** In the place of a key: the server makes the code, for a device that cannot. */
export const makeMailbox = 'make'

export type BodyProblem = { path: string; code: 'required' | 'malformed' | 'unknown_field' | 'repeated' }

const ownNames = new Set<string>([names.eligibility, names.requestKey, names.channel, names.organ, names.mailbox])
// What a browser may send along: the chosen language and text size, and which button was pressed.
const carriedNames = new Set<string>([names.locale, names.size, names.show, names.issuer])

/** Splits a form into what it says about itself and its answers. */
export function readSubmission(body: Body): Result<Submission, BodyProblem[]> {
  if (body.kind === 'none') return err([{ path: '', code: 'required' }])
  const read = body.kind === 'form' ? ok(body.fields) : fieldsOfJson(body.value)
  if (!read.ok) return read
  const given = read.value
  const answers = new Map<string, readonly string[]>()
  const problems: BodyProblem[] = []
  for (const [name, values] of given) {
    if (name.startsWith('q.') || name.startsWith('c.') || name.startsWith('m.')) answers.set(name, values)
    else if (!ownNames.has(name) && !carriedNames.has(name)) problems.push({ path: name, code: 'unknown_field' })
  }
  const single = (name: string) => {
    const values = given.get(name) ?? []
    if (values.length > 1) problems.push({ path: name, code: 'repeated' })
    return values[0] ?? ''
  }
  const elig = single(names.eligibility)
  const kText = single(names.requestKey)
  const channel = single(names.channel)
  const k = fromBase64url(kText)
  const mailboxText = single(names.mailbox)
  const mailbox = mailboxText === '' ? null : mailboxText === makeMailbox ? makeMailbox : fromBase64url(mailboxText)
  if (elig === '') problems.push({ path: names.eligibility, code: 'required' })
  if (kText === '') problems.push({ path: names.requestKey, code: 'required' })
  else if (k?.length !== 32) problems.push({ path: names.requestKey, code: 'malformed' })
  if (mailboxText !== '' && mailbox !== makeMailbox && mailbox?.length !== 32)
    problems.push({ path: names.mailbox, code: 'malformed' })
  if (problems.length > 0 || k === null) return err(problems)
  return ok({ elig, k, kText, channel, mailbox, organs: given.get(names.organ) ?? [], answers })
}

/** Where a field stands in the body that was sent: a form has it under its own name. */
export function pathIn({ kind }: Body, field: string): string {
  return kind === 'json' ? jsonPath(field) : field
}

const jsonNames = new Map<string, string>([
  ['q', 'answers'],
  ['c', 'comments'],
  ['m', 'margins'],
  [names.organ, 'organs'],
])

/** The place in JSON from which `fieldsOfJson` takes a field. jsonPath('q.caizhengting.law') // 'answers.caizhengting.law' */
export function jsonPath(field: string): string {
  const [head = '', ...rest] = field.split('.')
  return [jsonNames.get(head) ?? head, ...rest].join('.')
}

/**
 * JSON: { v: 1 | 2, elig, k, mailbox (of v2), ch?, organs?: [code], answers: { organ: { question: value | [values] } },
 * comments?: { organ: text }, margins?: { question: value } }. Values are texts or whole numbers.
 */
function fieldsOfJson(value: Json): Result<Fields, BodyProblem[]> {
  const problems: BodyProblem[] = []
  const fields = new Map<string, readonly string[]>()
  if (!isObject(value)) return err([{ path: '', code: 'malformed' }])
  const own = value['v'] === 2 ? [names.mailbox] : []
  const known = new Set<string>(['v', 'elig', 'k', 'ch', 'organs', 'answers', 'comments', 'margins', ...own])
  for (const name of Object.keys(value)) if (!known.has(name)) problems.push({ path: name, code: 'unknown_field' })
  if (value['v'] === 2 && value[names.mailbox] === undefined) problems.push({ path: names.mailbox, code: 'required' })
  if (value['v'] !== 1 && value['v'] !== 2)
    problems.push({ path: 'v', code: value['v'] === undefined ? 'required' : 'malformed' })
  const put = (name: string, given: Json | undefined) => {
    if (given === undefined) return
    const texts = textsOf(given)
    if (texts === null) problems.push({ path: jsonPath(name), code: 'malformed' })
    else fields.set(name, texts)
  }
  const single = (name: string, given: Json | undefined) => {
    if (given !== undefined && typeof given !== 'string') problems.push({ path: name, code: 'malformed' })
    else if (given !== undefined) fields.set(name, [given])
  }
  single(names.eligibility, value['elig'])
  single(names.requestKey, value['k'])
  single(names.channel, value['ch'])
  single(names.mailbox, value[names.mailbox])
  put(names.organ, value['organs'])
  eachEntry(value['answers'], 'answers', problems, (organ, questions) =>
    eachEntry(questions, `answers.${organ}`, problems, (question, answer) => put(`q.${organ}.${question}`, answer)),
  )
  eachEntry(value['comments'], 'comments', problems, (organ, text) => put(`c.${organ}`, text))
  eachEntry(value['margins'], 'margins', problems, (question, margin) => put(`m.${question}`, margin))
  return problems.length > 0 ? err(problems) : ok(fields)
}

function eachEntry(
  value: Json | undefined,
  path: string,
  problems: BodyProblem[],
  visit: (key: string, value: Json) => void,
): void {
  if (value === undefined) return
  if (!isObject(value)) problems.push({ path, code: 'malformed' })
  else for (const [key, entry] of Object.entries(value)) visit(key, entry)
}

function textsOf(value: Json): string[] | null {
  const entries = Array.isArray(value) ? value : [value]
  const texts: string[] = []
  for (const entry of entries) {
    if (typeof entry === 'string') texts.push(entry)
    else if (typeof entry === 'number' && Number.isSafeInteger(entry)) texts.push(String(entry))
    else return null
  }
  return texts
}

/** Whether JSON is an object, and no list. */
export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
