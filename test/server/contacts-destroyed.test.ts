import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Change } from '../../db/database.ts'
import { destroyOldContacts } from '../../server/retirement.ts'
import { sendRound } from '../../server/sending.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { findTexts } from '../support/bytes.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { codeIn, emptyRosters, sendFile, table } from '../support/invitations.ts'
import { enterCode, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'

// Thirty days after the close nothing tells any more whom a survey invited: no row, no key, no byte of an address, however
// often the work was interrupted. Who answered stays what it is.

const day = 86_400_000
const canary = { phone: '13712345678', mail: 'canary.person@canary.example', number: 'CANARY-0042', name: '金丝雀' }

let app: TestApp
let cycle: TestCycle
let desk: Desk
let path: string
const mails: { to: string; text: string }[] = []
beforeAll(async () => {
  app = await createTestApp({ world: { mail: { send: async (mail) => void mails.push(mail) } } })
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
  const file = table(
    ['编号', '姓名', '手机', '邮箱'],
    [canary.number, canary.name, canary.phone, canary.mail],
    ['L-2', '', '', 'second@canary.example'],
  )
  await sendFile(app, cookie, `${path}/import`, { press: 'import' }, file)
  const words = { subjectZh: '请评价', textZh: '{name}：{link}', subjectEn: 'Rate', textEn: '{link}' }
  await desk.post(`${path}/send`, { kind: 'invite', via: 'mail', ...words })
  await sendRound(app.world)
  const [organ] = cycle.organs
  const entered = await enterCode(app, codeIn(mails[0]!.text))
  receiptOf(await sendAnswers(app, cycle.path('leaders'), entered, [[`q.${organ}.overall`, '4']]))
}, 60_000)
afterAll(() => app.close())

const rowsLeft = async () => {
  const counts = await Promise.all(
    ['addressee', 'addressee_key', 'message'].map((name) => look(app, `SELECT count(*) AS n FROM ${name}`)),
  )
  return counts.map(([row]) => Number(row!['n']))
}
const keyFiles = async () =>
  (await readdir(join(app.database.folder, 'keys/surveys', cycle.jid, cycle.survey('leaders').sid))).filter((name) =>
    name.startsWith('contacts'),
  )

const found = (texts: readonly string[]) => findTexts(app.database.folder, texts)

test('until then they are kept encrypted; afterwards rows, key and every byte are gone, and who answered is not', async () => {
  expect(mails).toHaveLength(2)
  const sealed = await look(
    app,
    'SELECT hex(sealed) AS sealed FROM addressee UNION ALL SELECT hex(h) FROM addressee_key',
  )
  const bytes = sealed.map((row) => Buffer.from(String(row['sealed']), 'hex').toString('latin1'))
  const clear = [...Object.values(canary), codeIn(mails[0]!.text)]
  expect(await found(clear)).toEqual([])
  await cycle.close()
  app.clock.time = cycle.closesAt + 30 * day - 1
  expect(await destroyOldContacts(app.world)).toBe(0)
  // Number, telephone and address of the one, number and address of the other.
  expect(await rowsLeft()).toEqual([2, 5, 2])
  expect(await keyFiles()).toEqual(['contacts.key'])
  app.clock.time = cycle.closesAt + 30 * day
  const { writer } = app.world
  // Interrupted at every step, and called again.
  for (let step = 1; ; step++) {
    let left = step
    const dying = {
      submit: writer.submit.bind(writer),
      transact: (change: Change) => {
        left -= 1
        if (left === 0) throw new Error('killed')
        return writer.transact(change)
      },
      compact: writer.compact.bind(writer),
      stop: writer.stop.bind(writer),
      stats: writer.stats.bind(writer),
    }
    Object.assign(app.world, { writer: dying })
    const done = await destroyOldContacts(app.world).catch(() => 0)
    Object.assign(app.world, { writer })
    // Rows before their key: a key that is gone would hide that they are still there.
    const [addressees, known] = await rowsLeft()
    if (addressees! + known! > 0) expect(await keyFiles()).toEqual(['contacts.key'])
    if (done > 0) break
  }
  expect(await rowsLeft()).toEqual([0, 0, 0])
  expect(await keyFiles()).toEqual(['contacts-destroyed'])
  // Not even the ciphertexts are left, in the file or its log of writes.
  const names = (await readdir(app.database.folder)).filter((name) => name.startsWith('gongping.db'))
  for (const name of names) {
    const content = (await readFile(join(app.database.folder, name))).toString('latin1')
    for (const text of bytes) expect(content.includes(text.slice(0, 24)), name).toBe(false)
  }
  expect(
    await look(app, 'SELECT count(*) AS n FROM roll WHERE survey_id = ?', [cycle.survey('leaders').id]),
  ).toMatchObject([{ n: 1 }])
  expect((await desk.page(path)).body).toContain('联系方式和密钥已于')
  const acts = await look(app, "SELECT action FROM audit WHERE action = 'contacts.destroyed'")
  expect(acts).toHaveLength(1)
  expect(await destroyOldContacts(app.world)).toBe(0)
}, 60_000)

test('control: what is written in the clear is found by the same search', async () => {
  const sql =
    'INSERT INTO solicitation (jurisdiction_id, survey_id, id, organ_id, day, text) SELECT ?, ?, randomblob(16), ?, 20260301, ?'
  const [organ] = cycle.place.organIds.values()
  const args = [cycle.place.id, cycle.survey('leaders').id, organ!, canary.mail]
  await app.world.writer.transact({ statements: [{ sql, args }] })
  expect((await found([canary.mail])).length).toBeGreaterThan(0)
})
