import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder, placeRefused } from './folders.ts'

// A key is there whole or not at all, and on the disk before anything is hashed under it: answers are flushed, and they
// are worth nothing without the key. Folders have mode 0700, files 0600.

/** The variable that names the folder. */
export const setting = 'GONGPING_KEYS'

/** Makes a folder of keys, unless it is there, and keeps everybody else out of it. */
export function makeKeyFolder(path: string): void {
  const isNew = !existsSync(path)
  makeFolder(setting, path)
  if (isNew) flush(dirname(resolve(path)))
  if ((statSync(path).mode & 0o777) === 0o700) return
  try {
    chmodSync(path, 0o700)
  } catch (error) {
    throw placeRefused(setting, resolve(path), error, 'it needs a folder that belongs to this user, with mode 0700')
  }
}

/** The 32 bytes of a key, drawn at the first call. */
export function readOrCreate(path: string): Buffer {
  if (!existsSync(path)) writeOnce(path, randomBytes(32))
  return readKey(path)
}

/** Throws one message unless there is a whole key. */
export function readKey(path: string): Buffer {
  let key: Buffer
  try {
    key = readFileSync(path)
  } catch (error) {
    throw placeRefused(setting, resolve(path), error, 'it needs a key that this user may read')
  }
  if (key.length !== 32) throw new Error(`${setting}: key file ${resolve(path)} needs exactly 32 bytes`)
  return key
}

/** Puts a file in its place in one step, whole and flushed; one that is there stays as it is. */
export function writeOnce(path: string, content: string | Uint8Array): void {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.unfinished`
  try {
    writeFileSync(unfinished, content, { mode: 0o600, flag: 'wx' })
    flush(unfinished)
    linkSync(unfinished, path)
    flush(dirname(path))
  } catch (error) {
    // Two processes may start at once: whoever comes second reads what the first has written.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw placeRefused(setting, resolve(path), error, 'it needs a place for a key')
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Overwrites a key and takes it away. What a copy or the disk itself still holds is beyond us. */
export function destroyFile(path: string): void {
  writeFileSync(path, new Uint8Array(statSync(path).size), { flag: 'r+' })
  flush(path)
  rmSync(path)
  flush(dirname(path))
}

/** Flushes a file, or the names in a folder. */
function flush(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
