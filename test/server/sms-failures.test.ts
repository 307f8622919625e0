import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NotTaken } from '../../server/sms.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, lastCode, sendForm, sendJson } from '../support/respondent.ts'

const minute = 60_000
const text = '【{office}】{code}是您的验证码，{minutes}分钟内有效。'

let app: TestApp
let cycle: TestCycle
let path: string
/** What the gateway does with the next message, and how long it takes by the clock of the application. */
let gateway: () => void = () => {}
let gatewayMilliseconds = 0
const messages: { phone: string; text: string }[] = []

beforeAll(async () => {
  const sms = {
    async send(message: { phone: string; text: string }) {
      app.clock.time += gatewayMilliseconds
      gateway()
      messages.push(message)
    },
  }
  app = await createTestApp({ world: { sms }, env: { SMS_CODE_TEXT_ZH: text } })
  app.messages = messages
  cycle = await createTestCycle(app)
  path = cycle.path('public')
})
afterAll(() => app.close())

let phones = 0
let phone = ''
beforeEach(() => {
  phones += 1
  phone = `137${String(phones).padStart(8, '0')}`
  gateway = () => {}
  gatewayMilliseconds = 0
})

const ask = (to = phone) => sendForm(app, `${path}/sms/send`, [['phone', to]], { from: `203.0.113.${phones}` })
const countOfOffice = async () => {
  const [row] = await look(app, 'SELECT sum(n) AS n FROM otp_count WHERE jurisdiction_id = ?', [cycle.place.id])
  return Number(row!['n'] ?? 0)
}

test('a message with a code is in the words of the installation', async () => {
  await ask()
  expect(messages.at(-1)!.text).toMatch(/^【[^{}]+】\d{6}是您的验证码，5分钟内有效。$/)
})

describe('a gateway that says no', () => {
  test('uses up nothing of the day, of the phone or of the office, and is said plainly', async () => {
    const before = await countOfOffice()
    for (let at = 0; at < 7; at++) {
      gateway = () => {
        throw new NotTaken('no', at % 2 === 0)
      }
      const page = await ask()
      expect(page.status).toBe(503)
      expect(bodyOf(await page.text())).toContain('这一步没有完成')
      app.clock.time += Number(page.headers.get('retry-after')) * 1_000
    }
    expect(await countOfOffice()).toBe(before)
    gateway = () => {}
    const sent = messages.length
    for (let at = 0; at < 6; at++) {
      expect((await ask()).status).toBe(200)
      app.clock.time += minute
    }
    expect(messages.slice(sent)).toHaveLength(5)
    expect(await countOfOffice()).toBe(before + 5)
  })

  test('leaves no code behind that could be guessed', async () => {
    await ask()
    const code = lastCode(app)
    app.clock.time += minute
    gateway = () => {
      throw new NotTaken('no', true)
    }
    await ask()
    const check = [
      ['phone', phone],
      ['otp', code],
    ] as const
    expect((await sendForm(app, `${path}/sms/check`, check)).status).toBe(401)
    const rows = await look(app, 'SELECT length(code_hash) AS n FROM otp ORDER BY sent_at DESC LIMIT 1')
    expect(rows).toMatchObject([{ n: 0 }])
  })

  test('is asked again for one phone after a minute only', async () => {
    let asked = 0
    gateway = () => {
      asked += 1
      throw new NotTaken('no', true)
    }
    await ask()
    await ask()
    app.clock.time += minute - 1
    await ask()
    expect(asked).toBe(1)
    app.clock.time += 1
    await ask()
    expect(asked).toBe(2)
  })

  test('that may have sent all the same counts, so that it sends to nobody without end', async () => {
    const before = await countOfOffice()
    let asked = 0
    gateway = () => {
      asked += 1
      throw new DOMException('the operation timed out', 'TimeoutError')
    }
    for (let at = 0; at < 8; at++) {
      await ask()
      app.clock.time += minute
    }
    expect(asked).toBe(5)
    expect(await countOfOffice()).toBe(before + 5)
  })
})

describe('whoever asks again too soon', () => {
  const json = (to = phone) => sendJson(app, `${path}/sms/send`, { phone: to }, { from: `203.0.113.${phones}` })
  /** Real milliseconds of an answer, with the answer. */
  async function timed(send: () => Promise<Response>) {
    const began = performance.now()
    const response = await send()
    return { status: response.status, milliseconds: performance.now() - began }
  }

  test('waits as long as the one whose message was sent', async () => {
    gatewayMilliseconds = 300
    expect((await timed(json)).status).toBe(204)
    const again = await timed(json)
    expect(again.status).toBe(204)
    expect(again.milliseconds).toBeGreaterThan(290)
    // Not because everything takes so long here: this gateway answers at once.
    gatewayMilliseconds = 0
    app.clock.time += minute
    await json()
    expect((await timed(json)).milliseconds).toBeLessThan(250)
  })

  test('reads the same as others while the gateway is down', async () => {
    await ask()
    gateway = () => {
      throw new NotTaken('no', true)
    }
    const other = `138${phone.slice(3)}`
    const [unknown, known] = [await ask(other), await ask()]
    expect([unknown.status, known.status]).toEqual([503, 503])
    const page = async (response: Response) => (await response.text()).replace(/[0-9a-v]{10}(?=<)/, 'reference')
    expect(await page(known)).toBe(await page(unknown))
  })

  test('is not told of an outage because one message of somebody else was refused', async () => {
    await ask()
    gateway = () => {
      throw new NotTaken('no such number', false)
    }
    expect((await ask(`138${phone.slice(3)}`)).status).toBe(503)
    expect((await ask()).status).toBe(200)
  })
})
