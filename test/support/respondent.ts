import { createHash } from 'node:crypto'
import { formBody, hiddenFields, type TestApp } from './app.ts'

/** What stands in a form before anything is answered: the encrypted right to answer and the key of the request. */
export interface Entered {
  /** Hidden fields of the page, as a browser sends them back. */
  readonly fields: readonly [string, string][]
  readonly html: string
  readonly elig: string
  readonly k: string
}

export interface Sender {
  /** Address of the device. */
  from?: string
  headers?: Record<string, string>
}

type Pairs = readonly (readonly [string, string])[]

/** Sends a form as a browser does. */
export function sendForm(app: TestApp, path: string, fields: Pairs, { from, headers }: Sender = {}): Promise<Response> {
  const init = formBody(fields)
  return app.request(path, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...headers },
    ...(from === undefined ? {} : { from }),
  })
}

/** Sends JSON as the script or a program does; `body` may be a ready text. */
export function sendJson(app: TestApp, path: string, body: unknown, { from, headers }: Sender = {}): Promise<Response> {
  return app.request(path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    ...(from === undefined ? {} : { from }),
  })
}

/** Types a ticket code; fails the test unless the form comes. */
export async function enterCode(app: TestApp, code: string, sender: Sender = {}): Promise<Entered> {
  return readEntered(await sendForm(app, '/r', [['code', code]], sender))
}

/** Proves a phone by the code of the text message. */
export async function enterPhone(app: TestApp, path: string, phone: string, sender: Sender = {}): Promise<Entered> {
  const sent = await sendForm(app, `${path}/sms/send`, [['phone', phone]], sender)
  if (sent.status !== 200) throw new Error(`no message was sent: ${sent.status}`)
  const checked = await sendForm(
    app,
    `${path}/sms/check`,
    [
      ['phone', phone],
      ['otp', lastCode(app)],
    ],
    sender,
  )
  return readEntered(checked)
}

/** The six digits of the newest text message. */
export function lastCode({ messages }: TestApp): string {
  const digits = /\b(\d{6})\b/.exec(messages.at(-1)?.text ?? '')?.[1]
  if (!digits) throw new Error('no message with a code was sent')
  return digits
}

export async function readEntered(response: Response): Promise<Entered> {
  const html = await response.text()
  if (response.status !== 200) throw new Error(`the form did not come: ${response.status}`)
  const fields = hiddenFields(html)
  const value = (name: string) => fields.find(([field]) => field === name)?.[1] ?? ''
  return { fields, html, elig: value('elig'), k: value('k') }
}

/** The form of a citizen after choosing organs. */
export async function chooseOrgans(
  app: TestApp,
  path: string,
  entered: Entered,
  organs: readonly string[],
): Promise<Entered> {
  return readEntered(
    await sendForm(app, `${path}/form`, [...entered.fields, ...organs.map((code) => ['o', code] as const)]),
  )
}

/** Sends the answers of a filled form. */
export function sendAnswers(
  app: TestApp,
  path: string,
  entered: Entered,
  answers: Pairs,
  sender: Sender = {},
): Promise<Response> {
  return sendForm(app, `${path}/answer`, [...entered.fields, ...answers], sender)
}

/** The receipt that a form's redirect carries. */
export function receiptOf(response: Response): { tag: string; signature: string; location: string } {
  const location = response.headers.get('location')
  if (response.status !== 303 || !location) throw new Error(`no receipt came: ${response.status}`)
  const query = new URL(location, 'http://localhost').searchParams
  return { tag: query.get('t') ?? '', signature: query.get('g') ?? '', location }
}

/** Signs in; the cookie as a browser would send it. */
export async function signIn(
  app: TestApp,
  account: { email: string; password: string },
  sender: Sender = {},
): Promise<string> {
  const response = await sendForm(app, '/office/sign-in', Object.entries(account), sender)
  if (response.status !== 303) throw new Error(`nobody was signed in: ${response.status}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

export const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest()

/** A page without its inlined style and script: what a person can meet. */
export const bodyOf = (html: string): string =>
  html.replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '').replace(/^[\s\S]*<body>/, '')

/** What a browser would send from the form `f` of a page: hidden fields, chosen options, texts. */
export function filledFields(html: string): [string, string][] {
  const form = /<form id="f"[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
  const fields: [string, string][] = []
  for (const [, tag, attributes, text] of form.matchAll(/<(input|textarea)\b([^>]*)>(?:([^<]*)<\/textarea>)?/g)) {
    const attribute = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(attributes!)?.[1]
    const name = attribute('name')
    if (name === undefined) continue
    const isChoice = attribute('type') === 'radio' || attribute('type') === 'checkbox'
    if (isChoice && !/\schecked\b/.test(attributes!)) continue
    // The parser of HTML drops one line break at the start of a textarea.
    const value = tag === 'textarea' ? (text ?? '').replace(/^\n/, '') : (attribute('value') ?? '')
    fields.push([unescaped(name), unescaped(value)])
  }
  return fields
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
