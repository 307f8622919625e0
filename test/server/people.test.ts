import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mail } from '../../server/world.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'
import { enrol } from '../support/totp.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ time: Date.now() })
})
afterAll(() => app.close())

const minute = 60_000
const password = 'a password of their own'
const reason = '工作需要，经办公会研究决定'

interface Office {
  cycle: TestCycle
  first: Desk
  second: Desk
  path: string
}
/** An office with exactly two administrators, both signed in. */
async function officeOf(): Promise<Office> {
  const cycle = await createTestCycle(app, { organs: 2 })
  const one = accountOf(cycle, 'office_admin')
  const two = { email: one.email.replace('office@', 'second@'), password: 'gongping-demo-2' }
  const desk = async (account: typeof one) => deskOf(app, await signIn(app, account))
  return { cycle, first: await desk(one), second: await desk(two), path: `/office/${cycle.jid}/people` }
}

const idOf = async (email: string) =>
  String((await look(app, 'SELECT id FROM user WHERE email = ?', [email]))[0]?.['id'] ?? '')
const rolesOf = async ({ cycle }: Office, email: string) =>
  (
    await look(
      app,
      `SELECT role FROM grants JOIN user ON user.id = user_id WHERE email = ? AND jurisdiction_id = ? AND valid_to > ?
        ORDER BY role`,
      [email, cycle.place.id, app.clock.time],
    )
  ).map((row) => row['role'])
const actsOn = async (user: string) =>
  (await look(app, 'SELECT action FROM audit WHERE object = ? ORDER BY seq', [`user/${user}`])).map((row) =>
    String(row['action']),
  )
const linkIn = (html: string) => /welcome\?link=([\w-]+)/.exec(html)![1]!
let invited = 0
const newcomer = () => {
  invited += 1
  return { name: `新人${invited}`, email: `new-${invited}@office.example` }
}
const welcome = (link: string, given = password) =>
  sendForm(app, '/office/welcome', [
    ['link', link],
    ['password', given],
    ['again', given],
  ])

describe('an invitation', () => {
  let office: Office
  beforeAll(async () => {
    office = await officeOf()
  })

  test('leads by a link that is shown once to a password, a sign-in and exactly the role it names', async () => {
    const { name, email } = newcomer()
    const made = await office.first.post(`${office.path}/invite`, {
      name,
      email,
      role: 'analyst',
      organ: '',
      reason: '',
    })
    expect(made.status).toBe(200)
    const link = linkIn(made.body)
    // Only a hash of it is kept.
    expect((await office.first.page(office.path)).body).not.toContain(link)
    expect(JSON.stringify(await look(app, 'SELECT * FROM staff_link'))).not.toContain(link)
    expect((await office.first.page(office.path)).body).toContain('已邀请，还没有设置密码')

    // Programs that look at links use nothing up.
    for (let at = 0; at < 3; at++) expect((await app.request(`/office/welcome?link=${link}`)).status).toBe(200)
    const short = await welcome(link, 'short')
    expect(short.status).toBe(422)
    expect(bodyOf(await short.text())).toContain('新密码至少 12 个字符')
    expect((await welcome(link)).headers.get('location')).toContain('why=password_set')
    const desk = deskOf(app, await signIn(app, { email, password }))
    expect((await desk.page(`/office/${office.cycle.jid}/2026`)).status).toBe(200)
    expect((await desk.page(office.path)).status).toBe(403)

    for (const used of [link, 'x'.repeat(32), '']) {
      expect((await app.request(`/office/welcome?link=${used}`)).status).toBe(410)
      expect((await welcome(used, 'another password here')).status).toBe(410)
    }
    expect(await actsOn(await idOf(email))).toEqual(['staff.create', 'staff.password', 'session.begin'])
  })

  test('is over after three days, and ends when a new link is made', async () => {
    const { name, email } = newcomer()
    const fields = { name, email, role: 'analyst', organ: '', reason: '' }
    const old = linkIn((await office.first.post(`${office.path}/invite`, fields)).body)
    const person = `${office.path}/${await idOf(email)}`
    const renewed = linkIn((await office.second.post(`${person}/act`, { act: 'link' })).body)
    expect((await welcome(old)).status).toBe(410)
    const before = app.clock.time
    app.clock.time += 3 * 24 * 60 * minute + 1
    expect((await welcome(renewed)).status).toBe(410)
    app.clock.time = before
    expect((await welcome(renewed)).status).toBe(303)
  })

  test('that cannot be made says what to correct, keeps what was typed and makes nobody', async () => {
    const { name, email } = newcomer()
    const organ = office.cycle.organs[0]!
    const wrong: [Record<string, string>, string, number][] = [
      [{ name: ' ', email, role: 'analyst' }, '请填写姓名', 422],
      [{ name, email: 'nobody', role: 'analyst' }, '请填写可用的邮箱地址', 422],
      [{ name, email, role: 'reviewer' }, '请选择单位', 422],
      [{ name, email, role: 'office_admin', reason: '短' }, '请写明理由', 422],
      [{ name, email: accountOf(office.cycle, 'analyst').email, role: 'analyst' }, '这个邮箱已有账号', 409],
    ]
    for (const [fields, said, status] of wrong) {
      const answer = await office.first.post(`${office.path}/invite`, { organ: '', reason: '', ...fields })
      expect(answer.status, said).toBe(status)
      expect(bodyOf(answer.body)).toContain(said)
      expect(answer.body).toContain(`value="${fields['email']}"`)
    }
    const unknown = { name, email, role: 'platform_admin', organ, reason }
    expect((await office.first.post(`${office.path}/invite`, unknown)).status).toBe(400)
    expect(await idOf(email)).toBe('')
  })
})

test('an invitation goes by mail where there is a mail server, and is shown where that does not take it', async () => {
  const mails: Mail[] = []
  const broken = { now: false }
  const send = async (mail: Mail) => {
    if (broken.now) throw new Error('the mail server is down')
    mails.push(mail)
  }
  const own = await createTestApp({ time: Date.now(), world: { mail: { send } } })
  const cycle = await createTestCycle(own, { organs: 2 })
  const desk = deskOf(own, await signIn(own, accountOf(cycle, 'office_admin')))
  const invite = (email: string) =>
    desk.post(`/office/${cycle.jid}/people/invite`, { name: '新人', email, role: 'analyst', organ: '', reason: '' })
  const sent = await invite('by-mail@office.example')
  expect(sent.body).not.toContain('welcome?link=')
  expect(mails.map(({ to }) => to)).toEqual(['by-mail@office.example'])
  const [mail] = mails
  expect(mail!.html).toContain(linkIn(mail!.text))
  expect((await own.request(`/office/welcome?link=${linkIn(mail!.text)}`)).status).toBe(200)
  broken.now = true
  expect(linkIn((await invite('by-hand@office.example')).body)).not.toBe(linkIn(mail!.text))
  await own.close()
})

describe('what a person may be', () => {
  test('changes at once, ends every session of theirs, and stays within what one person may hold', async () => {
    const office = await officeOf()
    const email = await hireStaff(app, office.cycle, ['analyst'])
    const cookie = await signIn(app, { email, password: staffPassword })
    const act = `${office.path}/${await idOf(email)}/act`
    const organ = office.cycle.organs[0]!
    const given = await office.first.post(act, { act: 'grant', role: 'reviewer', organ, reason: '' })
    expect(given.location).toContain('done=changed')
    expect(await rolesOf(office, email)).toEqual(['analyst', 'reviewer'])
    expect((await app.request('/office', { headers: { cookie } })).status).toBe(303)
    // Who judges for a department asks nobody on the telephone.
    const clash = await office.first.post(act, { act: 'grant', role: 'interviewer', organ: '', reason: '' })
    expect(clash.status).toBe(409)
    expect(bodyOf(clash.body)).toContain('这些角色不能由一人兼任')
    expect((await office.first.post(act, { act: 'end', role: 'analyst', organ: '', reason: '' })).status).toBe(303)
    expect(await rolesOf(office, email)).toEqual(['reviewer'])
    expect((await office.first.post(act, { act: 'end', role: 'analyst', organ: '', reason: '' })).status).toBe(409)
    // Given again, it is held again.
    expect((await office.first.post(act, { act: 'grant', role: 'analyst', organ: '', reason: '' })).status).toBe(303)
    expect(await rolesOf(office, email)).toEqual(['analyst', 'reviewer'])
  })

  test('ends with the account, which can be restored, and nobody of another office can reach it', async () => {
    const [office, other] = [await officeOf(), await officeOf()]
    const email = await hireStaff(app, office.cycle, ['analyst'])
    const person = `${office.path}/${await idOf(email)}`
    const cookie = await signIn(app, { email, password: staffPassword })
    for (const what of ['disable', 'reset', 'link', 'revoke', 'grant'])
      expect((await other.first.post(`${other.path}/${await idOf(email)}/act`, { act: what })).status).toBe(404)
    expect((await office.first.post(`${person}/act`, { act: 'disable', reason: '' })).status).toBe(303)
    expect((await app.request('/office', { headers: { cookie } })).status).toBe(303)
    expect((await sendForm(app, '/office/sign-in', Object.entries({ email, password: staffPassword }))).status).toBe(
      401,
    )
    expect((await office.first.post(`${person}/act`, { act: 'enable', reason: '' })).status).toBe(303)
    await signIn(app, { email, password: staffPassword })
  })
})

describe('an administrator or auditor', () => {
  test('is appointed by two administrators, who see what changes', async () => {
    const office = await officeOf()
    const list = `/office/${office.cycle.jid}/approvals`
    const { name, email } = newcomer()
    const fields = { name, email, role: 'auditor', organ: '', reason }
    expect((await office.first.post(`${office.path}/invite`, fields)).location).toContain('done=proposed')
    expect(await idOf(email)).toBe('')
    const own = await hiddenOf((await office.first.page(list)).body, `${list}/decide`)
    expect((await office.first.post(`${list}/decide`, { ...own, decision: 'approve' })).status).toBe(403)
    const { body } = await office.second.page(list)
    for (const part of [`任命${name}为审计员`, email, reason, '没有角色', own['hash']!])
      expect(bodyOf(body)).toContain(part)
    expect(body).toContain('<span class="tag num">1</span>')
    const shown = hiddenOf(body, `${list}/decide`)
    const changed = { ...shown, hash: '0'.repeat(64), decision: 'approve' }
    expect((await office.second.post(`${list}/decide`, changed)).status).toBe(409)
    const approved = await office.second.post(`${list}/decide`, { ...shown, decision: 'approve' })
    expect(approved.location).toContain('done=approved')
    expect(await rolesOf(office, email)).toEqual(['auditor'])
    const [grant] = await look(app, 'SELECT granted_by, approved_by FROM grants WHERE user_id = ?', [await idOf(email)])
    expect(new Set([grant!['granted_by'], grant!['approved_by']]).size).toBe(2)
  })

  test('is not appointed when the person has changed since it was proposed, and can be proposed anew', async () => {
    const office = await officeOf()
    const list = `/office/${office.cycle.jid}/approvals`
    const email = await hireStaff(app, office.cycle, ['analyst'])
    const act = `${office.path}/${await idOf(email)}/act`
    const propose = () => office.first.post(act, { act: 'grant', role: 'office_admin', organ: '', reason })
    expect((await propose()).location).toContain('done=proposed')
    expect((await propose()).status).toBe(409)
    const shown = hiddenOf((await office.second.page(list)).body, `${list}/decide`)
    await office.first.post(act, { act: 'end', role: 'analyst', organ: '', reason: '' })
    const late = await office.second.post(`${list}/decide`, { ...shown, decision: 'approve' })
    expect(late.status).toBe(409)
    expect(bodyOf(late.body)).toContain('内容已变化，请重新提出')
    await office.second.post(`${list}/decide`, { ...shown, decision: 'return', reason: '人员已经调离，不再任命' })
    expect((await propose()).location).toContain('done=proposed')
    expect(await rolesOf(office, email)).toEqual([])
  })

  test('is appointed by one alone only as long as nobody else could agree, and the last one stays', async () => {
    const office = await officeOf()
    const list = `/office/${office.cycle.jid}/approvals`
    const second = accountOf(office.cycle, 'office_admin').email.replace('office@', 'second@')
    const act = `${office.path}/${await idOf(second)}/act`
    await office.first.post(act, { act: 'end', role: 'office_admin', organ: '', reason })
    const shown = hiddenOf((await office.second.page(list)).body, `${list}/decide`)
    expect((await office.second.post(`${list}/decide`, { ...shown, decision: 'approve' })).status).toBe(303)
    expect(await rolesOf(office, second)).toEqual([])
    const self = `${office.path}/${await idOf(accountOf(office.cycle, 'office_admin').email)}/act`
    for (const what of ['end', 'disable']) {
      const last = await office.first.post(self, { act: what, role: 'office_admin', organ: '', reason })
      expect(last.status).toBe(409)
    }
    const alone = await office.first.post(act, { act: 'grant', role: 'office_admin', organ: '', reason })
    expect(alone.location).toContain('done=changed')
    expect(await rolesOf(office, second)).toEqual(['office_admin'])
  })

  test('cannot be entered by a link alone: it asks for a code, and without a second factor there is no link', async () => {
    const office = await officeOf()
    const second = accountOf(office.cycle, 'office_admin').email.replace('office@', 'second@')
    const act = `${office.path}/${await idOf(second)}/act`
    const refused = await office.first.post(act, { act: 'link' })
    expect(refused.status).toBe(409)
    expect(bodyOf(refused.body)).toContain('没有生成链接')
    const cookie = await signIn(app, { email: second, password: 'gongping-demo-2' })
    const { codes } = await enrol(app, cookie)
    const link = linkIn((await office.first.post(act, { act: 'link' })).body)
    expect((await welcome(link)).status).toBe(422)
    // A reset takes the link with it: whoever could have both would be that person.
    expect((await office.first.post(act, { act: 'reset' })).location).toContain('done=reset')
    expect((await welcome(link)).status).toBe(410)
    expect(codes).toHaveLength(10)
  })
})

describe('sessions', () => {
  test('are listed to their owner, who ends one or all others', async () => {
    const office = await officeOf()
    const account = accountOf(office.cycle, 'analyst')
    const [here, there, yonder] = [await signIn(app, account), await signIn(app, account), await signIn(app, account)]
    const desk = deskOf(app, here)
    const page = await desk.page('/office/account')
    const others = [...page.body.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id!)
    expect(others).toHaveLength(2)
    expect(bodyOf(page.body)).toContain('本次登录')
    const isIn = async (cookie: string) => (await app.request('/office', { headers: { cookie } })).status === 200
    await desk.post('/office/account/act', { act: 'end', session: others[0]! })
    expect([await isIn(there), await isIn(yonder)].filter(Boolean)).toHaveLength(1)
    await desk.post('/office/account/act', { act: 'end_others' })
    expect([await isIn(here), await isIn(there), await isIn(yonder)]).toEqual([true, false, false])
  })

  test('of others are ended by an administrator, and never by naming one of somebody else', async () => {
    const office = await officeOf()
    const account = accountOf(office.cycle, 'analyst')
    const [one, two] = [await signIn(app, account), await signIn(app, account)]
    const isIn = async (cookie: string) => (await app.request('/office', { headers: { cookie } })).status === 200
    const person = `${office.path}/${await idOf(account.email)}`
    const [own] = await look(app, 'SELECT id FROM session WHERE user_id = ?', [
      await idOf(accountOf(office.cycle, 'office_admin').email),
    ])
    await office.first.post(`${person}/act`, { act: 'revoke', session: String(own!['id']) })
    expect((await office.first.page(office.path)).status).toBe(200)
    const [, session] = /name="session" value="([^"]+)"/.exec((await office.first.page(person)).body)!
    await office.first.post(`${person}/act`, { act: 'revoke', session: session! })
    expect([await isIn(one), await isIn(two)].filter(Boolean)).toHaveLength(1)
    await office.first.post(`${person}/act`, { act: 'revoke' })
    expect([await isIn(one), await isIn(two)]).toEqual([false, false])
  })
})
