import { defineConfig } from 'drizzle-kit'

/** `npm run db:generate -- --name what_changes` writes the next migration; STRICT and WITHOUT ROWID are added by hand. */
export default defineConfig({
  dialect: 'turso',
  schema: [
    './db/schema.ts',
    './db/schema-staff.ts',
    './db/schema-indicators.ts',
    './db/schema-places.ts',
    './db/schema-programs.ts',
    './db/schema-low-ratings.ts',
    './db/schema-reuse.ts',
    './db/schema-fieldwork.ts',
    './db/schema-rosters.ts',
    './db/schema-summing.ts',
    './db/schema-self-assessment.ts',
    './db/schema-follow-up.ts',
    './db/schema-accountability.ts',
  ],
  out: './db/migrations',
})
