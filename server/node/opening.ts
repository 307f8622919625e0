import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Database, Writer } from '../../db/database.ts'
import { type Installation, keepCodeKeyPrint, readInstallation } from '../../db/installation.ts'
import { pathOf } from '../../db/node/connection.ts'
import { type HeldFile, holdFile } from '../../db/node/lock.ts'
import { countJurisdictions, listKeyedSurveys } from '../../db/platform.ts'
import { surveyName } from '../../surveys/ballot.ts'
import { readManifest } from '../../surveys/manifest.ts'
import { aloneBy, type Config, exposesDemo } from '../config.ts'
import { systemScope } from '../guard.ts'
import { makeFolder, requireFile } from './folders.ts'
import { codeKeyPrint, lostName, missingKeys } from './key-store.ts'

// What a start makes sure of before it becomes the writer, so that one that cannot go on changes nothing for another
// that is running. Every refusal is one message: the setting, the place, what to do.

/** Where the database is, in the words of a message. */
interface Place {
  readonly setting: 'DATA_DIR' | 'DATABASE_URL'
  readonly at: string
}

function placeOf({ databaseUrl, dataFolder }: Config): Place {
  // Not the whole address of a server: a password may stand in it.
  if (!databaseUrl.startsWith('file:')) return { setting: 'DATABASE_URL', at: new URL(databaseUrl).host }
  const isDefault = databaseUrl === `file:${dataFolder}/gongping.db`
  return { setting: isDefault ? 'DATA_DIR' : 'DATABASE_URL', at: resolve(pathOf(databaseUrl)) }
}

/** Makes the data folder and takes the database for this process; refuses while another Gongping is running on it. */
export function holdDatabase(config: Config): HeldFile {
  makeFolder('DATA_DIR', config.dataFolder)
  const isFile = config.databaseUrl.startsWith('file:')
  // For a server the folder stands in: who else writes there is told by the server, and only after the fact.
  const { setting, at }: Place = isFile ? placeOf(config) : { setting: 'DATA_DIR', at: resolve(config.dataFolder) }
  const lock = isFile ? `${at}.lock` : join(at, 'gongping.lock')
  for (const file of isFile ? [at, `${at}-wal`, `${at}-shm`, lock] : [lock]) requireFile(setting, file)
  const held = holdFile(lock)
  if (held) return held
  const remedy = `stop that one first${isFile ? `, or give this one a ${setting} of its own` : ''}`
  throw new Error(`${setting}: another Gongping is running on ${at} (it holds ${lock}); ${remedy}`)
}

/** Runs what opens the database; what goes wrong there is told with the setting and the place. */
export async function opening<T>(config: Config, work: () => Promise<T>): Promise<T> {
  const { setting, at } = placeOf(config)
  try {
    return await work()
  } catch (error) {
    const reason = reasonOf(error)
    const isRemote = !config.databaseUrl.startsWith('file:')
    if (isRemote && /\b40[13]\b/.test(reason))
      throw new Error(`DATABASE_TOKEN: the server at ${at} refuses it; it needs a token that may read and write`)
    if (isRemote && /fetch failed|ECONNREFUSED|ENOTFOUND/.test(reason))
      throw new Error(`DATABASE_URL: nothing answers at ${at}`)
    const code = /SQLITE_[A-Z]+/.exec(reason)?.[0] ?? ''
    throw new Error(`${setting}: ${at}: ${remedies[code] ?? reason}`)
  }
}

/** The words of the first cause: what stands above it quotes statements. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'DrizzleQueryError' && error.cause) return reasonOf(error.cause)
  return error.message
}

const remedies: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'this is not a database; move the file away, or put a checked copy in its place',
  SQLITE_CORRUPT: 'the database is damaged; put a checked copy in its place',
  SQLITE_FULL: 'the disk is full; make room',
  SQLITE_IOERR: 'the disk fails; look at it, and put a checked copy on a sound one',
  SQLITE_BUSY: 'another program holds the database; end that one first',
  SQLITE_READONLY: 'the database cannot be written; it needs a file that this user may read and write',
}

/**
 * Compares what the database says about itself with the settings and the key folder. `isOurs` is false while the
 * database does not know the keys that the start goes on with; `settleKeys` then makes it know them.
 */
export async function checkInstallation(config: Config, db: Database): Promise<Installation & { isOurs: boolean }> {
  const installation = await readInstallation(db, systemScope(0))
  if (installation.isDemo) refuseExposedDemo(config)
  const isOurs = await checkCodeKey(config, db, installation.codeKeyPrint)
  const surveys = await listKeyedSurveys(db)
  const missing = surveys.flatMap((each) =>
    missingKeys(config.keyFolder, surveyName(each.jid, each.sid), sealedNeeds(each)),
  )
  if (missing.length > 0) {
    const remedy = `put them back from their copy; where there is none, an empty file "${lostName}" in their folder lets the start go on, and that survey takes no more answers`
    throw new Error(`GONGPING_KEYS: keys of surveys are missing or damaged; ${remedy}:\n  ${missing.join('\n  ')}`)
  }
  return { ...installation, isOurs }
}

/** After the close no ticket is signed, and the keys of the box are needed until it is opened. */
function sealedNeeds({ state, manifest }: { readonly state: string; readonly manifest: string | null }) {
  const read = manifest === null ? null : readManifest(manifest)
  if (!read?.ok || read.value.box_pk === null || state === 'opened') return null
  const { cells, box_key, box_pk } = read.value
  const isOpen = state === 'ready' || state === 'open'
  return {
    issuers: isOpen ? cells.map(({ id, kid }) => ({ cell: id, kid: kid! })) : [],
    boxKey: box_key === 'file' ? box_pk : null,
  }
}

function refuseExposedDemo(config: Config): void {
  const [exposing] = exposesDemo(config)
  if (!exposing) return
  const { setting, at } = placeOf(config)
  throw new Error(
    `${exposing}: the database ${at} holds the demo, whose sign-ins are public, so it is for this machine only; ${aloneBy[exposing]}, or give another ${setting} and DEMO=0 to begin empty`,
  )
}

/** Without the key of its ticket codes a database knows none that was handed out: new keys are for new databases. */
async function checkCodeKey(config: Config, db: Database, known: Uint8Array | null): Promise<boolean> {
  const print = codeKeyPrint(config.keyFolder)
  if (known !== null && print?.equals(known)) return true
  const folder = resolve(config.keyFolder)
  if (existsSync(join(folder, lostName))) return false
  // Nothing was handed out yet; or there were no fingerprints yet, and the folder is taken at its word.
  if ((known === null && print !== null) || (await countJurisdictions(db)) === 0) return false
  const { at } = placeOf(config)
  const what = print === null ? 'has no keys' : 'has the keys of another database'
  throw new Error(
    `GONGPING_KEYS: ${folder} ${what}, and ${at} was used with others; put the folder back that belongs to it. If it is lost for good, an empty file "${lostName}" in the folder lets the start go on with what is there or with new keys, and ticket codes that were handed out are unknown`,
  )
}

/** Makes the database know the keys of the folder, which is open by now. */
export async function settleKeys(config: Config, writer: Writer): Promise<void> {
  const print = codeKeyPrint(config.keyFolder)
  if (print === null) throw new Error('settleKeys needs the key store to be open')
  await keepCodeKeyPrint(writer, systemScope(0), new Uint8Array(print))
  rmSync(join(config.keyFolder, lostName), { force: true })
}
