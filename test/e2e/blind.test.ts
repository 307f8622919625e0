import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blindSign, issuerSpki, makeIssuerKey, verifyTicket } from '../../server/node/issuer.ts'
import {
  blindVectors,
  fromHex,
  messages,
  oracleFor,
  oracleMessages,
  randomMessage,
  toHex,
  vectorKey,
} from '../support/blind-signatures.ts'
import { launchBrowser, type Visitor, visit, withoutBrowser } from '../support/browser.ts'
import { bundle } from '../support/bundle.ts'

declare const blinding: typeof import('../../client/islands/ballot/blind.ts')

// The respondent's half in a browser, on a page of its own; bytes come and go as hexadecimal.
describe.skipIf(withoutBrowser)('blinding in Chromium', () => {
  let browser: Browser
  let visitor: Visitor

  beforeAll(async () => {
    const script = await bundle('client/islands/ballot/blind.ts', { name: 'blinding' })
    browser = await launchBrowser()
    visitor = await visit(browser)
    // localhost is a secure context, without which there is no crypto.subtle; nothing listens there.
    await visitor.page.route('http://localhost/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><title>blinding</title><script>${script}</script>`,
      }),
    )
    await visitor.page.goto('http://localhost/')
    await visitor.page.evaluate(() => {
      Object.assign(globalThis, {
        bytesOf: (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
        hexOf: (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
      })
    })
  })
  afterAll(async () => {
    await visitor?.close()
    await browser?.close()
  })

  test('follows the vectors of RFC 9474 bit for bit', async () => {
    const spki = toHex(issuerSpki(vectorKey))
    for (const { name, message, salt, factor, inv, blinded, signed, signature } of blindVectors) {
      const given = {
        spki,
        factor: factor.toString(),
        salt: toHex(salt),
        message: toHex(message),
        signed: toHex(signed),
      }
      const made = await visitor.page.evaluate(async ({ spki, factor, salt, message, signed }) => {
        const key = await blinding.importIssuerKey(bytesOf(spki), 4096)
        const made = await blinding.blindWith(key, bytesOf(message), bytesOf(salt), BigInt(factor))
        const ticket = await blinding.finalise(key, bytesOf(message), bytesOf(signed), made.inv)
        return [hexOf(made.blinded), hexOf(made.inv), ticket && hexOf(ticket)]
      }, given)
      const end = salt.length === 48 ? toHex(signature) : null
      expect(made, name).toEqual([toHex(blinded), toHex(inv), end])
    }
  })

  test(`${messages} tickets are signed by Node, and finalised and verified by the library as here`, async () => {
    const secret = await makeIssuerKey()
    const oracle = await oracleFor(secret)
    const spki = toHex(issuerSpki(secret))
    const prepared = Array.from({ length: messages }, () => toHex(randomMessage()))

    const made = await visitor.page.evaluate(
      async ({ spki, prepared }) => {
        const key = await blinding.importIssuerKey(bytesOf(spki))
        const all: { blinded: string; inv: string }[] = []
        for (const message of prepared) {
          const { blinded, inv } = await blinding.blind(key, bytesOf(message))
          all.push({ blinded: hexOf(blinded), inv: hexOf(inv) })
        }
        return all
      },
      { spki, prepared },
    )
    expect(new Set(made.map(({ blinded }) => blinded)).size).toBe(messages)

    const answers: string[] = []
    for (const [i, { blinded }] of made.entries()) {
      const answer = toHex(blindSign(secret, fromHex(blinded)))
      if (i < 8) expect(toHex(await oracle.suite.blindSign(oracle.secret, fromHex(blinded)))).toBe(answer)
      answers.push(answer)
    }

    const tickets = await visitor.page.evaluate(
      async ({ spki, prepared, made, answers }) => {
        const key = await blinding.importIssuerKey(bytesOf(spki))
        const all: string[] = []
        for (const [i, message] of prepared.entries()) {
          const [answer, inv] = [bytesOf(answers[i]!), bytesOf(made[i]!.inv)]
          const ticket = await blinding.finalise(key, bytesOf(message), answer, inv)
          all.push(ticket ? hexOf(ticket) : '')
        }
        return all
      },
      { spki, prepared, made, answers },
    )
    for (const [i, ticket] of tickets.entries()) {
      const message = fromHex(prepared[i]!)
      expect(verifyTicket(secret, message, fromHex(ticket))).toBe(true)
      expect(await oracle.suite.verify(oracle.open, fromHex(ticket), message)).toBe(true)
      const theirs = await oracle.suite.finalize(oracle.open, message, fromHex(answers[i]!), fromHex(made[i]!.inv))
      expect(toHex(theirs)).toBe(ticket)
    }
  })

  test('finalises what the library has blinded, and refuses a changed answer', { timeout: 300_000 }, async () => {
    const secret = await makeIssuerKey()
    const oracle = await oracleFor(secret)
    const spki = toHex(issuerSpki(secret))
    for (let i = 0; i < oracleMessages; i++) {
      const message = randomMessage()
      const { blindedMsg, inv } = await oracle.suite.blind(oracle.open, message)
      const answer = blindSign(secret, blindedMsg)
      const given = { spki, message: toHex(message), inv: toHex(inv), answer: toHex(answer) }
      const outcomes = await visitor.page.evaluate(async ({ spki, message, inv, answer }) => {
        const key = await blinding.importIssuerKey(bytesOf(spki))
        const finish = (signed: Uint8Array<ArrayBuffer>) =>
          blinding.finalise(key, bytesOf(message), signed, bytesOf(inv))
        const changed = bytesOf(answer).map((byte, at) => (at === 99 ? byte ^ 1 : byte))
        return [await finish(bytesOf(answer)), await finish(changed)].map((ticket) => ticket !== null)
      }, given)
      expect(outcomes).toEqual([true, false])
    }
  })

  test('works on a processor four times slower, and prints how long it takes', async () => {
    const secret = await makeIssuerKey()
    const [spki, prepared] = [toHex(issuerSpki(secret)), toHex(randomMessage())]
    const client = await visitor.context.newCDPSession(visitor.page)
    await client.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    const timeBlinding = async ({ spki, prepared }: { spki: string; prepared: string }) => {
      const key = await blinding.importIssuerKey(bytesOf(spki))
      const began = performance.now()
      let made = await blinding.blind(key, bytesOf(prepared))
      for (let i = 1; i < 50; i++) made = await blinding.blind(key, bytesOf(prepared))
      return { took: (performance.now() - began) / 50, blinded: hexOf(made.blinded), inv: hexOf(made.inv) }
    }
    const made = await visitor.page.evaluate(timeBlinding, { spki, prepared })
    const answer = toHex(blindSign(secret, fromHex(made.blinded)))
    const timeFinalising = async (given: { spki: string; prepared: string; inv: string; answer: string }) => {
      const key = await blinding.importIssuerKey(bytesOf(given.spki))
      const [message, signed, inv] = [bytesOf(given.prepared), bytesOf(given.answer), bytesOf(given.inv)]
      const began = performance.now()
      let isGood = true
      for (let i = 0; i < 50; i++) isGood = isGood && (await blinding.finalise(key, message, signed, inv)) !== null
      return { took: (performance.now() - began) / 50, isGood }
    }
    const finished = await visitor.page.evaluate(timeFinalising, { spki, prepared, inv: made.inv, answer })
    await client.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    await client.detach()
    expect(finished.isGood).toBe(true)
    console.log(`4x slower: blind ${made.took.toFixed(1)} ms, finalise ${finished.took.toFixed(1)} ms`)
  })

  test('leaves no complaint', () => {
    expect(visitor.complaints).toEqual([])
  })
})

declare function bytesOf(text: string): Uint8Array<ArrayBuffer>
declare function hexOf(bytes: Uint8Array): string
