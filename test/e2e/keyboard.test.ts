import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, type Visitor, visit, withoutBrowser } from '../support/browser.ts'
import { createGround, type Ground } from '../support/ground.ts'
import { lastCode } from '../support/respondent.ts'
import { spoken } from '../support/spoken.ts'

// Whole surveys without a pointer, and what a screen reader is told on the way.
describe.skipIf(withoutBrowser)('by keys alone', () => {
  let ground: Ground
  let browser: Browser

  beforeAll(async () => {
    ground = await createGround()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await ground?.app.close()
  })

  async function someone(options: Parameters<typeof visit>[1] = {}): Promise<Visitor> {
    const visitor = await visit(browser, options)
    await visitor.context.setExtraHTTPHeaders(ground.app.fromAfar())
    await visitor.page.clock.install({ time: ground.app.clock.time })
    return visitor
  }

  const focused = async (page: Page): Promise<string> =>
    (await spoken(page)).find((line) => line.includes(' focused=true'))?.replace(' focused=true', '') ?? ''

  /** Whether what has the focus shows the yellow ring, and lies neither outside the window nor below anything. */
  const isSeen = (page: Page): Promise<boolean> =>
    page.evaluate(() => {
      const element = document.activeElement!
      const holder = element.closest('label') ?? element
      const styles = [element, holder].map((each) => getComputedStyle(each))
      const isRinged = styles.some(
        ({ outlineStyle, outlineWidth, outlineColor }) =>
          outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 3 && outlineColor === 'rgb(255, 221, 0)',
      )
      const { left, top, width, height } = holder.getBoundingClientRect()
      const onTop = document.elementFromPoint(left + width / 2, top + height / 2)
      return isRinged && onTop !== null && holder.contains(onTop)
    })

  /** Presses Tab until something is told so; every stop on the way can be seen. Answers the stops. */
  async function tabTo(page: Page, wanted: RegExp): Promise<string[]> {
    const stops: string[] = []
    while (stops.length < 80) {
      await page.keyboard.press('Tab')
      const stop = await focused(page)
      expect(await isSeen(page), `${stop} can be seen`).toBe(true)
      stops.push(stop)
      if (wanted.test(stop)) return stops
    }
    throw new Error(`the Tab key does not lead to ${wanted}, only to\n${stops.join('\n')}`)
  }

  async function press(page: Page, wanted: RegExp, key = 'Enter'): Promise<void> {
    await tabTo(page, wanted)
    await page.keyboard.press(key)
  }

  async function typeCode(page: Page, code: string): Promise<void> {
    await page.goto(`${ground.app.base}/r`)
    await tabTo(page, /^textbox "(测评码|Survey code)/)
    await page.keyboard.type(code)
    await page.keyboard.press('Enter')
  }

  test('a citizen gets to the receipt: back, text size, language, options, continue', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(ground.app.base + ground.open.path('public'))
    await tabTo(page, /^textbox "手机号"/)
    await page.keyboard.type(ground.phone())
    await page.keyboard.press('Enter')
    await page.waitForSelector('input[name=otp]')
    await tabTo(page, /^textbox "验证码"/)
    await page.keyboard.type(lastCode(ground.app))
    await page.keyboard.press('Enter')
    await page.waitForSelector('[data-island=choose]')
    await press(page, /^checkbox/, 'Space')
    await press(page, /^button "继续"/)
    await page.waitForSelector('.part.on')
    expect(await tabTo(page, /^button "继续"/)).toEqual([
      'link "跳到正文"',
      'button "返回"',
      'DisclosureTriangle "字号" expanded=false',
      'button "English"',
      'radio "非常满意" checked=false',
      'button "继续"',
    ])
    // Nothing is chosen: the summary has the focus, and its line leads to the question.
    await page.keyboard.press('Enter')
    expect(await focused(page)).toMatch(/^alert "有一处需要修改/)
    await press(page, /^link "请选择您对.*的总体满意程度/)
    expect(await focused(page)).toMatch(/^radio "非常满意"/)
    await page.keyboard.press('ArrowDown')
    expect(await focused(page)).toBe('radio "满意" checked=true')
    await press(page, /^button "继续"/)
    for (let part = 0; (await page.locator('#send.on').count()) === 0; part++) {
      expect(part).toBeLessThan(12)
      expect(await focused(page)).not.toBe('')
      await press(page, /^button "继续"/)
    }
    expect(await focused(page)).toMatch(/^heading "/)
    await press(page, /^button "提交"/)
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  test('Escape closes the panel of text sizes, and the focus is back where it was', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(ground.app.base + ground.open.path('public'))
    await press(page, /"字号"/)
    expect(await focused(page)).toBe('DisclosureTriangle "字号" expanded=true')
    expect(await tabTo(page, /特大/)).toEqual(['link "标准"', 'link "大字"', 'link "特大"'])
    await page.keyboard.press('Escape')
    expect(await focused(page)).toBe('DisclosureTriangle "字号" expanded=false')
    await page.keyboard.press('Enter')
    await press(page, /大字/)
    expect(await page.getAttribute('html', 'data-size')).toBe('elder')
    expect(await focused(page)).toBe('DisclosureTriangle "字号" expanded=false')
    expect(complaints).toEqual([])
    await close()
  })

  for (const [locale, script, names] of [
    ['zh-CN', true, { send: '提交', thanks: '谢谢' }],
    ['en', false, { send: 'Submit', thanks: 'Thank you' }],
  ] as const) {
    test(`a recipient rates a service in ${locale}${script ? '' : ' without script'}`, async () => {
      const { page, complaints, close } = await someone({ locale, script })
      await typeCode(page, ground.receipt())
      await page.waitForSelector(script ? '.part.on' : '#send')
      await press(page, /^radio/, 'Space')
      await press(page, new RegExp(`^button "${names.send}"`))
      await page.waitForURL('**/done?**')
      expect((await spoken(page)).find((line) => line.startsWith('heading'))).toContain(names.thanks)
      expect(complaints).toEqual([])
      await close()
    })
  }

  test('a leader rates two agencies, looks through the list and sends', async () => {
    const { page, complaints, close } = await someone({ width: 768 })
    await typeCode(page, ground.leader())
    await page.waitForSelector('#landing.on')
    await press(page, /^button "开始评价"/)
    expect(await focused(page)).toMatch(/^heading "/)
    await page.keyboard.press('4')
    expect(await focused(page)).toBe('radio "满意" checked=true')
    await press(page, /^button "其余各项与总体相同"/)
    expect(await focused(page)).toBe('button "下一个"')
    await page.keyboard.press('Enter')
    await page.keyboard.press('0')
    expect(await focused(page)).toBe('radio "不了解 / 说不清" checked=true')
    await press(page, /^button "查看清单"/)
    expect(await focused(page)).toBe('heading "评价清单"')
    await press(page, /^button ".*提交"/)
    await press(page, /^button "提交"/)
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  test('a screen reader is told of every control, its state, and what has changed', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(`${ground.app.base}/r#${ground.receipt()}`)
    await page.waitForSelector('.part.on')
    const levels = ['非常满意', '满意', '基本满意', '不满意', '非常不满意', '不了解 / 说不清']
    expect(await spoken(page)).toEqual([
      'link "跳到正文"',
      'banner',
      'link "返回"',
      'group',
      'DisclosureTriangle "字号" expanded=false',
      'button "English"',
      'main',
      'heading "服务对象满意度测评"',
      'form',
      'group',
      'DisclosureTriangle "保密，但对系统运维方并非匿名" expanded=false',
      `heading "${ground.open.place.organs[0]!.nameZh}"`,
      'group "您对这次服务总体满意吗？" "请按您自己的感受选择一项"',
      'Legend',
      ...levels.map((level) => `radio "${level}" checked=false`),
      'button "提交"',
      'button "继续补充"',
      'status live=polite',
      'link "有人要我给好评"',
      'link "如何保护我的隐私"',
    ])
    const { length } = await spoken(page)
    // A refusal is an alert, and stands with the question too.
    await page.click('#send [type=submit]')
    const refused = await spoken(page)
    expect(refused.length).toBeGreaterThan(length)
    expect(refused.find((line) => line.startsWith('alert'))).toMatch(/live=assertive/)
    expect(refused.find((line) => line.startsWith('group "您对这次'))).toContain('不了解可以选')
    expect(await page.title()).toMatch(/^错误：/)
    await page.locator('.part.on label.opt').nth(4).click()
    expect(await spoken(page)).toContain('radio "非常不满意" focused=true checked=true')
    // What cannot be sent is said by the status, which is there before.
    await page.route('**/answer?*', (route) => route.abort('connectionreset'))
    await page.click('#send [type=submit]')
    await page.waitForSelector('text=没有提交成功')
    expect((await focused(page)).replace(/^heading /, '')).toBe('"没有提交成功"')
    expect(await spoken(page)).toContain('status live=polite')
    expect(await page.locator('#sending').textContent()).toMatch(/自动重试/)
    expect(complaints).toEqual([])
    await close()
  })

  test('control: a stop that cannot be seen is noticed', async () => {
    const { page, close } = await someone()
    const covered = '<div style="position:fixed;inset:0;background:#fff"></div>'
    const ring = '<style>a:focus{outline:3px solid #fd0}</style>'
    for (const [html, found] of [
      [`${ring}<a href="/">x</a>`, true],
      ['<style>a:focus{outline:0}</style><a href="/">x</a>', false],
      [`${ring}<a href="/">x</a>${covered}`, false],
    ] as const) {
      await page.setContent(html)
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('link "x"')
      expect(await isSeen(page), html).toBe(found)
    }
    await close()
  })
})
