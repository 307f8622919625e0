import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate -- --name what_changes` writes the next migration; STRICT and WITHOUT ROWID are added by hand. */
export default defineConfig({
  dialect: 'turso',
  schema: './db/schema*.ts',
  out: './db/migrations',
})
