import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveCycleTo } from '../../server/node/demo-decisions.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import type { BundleOptions } from '../support/published.ts'
import { publishBundleOf } from '../support/published-cycle.ts'
import { bodyOf } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let closed: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  closed = await createTestCycle(app)
  await closed.close()
  await closed.publish()
  // The other is made at the later time at which the first one is published.
  cycle = await createTestCycle(app)
})
afterAll(() => app.close())

const html = async (path: string) => (await app.request(path)).text()

/** The page of a cycle of which these files were published. */
async function pageOfBundle(options: BundleOptions): Promise<string> {
  const { cycle: own } = await publishBundleOf(app, options)
  return bodyOf(await html(`/results/${own.jid}/2026`))
}

describe('public results', () => {
  test('stay on the index, and under one title and day, after their publication is over', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    await own.close()
    await own.publish()
    // One survey names a later day than the others: the results are there when the last of them are.
    await app.world.writer.transact({
      statements: [
        {
          sql: 'UPDATE survey SET results_on = 20270105 WHERE jurisdiction_id = ? AND code = ?',
          args: [own.place.id, own.survey('public').sid],
        },
      ],
    })
    for (const states of [null, ['published', 'rectification'], ['rectification', 'archived']] as const) {
      if (states) await moveCycleTo(app.world, own.place, { id: own.cycle.id, states, now: app.clock.time })
      app.clock.time += 60_000
      const index = bodyOf(await html('/'))
      const entry = index.split(`href="/results/${own.jid}/2026?`)[1]?.split('</li>')[0]
      expect(entry, states?.join(' → ')).toContain('2026年度绩效评估：满意度测评结果')
      expect(entry).toContain('2027年1月5日 公布')
      const page = bodyOf(await html(`/results/${own.jid}/2026`))
      expect(page).toContain('2027年1月5日公布。')
      expect(page).toContain('<bdi>2026年度绩效评估</bdi>：满意度测评结果')
      expect(page).toContain(own.place.organs[0]!.nameZh)
    }
    app.clock.time = start
  })

  test('show no score before they are published, neither while surveys are open nor after they have closed', async () => {
    const page = bodyOf(await html(`/results/${cycle.jid}/2026`))
    expect(page).toContain('%')
    for (const { nameZh } of cycle.place.organs) expect(page).not.toContain(nameZh)
    const start = app.clock.time
    const unpublished = await createTestCycle(app)
    await unpublished.close()
    const waiting = bodyOf(await html(`/results/${unpublished.jid}/2026`))
    for (const { nameZh } of unpublished.place.organs) expect(waiting).not.toContain(nameZh)
    app.clock.time = start
    const published = bodyOf(await html(`/results/${closed.jid}/2026`))
    for (const { nameZh } of closed.place.organs) expect(published).toContain(nameZh)
  })

  test('stand by places or tiers as soon as organs have overall scores, and say nothing of either before publication', async () => {
    const page = await pageOfBundle({})
    expect(page).toMatch(/aria-sort="ascending"><a [^>]*>(档次|名次)/)
    expect(page).toMatch(/<td>第 1 (档|名)/)
    expect(page).toContain('先进单位')
    expect(bodyOf(await html(`/results/${cycle.jid}/2026`))).not.toMatch(/第 1 档|先进单位|隔离/)
  })

  test('count a quarantine, with both scores from five slips on, and never the score that a handful would make', async () => {
    const seven = await pageOfBundle({ quarantined: 7 })
    expect(seven).toContain('有 7 份评价因操纵嫌疑被隔离，不计入得分。')
    const [, official, restored] =
      /服务对象 7 份；不计入（正式）：满意度 ([\d.]+)，[^；]+；计入：满意度 ([\d.]+)，/.exec(seven)!
    expect(official).not.toBe(restored)
    const three = await pageOfBundle({ quarantined: 3 })
    expect(three).toContain('服务对象少于 5 份，对满意度的影响不超过 1.23 分')
    expect(three).not.toMatch(/3 份评价|服务对象 3 份|计入：/)
    expect(bodyOf(await html(`/results/${closed.jid}/2026`))).toContain('没有答卷因操纵嫌疑被隔离。')
  })

  test('are made from what was published: nothing that becomes of the tables afterwards changes a byte of them', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    await own.close()
    await own.publish()
    const before = await html(`/results/${own.jid}/2026`)
    const of = [own.place.id, own.cycle.id]
    await app.world.writer.transact({
      statements: [
        {
          sql: "UPDATE organ SET name_zh = '别的名称', class = 'central' WHERE jurisdiction_id = ?",
          args: [own.place.id],
        },
        { sql: 'UPDATE participation SET n = n + 7 WHERE jurisdiction_id = ?', args: [own.place.id] },
        {
          sql: `INSERT INTO review (jurisdiction_id, cycle_id, organ_id, indicator, lead, score, deduction, reason)
            SELECT jurisdiction_id, ?, id, 'x', 'y', '90', '0', '' FROM organ WHERE jurisdiction_id = ?`,
          args: of.toReversed(),
        },
      ],
    })
    app.clock.time += 3_600_000
    expect(await html(`/results/${own.jid}/2026`)).toBe(before)
    app.clock.time = start
  })

  test('of a cycle that nobody knows are not there, and a strange view is the usual one', async () => {
    for (const path of ['/results/nowhere/2026', `/results/${cycle.jid}/1999`])
      expect((await app.request(path)).status).toBe(404)
    const usual = await html(`/results/${closed.jid}/2026`)
    expect(await html(`/results/${closed.jid}/2026?sort=__proto__&dir=x&class='`)).toBe(usual)
  })
})
