// How long the whole opening of a box takes, as `npm run open-box` does it: all tags logged, the envelopes fixed by their
// root, each of them read and held against the form, slips and sums written, key and envelopes destroyed, the file made
// small. The people and their envelopes are put into the tables beforehand. `--envelopes=200000`, `--json`, `--gate`.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { findSurvey } from '../../db/platform.ts'
import { moveSurvey } from '../../db/setup.ts'
import { findBox } from '../../server/ballot/opening.ts'
import { systemScope } from '../../server/guard.ts'
import { agreeToOpenBox } from '../../server/node/demo-decisions.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import { fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo, writePlaintext } from '../../surveys/envelope.ts'
import { type Manifest, readManifest } from '../../surveys/manifest.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { buildProduct, createInstallation, type Installation, root, withWorld } from './support/installation.ts'
import { openProvince } from './support/open-survey.ts'
import { memoryMb } from './support/processor.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'
import { nativeSealer } from './support/sealing.ts'

const people = option('envelopes', 200_000)
const slipsEach = 3

await runBenchmark('bench:opening', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say(`sealing ${people.toLocaleString('en')} envelopes into the box of a survey of the public`)
  const survey = await withWorld(installation, async (world) => {
    const { place, cycle } = await openProvince(world, { citizens: people, sealed: true, opensIn: -30, closesIn: -1 })
    const { id, sid } = cycle.surveys.find((each) => each.group === 'public' && each.counted)!
    const file = (await findSurvey(world.pages, place.code, sid))!
    const form = must(parseQuestionnaire(JSON.parse(file.questionnaire.body)))
    const unanswered = answerQuestions(form).map((each) => (each.type === 'choice' && each.multiple ? 0 : -1))
    const text = file.survey.manifest!
    const box = { jurisdiction: place.id, survey: id, manifest: must(readManifest(text)), text, unanswered }
    fill(installation, box)
    const [scope, now] = [systemScope(place.id), world.now()]
    must(await moveSurvey(world.writer, scope, { survey: id, from: 'open', to: 'closed', dueToClose: true, now }))
    await agreeToOpenBox(world, place, must(await findBox(world, scope, id)), now)
    return { name: `${place.code}/${sid}`, minPad: box.manifest.min_pad! }
  })
  const before = sizeOf(installation)
  say('opening')
  const opened = await openBox(installation, survey.name)
  const after = sizeOf(installation)
  installation.remove()
  const { envelopes, valid, invalid } = opened.result
  if (envelopes !== people || valid !== people || invalid !== 0) throw new Error('not every envelope was valid')
  return {
    conditions: {
      envelopes: people,
      'slips each': slipsEach,
      'bytes of plaintext': survey.minPad,
      'database before, MB': before,
      'database after, MB': after,
    },
    figures: {
      'seconds in all': opened.seconds,
      'envelopes per second': people / opened.seconds,
      'memory MB at most': opened.memoryMb,
    },
    floor: { 'reading the envelopes from the file alone, seconds': opened.readSeconds },
    ratio: { 'to reading alone': opened.seconds / opened.readSeconds },
    gates: [gate('at most', 'seconds for 200,000', (opened.seconds * 200_000) / people, 120)],
  }
})

interface Box {
  readonly jurisdiction: number
  readonly survey: number
  readonly manifest: Manifest
  readonly text: string
  readonly unanswered: readonly number[]
}

/** Straight into the tables, without waiting for the disk; only a benchmark may do this. */
function fill({ databaseFile }: Installation, { jurisdiction, survey, manifest, text, unanswered }: Box): void {
  const db = new Sqlite(databaseFile, { timeout: 5_000 })
  for (const pragma of ['synchronous = OFF', 'cache_size = -1000000']) db.exec(`PRAGMA ${pragma}`)
  const into = (table: string, columns: string) =>
    db.prepare(
      `INSERT INTO ${table} (jurisdiction_id, survey_id, ${columns}) VALUES (?, ?${', ?'.repeat(columns.split(',').length)})`,
    )
  const roll = into('roll', 'p, cell, bh')
  const spent = into('spent', 'tag, cell, msg, sig, logged')
  const box = into('box', 'tag, ver, enc, ct')
  const seal = nativeSealer(fromBase64url(manifest.box_pk!)!, envelopeInfo(manifest.survey, nodeSha256(utf8(text))))
  const { organs, min_pad, cells } = manifest
  db.exec('BEGIN')
  for (let at = 0; at < people; at++) {
    const cell = cells[at % cells.length]!.id
    const tag = randomBytes(32)
    const slips = Array.from({ length: slipsEach }, (_, i) => ({
      id: randomBytes(16),
      o: organs[(at * 7 + i * 23) % organs.length]!,
      a: [5 - ((at + i) % 5), ...unanswered.slice(1)],
      s: randomBytes(16),
    }))
    const response = { survey: manifest.survey, cell, attrs: {}, pace: 0 as const, slips, comments: [] }
    const { enc, ct } = seal(envelopeContext(manifest.survey, cell, tag, 1), writePlaintext(response, min_pad!))
    roll.run([jurisdiction, survey, randomBytes(32), cell, randomBytes(32)])
    spent.run([jurisdiction, survey, tag, cell, randomBytes(100), randomBytes(256), 0])
    box.run([jurisdiction, survey, tag, 1, Buffer.from(enc), Buffer.from(ct)])
  }
  db.exec('COMMIT')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

interface Opened {
  readonly seconds: number
  readonly readSeconds: number
  readonly memoryMb: number
  readonly result: { readonly envelopes: number; readonly valid: number; readonly invalid: number }
}

async function openBox(installation: Installation, name: string): Promise<Opened> {
  const { dataFolder: DATA_DIR, keyFolder: GONGPING_KEYS, databaseFile } = installation
  const readSeconds = readAll(databaseFile)
  const env = { ...process.env, DATA_DIR, GONGPING_KEYS, DATABASE_URL: '', DEMO: '0' }
  const began = performance.now()
  const child = spawn(process.execPath, [join(root, 'dist/server/open-box.js'), name, '--json'], { env })
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part.toString()
  })
  child.stderr.pipe(process.stderr)
  let peak = 0
  const watch = setInterval(() => {
    if (child.pid) peak = Math.max(peak, memoryMb(child.pid).peak)
  }, 200)
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  clearInterval(watch)
  if (code !== 0) throw new Error(`open-box ended with ${code}`)
  return { seconds: (performance.now() - began) / 1_000, readSeconds, memoryMb: peak, result: JSON.parse(said) }
}

function readAll(file: string): number {
  const db = new Sqlite(file, { timeout: 5_000 })
  const began = performance.now()
  let bytes = 0
  for (const row of db.prepare('SELECT enc, ct FROM box').iterate()) bytes += (row as { ct: Buffer }).ct.length
  db.close()
  if (bytes === 0) throw new Error('the box is empty')
  return (performance.now() - began) / 1_000
}

function sizeOf({ databaseFile }: Installation): number {
  return Math.round(statSync(databaseFile).size / 1e6)
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(`the benchmark could not be prepared: ${JSON.stringify(result.error)}`)
  return result.value
}
