import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SignerFault } from '../../server/issuer.ts'
import { SurveyKeysMissing } from '../../server/keys.ts'
import { blindSign, makeIssuerKey } from '../../server/node/issuer.ts'
import { type KeyStore, openKeyStore } from '../../server/node/key-store.ts'
import { crowdSigner, signBundle } from '../../server/node/signing.ts'
import { keyFromPrimes, numbersOf } from '../support/blind-signatures.ts'

// Receipts and tickets of many people at once are signed in a thread. Nobody may notice.

const folder = mkdtempSync(join(tmpdir(), 'gongping-signing-'))
const keyFolder = join(folder, 'keys')
const surveys = ['jiangzhou/public-2026', 'jiangzhou/leaders-2026']
const cells = ['county', 'all']
let keys: KeyStore
beforeAll(async () => {
  keys = openKeyStore(keyFolder, () => 0)
  for (const survey of surveys) {
    await keys.createSurveyKeys(survey)
    await keys.createSealedKeys(survey, cells)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

type Signer = Pick<KeyStore, 'signReceipt' | 'signBlinded'>

/** What 60 people want signed, in two surveys and two cells, all in one moment; every other one a ticket. */
const crowd = Array.from({ length: 60 }, (_, at) => {
  const bytes = new Uint8Array(at % 2 === 0 ? 32 : 256).fill(at + 1)
  return {
    kind: at % 2 === 0 ? 'receipt' : 'ticket',
    survey: surveys[at % 3 === 0 ? 0 : 1]!,
    cell: cells[at % 5 === 0 ? 0 : 1]!,
    bytes,
  }
})

type Wish = (typeof crowd)[number]

async function kidOf({ survey, cell }: Pick<Wish, 'survey' | 'cell'>): Promise<string> {
  return (await keys.issuers(survey)).find((issuer) => issuer.cell === cell)!.kid
}

async function signAll(signer: Signer, wishes: readonly Wish[] = crowd): Promise<string[]> {
  const kids = await Promise.all(wishes.map((wish) => (wish.kind === 'ticket' ? kidOf(wish) : '')))
  // In one turn of the event loop, as a commit releases them.
  const asked = wishes.map(({ kind, survey, cell, bytes }, i) =>
    kind === 'receipt' ? signer.signReceipt(survey, cell, bytes) : signer.signBlinded(survey, kids[i]!, bytes),
  )
  const settled = await Promise.allSettled(asked)
  return settled.map((each) =>
    each.status === 'fulfilled' ? Buffer.from(each.value!).toString('hex') : (each.reason as Error).name,
  )
}

describe('a crowd', () => {
  test('gets the signatures of its own messages, byte for byte the same as those signed alone', async () => {
    const signer = crowdSigner(keys, keyFolder)
    await signAll(signer.keys)
    const signed = await signAll(signer.keys)
    expect(signed).toEqual(await signAll(keys))
    expect(new Set(signed).size).toBe(60)
    await signer.stop()
  })

  test('loses nothing by a thread that has not the keys, or is ending', async () => {
    const signer = crowdSigner(keys, join(folder, 'other'))
    await signAll(signer.keys)
    const signatures = signAll(signer.keys)
    await signer.stop()
    expect(await signatures).toEqual(await signAll(keys))
    await signer.stop()
  })
})

test('a survey without its key is refused at once, before its answer can be committed', async () => {
  const signer = crowdSigner(keys, keyFolder)
  expect(() => signer.keys.signReceipt('jiangzhou/unknown', 'all', new Uint8Array(32))).toThrow(SurveyKeysMissing)
  expect(() => signer.keys.signBlinded('jiangzhou/unknown', 'kid', new Uint8Array(256))).toThrow(SurveyKeysMissing)
  await signer.stop()
})

test('a key that a survey does not have signs nothing, and neither does a message that is no number below its modulus', async () => {
  const signer = crowdSigner(keys, keyFolder)
  await signAll(signer.keys)
  const [survey, kid] = [surveys[0]!, await kidOf({ survey: surveys[0]!, cell: 'all' })]
  expect(await signer.keys.signBlinded(survey, 'AAAAAAAAAAA', new Uint8Array(256).fill(1))).toBeNull()
  for (const length of [0, 255, 257])
    expect(await signer.keys.signBlinded(survey, kid, new Uint8Array(length))).toBeNull()
  const above = Array.from({ length: 8 }, () => signer.keys.signBlinded(survey, kid, new Uint8Array(256).fill(255)))
  expect(await Promise.all(above)).toEqual(Array(8).fill(null))
  await signer.stop()
})

describe('a fault of the key', () => {
  test('in the thread is the fault of those who were signed with that key, and nobody gets its result', async () => {
    const elsewhere = join(folder, 'damaged')
    cpSync(keyFolder, elsewhere, { recursive: true })
    const [survey, cell] = [surveys[1]!, 'all']
    const { p, q, d } = numbersOf(await makeIssuerKey())
    // One half of the key does not belong to the other: another modulus would be another kid, so first a sound copy.
    for (const [damage, place] of [
      [0n, keyFolder],
      [4n, elsewhere],
    ] as const) {
      const pem = keyFromPrimes(p, q, d, damage).export({ type: 'pkcs8', format: 'pem' })
      writeFileSync(join(place, 'surveys', survey, `issuer-${cell}.pem`), pem)
    }
    keys = openKeyStore(keyFolder, () => 0)
    const signer = crowdSigner(keys, elsewhere)
    await signAll(signer.keys)
    const isHit = (wish: Wish) => wish.kind === 'ticket' && wish.survey === survey && wish.cell === cell
    const alone = await signAll(keys)
    const expected = crowd.map((wish, i) => (isHit(wish) ? 'SignerFault' : alone[i]!))
    expect(expected.filter((each) => each === 'SignerFault').length).toBeGreaterThan(4)
    expect(await signAll(signer.keys)).toEqual(expected)
    await signer.stop()
  })

  test('costs its own message a signature, and no other one', async () => {
    const key = await makeIssuerKey()
    const blinded = Array.from({ length: 5 }, () => Buffer.concat([Buffer.alloc(1), randomBytes(255)]))
    const faulty = {
      ...keys,
      signBlinded(_: string, __: string, message: Uint8Array) {
        if (Buffer.compare(message, blinded[2]!) === 0) throw new SignerFault()
        return blindSign(key, message)
      },
    }
    const bundle = { kind: 'ticket', survey: surveys[0]!, name: 'kid', messages: Buffer.concat(blinded) } as const
    const { signatures, faults } = await signBundle(faulty, bundle)
    expect(faults).toEqual([2])
    const right = blinded.map((message, i) => (i === 2 ? Buffer.alloc(256) : blindSign(key, message)))
    expect(Buffer.compare(signatures, Buffer.concat(right))).toBe(0)
  })
})

test('keys that are destroyed sign no ticket more, and the thread that had them in its memory ends', async () => {
  const survey = surveys[0]!
  const elsewhere = join(folder, 'of-the-thread')
  cpSync(keyFolder, elsewhere, { recursive: true })
  const signer = crowdSigner(keys, elsewhere)
  const receipts = crowd.map(({ cell }) => ({ kind: 'receipt', survey, cell, bytes: new Uint8Array(32) }))
  const kid = await kidOf({ survey, cell: 'all' })
  const draw = () => signer.keys.signBlinded(survey, kid, new Uint8Array(256).fill(7))
  await draw()
  await Promise.all([signAll(signer.keys, receipts), ...Array.from({ length: 8 }, draw)])
  const before = await signAll(signer.keys, receipts)
  // The thread's own copy of the receipt key tells whether it still remembers.
  const receiptKey = join(elsewhere, 'surveys', survey, 'receipt.pem')
  cpSync(join(elsewhere, 'surveys', surveys[1]!, 'receipt.pem'), receiptKey)
  expect(await signAll(signer.keys, receipts)).toEqual(before)

  expect(await signer.keys.destroyIssuers(survey)).toBe(true)
  expect(draw).toThrow(SurveyKeysMissing)
  expect(await signAll(signer.keys, receipts)).not.toEqual(before)
  expect(await signer.keys.destroyIssuers(survey)).toBe(false)
  await signer.stop()
})
