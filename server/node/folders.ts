import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

// Where an installation writes. What the system refuses becomes one message that names the setting, the place and what
// is needed there, before anything is begun.

/** Makes a folder that only our own user can enter, unless it is there; `setting` is the variable that names it. */
export function makeFolder(setting: string, folder: string): void {
  const path = resolve(folder)
  try {
    makeEach(path)
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw placeRefused(setting, path, error, 'it needs a folder in which this user may read and write')
  }
}

// Not mkdir's own `recursive`: where a folder refuses children with ENOENT, as /proc does, that never ends.
function makeEach(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(path).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(path))) throw error
    makeEach(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}

/** A file that is there must be ours to read and write; one that is not needs a folder in which it can be made. */
export function requireFile(setting: string, file: string): void {
  const path = resolve(file)
  const need = 'it needs a file that this user may read and write'
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.R_OK | constants.W_OK)
  } catch (error) {
    throw placeRefused(setting, path, error, need)
  }
  if (existsSync(path) && !statSync(path).isFile()) throw new Error(`${setting}: ${path} is not a file; ${need}`)
}

/** What the system said about a place, in words, with the setting that led there. */
export function placeRefused(setting: string, path: string, error: unknown, need: string): Error {
  const code = codeOf(error)
  return new Error(`${setting}: ${path}: ${reasons[code] ?? code}; ${need}`)
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk is read-only',
  EEXIST: 'a file stands in the way',
  ENOTDIR: 'a file stands in the way',
  ENOENT: 'nothing can be made there',
  ENOSPC: 'the disk is full',
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
