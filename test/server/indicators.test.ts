import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCycle, readCycle } from '../../db/platform.ts'
import { systemScope } from '../../server/guard.ts'
import type { Indicator } from '../../surveys/plan.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { createFreshApp, formOf, officers } from '../support/first-year.ts'
import { signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

// The indicator system of a year: written by one officer, agreed to by two before the assessment begins, and changed from
// then on by two alone.

const base = '/office/yunhu/2026/indicators'
const started = {
  ...{ from: '', code: '2026', titleZh: '2026年度绩效评估', titleEn: '2026 performance assessment', phone: '12345' },
  ...{ opens: '2026-03-10T09:00', closes: '2026-03-31T18:00', results: '2026-04-20' },
}

let app: TestApp
let first: Desk
let second: Desk
beforeAll(async () => {
  app = await createFreshApp(createTestApp)
  first = deskOf(app, await signIn(app, officers.first))
  second = deskOf(app, await signIn(app, officers.second))
  await first.post('/office/yunhu/cycles', started)
})
afterAll(() => app.close())

const formIn = (body: string) => formOf(body, base)
/** The fields of one indicator in a form, found by its id. */
function rowOf(form: Record<string, string>, id: string): string {
  const [name] = Object.entries(form).find(([key, value]) => key.endsWith('.id') && value === id) ?? []
  return name?.slice(0, -'id'.length) ?? `no ${id} `
}
const press = (desk: Desk, form: Record<string, string>, what: string, more: Record<string, string> = {}) =>
  desk.post(base, { ...form, ...more, do: what })
const stored = async (code = '2026') => {
  const found = await findCycle(app.world.db, 'yunhu', code)
  return readCycle(app.world.db, systemScope(1), found!.cycle.id)
}
const tree = async (): Promise<Indicator[]> => JSON.parse((await stored()).plan.body).indicators
const nodeOf = (nodes: readonly Indicator[], id: string): Indicator | undefined =>
  nodes
    .flatMap((node) => [node, ...(node.children ?? []).flatMap((child) => [child, ...(child.children ?? [])])])
    .find((node) => node.id === id)
const versions = () => look(app, 'SELECT version, agreed_at > 0 AS agreed FROM indicator_version ORDER BY version')
const summary = (body: string) => /<div class="errs"[\s\S]*?<\/div>/.exec(body)?.[0].replace(/<[^>]*>/g, ' ') ?? ''
const decide = async (desk: Desk, decision: string) => {
  const list = '/office/yunhu/approvals'
  return desk.post(`${list}/decide`, { ...hiddenOf((await desk.page(list)).body, '/decide'), decision, reason: '' })
}

describe('the indicator system', () => {
  test('begins as that of 2013, and shows what the weights come to', async () => {
    const { status, body } = await first.page(base)
    expect(status).toBe(200)
    for (const text of [
      '职能工作目标',
      '涉及本部门及其干部信访举报问题办理情况',
      '下级 3 项，权重合计 100',
      '下级 4 项，平均分配',
    ])
      expect(body).toContain(text)
    expect(await versions()).toEqual([{ version: 1, agreed: 0 }])
  })

  test('names where weights miss 100 and by how much, keeps what was typed, and stores nothing', async () => {
    const form = formIn((await first.page(base)).body)
    const row = rowOf(form, 'functional.key')
    const wrong = await press(first, form, 'save', { [`${row}weight`]: '52.5', [`${row}evidence`]: '年度总结' })
    expect(wrong.status).toBe(422)
    expect(summary(wrong.body)).toContain('“职能工作目标”下各项权重合计为 92.5，应为 100，还差 7.5')
    expect(wrong.body).toContain('下级 3 项，权重合计 92.5，还差 7.5')
    expect(formIn(wrong.body)).toMatchObject({ [`${row}weight`]: '52.5', [`${row}evidence`]: '年度总结' })
    expect(await versions()).toHaveLength(1)
  })

  test('is changed by buttons in the form, and saved as the next version', async () => {
    const form = formIn((await first.page(base)).body)
    const clean = rowOf(form, 'management.clean')
    const grown = await press(first, form, `add:${/\d+/.exec(clean)![0]}`)
    expect([grown.status, grown.body.includes('改动还没有保存')]).toEqual([200, true])
    const longer = formIn(grown.body)
    const own = rowOf(longer, 'management.clean.item1')
    const gone = await press(first, longer, `remove:${/\d+/.exec(rowOf(longer, 'management.lawful.rules'))![0]}`)
    expect(await versions()).toHaveLength(1)
    const shorter = formIn(gone.body)
    const row = rowOf(shorter, 'management.clean.item1')
    expect(own).not.toBe(row)
    const filled = { [`${row}zh`]: '廉政谈话', [`${row}lead`]: '甲局；乙局', [`${row}evidence`]: '谈话记录' }
    const saved = await press(first, shorter, 'save', { ...filled, [`${row}classes`]: 'party' })
    expect([saved.status, saved.location]).toEqual([303, `${base}?lang=zh-CN&done=saved`])
    expect(nodeOf(await tree(), 'management.clean.item1')).toEqual({
      id: 'management.clean.item1',
      title: { 'zh-CN': '廉政谈话', en: '廉政谈话' },
      lead: [
        { 'zh-CN': '甲局', en: '甲局' },
        { 'zh-CN': '乙局', en: '乙局' },
      ],
      evidence: { 'zh-CN': '谈话记录', en: '谈话记录' },
      classes: ['party'],
    })
    expect(nodeOf(await tree(), 'management.lawful.rules')).toBeUndefined()
    const compared = (await first.page(`${base}/compare`)).body.replace(/<[^>]*>/g, ' ')
    expect(compared).toMatch(/廉政谈话\s+新增/)
    expect(compared).toMatch(/法规制度建设与管理\s+删除/)
    const again = await press(first, formIn((await first.page(base)).body), 'save')
    expect([again.status, again.body.includes('没有新的版本')]).toEqual([200, true])
    expect(await versions()).toHaveLength(2)
  })

  test('of two officers shows the later one what the other changed, and loses nothing', async () => {
    const [mine, theirs] = [formIn((await first.page(base)).body), formIn((await second.page(base)).body)]
    const row = rowOf(mine, 'innovation')
    await press(first, mine, 'save', { [`${row}basis`]: '创新项目清单' })
    const late = await press(second, theirs, 'save', { [`${rowOf(theirs, 'functional.key')}basis`]: '责任分工' })
    expect(late.status).toBe(412)
    expect(late.body).toContain('保存了第 3 版，您的改动还没有保存')
    expect(late.body).toContain('创新项目清单')
    expect((await press(second, formIn(late.body), 'save')).status).toBe(303)
    expect(nodeOf(await tree(), 'functional.key')?.basis?.['zh-CN']).toBe('责任分工')
  })

  test('takes the preset or another year into the form, and nothing changes before it is saved', async () => {
    const before = await tree()
    const form = formIn((await first.page(base)).body)
    const loaded = await press(first, form, 'load', { from: '' })
    expect([loaded.status, loaded.body.includes('法规制度建设与管理')]).toEqual([200, true])
    expect(await tree()).toEqual(before)
    expect((await press(first, form, 'load', { from: '1999' })).status).toBe(400)
    await first.post('/office/yunhu/cycles', { ...started, from: '2026', code: '2027' })
    expect(JSON.parse((await stored('2027')).plan.body).indicators).toEqual(before)
  })

  test('refuses forms that no page of ours has sent', async () => {
    const form = formIn((await first.page(base)).body)
    for (const wrong of [
      { 'n.0.level': '2' },
      { 'n.1.level': '7' },
      { 'n.0.scoredBy': 'nobody' },
      { 'n.1.id': '../x' },
      { seen: 'x' },
    ])
      expect((await press(first, form, 'save', wrong as Record<string, string>)).status, JSON.stringify(wrong)).toBe(
        400,
      )
  })
})

describe('two people', () => {
  test('agree to the system, and with that the assessment has begun', async () => {
    const form = formIn((await first.page(base)).body)
    const changed = await press(first, form, 'propose', { [`${rowOf(form, 'innovation')}basis`]: '另一份清单' })
    expect([changed.status, summary(changed.body).includes('请先保存改动')]).toEqual([422, true])
    expect((await press(first, form, 'propose')).location).toContain('done=proposed')
    expect((await press(second, form, 'propose')).status).toBe(409)
    const shown = (await second.page('/office/yunhu/approvals')).body
    expect(shown).toContain('确定 2026 的指标体系（第 4 版）')
    expect((await decide(first, 'approve')).status).toBe(403)
    expect((await decide(second, 'approve')).location).toContain('done=approved')
    expect((await stored()).cycle.state).toBe('targets')
    expect((await versions()).filter(({ version }) => Number(version) === 4)).toContainEqual({ version: 4, agreed: 1 })
  })

  test('then change it together alone, with a reason, and the weights of the groups with it', async () => {
    const before = await tree()
    const form = formIn((await first.page(base)).body)
    const changes = {
      [`${rowOf(form, 'functional.key')}weight`]: '50',
      [`${rowOf(form, 'functional.other')}weight`]: '20',
    }
    // A save is no way round it.
    const alone = await press(first, form, 'save', changes)
    expect([alone.status, summary(alone.body)]).toEqual([409, expect.stringContaining('由另一名管理员批准后才生效')])
    const plan = '/office/yunhu/2026/setup/plan'
    const fields = formOf((await first.page(plan)).body, plan)
    const weights = await first.post(plan, { ...fields, weight_leaders: '20', weight_public: '50' })
    expect([weights.status, summary(weights.body)]).toEqual([422, expect.stringContaining('权重不能再单独修改')])
    expect((await first.post(plan, { ...fields, advanced: '8' })).location).toContain('done=saved')
    expect(await tree()).toEqual(before)

    const short = await press(first, form, 'propose', { ...changes, reason: '改' })
    expect([short.status, short.body.includes('id="reason-problem"')]).toEqual([422, true])
    const reason = '重点工作任务减少，按上级通知调整权重'
    expect((await press(first, form, 'propose', { ...changes, reason })).location).toContain('done=proposed')
    expect(await tree()).toEqual(before)
    const shown = (await second.page('/office/yunhu/approvals')).body.replace(/<[^>]*>/g, ' ')
    expect(shown).toMatch(/重点工作: 修改 · 权重\s+60\s+50/)
    expect(shown).toContain(reason)
    expect((await decide(second, 'approve')).location).toContain('done=approved')
    expect(nodeOf(await tree(), 'functional.key')?.weight).toBe('50')
    const newest = (
      await look(
        app,
        "SELECT v.version, v.agreed_at > 0 AS agreed FROM indicator_version AS v JOIN cycle AS c ON c.jurisdiction_id = v.jurisdiction_id AND c.id = v.cycle_id WHERE c.code = '2026' ORDER BY version DESC LIMIT 1",
      )
    )[0]
    expect(newest).toEqual({ version: 5, agreed: 1 })
  })

  test('do not agree to what has changed meanwhile', async () => {
    const form = formIn((await first.page('/office/yunhu/2027/indicators')).body)
    expect(form).toEqual({})
    const other = '/office/yunhu/2027/indicators'
    const page = formOf((await first.page(other)).body, other)
    expect((await first.post(other, { ...page, do: 'propose' })).status).toBe(303)
    const fields = hiddenOf((await second.page('/office/yunhu/approvals')).body, '/decide')
    await first.post(other, { ...page, do: 'save', [`${rowOf(page, 'innovation')}basis`]: '新的清单' })
    const late = await second.post('/office/yunhu/approvals/decide', { ...fields, decision: 'approve' })
    expect([late.status, late.body.includes('内容已变化')]).toEqual([409, true])
    expect((await stored('2027')).cycle.state).toBe('draft')
  })
})

test('once a survey has opened nobody changes it, and whoever is assessed reads it', async () => {
  const cycle = await createTestCycle(app)
  const path = `/office/${cycle.jid}/2026/indicators`
  const admin = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  const page = await admin.page(path)
  expect([page.body.includes('测评已经开启'), page.body.includes('<form class="form"')]).toEqual([true, false])
  const form = formOf((await first.page(base)).body, base)
  expect((await admin.post(path, { ...form, do: 'save' })).status).toBe(409)
  for (const role of ['reviewer', 'organ_officer', 'auditor'] as const) {
    const read = await deskOf(app, await signInAs(app, cycle, role)).page(path)
    expect([role, read.status, read.body.includes('科学民主决策'), read.body.includes('n.0.zh')]).toEqual([
      role,
      200,
      true,
      false,
    ])
  }
})
