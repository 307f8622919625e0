import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveReviews } from '../../db/reviews.ts'
import { systemScope } from '../../server/guard.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { beginSelfYear, type Employed, filledSheet, type SelfYear, sendFiles } from '../support/self-assessment.ts'
import { signInAs } from '../support/staff.ts'
import { good } from '../surveys/definition-files.ts'

// What organs may have to answer for: signals are registered once, organs are heard, the office concludes with a reason, and on
// falsification two persons decide.

let app: TestApp
let year: SelfYear
let office: Desk
let officeCookie: string
let second: Desk
let auditor: Desk
const root = () => `/office/${year.cycle.jid}/2026/accountability`
const entry = (n: number) => `${root()}/${n}`
const pdf = new TextEncoder().encode('%PDF-1.4 evidence')
const reason = '核查组现场比对台账，认定数据不实'
const opened = { do: 'open', kind: 'falsification', text: '上报的办结率与系统台账不符', basis: '核查报告第 3 号' }

beforeAll(async () => {
  app = await createTestApp()
  year = await beginSelfYear(app)
  office = await year.office()
  officeCookie = await signInAs(app, year.cycle, 'office_admin')
  second = deskOf(app, officeCookie)
  auditor = deskOf(app, await signInAs(app, year.cycle, 'auditor'))
}, 60_000)
afterAll(() => app.close())

/** A confirmed score under the key work of an organ. */
async function confirm(organ: string, score: string, deduction: string) {
  const { place, cycle } = year.cycle
  const review = {
    organ: place.organIds.get(organ)!,
    indicator: 'functional.key',
    lead: '省委办公厅',
    score,
    deduction,
  }
  const act = { cycle: cycle.id, plan: cycle.plan, reviews: [{ ...review, reason: '进度滞后' }], now: app.clock.time }
  good(await saveReviews(app.world.writer, systemScope(place.id), act))
}

describe('a signal', () => {
  let own: Employed
  beforeAll(async () => {
    own = await year.officer()
    const missed = { 'score.functional.key': '50', 'score.functional.other': '40', 'note.functional.other': '征地推迟' }
    await own.desk.post(year.pathOf(own.organ), filledSheet({ ...missed, do: 'submit' }))
  })

  test('of a missed target counts once what the organ says is confirmed, and is registered once', async () => {
    expect((await office.page(root())).body).toContain('没有新的线索')
    await confirm(own.organ, '55', '45')
    expect((await office.page(root())).body).toContain('发现 1 条没有登记的线索')
    expect((await office.post(root(), { do: 'register' })).status).toBe(303)
    expect((await office.post(root(), { do: 'register' })).status).toBe(303)
    expect(await look(app, 'SELECT n, kind, origin FROM accountability_entry')).toEqual([
      { n: 1, kind: 'target_missed', origin: 'self/functional.key' },
    ])
    const page = (await office.page(root())).body
    for (const words of ['没有新的线索', '“重点工作”自评 50 分，没有写明理由']) expect(page).toContain(words)
  })

  test('of a table that never came is found when its day is over', async () => {
    const late = await beginSelfYear(app, '2026-03-01')
    const desk = await late.office()
    const path = `/office/${late.cycle.jid}/2026/accountability`
    expect((await desk.page(path)).body).toContain('发现 8 条没有登记的线索')
    await desk.post(path, { do: 'register' })
    expect((await desk.page(path)).body).toContain('自评表应于 2026-03-01 前报送，至今没有报送')
  })

  test('is read by its organ, by whoever was named, and by no other; the office concludes it with a reason', async () => {
    const other = await year.officer()
    const reviewer = await year.hire('reviewer', year.cycle.organs[6]!)
    expect((await own.desk.page(entry(1))).status).toBe(200)
    for (const stranger of [other, reviewer]) {
      expect((await stranger.desk.page(entry(1))).status).toBe(404)
      expect((await stranger.desk.page(root())).body).not.toContain('自评 50 分')
    }
    const [, user] = /<option value="([^"]+)">填报员\d/.exec((await office.page(entry(1))).body)!
    expect((await office.post(entry(1), { do: 'name', user: user! })).status).toBe(303)
    expect((await reviewer.desk.page(entry(1))).status).toBe(200)
    const short = await own.desk.post(entry(1), { do: 'state', statement: '征地' })
    expect([short.status, short.body.includes('征地</textarea>')]).toEqual([422, true])
    await own.desk.post(entry(1), { do: 'state', statement: '项目用地批复推迟，已于年底动工' })
    const silent = await office.post(entry(1), { do: 'conclude', outcome: 'upheld', reason: '短' })
    expect([silent.status, silent.body.includes('短</textarea>')]).toEqual([422, true])
    expect((await office.post(entry(1), { do: 'conclude', outcome: 'dropped', reason })).status).toBe(303)
    expect((await own.desk.page(entry(1))).body).toContain('项目用地批复推迟')
    expect((await office.post(entry(1), { do: 'conclude', outcome: 'upheld', reason })).status).toBe(409)
    expect((await own.desk.post(entry(1), { do: 'state', statement: '我们还有新的情况要补充' })).status).toBe(409)
  })
})

describe('a case of falsification', () => {
  let own: Employed
  const n = 2
  const decide = { do: 'propose', outcome: 'upheld', consequence: 'deduction', indicator: 'functional.key', reason }
  const proposal = async (points: string) => office.post(entry(n), { ...decide, points, quarantine: '' })
  const stored = async () =>
    (
      await look(
        app,
        `SELECT score, deduction, reason FROM review WHERE indicator = 'functional.key' AND organ_id = ?`,
        [year.cycle.place.organIds.get(own.organ)!],
      )
    )[0]
  /** Files of the organ's self-assessment, of this many MiB. */
  const keepSelf = (mebibytes: number) =>
    app.world.writer.transact({
      statements: [
        {
          sql: `INSERT INTO evidence (jurisdiction_id, cycle_id, organ_id, subject, sha256, name, type, bytes, added_by, added_at,
              removed_at) VALUES (?, ?, ?, 'self/functional.key', zeroblob(32), '台账.pdf', 'pdf', ?, '', 0, ?)
            ON CONFLICT DO UPDATE SET removed_at = excluded.removed_at`,
          args: [
            ...[year.cycle.place.id, year.cycle.cycle.id, year.cycle.place.organIds.get(own.organ)!],
            ...[mebibytes * 1024 * 1024 || 1, mebibytes > 0 ? 0 : 1],
          ],
        },
      ],
    })
  beforeAll(async () => {
    own = await year.officer()
    await confirm(own.organ, '92.5', '7.5')
  })

  test('is opened with its evidence, which its organ reads once it is notified', async () => {
    const refused = await office.post(root(), { ...opened, organ: own.organ, text: '不实' })
    expect([refused.status, refused.body.includes('不实</textarea>')]).toEqual([422, true])
    const sent = { ...opened, organ: own.organ }
    // The organ's own files are as many as it may keep.
    await keepSelf(500)
    expect((await sendFiles(app, officeCookie, root(), sent, [['file', '台账.pdf', pdf]])).status).toBe(303)
    await keepSelf(0)
    expect((await own.desk.page(entry(n))).status).toBe(404)
    expect((await office.post(entry(n), { do: 'notify' })).status).toBe(303)
    expect((await own.desk.page('/office')).body).toContain('对第 2 号事项陈述情况')
    const page = (await own.desk.page(entry(n))).body
    // Monday 2 March 2026 and five working days.
    expect(page).toContain('单位可在 2026年3月9日 前（含当日）陈述')
    const [, file] = /href="([^"]+\/evidence\/[0-9a-f]{64})"/.exec(page)!
    expect(await (await app.request(file!, { headers: { cookie: own.cookie } })).text()).toBe('%PDF-1.4 evidence')
    const stranger = await year.officer()
    expect((await app.request(file!, { headers: { cookie: stranger.cookie } })).status).toBe(404)
  })

  test('waits for the hearing, and then for a second person', async () => {
    const tooSoon = await proposal('20')
    expect([tooSoon.status, tooSoon.body.includes('单位陈述之后')]).toEqual([409, true])
    expect((await own.desk.post(entry(n), { do: 'state', statement: '口径不同，系统升级后重复计数' })).status).toBe(303)
    expect((await own.desk.page('/office')).body).not.toContain('陈述情况')
    const wrong = await proposal('0')
    expect([wrong.status, wrong.body.includes('而且大于 0')]).toEqual([422, true])
    expect((await office.post(entry(n), { do: 'conclude', outcome: 'upheld', reason })).status).toBe(409)
    expect((await proposal('20')).status).toBe(303)
    expect((await proposal('30')).status).toBe(409)
    // What the organ says meanwhile was not before the first person.
    const early = hiddenOf((await office.page(entry(n))).body, '/decide')
    const more = { do: 'state', statement: '附上厂商对重复计数的书面说明' }
    const files = [['file', '与我们无关.pdf', pdf]] as const
    expect((await sendFiles(app, own.cookie, entry(n), more, files)).status).toBe(303)
    // The same file as the office's is one of the organ's beside it.
    expect((await office.page(entry(n))).body).toMatch(
      /绩效办的证据材料(?:(?!<dt>).)*台账\.pdf.*单位陈述.*与我们无关\.pdf/s,
    )
    const unheard = await second.post(`${entry(n)}/decide`, { ...early, decision: 'approve' })
    expect([unheard.status, unheard.body.includes('提出之后单位又作了陈述')]).toEqual([409, true])
    expect((await office.post(`${entry(n)}/decide`, { ...early, decision: 'withdraw' })).status).toBe(303)
    expect((await proposal('20')).status).toBe(303)
    const page = (await office.page(entry(n))).body
    const fields = hiddenOf(page, '/decide')
    // With it and without it, before anybody has agreed.
    expect(page).toMatch(/“重点工作”.*92\.5.*72\.5/s)
    expect((await own.desk.page(entry(n))).body).not.toContain('72.5')
    expect((await office.post(`${entry(n)}/decide`, { ...fields, decision: 'approve' })).status).toBe(403)
    expect((await second.post(`${entry(n)}/decide`, { hash: 'f'.repeat(64), decision: 'approve' })).status).toBe(409)
    expect(await stored()).toMatchObject({ score: '92.5', deduction: '7.5' })
    expect((await second.post(`${entry(n)}/decide`, { ...fields, decision: 'approve' })).status).toBe(303)
    expect(await stored()).toEqual({ score: '72.5', deduction: '27.5', reason: `进度滞后；${reason}` })
    for (const desk of [own.desk, auditor]) {
      const read = (await desk.page(entry(n))).body
      expect(read).toMatch(/“重点工作”.*92\.5.*72\.5/s)
      expect(read).toContain('口径不同')
      expect(read).toMatch(/绩效办甲 于 [^<]* 提出决定.*person \d+ 于 [^<]* 批准/s)
      // What was taken back and proposed anew is for those who watch over it.
      expect(read.match(/提出决定/g)).toHaveLength(desk === own.desk ? 1 : 2)
    }
    expect((await second.post(`${entry(n)}/decide`, { ...fields, decision: 'approve' })).status).toBe(409)
  })

  test('is undone by nobody alone: its score is neither overwritten nor made a draft again', async () => {
    const overwritten = { organ: year.cycle.place.organIds.get(own.organ)!, indicator: 'functional.key' }
    const review = { ...overwritten, lead: '省委办公厅', score: '92.5', deduction: '7.5', reason: '进度滞后' }
    const act = { cycle: year.cycle.cycle.id, plan: year.cycle.cycle.plan, reviews: [review], now: app.clock.time }
    const saved = await saveReviews(app.world.writer, systemScope(year.cycle.place.id), act)
    expect(saved).toEqual({ ok: false, error: 'conflict' })
    const reopen = () =>
      office.post(`/office/${year.cycle.jid}/2026/reviews/functional.key`, {
        ...{ do: 'reopen', lead: '省委办公厅', reason: '牵头部门要求更正一处笔误' },
      })
    // The other organ's score goes back, this one stays.
    expect((await reopen()).status).toBe(303)
    expect((await reopen()).status).toBe(409)
    const states = await look(app, `SELECT state, score FROM review WHERE indicator = 'functional.key' ORDER BY score`)
    expect(states).toEqual([
      { state: 'draft', score: '55' },
      { state: 'confirmed', score: '72.5' },
    ])
  })

  test('that was not heard in time may be decided all the same, and one that is returned takes nothing', async () => {
    await office.post(root(), { ...opened, organ: own.organ })
    await office.post(entry(3), { do: 'notify' })
    app.clock.time += 8 * 24 * 3_600_000
    const [first, other] = [await year.office(), deskOf(app, await signInAs(app, year.cycle, 'office_admin'))]
    const late = await year.hire('organ_officer', own.organ)
    const said = await late.desk.post(entry(3), { do: 'state', statement: '我们现在才看到这个通知' })
    expect([said.status, said.body.includes('陈述期限已过')]).toEqual([409, true])
    expect((await first.post(entry(3), { ...decide, points: '100', quarantine: '' })).status).toBe(303)
    const fields = hiddenOf((await other.page(entry(3))).body, '/decide')
    expect((await other.post(`${entry(3)}/decide`, { ...fields, decision: 'return', returned: '短' })).status).toBe(422)
    expect((await other.post(`${entry(3)}/decide`, { ...fields, decision: 'return', returned: reason })).status).toBe(
      303,
    )
    expect(await stored()).toMatchObject({ score: '72.5' })
    // Anew, without points off.
    const dropped = { do: 'propose', outcome: 'dropped', consequence: 'none', reason }
    expect((await first.post(entry(3), { ...dropped, consequence: 'deduction' })).status).toBe(422)
    expect((await first.post(entry(3), dropped)).status).toBe(303)
    const again = hiddenOf((await other.page(entry(3))).body, '/decide')
    expect((await other.post(`${entry(3)}/decide`, { ...again, decision: 'approve' })).status).toBe(303)
    expect((await other.page(entry(3))).body).toContain('不予认定')
    expect(await stored()).toMatchObject({ score: '72.5' })
  })

  test('leaves its whole way in the audit, and the register goes out as a file', async () => {
    const acts = await look(
      app,
      `SELECT DISTINCT action FROM audit WHERE action LIKE 'accountability.%' ORDER BY action`,
    )
    expect(acts.map((row) => row['action'])).toEqual(
      ['dropped', 'name', 'notify', 'open', 'register', 'state', 'upheld'].map((act) => `accountability.${act}`),
    )
    const cookie = await signInAs(app, year.cycle, 'auditor')
    const file = await (await app.request(`${root()}.csv?lang=zh-CN`, { headers: { cookie } })).text()
    expect(file.split('\r\n')).toHaveLength(5)
    expect(file).toContain('弄虚作假,上报的办结率与系统台账不符,核查报告第 3 号,认定,2026-03-02')
  })
  test('is decided no more once its cycle is archived', async () => {
    const [desk, officer] = [await year.office(), await year.hire('organ_officer', own.organ)]
    await desk.post(root(), { ...opened, organ: own.organ })
    await desk.post(entry(4), { do: 'notify' })
    await officer.desk.post(entry(4), { do: 'state', statement: '口径与往年相同，没有改动过' })
    const archive = `UPDATE cycle SET state = 'archived' WHERE jurisdiction_id = ? AND id = ?`
    const args = [year.cycle.place.id, year.cycle.cycle.id]
    await app.world.writer.transact({ statements: [{ sql: archive, args }] })
    const late = await desk.post(entry(4), { ...decide, points: '20', quarantine: '' })
    expect([late.status, late.body.includes('周期已经归档')]).toEqual([409, true])
    expect((await desk.page(entry(4))).body).not.toContain('value="propose"')
  })
})
