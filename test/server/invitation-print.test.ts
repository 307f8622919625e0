import readExcel from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { chooseOrgans, enterCode, enterPhone, receiptOf, sendAnswers, sendForm, signIn } from '../support/respondent.ts'

// Codes on paper are shown once. QR codes of channels name a place and may be printed as often as one likes.

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let path: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
  const file = table(
    ['编号', '姓名', '手机', '语言'],
    ['L-1', '李一', '', ''],
    ['L-2', '王二', '', 'en'],
    ['L-3', '=赵三', '13800138003', ''],
  )
  await sendFile(app, cookie, `${path}/import`, { press: 'import' }, file)
}, 60_000)
afterAll(() => app.close())

describe('letter slips', () => {
  test('hold a code and its QR without a name, let in, and are never shown again', async () => {
    const refused = await desk.post(`${path}/slips`, { which: 'unreachable' })
    expect([refused.status, refused.body.includes('请先确认只能显示一次')]).toEqual([422, true])
    const printed = await desk.post(`${path}/slips`, { which: 'unreachable', sure: '1' })
    expect(printed.status).toBe(200)
    const codes = printed.body.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g) ?? []
    expect(codes).toHaveLength(2)
    expect(printed.body.match(/<svg/g)).toHaveLength(2)
    expect(printed.body).not.toMatch(/李一|王二|L-1|赵三/)
    expect(printed.body).toContain('Fold along the line')
    for (const code of codes) await enterCode(app, code)
    const again = await desk.post(`${path}/slips`, { which: 'unreachable', sure: '1' })
    expect([again.status, /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.test(again.body)]).toEqual([409, false])
    for (const code of codes) expect((await desk.page(path)).body).not.toContain(code)
  })

  test('and the file for a printing works are on the record, as counts', async () => {
    const file = await desk.post(`${path}/file`, { which: 'all', sure: '1' })
    expect(file.status).toBe(200)
    const [head, ...lines] = file.body.replace('\ufeff', '').trim().split('\r\n')
    expect(head).toBe('姓名,编号,单位,事项,凭证,链接')
    expect(lines).toHaveLength(1)
    // What a spreadsheet would take for a formula is text.
    expect(lines[0]).toMatch(/^'=赵三,L-3,,,[0-9A-Z-]{19},http:\/\/localhost:8787\/r#[0-9A-Z]{16}$/)
    expect((await desk.post(`${path}/file`, { which: 'all', sure: '1' })).status).toBe(409)
    const acts = await look(app, "SELECT action, after_hash FROM audit WHERE action LIKE 'invitation.%' ORDER BY seq")
    expect(acts.map(({ action }) => action)).toEqual(['invitation.slips', 'invitation.file'])
  })

  test('come as a workbook too, in which text is text, each code once and letting in', async () => {
    const file = table(['编号', '姓名'], ['L-4', '=钱四'], ['005', '孙五'])
    await sendFile(app, cookie, `${path}/import`, { press: 'import' }, file)
    const { body } = await desk.page(path)
    const csrf = /name="csrf" value="([^"]+)"/.exec(body)![1]!
    const fields = Object.entries({ csrf, which: 'all', sure: '1', format: 'xlsx' })
    const response = await sendForm(app, `${path}/file?lang=zh-CN`, fields, { headers: { cookie } })
    expect([response.status, response.headers.get('content-disposition')]).toEqual([
      200,
      expect.stringMatching(/letters\.xlsx"$/),
    ])
    const [sheet] = await readExcel(Buffer.from(await response.arrayBuffer()))
    const [head, ...rows] = sheet!.data
    expect(head).toEqual(['姓名', '编号', '单位', '事项', '凭证', '链接'])
    expect(rows.map(([name, number]) => [name, number]).sort()).toEqual([
      ['=钱四', 'L-4'],
      ['孙五', '005'],
    ])
    for (const row of rows) {
      const code = String(row[4])
      expect(row[5]).toBe(`http://localhost:8787/r#${code.replaceAll('-', '')}`)
      await enterCode(app, code)
    }
    expect((await desk.post(`${path}/file`, { which: 'all', sure: '1', format: 'xlsx' })).status).toBe(409)
  })

  test('pressed twice at the same moment show each code to one of them', async () => {
    const file = table(['编号'], ['L-8'], ['L-9'])
    await sendFile(app, cookie, `${path}/import`, { press: 'import' }, file)
    const both = await Promise.all([0, 1].map(() => desk.post(`${path}/slips`, { which: 'all', sure: '1' })))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})

describe('the target of a channel', () => {
  const at = () => `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/invitations`

  test('is set with its name, can be changed without a new code, and stands in fieldwork with what is missing', async () => {
    const wrong = await desk.post(`${at()}/channels`, { names: '车站,Station,many' })
    expect([wrong.status, wrong.body.includes('目标份数（可不写）是整数')]).toEqual([422, true])
    expect((await desk.post(`${at()}/channels`, { names: '车站,Station,1200\n码头,Pier' })).status).toBe(303)
    const codeIn = (page: string) => /车站<\/bdi> <code>\/q\/([0-9a-z]{8})<\/code> · 目标 1200 份/.exec(page)?.[1]
    const code = codeIn((await desk.page(at())).body)!
    const rowOf = async (name: string) => {
      const { body } = await desk.page(`/office/${cycle.jid}/2026/fieldwork`)
      return new RegExp(`>${name}</bdi>.*?</tr>`, 's').exec(body)![0].replace(/<[^>]*>/g, ' ')
    }
    expect(await rowOf('车站')).toMatch(/ 0 +1,200 +1,200 /)
    expect(await rowOf('码头')).toContain('未定')

    const entered = await enterPhone(app, cycle.path('public'), '13900000001')
    const form = await chooseOrgans(app, cycle.path('public'), entered, [cycle.organs[0]!])
    const scanned = {
      ...form,
      fields: [...form.fields.filter(([name]) => name !== 'ch'), ['ch', code] as [string, string]],
    }
    receiptOf(await sendAnswers(app, cycle.path('public'), scanned, [[`q.${cycle.organs[0]}.overall`, '4']]))
    expect((await desk.post(`${at()}/channels`, { names: '车站,Station,900' })).status).toBe(303)
    expect((await desk.page(at())).body).toContain(`/q/${code}</code> · 目标 900 份`)
    expect(await rowOf('车站')).toMatch(/ 1 +900 +899 /)
    // A line without a number leaves the target as it is.
    expect((await desk.post(`${at()}/channels`, { names: '车站,Railway station' })).status).toBe(303)
    expect(await rowOf('车站')).toMatch(/ 1 +900 +899 /)
  })

  test('is that of one channel where a form names it twice', async () => {
    const names = '广场,Square,10\n广场,Square,20'
    expect((await desk.post(`${at()}/channels`, { names })).status).toBe(303)
    expect(await look(app, "SELECT target FROM channel WHERE name_zh = '广场'")).toMatchObject([{ target: 20 }])
  })
})

describe('QR codes of channels', () => {
  test('are added by name and printed as cards and as a poster, with the address in text', async () => {
    const at = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/invitations`
    const wrong = await desk.post(`${at}/channels`, { names: '图书馆，City library\n只有中文' })
    expect([wrong.status, wrong.body.includes('第 2 行要有中文名称和英文名称')]).toEqual([422, true])
    expect(wrong.body).toContain('只有中文')
    expect((await desk.post(`${at}/channels`, { names: '图书馆，City library' })).status).toBe(303)
    const codeIn = (page: string) => /图书馆<\/bdi> <code>\/q\/([0-9a-z]{8})</.exec(page)?.[1]
    const code = codeIn((await desk.page(at)).body)!
    const led = await app.request(`/q/${code}`)
    expect([led.status, led.headers.get('location')]).toEqual([303, `${cycle.path('public')}?ch=${code}`])
    // Typed from a poster.
    const typed = code.toUpperCase().replaceAll('0', 'O').replaceAll('1', 'I')
    const meant = await app.request(`/q/${typed}`)
    expect(meant.headers.get('location')).toBe(led.headers.get('location'))
    for (const [layout, count] of [
      ['cards', 12],
      ['poster', 1],
    ] as const) {
      const response = await app.request(`${at}/sheet?ch=${code}&layout=${layout}`, {
        headers: { cookie: await signIn(app, accountOf(cycle, 'analyst')) },
      })
      const sheet = await response.text()
      expect([response.status, sheet.match(/<svg/g)?.length]).toEqual([200, count])
      expect(sheet).toContain(`localhost:8787/q/${code}`)
    }
  })
})
