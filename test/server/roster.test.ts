import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTicket } from '../../db/platform.ts'
import { asksPerQuarter } from '../../surveys/plan.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { signIn } from '../support/respondent.ts'

// A roster is imported whole, or every row that is wrong is told and nothing is kept. Addresses and codes lie encrypted.

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let leaders: string
let recipients: string
let organ: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  const pathOf = (group: 'leaders' | 'recipients') =>
    `/office/${cycle.jid}/2026/surveys/${cycle.survey(group).sid}/invitations`
  leaders = pathOf('leaders')
  recipients = pathOf('recipients')
  organ = cycle.place.organs[0]!.nameZh
}, 60_000)
afterAll(() => app.close())

const importing = (path: string, file: Uint8Array | string, press = 'import') =>
  sendFile(app, cookie, `${path}/import`, { press }, file)
const people = async (group: 'leaders' | 'recipients') =>
  look(app, 'SELECT sealed, by_phone, by_mail, handed FROM addressee WHERE survey_id = ? AND jurisdiction_id = ?', [
    cycle.survey(group).id,
    cycle.place.id,
  ])

describe('a roster of leaders', () => {
  test('gives everybody one code, and neither addresses nor codes stand readable in the tables', async () => {
    const file = table(
      ['编号', '姓名', '手机', '邮箱', '语言'],
      ['L-001', '李金丝雀', '138 0013 8001', 'li.canary@example.org', ''],
      ['L-002', '王金丝雀', '13800138002', '', '中文'],
      ['L-003', 'Ann Canary', '', 'ann.canary@example.org', 'en'],
      ['L-004', '赵金丝雀', '', '', ''],
    )
    const trial = await importing(leaders, file, 'check')
    expect([trial.status, trial.body.includes('检查通过：4 行可以导入')]).toEqual([200, true])
    expect(await people('leaders')).toHaveLength(0)
    const done = await importing(leaders, file)
    expect([done.status, done.body.includes('已导入 4 行')]).toEqual([200, true])
    const rows = await people('leaders')
    expect(rows.map((row) => [row['by_phone'], row['by_mail'], row['handed']]).sort()).toEqual([
      [0, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [1, 1, 0],
    ])
    const invites = await look(app, 'SELECT member, cell FROM invite WHERE jurisdiction_id = ?', [cycle.place.id])
    expect(new Set(invites.map((row) => row['member'])).size).toBe(4)
    const [bytes] = await look(
      app,
      "SELECT count(*) AS n FROM addressee WHERE instr(sealed, CAST('canary' AS BLOB)) > 0",
    )
    expect(bytes!['n']).toBe(0)
    const { body } = await desk.page(leaders)
    expect(body).not.toMatch(/canary|金丝雀|138001|L-00/)
    expect(body).toContain('4 人；其中可发短信 2 人，可发邮件 2 人')
  })

  test('is refused whole with every wrong row, its column and what stands there, and nothing is kept', async () => {
    const before = await countAllRows(app)
    const refused = await importing(
      leaders,
      table(
        ['编号', '手机', '邮箱', '语言'],
        ['L-010', '12345', '', ''],
        ['L-011', '13800138011', 'nobody', ''],
        ['L-012', '13800138012', '', 'fr'],
        ['', '', '', 'zh'],
        ['L-013', '13800138013', '', ''],
        ['L-014', '138-0013-8013', '', ''],
        ['L-001', '', '', ''],
      ),
    )
    expect(refused.status).toBe(422)
    for (const line of [
      '第 2 行，手机：“12345”不是大陆手机号',
      '第 3 行，邮箱：“nobody”不是邮箱地址',
      '第 4 行，语言：“fr”不是“中文”或“英文”',
      '第 5 行，编号：没有填写',
      '第 7 行：“+8613800138013”与第 6 行重复',
      '第 8 行：“L-001”已在名册里',
    ])
      expect(refused.body).toContain(line)
    expect(await countAllRows(app)).toEqual(before)
  })

  test('is read in GB18030 too, and a broken file is told with the row', async () => {
    // 编号,姓名 / L-020,张 in GB18030; then the same cut in the middle of a character.
    const gb = Buffer.from('b1e0bac52cd0d5c3fb0d0a4c2d3032302cd5c5', 'hex')
    const trial = await importing(leaders, gb, 'check')
    expect([trial.status, trial.body.includes('检查通过：1 行')]).toEqual([200, true])
    const broken = await importing(leaders, gb.subarray(0, gb.length - 1), 'check')
    expect(broken.status).toBe(422)
    expect(broken.body).toContain('第 2 行')
  })

  test('says which column it does not know or misses, that a file is needed, and when there are too many', async () => {
    const unknown = await importing(leaders, table(['编号', '生日'], ['L-030', '1.1.']))
    expect([unknown.status, unknown.body.includes('不认识列名“生日”')]).toEqual([422, true])
    const nothing = await importing(leaders, '')
    expect([nothing.status, nothing.body.includes('请选择名册文件')]).toEqual([422, true])
    const many = Array.from({ length: 13 }, (_, at) => [`M-${at}`])
    const over = await importing(leaders, table(['编号'], ...many))
    expect([over.status, over.body.includes('超过了测评的应答人数 12')]).toEqual([422, true])
  }, 60_000)

  test('D12: markup in a heading, NUL, formulas and a file that is too large are told with their place and keep nothing', async () => {
    const before = await countAllRows(app)
    const markup = await importing(leaders, table(['编号', '<script>alert(1)</script>'], ['L-1', 'x']))
    expect([markup.status, markup.body.includes('&lt;script>alert(1)&lt;/script>')]).toEqual([422, true])
    expect(markup.body).not.toContain('<script>alert(1)')
    const nul = await importing(leaders, table(['编号'], ['L-030'], ['L-\0']))
    expect([nul.status, nul.body.includes('第 3 行')]).toEqual([422, true])
    const quote = await importing(leaders, table(['编号', '姓名'], ['L-030', '张"三"'], ['L-031', '李四']))
    expect([quote.status, quote.body.includes('第 2 行')]).toEqual([422, true])
    const twice = await importing(leaders, table(['编号', '姓名'], ['L-030', '=1+1'], ['L-030', "'=1+1"]))
    expect([twice.status, twice.body.includes('第 3 行：“L-030”与第 2 行重复')]).toEqual([422, true])
    expect((await importing(leaders, new Uint8Array(22 * 1024 * 1024))).status).toBe(413)
    expect(await countAllRows(app)).toEqual(before)
  })

  test('sent twice at the same moment counts once', async () => {
    const file = table(['编号'], ['L-040'])
    const both = await Promise.all([importing(leaders, file), importing(leaders, file)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, expect.any(Number)])
    expect(await people('leaders')).toHaveLength(5)
  })
})

describe('a roster of services', () => {
  const head = ['单位', '日期', '事项', '手机', '邮箱']

  test('gives each service a code of its organ', async () => {
    const file = table(head, [organ, '2026-02-27', '公积金提取', '13900139001', ''])
    expect((await importing(recipients, file)).body).toContain('已导入 1 行')
    const [row] = await look(app, 'SELECT h FROM receipt_code WHERE jurisdiction_id = ?', [cycle.place.id])
    const found = await findTicket(app.world.db, new Uint8Array(row!['h'] as ArrayBuffer))
    expect(found).toMatchObject({ kind: 'receipt', organ: cycle.place.organs[0]!.code })
  })

  test('names unknown organs, days that do not exist or lie ahead, missing addresses and repeated services', async () => {
    const refused = await importing(
      recipients,
      table(
        head,
        ['火星局', '2026-02-27', '办证', '13900139002', ''],
        [organ, '2026-02-30', '办证', '13900139002', ''],
        [organ, '2026-03-04', '办证', '13900139002', ''],
        [organ, '2026-02-27', '办证', '', ''],
        [organ, '2026-02-27', '', '13900139002', ''],
        [organ, '2026-02-27', '公积金提取', '13900139001', ''],
      ),
    )
    expect(refused.status).toBe(422)
    for (const line of [
      '第 2 行，单位：“火星局”不是参评单位',
      '第 3 行，日期：“2026-02-30”不是日期',
      '第 4 行，日期：“2026-03-04”不是日期，或晚于今天',
      '第 5 行，手机：手机和邮箱都没有填写',
      '第 6 行，事项：没有填写',
      '第 7 行：',
      '已在名册里',
    ])
      expect(refused.body).toContain(line)
  })

  test('asks nobody more often in a quarter than the plan says, over all organs, and says how many it leaves out', async () => {
    const limit = asksPerQuarter(cycle.cycle.plan)
    const other = cycle.place.organs[1]!.nameZh
    const rows = Array.from({ length: limit + 2 }, (_, at) => [
      at % 2 === 0 ? organ : other,
      '2026-02-26',
      `第${at}件事`,
      '13900139009',
      '',
    ])
    const done = await importing(recipients, table(head, ...rows))
    expect(done.body).toContain(`已导入 ${limit} 行`)
    expect(done.body).toContain('2 行的人本季度已被邀请')
    const again = await importing(recipients, table(head, [other, '2026-02-25', '又一件', '139 0013 9009', '']))
    expect(again.body).toContain('已导入 0 行')
    expect(await look(app, 'SELECT n FROM ask_count WHERE n > ?', [limit])).toEqual([])
  })
})

test('whoever only reads can import nothing, and nobody can once the survey has closed', async () => {
  const analyst = await signIn(app, accountOf(cycle, 'analyst'))
  const file = table(['编号'], ['L-050'])
  expect((await sendFile(app, analyst, `${leaders}/import`, { press: 'import' }, file)).status).toBe(403)
  expect((await deskOf(app, analyst).page(leaders)).body).not.toContain('name="roster"')
  const acts = await look(app, "SELECT actor FROM audit WHERE action = 'roster.import' AND jurisdiction_id = ?", [
    cycle.place.id,
  ])
  expect(acts.length).toBeGreaterThan(2)
  await cycle.close()
  const late = await importing(leaders, file)
  expect([late.status, late.body.includes('不能再导入名册')]).toEqual([409, true])
})
