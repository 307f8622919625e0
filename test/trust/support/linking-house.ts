import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type InValue, type Row } from '@libsql/client'
import Sqlite from 'libsql'
import type { Change, Writer } from '../../../db/database.ts'
import { migrateDatabase } from '../../../db/node/migrate.ts'
import { openDatabase } from '../../../db/node/open.ts'
import type { Item, Outcome } from '../../../db/writer/items.ts'
import { openRemoteWriter } from '../../../db/writer/remote.ts'
import { createApp } from '../../../server/app.ts'
import { startDatabaseServer } from '../../../server/node/edge-parts.ts'
import { nodeSha256 } from '../../../server/node/platform.ts'
import { officeRoutes } from '../../../server/office/routes.ts'
import { createTrees } from '../../../server/trees.ts'
import type { World } from '../../../server/world.ts'
import { createTestApp, type TestApp } from '../../support/app.ts'
import { freePort } from '../../support/server.ts'
import { commitsIn, type Page, pagesOfWal, pagesOfWallog } from './linking-loot.ts'

/** An installation of its own, with a thief in the house who copies files at will. */
export interface House {
  readonly name: string
  readonly app: TestApp
  readonly together: Together
  readonly thief: Thief
  close(): Promise<void>
}

export interface Thief {
  /** An idle second: the log is copied and, where the writer does so then, brought into the file. */
  rest(): void
  /** Copies the database and its log as they lie there; answers the number of the copy. */
  backUp(): number
  /** Rows of a copy, which the thief opens at home. */
  lookInto(backup: number, sql: string): Promise<Row[]>
  /** Rows of the database as it is now. */
  look(sql: string, args?: InValue[]): Promise<Row[]>
  readonly backups: readonly Buffer[]
  /** Every page that was written so far, in order. */
  pages(): readonly Page[]
  /** The database as it lies there now. */
  file(): Buffer
}

/** A writer at which people arrive in the same moment: so many wait for one another before they are let on. */
export class Together implements Writer {
  /** How many. */
  count = 1
  readonly #writer: Writer
  readonly #beforeCompacting: () => void
  readonly #waiting: (() => void)[] = []

  constructor(writer: Writer, beforeCompacting: () => void) {
    this.#writer = writer
    this.#beforeCompacting = beforeCompacting
  }

  async submit(item: Item): Promise<Outcome> {
    if (this.count > 1) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        if (this.#waiting.length === this.count) for (const goOn of this.#waiting.splice(0)) goOn()
      })
    }
    return this.#writer.submit(item)
  }

  transact(change: Change) {
    return this.#writer.transact(change)
  }

  async compact(): Promise<void> {
    this.#beforeCompacting()
    await this.#writer.compact()
  }

  stop() {
    return this.#writer.stop()
  }

  stats() {
    return this.#writer.stats()
  }
}

/** The embedded file. */
export async function houseWithFile(): Promise<House> {
  const app = await createTestApp()
  const path = join(app.database.folder, 'gongping.db')
  const log: Page[] = []
  const takeLog = () => {
    log.push(...pagesOfWal(readFileSync(`${path}-wal`), commitsIn(log)))
  }
  const together = new Together(app.database.writer, takeLog)
  Object.assign(app.world, { writer: together })
  const own = new Sqlite(path, { timeout: 5_000 })
  const backups = new Backups(() => [readFileSync(path), readFileSync(`${path}-wal`)])
  return {
    name: 'an embedded file',
    app,
    together,
    thief: {
      rest() {
        takeLog()
        // As the writer does after an idle second, for which no test waits.
        const [done] = own.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([]) as { busy: number }[]
        if (done?.busy !== 0) throw new Error('the log could not be emptied')
      },
      backUp: () => backups.add(),
      lookInto: (backup, sql) => backups.look(backup, sql),
      look: lookThrough(app),
      backups: backups.bytes,
      pages: () => [...log, ...pagesOfWal(readFileSync(`${path}-wal`), commitsIn(log))],
      file: () => readFileSync(path),
    },
    async close() {
      own.close()
      backups.dispose()
      await app.close()
    },
  }
}

/** A libSQL server, whose own log is never emptied while it runs. */
export async function houseWithServer(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-'))
  const server = await startDatabaseServer({ folder, port: await freePort() })
  const [url, authToken] = [server.url, server.token('rw')]
  await migrateDatabase({ url, authToken })
  const writer = await openRemoteWriter({ url, authToken })
  const db = await openDatabase(url, authToken)
  const base = await createTestApp()
  const together = new Together(writer, () => {})
  const world: World = {
    ...base.world,
    config: { ...base.world.config, databaseUrl: url },
    db,
    pages: db,
    writer: together,
    trees: createTrees(db, nodeSha256),
  }
  const hono = createApp(world, officeRoutes)
  const app: TestApp = {
    ...base,
    app: hono,
    world,
    database: { ...base.database, url, db, writer },
    request: async (path, { from, ...init } = {}) =>
      hono.request(`${world.config.origins[0]}${path}`, init, { peer: from ?? '198.51.100.7' }),
  }
  const data = join(folder, 'data.sqld/dbs/default')
  const file = () => [readFileSync(join(data, 'data')), readFileSync(join(data, 'data-wal'))] as const
  const backups = new Backups(file)
  return {
    name: 'a libSQL server',
    app,
    together,
    thief: {
      rest() {},
      backUp: () => backups.add(),
      lookInto: (backup, sql) => backups.look(backup, sql),
      look: lookThrough(app),
      backups: backups.bytes,
      pages: () => pagesOfWallog(readFileSync(join(data, 'wallog'))),
      file: () => Buffer.concat(file()),
    },
    async close() {
      backups.dispose()
      await writer.stop()
      db.$client.close()
      await base.close()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const lookThrough =
  ({ database }: TestApp): Thief['look'] =>
  async (sql, args = []) =>
    (await database.db.$client.execute({ sql, args })).rows

/** Copies of a database and its log. */
class Backups {
  readonly bytes: Buffer[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'gongping-loot-'))
  readonly #copy: () => readonly [database: Buffer, log: Buffer]
  #count = 0

  constructor(copy: () => readonly [database: Buffer, log: Buffer]) {
    this.#copy = copy
  }

  add(): number {
    const [database, log] = this.#copy()
    this.bytes.push(database, log)
    writeFileSync(this.#path(this.#count), database)
    writeFileSync(`${this.#path(this.#count)}-wal`, log)
    this.#count += 1
    return this.#count - 1
  }

  async look(backup: number, sql: string): Promise<Row[]> {
    const client = createClient({ url: `file:${this.#path(backup)}`, concurrency: 1 })
    try {
      return (await client.execute(sql)).rows
    } finally {
      client.close()
    }
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #path = (backup: number) => join(this.#folder, `backup-${backup}.db`)
}
