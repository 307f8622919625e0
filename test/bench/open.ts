// What it costs to open a box: envelopes of three slips in 2 KiB, decrypted, read and held against the form on all
// processors, without a database. `--envelopes=200000`, `--distinct=2000`, `--threads=2`, `--json`, `--gate`.

import { createECDH, createHash, randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from 'hpke'
import { sealEnvelope } from '../../client/islands/ballot/seal.ts'
import { type BoxFacts, boxOpener, type Envelope } from '../../server/node/box-opener.ts'
import { publicKeyOf } from '../../server/node/envelopes.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo, smallestPadding, writePlaintext } from '../../surveys/envelope.ts'
import publicFile from '../../surveys/forms/public.json' with { type: 'json' }
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'

const envelopeCount = option('envelopes', 200_000)
const distinct = option('distinct', 2_000)
const threads = option('threads', availableParallelism())
/** As a reader of the box's rows would hand them over; one batch is read while another is opened. */
const batch = 2_000
const organs = Array.from({ length: 60 }, (_, i) => `danwei-${i + 1}`)
const margins = ['city', 'age', 'sex']

const parsed = parseQuestionnaire(publicFile)
if (!parsed.ok) throw new Error('the public form does not parse')
const pair = createECDH('prime256v1')
pair.generateKeys()
const facts: BoxFacts = {
  survey: 'jiangzhou/public-2026',
  manifestHash: createHash('sha256').update('manifest').digest(),
  privateKey: Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex'),
  questionnaire: canonicalJson(parsed.value),
  organs,
  margins,
  minPad: smallestPadding(parsed.value, organs, margins),
}
const info = envelopeInfo(facts.survey, facts.manifestHash)
const contextOf = ({ cell, tag, ver }: Envelope) => envelopeContext(facts.survey, cell, tag, ver)

await runBenchmark('bench:open', async (): Promise<Measured> => {
  say(`sealing ${distinct} envelopes`)
  const envelopes: Envelope[] = []
  for (let i = 0; i < distinct; i++) envelopes.push(await seal(i))
  say('opening one after another with the package')
  const alone = await openWithPackage(envelopes.slice(0, 500))
  const agreement = await measure(5_000, (i) => pair.computeSecret(envelopes[i % distinct]!.enc))
  say(`opening ${envelopeCount} on ${threads} threads`)
  const whole = await openBox(envelopes)
  return {
    conditions: { envelopes: envelopeCount, distinct, threads, 'slips each': 3, 'bytes of plaintext': facts.minPad },
    figures: {
      'envelopes per second': whole.perSecond,
      'seconds for 200,000': 200_000 / whole.perSecond,
      'processor time per envelope, µs': whole.cpuMicroseconds,
      'main thread busy, %': whole.mainBusyPercent,
    },
    floor: {
      'the package alone, envelopes per second': alone.perSecond,
      'the package alone, processor time per envelope, µs': alone.cpuMicroseconds,
      'key agreement alone, µs': agreement.cpuMicroseconds,
    },
    ratio: {
      'envelopes per second to the package': whole.perSecond / alone.perSecond,
      'processor time to key agreement': whole.cpuMicroseconds / agreement.cpuMicroseconds,
    },
    gates: [gate('at most', 'seconds for 200,000', 200_000 / whole.perSecond, 60)],
  }
})

async function seal(i: number): Promise<Envelope> {
  const a = [1 + (i % 5), ...(i % 5 < 2 ? [4, -1, 0, -1, -1, 5] : [-1, -1, -1, -1, -1, 0])]
  const b = [5, -1, -1, -1, -1, -1, 0]
  const plaintext = writePlaintext(
    {
      survey: facts.survey,
      cell: 'all',
      attrs: { city: 'yunhu', age: 'age60', sex: i % 2 === 0 ? 'female' : 'male' },
      pace: 0,
      slips: [a, b, b].map((marks, at) => ({
        id: randomBytes(16),
        o: organs[(i + at * 7) % organs.length]!,
        a: marks,
        s: randomBytes(16),
      })),
      comments: [],
    },
    facts.minPad,
  )
  const place = { cell: 'all', tag: randomBytes(32), ver: 1 }
  const aad = envelopeContext(facts.survey, place.cell, place.tag, place.ver)
  return { ...place, ...(await sealEnvelope(publicKeyOf(facts.privateKey)!, info, aad, plaintext)) }
}

interface Speed {
  readonly perSecond: number
  readonly cpuMicroseconds: number
}

async function openWithPackage(envelopes: readonly Envelope[]): Promise<Speed> {
  const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
  const key = await suite.DeserializePrivateKey(facts.privateKey, true)
  return measure(envelopes.length, async (i) => {
    const envelope = envelopes[i]!
    await suite.Open(key, envelope.enc, envelope.ct, { info, aad: contextOf(envelope) })
  })
}

async function openBox(envelopes: readonly Envelope[]): Promise<Speed & { readonly mainBusyPercent: number }> {
  const opener = boxOpener(facts, threads)
  const part = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => envelopes[(from + i) % envelopes.length]!)
  const open = async (from: number) => {
    const opened = await opener.open(part(from, Math.min(batch, envelopeCount - from)))
    const invalid = opened.find((each) => !each.ok)
    if (invalid && !invalid.ok) throw new Error(`an envelope of the benchmark is invalid: ${invalid.error}`)
  }
  // Threads that start, and code that is not compiled yet, are not what a large box waits for.
  await Promise.all([open(0), open(0)])
  const busy = performance.eventLoopUtilization()
  const speed = await timed(envelopeCount, async () => {
    let before = Promise.resolve()
    for (let from = 0; from < envelopeCount; from += batch) {
      const next = open(from)
      await before
      before = next
    }
    await before
  })
  const { utilization } = performance.eventLoopUtilization(busy)
  await opener.stop()
  return { ...speed, mainBusyPercent: 100 * utilization }
}

/** One call after another, after some that do not count. */
async function measure(times: number, work: (i: number) => unknown): Promise<Speed> {
  for (let i = 0; i < Math.min(times, 100); i++) await work(i)
  return timed(times, async () => {
    for (let i = 0; i < times; i++) await work(i)
  })
}

/** Processor time of all threads of this process. */
async function timed(times: number, work: () => Promise<void>): Promise<Speed> {
  const used = process.cpuUsage()
  const begun = performance.now()
  await work()
  const milliseconds = performance.now() - begun
  const { user, system } = process.cpuUsage(used)
  return { perSecond: (times * 1_000) / milliseconds, cpuMicroseconds: (user + system) / times }
}
