import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, allLive, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { signIn } from '../support/respondent.ts'
import { sendFiles } from '../support/self-assessment.ts'
import { workbook } from '../support/workbook.ts'

// What was asked elsewhere is registered with its source and never asked or counted twice.

let app: TestApp
let cycle: TestCycle
let cookie: string
let office: Desk
beforeAll(async () => {
  app = await createTestApp()
  const plan = allLive()
  cycle = await createTestCycle(app, { plan: { ...plan, reuse: [{ kind: 'haochaping', months: 6, replaces: true }] } })
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  office = deskOf(app, cookie)
}, 60_000)
afterAll(() => app.close())

const path = () => `/office/${cycle.jid}/${cycle.cycle.code}/reuse`
const facts = {
  title: '12345 热线 2026 年第一季度回访',
  mode: '电话回访',
  population: '来电人',
  from: '2025-12-01',
  to: '2026-02-28',
  scale: '满意=100\n基本满意=60\n不满意=0\n未评价=',
}
const text = (lines: readonly string[]) => new TextEncoder().encode(lines.join('\r\n'))
const send = (fields: Record<string, string>, bytes: Uint8Array, name = 'results.csv') =>
  sendFiles(app, cookie, `${path()}/act`, fields, [['file', name, bytes]])
const rows = (sql: string) => look(app, sql, [cycle.place.id])
const recordsOf = () => rows('SELECT hex(h) AS h, organ_id, day, score FROM reused_record WHERE jurisdiction_id = ?')
const sourcesOf = () => rows('SELECT * FROM reused_source WHERE jurisdiction_id = ?')

/** Twelve follow-ups: nine satisfied, two partly, one not; one more did not rate. */
const hotline = () => {
  const organ = cycle.place.organs[0]!
  const words = [...Array(9).fill('满意'), '基本满意', '基本满意', '不满意', '未评价']
  return [
    '工单编号,承办单位,回访日期,满意度',
    ...words.map((word, at) => `H${at},${organ.nameZh},2026-01-${10 + at},${word}`),
  ]
}

describe('the register of existing results', () => {
  test('takes a file of the 12345 hotline with its source, and the same file again changes nothing', async () => {
    const bytes = text(hotline())
    const checked = await send({ ...facts, kind: 'hotline12345', press: 'check' }, bytes)
    expect([checked.status, checked.body.includes('12 份新结果')]).toEqual([200, true])
    expect(await sourcesOf()).toHaveLength(0)
    expect((await send({ ...facts, kind: 'hotline12345', press: 'add' }, bytes)).status).toBe(303)
    const [records, sources] = [await recordsOf(), await sourcesOf()]
    expect([records.length, sources.length]).toEqual([12, 1])
    const page = (await office.page(path())).body
    // (9 × 100 + 2 × 60) / 12 = 85
    expect(page).toMatch(/<td class="n">12<\/td><td class="n">85\.00<\/td>/)
    for (const said of ['电话回访', '2025年12月1日', '分值不同', '只作佐证']) expect(page).toContain(said)
    // The same mean stands on the page of its organ, and on that of no other.
    const pageOf = async (organ: string) =>
      (await office.page(`/office/${cycle.jid}/${cycle.cycle.code}/organs/${organ}`)).body
    expect(await pageOf(cycle.organs[0]!)).toMatch(/12345 热线回访 · [\s\S]*>85\.00</)
    expect(await pageOf(cycle.organs[1]!)).not.toContain('热线回访')
    const before = await look(app, 'SELECT count(*) AS n FROM audit')

    expect((await send({ ...facts, kind: 'hotline12345', press: 'add' }, bytes)).status).toBe(303)
    // The same results in another file, one of them changed and one new.
    const later = [...hotline().map((line) => line.replace('不满意', '满意')), `H99,${cycle.organs[0]},2026-02-01,满意`]
    expect((await send({ ...facts, kind: 'hotline12345', press: 'add' }, text(later))).status).toBe(303)
    expect((await recordsOf()).filter(({ h }) => records.some((each) => each['h'] === h))).toEqual(records)
    expect(await recordsOf()).toHaveLength(13)
    const after = await look(app, 'SELECT count(*) AS n FROM audit')
    expect(Number(after[0]!['n']) - Number(before[0]!['n'])).toBe(1)
  })

  test('keeps no number of a call', async () => {
    const all = JSON.stringify([await sourcesOf(), await recordsOf()])
    expect(all).not.toContain('H99')
    expect(all).not.toContain('H11')
  })

  test('takes a workbook of haochaping with its own names of columns, which it remembers', async () => {
    const book = workbook([
      ['流水号', '单位', '日期', '评价等级'],
      ['S1', cycle.organs[1]!, { date: 46_033 }, '非常满意'],
      ['S2', cycle.organs[1]!, { date: 46_034 }, '不满意'],
    ])
    const fields = { ...facts, title: '好差评', kind: 'haochaping', scale: '非常满意=100\n不满意=30' }
    const wrong = await send({ ...fields, press: 'add' }, book, 'a.xlsx')
    expect([wrong.status, wrong.body.includes('没有找到“编号”栏')]).toEqual([422, true])
    expect(wrong.body).toContain('value="好差评"')
    expect((await send({ ...fields, 'column.number': '流水号', press: 'add' }, book, 'a.xlsx')).status).toBe(303)
    const page = (await office.page(path())).body
    // Two results are too few for a mean.
    expect(page).toContain('样本太少')
    const form = await app.request(`${path()}?lang=zh-CN&kind=haochaping`, { headers: { cookie } })
    expect(await form.text()).toContain('value="流水号"')
  })

  test('refuses a file with one wrong row as a whole, and says where', async () => {
    const before = await recordsOf()
    const lines = [...hotline(), 'H50,没有这个单位,2026-01-10,满意', `H51,${cycle.organs[0]},2026-01-10,还行`]
    const sent = await send({ ...facts, kind: 'hotline12345', press: 'add' }, text(lines))
    expect(sent.status).toBe(422)
    expect(sent.body).toContain('第 15 行：没有这个单位：没有这个单位')
    expect(sent.body).toContain('第 16 行：评价“还行”没有对应的分数')
    expect(await recordsOf()).toEqual(before)
  })

  test('refuses a source without its facts, field by field, and a form without a file', async () => {
    const fields = { ...facts, title: ' ', from: '2026-13-01', scale: '满意', kind: 'hotline12345', press: 'add' }
    const sent = await send(fields, new Uint8Array(0))
    expect(sent.status).toBe(422)
    for (const field of ['title', 'from', 'scale', 'file']) expect(sent.body, field).toContain(`href="#${field}"`)
  })

  test('loses a file again only for a reason that stands in the audit', async () => {
    const [source] = await sourcesOf()
    const id = String(source!['id'])
    const none = await office.post(`${path()}/act`, { press: 'remove', id, reason: '' })
    expect(none.status).toBe(422)
    const removed = await office.post(`${path()}/act`, { press: 'remove', id, reason: '登记错了季度' })
    expect(removed.status).toBe(303)
    expect((await office.post(`${path()}/act`, { press: 'remove', id, reason: '再删一次' })).status).toBe(409)
    expect((await sourcesOf()).some((each) => each['id'] === source!['id'])).toBe(false)
    const [row] = await look(app, "SELECT reason FROM audit WHERE action = 'reuse.remove'")
    expect(row?.['reason']).toBe('登记错了季度')
  })
})

describe('a list of services', () => {
  test('invites nobody about a service whose result is registered, as the plan says, and counts whom that spared once', async () => {
    await emptyRosters(app, cycle)
    const [first, second] = cycle.organs
    const fields = { ...facts, title: '好差评二', kind: 'haochaping', scale: '满意=80', press: 'add' }
    const rated = text(['编号,单位,日期,评价', `Z1,${first},2026-02-01,满意`, `Z2,${first},2026-02-01,满意`])
    expect((await send(fields, rated)).status).toBe(303)
    // Out of date by the plan: whoever was asked then is asked again.
    const old = { ...fields, title: '好差评旧', from: '2024-01-01' }
    expect((await send(old, text(['编号,单位,日期,评价', `Z3,${first},2024-02-01,满意`]))).status).toBe(303)
    const ahead = await send(fields, text(['编号,单位,日期,评价', `Z4,${first},2026-03-30,满意`]))
    expect([ahead.status, ahead.body.includes('还没有到：2026-03-30')]).toEqual([422, true])
    const services = table(
      ['编号', '单位', '日期', '事项', '手机号'],
      ['Z1', first!, '2026-02-01', '办证', '13800000001'],
      // The same number at another agency is another service.
      ['Z1', second!, '2026-02-01', '办证', '13800000002'],
      ['Z3', first!, '2026-02-01', '办证', '13800000003'],
    )
    const to = `/office/${cycle.jid}/${cycle.cycle.code}/surveys/${cycle.survey('recipients').sid}/invitations/import`
    const checked = await sendFile(app, cookie, to, { press: 'check' }, services)
    expect(checked.body).toContain('1 次服务已有登记的结果')
    expect((await office.page(path())).body).toContain('还没有因为已有结果而少发邀请')
    const taken = await sendFile(app, cookie, to, { press: 'import' }, services)
    expect(taken.body).toContain('1 次服务已有登记的结果')
    const codes = await look(app, 'SELECT count(*) AS n FROM receipt_code WHERE survey_id = ?', [
      cycle.survey('recipients').id,
    ])
    expect(Number(codes[0]!['n'])).toBe(2)
    for (let times = 0; times < 2; times++) {
      expect((await office.page(path())).body).toContain('已有好差评结果的服务：1 份')
      await sendFile(app, cookie, to, { press: 'import' }, services)
    }
    // What took the place of asking stays as its reason.
    const of = (await sourcesOf()).find((each) => String(each['facts']).includes('好差评二'))!
    const removing = await office.post(`${path()}/act`, { press: 'remove', id: String(of['id']), reason: '登记错了' })
    expect([removing.status, removing.body.includes('已经代替了询问')]).toEqual([409, true])
  })
})
