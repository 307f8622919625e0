import Sqlite from 'libsql'

/** A file that one process holds at a time; the system lets go of it when the process dies, however it dies. */
export interface HeldFile {
  release(): void
}

/**
 * Takes a file, made if need be, as this process's own; null while another process holds it. The file stays empty and
 * stays where it is: whoever deleted it would let a second holder in beside the first.
 */
// Node cannot lock a file, the database engine can: an exclusive transaction that writes nothing.
export function holdFile(path: string): HeldFile | null {
  const db = new Sqlite(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    db.exec('PRAGMA journal_mode = OFF')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null
    throw error
  }
  return { release: () => db.close() }
}
