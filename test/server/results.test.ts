import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/app.ts'
import { systemScope } from '../../server/guard.ts'
import { moveCycleTo } from '../../server/node/demo-decisions.ts'
import { rankOrgans } from '../../surveys/ranking.ts'
import { halfUp, rational } from '../../surveys/rational.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
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
    const ranked = async (own: TestCycle) => {
      const standing = await app.world.standing(systemScope(own.place.id), own.cycle.id)
      const scores = standing.organs.map(({ id }, at) => {
        // 90, 89.9, …: the first two cannot be told apart with these errors, so there are tiers.
        const score = rational(BigInt(900 - at), 10n)
        return { id, score, published: halfUp(score, 2), grade: 'excellent', standardError: 0.5 }
      })
      const organs = standing.organs.map((organ) => ({ ...organ, class: 'government' }))
      const changed = { ...standing, organs, ranking: rankOrgans(scores, 0, standing.plan) }
      const address = `${app.world.config.origins[0]}/results/${own.jid}/2026`
      return bodyOf(await (await createApp({ ...app.world, standing: async () => changed }).request(address)).text())
    }
    const page = await ranked(closed)
    expect(page).toMatch(/aria-sort="ascending"><a [^>]*>档次/)
    expect(page.match(/<td>第 1 档<\/td>/g)).toHaveLength(5)
    const names = [...page.matchAll(/<tr><th scope="row">([^<]+)/g)].map((match) => match[1]!)
    expect(names).toEqual(names.toSorted(new Intl.Collator('zh-CN').compare))
    expect(page).toContain('只有 0.0% 的单位对分得开，不到 80%，所以不编名次，只分档。')
    expect(await ranked(cycle)).not.toMatch(/第 1 档|先进单位|隔离/)
  })

  test('count a quarantine, with both scores from five slips on, and never the score that a handful would make', async () => {
    const standing = await app.world.standing(systemScope(closed.place.id), closed.cycle.id)
    const pageWith = async (slips: number) => {
      const organs = standing.organs.map((organ, at) => {
        const { recipients } = organ.groups
        const quarantined = { slips, all: recipients.estimate! }
        const restored = {
          satisfaction: { status: 'ok', score: rational(4_321n, 100n) },
          overall: { status: 'ok', published: '65.43', grade: 'admonished' },
        }
        const changes = {
          groups: { ...organ.groups, recipients: { ...recipients, quarantined } },
          withQuarantined: restored,
        }
        return at === 0 ? ({ ...organ, ...changes } as unknown as typeof organ) : organ
      })
      const world = { ...app.world, standing: async () => ({ ...standing, organs }) }
      const address = `${app.world.config.origins[0]}/results/${closed.jid}/2026`
      return bodyOf(await (await createApp(world).request(address)).text())
    }
    const seven = await pageWith(7)
    expect(seven).toContain('有 7 份评价因操纵嫌疑被隔离，不计入得分。')
    expect(seven).toContain('服务对象 7 份；不计入（正式）')
    expect(seven).toContain('计入：满意度 43.21，综合评估 65.43 诫勉')
    const three = await pageWith(3)
    expect(three).toContain('服务对象少于 5 份')
    expect(three).not.toMatch(/43\.21|65\.43|3 份评价|服务对象 3/)
    expect(bodyOf(await html(`/results/${closed.jid}/2026`))).toContain('没有答卷因操纵嫌疑被隔离。')
  })

  test('of a cycle that nobody knows are not there, and a strange view is the usual one', async () => {
    for (const path of ['/results/nowhere/2026', `/results/${cycle.jid}/1999`])
      expect((await app.request(path)).status).toBe(404)
    const usual = await html(`/results/${closed.jid}/2026`)
    expect(await html(`/results/${closed.jid}/2026?sort=__proto__&dir=x&class='`)).toBe(usual)
  })
})
