import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { migrateDatabase } from '../../../db/node/migrate.ts'
import { temporaryFolder } from '../../db/support.ts'
import { faultsOfClose, faultsOfFile, faultsOfRetry, said, undurable } from './checks.ts'
import type { Task } from './child.ts'
import { type Children, lookAt, type Ran, type SmallPlace, startAgain } from './small.ts'
import type { Fault } from './strace.ts'

// A fault at step n for every n until none fires. `stride` 1 tries each n; a larger one begins at a random n, so that
// many runs together try them all.

export interface Trials {
  /** How many runs met their fault. */
  readonly met: number
  /** What was found wrong, each with the call at which it happened. */
  readonly faults: readonly string[]
}

const most = 500

async function atEvery(
  call: Fault['call'],
  stride: number,
  trial: (at: number) => Promise<{ didFire: boolean; faults: readonly string[] }>,
): Promise<Trials> {
  let next = 1 + Math.floor(Math.random() * stride)
  let isOver = false
  let met = 0
  const faults: string[] = []
  const work = async () => {
    while (!isOver && next <= most) {
      const at = next
      next += stride
      const found = await trial(at)
      if (found.didFire) met += 1
      else isOver = true
      faults.push(...found.faults.map((fault) => `${call} ${at}: ${fault}`))
    }
  }
  await Promise.all([work(), work()])
  return { met, faults }
}

const phases = [1, 1, 4, 1]
const persons = 7

/** Killed before the n-th call, then started again, and everyone sends the same again. */
export function killTrials(
  children: Children,
  place: SmallPlace,
  call: Fault['call'],
  stride = 1,
  hasty = false,
): Promise<Trials> {
  const { jurisdiction } = place
  return atEvery(call, stride, async (at) => {
    const url = await place.copy()
    const task: Task = { do: 'submit', url, jurisdiction, phases, hasty }
    const ran = await children.run(task, { call, meets: 'SIGKILL', at })
    return { didFire: ran.didFire, faults: await faultsAfter(url, jurisdiction, ran) }
  })
}

async function faultsAfter(url: string, jurisdiction: number, ran: Ran): Promise<string[]> {
  const left = await lookAt(url, jurisdiction, persons)
  const outcomes = await startAgain(url, jurisdiction, persons)
  const after = await lookAt(url, jurisdiction, persons)
  return [...faultsOfFile(ran.lines, left), ...faultsOfRetry(left, outcomes, after)]
}

/** Killed before the n-th call while answers come in and the survey closes. */
export async function closeTrials(
  children: Children,
  place: SmallPlace,
  call: Fault['call'],
  stride = 1,
): Promise<Trials & { readonly states: ReadonlySet<string> }> {
  const { jurisdiction } = place
  const states = new Set<string>()
  const trials = await atEvery(call, stride, async (at) => {
    const url = await place.copy()
    const task: Task = { do: 'close', url, jurisdiction, before: 4, together: 4 }
    const ran = await children.run(task, { call, meets: 'SIGKILL', at })
    const left = await lookAt(url, jurisdiction, 8)
    states.add(left.state)
    const outcomes = await startAgain(url, jurisdiction, 8)
    const after = await lookAt(url, jurisdiction, 8)
    const mayEnter = left.state === 'open' ? 'accepted' : 'closed'
    return {
      didFire: ran.didFire,
      faults: [
        ...faultsOfFile(ran.lines, left),
        ...faultsOfClose(ran.lines, left),
        ...faultsOfRetry(left, outcomes, after, mayEnter),
      ],
    }
  })
  return { ...trials, states }
}

/** The n-th call fails; people ask again until they are answered. */
export async function errorTrials(
  children: Children,
  place: SmallPlace,
  call: Fault['call'],
  meets: (at: number) => 'EIO' | 'ENOSPC',
  stride = 1,
): Promise<Trials & { readonly refusals: number }> {
  const { jurisdiction } = place
  let refusals = 0
  const trials = await atEvery(call, stride, async (at) => {
    const url = await place.copy()
    const task: Task = { do: 'submit', url, jurisdiction, phases, patient: true }
    const ran = await children.run(task, { call, meets: meets(at), at })
    const failed = said(ran.lines, 'fail').length
    refusals += failed
    const other = failed - said(ran.lines, 'fail', 'Unavailable').length
    // A start that fails is a start that says so; everything later recovers by itself.
    const isRefusedStart = ran.lines.length === 1 && ran.lines[0]!.startsWith('refused storage is unavailable')
    const taken = said(ran.lines, 'ack').length
    return {
      didFire: ran.didFire,
      faults: [
        ...undurable(ran.calls),
        ...(await faultsAfter(url, jurisdiction, ran)),
        ...(other > 0 ? [`${other} were refused otherwise than for now`] : []),
        ...(isRefusedStart || taken === persons
          ? []
          : [`${taken} of ${persons} were answered: ${ran.lines.join(', ')}`]),
        ...(isRefusedStart || ran.code === 0 ? [] : [`the process ended with ${ran.code}`]),
      ],
    }
  })
  return { ...trials, refusals }
}

/** The schema of a file, its data in a few words, and whether it is sound. */
async function schemaOf(url: string): Promise<string> {
  const look = createClient({ url, concurrency: 1, timeout: 5_000 })
  const read = async (sql: string) => JSON.stringify((await look.execute(sql)).rows)
  const schema = await read("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE '%__drizzle%' ORDER BY name")
  const check = await read('PRAGMA integrity_check')
  const organs = schema.includes('"organ"') ? await read('SELECT code, name_zh FROM organ ORDER BY id') : ''
  const labels = schema.includes('"label"') ? await read('SELECT text FROM label ORDER BY text') : ''
  look.close()
  return [schema, check, organs, labels].join('\n')
}

/** Killed before the n-th call of a migration: what is left is the old schema or the new one, and the next start is done. */
export async function migrationTrials(
  children: Children,
  from: 'nothing' | SmallPlace,
  call: Fault['call'],
  stride = 1,
): Promise<Trials & { readonly found: ReadonlySet<'old' | 'new'> }> {
  const home = await temporaryFolder()
  const folder = from === 'nothing' ? 'db/migrations' : await withLaterMigration(home.path)
  let copies = 0
  const begin = async () => {
    copies += 1
    return from === 'nothing' ? `file:${join(home.path, `fresh-${copies}.db`)}` : from.copy()
  }
  const whole = await begin()
  const old = await schemaOf(whole)
  await migrateDatabase({ url: whole, folder })
  const done = await schemaOf(whole)
  const found = new Set<'old' | 'new'>()
  const trials = await atEvery(call, stride, async (at) => {
    const url = await begin()
    const ran = await children.run({ do: 'migrate', url, folder }, { call, meets: 'SIGKILL', at })
    const left = await schemaOf(url)
    if (left === old) found.add('old')
    if (left === done) found.add('new')
    await migrateDatabase({ url, folder })
    return {
      didFire: ran.didFire,
      faults: [
        ...(left === old || left === done ? [] : ['neither the old schema nor the new one is left']),
        ...(ran.lines.length > 0 && left !== done ? ['it was said to be done and is not'] : []),
        ...((await schemaOf(url)) === done ? [] : ['the next start does not finish it']),
      ],
    }
  })
  await home.dispose()
  return { ...trials, found }
}

/** The migrations of this version and one more that makes a table, fills it from another and drops a column. */
async function withLaterMigration(place: string): Promise<string> {
  const folder = join(place, 'migrations')
  await mkdir(folder)
  await cp('db/migrations', folder, { recursive: true })
  const journal = JSON.parse(await readFile('db/migrations/meta/_journal.json', 'utf8'))
  journal.entries.push({ idx: 9, version: '6', when: 1_900_000_000_000, tag: '0009_later', breakpoints: true })
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify(journal))
  const steps = [
    'CREATE TABLE label (text TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;',
    "INSERT INTO label SELECT code || ' ' || name_zh FROM organ;",
    'ALTER TABLE organ DROP COLUMN initials;',
  ]
  await writeFile(join(folder, '0009_later.sql'), steps.join('\n--> statement-breakpoint\n'))
  return folder
}
