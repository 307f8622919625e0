import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStaff } from '../../db/accounts.ts'
import { readReviews } from '../../db/reviews.ts'
import { createScope } from '../../db/scope.ts'
import { saveSelf } from '../../db/self-assessments.ts'
import { systemScope } from '../../server/guard.ts'
import { readTable } from '../../server/table-file.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { formOf } from '../support/first-year.ts'
import { signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'
import { workbook } from '../support/workbook.ts'

// A lead department scores the organs under its indicators: one person drafts, the department submits, another person confirms,
// and only then it counts. Nobody scores their own organ.

let app: TestApp
let cycle: TestCycle
let office: Desk
/** Two people of 省委办公厅, which leads the functional work, and one of 省编办. */
let first: Desk
let second: Desk
let other: Desk
let firstCookie = ''
const password = 'a long test password'

async function reviewer(name: string, organ: string): Promise<string> {
  const accounts = await app.world.accounts!()
  const email = `reviewer-${name}@${cycle.jid}.example`
  const grants = [{ jurisdiction: cycle.place.id, role: 'reviewer' as const, organ: cycle.place.organIds.get(organ)! }]
  const person = {
    userId: name,
    email,
    name,
    passwordHash: await accounts.hashPassword(password),
    now: app.clock.time,
    grants,
  }
  const made = await createStaff(app.world.writer, systemScope(0), person)
  if (!made.ok) throw new Error(`nobody was hired: ${made.error}`)
  return signIn(app, { email, password })
}

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 10 })
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  firstCookie = await reviewer('first', 'dangban')
  first = deskOf(app, firstCookie)
  second = deskOf(app, await reviewer('second', 'dangban'))
  other = deskOf(app, await reviewer('third', 'bianban'))
}, 60_000)
afterAll(() => app.close())

const list = () => `/office/${cycle.jid}/2026/reviews`
const sheet = (indicator = 'functional.key') => `${list()}/${indicator}`
const found = { reason: '两项重点任务未按期完成', basis: '责任分工第三条', evidence: '督查通报第 7 号' }
async function score(desk: Desk, organ: string, typed: Record<string, string>, indicator?: string) {
  const page = await app.request(`${sheet(indicator)}?lang=zh-CN&organ=${organ}`, { headers: { cookie: firstCookie } })
  const fields = hiddenOf(await page.text(), sheet(indicator), 'name="score"')
  return desk.post(sheet(indicator), {
    score: '',
    deduction: '',
    reason: '',
    basis: '',
    evidence: '',
    ...fields,
    organ,
    ...typed,
    do: 'save',
  })
}
const summary = (body: string) => /<div class="errs"[\s\S]*?<\/div>/.exec(body)?.[0].replace(/<[^>]*>/g, ' ') ?? ''
const rows = (indicator = 'functional.key') =>
  look(
    app,
    'SELECT o.code, r.score, r.deduction, r.state, r.scored_by, r.confirmed_by FROM review AS r JOIN organ AS o ON o.jurisdiction_id = r.jurisdiction_id AND o.id = r.organ_id WHERE r.jurisdiction_id = ? AND r.indicator = ? ORDER BY o.position',
    [cycle.place.id, indicator],
  )
const counted = async () => {
  const reviews = await readReviews(app.world.db, systemScope(cycle.place.id), cycle.cycle.id)
  return reviews.filter(({ indicator }) => indicator === 'functional.key').map((each) => each.score)
}

describe('a lead department', () => {
  test('sees the indicators that name it, and no others', async () => {
    const own = (await first.page(list())).body
    expect([own.includes('重点工作'), own.includes('机构编制执行')]).toEqual([true, false])
    // The dashboard of scores is not for them.
    expect(own).not.toMatch(/href="\/office\/[^"/]*\/2026[?"]/)
    const theirs = (await other.page(list())).body
    expect([theirs.includes('重点工作'), theirs.includes('机构编制执行')]).toEqual([false, true])
    expect((await other.page(sheet())).status).toBe(404)
    expect((await other.post(sheet(), { do: 'submit' })).status).toBe(404)
    expect((await first.page(sheet('functional.none'))).status).toBe(404)
  })

  test('begins with an empty score, and is told what a deduction needs; what was typed stays', async () => {
    const blank = formOf((await first.page(sheet())).body, sheet())
    expect([blank['score'], blank['deduction']]).toEqual(['', ''])
    const missing = await score(first, 'bianban', { score: '92.5', reason: '不好' })
    expect(missing.status).toBe(422)
    expect(summary(missing.body)).toMatch(/至少 10 个字写明扣分理由，单位会看到这段文字.*要填写“依据”.*要填写“佐证”/s)
    expect([missing.body.includes('value="92.5"'), missing.body.includes('不好</textarea>')]).toEqual([true, true])
    for (const [typed, said] of [
      [{}, '请填写得分或扣分值'],
      [{ score: '100.5' }, '要填 0 到 100'],
      [{ score: '90', deduction: '5', ...found }, '扣分值要等于 100 减得分'],
    ] as const)
      expect(summary((await score(first, 'bianban', typed)).body)).toContain(said)
    expect(await rows()).toEqual([])
  })

  test('keeps drafts, which do not count, and never scores its own organ', async () => {
    expect((await score(first, 'bianban', { score: '92.5', ...found })).status).toBe(303)
    expect((await score(first, 'jiaoyuting', { deduction: '3', ...found })).status).toBe(303)
    expect((await rows()).map(({ code, score: given, deduction, state }) => [code, given, deduction, state])).toEqual([
      ['bianban', '92.5', '7.5', 'draft'],
      ['jiaoyuting', '97', '3', 'draft'],
    ])
    expect(await counted()).toEqual([])
    const own = await score(first, 'dangban', { score: '100', seen: '0' })
    expect([own.status, summary(own.body)]).toEqual([403, expect.stringContaining('不能给本单位评分')])
    expect((await first.page(sheet())).body).toContain('不能给本单位评分')
  })

  test('of two people who score one organ the later one is told, and keeps what was typed', async () => {
    const late = await second.post(sheet(), {
      organ: 'bianban',
      seen: '0',
      score: '80',
      deduction: '',
      ...found,
      do: 'save',
    })
    expect([late.status, late.body.includes('value="80"')]).toEqual([412, true])
    expect((await rows())[0]?.['score']).toBe('92.5')
  })

  test('gives full marks to those it ticks, once it says that it has checked', async () => {
    expect((await first.post(sheet(), { o: 'shangwuting', do: 'full' })).status).toBe(422)
    expect((await first.post(sheet(), { o: 'dangban', sure: '1', do: 'full' })).status).toBe(422)
    expect((await first.post(sheet(), { o: 'shangwuting', sure: '1', do: 'full' })).status).toBe(303)
    expect((await rows()).at(-1)).toMatchObject({ code: 'shangwuting', score: '100', deduction: '0' })
  })

  test('submits, which locks, and another person confirms, which counts', async () => {
    expect((await first.post(sheet(), { do: 'submit' })).location).toContain('done=submitted')
    expect((await score(first, 'bianban', { score: '100' })).status).toBe(412)
    const own = await first.post(sheet(), { do: 'confirm' })
    expect([own.status, summary(own.body)]).toEqual([403, expect.stringContaining('要由本单位另一名评分员确认')])
    expect(await counted()).toEqual([])
    expect((await second.post(sheet(), { do: 'confirm' })).location).toContain('done=confirmed')
    expect(await counted()).toEqual(['92.5', '97', '100'])
    expect((await rows()).map((row) => [row['scored_by'], row['confirmed_by']])).toEqual(
      Array(3).fill(['first', 'second']),
    )
    expect((await second.post(sheet(), { do: 'confirm' })).status).toBe(409)
  })

  test('is sent back by the office with a reason that stands in the audit, and counts no more', async () => {
    const lead = '省委办公厅'
    expect((await first.post(sheet(), { do: 'reopen', lead, reason: '需要核对扣分依据的原始材料' })).status).toBe(409)
    expect((await office.post(sheet(), { do: 'reopen', lead, reason: '核对' })).status).toBe(422)
    expect(await counted()).toHaveLength(3)
    const reason = '单位补交了完成情况的证明材料'
    expect((await office.post(sheet(), { do: 'reopen', lead, reason })).location).toContain('done=reopened')
    expect(await counted()).toEqual([])
    expect(await look(app, "SELECT reason FROM audit WHERE action = 'review.reopen'")).toEqual([{ reason }])
    // The office scores nobody whom a department can score.
    const theirs = await score(office, 'bianban', { score: '100' })
    expect([theirs.status, summary(theirs.body)]).toEqual([403, expect.stringContaining('由 省委办公厅 评分')])
  })
})

describe('a spreadsheet', () => {
  const send = async (cookie: string, bytes: Uint8Array) => {
    const home = await (await app.request('/office', { headers: { cookie } })).text()
    const form = new FormData()
    form.set('csrf', /name="csrf" value="([^"]+)"/.exec(home)![1]!)
    form.set('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'sheet.xlsx')
    const response = await app.request(`${sheet()}/import?lang=zh-CN`, {
      method: 'POST',
      headers: { cookie },
      body: form,
    })
    return {
      status: response.status,
      body: await response.text(),
      location: response.headers.get('location') ?? '',
    }
  }
  const download = async () => {
    const response = await app.request(`${sheet()}/sheet?lang=zh-CN`, { headers: { cookie: firstCookie } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const table = await readTable(bytes)
    if (!table.ok) throw new Error('the sheet cannot be read')
    return { bytes, table }
  }

  test('comes back as it went out, with what was filled in', async () => {
    const { bytes, table } = await download()
    expect(table.header).toEqual(['代码', '单位', '得分', '扣分值', '扣分理由', '依据', '佐证'])
    // Its own organ is not in it, nor those whose own assessment prevails.
    expect(table.rows.map(({ cells }) => cells[0])).toEqual(cycle.organs.slice(1, 8))
    expect((await send(firstCookie, bytes)).location).toContain('done=imported')
    const filled = table.rows.map(({ cells }) =>
      cells[0] === 'anjianju'
        ? [...cells.slice(0, 2), '88', '12', found.reason, found.basis, found.evidence]
        : [...cells],
    )
    expect((await send(firstCookie, workbook([[...table.header], ...filled]))).status).toBe(303)
    expect((await rows()).map(({ code, score: given }) => [code, given])).toEqual([
      ['bianban', '92.5'],
      ['jiaoyuting', '97'],
      ['shangwuting', '100'],
      ['anjianju', '88'],
    ])
  })

  test('with a wrong row says which, and stores nothing', async () => {
    const { table } = await download()
    const before = await rows()
    const wrong = [
      ['bianban', '', '100', '0', '', '', ''],
      ['jiaoyuting', '', '90', '', '太短', '', ''],
      ['dangban', '', '100', '0', '', '', ''],
      ['bianban', '', '99', '', '', '', ''],
    ]
    const { status, body } = await send(firstCookie, workbook([[...table.header], ...wrong]))
    expect(status).toBe(422)
    for (const text of [
      '第 3 行：请用至少 10 个字',
      '第 3 行：有扣分时要填写“依据”',
      '第 4 行：没有代码为“dangban”',
      '第 5 行：“bianban”出现了两次',
    ])
      expect(body).toContain(text)
    const short = await send(
      firstCookie,
      workbook([
        ['代码', '得分'],
        ['bianban', '100'],
      ]),
    )
    expect([short.status, short.body.includes('缺少“扣分理由”这一栏')]).toEqual([422, true])
    expect(await rows()).toEqual(before)
  })
})

describe('an organ’s own assessment', () => {
  const submit = (organ: string, score: string) => {
    const id = cycle.place.organIds.get(organ)!
    const scope = createScope({ jurisdiction: cycle.place.id, actor: 'officer', role: 'organ_officer', organs: [id] })
    const entry = { target: '十项', done: '九项', score, note: '' }
    const entries = { 'functional.key': entry, 'functional.regular': entry, 'functional.other': entry }
    const sheet = { entries, problems: '一项未完成', weaknesses: '统筹不够' }
    const act = { cycle: cycle.cycle.id, organ: id, version: 0, sheet, submits: true, now: app.clock.time }
    return saveSelf(app.world.writer, scope, act)
  }

  test('stands beside the score of those who review it', async () => {
    expect((await submit('rensheting', '95.5')).ok).toBe(true)
    expect((await score(first, 'rensheting', { score: '90', ...found })).status).toBe(303)
    const text = (await first.page(sheet())).body.replace(/<[^>]*>/g, ' ')
    expect(text).toMatch(/省人力资源社会保障厅\s+95\.5\s+90\s+草稿 · 低于自评 5\.5 分/)
  })

  test('prevails for organs by reference once the office adopts it, and no department scores it', async () => {
    const ofCourt = async () =>
      (await readReviews(app.world.db, systemScope(cycle.place.id), cycle.cycle.id)).filter(
        ({ organ }) => organ === cycle.place.organIds.get('fayuan'),
      )
    expect((await submit('fayuan', '93')).ok).toBe(true)
    expect((await first.page(sheet())).body).not.toContain('省高级人民法院')
    expect((await score(first, 'fayuan', { score: '80', seen: '0', ...found })).status).toBe(400)
    expect((await office.page(list())).body).toContain('1 个单位提交了自评表')
    expect(await ofCourt()).toEqual([])
    expect((await office.post(list(), { do: 'adopt' })).location).toContain('done=adopted')
    expect((await ofCourt()).map((each) => [each.indicator, each.lead, each.score, each.deduction])).toEqual([
      ['functional.key', '本单位自评', '93', '0'],
      ['functional.other', '本单位自评', '93', '0'],
      ['functional.regular', '本单位自评', '93', '0'],
    ])
    expect((await office.page(list())).body).not.toContain('提交了自评表')
    expect((await first.post(list(), { do: 'adopt' })).status).toBe(403)
  })
})

test('the office sees how severe each scorer is, and who never takes points off', async () => {
  await first.post(sheet(), { do: 'submit' })
  const regular = sheet('functional.regular')
  await second.post(regular, { o: 'bianban', sure: '1', do: 'full' })
  await second.post(regular, { do: 'submit' })
  const text = (await office.page(list())).body.replace(/<[^>]*>/g, ' ')
  // 7.5, 3, 0, 12 and 10: mean 32.5/5 = 6.5; squares 1 + 12.25 + 42.25 + 30.25 + 12.25 = 98, ÷ 4 = 24.5, root 4.95.
  expect(text).toMatch(/省委办公厅\s+first\s+5\s+4\s+6\.50\s+4\.95\s/)
  expect(text).toMatch(/省委办公厅\s+second\s+1\s+0\s+0\.00\s+是/)
  expect((await first.page(list())).body).not.toContain('评分宽严')
})

test('an organ that alone leads an indicator is scored there by one administrator and confirmed by another', async () => {
  const functions = sheet('management.efficient.functions')
  const colleague = deskOf(app, await signInAs(app, cycle, 'office_admin'))
  expect((await office.page(list())).body.replace(/<[^>]*>/g, ' ')).toMatch(/职能转变\s+绩效办\s+1\s+1\s/)
  const typed = { ...found, seen: '0', organ: 'bianban', score: '', deduction: '2', do: 'save' }
  expect((await office.post(functions, typed)).location).toContain('done=saved')
  expect((await office.post(functions, { do: 'submit' })).location).toContain('done=submitted')
  expect((await office.post(functions, { do: 'confirm' })).status).toBe(403)
  expect((await colleague.post(functions, { do: 'confirm' })).location).toContain('done=confirmed')
  expect(
    await look(app, "SELECT lead, score, state FROM review WHERE indicator = 'management.efficient.functions'"),
  ).toEqual([{ lead: '绩效办', score: '98', state: 'confirmed' }])
})

test('nobody scores once the cycle is reviewed, nor before the indicators stand', async () => {
  await cycle.close()
  await cycle.publish()
  const late = await score(first, 'bianban', { score: '100' })
  expect([late.status, late.body.includes('这个年度的考核已经结束')]).toEqual([409, true])
})
