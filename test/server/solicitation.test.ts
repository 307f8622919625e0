import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { retireOldSurveys } from '../../server/retirement.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { enterCode, sendAnswers, sendForm } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let organ: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  organ = cycle.organs[0]!
}, 60_000)
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

describe('the first page of a recipient', () => {
  test('is a complete review without script: one choice and the button below it, and the way to report', async () => {
    const entered = await enterCode(app, cycle.receipt(organ), { from })
    const form = entered.html.slice(entered.html.indexOf('<form id="f"'))
    const first = form.slice(0, form.indexOf('</section>'))
    expect(first).toContain(`name="q.${organ}.overall"`)
    expect(first).toContain('<button type="submit"')
    expect(first).not.toContain(`q.${organ}.speed`)
    expect(entered.html).toContain(`${cycle.path('recipients')}/report?o=${organ}`)
    const sent = await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organ}.overall`, '3']])
    expect(sent.status).toBe(303)
    const done = await (await app.request(sent.headers.get('location')!)).text()
    expect(done).toContain(`${cycle.path('recipients')}/report?`)
    expect(done).not.toContain(`o=${organ}`)
  })

  test('of the others has one button, at the end', async () => {
    const { html } = await enterCode(app, cycle.leader(), { from })
    const form = html.slice(html.indexOf('<form id="f"'), html.indexOf('</form>'))
    expect(form.match(/type="submit"/g)).toHaveLength(1)
    expect(form).not.toContain('/report')
  })
})

describe('a report that somebody asked for a good rating', () => {
  const path = () => `${cycle.path('recipients')}/report`
  const reports = () => look(app, 'SELECT organ_id, day, text FROM solicitation')
  const send = (fields: [string, string][], query = '') => sendForm(app, `${path()}${query}`, fields, { from })

  test('needs no ticket and is stored with its organ and day alone', async () => {
    const page = await (await app.request(path())).text()
    expect(page).toContain('反映有人索要好评')
    expect(page).toContain('日期（只到天）')
    const sent = await send([
      ['o', organ],
      ['text', '窗口人员要我当面选“非常满意”。'],
    ])
    expect([sent.status, sent.headers.get('location')?.includes('sent=1')]).toEqual([303, true])
    expect(await (await app.request(sent.headers.get('location')!)).text()).toContain('已收到您的反映')
    const day = 20260302
    const [row] = await reports()
    expect(row).toMatchObject({
      organ_id: cycle.place.organIds.get(organ),
      day,
      text: '窗口人员要我当面选“非常满意”。',
    })
    const columns = await look(app, 'SELECT name FROM pragma_table_info(?)', ['solicitation'])
    expect(columns.map(({ name }) => name)).toEqual(['jurisdiction_id', 'survey_id', 'id', 'organ_id', 'day', 'text'])
    expect(JSON.stringify(app.lines)).not.toContain('窗口人员')
  })

  test('comes back with what is wrong and loses nothing typed, in both languages', async () => {
    const before = await reports()
    const text = `<b>${'长'.repeat(501)}`
    const long = await send([
      ['o', organ],
      ['text', text],
    ])
    const html = await long.text()
    expect([long.status, html.includes('文字超过 500 字'), html.includes(`&lt;b>${'长'.repeat(501)}`)]).toEqual([
      422,
      true,
      true,
    ])
    expect(html).toMatch(new RegExp(`<option[^>]* selected[^>]* value="${organ}"|<option value="${organ}" selected`))
    const none = await send([['text', 'words']], '?lang=en')
    expect([none.status, (await none.text()).includes('Choose an agency')]).toEqual([422, true])
    const odd = await send([
      ['o', organ],
      ['text', 'a\u0000b'],
    ])
    expect(odd.status).toBe(422)
    expect(
      (
        await send([
          ['o', 'nowhere'],
          ['text', ''],
        ])
      ).status,
    ).toBe(422)
    expect(
      (
        await send([
          ['o', organ],
          ['text', ''],
          ['code', 'x'],
        ])
      ).status,
    ).toBe(400)
    expect(await reports()).toEqual(before)
  })

  test('is limited by network, refused from a foreign page, and offered for recipients only', async () => {
    const fields: [string, string][] = [
      ['o', organ],
      ['text', ''],
    ]
    const foreign = await sendForm(app, path(), fields, { from, headers: { origin: 'https://evil.example' } })
    expect(foreign.status).toBe(403)
    const statuses = []
    for (let at = 0; at < 11; at++) statuses.push((await send(fields)).status)
    expect(statuses).toEqual([...Array(10).fill(303), 429])
    expect((await app.request(`${cycle.path('leaders')}/report`)).status).toBe(404)
    expect((await app.request(`/s/${cycle.jid}/none/report`)).status).toBe(404)
    const before = await countAllRows(app)
    for (const method of ['GET', 'HEAD']) await app.request(path(), { method })
    expect(await countAllRows(app)).toEqual(before)
  })

  test('loses its text thirty days after the publication, not its count', async () => {
    const { time } = app.clock
    const done = await createTestCycle(app, { organs: 2 })
    const at = `${done.path('recipients')}/report`
    const fields: [string, string][] = [
      ['o', done.organs[0]!],
      ['text', '王某要我给好评'],
    ]
    expect((await sendForm(app, at, fields, { from })).status).toBe(303)
    await done.close()
    await done.publish()
    expect((await sendForm(app, at, fields, { from })).status).toBe(410)
    const texts = () => look(app, 'SELECT text FROM solicitation WHERE jurisdiction_id = ?', [done.place.id])
    expect(await texts()).toMatchObject([{ text: '王某要我给好评' }])
    app.clock.time += 30 * 86_400_000
    await retireOldSurveys(app.world)
    expect(await texts()).toMatchObject([{ text: '' }])
    app.clock.time = time
  })
})
