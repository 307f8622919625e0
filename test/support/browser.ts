import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'

export const chromiumPath = '/usr/bin/chromium'

/** A developer's machine may lack Chromium; where tests decide, its absence is a failure. */
export const withoutBrowser = !existsSync(chromiumPath) && !process.env['CI']

export function launchBrowser(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  return chromium.launch({ executablePath: chromiumPath, args })
}

export interface Visitor {
  page: Page
  context: BrowserContext
  /** Console errors, page errors and requests that leave the origin, as they happen. */
  complaints: string[]
  close(): Promise<void>
}

export interface VisitorOptions {
  width?: number
  locale?: 'zh-CN' | 'en'
  script?: boolean
  dark?: boolean
}

/** Somebody with a browser of their own. */
export async function visit(browser: Browser, options: VisitorOptions = {}): Promise<Visitor> {
  const { width = 360, locale = 'zh-CN', script = true, dark = false } = options
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 640 : 900 },
    locale,
    javaScriptEnabled: script,
    isMobile: width < 600,
    hasTouch: width < 600,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A refused form is answered with 4xx on purpose; Chromium reports that as an error of the console.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.hostname !== 'localhost')
      complaints.push(`leaves the origin: ${url.origin}`)
  })
  return { page, context, complaints, close: () => context.close() }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  violations: { id: string; nodes: { target: string[] }[] }[]
}

const sessions = new WeakMap<Page, Promise<CDPSession>>()

/** What axe finds on the page, as lines; empty when it finds nothing. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page)
  sessions.set(page, session)
  const client = await session
  // An isolated world is not bound by the page's Trusted Types policy; a document keeps its own.
  const { frameTree } = await client.send('Page.getFrameTree')
  const { executionContextId } = await client.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: 'axe',
  })
  const evaluate = (expression: string) =>
    client.send('Runtime.evaluate', {
      expression,
      contextId: executionContextId,
      awaitPromise: true,
      returnByValue: true,
    })
  const { result: known } = await evaluate('typeof axe')
  if (known.value === 'undefined') await evaluate(`${axeSource};0`)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
  const { result, exceptionDetails } = await evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] })`,
  )
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  const { violations } = result.value as AxeResult
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

/** How many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Signs somebody of the staff in by the form, in the place of whoever was there before. */
export async function enterOffice(
  page: Page,
  base: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.context().clearCookies()
  await page.goto(`${base}/office/sign-in`)
  await page.fill('input[name=email]', email)
  await page.fill('input[name=password]', password)
  await page.click('main form button[type=submit]')
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
}
