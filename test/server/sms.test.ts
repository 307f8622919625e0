import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { normalisePhone } from '../../surveys/phone.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import {
  bodyOf,
  chooseOrgans,
  enterPhone,
  lastCode,
  readEntered,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
} from '../support/respondent.ts'

const minute = 60_000

let app: TestApp
let cycle: TestCycle
let path: string
/** What the gateway does with the next message. */
let gateway: 'works' | 'fails' = 'works'
const messages: { phone: string; text: string }[] = []

beforeAll(async () => {
  // The gateway is somebody else's machine: this one keeps what it is given, or fails.
  const sms = {
    async send(message: { phone: string; text: string }) {
      if (gateway === 'fails') throw new Error(`gateway timed out for ${message.phone}`)
      messages.push(message)
    },
  }
  app = await createTestApp({ world: { sms } })
  app.messages = messages
  cycle = await createTestCycle(app)
  path = cycle.path('public')
})
afterAll(() => app.close())

let numbers = 0
let phone = ''
let from = ''
beforeEach(() => {
  numbers += 1
  phone = `135${String(numbers).padStart(8, '0')}`
  from = `203.0.113.${numbers}`
  gateway = 'works'
})

const send = (to = phone) => sendForm(app, `${path}/sms/send`, [['phone', to]], { from })
const check = (otp: string, of = phone) =>
  sendForm(
    app,
    `${path}/sms/check`,
    [
      ['phone', of],
      ['otp', otp],
    ],
    { from },
  )
const wrong = () => String((Number(lastCode(app)) + 1) % 1_000_000).padStart(6, '0')

describe('a phone number', () => {
  test('is one person however it is typed', () => {
    for (const text of [
      '13800138000',
      '138 0013 8000',
      '138-0013-8000',
      '+86 138 0013 8000',
      '0086 13800138000',
      '8613800138000',
      '１３８００１３８０００',
      ' +８６13800138000 ',
      '(138)0013.8000',
      '138\u20110013\u20138000',
    ]) {
      expect(normalisePhone(text), text).toBe('+8613800138000')
    }
  })

  test('that is none of the mainland’s mobile numbers is none', () => {
    for (const text of [
      '',
      '12800138000',
      '1380013800',
      '138001380001',
      '23800138000',
      '+1 202 555 0100',
      '+44 7700 900123',
      '138001380OO',
      '1380013800\u0000',
      '86',
      '+8613800138000,13900139000',
      '13800138000;13900139000',
      '1'.repeat(41),
      '86 8613800138000',
    ]) {
      expect(normalisePhone(text), JSON.stringify(text)).toBeNull()
    }
  })

  test('that cannot be one comes back to be corrected, and nothing is sent', async () => {
    const before = messages.length
    for (const text of ['12345', '']) {
      const page = await send(text)
      expect(page.status).toBe(422)
      const html = await page.text()
      expect(html).toContain('id="phone-problem"')
      if (text !== '') expect(html).toContain(`value="${text}"`)
    }
    const hostile = await send('"><script>alert(1)</script>')
    expect(hostile.status).toBe(422)
    expect(bodyOf(await hostile.text())).not.toContain('<script')
    const problem = await sendJson(app, `${path}/sms/send`, { phone: '12345' }, { from })
    expect(problem.status).toBe(400)
    expect(await problem.json()).toMatchObject({ code: 'bad_request', errors: [{ path: 'phone', code: 'malformed' }] })
    expect(messages).toHaveLength(before)
  })
})

describe('a code by text message', () => {
  test('opens the form once, for the person who got it', async () => {
    expect((await send()).status).toBe(200)
    const { phone: to, text } = messages.at(-1)!
    expect(to).toBe(`+86${phone}`)
    expect(text).toMatch(/\b\d{6}\b/)
    const code = lastCode(app)
    const other = `136${phone.slice(3)}`
    expect((await check(code, other)).status).toBe(401)
    const page = await check(code)
    const { elig } = await readEntered(page)
    expect(elig).not.toBe('')
    // Used up by being right.
    expect((await check(code)).status).toBe(401)
  })

  test('is spent by one of two simultaneous requests', async () => {
    await send()
    const code = lastCode(app)
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => check(code)))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(7)
  })

  test('that is mistyped four times still counts when it is right the fifth time', async () => {
    await send()
    const code = lastCode(app)
    for (let at = 0; at < 4; at++) await check(wrong())
    expect((await check(code)).status).toBe(200)
  })

  test('that is no six digits costs no try', async () => {
    await send()
    const code = lastCode(app)
    for (const text of ['', '12345', '1234567', 'abcdef', '12 34', '<b>'])
      expect((await check(text)).status, text).toBe(422)
    // Chinese keyboards write full-width digits, and people set groups apart.
    const wide = code.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
    expect((await check(` ${wide.slice(0, 3)}　${wide.slice(3)} `)).status).toBe(200)
  })

  test('that is no six digits stays in its field', async () => {
    const refused = await (await check('82608x')).text()
    expect(refused).toContain('value="82608x"')
  })

  test('lives five minutes by the server’s clock', async () => {
    await send()
    const code = lastCode(app)
    app.clock.time += 5 * minute
    expect((await check(code)).status).toBe(401)
    await send()
    const second = lastCode(app)
    app.clock.time += 5 * minute - 1
    expect((await check(second)).status).toBe(200)
  })

  test('is replaced by the next one, which comes after a minute, five times a day', async () => {
    const count = () => messages.filter(({ phone: to }) => to === `+86${phone}`).length
    await send()
    const first = lastCode(app)
    await send()
    app.clock.time += minute - 1
    await send()
    expect(count()).toBe(1)
    app.clock.time += 1
    await send()
    expect(count()).toBe(2)
    if (first !== lastCode(app)) expect((await check(first)).status).toBe(401)
    for (let at = 0; at < 10; at++) {
      app.clock.time += minute
      await send()
    }
    expect(count()).toBe(5)
    // The next day in China begins at 16:00 UTC.
    app.clock.time = Date.UTC(2026, 2, 2, 16)
    await send()
    expect(count()).toBe(6)
    app.clock.time = Date.UTC(2026, 2, 2, 2)
  })

  test('is sent once when two requests come at the same moment', async () => {
    await Promise.all(Array.from({ length: 10 }, () => send()))
    expect(messages.filter(({ phone: to }) => to === `+86${phone}`)).toHaveLength(1)
  })

  test('is asked for twenty times a minute from one network, then others there must wait', async () => {
    for (let at = 0; at < 20; at++)
      expect((await send(`138${String(numbers).padStart(3, '0')}${String(at).padStart(5, '0')}`)).status).toBe(200)
    const refused = await send()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('comes in the language of the page', async () => {
    await sendForm(app, `${path}/sms/send?lang=en`, [['phone', phone]], { from })
    expect(messages.at(-1)!.text).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe('nothing tells whether a number is known', () => {
  test('a first message, one too soon, one too many and a person who has answered look alike', async () => {
    const answered = await enterPhone(app, path, phone, { from })
    const form = await chooseOrgans(app, path, answered, [cycle.organs[0]!])
    receiptOf(await sendAnswers(app, path, form, [[`q.${cycle.organs[0]}.overall`, '4']]))
    // Another number with the same last four digits, which the page shows.
    const fresh = `${phone.slice(0, 5)}9${phone.slice(6)}`
    const page = async (to: string) => (await send(to)).text()
    const known = await page(phone)
    const unknown = await page(fresh)
    expect(known.replaceAll(phone, 'N')).toBe(unknown.replaceAll(fresh, 'N'))
    const json = await Promise.all(
      [phone, fresh, `${fresh.slice(0, 4)}8${fresh.slice(5)}`].map((to) =>
        sendJson(app, `${path}/sms/send`, { phone: to }, { from }),
      ),
    )
    for (const response of json) {
      expect(response.status).toBe(204)
      expect([...response.headers]).toEqual([...json[0]!.headers])
    }
  })

  test('who has answered learns it only with the right code', async () => {
    const entered = await enterPhone(app, path, phone, { from })
    const form = await chooseOrgans(app, path, entered, [cycle.organs[0]!])
    receiptOf(await sendAnswers(app, path, form, [[`q.${cycle.organs[0]}.overall`, '4']]))
    app.clock.time += minute
    await send()
    const code = lastCode(app)
    expect((await check(wrong())).status).toBe(401)
    const page = await check(code)
    expect(page.status).toBe(409)
    expect(await page.text()).toContain('您已经评价过了')
  })

  test('a wrong code, one too old, used or tried too often, and a number that never asked read alike', async () => {
    const stranger = `${phone.slice(0, 5)}9${phone.slice(6)}`
    const page = async (otp: string, of: string) => {
      const response = await check(otp, of)
      expect(response.status).toBe(401)
      return { html: (await response.text()).replaceAll(of, 'N'), headers: [...response.headers] }
    }
    await send()
    const code = lastCode(app)
    const answers = [await page('000000', stranger), await page(wrong(), phone)]
    expect(answers[0]!.html).toContain('验证码不对或已过期。同一个验证码 5 分钟内可以试 5 次，之后请重新获取。')
    for (let n = 0; n < 4; n++) answers.push(await page(wrong(), phone))
    // The right one comes too late now; control: it is the right one, and a fresh one is taken.
    answers.push(await page(code, phone))
    app.clock.time += minute
    await send()
    const fresh = lastCode(app)
    app.clock.time += 5 * minute
    answers.push(await page(fresh, phone))
    await send()
    expect((await check(lastCode(app))).status).toBe(200)
    answers.push(await page(lastCode(app), phone))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    const problemOf = async (of: string) => {
      const response = await sendJson(app, `${path}/sms/check`, { phone: of, otp: '000000' }, { from })
      return { status: response.status, body: { ...((await response.json()) as object), req: '' } }
    }
    const problems = [await problemOf(phone), await problemOf(stranger)]
    expect(problems[0]).toEqual(problems[1])
    expect(problems[0]).toMatchObject({
      status: 401,
      body: { code: 'wrong_code', errors: [{ path: 'otp', code: 'wrong' }] },
    })
  })
})

describe('when the gateway does not answer', () => {
  test('the person is told to try again after the pause, and then it works', async () => {
    gateway = 'fails'
    const page = await send()
    expect(page.status).toBe(503)
    const html = bodyOf(await page.text())
    expect(html).toContain('这一步没有完成')
    // Nothing was answered yet, so nothing is kept anywhere.
    expect(html).not.toMatch(/没有提交|本机/)
    const wait = Number(page.headers.get('retry-after'))
    gateway = 'works'
    app.clock.time += wait * 1_000
    expect((await send()).status).toBe(200)
    // Whoever did as told has got a message: not a page that says one was sent.
    expect(messages.at(-1)!.phone).toBe(`+86${phone}`)
    expect((await check(lastCode(app))).status).toBe(200)
  })

  test('neither number nor code is in the log or on the page', async () => {
    gateway = 'fails'
    const page = await send()
    expect(await page.text()).not.toContain('timed out')
    expect(JSON.stringify(app.lines)).not.toContain(phone)
  })
})

describe('outside its survey', () => {
  test('there is no code by text message for other groups, unknown surveys or a survey that is not open', async () => {
    for (const other of [cycle.path('leaders'), cycle.path('recipients'), cycle.path('open'), '/s/nowhere/public']) {
      expect((await sendForm(app, `${other}/sms/send`, [['phone', phone]], { from })).status, other).toBe(404)
      expect(
        (
          await sendForm(
            app,
            `${other}/sms/check`,
            [
              ['phone', phone],
              ['otp', '123456'],
            ],
            { from },
          )
        ).status,
        other,
      ).toBe(404)
    }
    const ready = await createTestCycle(app, { state: 'ready' })
    const before = messages.length
    const page = await sendForm(app, `${ready.path('public')}/sms/send`, [['phone', phone]], { from })
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('测评还没有开始')
    expect(messages).toHaveLength(before)
  })

  test('the same number is another key in another survey, and the table holds only keys', async () => {
    const other = await createTestCycle(app)
    await send()
    await sendForm(app, `${other.path('public')}/sms/send`, [['phone', phone]], { from })
    const rows = await look(app, 'SELECT hex(h) AS h, hex(code_hash) AS c FROM otp WHERE sent_at = ?', [app.clock.time])
    expect(new Set(rows.map(({ h }) => h)).size).toBe(rows.length)
    const codes = messages.slice(-2).map(({ text }) => /\d{6}/.exec(text)![0])
    for (const { h, c } of rows) {
      for (const secret of [phone, ...codes]) {
        expect(String(h)).not.toContain(Buffer.from(secret).toString('hex').toUpperCase())
        expect(String(c)).not.toContain(Buffer.from(secret).toString('hex').toUpperCase())
      }
    }
  })
})

describe('the text messages of one office', () => {
  /** As if so many more had gone out. */
  async function countSent({ place }: TestCycle, n: number): Promise<void> {
    const sql = 'UPDATE otp_count SET n = n + ? WHERE jurisdiction_id = ?'
    await app.world.writer.transact({ statements: [{ sql, args: [n, place.id] }] })
  }

  test('have an end, whoever asks for them, and another office sends on', async () => {
    const office = await createTestCycle(app)
    const from = '198.51.100.77'
    const ask = (path: string, to: string) => sendForm(app, `${path}/sms/send`, [['phone', to]], { from })
    expect((await ask(office.path('public'), '13900000001')).status).toBe(200)
    await countSent(office, 20_000 - 1)
    const sent = messages.length
    const refused = await ask(office.path('public'), '13900000002')
    expect(refused.status).toBe(429)
    // Until midnight in Shanghai, 16:00 UTC.
    const untilMidnight = (24 - 8) * 3_600 - (Math.floor(app.clock.time / 1_000) % 86_400)
    expect(Number(refused.headers.get('retry-after')) % 86_400).toBe((untilMidnight + 86_400) % 86_400)
    expect(messages).toHaveLength(sent)
    expect(app.lines.at(-1)).toMatchObject({ event: 'sms-budget' })
    // Whoever has a code already is told the same.
    expect((await ask(office.path('public'), '13900000001')).status).toBe(429)
    expect((await ask(path, '13900000003')).status).toBe(200)
    expect(messages).toHaveLength(sent + 1)
  })

  test('a code that was not sent because it was asked for too soon takes nothing from them', async () => {
    const office = await createTestCycle(app)
    const from = '198.51.100.78'
    const ask = () => sendForm(app, `${office.path('public')}/sms/send`, [['phone', '13900000004']], { from })
    await ask()
    await countSent(office, 20_000 - 2)
    expect((await ask()).status).toBe(200)
    const another = await sendForm(app, `${office.path('public')}/sms/send`, [['phone', '13900000005']], { from })
    expect(another.status).toBe(200)
    expect(messages.at(-1)!.phone).toBe('+8613900000005')
  })
})
