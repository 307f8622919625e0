import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { createRandom } from '../../../server/node/demo-random.ts'
import { utf8 } from '../../../surveys/canonical.ts'
import type { Evidence } from './linking-attack.ts'
import { placesOfAll } from './linking-evidence.ts'
import { pagesOfWal, ranksOfBytes } from './linking-loot.ts'

// What most systems do: a table of used codes and a table of answers, both written when somebody sends. Once with the
// usual numbered rows, once with random keys and no numbers, which looks anonymous and is not.

export type NaiveKind = 'numbered rows' | 'random keys'

const tables = {
  'numbered rows': ['CREATE TABLE used (code BLOB)', 'CREATE TABLE answer (said TEXT)'],
  'random keys': [
    'CREATE TABLE used (code BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID',
    'CREATE TABLE answer (id BLOB PRIMARY KEY NOT NULL, said TEXT) WITHOUT ROWID',
  ],
} as const

/** So many people in such tables, most of them alone, some six in a commit; people in the order of their arrival. */
export function naiveEvidence(kind: NaiveKind, count: number): Evidence {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-naive-'))
  const path = join(folder, 'naive.db')
  const db = new Sqlite(path)
  try {
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA wal_autocheckpoint = 0')
    for (const sql of tables[kind]) db.exec(sql)
    const random = createRandom('naive', kind)
    const people = Array.from({ length: count }, (_, at) => ({
      code: random.bytes(32),
      id: random.bytes(16),
      said: JSON.stringify([at % 5, Math.floor(at / 5), 4, 4]),
    }))
    const use = db.prepare('INSERT INTO used VALUES (?)')
    const keep = db.prepare(`INSERT INTO answer VALUES (${kind === 'random keys' ? '?, ?' : '?'})`)
    for (let from = 0; from < count; ) {
      const to = Math.min(count, from + (random.chance(0.04) ? 6 : 1))
      // Who came together is written down in any order.
      const bus = people.slice(from, to).sort(() => random.next() - 0.5)
      db.exec('BEGIN')
      for (const { code, id, said } of bus) {
        use.run([code])
        keep.run(kind === 'random keys' ? [id, said] : [said])
      }
      db.exec('COMMIT')
      from = to
    }
    const codes = db.prepare('SELECT code FROM used').all([]) as { code: ArrayBuffer }[]
    const answers = db.prepare('SELECT said FROM answer').all([]) as { said: string }[]
    const disk = { pages: pagesOfWal(readFileSync(`${path}-wal`)), file: readFileSync(path) }
    const rowOf = new Map(codes.map(({ code }, row) => [Buffer.from(code).toString('hex'), row]))
    const ranks = ranksOfBytes(people.map(({ code }) => code))
    const ofPeople = placesOfAll(disk, { person: people.map(({ code }) => code) })
    const ofThings = placesOfAll(disk, { answers: answers.map(({ said }) => utf8(said)) })
    return {
      people: people.map(({ code, said }, arrival) => {
        const own = answers.findIndex((answer) => answer.said === said)
        const row = rowOf.get(Buffer.from(code).toString('hex'))!
        const places = { arrival, row, person: ranks[arrival]!, ...ofPeople[arrival] }
        return { places, owns: new Set([own]), own }
      }),
      things: answers.map((_, row) => ({ places: { row, ...ofThings[row] } })),
    }
  } finally {
    db.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
