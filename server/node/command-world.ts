import { join } from 'node:path'
import type { Database, Writer } from '../../db/database.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import type { Config } from '../config.ts'
import { computeStanding } from '../standing.ts'
import { createTrees } from '../trees.ts'
import type { World } from '../world.ts'
import { evidenceIn } from './evidence-files.ts'
import { type KeyStore, openKeyStore } from './key-store.ts'
import { nodeCryptography, nodeSha256 } from './platform.ts'
import { publicationsIn } from './publications.ts'

/** Becomes the writer of the database, as a command that works on it does while no server runs. */
export const openWriter = ({ databaseUrl: url, databaseToken: authToken }: Config): Promise<Writer> =>
  url.startsWith('file:') ? openEmbeddedWriter(url) : openRemoteWriter({ url, authToken, isPatient: true })

/** Whoever only looks must not write, even by mistake. */
export const writesNothing: Writer = {
  submit: () => Promise.reject(new Error('a dry run writes nothing')),
  transact: () => Promise.reject(new Error('a dry run writes nothing')),
  compact: () => Promise.reject(new Error('a dry run writes nothing')),
  stop: async () => undefined,
  stats: () => null,
}

/** The part of a world that a command asks for; everything else is another process's. */
export function createCommandWorld(config: Config, db: Database, writer: Writer): World {
  const now = () => Date.now()
  const nobody = () => Promise.reject(new Error('a command answers nobody'))
  let keys: KeyStore | null = null
  return {
    config,
    db,
    pages: db,
    writer,
    // A key store makes what is not there: whoever only looks never asks for it.
    get keys() {
      keys ??= openKeyStore(config.keyFolder, now)
      return keys
    },
    crypto: nodeCryptography(),
    limiter: { take: () => 0, give: () => undefined },
    assets: { styles: {}, scripts: {}, files: {} },
    sms: { send: nobody },
    mail: null,
    standing: (scope, cycle) => computeStanding(db, scope, cycle),
    screening: nobody,
    details: nobody,
    fieldwork: nobody,
    trees: createTrees(db, nodeSha256),
    boxes: null,
    publications: publicationsIn(join(config.dataFolder, 'publications')),
    evidence: evidenceIn(join(config.dataFolder, 'evidence')),
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
