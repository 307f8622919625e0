import type { Browser } from 'playwright-core'
import { visit } from './browser.ts'
import type { Ground } from './ground.ts'
import type { Journey } from './journey.ts'
import { allLooks, type Look, nameOfLook } from './looks.ts'
import { examinerOf, putOn } from './page-faults.ts'

/** One way through the pages, in one language, with script or without. */
export interface Walk {
  readonly journey: Journey
  readonly locale: 'zh-CN' | 'en'
  readonly script: boolean
}

/** Each journey in both languages, and both with and without script where it can be gone so. */
export const walksOf = (journeys: readonly Journey[]): Walk[] =>
  journeys.flatMap((journey) =>
    journey.script.flatMap((script) => (['zh-CN', 'en'] as const).map((locale) => ({ journey, locale, script }))),
  )

export const nameOfWalk = ({ journey, locale, script }: Walk): string =>
  `${journey.name}, ${locale}${script ? '' : ', no script'}`

/** How a page looks while it is used, between two examinations. */
const plain: Look = { width: 768, zoom: 1, scheme: 'light', forced: 'none', size: 'standard' }

/**
 * Goes a whole way in a browser of its own, whose clock is the application's, and examines each state in the looks that
 * `looksAt` chooses out of those that it exists in. Answers what is wrong, by state and look.
 */
export async function goWalk(
  browser: Browser,
  ground: Ground,
  { journey, locale, script }: Walk,
  looksAt: (state: string, among: readonly Look[]) => readonly Look[],
): Promise<Record<string, string[]>> {
  const { page, context, complaints, close } = await visit(browser, { width: plain.width, locale, script })
  await context.setExtraHTTPHeaders(ground.app.fromAfar())
  await page.clock.install({ time: ground.app.clock.time })
  const examine = await examinerOf(page, script)
  const faults: Record<string, string[]> = {}
  await journey.walk(page, ground, async (state, isThere = () => true) => {
    const { width } = page.viewportSize()!
    for (const look of looksAt(state, allLooks.filter(isThere))) {
      await putOn(page, look)
      const found = await examine(page)
      if (found.length > 0) faults[`${state}: ${nameOfLook(look)}`] = found
    }
    await putOn(page, { ...plain, width: width as Look['width'] })
  })
  await close()
  if (complaints.length > 0) faults['the console'] = complaints
  return faults
}
