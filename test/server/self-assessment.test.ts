import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { type Desk, hiddenOf } from '../support/desk.ts'
import { beginSelfYear, filledSheet, type SelfYear } from '../support/self-assessment.ts'

// Each organ assesses itself: it writes, hands its table over, and puts right what comes back.

let app: TestApp
let year: SelfYear
let office: Desk
beforeAll(async () => {
  app = await createTestApp()
}, 60_000)
afterAll(() => app.close())

async function begin(due?: string) {
  year = await beginSelfYear(app, due)
  office = await year.office()
}

describe('an organ', () => {
  beforeAll(() => begin(), 60_000)

  test('finds its table among its tasks, saves it, hands it over, and can change it no more', async () => {
    const { organ, desk } = await year.officer()
    const home = await desk.page('/office')
    expect(home.body).toContain(year.pathOf(organ))
    expect(home.body).toContain('2027年3月15日')
    expect((await desk.post(year.pathOf(organ), filledSheet({ 'score.functional.key': '88.25' }))).location).toContain(
      'done=saved',
    )
    const page = (await desk.page(year.pathOf(organ))).body
    expect(page).toContain('value="88.25"')
    // 0.4 · (0.6 · 88.25 + 0.3 · 95.5 + 0.1 · 95.5) = 36.46
    expect(page).toContain('自评合计 36.46 分，满分 40 分；已评 3 / 3 项')
    expect((await office.page(year.pathOf(organ))).body).toContain('还没有报送自评表')
    expect((await desk.post(year.pathOf(organ), filledSheet({ version: '1', do: 'submit' }))).location).toContain(
      'done=submitted',
    )
    const late = await desk.post(year.pathOf(organ), filledSheet({ version: '2', problems: '改一改' }))
    expect([late.status, late.body.includes('不能修改')]).toEqual([409, true])
    const read = (await office.page(year.pathOf(organ))).body
    expect(read).toContain('进度不均')
    expect(read).not.toContain('改一改')
    const [row] = await look(app, `SELECT * FROM audit WHERE action = 'self.submit' ORDER BY seq DESC LIMIT 1`)
    expect(row?.['object']).toBe(`self/${year.cycle.place.organIds.get(organ)}`)
  })

  test('is told at each field what is missing or wrong, and loses nothing', async () => {
    const { organ, desk } = await year.officer()
    const wrong = { 'score.functional.key': '101', 'done.functional.other': 'x'.repeat(2_001), problems: '待改' }
    const refused = await desk.post(year.pathOf(organ), filledSheet(wrong))
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('“重点工作”的自评分应为 0 至 100')
    expect(refused.body).toContain('“其他工作”的完成值最多 2000 字')
    expect(refused.body).toContain('待改')
    expect(
      await look(app, 'SELECT 1 FROM self_assessment WHERE organ_id = ?', [year.cycle.place.organIds.get(organ)!]),
    ).toEqual([])
    // What is only unfinished is kept as a draft.
    const unfinished = await desk.post(
      year.pathOf(organ),
      filledSheet({ do: 'submit', 'done.functional.key': '', weaknesses: '' }),
    )
    expect(unfinished.status).toBe(422)
    expect(unfinished.body).toContain('请填写“重点工作”的完成值')
    expect(unfinished.body).toContain('请写明薄弱环节')
    expect(unfinished.body).toContain('填写的内容已经保存')
    expect(hiddenOf(unfinished.body, year.pathOf(organ))['version']).toBe('1')
    expect((await desk.page(year.pathOf(organ))).body).toContain('填写中')
  })

  test('of two people who write at once the second sees what the first has saved, and keeps their own', async () => {
    const { organ, desk } = await year.officer()
    const { desk: second } = await year.hire('organ_officer', organ)
    await desk.post(year.pathOf(organ), filledSheet({ problems: '甲写的' }))
    const refused = await second.post(year.pathOf(organ), filledSheet({ problems: '乙写的' }))
    expect(refused.status).toBe(412)
    expect(refused.body).toContain('乙写的</textarea>')
    expect(refused.body).toContain('现在保存的是：甲写的')
    const form = hiddenOf(refused.body, year.pathOf(organ))
    expect((await second.post(year.pathOf(organ), filledSheet({ ...form, problems: '乙写的' }))).status).toBe(303)
    expect((await desk.page(year.pathOf(organ))).body).toContain('乙写的')
  })

  test('saves by itself what is typed, and is told when it cannot', async () => {
    const { organ, desk } = await year.officer()
    const json = { accept: 'application/json' }
    const saved = await desk.post(year.pathOf(organ), filledSheet(), json)
    expect([saved.status, JSON.parse(saved.body)['version']]).toEqual([200, 1])
    const stale = await desk.post(year.pathOf(organ), filledSheet({ problems: '旧' }), json)
    expect([stale.status, JSON.parse(stale.body)['message']]).toEqual([412, expect.stringContaining('改过')])
  })

  test('takes its table away as a workbook and as JSON, and nobody the draft of another', async () => {
    const { organ, desk, cookie } = await year.officer()
    await desk.post(year.pathOf(organ), filledSheet({ 'done.functional.key': '=HYPERLINK("x")' }))
    const json = await app.request(`${year.pathOf(organ)}/json`, { headers: { cookie } })
    const document = JSON.parse(await json.text())
    expect(document).toMatchObject({ organ: { code: organ }, due: '2027-03-15', late: null, total: { full: '40' } })
    expect(document.items[0]).toMatchObject({ indicator: 'functional.key', points: '24', score: '95.5' })
    const sheetFile = await app.request(`${year.pathOf(organ)}/xlsx`, { headers: { cookie } })
    expect(sheetFile.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(new Uint8Array(await sheetFile.arrayBuffer()).subarray(0, 2)).toEqual(utf8('PK'))
    for (const what of ['json', 'xlsx', 'print'])
      expect((await office.page(`${year.pathOf(organ)}/${what}`)).status).toBe(404)
  })
})

describe('the day on which tables are due', () => {
  // Today, in Shanghai.
  beforeAll(() => begin('2026-03-02'), 60_000)
  const list = async () =>
    (await (await year.office()).page(`/office/${year.cycle.jid}/${year.cycle.cycle.code}/self`)).body

  test('decides once: what is corrected after it stays punctual, and what comes first after it is late', async () => {
    const { organ, desk } = await year.officer()
    await desk.post(year.pathOf(organ), filledSheet({ do: 'submit' }))
    const form = hiddenOf((await office.page(year.pathOf(organ))).body, '/return')
    const nothing = await office.post(`${year.pathOf(organ)}/return`, form)
    expect([nothing.status, nothing.body.includes('请至少对一项写明意见')]).toEqual([422, true])
    const note = { 'note.functional.key': '请附统计表 <b>' }
    expect((await office.post(`${year.pathOf(organ)}/return`, { ...form, ...note })).status).toBe(303)
    expect((await office.post(`${year.pathOf(organ)}/return`, { ...form, ...note })).status).toBe(409)
    expect(await list()).toContain('已报送 0 个（其中逾期 0 个），退回修改 1 个，未报送 7 个，共 8 个单位')

    app.clock.time += 24 * 3_600_000
    const { desk: later } = await year.hire('organ_officer', organ)
    const returned = (await later.page(year.pathOf(organ))).body
    expect(returned).toContain('退回意见：请附统计表 &lt;b>')
    const again = { ...hiddenOf(returned, year.pathOf(organ)), do: 'submit', 'note.functional.key': '统计表见佐证' }
    expect((await later.post(year.pathOf(organ), filledSheet(again))).location).toContain('done=submitted')
    expect(await list()).toContain('已报送 1 个（其中逾期 0 个），退回修改 0 个，未报送 7 个')
    expect(await list()).toContain('已过期限，未报送')

    const late = await year.officer()
    expect((await late.desk.page(year.pathOf(late.organ))).body).toContain('仍可报送，但会标明逾期')
    await late.desk.post(year.pathOf(late.organ), filledSheet({ do: 'submit' }))
    expect(await list()).toContain('已报送 2 个（其中逾期 1 个）')
    const paper = (await (await year.office()).page(`${year.pathOf(late.organ)}/print`)).body
    for (const words of ['报绩效办', '报牵头部门', '单位留存', '逾期']) expect(paper).toContain(words)
  })
})

describe('a lead department', () => {
  beforeAll(() => begin(), 60_000)

  test('returns its own items and no others, and nothing of its own organ', async () => {
    const { organ, desk } = await year.officer()
    await desk.post(year.pathOf(organ), filledSheet({ do: 'submit' }))
    const own = await year.hire('reviewer', organ)
    const form = hiddenOf((await office.page(year.pathOf(organ))).body, '/return')
    const note = { ...form, 'note.functional.key': '请补充说明依据' }
    expect((await own.desk.post(`${year.pathOf(organ)}/return`, note)).status).toBe(403)
    const outsider = await year.hire('reviewer', year.cycle.organs.find((each) => each !== organ)!)
    expect((await outsider.desk.page(year.pathOf(organ))).body).toContain('进度不均')
  })
})
