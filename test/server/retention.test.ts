import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropBackups, makeBackup } from '../../server/node/backup.ts'
import { destroyOldContacts, retireOldSurveys } from '../../server/retirement.ts'
import { dropExpiredProofs } from '../../server/schedule.ts'
import { sendRound } from '../../server/sending.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { findTexts } from '../support/bytes.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { deskOf } from '../support/desk.ts'
import { codeIn, emptyRosters, sendFile, table } from '../support/invitations.ts'
import { chooseOrgans, enterCode, enterPhone, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'

// What is kept, and until when, of people who can be told: each line of the rule has its hour, its entry in the audit, and
// afterwards no byte of it is in the database, its log of writes, a folder beside it or a backup that is still kept.

const day = 86_400_000
const invited = { phone: '13712345678', mail: 'canary.person@canary.example', number: 'CANARY-0042', name: '金丝雀' }
const citizen = '13812345678'
const written = '请王小明先生回电13900001111，canary-comment 办事等了三小时'
const masked = '请〔姓名〕先生回电〔手机号〕，canary-comment 办事等了三小时'
const named = ['王小明', '13900001111']

let app: TestApp
let cycle: TestCycle
let code = ''
let backups = ''
const mails: { to: string; text: string }[] = []
beforeAll(async () => {
  app = await createTestApp({ world: { mail: { send: async (mail) => void mails.push(mail) } } })
  backups = join(app.database.folder, 'backups')
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
  const roster = table(['编号', '姓名', '手机', '邮箱'], [invited.number, invited.name, invited.phone, invited.mail])
  await sendFile(app, cookie, `${path}/import`, { press: 'import' }, roster)
  const words = { subjectZh: '请评价', textZh: '{name}：{link}', subjectEn: 'Rate', textEn: '{link}' }
  await deskOf(app, cookie).post(`${path}/send`, { kind: 'invite', via: 'mail', ...words })
  await sendRound(app.world)
  code = codeIn(mails[0]!.text)
  const [organ] = cycle.organs as [string]
  const answers: [string, string][] = [
    [`q.${organ}.overall`, '4'],
    [`c.${organ}`, written],
  ]
  receiptOf(await sendAnswers(app, cycle.path('leaders'), await enterCode(app, code), answers))
  const phone = await enterPhone(app, cycle.path('public'), citizen)
  const form = await chooseOrgans(app, cycle.path('public'), phone, [organ])
  receiptOf(await sendAnswers(app, cycle.path('public'), form, answers))
}, 60_000)
afterAll(() => app.close())

const backUp = async () => {
  const { folder } = app.database
  const made = await makeBackup(app.world, {
    path: join(folder, 'gongping.db'),
    to: backups,
    publications: join(folder, 'publications'),
    evidence: join(folder, 'evidence'),
    recipients: [],
    now: app.clock.time,
  })
  if (!made.ok) throw new Error(`no backup was made: ${made.error.code}`)
}
const find = (texts: readonly string[]) => findTexts(app.database.folder, texts)
const published = async () => {
  const response = await app.request(`/results/${cycle.jid}/2026/bundle/SHA256SUMS`)
  expect(response.status).toBe(200)
  return response.text()
}
const actions = async () =>
  (await look(app, 'SELECT action, count(*) AS n FROM audit GROUP BY action')).map(({ action, n }) => [
    action,
    Number(n),
  ])

test('as long as it is kept, whom the office invited is readable nowhere but with a key; comments are as they were written', async () => {
  await backUp()
  expect(await find([...Object.values(invited), code, citizen])).toEqual([])
  // Control: the same search finds what is written in the clear, in the database and in a backup that is packed.
  const places = (await find(named)).map((each) => each.split(' ')[0])
  expect(places.some((file) => file!.startsWith('gongping.db'))).toBe(true)
  expect(places.some((file) => /^backups\/.*\.gz$/.test(file!))).toBe(true)
})

test('each at its hour and not before: contacts, roll, codes and keys are gone, comments masked for good, on the record', async () => {
  await cycle.close()
  app.clock.time = cycle.closesAt + 30 * day - 1
  expect(await destroyOldContacts(app.world)).toBe(0)
  app.clock.time += 1
  expect(await destroyOldContacts(app.world)).toBe(1)
  await cycle.publish()
  app.clock.time += 30 * day - 1
  expect(await retireOldSurveys(app.world)).toBe(0)
  expect((await find(named)).length).toBeGreaterThan(0)
  const before = await published()
  app.clock.time += 1
  expect(await retireOldSurveys(app.world)).toBe(4)
  await dropExpiredProofs(app.world)
  await app.world.writer.compact()

  const texts = await look(app, 'SELECT text, hex(salt) AS salt FROM comment')
  expect(texts).toEqual([masked, masked].map((text) => ({ text, salt: '00'.repeat(16) })))
  expect(Object.fromEntries(await actions())).toMatchObject({
    'contacts.destroyed': 1,
    'survey.retiring': 4,
    'comments.masked': 4,
    'survey.key_destroyed': 4,
  })
  // What was published is what it was, and its log still says what each comment was when it came.
  expect(await published()).toBe(before)
  const leaves = await look(app, "SELECT count(*) AS n FROM log_leaf WHERE CAST(data AS TEXT) LIKE 'gp1|comment|%'")
  expect(leaves).toMatchObject([{ n: 2 }])
  await backUp()
  await dropBackups(backups, { days: 35, now: app.clock.time })
  expect(await find([...named, ...Object.values(invited), code, citizen])).toEqual([])
})

test('what an earlier version left unmasked, when it had destroyed the rest, is masked by the next look', async () => {
  const survey = cycle.survey('leaders').id
  const statements = [
    { sql: 'UPDATE retirement SET masked_at = 0 WHERE survey_id = ?', args: [survey] },
    { sql: 'UPDATE comment SET text = ?, salt = randomblob(16) WHERE survey_id = ?', args: [written, survey] },
  ]
  await app.world.writer.transact({ statements })
  expect(await retireOldSurveys(app.world)).toBe(1)
  expect(await find(named)).toEqual([])
  expect(Object.fromEntries(await actions())).toMatchObject({ 'comments.masked': 5, 'survey.key_destroyed': 4 })
  expect(await retireOldSurveys(app.world)).toBe(0)
})

test('sessions, links, codes by text message and begun sign-ins last no longer than they say', async () => {
  const later = app.clock.time + 400 * day
  const [person] = await look(app, 'SELECT id FROM user LIMIT 1')
  const link = `INSERT INTO staff_link (user_id, jurisdiction_id, h, made_by, expires_at) VALUES (?, 0, randomblob(32), '', ?)`
  const begun = `INSERT INTO verification (id, identifier, value, expires_at, created_at, updated_at) VALUES ('v', 'i', ?, ?, 0, 0)`
  await app.world.writer.transact({
    statements: [
      { sql: link, args: [String(person!['id']), app.clock.time + day] },
      { sql: begun, args: ['canary-state', app.clock.time + day] },
    ],
  })
  await signIn(app, accountOf(cycle, 'auditor'))
  const left = async () =>
    Promise.all(
      ['session', 'staff_link', 'verification', 'otp'].map(async (name) =>
        Number((await look(app, `SELECT count(*) AS n FROM ${name}`))[0]!['n']),
      ),
    )
  const [sessions, ...links] = await left()
  expect([sessions! > 0, ...links]).toEqual([true, 1, 1, 0])
  app.clock.time = later
  await dropExpiredProofs(app.world)
  expect(await left()).toEqual([0, 0, 0, 0])
  await app.world.writer.compact()
  expect(await find(['canary-state'])).toEqual([])
})
