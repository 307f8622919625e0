import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importExcluded } from '../../db/tickets.ts'
import { systemScope } from '../../server/guard.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, enterCode, readEntered, sendAnswers, sendForm, sendJson } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let other: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  other = await createTestCycle(app)
})
afterAll(() => app.close())

// A network of its own for each test, so that wrong codes of one do not slow the next.
let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

/** Everything of an answer that could tell two apart. */
async function trace(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'content-security-policy')
  return { status: response.status, headers, body: await response.text() }
}

describe('D4: a ticket code', () => {
  const enter = (code: string) => sendForm(app, '/r', [['code', code]], { from })
  const enterJson = (body: unknown) => sendJson(app, '/r', body, { from })

  test('is one identity however it is typed, so it is never counted twice', async () => {
    const code = cycle.leader(0)
    const grouped = code.match(/.{4}/g)!
    // Crockford's base32 reads O as 0, I and L as 1; spaces, hyphens and case do not matter.
    const spellings = [
      code,
      code.toLowerCase(),
      grouped.join('-'),
      grouped.join(' '),
      ` ${grouped.join('--')} `,
      `${code}\n`,
      code.replaceAll('0', 'o').replaceAll('1', 'l'),
      code.replaceAll('0', 'O').replaceAll('1', 'I'),
      grouped.join('\u2013'),
      grouped.join('\u3000'),
    ]
    for (const spelling of spellings) expect((await enter(spelling)).status, JSON.stringify(spelling)).toBe(200)
    const first = await readEntered(await enter(code))
    const second = await readEntered(await enter(spellings[6]!))
    const answer = (organ: string) => [[`q.${organ}.overall`, '4']] as const
    expect((await sendAnswers(app, cycle.path('leaders'), first, answer(cycle.organs[0]!))).status).toBe(303)
    expect((await sendAnswers(app, cycle.path('leaders'), second, answer(cycle.organs[1]!))).status).toBe(409)
    for (const spelling of spellings) expect((await enter(spelling)).status, JSON.stringify(spelling)).toBe(409)
  })

  test('of another type or size is a bad request in JSON', async () => {
    const code = cycle.leader(1)
    const refused = async (body: unknown, path: string) => {
      const response = await enterJson(body)
      expect(response.status, JSON.stringify(body)).toBe(400)
      expect(await response.json()).toMatchObject({ status: 400, code: 'bad_request', errors: [{ path }] })
    }
    for (const body of [
      { code: null },
      {},
      { code: '' },
      { code: [code] },
      { code: 4 },
      { code: { a: 1 } },
      { code: true },
      { code: 'A'.repeat(41) },
      { code: 'A'.repeat(4_000) },
    ]) {
      await refused(body, 'code')
    }
    for (const body of [[], [code], '"x"', null, 7]) await refused(body, '')
    await refused({ code, role: 'admin' }, 'role')
    expect((await enterJson({ code: 'A'.repeat(10_000) })).status).toBe(413)
    // Control: the same code as it should be sent.
    expect((await enterJson({ code })).status).toBe(200)
  })

  test('that is missing, empty, too long, repeated or has company in a form never passes', async () => {
    const code = cycle.leader(1)
    const statuses = async (pairs: [string, string][]) => (await sendForm(app, '/r', pairs, { from })).status
    expect(await statuses([])).toBe(422)
    expect(await statuses([['code', '']])).toBe(422)
    expect(await statuses([['code', '   ']])).toBe(422)
    for (const size of [1, 15, 17, 41]) expect([400, 422]).toContain(await statuses([['code', 'A'.repeat(size)]]))
    expect(
      await statuses([
        ['code', code],
        ['code', code],
      ]),
    ).toBe(400)
    expect(await statuses([['code[]', code]])).toBe(400)
    expect(
      await statuses([
        ['code', code],
        ['role', 'admin'],
      ]),
    ).toBe(400)
    expect(await statuses([['code', 'A'.repeat(10_000)]])).toBe(413)
    expect(
      await statuses([
        ['code', code],
        ['lang', 'en'],
        ['size', 'max'],
        ['ch', 'x'],
      ]),
    ).toBe(200)
  })

  test('with look-alike letters of other scripts is another text, not this ticket', async () => {
    const code = cycle.leader(2)
    // Greek and Cyrillic capitals that look Latin, full-width letters, dotless i.
    const lookalikes = [
      `\u0410${code.slice(1)}`,
      `${code.slice(0, -1)}\u0391`,
      `\uff21${code.slice(1)}`,
      `\u0131${code.slice(1)}`,
      `${code.slice(0, 15)}\u0301`,
      `${code.slice(0, 15)}\u0000`,
    ]
    for (const text of lookalikes) expect((await enter(text)).status, JSON.stringify(text)).toBe(404)
    expect((await enter(code)).status).toBe(200)
  })
})

describe('a wrong ticket code', () => {
  test('gets one answer, byte for byte, whatever is wrong with it', async () => {
    const draft = await createTestCycle(app, { state: 'ready' })
    await app.world.writer.transact({
      statements: [{ sql: "UPDATE survey SET state = 'draft' WHERE jurisdiction_id = ?", args: [draft.place.id] }],
    })
    const wrong = [
      '0000-0000-0000-0000',
      'ZZZZZZZZZZZZZZZZ',
      'UUUU-UUUU-UUUU-UUUU',
      '!"§$%&/()!"§$%&/',
      '评评评评评评评评评评评评评评评评',
      draft.leader(),
      `${cycle.leader(3).slice(1)}0`,
      '<script></script',
    ]
    for (const headers of [
      {},
      { accept: 'application/json' },
      { 'accept-encoding': 'gzip' },
      { 'accept-language': 'en' },
    ] as Record<string, string>[]) {
      const traces = await Promise.all(
        wrong.map(async (code) => trace(await sendForm(app, '/r', [['code', code]], { from, headers }))),
      )
      for (const each of traces) expect(each).toEqual(traces[0])
      expect(traces[0]!.status).toBe(404)
      network += 1
      from = `203.0.113.${network}`
    }
    const traces = await Promise.all(wrong.map(async (code) => trace(await sendJson(app, '/r', { code }, { from }))))
    for (const each of traces) expect(each).toEqual(traces[0])
    expect(JSON.parse(traces[0]!.body)).toEqual({
      type: '/problems#unknown',
      title: '链接不完整或有误',
      status: 404,
      code: 'unknown',
    })
  })

  test('is never echoed', async () => {
    const response = await sendForm(app, '/r', [['code', '0123-4567-89AB-CDEF']], { from })
    expect(bodyOf(await response.text())).not.toMatch(/0123|CDEF/i)
  })

  test('may be tried thirty times in ten minutes from one network, then nothing is looked up', async () => {
    for (let at = 0; at < 30; at++)
      expect((await sendForm(app, '/r', [['code', `WRONG${String(at).padStart(11, '0')}`]], { from })).status).toBe(404)
    const refused = await sendForm(app, '/r', [['code', 'WRONGWRONGWRONGW']], { from })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('20')
    expect(await refused.text()).toContain('请等 20 秒再试')
    // A right code has to wait as well: otherwise the limit would tell which guess was right.
    expect((await sendForm(app, '/r', [['code', cycle.leader(4)]], { from })).status).toBe(429)
    // Control: other people are not held up.
    expect((await sendForm(app, '/r', [['code', cycle.leader(4)]], { from: '198.51.100.200' })).status).toBe(200)
  })

  test('costs nothing when it was right', async () => {
    for (let at = 0; at < 40; at++)
      expect((await sendForm(app, '/r', [['code', cycle.leader(4)]], { from })).status).toBe(200)
  })
})

describe('D5: looking at a link', () => {
  test('twenty times by GET and HEAD uses nothing up and writes nothing', async () => {
    const channel = cycle.survey('public').channels[0]!.code
    const before = await countAllRows(app)
    const paths = [
      '/r',
      `/q/${channel}`,
      cycle.path('public'),
      cycle.path('leaders'),
      `${cycle.path('open')}/open/challenge`,
      `${cycle.path('leaders')}/done?t=x&g=y`,
      `/r?code=${cycle.leader(5)}`,
    ]
    for (const path of paths) {
      for (let at = 0; at < 20; at++) {
        const method = at % 2 === 0 ? 'GET' : 'HEAD'
        expect((await app.request(path, { method })).status, path).toBeLessThan(500)
      }
    }
    // Where forms are sent to, looking leads back to the start.
    for (const path of [
      `${cycle.path('leaders')}/answer`,
      `${cycle.path('public')}/form`,
      `${cycle.path('public')}/sms/send`,
      `${cycle.path('open')}/open`,
    ]) {
      expect((await app.request(path)).status, path).toBe(303)
    }
    expect(await countAllRows(app)).toEqual(before)
    const entered = await enterCode(app, cycle.leader(5), { from })
    const sent = await sendAnswers(app, cycle.path('leaders'), entered, [[`q.${cycle.organs[0]}.overall`, '5']])
    expect(sent.status).toBe(303)
  })

  test('a code in the address is not read, so a scanner that follows it learns nothing', async () => {
    const plain = await (await app.request('/r')).text()
    const withCode = await (await app.request(`/r?code=${cycle.leader(6)}`)).text()
    expect(withCode).toBe(plain)
  })
})

describe('an eligibility', () => {
  const leaders = () => cycle.path('leaders')
  const body = (elig: string, k = 'A'.repeat(43)) => ({
    v: 1,
    elig,
    k,
    answers: { [cycle.organs[0]!]: { overall: 5 } },
  })
  const send = (elig: string, path = leaders()) => sendJson(app, `${path}/answer`, body(elig), { from })

  test('that is forged, foreign, damaged or of another survey is unknown, byte for byte the same', async () => {
    const { elig } = await enterCode(app, cycle.leader(7), { from })
    const foreign = (await enterCode(app, other.leader(0), { from })).elig
    const recipients = (await enterCode(app, cycle.receipt(cycle.organs[0]!), { from })).elig
    const flipped = (at: number) => elig.slice(0, at) + (elig[at] === 'A' ? 'B' : 'A') + elig.slice(at + 1)
    const wrong = [
      foreign,
      recipients,
      flipped(0),
      flipped(10),
      flipped(40),
      flipped(elig.length - 4),
      elig.slice(0, -4),
      elig.slice(4),
      `${elig}AAAA`,
      'x',
      'A'.repeat(200),
      'A'.repeat(4_000),
      '评',
      '{}',
    ]
    const before = await countAllRows(app)
    const traces = await Promise.all(wrong.map(async (each) => trace(await send(each))))
    for (const [at, each] of traces.entries()) expect(each, wrong[at]).toEqual(traces[0])
    expect(traces[0]!.status).toBe(404)
    const pairs = (each: string): [string, string][] => [
      ['elig', each],
      ['k', 'A'.repeat(43)],
      [`q.${cycle.organs[0]}.overall`, '5'],
    ]
    for (const path of ['answer', 'form']) {
      const pages = await Promise.all(
        wrong.map(async (each) => trace(await sendForm(app, `${leaders()}/${path}`, pairs(each), { from }))),
      )
      for (const [at, each] of pages.entries()) expect(each, wrong[at]).toEqual(pages[0])
      expect(pages[0]!.status).toBe(404)
    }
    expect(await countAllRows(app)).toEqual(before)
    // Control: the eligibility as it was given.
    expect((await send(elig)).status).toBe(200)
  })

  test('that is missing, empty or of another type is a bad request', async () => {
    for (const elig of [undefined, null, '', [], ['x'], 5, {}]) {
      expect(
        (await sendJson(app, `${leaders()}/answer`, { ...body(''), elig }, { from })).status,
        JSON.stringify(elig),
      ).toBe(400)
    }
    expect((await sendForm(app, `${leaders()}/answer`, [['k', 'A'.repeat(43)]], { from })).status).toBe(400)
    const { elig } = await enterCode(app, cycle.leader(8), { from })
    expect(
      (
        await sendForm(
          app,
          `${leaders()}/answer`,
          [
            ['elig', elig],
            ['elig', elig],
            ['k', 'A'.repeat(43)],
          ],
          { from },
        )
      ).status,
    ).toBe(400)
  })

  test('that is six hours old asks for the code again, and keeps saying so days and months later', async () => {
    const { elig } = await enterCode(app, cycle.leader(9), { from })
    const start = app.clock.time
    app.clock.time = start + 6 * 3_600_000 + 1
    const expired = await send(elig)
    expect(expired.status).toBe(401)
    expect(await expired.json()).toMatchObject({ code: 'elig_expired' })
    const page = await sendForm(
      app,
      `${leaders()}/answer`,
      [
        ['elig', elig],
        ['k', 'A'.repeat(43)],
      ],
      { from },
    )
    expect(page.status).toBe(401)
    expect(await page.text()).toContain('请重新打开邀请链接')
    app.clock.time = start + 40 * 24 * 3_600_000
    expect((await send(elig)).status).toBe(401)
    app.clock.time = start + 401 * 24 * 3_600_000
    expect((await send(elig)).status).toBe(404)
    app.clock.time = start
    // Control: within its time the same text is good.
    expect((await send(elig)).status).toBe(200)
  })

  test('request keys that are not 32 bytes in their one spelling are a bad request', async () => {
    const { elig } = await enterCode(app, cycle.leader(10), { from })
    for (const k of [
      '',
      'A'.repeat(42),
      'A'.repeat(44),
      `${'A'.repeat(42)}B`,
      `${'A'.repeat(43)}=`,
      `${'A'.repeat(42)}+`,
      ` ${'A'.repeat(43)}`,
    ]) {
      expect((await sendJson(app, `${leaders()}/answer`, body(elig, k), { from })).status, k).toBe(400)
    }
  })
})

describe('a person on the list of the excluded', () => {
  test('is told so at the code and gets no form', async () => {
    const code = cycle.leader(11)
    const name = `${cycle.jid}/${cycle.survey('leaders').sid}`
    const p = await app.world.keys.pseudonym(name, 'roster:l012')
    const survey = cycle.survey('leaders').id
    const now = app.clock.time
    await importExcluded(app.world.writer, systemScope(cycle.place.id), { survey, people: [p], now })
    const page = await sendForm(app, '/r', [['code', code]], { from })
    expect(page.status).toBe(403)
    const html = await page.text()
    expect(html).toContain('本次测评不包括您')
    expect(html).not.toContain('name="elig"')
    expect(await (await sendJson(app, '/r', { code }, { from })).json()).toMatchObject({ code: 'not_eligible' })
  })

  test('whose name came onto it while answering is shown to the open channel, and nothing is counted', async () => {
    const entered = await enterCode(app, cycle.leader(10), { from })
    const { id: survey, sid } = cycle.survey('leaders')
    const p = await app.world.keys.pseudonym(`${cycle.jid}/${sid}`, 'roster:l011')
    const now = app.clock.time
    await importExcluded(app.world.writer, systemScope(cycle.place.id), { survey, people: [p], now })
    const before = await countAllRows(app)
    const page = await sendAnswers(app, cycle.path('leaders'), entered, [[`q.${cycle.organs[0]}.overall`, '4']])
    expect(page.status).toBe(403)
    expect(bodyOf(await page.text())).toMatch(new RegExp(`href="${cycle.path('open')}[^"]*">去留言`))
    expect(await countAllRows(app)).toEqual(before)
  })
})
