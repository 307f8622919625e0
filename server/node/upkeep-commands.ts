import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import { countMissingMigrations, migrateDatabase } from '../../db/node/migrate.ts'
import { type Given, report } from './command.ts'
import { readSettings } from './installation.ts'
import { holdDatabase, opening } from './opening.ts'
import { fail } from './terminal.ts'

// What whoever runs the machine does: start, migrate, fill with the demonstration.

/** Starts the server in this process, which then is the server. */
export async function serve(): Promise<number> {
  await import('./main.ts')
  return untilItEnds()
}

/** Brings the database to the schema of this program. */
export async function migrate({
  flags,
  locale,
  environment,
}: Given<never, never, 'dry-run' | 'json'>): Promise<number> {
  const words = commandsMessages(locale)
  const config = readSettings(environment)
  const target = { url: config.databaseUrl, authToken: config.databaseToken }
  const isDry = flags['dry-run']
  const held = isDry ? null : holdDatabase(config)
  try {
    const n = await opening(config, () => (isDry ? countMissingMigrations(target) : migrateDatabase(target)))
    return report(flags.json, { steps: n, written: !isDry }, fill(isDry ? words.wouldMigrate : words.migrated, { n }))
  } finally {
    held?.release()
  }
}

/** Makes the demonstration, which says itself how far it is and what went wrong. */
export async function seed({ flags, locale, environment }: Given<never, never, 'demo'>): Promise<number> {
  if (!flags.demo) return fail(commandsMessages(locale).seedNeedsDemo)
  const config = readSettings(environment)
  const held = holdDatabase(config)
  process.once('exit', () => held.release())
  await import('./seed.ts')
  return untilItEnds()
}

/** What was imported runs by itself, and sets the number with which the process ends. */
const untilItEnds = () => new Promise<never>(() => {})
