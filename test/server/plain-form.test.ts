import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { withTicket } from '../support/box.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Entered, enterCode, receiptOf, sendAnswers, sendForm, sendJson } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'

let app: TestApp
let cycle: TestCycle
let organs: readonly string[]
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 40 })
  organs = cycle.organs
})
afterAll(() => app.close())

const path = () => cycle.path('leaders')
let nextLeader = 0

const satisfied = [5, 4, 4, 4, 4, 4, 4, 0]
const response = () => ({ slips: [slip(organs[0]!, satisfied)] })

const boxed = async (tag: Uint8Array) => {
  const { rows } = await app.database.db.$client.execute({
    sql: 'SELECT ver, enc, ct FROM box WHERE tag = ?',
    args: [tag],
  })
  return rows
}

describe('the plain form', () => {
  test('is sealed by the server: one person, one response, changed by coming again', async () => {
    const code = cycle.leader(nextLeader++)
    const entered = await enterCode(app, code)
    const answers = [[`q.${organs[0]}.overall`, '4']] as const
    const many = await Promise.all(Array.from({ length: 16 }, () => sendAnswers(app, path(), entered, answers)))
    const receipts = new Set(many.filter(({ status }) => status === 303).map((each) => receiptOf(each).tag))
    expect(receipts.size).toBe(1)
    const tag = fromBase64url([...receipts][0]!)!
    expect(await boxed(tag)).toHaveLength(1)
    const [before] = await boxed(tag)
    const later = await enterCode(app, code)
    expect(receiptOf(await sendAnswers(app, path(), later, [[`q.${organs[1]}.overall`, '2']])).tag).toBe(base64url(tag))
    const [after] = await boxed(tag)
    expect(Number(after!['ver'])).toBe(Number(before!['ver']) + 1)
    const form = "SELECT n FROM survey_count WHERE jurisdiction_id = ? AND survey_id = ? AND name = 'form'"
    const [counted] = await look(app, form, [cycle.place.id, cycle.survey('leaders').id])
    expect(Number(counted!['n'])).toBeGreaterThan(0)
  })

  test('withdraws what it sent, by a button that only they see who have answered, and nothing that a device sealed', async () => {
    const code = cycle.leader(nextLeader++)
    const first = await enterCode(app, code)
    expect(first.html.match(/formaction="[^"]*withdraw/)).toBeNull()
    const answers = [[`q.${organs[0]}.overall`, '4']] as const
    const tag = fromBase64url(receiptOf(await sendAnswers(app, path(), first, answers)).tag)!
    const again = await enterCode(app, code)
    expect(again.html.match(/formaction="[^"]*withdraw[^"]*"/g)).toEqual([
      `formaction="${path()}/form/withdraw?lang=zh-CN"`,
    ])
    const withdraw = (entered: Entered) =>
      sendForm(app, `${path()}/form/withdraw`, [['elig', entered.elig], ['k', entered.k], ...answers])
    const page = await withdraw(again)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('已撤回')
    const [row] = await boxed(tag)
    expect([Number(row!['ver']), (row!['ct'] as ArrayBuffer).byteLength]).toEqual([2, 0])
    receiptOf(await sendAnswers(app, path(), again, answers))
    expect((await boxed(tag))[0]!['ver']).toBe(3)

    const n = nextLeader++
    const device = await withTicket(app, cycle, 'leaders', n)
    const { elig } = await enterCode(app, cycle.leader(n))
    await sendJson(app, `${path()}/submit`, await device.submitBody(response()))
    const other = await withdraw({ ...again, elig })
    expect(other.status).toBe(409)
    expect(await other.text()).toContain('要更改，请用提交时的那台设备')
    expect((await boxed(device.tag))[0]!['ver']).toBe(1)
  })

  test('says before anything is typed that a device has answered, and promises nothing that it cannot do', async () => {
    const n = nextLeader++
    const device = await withTicket(app, cycle, 'leaders', n)
    await sendJson(app, `${path()}/submit`, await device.submitBody(response()))
    const { html } = await enterCode(app, cycle.leader(n))
    expect(html).toContain('请用那台设备上原来的浏览器')
    expect(html).not.toContain('再次提交会替换')
    expect(html).not.toMatch(/formaction="[^"]*withdraw/)
    const own = await enterCode(app, cycle.leader(nextLeader++))
    expect(own.html).not.toContain('请用那台设备上原来的浏览器')
    receiptOf(await sendAnswers(app, path(), own, [[`q.${organs[0]}.overall`, '4']]))
    const again = await enterCode(app, cycle.leader(nextLeader - 1))
    expect(again.html).toContain('再次提交会替换')
    expect(again.html).not.toContain('请用那台设备上原来的浏览器')
  })

  test('gives back what was typed when a device has answered meanwhile', async () => {
    const n = nextLeader++
    const entered = await enterCode(app, cycle.leader(n))
    const device = await withTicket(app, cycle, 'leaders', n)
    await sendJson(app, `${path()}/submit`, await device.submitBody(response()))
    const refused = await sendAnswers(app, path(), entered, [
      [`q.${organs[0]}.overall`, '4'],
      [`c.${organs[0]}`, '窗口排队太久'],
    ])
    expect(refused.status).toBe(409)
    const html = await refused.text()
    expect(html).toContain('这次提交没有计入')
    expect(html).toContain('请用那台设备上原来的浏览器')
    expect(html).toMatch(/<textarea[^>]*>窗口排队太久</)
    expect(html).not.toContain('再次提交会替换')
    expect((await boxed(device.tag))[0]!['ver']).toBe(1)
  })

  test('takes nineteen versions, says then that the last one counts, and still withdraws it', async () => {
    const entered = await enterCode(app, cycle.leader(nextLeader++))
    const answers = [[`q.${organs[0]}.overall`, '4']] as const
    let receipt = ''
    for (let version = 1; version <= 19; version++)
      receipt = receiptOf(await sendAnswers(app, path(), entered, answers)).tag
    const over = await sendAnswers(app, path(), entered, answers)
    expect(over.status).toBe(409)
    expect(await over.text()).toContain('最后收到的那一份有效')
    const withdraw = () => sendForm(app, `${path()}/form/withdraw`, [...entered.fields, ...answers])
    expect((await withdraw()).status).toBe(200)
    const isWithdrawn = async () => {
      const [row] = await boxed(fromBase64url(receipt)!)
      return [Number(row!['ver']), (row!['ct'] as ArrayBuffer).byteLength]
    }
    expect(await isWithdrawn()).toEqual([20, 0])
    expect((await sendAnswers(app, path(), entered, answers)).status).toBe(409)
    expect((await withdraw()).status).toBe(409)
    expect(await isWithdrawn()).toEqual([20, 0])
  })

  test('holds a device to the same limit: nineteen to send, one more to withdraw, and no earlier one comes back', async () => {
    const device = await withTicket(app, cycle, 'leaders', nextLeader++)
    const submit = async (version: number) => {
      const reply = await sendJson(app, `${path()}/submit`, await device.submitBody(response(), version))
      return { status: reply.status, ...(await reply.json()) }
    }
    expect(await submit(19)).toMatchObject({ status: 200, outcome: 'accepted' })
    expect(await submit(20)).toMatchObject({ status: 409, code: 'change_limit' })
    const withdraw = (version: number) => sendJson(app, `${path()}/withdraw`, device.withdrawBody(version))
    expect((await withdraw(21)).status).toBe(409)
    expect((await withdraw(20)).status).toBe(200)
    expect(await submit(19)).toMatchObject({ status: 200, outcome: 'replayed', ver: 20 })
    expect(await submit(20)).toMatchObject({ status: 409, code: 'change_limit' })
    const [row] = await boxed(device.tag)
    expect([Number(row!['ver']), (row!['ct'] as ArrayBuffer).byteLength]).toEqual([20, 0])
  })

  test('keeps no answer in the clear: neither slip nor sum exists before the opening', async () => {
    for (const table of ['slip', 'comment', 'tally', 'tally_moments']) {
      const [row] = await look(app, `SELECT count(*) AS n FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ?`, [
        cycle.place.id,
        cycle.survey('leaders').id,
      ])
      expect(row!['n'], table).toBe(0)
    }
  })
})
