import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import { blind, finalise, type IssuerKey, importIssuerKey } from '../../client/islands/ballot/blind.ts'
import { blindSign, issuerSpki, verifyTicket } from '../../server/node/issuer.ts'
import {
  type Bytes,
  blindVectors,
  messages,
  newKey,
  type Oracle,
  oracleFor,
  oracleMessages,
  privateBytes,
  randomMessage,
  toHex,
  vectorKey,
} from '../support/blind-signatures.ts'
import { bundle } from '../support/bundle.ts'

const root = join(import.meta.dirname, '../..')

// A Worker around the issuer's file and nothing else: what it is asked comes as JSON, bytes as hexadecimal.
const front = `
import * as issuers from './issuer.js'
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const faulty = (raw) => async (blinded) => (await raw(blinded)).map((byte, i) => (i === 200 ? byte ^ 1 : byte))
export default {
  async fetch(request) {
    const { pkcs8, spki, bits, ways, isFaulty, blinded = [], messages = [] } = await request.json()
    try {
      const given = ways?.map((way) => issuers[way])
      let issuer = await issuers.importIssuer(bytes(pkcs8), bytes(spki), bits, given)
      if (isFaulty) issuer = { ...issuer, raw: faulty(issuer.raw) }
      const answer = { signed: [], tickets: [] }
      for (const each of blinded) answer.signed.push(hex(await issuers.blindSign(issuer, bytes(each))))
      for (const each of messages) answer.tickets.push(hex(await issuers.signTicket(issuer, bytes(each))))
      return Response.json(answer)
    } catch (error) {
      return Response.json({ error: error.name })
    }
  },
}`

describe('the issuer in workerd', () => {
  const key: KeyObject = newKey()
  let worker: Miniflare
  let open: IssuerKey
  let oracle: Oracle

  beforeAll(async () => {
    const deployed = readConfig({ config: join(root, 'wrangler.toml') })
    worker = new Miniflare({
      compatibilityDate: deployed.compatibility_date!,
      compatibilityFlags: deployed.compatibility_flags,
      modules: [
        { type: 'ESModule', path: 'front.js', contents: front },
        { type: 'ESModule', path: 'issuer.js', contents: await bundle('server/worker/issuer.ts', { module: true }) },
      ],
    })
    await worker.ready
    open = await importIssuerKey(issuerSpki(key))
    oracle = await oracleFor(key)
  })
  afterAll(() => worker?.dispose())

  interface Asked {
    of?: KeyObject
    ways?: readonly ('webCryptoRaw' | 'nodeRaw')[]
    isFaulty?: boolean
    blinded?: readonly Uint8Array[]
    messages?: readonly Uint8Array[]
  }

  async function ask({ of = key, blinded = [], messages = [], ...rest }: Asked) {
    const bits = of.asymmetricKeyDetails!.modulusLength
    const parts = { pkcs8: toHex(privateBytes(of)), spki: toHex(issuerSpki(of)), bits }
    const body = { ...parts, ...rest, blinded: blinded.map(toHex), messages: messages.map(toHex) }
    const response = await worker.dispatchFetch('http://localhost/', { method: 'POST', body: JSON.stringify(body) })
    return (await response.json()) as { signed?: string[]; tickets?: string[]; error?: string }
  }

  for (const way of ['webCryptoRaw', 'nodeRaw'] as const) {
    test(`signs the vectors of RFC 9474 bit for bit by ${way}`, async () => {
      const blinded = blindVectors.map((vector) => vector.blinded)
      const { signed } = await ask({ of: vectorKey, ways: [way], blinded })
      expect(signed).toEqual(blindVectors.map((vector) => toHex(vector.signed)))
    })

    test(`keeps a faulty signature to itself by ${way}`, async () => {
      const { blinded } = await blind(open, randomMessage())
      expect(await ask({ ways: [way], isFaulty: true, blinded: [blinded] })).toEqual({ error: 'SignerFault' })
    })

    test(`gives nothing for a number that has no signature by ${way}`, async () => {
      const large = new Uint8Array(256).fill(255)
      for (const blinded of [large, new Uint8Array(255).fill(1), new Uint8Array()])
        expect(await ask({ ways: [way], blinded: [blinded] })).toEqual({ error: expect.any(String) })
    })
  }

  test(`${messages} tickets blinded by the client are signed as on Node, and the library finalises them`, async () => {
    const prepared = Array.from({ length: messages }, randomMessage)
    const made = await Promise.all(prepared.map((message) => blind(open, message)))
    const { signed } = await ask({ blinded: made.map(({ blinded }) => blinded) })
    expect(signed).toEqual(made.map(({ blinded }) => toHex(blindSign(key, blinded))))
    for (const [i, { inv }] of made.entries()) {
      const answer = new Uint8Array(Buffer.from(signed![i]!, 'hex'))
      const ours = await finalise(open, prepared[i]!, answer, inv)
      const theirs = await oracle.suite.finalize(oracle.open, prepared[i]!, answer, inv)
      expect(ours && toHex(ours)).toBe(toHex(theirs))
    }
  })

  test('theirs blinds, workerd signs, theirs finalises and verifies', { timeout: 300_000 }, async () => {
    const prepared = Array.from({ length: oracleMessages }, randomMessage)
    const made: { blindedMsg: Uint8Array; inv: Uint8Array }[] = []
    for (const message of prepared) made.push(await oracle.suite.blind(oracle.open, message))
    const { signed } = await ask({ blinded: made.map(({ blindedMsg }) => blindedMsg) })
    for (const [i, { inv }] of made.entries()) {
      const answer = new Uint8Array(Buffer.from(signed![i]!, 'hex'))
      const ticket = await oracle.suite.finalize(oracle.open, prepared[i]!, answer, inv)
      expect(await oracle.suite.verify(oracle.open, ticket, prepared[i]!)).toBe(true)
    }
  })

  test('signs tickets of its own that Node and the library verify', async () => {
    const prepared: Bytes[] = Array.from({ length: 20 }, randomMessage)
    const { tickets } = await ask({ messages: prepared })
    for (const [i, message] of prepared.entries()) {
      const ticket = new Uint8Array(Buffer.from(tickets![i]!, 'hex'))
      expect(verifyTicket(key, message, ticket)).toBe(true)
      expect(await oracle.suite.verify(oracle.open, ticket, message)).toBe(true)
    }
  })
})
