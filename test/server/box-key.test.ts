import { createECDH, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBoxKey } from '../../db/box-keys.ts'
import { systemScope } from '../../server/guard.ts'
import { base64url } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { proofOn, scalarOf } from '../support/rehearsal.ts'
import { signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

describe('the key of a box', () => {
  let app: TestApp
  let cycle: TestCycle
  let desk: Desk
  let path: string
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan() })
    desk = await admin()
    path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}`
    await desk.post(`${path}/act`, { act: 'back_to_draft' })
  }, 60_000)
  afterAll(() => app.close())

  const admin = async () => deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  const keyOf = () => readBoxKey(app.world.db, systemScope(cycle.place.id), cycle.survey('leaders').id)
  const newPoint = () => base64url(new Uint8Array(createECDH('prime256v1').generateKeys()))
  const trustees = (pk: string) => desk.post(`${path}/key`, { holding: 'trustees', pk, shares: '3', threshold: '2' })

  test('takes no key to which nothing can be sealed: a point that is not on the curve', async () => {
    const before = await keyOf()
    const point = createECDH('prime256v1').generateKeys()
    // One bit of y away from a point there is none.
    const beside = new Uint8Array(point.map((byte, at) => (at === 64 ? byte ^ 1 : byte)))
    const invented = new Uint8Array([4, ...randomBytes(64)])
    for (const pk of [beside, invented]) {
      const refused = await trustees(base64url(pk))
      expect([refused.status, refused.body.includes('公开部分不是曲线 P-256 上的点')]).toEqual([422, true])
    }
    expect(await keyOf()).toEqual(before)
    // Control: the point itself is taken.
    expect((await trustees(base64url(new Uint8Array(point)))).location).toContain('done=key_saved')
  })

  test('records a rehearsal only from another administrator, who has had the key together', async () => {
    const key = createECDH('prime256v1')
    const pk = base64url(new Uint8Array(key.generateKeys()))
    await trustees(pk)
    const second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    const at = `${path}/key`
    const post = (by: Desk, fields: Record<string, string>) => by.post(`${at}/rehearsal`, fields)

    // Whoever saved the key is told who leads, finds no form, and is refused even with what the other's page carries.
    const own = (await desk.page(at)).body
    expect(own).toContain('演练须由另一名管理员登录主持')
    expect(own).not.toContain('data-box="rehearsal"')
    const proof = (await proofOn(second, at, scalarOf(key)))!
    const refusedOwn = await post(desk, { pk, proof })
    expect([refusedOwn.status, refusedOwn.body.includes('演练须由另一名管理员')]).toEqual([403, true])

    // Without the key there is no proof: none, an invented one, the number as it is sealed, another day's, another's.
    expect((await post(second, { pk: newPoint(), proof })).status).toBe(409)
    expect((await post(second, { pk: 'AAAA', proof })).status).toBe(400)
    const third = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    const ofThird = (await proofOn(third, at, scalarOf(key)))!
    const sealed = / data-ct="([^"]+)"/.exec((await second.page(at)).body)![1]!
    const other = createECDH('prime256v1')
    other.generateKeys()
    expect(await proofOn(second, at, scalarOf(other))).toBeNull()
    for (const wrong of ['', base64url(new Uint8Array(32)), sealed, ofThird, `${proof}A`, proof.slice(0, -1)]) {
      const refused = await post(second, { pk, proof: wrong })
      expect([refused.status, refused.body.includes('这些份额合不出这把钥匙')], wrong).toEqual([422, true])
    }
    expect((await post(second, { pk })).status).toBe(422)
    expect((await keyOf())!.rehearsedAt).toBeNull()

    // A page of yesterday is still good, one of the day before is not.
    const day = 24 * 3_600_000
    app.clock.time += 2 * day
    const late = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    const old = (await proofOn(late, at, scalarOf(key)))!
    app.clock.time += day
    const yesterdays = await post(late, { pk, proof: old })
    expect(yesterdays.location).toContain('done=key_rehearsed')
    expect((await keyOf())!.rehearsedAt).toBe(app.clock.time)
    app.clock.time += day
    const relate = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await post(relate, { pk, proof: old })).status).toBe(422)
    app.clock.time -= 4 * day
    desk = await admin()
    expect((await desk.page(path)).body).toContain('演练过开箱。')
  })
})
