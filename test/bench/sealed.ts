// Sealed responses over HTTP: how many people a second draw a ticket and send an envelope, what each costs the server,
// and whether the roll, the spent tickets and the box hold exactly what was acknowledged. Everything that devices do is
// done beforehand. `--people=24000 --seconds=6 --warmup=2 --connections=64 --leaders`, `--json`, `--gate`.
import { createHash } from 'node:crypto'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { findSurvey } from '../../db/platform.ts'
import { readRow } from '../../db/writer/executor.ts'
import { blindSign, issuerSpki, makeIssuerKey, signTicket, verifyTicket } from '../../server/node/issuer.ts'
import { type KeyStore, openKeyStore } from '../../server/node/key-store.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import { ticketTagInput } from '../../surveys/ballot.ts'
import { fromBase64url, hex } from '../../surveys/canonical.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import {
  buildProduct,
  createInstallation,
  type Installation,
  type Product,
  root,
  startProduct,
  withWorld,
} from './support/installation.ts'
import { type LoadResult, type Requests, runLoad } from './support/load.ts'
import { openProvince } from './support/open-survey.ts'
import { freePort, startChild, waitFor } from './support/process.ts'
import { memoryMb, type ProcessorUse, watchProcessor } from './support/processor.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'
import { gatherSealedCrowd, type SealedCrowd } from './support/sealed-people.ts'

const connections = option('connections', 64)
const seconds = option('seconds', 6)
const warmupSeconds = option('warmup', 2)
/** A faster server ends the measurements earlier. */
const people = option('people', 24_000)
const group = process.argv.includes('--leaders') ? 'leaders' : 'public'

await runBenchmark('bench:sealed', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say(`preparing a province with an open sealed survey of the ${group}`)
  const survey = await withWorld(installation, async (world) => {
    const crowd = group === 'leaders' ? { citizens: 1_000, leaders: people } : { citizens: people }
    const { place, cycle } = await openProvince(world, { ...crowd, sealed: true })
    const { id, sid, mode } = cycle.surveys.find((each) => each.group === group && each.counted)!
    if (mode !== 'sealed') throw new Error(`the survey of the ${group} is not sealed`)
    const file = (await findSurvey(world.pages, place.code, sid))!
    const form = must(parseQuestionnaire(JSON.parse(file.questionnaire.body)))
    const organs = form.subject.kind === 'pick' ? form.subject.max : place.organs.length
    const manifest = file.survey.manifest!
    const unanswered = answerQuestions(form).map((each) => (each.type === 'choice' && each.multiple ? 0 : -1))
    return {
      id,
      sid,
      jid: place.code,
      jurisdiction: place.id,
      manifest,
      unanswered,
      organs,
    }
  })
  const copy = join(installation.folder, 'commit.db')
  copyFileSync(installation.databaseFile, copy)

  const product = await startProduct(installation, { demo: false })
  say(`preparing the tickets and envelopes of ${people.toLocaleString('en')} people`)
  const { keyFolder } = installation
  const keys = openKeyStore(keyFolder, () => Date.now())
  const began = performance.now()
  const crowd = await gatherSealedCrowd({ ...survey, keyFolder, origin: product.origin }, people)
  const preparationSeconds = (performance.now() - began) / 1_000
  const half = Math.floor(people / 2)

  say('floor: the cryptography alone')
  const alone = await signatureCosts(crowd)
  say('tickets')
  const issue = await measure(product, crowd.requests(0, half, 'issue'))
  say('envelopes')
  const submit = await measure(product, crowd.requests(0, half, 'submit'))
  say('tickets and envelopes, one person after the other')
  const both = await measure(product, crowd.requests(half, people - half, 'both'))
  const memory = memoryMb(product.child.pid)
  say('the same again')
  const answerBytes = await askAgain(product, crowd, keys, survey)
  await product.stop()
  say('floor: node:http with durable commits')
  const floor = await floorLoad(installation, copy, crowd, { ...survey, answers: answerBytes })
  say('counting what was acknowledged')
  const ledger = await readLedger(installation, survey, crowd, keys, { issue, submit, both })
  installation.remove()

  const [drawn, sent] = both.load.steps
  const perSecond = sent!.completed / both.load.seconds
  const floorPerSecond = floor.steps[1]!.completed / floor.seconds
  const perRequest = ({ load, use }: Run, time: number = use.server) => (time * 1e6) / load.completed
  const perPerson = (time: number) => (time * 1e6) / sent!.completed
  return {
    conditions: {
      connections,
      'warm-up seconds': warmupSeconds,
      'measured seconds': Number(both.load.seconds.toFixed(2)),
      survey: group,
      'organs per response': survey.organs,
      'bytes per ticket request': Math.round(crowd.issueBytes),
      'bytes per envelope request': Math.round(crowd.submitBytes),
      'people prepared': people,
      'seconds of preparation': Math.round(preparationSeconds),
      generator: 'own client over node:net, one request at a time on each connection, on the same processors',
      'processors taken by other programs': `${percent(issue)} tickets, ${percent(submit)} envelopes, ${percent(both)} both`,
    },
    figures: {
      'people per second': perSecond,
      'ticket p50 ms': drawn!.latency.p50,
      'ticket p99 ms': drawn!.latency.p99,
      'envelope p50 ms': sent!.latency.p50,
      'envelope p99 ms': sent!.latency.p99,
      'CPU µs per person': perPerson(both.use.server),
      'CPU µs per person, main thread': perPerson(both.use.main),
      'CPU µs per person, busiest other thread': perPerson(both.use.writer),
      'CPU µs per person, other threads': perPerson(both.use.rest),
      'CPU µs per person, load generator': perPerson(both.load.generatorCpuSeconds),
      'tickets alone: per second': issue.load.perSecond,
      'tickets alone: p99 ms': issue.load.latency.p99,
      'tickets alone: CPU µs each': perRequest(issue),
      'tickets alone: CPU µs each, main thread': perRequest(issue, issue.use.main),
      'envelopes alone: per second': submit.load.perSecond,
      'envelopes alone: p99 ms': submit.load.latency.p99,
      'envelopes alone: CPU µs each': perRequest(submit),
      'envelopes alone: CPU µs each, main thread': perRequest(submit, submit.use.main),
      'tickets acknowledged and on the roll': ledger.roll,
      'envelopes acknowledged and in the box': ledger.box,
      'memory MB after the load': memory.now,
      'memory MB at most': memory.peak,
    },
    floor: {
      'HTTP and commit: people per second': floorPerSecond,
      'HTTP and commit: envelope p99 ms': floor.steps[1]!.latency.p99,
      'blind signature and its check alone, CPU µs': alone.sign,
      'verification of a ticket alone, CPU µs': alone.verify,
    },
    ratio: {
      'of HTTP and commit': perSecond / floorPerSecond,
      'CPU of a ticket to the signature alone': perRequest(issue) / alone.sign,
    },
    gates: [
      gate('at least', 'people per second', perSecond, 1_000),
      gate('at most', 'CPU ms per ticket', perRequest(issue) / 1_000, 2),
    ],
  }
})

interface Run {
  readonly load: LoadResult
  readonly use: ProcessorUse
}

async function measure({ port, child }: Product, requests: Requests): Promise<Run> {
  const processor = watchProcessor(child.pid)
  const load = await runLoad({ port, connections, requests, warmupSeconds, seconds, onMeasure: processor.note })
  const others = Object.keys(load.statuses).filter((status) => status !== '200')
  if (others.length > 0) throw new Error(`not everything was accepted: ${JSON.stringify(load.statuses)}`)
  return { load, use: processor.use() }
}

function percent({ use }: Run): string {
  return `${(100 * use.strangers).toFixed(0)} %`
}

/** Signing and checking in this process, without a server: below this no ticket can be. */
async function signatureCosts(crowd: SealedCrowd) {
  const key = await makeIssuerKey()
  const spki = issuerSpki(key)
  const message = bytesOf(crowd.message(0, 'submit')['msg']!)
  const signature = signTicket(key, message)
  const blinded = Array.from({ length: 64 }, (_, i) => {
    const bytes = bytesOf(crowd.message(i, 'issue')['blinded']!)
    bytes[0]! &= spki[33]! >> 1
    return bytes
  })
  const timed = (times: number, work: (i: number) => unknown) => {
    for (let i = 0; i < 200; i++) work(i)
    const cpu = process.cpuUsage()
    for (let i = 0; i < times; i++) work(i)
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / times
  }
  return {
    sign: timed(2_000, (i) => blindSign(key, blinded[i % blinded.length]!)),
    verify: timed(5_000, () => verifyTicket(key, message, signature)),
  }
}

interface SealedSurvey {
  readonly id: number
  readonly sid: string
  readonly jid: string
  readonly jurisdiction: number
}

/** Retries get the same again: the signature that frees the ticket, and a receipt that is one. */
async function askAgain({ origin }: Product, crowd: SealedCrowd, keys: KeyStore, { jid, sid }: SealedSurvey) {
  let sizes = { issue: 0, submit: 0 }
  for (let person = 0; person < 20; person++) {
    const ask = async (which: 'issue' | 'submit') => {
      const body = crowd.message(person, which)
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const response = await fetch(`${origin}/s/${jid}/${sid}/${which}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      const text = await response.text()
      if (response.status !== 200) throw new Error(`a retry was answered ${response.status}: ${text}`)
      return { body, text }
    }
    const [ticket, envelope] = [await ask('issue'), await ask('submit')]
    const { outcome, s } = JSON.parse(ticket.text) as { outcome: string; s: string }
    const expected = await keys.signBlinded(`${jid}/${sid}`, ticket.body['kid']!, bytesOf(ticket.body['blinded']!))
    if (outcome !== 'replayed' || !expected || Buffer.compare(bytesOf(s), expected) !== 0)
      throw new Error('a ticket drawn again has another signature')
    const { receipt } = JSON.parse(envelope.text) as { receipt: { cell: string; tag: string; sig: string } }
    if (!keys.verifyReceipt(`${jid}/${sid}`, receipt.cell, bytesOf(receipt.tag), bytesOf(receipt.sig)))
      throw new Error('a receipt is not signed')
    sizes = { issue: ticket.text.length, submit: envelope.text.length }
  }
  return sizes
}

/** The same requests, answered after a commit of the same rows and without looking at them. */
async function floorLoad(
  { folder }: Installation,
  database: string,
  crowd: SealedCrowd,
  { id, jurisdiction, answers }: SealedSurvey & { answers: { issue: number; submit: number } },
): Promise<LoadResult> {
  const shapeFile = join(folder, 'sealed.json')
  const ctBytes = bytesOf(crowd.message(0, 'submit')['ct']!).length
  writeFileSync(shapeFile, JSON.stringify({ jurisdiction, survey: id, cell: 'all', ctBytes, answers }))
  const port = await freePort()
  const child = startChild(join(root, 'test/bench/support/floor-sealed.mjs'), [String(port), database, shapeFile])
  await waitFor(child, `http://127.0.0.1:${port}/issue`, 200, 10_000)
  const { bytes, count } = crowd.requests(0, people, 'both')
  const endless = { count: Number.POSITIVE_INFINITY, perPerson: 2, bytes: (at: number) => bytes(at % count) }
  const load = await runLoad({ port, connections, requests: endless, warmupSeconds, seconds })
  await child.stop()
  return load
}

type Runs = Readonly<Record<'issue' | 'submit' | 'both', Run>>

/** Every acknowledged ticket is on the roll, every acknowledged envelope in the box byte for byte, and nothing else is. */
async function readLedger(
  { databaseFile }: Installation,
  survey: SealedSurvey,
  crowd: SealedCrowd,
  keys: KeyStore,
  { issue, submit, both }: Runs,
) {
  const roll = new Set<string>()
  const box = new Set<string>()
  const half = Math.floor(crowd.people / 2)
  for (let person = 0; person < crowd.people; person++) {
    const at = person < half ? person : 2 * (person - half)
    const isDrawn = (person < half ? issue : both).load.statusOf[at] === 200
    const isSent = (person < half ? submit.load.statusOf[at] : both.load.statusOf[at + 1]) === 200
    if (isDrawn) {
      const { elig, blinded } = crowd.message(person, 'issue')
      const eligibility = must(await keys.openEligibility(elig!, Date.now()))
      roll.add(`${hex(eligibility.pseudonym)} ${eligibility.cell} ${hash(bytesOf(blinded!))}`)
    }
    if (isSent) {
      const { msg, sig, enc, ct } = crowd.message(person, 'submit')
      const content = [msg, sig, enc, ct].map((text) => hash(bytesOf(text!)))
      box.add([hash(ticketTagInput(bytesOf(msg!))), 1, ...content].join(' '))
    }
  }
  const db = new Sqlite(databaseFile, { readonly: true })
  // The package gives blobs as ArrayBuffer.
  const rows = <Row>(sql: string) =>
    (db.prepare(sql).all([survey.id]) as object[]).map((row) => readRow(Object.keys(row), Object.values(row)) as Row)
  const onRoll = rows<{ p: Uint8Array; cell: string; bh: Uint8Array }>(
    'SELECT p, cell, bh FROM roll WHERE survey_id = ?',
  )
  const inBox = rows<{
    tag: Uint8Array
    ver: number
    msg: Uint8Array
    sig: Uint8Array
    enc: Uint8Array
    ct: Uint8Array
  }>(
    'SELECT tag, ver, msg, sig, enc, ct FROM spent JOIN box USING (jurisdiction_id, survey_id, tag) WHERE survey_id = ?',
  )
  const [counts] = rows<{ roll: number; spent: number; box: number }>(
    `SELECT (SELECT coalesce(sum(n), 0) FROM participation WHERE survey_id = ?1) AS roll,
      (SELECT count(*) FROM spent WHERE survey_id = ?1) AS spent, (SELECT count(*) FROM box WHERE survey_id = ?1) AS box`,
  )
  db.close()
  compare(
    'roll',
    roll,
    onRoll.map(({ p, cell, bh }) => `${hex(p)} ${cell} ${hex(bh)}`),
  )
  compare(
    'box',
    box,
    inBox.map(({ tag, ver, msg, sig, enc, ct }) => [hex(tag), ver, ...[msg, sig, enc, ct].map(hash)].join(' ')),
  )
  if (counts!.roll !== roll.size || counts!.spent !== box.size || counts!.box !== box.size)
    throw new Error(`${roll.size} tickets and ${box.size} envelopes, but ${JSON.stringify(counts)}`)
  return { roll: roll.size, box: box.size }
}

function compare(what: string, acknowledged: ReadonlySet<string>, found: readonly string[]): void {
  const strange = found.filter((row) => !acknowledged.has(row)).length
  if (strange > 0 || found.length !== acknowledged.size)
    throw new Error(`${what}: ${acknowledged.size} acknowledged, ${found.length} rows, ${strange} of nobody`)
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text)
  if (bytes === null) throw new Error('bytesOf needs base64url')
  return bytes
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.error))
}
