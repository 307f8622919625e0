import { createECDH, createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sealEnvelope } from '../../client/islands/ballot/seal.ts'
import { type BoxFacts, type BoxOpener, boxOpener, type Envelope } from '../../server/node/box-opener.ts'
import { publicKeyOf } from '../../server/node/envelopes.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import {
  type EnvelopeFault,
  envelopeContext,
  envelopeInfo,
  type SealedResponse,
  writePlaintext,
} from '../../surveys/envelope.ts'
import { publicForm } from '../surveys/answering.ts'
import { answersTo, organs, S, sealedOf } from '../surveys/sealing.ts'

const margins = ['city', 'age', 'sex']
const key = createECDH('prime256v1')
key.generateKeys()
const facts: BoxFacts = {
  survey: S,
  manifestHash: createHash('sha256').update('manifest').digest(),
  privateKey: Buffer.from(key.getPrivateKey('hex').padStart(64, '0'), 'hex'),
  questionnaire: canonicalJson(publicForm),
  organs,
  margins,
  // More than this form needs: another length than the shortest is right here.
  minPad: 4096,
}
const boxKey = publicKeyOf(facts.privateKey)!
const info = envelopeInfo(S, facts.manifestHash)

async function seal(plaintext: Uint8Array, cell = 'all', ver = 1): Promise<Envelope> {
  const tag = randomBytes(32)
  const { enc, ct } = await sealEnvelope(boxKey, info, envelopeContext(S, cell, tag, ver), plaintext)
  return { tag, cell, ver, enc, ct }
}

const sealed = (response: SealedResponse, ver = 1) => seal(writePlaintext(response, facts.minPad), response.cell, ver)

/** What many people answered, each in other words, in three verified cells. */
const responses = fc.sample(answersTo(publicForm), { numRuns: 300, seed: 7 }).map(
  (answers, i): SealedResponse => ({
    ...sealedOf(answers, 1_000 * i),
    cell: ['all', 'yunhu', 'bailu'][i % 3]!,
    pace: i % 7 === 0 ? 1 : 0,
  }),
)

let opener: BoxOpener
beforeAll(() => {
  opener = boxOpener(facts, 2)
})
afterAll(() => opener.stop())

const faultOf = async (envelope: Envelope): Promise<EnvelopeFault | 'none'> => {
  const [opened] = await opener.open([envelope])
  return opened!.ok ? 'none' : opened!.error
}

describe('boxOpener', () => {
  test('gives every response as it was sealed, in the order of the envelopes, and a fault in the place of each bad one', async () => {
    const envelopes = await Promise.all(responses.map((response, i) => sealed(response, 1 + (i % 20))))
    const bad = new Map<number, [Envelope, EnvelopeFault]>([
      [0, [await seal(writePlaintext(responses[0]!, 2048)), 'wrong_length']],
      [5, [await sealed({ ...responses[5]!, survey: 'jiangzhou/public-2025' }), 'wrong_survey']],
      [127, [{ ...envelopes[127]!, ct: new Uint8Array(0) }, 'not_opened']],
      [128, [{ ...envelopes[128]!, ver: 20 }, 'not_opened']],
      [299, [await sealed({ ...responses[299]!, attrs: { income: 'high' } }), 'unknown_margin']],
    ])
    const opened = await opener.open(envelopes.map((envelope, i) => bad.get(i)?.[0] ?? envelope))
    expect(opened).toEqual(
      responses.map((value, i) => (bad.has(i) ? { ok: false, error: bad.get(i)![1] } : { ok: true, value })),
    )
  })

  test('opens an envelope only where it belongs', async () => {
    const [one, two] = [await sealed(responses[0]!), await sealed(responses[3]!)]
    expect([one.cell, two.cell]).toEqual(['all', 'all'])
    expect(await faultOf(one)).toBe('none')
    expect(await faultOf({ ...one, tag: two.tag })).toBe('not_opened')
    expect(await faultOf({ ...one, cell: 'yunhu' })).toBe('not_opened')
    expect(await faultOf({ ...one, ver: 2 })).toBe('not_opened')
    expect(await faultOf({ ...one, enc: two.enc })).toBe('not_opened')
    expect(await faultOf({ ...one, ct: two.ct })).toBe('not_opened')
    // Only whoever holds a ticket of the one cell could name the other inside.
    expect(await faultOf(await seal(writePlaintext(responses[1]!, facts.minPad), 'all'))).toBe('wrong_cell')
  })

  test('calls an encapsulated key of another length unopened, and reads the others beside it', async () => {
    const one = await sealed(responses[0]!)
    const short = { ...one, enc: one.enc.subarray(0, 64) }
    const long = { ...one, enc: new Uint8Array([...one.enc, 0]) }
    const opened = await opener.open([one, short, long, one])
    expect(opened.map((each) => each.ok || each.error)).toEqual([true, 'not_opened', 'not_opened', true])
  })

  test('judges what is inside: bytes first, then belonging, then answers', async () => {
    const inside = (json: string) => {
      const bytes = new Uint8Array(facts.minPad)
      new DataView(bytes.buffer).setUint32(0, json.length)
      bytes.set(Buffer.from(json), 4)
      return seal(bytes)
    }
    expect(await faultOf(await seal(new Uint8Array(0)))).toBe('wrong_length')
    expect(await faultOf(await inside('{'))).toBe('not_json')
    expect(await faultOf(await inside('{"v":1}'))).toBe('wrong_shape')
    const { slips } = responses[0]!
    expect(await faultOf(await sealed({ ...responses[0]!, slips: [...slips, ...slips] }))).toBe('repeated_id')
    expect(await faultOf(await sealed({ ...responses[0]!, slips: [], comments: [] }))).toBe('required')
  })

  test('opens more than one call at a time, and none at all', async () => {
    const envelopes = await Promise.all(responses.slice(0, 12).map((response) => sealed(response)))
    const batches = [envelopes.slice(0, 5), [], envelopes.slice(5)]
    const opened = await Promise.all(batches.map((batch) => opener.open(batch)))
    expect(opened.flat().map((each) => each.ok && each.value)).toEqual(responses.slice(0, 12))
    expect(opened[1]).toEqual([])
  })

  test('that was stopped can be asked again', async () => {
    const other = boxOpener(facts, 1)
    const envelope = await sealed(responses[0]!)
    expect(await other.open([envelope])).toEqual([{ ok: true, value: responses[0] }])
    await other.stop()
    expect(await other.open([envelope])).toEqual([{ ok: true, value: responses[0] }])
    await other.stop()
  })

  test('fails as a whole where its facts are wrong, rather than call every envelope invalid', async () => {
    const envelope = await sealed(responses[0]!)
    const ask = async (changes: Partial<BoxFacts>) => {
      const other = boxOpener({ ...facts, ...changes }, 1)
      return other.open([envelope]).finally(() => other.stop())
    }
    await expect(ask({ questionnaire: '{}' })).rejects.toThrow('does not parse')
    await expect(ask({ privateKey: new Uint8Array(32) })).rejects.toThrow('needs a private key')
    await expect(ask({ manifestHash: new Uint8Array(31) })).rejects.toThrow('32 bytes')
    // A key that is none of this box's is a key all the same: whoever opens compares public keys before.
    expect(await ask({ privateKey: new Uint8Array(32).fill(1) })).toEqual([{ ok: false, error: 'not_opened' }])
  })
})
