import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { createSealing } from '../support/sealing.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// What the device that has sent a sealed response can still do with it.
describe.skipIf(withoutBrowser)('a sealed response that was sent', () => {
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

  test('is changed from the same device with the same receipt, and from no other', async () => {
    const link = server.demo.leaderSpare[2]!
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    await sealing.enterLeader(page, link)
    await sealing.fillAtRandom(page, 3)
    await sealing.send(page)
    const tag = sealing.tagOf(page)
    await page.close()
    const again = await context.newPage()
    await sealing.enterLeader(again, link)
    const sent = await sealing.fillAtRandom(again, 2)
    await sealing.send(again)
    expect(base64url(sealing.tagOf(again))).toBe(base64url(tag))
    const { version, checked } = await sealing.opened('leaders', tag)
    expect(version).toBe(2)
    expect(checked).toEqual({ ok: true, value: sealing.asRead('leaders', sent) })

    const stranger = await visit(browser, { width: 768 })
    const posts: string[] = []
    stranger.page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname.split('/').at(-1)!)
    })
    await sealing.enterLeader(stranger.page, link)
    await sealing.fillAtRandom(stranger.page, 2)
    await stranger.page.evaluate(() => {
      document.querySelector<HTMLElement>('#nav [data-go="list"]')!.click()
      document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
    })
    await stranger.page.click('#send button[type=submit]')
    await stranger.page.waitForSelector('h2:has-text("您已经评价过了")')
    // What it says it says without sending the answers to be explained.
    expect(posts).toEqual(['r', 'issue'])
    expect((await sealing.opened('leaders', tag)).version).toBe(2)
    expect(complaints).toEqual([])
    await stranger.close()
    await close()
  })

  test('is sent again, the same bytes, where its receipt is checked, when after two days no log holds it', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await sealing.enterLeader(page, server.demo.leaderSpare[8]!)
    await sealing.fillAtRandom(page, 2)
    let proofs = 0
    page.on('response', (response) => {
      if (response.url().includes('/proof/')) proofs += 1
    })
    await sealing.send(page)
    // The page of the receipt asks too.
    await expect.poll(() => proofs).toBe(1)
    const tag = base64url(sealing.tagOf(page))
    const [, , jid, code] = new URL(page.url()).pathname.split('/')
    const signature = new URL(page.url()).searchParams.get('g')
    const posts: { path: string; body: string }[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') posts.push({ path: new URL(request.url()).pathname, body: request.postData()! })
    })
    const check = async (age: number) => {
      const name = `gpb:${jid}/${code}`
      const ct = await page.evaluate(
        ([key, sent]) => {
          const kept = JSON.parse(localStorage.getItem(key)!)
          kept[0].at = sent
          localStorage.setItem(key, JSON.stringify(kept))
          return String(kept[0].ct)
        },
        [name, Date.now() - age] as const,
      )
      await page.goto('about:blank')
      await page.goto(`${server.base}/check/${jid}/${code}#t=${tag}&g=${signature}`)
      await page.locator('#outcome strong', { hasText: '还没有写入日志' }).waitFor()
      return ct
    }
    // Control: on the same day there is nothing to worry about.
    await check(0)
    // The page asks once for the outcome, once for the kept copy.
    await expect.poll(() => proofs).toBe(3)
    const ct = await check(48 * 3_600_000)
    await expect.poll(() => posts.length).toBe(1)
    await expect.poll(() => proofs).toBe(5)
    expect(posts.map(({ path }) => path)).toEqual([`/s/${jid}/${code}/submit`])
    expect(JSON.parse(posts[0]!.body).ct).toBe(ct)
    expect((await sealing.opened('leaders', fromBase64url(tag)!)).version).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('is what was sent last by a press, and what is withdrawn, whatever another page of the device has sent meanwhile', async () => {
    const link = server.demo.leaderSpare[9]!
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    const changeElsewhere = async () => {
      const other = await context.newPage()
      await sealing.enterLeader(other, link)
      await sealing.fillAtRandom(other, 2)
      await sealing.send(other)
      await other.close()
    }
    // The replies to the first page are lost after the server has heard it.
    let isLost = true
    await page.route('**/submit', async (route) => {
      if (!isLost) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await sealing.enterLeader(page, link)
    await sealing.fillAtRandom(page, 3)
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('#nav [data-go="list"]')!.click()
      document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
    })
    await page.click('#send button[type=submit]')
    await page.waitForSelector('h2:has-text("没有提交成功")')
    // A draft that a page has left is offered to the next one, which goes without it.
    await page.evaluate(() => {
      localStorage.removeItem(Object.keys(localStorage).find((name) => name.startsWith('gp:'))!)
      indexedDB.deleteDatabase('gongping-drafts')
    })
    for (let time = 0; time < 3; time++) await changeElsewhere()
    const sent = await sealing.fillAtRandom(page, 4)
    isLost = false
    await page.click('button:has-text("再试一次")')
    await page.waitForURL('**/done?**')
    const tag = sealing.tagOf(page)
    const { version, checked } = await sealing.opened('leaders', tag)
    expect(version).toBe(5)
    expect(checked).toEqual({ ok: true, value: sealing.asRead('leaders', sent) })

    await page.waitForSelector('[data-own] button')
    await changeElsewhere()
    await changeElsewhere()
    await page.click('[data-own] button')
    await page.click('[data-own] button:has-text("确认撤回")')
    await page.waitForSelector('[data-own] [role=status]:has-text("已撤回")')
    const { rows } = await sealing.look.execute({
      sql: 'SELECT ver, length(ct) AS size FROM box WHERE tag = ?',
      args: [tag],
    })
    expect([rows[0]?.['ver'], rows[0]?.['size']]).toEqual([8, 0])
    expect(complaints).toEqual([])
    await close()
  })

  test('is withdrawn from the same device by two taps, and may be sent again', async () => {
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    await sealing.enterLeader(page, server.demo.leaderSpare[6]!)
    await sealing.fillAtRandom(page, 2)
    await sealing.send(page)
    const tag = sealing.tagOf(page)
    await page.click('[data-own] button')
    await page.click('[data-own] button:has-text("确认撤回")')
    await page.waitForSelector('[data-own] [role=status]:has-text("已撤回")')
    const { rows } = await sealing.look.execute({
      sql: 'SELECT ver, length(ct) AS size FROM box WHERE tag = ?',
      args: [tag],
    })
    expect([rows[0]?.['ver'], rows[0]?.['size']]).toEqual([2, 0])
    await page.close()
    const again = await context.newPage()
    await sealing.enterLeader(again, server.demo.leaderSpare[6]!)
    await sealing.fillAtRandom(again, 2)
    await sealing.send(again)
    expect(base64url(sealing.tagOf(again))).toBe(base64url(tag))
    expect((await sealing.opened('leaders', tag)).version).toBe(3)
    // On another device the receipt is shown without a way to take anything back.
    const stranger = await visit(browser)
    await stranger.page.goto(again.url())
    expect(await stranger.page.locator('[data-own]').isVisible()).toBe(false)
    expect(complaints).toEqual([])
    await stranger.close()
    await close()
  })
})
