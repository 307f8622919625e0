import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { keepLogs } from '../../server/log-keeping.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import type { Plan } from '../../surveys/plan.ts'
import { scoredIndicators } from '../../surveys/review.ts'
import { look } from './cycle.ts'
import { answer, invite, type RatedOrgan, type YearDesk } from './played-year.ts'
import { filledSheet } from './self-assessment.ts'
import type { ServedApp } from './serving.ts'

// What everybody enters in the course of the 2013 year, in the order of the plan: each on their own pages; only the many
// scores that are entered alike are sent by the same browser as its form would send them.

/** An organ of the year with everything that is entered about it. */
export interface PlayedOrgan extends RatedOrgan {
  readonly class: 'party' | 'government' | 'byReference'
  /** Key, regular and other work: what the organ proposes, and what its lead department gives. */
  readonly proposed: readonly [string, string, string]
  readonly given: readonly [string, string, string] | null
  /** Points off by item of the management work; every other item has 100. */
  readonly off: Readonly<Record<string, number>>
  /** Points for novelty, effect, use to others and standing by each of the panel; none without a project. */
  readonly project: readonly (readonly [number, number, number, number])[]
}

export const day = (month: number, date: number, year = 2014): number => Date.UTC(year, month - 1, date, 2)

/** Presses a button by the value that its form sends, and waits for the page that says what is done. */
export async function press(page: Page, value: string, done: string): Promise<void> {
  await page.locator(`main button[value="${value}"]`).first().click()
  await page.waitForURL(`**done=${done}**`)
}

/** The same by its words. */
export async function pressNamed(page: Page, name: string, done: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).first().click()
  await page.waitForURL(`**done=${done}**`)
}

export async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(values)) await page.locator(`main [name="${name}"]`).first().fill(text)
}

export const textOf = (page: Page): Promise<string> => page.locator('main').innerText()

const criteria = ['novelty', 'effect', 'spread', 'standing'] as const
const proof = { name: '证明.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') }
const missed = '两项任务没有按期完成'
const ledAlone = 'organisation.selection'
const found = { basis: '年度考核细则第三条', evidence: '督查通报第 7 号' }

/** The steps of a year of four organs: two lead departments, another one, and one whose own assessment prevails. */
export function stepsOf(app: ServedApp, browser: Browser, desk: YearDesk, organs: readonly PlayedOrgan[]) {
  const { at, send } = desk
  const [dangban, zhengfuban, caizhengting, wenlian] = organs as [PlayedOrgan, PlayedOrgan, PlayedOrgan, PlayedOrgan]
  const functional = ['functional.key', 'functional.regular', 'functional.other']
  return {
    ...{ agreeOnTheTree, setSurveysUp, assessThemselves, scoreByDepartments, enterComplaints, ask, judgeProjects },
    ...{ rectify, beginTheNextYear },
  }

  async function agreeOnTheTree() {
    const page = await desk.seat('甲')
    await page.goto(`${app.base}/office/yunhu/cycles?lang=zh-CN`)
    await fill(page, { opens: '2014-03-21T09:00', closes: '2014-03-31T18:00', results: '2014-04-21', phone: '12345' })
    await page.locator('main form button[type=submit]').last().click()
    await page.waitForURL('**/2013/setup/basics**')
    await at('甲', '/setup/organs')
    const lines = organs.map(({ code, name, class: kind }) => [code, name, kind].join(','))
    const buffer = Buffer.from(['代码,名称,类别', ...lines].join('\n'))
    await page.setInputFiles('input[type=file]', { name: 'organs.csv', mimeType: 'text/csv', buffer })
    await page.click('button[value=read]')
    await page.waitForSelector('#preview')
    await press(page, 'save', 'saved')
    await at('甲', '/setup/plan')
    // Few are asked here, and one advanced unit is chosen of two excellent organs.
    await fill(page, { minimum_leaders: '9', minimum_recipients: '10', minimum_public: '10' })
    await fill(page, { effective_public: '5', advanced: '1' })
    await page.locator('main form button.btn[type=submit]').first().click()
    await page.waitForURL('**done=saved**')

    // Nobody scores their own organ, so two departments stand for each item but one.
    await at('甲', '/indicators')
    await page.locator('main details').evaluateAll((all) => {
      for (const each of all) (each as HTMLDetailsElement).open = true
    })
    for (const id of await page.locator('main input[name$=".id"][value^="management."]').all()) {
      const row = (await id.getAttribute('name'))!.replace('.id', '')
      const lead = page.locator(`[name="${row}.lead"]`)
      if ((await lead.inputValue()) === '') continue
      const isAlone = (await id.inputValue()) === `management.${ledAlone}`
      await lead.fill(isAlone ? dangban.name : `${dangban.name}；${zhengfuban.name}`)
      await page.locator(`[name="${row}.leadEn"]`).fill('')
    }
    await page.locator('button[value=save]').first().click()
    await page.waitForURL('**done=saved**')
    await press(page, 'propose', 'proposed')
    expect(await desk.agree()).toBe(1)
    expect(await (await at('甲', '/indicators')).locator('button[value=save]').count()).toBe(0)

    for (const { code, name } of organs) await desk.hire(`${name}填报员`, 'organ_officer', code)
    for (const { code, name } of [dangban, zhengfuban])
      for (const n of ['一', '二']) await desk.hire(`${name}评分员${n}`, 'reviewer', code)
    for (const n of ['一', '二', '三']) await desk.hire(`评委${n}`, 'reviewer', wenlian.code)
    await desk.hire('分析员', 'analyst')
    await desk.hire('审计员', 'auditor')
  }

  async function setSurveysUp() {
    app.clock.time = day(3, 3)
    for (const [group, mode, expected] of [
      ['leaders', 'sealed', 10],
      ['recipients', 'live', 200],
      ['public', 'live', 300],
    ] as const) {
      const page = await at('甲', `/setup/surveys/${group}-2013`)
      await page.selectOption('select[name=mode]', mode)
      await fill(page, { expected: String(expected) })
      await page.locator('main form button.btn[type=submit]').first().click()
      await page.waitForURL('**done=saved**')
    }
    const page = await at('甲', '/surveys/leaders-2013/key')
    await page.locator('form:has(input[value=file]) button').click()
    await page.waitForURL('**done=**')
    await at('甲', '/setup/check')
    await fill(page, { name: '2013年度绩效评估' })
    await page.locator('form:has(input[name=name]) button').click()
    await page.waitForURL('**done=requested**')
    expect(await desk.agree()).toBe(3)
  }

  async function assessThemselves() {
    app.clock.time = day(3, 10)
    const scoresOf = ({ proposed }: PlayedOrgan) =>
      Object.fromEntries(functional.map((item, n) => [`score.${item}`, proposed[n]!]))
    const part = `/self/${dangban.code}`
    const officer = await at('省委办公厅填报员', part)
    const { do: _, version: __, ...texts } = filledSheet(scoresOf(dangban))
    await fill(officer, texts)
    await officer.setInputFiles('[name="file.functional.key"]', proof)
    await press(officer, 'submit', 'submitted')
    for (const organ of [zhengfuban, caizhengting, wenlian]) {
      const who = `${organ.name}填报员`
      await at(who, `/self/${organ.code}`)
      const sheet = { ...filledSheet(scoresOf(organ)), do: 'submit' }
      await send(who, `/self/${organ.code}`, Object.entries(sheet))
    }
    const office = await at('甲', part)
    await fill(office, { 'note.functional.key': '请附统计表' })
    await office.click('form[action*="/return"] button')
    await office.waitForURL('**done=returned**')
    await at('省委办公厅填报员', part)
    expect(await textOf(officer)).toContain('请附统计表')
    await officer.setInputFiles('[name="file.functional.key"]', { ...proof, name: '统计表.pdf' })
    await press(officer, 'submit', 'submitted')

    for (const { code, name, project } of organs.filter(({ project: own }) => own.length > 0)) {
      const page = await at(`${name}填报员`, `/innovation/${code}/0`)
      await fill(page, { title: `${name}的项目`, content: '五个部门的手续合成一张表', effect: '办理时间减少六成' })
      await page.setInputFiles('[name=file]', proof)
      await press(page, 'save', 'saved')
      expect(project).toHaveLength(3)
    }
  }

  async function scoreByDepartments() {
    app.clock.time = day(3, 18)
    const lost = (organ: PlayedOrgan, item: string): number => organ.off[item] ?? 0
    const items = await managementItems()
    for (const [lead, others] of [
      [dangban, [zhengfuban, caizhengting, wenlian]],
      [zhengfuban, [dangban]],
    ] as const) {
      const [first, second] = [`${lead.name}评分员一`, `${lead.name}评分员二`]
      const finding = (organ: PlayedOrgan, score: string) =>
        Object.entries({
          ...{ organ: organ.code, seen: '0', score, deduction: '', do: 'save' },
          ...(score === '100' ? { reason: '', basis: '', evidence: '' } : { reason: missed, ...found }),
        })
      await at(first, '/reviews')
      await at(second, '/reviews')
      for (const [n, item] of functional.entries()) {
        if (lead === dangban && n === 0) continue
        for (const organ of others)
          if (organ.given) await send(first, `/reviews/${item}`, finding(organ, organ.given[n]!))
        await send(first, `/reviews/${item}`, [['do', 'submit']])
        await send(second, `/reviews/${item}`, [['do', 'confirm']])
      }
      for (const item of items) {
        if (lead === dangban ? item === 'conduct.complaints' : item === ledAlone) continue
        const part = `/reviews/management.${item}`
        const full = others.filter((organ) => lost(organ, item) === 0)
        const ticked = full.map(({ code }) => ['o', code] as const)
        if (full.length > 0) await send(first, part, [...ticked, ['sure', '1'], ['do', 'full']])
        for (const organ of others.filter((each) => !full.includes(each)))
          await send(first, part, finding(organ, String(100 - lost(organ, item))))
        await send(first, part, [['do', 'submit']])
        await send(second, part, [['do', 'confirm']])
      }
    }
    // What the first organ leads alone two of the office score of it.
    const alone = `/reviews/management.${ledAlone}`
    const office = await at('甲', alone)
    await fill(office, { score: '100' })
    await press(office, 'save', 'saved')
    await press(office, 'submit', 'submitted')
    await press(await at('乙', alone), 'confirm', 'confirmed')
    // The first sheet on its pages: the own organ is refused, a deduction needs its reason, and another person confirms.
    const page = await at('省委办公厅评分员一', '/reviews')
    await page.locator('main a', { hasText: '重点工作' }).click()
    expect(await textOf(page)).toContain('不能给本单位评分')
    for (const organ of [zhengfuban, caizhengting]) {
      await page.locator('main table a', { hasText: organ.name }).click()
      await fill(page, { score: organ.given![0] })
      await page.click('button[value=save]')
      await page.waitForSelector('#errors')
      await fill(page, { reason: missed, ...found })
      await press(page, 'save', 'saved')
    }
    await press(page, 'submit', 'submitted')
    await enterComplaints('7')
    const other = await at('省委办公厅评分员二', '/reviews/functional.key')
    await press(other, 'confirm', 'confirmed')
    await page.goto(`${app.base}${desk.path('/reviews/functional.key')}?lang=zh-CN`)
    expect(await page.locator('button[value=save]').count()).toBe(0)
  }

  /** The items of the management work, as the agreed tree has them: 'lawful.decisions', … */
  async function managementItems(): Promise<string[]> {
    const [row] = await look(app, 'SELECT body FROM plan')
    const { indicators } = JSON.parse(String(row!['body'])) as Plan
    const ids = scoredIndicators(indicators).map(({ node }) => node.id)
    return ids.flatMap((id) => (id.startsWith('management.') ? id.slice('management.'.length) : []))
  }

  /** What one department takes off the third organ for complaints, and nothing off the others. */
  async function enterComplaints(points: string) {
    const part = '/reviews/management.conduct.complaints'
    const page = await at('省委办公厅评分员一', `${part}?organ=${caizhengting.code}`)
    await fill(page, { score: '', deduction: points, reason: '三件作风投诉没有按期办结', ...found })
    await press(page, 'save', 'saved')
    if ((await page.locator('input[name=o]').count()) > 0) {
      await page.locator('details:has(button[value=full]) > summary').click()
      for (const box of await page.locator('input[name=o]').all()) await box.check()
      await page.check('input[name=sure]')
      await press(page, 'full', 'saved')
    }
    await press(page, 'submit', 'submitted')
    await press(await at('省委办公厅评分员二', part), 'confirm', 'confirmed')
  }

  async function ask() {
    app.clock.time = Date.UTC(2014, 2, 21, 1, 1)
    await invite(app, desk, organs)
    await answer(app, browser, organs)
    app.clock.time = Date.UTC(2014, 2, 31, 10, 16)
    await moveDueSurveys(app.world)
    await keepLogs(app.world)
    const page = await at('甲', '/surveys/leaders-2013/box')
    await page.click('form[action*="/box/propose"] button')
    await page.waitForURL('**done=**')
    expect(await desk.agree()).toBe(1)
    await at('甲', '/surveys/leaders-2013/box')
    await page.click('form[action*="/box/open"] button')
    const state = () => look(app, "SELECT state FROM survey WHERE code = 'leaders-2013'")
    await expect.poll(async () => (await state())[0]?.['state'], { timeout: 30_000 }).toBe('opened')
  }

  async function judgeProjects() {
    app.clock.time = day(4, 2)
    const office = await at('甲', '/innovation')
    const members = ['评委一', '评委二', '评委三']
    for (const name of members) {
      await office.selectOption('select[name=user]', { label: name })
      await press(office, 'name', 'named')
      await at('甲', '/innovation')
    }
    await press(office, 'start', 'started')
    for (const [member, name] of members.entries()) {
      const page = await at(name, '/innovation')
      await page.check('#sure')
      await press(page, 'declare', 'declared')
      for (const { code, project } of organs.filter((each) => each.project.length > 0)) {
        const scores = Object.fromEntries(criteria.map((id, n) => [`score.${id}`, String(project[member]![n])]))
        if (member > 0) {
          await send(name, `/innovation/${code}/1/rating`, Object.entries({ ...scores, remark: '' }))
          continue
        }
        await at(name, `/innovation/${code}/1`)
        await fill(page, scores)
        await pressNamed(page, '保存评分', 'rated')
      }
      await at(name, '/innovation')
      await press(page, 'hand', 'handed')
    }
    await at('甲', '/innovation')
    await press(office, 'record', 'recorded')
  }

  async function rectify() {
    app.clock.time = day(5, 12)
    const part = `/feedback/${caizhengting.code}/rectification`
    const officer = await at('省财政厅填报员', part)
    const texts = { problem: '信息公开不及时', cause: '没有专人负责', measure: '每月核对公开目录', person: '李四' }
    await fill(officer, { ...texts, due: '2014-09-30' })
    await pressNamed(officer, '报送', 'moved')
    const office = await at('乙', part)
    await fill(office, { note: '请写明核对的范围' })
    await pressNamed(office, '退回', 'moved')
    await at('省财政厅填报员', part)
    expect(await textOf(officer)).toContain('请写明核对的范围')
    await fill(officer, { measure: '每月核对公开目录的全部栏目' })
    await pressNamed(officer, '报送', 'moved')
    await at('乙', part)
    await pressNamed(office, '通过', 'moved')
    await officer.goto(`${app.base}/results/yunhu/2013/rectification?lang=zh-CN`)
    expect(await textOf(officer)).toContain('每月核对公开目录的全部栏目')
  }

  async function beginTheNextYear() {
    app.clock.time = day(6, 3)
    const page = await desk.seat('甲')
    await page.goto(`${app.base}/office/yunhu/cycles?lang=zh-CN`)
    await page.selectOption('select[name=from]', '2013')
    expect(await page.inputValue('input[name=code]')).toBe('2014')
    await fill(page, { opens: '2015-03-20T09:00', closes: '2015-03-31T18:00', results: '2015-04-20', phone: '12345' })
    await page.locator('main form button[type=submit]').last().click()
    await page.waitForURL('**/2014/setup/basics**')
    await page.goto(`${app.base}/office/yunhu/2014/indicators?lang=zh-CN`)
    await page.locator('details:has(button[value^="offer:"]) > summary').click()
    await page.locator('button[value="offer:caizhengting/1"]').click()
    const added = page.locator('fieldset', { hasText: '每月核对公开目录的全部栏目' })
    await added.locator('input[name$=".weight"]').fill('10')
    // Key work gives ten of its sixty.
    await page.locator('fieldset:has(input[value="functional.key"]) input[name$=".weight"]').fill('50')
    await page.locator('button[value=save]').first().click()
    await page.waitForURL('**done=saved**')
    await page.locator('a', { hasText: '比较版本' }).click()
    expect(await textOf(page)).toContain('每月核对公开目录的全部栏目')
  }
}
