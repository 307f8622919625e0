import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { countingFailure, droppingFailures, recentFailures } from '../../db/account-store.ts'
import {
  countOfficeAdministrators,
  createStaff,
  disableStaff,
  type Grant,
  grantsOf,
  isDisabled,
  isSignInName,
  type NewGrant,
  signInName,
} from '../../db/accounts.ts'
import { ConstraintFailed } from '../../db/database.ts'
import { createScope } from '../../db/scope.ts'
import { createAccounts } from '../../server/session.ts'
import {
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
let office: Office
let other: Office

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
  other = await makeOffice(database)
})
afterAll(() => database.close())

const platform = createScope({ jurisdiction: 0, actor: 'installer', role: 'system' })
let people = 0

async function hire(grants: readonly NewGrant[], scope = platform) {
  people += 1
  const userId = `person-${people}`
  const person = { userId, email: `${userId}@example.org`, name: 'Lin', passwordHash: 'salt:hash', now: noon, grants }
  return { userId, result: await createStaff(database.writer, scope, person) }
}

async function addSession(userId: string): Promise<void> {
  const id = `session-${userId}`
  await database.writer.transact({
    statements: [
      {
        sql: 'INSERT INTO session (id, expires_at, token, created_at, updated_at, user_id) VALUES (?, ?, ?, ?, ?, ?)',
        args: [id, noon + hour, `token-${id}`, noon, noon, userId],
      },
      { sql: 'INSERT INTO session_state (session_id, reauth_at) VALUES (?, ?)', args: [id, noon] },
    ],
  })
}

async function countOf(table: string, column: string, value: string): Promise<number> {
  const { rows } = await database.db.$client.execute({
    sql: `SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`,
    args: [value],
  })
  return Number(rows[0]?.['n'])
}

const library = () => ({
  db: database.db,
  writer: database.writer,
  secret: 'a secret of at least thirty-two letters',
  origins: ['http://localhost:3000'],
  now: () => Date.now(),
})

describe('createStaff', () => {
  test('makes an account with which the person signs in, however they write their name', async () => {
    const accounts = createAccounts(library())
    const passwordHash = await accounts.hashPassword('correct horse battery')
    const grants: NewGrant[] = [{ jurisdiction: office.jurisdiction, role: 'analyst', organ: 0 }]
    const person = { userId: 'anna', email: ' Ａnna@Example.org', name: 'Anna', passwordHash, now: noon, grants }
    good(await createStaff(database.writer, office.first, person))
    const signIn = (email: string, password: string) => accounts.checkPassword(signInName(email), password)
    expect((await signIn('ANNA@example.ORG', 'correct horse battery')).ok).toBe(true)
    expect(await signIn('anna@example.org', 'wrong horse battery')).toEqual({ ok: false, error: 'refused' })
    good(await disableStaff(database.writer, office.first, { userId: 'anna', now: noon }))
    expect(await signIn('anna@example.org', 'correct horse battery')).toEqual({ ok: false, error: 'refused' })
  })

  test('makes none under a name with which nobody could sign in, nor a password that the rule refuses', async () => {
    const person = { userId: 'odd', name: 'Odd', passwordHash: 'salt:hash', now: noon, grants: [] }
    for (const email of ['ad..min@x.gov.cn', '管理员@某省.cn', 'admin', '', 'a@b.c\u0000n', `${'x'.repeat(250)}@x.cn`])
      await expect(createStaff(database.writer, platform, { ...person, email }), email).rejects.toThrow('can sign in')
    expect(await countOf('user', 'id', 'odd')).toBe(0)
    const accounts = createAccounts(library())
    for (const password of ['elevenchars', 'password1234', 'x'.repeat(129), ' '.repeat(20)])
      await expect(accounts.hashPassword(password), password).rejects.toThrow('hashPassword needs a password')
  })

  test('gives a sign-in name once', async () => {
    const person = { email: 'bo@example.org', name: 'Bo', passwordHash: 'salt:hash', now: noon, grants: [] }
    good(await createStaff(database.writer, office.first, { ...person, userId: 'bo' }))
    const again = await createStaff(database.writer, office.first, {
      ...person,
      userId: 'bo-2',
      email: 'BO@example.org',
    })
    expect(again).toEqual({ ok: false, error: 'email_taken' })
    expect(await countOf('user', 'id', 'bo-2')).toBe(0)
  })

  const here = () => office.jurisdiction
  const incompatible: { what: string; grants: () => Grant[] }[] = [
    {
      what: 'who runs the platform and an office',
      grants: () => [
        { jurisdiction: 0, role: 'platform_admin', organ: 0 },
        { jurisdiction: here(), role: 'office_admin', organ: 0 },
      ],
    },
    {
      what: 'who runs the platform and audits a jurisdiction',
      grants: () => [
        { jurisdiction: 0, role: 'platform_admin', organ: 0 },
        { jurisdiction: here(), role: 'auditor', organ: 0 },
      ],
    },
    {
      what: 'who runs one office and audits another',
      grants: () => [
        { jurisdiction: here(), role: 'office_admin', organ: 0 },
        { jurisdiction: other.jurisdiction, role: 'auditor', organ: 0 },
      ],
    },
    {
      what: 'who audits and reviews',
      grants: () => [
        { jurisdiction: here(), role: 'auditor', organ: 0 },
        { jurisdiction: other.jurisdiction, role: 'reviewer', organ: 1 },
      ],
    },
    {
      what: 'who audits and answers for an organ',
      grants: () => [
        { jurisdiction: here(), role: 'auditor', organ: 0 },
        { jurisdiction: here(), role: 'organ_officer', organ: 1 },
      ],
    },
    {
      what: 'who runs an office and reviews in the same jurisdiction',
      grants: () => [
        { jurisdiction: here(), role: 'office_admin', organ: 0 },
        { jurisdiction: here(), role: 'reviewer', organ: 1 },
      ],
    },
    {
      what: 'who runs an office and answers for an organ of the same jurisdiction',
      grants: () => [
        { jurisdiction: here(), role: 'office_admin', organ: 0 },
        { jurisdiction: here(), role: 'organ_officer', organ: 1 },
      ],
    },
    {
      what: 'who writes other people\u2019s answers down and reads results',
      grants: () => [
        { jurisdiction: here(), role: 'interviewer', organ: 0 },
        { jurisdiction: here(), role: 'analyst', organ: 0 },
      ],
    },
  ]
  for (const { what, grants } of incompatible)
    test(`makes no account for a person ${what}`, async () => {
      const { userId, result } = await hire(grants())
      expect(result).toEqual({ ok: false, error: 'incompatible_roles' })
      expect(await countOf('user', 'id', userId)).toBe(0)
      expect(await countOf('grants', 'user_id', userId)).toBe(0)
    })

  test('lets roles that do not meet be held one after the other, and those that fit together', async () => {
    const after = await hire([
      { jurisdiction: here(), role: 'office_admin', organ: 0, validTo: noon + hour },
      { jurisdiction: here(), role: 'auditor', organ: 0, validFrom: noon + hour },
    ])
    expect(after.result.ok).toBe(true)
    const fitting = await hire([
      { jurisdiction: here(), role: 'office_admin', organ: 0 },
      { jurisdiction: other.jurisdiction, role: 'reviewer', organ: 1 },
      { jurisdiction: here(), role: 'analyst', organ: 0 },
    ])
    expect(fitting.result.ok).toBe(true)
  })

  test('grants nothing outside its own jurisdiction and for no organ that is not there', async () => {
    const foreign: NewGrant[] = [{ jurisdiction: other.jurisdiction, role: 'analyst', organ: 0 }]
    await expect(hire(foreign, office.first)).rejects.toThrow(/own jurisdiction/)
    await expect(hire([{ jurisdiction: here(), role: 'organ_officer', organ: 77 }])).rejects.toThrow(ConstraintFailed)
    await expect(hire([{ jurisdiction: here(), role: 'platform_admin', organ: 0 }])).rejects.toThrow(/grants_platform/)
  })
})

describe('grantsOf', () => {
  test('knows a grant from its first moment to the one before its end', async () => {
    const grant = { jurisdiction: office.jurisdiction, role: 'reviewer', organ: 2 } as const
    const { userId } = await hire([{ ...grant, validFrom: noon + hour, validTo: noon + 2 * hour }])
    expect(await grantsOf(database.db, userId, noon + hour - 1)).toEqual([])
    expect(await grantsOf(database.db, userId, noon + hour)).toEqual([grant])
    expect(await grantsOf(database.db, userId, noon + 2 * hour - 1)).toEqual([grant])
    expect(await grantsOf(database.db, userId, noon + 2 * hour)).toEqual([])
  })

  test('knows nothing of a stranger', async () => {
    expect(await grantsOf(database.db, 'nobody', noon)).toEqual([])
    expect(await isDisabled(database.db, 'nobody')).toBe(true)
  })
})

describe('countOfficeAdministrators', () => {
  test('counts people, not grants, and only those who may act now', async () => {
    const at = await makeOffice(database)
    const { jurisdiction, organs } = at
    expect(await countOfficeAdministrators(database.db, at.system, noon)).toBe(2)
    expect(await countOfficeAdministrators(database.db, at.system, noon - 1)).toBe(0)
    const twice = ['a', 'b'].map((code) => ({ jurisdiction, role: 'office_admin', organ: organs.get(code)! }) as const)
    await hire(twice)
    expect(await countOfficeAdministrators(database.db, at.system, noon)).toBe(3)
    good(await disableStaff(database.writer, at.first, { userId: at.second.actor, now: noon }))
    expect(await countOfficeAdministrators(database.db, at.system, noon)).toBe(2)
  })
})

describe('disableStaff', () => {
  test('ends the sessions of this person and nobody else', async () => {
    const { userId } = await hire([{ jurisdiction: office.jurisdiction, role: 'analyst', organ: 0 }])
    const colleague = await hire([{ jurisdiction: office.jurisdiction, role: 'analyst', organ: 0 }])
    for (const person of [userId, colleague.userId]) await addSession(person)
    good(await disableStaff(database.writer, office.first, { userId, now: noon }))
    expect(await isDisabled(database.db, userId)).toBe(true)
    expect(await grantsOf(database.db, userId, noon)).toEqual([])
    expect(await countOf('session', 'user_id', userId)).toBe(0)
    expect(await countOf('session_state', 'session_id', `session-${userId}`)).toBe(0)
    expect(await countOf('session', 'user_id', colleague.userId)).toBe(1)
  })

  test('reaches no one of another jurisdiction, nor one who also works elsewhere', async () => {
    const { userId } = await hire([
      { jurisdiction: office.jurisdiction, role: 'analyst', organ: 0 },
      { jurisdiction: other.jurisdiction, role: 'analyst', organ: 0 },
    ])
    const act = { userId, now: noon }
    expect(await disableStaff(database.writer, office.first, act)).toEqual({ ok: false, error: 'unknown' })
    const stranger = { userId: other.first.actor, now: noon }
    expect(await disableStaff(database.writer, office.first, stranger)).toEqual({ ok: false, error: 'unknown' })
    good(await disableStaff(database.writer, platform, act))
    expect(await disableStaff(database.writer, platform, { userId: 'nobody', now: noon })).toEqual({
      ok: false,
      error: 'unknown',
    })
  })
})

describe('isSignInName', () => {
  test('takes no name that the accounts library would refuse, and every one that it takes in this form', () => {
    const theirs = z.email()
    const some = (...parts: string[]) =>
      fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 }).map((all) => all.join(''))
    const local = some('a', 'b', 'c', 'z9', '.', '..', "'", '+', '_', '-', '评', ' ')
    const domain = some('a', 'x', 'gov', '9', '.', '..', '-', '评')
    const names = fc
      .tuple(local, domain, fc.constantFrom('.cn', '.org', '.c', ''))
      .map(([l, d, end]) => `${l}@${d}${end}`)
    let taken = 0
    fc.assert(
      fc.property(names, (name) => {
        if (isSignInName(name)) taken += 1
        expect(isSignInName(name)).toBe(theirs.safeParse(name).success)
      }),
      { numRuns: 2_000 },
    )
    expect(taken).toBeGreaterThan(20)
  })

  test('keeps to the length of an address', () => {
    const domain = '@x.gov.cn'
    expect(isSignInName('a'.repeat(254 - domain.length) + domain)).toBe(true)
    expect(isSignInName('a'.repeat(255 - domain.length) + domain)).toBe(false)
  })
})

describe('recentFailures', () => {
  const at = 1_000_000 * 60_000
  const fail = (account: string, now: number) =>
    database.writer.transact({ statements: [countingFailure(account, now)] })

  test('adds up the last hour of one account, to the minute, and says when the first is forgotten', async () => {
    for (const [account, minute] of [
      ['a', 0],
      ['a', 0],
      ['a', 30],
      ['b', 10],
    ] as const)
      await fail(account, at + minute * 60_000 + 59_999)
    expect(await recentFailures(database.db, 'a', at + 31 * 60_000)).toEqual({ n: 3, seconds: 30 * 60 })
    expect(await recentFailures(database.db, 'a', at + 60 * 60_000 + 59_999)).toEqual({ n: 3, seconds: 1 })
    expect(await recentFailures(database.db, 'a', at + 61 * 60_000)).toEqual({ n: 1, seconds: 30 * 60 })
    expect(await recentFailures(database.db, 'a', at + 91 * 60_000)).toEqual({ n: 0, seconds: 0 })
    expect(await recentFailures(database.db, 'c', at)).toEqual({ n: 0, seconds: 0 })
  })

  test('is not changed by dropping what no longer counts', async () => {
    const now = at + 61 * 60_000
    const before = await recentFailures(database.db, 'a', now)
    await database.writer.transact({ statements: [droppingFailures(now)] })
    expect(await recentFailures(database.db, 'a', now)).toEqual(before)
    // Control: without the drop an earlier moment would still find three.
    expect(await recentFailures(database.db, 'a', at + 31 * 60_000)).toMatchObject({ n: 1 })
  })
})

describe('signInName', () => {
  test('writes one name in one way', () => {
    // U+212A is the Kelvin sign, U+FF21 a full-width A, U+0130 a capital I with a dot.
    expect(signInName('\u212Aim@example.org')).toBe('kim@example.org')
    expect(signInName(' \uFF21nna@EXAMPLE.org ')).toBe('anna@example.org')
    for (const typed of ['\u0130z@example.org', 'e\u0301@example.org', 'ﬁn@example.org']) {
      expect(signInName(signInName(typed))).toBe(signInName(typed))
    }
  })
})
