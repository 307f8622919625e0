import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { bodyOf, enterCode, receiptOf, sendAnswers, sendForm, signIn } from '../support/respondent.ts'

// A code that got into wrong hands is made invalid; a leader who lost the letter gets another one and still answers once.

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let leaders: string
let recipients: string
const reason = '信函寄到了别人手里，收件人来电说明'
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  const pathOf = (group: 'leaders' | 'recipients') =>
    `/office/${cycle.jid}/2026/surveys/${cycle.survey(group).sid}/invitations`
  leaders = pathOf('leaders')
  recipients = pathOf('recipients')
}, 60_000)
afterAll(() => app.close())

const overall = (organ: string) => [[`q.${organ}.overall`, '4']] as [string, string][]
const printed = (body: string) => body.match(/[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/g) ?? []
const answersTo = async (code: string) => {
  const response = await sendForm(app, '/r', [['code', code]])
  return { status: response.status, body: await response.text() }
}

async function issueCode(number: string): Promise<string> {
  await sendFile(app, cookie, `${leaders}/import`, { press: 'import' }, table(['编号'], [number]))
  const { body } = await desk.post(`${leaders}/slips`, { which: 'all', sure: '1' })
  return printed(body)[0]!
}

test('a revoked code is answered like one that never was, byte for byte, and the reason is on the record', async () => {
  const code = await issueCode('L-1')
  expect((await answersTo(code)).status).toBe(200)
  const [roster] = await look(app, 'SELECT count(DISTINCT member) AS n FROM invite WHERE jurisdiction_id = ?', [
    cycle.place.id,
  ])
  const done = await desk.post(`${leaders}/revoke`, { act: 'revoke', who: 'L-1', reason })
  expect([done.status, done.location]).toEqual([303, expect.stringContaining('done=revoked')])
  const told = await app.request(done.location, { headers: { cookie } })
  const said = bodyOf(await told.text())
  expect([said.includes('看到“链接不完整或有误”'), said.includes('L-1')]).toEqual([true, false])
  const unknown = await answersTo('0000-0000-0000-0000')
  expect(await answersTo(code)).toEqual(unknown)
  expect([unknown.status, unknown.body.includes('<h1>链接不完整或有误</h1>')]).toEqual([404, true])
  // The survey is open: the people of its roster stay as many as were published.
  expect(
    await look(app, 'SELECT count(DISTINCT member) AS n FROM invite WHERE jurisdiction_id = ?', [cycle.place.id]),
  ).toEqual([roster])
  const acts = await look(app, "SELECT reason, object FROM audit WHERE action = 'invitation.revoke'")
  expect(acts.map((row) => row['reason'])).toEqual([reason])
  const again = await desk.post(`${leaders}/revoke`, { act: 'revoke', who: 'L-1', reason })
  expect([again.status, again.body.includes('名册里没有这个人')]).toEqual([422, true])
})

test('a new slip makes the old code invalid, and the person still answers once', async () => {
  const old = await issueCode('L-2')
  const entered = await enterCode(app, old)
  const slip = await desk.post(`${leaders}/revoke`, { act: 'replace', who: 'L-2', reason })
  expect(slip.status).toBe(200)
  const [code] = printed(slip.body)
  expect(code).not.toBe(old)
  expect((await answersTo(old)).status).toBe(404)
  // Who had begun with the old code may send, and then the new one is spent.
  const answers = cycle.organs.flatMap((organ) => overall(organ))
  receiptOf(await sendAnswers(app, cycle.path('leaders'), entered, answers))
  const spent = await answersTo(code!)
  expect([spent.status, bodyOf(spent.body).includes('您已经评价过了')]).toEqual([409, true])
  const [rolled] = await look(app, 'SELECT count(*) AS n FROM roll WHERE survey_id = ? AND jurisdiction_id = ?', [
    cycle.survey('leaders').id,
    cycle.place.id,
  ])
  expect(rolled!['n']).toBe(1)
})

test('what is missing is said beside its field, and what was typed stays', async () => {
  const nobody = await desk.post(`${leaders}/revoke`, { act: 'revoke', who: '', reason })
  expect([nobody.status, nobody.body.includes('请填写编号、手机或邮箱'), nobody.body.includes(reason)]).toEqual([
    422,
    true,
    true,
  ])
  const short = await desk.post(`${leaders}/revoke`, { act: 'revoke', who: 'L-3', reason: '丢了' })
  expect([short.status, short.body.includes('理由至少 10 个字'), short.body.includes('value="L-3"')]).toEqual([
    422,
    true,
    true,
  ])
})

test("a service's code can be revoked but not replaced, and by a phone only where it is the only one", async () => {
  const organ = cycle.place.organs[0]!.nameZh
  const head = ['编号', '单位', '日期', '事项', '手机']
  const rows = ['A-1', 'A-2'].map((number) => [number, organ, '2026-02-27', '办证', '13900139001'])
  await sendFile(app, cookie, `${recipients}/import`, { press: 'import' }, table(head, ...rows))
  const several = await desk.post(`${recipients}/revoke`, { act: 'revoke', who: '139 0013 9001', reason })
  expect([several.status, several.body.includes('有几行是这个号码，请用编号')]).toEqual([422, true])
  expect((await desk.post(`${recipients}/revoke`, { act: 'replace', who: 'A-1', reason })).status).toBe(404)
  expect((await desk.post(`${recipients}/revoke`, { act: 'revoke', who: 'A-1', reason })).status).toBe(303)
  expect((await desk.post(`${recipients}/revoke`, { act: 'revoke', who: '13900139001', reason })).status).toBe(303)
  expect((await desk.page(recipients)).body).not.toContain('<dt>凭证未发出')
})

test('nobody gets a second answer by being put on the roster again after a revocation', async () => {
  const code = await issueCode('L-9')
  const answers = cycle.organs.flatMap((organ) => overall(organ))
  receiptOf(await sendAnswers(app, cycle.path('leaders'), await enterCode(app, code), answers))
  expect((await desk.post(`${leaders}/revoke`, { act: 'revoke', who: 'L-9', reason })).status).toBe(303)
  const codes = async () => (await look(app, 'SELECT count(*) AS n FROM invite'))[0]!['n']
  const before = await codes()
  const again = await sendFile(app, cookie, `${leaders}/import`, { press: 'import' }, table(['编号'], ['L-9']))
  expect([again.status, again.body.includes('“L-9”已在名册里')]).toEqual([422, true])
  expect(await codes()).toBe(before)
})

test('who leaves the roster before the survey is final may be put on it again', async () => {
  const draft = await createTestCycle(app, { state: 'ready', organs: 2 })
  const reopen = "UPDATE survey SET state = 'draft' WHERE jurisdiction_id = ?"
  await app.world.writer.transact({ statements: [{ sql: reopen, args: [draft.place.id] }] })
  await emptyRosters(app, draft)
  const own = await signIn(app, accountOf(draft, 'office_admin'))
  const path = `/office/${draft.jid}/2026/surveys/${draft.survey('leaders').sid}/invitations`
  const add = () => sendFile(app, own, `${path}/import`, { press: 'import' }, table(['编号'], ['L-1']))
  expect((await add()).status).not.toBe(422)
  expect((await add()).status).toBe(422)
  expect((await deskOf(app, own).post(`${path}/revoke`, { act: 'revoke', who: 'L-1', reason })).status).toBe(303)
  expect((await add()).status).not.toBe(422)
  expect(await look(app, 'SELECT revoked FROM addressee WHERE jurisdiction_id = ?', [draft.place.id])).toEqual([
    expect.objectContaining({ revoked: 0 }),
  ])
})

test('whoever only reads can revoke nothing', async () => {
  const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
  expect((await analyst.post(`${leaders}/revoke`, { act: 'revoke', who: 'L-2', reason })).status).toBe(403)
  expect((await analyst.page(leaders)).body).not.toContain('撤销或补发凭证')
})
