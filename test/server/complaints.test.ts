import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fileComplaint } from '../../db/complaints.ts'
import { deletePeople } from '../../db/retirement.ts'
import { systemScope } from '../../server/guard.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'

// Whoever was not invited, was refused, or was answered for says so without a word about an answer, and reads the office's
// reply with nothing but a number.

let app: TestApp
let cycle: TestCycle
let other: TestCycle
let office: Desk
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  other = await createTestCycle(app)
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
}, 60_000)
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const path = (of: TestCycle = cycle) => `${of.path('public')}/complaint`
const deskPath = () => `/office/${cycle.jid}/${cycle.cycle.code}/complaints`
const fresh = async (of: TestCycle = cycle): Promise<[string, string][]> => [
  ['k', /name="k" value="([^"]+)"/.exec(await (await app.request(path(of), { from })).text())?.[1] ?? ''],
]

async function complain(fields: Record<string, string>, of: TestCycle = cycle, hidden?: [string, string][]) {
  const response = await sendForm(app, path(of), [...(hidden ?? (await fresh(of))), ...Object.entries(fields)], {
    from,
  })
  const body = bodyOf(await response.text())
  const [number = ''] = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(body) ?? []
  return { status: response.status, body, number }
}
async function read(number: string, of: TestCycle = cycle) {
  const response = await sendForm(app, `${path(of)}/answer`, [['code', number]], { from })
  return { status: response.status, body: bodyOf(await response.text()) }
}
const rows = (of: TestCycle = cycle) =>
  look(app, 'SELECT * FROM complaint WHERE jurisdiction_id = ? ORDER BY text', [of.place.id])

describe('a complaint', () => {
  test('gets a number, reaches the desk, and its answer is read with the number', async () => {
    const sent = await complain({ kind: 'refused', text: '窗口说我不在名册上 <b>' })
    expect(sent.status).toBe(200)
    expect(sent.number).not.toBe('')
    expect((await read(sent.number)).body).toContain('还没有答复')
    const desk = await office.page(deskPath())
    expect(desk.body).toContain('窗口说我不在名册上 &lt;b>')
    expect(desk.body).not.toContain(sent.number)
    const form = hiddenOf(desk.body, '/complaints/answer', '')
    const answered = await office.post(`${deskPath()}/answer`, { ...form, text: '已核对名册并补发凭证。' })
    expect(answered.status).toBe(303)
    expect((await office.page(deskPath())).body).toContain('已核对名册并补发凭证。')
    // Typed as people type: small, without hyphens.
    const found = await read(sent.number.toLowerCase().replaceAll('-', ' '))
    expect([found.status, found.body.includes('已核对名册并补发凭证。')]).toEqual([200, true])
    const [row] = await look(app, `SELECT * FROM audit WHERE action = 'complaint.answer' ORDER BY seq DESC LIMIT 1`)
    expect(row?.['object']).toBe(`complaint/${form['name']}`)
    expect(JSON.stringify(row)).not.toContain('名册')
    const again = await office.post(`${deskPath()}/answer`, { ...form, text: '另一个答复' })
    expect([again.status, again.body.includes('已经有了答复')]).toEqual([409, true])
    expect((await read(sent.number)).body).not.toContain('另一个答复')
  })

  test('sent twice is one, with the same number; another is another', async () => {
    const hidden = await fresh()
    const before = (await rows()).length
    const [first, second] = await Promise.all([
      complain({ kind: 'not_invited', text: '' }, cycle, hidden),
      complain({ kind: 'not_invited', text: '' }, cycle, hidden),
    ])
    expect(second.number).toBe(first.number)
    expect((await rows()).length).toBe(before + 1)
    expect((await complain({ kind: 'not_invited', text: '' })).number).not.toBe(first.number)
  })

  test('is stored without the number, the network, an hour, or anything of an answer', async () => {
    const { number } = await complain({ kind: 'answered_by_other', text: '有人替我答了' })
    const row = (await rows()).find((each) => each['text'] === '有人替我答了')!
    expect(Object.keys(row).sort()).toEqual(
      ['answer', 'answered_on', 'day', 'h', 'jurisdiction_id', 'kind', 'survey_id', 'text'].sort(),
    )
    expect(String(row['day'])).toMatch(/^\d{8}$/)
    const bytes = Buffer.from(row['h'] as ArrayBuffer).toString('latin1')
    expect(bytes).not.toContain(number.replaceAll('-', ''))
    expect(JSON.stringify(row)).not.toContain(from)
  })

  test('comes back with what is missing marked and nothing lost', async () => {
    const before = (await rows()).length
    const missing = await complain({ text: '没有收到短信' })
    expect([missing.status, missing.number]).toEqual([422, ''])
    expect(missing.body).toContain('href="#kind"')
    expect(missing.body).toContain('没有收到短信')
    const long = await complain({ kind: 'other', text: '字'.repeat(501) })
    expect([long.status, long.body.includes('最多 500 字，请删减一些')]).toEqual([422, true])
    expect((await complain({ kind: 'other', text: '字'.repeat(500) })).status).toBe(200)
    expect((await complain({ kind: 'best', text: '' })).status).toBe(422)
    expect((await complain({ kind: 'other', text: '' }, cycle, [['k', 'short']])).status).toBe(400)
    expect((await rows()).length).toBe(before + 1)
  })

  test('has a number that opens nothing else, and wrong ones look alike', async () => {
    const { number } = await complain({ kind: 'other', text: '' }, other)
    const foreign = await read(number)
    const unknown = await read('7K3M-0111-8QRS-TVWX')
    expect([foreign.status, unknown.status]).toEqual([404, 404])
    expect(foreign.body.replaceAll(number, 'N')).toBe(unknown.body.replaceAll('7K3M-0111-8QRS-TVWX', 'N'))
    expect((await read('7K3M')).status).toBe(422)
    expect((await read('')).status).toBe(422)
    // Thirty wrong ones in a row are too many.
    const statuses = []
    for (let at = 0; at < 40; at++) statuses.push((await read('7K3M-0111-8QRS-TVWX')).status)
    expect(statuses.at(-1)).toBe(429)
  })

  test('is read by the office alone, and answered by its administrators', async () => {
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    const stranger = deskOf(app, await signIn(app, accountOf(other, 'office_admin')))
    const seen = await analyst.page(deskPath())
    expect(seen.status).toBe(200)
    expect(seen.body).not.toContain('/complaints/answer')
    expect((await analyst.post(`${deskPath()}/answer`, { name: '00000000', text: 'x' })).status).toBe(403)
    expect((await stranger.page(deskPath())).status).toBeGreaterThanOrEqual(403)
    expect((await office.post(`${deskPath()}/answer`, { name: '00000000', text: 'x' })).status).toBe(404)
    const form = hiddenOf((await office.page(deskPath())).body, '/complaints/answer', '')
    expect((await office.post(`${deskPath()}/answer`, { ...form, text: '  ' })).status).toBe(422)
  })

  test('is one of fifty to a page, and an answer that is refused comes back on the page of its complaint', async () => {
    const many = await createTestCycle(app)
    const survey = many.cycle.surveys.find(({ group, counted }) => group === 'public' && counted)!
    for (let at = 0; at < 51; at++)
      await fileComplaint(app.world.writer, systemScope(many.place.id), {
        survey: survey.id,
        h: new Uint8Array(32).fill(at + 1),
        kind: 'other',
        day: 20260301,
        text: `第 ${at + 1} 条`,
      })
    const cookie = await signIn(app, accountOf(many, 'office_admin'))
    const desk = deskOf(app, cookie)
    const address = `/office/${many.jid}/${many.cycle.code}/complaints`
    const textsOf = (body: string) => Array.from(body.matchAll(/第 (\d+) 条/g), ([, n]) => Number(n))
    const first = (await desk.page(address)).body
    expect([textsOf(first).length, first.includes('from=50')]).toEqual([50, true])
    const second = bodyOf(await (await app.request(`${address}?from=50`, { headers: { cookie } })).text())
    expect(textsOf(second)).toEqual([51])
    const form = hiddenOf(second, '/complaints/answer', '')
    const refused = await desk.post(`${address}/answer`, { ...form, text: ' ' })
    expect([refused.status, textsOf(refused.body)]).toEqual([422, [51]])
  })

  test('loses its words with the roll, and says so to whoever has the number', async () => {
    const late = await createTestCycle(app)
    const { number } = await complain({ kind: 'other', text: '名字在里面' }, late)
    const survey = late.cycle.surveys.find(({ group, counted }) => group === 'public' && counted)!
    await deletePeople(app.world.writer, systemScope(late.place.id), survey.id)
    expect((await rows(late)).map((row) => [row['kind'], row['text']])).toEqual([['other', '']])
    expect((await read(number, late)).status).toBe(200)
  })
})

test('whoever is turned away is shown where to complain, in both languages', async () => {
  const privacy = await app.request(`${cycle.path('public')}/privacy?lang=en`)
  expect(await privacy.text()).toContain(`${path()}?lang=en`)
  const page = await (await app.request(`${path()}?lang=en`)).text()
  expect(page).toContain('Somebody answered in my place')
  expect(page).toContain('no link to any response')
})
