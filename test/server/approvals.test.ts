import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { saveReviews } from '../../db/reviews.ts'
import { momentText } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, hexOf, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { sendForm, sha256, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const day = 24 * 3_600_000
const why = '问卷发现严重错误，须立即停止收集'
const listOf = ({ jid }: TestCycle) => `/office/${jid}/approvals`
const surveyOf = ({ jid }: TestCycle, sid: string) => `/office/${jid}/2026/surveys/${sid}`
const statesOf = async ({ place, cycle }: TestCycle) => {
  const surveys = await readDeskSurveys(app.world.db, systemScope(place.id), cycle.id)
  return new Map(surveys.map(({ sid, state }) => [sid, state]))
}

interface Office {
  cycle: TestCycle
  cookie: string
  first: Desk
  second: Desk
}
async function officeOf(cycle: TestCycle): Promise<Office> {
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  return { cycle, cookie, first: deskOf(app, cookie), second: deskOf(app, await signInAs(app, cycle, 'office_admin')) }
}
/** The hidden fields of the decision that waits about something. */
const waitingOf = async (desk: Desk, cycle: TestCycle, holding = '') =>
  hiddenOf((await desk.page(listOf(cycle))).body, `${listOf(cycle)}/decide`, holding)

describe('a proposal to close early', () => {
  let office: Office
  let sid: string
  beforeAll(async () => {
    office = await officeOf(await createTestCycle(app, { organs: 2 }))
    sid = office.cycle.survey('public').sid
  }, 60_000)
  afterEach(async () => {
    // What a test has left waiting is taken back; each session may be over by now.
    const { cycle } = office
    office = await officeOf(cycle)
    const left = await waitingOf(office.first, cycle)
    if (left['id']) await office.first.post(`${listOf(cycle)}/decide`, { ...left, decision: 'withdraw' })
  })
  const propose = async (reason = why) => {
    const proposed = await office.first.post(`${surveyOf(office.cycle, sid)}/act`, { act: 'propose_close', reason })
    expect(proposed.location).toContain('done=propose_close')
    return waitingOf(office.second, office.cycle)
  }
  const decide = (desk: Desk, fields: Record<string, string>) => desk.post(`${listOf(office.cycle)}/decide`, fields)

  test('is refused with a reason that leads ratings, since everybody will read it', async () => {
    const reason = '请大家给好评，所以提前结束收集'
    const refused = await office.first.post(`${surveyOf(office.cycle, sid)}/act`, { act: 'propose_close', reason })
    expect([refused.status, refused.body.includes('理由会公开'), refused.body.includes(reason)]).toEqual([
      422,
      true,
      true,
    ])
  })

  test('can be approved by nobody but another administrator, whatever form is sent', async () => {
    const { cycle, first, cookie } = office
    const fields = await propose()
    expect((await first.page(listOf(cycle))).body).toMatch(/不能批准自己提出的申请[\s\S]*value="approve" disabled/)
    const own = await decide(first, { ...fields, decision: 'approve' })
    expect([own.status, own.body.includes('不能批准自己提出的申请')]).toEqual([403, true])
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    const seen = await analyst.page(listOf(cycle))
    expect([seen.status, seen.body.includes(why), seen.body.includes('/approvals/decide')]).toEqual([200, true, false])
    expect((await decide(analyst, { ...fields, decision: 'approve' })).status).toBe(403)
    for (const role of ['auditor', 'organ_officer', 'reviewer'] as const)
      expect((await deskOf(app, await signInAs(app, cycle, role)).page(listOf(cycle))).status, role).toBe(403)
    const withoutToken = await sendForm(
      app,
      `${listOf(cycle)}/decide`,
      Object.entries({ ...fields, decision: 'approve' }),
      {
        headers: { cookie },
      },
    )
    expect(withoutToken.status).toBe(403)
    expect((await statesOf(cycle)).get(sid)).toBe('open')
  })

  test('is about the payload that was shown: another hash is refused', async () => {
    const fields = await propose()
    const other = await decide(office.second, { ...fields, hash: 'f'.repeat(64), decision: 'approve' })
    expect([other.status, other.body.includes('内容已变化，请重新提出')]).toEqual([409, true])
    for (const wrong of [{ decision: 'withdraw' }, { decision: 'maybe' }, { decision: 'approve', more: '1' }])
      expect((await decide(office.second, { ...fields, ...wrong })).status, JSON.stringify(wrong)).toBe(400)
    expect((await statesOf(office.cycle)).get(sid)).toBe('open')
  })

  test('is returned with a reason that its proposer can read, or withdrawn, and may be made again', async () => {
    const { cycle, first, second } = office
    const fields = await propose()
    const short = await decide(second, { ...fields, decision: 'return', reason: '不行' })
    expect([short.status, short.body.includes('理由要写 10 到 500 个字'), short.body.includes('不行')]).toEqual([
      422,
      true,
      true,
    ])
    const back = '请先通知各单位再提出这项申请'
    expect((await decide(second, { ...fields, decision: 'return', reason: back })).location).toContain('done=returned')
    expect((await first.page(listOf(cycle))).body).toContain(back)
    const again = await propose()
    expect((await decide(first, { ...again, decision: 'return', reason: back })).status).toBe(400)
    expect((await decide(first, { ...again, decision: 'withdraw' })).location).toContain('done=withdrawn')
    const late = await decide(second, { ...again, decision: 'approve' })
    expect([late.status, late.body.includes('已有决定')]).toEqual([409, true])
    const { body } = await first.page(listOf(cycle))
    for (const outcome of ['已退回', '已撤回']) expect(body).toContain(outcome)
  })

  test('runs out after 72 hours', async () => {
    const { cycle } = office
    const fields = await propose()
    app.clock.time += 3 * day
    office = await officeOf(cycle)
    const late = await decide(office.second, { ...fields, decision: 'approve' })
    expect([late.status, late.body.includes('已过期')]).toEqual([409, true])
    expect((await office.first.page(listOf(cycle))).body).not.toContain('value="approve"')
  })

  test('is counted beside the entry of the menu, on every page of the cycle', async () => {
    const { cycle, second } = office
    const entry = async (path: string) =>
      /<a[^>]*\/approvals[^>]*>待批准(?:<span[^>]*>(\d+)<\/span>)?<\/a>/.exec((await second.page(path)).body)
    const pages = [`/office/${cycle.jid}/2026`, surveyOf(cycle, sid), listOf(cycle)]
    for (const path of pages) expect((await entry(path))![1], path).toBeUndefined()
    await propose()
    for (const path of pages) expect((await entry(path))![1], path).toBe('1')
  })

  test('shows the second person what changes, the hash, the proposer and the reason; one press closes the survey', async () => {
    const { cycle, second } = office
    const fields = await propose()
    const [row] = await look(
      app,
      `SELECT id, payload_hash FROM approvals WHERE action = 'survey.close' ORDER BY proposed_at DESC, rowid DESC LIMIT 1`,
    )
    expect(fields).toEqual({ id: row!['id'], hash: hexOf(row!['payload_hash']) })
    const { body } = await second.page(listOf(cycle))
    for (const said of [`提前截止：群众（${sid}）`, why, '绩效办甲', fields['hash']!, '收集中', '已截止', '批准之时'])
      expect(body, said).toContain(said)
    // The hash is that of the stored text, which says the same.
    const [stored] = await look(app, 'SELECT body FROM proposal WHERE approval = ?', [fields['id']!])
    expect(sha256(String(stored!['body'])).toString('hex')).toBe(fields['hash'])
    expect(JSON.parse(String(stored!['body']))).toEqual({
      v: 1,
      action: 'survey.close',
      survey: `${cycle.jid}/${sid}`,
      closes: cycle.closesAt,
      reason: why,
    })
    const approved = await decide(second, { ...fields, decision: 'approve' })
    expect(approved.location).toContain('done=approved')
    expect((await statesOf(cycle)).get(sid)).toBe('closed')
    // Nothing else was closed with it, and the whole is on record.
    expect([...(await statesOf(cycle)).values()].filter((state) => state === 'open')).toHaveLength(3)
    expect((await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).wrong).toBeNull()
    const after = (await second.page(listOf(cycle))).body
    expect(after).toContain('没有等待批准的申请')
    expect(after).toMatch(/绩效办甲、person \d+/)
  })

  test('from then on every page says when it really closed, and everybody is told until when it should have been open and why', async () => {
    const { cycle, second } = office
    const [now, planned] = [momentText(app.clock.time, 'zh-CN'), momentText(cycle.closesAt, 'zh-CN')]
    expect(now).not.toBe(planned)
    const start = async (survey: string, locale: string) =>
      (await app.request(`/s/${cycle.jid}/${survey}?lang=${locale}`)).text()
    const open = cycle.survey('recipients').sid
    // Control: the one beside it still closes as planned.
    expect(await start(open, 'zh-CN')).toContain(planned)
    const closed = await start(sid, 'zh-CN')
    expect(closed).toContain(`已于 ${now} 截止`)
    expect(await start(sid, 'en')).toContain(`It closed on ${momentText(app.clock.time, 'en')}.`)
    const own = (await second.page(surveyOf(cycle, sid))).body
    expect(own).toMatch(new RegExp(`<dt>已截止</dt><dd>${now}</dd>`))
    expect(own).not.toContain(planned)
    const told = `原定 ${planned} 截止，已提前结束。理由：${why}`
    const first = await (await app.request('/?lang=zh-CN')).text()
    for (const page of [closed, first]) expect(page).toContain(told)
    // Control: the one beside it says nothing of the kind.
    expect(await start(open, 'zh-CN')).not.toContain('提前结束')
  })

  test('cannot be approved once the survey has closed by itself', async () => {
    const { cycle } = office
    sid = cycle.survey('recipients').sid
    // Its hour comes while the request waits.
    app.clock.time = cycle.closesAt + 15 * 60_000 - day
    office = await officeOf(cycle)
    const fields = await propose()
    app.clock.time += day
    office = await officeOf(cycle)
    await moveDueSurveys(app.world)
    expect((await statesOf(cycle)).get(sid)).toBe('closed')
    expect((await office.second.page(listOf(cycle))).body).toContain('内容已变化，请重新提出')
    const late = await decide(office.second, { ...fields, decision: 'approve' })
    expect([late.status, late.body.includes('内容已变化，请重新提出')]).toEqual([409, true])
    // What cannot be approved can still be returned.
    const returned = await decide(office.second, {
      ...fields,
      decision: 'return',
      reason: '测评已经按时截止，不用再办',
    })
    expect(returned.location).toContain('done=returned')
  })
})

describe('a proposal to open', () => {
  test('shows the manifest word for word with its fingerprint, and opens the survey at its hour', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready' })
    const office = await officeOf(cycle)
    const { sid, id } = cycle.survey('recipients')
    const act = (name: string) => office.first.post(`${surveyOf(cycle, sid)}/act`, { act: name })
    // It was agreed to already; back in preparation that agreement is void.
    for (const name of ['back_to_draft', 'make_ready', 'propose_open'])
      expect((await act(name)).location, name).toContain(`done=${name}`)
    const [row] = await look(app, 'SELECT manifest, manifest_hash FROM survey WHERE jurisdiction_id = ? AND id = ?', [
      cycle.place.id,
      id,
    ])
    const hash = hexOf(row!['manifest_hash'])
    const fields = await waitingOf(office.second, cycle)
    expect(fields['hash']).toBe(hash)
    const { body } = await office.second.page(listOf(cycle))
    // By hand: the first 32 digits in eights of four.
    const print = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => hash.slice(at, at + 4)).join(' ')
    for (const said of [`开启测评：服务对象（${sid}）`, print, '待开启', '另有 15 分钟宽限', '200'])
      expect(body, said).toContain(said)
    const text = String(row!['manifest'])
    expect(body).toContain(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'))
    expect((await office.second.page(listOf(cycle), 'en')).body).toContain('Open the survey: Service recipients')

    await moveDueSurveys(app.world)
    app.clock.time = cycle.opensAt
    await moveDueSurveys(app.world)
    // Without the second yes its hour changes nothing. The others of this cycle had been agreed to.
    expect((await statesOf(cycle)).get(sid)).toBe('ready')
    expect((await statesOf(cycle)).get(cycle.survey('public').sid)).toBe('open')
    const again = await officeOf(cycle)
    expect((await again.second.post(`${listOf(cycle)}/decide`, { ...fields, decision: 'approve' })).location).toContain(
      'done=approved',
    )
    await moveDueSurveys(app.world)
    expect((await statesOf(cycle)).get(sid)).toBe('open')
  })

  test('is void when the survey goes back to preparation', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready' })
    const office = await officeOf(cycle)
    const { sid } = cycle.survey('recipients')
    const act = (name: string) => office.first.post(`${surveyOf(cycle, sid)}/act`, { act: name })
    for (const name of ['back_to_draft', 'make_ready', 'propose_open']) await act(name)
    const fields = await waitingOf(office.second, cycle)
    expect(fields['id']).toBeTruthy()
    await act('back_to_draft')
    const late = await office.second.post(`${listOf(cycle)}/decide`, { ...fields, decision: 'approve' })
    expect([late.status, late.body.includes('已有决定')]).toEqual([409, true])
  })
})

describe('a proposal to publish', () => {
  const proposeFor = async (cycle: TestCycle) => {
    await cycle.close()
    const office = await officeOf(cycle)
    const { sid } = cycle.survey('leaders')
    const proposed = await office.first.post(`${surveyOf(cycle, sid)}/act`, { act: 'propose_publish' })
    expect(proposed.location).toContain('done=propose_publish')
    return { office, fields: await waitingOf(office.second, cycle) }
  }

  test('publishes all surveys of the cycle and the cycle itself, with the files whose hash was agreed to', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    const { office, fields } = await proposeFor(cycle)
    const [stored] = await look(app, 'SELECT body FROM proposal WHERE approval = ?', [fields['id']!])
    const payload = JSON.parse(String(stored!['body']))
    expect(payload).toEqual({
      v: 1,
      action: 'result.publish',
      cycle: '2026',
      bundle: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    const { body } = await office.second.page(listOf(cycle))
    for (const said of [
      '公示结果：2026年度',
      '已公示',
      `领导（${cycle.survey('leaders').sid}）`,
      payload.bundle.slice(0, 4),
    ])
      expect(body, said).toContain(said)
    const published = () => look(app, 'SELECT hash FROM publication WHERE jurisdiction_id = ?', [cycle.place.id])
    expect(await published()).toEqual([])
    const approved = await office.second.post(`${listOf(cycle)}/decide`, { ...fields, decision: 'approve' })
    expect(approved.location).toContain('done=approved')
    expect(new Set((await statesOf(cycle)).values())).toEqual(new Set(['published']))
    const [publication] = await published()
    expect(hexOf(publication!['hash'])).toBe(payload.bundle)
    const results = await (await app.request(`/results/${cycle.jid}/2026`)).text()
    expect(results).toContain('<table')
  })

  test('is refused when a score has changed since: other files than were agreed to', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    const { office, fields } = await proposeFor(cycle)
    const review = {
      organ: cycle.place.organIds.get(cycle.organs[0]!)!,
      indicator: 'management.lawful.rules',
      lead: '法制办',
      score: '92.5',
      deduction: '7.5',
      reason: '超期',
    }
    const { plan, id } = cycle.cycle
    const saved = await saveReviews(app.world.writer, systemScope(cycle.place.id), {
      cycle: id,
      plan,
      reviews: [review],
      now: app.clock.time,
    })
    expect(saved.ok).toBe(true)
    const late = await office.second.post(`${listOf(cycle)}/decide`, { ...fields, decision: 'approve' })
    expect([late.status, late.body.includes('内容已变化，请重新提出')]).toEqual([409, true])
    expect(new Set((await statesOf(cycle)).values())).toEqual(new Set(['closed']))
    const [row] = await look(app, 'SELECT count(*) AS n FROM publication WHERE jurisdiction_id = ?', [cycle.place.id])
    expect(row!['n']).toBe(0)
  })
})

describe('the page of the approvals', () => {
  test('shows a jurisdiction its own decisions only, and lets nobody from elsewhere decide them', async () => {
    const [cycle, other] = [await createTestCycle(app, { organs: 2 }), await createTestCycle(app, { organs: 2 })]
    const [office, foreign] = [await officeOf(cycle), await officeOf(other)]
    const { sid } = cycle.survey('public')
    await office.first.post(`${surveyOf(cycle, sid)}/act`, { act: 'propose_close', reason: why })
    const fields = await waitingOf(office.second, cycle)
    expect((await foreign.first.page(listOf(other))).body).not.toContain(why)
    expect((await foreign.first.post(`${listOf(other)}/decide`, { ...fields, decision: 'approve' })).status).toBe(409)
    expect((await foreign.first.page(listOf(cycle))).status).toBe(404)
    expect((await foreign.first.post(`${listOf(cycle)}/decide`, { ...fields, decision: 'approve' })).status).toBe(404)
    expect((await statesOf(cycle)).get(sid)).toBe('open')
  })
})
