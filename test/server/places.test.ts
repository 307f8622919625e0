import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetEvidence, listKeptFiles } from '../../db/evidence.ts'
import { systemScope } from '../../server/guard.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { placeReportsDue } from '../../surveys/summary-report.ts'
import { createTestApp, type TestApp } from '../support/app.ts'

import { accountOf, allLive, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'
import { type FilesToSend, sendFiles } from '../support/self-assessment.ts'
import { signInAs, staffPassword } from '../support/staff.ts'

let app: TestApp
let province: TestCycle
let county: TestCycle
/** Stands beside the county, below the same province. */
let other: TestCycle
const cookies = new Map<string, string>()
beforeAll(async () => {
  app = await createTestApp()
  const plan = allLive()
  expect(placeReportsDue(plan)).toBe('2027-03-31')
  // The clock stands at 2 March 2026.
  province = await createTestCycle(app, {
    plan: { ...plan, deadlines: { ...plan.deadlines, placeReports: '2026-03-05' } },
  })
  county = await createTestCycle(app, { above: province.jid })
  other = await createTestCycle(app, { above: province.jid })
  for (const cycle of [province, county, other])
    cookies.set(cycle.jid, await signIn(app, accountOf(cycle, 'office_admin')))
  cookies.set('platform', await signInAs(app, province, 'platform_admin'))
})
afterAll(() => app.close())

const get = (who: string, path: string) =>
  app.request(`${path}${path.includes('?') ? '&' : '?'}lang=zh-CN`, { headers: { cookie: cookies.get(who)! } })
const page = async (who: string, path: string) => bodyOf(await (await get(who, path)).text())
async function post(who: string, path: string, fields: Record<string, string>): Promise<Response> {
  const html = await page(who, '/office')
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)![1]!
  const cookie = cookies.get(who)!
  return sendForm(app, `${path}?lang=zh-CN`, [['csrf', csrf], ...Object.entries(fields)], { headers: { cookie } })
}
const parts = { carriedOut: '成立了领导小组。', outcome: '结果已经反馈。', problems: '样本偏少。', proposals: '' }
const summary = () => `/office/${county.jid}/2026/summary`
const seenIn = (html: string) => /name="seen" value="(\d+)"/.exec(html)![1]!

describe('a summary report', () => {
  test('is written in drafts that the place above does not see, and comes back whole when a part is missing', async () => {
    const first = await post(county.jid, summary(), { ...parts, seen: '0', act: 'save' })
    expect(first.status).toBe(303)
    expect(await page(province.jid, `/office/${province.jid}/places`)).not.toContain('草稿')
    expect((await get(province.jid, `/office/${province.jid}/places/${county.jid}/2026`)).status).toBe(404)
    const seen = seenIn(await page(county.jid, summary()))
    const refused = await post(county.jid, summary(), { ...parts, seen, act: 'submit' })
    expect(refused.status).toBe(422)
    const again = bodyOf(await refused.text())
    expect(again).toContain('请填写“建议”')
    expect(again).toContain('成立了领导小组。')
    const long = await post(county.jid, summary(), { ...parts, outcome: '长'.repeat(4_001), seen, act: 'save' })
    expect(long.status).toBe(422)
    expect(bodyOf(await long.text())).toContain('“结果和运用”最多 4000 个字')
  })

  test('is handed in once, read above, given back with a reason, and accepted', async () => {
    const whole = { ...parts, proposals: '明年早些开始。' }
    const handIn = async () =>
      post(county.jid, summary(), { ...whole, seen: seenIn(await page(county.jid, summary())), act: 'submit' })
    expect((await handIn()).status).toBe(303)
    expect(await page(county.jid, summary())).not.toContain('<textarea')
    expect((await post(county.jid, summary(), { ...whole, seen: '2', act: 'save' })).status).toBe(412)

    const below = `/office/${province.jid}/places/${county.jid}/2026`
    const read = await page(province.jid, below)
    expect(read).toContain('明年早些开始。')
    const seen = seenIn(read)
    const unsaid = await post(province.jid, below, { seen, act: 'return', note: '不够' })
    expect(unsaid.status).toBe(422)
    expect(bodyOf(await unsaid.text())).toContain('>不够</textarea>')
    expect((await post(province.jid, below, { seen, act: 'return', note: '请补充各单位整改的情况。' })).status).toBe(
      303,
    )
    // Whoever had the page open decides nothing any more.
    expect((await post(province.jid, below, { seen, act: 'accept', note: '' })).status).toBe(409)
    expect(await page(county.jid, summary())).toContain('请补充各单位整改的情况。')
    expect((await handIn()).status).toBe(303)
    expect(
      (await post(province.jid, below, { seen: seenIn(await page(province.jid, below)), act: 'accept' })).status,
    ).toBe(303)
    expect(await page(county.jid, summary())).toContain('已收下')
    const acts = await look(app, "SELECT action FROM audit WHERE action LIKE 'report.%' ORDER BY seq")
    expect(acts.map(({ action }) => action)).toEqual([
      'report.submit',
      'report.return',
      'report.submit',
      'report.accept',
    ])
  })

  test('takes files as evidence, of which the place above reads those that were handed in, and no others', async () => {
    const pdf = (text: string) => utf8(`%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n${text}`)
    const own = `/office/${other.jid}/2026/summary`
    const below = `/office/${province.jid}/places/${other.jid}/2026`
    const whole = { ...parts, proposals: '无。' }
    const send = async (fields: Record<string, string>, files: FilesToSend) =>
      sendFiles(
        app,
        cookies.get(other.jid)!,
        own,
        { ...whole, seen: seenOf(await page(other.jid, own)), ...fields },
        files,
      )
    const seenOf = (html: string) => /name="seen" value="(\d+)"/.exec(html)?.[1] ?? '0'
    const hrefs = (html: string) =>
      [...html.matchAll(/\/office\/[^"?]*\/evidence\/[0-9a-f]{64}/g)].map(([href]) => href)
    const wrong = await send({ act: 'save' }, [['file', '台账.pdf', utf8('not a PDF')]])
    expect([wrong.status, wrong.body.includes('href="#file"'), wrong.body.includes('成立了领导小组。')]).toEqual([
      ...[422, true, true],
    ])
    expect(
      (
        await send({ act: 'save' }, [
          ['file', '台账.pdf', pdf('一')],
          ['file', '旧稿.pdf', pdf('二')],
        ])
      ).status,
    ).toBe(303)
    const drafts = hrefs(await page(other.jid, own))
    expect(drafts).toHaveLength(2)
    expect((await get(other.jid, drafts[0]!)).status).toBe(200)
    // Neither the place above nor the one beside it reads a draft.
    const [, hash] = /evidence\/(\w+)/.exec(drafts[0]!)!
    expect((await get(province.jid, `${below}/evidence/${hash}`)).status).toBe(404)
    expect((await get(county.jid, drafts[0]!)).status).toBe(404)
    expect((await send({ act: 'submit' }, [])).status).toBe(303)
    const read = await page(province.jid, below)
    for (const name of ['台账.pdf', '旧稿.pdf']) expect(read).toContain(name)
    const [handedIn] = hrefs(read)
    expect((await get(province.jid, handedIn!)).status).toBe(200)
    // Given back, its place takes a file away and adds another; above it stays what was handed in.
    const seen = seenIn(read)
    expect((await post(province.jid, below, { seen, act: 'return', note: '请补充整改台账和照片。' })).status).toBe(303)
    expect((await send({ act: 'save', remove: hash! }, [['file', '新稿.pdf', pdf('三')]])).status).toBe(303)
    expect(hrefs(await page(other.jid, own))).toHaveLength(2)
    expect(await page(province.jid, below)).not.toContain('新稿.pdf')
    expect((await get(province.jid, `${below}/evidence/${hash}`)).status).toBe(200)
    // The sweep that forgets what was removed leaves what lies above.
    await forgetEvidence(app.world.writer, systemScope(other.place.id), app.clock.time + 1)
    expect(await listKeptFiles(app.world.db, systemScope(other.place.id))).toHaveLength(3)
    const before = app.clock.time
    app.clock.time = Date.UTC(2026, 2, 6, 2)
    for (const cycle of [province, other]) cookies.set(cycle.jid, await signIn(app, accountOf(cycle, 'office_admin')))
    expect((await send({ act: 'submit' }, [])).status).toBe(303)
    const again = await page(province.jid, below)
    expect([again.includes('新稿.pdf'), (await get(province.jid, `${below}/evidence/${hash}`)).status]).toEqual([
      true,
      404,
    ])
    // The report came in time, a file of it after the day.
    expect(again.match(/逾期报送/g)).toHaveLength(1)
    app.clock.time = before
    for (const cycle of [province, other]) cookies.set(cycle.jid, await signIn(app, accountOf(cycle, 'office_admin')))
    await app.world.writer.transact({
      statements: [
        { sql: 'DELETE FROM report_file WHERE jurisdiction_id = ?', args: [other.place.id] },
        { sql: 'DELETE FROM summary_report WHERE jurisdiction_id = ?', args: [other.place.id] },
      ],
    })
  })

  test('is not handed in where nobody above would see it, and what was typed stays', async () => {
    const yearAbove = async (code: string) =>
      app.world.writer.transact({
        statements: [{ sql: 'UPDATE cycle SET code = ? WHERE jurisdiction_id = ?', args: [code, province.place.id] }],
      })
    await yearAbove('2024')
    for (const [who, path, why] of [
      [other.jid, `/office/${other.jid}/2026/summary`, '上级还没有固定同一年度代码的方案'],
      [province.jid, `/office/${province.jid}/2024/summary`, '本级没有上级，不用报送'],
    ] as const) {
      const shown = await page(who, path)
      expect(shown).toContain(why)
      expect(shown).not.toContain('value="submit"')
      const refused = await post(who, path, { ...parts, proposals: '打好的字', seen: '0', act: 'submit' })
      const again = bodyOf(await refused.text())
      expect([refused.status, again.includes(why), again.includes('打好的字')]).toEqual([409, true, true])
    }
    await yearAbove('2026')
  })

  test('is overdue the day after the plan of the place above says, and late when it comes then', async () => {
    const start = app.clock.time
    const sixHours = 6 * 3_600_000
    const signInAgain = async () => {
      for (const cycle of [province, other]) cookies.set(cycle.jid, await signIn(app, accountOf(cycle, 'office_admin')))
    }
    const overview = async () => page(province.jid, `/office/${province.jid}/places`)
    // The last hour of the day in China.
    app.clock.time = Date.UTC(2026, 2, 5, 15, 30)
    await signInAgain()
    expect(await overview()).toContain('期限 2026年3月5日')
    expect(await overview()).not.toContain('▲')
    app.clock.time += sixHours
    await signInAgain()
    expect(await overview()).toContain('▲ 逾期未报')
    expect(await overview()).toContain('2 个下级地区：已报送 1 个，其中逾期 0 个；未报 1 个')
    const own = `/office/${other.jid}/2026/summary`
    expect(await page(other.jid, own)).toContain('期限已过')
    const late = { ...parts, proposals: '无。', seen: '0', act: 'submit' }
    expect((await post(other.jid, own, late)).status).toBe(303)
    expect(await overview()).toContain('逾期报送')
    app.clock.time = start
    for (const cycle of [province, county, other])
      cookies.set(cycle.jid, await signIn(app, accountOf(cycle, 'office_admin')))
  })

  test('of a place that stands elsewhere is unknown, and so is what lies beside or above', async () => {
    for (const [who, path] of [
      [county.jid, `/office/${county.jid}/places/${other.jid}/2026`],
      [county.jid, `/office/${county.jid}/places/${province.jid}/2026`],
      [province.jid, `/office/${province.jid}/places/${province.jid}/2026`],
      [province.jid, `/office/${province.jid}/places/nowhere/2026`],
      [province.jid, summary()],
    ] as const)
      expect((await get(who, path)).status, path).toBe(404)
  })
})

describe('a plan of the place above', () => {
  test('begins a year below, with its questionnaires and its origin, and what is changed afterwards is told', async () => {
    expect(await page(county.jid, `/office/${county.jid}/cycles`)).toContain('value="above.2026"')
    expect(await page(province.jid, `/office/${province.jid}/cycles`)).not.toContain('above.')
    const year = {
      ...{ from: 'above.2026', code: '2027', titleZh: '2027年度', titleEn: 'Year 2027', phone: '12345' },
      ...{ opens: '2027-03-01T09:00', closes: '2027-03-31T18:00', results: '2027-04-30' },
    }
    const foreign = await post(county.jid, `/office/${county.jid}/cycles`, { ...year, from: 'above.1999' })
    expect(foreign.status).toBe(422)
    expect((await post(county.jid, `/office/${county.jid}/cycles`, year)).status).toBe(303)
    const origin = `/office/${county.jid}/2027/origin`
    const fresh = await page(county.jid, origin)
    expect(fresh).toContain('取自江州省（虚构）')
    await app.world.writer.transact({
      statements: [
        {
          sql: `UPDATE plan SET body = json_set(body, '$.advancedUnits.count', 3)
            WHERE jurisdiction_id = ? AND cycle_id = (SELECT id FROM cycle WHERE jurisdiction_id = ? AND code = '2027')`,
          args: [county.place.id, county.place.id],
        },
      ],
    })
    expect(await page(county.jid, origin)).toMatch(/先进单位[^<]*<\/th><td>10<\/td><td>3<\/td>/)
    expect(await page(county.jid, `/office/${county.jid}/places`)).toContain('取自江州省（虚构）2026')
  })
})

describe('a place', () => {
  const typed = {
    code: 'linhe',
    level: 'county',
    nameZh: '林河县',
    nameEn: 'Linhe County',
    email: 'first@linhe.example',
  }

  test('is created by the platform’s administrator alone, with a first person who sets a password by a link', async () => {
    const created = await post('platform', '/office/platform', { ...typed, above: province.jid })
    expect(created.status).toBe(200)
    const html = await created.text()
    const link = /https?:[^<]*\/office\/welcome\?[^<]*/.exec(html)![0].replaceAll('&amp;', '&')
    const { pathname, search, searchParams } = new URL(link)
    const set = await sendForm(app, '/office/welcome', [
      ['link', searchParams.get('link')!],
      ['password', staffPassword],
      ['again', staffPassword],
    ])
    expect((await app.request(`${pathname}${search}`)).status).toBe(410)
    expect(set.status).toBe(303)
    cookies.set('linhe', await signIn(app, { email: typed.email, password: staffPassword }))
    expect(await page('linhe', '/office/linhe/places')).toContain('江州省（虚构）')
    expect((await get('linhe', `/office/${province.jid}/places`)).status).toBe(404)
    expect(await page('platform', '/office/platform')).toContain('林河县')
    expect(await page(province.jid, `/office/${province.jid}/places`)).toContain('林河县')
    expect(bodyOf(await (await app.request('/results/linhe?lang=zh-CN')).text())).toContain('江州省（虚构）')
  })

  test('is refused field by field with what to do, and nothing typed is lost', async () => {
    const refused = await post('platform', '/office/platform', {
      ...{ ...typed, code: 'Lin He', email: 'nobody', level: 'galaxy', above: 'nowhere', nameEn: '' },
    })
    expect(refused.status).toBe(422)
    const html = bodyOf(await refused.text())
    for (const said of [
      '代码要用小写字母',
      '不是能用来登录的邮箱',
      '请选择“级别”',
      '请选择“上级地区”',
      '请填写“英文名称”',
    ])
      expect(html).toContain(said)
    for (const kept of ['Lin He', 'nobody', '林河县']) expect(html).toContain(`value="${kept}"`)
    const taken = await post('platform', '/office/platform', { ...typed, above: '', email: 'second@linhe.example' })
    expect(bodyOf(await taken.text())).toContain('已经有代码为“linhe”的地区')
    const known = await post('platform', '/office/platform', { ...typed, code: 'linhe-2', above: '' })
    expect(bodyOf(await known.text())).toContain('“first@linhe.example”已经是别的账号')
    expect((await app.request('/results/linhe-2')).status).toBe(404)
  })
})
