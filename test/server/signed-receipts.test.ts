import { createHmac, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { revokeReceiptKey } from '../../db/receipt-keys.ts'
import { systemScope } from '../../server/guard.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import {
  claimsOf,
  type Hall,
  keepImported,
  newHall,
  newJti,
  register,
  signatureOf,
  signed,
  signedAsk,
} from '../support/receipts.ts'
import { bodyOf, readEntered, sendAnswers, sendForm, sendJson } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let other: TestCycle
let hall: Hall
let edHall: Hall
let otherHall: Hall
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  other = await createTestCycle(app)
  hall = newHall(cycle.organs[0]!)
  edHall = newHall(cycle.organs[1]!, 'EdDSA')
  otherHall = newHall(other.organs[0]!)
  for (const each of [cycle, other]) await keepImported(app, each)
  await register(app, cycle, hall)
  await register(app, cycle, edHall)
  await register(app, other, otherHall)
}, 60_000)
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const enter = (token: string, at = from) => sendForm(app, '/r', [['code', token]], { from: at })
const enterJson = (token: string, at = from) => sendJson(app, '/r', { code: token }, { from: at })
const receipt = (by = hall, changes = {}, header = {}) => signed(by, claimsOf(app, cycle, by, changes), header)
const overall = (organ: string) => [[`q.${organ}.overall`, '4']] as const
const rollOf = async () =>
  Number((await look(app, 'SELECT count(*) AS n FROM roll WHERE jurisdiction_id = ?', [cycle.place.id]))[0]!['n'])

/** Everything of an answer that could tell two apart. */
async function trace(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'content-security-policy')
  return { status: response.status, headers, body: await response.text() }
}

describe('a receipt that an organ’s system has signed', () => {
  test.each(['ES256', 'EdDSA'] as const)('lets its holder rate that organ once, by %s', async (alg) => {
    const by = alg === 'ES256' ? hall : edHall
    const token = receipt(by)
    expect(token.length).toBeLessThan(500)
    const entered = await readEntered(await enter(token))
    expect(entered.html).toContain(`q.${by.organ}.overall`)
    expect(entered.html).not.toContain(token.split('.')[2])
    const before = await rollOf()
    expect((await sendAnswers(app, cycle.path('recipients'), entered, overall(by.organ))).status).toBe(303)
    expect(await rollOf()).toBe(before + 1)
    const again = await enter(token)
    expect([again.status, (await again.text()).includes('您已经评价过了')]).toEqual([409, true])
    expect((await enterJson(token)).status).toBe(409)
  })

  test('counts once when sixty-four send it at the same moment, by form and by program', async () => {
    const token = receipt()
    const forms = await Promise.all(
      Array.from({ length: 64 }, async (_, at) => {
        // Of many from one network at the same moment most would have to wait.
        const device = `192.0.2.${at}`
        if (at % 2 === 0) return (await readEntered(await enter(token, device))).elig
        return ((await (await enterJson(token, device)).json()) as { elig: string }).elig
      }),
    )
    const before = await rollOf()
    const path = `${cycle.path('recipients')}/answer`
    const k = (at: number) => Buffer.alloc(32, at + 1).toString('base64url')
    const sent = await Promise.all(
      forms.map((elig, at) =>
        at % 2 === 0
          ? sendForm(app, path, [['elig', elig], ['k', k(at)], ...overall(hall.organ)], { from })
          : sendJson(app, path, { v: 1, elig, k: k(at), answers: { [hall.organ]: { overall: 4 } } }, { from }),
      ),
    )
    const statuses = sent.map(({ status }) => status)
    expect(statuses.filter((status) => status === 303 || status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(63)
    expect(await rollOf()).toBe(before + 1)
    // Control: another service of the same organ is another review.
    const next = await readEntered(await enter(receipt()))
    expect((await sendAnswers(app, cycle.path('recipients'), next, overall(hall.organ))).status).toBe(303)
  })

  test('is the same service with another signature and other dates', async () => {
    const claims = claimsOf(app, cycle, hall)
    const entered = await readEntered(await enter(signed(hall, claims)))
    expect((await sendAnswers(app, cycle.path('recipients'), entered, overall(hall.organ))).status).toBe(303)
    for (const changes of [{}, { exp: claims.exp - 60 }, { iat: claims.iat - 60 }])
      expect((await enter(signed(hall, { ...claims, ...changes }))).status).toBe(409)
  })

  test('gives no right over another organ', async () => {
    const entered = await readEntered(await enter(receipt()))
    const sent = await sendAnswers(app, cycle.path('recipients'), entered, overall(cycle.organs[2]!))
    expect([400, 422]).toContain(sent.status)
  })

  test('uses nothing up by GET and HEAD, and is not read from an address', async () => {
    const token = receipt()
    const plain = await (await app.request('/r')).text()
    const before = await countAllRows(app)
    for (const path of [`/r?code=${token}`, `/r?receipt=${token}`]) {
      expect(await (await app.request(path)).text()).toBe(plain)
      expect((await app.request(path, { method: 'HEAD' })).status).toBe(200)
    }
    expect((await app.request(`/r/${token}`)).status).toBe(404)
    for (const method of ['GET', 'HEAD']) expect((await app.request('/receipts', { method })).status).toBe(404)
    expect(await countAllRows(app)).toEqual(before)
    expect((await enter(token)).status).toBe(200)
    expect(JSON.stringify(app.lines)).not.toContain(token.split('.')[1])
  })
})

describe('a wrong receipt', () => {
  const part = (token: string, at: number) => token.split('.')[at]!
  const b64 = (value: string) => Buffer.from(value).toString('base64url')
  const hmac = (input: string, secret: string | Buffer) =>
    createHmac('sha256', secret).update(input).digest('base64url')

  /** What somebody without the key might try, each named. */
  function attacks(): Record<string, string> {
    const good = receipt()
    const claims = claimsOf(app, cycle, hall)
    const payload = b64(JSON.stringify(claims))
    const header = (fields: Record<string, unknown>) =>
      b64(JSON.stringify({ alg: 'ES256', kid: hall.kid, typ: 'receipt+jwt', ...fields }))
    const none = `${header({ alg: 'none' })}.${payload}.`
    const confused = `${header({ alg: 'HS256' })}.${payload}`
    const stranger = { ...newHall(hall.organ), kid: hall.kid }
    const flipped = (at: number) => {
      const parts = good.split('.')
      parts[at] = parts[at]!.slice(0, 20) + (parts[at]![20] === 'A' ? 'B' : 'A') + parts[at]!.slice(21)
      return parts.join('.')
    }
    const doubled = `${header({})}.${b64(`{"iss":"x",${JSON.stringify(claims).slice(1)}`)}`
    return {
      'no algorithm': none,
      'no algorithm, with a signature': `${none}${part(good, 2)}`,
      'no algorithm in capitals': `${header({ alg: 'NONE' })}.${payload}.${part(good, 2)}`,
      'the public key as a shared secret, PEM': `${confused}.${hmac(confused, hall.pem)}`,
      'the public key as a shared secret, DER': `${confused}.${hmac(confused, hall.spki)}`,
      'an empty shared secret': `${confused}.${hmac(confused, '')}`,
      'another algorithm than the key has': `${header({ alg: 'EdDSA' })}.${payload}.${part(good, 2)}`,
      'a stranger’s key under a known name': signed(stranger, claims),
      'a key that travels along': signed(stranger, claims, {
        jwk: stranger.privateKey.export({ format: 'jwk' }),
      }),
      'an address of a key': signed(hall, claims, { jku: 'https://evil.example/keys' }),
      'a critical extension': signed(hall, claims, { crit: ['b64'], b64: false }),
      'an unknown key': signed({ ...hall, kid: 'nobody' }, claims),
      'no key': signed(hall, claims, { kid: undefined }),
      'a path as the name of a key': signed(hall, claims, { kid: '../../../dev/null' }),
      'a statement as the name of a key': signed(hall, claims, { kid: "x' OR '1'='1" }),
      'a changed header': flipped(0),
      'a changed payload': flipped(1),
      'a changed signature': flipped(2),
      'no signature': `${part(good, 0)}.${part(good, 1)}.`,
      'zeros as a signature': `${part(good, 0)}.${part(good, 1)}.${Buffer.alloc(64).toString('base64url')}`,
      'the signature of another receipt': `${part(good, 0)}.${part(good, 1)}.${part(receipt(), 2)}`,
      'another organ': signed(hall, { ...claims, iss: edHall.organ }),
      'an organ that does not exist': signed(hall, { ...claims, iss: 'nowhere' }),
      'the key of another jurisdiction': signed(otherHall, claims),
      'a survey of another jurisdiction': signed(hall, { ...claims, aud: other.path('recipients').slice(3) }),
      'a survey of another group': signed(hall, { ...claims, aud: cycle.path('leaders').slice(3) }),
      'a survey that does not exist': signed(hall, { ...claims, aud: `${cycle.jid}/none` }),
      'several surveys': signed(hall, { ...claims, aud: [claims.aud, other.path('recipients').slice(3)] }),
      'no end': signed(hall, { ...claims, exp: undefined }),
      'an end that is no number': signed(hall, { ...claims, exp: '9999999999' }),
      'a life of a year': signed(hall, { ...claims, exp: claims.iat + 365 * 86_400 }),
      'a life of nothing': signed(hall, { ...claims, exp: claims.iat }),
      'the future': signed(hall, { ...claims, iat: claims.iat + 600, exp: claims.exp + 600 }),
      'a day before the key': signed(hall, { ...claims, iat: claims.iat - 3 * 86_400 }),
      'no jti': signed(hall, { ...claims, jti: undefined }),
      'a jti that can be guessed': signed(hall, { ...claims, jti: '42' }),
      'a jti in two spellings': signed(hall, { ...claims, jti: `${newJti()}=` }),
      'a claim about the person': signed(hall, { ...claims, name: '张三' }),
      'a hash of the person': signed(hall, { ...claims, sub_hash: 'A'.repeat(43) }),
      'a claim twice': `${doubled}.${signatureOf(hall, doubled)}`,
      'an ask in place of a receipt': signed(hall, claims, { typ: 'ask+jwt' }),
      'a token of another kind': signed(hall, claims, { typ: 'JWT' }),
      'too long a token': signed(hall, { ...claims, aud: 'x'.repeat(2_000) }),
      'no JSON': `${b64('no JSON')}.${b64('no JSON')}.${part(good, 2)}`,
      'a list': `${b64('[1,2,3,4]')}.${b64('[1,2,3,4]')}.${part(good, 2)}`,
      'broken UTF-8': `${part(good, 0)}.${Buffer.alloc(60, 0xff).toString('base64url')}.${part(good, 2)}`,
    }
  }

  test('gets the answer of a wrong code, byte for byte, whatever is wrong with it', async () => {
    const tokens = Object.entries(attacks())
    const before = await countAllRows(app)
    const control = await trace(await enter('0000-0000-0000-0000'))
    const controlJson = await trace(await enterJson('0000-0000-0000-0000'))
    expect([control.status, controlJson.status]).toEqual([404, 404])
    expect(control.body).toContain('链接不完整或有误')
    for (const [at, [name, token]] of tokens.entries()) {
      from = `192.0.2.${at}`
      expect(await trace(await enter(token)), name).toEqual(control)
      expect(await trace(await enterJson(token)), name).toEqual(controlJson)
    }
    expect(await countAllRows(app)).toEqual(before)
    // Control: the same claims with nothing wrong are taken.
    expect((await enter(receipt())).status).toBe(200)
  })

  test('would be taken by a reader that believes what the token says of itself', () => {
    const naive = (token: string): boolean => {
      const [header = '', payload = '', signature = ''] = token.split('.')
      const { alg, jwk } = JSON.parse(Buffer.from(header, 'base64url').toString())
      const input = `${header}.${payload}`
      if (/^none$/i.test(alg)) return true
      if (alg === 'HS256') return signature === hmac(input, hall.pem)
      const key = jwk ? createPublicKey({ key: jwk, format: 'jwk' }) : createPublicKey(hall.pem)
      return verify(
        'sha256',
        Buffer.from(input),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      )
    }
    const tried = attacks()
    for (const name of ['no algorithm', 'the public key as a shared secret, PEM', 'a key that travels along'])
      expect(naive(tried[name]!), name).toBe(true)
    expect(naive(tried['a changed payload']!)).toBe(false)
  })

  test('counts as a guess, thirty in ten minutes; a right one does not', async () => {
    for (let at = 0; at < 40; at++) expect((await enter(receipt())).status).toBe(200)
    const stranger = { ...newHall(hall.organ), kid: hall.kid }
    for (let at = 0; at < 30; at++) expect((await enter(receipt(stranger))).status).toBe(404)
    expect((await enter(receipt(stranger))).status).toBe(429)
    expect((await sendJson(app, '/receipts', { ask: receipt(stranger) }, { from })).status).toBe(429)
  })

  test('that no body can hold is refused by its size', async () => {
    expect((await enter(`${'A'.repeat(3_000)}.${'A'.repeat(3_000)}.A`)).status).toBe(413)
  })
})

describe('a receipt that was right once', () => {
  test('says that it has expired, only to whoever holds it', async () => {
    const iat = Math.floor(app.clock.time / 1_000)
    const old = receipt(hall, { iat: iat - 7_200, exp: iat - 3_600 })
    const page = await enter(old)
    const html = bodyOf(await page.text())
    expect([page.status, html.includes('办事回执已过期')]).toEqual([410, true])
    expect(html).not.toContain('name="elig"')
    expect(await (await enterJson(old)).json()).toMatchObject({ status: 410, code: 'receipt_expired' })
    const english = await sendForm(app, '/r?lang=en', [['code', old]], { from })
    expect(await english.text()).toContain('This receipt has expired')
    // The same claims under a forged signature say nothing.
    expect((await enter(`${old.slice(0, -10)}AAAAAAAAAA`)).status).toBe(404)
  })

  test('says that its key was revoked, whenever it was signed, and the key’s name says nothing', async () => {
    const lost = newHall(cycle.organs[2]!)
    await register(app, cycle, lost)
    const token = receipt(lost)
    expect((await enter(token)).status).toBe(200)
    const act = { kid: lost.kid, reason: '终端遗失', now: app.clock.time }
    await revokeReceiptKey(app.world.writer, systemScope(cycle.place.id), act)
    const page = await enter(token)
    expect([page.status, bodyOf(await page.text()).includes('办事回执已停用')]).toEqual([410, true])
    expect((await sendJson(app, '/receipts', { ask: signedAsk(app, cycle, lost) }, { from })).status).toBe(410)
    expect((await enter(receipt({ ...newHall(lost.organ), kid: lost.kid }))).status).toBe(404)
  })

  test('counts by the dates of its key', async () => {
    const young = newHall(cycle.organs[3]!)
    const { time } = app.clock
    await register(app, cycle, young, { validFrom: time - 60_000, validUntil: time })
    const iat = Math.floor(time / 1_000)
    expect((await enter(receipt(young, { iat: iat - 30 }))).status).toBe(200)
    expect((await enter(receipt(young, { iat }))).status).toBe(410)
    expect((await enter(receipt(young, { iat: iat - 90 }))).status).toBe(404)
  })

  test('says that the survey is over when it is', async () => {
    const over = await createTestCycle(app)
    const its = newHall(over.organs[0]!)
    await register(app, over, its)
    const { time } = app.clock
    await over.close()
    const page = await enter(signed(its, claimsOf(app, over, its)))
    expect([page.status, (await page.text()).includes('测评已经结束')]).toEqual([410, true])
    const asked = await sendJson(app, '/receipts', { ask: signedAsk(app, over, its) }, { from })
    expect([asked.status, await asked.json()]).toMatchObject([410, { code: 'closed' }])
    app.clock.time = time
  })
})
