import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readQuestionnaireFile } from '../../server/questionnaire-file.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

// The office's questionnaires: kept version by version, changed in plain fields, compared, taken and brought as files.

let app: TestApp
let cycle: TestCycle
let cookie: string
let colleague: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  colleague = await signInAs(app, cycle, 'office_admin')
}, 60_000)
afterAll(() => app.close())

const desk = (rest = '') => `/office/${cycle.jid}/questionnaires${rest}`
const read = async (path: string, as = cookie) => {
  const response = await app.request(path, { headers: { cookie: as } })
  return { status: response.status, body: bodyOf(await response.text()), headers: response.headers }
}

/** What a browser would send of the editor on this page: every field as it stands, boxes only where they are ticked. */
function fieldsOf(body: string): [string, string][] {
  const form = /<form id="quest"[\s\S]*?<\/form>/.exec(body)?.[0] ?? ''
  const plain = (text: string) =>
    text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  const sent: [string, string][] = []
  const pattern = /<input\b[^>]*>|<textarea\b([^>]*)>([\s\S]*?)<\/textarea>|<select\b([^>]*)>([\s\S]*?)<\/select>/g
  for (const [tag, area, text, select, options] of form.matchAll(pattern)) {
    const name = /\bname="([^"]*)"/.exec(area ?? select ?? tag)?.[1]
    if (name === undefined || (/type="checkbox"/.test(tag) && !/\bchecked\b/.test(tag))) continue
    const chosen = options?.match(/<option\b[^>]*>/g) ?? []
    const option = chosen.find((each) => /\bselected\b/.test(each)) ?? chosen[0] ?? ''
    const value = area === undefined ? /\bvalue="([^"]*)"/.exec(select === undefined ? tag : option)?.[1] : text
    sent.push([plain(name), plain(value ?? '')])
  }
  return sent
}

/** Presses a button of the editor with some fields typed over. */
async function press(body: string, button: string, typed: Record<string, string> = {}, as = cookie, to = '/edit') {
  const fields = fieldsOf(body).map(([name, value]): [string, string] => [name, typed[name] ?? value])
  const missing = Object.keys(typed).filter((name) => !fields.some(([each]) => each === name))
  if (missing.length > 0) throw new Error(`the form has no ${missing.join()}`)
  const response = await sendForm(app, `${desk(to)}?lang=zh-CN`, [...fields, ['do', button]], {
    headers: { cookie: as },
  })
  return {
    status: response.status,
    location: response.headers.get('location') ?? '',
    headers: response.headers,
    body: bodyOf(await response.text()),
  }
}

const newest = async (id: string) => {
  const [row] = await look(
    app,
    'SELECT version, body, reasons, saved_by FROM questionnaire WHERE jurisdiction_id = ? AND id = ? ORDER BY version DESC LIMIT 1',
    [cycle.place.id, id],
  )
  return {
    version: Number(row?.['version']),
    body: JSON.parse(String(row?.['body'] ?? 'null')),
    reasons: String(row?.['reasons']),
  }
}
const open = async (id: string, as = cookie) => read(`${desk(`/${id}/${(await newest(id)).version}`)}?lang=zh-CN`, as)

describe('the editor', () => {
  test('saves what was typed as the next version, leaves the last one as it was, and shows what differs', async () => {
    const before = await newest('public')
    const page = await open('public')
    const title = 'd.pages[1].questions[0].title.zh-CN'
    const saved = await press(page.body, 'save', { [title]: '您对{organ}办事的快慢满意吗？', 'd.minutes': '5' })
    expect(saved.status).toBe(303)
    const after = await newest('public')
    expect(after.version).toBe(before.version + 1)
    const expected = structuredClone(before.body)
    expected.version += 1
    expected.minutes = 5
    expected.pages[1].questions[0].title['zh-CN'] = '您对{organ}办事的快慢满意吗？'
    expect(after.body).toEqual(expected)
    expect((await read(saved.location)).body).toContain(`已保存为第 ${after.version} 版`)
    const compared = await read(`${desk('/public/compare')}?lang=zh-CN`)
    expect(compared.body).toContain('pages[p_efficiency].questions[efficiency].title.zh-CN')
    expect(compared.body).toContain('您对{organ}办事的快慢满意吗？')
    expect(compared.body).toContain('>minutes<')
    expect((await read(`${desk()}?lang=zh-CN`)).body).toContain(`第 ${after.version} 版`)
    const [entry] = await look(
      app,
      `SELECT object FROM audit WHERE action = 'questionnaire.save' ORDER BY seq DESC LIMIT 1`,
    )
    expect(entry?.['object']).toBe(`questionnaire/public/${after.version}`)
  })

  test('stores nothing that does not fit, marks the field and keeps what was typed', async () => {
    const before = await newest('leaders')
    const page = await open('leaders')
    const refused = await press(page.body, 'save', {
      'd.pages[0].questions[0].weight': 'viel',
      'd.pages[1].questions[0].showIf': 'overall <=',
      'd.title.en': '',
      'd.intro.en': '<b>kept</b>',
    })
    expect(refused.status).toBe(422)
    for (const anchor of ['pages[0].questions[0].weight', 'pages[1].questions[0].showIf', 'title.en'])
      expect(refused.body).toContain(`href="#d.${anchor}"`)
    expect(refused.body).toContain('应是 1 到 1000 的整数')
    expect(refused.body).toContain('读不懂这个条件：overall &lt;=')
    expect(refused.body).toContain('value="viel"')
    expect(refused.body).toContain('&lt;b>kept&lt;/b>')
    expect(await newest('leaders')).toEqual(before)
  })

  test('lets the second of two people see what differs, and loses the words of neither', async () => {
    const mine = await open('recipients')
    const theirs = await open('recipients', colleague)
    const { version } = await newest('recipients')
    await press(theirs.body, 'save', { 'd.title.en': 'Their title' }, colleague)
    const late = await press(mine.body, 'save', { 'd.title.zh-CN': '我的标题' })
    expect(late.status).toBe(412)
    expect(late.body).toMatch(/person \d+ 在 .* 保存了第/)
    expect(late.body).toContain('Their title')
    expect(late.body).toContain('value="我的标题"')
    expect((await newest('recipients')).version).toBe(version + 1)
    // Having seen that, one may go on: the next version is one's own, and theirs stays.
    expect((await press(late.body, 'save')).status).toBe(303)
    const last = await newest('recipients')
    expect([last.version, last.body.title['zh-CN']]).toEqual([version + 2, '我的标题'])
    expect((await read(desk(`/recipients/${version + 1}`))).body).toContain('Their title')
  })

  test('moves, adds and removes by buttons without storing, and says when nothing has changed', async () => {
    const before = await newest('leaders')
    const page = await open('leaders')
    expect((await press(page.body, 'save')).body).toContain('没有差别')
    const ids = (body: string) =>
      fieldsOf(body).flatMap(([name, value]) => (/^d\.pages\[\d+\]\.questions\[\d+\]\.id$/.test(name) ? [value] : []))
    const [overall, first, second, ...rest] = ids(page.body)
    const moved = await press(page.body, 'down:pages[1].questions[0]')
    expect(ids(moved.body)).toEqual([overall, second, first, ...rest])
    const added = await press(moved.body, 'add:pages[1].questions:choice')
    expect(ids(added.body)).toContain('question1')
    const removed = await press(added.body, 'remove:pages[1].questions[0]')
    expect(ids(removed.body)).not.toContain(second)
    expect(await newest('leaders')).toEqual(before)
    expect((await press(page.body, 'explode')).status).toBe(400)
    expect((await press(page.body, 'up:__proto__')).status).toBe(400)
  })

  test('keeps the reason for a wording with the version, and a survey closed without it', async () => {
    const page = await open('leaders')
    const double = { 'd.pages[1].questions[0].title.zh-CN': '效率和态度' }
    const warned = await press(page.body, 'check', double)
    expect(warned.body).toContain('要写理由')
    const reason = /name="(reason\.\d+)"/.exec(warned.body)![1]!
    expect((await press(warned.body, 'save', { [reason]: '本市合为一项考核' })).status).toBe(303)
    expect(JSON.parse((await newest('leaders')).reasons)).toEqual({ 'double 效率和态度': '本市合为一项考核' })
    expect((await open('leaders')).body).toContain('本市合为一项考核')
  })
})

describe('the preview', () => {
  test('is the respondent’s own form of what is typed, which can run nothing and stand in no foreign frame', async () => {
    const page = await open('public')
    expect(page.headers.get('content-security-policy')).toContain("frame-src 'self'")
    const title = 'd.pages[0].questions[0].title.zh-CN'
    const seen = await press(
      page.body,
      'check',
      { [title]: '试一试{organ}？', previewSize: 'elder' },
      cookie,
      '/preview',
    )
    expect(seen.status).toBe(200)
    expect(seen.body).toContain('试一试<bdi>示例单位 A</bdi>？')
    const policy = seen.headers.get('content-security-policy')!
    expect(policy).toMatch(/; sandbox$/)
    expect(policy).toContain("frame-ancestors 'self'")
    expect(seen.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    const broken = await press(page.body, 'check', { [title]: '' }, cookie, '/preview')
    expect([broken.status, broken.body.includes('还有 1 处')]).toEqual([422, true])
  })
})

describe('files', () => {
  const send = async (fields: Record<string, string | Blob>) => {
    const home = await read(`${desk()}?lang=zh-CN`)
    const form = new FormData()
    form.set('csrf', /name="csrf" value="([^"]+)"/.exec(home.body)![1]!)
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const request = new Request('http://localhost/', { method: 'POST', body: form })
    const response = await app.request(`${desk('/draft')}?lang=zh-CN`, {
      method: 'POST',
      headers: { cookie, 'content-type': request.headers.get('content-type')!, origin: 'http://localhost:8787' },
      body: new Uint8Array(await request.arrayBuffer()),
    })
    return { status: response.status, body: bodyOf(await response.text()) }
  }

  test('taken as a workbook and brought back give the same questionnaire', async () => {
    const { version, body } = await newest('public')
    const response = await app.request(desk(`/public/${version}/xlsx`), { headers: { cookie } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(await readQuestionnaireFile(bytes, 'leaders')).toMatchObject({
      ok: true,
      value: { draft: body, report: [] },
    })
    const brought = await send({ start: 'file', group: 'public', file: new Blob([bytes]) })
    expect(brought.status).toBe(200)
    expect((await press(brought.body, 'save')).body).toContain('没有差别')
  })

  test('of another tool open in the editor with a report, and are stored only when saved', async () => {
    const survey = {
      name: 'parks',
      title: { default: '公园', en: 'Parks' },
      elements: [
        {
          type: 'rating',
          name: 'overall',
          title: { default: '您满意吗？', en: 'Are you satisfied?' },
        },
        { type: 'file', name: 'photo' },
      ],
    }
    const opened = await send({ start: 'file', group: 'public', file: new Blob([JSON.stringify(survey)]) })
    expect([opened.status, opened.body.includes('elements[1]')]).toEqual([200, true])
    expect((await newest('parks')).version).toBeNaN()
    expect((await press(opened.body, 'save')).status).toBe(303)
    expect(await newest('parks')).toMatchObject({ version: 1, body: { group: 'public' } })
  })

  test('that are none are refused with what is wrong', async () => {
    const none = await send({ start: 'file', group: 'public', file: new Blob(['{"a": 1}']) })
    expect([none.status, none.body.includes('文件里没有问卷')]).toEqual([422, true])
    const nothing = await send({ start: 'file', group: 'public' })
    expect([nothing.status, nothing.body.includes('请选择文件')]).toEqual([422, true])
    const shipped = await send({ start: 'recipients', group: 'public' })
    expect([shipped.status, shipped.body.includes('d.pages[0].questions[0].id')]).toEqual([200, true])
  })

  test('typed as JSON take the place of the fields, or stay with the place of the fault', async () => {
    const page = await open('public')
    const { body } = await newest('public')
    const used = await press(page.body, 'json', { json: JSON.stringify({ ...body, minutes: 77 }) })
    expect(fieldsOf(used.body)).toContainEqual(['d.minutes', '77'])
    const bad = await press(page.body, 'json', { json: '{"minutes": 7,}x' })
    expect([bad.status, bad.body.includes('href="#json"'), bad.body.includes('7,}x')]).toEqual([422, true, true])
  })
})

test('an analyst reads versions and files, and has no button that changes one', async () => {
  const analyst = await signInAs(app, cycle, 'analyst')
  const page = await open('public', analyst)
  expect([page.status, page.body.includes('name="do"')]).toEqual([200, false])
  const { version } = await newest('public')
  expect((await read(desk(`/public/${version}/json`), analyst)).status).toBe(200)
  expect((await read(desk('/public/999'), analyst)).status).toBe(404)
})
