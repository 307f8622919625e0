import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { backupMessages } from '../../client/messages/backup.ts'
import { fill } from '../../client/messages/fill.ts'
import { pathOf } from '../../db/node/connection.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { momentText } from '../calendar.ts'
import { type Config, readConfig } from '../config.ts'
import { type BackupProblem, dropBackups, makeBackup, type RestoreProblem, restoreBackup } from './backup.ts'
import { isRecipient } from './backup-files.ts'
import type { Contents, Counted } from './contents.ts'
import { makeFolder } from './folders.ts'
import { codeKeyPrint, openKeyStore } from './key-store.ts'
import { holdDatabase } from './opening.ts'
import { nodeCryptography } from './platform.ts'
import { fail, localeOf, progressBar, refuse } from './terminal.ts'

// `npm run gongping -- backup FOLDER` and `… restore BACKUP.json`.

type Environment = Readonly<Record<string, string | undefined>>
type Words = ReturnType<typeof backupMessages>

/** Copies the database into a folder of backups; the words behind `backup`. */
export async function backup(words: readonly string[], byEnvironment: Locale, environment: Environment) {
  const given = read(words, {
    recipient: { type: 'string', multiple: true },
    'keep-days': { type: 'string' },
    json: { type: 'boolean', default: false },
    lang: { type: 'string' },
  })
  const locale = localeOf(given?.values.lang, byEnvironment)
  const text = backupMessages(locale)
  const folder = given?.positionals[0]
  const days = given?.values['keep-days']
  if (!given || folder === undefined || given.positionals.length > 1 || !/^[1-9]\d{0,4}$/.test(days ?? '1'))
    return fail(text.backupUsage)
  const recipients = given.values.recipient ?? []
  for (const recipient of recipients)
    if (!(await isRecipient(recipient))) return fail(fill(text.badRecipient, { recipient }))
  const installed = installationOf(environment, text)
  if (!installed.ok) return fail(installed.why)
  const { config, path, signing } = installed
  if (!existsSync(path)) return fail(fill(text.noDatabase, { path }))
  process.umask(0o077)
  makeFolder('FOLDER', folder)
  const now = Date.now()
  const publications = join(config.dataFolder, 'publications')
  const evidence = join(config.dataFolder, 'evidence')
  const report = reporter(text)
  const made = await makeBackup(signing, { path, to: folder, publications, evidence, recipients, now, report })
  if (!made.ok) return refuse(...problemLines(made.error, text, folder))
  const { list, listing, lost } = made.value
  const dropped = days === undefined ? [] : await dropBackups(folder, { days: Number(days), now })
  if (given.values.json) print(JSON.stringify({ list, ...listing, lost, dropped }))
  else {
    const megabytes = (listing.packed.bytes / 1e6).toFixed(1)
    const encrypted = listing.encrypted ? text.encrypted : ''
    print(fill(text.made, { list, ...countsOf(listing.contents), megabytes, encrypted }))
    for (const name of dropped) print(fill(text.dropped, { name }))
    if (!listing.encrypted) process.stderr.write(`${text.unencrypted}\n`)
  }
  return lost.length > 0 ? refuse(...lost.map((name) => fill(text.lostFiles, { name }))) : 0
}

/** Puts a backup back; the words behind `restore`. */
export async function restore(words: readonly string[], byEnvironment: Locale, environment: Environment) {
  const given = read(words, {
    identity: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    lang: { type: 'string' },
  })
  const locale = localeOf(given?.values.lang, byEnvironment)
  const text = backupMessages(locale)
  const list = given?.positionals[0]
  if (!given || list === undefined || given.positionals.length > 1) return fail(text.restoreUsage)
  const installed = installationOf(environment, text)
  if (!installed.ok) return fail(installed.why)
  const { config, path, signing } = installed
  const dryRun = given.values['dry-run']
  process.umask(0o077)
  const held = dryRun ? null : holdDatabase(config)
  try {
    const inWay = [path, `${path}-wal`, `${path}-shm`].find((file) => existsSync(file))
    if (!dryRun && inWay) return refuse(fill(text.inPlace, { path: inWay }))
    const restored = await restoreBackup(signing, {
      list,
      path,
      publications: join(config.dataFolder, 'publications'),
      evidence: join(config.dataFolder, 'evidence'),
      checkpoints: join(config.dataFolder, 'checkpoints'),
      identityFile: given.values.identity ?? null,
      dryRun,
      report: reporter(text),
    })
    if (!restored.ok) return refuse(...problemLines(restored.error, text, list))
    const { listing, ahead } = restored.value
    const time = momentText(listing.madeAt, locale)
    if (given.values.json) print(JSON.stringify({ ...listing, ahead, restored: !dryRun }))
    else print(fill(dryRun ? text.checked : text.restored, { path, ...countsOf(listing.contents), time }))
    for (const each of ahead) process.stderr.write(`${fill(text.ahead, each)}\n`)
    return 0
  } finally {
    held?.release()
  }
}

function reporter({ counting }: Words): Counted {
  const show = progressBar()
  return (done, total) => show(counting, done, total)
}

function installationOf(environment: Environment, text: Words) {
  const read = readConfig(environment, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) return { ok: false as const, why: read.error }
  const config: Config = read.value
  if (!config.databaseUrl.startsWith('file:'))
    return { ok: false as const, why: fill(text.notAFile, { host: new URL(config.databaseUrl).host }) }
  // A key store makes what is not there, and would sign with keys that nobody knows.
  if (codeKeyPrint(config.keyFolder) === null)
    return { ok: false as const, why: fill(text.noKeys, { folder: resolve(config.keyFolder) }) }
  const keys = openKeyStore(config.keyFolder, () => Date.now())
  return { ok: true as const, config, path: pathOf(config.databaseUrl), signing: { keys, crypto: nodeCryptography() } }
}

function countsOf({ surveys, logs }: Contents) {
  const responses = surveys.reduce((sum, survey) => sum + survey.responses, 0)
  return { surveys: surveys.length, responses, logs: logs.length }
}

function problemLines(problem: BackupProblem | RestoreProblem, text: Words, list: string): string[] {
  if (problem.code === 'damaged_file') return [text.damaged_file, ...problem.lines]
  if (problem.code === 'faults')
    return [text.faults, ...problem.faults.map(({ what, name }) => fill(text[what], { name }))]
  if (problem.code === 'lost') return [fill(text.lost, { names: problem.files.join(', ') })]
  const { code, ...values } = problem
  return [fill(text[code], { list, ...values })]
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options']

function read<const O extends NonNullable<Options>>(words: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options })
  } catch {
    return null
  }
}

const print = (line: string) => process.stdout.write(`${line}\n`)
