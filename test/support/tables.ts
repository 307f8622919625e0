import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'

const folder = join(import.meta.dirname, '../../db')
const files = readdirSync(folder).filter((name) => /^schema.*\.ts$/.test(name))
const modules: Record<string, unknown>[] = await Promise.all(files.map((name) => import(join(folder, name))))

/** Every table that the schema describes, whichever of its files it stands in. */
export const allTables: readonly SQLiteTable[] = modules
  .flatMap((module) => Object.values(module))
  .filter((value) => value instanceof SQLiteTable)
