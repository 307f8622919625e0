import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResultsDocument } from '../../surveys/bundle-documents.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { launchBrowser, withoutBrowser } from '../support/browser.ts'
import { look } from '../support/cycle.ts'
import { day, fill, type PlayedOrgan, press, pressNamed, stepsOf, textOf } from '../support/played-steps.ts'
import { openYearDesk, type Ratings, type YearDesk } from '../support/played-year.ts'
import type { ServedApp } from '../support/serving.ts'
import { createYearApp } from '../support/whole-year.ts'

// The year of the 2013 plan, from the tree that two persons agree to up to the indicators of the next year, by everybody who has
// a part in it, each on their own pages; and its scores, worked out by hand below.

const levels = (text: string): number[] => text.split('').map(Number)
const rated = (leaders: Ratings, recipients: Ratings, citizens: Ratings): Record<GroupId, Ratings> => ({
  leaders,
  recipients,
  public: citizens,
})

// Levels 5 4 3 2 1 are 100 80 60 30 0 points, and 0 is "don't know".
const organs: readonly PlayedOrgan[] = [
  {
    ...{ code: 'dangban', name: '省委办公厅', class: 'party' },
    proposed: ['98', '98', '100'],
    given: ['96', '98', '100'],
    off: { 'lawful.decisions': 3 },
    project: [
      [90, 80, 85, 95],
      [92, 86, 80, 90],
      [88, 84, 90, 80],
    ],
    ratings: rated(
      { overall: levels('5555554444'), others: 4 },
      { overall: levels('4444444333'), others: 4 },
      { overall: levels('5555444433'), others: 4 },
    ),
  },
  {
    ...{ code: 'zhengfuban', name: '省政府办公厅', class: 'government' },
    proposed: ['97', '95', '90'],
    given: ['95', '92', '90'],
    off: { 'efficient.cost': 5, 'clean.complaints': 4 },
    project: [
      [95, 90, 90, 85],
      [90, 90, 90, 90],
      [91, 88, 92, 86],
    ],
    ratings: rated(
      { overall: levels('5555555544'), others: 5 },
      { overall: levels('4444455555'), others: 4 },
      { overall: levels('4444443333'), others: 4 },
    ),
  },
  {
    ...{ code: 'caizhengting', name: '省财政厅', class: 'government' },
    proposed: ['90', '88', '85'],
    given: ['70', '72', '80'],
    off: { 'lawful.openness': 8, 'efficient.staffing': 10, 'organisation.training': 2, 'conduct.complaints': 6 },
    project: [
      [80, 75, 70, 60],
      [70, 70, 70, 70],
      [65, 70, 75, 80],
    ],
    ratings: rated(
      { overall: levels('3333344444'), others: 3 },
      { overall: levels('3333222444'), others: 3 },
      { overall: levels('3333322222'), others: 2 },
    ),
  },
  {
    ...{ code: 'wenlian', name: '省文联', class: 'byReference' },
    proposed: ['92', '90', '95'],
    given: null,
    off: { 'conduct.plan': 20, 'organisation.party': 12 },
    project: [],
    ratings: rated(
      { overall: levels('5554444440'), others: 4 },
      { overall: levels('5555554444'), others: 5 },
      { overall: levels('5444444443'), others: 4 },
    ),
  },
]

const measured = [
  ...['leaders', 'recipients', 'public'],
  ...['functional', 'management', 'innovation', 'satisfaction', 'total', 'grade'],
] as const
type Row = Readonly<Partial<Record<(typeof measured)[number], string>>>
type Table = Readonly<Record<string, Row>>

/**
 * By hand, rounded half up at the end. Of leaders the overall question weighs 40 of 100 and the others 60, of the other groups 50
 * and 50. Functional work is 60 % key, 30 % regular and 10 % other work; management the mean of its five parts, each the mean of
 * its items; of a project novelty and effect weigh 30 each, use and standing 20 each.
 */
const byHand: Table = {
  dangban: {
    // 0.4·(6·100 + 4·80)/10 + 0.6·80 = 36.8 + 48
    leaders: '84.80',
    // 0.5·(7·80 + 3·60)/10 + 0.5·80 = 37 + 40
    recipients: '77.00',
    // 0.5·(4·100 + 4·80 + 2·60)/10 + 0.5·80 = 42 + 40
    public: '82.00',
    // 0.3·84.8 + 0.3·77 + 0.4·82 = 25.44 + 23.1 + 32.8
    satisfaction: '81.34',
    // 0.6·96 + 0.3·98 + 0.1·100 = 57.6 + 29.4 + 10
    functional: '97.00',
    // lawful (97 + 100 + 100)/3 = 99; (99 + 4·100)/5
    management: '99.80',
    // 27 + 24 + 17 + 19 = 87; 27.6 + 25.8 + 16 + 18 = 87.4; 26.4 + 25.2 + 18 + 16 = 85.6; 260/3 = 86.666667
    innovation: '86.67',
    // 0.4·97 + 0.3·99.8 + 0.1·86.666667 + 0.2·81.34 = 38.8 + 29.94 + 8.666667 + 16.268 = 93.674667
    total: '93.67',
    grade: '优秀',
  },
  zhengfuban: {
    // 0.4·(8·100 + 2·80)/10 + 0.6·100 = 38.4 + 60
    leaders: '98.40',
    // 0.5·(5·80 + 5·100)/10 + 0.5·80 = 45 + 40
    recipients: '85.00',
    // 0.5·(6·80 + 4·60)/10 + 0.5·80 = 36 + 40
    public: '76.00',
    // 0.3·98.4 + 0.3·85 + 0.4·76 = 29.52 + 25.5 + 30.4
    satisfaction: '85.42',
    // 0.6·95 + 0.3·92 + 0.1·90 = 57 + 27.6 + 9
    functional: '93.60',
    // efficient (100 + 100 + 95)/3 = 98.333333; clean (3·100 + 96)/4 = 99; (98.333333 + 99 + 3·100)/5 = 99.466667
    management: '99.47',
    // 28.5 + 27 + 18 + 17 = 90.5; 90; 27.3 + 26.4 + 18.4 + 17.2 = 89.3; 269.8/3 = 89.933333
    innovation: '89.93',
    // 0.4·93.6 + 0.3·99.466667 + 0.1·89.933333 + 0.2·85.42 = 37.44 + 29.84 + 8.993333 + 17.084 = 93.357333
    total: '93.36',
    grade: '优秀',
  },
  caizhengting: {
    // 0.4·(5·60 + 5·80)/10 + 0.6·60 = 28 + 36
    leaders: '64.00',
    // 0.5·(4·60 + 3·30 + 3·80)/10 + 0.5·60 = 28.5 + 30
    recipients: '58.50',
    // 0.5·(5·60 + 5·30)/10 + 0.5·30 = 22.5 + 15
    public: '37.50',
    // 0.3·64 + 0.3·58.5 + 0.4·37.5 = 19.2 + 17.55 + 15
    satisfaction: '51.75',
    // 0.6·70 + 0.3·72 + 0.1·80 = 42 + 21.6 + 8
    functional: '71.60',
    // lawful (100 + 100 + 92)/3 = 97.333333; efficient (100 + 90 + 100)/3 = 96.666667; clean 100;
    // organisation (3·100 + 98)/4 = 99.5; conduct (100 + 100 + 94)/3 = 98; 491.5/5
    management: '98.30',
    // 24 + 22.5 + 14 + 12 = 72.5; 70; 19.5 + 21 + 15 + 16 = 71.5; 214/3 = 71.333333
    innovation: '71.33',
    // 0.4·71.6 + 0.3·98.3 + 0.1·71.333333 + 0.2·51.75 = 28.64 + 29.49 + 7.133333 + 10.35 = 75.613333
    total: '75.61',
    grade: '达标',
  },
  wenlian: {
    // One does not know: 0.4·(3·100 + 6·80)/9 + 0.6·80 = 34.666667 + 48
    leaders: '82.67',
    // 0.5·(6·100 + 4·80)/10 + 0.5·100 = 46 + 50
    recipients: '96.00',
    // 0.5·(100 + 8·80 + 60)/10 + 0.5·80 = 40 + 40
    public: '80.00',
    // 0.3·82.666667 + 0.3·96 + 0.4·80 = 24.8 + 28.8 + 32
    satisfaction: '85.60',
    // Its own assessment prevails: 0.6·92 + 0.3·90 + 0.1·95 = 55.2 + 27 + 9.5
    functional: '91.70',
    // conduct (80 + 100 + 100)/3 = 93.333333; organisation (3·100 + 88)/4 = 97; (93.333333 + 97 + 3·100)/5 = 98.066667
    management: '98.07',
    // No project.
    innovation: '0.00',
    // 0.4·91.7 + 0.3·98.066667 + 0 + 0.2·85.6 = 36.68 + 29.42 + 17.12
    total: '83.22',
    grade: '良好',
  },
}

/**
 * After the appeal four points are off where ten were: efficient (100 + 96 + 100)/3 = 98.666667, management 493.5/5 = 98.7, and
 * the total 28.64 + 29.61 + 7.133333 + 10.35 = 75.733333.
 */
const afterAppeal: Table = {
  ...byHand,
  caizhengting: { ...byHand['caizhengting'], management: '98.70', total: '75.73' },
}

/** What somebody finds to be other than by hand, number by number; what a place does not show is not compared. */
function differences(expected: Table, found: Table): string[] {
  const missing = Object.keys(expected).filter((organ) => !found[organ])
  const wrong = Object.entries(found).flatMap(([organ, row]) =>
    measured.flatMap((name) => {
      const value = row[name]
      const own = expected[organ]?.[name]
      return value === undefined || value === own ? [] : [`${organ}, ${name}: ${value} instead of ${own}`]
    }),
  )
  return [...missing.map((organ) => `${organ} is missing`), ...wrong]
}

const parts = ['functional', 'management', 'innovation', 'satisfaction'] as const
const why = '核对了全部事实，没有发现问题'
const whyToo = '另行抽查了三个单位，与原件一致'
const [dangban, zhengfuban, caizhengting] = organs as [PlayedOrgan, PlayedOrgan, PlayedOrgan]

describe.skipIf(withoutBrowser)('the year of the 2013 plan', () => {
  let app: ServedApp
  let browser: Browser
  let desk: YearDesk
  let steps: ReturnType<typeof stepsOf>
  const at: YearDesk['at'] = (...place) => desk.at(...place)
  beforeAll(async () => {
    app = await createYearApp(day(3, 4, 2013))
    browser = await launchBrowser()
    desk = openYearDesk(app, browser, '2013')
    steps = stepsOf(app, browser, desk, organs)
  })
  afterAll(async () => {
    await desk?.close()
    await browser?.close()
    await app?.close()
  })

  /** What the preview of the summing up shows. */
  async function previewed(who: string): Promise<Table> {
    const page = await at(who, '/summing')
    const rows = page.locator('section[aria-labelledby=preview] table').first().locator('tbody tr')
    const cells = await rows.evaluateAll((all) =>
      all.map((row) => Array.from(row.querySelectorAll('th, td'), (cell) => cell.textContent!.trim())),
    )
    return Object.fromEntries(
      cells.map(([name, total, grade, ...scores]) => {
        const { code } = organs.find((each) => each.name === name)!
        return [
          code,
          {
            total,
            grade: /\p{Script=Han}+/u.exec(grade!)?.[0],
            ...Object.fromEntries(parts.map((part, n) => [part, scores[n]])),
          },
        ]
      }),
    ) as Table
  }

  /** What is published, number by number. */
  async function published(): Promise<Table> {
    const file = await app.request('/results/yunhu/2013/bundle/results.json')
    const results = (await file.json()) as ResultsDocument
    const titles: Record<string, string> = { excellent: '优秀', good: '良好', qualified: '达标', admonished: '诫勉' }
    return Object.fromEntries(
      results.organs.map(({ organ, groups, overall }) => {
        if (overall?.status !== 'ok') throw new Error(`${organ} has no total`)
        const score = (id: string) => overall.parts.find((each) => each.id === id)?.score ?? ''
        const group = (id: GroupId) => (groups[id]?.status === 'ok' ? groups[id].score : '')
        return [
          organ,
          {
            ...{ leaders: group('leaders'), recipients: group('recipients'), public: group('public') },
            ...Object.fromEntries(parts.map((part) => [part, score(part)])),
            ...{ total: overall.score, grade: titles[overall.grade]! },
          },
        ]
      }),
    )
  }

  test('comes from an agreed tree to scores that follow by hand, and to the next year', async () => {
    for (const step of [
      ...[steps.agreeOnTheTree, steps.setSurveysUp, steps.assessThemselves, steps.scoreByDepartments],
      ...[steps.ask, steps.judgeProjects, sumUp, publish, appeal, steps.rectify, steps.beginTheNextYear],
    ]) {
      await step().catch(async (error: unknown) => {
        throw new Error(`${step.name} ended with\n${await desk.views()}`, { cause: error })
      })
    }
    const auditor = await desk.seat('审计员')
    await auditor.goto(`${app.base}/office/yunhu/audit?lang=zh-CN`)
    expect(await textOf(auditor)).toContain('审计链完整')
    const alone = await look(app, "SELECT action FROM approvals WHERE state <> 'approved' OR proposer = approver")
    expect(alone).toEqual([])
    expect(desk.complaints()).toEqual([])
  }, 180_000)

  async function sumUp() {
    const office = await at('甲', '/reviews')
    await press(office, 'adopt', 'adopted')

    // One point too many off one organ: the comparison finds it, the office sends it back, the department takes it back.
    expect(differences(byHand, await previewed('甲'))).toEqual([
      'caizhengting, management: 98.23 instead of 98.30',
      'caizhengting, total: 75.59 instead of 75.61',
    ])
    await at('甲', '/reviews/management.conduct.complaints')
    const back = office.locator('details', { has: office.locator(`input[name=lead][value="${dangban.name}"]`) })
    await back.locator('summary').click()
    await back.locator('textarea').fill('投诉台账只有两件超期，请核对')
    await back.locator('button').click()
    await office.waitForURL('**done=reopened**')
    await steps.enterComplaints('6')
    expect(differences(byHand, await previewed('分析员'))).toEqual([])
    expect(await (await at('分析员', '/summing')).locator('button[value=lock]').count()).toBe(0)

    await lock(1)
    await choose()
  }

  /** Two administrators lock, each with a reason, and computing again gives the same. */
  async function lock(version: number) {
    const first = await at('甲', '/summing')
    await fill(first, { reason: why })
    await press(first, 'lock', 'proposed')
    await agreeToSum()
    await at('甲', '/summing')
    expect(await textOf(first)).toContain(`第 ${version} 版`)
    expect(await textOf(first)).toContain('逐字节一致')
  }

  async function choose() {
    const first = await at('甲', '/summing')
    expect(await textOf(first)).toContain('0 个确定入围，还有 1 个要在下列 2 个待定单位中选定')
    await first.check(`input[name=chosen][value=${zhengfuban.code}]`)
    await first.fill('#reason-advanced', '基层减负的做法更值得推广')
    await press(first, 'choose', 'proposed')
    await agreeToSum()
  }

  async function agreeToSum() {
    const second = await at('乙', '/summing')
    await second.locator('section[aria-labelledby=waiting] textarea').fill(whyToo)
    await press(second, 'agree', 'agreed')
  }

  async function publish() {
    app.clock.time = day(4, 21)
    const office = await at('甲', '/surveys/public-2013')
    await office.locator('form:has(input[value=propose_publish]) button').click()
    await office.waitForURL('**done=**')
    expect(await desk.agree()).toBe(1)
    expect(differences(byHand, await published())).toEqual([])
    await office.goto(`${app.base}/results/yunhu/2013?lang=zh-CN`)
    for (const { total } of Object.values(byHand)) expect(await textOf(office)).toContain(total)
  }

  async function appeal() {
    const { code } = caizhengting
    const office = await at('甲', `/feedback/${code}/letter`)
    await fill(office, { text: '请举一反三' })
    await pressNamed(office, '发出反馈函', 'issued')
    const officer = await desk.seat('省财政厅填报员')
    await officer.getByRole('link', { name: /签收反馈函/ }).click()
    await pressNamed(officer, '签收反馈函', 'received')
    const letter = await textOf(officer)
    expect(letter).toContain('“机构编制执行”扣 10 分：两项任务没有按期完成')
    expect(letter.indexOf('“政务（信息）公开”')).toBeLessThan(letter.indexOf('“机构编制执行”'))
    await at('省财政厅填报员', `/feedback/${code}/appeals`)
    await officer.selectOption('select[name=about]', 'deduction/management.efficient.staffing')
    await fill(officer, { reason: '超编的六人中四人是上级下达的军转安置' })
    await pressNamed(officer, '提出申诉', 'filed')

    // Those who took the points off have no say in it.
    const scorer = await at('省委办公厅评分员一', '/reviews')
    const refused = await scorer.goto(`${app.base}${desk.path(`/feedback/${code}/appeals`)}?lang=zh-CN`)
    expect(refused?.status()).toBe(403)
    await at('甲', `/feedback/${code}/appeals`)
    await fill(office, { reason: '安置通知属实，扣分过重', points: '4' })
    await press(office, 'accept', 'proposed')
    const second = await at('乙', `/feedback/${code}/appeals`)
    await press(second, 'agree', 'decided')

    // What is published stays until two persons have locked anew and corrected it.
    expect(differences(byHand, await published())).toEqual([])
    app.clock.time += 300_000
    await at('甲', '/summing')
    expect(await textOf(office)).toContain('与锁定的第 1 版不同')
    await lock(2)
    await choose()
    await at('甲', '/publication')
    const correction = office.locator('form:has(input[name=act][value=correct])')
    await correction.locator('[name=zh]').fill('一项扣分经申诉由 10 分改为 4 分')
    await correction.locator('[name=en]').fill('After an appeal one deduction is 4 points, not 10')
    await correction.locator('button[type=submit]').click()
    await office.waitForURL('**done=correct**')
    await office.goto(`${app.base}/office/yunhu/approvals?lang=zh-CN`)
    expect(await textOf(office)).toContain('支持省财政厅的第 1 件申诉')
    expect(await desk.agree()).toBe(1)
    const now = await published()
    expect(differences(afterAppeal, now)).toEqual([])
    expect(differences(byHand, now)).toEqual([
      'caizhengting, management: 98.70 instead of 98.30',
      'caizhengting, total: 75.73 instead of 75.61',
    ])
    await at('省财政厅填报员', `/feedback/${code}/appeals`)
    expect(await textOf(officer)).toMatch(/第 2 版/)
  }
})
