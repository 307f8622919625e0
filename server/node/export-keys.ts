import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { failureText } from './failure-text.ts'
import { exportKeys } from './key-store.ts'

// `npm run --silent keys:export`: the keys of this installation as one line, for the secret GONGPING_KEY_SET of the edge.
// To be piped into `wrangler secret put GONGPING_KEY_SET` and kept nowhere else; anew whenever a survey was added.

try {
  const read = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) throw new Error(read.error)
  const { keyFolder } = read.value
  // The store makes what is missing, and new keys would fit nothing.
  if (!existsSync(join(keyFolder, 'code.key')))
    throw new Error(`GONGPING_KEYS: ${keyFolder} holds no keys; name the folder of the machine where the office runs`)
  // Standard output is the secret and nothing else.
  const leftOut = (path: string) => process.stderr.write(`GONGPING_KEYS: ${path} is missing or damaged and left out\n`)
  process.stdout.write(`${exportKeys(keyFolder, leftOut)}\n`)
} catch (error) {
  process.stderr.write(`${failureText(error)}\n`)
  process.exitCode = 1
}
