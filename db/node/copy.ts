import Sqlite from 'libsql'

/**
 * Writes what the file holds at this moment to a new file, beside whoever writes to it. A copy has no free pages, so nothing
 * that was deleted. Throws where `to` is there already.
 */
export function copyDatabase(path: string, to: string): void {
  const from = new Sqlite(path, { readonly: true, timeout: 5_000 })
  try {
    from.prepare('VACUUM INTO ?').run([to])
  } finally {
    from.close()
  }
  const copy = new Sqlite(to)
  // Readers ask for the journal mode, and it is kept in the file.
  copy.exec('PRAGMA journal_mode = WAL')
  copy.close()
}

/** What the engine finds wrong with a file, line by line; empty for a sound one, whatever is in it. */
export function damageOf(path: string): string[] {
  const db = new Sqlite(path, { readonly: true })
  try {
    const lines = db.prepare('PRAGMA integrity_check(20)').all([]) as { integrity_check: string }[]
    const foreign = db.prepare('PRAGMA foreign_key_check').all([]) as { table: string; rowid: number; parent: string }[]
    return [
      ...lines.map((row) => row.integrity_check).filter((line) => line !== 'ok'),
      ...foreign.slice(0, 20).map(({ table, rowid, parent }) => `row ${rowid} of ${table} refers to no ${parent}`),
    ]
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  } finally {
    db.close()
  }
}
