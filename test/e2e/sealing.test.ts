import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base64url } from '../../surveys/canonical.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { createSealing } from '../support/sealing.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// The sealed way, in a real browser against the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('a sealed response', () => {
  let server: RunningServer
  let browser: Browser
  let sealing: ReturnType<typeof createSealing>

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
    sealing = createSealing(server)
  })
  afterAll(async () => {
    sealing?.look.close()
    await browser?.close()
    await server?.stop()
  })

  test('holds what the server would have read from the same form, by leaders and by citizens', async () => {
    for (const [word, organs] of [
      ['leaders', 9],
      ['public', 1],
      ['public', 2],
      ['public', 3],
    ] as const) {
      const { page, complaints, close } = await visit(browser, { width: 768 })
      if (word === 'leaders') await sealing.enterLeader(page, server.demo.leaderSpare[0]!)
      else await sealing.enterCitizen(page, organs)
      const sent = await sealing.fillAtRandom(page, organs)
      await sealing.send(page)
      const { checked } = await sealing.opened(word, sealing.tagOf(page))
      expect(checked).toEqual({ ok: true, value: sealing.asRead(word, sent) })
      expect(complaints).toEqual([])
      await close()
    }
  })

  test('is made by code of at most 9 KB, fetched once, after the page is there', async () => {
    const { page, close } = await visit(browser)
    await sealing.enterCitizen(page, 1)
    await page.waitForFunction(() => document.querySelector<HTMLFormElement & { ballot?: unknown }>('#f')?.ballot)
    const { fetched, loaded } = await page.evaluate(() => ({
      fetched: performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.includes('/assets/ballot-'))
        .map(({ name, startTime }) => ({ name, startTime })),
      loaded: (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).loadEventStart,
    }))
    expect(fetched).toHaveLength(1)
    expect(fetched[0]!.startTime).toBeGreaterThanOrEqual(loaded)
    expect(gzipSync(await (await fetch(fetched[0]!.name)).text(), { level: 9 }).length).toBeLessThanOrEqual(9_000)
    await close()
  })

  test('leaves the device sealed: no answer goes out in the clear, and none stays behind', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    const posts: { path: string; body: string }[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST')
        posts.push({ path: new URL(request.url()).pathname.split('/').at(-1)!, body: request.postData() ?? '' })
    })
    await sealing.enterLeader(page, server.demo.leaderSpare[1]!)
    await sealing.fillAtRandom(page, 5)
    await sealing.send(page)
    expect(posts.map(({ path }) => path)).toEqual(['r', 'issue', 'submit'])
    for (const { body } of posts) expect(body).not.toMatch(/overall|办事/)
    const { response } = await sealing.opened('leaders', sealing.tagOf(page))
    const left = await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open('gongping', 1)
        opening.onsuccess = () => resolve(opening.result)
      })
      const kept = await new Promise<unknown>((resolve) => {
        const request = database.transaction('ballots').objectStore('ballots').getAll()
        request.onsuccess = () => resolve(request.result)
      })
      return {
        html: document.documentElement.outerHTML.replace(/<(style|script)[\s\S]*?<\/\1>/g, ''),
        local: JSON.stringify(localStorage),
        session: JSON.stringify(sessionStorage),
        kept: JSON.stringify(kept),
        names: Object.keys(localStorage),
      }
    })
    expect(left.names.filter((name) => name.startsWith('gp:'))).toEqual([])
    // What stays of each slip is the hash under which it will stand in the log of slips.
    const [[ballot]] = JSON.parse(left.kept) as [[{ leaves: string[] }]]
    const leafOf = ({ id, o, a, s }: (typeof response.slips)[number]) => {
      const slip = { a, id: base64url(id), o, s: base64url(s), survey: `jiangzhou/${sealing.sid('leaders')}`, v: 1 }
      return createHash('sha256')
        .update(`\0gp1|slip|${JSON.stringify(slip)}`)
        .digest('base64url')
    }
    expect(ballot.leaves).toEqual(response.slips.map(leafOf))
    expect(left.kept).toContain('"ct"')
    const secrets = [...response.slips, ...response.comments].flatMap(({ id, s }) => [base64url(id), base64url(s)])
    const answers = response.slips.map(({ a }) => JSON.stringify(a))
    for (const place of [left.html, left.local, left.session, left.kept, page.url()])
      for (const secret of [...secrets, ...answers, '办事', ...response.slips.map(({ o }) => o)])
        expect(place).not.toContain(secret)
    expect(complaints).toEqual([])
    await close()
  })

  test('shares a phone with another: each has a ticket, and neither replaces the other', async () => {
    const { page, context, close } = await visit(browser)
    await sealing.enterCitizen(page, 1)
    await sealing.fillAtRandom(page, 1)
    await sealing.send(page)
    const first = sealing.tagOf(page)
    await page.close()
    const next = await context.newPage()
    await sealing.enterCitizen(next, 1)
    await sealing.fillAtRandom(next, 1)
    await sealing.send(next)
    const second = sealing.tagOf(next)
    expect(base64url(second)).not.toBe(base64url(first))
    expect((await sealing.opened('public', first)).version).toBe(1)
    expect((await sealing.opened('public', second)).version).toBe(1)
    await close()
  })

  test('is counted once when replies are lost on the way', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await sealing.enterLeader(page, server.demo.leaderSpare[3]!)
    await sealing.fillAtRandom(page, 2)
    const lost = { issue: 0, submit: 0 }
    for (const step of ['issue', 'submit'] as const) {
      await page.route(
        ({ pathname }) => pathname.endsWith(`/${step}`),
        async (route) => {
          lost[step] += 1
          if (lost[step] > 1) return route.continue()
          // It arrives and is taken; the answer never comes back.
          await route.fetch()
          await route.abort('connectionreset')
        },
      )
    }
    await sealing.send(page)
    expect(lost.issue).toBeGreaterThan(1)
    expect(lost.submit).toBeGreaterThan(1)
    expect((await sealing.opened('leaders', sealing.tagOf(page))).version).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('is not sealed with other keys than those that were promised: nothing is sent, and the page says whom to tell', async () => {
    const { page, close } = await visit(browser, { width: 768 })
    const sent: string[] = []
    page.on('request', (request) => {
      if (/\/(issue|submit)$/.test(new URL(request.url()).pathname)) sent.push(request.url())
    })
    await sealing.enterLeader(page, server.demo.leaderSpare[6]!)
    await sealing.fillAtRandom(page, 1)
    // First some network's own page, which is no manifest at all; then one with a key of somebody else's box.
    let served = 0
    await page.route(
      ({ pathname }) => pathname.startsWith('/m/'),
      async (route) => {
        served += 1
        if (served === 1) return route.fulfill({ contentType: 'text/html', body: '<p>Please sign in</p>' })
        const manifest = await (await route.fetch()).json()
        await route.fulfill({ json: { ...manifest, box_pk: manifest.box_pk.replace(/.{4}$/, 'AAAA') } })
      },
    )
    await page.evaluate(() => {
      document.querySelector<HTMLButtonElement>('#send [type=submit]:not([formaction])')!.click()
    })
    await page.getByRole('heading', { name: '密钥与公布的不一致，没有发送' }).waitFor({ timeout: 20_000 })
    expect(await page.locator('.part.on').textContent()).toMatch(/没有发送，任何人都没有看到。请拨打 \S+ 说明这一情况/)
    expect(served).toBe(2)
    expect(sent).toEqual([])
    expect(await page.locator('.part.on button').count()).toBe(0)
    // Control: what was chosen is still there, and is taken with the keys of the survey.
    await page.unrouteAll()
    await page.goto('about:blank')
    await page.goto(server.base + server.demo.leaderSpare[6]!)
    await page.locator('.part.on button').first().click()
    await sealing.send(page)
    expect(sent).toHaveLength(2)
    await close()
  })

  test('is sealed by the server where script cannot, and the page says so', async () => {
    const { page, close } = await visit(browser, { script: false, width: 768 })
    const code = server.demo.leaderSpare[4]!.split('#')[1]!
    await page.goto(server.base + server.demo.public)
    expect(await page.locator('main > .plainly').textContent()).toContain('由服务器代为密封')
    await page.goto(`${server.base}/r`)
    await page.fill('input[name=code]', code)
    await page.click('main form button[type=submit]')
    await page.waitForLoadState()
    for (const where of ['#landing', '#send'])
      expect(await page.locator(where).textContent()).toContain('由服务器代为密封')
    await page.locator('input[type=radio][value="4"]').first().check()
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    await page.waitForURL('**/done?**')
    const { version, checked } = await sealing.opened('leaders', sealing.tagOf(page))
    expect([version, checked.ok]).toEqual([1, true])
    await close()
    const scripted = await visit(browser, { width: 768 })
    await sealing.enterLeader(scripted.page, server.demo.leaderSpare[5]!)
    for (const each of await scripted.page.locator('.plainly').all()) expect(await each.isVisible()).toBe(false)
    await scripted.page.goto(server.base + server.demo.public)
    expect(await scripted.page.locator('.plainly').isVisible()).toBe(false)
    await scripted.close()
  })

  test('the survey of the public has its own code and name', async () => {
    const { rows } = await sealing.look.execute({
      sql: 'SELECT mode FROM survey WHERE code = ?',
      args: [sealing.sid('public')],
    })
    expect(rows[0]?.['mode']).toBe('sealed')
  })
})
