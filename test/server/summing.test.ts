import readExcel from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../db/database.ts'
import { findCycle } from '../../db/platform.ts'
import { saveReviews } from '../../db/reviews.ts'
import { nodeBundleTools } from '../../server/node/bundle-reading.ts'
import { preparePublication } from '../../server/publications.ts'
import { agreeToSum, waitingSums } from '../../server/summing.ts'
import { lineageFile } from '../../surveys/bundle.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { climb, type LineageDocument, type LineageNode, lineageFault } from '../../surveys/lineage.ts'
import { indicatorsOf, type Plan } from '../../surveys/plan.ts'
import { type BundleFiles, verifyBundle } from '../../surveys/publication.ts'
import { halfUp } from '../../surveys/rational.ts'
import { scoredIndicators } from '../../surveys/review.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import { accountOf, allLive, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { ask, newApiKey } from '../support/programs.ts'
import { resum } from '../support/published.ts'
import { signIn } from '../support/respondent.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'
import { good } from '../surveys/definition-files.ts'

// Two organs that only service recipients have rated; the plan lets a group without answers drop out. By hand:
// first  = 0.4·96 + 0.3·92 + 0.1·90 + 0.2·80 = 38.4 + 27.6 + 9 + 16 = 91, with satisfaction exactly 80 (round.ts);
// second has better scores and worse answers, so nobody can say who of the two is the one advanced unit.
const scores = [
  { functional: 96, management: 92, innovation: 90 },
  { functional: 96, management: 99, innovation: 92 },
] as const
const plan: Plan = {
  ...allLive(),
  missingGroup: 'renormalise',
  advancedUnits: { ...allLive().advancedUnits, count: 1 },
}
const why = '核对了全部事实，没有发现问题'
const whyToo = '另行抽查了三个单位，与原件一致'

let app: TestApp
let cycle: TestCycle
let first: Desk
let second: Desk

beforeAll(async () => {
  app = await createTestApp()
  cycle = await makeStuffedCycle(app, 0, { plan })
  first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
}, 120_000)
afterAll(() => app.close())

const page = () => `/office/${cycle.jid}/2026/summing`
const act = (person: Desk, fields: Record<string, string>) => person.post(`${page()}/act`, fields)
const waitingOf = async (person: Desk) => hiddenOf((await person.page(page())).body, '/summing/act', 'name="id"')
const name = () => `${cycle.jid}/2026`

/** Confirmed scores of both organs under everything that somebody scores. */
async function score(given: readonly Record<string, number>[] = scores) {
  const reviews = cycle.organs.flatMap((code, at) => {
    const organ = cycle.place.organs.find((each) => each.code === code)!
    return scoredIndicators(indicatorsOf(plan, organ.class)).map(({ node }) => {
      const points = given[at]![node.id.split('.')[0]!]!
      const lost = node.id.startsWith('innovation') ? '0' : String(100 - points)
      return {
        organ: cycle.place.organIds.get(code)!,
        indicator: node.id,
        lead: '测试牵头部门',
        score: String(points),
        deduction: lost,
        reason: lost === '0' ? '' : `${node.id} 未按期完成`,
      }
    })
  })
  const { cycle: own } = cycle
  return saveReviews(app.world.writer, cycle.place.proposer, { cycle: own.id, plan, reviews, now: app.clock.time })
}

describe('the summing up of a year', () => {
  test('names what each organ lacks, and is not locked before it has all of it', async () => {
    const { body } = await first.page(page())
    expect(body).toMatch(/缺 \d+ 项/)
    expect(body).toContain('没有评分')
    const refused = await act(first, { do: 'lock', reason: why })
    expect([refused.status, refused.body.includes('还有单位缺少得分，不能锁定')]).toEqual([409, true])
    expect(refused.body).toContain(why)
  })

  test('previews the totals that follow by hand, and says what has changed since the preview kept last', async () => {
    expect((await score([scores[0], { ...scores[1], innovation: 82 }])).ok).toBe(true)
    expect((await act(first, { do: 'keep' })).location).toContain('done=kept')
    expect((await first.page(page())).body).toContain('与上次留存的预览没有差别')
    expect((await score()).ok).toBe(true)
    const { body } = await first.page(page())
    expect(body).toContain('>91.00</a>')
    const changes = body.slice(body.indexOf('与上次留存的差别')).replace(/<[^>]*>/g, ' ')
    expect(changes).toMatch(/创新创优目标\s+82\.00\s+92\.00/)
    expect((await second.page(page(), 'en')).body).toContain('Differences to the preview kept last')
  })

  test('is not locked while a survey of the total is not there', async () => {
    const group = async (state: string) => {
      const args = [state, cycle.place.id, cycle.survey('leaders').id]
      const sql = 'UPDATE survey SET state = ? WHERE jurisdiction_id = ? AND id = ?'
      await app.world.writer.transact({ statements: [{ sql, args }] })
    }
    await group('ready')
    const refused = await act(first, { do: 'lock', reason: why })
    expect([refused.status, refused.body.includes('还有单位缺少得分，不能锁定')]).toEqual([409, true])
    await group('closed')
  })

  test('is locked by two administrators, each with a reason, and from then on no score changes', async () => {
    const short = await act(first, { do: 'lock', reason: '好' })
    expect([short.status, short.body.includes('href="#reason-lock"')]).toEqual([422, true])
    expect((await act(first, { do: 'lock', reason: why })).location).toContain('done=proposed')
    expect((await second.page(`/office/${cycle.jid}/approvals`)).body).toContain('锁定综合汇总（2026，第 1 版）')
    const waiting = await waitingOf(second)
    expect((await act(first, { ...waiting, do: 'agree', reason: whyToo })).status).toBe(403)
    expect((await act(second, { ...waiting, do: 'agree', reason: '' })).status).toBe(422)
    expect(await look(app, 'SELECT version FROM summing')).toEqual([])
    // A score that changes between the reading and the writing, and back.
    const racing = Object.create(app.world.writer, {
      transact: {
        value: async (change: Change) => {
          app.clock.time += 1
          good(await score([scores[0], { ...scores[1], innovation: 82 }]))
          return app.world.writer.transact(change)
        },
      },
    }) as typeof app.world.writer
    const [other] = await look(
      app,
      `SELECT user_id FROM grants WHERE role = 'office_admin' AND user_id LIKE 'person-%'`,
    )
    const scope = { ...cycle.place.proposer, actor: String(other!['user_id']) }
    const found = (await findCycle(app.world.db, cycle.jid, '2026'))!
    const [sum] = await waitingSums(app.world, scope, cycle.cycle.id)
    const raced = { found, waiting: sum!, second: whyToo }
    expect(await agreeToSum({ ...app.world, writer: racing }, scope, raced, { now: app.clock.time })).toEqual({
      ...{ ok: false, error: 'conflict' },
    })
    good(await score())
    expect((await act(second, { ...waiting, do: 'agree', reason: whyToo })).location).toContain('done=agreed')
    const { body } = await first.page(page())
    for (const said of ['第 1 版', why, whyToo, '逐字节一致']) expect(body).toContain(said)
    expect((await score()).ok).toBe(false)
    const [cycleRow] = await look(app, 'SELECT state FROM cycle WHERE id = ? AND jurisdiction_id = ?', [
      cycle.cycle.id,
      cycle.place.id,
    ])
    expect(cycleRow!['state']).toBe('reviewed')
    const [row] = await look(app, 'SELECT body, hash FROM summing')
    expect(hex(await app.world.crypto.sha256(utf8(String(row!['body']))))).toBe(
      hex(new Uint8Array(row!['hash'] as ArrayBuffer)),
    )
    expect((await first.page(`${page()}/sum.json`)).body).toBe(row!['body'])
    expect((await act(first, { do: 'lock', reason: why })).status).toBe(409)
  })

  test('follows again from the stored facts to the last byte; one changed reason is found and named', async () => {
    const gongping = commandLine(app.world.config.dataFolder)
    const as = ['--as', accountOf(cycle, 'auditor').email, '--check', '--lang', 'en']
    const good = gongping('results', 'compute', name(), ...as)
    expect([good.status, good.out]).toEqual([0, expect.stringContaining('byte for byte')])
    const where = 'WHERE jurisdiction_id = ? AND organ_id = ? AND indicator = ?'
    const key = [cycle.place.id, cycle.place.organIds.get(cycle.organs[0]!)!, 'management.lawful.rules']
    const behind = (set: string) =>
      app.world.writer.transact({ statements: [{ sql: `UPDATE review SET reason = ${set} ${where}`, args: key }] })
    await behind(`reason || '（后改）'`)
    const bad = gongping('results', 'compute', name(), ...as)
    expect(bad.status).toBe(1)
    expect(bad.err).toMatch(/First difference at reviews\.\d+\.reason: now “.*（后改）”/)
    expect((await first.page(page())).body).toContain('与锁定的第 1 版不同')
    const prepared = await preparePublication(app.world, cycle.place.proposer, { cycle: cycle.cycle.id })
    expect(prepared).toEqual({ ok: false, error: 'differs_from_lock' })
    await behind(`replace(reason, '（后改）', '')`)
    expect(gongping('results', 'compute', name(), ...as).status).toBe(0)
  })

  test('leaves to two persons with reasons whom the scores cannot tell apart, and to nobody else', async () => {
    const { body } = await first.page(page())
    expect(body).toContain('0 个确定入围，还有 1 个要在下列 2 个待定单位中选定')
    const [one, other] = cycle.organs as [string, string]
    expect((await act(first, { do: 'choose', reason: why })).status).toBe(422)
    expect((await act(first, { do: 'choose', reason: why, chosen: 'nobody' })).status).toBe(422)
    expect((await act(first, { do: 'choose', reason: why, chosen: other })).location).toContain('done=proposed')
    const waiting = await waitingOf(second)
    expect((await act(second, { ...waiting, do: 'agree', reason: whyToo })).location).toContain('done=agreed')
    expect((await act(first, { do: 'choose', reason: why, chosen: one })).status).toBe(409)
    expect((await first.page(page())).body).toContain('已选定：')
  })
})

describe('the lineage of a score', () => {
  test('leads from the total to each deduction with its reason and to the counts of answers', async () => {
    const { status, body } = await first.page(`/office/${cycle.jid}/2026/organs/${cycle.organs[0]}/lineage`)
    expect(status).toBe(200)
    expect(body).toContain('为什么是 91.00 分')
    expect(body).toMatch(/management\.[\w.]+ 未按期完成/)
    expect(body).toMatch(/非常满意：\d+ 份/)
    // From 100 points down: what is left after the last step is the total.
    const steps = body.slice(body.indexOf('从 100 分到总分'), body.indexOf('<tfoot>'))
    expect(steps.trimEnd()).toMatch(/<td class="n">91(?:\.0+)?<\/td>(?:(?!<td class="n">)[\s\S])*$/)
    const organ = (await first.page(`/office/${cycle.jid}/2026/organs/${cycle.organs[0]}`)).body
    expect(organ.includes(`/organs/${cycle.organs[0]}/lineage`)).toBe(true)
  })

  let published: Map<string, Uint8Array>
  const verdictOf = async (files: ReadonlyMap<string, Uint8Array>) => {
    const tools = nodeBundleTools()
    const bundle: BundleFiles = {
      list: async () => [...files.keys()],
      async *read(path) {
        yield files.get(path)!
      },
    }
    const verdict = await verifyBundle(bundle, tools)
    await tools.close()
    return verdict
  }

  test('is published with the reasons that the plan has everybody read, and verified from its ends to the total', async () => {
    const desk = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}/act`
    expect((await first.post(desk, { act: 'propose_publish' })).location).toContain('done=propose_publish')
    const list = `/office/${cycle.jid}/approvals`
    const fields = hiddenOf((await second.page(list)).body, '/decide')
    expect((await second.post(`${list}/decide`, { ...fields, decision: 'approve' })).location).toContain(
      'done=approved',
    )
    const base = `/results/${cycle.jid}/2026/bundle`
    const file = async (path: string) => new Uint8Array(await (await app.request(`${base}/${path}`)).arrayBuffer())
    const sums = new TextDecoder().decode(await file('SHA256SUMS'))
    published = new Map([['SHA256SUMS', utf8(sums)]])
    for (const line of sums.trim().split('\n')) published.set(line.slice(66), await file(line.slice(66)))
    const verdict = await verdictOf(published)
    expect(verdict).toMatchObject({ outcome: 'good' })
    expect(verdict.checks.find((each) => each.name === 'lineage')?.counts).toMatchObject({ organs: 2 })
    const text = new TextDecoder().decode(published.get(lineageFile))
    expect(text).toMatch(/"deduction":\{"points":"8","reason":"management\.[\w.]+ 未按期完成"\}/)
    const lineage = JSON.parse(text) as LineageDocument
    expect(lineage.sum).toMatchObject({ version: 1 })
    expect(lineage.advanced).toEqual({ chosen: [cycle.organs[1]], reason: why, second: whyToo })
    const [organ] = lineage.organs
    expect(lineageFault(organ!, plan.rounding)).toBeNull()
    expect(halfUp(climb(organ!.nodes, plan.rounding).get('')!.score!, 2)).toBe('91.00')
  })

  test.each<[string, (lineage: LineageDocument) => LineageDocument]>([
    ['another score', (given) => changed(given, (line) => (line.kind === 'item' ? { ...line, score: '95' } : line))],
    [
      'another weight',
      (given) => changed(given, (line) => (line.id === 'innovation' ? { ...line, weight: '11' } : line)),
    ],
    [
      'somebody chosen whom the scores rule out',
      (given) => ({ ...given, advanced: { ...given.advanced!, chosen: ['x'] } }),
    ],
    ['fewer chosen than there are places', (given) => ({ ...given, advanced: { ...given.advanced!, chosen: [] } })],
    ['a choice without a lock', (given) => ({ ...given, sum: null })],
  ])('does not pass with %s', async (_, change) => {
    const lineage = JSON.parse(new TextDecoder().decode(published.get(lineageFile))) as LineageDocument
    const files = resum(new Map([...published, [lineageFile, utf8(canonicalJson(change(lineage)))]]))
    expect(await verdictOf(files)).toMatchObject({
      outcome: 'mismatch',
      check: 'lineage',
      problem: { code: 'figure', file: lineageFile },
    })
  })

  test('comes with the indicator that other systems pull, named by its hash', async () => {
    const key = await newApiKey(app, cycle, ['results:read'])
    const answer = await ask(app, '/api/v1/cycles/2026/indicator', key)
    const { items } = (await answer.json()) as { items: { lineage: LineageNode[]; sha256: string }[] }
    const [item] = items
    expect(hex(await app.world.crypto.sha256(utf8(canonicalJson(item!.lineage))))).toBe(item!.sha256)
    expect(item!.lineage[0]).toMatchObject({ id: 'satisfaction', score: '80.00' })
    const [written] = (JSON.parse(new TextDecoder().decode(published.get(lineageFile))) as LineageDocument).organs
    expect(written!.nodes).toEqual(expect.arrayContaining(item!.lineage))
    const cookie = await signIn(app, accountOf(cycle, 'analyst'))
    const path = `/office/${cycle.jid}/2026/export/indicator/xlsx`
    const file = await app.request(path, { headers: { cookie } })
    const [sheet] = await readExcel(Buffer.from(await file.arrayBuffer()))
    const rows = sheet!.data.map((row) => row.map(String))
    expect(rows.filter((row) => row.includes('满意度')).map((row) => row.includes(item!.sha256))).toContain(true)
    expect(rows.flat()).not.toContain('综合评估得分')
  })
})

describe('points taken off for falsification', () => {
  test('come off what was given, and whoever took them does not decide the appeal, which gives back no more', async () => {
    const [ours] = cycle.organs as [string, string]
    const key = [cycle.place.organIds.get(ours)!]
    const stored = async () =>
      (await look(app, `SELECT score, deduction FROM review WHERE indicator = 'innovation' AND organ_id = ?`, key))[0]
    const officer = deskOf(
      app,
      await signIn(app, { email: await hireStaff(app, cycle, ['organ_officer']), password: staffPassword }),
    )
    const [third, fourth] = [
      deskOf(app, await signInAs(app, cycle, 'office_admin')),
      deskOf(app, await signInAs(app, cycle, 'office_admin')),
    ]
    const register = `/office/${cycle.jid}/2026/accountability`
    const found = { kind: 'falsification', text: '申报的创新成果属于另一单位', basis: '核查报告第 5 号' }
    expect((await second.post(register, { do: 'open', organ: ours, ...found })).status).toBe(303)
    expect((await second.post(`${register}/1`, { do: 'notify' })).status).toBe(303)
    const statement = '这项成果由两家单位共同完成'
    expect((await officer.post(`${register}/1`, { do: 'state', statement })).status).toBe(303)
    const decide = { do: 'propose', outcome: 'upheld', consequence: 'deduction', indicator: 'innovation', points: '10' }
    expect((await second.post(`${register}/1`, { ...decide, reason: '经核查成果归属与事实不符' })).status).toBe(303)
    const fields = hiddenOf((await third.page(`${register}/1`)).body, '/decide')
    expect((await third.post(`${register}/1/decide`, { ...fields, decision: 'approve' })).status).toBe(303)
    // Ninety were given freely.
    expect(await stored()).toEqual({ score: '80', deduction: '10' })
    const appeals = `/office/${cycle.jid}/2026/feedback/${ours}/appeals`
    const filed = { seen: '0', about: 'deduction/innovation', reason: '两家单位的合作协议可以证明' }
    expect((await officer.post(appeals, filed)).status).toBe(303)
    const accept = { n: '1', do: 'accept', reason: '合作协议属实，扣分过重', points: '4' }
    for (const person of [second, third]) expect((await person.post(`${appeals}/decide`, accept)).status).toBe(403)
    const fifth = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await fourth.post(`${appeals}/decide`, accept)).status).toBe(303)
    expect((await fifth.post(`${appeals}/decide`, { n: '1', do: 'agree' })).status).toBe(303)
    expect(await stored()).toEqual({ score: '86', deduction: '4' })
    // Another appeal about the same points goes to somebody who decided none of them.
    const again = { seen: '1', about: 'deduction/innovation', reason: '剩下的四分也没有事实依据' }
    expect((await officer.post(appeals, again)).status).toBe(303)
    const refusal = { n: '2', do: 'reject', reason: '剩下的扣分与事实相符' }
    for (const person of [fourth, fifth]) {
      const refused = await person.post(`${appeals}/decide`, refusal)
      expect([refused.status, refused.body.includes('您参与过这次扣分或者这件申诉')]).toEqual([403, true])
    }
    const sixth = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await sixth.post(`${appeals}/decide`, refusal)).status).toBe(303)
  })

  test('and an accepted appeal leave a year to be locked anew; until then each page says which version it shows', async () => {
    const [ours] = cycle.organs as [string, string]
    const publication = `/office/${cycle.jid}/2026/publication`
    const relock = '第 1 版锁定以后有得分改变：这一年要由两名管理员重新锁定'
    for (const path of [`/office/${cycle.jid}/2026`, publication])
      expect([path, (await first.page(path)).body.includes(relock)]).toEqual([path, true])
    const desk = `/office/${cycle.jid}/2026/feedback/${ours}`
    expect((await first.page(desk)).body).toContain('改变的得分第 1 版还没有，以后一版才有')
    expect((await first.page(`${desk}/appeals`)).body).toContain('得分与锁定的第 1 版已经不同')
    const publicPages = async () =>
      Promise.all(
        [`/results/${cycle.jid}/2026`, `/results/${cycle.jid}/2026/organs/${ours}`].map(async (path) =>
          (await app.request(`${path}?lang=zh-CN`)).text(),
        ),
      )
    for (const page of await publicPages()) {
      expect(page).toContain('这是第 1 版')
      expect(page).toContain('91.00')
    }
    // Nobody corrects what is not locked.
    const erratum = {
      act: 'correct',
      zh: '一件申诉得到支持，创新得分改为 86',
      en: 'An appeal was accepted: 86 for innovation',
    }
    expect((await first.post(`${publication}/act`, erratum)).status).toBe(409)
    expect((await act(first, { do: 'lock', reason: why })).location).toContain('done=proposed')
    const waiting = await waitingOf(second)
    expect((await act(first, { ...waiting, do: 'agree', reason: whyToo })).status).toBe(403)
    expect((await act(second, { ...waiting, do: 'agree', reason: whyToo })).location).toContain('done=agreed')
    expect((await first.page(page())).body).toContain('第 2 版')
    expect((await first.page(publication)).body).not.toContain(relock)
    app.clock.time += 1_000
    expect((await first.post(`${publication}/act`, erratum)).location).toContain('done=correct')
    const list = `/office/${cycle.jid}/approvals`
    const fields = hiddenOf((await second.page(list)).body, '/decide')
    expect((await second.post(`${list}/decide`, { ...fields, decision: 'approve' })).location).toContain(
      'done=approved',
    )
    // 91 less four tenths of a point.
    for (const page of await publicPages()) {
      expect(page).toContain('这是第 2 版')
      expect(page).toContain('90.60')
    }
    expect((await first.page(`${desk}/appeals`)).body).toContain('已在第 2 版结果中更正')
    expect((await first.page(desk)).body).not.toContain('以后一版才有')
  })
})

function changed(given: LineageDocument, change: (line: LineageNode) => LineageNode): LineageDocument {
  return { ...given, organs: given.organs.map((organ) => ({ ...organ, nodes: organ.nodes.map(change) })) }
}
