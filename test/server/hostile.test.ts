import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import {
  bodyOf,
  chooseOrgans,
  type Entered,
  enterPhone,
  filledFields,
  sendAnswers,
  sendForm,
  sendJson,
  signIn,
} from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let organs: readonly string[]
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  organs = cycle.organs
})
afterAll(() => app.close())

const inPublic = () => cycle.path('public')

let phones = 0
async function citizen(chosen: readonly string[]): Promise<Entered> {
  phones += 1
  const from = `203.0.113.${phones}`
  const entered = await enterPhone(app, inPublic(), `137000${String(phones).padStart(5, '0')}`, { from })
  return chooseOrgans(app, inPublic(), entered, chosen)
}

describe('D9: added keys', () => {
  const extra = [
    'role',
    'jurisdiction_id',
    'weight',
    'status',
    'created_at',
    'state',
    'counted',
    'cell',
    'survey',
    'day',
    'p',
    'id',
    '_csrf',
    'q',
    'constructor',
    '__proto__',
  ]

  test('are refused in the body of every POST and change nothing', async () => {
    const entered = await citizen([organs[0]!])
    const cookie = await signIn(app, accountOf(cycle, 'analyst'))
    const csrf = /name="csrf" value="([^"]+)"/.exec(
      await (await app.request('/office', { headers: { cookie } })).text(),
    )![1]!
    const bodies: [path: string, fields: [string, string][], headers?: Record<string, string>][] = [
      ['/r', [['code', cycle.leader(1)]]],
      [`${inPublic()}/sms/send`, [['phone', '13600000002']]],
      [
        `${inPublic()}/sms/check`,
        [
          ['phone', '13600000002'],
          ['otp', '123456'],
        ],
      ],
      [`${inPublic()}/form`, [...entered.fields]],
      [`${inPublic()}/answer`, [...entered.fields, [`q.${organs[0]}.overall`, '5']]],
      [`${cycle.path('open')}/open`, [['altcha', '']]],
      [
        '/office/sign-in',
        [
          ['email', 'a@b.cn'],
          ['password', 'wrong wrong wrong'],
        ],
      ],
      ['/office/sign-out', [['csrf', csrf]], { cookie }],
    ]
    for (const [path, fields, headers] of bodies) {
      const before = await countAllRows(app)
      let network = 0
      for (const name of extra) {
        network += 1
        const sender = { from: `198.18.0.${network}`, ...(headers ? { headers } : {}) }
        const response = await sendForm(app, path, [...fields, [name, '1']], sender)
        expect(response.status, `${path} ${name}`).toBe(400)
      }
      expect(await countAllRows(app), path).toEqual(before)
    }
    // Control: without them the same bodies do what they are for.
    expect((await sendForm(app, bodies[4]![0], bodies[4]![1])).status).toBe(303)
  })

  test('are refused in JSON, by name', async () => {
    const entered = await citizen([organs[0]!])
    const good = {
      v: 1,
      elig: entered.elig,
      k: entered.k,
      organs: [organs[0]],
      answers: { [organs[0]!]: { overall: 5 } },
    }
    const before = await countAllRows(app)
    for (const name of extra.slice(0, -2)) {
      const response = await sendJson(app, `${inPublic()}/answer`, { ...good, [name]: 1 })
      expect(response.status, name).toBe(400)
      expect(await response.json()).toMatchObject({
        code: 'bad_request',
        errors: [{ path: name, code: 'unknown_field' }],
      })
      const atCode = await sendJson(app, '/r', { code: cycle.leader(2), [name]: 1 })
      expect(await atCode.json()).toMatchObject({
        code: 'bad_request',
        errors: [{ path: name, code: 'unknown_field' }],
      })
      for (const path of ['/r', `${inPublic()}/sms/send`, `${cycle.path('open')}/open`]) {
        expect(
          (await sendJson(app, path, { code: 'x', phone: '1', altcha: '', [name]: 1 })).status,
          `${path} ${name}`,
        ).toBe(400)
      }
    }
    for (const wrong of [
      { v: 2 },
      { v: '1' },
      { v: null },
      { organs: {} },
      { organs: [null] },
      { answers: [] },
      { answers: { [organs[0]!]: 5 } },
      { answers: { [organs[0]!]: { overall: 4.5 } } },
      { answers: { [organs[0]!]: { overall: true } } },
      { comments: [] },
      { comments: { [organs[0]!]: {} } },
      { margins: 'x' },
      { ch: 7 },
    ]) {
      expect((await sendJson(app, `${inPublic()}/answer`, { ...good, ...wrong })).status, JSON.stringify(wrong)).toBe(
        400,
      )
    }
    expect(await countAllRows(app)).toEqual(before)
    expect((await sendJson(app, `${inPublic()}/answer`, good)).status).toBe(200)
  })
})

describe('D10: a hostile comment', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '</textarea><script>alert(1)</script>',
    'javascript:alert(1)',
    '&lt;b&gt;',
    '"><svg/onload=alert(1)>',
    '{{constructor.constructor("alert(1)")()}}',
    '=HYPERLINK("http://evil.example")',
    'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324'.repeat(20),
    "'; DROP TABLE slip; --",
  ]

  test('is stored as the text that it is and comes back as text', async () => {
    for (const text of hostile) {
      const entered = await citizen([organs[0]!])
      // An unknown margin makes the form come back with the comment in it.
      const page = await sendAnswers(app, inPublic(), entered, [
        [`q.${organs[0]}.overall`, '3'],
        [`c.${organs[0]}`, text],
        ['m.age', 'x'],
      ])
      expect(page.status).toBe(422)
      const html = await page.text()
      expect(filledFields(html)).toContainEqual([`c.${organs[0]}`, text])
      expect(bodyOf(html)).not.toMatch(/<(img|svg|script|b)\b/)
      const fixed = filledFields(html).filter(([name]) => name !== 'm.age')
      expect((await sendForm(app, `${inPublic()}/answer`, fixed)).status).toBe(303)
      const [row] = await look(app, 'SELECT count(*) AS n FROM comment WHERE text = ?', [text.normalize('NFC')])
      expect(row!['n'], text).toBe(1)
    }
  })

  test('loses marks that turn the writing direction, and line ends have one form', async () => {
    const entered = await citizen([organs[0]!])
    const sent = await sendAnswers(app, inPublic(), entered, [
      [`q.${organs[0]}.overall`, '3'],
      [`c.${organs[0]}`, ' \u202egnp.exe\u202c\u2066x\u2069 cafe\u0301\r\n\tend\ufeff '],
    ])
    expect(sent.status).toBe(303)
    const [row] = await look(app, "SELECT text FROM comment WHERE text LIKE 'gnp%'")
    expect(row!['text']).toBe('gnp.exex café\n end')
  })

  test('with control characters or broken characters is refused and marked, one that is too long as well', async () => {
    const entered = await citizen([organs[0]!])
    for (const text of ['a\u0000b', 'a\u001bb', 'a\u0085b', 'a\ufffeb', 'x'.repeat(501), '𠮷'.repeat(501)]) {
      const page = await sendAnswers(app, inPublic(), entered, [
        [`q.${organs[0]}.overall`, '3'],
        [`c.${organs[0]}`, text],
      ])
      expect(page.status, JSON.stringify(text.slice(0, 10))).toBe(422)
      expect(await page.text()).toContain(`id="e.c.${organs[0]}"`)
    }
    const lone = await sendJson(
      app,
      `${inPublic()}/answer`,
      `{"v":1,"elig":"${entered.elig}","k":"${entered.k}","organs":["${organs[0]}"],"answers":{"${organs[0]}":{"overall":3}},"comments":{"${organs[0]}":"\\ud800"}}`,
    )
    // No browser can send half of a pair: the body itself is refused, with the place.
    expect([lone.status, await lone.text()]).toEqual([400, expect.stringContaining(`comments.${organs[0]}`)])
    // Control: exactly as long as the questionnaire allows, counted in characters.
    expect(
      (
        await sendAnswers(app, inPublic(), entered, [
          [`q.${organs[0]}.overall`, '3'],
          [`c.${organs[0]}`, '𠮷'.repeat(500)],
        ])
      ).status,
    ).toBe(303)
  })

  test('of a megabyte is too large, as form and as JSON', async () => {
    const entered = await citizen([organs[0]!])
    const zalgo = 'Z\u0351\u036b'.repeat(200_000)
    expect((await sendAnswers(app, inPublic(), entered, [[`c.${organs[0]}`, zalgo]])).status).toBe(413)
    expect(
      (
        await sendJson(app, `${inPublic()}/answer`, {
          v: 1,
          elig: entered.elig,
          k: entered.k,
          comments: { [organs[0]!]: zalgo },
        })
      ).status,
    ).toBe(413)
  })
})

describe('D13 and D14: a hostile body', () => {
  let networks = 0
  const post = (path: string, type: string, body: BodyInit, headers: Record<string, string> = {}) => {
    // Each from a network of its own, so that what is refused is refused for its content.
    networks += 1
    const from = `198.19.${networks >> 8}.${networks & 255}`
    return app.request(path, { method: 'POST', body, headers: { 'content-type': type, ...headers }, from })
  }
  const paths = () => [
    '/r',
    `${inPublic()}/sms/send`,
    `${inPublic()}/sms/check`,
    `${inPublic()}/answer`,
    `${cycle.path('open')}/open`,
  ]

  test('as JSON is refused with 4xx at every address, before anything is written', async () => {
    const before = await countAllRows(app)
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 90_000 }, (_, at) => [`key ${at}`, 1])))
    expect(keys.length).toBeGreaterThan(1_000_000)
    const bodies: [BodyInit, number][] = [
      [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 400],
      [keys, 413],
      ['{"code":"a","code":"b"}', 400],
      ['{"__proto__":{"code":"a"}}', 400],
      ['{"code":1e400}', 400],
      ['{"code":NaN}', 400],
      [new Uint8Array([0x7b, 0xff, 0x7d]), 400],
      ['', 400],
      ['null', 400],
      ['[]', 400],
      ['"text"', 400],
      ['17', 400],
    ]
    for (const path of paths()) {
      for (const [body, status] of bodies) {
        const response = await post(path, 'application/json', body)
        const small = body === bodies[0]![0] && response.status === 413
        if (!small) expect(response.status, `${path} ${String(body).slice(0, 30)}`).toBe(status)
        // Whoever sends JSON is answered in JSON, even when nothing of it could be read.
        expect(response.headers.get('content-type')).toBe('application/problem+json')
      }
      const bomb = await post(path, 'application/json', new Uint8Array(1_000), { 'content-encoding': 'gzip' })
      expect(bomb.status).toBe(415)
    }
    expect(await countAllRows(app)).toEqual(before)
    expect(({} as Record<string, unknown>)['code']).toBeUndefined()
  })

  test('D13: as JSON that cannot be read is refused with the place, where there is one', async () => {
    for (const [body, path, code] of [
      ['{"code":"a","code":"b"}', 'code', 'repeated'],
      ['{"answers":{"x":{"__proto__":1}}}', 'answers.x.__proto__', 'unknown_field'],
      ['{"code":1e400}', 'code', 'malformed'],
      ['{"code"', '', 'malformed'],
    ] as const) {
      const response = await post('/r', 'application/json', body)
      expect(await response.json(), body).toMatchObject({ code: 'bad_request', errors: [{ path, code }] })
    }
  })

  test('as a form is refused with 4xx at every address', async () => {
    const before = await countAllRows(app)
    const form = 'application/x-www-form-urlencoded'
    const many = Array.from({ length: 8_000 }, (_, at) => `q${at}=1`).join('&')
    for (const path of [...paths(), `${inPublic()}/form`]) {
      for (const body of [
        many,
        `${'a.'.repeat(1_000)}=1`,
        'constructor.prototype=1',
        '__proto__[x]=1',
        'code=%ff',
        'code=%',
        'elig=1&elig=2&code=1&code=2',
      ]) {
        const { status } = await post(path, form, body)
        expect([400, 413], `${path} ${body.slice(0, 30)}`).toContain(status)
      }
    }
    expect(await countAllRows(app)).toEqual(before)
  })

  test('D14: with one answer given twice is refused with 400, and the page keeps what was answered', async () => {
    const entered = await citizen([organs[0]!])
    const organ = organs[0]!
    const sent: [string, string][] = [
      [`q.${organ}.overall`, '2'],
      [`q.${organ}.why`, 'slow'],
      [`c.${organ}`, '留着'],
      ['m.age', 'age60'],
    ]
    const answers = { [organ]: { overall: 2, why: 'slow' } }
    const json = { v: 1, elig: entered.elig, k: entered.k, organs: [organ], answers }
    const before = await countAllRows(app)
    for (const [field, value, path, given] of [
      [`q.${organ}.overall`, '5', `answers.${organ}.overall`, { answers: { [organ]: { overall: [2, 5] } } }],
      [
        `q.${organ}.why`,
        'slow',
        `answers.${organ}.why`,
        { answers: { [organ]: { overall: 2, why: ['slow', 'slow'] } } },
      ],
      [`c.${organ}`, '又一条', `comments.${organ}`, { comments: { [organ]: ['留着', '又一条'] } }],
      ['m.age', 'age45_59', 'margins.age', { margins: { age: ['age60', 'age45_59'] } }],
    ] as const) {
      const page = await sendAnswers(app, inPublic(), entered, [...sent, [field, value]])
      expect(page.status, field).toBe(400)
      const html = await page.text()
      expect(html).toContain(`id="e.${field}"`)
      for (const kept of sent) if (kept[0] !== field) expect(filledFields(html), field).toContainEqual(kept)
      const problem = await sendJson(app, `${inPublic()}/answer`, { ...json, ...given })
      expect(problem.status, path).toBe(400)
      expect(await problem.json()).toMatchObject({ code: 'bad_request', errors: [{ path, code: 'repeated' }] })
    }
    expect(await countAllRows(app)).toEqual(before)
    // Control: each given once.
    expect((await sendAnswers(app, inPublic(), entered, sent)).status).toBe(303)
  })

  test('under an address of more than 4 KiB is refused with 414, wherever it was sent', async () => {
    for (const path of ['/', '/r', `${inPublic()}`, `/office/${cycle.jid}/2026`]) {
      const shorter = `${path}?q=${'x'.repeat(4_096 - path.length - 3)}`
      expect((await app.request(`${shorter}x`)).status, path).toBe(414)
      expect((await app.request(shorter)).status, path).not.toBe(414)
    }
  })

  test('of another media type is refused with 415, so a foreign page cannot send one unasked', async () => {
    for (const path of paths()) {
      for (const type of [
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/xml',
        'text/html',
        '',
        'application/json+x',
        'text/json',
      ]) {
        expect((await post(path, type, '{"code":"a"}')).status, `${path} ${type}`).toBe(415)
      }
    }
    // Control: parameters and capital letters are no other type.
    const code = JSON.stringify({ code: '0000-0000-0000-0000' })
    expect((await post('/r', 'Application/JSON; charset=UTF-8', code)).status).toBe(404)
  })
})
