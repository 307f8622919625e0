import { createHash, randomBytes } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { fields as names, urls } from '../../../client/urls.ts'
import { liveTagInput } from '../../../surveys/ballot.ts'
import type { Installation } from './installation.ts'

// Citizens who answer over HTTP, half of them by the form and half by JSON, and what each was told. Their right to
// answer is sealed with the installation's own key, as the text message would have given it.

export interface Person {
  readonly at: number
  readonly kind: 'form' | 'json'
  readonly path: string
  /** The very bytes of the request, the same in every try. */
  readonly body: string
  /** SHA-256("gp1|tag|live|" + p + k), computed here. */
  readonly tag: string
  /** Overall marks by organ. */
  readonly marks: ReadonlyMap<string, number>
}

export interface Crowd {
  next(): Promise<Person>
  /** The receipt that the server must give, whenever it is asked: tag and signature. */
  receiptOf(person: Person): Promise<string>
}

const hour = 3_600_000

/** `from` is the number of the first person: another crowd begins elsewhere, since nobody may answer twice. */
export function createCrowd({ keys, cycle, name }: Installation, from = 0): Crowd {
  const survey = name('public')
  const sid = cycle.survey('public').sid
  let persons = from
  return {
    async next() {
      const at = persons++
      const pseudonym = new Uint8Array(await keys.pseudonym(survey, `citizen-${at}`))
      const expires = Date.now() + 5 * hour
      const elig = await keys.sealEligibility({ survey, pseudonym, cell: 'all', adapter: 'sms', expires })
      const k = randomBytes(32)
      const marks = new Map(
        [0, 1, 2]
          .slice(0, 1 + (at % 3))
          .map((step) => [cycle.organs[(at + step) % cycle.organs.length]!, 1 + ((at + step) % 5)]),
      )
      const kind = at % 2 === 0 ? 'form' : 'json'
      const said = {
        elig,
        k: k.toString('base64url'),
        marks,
        city: at % 4 === 0 ? 'yunhu' : '',
        comment: at % 10 === 0 ? `意见 ${at}` : '',
      }
      return {
        at,
        kind,
        path: urls.answer(cycle.jid, sid),
        body: kind === 'form' ? formBody(said) : jsonBody(said),
        tag: createHash('sha256').update(liveTagInput(pseudonym, k)).digest('base64url'),
        marks,
      }
    },
    async receiptOf({ tag }) {
      const signature = await keys.signReceipt(survey, 'all', Buffer.from(tag, 'base64url'))
      return `${tag}.${Buffer.from(signature).toString('base64url')}`
    },
  }
}

interface Said {
  readonly elig: string
  readonly k: string
  readonly marks: ReadonlyMap<string, number>
  readonly city: string
  readonly comment: string
}

function formBody({ elig, k, marks, city, comment }: Said): string {
  const form = new URLSearchParams([
    [names.eligibility, elig],
    [names.requestKey, k],
  ])
  for (const organ of marks.keys()) form.append(names.organ, organ)
  for (const [organ, mark] of marks) form.append(`q.${organ}.overall`, String(mark))
  if (comment) form.append(`c.${[...marks.keys()][0]}`, comment)
  if (city) form.append('m.city', city)
  return form.toString()
}

function jsonBody({ elig, k, marks, city, comment }: Said): string {
  const answers = Object.fromEntries([...marks].map(([organ, overall]) => [organ, { overall }]))
  const comments = comment ? { [[...marks.keys()][0]!]: comment } : {}
  return JSON.stringify({ v: 1, elig, k, organs: [...marks.keys()], answers, comments, margins: city ? { city } : {} })
}

export type Answer =
  | { readonly kind: 'taken'; readonly receipt: string; readonly outcome: 'accepted' | 'replayed' | null }
  | { readonly kind: 'unavailable'; readonly retryAfter: string | undefined; readonly text: string }
  /** No answer came, or only a part of one. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'other'; readonly status: number; readonly text: string }

/** Sends one response and reads what came back. */
export function send(
  port: number,
  person: Pick<Person, 'at' | 'kind' | 'path' | 'body'>,
  agent?: Agent,
): Promise<Answer> {
  const isForm = person.kind === 'form'
  const headers = {
    'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    'content-length': Buffer.byteLength(person.body),
    accept: isForm ? 'text/html' : 'application/json',
    'x-forwarded-for': `10.${(person.at >> 12) & 15}.${(person.at >> 6) & 63}.${person.at & 63}`,
  }
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', method: 'POST', path: person.path, headers, ...(agent ? { agent } : {}) }
    const sent = request(options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', () => resolve({ kind: 'gone' }))
      response.once('close', () => {
        if (!response.complete) resolve({ kind: 'gone' })
        else resolve(readAnswer(response.statusCode ?? 0, response.headers, Buffer.concat(parts).toString('utf8')))
      })
    })
    sent.once('error', () => resolve({ kind: 'gone' }))
    sent.end(person.body)
  })
}

function readAnswer(status: number, headers: IncomingHttpHeaders, text: string): Answer {
  if (status === 303 && headers.location) {
    const query = new URL(headers.location, 'http://localhost').searchParams
    return { kind: 'taken', receipt: `${query.get('t')}.${query.get('g')}`, outcome: null }
  }
  if (status === 200) {
    const { outcome, receipt } = JSON.parse(text) as {
      outcome: 'accepted' | 'replayed'
      receipt: { tag: string; sig: string }
    }
    return { kind: 'taken', receipt: `${receipt.tag}.${receipt.sig}`, outcome }
  }
  if (status === 503) return { kind: 'unavailable', retryAfter: headers['retry-after'], text }
  return { kind: 'other', status, text }
}

export const newAgent = (connections: number): Agent => new Agent({ keepAlive: true, maxSockets: connections })
