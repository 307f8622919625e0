import { existsSync, readFileSync } from 'node:fs'
import { pathOf } from '../../db/node/connection.ts'
import { countMissingMigrations } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { type Config, readConfig } from '../config.ts'
import type { World } from '../world.ts'
import type { Environment } from './command.ts'
import { createCommandWorld, openWriter, writesNothing } from './command-world.ts'
import { checkInstallation, holdDatabase, opening, settleKeys } from './opening.ts'

// The installation that the settings name, as a command meets it: to look at it beside a running server, or to work on it
// while none runs. What keeps a command from that is thrown, with the setting and what to do.

/** The settings of this process. */
export function readSettings(environment: Environment): Config {
  const read = readConfig(environment, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) throw new Error(read.error)
  return read.value
}

/** Runs what only reads. The writer of its world refuses. */
export async function lookingAt<T>(environment: Environment, look: (world: World) => Promise<T>): Promise<T> {
  const config = readSettings(environment)
  const { databaseUrl: url, databaseToken } = config
  if (url.startsWith('file:') && !existsSync(pathOf(url))) throw new Error(`there is no file ${pathOf(url)}`)
  const missing = await opening(config, () => countMissingMigrations({ url, authToken: databaseToken }))
  if (missing > 0)
    throw new Error(
      `the database lacks ${missing} migrations of this program: run \`gongping migrate\`, or start the server`,
    )
  const db = await openDatabase(url, databaseToken || undefined, { isPatient: true })
  try {
    return await look(createCommandWorld(config, db, writesNothing))
  } finally {
    db.$client.close()
  }
}

/** Becomes the writer of the database, and lets go of it. Refuses while a server runs on it. */
export function workingOn<T>(environment: Environment, work: (world: World) => Promise<T>): Promise<T> {
  // Whatever is written may hold codes and links.
  process.umask(0o077)
  return lookingAt(environment, async ({ config, db }) => {
    const held = holdDatabase(config)
    try {
      const { isOurs, isDemo } = await checkInstallation(config, db)
      const writer = await opening(config, () => openWriter(config))
      try {
        const world = createCommandWorld({ ...config, demo: isDemo }, db, writer)
        // To open the keys makes those of a new installation.
        if (!isOurs && world.keys) await settleKeys(config, writer)
        return await work(world)
      } finally {
        await writer.stop()
      }
    } finally {
      held.release()
    }
  })
}
