import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { type Desk, hiddenOf } from '../support/desk.ts'
import { beginSelfYear, type Employed, filledSheet, type SelfYear, sendFiles } from '../support/self-assessment.ts'
import { edited } from '../support/workbook.ts'

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

describe('a table that was filled in elsewhere', () => {
  beforeAll(() => begin(), 60_000)

  async function take(person: Employed, format: 'xlsx' | 'json') {
    const path = `${year.pathOf(person.organ)}/${format}?lang=zh-CN`
    const file = await app.request(path, { headers: { cookie: person.cookie } })
    return new Uint8Array(await file.arrayBuffer())
  }
  const bring = (person: Employed, file: Uint8Array, version = '1') =>
    sendFiles(app, person.cookie, `${year.pathOf(person.organ)}/import`, { version }, [['filled', '自评表', file]])
  const stored = async ({ organ }: Employed) => {
    const [row] = await look(
      app,
      'SELECT state, version, body FROM self_assessment WHERE jurisdiction_id = ? AND organ_id = ?',
      [year.cycle.place.id, year.cycle.place.organIds.get(organ)!],
    )
    return { state: row?.['state'], version: row?.['version'], sheet: JSON.parse(String(row?.['body'])) }
  }
  const begun = async (changes: Record<string, string> = {}) => {
    const person = await year.officer()
    await person.desk.post(year.pathOf(person.organ), filledSheet({ 'note.functional.key': '见附件', ...changes }))
    return person
  }

  test('comes back as a workbook into the draft, formulas by their values, and is handed over as usual', async () => {
    const odd = '第一行\n=1+1 _x0041_ <b>&amp;'
    const person = await begun({ 'done.functional.regular': odd, 'done.functional.other': 'constructor' })
    const before = await stored(person)
    const book = await take(person, 'xlsx')
    expect((await bring(person, book)).status).toBe(303)
    expect(await stored(person)).toEqual({ ...before, version: 2 })

    const other = edited(edited(book, 1, { D2: '完成 14 项', E2: { formula: '45*2', value: '90' } }), 2, {
      B2: '无，理由充分',
    })
    expect((await bring(person, other, '2')).location).toContain('done=imported')
    const { state, sheet } = await stored(person)
    expect([state, sheet.problems, sheet.entries['functional.key']]).toEqual([
      'draft',
      '无，理由充分',
      { target: '完成 12 项', done: '完成 14 项', score: '90', note: '见附件' },
    ])
    const page = (await person.desk.page(year.pathOf(person.organ))).body
    expect(page).toContain('无，理由充分')
    const form = hiddenOf(page, year.pathOf(person.organ))
    const handed = await person.desk.post(year.pathOf(person.organ), filledSheet({ ...form, do: 'submit' }))
    expect(handed.location).toContain('done=submitted')
    expect((await bring(person, other, '4')).status).toBe(409)
    expect((await stored(person)).version).toBe(4)
  })

  test('is refused whole, row by row, where a line is foreign, changed, missing or wrong', async () => {
    const person = await begun()
    const before = await stored(person)
    const book = await take(person, 'xlsx')
    const refusals: [Uint8Array, string][] = [
      [edited(book, 1, { A2: 'functional.mine' }), '第 2 行：自评表里没有编码为“functional.mine”的指标'],
      [edited(book, 1, { A2: 'functional.mine' }), '缺少编码为“functional.key”的一行'],
      [edited(book, 1, { A3: 'functional.key' }), '第 3 行：“functional.key”出现了两次'],
      [edited(book, 1, { B2: '轻松工作' }), '第 2 行：“重点工作”的指标、满分（100）或占总分（24）被改动'],
      [edited(book, 1, { G4: 40 }), '第 4 行：“其他工作”的指标'],
      [edited(book, 1, { D2: '改好了', E3: 101 }), '第 3 行：“常规工作”的自评分应为 0 至 100'],
      [edited(book, 1, { E3: { formula: 'A1/0', text: null } }), '第 3 行：公式没有结果'],
      [edited(book, 1, { E1: '得分' }), '缺少“自评分”这一栏'],
      [edited(book, 2, { A2: '问题' }), '工作表里缺少“存在的问题”这一行'],
      [edited(book, 2, { B4: 'aa/2026/bb' }), '这是另一份自评表（aa/2026/bb）'],
      [utf8('PK 不是工作簿'), '工作簿打不开'],
      [utf8('随便什么'), '这不是可以读入的文件'],
      [new Uint8Array(), '请选择填好的文件'],
    ]
    for (const [file, reason] of refusals) {
      const refused = await bring(person, file)
      expect([refused.status, refused.body]).toEqual([422, expect.stringContaining(reason)])
    }
    expect(await stored(person)).toEqual(before)
    const neighbour = await begun()
    expect((await bring(neighbour, book)).body).toContain('这是另一份自评表')
  })

  test('comes back as JSON by the same rules', async () => {
    const person = await begun()
    const document = JSON.parse(new TextDecoder().decode(await take(person, 'json')))
    document.items[1].done = '完成 13 项'
    expect((await bring(person, utf8(JSON.stringify(document)))).status).toBe(303)
    expect((await stored(person)).sheet.entries['functional.regular'].done).toBe('完成 13 项')
    document.items[2].score = '120'
    expect((await bring(person, utf8(JSON.stringify(document)), '2')).body).toContain('第 3 项：“其他工作”的自评分应为')
    delete document.items[0].note
    expect((await bring(person, utf8(JSON.stringify(document)), '2')).body).toContain('“items.0.note”缺少或填写有误')
    expect((await stored(person)).version).toBe(2)
  })

  test('does not run over what somebody has written meanwhile, but shows both', async () => {
    const person = await begun()
    const book = edited(await take(person, 'xlsx'), 2, { B2: '表格里写的' })
    await person.desk.post(year.pathOf(person.organ), filledSheet({ version: '1', problems: '网页上写的' }))
    const refused = await bring(person, book)
    expect(refused.status).toBe(412)
    expect(refused.body).toContain('表格里写的</textarea>')
    expect(refused.body).toContain('现在保存的是：网页上写的')
    expect((await stored(person)).sheet.problems).toBe('网页上写的')
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
