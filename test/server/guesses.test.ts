import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/app.ts'
import { createLimiter } from '../../server/limits.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { createTestApp, formBody, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look } from '../support/cycle.ts'
import { sendForm, sha256, signIn } from '../support/respondent.ts'

type Account = { email: string; password: string }

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({ time: Date.now() })
})
afterAll(() => app.close())

const hour = 3_600_000
const wrong = 'wrong wrong wrong'
const times = (status: number, n: number) => Array<number>(n).fill(status)

let network = 0
/** One sign-in, each from another network. */
function attempt(email: string, password: string, cookie = ''): Promise<Response> {
  network += 1
  const from = `198.${18 + (network >> 16)}.${(network >> 8) & 255}.${network & 255}`
  const fields = Object.entries({ email, password })
  return sendForm(app, '/office/sign-in', fields, { from, headers: cookie ? { cookie } : {} })
}

/** Statuses of so many sign-ins. */
async function tries(email: string, password: string, n: number, cookie = ''): Promise<number[]> {
  const statuses: number[] = []
  // Spelled in different ways it is one name.
  for (let at = 0; at < n; at++)
    statuses.push((await attempt(at % 2 === 0 ? email : ` ${email.toUpperCase()}`, password, cookie)).status)
  return statuses
}

describe('guessing', () => {
  test('ends after ten wrong passwords for one name, known or not, from however many networks', async () => {
    const known = accountOf(await createTestCycle(app), 'analyst')
    const pages: string[] = []
    for (const email of [known.email, 'nobody@example.org']) {
      expect(await tries(email, wrong, 12), email).toEqual([...times(401, 10), 429, 429])
      const refused = await attempt(email, known.password)
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500)
      pages.push((await refused.text()).replace(/nonce="[^"]*"/g, '').replaceAll(email, 'NAME'))
    }
    expect(pages[0]).toBe(pages[1])
    // An hour and a minute after the last of them they are forgotten.
    app.clock.time += hour + 60_000
    expect((await attempt(known.email, known.password)).status).toBe(303)
    app.clock.time -= hour + 60_000
  })

  test('with many at the same moment is not quicker', async () => {
    const { email } = accountOf(await createTestCycle(app), 'analyst')
    const all = await Promise.all(Array.from({ length: 16 }, () => tries(email, wrong, 1)))
    expect(all.flat().sort()).toEqual([...times(401, 10), ...times(429, 6)])
  })

  test('by others does not lock a person out of a browser in which they have signed in before', async () => {
    const own = accountOf(await createTestCycle(app), 'analyst')
    const cookie = await signIn(app, own)
    expect(await tries(own.email, wrong, 11)).toEqual([...times(401, 10), 429])
    // Control: without the cookie the right password is not looked at either.
    expect(await tries(own.email, own.password, 1)).toEqual([429])
    expect(await tries(own.email, own.password, 1, cookie)).toEqual([303])
    // Signing out does not make the browser a stranger's.
    const known = cookie.split('; ').find((pair) => pair.startsWith('gp-known='))!
    expect(await tries(own.email, own.password, 1, known)).toEqual([303])
    // Whoever has that browser has ten guesses there: twenty for the account in this hour, and no more.
    expect(await tries(own.email, wrong, 12, known)).toEqual([...times(401, 10), 429, 429])
    expect(await tries(own.email, own.password, 2, known)).toEqual([429, 429])
  })

  test('is counted on when the server starts again, and a known browser stays known', async () => {
    const own = accountOf(await createTestCycle(app), 'analyst')
    const cookie = await signIn(app, own)
    await tries(own.email, wrong, 10)
    const { origins } = app.world.config
    const again = createApp({ ...app.world, limiter: createLimiter(app.world.crypto, app.world.now) }, officeRoutes)
    const form = formBody(Object.entries(own))
    const enter = (headers: Record<string, string>) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      return again.request(`${origins[0]}/office/sign-in`, { ...form, headers: { ...type, ...headers } })
    }
    expect((await enter({})).status).toBe(429)
    expect((await enter({ cookie })).status).toBe(303)
  })

  test('does not hold up somebody else', async () => {
    const place = await createTestCycle(app)
    await tries(accountOf(place, 'analyst').email, wrong, 10)
    expect(await tries(accountOf(place, 'auditor').email, accountOf(place, 'auditor').password, 1)).toEqual([303])
  })

  test('what nobody can have as a name or password is not counted', async () => {
    const own = accountOf(await createTestCycle(app), 'analyst')
    for (const password of ['', 'x'.repeat(129)]) expect(await tries(own.email, password, 6)).toEqual(times(401, 6))
    expect(await tries('ad..min@example.org', wrong, 11)).toEqual(times(401, 11))
    expect(await tries(own.email, own.password, 1)).toEqual([303])
  })

  test('leaves no typed name in the table of failures', async () => {
    const typed = 'somebody-typed-this@example.org'
    await tries(typed, wrong, 1)
    const rows = await look(app, 'SELECT account, n FROM auth_failures')
    expect(rows.length).toBeGreaterThan(0)
    for (const { account } of rows) expect(String(account)).toMatch(/^[\w-]{43}$/)
    expect(await look(app, 'SELECT 1 FROM user WHERE email = ?', [typed])).toEqual([])
  })

  test('is forgotten after an hour', async () => {
    app.clock.time += 2 * hour
    await tries('late@example.org', wrong, 1)
    expect(await look(app, 'SELECT n FROM auth_failures')).toMatchObject([{ n: 1 }])
    app.clock.time -= 2 * hour
  })
})

describe('the cookie of a known browser', () => {
  /** Its value after a sign-in that sends these cookies. */
  async function known({ email, password }: Account, cookie = ''): Promise<string> {
    const entered = await attempt(email, password, cookie)
    return /gp-known=([^;]+)/.exec(entered.headers.getSetCookie().join())![1]!
  }
  /** Whether a browser with this value is known to the person, whom strangers have locked out. */
  async function letsIn({ email, password }: Account, value: string): Promise<boolean> {
    return (await attempt(email, password, `a=b; gp-known=${value}; c=d`)).status === 303
  }
  const lockOut = ({ email }: Account) => tries(email, wrong, 10)

  test('says nothing about the person and cannot be made, changed or lent', async () => {
    const place = await createTestCycle(app)
    const [analyst, auditor] = [accountOf(place, 'analyst'), accountOf(place, 'auditor')]
    const value = await known(analyst)
    expect(value).toMatch(/^[\w-]{22}\.\d{5}\.[\w-]{43}$/)
    const [user] = await look(app, 'SELECT id FROM user WHERE email = ?', [analyst.email])
    for (const part of [analyst.email, String(user!['id'])])
      for (const text of [part, Buffer.from(part).toString('base64url'), sha256(part).toString('base64url')])
        expect(value).not.toContain(text)
    await lockOut(analyst)
    await lockOut(auditor)
    expect(await letsIn(analyst, value)).toBe(true)
    expect(await letsIn(auditor, value)).toBe(false)
    const [browser, day, seal] = value.split('.') as [string, string, string]
    const invented = 'A'.repeat(43)
    for (const other of [
      '',
      browser,
      `${browser}.${day}.${invented}`,
      `${browser}.${Number(day) + 1}.${seal}`,
      `${'A'.repeat(22)}.${day}.${seal}`,
      `${browser}.${day}.${seal}x`,
      `${value}.`,
      `${value}${`.${day}.${invented}`.repeat(5)}`,
    ])
      expect(await letsIn(analyst, other), other).toBe(false)
  })

  test('knows several people who share a browser, the last five of them', async () => {
    const people: Account[] = []
    for (let at = 0; at < 3; at++) {
      const place = await createTestCycle(app)
      people.push(accountOf(place, 'analyst'), accountOf(place, 'auditor'))
    }
    let value = ''
    for (const person of people) value = await known(person, value && `gp-known=${value}`)
    for (const person of people) await lockOut(person)
    const letIn: boolean[] = []
    for (const person of people) letIn.push(await letsIn(person, value))
    expect(letIn).toEqual([false, true, true, true, true, true])
    // Signing in again takes no further place.
    expect((await known(people[1]!, `gp-known=${value}`)).split('.')).toHaveLength(11)
  }, 60_000)

  test('is forgotten ninety days after the last sign-in', async () => {
    const own = accountOf(await createTestCycle(app), 'analyst')
    const value = await known(own)
    const day = 86_400_000
    const entersAfter = async (days: number) => {
      app.clock.time += days * day
      await lockOut(own)
      const entered = await letsIn(own, value)
      app.clock.time -= days * day
      return entered
    }
    expect(await entersAfter(89)).toBe(true)
    expect(await entersAfter(91)).toBe(false)
  })
})
