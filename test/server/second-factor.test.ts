import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { deskOf, hiddenOf } from '../support/desk.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'
import { codeAt, enrol } from '../support/totp.ts'

let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  app = await createTestApp({ time: Date.now() })
  cycle = await createTestCycle(app, { organs: 2 })
})
afterAll(() => app.close())

const minute = 60_000
beforeEach(() => {
  // Each test has time steps of its own.
  app.clock.time += minute
})

interface Person {
  email: string
  id: string
  cookie: string
  secret: string
  codes: string[]
}
async function personWith(role: 'analyst' | 'office_admin' | 'auditor'): Promise<Person> {
  const email = await hireStaff(app, cycle, [role])
  const cookie = await signIn(app, { email, password: staffPassword })
  const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [email])
  const factor = await enrol(app, cookie)
  app.clock.time += minute
  return { email, cookie, id: String(row!['id']), ...factor }
}

/** The first step: the cookies with which the page for the code is asked. */
const first = async (email: string) => signIn(app, { email, password: staffPassword })
const second = (cookie: string, confirm: string) =>
  sendForm(app, '/office/sign-in/code', [['confirm', confirm]], { headers: { cookie } })
const isIn = async (response: Response) => {
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  return (await app.request('/office', { headers: { cookie } })).status === 200
}

describe('signing in with a second factor', () => {
  test('takes a password and a code: neither alone is a session', async () => {
    const { email, secret } = await personWith('analyst')
    const step = await first(email)
    expect((await app.request('/office', { headers: { cookie: step } })).status).toBe(303)
    expect((await app.request('/office/sign-in/code', { headers: { cookie: step } })).status).toBe(200)
    expect((await second('', codeAt(secret, app.clock.time))).headers.get('location')).toContain('/office/sign-in?')
    const wrong = await second(step, '000000')
    expect(wrong.status).toBe(401)
    expect(bodyOf(await wrong.text())).toContain('口令不对，或已经用过')
    const right = await second(step, codeAt(secret, app.clock.time))
    expect(right.status).toBe(303)
    expect(await isIn(right)).toBe(true)
    // A changed cookie names nobody, and after five minutes neither does the true one.
    const forged = step.replace(/gp-step=[^.]+/, 'gp-step=somebody')
    expect((await second(forged, '000000')).headers.get('location')).toContain('session_over')
    app.clock.time += 5 * minute
    expect((await second(step, codeAt(secret, app.clock.time))).headers.get('location')).toContain('session_over')
  })

  test('takes each code once, also from two browsers at the same moment', async () => {
    const { email, secret, codes } = await personWith('analyst')
    const code = codeAt(secret, app.clock.time)
    const [one, two] = [await first(email), await first(email)]
    const both = await Promise.all([second(one, code), second(two, code)])
    expect(both.map(({ status }) => status).sort()).toEqual([303, 401])
    // The step before, whose code was never entered, is over with it.
    expect((await second(one, codeAt(secret, app.clock.time - 30_000))).status).toBe(401)
    const backup = await Promise.all([second(one, codes[0]!), second(two, codes[0]!)])
    expect(backup.map(({ status }) => status).sort()).toEqual([303, 401])
    expect((await second(one, codes[1]!.toUpperCase().replace('-', ' '))).status).toBe(303)
  })

  test('looks at ten wrong codes in an hour and no more, and the right one does not get through then', async () => {
    const { email, secret } = await personWith('analyst')
    const step = await first(email)
    const right = codeAt(secret, app.clock.time)
    const wrong = right === '111111' ? '222222' : '111111'
    for (let at = 0; at < 10; at++) expect((await second(step, wrong)).status).toBe(401)
    const stopped = await second(step, right)
    expect(stopped.status).toBe(429)
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(0)
    app.clock.time += 61 * minute
    const later = await second(await first(email), codeAt(secret, app.clock.time))
    expect(later.status).toBe(303)
  })

  test('is the same for a right and a wrong password until the code: nobody learns who has one', async () => {
    const { email } = await personWith('analyst')
    const [known, unknown] = await Promise.all(
      [email, 'nobody-at-all@example.org'].map(async (name) => {
        const given = Object.entries({ email: name, password: 'wrong wrong wrong' })
        const answer = await sendForm(app, '/office/sign-in', given)
        return [answer.status, (await answer.text()).replaceAll(name, '').replace(/nonce="[^"]*"/g, '')]
      }),
    )
    expect(known).toEqual(unknown)
  })

  test('keeps neither secret nor backup codes readable, and a new authenticator ends the old one', async () => {
    const person = await personWith('analyst')
    const rows = JSON.stringify(await look(app, 'SELECT * FROM two_factor'))
    for (const hidden of [
      person.secret.replace(/ /g, ''),
      ...person.codes,
      ...person.codes.map((c) => c.replace('-', '')),
    ])
      expect(rows).not.toContain(hidden)
    const other = await second(await first(person.email), codeAt(person.secret, app.clock.time))
    const cookie = other.headers.getSetCookie()[0]!.split(';')[0]!
    app.clock.time += minute
    await enrol(app, cookie)
    expect((await app.request('/office', { headers: { cookie: person.cookie } })).status).toBe(303)
    app.clock.time += minute
    expect((await second(await first(person.email), codeAt(person.secret, app.clock.time))).status).toBe(401)
    expect((await second(await first(person.email), person.codes[0]!)).status).toBe(401)
  })
})

describe('recovery by a second officer', () => {
  test('takes the second factor away, is audited, and is told at the next sign-in until it is noted', async () => {
    const person = await personWith('auditor')
    const admin = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    const act = `/office/${cycle.jid}/people/${person.id}/act`
    expect((await admin.post(act, { act: 'reset' })).location).toContain('done=reset')
    expect((await app.request('/office', { headers: { cookie: person.cookie } })).status).toBe(303)
    const [row] = await look(
      app,
      "SELECT count(*) AS n FROM audit WHERE action = 'staff.reset_factor' AND object = ? AND jurisdiction_id = ?",
      [`user/${person.id}`, cycle.place.id],
    )
    expect(row!['n']).toBe(1)
    // The password is still needed, and is all that is.
    const given = Object.entries({ email: person.email, password: staffPassword })
    const back = await sendForm(app, '/office/sign-in', given)
    expect(back.headers.get('location')).toBe('/office/account?lang=zh-CN')
    const desk = deskOf(app, back.headers.getSetCookie()[0]!.split(';')[0]!)
    expect(bodyOf((await desk.page('/office/account')).body)).toContain('您的两步验证被重置了')
    await desk.post('/office/account/act', { act: 'noted' })
    expect(bodyOf((await desk.page('/office/account')).body)).not.toContain('您的两步验证被重置了')
    expect((await admin.post(act, { act: 'reset' })).status).toBe(409)
  })

  test('is nothing that somebody does to themselves', async () => {
    const person = await personWith('office_admin')
    const desk = deskOf(app, person.cookie)
    const page = await desk.post(`/office/${cycle.jid}/people/${person.id}/act`, { act: 'reset' })
    expect(page.status).toBe(403)
    expect(bodyOf(page.body)).toContain('不能对自己做这项操作')
  })
})

describe('a proof of presence', () => {
  test('is asked for after five minutes, with everything typed kept, and then what was sent goes through', async () => {
    const place = await createTestCycle(app, { organs: 2 })
    const list = `/office/${place.jid}/approvals`
    const proposer = deskOf(app, await signIn(app, accountOf(place, 'office_admin')))
    const sid = place.survey('public').sid
    const close = { act: 'propose_close', reason: '问卷发现严重错误，须立即停止收集' }
    await proposer.post(`/office/${place.jid}/2026/surveys/${sid}/act`, close)
    const desk = deskOf(app, await signInAs(app, place, 'office_admin'))
    app.clock.time += 5 * minute + 1
    const waiting = hiddenOf((await desk.page(list)).body, `${list}/decide`)
    const given = { ...waiting, decision: 'return', reason: '请写明是哪一道题有错误' }
    const asked = await desk.post(`${list}/decide`, given)
    expect(asked.status).toBe(403)
    const kept = hiddenOf(asked.body, `${list}/decide`)
    expect(kept).toMatchObject(given)
    const wrong = await desk.post(`${list}/decide`, { ...kept, confirm: 'wrong wrong wrong' })
    expect(wrong.status).toBe(403)
    expect(hiddenOf(wrong.body, `${list}/decide`)).toEqual(kept)
    const [still] = await look(app, 'SELECT state FROM approvals WHERE id = ?', [waiting['id']!])
    expect(still!['state']).toBe('proposed')
    const done = await desk.post(`${list}/decide`, { ...kept, confirm: staffPassword })
    expect(done.location).toContain('done=returned')
    // It lasts for what comes next.
    expect((await desk.page('/office/confirm')).status).toBe(200)
    const csv = await desk.page(`/office/${place.jid}/2026/scores.csv`)
    expect(csv.status).toBe(200)
  })

  test('is a code for whoever has a second factor, and a file is taken after it', async () => {
    const person = await personWith('analyst')
    const desk = deskOf(app, person.cookie)
    const csv = `/office/${cycle.jid}/2026/scores.csv`
    app.clock.time += 5 * minute + 1
    const headers = { cookie: person.cookie }
    const sent = await app.request(csv, { headers })
    expect(sent.status).toBe(303)
    const page = await (await app.request(sent.headers.get('location')!, { headers })).text()
    const action = /<form class="card form" method="post" action="([^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&')
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)![1]!
    const confirm = (given: string) => sendForm(app, action, Object.entries({ csrf, confirm: given }), { headers })
    expect((await confirm(staffPassword)).status).toBe(403)
    const on = await confirm(codeAt(person.secret, app.clock.time))
    expect(on.headers.get('location')).toBe(csv)
    expect((await desk.page(csv)).status).toBe(200)
    const asked = { cookie: person.cookie, accept: 'application/json' }
    app.clock.time += 6 * minute
    expect((await app.request(csv, { headers: asked })).status).toBe(403)
  })
})

test('where it is required, nothing is changed or taken without a second factor, and everything can be read', async () => {
  const strict = await createTestApp({ time: Date.now(), env: { STAFF_SECOND_FACTOR: 'required' } })
  try {
    const place = await createTestCycle(strict, { organs: 2 })
    const account = accountOf(place, 'office_admin')
    const entered = await sendForm(strict, '/office/sign-in', Object.entries(account))
    expect(entered.headers.get('location')).toBe('/office/account?lang=zh-CN')
    const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!
    const desk = deskOf(strict, cookie)
    const act = `/office/${place.jid}/2026/surveys/${place.survey('public').sid}/act`
    const close = { act: 'propose_close', reason: '问卷发现严重错误，须立即停止收集' }
    expect((await desk.page(`/office/${place.jid}/2026`)).status).toBe(200)
    const refused = await desk.post(act, close)
    expect(refused.status).toBe(403)
    expect(bodyOf(refused.body)).toContain('请先设置两步验证')
    expect((await desk.page(`/office/${place.jid}/2026/scores.csv`)).status).toBe(403)
    expect(await look(strict, 'SELECT id FROM approvals WHERE state = ?', ['proposed'])).toEqual([])
    // Whoever waits too long proves to be present, which is possible without one.
    strict.clock.time += 6 * minute
    const setUp = await strict.request('/office/account/second-factor', { headers: { cookie } })
    const confirm = setUp.headers.get('location')!
    expect(confirm).toContain('/office/confirm')
    const token = /name="csrf" value="([^"]+)"/.exec(
      await (await strict.request(confirm, { headers: { cookie } })).text(),
    )
    const proof = Object.entries({ csrf: token![1]!, confirm: account.password })
    expect((await sendForm(strict, confirm, proof, { headers: { cookie } })).status).toBe(303)
    await enrol(strict, cookie)
    expect((await deskOf(strict, cookie).post(act, close)).location).toContain('done=propose_close')
    expect((await desk.page(`/office/${place.jid}/2026/scores.csv`)).status).toBe(200)
  } finally {
    await strict.close()
  }
})
