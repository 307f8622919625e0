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
import { launchBrowser, withoutBrowser } from '../support/browser.ts'
import { bundle } from '../support/bundle.ts'
import { type BundleContent, makeBundle } from '../support/published.ts'

/** The page as a single file, as somebody would have saved it. */
async function savedPage(folder: string, locale: Locale): Promise<string> {
  const text = await bundle('client/islands/verify.ts', { name: 'verifying' })
  const hash = `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const empty = { text: '', hash: '' }
  const props = { locale, size: undefined, demo: false, from: '' }
  const { html } = renderDocument(
    { face: 'results', locale, title: verifyTitle(props), body: h('div', {}, h(VerifyPage, props)) },
    { styles: { results: empty }, scripts: { verify: { text, hash } }, files: {} },
    '',
  )
  const file = join(folder, `verify.${locale}.html`)
  await writeFile(file, html)
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

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gongping-page-'))
    browser = await launchBrowser()
    server = createServer((request, response) => {
      const bytes = made.files.get(request.url!.slice('/bundle/'.length))
      response.writeHead(bytes ? 200 : 404, { 'access-control-allow-origin': '*' })
      response.end(bytes)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no address')
    address = `http://127.0.0.1:${bound.port}/bundle/`
  })
  afterAll(async () => {
    await browser.close()
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
})
