import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { combine } from 'shamir-secret-sharing'
import { readBoxKey } from '../../db/box-keys.ts'
import type { Database, Writer } from '../../db/database.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter, pathOf } from '../../db/node/writer.ts'
import { findSurvey } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { readShares } from '../../surveys/shares.ts'
import type { OpeningProgress } from '../ballot/boxes.ts'
import { findBox, type OpeningResult } from '../ballot/opening.ts'
import { type Config, readConfig } from '../config.ts'
import { systemScope } from '../guard.ts'
import { createTrees } from '../trees.ts'
import type { World } from '../world.ts'
import { boxKeyFor, destroyBox, openWith } from './boxes.ts'
import { failureText } from './failure-text.ts'
import { openKeyStore } from './key-store.ts'
import { holdDatabase, opening } from './opening.ts'
import { nodeCryptography, nodeSha256 } from './platform.ts'

// `npm run open-box -- {jid}/{sid}`: opens a box where the office page cannot, as beside an edge, and is the auditor's
// second run: with --dry-run it computes everything and writes nothing, to be held against what the log says. Ends with 0
// when the box was opened, 1 when it was refused, 2 when it could not be tried.

const usage = `usage: npm run open-box -- {jurisdiction}/{survey} [--dry-run] [--shares FILE] [--json]
  --shares FILE   the trustees' shares, one to a line; without it the key file in GONGPING_KEYS is used
  --dry-run       compute everything and write nothing; the server may be running
  --json          the result as JSON`

interface Options {
  readonly jid: string
  readonly sid: string
  readonly dryRun: boolean
  readonly asJson: boolean
  readonly shares: string | null
}

function readOptions(given: readonly string[]): Options | null {
  // The start script hands on its own words too.
  const words = given[0] === '--run' ? given.slice(2) : [...given]
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        shares: { type: 'string' },
      },
    })
    const [, jid, sid] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(positionals[0] ?? '') ?? []
    if (positionals.length !== 1 || jid === undefined || sid === undefined) return null
    return { jid, sid, dryRun: values['dry-run'], asJson: values.json, shares: values.shares ?? null }
  } catch {
    return null
  }
}

async function run(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (!options) return fail(usage)
  const read = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) return fail(read.error)
  const config = read.value
  if (config.databaseUrl.startsWith('file:') && !existsSync(pathOf(config.databaseUrl)))
    return fail(`there is no file ${pathOf(config.databaseUrl)}`)
  if (options.dryRun) {
    const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined)
    return openIn(createOpeningWorld(config, db, writesNothing), options).finally(() => db.$client.close())
  }
  const held = holdDatabase(config)
  const writer = await opening(config, () => openWriter(config))
  const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined)
  try {
    return await openIn(createOpeningWorld(config, db, writer), options)
  } finally {
    db.$client.close()
    await writer.stop()
    held.release()
  }
}

const openWriter = ({ databaseUrl: url, databaseToken: authToken }: Config): Promise<Writer> =>
  url.startsWith('file:') ? openEmbeddedWriter(url) : openRemoteWriter({ url, authToken })

async function openIn(world: World, { jid, sid, dryRun, asJson, shares }: Options): Promise<number> {
  const file = await findSurvey(world.db, jid, sid)
  if (!file) return fail(`there is no survey ${jid}/${sid}`)
  const scope = systemScope(file.jurisdiction.id)
  const box = await findBox(world, scope, file.survey.id)
  if (!box.ok) return refuse(refusals[box.error])
  const given = shares === null ? ok(null) : await keyFromShares(world.db, scope, file.survey.id, sid, shares)
  if (!given.ok) return refuse(given.error)
  const key = await boxKeyFor(world, box.value, given.value)
  if (!key.ok) return refuse(refusals[key.error])
  const result = await openWith(world, scope, box.value, key.value, {
    dryRun,
    ...(asJson ? {} : { onProgress: progressLine() }),
  })
  if (!result.ok) return refuse(refusals[result.error])
  if (!dryRun) await destroyBox(world, scope, box.value)
  process.stdout.write(asJson ? `${JSON.stringify(result.value)}\n` : textOf(result.value, dryRun))
  return 0
}

/** The scalar that the shares in a file make; which line is wrong, and why. */
async function keyFromShares(
  db: Database,
  scope: Scope,
  survey: number,
  sid: string,
  path: string,
): Promise<Result<Uint8Array, string>> {
  const boxKey = await readBoxKey(db, scope, survey)
  if (boxKey?.holding !== 'trustees') return err('the key of this box is a file, not shares')
  if (!existsSync(path)) return err(`there is no file ${path}`)
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const read = await readShares(lines, { sid, shares: boxKey.shares, threshold: boxKey.threshold }, nodeSha256)
  if (read.ok) return ok(await combine(read.value.map(({ share }) => share)))
  const faults = read.error.map(({ at, problem }) => (at === null ? problem : `share ${at + 1}: ${problem}`))
  return err(faults.join('\n'))
}

const refusals: Readonly<Record<string, string>> = {
  not_closed: 'the survey is still open, or its box was opened already',
  not_sealed: 'the survey has no box: it is answered in live mode',
  wrong_key: 'this is not the key of the box: one of the shares belongs to another, or was made for another key',
  no_key_file: 'there is no key file for this box; give the shares of its trustees with --shares FILE',
  refused: 'the box or the logs are not what was signed; nothing was opened',
  unreadable: 'not one envelope of this box can be read; nothing was opened and nothing destroyed',
  conflict: 'the survey was changed meanwhile; run it again',
}

function refuse(why: string | undefined): number {
  process.stderr.write(`${why ?? 'refused'}\n`)
  return 1
}

function fail(why: string): number {
  process.stderr.write(`${why}\n`)
  return 2
}

function progressLine(): (progress: OpeningProgress) => void {
  let last = 0
  return ({ step, done, total }) => {
    if (Date.now() - last < 1_000 && done < total) return
    last = Date.now()
    process.stderr.write(`${step}: ${done} of ${total} envelopes\n`)
  }
}

function textOf(result: OpeningResult, dryRun: boolean): string {
  const faults = Object.entries(result.faults).map(([name, n]) => `  ${name}: ${n}`)
  return [
    dryRun ? 'dry run: nothing was written' : 'the box is open; its key and envelopes are destroyed',
    `envelopes ${result.envelopes}, box root ${result.boxRoot}`,
    `valid ${result.valid}, invalid ${result.invalid}, withdrawn ${result.withdrawn}`,
    ...faults,
    ...(result.belowMinimum ? ['fewer than anything may be shown of: none was read'] : []),
    `slips log root ${result.slipsRoot}`,
    `tallies ${result.talliesHash}`,
    '',
  ].join('\n')
}

/** Whoever only looks must not write, even by mistake. */
const writesNothing: Writer = {
  submit: () => Promise.reject(new Error('a dry run writes nothing')),
  transact: () => Promise.reject(new Error('a dry run writes nothing')),
  compact: () => Promise.reject(new Error('a dry run writes nothing')),
  stop: async () => undefined,
  stats: () => null,
}

/** The part of a world that an opening asks for; everything else is another process's. */
function createOpeningWorld(config: Config, db: Database, writer: Writer): World {
  const now = () => Date.now()
  const nobody = () => Promise.reject(new Error('an opening answers nobody'))
  return {
    config,
    db,
    pages: db,
    writer,
    keys: openKeyStore(config.keyFolder, now),
    crypto: nodeCryptography(),
    limiter: { take: () => 0, give: () => undefined },
    assets: { styles: {}, scripts: {}, files: {} },
    sms: { send: nobody },
    standing: nobody,
    screening: nobody,
    trees: createTrees(db, nodeSha256),
    boxes: null,
    publications: null,
    now,
    log: (line) => void process.stderr.write(`${JSON.stringify(line)}\n`),
    compress: null,
    peer: () => '',
    readAsset: async () => null,
    accounts: null,
    setupToken: null,
    ready: async () => true,
  }
}

process.exitCode = await run().catch((error: unknown) => fail(failureText(error)))
