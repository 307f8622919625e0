import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { deletePeople } from '../../db/retirement.ts'
import { systemScope } from '../../server/guard.ts'
import { emptyClosedSheets } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import {
  assistanceOf,
  assistPath,
  beginSheet,
  countByWay,
  filled,
  hireInterviewer,
  type Interviewer,
  sheetsOf,
} from '../support/interviewers.ts'
import { bodyOf, enterCode, filledFields, sendAnswers, sha256, signIn } from '../support/respondent.ts'

// Paper is typed by two people: compared, decided by the paper, sent once, and nothing is left of what waited in between.

let app: TestApp
let cycle: TestCycle
let anna: Interviewer
let bert: Interviewer
let office: Desk

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  anna = await hireInterviewer(app, cycle)
  bert = await hireInterviewer(app, cycle)
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
}, 60_000)
afterAll(() => app.close())

const organ = () => cycle.organs[0]!

describe('a sheet of paper', () => {
  const overall = (value: string) => [`q.${organ()}.overall`, value] as const
  const comment = (text: string) => [`c.${organ()}`, text] as const

  test('is typed by two people, and what they typed alike is sent once', async () => {
    const before = await countByWay(app, cycle)
    const code = cycle.receipt(organ())
    const first = await beginSheet(anna, '0017', code, assistPath(cycle))
    // Of a page of respondents a browser would send its form without an origin, which no form of staff may.
    expect(first.referrer).toBe('same-origin')
    expect([first.status, first.body.includes('纸质录入 · 编号 0017')]).toEqual([200, true])
    const kept = await first.entry([overall('4'), comment('  窗口很快 ')])
    expect([kept.status, kept.headers.get('location')]).toEqual([
      303,
      `${assistPath(cycle)}?done=first&sheet=0017&lang=zh-CN`,
    ])
    // The same form twice is one entry.
    expect((await first.entry([overall('4'), comment('窗口很快')])).status).toBe(303)
    expect((await countByWay(app, cycle)).all).toBe(before.all)

    const own = await anna.desk.post(`${assistPath(cycle)}/paper`, { sheet: '0017', code })
    expect([own.status, own.body.includes('第二遍须由另一个人录')]).toEqual([409, true])
    const second = await beginSheet(bert, '００１７', code, assistPath(cycle))
    expect(second.status).toBe(200)
    expect(filledFields(second.body).filter(([name]) => /^[qc]\./.test(name) && name !== `c.${organ()}`)).toEqual([])
    expect(second.body).not.toContain('窗口很快')
    const sent = await second.entry([comment('窗口很快'), overall('4')])
    expect([sent.status, sent.headers.get('location')]).toEqual([303, expect.stringContaining('done=paper')])
    const after = await countByWay(app, cycle)
    expect([after.ways.paper, after.all]).toEqual([before.ways.paper + 1, before.all + 1])
    expect(await sheetsOf(app, cycle)).toEqual([])
    expect((await beginSheet(anna, '0018', code, assistPath(cycle))).body).toContain('已经评价过')
    expect(await assistanceOf(app, cycle, bert)).toMatchObject([{ way: 'paper', n: 1 }])
  })

  test('shows every difference with both values, and sends what was decided by the paper', async () => {
    const code = cycle.receipt(organ())
    const canary = `甲录的意见${'%'.repeat(3)}canary-7Q`
    expect(
      (await (await beginSheet(anna, 'D-1', code, assistPath(cycle))).entry([overall('4'), comment(canary)])).status,
    ).toBe(303)
    const [row] = await sheetsOf(app, cycle)
    const sealed = Buffer.from(row!['ct'] as ArrayBuffer)
    const database = async () => {
      const file = app.database.url.slice('file:'.length)
      const parts = await Promise.all([file, `${file}-wal`].map((path) => readFile(path).catch(() => Buffer.alloc(0))))
      return Buffer.concat(parts)
    }
    // Control: what waits is there, sealed; what was typed never is.
    expect((await database()).includes(sealed)).toBe(true)
    expect((await database()).includes(Buffer.from(canary))).toBe(false)

    const second = await beginSheet(bert, 'D-1', code, assistPath(cycle))
    const compared = await second.entry([overall('2'), comment('乙录的意见')])
    const html = bodyOf(await compared.text())
    expect(compared.status).toBe(200)
    for (const text of ['第一遍：满意', '第二遍：不满意', `第一遍：${canary}`, '第二遍：乙录的意见', '有 2 项两遍不同'])
      expect(html).toContain(text)
    const decide = (choices: readonly (readonly [string, string])[]) =>
      bert.send(`${assistPath(cycle)}/entry`, filled(html, choices))
    const half = await decide([[`d.q.${organ()}.overall`, 'first']])
    expect(half.status).toBe(422)
    expect(bodyOf(await half.text())).toContain(`href="#d.c.${organ()}"`)
    expect((await decide([[`d.q.${organ()}.overall`, 'third']])).status).toBe(400)
    const back = await decide([['show', 'form']])
    expect(bodyOf(await back.text())).toContain('乙录的意见')
    const sent = await decide([
      [`d.q.${organ()}.overall`, 'first'],
      [`d.c.${organ()}`, 'second'],
    ])
    expect(sent.status).toBe(303)
    const comments = await look(app, 'SELECT text FROM comment WHERE jurisdiction_id = ?', [cycle.place.id])
    expect(comments.map(({ text }) => text)).toContain('乙录的意见')

    // Nothing of the first entry is left: not its words, not its ciphertext.
    await vi.waitFor(
      async () => {
        const left = await database()
        expect([left.includes(Buffer.from(canary)), left.includes(sealed)]).toEqual([false, false])
      },
      { timeout: 15_000, interval: 250 },
    )
  })

  test('is refused with another code, another number, an answer that is missing, or a form of somebody else', async () => {
    const [code, another] = [cycle.receipt(organ()), cycle.receipt(organ())]
    const first = await beginSheet(anna, 'E1', code, assistPath(cycle))
    const missing = await first.entry([comment('没有选')])
    expect([missing.status, (await missing.text()).includes('没有选')]).toEqual([422, true])
    expect((await first.entry([overall('4')])).status).toBe(303)
    const differs = await beginSheet(bert, 'E1', another, assistPath(cycle))
    expect([differs.status, differs.body.includes('与这个编号的第一遍录入不同')]).toEqual([409, true])
    for (const [sheet, text] of [
      ['', '请输入纸上的编号'],
      ['1234567890123', '编号只能有'],
      ['a b', '编号只能有'],
    ] as const) {
      const bad = await beginSheet(bert, sheet, code, assistPath(cycle))
      expect([bad.status, bad.body.includes(text)]).toEqual([422, true])
    }
    // The form of one person does not serve another, nor another sheet.
    const stolen = await bert.send(`${assistPath(cycle)}/entry`, filled(first.body, [overall('4')]))
    expect(stolen.status).toBe(403)
    const second = await beginSheet(bert, 'E1', code, assistPath(cycle))
    const moved = filled(second.body, [overall('4')]).map(
      ([name, value]) => [name, name === 'sheet' ? 'E9' : value] as const,
    )
    // A number that nobody has typed yet: this is its first entry, and the other one still waits.
    expect((await bert.send(`${assistPath(cycle)}/entry`, moved)).headers.get('location')).toContain(
      'done=first&sheet=E9',
    )
    expect((await sheetsOf(app, cycle)).map(({ sheet }) => sheet)).toEqual(['E1', 'E9'])
    const broken = filled(second.body, [overall('4')]).map(
      ([name, value]) => [name, name === 'sheet' ? '../1' : value] as const,
    )
    expect((await bert.send(`${assistPath(cycle)}/entry`, broken)).status).toBe(400)
    // Whoever has answered meanwhile is not counted again, and nothing waits for them.
    expect((await sendAnswers(app, cycle.path('recipients'), await enterCode(app, code), [overall('5')])).status).toBe(
      303,
    )
    const late = await second.entry([overall('4')])
    expect([late.status, (await sheetsOf(app, cycle)).map(({ sheet }) => sheet)]).toEqual([409, ['E9']])
  })

  test('whose row was moved or changed is given up, and says so', async () => {
    const code = cycle.receipt(organ())
    expect((await (await beginSheet(anna, 'F1', code, assistPath(cycle))).entry([overall('4')])).status).toBe(303)
    await app.world.writer.transact({
      statements: [
        {
          sql: "UPDATE paper_sheet SET sheet = 'F2' WHERE jurisdiction_id = ? AND sheet = 'F1'",
          args: [cycle.place.id],
        },
      ],
    })
    const moved = await beginSheet(bert, 'F2', code, assistPath(cycle))
    expect([moved.status, moved.body.includes('读不出来，已删除')]).toEqual([409, true])
    expect((await sheetsOf(app, cycle)).map(({ sheet }) => sheet)).not.toContain('F2')
  })
})

describe('what the office and the auditor see', () => {
  test('is for how many people somebody wrote, by day and way, and never what', async () => {
    const page = await office.page(assistPath(cycle))
    expect(page.status).toBe(200)
    expect(page.body).not.toMatch(/assist\/(phone|paper)"/)
    const people = (html: string) => [...html.matchAll(/<th scope="row"[^>]*><bdi>(person \d+)<\/bdi><\/th>/g)].length
    expect(people(page.body)).toBe(1)
    // An interviewer sees the own numbers: who made first entries only has sent nothing.
    expect(people((await bert.desk.page(assistPath(cycle))).body)).toBe(1)
    expect(people((await anna.desk.page(assistPath(cycle))).body)).toBe(0)
    const audit = await look(
      app,
      "SELECT actor, action FROM audit WHERE jurisdiction_id = ? AND action LIKE 'survey.assist%' ORDER BY seq",
      [cycle.place.id],
    )
    // Once a day, survey and way, however many sheets.
    expect(audit.map((row) => [row['actor'], row['action']])).toEqual([
      [anna.id, 'survey.assist_paper'],
      [bert.id, 'survey.assist_paper'],
    ])
    expect(await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).toMatchObject({ wrong: null })
    const columns = await look(app, 'SELECT * FROM assistance LIMIT 1')
    expect(Object.keys(columns[0]!).sort()).toEqual(['day', 'jurisdiction_id', 'n', 'survey_id', 'user_id', 'way'])
  })

  test('the printed questionnaire has the words of the form, a place for the code, or the codes that were given', async () => {
    const blank = await office.page(`${assistPath(cycle)}/sheets`)
    expect(blank.body).toContain('____  ____  ____  ____')
    expect(blank.body.replace(/<[^>]*>/g, '')).toContain('您对这次服务总体满意吗')
    const [one, two] = [cycle.receipt(organ()), cycle.receipt(cycle.organs[1]!)]
    const made = await office.post(`${assistPath(cycle)}/sheets`, { codes: `${one}\n\n${two.toLowerCase()}\n` })
    expect(made.status).toBe(200)
    expect(made.body.match(/<article class="sheet">/g)).toHaveLength(2)
    const form = await enterCode(app, one)
    const titles = (html: string) => [...html.matchAll(/☐ ([^<]+)/g)].map(([, text]) => text)
    // Whoever answers on paper has no mailbox.
    const options = [
      ...bodyOf(form.html).matchAll(/<label class="opt"[^>]*><input(?![^>]*name="mailbox")[^>]*>([^<]+)/g),
    ].map(([, text]) => text)
    expect(titles(made.body.split('</article>')[0]!)).toEqual(options)
    const wrong = await office.post(`${assistPath(cycle)}/sheets`, { codes: `${one}\nABCD-EFGH-JKMN-PQRS` })
    expect([wrong.status, wrong.body.includes('第 2 行的号码在这个测评里没有')]).toEqual([422, true])
    expect((await anna.desk.page(`${assistPath(cycle)}/sheets`)).body).not.toContain('name="codes"')
    expect((await anna.desk.page(`${assistPath(cycle)}/sheets`, 'en')).body).toContain('Number (filled in by staff)')
  })

  test('the privacy page says what somebody who writes for a person learns', async () => {
    const zh = await (await app.request(`${cycle.path('recipients')}/privacy?lang=zh-CN`)).text()
    const en = await (await app.request(`${cycle.path('recipients')}/privacy?lang=en`)).text()
    expect(zh).toContain('访问员听到并录入您的回答')
    expect(en).toContain('two people type each sheet')
    const leaders = await (await app.request(`${cycle.path('leaders')}/privacy?lang=en`)).text()
    expect(leaders).not.toContain('Phone interview')
  })
})

describe('when a survey has closed', () => {
  test('what waits is deleted with its key, and the number stays on the list', async () => {
    const late = await createTestCycle(app)
    app.clock.time = late.closesAt - 5 * 60_000
    const [clara, dora] = [await hireInterviewer(app, late), await hireInterviewer(app, late)]
    const [first, second] = [late.receipt(late.organs[0]!), late.receipt(late.organs[0]!)]
    const answers = [[`q.${late.organs[0]}.overall`, '4']] as const
    expect((await (await beginSheet(clara, 'L1', first, assistPath(late))).entry(answers)).status).toBe(303)
    const key = join(app.database.folder, 'keys/surveys', late.jid, late.survey('recipients').sid, 'sheets.key')
    expect((await readFile(key)).length).toBe(32)
    const again = await beginSheet(dora, 'L1', first, assistPath(late))
    expect(await emptyClosedSheets(app.world)).toBe(0)
    await late.close()
    const tooLate = await again.entry(answers)
    expect([tooLate.status, bodyOf(await tooLate.text()).includes('测评已经结束')]).toEqual([410, true])
    expect((await beginSheet(dora, 'L2', second, assistPath(late))).status).toBe(410)
    expect(await emptyClosedSheets(app.world)).toBe(1)
    expect(await emptyClosedSheets(app.world)).toBe(0)
    await expect(readFile(key)).rejects.toThrow('ENOENT')
    const [row] = await sheetsOf(app, late)
    expect([row!['sheet'], (row!['ct'] as ArrayBuffer).byteLength]).toEqual(['L1', 0])
    const page = await deskOf(app, await signIn(app, accountOf(late, 'office_admin'))).page(assistPath(late))
    expect(page.body).toContain('没有完成的纸质问卷')
    expect(page.body).toContain('<bdi>L1</bdi>')
    const [audited] = await look(app, "SELECT object FROM audit WHERE action = 'survey.sheets_emptied'")
    expect(audited!['object']).toBe(`survey/${late.survey('recipients').id}`)
    await deletePeople(app.world.writer, systemScope(late.place.id), late.survey('recipients').id)
    expect(await sheetsOf(app, late)).toEqual([])
  })
})
