// The floor of everything that is kept: the rows of one response (roll, spent, slips), of the same size and in the
// same tables as the product's, with random keys drawn in blocks. No question is asked and nothing is added up.
import { randomFillSync } from 'node:crypto'
import Sqlite from 'libsql'

const pool = Buffer.alloc(1 << 16)
let drawn = pool.length

function random(length) {
  if (drawn + length > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += length
  return pool.subarray(drawn - length, drawn)
}

/** `shape`: { jurisdiction, survey, cell, day, slips: [{ organ, cell, answers }] }, the same for every response. */
export function openRows(path, shape) {
  const db = new Sqlite(path, { timeout: 5_000 })
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 16000'])
    db.exec(`PRAGMA ${pragma}`)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const roll = db.prepare('INSERT INTO roll (jurisdiction_id, survey_id, p, cell, bh) VALUES (?, ?, ?, ?, ?)')
  const spent = db.prepare(
    "INSERT INTO spent (jurisdiction_id, survey_id, tag, cell, msg, sig, logged) VALUES (?, ?, ?, ?, x'', x'', 0)",
  )
  const slip = db.prepare(
    'INSERT INTO slip (jurisdiction_id, survey_id, id, organ_id, cell, answers, salt, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const { jurisdiction, survey, cell, day, slips } = shape
  return {
    /** Writes the rows of `count` responses in one durable transaction, each table in the order of its keys. */
    commit(count) {
      begin.run([])
      for (const p of sorted(count, 32)) roll.run([jurisdiction, survey, p, cell, random(32)])
      for (const tag of sorted(count, 32)) spent.run([jurisdiction, survey, tag, cell])
      const ids = sorted(count * slips.length, 16)
      for (let at = 0; at < ids.length; at++) {
        const { organ, cell: weighting, answers } = slips[at % slips.length]
        slip.run([jurisdiction, survey, ids[at], organ, weighting, answers, random(16), day])
      }
      commit.run([])
    },
    close: () => db.close(),
  }
}

function sorted(count, length) {
  return Array.from({ length: count }, () => Buffer.from(random(length))).sort(Buffer.compare)
}
