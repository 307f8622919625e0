import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { canonicalSuspicion, proposeQuarantine, readQuarantines, type Suspicion } from '../../db/quarantine.ts'
import { recountSurvey } from '../../db/tallies.ts'
import { systemScope } from '../../server/guard.ts'
import { standingSource } from '../../server/node/standing.ts'
import { computeScreening } from '../../server/screening.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, sha256, signIn } from '../support/respondent.ts'
import { makeStuffedCycle, ratedSlip, roundSpec, stuffedDay } from '../support/round.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const address = ({ jid }: TestCycle, what = '') => `/office/${jid}/2026/screening${what}`

async function page(cycle: TestCycle, cookie: string, query = '?lang=zh-CN') {
  const response = await app.request(address(cycle, query), { headers: { cookie } })
  return { status: response.status, body: bodyOf(await response.text()) }
}

async function post(cycle: TestCycle, cookie: string, what: string, fields: Record<string, string>) {
  const home = await (await app.request('/office', { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(home)![1]!
  const response = await sendForm(app, address(cycle, `/${what}?lang=zh-CN`), Object.entries({ csrf, ...fields }), {
    headers: { cookie },
  })
  return { status: response.status, location: response.headers.get('location'), body: bodyOf(await response.text()) }
}

/** The hidden fields of the first form to this address. */
function fieldsOf(body: string, what: 'propose' | 'decide', holding = ''): Record<string, string> {
  const forms = body.match(/<form\b[\s\S]*?<\/form>/g) ?? []
  const own = forms.find((html) => html.includes(`/screening/${what}`) && html.includes(holding)) ?? ''
  const hidden = [...own.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(hidden.filter(([, name]) => name !== 'csrf').map(([, name, value]) => [name!, value!]))
}

describe('the screening of honest answers', () => {
  test('flags nothing, and says how many tests were made and what was not tested', async () => {
    const cycle = await makeStuffedCycle(app, 0)
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { body } = await page(cycle, cookie)
    expect(body).toContain('这只是提示，不是结论。')
    // Two organs on ten days, three kinds of test.
    expect(body).toContain('得分中有 400 份评价，做了 60 项检验，提示 0 项')
    expect(body).toContain('没有发现明显不同的批次')
    expect(body).toContain('没有检验：本测评不采集作答快慢')
    expect(body).toContain('没有检验：评价不记录渠道')
    expect((await page(cycle, cookie, '?lang=en')).body).toContain('A prompt, not a finding.')
  }, 60_000)

  test('says that nothing could be tested where each agency has one batch alone', async () => {
    const cycle = await makeStuffedCycle(app, 0, { onDays: [stuffedDay] })
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { body } = await page(cycle, cookie)
    expect(body).toContain('得分中有 40 份评价，但没有可以相互比较的批次，各项检验都没有做')
    expect(body).not.toContain('没有发现明显不同的批次')
    expect(body.split('没有检验：可以比较的批次不够').length - 1).toBe(3)
  }, 60_000)

  test('is not made while answers come in', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    expect((await page(cycle, cookie)).body).toContain('还没有截止的计分测评')
    const propose = { survey: cycle.survey('recipients').sid, test: 'burst', organ: cycle.organs[0]!, day: '20260303' }
    expect(
      (await post(cycle, cookie, 'propose', { ...propose, slips: '1', reason: '一个足够长的申请理由' })).status,
    ).toBe(404)
  })
})

describe('a planted batch of top marks', () => {
  let cycle: TestCycle
  let first: string
  let second: string
  let analyst: string
  const reason = '同一日二十五份评价全部最高，疑似集中填写'
  const holding = `value="straight_lining"`
  beforeAll(async () => {
    cycle = await makeStuffedCycle(app, 25)
    first = await signIn(app, accountOf(cycle, 'office_admin'))
    second = await signInAs(app, cycle, 'office_admin')
    analyst = await signIn(app, accountOf(cycle, 'analyst'))
  }, 60_000)
  const organPage = async () => {
    const path = `/office/${cycle.jid}/2026/organs/${cycle.organs[0]}?lang=zh-CN`
    return bodyOf(await (await app.request(path, { headers: { cookie: first } })).text())
  }
  const recount = () =>
    recountSurvey(app.world.db, systemScope(cycle.place.id), cycle.survey('recipients').id, roundSpec)
  const decided = () => readQuarantines(app.world.db, systemScope(cycle.place.id), [cycle.survey('recipients').id])

  test('is found, and nothing else about the organ or the other one', async () => {
    const { body } = await page(cycle, first)
    const flagged = [...body.matchAll(/id="batch-recipients-2026-([a-z_]+)-([a-z0-9-]+?)-(\d+)"/g)]
    expect(flagged.map(([, test]) => test)).toContain('straight_lining')
    for (const [, , organ, day] of flagged) expect([organ, day]).toEqual([cycle.organs[0], String(stuffedDay)])
    // 25 of the day's 45; of all 225 about the organ 25 are such, hence 45 × 25 / 225 = 5 would be usual.
    expect(body).toContain('45 份评价中有 25 份各题答案全同；按该单位的全部评价推算，约为 5.0 份')
    // (200 × 80 + 25 × 100) / 225 = 82.222…; without them 80.
    expect(body).toContain('82.22')
    expect(body).toContain('80.00')
  })

  test('is computed in a thread of its own as it is here', async () => {
    const { db, url } = app.database
    const source = standingSource({ db, url, token: '' })
    const scope = systemScope(cycle.place.id)
    const found = await source.screening(scope, cycle.cycle.id)
    expect(found).toEqual(await computeScreening(db, scope, cycle.cycle.id))
    // Nothing has been recorded since, so it is kept.
    expect(await source.screening(scope, cycle.cycle.id)).toBe(found)
    await source.stop()
  })

  test('the pages never show single answers, and nobody but the office sees them', async () => {
    expect((await page(cycle, first)).body).not.toContain(JSON.stringify(ratedSlip(() => 5)))
    for (const role of ['auditor', 'organ_officer', 'reviewer'] as const) {
      const cookie = await signInAs(app, cycle, role)
      expect((await page(cycle, cookie)).status, role).toBe(403)
      const fields = { ...fieldsOf((await page(cycle, first)).body, 'propose', holding), reason }
      expect((await post(cycle, cookie, 'propose', fields)).status, role).toBe(403)
    }
    const seen = await page(cycle, analyst)
    expect(seen.status).toBe(200)
    expect(seen.body).not.toContain('/screening/propose')
    const fields = { ...fieldsOf((await page(cycle, first)).body, 'propose', holding), reason }
    expect((await post(cycle, analyst, 'propose', fields)).status).toBe(403)
  })

  test('a proposal needs a reason, and is about what the screening says now', async () => {
    const fields = fieldsOf((await page(cycle, first)).body, 'propose', holding)
    expect(fields).toEqual({
      survey: 'recipients-2026',
      test: 'straight_lining',
      organ: cycle.organs[0],
      day: String(stuffedDay),
      slips: '25',
    })
    for (const short of [
      '',
      '太短',
      '        九个字的申请理由吧   ',
      '\u200b'.repeat(12),
      `九个字的申请理由吧${'\u200b'.repeat(12)}`,
    ]) {
      const refused = await post(cycle, first, 'propose', { ...fields, reason: short })
      expect(refused.status, short).toBe(422)
      expect(refused.body).toContain('理由要写 10 到 500 个字')
      if (short !== '') expect(refused.body).toContain(short.trim())
    }
    for (const changed of [{ slips: '24' }, { day: '20260303' }, { test: 'pace' }, { organ: cycle.organs[1]! }]) {
      const refused = await post(cycle, first, 'propose', { ...fields, ...changed, reason })
      expect(refused.status, JSON.stringify(changed)).toBe(409)
      expect(refused.body).toContain('筛查结果已有变化')
    }
    for (const wrong of [
      { slips: '2.5e1' },
      { slips: ' 25' },
      { slips: '' },
      { day: `+${stuffedDay}` },
      { day: '0x0' },
    ])
      expect((await post(cycle, first, 'propose', { ...fields, ...wrong, reason })).status).toBe(400)
    expect((await post(cycle, first, 'propose', { ...fields, reason, actor: 'another' })).status).toBe(400)
    expect((await page(cycle, first)).body).not.toContain('待批准的隔离申请</h3>')
  })

  test('without the token of the session, or from another page, nothing is proposed or decided', async () => {
    const fields = { ...fieldsOf((await page(cycle, first)).body, 'propose', holding), reason }
    for (const what of ['propose', 'decide']) {
      const send = (more: Record<string, string>, headers: Record<string, string> = {}) =>
        sendForm(app, address(cycle, `/${what}`), Object.entries({ ...fields, ...more }), {
          headers: { cookie: first, ...headers },
        })
      expect((await send({})).status).toBe(403)
      expect((await send({ csrf: 'guessed' })).status).toBe(403)
      expect((await send({}, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    }
    const rows = await look(app, "SELECT id FROM approvals WHERE action = 'slips.quarantine'")
    expect(rows).toEqual([])
  })

  test('proposed, it is returned with a reason or taken back, and may be proposed again', async () => {
    const propose = async () => {
      const fields = fieldsOf((await page(cycle, first)).body, 'propose', holding)
      expect((await post(cycle, first, 'propose', { ...fields, reason })).location).toContain('done=proposed')
      return fieldsOf((await page(cycle, second)).body, 'decide')
    }
    const returned = await propose()
    const short = await post(cycle, second, 'decide', { ...returned, decision: 'return', reason: '不行' })
    expect([short.status, short.body.includes('理由要写 10 到 500 个字')]).toEqual([422, true])
    const why = '请先核对当天窗口的排班记录'
    const done = await post(cycle, second, 'decide', { ...returned, decision: 'return', reason: why })
    expect(done.location).toContain('done=returned')
    const [row] = await look(app, "SELECT reason FROM audit WHERE action = 'approval.reject' ORDER BY seq DESC LIMIT 1")
    expect(row!['reason']).toBe(why)

    const withdrawn = await propose()
    expect((await post(cycle, second, 'decide', { ...withdrawn, decision: 'withdraw' })).status).toBe(400)
    expect((await post(cycle, first, 'decide', { ...withdrawn, decision: 'withdraw' })).location).toContain('withdrawn')
    // What is not waiting any more cannot be decided.
    const late = await post(cycle, second, 'decide', { ...withdrawn, decision: 'approve' })
    expect([late.status, late.body.includes('已有决定，或已过期、撤回')]).toEqual([409, true])
    expect(await decided()).toEqual([])
  })

  test('a proposal runs out after 72 hours', async () => {
    const fields = fieldsOf((await page(cycle, first)).body, 'propose', holding)
    await post(cycle, first, 'propose', { ...fields, reason })
    const waiting = fieldsOf((await page(cycle, first)).body, 'decide')
    // Until then the same cannot be proposed once more, whoever asks.
    const twice = await post(cycle, second, 'propose', { ...fields, reason })
    expect([twice.status, twice.body.includes('<a href="#main">已有人对这个批次提出意见')]).toEqual([409, true])
    app.clock.time += 72 * 3_600_000
    first = await signIn(app, accountOf(cycle, 'office_admin'))
    second = await signInAs(app, cycle, 'office_admin')
    const late = await post(cycle, second, 'decide', { ...waiting, decision: 'approve' })
    expect([late.status, late.body.includes('已有决定，或已过期、撤回')]).toEqual([409, true])
    expect((await page(cycle, second)).body).not.toContain('待批准的隔离申请</h3>')
  })

  test('the second person sees what is proposed; only they can approve it, and the scores follow', async () => {
    expect(await organPage()).toContain('82.22')
    const fields = fieldsOf((await page(cycle, first)).body, 'propose', holding)
    await post(cycle, first, 'propose', { ...fields, reason })
    const [row] = await look(
      app,
      "SELECT payload_hash, id FROM approvals WHERE action = 'slips.quarantine' AND state = 'proposed'",
    )
    const hash = Buffer.from(row!['payload_hash'] as ArrayBuffer).toString('hex')
    const shown = (await page(cycle, second)).body
    for (const said of [reason, hash, '绩效办甲', '25 份', '82.22', '80.00']) expect(shown).toContain(said)
    expect(shown).toContain('已有人对这个批次提出意见')
    const decision = fieldsOf(shown, 'decide')
    expect(decision).toMatchObject({ id: row!['id'], hash })

    // Whoever proposed sees why the button is off, and whoever sends the form all the same is refused.
    expect((await page(cycle, first)).body).toMatch(/不能批准自己提出的申请[\s\S]*value="approve" disabled/)
    const own = await post(cycle, first, 'decide', { ...decision, decision: 'approve' })
    expect([own.status, own.body.includes('不能批准自己提出的申请')]).toEqual([403, true])
    expect((await post(cycle, analyst, 'decide', { ...decision, decision: 'approve' })).status).toBe(403)
    const other = { ...decision, hash: 'f'.repeat(64), decision: 'approve' }
    expect((await post(cycle, second, 'decide', other)).status).toBe(409)
    expect(await decided()).toEqual([])
    expect((await recount()).equal).toBe(true)

    // The same slips stand out by another test as well, and somebody proposes that too.
    const repeated = fieldsOf((await page(cycle, first)).body, 'propose', 'value="duplicates"')
    expect((await post(cycle, first, 'propose', { ...repeated, reason })).status).toBe(303)

    // The office asks a thread, which keeps what it has found until something is taken out.
    const { db, url } = app.database
    const source = standingSource({ db, url, token: '' })
    const kept = async () => (await source.screening(systemScope(cycle.place.id), cycle.cycle.id))[1]!.slips
    expect(await kept()).toBe(425)

    const approved = await post(cycle, second, 'decide', { ...decision, decision: 'approve' })
    expect(await kept()).toBe(400)
    await source.stop()
    expect(approved.location).toContain('done=approved')
    const [record, ...more] = await decided()
    expect(more).toEqual([])
    expect(record).toMatchObject({ test: 'straight_lining', batch: String(stuffedDay), slips: 25, reason })
    expect(record!.proposer).not.toBe(record!.approver)
    // 80 from now on; with everything put back it was 82.22, and both are said.
    const organ = await organPage()
    expect(organ).toContain('80.00')
    expect(organ).toContain('82.22')
    expect(await recount()).toMatchObject({ equal: true, slips: 425 })
    expect((await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).wrong).toBeNull()

    const after = (await page(cycle, second)).body
    expect(after).toContain('得分中有 400 份评价')
    expect(after).not.toContain('id="batch-')
    expect(after).toContain(reason)
    expect(after).toContain('每一条都长期保存，写明理由和申请人、批准人的姓名')
    expect(after).not.toContain('公开记录')
    // What is not flagged any more cannot be approved, and the page says so.
    expect(after).toContain('筛查现在不再提示这个批次')
    const stale = fieldsOf(after, 'decide')
    expect(stale['id']).not.toBe(decision['id'])
    expect(after).not.toContain('value="approve"')
    const refused = await post(cycle, second, 'decide', { ...stale, decision: 'approve' })
    expect([refused.status, refused.body.includes('<a href="#main">筛查现在不再提示这个批次')]).toEqual([409, true])
    expect((await decided()).length).toBe(1)
    // Once more is nothing: the decision is made.
    expect((await post(cycle, second, 'decide', { ...decision, decision: 'approve' })).status).toBe(409)
  })
})

describe('a handful of slips', () => {
  test('is never shown by the difference of two scores', async () => {
    const cycle = await makeStuffedCycle(app, 4)
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { body } = await page(cycle, cookie)
    // 4 of 24 where 4 of 204 are such: flagged. (200 × 80 + 4 × 100) / 204 = 80.39.
    expect(body).toContain('24 份评价中有 4 份各题答案全同')
    expect(body).toContain('少于 5 份')
    expect(body).not.toContain('80.39')
    expect(body).not.toContain('80.00')

    // Nor by taking it out, whether it is asked by the page or past it.
    expect(body).toContain('少于 5 份，不能隔离：取出会暴露这些答卷怎么答的')
    expect(body).not.toContain('value="quarantine"')
    const { sid, id: survey } = cycle.survey('recipients')
    const [organ, day, test] = [cycle.organs[0]!, String(stuffedDay), 'straight_lining']
    const reason = '四份评价全部最高，疑似代填'
    const asked = await post(cycle, cookie, 'propose', { survey: sid, test, organ, day, slips: '4', reason })
    expect([asked.status, asked.body.includes('<a href="#main">少于 5 份，不能隔离')]).toEqual([409, true])
    const suspicion: Suspicion = {
      survey,
      organ: cycle.place.organIds.get(organ)!,
      day: stuffedDay,
      answers: [JSON.stringify(ratedSlip(() => 5))],
      test: 'straight_lining',
      p: 1e-5,
      adjustedP: 1e-4,
      slips: 4,
      reason,
    }
    const payloadHash = sha256(canonicalSuspicion(suspicion))
    const proposal = { id: 'past-the-page', suspicion, payloadHash, now: app.clock.time }
    expect((await proposeQuarantine(app.world.writer, cycle.place.proposer, proposal)).ok).toBe(true)
    const approver = await signInAs(app, cycle, 'office_admin')
    const waiting = (await page(cycle, approver)).body
    expect(waiting).not.toContain('value="approve"')
    const decision = { ...fieldsOf(waiting, 'decide'), decision: 'approve' }
    const approved = await post(cycle, approver, 'decide', decision)
    expect([approved.status, approved.body.includes('<a href="#main">少于 5 份，不能隔离')]).toEqual([409, true])
    expect(await readQuarantines(app.world.db, systemScope(cycle.place.id), [survey])).toEqual([])
  }, 60_000)
})

describe('two batches of an agency and day that overlap', () => {
  test('are never both shown with two scores, whose difference would tell the slips between them', async () => {
    // Ten top marks and two lowest marks: twelve straight lines, ten repeated answers.
    const cycle = await makeStuffedCycle(app, 10, { lowest: 2 })
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { body } = await page(cycle, cookie)
    expect(body).toContain('32 份评价中有 12 份各题答案全同')
    expect(body).toContain('32 份评价中有 10 份答案完全一样')
    // (200 × 80 + 10 × 100 + 2 × 0) / 212 = 80.19; without the twelve 80, without the ten (200 × 80) / 202 = 79.21.
    expect(body).toContain('80.19')
    expect(body).toContain('80.00')
    expect(body).not.toContain('79.21')
    expect(body).toContain('两个得分只显示在其中一个')

    // What waits for a second person is what they need to see.
    const fields = fieldsOf(body, 'propose', 'value="duplicates"')
    await post(cycle, cookie, 'propose', { ...fields, reason: '十份评价答案完全一样，疑似代填' })
    const waiting = (await page(cycle, cookie)).body
    expect(waiting).toContain('79.21')
    expect(waiting).not.toContain('80.00')
  }, 60_000)
})
