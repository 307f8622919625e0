import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SurveyKeysMissing } from '../../server/keys.ts'
import { type KeyStore, openKeyStore } from '../../server/node/key-store.ts'
import { receiptSigner } from '../../server/node/signing.ts'

// Receipts of many people at once are signed in a thread. Nobody may notice.

const folder = mkdtempSync(join(tmpdir(), 'gongping-signing-'))
const surveys = ['jiangzhou/public-2026', 'jiangzhou/leaders-2026']
let keys: KeyStore
beforeAll(async () => {
  keys = openKeyStore(join(folder, 'keys'), () => 0)
  for (const survey of surveys) await keys.createSurveyKeys(survey)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What 60 people are to be given a receipt for, in two surveys and two cells, all in one moment. */
const crowd = Array.from({ length: 60 }, (_, at) => ({
  survey: surveys[at % 2]!,
  cell: at % 3 === 0 ? 'county' : 'all',
  tag: new Uint8Array(32).fill(at),
}))

async function signAll(signer: ReturnType<typeof receiptSigner>) {
  const signed = await Promise.all(crowd.map(({ survey, cell, tag }) => signer.signReceipt(survey, cell, tag)))
  return signed.map((signature) => Buffer.from(signature).toString('hex'))
}

const expected = async () =>
  Promise.all(
    crowd.map(async ({ survey, cell, tag }) => Buffer.from(await keys.signReceipt(survey, cell, tag)).toString('hex')),
  )

test('each of a crowd gets the signature of the own tag, byte for byte the same as one signed alone', async () => {
  const signer = receiptSigner(keys, join(folder, 'keys'))
  await signAll(signer)
  expect(await signAll(signer)).toEqual(await expected())
  await signer.stop()
})

test('a thread that has not the keys, or is ending, costs nobody a receipt', async () => {
  const signer = receiptSigner(keys, join(folder, 'other'))
  await signAll(signer)
  const signatures = signAll(signer)
  await signer.stop()
  expect(await signatures).toEqual(await expected())
  await signer.stop()
})

test('a survey without its key is refused at once, before its answer can be committed', async () => {
  const signer = receiptSigner(keys, join(folder, 'keys'))
  expect(() => signer.signReceipt('jiangzhou/unknown', 'all', new Uint8Array(32))).toThrow(SurveyKeysMissing)
  await signer.stop()
})
