import { createHmac } from 'node:crypto'
import type { TestApp } from './app.ts'
import { sendForm } from './respondent.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of an authenticator at a moment: RFC 6238 with SHA-1, 6 digits, 30 seconds; the secret as base32. */
export function codeAt(secret: string, time: number): string {
  const bits = [...secret.replace(/ /g, '')]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = mac[19]! & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Sets up a second factor by the pages, as its owner does; the secret and the backup codes. */
export async function enrol(app: TestApp, cookie: string): Promise<{ secret: string; codes: string[] }> {
  const page = await (await app.request('/office/account/second-factor', { headers: { cookie } })).text()
  const secret = /<code>([A-Z2-7 ]{30,})<\/code>/.exec(page)![1]!
  const hidden = [...page.matchAll(/<input type="hidden" name="(csrf|offer)" value="([^"]*)"/g)]
  const fields = new Map(hidden.map(([, name, value]) => [name!, value!]))
  const sent: [string, string][] = [...fields, ['code', codeAt(secret, app.clock.time)]]
  const answer = await sendForm(app, '/office/account/second-factor', sent, { headers: { cookie } })
  const html = await answer.text()
  const codes = [...html.matchAll(/<code>([a-z0-9]{5}-[a-z0-9]{5})<\/code>/g)].map(([, code]) => code!)
  if (answer.status !== 200 || codes.length !== 10) throw new Error(`no second factor was set up: ${answer.status}`)
  return { secret, codes }
}
