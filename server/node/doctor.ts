import { existsSync, statSync } from 'node:fs'
import { readFile, stat, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { doctorMessages } from '../../client/messages/doctor.ts'
import { fill } from '../../client/messages/fill.ts'
import { countOfficeAdministrators } from '../../db/accounts.ts'
import { lastAct } from '../../db/audit-log.ts'
import type { Database } from '../../db/database.ts'
import { pathOf } from '../../db/node/connection.ts'
import { damageOf } from '../../db/node/copy.ts'
import { countMissingMigrations } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { sumsFile } from '../../surveys/bundle.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { momentText } from '../calendar.ts'
import { type Config, isHttps, isLoopback } from '../config.ts'
import { systemScope } from '../guard.ts'
import { logsAhead, newestBackup } from './backup.ts'
import { contentsOf } from './contents.ts'
import { placeOfEvidence } from './evidence-files.ts'
import { failureText } from './failure-text.ts'
import { checkInstallation } from './opening.ts'
import { nodeSha256 } from './platform.ts'
import { everyCycle } from './recounting.ts'

type Words = ReturnType<typeof doctorMessages>

/** What one look has shown: `wrong` needs somebody now, a `warning` before long. */
export interface Finding {
  readonly check: keyof Words['checks']
  readonly verdict: 'good' | 'warning' | 'wrong'
  readonly text: string
}

interface Looking {
  readonly config: Config
  readonly text: Words
  readonly locale: Locale
  readonly now: number
  readonly backups: string | null
}

/** Looks over an installation and changes nothing. Each check that can be made is made, whatever the others have found. */
export async function* examineInstallation(looking: Looking): AsyncGenerator<Finding> {
  const { config, text } = looking
  yield of('address', addressOf(looking))
  yield of('keyFolder', modeOf(looking, config.keyFolder))
  yield of('dataFolder', modeOf(looking, config.dataFolder))
  const path = config.databaseUrl.startsWith('file:') ? resolve(pathOf(config.databaseUrl)) : null
  if (path !== null && !existsSync(path)) {
    yield of('database', wrong(fill(text.noDatabase, { path })))
    return
  }
  if (path !== null) {
    yield of('disk', await roomOf(looking, path))
    const [line] = damageOf(path)
    yield of('database', line === undefined ? good(text) : wrong(fill(text.damaged, { path, line })))
    // What stands in a damaged file says nothing.
    if (line !== undefined) return
  }
  const schema = await trying(looking, () => schemaOf(looking))
  yield of('schema', schema)
  if (schema.verdict === 'good') yield* examineContents(looking)
  if (looking.backups !== null) yield of('backups', await backupsOf(looking, looking.backups))
}

async function* examineContents(looking: Looking): AsyncGenerator<Finding> {
  const { config, text } = looking
  const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined, { isPatient: true })
  try {
    yield of(
      'keys',
      await trying(looking, async () => {
        await checkInstallation(config, db)
        return good(text)
      }),
    )
    yield of('clock', await clockOf(looking, db))
    yield of('administrators', await administratorsOf(looking, db))
    yield of('messages', await messagesOf(looking, db))
    const contents = await contentsOf(db)
    if (!contents.ok) {
      yield of('contents', wrong(contents.error.map(({ what, name }) => fill(text[what], { name })).join('\n')))
      return
    }
    const { surveys, logs, publications, evidence } = contents.value
    const responses = surveys.reduce((sum, survey) => sum + survey.responses, 0)
    const counts = { surveys: surveys.length, responses, logs: logs.length }
    yield of('contents', { verdict: 'good', text: fill(text.counted, counts) })
    const ahead = await logsAhead(contents.value, join(config.dataFolder, 'checkpoints'))
    yield of(
      'checkpoints',
      allOf(
        text,
        'wrong',
        ahead.map((each) => fill(text.ahead, each)),
      ),
    )
    yield of('publications', await publicationsOf(looking, publications))
    yield of('evidence', evidenceOf(looking, evidence))
  } finally {
    db.$client.close()
  }
}

type Said = Omit<Finding, 'check'>

const of = (check: Finding['check'], said: Said): Finding => ({ check, ...said })
const good = (text: Words): Said => ({ verdict: 'good', text: text.good })
const wrong = (text: string): Said => ({ verdict: 'wrong', text })
const warning = (text: string): Said => ({ verdict: 'warning', text })

/** One finding for several places of the same kind. */
const allOf = (text: Words, verdict: 'warning' | 'wrong', lines: readonly string[]): Said =>
  lines.length === 0 ? good(text) : { verdict, text: lines.join('\n') }

/** What cannot be looked at is wrong, for the reason that it gives. */
async function trying({ text }: Looking, look: () => Promise<Said>): Promise<Said> {
  try {
    return await look()
  } catch (error) {
    return wrong(fill(text.unreadable, { why: failureText(error) }))
  }
}

function addressOf({ config, text }: Looking): Said {
  const [origin = ''] = config.origins
  return isHttps(config) || config.origins.every(isLoopback) ? good(text) : warning(fill(text.plainHttp, { origin }))
}

function modeOf({ text }: Looking, folder: string): Said {
  const path = resolve(folder)
  if (!existsSync(path)) return good(text)
  const mode = statSync(path).mode & 0o777
  const values = { path, mode: mode.toString(8).padStart(4, '0'), wanted: '0700' }
  return (mode & 0o077) === 0 ? good(text) : wrong(fill(text.openToOthers, values))
}

async function roomOf({ text }: Looking, path: string): Promise<Said> {
  const [{ bavail, bsize }, { size }] = await Promise.all([statfs(path), stat(path)])
  const [free, needed] = [(bavail * bsize) / 1e6, size / 1e6 + 100]
  const values = { free: Math.floor(free), needed: Math.ceil(needed) }
  return free > needed ? good(text) : warning(fill(text.littleRoom, values))
}

async function schemaOf({ config, text }: Looking): Promise<Said> {
  const n = await countMissingMigrations({ url: config.databaseUrl, authToken: config.databaseToken })
  return n === 0 ? good(text) : warning(fill(text.willMigrate, { n }))
}

async function clockOf({ text, now, locale }: Looking, db: Database): Promise<Said> {
  const last = await lastAct(db, systemScope(0))
  if (last === null || last <= now + 60_000) return good(text)
  return wrong(fill(text.clockBehind, { now: momentText(now, locale), last: momentText(last, locale) }))
}

async function administratorsOf({ text, now }: Looking, db: Database): Promise<Said> {
  const places = new Map((await everyCycle(db)).map(({ found, scope }) => [found.jurisdiction.code, scope]))
  const lines: string[] = []
  for (const [jid, scope] of places) {
    const n = await countOfficeAdministrators(db, scope, now)
    if (n < 2) lines.push(fill(text.fewAdministrators, { jid, n }))
  }
  return allOf(text, 'warning', lines)
}

async function messagesOf({ config, text }: Looking, db: Database): Promise<Said> {
  if (config.smsGatewayUrl !== '' || config.smsOutbox !== '' || config.demo) return good(text)
  const lines = (await everyCycle(db)).flatMap(({ found, file }) =>
    file.surveys
      .filter(({ state, adapters }) => (state === 'ready' || state === 'open') && adapters.includes('sms'))
      .map(({ sid }) => fill(text.noGateway, { survey: `${found.jurisdiction.code}/${sid}` })),
  )
  return allOf(text, 'wrong', lines)
}

async function publicationsOf({ config, text }: Looking, publications: readonly string[]): Promise<Said> {
  const lost: string[] = []
  for (const name of publications) {
    const sums = await readFile(join(config.dataFolder, 'publications', name, sumsFile)).catch(() => null)
    if (!sums || !name.endsWith(`/${hex(nodeSha256(sums))}`)) lost.push(fill(text.lostPublication, { name }))
  }
  return allOf(text, 'wrong', lost)
}

/** Only whether they are there: their bytes are compared with their hashes whenever a backup is made. */
function evidenceOf({ config, text }: Looking, hashes: readonly string[]): Said {
  const folder = join(config.dataFolder, 'evidence')
  const lost = hashes.filter((hash) => !existsSync(join(folder, placeOfEvidence(hash))))
  return allOf(
    text,
    'wrong',
    lost.map((hash) => fill(text.lostEvidence, { name: join(folder, placeOfEvidence(hash)) })),
  )
}

const dayMs = 86_400_000

async function backupsOf({ text, locale, now }: Looking, folder: string): Promise<Said> {
  const last = await newestBackup(folder)
  if (last === null) return wrong(fill(text.noBackup, { folder }))
  return last >= now - dayMs ? good(text) : wrong(fill(text.oldBackup, { folder, time: momentText(last, locale) }))
}
