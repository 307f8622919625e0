import { join } from 'node:path'
import { createClient } from '@libsql/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openKeyStore } from '../../server/node/key-store.ts'
import { base64url } from '../../surveys/canonical.ts'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// A receipt is checked by the device itself, in a real browser against the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('checking a receipt', () => {
  let server: RunningServer
  let browser: Browser
  /** A receipt of last year's survey of recipients, whose log is closed. */
  let path: string
  let receipt: Logged

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
    receipt = await firstLogged('recipients')
    path = receipt.path
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  interface Logged {
    /** Where it is checked. */
    path: string
    tag: string
    signature: string
    /** Its place in the log of participation. */
    index: number
  }

  /** The first receipt in the log of last year's survey of a group. */
  async function firstLogged(group: string): Promise<Logged> {
    const look = createClient({ url: `file:${join(server.folder, 'gongping.db')}`, concurrency: 1 })
    const { rows } = await look.execute({
      sql: `SELECT s.code AS sid, j.code AS jid, p.tag, p.cell FROM survey AS s
        JOIN jurisdiction AS j ON j.id = s.jurisdiction_id
        JOIN spent AS p ON p.jurisdiction_id = s.jurisdiction_id AND p.survey_id = s.id
        WHERE s.state = 'published' AND s.group_id = ? AND p.logged = 1 ORDER BY p.tag LIMIT 1`,
      args: [group],
    })
    look.close()
    const { sid, jid, tag, cell } = rows[0]!
    const bytes = new Uint8Array(tag as ArrayBuffer)
    const keys = openKeyStore(join(server.folder, '../keys'), () => Date.now())
    const signature = await keys.signReceipt(`${jid}/${sid}`, String(cell), bytes)
    // Logged in the order of their tags: the first stands behind the manifest.
    return { path: `/check/${jid}/${sid}`, tag: base64url(bytes), signature: base64url(signature), index: 1 }
  }

  const fragment = ({ tag, signature } = receipt) => `#t=${tag}&g=${signature}`
  const outcome = (page: Page) => page.locator('#outcome strong')
  const changed = () => receipt.signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))

  test('by its link says that it is counted and where, and sends neither signature nor fragment', async () => {
    const { page, complaints, close } = await visit(browser)
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`))
    await page.goto(server.base + path + fragment())
    await outcome(page)
      .filter({ hasText: `已计入，日志第 ${receipt.index} 条` })
      .waitFor()
    const sent = asked.join('\n')
    expect(sent).not.toContain(receipt.signature)
    expect(asked.filter((each) => each.includes(receipt.tag))).toHaveLength(1)
    expect(sent).toContain(`/log/participation/proof/${receipt.tag}`)
    expect(await page.locator('main').textContent()).not.toMatch(/非常满意|非常不满意/)
    expect(await findAccessibilityFaults(page)).toEqual([])
    expect(await overflow(page)).toBe(0)
    expect(complaints).toEqual([])
    // The other language keeps the receipt, and asks again.
    await page.click('[data-language]')
    await outcome(page)
      .filter({ hasText: `Counted, log entry ${receipt.index}` })
      .waitFor()
    await close()
  })

  test('in English, pasted or from a saved file, says the same', async () => {
    const { page, complaints, close } = await visit(browser, { locale: 'en', width: 1440, dark: true })
    await page.goto(server.base + path)
    expect(await page.locator('#outcome').isVisible()).toBe(false)
    await page.fill('textarea', `Receipt\n${server.base}${path}${fragment()}\nthank you`)
    await page.click('main form button[type=submit]')
    await outcome(page)
      .filter({ hasText: `Counted, log entry ${receipt.index}` })
      .waitFor()
    await page.fill('textarea', 'nothing of the kind')
    await page.click('main form button[type=submit]')
    await outcome(page).filter({ hasText: 'Receipt not valid' }).waitFor()
    const buffer = Buffer.from(`\r\n${server.base}${path}${fragment()}\r\n`)
    await page.setInputFiles('input[type=file]', { name: 'receipt.txt', mimeType: 'text/plain', buffer })
    await outcome(page)
      .filter({ hasText: `Counted, log entry ${receipt.index}` })
      .waitFor()
    // An address in the bar is another question.
    await page.goto(`${server.base}${path}${fragment({ ...receipt, signature: changed() })}`)
    await outcome(page).filter({ hasText: 'Receipt not valid' }).waitFor()
    expect(await findAccessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  test('without script is done by the server, which says so, and says the same', async () => {
    const { page, complaints, close } = await visit(browser, { script: false })
    await page.goto(server.base + path)
    expect(await page.locator('#who').textContent()).toContain('由本网站代为核对')
    expect(await page.locator('input[type=file]').isVisible()).toBe(false)
    await page.click('main form button[type=submit]')
    expect(await page.title()).toMatch(/^错误/)
    for (const [text, said] of [
      [`${server.base}${path}${fragment()}`, `已计入，日志第 ${receipt.index} 条`],
      [`${server.base}${path}${fragment({ ...receipt, signature: changed() })}`, '回执不正确'],
    ] as const) {
      await page.fill('textarea', text)
      await page.click('main form button[type=submit]')
      expect(await outcome(page).textContent()).toBe(said)
    }
    expect(complaints).toEqual([])
    await close()
  })

  test('in a browser that does not know the signatures comes to the same, by a library', async () => {
    const { page, complaints, close } = await visit(browser)
    await page.addInitScript(() => {
      const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (...given: unknown[]) => Promise<CryptoKey>
      const refusing = (...given: unknown[]) =>
        given[2] === 'Ed25519' ? Promise.reject(new DOMException('x', 'NotSupportedError')) : importKey(...given)
      Object.defineProperty(crypto.subtle, 'importKey', { value: refusing })
    })
    await page.goto(server.base + path + fragment())
    await outcome(page).filter({ hasText: '已计入' }).waitFor()
    await page.goto(`${server.base}${path}${fragment({ ...receipt, signature: changed() })}`)
    await outcome(page).filter({ hasText: '回执不正确' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  test('finds a site that lies: about the place, the proof, the head or the keys', async () => {
    const lies: readonly [address: RegExp, change: (text: string) => string][] = [
      [/\/proof\//, (text) => text.replace(/"index":\d+/, '"index":2')],
      [
        /\/proof\//,
        (text) => text.replace(/"proof":\["./, (found) => `${found.slice(0, -1)}${found.endsWith('A') ? 'B' : 'A'}`),
      ],
      [/\/checkpoint\//, (text) => text.replace(/\n(.)/, (_, first: string) => `\n${first === '1' ? '2' : '1'}`)],
      [/\/checkpoint\//, (text) => text.replace('/participation', '/slips')],
      [/\/m\/[0-9a-f]{64}\.json/, (text) => text.replace('"grace_minutes":15', '"grace_minutes":95')],
    ]
    for (const [address, change] of lies) {
      const { page, close } = await visit(browser)
      let lied = 0
      await page.route(address, async (route) => {
        const answered = await route.fetch()
        const text = await answered.text()
        if (change(text) !== text) lied += 1
        await route.fulfill({ response: answered, body: change(text) })
      })
      await page.goto(server.base + path + fragment())
      await outcome(page).filter({ hasText: '日志没有通过核对' }).waitFor()
      expect(lied, String(address)).toBe(1)
      await close()
    }
  })

  test('on the device that sealed the answers says whether they stand in the published record, and tells nobody which', async () => {
    const sealed = await firstLogged('leaders')
    const [, , jid, sid] = sealed.path.split('/')
    const cycle = sid!.slice(-4)
    const published = `/results/${jid}/${cycle}/bundle/surveys/${sid}/slips.leafhashes`
    const hashes = new Uint8Array(await (await fetch(server.base + published)).arrayBuffer())
    const leafAt = (at: number) => base64url(hashes.slice(32 * at, 32 * at + 32))
    const location = `/s/${jid}/${sid}/done?t=${sealed.tag}&g=${sealed.signature}`
    // What a device keeps after the receipt; the leaves are slips of that survey, or for the control one of no survey.
    const kept = (leaves: string[]) => JSON.stringify([{ kid: '', msg: '', blinded: '', ver: 1, leaves, location }])
    const cases: [leaves: string[], sentence: string | null, change?: (bytes: Buffer) => Buffer][] = [
      [[leafAt(1), leafAt(3)], '是：您的评价在公布的记录里'],
      [[leafAt(1), base64url(new Uint8Array(32))], '否：公布的记录里没有全部找到'],
      [[leafAt(1), leafAt(3)], '公布的记录没有通过核对', (bytes) => bytes.fill(0, 32 * 5, 32 * 6)],
      [[], null],
    ]
    for (const [leaves, sentence, change] of cases) {
      const { page, complaints, close } = await visit(browser)
      const asked: string[] = []
      page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`))
      if (change)
        await page.route(`**${published}`, async (route) => {
          if (route.request().method() === 'HEAD') return route.continue()
          const answered = await route.fetch()
          await route.fulfill({ response: answered, body: change(Buffer.from(await answered.body())) })
        })
      await page.addInitScript(([name, text]) => localStorage.setItem(name!, text!), [
        `gpb:${jid}/${sid}`,
        kept(leaves),
      ] as const)
      await page.goto(server.base + sealed.path + fragment(sealed))
      await outcome(page).filter({ hasText: '已计入' }).waitFor()
      const button = page.getByRole('button', { name: '核对我的评价（下载 0.1 MB）' })
      if (sentence === null) {
        expect(await page.locator('#answers').isVisible()).toBe(false)
      } else {
        await button.click()
        await page.locator('#answers [role=status] strong', { hasText: sentence }).waitFor()
        for (const leaf of leaves) expect(asked.join('\n')).not.toContain(leaf)
        expect(await findAccessibilityFaults(page)).toEqual([])
        expect(await overflow(page)).toBe(0)
      }
      expect(complaints).toEqual([])
      await close()
    }
  })

  test('just after answering says that it is not logged yet; the receipt page and the saved file lead there', async () => {
    const { page, complaints, close } = await visit(browser)
    await page.goto(server.base + server.demo.recipientSpare[4]!)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').first().click()
    await page.locator('button:visible', { hasText: '提交' }).first().click()
    await page.waitForURL('**/done?**')
    const qr = page.getByRole('img', { name: '核对网址的二维码' })
    expect((await qr.boundingBox())!.width).toBeGreaterThanOrEqual(200)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-do=save]')])
    const saved = await (await download.createReadStream()).toArray()
    expect(Buffer.concat(saved).toString()).toMatch(
      /\r\nhttp:\/\/localhost:\d+\/check\/[\w-]+\/[\w-]+#t=[\w-]{43}&g=[\w-]{86}\r\n/,
    )
    await page.getByRole('link', { name: '核对' }).click()
    await outcome(page).filter({ hasText: '还没有写入日志，次日再查' }).waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  test('while the line is down says so and nothing else', async () => {
    const { page, context, close } = await visit(browser)
    await page.goto(server.base + path)
    await context.setOffline(true)
    await page.fill('textarea', fragment())
    await page.click('main form button[type=submit]')
    await outcome(page).filter({ hasText: '现在查不到，请稍后再试' }).waitFor()
    await context.setOffline(false)
    await page.click('main form button[type=submit]')
    await outcome(page).filter({ hasText: '已计入' }).waitFor()
    await close()
  })
})
