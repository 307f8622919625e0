import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, look } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { signIn } from '../support/respondent.ts'
import { beginSelfYear, type Employed, type SelfYear, sendFiles } from '../support/self-assessment.ts'

// Organs submit projects until the office begins the rating; a panel rates them unseen; the result enters the tree.

let app: TestApp
let year: SelfYear
let office: Desk
let officer: Employed
let panel: Employed[]
const root = () => `/office/${year.cycle.jid}/2026/innovation`
const project = {
  version: '0',
  title: '一件事一次办',
  content: '五个部门的手续合成一张表',
  effect: '办理时间减少六成',
  do: 'save',
}
const flat = (points: string) =>
  Object.fromEntries(['novelty', 'effect', 'spread', 'standing'].map((id) => [`score.${id}`, points]))

beforeAll(async () => {
  app = await createTestApp()
  year = await beginSelfYear(app)
  office = await year.office()
  officer = await year.officer()
  panel = []
  for (const organ of year.cycle.organs.slice(1, 4)) panel.push(await year.hire('reviewer', organ))
}, 60_000)
afterAll(() => app.close())

describe('an organ', () => {
  test('submits a project with its evidence, is told what is missing, and loses nothing', async () => {
    const own = `${root()}/${officer.organ}`
    expect((await officer.desk.page(root())).body).toContain(`${own}/0`)
    const refused = await officer.desk.post(`${own}/0`, { ...project, effect: '' })
    expect([
      refused.status,
      refused.body.includes('请填写“实际成效”'),
      refused.body.includes('五个部门的手续合成一张表'),
    ]).toEqual([422, true, true])
    const pdf = new TextEncoder().encode('%PDF-1.4 evidence')
    const wrong = await sendFiles(app, officer.cookie, `${own}/0`, project, [['file', '证明.exe', pdf]])
    expect([wrong.status, wrong.body.includes('证明.exe')]).toEqual([422, true])
    expect((await sendFiles(app, officer.cookie, `${own}/0`, project, [['file', '证明.pdf', pdf]])).status).toBe(303)
    const page = (await officer.desk.page(`${own}/1`)).body
    const [, file] = /href="([^"]+\/evidence\/[0-9a-f]{64})"/.exec(page)!
    expect(await (await app.request(file!, { headers: { cookie: officer.cookie } })).text()).toBe('%PDF-1.4 evidence')
    const other = await year.hire('organ_officer', year.cycle.organs[7]!)
    expect((await other.desk.page(`${own}/1`)).status).toBe(404)
    expect((await app.request(file!, { headers: { cookie: other.cookie } })).status).toBe(404)
    // An office that comes too late with an older version loses nothing either.
    await officer.desk.post(`${own}/1`, { ...project, version: '1', title: '高效办成一件事' })
    const stale = await officer.desk.post(`${own}/1`, { ...project, version: '1', title: '旧标题' })
    expect([stale.status, stale.body.includes('value="旧标题"')]).toEqual([409, true])
  })

  test('submits no more than the plan lets it, and may take one back instead', async () => {
    const own = `${root()}/${officer.organ}`
    for (const given of ['1', '2']) await officer.desk.post(`${own}/0`, { ...project, version: given })
    expect((await officer.desk.page(root())).body).toContain('已申报 3 个项目，达到上限')
    expect((await officer.desk.post(`${own}/0`, { ...project, version: '3' })).status).toBe(409)
    for (const n of ['2', '3'])
      expect((await officer.desk.post(`${own}/${n}`, { ...project, version: '1', do: 'withdraw' })).status).toBe(303)
    expect((await officer.desk.page(`${own}/2`)).status).toBe(404)
  })
})

describe('the panel', () => {
  test('rates nothing before it has begun, and begins with enough members alone', async () => {
    const start = () => office.post(root(), { do: 'start' })
    expect((await start()).status).toBe(409)
    const page = (await office.page(root())).body
    const named = [...page.matchAll(/<option value="([^"]+)">填报员\d/g)].map(([, id]) => id!)
    expect(named).toHaveLength(3)
    for (const user of named) expect((await office.post(root(), { do: 'name', user })).status).toBe(303)
    // Neither somebody of an organ nor somebody who is not there.
    const outsider = await look(app, `SELECT user_id FROM grants WHERE role = 'organ_officer' LIMIT 1`)
    for (const user of [String(outsider[0]!['user_id']), 'nobody'])
      expect((await office.post(root(), { do: 'name', user })).status).toBe(409)
    expect((await start()).status).toBe(303)
    // From now on projects stand.
    const late = await officer.desk.post(`${root()}/${officer.organ}/1`, { ...project, version: '2' })
    expect([late.status, late.body.includes('评审已经开始')]).toEqual([409, true])
  })

  test('declares its conflicts first, and rates neither a declared nor an own organ', async () => {
    const [first, second] = panel as [Employed, Employed]
    const path = `${root()}/${officer.organ}/1`
    const early = await first.desk.post(`${path}/rating`, { ...flat('90'), remark: '' })
    expect([early.status, early.body.includes('请先在创新评审页申明回避')]).toEqual([409, true])
    expect((await first.desk.post(root(), { do: 'declare' })).body).toContain('请勾选“除勾选的以外')
    const declared = await first.desk.post(root(), { do: 'declare', sure: '1', o: officer.organ })
    expect(declared.status).toBe(303)
    const conflicted = await first.desk.post(`${path}/rating`, { ...flat('90'), remark: '' })
    expect([conflicted.status, conflicted.body.includes('利害关系')]).toEqual([403, true])
    const conflicts = await look(app, 'SELECT kind FROM innovation_conflict ORDER BY kind')
    expect(conflicts.map((row) => row['kind'])).toEqual(['declared', 'own'])
    await second.desk.post(root(), { do: 'declare', sure: '1' })
    const wrong = await second.desk.post(`${path}/rating`, { ...flat('90'), 'score.effect': '101', remark: '好' })
    expect([wrong.status, wrong.body.includes('“实效”要填 0 到 100'), wrong.body.includes('value="101"')]).toEqual([
      ...[422, true, true],
    ])
  })

  test('sees nothing of another member, nor does the office, until all are in', async () => {
    const path = `${root()}/${officer.organ}/1`
    // The declared conflict is taken back, so that three ratings are there.
    const [first, second, third] = panel as [Employed, Employed, Employed]
    for (const each of panel) await each.desk.post(root(), { do: 'declare', sure: '1' })
    expect((await first.desk.post(root(), { do: 'hand' })).status).toBe(409)
    await first.desk.post(`${path}/rating`, { ...flat('91.25'), remark: '很有新意' })
    await second.desk.post(`${path}/rating`, { ...flat('80'), remark: '' })
    await third.desk.post(`${path}/rating`, { ...flat('88.75'), remark: '' })
    const auditor = deskOf(app, await signIn(app, accountOf(year.cycle, 'auditor')))
    const unseen = async (desk: Desk) => {
      const pages = await Promise.all([root(), path, `${root()}/print`].map((each) => desk.page(each)))
      return pages.every(({ status, body }) => status === 200 && !body.includes('91.25') && !body.includes('很有新意'))
    }
    for (const each of [first, second]) expect((await each.desk.post(root(), { do: 'hand' })).status).toBe(303)
    expect(await Promise.all([office, second.desk, third.desk, auditor].map(unseen))).toEqual([true, true, true, true])
    // The control: the member's own rating is on their page.
    expect(await unseen(first.desk)).toBe(false)
    expect((await first.desk.post(`${path}/rating`, { ...flat('95'), remark: '' })).status).toBe(409)
    expect((await office.post(root(), { do: 'record' })).status).toBe(409)
    await third.desk.post(root(), { do: 'hand' })
    expect(await unseen(office)).toBe(false)
    const [round] = await look(app, 'SELECT closed_by, closed_at FROM innovation_round')
    expect([round!['closed_by'], Number(round!['closed_at']) > 0]).toEqual(['', true])
    // An organ reads no points before they are published.
    expect(await unseen(officer.desk)).toBe(true)
  })
})

describe('the result', () => {
  test('enters the tree of every organ as an exact mean, rounded once', async () => {
    const page = (await office.page(root())).body
    // (91.25 + 80 + 88.75) / 3 = 260 / 3
    expect(page).toContain('86.67')
    expect((await office.post(root(), { do: 'record' })).status).toBe(303)
    const rows = await look(
      app,
      `SELECT o.code, r.score, r.state, r.lead FROM review AS r JOIN organ AS o
        ON o.jurisdiction_id = r.jurisdiction_id AND o.id = r.organ_id WHERE r.indicator = 'innovation' ORDER BY r.organ_id`,
    )
    expect(rows).toHaveLength(8)
    expect(rows.find((row) => row['code'] === officer.organ)).toMatchObject({ score: '86.666667', state: 'confirmed' })
    expect(rows.filter((row) => row['score'] === '0')).toHaveLength(7)
    const acts = await look(app, `SELECT action FROM audit WHERE action LIKE 'innovation.%' AND outcome = 'done'`)
    expect(new Set(acts.map((row) => row['action']))).toEqual(
      new Set([
        ...['submit', 'withdraw', 'name', 'start', 'declare', 'rate', 'hand_in'].map((act) => `innovation.${act}`),
      ]),
    )
  })

  test('is not for a member who works for an organ alone by now', async () => {
    const [{ desk, organ }] = panel as [Employed]
    expect((await desk.page(root())).body).toContain('86.67')
    const args = [year.cycle.place.id, year.cycle.place.organIds.get(organ)!]
    const sql = `UPDATE grants SET role = 'organ_officer' WHERE jurisdiction_id = ? AND organ_id = ?`
    await app.world.writer.transact({ statements: [{ sql, args }] })
    expect((await desk.page(root())).body).not.toContain('评审结果')
  })
})

describe('a round that is closed early', () => {
  test('needs a reason, counts what was handed in alone, and leaves out who has too few ratings', async () => {
    const early = await beginSelfYear(app)
    const desk = await early.office()
    const path = `/office/${early.cycle.jid}/2026/innovation`
    const { desk: own, organ } = await early.officer()
    await own.post(`${path}/${organ}/0`, project)
    const members = []
    for (const each of early.cycle.organs.slice(1, 4)) members.push(await early.hire('reviewer', each))
    const page = (await desk.page(path)).body
    for (const [, user] of page.matchAll(/<option value="([^"]+)">填报员\d/g))
      await desk.post(path, { do: 'name', user: user! })
    await desk.post(path, { do: 'start' })
    for (const member of members) {
      await member.desk.post(path, { do: 'declare', sure: '1' })
      await member.desk.post(`${path}/${organ}/1/rating`, { ...flat('77.7'), remark: '' })
    }
    // A member who comes to work for an organ that they have rated declares it first.
    const moveTo = (from: string, to: string) => {
      const { id, organIds } = early.cycle.place
      const args = [organIds.get(to)!, id, organIds.get(from)!]
      const sql = `UPDATE grants SET organ_id = ? WHERE jurisdiction_id = ? AND role = 'reviewer' AND organ_id = ?`
      return app.world.writer.transact({ statements: [{ sql, args }] })
    }
    await moveTo(members[0]!.organ, organ)
    const moved = await members[0]!.desk.post(path, { do: 'hand' })
    expect([moved.status, moved.body.includes('重新申明回避')]).toEqual([409, true])
    await moveTo(organ, members[0]!.organ)
    expect((await members[0]!.desk.post(path, { do: 'hand' })).status).toBe(303)
    expect((await desk.post(path, { do: 'close', reason: '短' })).status).toBe(422)
    expect((await desk.post(path, { do: 'close', reason: '两名评委长期出差，无法按期提交评分' })).status).toBe(303)
    const closed = (await desk.page(path)).body
    for (const words of ['无法按期提交评分', '评分不足 3 份', '77.7'])
      expect(closed.includes(words), words).toBe(words !== '77.7')
    expect((await members[1]!.desk.post(path, { do: 'hand' })).status).toBe(409)
    expect(closed).toContain('评分不足的 1 个单位不计')
  })
})

describe('the criteria', () => {
  test('are changed by the office until the plan is final', async () => {
    const begun = {
      ...{ from: '', code: '2027', titleZh: '2027年度绩效评估', titleEn: '2027 assessment', phone: '12345' },
      ...{ opens: '2027-03-10T09:00', closes: '2027-03-31T18:00', results: '2027-04-20' },
    }
    expect((await office.post(`/office/${year.cycle.jid}/cycles`, begun)).status).toBe(303)
    const path = `/office/${year.cycle.jid}/2027/innovation/rules`
    const page = (await office.page(path)).body
    const { seen } = hiddenOf(page, path) as { seen: string }
    const rows = Array.from({ length: 10 }, (_, at) => [
      [`zh.${at + 1}`, at === 0 ? '创新性' : ''],
      [`en.${at + 1}`, at === 0 ? 'Novelty' : ''],
      [`weight.${at + 1}`, at === 0 ? '90' : ''],
    ]).flat()
    const form = {
      ...Object.fromEntries(rows),
      ...{ seen, perOrgan: '2', rule: 'mean', without: '60', ratings: '5', dispersion: '20' },
    }
    const refused = await office.post(path, form)
    expect([refused.status, refused.body.includes('权重合计应为 100，现在是 90')]).toEqual([422, true])
    expect((await office.post(path, { ...form, 'weight.1': '100' })).status).toBe(303)
    expect((await office.page(path.replace('/rules', ''))).body).toContain('单位得分取各项目的平均；没有申报的记 60 分')
    expect((await office.post(path, { ...form, 'weight.1': '100' })).status).toBe(412)
    expect((await office.post(`${root()}/rules`, form)).status).toBe(409)
  })
})
