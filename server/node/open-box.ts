import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { combine } from 'shamir-secret-sharing'
import { fill } from '../../client/messages/fill.ts'
import { boxMessages } from '../../client/messages/office-box.ts'
import { openBoxMessages } from '../../client/messages/open-box.ts'
import { shareWords } from '../../client/pages/office/share-fields.tsx'
import { readBoxKey } from '../../db/box-keys.ts'
import { destroyedAt } from '../../db/boxes.ts'
import { pathOf } from '../../db/node/connection.ts'
import { openDatabase } from '../../db/node/open.ts'
import { findSurvey, type SurveyFile } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { surveyName } from '../../surveys/ballot.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { readShares } from '../../surveys/shares.ts'
import type { OpeningProgress } from '../ballot/boxes.ts'
import { findBox, type OpeningResult } from '../ballot/opening.ts'
import { readConfig } from '../config.ts'
import { systemScope } from '../guard.ts'
import type { World } from '../world.ts'
import { boxKeyFor, destroyBox, openWith } from './boxes.ts'
import { createCommandWorld, openWriter, writesNothing } from './command-world.ts'
import { failureText } from './failure-text.ts'
import { boxKeyFiles } from './key-store.ts'
import { holdDatabase, opening } from './opening.ts'
import { nodeSha256 } from './platform.ts'
import { progressBar } from './terminal.ts'

// `npm run open-box -- {jid}/{sid}`: opens a box where the office page cannot, as beside an edge, and is the auditor's
// second run: with --dry-run it computes everything and writes nothing, to be held against what the log says. An opening
// that ended before keys and envelopes were destroyed is finished. Ends with 0 when it was done, 1 when it was refused, 2
// when it could not be tried.

interface Options {
  readonly jid: string
  readonly sid: string
  readonly dryRun: boolean
  readonly asJson: boolean
  readonly shares: string | null
  readonly locale: Locale
}

type Words = ReturnType<typeof openBoxMessages>

const localeOf = (name: string): Locale => (name.startsWith('zh') ? 'zh-CN' : 'en')

function readOptions(given: readonly string[], byEnvironment: Locale): Options | null {
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
        lang: { type: 'string' },
      },
    })
    const [, jid, sid] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(positionals[0] ?? '') ?? []
    if (positionals.length !== 1 || jid === undefined || sid === undefined) return null
    const locale = values.lang === undefined ? byEnvironment : localeOf(values.lang)
    return { jid, sid, dryRun: values['dry-run'], asJson: values.json, shares: values.shares ?? null, locale }
  } catch {
    return null
  }
}

async function run(): Promise<number> {
  const byEnvironment = localeOf(process.env['LC_ALL'] || process.env['LANG'] || '')
  const options = readOptions(process.argv.slice(2), byEnvironment)
  if (!options) return fail(openBoxMessages(byEnvironment).usage)
  const read = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) return fail(read.error)
  const config = read.value
  const path = config.databaseUrl.startsWith('file:') ? pathOf(config.databaseUrl) : null
  if (path !== null && !existsSync(path)) return fail(fill(openBoxMessages(options.locale).noFile, { path }))
  if (options.dryRun) {
    const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined, { isPatient: true })
    return openIn(createCommandWorld(config, db, writesNothing), options).finally(() => db.$client.close())
  }
  const held = holdDatabase(config)
  const writer = await opening(config, () => openWriter(config))
  const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined, { isPatient: true })
  try {
    return await openIn(createCommandWorld(config, db, writer), options)
  } finally {
    db.$client.close()
    await writer.stop()
    held.release()
  }
}

async function openIn(world: World, options: Options): Promise<number> {
  const { jid, sid, dryRun, asJson, shares, locale } = options
  const words = openBoxMessages(locale)
  const survey = surveyName(jid, sid)
  const file = await findSurvey(world.db, jid, sid)
  if (!file) return fail(fill(words.unknownSurvey, { survey }))
  const scope = systemScope(file.jurisdiction.id)
  if (isOpen(file)) return finish(world, scope, file, options)
  const box = await findBox(world, scope, file.survey.id)
  if (!box.ok) return refuse(words.refused[box.error])
  const given = shares === null ? ok(null) : await keyFromShares(world, scope, file, shares, locale)
  if (!given.ok) return refuse(given.error)
  const keys = dryRun ? boxKeyFiles(world.config.keyFolder) : world.keys
  const key = await boxKeyFor({ keys }, box.value, given.value)
  if (!key.ok) return refuse(words.refused[key.error])
  const result = await openWith(world, scope, box.value, key.value, {
    dryRun,
    ...(asJson ? {} : { onProgress: progressOf(words) }),
  })
  if (!result.ok) return refuse(words.refused[result.error])
  const failure = dryRun ? null : await destroyBox(world, scope, box.value.logged).then(() => null, failureText)
  process.stdout.write(asJson ? `${JSON.stringify(result.value)}\n` : textOf(result.value, options, failure !== null))
  return failure === null ? 0 : fail(fill(words.notDestroyed, { why: failure }))
}

const isOpen = ({ survey: { mode, state } }: SurveyFile): boolean =>
  mode === 'sealed' && (state === 'opened' || state === 'published')

/** Destroys what an opening has left that was interrupted at its end. */
async function finish(
  world: World,
  scope: Scope,
  { survey: { id } }: SurveyFile,
  { jid, sid, dryRun, asJson, locale }: Options,
): Promise<number> {
  const words = openBoxMessages(locale)
  if ((await destroyedAt(world.db, scope, id)) !== null) return refuse(words.refused.opened)
  const survey = surveyName(jid, sid)
  if (dryRun) return refuse(fill(words.unfinished, { survey }))
  await destroyBox(world, scope, { jurisdiction: scope.jurisdiction, jid, survey: id, sid })
  const text = asJson ? JSON.stringify({ survey, finished: true }) : fill(words.finished, { survey })
  process.stdout.write(`${text}\n`)
  return 0
}

/** The scalar that the shares in a file make; which line is wrong, and why. */
async function keyFromShares(
  { db }: World,
  scope: Scope,
  { survey: { id, code: sid }, jurisdiction }: SurveyFile,
  path: string,
  locale: Locale,
): Promise<Result<Uint8Array, string>> {
  const words = openBoxMessages(locale)
  const boxKey = await readBoxKey(db, scope, id)
  if (boxKey?.holding !== 'trustees') return err(fill(words.noShares, { survey: surveyName(jurisdiction.code, sid) }))
  if (!existsSync(path)) return err(fill(words.noFile, { path }))
  const lines = readFileSync(path, 'utf8').split('\n')
  const read = await readShares(lines, { sid, shares: boxKey.shares, threshold: boxKey.threshold }, nodeSha256)
  if (read.ok) return ok(await combine(read.value.map(({ share }) => share)))
  const said = shareWords(boxMessages(locale))
  const faults = read.error.map(({ at, problem }) => {
    const why = fill(said[problem], { k: boxKey.threshold })
    return at === null ? why : fill(words.shareLine, { n: at + 1, why })
  })
  return err(faults.join('\n'))
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n`)
  return 1
}

function fail(why: string): number {
  process.stderr.write(`${why}\n`)
  return 2
}

function progressOf(words: Words): (progress: OpeningProgress) => void {
  const show = progressBar()
  return ({ step, done, total }) => {
    if (step === 'opening' || step === 'writing') show(words[step], done, total)
  }
}

function textOf(result: OpeningResult, { dryRun, locale }: Options, isLeft: boolean): string {
  const words = openBoxMessages(locale)
  const { envelopes, boxRoot, valid, invalid, withdrawn, belowMinimum, slipsRoot, talliesHash } = result
  const opened = belowMinimum ? words.openedUnread : words.opened
  const outcome = dryRun ? (belowMinimum ? words.dryRunUnread : words.dryRun) : opened
  const faults = Object.entries(result.faults).map(([name, n]) =>
    fill(words.fault, { why: words.faults[name as keyof OpeningResult['faults']], n }),
  )
  return [
    // What is left is said at the end, by itself.
    ...(isLeft ? [] : [outcome]),
    fill(words.envelopes, { n: envelopes, root: boxRoot }),
    ...(belowMinimum ? [] : [fill(words.counts, { valid, invalid, withdrawn }), ...faults]),
    fill(words.slips, { root: slipsRoot }),
    fill(words.tallies, { hash: talliesHash }),
    '',
  ].join('\n')
}

process.exitCode = await run().catch((error: unknown) => fail(failureText(error)))
