import { createECDH } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBoxKey } from '../../db/box-keys.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { systemScope } from '../../server/guard.ts'
import { createBoxes } from '../../server/node/boxes.ts'
import { readSurveyFacts } from '../../server/ready.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { base64url } from '../../surveys/canonical.ts'
import { readManifest } from '../../surveys/manifest.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { putDirectly } from '../support/box.ts'
import { accountOf, createTestCycle, disable, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { rehearse } from '../support/rehearsal.ts'
import { sha256, signIn } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
  // Where the office runs, boxes are opened.
  Object.assign(app.world, { boxes: createBoxes(() => app.world) })
})
afterAll(() => app.close())

const listOf = ({ jid }: TestCycle) => `/office/${jid}/2026/surveys`
const scopeOf = ({ place }: TestCycle) => systemScope(place.id)
const stateOf = async (cycle: TestCycle, sid: string) =>
  (await readDeskSurveys(app.world.db, scopeOf(cycle), cycle.cycle.id)).find((survey) => survey.sid === sid)!.state
const admin = async (cycle: TestCycle) => deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))

/** Each button of a survey's page with what stands in its way, by its words. */
function buttonsOf(body: string): Record<string, string> {
  const list = /<ul class="acts">([\s\S]*?)<\/ul>/.exec(body)?.[1] ?? ''
  const entries = list.split('<li>').slice(1)
  return Object.fromEntries(
    entries.map((html) => {
      const label = /class="btn btn-2"[^>]*>([^<]*)</.exec(html)![1]!
      const described = /disabled aria-describedby="([^"]+)"/.exec(html)?.[1]
      const why = described && new RegExp(`id="${described}">([^<]*)<`).exec(html)?.[1]
      return [label, why ?? '']
    }),
  )
}

/** A point of P-256 in base64url, as a browser exports it. */
function newPoint(): string {
  return base64url(new Uint8Array(createECDH('prime256v1').generateKeys()))
}

describe('the list of surveys', () => {
  let cycle: TestCycle
  beforeAll(async () => {
    cycle = await createTestCycle(app, { organs: 2 })
  }, 60_000)

  test('says of each where it stands, how it is answered, from when to when and how many took part', async () => {
    const { body } = await (await admin(cycle)).page(listOf(cycle))
    for (const said of ['领导', '服务对象', '群众', '开放渠道', '收集中', '即时', '不限']) expect(body).toContain(said)
    for (const group of ['leaders', 'recipients', 'public', 'open'] as const)
      expect(body).toContain(`${listOf(cycle)}/${cycle.survey(group).sid}`)
    // 12 leaders, 200 receipts, 400 citizens; nobody has answered.
    for (const n of ['12', '200', '400']) expect(body).toContain(`>${n}</td>`)
  })

  test('is for the office, whose analyst finds no button on it', async () => {
    const sid = cycle.survey('public').sid
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    const seen = await analyst.page(`${listOf(cycle)}/${sid}`)
    expect([seen.status, seen.body.includes('基本情况'), seen.body.includes('办理</h2>')]).toEqual([200, true, false])
    expect((await analyst.post(`${listOf(cycle)}/${sid}/act`, { act: 'propose_close' })).status).toBe(403)
    for (const role of ['auditor', 'organ_officer', 'reviewer'] as const) {
      const desk = deskOf(app, await signInAs(app, cycle, role))
      for (const path of ['', `/${sid}`, `/${sid}/key`, `/${sid}/box`, `/${sid}/box/progress`])
        expect((await desk.page(listOf(cycle) + path)).status, role + path).toBe(403)
    }
  })

  test('knows no survey of another place', async () => {
    const desk = await admin(cycle)
    for (const path of ['/nowhere', '/nowhere/key', '/nowhere/box'])
      expect((await desk.page(listOf(cycle) + path)).status, path).toBe(404)
    expect((await desk.post(`${listOf(cycle)}/nowhere/act`, { act: 'make_ready' })).status).toBe(404)
    expect((await desk.post(`${listOf(cycle)}/${cycle.survey('public').sid}/act`, { act: 'explode' })).status).toBe(400)
  })
})

describe('a survey that is answered live', () => {
  test('shows what its state allows, and why not the rest', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready' })
    const { sid } = cycle.survey('public')
    const path = `${listOf(cycle)}/${sid}`
    const desk = await admin(cycle)
    const act = (name: string, more: Record<string, string> = {}) => desk.post(`${path}/act`, { act: name, ...more })
    const buttons = async () => buttonsOf((await desk.page(path)).body)
    // Its opening was agreed to when it was made.
    expect(await buttons()).toEqual({
      填写审计方公钥: '只有筹备中的测评可以。',
      参与情况抽查: '没有审计方的公钥，不做抽查。',
      生成开始清单: '只有筹备中的测评可以。',
      退回筹备: '',
      申请开启: '已经批准，到开启时间自动开启。',
      申请提前截止: '只有收集中的测评可以。',
      ...{ 更改: '只有收集中的测评可以。', 暂停收集: '只有收集中的测评可以。' },
      ...{ 预览: '', 在其他网站显示: '' },
      申请公示结果: '本周期还有测评没有截止或没有开箱。',
    })
    // What has no button is refused as well, whatever is sent.
    for (const name of ['make_ready', 'propose_open', 'propose_close', 'propose_publish']) {
      const refused = await act(name, { reason: '一个足够长的理由，十个字以上' })
      expect([refused.status, refused.body.includes('情况已有变化')], name).toEqual([409, true])
    }
    expect((await act('back_to_draft')).location).toContain('done=back_to_draft')
    expect(await buttons()).toMatchObject({ 生成开始清单: '', 退回筹备: '只有待开启的测评可以。' })
    expect((await act('make_ready')).location).toContain('done=make_ready')
    expect(await buttons()).toMatchObject({ 申请开启: '' })
    expect((await act('propose_open')).location).toContain('done=propose_open')
    expect(await buttons()).toMatchObject({ 申请开启: '已经提出，等待另一名管理员批准。' })
  })

  test('has no box: neither a key nor an opening', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready' })
    const { sid, id } = cycle.survey('public')
    const path = `${listOf(cycle)}/${sid}`
    const desk = await admin(cycle)
    expect((await desk.page(`${path}/key`)).body).toContain('即时收集，没有票箱，也没有钥匙')
    expect((await desk.page(`${path}/box`)).body).toContain('即时收集，没有票箱')
    await desk.post(`${path}/act`, { act: 'back_to_draft' })
    const key = { holding: 'trustees', pk: newPoint(), shares: '3', threshold: '2' }
    expect((await desk.post(`${path}/key`, key)).status).toBe(409)
    expect(await readBoxKey(app.world.db, scopeOf(cycle), id)).toBeNull()
  })

  test('an early close needs a reason', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    const path = `${listOf(cycle)}/${cycle.survey('public').sid}/act`
    const desk = await admin(cycle)
    for (const reason of ['', '太短', '九个字的申请理由吧', '看得见的字太少\u200b\u200b\u200b\u200b']) {
      const refused = await desk.post(path, { act: 'propose_close', reason })
      expect([refused.status, refused.body.includes('理由要写 10 到 500 个字')], reason).toEqual([422, true])
    }
    const [row] = await look(
      app,
      `SELECT count(*) AS n FROM approvals WHERE action = 'survey.close' AND jurisdiction_id = ?`,
      [cycle.place.id],
    )
    expect(row!['n']).toBe(0)
  })
})

describe('the check list', () => {
  test('says in both languages what is missing, and nothing becomes ready before it is there', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan() })
    const { sid, id } = cycle.survey('leaders')
    const path = `${listOf(cycle)}/${sid}`
    const desk = await admin(cycle)
    await desk.post(`${path}/act`, { act: 'back_to_draft' })
    expect((await desk.page(path)).body).toContain('全部就绪')
    const key = { holding: 'trustees', pk: newPoint(), shares: '3', threshold: '2' }
    expect((await desk.post(`${path}/key`, key)).location).toContain('done=key_saved')
    await disable(app, accountOf(cycle, 'office_admin').email)
    const second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    await signInAs(app, cycle, 'office_admin')
    expect((await second.page(path)).body).toContain('还有 1 项没有就绪')
    expect((await second.page(path)).body).toContain('还没有演练过开箱。')
    expect((await second.page(path, 'en')).body).toContain('The opening was not rehearsed yet.')
    expect(buttonsOf((await second.page(path)).body)).toMatchObject({ 生成开始清单: '请先补齐上面列出的内容。' })
    expect((await second.post(`${path}/act`, { act: 'make_ready' })).status).toBe(409)
    expect(await stateOf(cycle, sid)).toBe('draft')
    expect((await readSurveyFacts(app.world, scopeOf(cycle), id))!.missing).toEqual(['box_rehearsal'])
  })
})

describe('a sealed survey', () => {
  let cycle: TestCycle
  let desk: Desk
  let path: string
  let sid: string
  let survey: number
  beforeAll(async () => {
    cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan() })
    desk = await admin(cycle)
    ;({ sid, id: survey } = cycle.survey('leaders'))
    path = `${listOf(cycle)}/${sid}`
    await desk.post(`${path}/act`, { act: 'back_to_draft' })
  }, 60_000)
  const act = (name: string) => desk.post(`${path}/act`, { act: name })
  const keyOf = () => readBoxKey(app.world.db, scopeOf(cycle), survey)
  const trustees = (changes: Record<string, string> = {}) =>
    desk.post(`${path}/key`, { holding: 'trustees', pk: newPoint(), shares: '3', threshold: '2', ...changes })

  test('takes of a ceremony the public part and the two numbers, and nothing else', async () => {
    const pk = newPoint()
    expect((await trustees({ pk })).location).toContain('done=key_saved')
    expect(await keyOf()).toMatchObject({ holding: 'trustees', threshold: 2, shares: 3, rehearsedAt: null })
    expect(base64url((await keyOf())!.pk)).toBe(pk)
    for (const wrong of [
      { pk: '' },
      { pk: pk.slice(0, -1) },
      { pk: `${pk.slice(0, -1)}*` },
      { threshold: '1' },
      { threshold: '4' },
      { shares: '9' },
      { shares: '3.0' },
      { holding: 'nobody' },
      // Whoever sends a share along is refused rather than ignored.
      { share: 'GPS1-x-1-0' },
    ])
      expect((await trustees({ pk: newPoint(), ...wrong })).status, JSON.stringify(wrong)).toBe(400)
    expect(base64url((await keyOf())!.pk)).toBe(pk)
  })

  test('shows the fingerprint that the trustees compare: half of the SHA-256 of the public part', async () => {
    const hash = sha256((await keyOf())!.pk).toString('hex')
    const print = hash.slice(0, 32).match(/.{4}/g)!.join(' ')
    for (const where of [path, `${path}/key`]) expect((await desk.page(where)).body, where).toContain(print)
    expect((await desk.page(`${path}/key`)).body).toContain('3 位保管人各持一份，凑够 2 份可以开箱。')
  })

  test('names its key in the manifest, and keeps it while that stands', async () => {
    const key = createECDH('prime256v1')
    await trustees({ pk: base64url(new Uint8Array(key.generateKeys())) })
    const second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await rehearse(second, `${path}/key`, key)).location).toContain('done=key_rehearsed')
    expect((await act('make_ready')).location).toContain('done=make_ready')
    const [row] = await look(app, 'SELECT manifest FROM survey WHERE jurisdiction_id = ? AND id = ?', [
      cycle.place.id,
      survey,
    ])
    const manifest = readManifest(String(row!['manifest']))
    if (!manifest.ok) throw new Error('the manifest should be readable')
    expect(manifest.value).toMatchObject({
      mode: 'sealed',
      box_key: 'trustees',
      trustees: { k: 2, n: 3 },
      box_pk: base64url((await keyOf())!.pk),
    })
    const before = (await keyOf())!.pk
    const refused = await trustees()
    expect([refused.status, refused.body.includes('测评不在筹备中')]).toEqual([409, true])
    expect((await keyOf())!.pk).toEqual(before)
    const { body } = await desk.page(`${path}/key`)
    expect(body).not.toContain('data-box="ceremony"')
    expect((await second.page(`${path}/key`)).body).toContain('data-box="rehearsal"')
    // Back in preparation the key can be replaced, and has to be rehearsed anew.
    await act('back_to_draft')
    await trustees()
    expect((await keyOf())!.rehearsedAt).toBeNull()
  })

  test('can leave its key to the key store, as a file', async () => {
    expect((await desk.post(`${path}/key`, { holding: 'file' })).location).toContain('done=key_saved')
    const key = (await keyOf())!
    expect(key).toMatchObject({ holding: 'file', threshold: 1, shares: 1 })
    const scalar = await app.world.keys.boxKeyFile(`${cycle.jid}/${sid}`)
    // The public part belongs to the file, by Node's own arithmetic.
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(scalar!)
    expect(new Uint8Array(ecdh.getPublicKey())).toEqual(key.pk)
    const { body } = await desk.page(`${path}/key`)
    expect(body).toContain('钥匙由系统保管为文件')
    expect(body).not.toContain('data-box="rehearsal"')
    expect(await act('make_ready')).toMatchObject({ location: expect.stringContaining('done=make_ready') })
  })

  test('tells whoever has no script what to do instead', async () => {
    await act('back_to_draft')
    const { body } = await desk.page(`${path}/key`)
    expect(body).toMatch(/<p class="note[^"]*" data-without="ceremony">生成和分开钥匙须在浏览器里运行脚本/)
    expect(body).toMatch(/data-box="ceremony"[^>]* hidden/)
    expect(body).toContain('生成钥匙文件')
  })
})

/** Asks how far an opening is, as the page does, until it is over. */
async function untilOver(desk: Desk, path: string) {
  for (;;) {
    const { state, progress } = JSON.parse((await desk.page(`${path}/box/progress`)).body)
    if (progress?.step === 'done' || progress?.step === 'failed') return { state, progress }
  }
}

describe('the page on which a box is opened', () => {
  test('says before the close when it can be, and has no form for it', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan() })
    const { sid } = cycle.survey('leaders')
    const desk = await admin(cycle)
    const { body } = await desk.page(`${listOf(cycle)}/${sid}/box`)
    expect(body).toContain('收集期间不能开箱')
    expect(body).not.toContain('data-box="opening"')
    expect((await desk.page(`${listOf(cycle)}/${sid}/box`, 'en')).body).toContain('No opening and no scores')
  })

  test('asks after the close for as many shares as open it, takes the key they make and no other, and shows what was counted', async () => {
    const cycle = await createTestCycle(app, { organs: 2, state: 'ready', plan: sealedPlan(), leaders: 12 })
    const { sid } = cycle.survey('leaders')
    const path = `${listOf(cycle)}/${sid}`
    const key = createECDH('prime256v1')
    const pk = base64url(new Uint8Array(key.generateKeys()))
    let desk = await admin(cycle)
    const act = (name: string) => desk.post(`${path}/act`, { act: name })
    await act('back_to_draft')
    await desk.post(`${path}/key`, { holding: 'trustees', pk, shares: '5', threshold: '3' })
    const second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await rehearse(second, `${path}/key`, key)).location).toContain('done=key_rehearsed')
    await act('make_ready')
    await act('propose_open')
    const approvals = `/office/${cycle.jid}/approvals`
    const waiting = hiddenOf((await second.page(approvals)).body, `${approvals}/decide`)
    await second.post(`${approvals}/decide`, { ...waiting, decision: 'approve' })
    app.clock.time = cycle.opensAt
    await moveDueSurveys(app.world)
    const [organ] = cycle.organs
    for (let n = 0; n < 11; n++)
      await putDirectly(app, cycle, 'leaders', n, { slips: [slip(organ!, [5, 4, 4, 4, 4, 4, 4, 0])] })
    await putDirectly(app, cycle, 'leaders', 11, { slips: [slip(organ!, [99])] })
    app.clock.time = cycle.closesAt + 15 * 60_000
    await moveDueSurveys(app.world)
    desk = await admin(cycle)
    const { body } = await desk.page(`${path}/box`)
    const form = /<form[^>]*data-box="opening"[\s\S]*?<\/form>/.exec(body)![0]
    expect(form.match(/<textarea/g)).toHaveLength(3)
    expect(form).not.toMatch(/<textarea[^>]* name=/)
    expect(form).toContain(`data-pk="${pk}"`)
    const open = (fields: Record<string, string>) =>
      desk.post(`${path}/box/open`, fields, { accept: 'application/json' })
    for (const wrong of ['', 'AAAA', base64url(new Uint8Array(31)), base64url(new Uint8Array(33))])
      expect((await open({ key: wrong })).status, wrong).toBe(400)
    // No key at all, another key, and what is no key: the box stays closed.
    expect(await open({})).toMatchObject({ status: 422, body: '{"code":"wrong_key"}' })
    for (const filling of [7, 0, 255])
      expect(await open({ key: base64url(new Uint8Array(32).fill(filling)) })).toMatchObject({
        status: 422,
        body: '{"code":"wrong_key"}',
      })
    expect(await stateOf(cycle, sid)).toBe('closed')
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    // Node leaves out zeros in front.
    const scalar = base64url(new Uint8Array(Buffer.concat([Buffer.alloc(32), key.getPrivateKey()]).subarray(-32)))
    expect((await analyst.post(`${path}/box/open`, { key: scalar })).status).toBe(403)

    expect(await open({ key: scalar })).toMatchObject({ status: 202, body: '{"code":"begun"}' })
    const last = await untilOver(desk, path)
    expect(last).toMatchObject({ state: 'opened', progress: { step: 'done', total: 12, valid: 11, invalid: 1 } })
    expect(await open({ key: scalar })).toMatchObject({ status: 409, body: '{"code":"not_closed"}' })

    const after = (await desk.page(`${path}/box`)).body
    expect(after).toContain('发出凭证 12 ≥ 投入 12 = 有效 11 + 无效 1 + 撤回 0。')
    for (const said of ['保存钥匙的公开部分', '演练开箱', '票箱固定，开始开箱', '钥匙销毁', '绩效办甲', '参与', '评价'])
      expect(after, said).toContain(said)
    expect(buttonsOf((await desk.page(path)).body)).toMatchObject({
      查看开箱结果: '',
      生成票箱钥匙: '只有筹备中的测评可以。',
    })
  }, 60_000)

  test('opens with the key file when two have agreed, without script, and not before', async () => {
    const cycle = await createTestCycle(app, { organs: 2, plan: sealedPlan(), leaders: 12 })
    const { sid } = cycle.survey('leaders')
    const path = `${listOf(cycle)}/${sid}`
    await cycle.close()
    const desk = await admin(cycle)
    const { body } = await desk.page(`${path}/box`)
    expect(body).not.toContain('data-box="opening"')
    // One administrator alone finds nothing to press, and is refused whatever is sent.
    expect(body).not.toContain('/box/open')
    expect(body).toContain('开箱须两名管理员同意')
    const alone = await desk.post(`${path}/box/open`, {})
    expect([alone.status, alone.body.includes('须先由两名管理员同意开箱')]).toEqual([409, true])
    expect(await stateOf(cycle, sid)).toBe('closed')
    expect((await desk.post(`${path}/box/propose`, {})).location).toContain('done=proposed')
    expect((await desk.post(`${path}/box/propose`, {})).status).toBe(409)
    expect((await desk.page(`${path}/box`)).body).toContain('等待另一名管理员批准')
    expect((await desk.post(`${path}/box/open`, {})).status).toBe(409)
    // Whoever proposed cannot agree; the other is shown what it is about.
    const approvals = `/office/${cycle.jid}/approvals`
    const shown = (await desk.page(approvals)).body
    const proposed = hiddenOf(shown, `${approvals}/decide`)
    for (const said of ['这只票箱的钥匙是系统保管的文件', '可以开，仅此一次']) expect(shown, said).toContain(said)
    expect((await desk.post(`${approvals}/decide`, { ...proposed, decision: 'approve' })).status).toBe(403)
    expect((await desk.post(`${path}/box/open`, {})).status).toBe(409)
    const second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    const approved = await second.post(`${approvals}/decide`, { ...proposed, decision: 'approve' })
    expect(approved.location).toContain('done=approved')
    expect(await stateOf(cycle, sid)).toBe('closed')
    const agreed = (await desk.page(`${path}/box`)).body
    const form = /<form[^>]*\/box\/open[\s\S]*?<\/form>/.exec(agreed)![0]
    expect(form).not.toContain('name="key"')
    // A key that is sent is none of this box, whose key is a file.
    const sent = await desk.post(`${path}/box/open`, { key: base64url(new Uint8Array(32).fill(1)) })
    expect([sent.status, sent.body.includes('这不是这只票箱的钥匙')]).toEqual([422, true])
    expect((await desk.post(`${path}/box/open`, {})).location).toContain(`${path}/box`)
    const last = await untilOver(desk, path)
    expect(last.state).toBe('opened')
    // Nobody has answered: fewer than anything may be shown of.
    expect((await desk.page(`${path}/box`)).body).toContain('答卷太少，没有开箱')
  }, 60_000)
})
