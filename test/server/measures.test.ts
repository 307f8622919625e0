import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCycle } from '../../db/platform.ts'
import { saveReviews } from '../../db/reviews.ts'
import { recomputeSum } from '../../server/summing.ts'
import { indicatorsOf, type Plan } from '../../surveys/plan.ts'
import { scoredIndicators } from '../../surveys/review.ts'
import { readSum } from '../../surveys/summing.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, allLive, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { signIn } from '../support/respondent.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { signInAs } from '../support/staff.ts'
import { good } from '../surveys/definition-files.ts'

// The second organ has 69.07 of satisfaction with a sampling error (round.ts). By hand:
// near the limit of 70: 0.4·71 + 0.3·69 + 0.1·69 + 0.2·69.07 = 28.4 + 20.7 + 6.9 + 13.814 = 69.814
// far below it:         0.4·50 + 0.3·69 + 0.1·69 + 0.2·69.07 = 20 + 20.7 + 6.9 + 13.814 = 61.414
const near = { functional: 71, management: 69, innovation: 69 }
const far = { ...near, functional: 50 }
const plan: Plan = { ...allLive(), missingGroup: 'renormalise' }
const why = '得分离分线不到一分，抽样误差较大'
const whyToo = '同意，与上年相比没有恶化'

let app: TestApp
let cycle: TestCycle
let first: Desk
let second: Desk
let organ: string

beforeAll(async () => {
  app = await createTestApp()
  cycle = await makeStuffedCycle(app, 0, { plan })
  organ = cycle.organs[1]!
  first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
}, 120_000)
afterAll(() => app.close())

const page = () => `/office/${cycle.jid}/2026/summing`
const act = (person: Desk, fields: Record<string, string>) => person.post(`${page()}/act`, fields)
const waitingOf = async (person: Desk) => hiddenOf((await person.page(page())).body, '/summing/act', 'name="id"')
const measure = (fields: Record<string, string>) => act(first, { do: 'measure', organ, ...fields })

async function score(given: Readonly<Record<string, number>>) {
  const reviews = cycle.organs.flatMap((code) => {
    const { class: organClass } = cycle.place.organs.find((each) => each.code === code)!
    return scoredIndicators(indicatorsOf(plan, organClass)).map(({ node }) => {
      const points = code === organ ? given[node.id.split('.')[0]!]! : 90
      return {
        ...{ organ: cycle.place.organIds.get(code)!, indicator: node.id, lead: '测试牵头部门', score: String(points) },
        ...{ deduction: String(100 - points), reason: '没有按期完成' },
      }
    })
  })
  app.clock.time += 1
  const act = { cycle: cycle.cycle.id, plan, reviews, now: app.clock.time }
  good(await saveReviews(app.world.writer, cycle.place.proposer, act))
}

describe('a measure against an organ in the lowest grade', () => {
  test('needs nobody to decide where the score lies far below the limit', async () => {
    await score(far)
    expect((await first.page(page())).body).not.toContain('是否采取措施')
    expect((await measure({ taken: 'yes', reason: why })).status).toBe(409)
  })

  test('is decided by two persons near it, each with a reason, before the year is locked', async () => {
    await score(near)
    const { body } = await first.page(page())
    for (const said of ['临近 70 分线', '69.81', '是否采取措施']) expect(body).toContain(said)
    expect((await first.page(page(), 'en')).body).toContain('Does a measure follow?')
    const locked = await act(first, { do: 'lock', reason: why })
    expect([locked.status, locked.body.includes('先要决定对临近最低等级分线的单位是否采取措施')]).toEqual([409, true])
    const unsaid = await measure({ taken: '', reason: why })
    expect([unsaid.status, unsaid.body.includes('请选择是否采取措施'), unsaid.body.includes(why)]).toEqual([
      422,
      true,
      true,
    ])
    expect((await measure({ taken: 'no', reason: '好' })).body).toContain(`href="#reason-measure-${organ}"`)
    expect((await measure({ taken: 'no', reason: why })).location).toContain('done=proposed')
    expect((await measure({ taken: 'yes', reason: why })).status).toBe(409)
    expect((await second.page(`/office/${cycle.jid}/approvals`)).body).toContain('暂不采取措施（2026，69.81 分）')
    const waiting = await waitingOf(second)
    expect((await act(first, { ...waiting, do: 'agree', reason: whyToo })).status).toBe(403)
    expect((await act(second, { ...waiting, do: 'agree', reason: whyToo })).location).toContain('done=agreed')
    const decided = (await first.page(page())).body
    for (const said of ['暂不采取措施，等级不变', why, whyToo]) expect(decided).toContain(said)
    expect(await look(app, 'SELECT score, taken FROM measure_decision')).toMatchObject([{ score: '69.81', taken: 0 }])
  })

  test('is decided anew once the score is another one, and not by a yes to the earlier one', async () => {
    await score({ ...near, innovation: 70 })
    expect((await act(first, { do: 'lock', reason: why })).status).toBe(409)
    expect((await measure({ taken: 'yes', reason: why })).location).toContain('done=proposed')
    const waiting = await waitingOf(second)
    await score(near)
    const late = await act(second, { ...waiting, do: 'agree', reason: whyToo })
    expect([late.status, late.body.includes('提出之后事实有变化')]).toEqual([409, true])
    expect((await act(first, { ...waiting, do: 'withdraw' })).location).toContain('done=withdrawn')
  })

  test('stands in the locked text with both reasons, and follows from the tables again', async () => {
    expect((await act(first, { do: 'lock', reason: why })).location).toContain('done=proposed')
    const waiting = await waitingOf(second)
    expect((await act(second, { ...waiting, do: 'agree', reason: whyToo })).location).toContain('done=agreed')
    const [row] = await look(app, 'SELECT body FROM summing')
    expect(readSum(String(row!['body'])).measures).toEqual([
      { organ, score: '69.81', taken: false, reason: why, second: whyToo },
    ])
    const found = (await findCycle(app.world.db, cycle.jid, '2026'))!
    const again = good(await recomputeSum(app.world, cycle.place.proposer, found))
    expect(again.status).toBe('same')
  })
})
