import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importReceiptCodes } from '../../db/tickets.ts'
import { systemScope } from '../../server/guard.ts'
import { dropExpiredProofs } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, allLive, countAllRows, createTestCycle, hexOf, look, type TestCycle } from '../support/cycle.ts'
import { deskOf } from '../support/desk.ts'
import { sendFile, table } from '../support/invitations.ts'
import { claimsOf, type Hall, keepImported, newHall, newJti, register, signed, signedAsk } from '../support/receipts.ts'
import { enterCode, sendAnswers, sendForm, sendJson, sha256, signIn } from '../support/respondent.ts'

// The address at which a service hall's system gets the link and the QR code of one service.

let app: TestApp
let cycle: TestCycle
let hall: Hall
let second: Hall
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  hall = newHall(cycle.organs[0]!)
  second = newHall(cycle.organs[1]!, 'EdDSA')
  await keepImported(app, cycle)
  await register(app, cycle, hall)
  await register(app, cycle, second)
}, 60_000)
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const post = (ask: string) => sendJson(app, '/receipts', { ask }, { from })
const asked = async (changes: Record<string, unknown> = {}, by = hall) => {
  const response = await post(signedAsk(app, cycle, by, changes))
  expect(response.status).toBe(200)
  return (await response.json()) as { ask: boolean; reason?: string; code: string; link: string; svg: string }
}
const person = () => randomBytes(32).toString('base64url')

describe('an ask', () => {
  test('brings a short link and its QR code, with which the service is rated once', async () => {
    const { ask, code, link, svg } = await asked()
    expect([ask, link]).toEqual([true, `http://localhost:8787/r#${code.replaceAll('-', '')}`])
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-?){4}$/)
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /)
    expect(svg).toContain('<path')
    const entered = await enterCode(app, code, { from })
    const answers = [[`q.${hall.organ}.overall`, '5']] as const
    expect((await sendAnswers(app, cycle.path('recipients'), entered, answers)).status).toBe(303)
    expect((await sendForm(app, '/r', [['code', code]], { from })).status).toBe(409)
  })

  test('and a receipt about the same service are one service', async () => {
    const jti = newJti()
    const { code } = await asked({ jti })
    const answers = [[`q.${hall.organ}.overall`, '5']] as const
    const entered = await enterCode(app, code, { from })
    expect((await sendAnswers(app, cycle.path('recipients'), entered, answers)).status).toBe(303)
    const token = signed(hall, claimsOf(app, cycle, hall, { jti }))
    expect((await sendForm(app, '/r', [['code', token]], { from })).status).toBe(409)
    // The same number at another organ is another service, and so is another number here.
    expect((await asked({ jti }, second)).code).not.toBe(code)
    expect((await asked()).code).not.toBe(code)
  })

  test('sent again, at once or later, brings the same link and stores nothing more', async () => {
    const changes = { jti: newJti(), sub_hash: person() }
    const { link } = await asked(changes)
    const before = await countAllRows(app)
    const again = await Promise.all(Array.from({ length: 16 }, () => asked(changes)))
    expect(new Set(again.map((each) => each.link))).toEqual(new Set([link]))
    expect(await countAllRows(app)).toEqual(before)
  })

  test('that is forged, old, too long-lived or a mere receipt gets nothing and stores nothing', async () => {
    const claims = claimsOf(app, cycle, hall)
    const short = { ...claims, exp: claims.iat + 120 }
    const stranger = { ...newHall(hall.organ), kid: hall.kid }
    const before = await countAllRows(app)
    const tries: [string, number][] = [
      [signed(stranger, short, { typ: 'ask+jwt' }), 404],
      [signed(hall, short), 404],
      [signed(hall, { ...claims, exp: claims.iat + 301 }, { typ: 'ask+jwt' }), 404],
      [signed(hall, { ...short, sub_hash: '110101199003071234' }, { typ: 'ask+jwt' }), 404],
      [signed(hall, { ...short, phone: '13800138000' }, { typ: 'ask+jwt' }), 404],
      [signed(hall, { ...short, iat: claims.iat - 400, exp: claims.iat - 200 }, { typ: 'ask+jwt' }), 410],
      ['', 400],
      ['nonsense', 404],
    ]
    for (const [ask, status] of tries) expect((await post(ask)).status, ask).toBe(status)
    const unknown = await (await post(tries[0]![0])).text()
    expect(await (await post('nonsense')).text()).toBe(unknown)
    for (const body of ['[]', 'null', '{"ask":7}', '{"ask":"x","more":1}', '{'])
      expect((await sendJson(app, '/receipts', body, { from })).status, body).toBe(400)
    expect((await sendForm(app, '/receipts', [['ask', tries[0]![0]]], { from })).status).toBe(415)
    expect(await countAllRows(app)).toEqual(before)
    // Control: with nothing wrong it is taken.
    expect((await post(signed(hall, short, { typ: 'ask+jwt' }))).status).toBe(200)
  })

  test('is limited by organ, and one organ does not hold up another', async () => {
    const busy = newHall(cycle.organs[4]!)
    await register(app, cycle, busy)
    const ask = signedAsk(app, cycle, busy)
    for (let at = 0; at < 300; at++) expect((await post(ask)).status).toBe(200)
    const refused = await post(ask)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    // Control: another organ, from the same address.
    expect((await post(signedAsk(app, cycle, hall))).status).toBe(200)
  }, 30_000)
})

describe('a survey', () => {
  test('takes no more receipts than it expects, by link or by ask, sixty-four at once', async () => {
    const small = await createTestCycle(app, { organs: 2 })
    const its = newHall(small.organs[0]!)
    await register(app, small, its)
    const receipts = 'SELECT count(*) AS n FROM receipt_code WHERE jurisdiction_id = ?'
    const count = async () => Number((await look(app, receipts, [small.place.id]))[0]!['n'])
    // It expects 200, and 198 were imported.
    await keepImported(app, small, 198)
    const tokens = Array.from({ length: 64 }, () => signed(its, claimsOf(app, small, its)))
    const answers = await Promise.all(
      tokens.map((token, at) =>
        at % 2 === 0
          ? sendJson(app, '/r', { code: token }, { from: `192.0.2.${at}` })
          : sendJson(app, '/receipts', { ask: signedAsk(app, small, its) }, { from: `192.0.2.${at}` }),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(62)
    expect(await count()).toBe(200)
    const page = await sendForm(app, '/r', [['code', signed(its, claimsOf(app, small, its))]], { from })
    expect([page.status, (await page.text()).includes('不再接受新的办事回执')]).toEqual([409, true])
    // Whoever is in already comes in again.
    const at = tokens.findIndex((_, index) => index % 2 === 0 && answers[index]!.status === 200)
    if (at >= 0) expect((await sendJson(app, '/r', { code: tokens[at] }, { from })).status).toBe(200)
  })
})

describe('an import after the first receipt that an organ signed', () => {
  test('is counted against what the survey expects, and refused whole beyond it', async () => {
    const late = await createTestCycle(app, { organs: 2 })
    const organ = late.organs[0]!
    const its = newHall(organ)
    await keepImported(app, late)
    await register(app, late, its)
    const { id: survey } = late.survey('recipients')
    const add = (from: number, n: number) =>
      importReceiptCodes(app.world.writer, systemScope(late.place.id), {
        survey,
        codes: Array.from({ length: n }, (_, at) => ({ h: new Uint8Array(sha256(`late ${from + at}`)), organ })),
        now: app.clock.time,
      })
    const ask = async () => (await sendJson(app, '/receipts', { ask: signedAsk(app, late, its) }, { from })).status
    expect(await ask()).toBe(200)
    // It expects 200: one is signed, 198 are imported, one more is signed, and then it is full.
    expect(await add(0, 198)).toEqual({ ok: true, value: { added: 198 } })
    expect([await ask(), await ask()]).toEqual([200, 409])
    expect(await add(198, 1)).toEqual({ ok: false, error: 'conflict' })
    expect(await add(0, 198)).toEqual({ ok: true, value: { added: 0 } })
  })
})

describe('a person', () => {
  test('is asked three times in a quarter by all organs together, then the answer is not to ask', async () => {
    const who = { sub_hash: person() }
    for (const by of [hall, second, hall]) expect((await asked(who, by)).ask).toBe(true)
    const codes = async () => (await countAllRows(app))['receipt_code']
    const before = await codes()
    expect(await asked(who, second)).toEqual({ ask: false, reason: 'enough' })
    expect(await codes()).toBe(before)
    // Control: another person is asked, and so is one of whom nothing is said.
    expect((await asked({ sub_hash: person() })).ask).toBe(true)
    expect((await asked()).ask).toBe(true)
  })

  test('is asked as often as its plan lets', async () => {
    const once = await createTestCycle(app, { organs: 2, plan: { ...allLive(), asksPerQuarter: 1 } })
    const its = newHall(once.organs[0]!)
    await keepImported(app, once)
    await register(app, once, its)
    const ask = async (who: string) => {
      const response = await post(signedAsk(app, once, its, { sub_hash: who }))
      return ((await response.json()) as { ask: boolean }).ask
    }
    const who = person()
    expect([await ask(who), await ask(who), await ask(person())]).toEqual([true, false, true])
  })

  test('is asked again in the next quarter, when the counts of the last one are forgotten', async () => {
    const { time } = app.clock
    const who = { sub_hash: person() }
    for (let at = 0; at < 3; at++) await asked(who)
    const rows = await look(app, 'SELECT h, quarter FROM ask_count WHERE n = 3')
    expect(rows.map(({ quarter }) => quarter)).toContain(20261)
    // Neither what the organ sent nor the code stands beside the count.
    const hash = Buffer.from(who.sub_hash, 'base64url').toString('hex')
    expect(rows.map(({ h }) => hexOf(h))).not.toContain(hash)
    // The last moment of March in China, and the first of April.
    const april = Date.UTC(2026, 2, 31, 16)
    app.clock.time = april - 1
    await dropExpiredProofs(app.world)
    expect(await look(app, 'SELECT 1 FROM ask_count')).not.toEqual([])
    app.clock.time = april
    await dropExpiredProofs(app.world)
    expect(await look(app, 'SELECT 1 FROM ask_count')).toEqual([])
    app.clock.time = time
  })
})

describe('a roster and the requests of an organ’s system', () => {
  let cookie: string
  let secret: string
  beforeAll(async () => {
    cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { body } = await deskOf(app, cookie).post(`/office/${cycle.jid}/2026/receipts/secret`, {})
    secret = /<code>([0-9a-f]{64})<\/code>/.exec(body)?.[1] ?? ''
  })

  const hashed = (to: string) => createHmac('sha256', Buffer.from(secret, 'hex')).update(to).digest('base64url')
  const importing = async (...rows: readonly (readonly string[])[]) => {
    const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}/invitations/import`
    const { nameZh } = cycle.place.organs[0]!
    const services = rows.map(([service = '', phone = '', mail = '', jti = '']) => [
      nameZh,
      '2026-02-27',
      service,
      phone,
      mail,
      jti,
    ])
    const file = table(['单位', '日期', '事项', '手机', '邮箱', '回执编号'], ...services)
    return (await sendFile(app, cookie, path, { press: 'import' }, file)).body
  }
  const receiptRows = async () => (await countAllRows(app))['receipt_code'] ?? 0

  test('of systems are counted together with rosters, which nothing that an organ asks for holds back', async () => {
    const phone = { sub_hash: hashed('+8613700137001') }
    expect((await asked(phone)).ask).toBe(true)
    expect((await asked(phone, second)).ask).toBe(true)
    const one = await importing(['甲', '137 0013 7001'], ['乙', '13700137001'])
    expect(one).toContain('已导入 2 行')
    expect(await asked(phone)).toEqual({ ask: false, reason: 'enough' })
    const mails = await importing(...['丙', '丁', '戊'].map((service) => [service, '', 'Eva@example.org']))
    expect(mails).toContain('已导入 3 行')
    expect(await asked({ sub_hash: hashed('eva@example.org') })).toEqual({ ask: false, reason: 'enough' })
    // An organ that asks in its clients' name keeps none of them from being invited; rosters alone keep to the limit.
    const silenced = { sub_hash: hashed('+8613700137009') }
    for (let n = 0; n < 3; n += 1) expect((await asked(silenced)).ask).toBe(true)
    const rows = ['寅', '卯', '辰', '巳'].map((service) => [service, '13700137009'])
    const full = await importing(...rows)
    expect([full.includes('已导入 3 行'), full.includes('1 行的人本季度已被邀请 3 次')]).toEqual([true, true])
    const audited = await look(app, "SELECT reason FROM audit WHERE action = 'roster.import' ORDER BY seq DESC LIMIT 1")
    expect(audited).toMatchObject([{ reason: `${hall.organ} signed=0 spared=0 overLimit=1` }])
    // Control: the next number is another person.
    expect((await asked({ sub_hash: hashed('+8613700137002') })).ask).toBe(true)
  })

  test('are about one service where both name its jti: it has one code, is asked for once and rated once', async () => {
    const [first, late] = [newJti(), newJti()]
    const { code } = await asked({ jti: first, sub_hash: hashed('+8613700137003') })
    const before = await receiptRows()
    const imported = await importing(['己', '13700137003', '', first], ['庚', '13700137004', '', late])
    expect([imported.includes('已导入 2 行'), imported.includes('其中 1 次服务的单位系统已取得回执')]).toEqual([
      true,
      true,
    ])
    expect(await receiptRows()).toBe(before + 1)
    // The receipt of the service on the roster brings nothing more, and counts its person once.
    const receipt = await asked({ jti: late, sub_hash: hashed('+8613700137004') })
    expect([receipt.ask, await receiptRows()]).toEqual([true, before + 1])
    // One by a request alone; one by a request and by the roster; one by the roster, whose receipt counts no more.
    const counts = await look(app, 'SELECT n, count(*) AS people FROM ask_count GROUP BY n ORDER BY n')
    expect(counts.find(({ n }) => Number(n) === 1)?.['people']).toBe(4)
    for (const shown of [code, receipt.code]) {
      const entered = await enterCode(app, shown, { from })
      const answers = [[`q.${hall.organ}.overall`, '4']] as const
      expect((await sendAnswers(app, cycle.path('recipients'), entered, answers)).status).toBe(303)
    }
    const token = signed(hall, claimsOf(app, cycle, hall, { jti: late }))
    expect((await sendForm(app, '/r', [['code', token]], { from })).status).toBe(409)
    // Control: without a jti nothing tells that a service has a receipt.
    expect(await importing(['丑', '13700137003'], ['子', '13700137004'])).toContain('已导入 2 行')
    expect(await receiptRows()).toBe(before + 3)
  })

  test('are refused where a jti is none, or stands twice', async () => {
    const jti = newJti()
    const twice = await importing(['辛', '13700137005', '', jti], ['壬', '13700137006', '', jti])
    expect(twice).toMatch(/第 3 行：“[^”]+”与第 2 行重复/)
    expect(await importing(['癸', '13700137005', '', 'GJJ-2026-1'])).toContain(
      '第 2 行，回执编号：“GJJ-2026-1”不是回执编号',
    )
  })
})

test('the secret is shown to whoever decides, and each look is in the audit', async () => {
  const path = `/office/${cycle.jid}/2026/receipts/secret`
  const looks = () => look(app, "SELECT actor FROM audit WHERE action = 'ask_secret.show'")
  const before = (await looks()).length
  const decider = await deskOf(app, await signIn(app, accountOf(cycle, 'office_admin'))).post(path, {})
  expect([decider.status, /<code>[0-9a-f]{64}<\/code>/.test(decider.body)]).toEqual([200, true])
  const reader = await deskOf(app, await signIn(app, accountOf(cycle, 'analyst'))).post(path, {})
  expect([reader.status, /[0-9a-f]{64}/.test(reader.body)]).toEqual([403, false])
  expect((await looks()).length).toBe(before + 1)
})
