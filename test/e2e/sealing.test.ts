import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Client, createClient } from '@libsql/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinBoxKey } from '../../server/node/box-shares.ts'
import { envelopeOpener } from '../../server/node/envelopes.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { readAnswers } from '../../surveys/answers.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { checkResponse, envelopeContext, envelopeInfo, readPlaintext } from '../../surveys/envelope.ts'
import leadersForm from '../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import { readManifest } from '../../surveys/manifest.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// The sealed way, in a real browser against the product as `npm start` runs it. Who reads here what was sealed holds the
// shares of the demonstration.
describe.skipIf(withoutBrowser)('a sealed response', () => {
  let server: RunningServer
  let browser: Browser
  let look: Client

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
    look = createClient({ url: `file:${join(server.folder, 'gongping.db')}`, concurrency: 1, timeout: 5_000 })
  })
  afterAll(async () => {
    look?.close()
    await browser?.close()
    await server?.stop()
  })

  const sid = (word: string) => `${word}-${new Date().getUTCFullYear()}`
  const forms = { leaders: leadersForm, public: publicForm } as const

  /** What lies in the box under a tag, opened with the key file. */
  async function opened(word: 'leaders' | 'public', tag: Uint8Array) {
    const { rows } = await look.execute({
      sql: `SELECT s.manifest, b.ver, b.enc, b.ct FROM box AS b JOIN survey AS s
        ON s.jurisdiction_id = b.jurisdiction_id AND s.id = b.survey_id WHERE b.tag = ?`,
      args: [tag],
    })
    const [row] = rows
    if (!row) throw new Error('there is no envelope')
    const text = String(row['manifest'])
    const manifest = readManifest(text)
    if (!manifest.ok) throw new Error('the manifest cannot be read')
    const { survey, organs, attrs, min_pad } = manifest.value
    const key = await joinBoxKey(sid(word), server.demo.boxShares[sid(word)]!)
    const open = envelopeOpener(key, envelopeInfo(survey, nodeSha256(new TextEncoder().encode(text))))
    const bytes = (value: unknown) => new Uint8Array(value as ArrayBuffer)
    const version = Number(row['ver'])
    const plaintext = open(bytes(row['enc']), envelopeContext(survey, 'all', tag, version), bytes(row['ct']))
    const read = readPlaintext(plaintext!, min_pad!)
    if (!read.ok) throw new Error(read.error)
    const questionnaire = parseQuestionnaire(forms[word])
    if (!questionnaire.ok) throw new Error('the form cannot be read')
    const terms = { survey, cell: 'all', questionnaire: questionnaire.value, organs, margins: Object.keys(attrs) }
    return { version, response: read.value, checked: checkResponse(read.value, terms) }
  }

  const tagOf = (page: Page) => fromBase64url(new URL(page.url()).searchParams.get('t')!)!

  /** Marks some answers at random and writes a comment; answers what a plain form would send. */
  async function fillAtRandom(page: Page, organs: number): Promise<[string, string][]> {
    return page.evaluate((most) => {
      const sections = Array.from(document.querySelectorAll<HTMLElement>('[data-organ]')).slice(0, most)
      const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)]!
      const form = document.querySelector<HTMLFormElement>('#f')!
      const choose = (question: Element, always: boolean) => {
        const inputs = Array.from(question.querySelectorAll<HTMLInputElement>('input'))
        if (inputs.length && (always || Math.random() < 0.7)) pick(inputs).click()
      }
      for (const section of sections) {
        for (const question of Array.from(section.querySelectorAll('.q')))
          choose(question, (question as HTMLElement).dataset['overall'] !== undefined)
        const text = section.querySelector('textarea')
        if (text && Math.random() < 0.5) {
          text.value = ' 办事\t很快 e\u0301 \r\n'
          text.dispatchEvent(new Event('input', { bubbles: true }))
        }
      }
      for (const question of Array.from(form.querySelectorAll('.q')))
        if (!question.closest('[data-organ]')) choose(question, false)
      return Array.from(new FormData(form), ([name, value]) => [name, String(value)] as [string, string])
    }, organs)
  }

  async function send(page: Page) {
    await page.evaluate(() => {
      const go = document.querySelector<HTMLElement>('#nav [data-go="list"]')
      if (go) {
        go.click()
        document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
      }
    })
    while (await page.locator('#nav [data-go=next]:visible').count())
      await page.locator('#nav [data-go=next]:visible').click()
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**')
  }

  /** What the server would have made of the same form. */
  function asRead(word: 'leaders' | 'public', sent: readonly [string, string][]) {
    // As they stand on the page: leaders begin anywhere in the list, citizens see what they chose.
    const named = sent.flatMap(([name, value]) =>
      word === 'public' ? (name === 'o' ? [value] : []) : /^[qc]\./.test(name) ? [name.split('.')[1]!] : [],
    )
    const organs = [...new Set(named)]
    const questionnaire = parseQuestionnaire(forms[word])
    if (!questionnaire.ok) throw new Error('the form cannot be read')
    const fields = new Map<string, string[]>()
    for (const [name, value] of sent) if (/^[qcm]\./.test(name)) fields.set(name, [...(fields.get(name) ?? []), value])
    const detailFor = word === 'public' ? organs[0]! : null
    const read = readAnswers(questionnaire.value, { organs, detailFor, fields })
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    return read.value
  }

  async function enterLeader(page: Page, link: string) {
    await page.goto(server.base + link)
    await page.waitForSelector('#landing.on')
  }

  let phones = 0
  async function enterCitizen(page: Page, organs: number) {
    phones += 1
    const phone = `1370000${String(phones).padStart(4, '0')}`
    await page.goto(server.base + server.demo.public)
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
    for (let at = 0; at < organs; at++) await page.locator('label.opt:visible').nth(at).click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
  }

  test('holds what the server would have read from the same form, by leaders and by citizens', async () => {
    for (const [word, organs] of [
      ['leaders', 9],
      ['public', 1],
      ['public', 2],
      ['public', 3],
    ] as const) {
      const { page, complaints, close } = await visit(browser, { width: 768 })
      if (word === 'leaders') await enterLeader(page, server.demo.leaderSpare[0]!)
      else await enterCitizen(page, organs)
      const sent = await fillAtRandom(page, organs)
      await send(page)
      const { checked } = await opened(word, tagOf(page))
      expect(checked).toEqual({ ok: true, value: asRead(word, sent) })
      expect(complaints).toEqual([])
      await close()
    }
  })

  test('leaves the device sealed: no answer goes out in the clear, and none stays behind', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    const posts: { path: string; body: string }[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST')
        posts.push({ path: new URL(request.url()).pathname.split('/').at(-1)!, body: request.postData() ?? '' })
    })
    await enterLeader(page, server.demo.leaderSpare[1]!)
    await fillAtRandom(page, 5)
    await send(page)
    expect(posts.map(({ path }) => path)).toEqual(['r', 'issue', 'submit'])
    for (const { body } of posts) expect(body).not.toMatch(/overall|办事/)
    const { response } = await opened('leaders', tagOf(page))
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
      const slip = { a, id: base64url(id), o, s: base64url(s), survey: `jiangzhou/${sid('leaders')}`, v: 1 }
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

  test('is changed from the same device with the same receipt, and from no other', async () => {
    const link = server.demo.leaderSpare[2]!
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    await enterLeader(page, link)
    await fillAtRandom(page, 3)
    await send(page)
    const tag = tagOf(page)
    await page.close()
    const again = await context.newPage()
    await enterLeader(again, link)
    const sent = await fillAtRandom(again, 2)
    await send(again)
    expect(base64url(tagOf(again))).toBe(base64url(tag))
    const { version, checked } = await opened('leaders', tag)
    expect(version).toBe(2)
    expect(checked).toEqual({ ok: true, value: asRead('leaders', sent) })

    const stranger = await visit(browser, { width: 768 })
    const posts: string[] = []
    stranger.page.on('request', (request) => {
      if (request.method() === 'POST') posts.push(new URL(request.url()).pathname.split('/').at(-1)!)
    })
    await enterLeader(stranger.page, link)
    await fillAtRandom(stranger.page, 2)
    await stranger.page.evaluate(() => {
      document.querySelector<HTMLElement>('#nav [data-go="list"]')!.click()
      document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
    })
    await stranger.page.click('#send button[type=submit]')
    await stranger.page.waitForSelector('h2:has-text("您已经评价过了")')
    // What it says it says without sending the answers to be explained.
    expect(posts).toEqual(['r', 'issue'])
    expect((await opened('leaders', tag)).version).toBe(2)
    expect(complaints).toEqual([])
    await stranger.close()
    await close()
  })

  test('is sent again, the same bytes, where its receipt is checked, when after two days no log holds it', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await enterLeader(page, server.demo.leaderSpare[8]!)
    await fillAtRandom(page, 2)
    await send(page)
    const tag = base64url(tagOf(page))
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
    let proofs = 0
    page.on('response', (response) => {
      if (response.url().includes('/proof/')) proofs += 1
    })
    await check(0)
    // The page asks once for the outcome, once for the kept copy.
    await expect.poll(() => proofs).toBe(2)
    const ct = await check(48 * 3_600_000)
    await expect.poll(() => posts.length).toBe(1)
    expect(proofs).toBe(4)
    expect(posts.map(({ path }) => path)).toEqual([`/s/${jid}/${code}/submit`])
    expect(JSON.parse(posts[0]!.body).ct).toBe(ct)
    expect((await opened('leaders', fromBase64url(tag)!)).version).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('is what was sent last by a press, and what is withdrawn, whatever another page of the device has sent meanwhile', async () => {
    const link = server.demo.leaderSpare[9]!
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    const changeElsewhere = async () => {
      const other = await context.newPage()
      await enterLeader(other, link)
      await fillAtRandom(other, 2)
      await send(other)
      await other.close()
    }
    // The replies to the first page are lost after the server has heard it.
    let isLost = true
    await page.route('**/submit', async (route) => {
      if (!isLost) return route.continue()
      await route.fetch()
      await route.abort()
    })
    await enterLeader(page, link)
    await fillAtRandom(page, 3)
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('#nav [data-go="list"]')!.click()
      document.querySelector<HTMLElement>('#list [data-go="send"]')!.click()
    })
    await page.click('#send button[type=submit]')
    await page.waitForSelector('h2:has-text("没有提交成功")')
    // A draft that a page has left is offered to the next one, which goes without it.
    await page.evaluate(() =>
      localStorage.removeItem(Object.keys(localStorage).find((name) => name.startsWith('gp:'))!),
    )
    for (let time = 0; time < 3; time++) await changeElsewhere()
    const sent = await fillAtRandom(page, 4)
    isLost = false
    await page.click('button:has-text("再试一次")')
    await page.waitForURL('**/done?**')
    const tag = tagOf(page)
    const { version, checked } = await opened('leaders', tag)
    expect(version).toBe(5)
    expect(checked).toEqual({ ok: true, value: asRead('leaders', sent) })

    await page.waitForSelector('[data-own] button')
    await changeElsewhere()
    await changeElsewhere()
    await page.click('[data-own] button')
    await page.click('[data-own] button:has-text("确认撤回")')
    await page.waitForSelector('[data-own] [role=status]:has-text("已撤回")')
    const { rows } = await look.execute({ sql: 'SELECT ver, length(ct) AS size FROM box WHERE tag = ?', args: [tag] })
    expect([rows[0]?.['ver'], rows[0]?.['size']]).toEqual([8, 0])
    expect(complaints).toEqual([])
    await close()
  })

  test('is withdrawn from the same device by two taps, and may be sent again', async () => {
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    await enterLeader(page, server.demo.leaderSpare[6]!)
    await fillAtRandom(page, 2)
    await send(page)
    const tag = tagOf(page)
    await page.click('[data-own] button')
    await page.click('[data-own] button:has-text("确认撤回")')
    await page.waitForSelector('[data-own] [role=status]:has-text("已撤回")')
    const { rows } = await look.execute({ sql: 'SELECT ver, length(ct) AS size FROM box WHERE tag = ?', args: [tag] })
    expect([rows[0]?.['ver'], rows[0]?.['size']]).toEqual([2, 0])
    await page.close()
    const again = await context.newPage()
    await enterLeader(again, server.demo.leaderSpare[6]!)
    await fillAtRandom(again, 2)
    await send(again)
    expect(base64url(tagOf(again))).toBe(base64url(tag))
    expect((await opened('leaders', tag)).version).toBe(3)
    // On another device the receipt is shown without a way to take anything back.
    const stranger = await visit(browser)
    await stranger.page.goto(again.url())
    expect(await stranger.page.locator('[data-own]').isVisible()).toBe(false)
    expect(complaints).toEqual([])
    await stranger.close()
    await close()
  })

  test('shares a phone with another: each has a ticket, and neither replaces the other', async () => {
    const { page, context, close } = await visit(browser)
    await enterCitizen(page, 1)
    await fillAtRandom(page, 1)
    await send(page)
    const first = tagOf(page)
    await page.close()
    const next = await context.newPage()
    await enterCitizen(next, 1)
    await fillAtRandom(next, 1)
    await send(next)
    const second = tagOf(next)
    expect(base64url(second)).not.toBe(base64url(first))
    expect((await opened('public', first)).version).toBe(1)
    expect((await opened('public', second)).version).toBe(1)
    await close()
  })

  test('is counted once when replies are lost on the way', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await enterLeader(page, server.demo.leaderSpare[3]!)
    await fillAtRandom(page, 2)
    const lost = { issue: 0, submit: 0 }
    for (const step of ['issue', 'submit'] as const) {
      await page.route(`**/${step}`, async (route) => {
        lost[step] += 1
        if (lost[step] > 1) return route.continue()
        // It arrives and is taken; the answer never comes back.
        await route.fetch()
        await route.abort('connectionreset')
      })
    }
    await send(page)
    expect(lost.issue).toBeGreaterThan(1)
    expect(lost.submit).toBeGreaterThan(1)
    expect((await opened('leaders', tagOf(page))).version).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('is sealed by the server where script cannot, and the page says so', async () => {
    const { page, close } = await visit(browser, { script: false, width: 768 })
    const code = server.demo.leaderSpare[4]!.split('#')[1]!
    await page.goto(`${server.base}/r`)
    await page.fill('input[name=code]', code)
    await page.click('main form button[type=submit]')
    expect(await page.locator('#send').textContent()).toContain('由服务器代为密封')
    await page.locator('input[type=radio][value="4"]').first().check()
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    await page.waitForURL('**/done?**')
    const { version, checked } = await opened('leaders', tagOf(page))
    expect([version, checked.ok]).toEqual([1, true])
    await close()
    const scripted = await visit(browser, { width: 768 })
    await enterLeader(scripted.page, server.demo.leaderSpare[5]!)
    expect(await scripted.page.locator('.plainly').isVisible()).toBe(false)
    await scripted.close()
  })

  test('the survey of the public has its own code and name', async () => {
    const { rows } = await look.execute({ sql: 'SELECT mode FROM survey WHERE code = ?', args: [sid('public')] })
    expect(rows[0]?.['mode']).toBe('sealed')
  })
})
