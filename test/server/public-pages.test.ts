import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, enterCode, receiptOf, sendAnswers, sha256 } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let ready: TestCycle
let closed: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  const start = app.clock.time
  closed = await createTestCycle(app)
  await closed.close()
  await closed.publish()
  // The others are made at the later time at which the first one is published.
  cycle = await createTestCycle(app)
  ready = await createTestCycle(app, { state: 'ready' })
  expect(app.clock.time).toBeGreaterThan(start)
})
afterAll(() => app.close())

const html = async (path: string, headers: Record<string, string> = {}) => (await app.request(path, { headers })).text()

describe('the index', () => {
  test('lists what can be answered now and what is published, nothing else', async () => {
    const body = bodyOf(await html('/'))
    for (const group of ['leaders', 'recipients', 'public', 'open'] as const) {
      expect(body).toContain(`href="${cycle.path(group)}?`)
      expect(body).not.toContain(ready.path(group))
      expect(body).not.toContain(closed.path(group))
    }
    expect(body).toContain(`href="/results/${closed.jid}/2026?`)
    expect(body).not.toContain(`/results/${cycle.jid}/`)
  })

  test('tells the open channel apart from the survey that is scored, and its start page promises no share', async () => {
    expect(bodyOf(await html('/')).split('开放渠道留言')).toHaveLength(2)
    const open = bodyOf(await html(cycle.path('open')))
    expect(open).toContain('不计入得分')
    expect(open).not.toContain('满意度得分的')
    expect(bodyOf(await html(`${cycle.path('open')}?lang=en`))).not.toContain('satisfaction score')
    // Control: the counted survey has the same introduction with its share.
    expect(bodyOf(await html(cycle.path('public')))).toContain('群众评价占满意度得分的 40%')
  })

  test('no longer lists a survey whose hour has passed, even before anybody has closed it', async () => {
    const start = app.clock.time
    app.clock.time = cycle.closesAt
    expect(bodyOf(await html('/'))).not.toContain(cycle.path('public'))
    app.clock.time = start
  })
})

describe('a survey that is not open', () => {
  /** Programs read the status, so to them it is the one that answers would get. */
  async function expectGone(path: string, code: 'closed' | 'not_open'): Promise<void> {
    const response = await app.request(path, { headers: { accept: 'application/json' } })
    expect(response.status).toBe(410)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ status: 410, code })
  }

  test('is an ordinary page on GET that says when it opens', async () => {
    for (const group of ['leaders', 'public', 'open'] as const) {
      const response = await app.request(ready.path(group))
      expect(response.status).toBe(200)
      const page = await response.text()
      expect(page).toContain('测评还没有开始')
      expect(page).not.toContain('<form method="post"')
    }
    await expectGone(ready.path('public'), 'not_open')
    const page = await app.request('/r', {
      method: 'POST',
      body: `code=${ready.leader()}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(page.status).toBe(410)
    expect(await page.text()).toContain('测评还没有开始')
  })

  test('is an ordinary page on GET that says when results come, once it is closed', async () => {
    const response = await app.request(closed.path('public'))
    expect(response.status).toBe(200)
    const page = await response.text()
    expect(page).toContain('测评已经结束')
    expect(page).toContain('结果已公布')
    expect(page).toContain(`href="/results/${closed.jid}/2026?`)
    await expectGone(closed.path('public'), 'closed')
    const refused = await app.request('/r', {
      method: 'POST',
      body: JSON.stringify({ code: closed.leader() }),
      headers: { 'content-type': 'application/json' },
    })
    expect(refused.status).toBe(410)
    expect(await refused.json()).toMatchObject({ code: 'closed', status: 410 })
  })

  test('leads home, not to results that nobody may see, while there are none', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    await own.close()
    // What is known of a survey may be a second old.
    app.clock.time += 2_000
    const page = bodyOf(await html(own.path('public')))
    expect(page).toContain('结果将于')
    expect(page).not.toContain('/results/')
    expect(page).toContain('href="/?lang=zh-CN">返回首页')
    app.clock.time = start
  })

  test('that nobody has made known is unknown, like an address that was never right', async () => {
    for (const path of ['/s/nowhere/x', `/s/${cycle.jid}/nowhere`, `/s/${cycle.jid}/nowhere/privacy`, `/q/nowhere`]) {
      const response = await app.request(path)
      expect(response.status, path).toBe(404)
      expect(await response.text(), path).toBe(await html('/s/nowhere/x'))
    }
  })
})

describe('D20: time', () => {
  test('before the hour nobody gets in, after it nobody new, and those who began have the grace minutes', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    const path = own.path('leaders')
    const answers = [[`q.${own.organs[0]}.overall`, '4']] as const
    app.clock.time = own.closesAt - 1_000
    const begun = await enterCode(app, own.leader(0))
    app.clock.time = own.closesAt
    const late = await app.request('/r', {
      method: 'POST',
      body: `code=${own.leader(1)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(late.status).toBe(410)
    app.clock.time = own.closesAt + 14 * 60_000
    expect((await sendAnswers(app, path, begun, answers)).status).toBe(303)
    app.clock.time = start
  })

  test('a clock that goes back an hour after the close opens nothing again', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    app.clock.time = own.closesAt - 60_000
    const begun = await enterCode(app, own.leader(0))
    await own.close()
    for (const back of [60_000, 3_600_000, 24 * 3_600_000]) {
      app.clock.time = own.closesAt - back
      expect((await sendAnswers(app, own.path('leaders'), begun, [[`q.${own.organs[0]}.overall`, '4']])).status).toBe(
        410,
      )
      expect(await html(own.path('public'))).toContain('测评已经结束')
      expect(
        (
          await app.request('/r', {
            method: 'POST',
            body: `code=${own.leader(1)}`,
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
          })
        ).status,
      ).toBe(410)
    }
    app.clock.time = start
  })

  test('no field and no header of the client says what time it is', async () => {
    const own = await createTestCycle(app)
    const entered = await enterCode(app, own.leader(0))
    for (const [name, value] of [
      ['time', '0'],
      ['opened_at', '0'],
      ['day', '20200101'],
    ] as const) {
      const refused = await sendAnswers(app, own.path('leaders'), entered, [
        [`q.${own.organs[0]}.overall`, '4'],
        [name, value],
      ])
      expect(refused.status, name).toBe(400)
    }
    const sent = await sendAnswers(app, own.path('leaders'), entered, [[`q.${own.organs[0]}.overall`, '4']], {
      headers: { date: 'Wed, 01 Jan 2020 00:00:00 GMT' },
    })
    expect(sent.status).toBe(303)
    const { rows } = await app.database.db.$client.execute({
      sql: 'SELECT DISTINCT day FROM slip WHERE jurisdiction_id = ?',
      args: [own.place.id],
    })
    const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' })
      .format(app.clock.time)
      .split('-')
    expect(rows.map((row) => row['day'])).toEqual([Number(`${year}${month}${day}`)])
  })
})

describe('the receipt page', () => {
  test('verifies the receipt, shows its fingerprint and nothing of the answers', async () => {
    const entered = await enterCode(app, cycle.leader(0))
    const sent = await sendAnswers(app, cycle.path('leaders'), entered, [
      [`q.${cycle.organs[0]}.overall`, '1'],
      [`c.${cycle.organs[0]}`, '不能出现在回执上'],
    ])
    const { tag, signature, location } = receiptOf(sent)
    const response = await app.request(location)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const page = bodyOf(await response.text())
    expect(page).toContain(tag)
    expect(page).toContain('12345')
    expect(page).not.toContain('不能出现')
    expect(page).not.toMatch(/非常不满意|不满意|overall/)
    expect(page).not.toContain(cycle.organs[0])
    expect(page).not.toContain(cycle.place.organs[0]!.nameZh)
    expect(page).not.toContain(entered.elig)
    expect(page).not.toContain(entered.k)
    // The page has no memory: the same address is the same page, later and after the close.
    expect(await (await app.request(location)).text()).toBe(await (await app.request(location)).text())
    expect(signature).toHaveLength(86)
  })

  test('refuses a receipt that is forged, changed, of another survey or incomplete', async () => {
    const entered = await enterCode(app, cycle.leader(1))
    const { tag, signature } = receiptOf(
      await sendAnswers(app, cycle.path('leaders'), entered, [[`q.${cycle.organs[0]}.overall`, '1']]),
    )
    const turned = (text: string) => (text[5] === 'A' ? 'B' : 'A')
    const change = (text: string) => text.slice(0, 5) + turned(text) + text.slice(6)
    const at = (path: string, t: string, g: string) =>
      app.request(`${path}/done?t=${encodeURIComponent(t)}&g=${encodeURIComponent(g)}`)
    const refused = [
      await at(cycle.path('leaders'), change(tag), signature),
      await at(cycle.path('leaders'), tag, change(signature)),
      await at(cycle.path('recipients'), tag, signature),
      await at(ready.path('leaders'), tag, signature),
      await at(cycle.path('leaders'), tag, ''),
      await at(cycle.path('leaders'), '', signature),
      await at(cycle.path('leaders'), `${tag}A`, signature),
      await at(cycle.path('leaders'), tag, 'A'.repeat(86)),
      await at(cycle.path('leaders'), signature, tag),
      await at('/s/nowhere/x', tag, signature),
      await app.request(`${cycle.path('leaders')}/done`),
    ]
    for (const response of refused) expect(response.status).toBe(404)
    expect((await at(cycle.path('leaders'), tag, signature)).status).toBe(200)
  })
})

describe('the manifest', () => {
  test('is served under the hash of its bytes, to anybody, and names the key of the receipts', async () => {
    const hashes = [...(await html(`/results/${closed.jid}/2026`)).matchAll(/href="(\/m\/([0-9a-f]{64})\.json)"/g)]
    expect(hashes.length).toBe(3)
    for (const [, path, hash] of hashes) {
      const response = await app.request(path!)
      const bytes = new Uint8Array(await response.arrayBuffer())
      expect(sha256(bytes).toString('hex')).toBe(hash)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
      expect(response.headers.getSetCookie()).toEqual([])
      const manifest = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>
      expect(manifest).toMatchObject({ v: 1, mode: 'live', counted: true, cycle: '2026', box_pk: null })
      const key = await app.world.keys.receiptPublicKey(String(manifest['survey']))
      expect(manifest['receipt_pk']).toBe(Buffer.from(key!).toString('base64url'))
    }
    for (const path of [
      `/m/${'0'.repeat(64)}.json`,
      `/m/${'0'.repeat(63)}.json`,
      `/m/${'G'.repeat(64)}.json`,
      hashes[0]![1]!.toUpperCase().replace('/M/', '/m/').replace('.JSON', '.json'),
    ]) {
      expect((await app.request(path)).status, path).toBe(404)
    }
  })
})

describe('a kept page', () => {
  const paths = () => [
    '/',
    '/r',
    '/method',
    cycle.path('public'),
    cycle.path('open'),
    `${cycle.path('leaders')}/privacy`,
    `/results/${closed.jid}/2026`,
    `/results/${cycle.jid}/2026`,
  ]

  test('answers 304 to its own ETag and the same bytes in every encoding', async () => {
    for (const path of paths()) {
      const plain = await app.request(path)
      const etag = plain.headers.get('etag')!
      expect(etag, path).toMatch(/^"[\w-]{16}"$/)
      const text = await plain.text()
      const gzip = await app.request(path, { headers: { 'accept-encoding': 'gzip' } })
      const br = await app.request(path, { headers: { 'accept-encoding': 'gzip, br' } })
      expect([gzip.headers.get('content-encoding'), br.headers.get('content-encoding')]).toEqual(['gzip', 'br'])
      expect(gunzipSync(Buffer.from(await gzip.arrayBuffer())).toString()).toBe(text)
      expect(brotliDecompressSync(Buffer.from(await br.arrayBuffer())).toString()).toBe(text)
      const unchanged = await app.request(path, { headers: { 'if-none-match': etag } })
      expect(unchanged.status).toBe(304)
      expect(await unchanged.text()).toBe('')
      expect((await app.request(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
      expect(plain.headers.get('vary')).toContain('Accept-Language')
    }
  })

  test('holds nothing of the visitor who came before', async () => {
    const headers = {
      'user-agent': 'canary-agent',
      referer: 'https://canary.example/',
      cookie: 'gp_open=canary; x=canary',
      'x-forwarded-for': '192.0.2.99',
    }
    for (const path of paths()) {
      const joined = path.includes('?') ? '&' : '?'
      const query = `${joined}canary=query-canary&utm_source=13800138000&t=canary&ch=canary&sort=canary&class=canary&dir=canary`
      // Two hours later nothing kept is fresh any more, so the page is made for this visitor.
      app.clock.time += 2 * 3_600_000
      await app.request(`${path}${query}`, { headers })
      for (const seen of [await html(path), await html(`${path}${query}`)])
        expect(seen, path).not.toMatch(/canary|13800138000|192\.0\.2\.99/)
    }
  })

  test('speaks the language of the address, else of the browser, else Chinese', async () => {
    const language = async (path: string, accept?: string) => {
      const response = await app.request(path, accept === undefined ? {} : { headers: { 'accept-language': accept } })
      const text = await response.text()
      expect(response.headers.get('content-language')).toBe(/<html lang="([^"]+)"/.exec(text)![1])
      return response.headers.get('content-language')
    }
    for (const path of paths()) {
      expect(await language(path), path).toBe('zh-CN')
      expect(await language(`${path}?lang=en`), path).toBe('en')
    }
    expect(await language('/', 'en-US,en;q=0.9')).toBe('en')
    expect(await language('/', 'en-US,en;q=0.9,zh-CN;q=0.8')).toBe('en')
    expect(await language('/', 'zh-TW,zh;q=0.9,en;q=0.8')).toBe('zh-CN')
    expect(await language('/', 'en;q=0.1,zh;q=0.9')).toBe('zh-CN')
    expect(await language('/', 'fr-FR,de')).toBe('zh-CN')
    expect(await language('/?lang=zh-CN', 'en')).toBe('zh-CN')
    expect(await language('/?lang=fr', 'en')).toBe('en')
    expect(await language('/', `${'x,'.repeat(5_000)}en`)).toBe('zh-CN')
  })

  test('of a survey carries the channel that is its own, and no other', async () => {
    const own = cycle.survey('public').channels[0]!.code
    const foreign = cycle.survey('open').channels[0]!.code
    expect(await html(`${cycle.path('public')}?ch=${own}`)).toContain(`name="ch" value="${own}"`)
    for (const channel of [foreign, 'nonsense', '"><script>', '']) {
      const page = await html(`${cycle.path('public')}?ch=${encodeURIComponent(channel)}`)
      expect(page).toBe(await html(cycle.path('public')))
    }
    const redirect = await app.request(`/q/${own}`)
    expect(redirect.status).toBe(303)
    expect(redirect.headers.get('location')).toBe(`${cycle.path('public')}?ch=${own}`)
  })
})
