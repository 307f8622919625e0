import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { signIn } from '../support/respondent.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { signInAs } from '../support/staff.ts'

// A batch that stands out may be sound. Two persons say so, with a reason, as two would have to take it out.
describe('a flagged batch that is kept', () => {
  let app: TestApp
  let cycle: TestCycle
  let first: Desk
  let second: Desk
  const reason = '当日大厅集中办理，逐份核对后没有发现问题'
  const holding = 'value="straight_lining"'
  const path = () => `/office/${cycle.jid}/2026/screening`
  const batch = (body: string) =>
    (body.match(/<article[\s\S]*?<\/article>/g) ?? []).find((html) => /id="batch-[^"]*straight_lining/.test(html)) ?? ''
  const scores = async () => {
    const { body } = await first.page(`/office/${cycle.jid}/2026/organs/${cycle.organs[0]}`)
    return [...body.matchAll(/\d\d\.\d\d/g)].map(([score]) => score)
  }
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await makeStuffedCycle(app, 25)
    first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
    second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
  }, 60_000)
  afterAll(() => app.close())

  test('needs a reason and a second person, stays in the score, and is on record for good', async () => {
    const before = await scores()
    const fields = hiddenOf((await first.page(path())).body, '/screening/propose', holding)
    const keep = { ...fields, treatment: 'keep' }
    expect((await first.post(`${path()}/propose`, { ...keep, reason: '没问题' })).status).toBe(422)
    expect((await first.post(`${path()}/propose`, { ...keep, treatment: 'forget', reason })).status).toBe(400)
    expect((await first.post(`${path()}/propose`, { ...keep, reason })).location).toContain('done=proposed')
    // One proposal at a time, whatever it is for.
    const other = await second.post(`${path()}/propose`, { ...fields, treatment: 'quarantine', reason })
    expect([other.status, other.body.includes('已有人对这个批次提出意见')]).toEqual([409, true])

    const shown = (await second.page(path())).body
    expect(shown).toContain('保留：照常计入得分')
    expect(shown).toContain('批准保留')
    const decide = { ...hiddenOf(shown, '/screening/decide'), decision: 'approve' }
    expect((await first.post(`${path()}/decide`, decide)).status).toBe(403)
    expect((await second.post(`${path()}/decide`, decide)).location).toContain('done=kept')

    const { body } = await first.page(path())
    expect(body).toContain('已保留的批次')
    expect(body).toContain(reason)
    expect(batch(body)).toContain('已决定保留这个批次')
    expect(batch(body)).not.toContain('<form')
    expect(await scores()).toEqual(before)
    expect(await look(app, 'SELECT * FROM quarantined_slip')).toEqual([])
    const [record] = await look(app, 'SELECT * FROM kept_batch')
    expect(record).toMatchObject({ test: 'straight_lining', slips: 25, reason })
    expect(record!['proposer']).not.toBe(record!['approver'])
    const acts = await look(app, "SELECT action, reason FROM audit WHERE action = 'slips.keep'")
    expect(acts).toMatchObject([{ action: 'slips.keep', reason }])
    // Decided is decided, also for whoever still has the old form on the screen.
    const late = await first.post(`${path()}/propose`, { ...fields, treatment: 'quarantine', reason })
    expect([late.status, late.body.includes('已有决定')]).toEqual([409, true])
  })

  test('cannot be changed or deleted, nor decided by one person alone', async () => {
    const client = app.database.db.$client
    const transact = (sql: string) => app.world.writer.transact({ statements: [{ sql, args: [] }] })
    await expect(transact("UPDATE kept_batch SET reason = 'x'")).rejects.toThrow('never changed')
    await expect(transact('DELETE FROM kept_batch')).rejects.toThrow('never deleted')
    const copy = `INSERT INTO kept_batch SELECT jurisdiction_id, survey_id, id + 1, organ_id, test, batch, p, adjusted_p, slips,
      reason, proposer, proposer, proposed_at, decided_at, 'other' FROM kept_batch`
    await expect(transact(copy)).rejects.toThrow('kept_batch_two_persons')
    expect((await client.execute('SELECT count(*) AS n FROM kept_batch')).rows[0]!['n']).toBe(1)
  })
})
