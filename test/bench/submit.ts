// Durable, deduplicated submissions over HTTP: how many a second, how long each waits, and whether every one that was
// acknowledged is counted afterwards. `--seconds=6 --warmup=2 --connections=64`, `--json`, `--gate`.
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { recountSurvey } from '../../db/tallies.ts'
import { dayOf } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { startFloor } from './support/floor.ts'
import { openRows, type Shape } from './support/floor-rows.mjs'
import {
  buildProduct,
  createInstallation,
  type Installation,
  root,
  startProduct,
  withWorld,
} from './support/installation.ts'
import { type LoadResult, type Requests, runLoad } from './support/load.ts'
import { openProvince, type Province } from './support/open-survey.ts'
import { type Crowd, gatherCrowd } from './support/people.ts'
import { freePort, startChild, waitFor } from './support/process.ts'
import { memoryMb, watchProcessor } from './support/processor.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'

const connections = option('connections', 64)
const seconds = option('seconds', 6)
const warmupSeconds = option('warmup', 2)
/** Enough for 16,000 a second; a faster server ends the measurement earlier. */
const people = option('people', Math.ceil((seconds + warmupSeconds) * 16_000))

await runBenchmark('bench:submit', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say('preparing a province with an open public survey')
  const province = await withWorld(installation, (world) => openProvince(world, { citizens: people }))
  const survey = province.cycle.surveys.find(({ group, counted }) => group === 'public' && counted)!
  const copies = ['inserts.db', 'commit.db'].map((name) => {
    const copy = join(installation.folder, name)
    copyFileSync(installation.databaseFile, copy)
    return copy
  })
  const shape = shapeOf(province, survey.id)
  const shapeFile = join(installation.folder, 'shape.json')
  writeFileSync(shapeFile, JSON.stringify(shape))

  const product = await startProduct(installation, { demo: false })
  say(`preparing the requests of ${people.toLocaleString('en')} people`)
  const { origin } = product
  const organs = province.place.organs.map(({ code }) => code)
  const crowd = await gatherCrowd({
    installation,
    origin,
    jid: province.place.code,
    sid: survey.sid,
    organs,
    count: people,
  })

  say('floor: inserts of the same rows')
  const inserts = insertFloor(copies[0]!, shape, seconds)
  say('floor: node:http without work')
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  const raw = await startFloor(installation, { status: 200, headers, body: Buffer.alloc(0) })
  const http = await floorLoad(raw.port, crowd)
  await raw.stop()
  say('floor: node:http with a durable commit')
  const prototype = await startPrototype(copies[1]!, shapeFile)
  const commit = await floorLoad(prototype.port, crowd)
  await prototype.stop()

  say('submissions')
  const pid = product.child.pid
  const processor = watchProcessor(pid)
  const load = await runLoad({
    port: product.port,
    connections,
    requests: crowd,
    warmupSeconds,
    seconds,
    onMeasure: processor.note,
  })
  const memory = memoryMb(pid)
  await product.stop()
  say('counting what was acknowledged')
  const counted = await withWorld(installation, async (world) => {
    const spec = tallySpec(must(parseQuestionnaire(publicForm)))
    return recountSurvey(world.db, systemScope(province.place.id), survey.id, spec)
  })
  const ledger = readLedger(installation, survey.id, crowd, load)
  if (!counted.equal)
    throw new Error(`the tallies differ from a recount: ${JSON.stringify(counted.differences.slice(0, 5))}`)
  installation.remove()

  const use = processor.use()
  const perSubmission = (time: number) => (time * 1e6) / load.completed
  return {
    conditions: {
      connections,
      'warm-up seconds': warmupSeconds,
      'measured seconds': Number(load.seconds.toFixed(2)),
      organs: organs.length,
      'slips per response': 3,
      'bytes per request': Math.round(crowd.bytesPerRequest),
      generator: 'own client over node:net, one request at a time on each connection, on the same processors',
      'processors taken by other programs': use.strangers,
    },
    figures: {
      'submissions per second': load.perSecond,
      'p50 ms': load.latency.p50,
      'p99 ms': load.latency.p99,
      'longest ms': load.latency.max,
      'CPU µs per submission, main thread': perSubmission(use.main),
      'CPU µs per submission, writer thread': perSubmission(use.writer),
      'CPU µs per submission, other threads': perSubmission(use.rest),
      'CPU µs per request, load generator': perSubmission(load.generatorCpuSeconds),
      acknowledged: ledger.acknowledged,
      'on the roll': ledger.roll,
      'in participation': ledger.participation,
      'slips recounted': counted.slips,
      'memory MB after the load': memory.now,
      'memory MB at most': memory.peak,
    },
    floor: {
      'inserts: responses per second': inserts,
      'node:http: requests per second': http.perSecond,
      'node:http p99 ms': http.latency.p99,
      'HTTP and commit: submissions per second': commit.perSecond,
      'HTTP and commit p99 ms': commit.latency.p99,
    },
    ratio: {
      'of inserts': load.perSecond / inserts,
      'of node:http': load.perSecond / http.perSecond,
      'of HTTP and commit': load.perSecond / commit.perSecond,
    },
    gates: [
      gate('at least', 'submissions per second', load.perSecond, 5_000),
      gate('at most', 'p99 ms', load.latency.p99, 50),
      gate('at least', 'share of HTTP and commit', load.perSecond / commit.perSecond, 1 / 3),
    ],
  }
})

/** The rows of one response as the product writes them, of average length. */
function shapeOf({ place }: Province, survey: number): Shape {
  const cell = 'sampled|all|-|1|pingchuan|age18_44|female'
  const [first, second, third] = [...place.organIds.values()]
  const brief = '[4,-1,-1,-1,-1,-1,0]'
  const slips = [
    { organ: first!, cell, answers: '[5,4,3,4,5,4,0]' },
    { organ: second!, cell, answers: brief },
    { organ: third!, cell, answers: brief },
  ]
  return { jurisdiction: place.id, survey, cell: 'all', day: dayOf(Date.now()), slips }
}

function insertFloor(file: string, shape: Shape, length: number): number {
  const rows = openRows(file, shape)
  for (let at = 0; at < 20; at++) rows.commit(64)
  const started = performance.now()
  let responses = 0
  while (performance.now() - started < length * 1_000) {
    rows.commit(64)
    responses += 64
  }
  rows.close()
  return (responses * 1_000) / (performance.now() - started)
}

async function startPrototype(database: string, shapeFile: string) {
  const port = await freePort()
  const child = startChild(join(root, 'test/bench/support/floor-commit.mjs'), [String(port), database, shapeFile])
  await waitFor(child, `http://127.0.0.1:${port}/`, 303, 10_000)
  return { port, stop: () => child.stop() }
}

function floorLoad(port: number, crowd: Crowd): Promise<LoadResult> {
  // The floor does not look at what it is sent, so the same people may come again.
  const requests: Requests = { count: Number.POSITIVE_INFINITY, bytes: (at) => crowd.bytes(at % crowd.count) }
  return runLoad({ port, connections, requests, warmupSeconds, seconds })
}

/** Every acknowledged response must stand in the tables, and nothing else. */
function readLedger({ databaseFile }: Installation, survey: number, crowd: Crowd, load: LoadResult) {
  const db = new Sqlite(databaseFile, { readonly: true })
  const number = (sql: string) => Number((db.prepare(sql).get([survey]) as { n: number }).n)
  const roll = number('SELECT count(*) AS n FROM roll WHERE survey_id = ?')
  const participation = number('SELECT coalesce(sum(n), 0) AS n FROM participation WHERE survey_id = ?')
  const tags = new Set<string>()
  for (const { tag } of db.prepare('SELECT lower(hex(tag)) AS tag FROM spent WHERE survey_id = ?').all([survey]) as {
    tag: string
  }[])
    tags.add(tag)
  db.close()
  let acknowledged = 0
  for (let at = 0; at < crowd.count; at++) {
    if (load.statusOf[at] !== 303) continue
    acknowledged += 1
    if (!tags.has(Buffer.from(crowd.tag(at)).toString('hex')))
      throw new Error(`acknowledged response ${at} is not in the tables`)
  }
  const others = Object.entries(load.statuses).filter(([status]) => status !== '303')
  if (others.length > 0) throw new Error(`not every submission was accepted: ${JSON.stringify(load.statuses)}`)
  if (acknowledged !== roll || roll !== participation || tags.size !== roll)
    throw new Error(
      `${acknowledged} acknowledged, ${roll} on the roll, ${tags.size} tags, ${participation} in participation`,
    )
  return { acknowledged, roll, participation }
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.error))
}
