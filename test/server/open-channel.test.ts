import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { readEntered, receiptOf, sendForm, sendJson } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let path: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  path = cycle.path('open')
})
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const challenge = async (of = path): Promise<Challenge> =>
  (await app.request(`${of}/open/challenge`, { from })).json() as Promise<Challenge>

/** What the script sends for a solved challenge. */
async function prove(given: Challenge): Promise<string> {
  const solution = await solveChallenge({ challenge: given, deriveKey })
  return encode({ challenge: given, solution })
}
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const decode = (proof: string) =>
  JSON.parse(Buffer.from(proof, 'base64').toString()) as {
    challenge: Challenge
    solution: { counter: number; derivedKey: string }
  }

const enter = (proof: string, headers: Record<string, string> = {}) =>
  sendForm(app, `${path}/open`, [['altcha', proof]], { from, headers })

describe('the open channel with a proof of work', () => {
  test('lets a visitor in, once per proof', async () => {
    const proof = await prove(await challenge())
    expect((await enter(proof)).status).toBe(200)
    const again = await enter(proof)
    expect(again.status).toBe(400)
    // Another spelling of the same proof is the same proof.
    const { challenge: used, solution } = decode(proof)
    const respelled = [
      encode({ solution, challenge: used }),
      encode({ challenge: { ...used, signature: used.signature!.toUpperCase() }, solution }),
      encode({ challenge: used, solution: { ...solution, counter: solution.counter + 1 } }),
      encode({
        challenge: {
          parameters: Object.fromEntries(Object.entries(used.parameters).reverse()),
          signature: used.signature,
        },
        solution,
      }),
      `${proof.replace(/=+$/, '')}`,
      encode({ challenge: used, solution, extra: 1 }),
    ]
    for (const text of respelled) expect((await enter(text)).status).toBe(400)
  })

  test('is spent by one of several simultaneous requests', async () => {
    const proof = await prove(await challenge())
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => enter(proof)))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  test('refuses proofs that are forged, easier, unsolved or for another survey', async () => {
    const other = await createTestCycle(app)
    const solved = decode(await prove(await challenge()))
    const { parameters, signature } = solved.challenge
    const foreign = await prove(await challenge(other.path('open')))
    const easy = await prove({ parameters: { ...parameters, cost: 1, keyPrefix: '00' }, signature } as Challenge)
    const wrong = [
      foreign,
      easy,
      encode({ challenge: { parameters, signature: '0'.repeat(64) }, solution: solved.solution }),
      encode({ challenge: { parameters }, solution: solved.solution }),
      encode({ challenge: solved.challenge, solution: { counter: 0, derivedKey: '00' } }),
      encode({ challenge: solved.challenge, solution: null }),
      encode({ challenge: solved.challenge, solution: {} }),
      encode({
        challenge: {
          parameters: { ...parameters, data: { survey: `${cycle.jid}/${cycle.survey('open').sid}`, until: 9e15 } },
          signature,
        },
        solution: solved.solution,
      }),
      encode({ challenge: { parameters: null, signature }, solution: solved.solution }),
      encode({
        challenge: { parameters: { ...parameters, nonce: 'zz', salt: 7 }, signature },
        solution: solved.solution,
      }),
      encode(null),
      encode([]),
      'not base64 %%%',
      '评',
      'x'.repeat(10_000),
    ]
    const before = await countAllRows(app)
    for (const text of wrong) {
      const response = await sendJson(app, `${path}/open`, { altcha: text }, { from })
      expect(response.status, text.slice(0, 60)).toBe(400)
      expect(await response.json()).toMatchObject({ errors: [{ path: 'altcha', code: 'wrong_or_used' }] })
    }
    expect(await countAllRows(app)).toEqual(before)
    // Control: the proof from which the wrong ones were made.
    expect((await enter(encode(solved))).status).toBe(200)
  })

  test('takes a proof for ten minutes by the server’s clock', async () => {
    const [late, inTime] = [await prove(await challenge()), await prove(await challenge())]
    const start = app.clock.time
    app.clock.time = start + 10 * 60_000 - 1
    expect((await enter(inTime)).status).toBe(200)
    app.clock.time = start + 10 * 60_000
    expect((await enter(late)).status).toBe(400)
    app.clock.time = start
  })
})

describe('the open channel without script', () => {
  test('lets three an hour in from one network', async () => {
    for (let at = 0; at < 3; at++) expect((await enter('')).status).toBe(200)
    const refused = await enter('')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1200')
    // A proof is not held up by it.
    expect((await enter(await prove(await challenge()))).status).toBe(200)
  })
})

describe('a visitor', () => {
  test('is one device by its cookie: one response, and the second visit says so', async () => {
    const first = await enter('')
    const [cookie] = first.headers.getSetCookie()
    expect(cookie).toMatch(new RegExp(`^gp_open=[\\w-]{43}; Path=${path}; Max-Age=31536000; HttpOnly; SameSite=Lax$`))
    const entered = await readEntered(first)
    const organ = cycle.organs[0]!
    receiptOf(
      await sendForm(app, `${path}/answer`, [...entered.fields, ['o', organ], [`q.${organ}.overall`, '2']], { from }),
    )
    const second = await enter('', { cookie: cookie!.split(';')[0]! })
    expect(second.status).toBe(409)
    // The same cookie again: no new identity is handed out.
    expect(second.headers.getSetCookie()[0]!.split(';')[0]).toBe(cookie!.split(';')[0])
  })

  test('with an invented cookie gets an identity that the server made', async () => {
    for (const invented of ['gp_open=x', 'gp_open=', `gp_open=${'A'.repeat(44)}`, 'gp_open="; Path=/', 'other=1']) {
      network += 1
      from = `203.0.113.${network}`
      const given = (await enter('', { cookie: invented })).headers.getSetCookie()[0]!.split(';')[0]
      expect(given).toMatch(/^gp_open=[\w-]{43}$/)
      expect(given).not.toBe(invented)
    }
  })

  test('is nowhere counted in a score: another class, another survey, and the page says so', async () => {
    const [row] = await look(app, 'SELECT count(*) AS n FROM slip WHERE jurisdiction_id = ? AND survey_id <> ?', [
      cycle.place.id,
      cycle.survey('open').id,
    ])
    expect(row!['n']).toBe(0)
    const cells = await look(app, 'SELECT DISTINCT cell FROM tally WHERE jurisdiction_id = ? AND survey_id = ?', [
      cycle.place.id,
      cycle.survey('open').id,
    ])
    expect(cells.map(({ cell }) => String(cell).split('|')[0])).toEqual(['open'])
    expect(await (await app.request(path)).text()).toContain('不计入得分')
  })

  test('finds no open channel in the scored surveys', async () => {
    for (const other of [cycle.path('leaders'), cycle.path('public'), '/s/nowhere/open']) {
      expect((await app.request(`${other}/open/challenge`, { from })).status).toBe(404)
      expect((await sendForm(app, `${other}/open`, [['altcha', '']], { from })).status).toBe(404)
    }
  })
})
