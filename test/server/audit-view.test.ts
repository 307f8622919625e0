import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { bodyOf, signIn } from '../support/respondent.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'

let app: TestApp
let cycle: TestCycle
let other: TestCycle
let auditor: string
let office: Desk
beforeAll(async () => {
  app = await createTestApp({ time: Date.UTC(2026, 2, 2, 2) })
  cycle = await createTestCycle(app, { organs: 2 })
  other = await createTestCycle(app, { organs: 2 })
  auditor = await signInAs(app, cycle, 'auditor')
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
})
afterAll(() => app.close())

const pathOf = (query = '') => `/office/${cycle.jid}/audit?lang=zh-CN${query}`
const pageOf = async (query = '') => {
  const response = await app.request(pathOf(query), { headers: { cookie: auditor } })
  return { status: response.status, body: bodyOf(await response.text()) }
}
/** Actions of the lines that a page shows, the newest first. */
const actionsIn = (body: string) =>
  [...body.matchAll(/<td><code>([A-Za-z_. ]+)<\/code><\/td>/g)].map(([, action]) => action!)

describe('the audit of an office', () => {
  test('shows who did what to whom, and of this office only', async () => {
    const email = await hireStaff(app, cycle, ['analyst'])
    const [row] = await look(app, 'SELECT id, name FROM user WHERE email = ?', [email])
    await office.post(`/office/${cycle.jid}/people/${row!['id']}/act`, { act: 'disable', reason: '' })
    const { body } = await pageOf('&what=staff.disable')
    expect(actionsIn(body)).toEqual(['staff.disable'])
    for (const part of ['绩效办甲', '绩效办管理员', String(row!['name']), '完成']) expect(body).toContain(part)
    const all = await look(app, 'SELECT action FROM audit WHERE jurisdiction_id = ?', [other.place.id])
    expect(all.length).toBeGreaterThan(0)
    const there = accountOf(other, 'office_admin')
    await signIn(app, there)
    expect((await pageOf('&q=session.begin')).body).not.toContain(there.email)
    expect((await app.request(`/office/${other.jid}/audit`, { headers: { cookie: auditor } })).status).toBe(404)
  })

  test('is searched by person, act, object, reason, outcome and day, and typed signs mean themselves', async () => {
    const before = app.clock.time
    app.clock.time = Date.UTC(2026, 5, 1, 2)
    const analyst = accountOf(cycle, 'analyst')
    const cookie = await signIn(app, analyst)
    await app.request(`/office/${cycle.jid}/people`, { headers: { cookie } })
    app.clock.time = before
    expect(actionsIn((await pageOf('&from=2026-06-01&to=2026-06-01')).body).length).toBeGreaterThan(1)
    expect(actionsIn((await pageOf('&from=2026-06-02')).body)).toEqual([])
    expect(actionsIn((await pageOf('&to=2026-03-01')).body)).not.toContain('session.begin')
    const refused = (await pageOf('&outcome=refused&who=分析员')).body
    expect(refused).toContain('GET refused')
    expect(refused).toContain('拒绝')
    expect(actionsIn((await pageOf(`&who=${encodeURIComponent(analyst.email)}&what=session`)).body)).toContain(
      'session.begin',
    )
    for (const sign of ['%25', '_', '%5C', "'", '%22'])
      expect(actionsIn((await pageOf(`&q=${sign}${sign}`)).body)).toEqual([])
    const wrong = await pageOf('&from=2026-02-31x')
    expect(wrong.status).toBe(422)
    expect(wrong.body).toContain('请按 2026-03-01 的格式填写日期')
    expect((await pageOf('&q=%3Cscript%3Ealert(1)')).body).not.toContain('<script>alert')
  })

  test('goes on page by page without losing or repeating a line', async () => {
    const row = {
      at: app.clock.time,
      actor: 'system',
      role: 'system',
      jurisdiction: cycle.place.id,
      object: 'survey/1',
    }
    const audit = Array.from({ length: 120 }, () => ({ ...row, action: 'survey.test', outcome: 'done' }) as const)
    await app.world.writer.transact({ statements: [], audit })
    const seen: string[] = []
    let next: string | undefined = '&what=survey.test'
    while (next !== undefined) {
      const { body } = await pageOf(next)
      seen.push(...[...body.matchAll(/<td class="n">(\d+)<\/td><\/tr>/g)].map(([, seq]) => seq!))
      const before = /before=(\d+)[^"]*">更早的记录/.exec(body)?.[1]
      next = before === undefined ? undefined : `&what=survey.test&before=${before}`
    }
    expect(seen.length).toBe(120)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => b - a))
  })

  test('is taken as a file by the auditor alone, and that is in the audit', async () => {
    const csv = `/office/${cycle.jid}/audit.csv?what=survey.test`
    const taken = await app.request(csv, { headers: { cookie: auditor } })
    expect(taken.status).toBe(200)
    const text = await taken.text()
    expect(text.startsWith('序号,时间,谁')).toBe(true)
    expect(text.split('\r\n').filter((line) => line.includes('survey.test')).length).toBe(120)
    const exports = () =>
      look(app, "SELECT req FROM audit WHERE action = 'audit.export' AND jurisdiction_id = ?", [cycle.place.id])
    const [row, ...more] = await exports()
    expect(more).toEqual([])
    expect(text).toContain(String(row!['req']))
    // Who only asks whether there is a file has taken none.
    await app.request(csv, { method: 'HEAD', headers: { cookie: auditor } })
    expect((await office.page(`/office/${cycle.jid}/audit.csv`)).status).toBe(403)
    expect(await exports()).toHaveLength(1)
  })

  test('says that its chain is whole, and from which entry it is not', async () => {
    const own = await createTestApp()
    const place = await createTestCycle(own, { organs: 2 })
    const cookie = await signInAs(own, place, 'auditor')
    const said = async () =>
      bodyOf(await (await own.request(`/office/${place.jid}/audit`, { headers: { cookie } })).text())
    // The chain is one over all places; each sees its own lines and their number alone.
    const [count] = await look(own, 'SELECT count(*) AS n, min(seq) AS first FROM audit WHERE jurisdiction_id = ?', [
      place.place.id,
    ])
    expect(await said()).toContain(`审计链完整（${count!['n']} 条，截至 2026年3月2日 10:00）`)
    const third = Number(count!['first']) + 2
    const statements = [
      { sql: 'DROP TRIGGER audit_keeps_rows', args: [] },
      { sql: "UPDATE audit SET reason = 'another' WHERE seq = ?", args: [third] },
    ]
    await own.world.writer.transact({ statements })
    own.clock.time += 11 * 60_000
    expect(await said()).toContain('第 3 条起不一致')
    await own.close()
  })
})

test('whoever holds no role for it sees neither people nor audit', async () => {
  const email = await hireStaff(app, cycle, ['reviewer'])
  const cookie = await signIn(app, { email, password: staffPassword })
  for (const path of ['people', 'audit', 'audit.csv'])
    expect((await app.request(`/office/${cycle.jid}/${path}`, { headers: { cookie } })).status).toBe(403)
})
