import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findTicket } from '../../db/platform.ts'
import { moveSurvey, setManifest } from '../../db/setup.ts'
import {
  checkCode,
  dropExpired,
  findRollHash,
  type Invite,
  importExcluded,
  importInvites,
  importReceiptCodes,
  isExcluded,
  sendCode,
  spendProof,
} from '../../db/tickets.ts'
import {
  addSurvey,
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'
import { response } from './support.ts'

let database: TestDatabase
let office: Office
let survey: number

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
  survey = await openSurvey(database, office)
})
afterAll(() => database.close())

const minute = 60_000
const day = 20251124

const send = (phone: string, code: string, now: number, on = day) =>
  sendCode(database.db, database.writer, office.system, {
    survey,
    h: sha256(phone),
    codeHash: sha256(code),
    now,
    day: on,
  })

const check = (phone: string, code: string, now: number) =>
  checkCode(database.writer, office.system, { survey, h: sha256(phone), codeHash: sha256(code), now, day })
const wrong = { ok: false, error: 'wrong' }

const rowsOf = async (table: string) =>
  Number((await database.db.$client.execute(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.['n'])

describe('sendCode', () => {
  test('sends one code a minute to a phone, and leaves the first as it was', async () => {
    expect(await send('a', '111111', noon)).toEqual({ ok: true })
    expect(await send('a', '222222', noon + 59_999)).toEqual({ ok: false, error: 'too_soon' })
    expect(await check('a', '111111', noon + 59_999)).toEqual({ ok: true })
    expect(await send('a', '333333', noon + minute)).toEqual({ ok: true })
  })

  test('sends five codes a day, and again on the next', async () => {
    for (let n = 0; n < 5; n++) expect((await send('b', `11111${n}`, noon + n * minute)).ok).toBe(true)
    expect(await send('b', '999999', noon + 5 * minute)).toEqual({ ok: false, error: 'too_many' })
    expect(await send('b', '999999', noon + 5 * minute, 20251125)).toEqual({ ok: true })
    expect(await send('b', '888888', noon + 6 * minute, 20251125)).toEqual({ ok: true })
  })

  test('lets one of many requests in the same moment through', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => send('c', `${100_000 + n}`, noon)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(new Set(results.filter((result) => !result.ok).map((result) => result.error))).toEqual(new Set(['too_soon']))
  })

  test('sends a jurisdiction’s last message of the day once, whoever asks, and again on the next', async () => {
    const [at, other] = [await makeOffice(database), await makeOffice(database)]
    const [here, there] = [await openSurvey(database, at), await openSurvey(database, other)]
    const sendTo = (phone: string, { system }: Office = at, on = day, code = { survey: here }) =>
      sendCode(database.db, database.writer, system, { ...code, h: sha256(phone), codeHash, now: noon, day: on })
    const codeHash = sha256('123456')
    good(await sendTo('known'))
    // Asked for too soon: not sent, so not counted.
    expect(await sendTo('known')).toEqual({ ok: false, error: 'too_soon' })
    const sql = 'UPDATE otp_count SET n = n + 19998 WHERE jurisdiction_id = ?'
    await database.writer.transact({ statements: [{ sql, args: [at.jurisdiction] }] })
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => sendTo(`new ${n}`)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    // A phone with a code is told the same as one without.
    for (const phone of ['known', 'unknown']) expect(await sendTo(phone)).toEqual({ ok: false, error: 'office_spent' })
    expect((await sendTo('unknown', other, day, { survey: there })).ok).toBe(true)
    expect((await sendTo('unknown', at, 20251125)).ok).toBe(true)
  })

  test('counts a phone apart from other phones and a code used up as sent', async () => {
    for (let n = 0; n < 5; n++) {
      expect((await send('d', '111111', noon + n * minute)).ok).toBe(true)
      expect((await check('d', '111111', noon + n * minute)).ok).toBe(true)
    }
    expect(await send('d', '111111', noon + 5 * minute)).toEqual({ ok: false, error: 'too_many' })
    expect((await send('e', '111111', noon + 5 * minute)).ok).toBe(true)
  })
})

describe('checkCode', () => {
  test('accepts a code once', async () => {
    await send('f', '123456', noon)
    const both = await Promise.all([check('f', '123456', noon + 1), check('f', '123456', noon + 1)])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await check('f', '123456', noon + 2)).toEqual(wrong)
  })

  test('accepts a code for less than five minutes', async () => {
    await send('g', '123456', noon)
    expect(await check('g', '123456', noon + 5 * minute)).toEqual(wrong)
    expect(await check('g', '123456', noon + 5 * minute - 1)).toEqual({ ok: true })
  })

  test('forgives four wrong tries, of ten in the same moment too, and not the fifth', async () => {
    await send('h', '123456', noon)
    for (let n = 0; n < 4; n++) expect(await check('h', '000000', noon)).toEqual(wrong)
    expect(await check('h', '123456', noon)).toEqual({ ok: true })
    await send('i', '123456', noon)
    await Promise.all(Array.from({ length: 10 }, () => check('i', '000000', noon)))
    expect(await check('i', '123456', noon)).toEqual(wrong)
  })

  test('gives five new tries with a new code', async () => {
    await send('j', '123456', noon)
    for (let n = 0; n < 5; n++) await check('j', '000000', noon)
    expect(await check('j', '123456', noon)).toEqual(wrong)
    await send('j', '654321', noon + minute)
    expect(await check('j', '000000', noon + minute)).toEqual(wrong)
    expect(await check('j', '654321', noon + minute)).toEqual({ ok: true })
  })

  test('knows nothing of a phone that was sent no code, nor of the same phone in another survey', async () => {
    expect(await check('nobody', '123456', noon)).toEqual(wrong)
    await send('k', '123456', noon)
    const other = await makeOffice(database)
    const there = await openSurvey(database, other)
    const asked = { survey: there, h: sha256('k'), codeHash: sha256('123456'), now: noon, day }
    expect(await checkCode(database.writer, other.system, asked)).toEqual(wrong)
  })

  test('commits a change for a phone that was sent nothing as for a wrong, an old and a used up code', async () => {
    const version = async () => (await database.db.$client.execute('PRAGMA data_version')).rows[0]?.['data_version']
    const changes = async (act: () => Promise<unknown>) => {
      const before = await version()
      await act()
      return (await version()) !== before
    }
    await send('l', '123456', noon)
    expect(await changes(() => check('l', '000000', noon))).toBe(true)
    expect(await changes(() => check('l', '000000', noon + 6 * minute))).toBe(true)
    expect(await changes(() => check('never-asked', '000000', noon))).toBe(true)
    // Control: a commit that changes nothing is seen as one.
    const nothing = { sql: 'DELETE FROM otp WHERE jurisdiction_id = -1', args: [] }
    expect(await changes(() => database.writer.transact({ statements: [nothing] }))).toBe(false)
  })
})

describe('spendProof', () => {
  test('takes a solution once, of many in the same moment too', async () => {
    const proof = { survey, h: sha256('solution'), expiresAt: noon + hour }
    const results = await Promise.all(
      Array.from({ length: 8 }, () => spendProof(database.writer, office.system, proof)),
    )
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await spendProof(database.writer, office.system, proof)).toEqual({ ok: false, error: 'spent' })
  })
})

describe('dropExpired', () => {
  test('deletes what has served its time in its own jurisdiction, and no count of today', async () => {
    const fresh = await createTestDatabase()
    try {
      const [here, there] = [await makeOffice(fresh), await makeOffice(fresh)]
      for (const at of [here, there]) {
        const open = await openSurvey(fresh, at)
        const code = { survey: open, codeHash: sha256('1'), now: noon }
        good(await sendCode(fresh.db, fresh.writer, at.system, { ...code, h: sha256('old'), day: 20251123 }))
        good(await sendCode(fresh.db, fresh.writer, at.system, { ...code, h: sha256('today'), day }))
        good(await spendProof(fresh.writer, at.system, { survey: open, h: sha256('old'), expiresAt: noon + 1 }))
        good(await spendProof(fresh.writer, at.system, { survey: open, h: sha256('new'), expiresAt: noon + hour }))
      }
      await dropExpired(fresh.writer, here.system, { now: noon + 5 * minute, day })
      const left = async (table: string) =>
        (
          await fresh.db.$client.execute(`SELECT jurisdiction_id AS j, count(*) AS n FROM ${table} GROUP BY 1`)
        ).rows.map((row) => [Number(row['j']), Number(row['n'])])
      const expected = [
        [here.jurisdiction, 1],
        [there.jurisdiction, 2],
      ]
      expect(await left('otp')).toEqual(expected)
      expect(await left('otp_count')).toEqual(expected)
      expect(await left('pow_spent')).toEqual(expected)
    } finally {
      await fresh.close()
    }
  })
})

describe('importInvites', () => {
  const invites = (from: number, n: number) =>
    Array.from({ length: n }, (_, i) => ({ h: sha256(`code ${from + i}`), member: `m${from + i}`, cell: 'all' }))

  test('adds a list of any length, and nothing when it is sent again', async () => {
    const other = await makeOffice(database)
    const list = invites(0, 5_001)
    const act = { survey: await openSurvey(database, other, 'public', { expected: 5_001 }), invites: list, now: noon }
    expect(await importInvites(database.writer, other.system, act)).toEqual({ ok: true, value: { added: 5_001 } })
    expect(await importInvites(database.writer, other.system, act)).toEqual({ ok: true, value: { added: 0 } })
    const last = list.at(-1)!
    expect(await findTicket(database.db, last.h)).toEqual({
      kind: 'invite',
      jid: other.jid,
      sid: 'public-2025',
      member: 'm5000',
      cell: 'all',
    })
  })

  test('adds nothing of a list in which one code belongs to somebody else', async () => {
    const before = await rowsOf('invite')
    const clash = [...invites(10_000, 900), { h: sha256('code 0'), member: 'another', cell: 'all' }]
    const act = { survey, invites: clash, now: noon }
    expect(await importInvites(database.writer, office.system, act)).toEqual({ ok: false, error: 'conflict' })
    const twice = [...invites(20_000, 1), { ...invites(20_000, 1)[0]!, member: 'another' }]
    expect((await importInvites(database.writer, office.system, { ...act, invites: twice })).ok).toBe(false)
    expect(await rowsOf('invite')).toBe(before)
  })

  test('refuses a code that another jurisdiction has given out', async () => {
    const other = await makeOffice(database)
    const there = await openSurvey(database, other)
    good(await importInvites(database.writer, other.system, { survey: there, invites: invites(30_000, 1), now: noon }))
    const act = { survey, invites: invites(30_000, 1), now: noon }
    expect((await importInvites(database.writer, office.system, act)).ok).toBe(false)
  })

  test('adds nothing of a list that names more people than the survey expects, however many codes they have', async () => {
    const other = await makeOffice(database)
    const leaders = await openSurvey(database, other, 'leaders', { expected: 3 })
    const add = (list: Invite[]) =>
      importInvites(database.writer, other.system, { survey: leaders, invites: list, now: noon })
    expect(await add(invites(50_000, 4))).toEqual({ ok: false, error: 'conflict' })
    expect(await add(invites(50_000, 3))).toEqual({ ok: true, value: { added: 3 } })
    const secondCode = { ...invites(50_000, 1)[0]!, h: sha256('a second code of the first') }
    expect(await add([secondCode])).toEqual({ ok: true, value: { added: 1 } })
    expect(await add(invites(50_003, 1))).toEqual({ ok: false, error: 'conflict' })
    expect(await findTicket(database.db, sha256('code 50003'))).toBeNull()
  })

  test('adds nobody to a cell beyond those whom the published terms of the survey count', async () => {
    const other = await makeOffice(database)
    const leaders = await addSurvey(database, other, 'leaders', { expected: 5 })
    const cells = ['a', 'b']
    const terms = JSON.stringify({ cells: cells.map((id, i) => ({ id, eligible: 2 - i })) })
    const at = { survey: leaders, now: noon }
    good(await moveSurvey(database.writer, other.system, { ...at, from: 'draft', to: 'ready' }))
    good(await setManifest(database.writer, other.system, { ...at, manifest: terms, hash: sha256(terms) }))
    const add = (from: number, n: number, cell: string) => {
      const list = invites(70_000 + from, n).map((each) => ({ ...each, cell }))
      return importInvites(database.writer, other.system, { survey: leaders, cells, invites: list, now: noon })
    }
    expect(await add(0, 2, 'a')).toEqual({ ok: true, value: { added: 2 } })
    expect(await add(2, 2, 'b')).toEqual({ ok: false, error: 'conflict' })
    expect(await add(2, 1, 'b')).toEqual({ ok: true, value: { added: 1 } })
    expect(await add(4, 1, 'a')).toEqual({ ok: false, error: 'conflict' })
  })

  test('refuses a cell in which nobody would be let in', async () => {
    const list = [...invites(60_000, 1), { ...invites(60_001, 1)[0]!, cell: 'yunhu' }]
    const act = { survey, invites: list, now: noon }
    await expect(importInvites(database.writer, office.system, act)).rejects.toThrow('needs one of the cells all')
    expect(await findTicket(database.db, list[0]!.h)).toBeNull()
  })

  test('adds nothing to a closed survey', async () => {
    const other = await makeOffice(database)
    const closed = await openSurvey(database, other, 'public', { closesAt: noon + hour, graceMinutes: 0 })
    const move = { survey: closed, from: 'open', to: 'closed', dueToClose: true, now: noon + hour } as const
    good(await moveSurvey(database.writer, other.system, move))
    const act = { survey: closed, invites: invites(40_000, 1), now: noon }
    expect((await importInvites(database.writer, other.system, act)).ok).toBe(false)
  })
})

describe('importReceiptCodes', () => {
  test('binds a code to its organ', async () => {
    const codes = [
      { h: sha256('receipt a'), organ: 'a' },
      { h: sha256('receipt c'), organ: 'c' },
    ]
    good(await importReceiptCodes(database.writer, office.system, { survey, codes, now: noon }))
    const found = await findTicket(database.db, sha256('receipt c'))
    expect(found).toEqual({ kind: 'receipt', jid: office.jid, sid: 'public-2025', organ: 'c' })
    const moved = [{ h: sha256('receipt a'), organ: 'b' }]
    expect((await importReceiptCodes(database.writer, office.system, { survey, codes: moved, now: noon })).ok).toBe(
      false,
    )
  })

  test('adds nothing of a list that names an organ the jurisdiction does not have', async () => {
    const codes = [
      { h: sha256('receipt x'), organ: 'a' },
      { h: sha256('receipt y'), organ: 'nowhere' },
    ]
    expect((await importReceiptCodes(database.writer, office.system, { survey, codes, now: noon })).ok).toBe(false)
    expect(await findTicket(database.db, sha256('receipt x'))).toBeNull()
  })
})

describe('findRollHash and isExcluded', () => {
  test('know a person in the one survey only', async () => {
    const other = await makeOffice(database)
    const there = await openSurvey(database, other)
    const item = response({ jurisdiction: office.jurisdiction, survey }, { person: 'lin' })
    expect(await findRollHash(database.db, office.system, survey, item.pseudonym)).toBeNull()
    expect(await database.writer.submit(item)).toBe('accepted')
    expect(await findRollHash(database.db, office.system, survey, item.pseudonym)).toEqual(item.bodyHash)
    expect(await findRollHash(database.db, other.system, there, item.pseudonym)).toBeNull()

    good(await importExcluded(database.writer, office.system, { survey, people: [sha256('staff')], now: noon }))
    expect(await isExcluded(database.db, office.system, survey, sha256('staff'))).toBe(true)
    expect(await isExcluded(database.db, office.system, survey, item.pseudonym)).toBe(false)
    expect(await isExcluded(database.db, other.system, there, sha256('staff'))).toBe(false)
  })
})
