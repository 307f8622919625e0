import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCycle, readCycle } from '../../db/platform.ts'
import { systemScope } from '../../server/guard.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { hex } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { createFreshApp, formOf, officers } from '../support/first-year.ts'
import { oidcSettings } from '../support/identity-provider.ts'
import { chooseOrgans, enterPhone, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'

const base = '/office/yunhu/2026'
const setup = (step: string) => `${base}/setup/${step}`
const started = {
  ...{ from: '', code: '2026', titleZh: '2026年度绩效评估', titleEn: '2026 performance assessment', phone: '12345' },
  ...{ opens: '2026-03-10T09:00', closes: '2026-03-31T18:00', results: '2026-04-20' },
}
const organs = [
  '名称,英文名称,简称,类别,代码',
  '云湖市财政局,Finance Bureau,财政局,政府机关,finance',
  '云湖市税务局,Tax Bureau,税务局,中央垂直管理单位,tax',
].join('\n')
const reason = { zh: '名册人数太少，密封票箱难以保管', en: 'The roster is too small for trustees' }

async function deskFor(app: TestApp, who: keyof typeof officers): Promise<Desk> {
  return deskOf(app, await signIn(app, officers[who]))
}
/** Sends the form of a page with some fields changed. */
async function send(desk: Desk, path: string, changes: Record<string, string>) {
  const { body } = await desk.page(path)
  return desk.post(path, { ...formOf(body, path), ...changes })
}
const stored = async (app: TestApp, code = '2026') => {
  const found = await findCycle(app.world.db, 'yunhu', code)
  return readCycle(app.world.db, systemScope(1), found!.cycle.id)
}
const summary = (body: string) => /<div class="errs"[\s\S]*?<\/div>/.exec(body)?.[0].replace(/<[^>]*>/g, ' ') ?? ''
/** Reads a list of organs and presses the second button. */
async function importOrgans(desk: Desk, table: string, path = setup('organs')) {
  const read = await desk.post(path, { table, press: 'read' })
  return desk.post(path, { table, press: 'save', seen: formOf(read.body, path)['seen'] ?? '' })
}

describe('an office that has nothing yet', () => {
  let app: TestApp
  let first: Desk
  let second: Desk
  beforeAll(async () => {
    app = await createFreshApp(createTestApp)
    first = await deskFor(app, 'first')
    second = await deskFor(app, 'second')
  })
  afterAll(() => app.close())

  test('is led from its home to the first year, which begins as drafts with the plan of 2013', async () => {
    expect((await first.page('/office')).body).toContain('建立第一个年度 · 云湖市')
    expect((await first.page('/office/yunhu/cycles')).body).toContain('还没有周期')
    const wrong = await first.post('/office/yunhu/cycles', { ...started, code: 'people', closes: '2026-03-01T09:00' })
    expect(wrong.status).toBe(422)
    expect(summary(wrong.body)).toMatch(/“people”在网址里另有用处.*截止时间要晚于开启时间/s)
    expect(formOf(wrong.body, '/office/yunhu/cycles')).toMatchObject({ titleZh: '2026年度绩效评估', code: 'people' })
    const begun = await first.post('/office/yunhu/cycles', started)
    expect([begun.status, begun.location]).toEqual([303, `${setup('basics')}?lang=zh-CN&done=begun`])
    const { surveys, plan, organs: none } = await stored(app)
    expect(surveys.map(({ sid, state, mode }) => `${sid} ${state} ${mode}`)).toEqual([
      'leaders-2026 draft sealed',
      'recipients-2026 draft live',
      'public-2026 draft sealed',
    ])
    expect([plan.id, plan.frozenAt, none]).toEqual(['2026', null, []])
    const again = await first.post('/office/yunhu/cycles', started)
    expect([again.status, summary(again.body)]).toEqual([409, expect.stringContaining('已经有代码为“2026”')])
  })

  test('sets the plan in plain fields, and is told what does not add up', async () => {
    const wrong = await send(first, setup('plan'), { weight_public: '41', grade_good: '95' })
    expect(wrong.status).toBe(422)
    expect(summary(wrong.body)).toMatch(/权重合计应为 100%，现在是 101%.*要高于下一个等级/s)
    expect(formOf(wrong.body, setup('plan'))['weight_public']).toBe('41')
    const saved = await send(first, setup('plan'), { weight_leaders: '25', weight_public: '45', minimum_public: '120' })
    expect(saved.location).toContain('done=saved')
    const { groups } = JSON.parse((await stored(app)).plan.body)
    expect([groups.leaders.weight, groups.public.weight, groups.public.minimum.n]).toEqual(['0.25', '0.45', 120])
  })

  test('of two officers who change the same step the later one is shown the difference, and nothing is lost', async () => {
    const seen = formOf((await second.page(setup('plan'))).body, setup('plan'))
    await send(first, setup('plan'), { advanced: '8' })
    const late = await second.post(setup('plan'), { ...seen, advanced: '12' })
    expect(late.status).toBe(412)
    expect(late.body).toContain('另一位管理员改过这一步')
    expect(/<section class="block" id="changed">[\s\S]*?<\/section>/.exec(late.body)?.[0]).toMatch(/>8<[\s\S]*>12</)
    const put = await second.post(setup('plan'), formOf(late.body, setup('plan')))
    expect(put.location).toContain('done=saved')
    expect(JSON.parse((await stored(app)).plan.body).advancedUnits.count).toBe(12)
  })

  test('imports organs from a table: every wrong row is named, and nothing is kept before the second press', async () => {
    const wrong = await first.post(setup('organs'), { table: `${organs}\n云湖市水务局,,,水利,water`, press: 'read' })
    expect([wrong.status, wrong.body.includes('第 4 行：没有“水利”这个类别')]).toEqual([422, true])
    const again = organs.split('\n')[1]!
    const twice = await first.post(setup('organs'), { table: `${organs}\n${again}`, press: 'read' })
    const said = twice.body.match(/第 \d+ 行：“[^”]*”出现了两次/g)
    expect(new Set(said)).toEqual(
      new Set([`第 ${organs.split('\n').length + 1} 行：“${again.split(',')[0]}”出现了两次`]),
    )
    const read = await first.post(setup('organs'), { table: organs, press: 'read' })
    expect(read.body).toContain('预览：还没有保存')
    expect((await stored(app)).organs).toEqual([])
    expect((await importOrgans(first, organs)).location).toContain('done=saved')
    expect((await stored(app)).organs.map(({ code, class: kind }) => [code, kind])).toEqual([
      ['finance', 'government'],
      ['tax', 'central'],
    ])
    const fewer = organs.split('\n').slice(0, 2).join('\n')
    const preview = await first.post(setup('organs'), { table: fewer, press: 'read' })
    expect(preview.body).toMatch(/云湖市税务局<\/th><td>移除/)
  })

  test('sets each survey; leaders who answer live need a written reason', async () => {
    const leaders = setup('surveys/leaders-2026')
    const wrong = await send(first, leaders, { mode: 'live', expected: '20' })
    expect([wrong.status, summary(wrong.body)]).toEqual([422, expect.stringContaining('各写 10 到 500 个字的理由')])
    const saved = await send(first, leaders, { mode: 'live', expected: '20', reasonZh: reason.zh, reasonEn: reason.en })
    expect(saved.location).toContain('done=saved')
    const open = await send(first, setup('surveys/public-2026'), { mode: 'live', expected: '400' })
    expect(open.location).toContain('done=saved')
    const { plan, surveys } = await stored(app)
    expect(JSON.parse(plan.body).groups.leaders).toMatchObject({ intake: 'live', intakeReason: { en: reason.en } })
    expect(surveys.map(({ mode }) => mode)).toEqual(['live', 'live', 'live'])
  })

  test('opens by two officers: what is missing is named with the way there, the name is typed, a citizen answers', async () => {
    const check = (await first.page(setup('check'))).body
    expect(check).toMatch(/recipients-2026[\s\S]*setup\/surveys\/recipients-2026/)
    const wrong = await first.post(setup('check'), { act: 'request', name: '2025年度绩效评估' })
    expect([wrong.status, summary(wrong.body)]).toEqual([422, expect.stringContaining('名称不一致')])
    const asked = await first.post(setup('check'), { act: 'request', name: started.titleZh })
    expect(asked.location).toContain('done=requested')
    const after = await stored(app)
    expect(after.plan.frozenAt).not.toBeNull()
    expect(after.surveys.find(({ sid }) => sid === 'public-2026')?.state).toBe('ready')
    // A change has to take the agreement back first.
    expect((await send(first, setup('plan'), { advanced: '3' })).status).toBe(409)
    expect((await first.post(setup('check'), { act: 'thaw' })).location).toContain('done=thawed')
    expect((await stored(app)).surveys.every(({ state }) => state === 'draft')).toBe(true)
    expect((await second.page('/office/yunhu/approvals')).body).not.toContain('value="approve"')
    await first.post(setup('check'), { act: 'request', name: started.titleZh })
    const waiting = (await stored(app)).surveys.find(({ sid }) => sid === 'public-2026')!
    const list = (await second.page('/office/yunhu/approvals')).body
    const decision = hiddenOf(list, '/approvals/decide', hex(waiting.manifestHash!))
    expect(decision['id']).toBeDefined()
    const agreed = await second.post('/office/yunhu/approvals/decide', { ...decision, decision: 'approve' })
    expect(agreed.status).toBe(303)
    app.clock.time = Date.UTC(2026, 2, 10, 1, 1)
    await moveDueSurveys(app.world)
    const path = '/s/yunhu/public-2026'
    const entered = await chooseOrgans(app, path, await enterPhone(app, path, '13900000001'), ['finance'])
    expect(receiptOf(await sendAnswers(app, path, entered, [['q.finance.overall', '4']])).tag).not.toBe('')
    // The public page of the cycle is there from now on.
    expect((await app.request('/results/yunhu/2026')).status).toBe(200)
  })

  test('finds plan and organs locked once a survey has opened, and says why', async () => {
    first = await deskFor(app, 'first')
    for (const step of ['plan', 'organs']) expect((await first.page(setup(step))).body, step).toContain('从那时起锁定')
    expect((await send(first, setup('plan'), { advanced: '3' })).status).toBe(409)
    expect((await first.post(setup('organs'), { table: organs, press: 'read' })).status).toBe(409)
    expect((await first.post(setup('check'), { act: 'thaw' })).status).toBe(409)
  })

  test('takes over organs, plan and modes into the next year, and shows what differs', async () => {
    const next = { ...started, from: '2026', code: '2027', opens: '2027-03-10T09:00', closes: '2027-03-31T18:00' }
    const begun = await first.post('/office/yunhu/cycles', { ...next, results: '2027-04-20' })
    expect(begun.status).toBe(303)
    const { organs: taken, plan, surveys } = await stored(app, '2027')
    expect(taken.map(({ code }) => code)).toEqual(['finance', 'tax'])
    expect(JSON.parse(plan.body)).toMatchObject({ cycle: '2027', deadlines: { selfAssessment: '2028-03-15' } })
    expect(surveys.map(({ sid, mode }) => `${sid} ${mode}`)).toContain('public-2027 live')
    const path = '/office/yunhu/2027/setup/plan'
    await send(first, path, { advanced: '5' })
    expect((await first.page(path)).body).toMatch(/先进单位名额<\/th><td>12<\/td><td>5</)
  })

  test('renames, splits and merges organs for the next year; the year that was opened keeps its own', async () => {
    const path = '/office/yunhu/2027/setup/organs'
    const table = [
      '名称,类别,代码',
      '云湖市财政和国资局,政府机关,finance',
      // The tax bureau is split.
      '云湖市税务一局,中央垂直管理单位,tax-1',
      '云湖市税务二局,中央垂直管理单位,tax-2',
    ]
    const read = await first.post(path, { table: table.join('\n'), press: 'read' })
    const preview = /id="preview"[\s\S]*?<\/table>/.exec(read.body)?.[0] ?? ''
    expect(preview).toMatch(/云湖市税务一局<\/th><td>新增[\s\S]*云湖市财政和国资局<\/th><td>改动/)
    expect(preview).toMatch(/云湖市税务局<\/th><td>移除/)
    expect((await importOrgans(first, table.join('\n'), path)).location).toContain('done=saved')
    const namesOf = async (code: string) => (await stored(app, code)).organs.map(({ nameZh }) => nameZh)
    expect(await namesOf('2026')).toEqual(['云湖市财政局', '云湖市税务局'])
    expect(await namesOf('2027')).toEqual(['云湖市财政和国资局', '云湖市税务一局', '云湖市税务二局'])
    // And are merged again, before that year has asked anybody.
    const merged = [...table.slice(0, 2), '云湖市税务局,中央垂直管理单位,tax'].join('\n')
    expect((await importOrgans(first, merged, path)).location).toContain('done=saved')
    expect(await namesOf('2027')).toEqual(['云湖市财政和国资局', '云湖市税务局'])
    expect(await namesOf('2026')).toEqual(['云湖市财政局', '云湖市税务局'])
    const split = { kind: 'split', before: '云湖市税务局', after: '云湖市税务一局、云湖市税务二局', day: '2027-01-01' }
    const unknown = await first.post(path, { ...split, note: '', press: 'record', after: '云湖市税务三局' })
    expect([unknown.status, summary(unknown.body)]).toEqual([
      422,
      expect.stringContaining('没有叫“云湖市税务三局”的单位'),
    ])
    expect((await first.post(path, { ...split, note: '', press: 'record' })).location).toContain('done=saved')
    expect((await first.post(path, { ...split, note: '', press: 'record' })).status).toBe(409)
    expect((await first.page(path)).body).toContain(
      '2027年1月1日：“云湖市税务局”分设为“云湖市税务一局”“云湖市税务二局”。',
    )
    // Whoever answers the year that is open still meets the names under which it opened.
    const { html } = await enterPhone(app, '/s/yunhu/public-2026', '13900000002')
    expect([html.includes('财政局'), html.includes('国资局')]).toEqual([true, false])
  })
})

test('two identities in one survey are refused in words that say why', async () => {
  const app = await createFreshApp(createTestApp, oidcSettings('https://id.example'))
  try {
    const desk = await deskFor(app, 'first')
    await desk.post('/office/yunhu/cycles', started)
    const both = { adapter_sms: '1', adapter_oidc: '1', anchor: 'oidc:province', mode: 'live' }
    const wrong = await send(desk, setup('surveys/public-2026'), both)
    expect(wrong.status).toBe(422)
    expect(summary(wrong.body)).toContain('不能同时用两种身份认人：“短信验证码”认不出“省统一身份认证 的账号”')
    expect((await stored(app)).surveys.find(({ group }) => group === 'public')?.anchor).toBe('phone')
  } finally {
    await app.close()
  }
})
