import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPublication, storingPublication } from '../../db/publications.ts'
import { addWebhook, listDeliveries } from '../../db/webhooks.ts'
import { createApp } from '../../server/app.ts'
import { nodeBundleTools } from '../../server/node/bundle-reading.ts'
import { keepDocuments, preparePublication } from '../../server/publications.ts'
import { hex } from '../../surveys/canonical.ts'
import { eventTypes } from '../../surveys/programs.ts'
import { type BundleFiles, verifyBundle } from '../../surveys/publication.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { ask, newApiKey } from '../support/programs.ts'
import { bodyOf, signIn } from '../support/respondent.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
let cycle: TestCycle
let first: Desk
let second: Desk
const why = '同一日二十五份评价全部最高，疑似集中填写'
const erratum = {
  zh: '公布后查明一批集中填写的评价，已经隔离',
  en: 'A batch of stuffed ratings was found and quarantined',
}
const withdrawal = {
  zh: '更正后的数据仍有疑问，先撤回再核对',
  en: 'The corrected data are in doubt and are checked again',
}

beforeAll(async () => {
  app = await createTestApp()
  cycle = await makeStuffedCycle(app, 25)
  const hook = { url: 'https://scoring.example.gov.cn/', events: eventTypes, salt: new Uint8Array(16) }
  await addWebhook(app.world.writer, cycle.place.proposer, { ...hook, now: app.clock.time })
  await cycle.publish()
  first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
}, 120_000)
afterAll(() => app.close())

const office = (path: string) => `/office/${cycle.jid}/${path}`
const desk = () => office('2026/publication')
const results = (version?: number) => `/results/${cycle.jid}/2026${version ? `/versions/${version}` : ''}`
const html = async (path: string, lang = 'zh-CN') => bodyOf(await (await app.request(`${path}?lang=${lang}`)).text())

/** The files of a version as anybody fetches them. */
const filesAt = (address: string): BundleFiles => ({
  list: async () => null,
  async *read(path) {
    const response = await app.request(`${address}/bundle/${path}`)
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
    yield new Uint8Array(await response.arrayBuffer())
  },
})
const verified = async (address: string) => {
  const tools = nodeBundleTools()
  const verdict = await verifyBundle(filesAt(address), tools)
  await tools.close()
  return verdict
}
const fileAt = async (address: string, path: string) => (await app.request(`${address}/bundle/${path}`)).text()

const decide = async (person: Desk, decision: 'approve' | 'withdraw', holding = '') => {
  const list = office('approvals')
  const fields = hiddenOf((await person.page(list)).body, `${list}/decide`, holding)
  return person.post(`${list}/decide`, { ...fields, decision })
}

/** The error is found: two persons take the planted batch out, after the publication. */
async function quarantine(): Promise<void> {
  const screening = office('2026/screening')
  const batch = hiddenOf((await first.page(screening)).body, '/screening/propose', 'value="straight_lining"')
  expect((await first.post(`${screening}/propose`, { ...batch, reason: why })).location).toContain('done=proposed')
  const waiting = hiddenOf((await second.page(screening)).body, '/screening/decide')
  const approved = await second.post(`${screening}/decide`, { ...waiting, decision: 'approve' })
  expect(approved.location).toContain('done=approved')
}

describe('results that were published', () => {
  let before: string

  test('are corrected only where something has changed, and by two administrators', async () => {
    before = await html(results())
    expect(before).toContain('这是第 1 版')
    const shown = (await first.page(desk())).body
    expect(shown).toContain('数据与现行一版相同，没有可更正的内容')
    const nothing = await first.post(`${desk()}/act`, { act: 'correct', ...erratum })
    expect([nothing.status, nothing.body.includes('没有可更正的内容，没有提出申请')]).toEqual([409, true])
    for (const missing of ['zh', 'en'] as const) {
      const short = await first.post(`${desk()}/act`, { act: 'correct', ...erratum, [missing]: '太短' })
      expect([short.status, short.body.includes(`href="#correct-${missing}"`)], missing).toEqual([422, true])
    }
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    expect((await analyst.page(desk())).body).not.toContain('/publication/act')
    expect((await analyst.post(`${desk()}/act`, { act: 'withdraw', ...erratum })).status).toBe(403)
  })

  test('stay as they are while their tables change, which the office is told', async () => {
    await quarantine()
    expect((await first.page(office('2026/screening'))).body).toContain('公众看到的仍是已公布的一版')
    app.clock.time += 61_000
    expect(await html(results())).toBe(before)
    expect((await first.page(desk())).body).toContain('数据已与现行一版不同')
  })

  test('get a second version beside the first, each verifiable at its own address, with the difference and its reason', async () => {
    const proposed = await first.post(`${desk()}/act`, { act: 'correct', ...erratum })
    expect(proposed.location).toContain('done=correct')
    // One proposal about the results at a time.
    expect((await first.post(`${desk()}/act`, { act: 'withdraw', ...withdrawal })).status).toBe(409)
    const asked = (await second.page(office('approvals'))).body
    for (const said of ['公布更正（第 2 版）', erratum.zh, erratum.en]) expect(asked).toContain(said)
    expect((await decide(first, 'approve')).status).toBe(403)
    expect(await html(results())).toBe(before)
    expect((await decide(second, 'approve')).location).toContain('done=approved')

    app.clock.time += 61_000
    const after = await html(results())
    for (const said of ['这是第 2 版', erratum.zh, '有 25 份评价因操纵嫌疑被隔离', `${results(1)}?lang=zh-CN`])
      expect(after).toContain(said)
    expect(await html(results(), 'en')).toContain(erratum.en)
    const old = await html(results(1))
    expect(old).toContain('这是第 1 版')
    expect(old).toContain('现行的是第 2 版')
    expect(old).toContain('没有答卷因操纵嫌疑被隔离')
    expect((await app.request(results(3))).status).toBe(404)

    const [one, two] = [await verified(results(1)), await verified(results(2))]
    expect(one).toMatchObject({ outcome: 'good', correction: null })
    const hash = one.outcome === 'good' ? one.hash : ''
    expect(two).toMatchObject({ outcome: 'good', correction: { version: 2, corrects: hash, ...erratum } })
    // Without a version the address leads to the latest.
    expect(await fileAt(results(), 'SHA256SUMS')).toBe(await fileAt(results(2), 'SHA256SUMS'))
    expect(await fileAt(results(1), 'results.json')).not.toBe(await fileAt(results(2), 'results.json'))
    // The log of administrative acts only ever grew.
    const heads = await fileAt(results(2), 'audit/heads.txt')
    expect(heads.startsWith(await fileAt(results(1), 'audit/heads.txt'))).toBe(true)
    const acts = await look(app, "SELECT action, actor FROM audit WHERE action = 'result.correct'")
    expect(acts).toHaveLength(1)
  }, 60_000)

  test('are proposed again when something else has changed before the second person agrees', async () => {
    const { place } = cycle
    // A name on the papers was wrong as well.
    const rename = (name: string) =>
      app.world.writer.transact({
        statements: [
          {
            sql: 'UPDATE cycle_organ SET name_zh = ?, name_en = name_en WHERE jurisdiction_id = ? AND cycle_id = ? AND position = 1',
            args: [name, place.id, cycle.cycle.id],
          },
        ],
      })
    await rename('第一次改的名称')
    expect((await first.post(`${desk()}/act`, { act: 'correct', ...erratum })).location).toContain('done=correct')
    await rename('又改了一次的名称')
    const refused = await decide(second, 'approve')
    expect([refused.status, refused.body.includes('内容已变化，请重新提出')]).toEqual([409, true])
    expect((await decide(first, 'withdraw')).location).toContain('done=withdrawn')
    expect((await app.request(results(3))).status).toBe(404)
  }, 60_000)

  test('are withdrawn by two persons and can still be read, with the reason, and verified', async () => {
    // Kept before, and still not shown afterwards.
    for (const part of ['method', 'people', 'files'])
      expect(await html(`${results()}/${part}`), part).not.toContain('已撤回（')
    expect((await app.request(`${results()}/results.csv`)).status).toBe(200)
    expect((await first.post(`${desk()}/act`, { act: 'withdraw', ...withdrawal })).location).toContain('done=withdraw')
    expect((await second.page(office('approvals'))).body).toContain('撤回结果')
    expect((await decide(second, 'approve')).location).toContain('done=approved')
    app.clock.time += 61_000
    const page = await html(results())
    expect(page).toMatch(/已撤回（[^）]+），原因：/)
    for (const said of [withdrawal.zh, cycle.place.organs[1]!.nameZh]) expect(page).toContain(said)
    const named = cycle.place.organs[1]!.code
    for (const part of [`organs/${named}`, 'method', 'people', 'files']) {
      expect(await html(`${results()}/${part}`), part).toContain(withdrawal.zh)
      expect(await html(`${results()}/${part}`, 'en'), part).toContain(withdrawal.en)
    }
    const table = await app.request(`${results()}/results.csv`)
    expect([table.status, (await table.text()).includes('这些结果已经撤回')]).toEqual([410, true])
    expect(await verified(results(2))).toMatchObject({ outcome: 'good' })
    expect((await first.post(`${desk()}/act`, { act: 'withdraw', ...withdrawal })).status).toBe(409)
  }, 60_000)

  test('are told to programs each time, which learn what counts and that it was withdrawn', async () => {
    const told = await listDeliveries(app.world.db, cycle.place.proposer, 100)
    expect(told.map(({ type }) => type).filter((type) => type.startsWith('publication'))).toEqual([
      'publication.withdrawn',
      'publication.published',
      'publication.published',
    ])
    const key = await newApiKey(app, cycle, ['results:read'])
    const list = await ask(app, '/api/v1/publications', key)
    expect(await list.json()).toMatchObject({
      items: [
        { version: 2, correction: { 'zh-CN': erratum.zh }, withdrawn: { reason: { en: withdrawal.en } } },
        { version: 1, correction: null, withdrawn: null },
      ],
    })
    for (const what of ['results', 'indicator']) {
      const refused = await ask(app, `/api/v1/cycles/2026/${what}`, key)
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([410, 'withdrawn'])
    }
  })

  test('are read at the edge as well, where there are no files', async () => {
    const edge = createApp({ ...app.world, publications: null })
    const page = bodyOf(await (await edge.request(`${app.world.config.origins[0]}${results(1)}?lang=zh-CN`)).text())
    expect(page).toBe(await html(results(1)))
  })

  test('of which only the files are there get their documents from these', async () => {
    const scope = cycle.place.proposer
    const latest = await findPublication(app.world.db, scope, cycle.cycle.id)
    const correction = { version: 3, corrects: hex(latest!.hash), ...erratum }
    const built = await preparePublication(app.world, scope, { cycle: cycle.cycle.id, correction })
    if (!built.ok) throw new Error(built.error)
    const { sums, hash } = built.value
    const made = { cycle: cycle.cycle.id, sums, hash, madeAt: app.clock.time, correction, documents: new Map() }
    await app.world.writer.transact({ statements: storingPublication(scope, made) })
    expect((await app.request(results(3))).status).toBe(404)
    expect(await keepDocuments(app.world)).toBe(1)
    expect(await html(results(3))).toContain('这是第 3 版')
    expect(await keepDocuments(app.world)).toBe(0)
  })
})
