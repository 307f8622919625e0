// A first visit of each group on a slow phone: Chromium with the network of slow 4G and a processor slowed four times, an
// empty cache each time. Bytes and requests are counted by the browser; times are those of its own timeline. `--runs=5`.
//
// Interactive is the first moment after the first paint and DOMContentLoaded (the page's script stands inline before
// its end, so it is wired by then) from which the main thread has no task of 50 ms or more for half a second. It counts
// from the start of the document that is shown. Leaders and recipients open a link with a code, whose page sends it by
// itself, so theirs is the second document; `from the tap` counts from the first.
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { fields as names, urls } from '../../client/urls.ts'
import { openKeyStore } from '../../server/node/key-store.ts'
import { startFloor } from './support/floor.ts'
import { buildProduct, createInstallation, type Installation, startProduct, withWorld } from './support/installation.ts'
import { openProvince } from './support/open-survey.ts'
import { gate, type Measured, median, option, runBenchmark, say } from './support/report.ts'

const runs = option('runs', 5)
const network = { offline: false, latency: 562.5, downloadThroughput: 1.36e6 / 8, uploadThroughput: 0.75e6 / 8 }
const slowdown = 4
const quietMs = 500

interface Visit {
  readonly bytes: number
  readonly requests: number
  readonly foreign: number
  readonly firstPaint: number
  readonly loaded: number
  readonly interactive: number
  /** From the tap on the link to interactive, over every document in between. */
  readonly fromTap: number
  readonly shift: number
  readonly blocking: number
}

/** Brings a page to the screen; `slow` is called before the part that counts. */
type Opening = (page: Page, slow: () => Promise<void>) => Promise<void>

// With a fragment it leads on to itself as the page of a code does: the floor of two documents.
const onlyText = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: Buffer.from(
    '<!doctype html><html lang="en"><title>floor</title><link rel="icon" href="data:,"><form method="post"></form>' +
      "<script>if(location.hash){history.replaceState(null,'','/');document.forms[0].submit()}</script><p>one line",
  ),
}

/** Opens a link with a code: its page is shown, and sends the code by itself. */
const openCode =
  (address: string): Opening =>
  async (page, slow) => {
    await slow()
    const sent = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.goto(address, { waitUntil: 'commit' })
    await sent
    await page.waitForLoadState('load')
  }

await runBenchmark('bench:page', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say('preparing a province with open surveys')
  const options = { citizens: 1_000, sealed: true }
  const { place, cycle } = await withWorld(installation, (world) => openProvince(world, options))
  const { sid } = cycle.surveys.find(({ group }) => group === 'public')!
  const product = await startProduct(installation, { demo: false })
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const at = (path: string) => `${product.origin}${path}`
  const start = at(urls.start(place.code, sid))
  const organs = place.organs.slice(0, 3).map(({ code }) => code)
  const pages: Record<string, Opening> = {
    'leaders, /r#CODE': openCode(at(`${urls.code()}#${cycle.leaders[0]!}`)),
    'recipients, /r#CODE': openCode(at(`${urls.code()}#${cycle.receipts[0]!.code}`)),
    'start page': async (page, slow) => {
      await slow()
      await page.goto(start, { waitUntil: 'load' })
    },
    'code page': async (page, slow) => {
      await slow()
      await page.goto(at(urls.code()), { waitUntil: 'load' })
    },
    'form page': async (page, slow) => {
      await page.goto(start, { waitUntil: 'load' })
      const entries = await formEntries(installation, place.code, sid, organs)
      await slow()
      await Promise.all([
        page.waitForURL('**/form?*', { waitUntil: 'load' }),
        page.evaluate(sendForm, { action: `${urls.form(place.code, sid)}?${names.locale}=zh-CN`, entries }),
      ])
    },
  }
  const visitMany = async (name: string, open: Opening): Promise<Visit[]> => {
    const visits: Visit[] = []
    for (let run = 0; run < runs; run++) {
      say(`${name}, visit ${run + 1} of ${runs}`)
      const context = await browser.newContext({
        viewport: { width: 360, height: 740 },
        locale: 'zh-CN',
        isMobile: true,
        hasTouch: true,
      })
      visits.push(await visit(context, product.origin, open))
      await context.close()
    }
    return visits
  }
  const raw = await startFloor(installation, onlyText)
  const bare = await visitMany('floor: a page of one line from node:http', async (page, slow) => {
    await slow()
    await page.goto(`http://127.0.0.1:${raw.port}/`, { waitUntil: 'load' })
  })
  const bareTwice = await visitMany(
    'floor: two such pages, the first of which sends a form',
    openCode(`http://127.0.0.1:${raw.port}/#x`),
  )
  await raw.stop()
  const floor = median(bare.map(({ interactive }) => interactive))
  const floorOfTwo = median(bareTwice.map(({ fromTap }) => fromTap))
  const figures: Record<string, number> = {}
  const gates = []
  for (const [name, open] of Object.entries(pages)) {
    const visits = await visitMany(name, open)
    const middle = (read: (visit: Visit) => number) => median(visits.map(read))
    Object.assign(figures, {
      [`${name}: bytes transferred`]: middle(({ bytes }) => bytes),
      [`${name}: requests`]: middle(({ requests }) => requests),
      [`${name}: third-party requests`]: Math.max(...visits.map(({ foreign }) => foreign)),
      [`${name}: first contentful paint, ms`]: middle(({ firstPaint }) => firstPaint),
      [`${name}: DOMContentLoaded, ms`]: middle(({ loaded }) => loaded),
      [`${name}: interactive, ms`]: middle(({ interactive }) => interactive),
      [`${name}: interactive at worst, ms`]: Math.max(...visits.map(({ interactive }) => interactive)),
      [`${name}: from the tap, ms`]: middle(({ fromTap }) => fromTap),
      [`${name}: layout shift`]: Math.max(...visits.map(({ shift }) => shift)),
      [`${name}: blocking time, ms`]: middle(({ blocking }) => blocking),
    })
    const is = (what: string) => figures[`${name}: ${what}`]!
    gates.push(gate('at most', `${name}: third-party requests`, is('third-party requests'), 0))
    gates.push(gate('at most', `${name}: layout shift`, is('layout shift'), 0))
    gates.push(gate('at most', `${name}: interactive, ms`, is('interactive, ms'), 1_000))
    // A form is a second document, with the code that seals; the promise about bytes is about the first.
    if (name.endsWith(' page') && name !== 'form page')
      gates.push(gate('at most', `${name}: bytes`, is('bytes transferred'), 14 * 1_024))
  }
  const version = browser.version()
  await browser.close()
  await product.stop()
  installation.remove()
  return {
    conditions: {
      browser: `Chromium ${version}, headless, 360 × 740, touch`,
      network: '562.5 ms latency per request, 1.36 Mbit/s down, 0.75 Mbit/s up, emulated by Chromium',
      processor: `slowed ${slowdown} times`,
      visits: `${runs} per page, empty cache; medians, layout shift and third parties at worst`,
    },
    figures,
    floor: {
      'a page of one line from node:http: interactive, ms': floor,
      'two such pages, from the tap, ms': floorOfTwo,
    },
    ratio: {
      'start page of the floor': figures['start page: interactive, ms']! / floor,
      'leaders of the floor of two': figures['leaders, /r#CODE: from the tap, ms']! / floorOfTwo,
      'recipients of the floor of two': figures['recipients, /r#CODE: from the tap, ms']! / floorOfTwo,
    },
    gates,
  }
})

async function visit(context: BrowserContext, origin: string, open: Opening): Promise<Visit> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await page.addInitScript(watch)
  const traffic = { bytes: 0, requests: 0, foreign: 0, counts: false }
  let tappedAt = 0
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', ({ request }) => {
    if (!traffic.counts || request.url.startsWith('data:')) return
    traffic.requests += 1
    if (!request.url.startsWith(`${origin}/`)) traffic.foreign += 1
  })
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    if (traffic.counts) traffic.bytes += encodedDataLength
  })
  await open(page, async () => {
    traffic.counts = true
    await slowDown(session)
    tappedAt = Date.now()
  })
  // Long enough for a quiet window to be seen after everything that the page starts by itself.
  await page.waitForTimeout(2_000)
  const seen = await page.evaluate(readTimeline)
  const { bytes, requests, foreign } = traffic
  const interactive = quietFrom(Math.max(seen.firstPaint, seen.loaded), seen.longTasks)
  return {
    bytes,
    requests,
    foreign,
    firstPaint: seen.firstPaint,
    loaded: seen.loaded,
    interactive,
    fromTap: seen.origin + interactive - tappedAt,
    shift: seen.shift,
    blocking: seen.longTasks
      .filter(({ start }) => start >= seen.firstPaint && start < interactive)
      .reduce((sum, { length }) => sum + Math.max(0, length - 50), 0),
  }
}

async function slowDown(session: CDPSession): Promise<void> {
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  await session.send('Network.emulateNetworkConditions', network)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
}

interface LongTask {
  readonly start: number
  readonly length: number
}

/** The first moment from `earliest` on after which no long task begins within the quiet window. */
function quietFrom(earliest: number, tasks: readonly LongTask[]): number {
  let moment = earliest
  for (const { start, length } of [...tasks].sort((left, right) => left.start - right.start)) {
    if (start + length <= moment) continue
    if (start - moment >= quietMs) break
    moment = start + length
  }
  return moment
}

type Watched = { longTasks: LongTask[]; shift: number }

/** Runs in the page before anything else. */
function watch(): void {
  const seen: Watched = { longTasks: [], shift: 0 }
  Object.assign(globalThis, { benchSeen: seen })
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) seen.longTasks.push({ start: startTime, length: duration })
  }).observe({ type: 'longtask', buffered: true })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { hadRecentInput, value } = entry as PerformanceEntry & { hadRecentInput: boolean; value: number }
      if (!hadRecentInput) seen.shift += value
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

/** Runs in the page at the end. */
function readTimeline() {
  const seen = (globalThis as unknown as { benchSeen: Watched }).benchSeen
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return {
    origin: performance.timeOrigin,
    firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    loaded: navigation?.domContentLoadedEventEnd ?? 0,
    longTasks: seen.longTasks,
    shift: seen.shift,
  }
}

/** What the page that chooses organs would send, for one citizen who has shown the right to answer. */
async function formEntries(installation: Installation, jid: string, sid: string, organs: readonly string[]) {
  const now = Date.now()
  const keys = openKeyStore(installation.keyFolder, () => now)
  const survey = `${jid}/${sid}`
  const pseudonym = new Uint8Array(await keys.pseudonym(survey, 'bench-page'))
  const elig = await keys.sealEligibility({ survey, pseudonym, cell: 'all', adapter: 'sms', expires: now + 3_600_000 })
  const k = Buffer.alloc(32, 7).toString('base64url')
  return [[names.eligibility, elig], [names.requestKey, k], ...organs.map((code) => [names.organ, code])]
}

/** Runs in the page: posts a form as its own button would. */
function sendForm({ action, entries }: { action: string; entries: string[][] }): void {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = action
  for (const [name, value] of entries) {
    const input = document.createElement('input')
    input.type = 'hidden'
    input.name = name ?? ''
    input.value = value ?? ''
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}
