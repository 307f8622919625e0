import { createECDH, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { split } from 'shamir-secret-sharing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBoxKey } from '../../db/box-keys.ts'
import { systemScope } from '../../server/guard.ts'
import { createBoxes } from '../../server/node/boxes.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { base64url } from '../../surveys/canonical.ts'
import { writeShare } from '../../surveys/shares.ts'
import { putDirectly } from '../support/box.ts'
import {
  enterOffice,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { accountOf, createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { sha256 } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'

const hashOf = (bytes: Uint8Array) => new Uint8Array(sha256(bytes))

describe.skipIf(withoutBrowser)('the key of a sealed box, in a browser', () => {
  let app: ServedApp
  let browser: Browser

  beforeAll(async () => {
    app = await serveTestApp()
    Object.assign(app.world, { boxes: createBoxes(() => app.world) })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  /** A sealed survey of leaders in preparation, with its address and a second administrator. */
  async function draft() {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan(), leaders: 12 })
    const { sid, id } = cycle.survey('leaders')
    const second = { email: await hireStaff(app, cycle, ['office_admin']), password: staffPassword }
    return { cycle, sid, id, path: `${app.base}/office/${cycle.jid}/2026/surveys/${sid}`, second }
  }

  const first = (cycle: TestCycle) => accountOf(cycle, 'office_admin')
  const press = async (page: Page, act: string) => {
    await page.locator(`form:has(input[value=${act}]) button`).click()
    await page.waitForURL(`**done=${act}**`)
  }

  const expectFaults = async (page: Page, typed: readonly string[], said: readonly string[]) => {
    for (const [at, text] of typed.entries()) await page.fill(`#share-${at + 1}`, text)
    await page.click('form[data-box] button[type=submit]')
    for (const sentence of said) await page.waitForSelector(`form[data-box] .msg:has-text("${sentence}")`)
    // Nothing typed is lost.
    for (const [at, text] of typed.entries()) expect(await page.inputValue(`#share-${at + 1}`)).toBe(text)
  }

  test('is made and shared among trustees, rehearsed, and opens the box, and never leaves the page before', async () => {
    const { cycle, sid, id, path, second } = await draft()
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    const sent: { url: string; body: string }[] = []
    page.on('request', (request) => sent.push({ url: request.url(), body: request.postData() ?? '' }))
    const keyNow = async () => (await readBoxKey(app.world.db, systemScope(cycle.place.id), id))!
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}?lang=zh-CN`)
    await press(page, 'back_to_draft')
    await page.goto(`${path}/key?lang=zh-CN`)
    // Here script runs, and says nothing of what it would take without it.
    await page.waitForSelector('[data-box=ceremony]', { state: 'visible' })
    expect(await page.locator('[data-without=ceremony]').isVisible()).toBe(false)

    // The numbers have to fit together, and the warning says how many shares are needed.
    await page.fill('#threshold', '4')
    expect(await page.locator('[data-step=terms] [data-warning]').textContent()).toContain(
      '少于 4 份时任何人都无法开箱',
    )
    await page.click('[data-do=make]')
    await page.waitForSelector('text=开箱份数须是 2 到保管人数')
    await page.fill('#threshold', '2')

    await page.click('[data-do=make]')
    const shares: string[] = []
    const prints = new Set<string>()
    for (const i of [1, 2, 3]) {
      await page.waitForSelector(`text=请第 ${i} 位保管人到屏幕前（共 3 位）`)
      // Between two trustees nothing of a share is on the page.
      expect(await page.content()).not.toMatch(/GPS1-[a-z0-9-]+-\d-/)
      expect(await page.locator('[data-qr] svg').count()).toBe(0)
      await page.click('[data-do=show]')
      await page.waitForSelector(`text=第 ${i} 份，共 3 份`)
      shares.push((await page.locator('[data-text]').textContent())!)
      prints.add((await page.locator('[data-step=share] [data-print]').textContent())!)
      expect(await page.locator('[data-qr] svg path').count()).toBe(1)
      const downloading = page.waitForEvent('download')
      await page.click('[data-do=save]')
      const download = await downloading
      expect(download.suggestedFilename()).toBe(`gongping-${sid}-share-${i}.txt`)
      const file = readFileSync(await download.path(), 'utf8')
      expect(file.split('\n')[0]).toBe(shares.at(-1))
      // Nobody goes on without saying that the share is kept.
      await page.click('[data-do=next]')
      await page.waitForSelector('text=请先保存或打印份额')
      await page.locator('[data-kept]').check()
      await page.click('[data-do=next]')
    }
    await page.waitForSelector('text=3 位保管人都已取走份额')
    expect(await page.content()).not.toMatch(/GPS1-[a-z0-9-]+-\d-/)
    expect(new Set(shares).size).toBe(3)
    for (const [at, share] of shares.entries())
      expect(share).toMatch(new RegExp(`^GPS1-${sid}-${at + 1}-[0-9A-Z]{60}$`))
    sent.length = 0
    await page.click('[data-step=done] button[type=submit]')
    await page.waitForURL('**done=key_saved**')
    const posted = new URLSearchParams(sent.find(({ body }) => body !== '')!.body)
    expect([...posted.keys()].sort()).toEqual(['csrf', 'holding', 'pk', 'shares', 'threshold'])
    const key = await keyNow()
    expect(key).toMatchObject({ holding: 'trustees', threshold: 2, shares: 3, rehearsedAt: null })
    expect([...prints]).toEqual([sha256(key.pk).toString('hex').slice(0, 32).match(/.{4}/g)!.join(' ')])
    expect(await page.locator('main').textContent()).toContain([...prints][0]!)

    // Whoever handed the key in is told that another administrator leads the rehearsal.
    expect(await page.locator('#rehearsal').textContent()).toContain('演练须由另一名管理员登录主持')
    expect(await page.locator('form[data-box=rehearsal]').count()).toBe(0)
    await enterOffice(page, app.base, second)
    await page.goto(`${path}/key?lang=zh-CN`)
    await page.waitForSelector('form[data-box=rehearsal]', { state: 'visible' })

    // The rehearsal: each wrong share has a sentence of its own, and nothing is sent.
    const [one, two, three] = shares as [string, string, string]
    const another = await split(new Uint8Array(randomBytes(32)), 3, 2)
    const older = await writeShare(sid, { index: 2, share: another[1]! }, hashOf)
    const foreign = await writeShare('public-2026', { index: 1, share: another[0]! }, hashOf)
    const swapped = one.at(-1) === '0' ? '8' : '0'
    sent.length = 0
    await expectFaults(page, [one, ''], ['份额不够，需要 2 份'])
    await expectFaults(page, [one, one], ['这一份已经输入过'])
    await expectFaults(page, [foreign, two], ['这是另一项测评的份额'])
    await expectFaults(page, ['你好', two.slice(0, -1)], ['这不是份额', '份额不完整'])
    await expectFaults(page, [one, `${two.slice(0, -3)}${swapped}${two.slice(-2)}`], ['份额有写错的字符'])
    await expectFaults(page, [one, two.replace(`${sid}-2-`, `${sid}-7-`)], ['这把钥匙没有这个编号的份额'])
    await expectFaults(page, [one, older], ['这些份额合不出这只票箱的钥匙'])
    expect(sent).toEqual([])
    expect((await keyNow()).rehearsedAt).toBeNull()
    // Two of the three, in any order, one typed by hand and one from its file.
    await page.fill('#share-1', three.toLowerCase().replaceAll('0', 'o'))
    const file = { name: 'share.txt', mimeType: 'text/plain', buffer: Buffer.from(`${one}\r\n说明\r\n`) }
    await page.setInputFiles('#share-file-2', file)
    await expect.poll(() => page.inputValue('#share-2')).toBe(one)
    await page.click('form[data-box=rehearsal] button[type=submit]')
    await page.waitForURL('**done=key_rehearsed**')
    expect((await keyNow()).rehearsedAt).toBe(app.clock.time)
    const rehearsed = new URLSearchParams(sent.find(({ body }) => body !== '')!.body)
    expect([...rehearsed.keys()].sort()).toEqual(['csrf', 'pk', 'proof'])
    for (const { url, body } of sent) for (const share of shares) expect(url + body).not.toContain(share.slice(-60))

    // Two administrators open the survey; people answer; it closes.
    await page.goto(`${path}?lang=zh-CN`)
    await press(page, 'make_ready')
    await press(page, 'propose_open')
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${app.base}/office/${cycle.jid}/approvals?lang=zh-CN`)
    await page.click('button[value=approve]')
    await page.waitForURL('**done=approved**')
    app.clock.time = cycle.opensAt
    await moveDueSurveys(app.world)
    for (let n = 0; n < 12; n++)
      await putDirectly(app, cycle, 'leaders', n, { slips: [slip(cycle.organs[0]!, [5, 4, 4, 4, 4, 4, 4, 0])] })
    app.clock.time = cycle.closesAt + 15 * 60_000
    await moveDueSurveys(app.world)

    // Wrong shares are found out in the browser; the right ones open the box.
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}/box?lang=zh-CN`)
    sent.length = 0
    await expectFaults(page, [two, ''], ['份额不够，需要 2 份'])
    await expectFaults(page, [two, two], ['这一份已经输入过'])
    await expectFaults(page, [one, older], ['这些份额合不出这只票箱的钥匙'])
    expect(sent).toEqual([])
    await page.fill('#share-1', two)
    await page.fill('#share-2', three)
    await page.click('form[data-box=opening] button[type=submit]')
    await page.waitForSelector('text=发出凭证 12 ≥ 投入 12 = 有效 12 + 无效 0 + 撤回 0。')
    const openings = sent.filter(({ url }) => url.includes('/box/open'))
    expect(openings).toHaveLength(1)
    expect([...new URLSearchParams(openings[0]!.body).keys()].sort()).toEqual(['csrf', 'key'])
    // The key went, and no share of it.
    for (const { url, body } of sent) for (const share of shares) expect(url + body).not.toContain(share.slice(-60))
    expect(complaints).toEqual([])
    await close()
  }, 120_000)

  test('asks before somebody leaves while shares are being handed out, and remembers nothing afterwards', async () => {
    const { cycle, path } = await draft()
    const { page, close } = await visit(browser, { width: 1440 })
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}?lang=zh-CN`)
    await press(page, 'back_to_draft')
    await page.goto(`${path}/key?lang=zh-CN`)
    await page.click('[data-do=make]')
    await page.click('[data-do=show]')
    const share = (await page.locator('[data-text]').textContent())!
    const asked: string[] = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.type())
      return dialog.accept()
    })
    await page.reload()
    expect(asked).toEqual(['beforeunload'])
    expect(await page.content()).not.toContain(share.slice(-60))
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
    expect(kept).not.toContain('GPS1')
    expect(await page.locator('[data-step=terms]').isVisible()).toBe(true)
    await close()
  })

  test('comes out right with keys made elsewhere, and wrong with any other', async () => {
    // The comparison in the browser against Node's own arithmetic: a share form over a key that Node has made.
    const { cycle, sid, id, path, second } = await draft()
    const { page, close } = await visit(browser, { width: 1440 })
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}?lang=zh-CN`)
    await press(page, 'back_to_draft')
    const key = createECDH('prime256v1')
    const pk = new Uint8Array(key.generateKeys())
    // Node leaves out zeros in front.
    const scalar = key.getPrivateKey()
    const padded = new Uint8Array(32)
    padded.set(scalar, 32 - scalar.length)
    const { csrf } = await page.evaluate(() => ({
      csrf: document.querySelector<HTMLInputElement>('input[name=csrf]')!.value,
    }))
    const body = { csrf, holding: 'trustees', pk: base64url(pk), shares: '2', threshold: '2' }
    const saved = await page.request.post(`${path}/key`, { form: body, maxRedirects: 0 })
    expect(saved.status()).toBe(303)
    await enterOffice(page, app.base, second)
    await page.goto(`${path}/key?lang=zh-CN`)
    const wrong = Uint8Array.from(padded, (byte, at) => (at === 31 ? byte ^ 1 : byte))
    const typeAll = async (secret: Uint8Array) => {
      const parts = await split(secret, 2, 2)
      for (const [at, share] of parts.entries())
        await page.fill(`#share-${at + 1}`, await writeShare(sid, { index: at + 1, share }, hashOf))
      await page.click('form[data-box=rehearsal] button[type=submit]')
    }
    for (const secret of [wrong, new Uint8Array(32), new Uint8Array(32).fill(255)]) {
      await typeAll(secret)
      await page.waitForSelector('form[data-box] .msg:has-text("这些份额合不出这只票箱的钥匙")')
    }
    await typeAll(padded)
    await page.waitForURL('**done=key_rehearsed**')
    expect((await readBoxKey(app.world.db, systemScope(cycle.place.id), id))!.rehearsedAt).toBe(app.clock.time)
    await close()
  })

  test('without script the pages say what to do instead, and the key file works', async () => {
    const { cycle, path } = await draft()
    const { page, close } = await visit(browser, { script: false })
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}?lang=zh-CN`)
    await press(page, 'back_to_draft')
    await page.goto(`${path}/key?lang=zh-CN`)
    expect(await page.locator('[data-without=ceremony]').isVisible()).toBe(true)
    expect(await page.locator('[data-box=ceremony]').isVisible()).toBe(false)
    await page.locator('form:has(input[value=file]) button').click()
    await page.waitForURL('**done=key_saved**')
    expect(await page.locator('main').textContent()).toContain('钥匙由系统保管为文件')
    await close()
  })

  test('a box whose key is a file is opened when a second administrator has agreed, without script', async () => {
    const cycle = await createTestCycle(app, { organs: 2, plan: sealedPlan(), leaders: 12 })
    const second = { email: await hireStaff(app, cycle, ['office_admin']), password: staffPassword }
    await cycle.close()
    const path = `${app.base}/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/box`
    const { page, complaints, close } = await visit(browser, { width: 360, script: false })
    await enterOffice(page, app.base, first(cycle))
    await page.goto(`${path}?lang=zh-CN`)
    expect(await page.locator('main').textContent()).toContain('开箱须两名管理员同意')
    expect(await page.locator('form[action*="/box/open"]').count()).toBe(0)
    await page.click('form[action*="/box/propose"] button')
    await page.waitForURL('**done=proposed**')
    await page.goto(`${app.base}/office/${cycle.jid}/approvals?lang=zh-CN`)
    expect(await page.locator('button[value=approve]').isDisabled()).toBe(true)
    await enterOffice(page, app.base, second)
    await page.goto(`${app.base}/office/${cycle.jid}/approvals?lang=zh-CN`)
    expect(await page.locator('main').textContent()).toContain('这只票箱的钥匙是系统保管的文件')
    expect(await overflow(page)).toBe(0)
    await page.click('button[value=approve]')
    await page.waitForURL('**done=approved**')
    await page.goto(`${path}?lang=zh-CN`)
    await page.click('form[action*="/box/open"] button')
    // Without script the page is asked for again; here nobody had answered.
    await expect
      .poll(async () => {
        await page.goto(`${path}?lang=zh-CN`)
        return page.locator('main').textContent()
      })
      .toContain('答卷太少，没有开箱')
    expect(complaints).toEqual([])
    await close()
  }, 60_000)

  for (const [width, locale, dark] of [
    [360, 'en', true],
    [1440, 'zh-CN', false],
  ] as const)
    test(`the pages are free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      const { cycle, path, second } = await draft()
      const { page, complaints, close } = await visit(browser, { width, locale, dark })
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        const found = await findAccessibilityFaults(page)
        const wide = await overflow(page)
        if (wide > 0) found.push(`${wide} px wider than the screen`)
        if (found.length > 0) faults[name] = found
      }
      const open = async (where: string, name: string) => {
        await page.goto(`${where}?lang=${locale}`)
        await note(name)
      }
      await enterOffice(page, app.base, first(cycle))
      await open(`${app.base}/office/${cycle.jid}/2026/surveys`, 'surveys')
      await open(path, 'survey, ready')
      await press(page, 'back_to_draft')
      await open(`${path}/key`, 'key')
      await page.click('[data-do=make]')
      await page.waitForSelector('[data-step=turn]:not([hidden])')
      await note('ceremony, turn')
      await page.click('[data-do=show]')
      await page.waitForSelector('[data-qr] svg')
      await note('ceremony, share')
      await page.locator('[data-kept]').check()
      await page.click('[data-do=next]')
      for (const _ of [2, 3]) {
        await page.click('[data-do=show]')
        await page.locator('[data-kept]').check()
        await page.click('[data-do=next]')
      }
      await page.waitForSelector('[data-step=done]:not([hidden])')
      await note('ceremony, done')
      await page.click('[data-step=done] button[type=submit]')
      await page.waitForURL('**done=key_saved**')
      await note('rehearsal, led by another')
      await enterOffice(page, app.base, second)
      await page.goto(`${path}/key?lang=${locale}`)
      await page.click('form[data-box=rehearsal] button[type=submit]')
      await page.waitForSelector('[data-fault]:not(:empty)')
      await note('rehearsal, refused')
      await enterOffice(page, app.base, first(cycle))
      await open(path, 'survey, draft')
      const other = cycle.survey('recipients').sid
      await page.goto(`${app.base}/office/${cycle.jid}/2026/surveys/${other}?lang=${locale}`)
      await press(page, 'back_to_draft')
      await press(page, 'make_ready')
      await press(page, 'propose_open')
      await enterOffice(page, app.base, second)
      await open(`${app.base}/office/${cycle.jid}/approvals`, 'approvals')
      await page.locator('details summary').first().click()
      await note('approvals, manifest')
      await page.click('button[value=return]')
      await page.waitForSelector('#errors')
      await note('approvals, refused')
      await open(`${path}/box`, 'box, early')
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    }, 120_000)
})
