import type { CDPSession, Page } from 'playwright-core'
import { findAccessibilityFaults } from './browser.ts'
import type { Look } from './looks.ts'

/** Shows a page in a look, in place; resolves when it has been laid out anew. */
export async function putOn(page: Page, { width, zoom, scheme, forced, size }: Look): Promise<void> {
  await page.setViewportSize({ width: width / zoom, height: (width < 600 ? 640 : 900) / zoom })
  await page.emulateMedia({ colorScheme: scheme, forcedColors: forced, reducedMotion: 'reduce' })
  await page.evaluate((chosen) => {
    const { dataset } = document.documentElement
    if (chosen === 'standard') delete dataset['size']
    else dataset['size'] = chosen
    // At the end of a list its bar covers nothing; before, an entry may lie half below it, and which one is chance.
    if (document.querySelector('[data-island=choose] .nav, #list.on .ways')) scrollTo(0, document.body.scrollHeight)
  }, size)
}

/** Names every fault of the page as it looks now; script that is switched off is let run for axe alone. */
export type Examine = (page: Page) => Promise<string[]>

export async function examinerOf(page: Page, script: boolean): Promise<Examine> {
  if (script) return examine
  const client: CDPSession = await page.context().newCDPSession(page)
  const setDisabled = (value: boolean) => client.send('Emulation.setScriptExecutionDisabled', { value })
  // What a session has not switched off it cannot switch on.
  await setDisabled(true)
  return async (shown) => {
    await setDisabled(false)
    const found = await examine(shown)
    await setDisabled(true)
    return found
  }
}

async function examine(page: Page): Promise<string[]> {
  // In forced colours text has those of the person, while axe reads what the page had asked for.
  const isForced = await page.evaluate(() => matchMedia('(forced-colors: active)').matches)
  const found = await findAccessibilityFaults(page)
  return [
    ...found.filter((fault) => !isForced || !fault.startsWith('color-contrast:')),
    ...(await page.evaluate(findLayoutFaults)),
  ]
}

/**
 * Runs in the page. What cannot be read or hit: content wider than the window, text that is cut off or leaves its button,
 * small targets, buttons without an edge where backgrounds fall away; the first two again with the spacing of WCAG 1.4.12,
 * and with words longer by 40 %.
 */
function findLayoutFaults(): string[] {
  const root = document.documentElement
  const isForced = matchMedia('(forced-colors: active)').matches
  const tap = { elder: 60, max: 64 }[root.dataset['size'] ?? ''] ?? 48

  const nameOf = (element: Element) => {
    const words = (element.textContent ?? '').trim().slice(0, 20)
    return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ''} "${words}"`
  }
  const ancestorsOf = (element: Element | null): Element[] =>
    element && element !== root ? [element, ...ancestorsOf(element.parentElement)] : []
  const styles = new Map<Element, CSSStyleDeclaration>()
  const styleOf = (element: Element) => {
    const style = styles.get(element) ?? getComputedStyle(element)
    styles.set(element, style)
    return style
  }
  /** For readers of the screen only, or out of the window until it has the focus. */
  const isUnseen = (element: Element) =>
    !element.checkVisibility({ visibilityProperty: true }) ||
    ancestorsOf(element).some((each) => styleOf(each).clipPath === 'inset(50%)' || each.matches('.skip:not(:focus)'))

  const texts: Text[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    const parent = node.parentElement!
    if (node.data.trim() !== '' && !parent.closest('script,style,option') && !isUnseen(parent)) texts.push(node)
  }

  const findCut = (): string[] => {
    styles.clear()
    const wide = root.scrollWidth - root.clientWidth
    const found = wide > 0 ? [`${wide} px wider than the window`] : []
    const range = document.createRange()
    for (const text of texts) {
      range.selectNodeContents(text)
      const around = ancestorsOf(text.parentElement)
      const scrolls = around.some((each) => /auto|scroll/.test(styleOf(each).overflowX))
      const holders = around.filter(
        (each) => /hidden|clip/.test(styleOf(each).overflow) || each.matches('button,.btn,.opt,.tool,summary,td,th'),
      )
      for (const rect of Array.from(range.getClientRects())) {
        const isOut = !scrolls && (rect.left < -1 || rect.right > root.clientWidth + 1)
        const cutting = holders.find((each) => {
          const box = each.getBoundingClientRect()
          return (
            rect.left < box.left - 1 ||
            rect.right > box.right + 1 ||
            rect.top < box.top - 1 - rect.height / 2 ||
            rect.bottom > box.bottom + 1 + rect.height / 2
          )
        })
        if (!isOut && !cutting) continue
        found.push(
          `text ${cutting ? `leaves ${nameOf(cutting)}` : 'leaves the window'}: ${nameOf(text.parentElement!)}`,
        )
        break
      }
    }
    return found
  }

  const findSmall = (): string[] => {
    const found: string[] = []
    const selector = 'label.opt,.grid label,a[href],button,summary,select,textarea,input:not([type=hidden])'
    for (const target of Array.from(document.querySelectorAll(selector))) {
      if (target.closest('[aria-hidden=true]') || isUnseen(target)) continue
      if (target.matches('.opt input,.grid input')) continue
      // A link among words is as high as its line.
      const isInWords =
        target.tagName === 'A' &&
        Array.from(target.parentElement!.childNodes).some((node) => node !== target && (node.textContent ?? '').trim())
      if (isInWords) continue
      const { width, height } = target.getBoundingClientRect()
      const least = target.matches('.opt,.btn') ? tap : 44
      // Half a pixel is lost where lengths are rounded.
      if (height < least - 0.5 || width < 44 - 0.5)
        found.push(`${Math.round(width)} × ${Math.round(height)} px is less than ${least}: ${nameOf(target)}`)
      if (isForced && target.matches('.btn') && getComputedStyle(target).borderTopStyle === 'none')
        found.push(`no edge in forced colours: ${nameOf(target)}`)
    }
    return found
  }

  const spaced = (): string[] => {
    const sheet = new CSSStyleSheet()
    const words = 'line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important'
    sheet.replaceSync(`*{${words}}p{margin-bottom:2em!important}`)
    document.adoptedStyleSheets = [sheet]
    const found = findCut().map((fault) => `with spacing: ${fault}`)
    document.adoptedStyleSheets = []
    return found
  }

  const lengthened = (): string[] => {
    const before = texts.map((text) => text.data)
    for (const text of texts) text.data += text.data.slice(0, Math.ceil(text.data.length * 0.4))
    const found = findCut().map((fault) => `with longer words: ${fault}`)
    texts.forEach((text, at) => {
      text.data = before[at]!
    })
    return found
  }

  return [...findCut(), ...findSmall(), ...spaced(), ...lengthened()]
}
