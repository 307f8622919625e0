import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDemo } from '../../server/node/demo.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { bodyOf, signIn } from '../support/respondent.ts'

// What people wrote, at the desk of the office: without what names anybody, and each thing that is done about it on record.

const path = '/office/jiangzhou/2025/comments'
const withNumber = '窗口的王小明先生让我打13800138000，等了三小时'
const masked = '窗口的〔姓名〕先生让我打〔手机号〕，等了三小时'
const plain = '大厅指引牌看不清 <b>'

let app: TestApp
let officeCookie: string
let analystCookie: string
let office: Desk
beforeAll(async () => {
  app = await createTestApp()
  await makeDemo(app.world, { scale: 0.05 })
  officeCookie = await signIn(app, { email: 'office@demo.example', password: 'gongping-demo-1' })
  analystCookie = await signIn(app, { email: 'analyst@demo.example', password: 'gongping-demo-3' })
  office = deskOf(app, officeCookie)
  // Two that can be told from all others about an organ that many have rated, and one about an organ of few.
  const [survey] = await look(app, "SELECT id FROM survey WHERE code = 'recipients-2025'")
  const of = `survey_id = ${survey!['id']}`
  const [many] = await look(
    app,
    `SELECT organ_id AS organ, count(*) AS n FROM slip WHERE ${of} GROUP BY organ_id ORDER BY n DESC LIMIT 1`,
  )
  expect(Number(many!['n'])).toBeGreaterThanOrEqual(10)
  const [few] = await look(app, `SELECT id AS organ FROM organ WHERE id NOT IN (SELECT organ_id FROM slip WHERE ${of})`)
  for (const [at, text, place] of [
    [1, withNumber, many!],
    [2, plain, many!],
    [3, '这里人很少', few!],
  ] as const)
    await app.world.writer.transact({
      statements: [
        {
          sql: `INSERT INTO comment (jurisdiction_id, survey_id, id, organ_id, text, salt, state)
            VALUES (1, ?, ?, ?, ?, zeroblob(16), 'new')`,
          args: [Number(survey!['id']), new Uint8Array(16).fill(at), Number(place['organ']), text],
        },
      ],
    })
}, 60_000)
afterAll(() => app.close())

async function search(query: Record<string, string>, cookie = officeCookie): Promise<string> {
  const response = await app.request(`${path}?${new URLSearchParams({ lang: 'zh-CN', ...query })}`, {
    headers: { cookie },
  })
  expect(response.status).toBe(200)
  return bodyOf(await response.text())
}

const shown = (body: string) => [...body.matchAll(/<article class="block"/g)].length
const acts = async (action: string) =>
  (await look(app, `SELECT count(*) AS n FROM audit WHERE action = '${action}'`))[0]!['n']

describe('the desk of comments', () => {
  test('finds a word of two characters, and of one, and shows the comment without what names a person', async () => {
    for (const q of ['小时', '先', '三小时 窗口']) expect(await search({ q }), q).toContain(masked)
    const body = await search({ q: '指引' })
    expect(body).toContain('大厅指引牌看不清 &lt;b>')
    expect(shown(body)).toBe(1)
    expect(await search({ q: '没有人写过这句话' })).toContain('没有符合条件的意见')
  })

  test('a search for a number or a name that is taken out finds nothing, so nobody learns that it was written', async () => {
    for (const q of ['13800138000', '王小明']) {
      const body = await search({ q })
      expect(shown(body), q).toBe(0)
      expect(body).toContain('没有符合条件的意见')
    }
  })

  test('keeps to itself what was said of an organ with fewer than ten responses, and says that there is more', async () => {
    expect(shown(await search({ q: '这里人很少' }))).toBe(0)
    expect(await search({})).toMatch(/共 [\d,]+ 条；另有 [\d,]+ 条因样本不足不显示/)
  })

  test('shows nothing of a cycle that still collects', async () => {
    const { status, body } = await office.page('/office/jiangzhou/2026/comments')
    expect(status).toBe(200)
    expect(body).toContain('收集期间不显示意见')
  })

  test('keeps what is done about a comment, and finds it again by that', async () => {
    const form = hiddenOf(await search({ q: '指引' }), 'comments/note')
    const [person] = await look(app, "SELECT id FROM user WHERE email = 'analyst@demo.example'")
    const note = { disposal: 'organ', topic: '指引标识', assignee: String(person!['id']), reason: '' }
    const sent = await office.post(`${path}/note`, { ...form, ...note })
    expect(sent.status).toBe(303)
    // The search goes on where it was.
    const next = new URL(sent.location, 'http://x')
    expect([next.searchParams.get('q'), next.hash]).toEqual(['指引', `#c-${form['id']}`])
    for (const query of [{ disposal: 'organ' }, { topic: '指引标识' }, { assignee: note.assignee }])
      expect(shown(await search(query))).toBe(1)
    expect(shown(await search({ disposal: 'organ', topic: '-' }))).toBe(0)
    expect(await acts('comment.note')).toBe(1)

    // The same form again is about a state that is gone.
    const again = await office.post(`${path}/note`, { ...form, ...note, disposal: 'public' })
    expect(again.status).toBe(409)
    expect(again.body).toContain('刚被别人改过')
    expect(shown(await search({ disposal: 'public' }))).toBe(0)
  })

  test('sets a comment aside only with a reason, which the audit keeps; then it is in no export', async () => {
    const form = hiddenOf(await search({ q: '指引' }), 'comments/note')
    const note = { disposal: 'withheld', topic: '', assignee: '' }
    const without = await office.post(`${path}/note`, { ...form, ...note, reason: ' ' })
    expect(without.status).toBe(422)
    expect(without.body).toContain('请写明为什么不采用这条意见')
    expect((await office.post(`${path}/note`, { ...form, ...note, reason: '与测评无关' })).status).toBe(303)
    const [row] = await look(app, "SELECT reason FROM audit WHERE action = 'comment.note' ORDER BY seq DESC LIMIT 1")
    expect(row!['reason']).toBe('与测评无关')
    const [comment] = await look(app, `SELECT state FROM comment WHERE text LIKE '大厅指引牌%'`)
    expect(comment!['state']).toBe('withheld')
  })

  test('the original is shown to an administrator who asks, one at a time, and the audit has it first', async () => {
    const body = await search({ q: '三小时' })
    expect(body).not.toContain('13800138000')
    const form = hiddenOf(body, 'comments/reveal')
    const shownOriginal = await office.post(`${path}/reveal`, form)
    expect(shownOriginal.status).toBe(200)
    expect(shownOriginal.body).toContain(withNumber)
    expect(await acts('comment.reveal')).toBe(1)
    const analyst = deskOf(app, analystCookie)
    expect(await search({ q: '三小时' }, analystCookie)).not.toContain('comments/reveal')
    expect((await analyst.post(`${path}/reveal`, form)).status).toBe(403)
    expect(await acts('comment.reveal')).toBe(1)
  })

  test('refuses what no form of it sends, without a change', async () => {
    const form = hiddenOf(await search({ q: '三小时' }), 'comments/note')
    const note = { disposal: 'reference', topic: '', assignee: '', reason: '' }
    for (const [wrong, status] of [
      [{ disposal: 'deleted' }, 400],
      [{ revision: 'x' }, 400],
      [{ assignee: 'nobody' }, 400],
      [{ id: 'AAAA' }, 404],
      [{ sid: 'public-2026' }, 404],
      [{ topic: '题'.repeat(21) }, 422],
    ] as const)
      expect((await office.post(`${path}/note`, { ...form, ...note, ...wrong })).status, JSON.stringify(wrong)).toBe(
        status,
      )
    // Of an organ with too few, by the id that somebody has learnt elsewhere.
    const few = { id: Buffer.alloc(16, 3).toString('base64url') }
    expect((await office.post(`${path}/note`, { ...form, ...note, ...few })).status).toBe(404)
    const reveal = hiddenOf(await search({ q: '三小时' }), 'comments/reveal')
    expect((await office.post(`${path}/reveal`, { ...reveal, ...few })).status).toBe(404)
    expect(shown(await search({ disposal: 'reference' }))).toBe(0)
  })
})
