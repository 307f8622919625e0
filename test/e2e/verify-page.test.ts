import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { h } from 'preact'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VerifyPage, verifyTitle } from '../../client/pages/results/verify.tsx'
import { renderDocument } from '../../server/render.tsx'
import type { Locale } from '../../surveys/questionnaire.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { bundle } from '../support/bundle.ts'
import { type BundleContent, makeBundle } from '../support/published.ts'

/** The page as our site sends it, with the policy that the browser is told. */
async function sentPage(locale: Locale): Promise<{ html: string; policy: string }> {
  const hashed = (text: string) => ({
    text,
    hash: `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  })
  const verify = hashed(await bundle('client/islands/verify.ts', { name: 'verifying' }))
  const props = { locale, size: undefined, demo: false, from: '' }
  return renderDocument(
    { face: 'results', locale, title: verifyTitle(props), body: h('div', {}, h(VerifyPage, props)) },
    { styles: { results: hashed('') }, scripts: { verify }, files: {} },
    '',
  )
}

/** The page as a single file, as somebody would have saved it. */
async function savedPage(folder: string, locale: Locale): Promise<string> {
  const file = join(folder, `verify.${locale}.html`)
  await writeFile(file, (await sentPage(locale)).html)
  return pathToFileURL(file).href
}

async function write(folder: string, content: BundleContent): Promise<string> {
  for (const [path, bytes] of content) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return folder
}

describe.skipIf(withoutBrowser)('the page that verifies', () => {
  const made = makeBundle({ quarantined: 6 })
  let folder: string
  let browser: Browser
  let server: Server
  let address: string
  /** Where our own site stands, which is reached by another name than the published files. */
  let site: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongping-page-'))
    browser = await launchBrowser()
    const { html, policy } = await sentPage('en')
    server = createServer((request, response) => {
      if (request.url === '/verify') {
        return response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(html)
      }
      if (request.url!.startsWith('/silent/')) {
        response.writeHead(200, { 'access-control-allow-origin': '*' }).write('the first bytes')
        return
      }
      const bytes = made.files.get(request.url!.slice('/bundle/'.length))
      response.writeHead(bytes ? 200 : 404, { 'access-control-allow-origin': '*' })
      response.end(bytes)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no address')
    address = `http://127.0.0.1:${bound.port}/bundle/`
    site = `http://localhost:${bound.port}`
  })
  afterAll(async () => {
    await browser.close()
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })

  const opened = async (locale: Locale): Promise<Page> => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(await savedPage(folder, locale))
    return page
  }
  const verdictOf = async (page: Page) => {
    await page.click('button[type="submit"]')
    const verdict = page.locator('[data-outcome]')
    await verdict.waitFor()
    return { outcome: await verdict.getAttribute('data-outcome'), text: await page.locator('#verdict').innerText() }
  }

  test('says yes to a chosen folder, without any network', async () => {
    const page = await opened('en')
    await page.context().setOffline(true)
    await page.setInputFiles('#folder', await write(join(folder, 'good'), made.audit))
    const { outcome, text } = await verdictOf(page)
    expect(text).toContain('Good, with the files of an auditor')
    expect(text).toContain('tickets are signed')
    expect(outcome).toBe('good')
  })

  test('says no to a changed file and names it, in Chinese', async () => {
    const changed = new Map(made.files)
    const bytes = new Uint8Array(changed.get('results.json')!)
    bytes[100]! ^= 1
    const page = await opened('zh-CN')
    await page.setInputFiles(
      '#folder',
      await write(join(folder, 'bad'), new Map([...changed, ['results.json', bytes]])),
    )
    const { outcome, text } = await verdictOf(page)
    expect(text).toContain('核验不通过')
    expect(text).toContain('results.json')
    expect(outcome).toBe('mismatch')
  })

  test('reads an address of another origin', async () => {
    const page = await opened('en')
    await page.fill('#address', address)
    expect((await verdictOf(page)).outcome).toBe('good')
    await page.fill('#address', `${address}nothing/`)
    await page.evaluate(() => document.querySelector('#verdict')!.replaceChildren())
    expect((await verdictOf(page)).outcome).toBe('unreadable')
  })

  test('on our own site checks what is published there, and the browser complains about nothing', async () => {
    const { page, complaints, close } = await visit(browser, { width: 900, locale: 'en' })
    // As a link on a page of results leads here, with the address of its files.
    await page.goto(`${site}/verify#${site}/bundle/`)
    expect(await page.inputValue('#address')).toBe(`${site}/bundle/`)
    expect((await verdictOf(page)).outcome).toBe('good')
    expect(complaints).toEqual([])
    await close()
  })

  test('on our own site says of another what to do: open a saved copy', async () => {
    const { page, close } = await visit(browser, { width: 900, locale: 'en' })
    await page.goto(`${site}/verify`)
    await page.fill('#address', address)
    const { outcome, text } = await verdictOf(page)
    expect(outcome).toBe('unreadable')
    expect(text).toContain('save this page to your device and open the saved file')
    await close()
  })

  test('waits thirty seconds for a server that has gone silent, and can then be asked again', async () => {
    const page = await opened('en')
    await page.clock.install()
    await page.fill('#address', address.replace('/bundle/', '/silent/'))
    await page.click('button[type="submit"]')
    await page.getByText('Checking…').waitFor()
    // The first bytes have come, so it is waited for more.
    await page.waitForTimeout(500)
    await page.clock.fastForward(29_000)
    expect(await page.locator('button[type="submit"]').isDisabled()).toBe(true)
    await page.clock.fastForward(2_000)
    await page.locator('[data-outcome="unreadable"]').waitFor()
    expect(await page.locator('#verdict').innerText()).toContain('has sent nothing for 30 seconds')
    expect(await page.locator('button[type="submit"]').isDisabled()).toBe(false)
  })

  test('names the file that it reads only as long as it reads it', async () => {
    const page = await opened('en')
    await page.evaluate(() => {
      const verdict = document.querySelector('#verdict')!
      const seen: string[] = []
      Object.assign(globalThis, { seen })
      const look = () =>
        seen.push(`${verdict.querySelectorAll('li').length} ${verdict.querySelector('p')?.textContent}`)
      new MutationObserver(look).observe(verdict, { childList: true, subtree: true, characterData: true })
    })
    await page.fill('#address', address)
    await verdictOf(page)
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)
    expect(seen.some((each) => each.startsWith('0 Reading '))).toBe(true)
    expect(seen.some((each) => each === '1 Checking…')).toBe(true)
    expect(seen.filter((each) => /^[1-9]\d* Reading /.test(each))).toEqual([])
  })
})
