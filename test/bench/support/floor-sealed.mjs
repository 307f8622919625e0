// The floor of a sealed response: node:http reads the body, a thread commits the rows of whatever waits, the answer goes
// out after the commit, as many bytes as the product's. No parsing, no cryptography, no deciding. Arguments: port,
// database, file with { jurisdiction, survey, cell, ctBytes, answers: { issue, submit } }.
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import Sqlite from 'libsql'

if (isMainThread) {
  const [port, path, shapeFile] = process.argv.slice(2)
  const shape = JSON.parse(readFileSync(shapeFile, 'utf8'))
  const writer = new Worker(fileURLToPath(import.meta.url), { workerData: { path, shape } })
  const answers = { issue: Buffer.alloc(shape.answers.issue, 32), submit: Buffer.alloc(shape.answers.submit, 32) }
  // One kind per commit and the two in turn, as the product does it: a ticket never shares one with an envelope.
  const waiting = { issue: [], submit: [] }
  let underWay = []
  let turn = 'issue'
  const hand = () => {
    if (underWay.length > 0) return
    const other = turn === 'issue' ? 'submit' : 'issue'
    const kind = waiting[turn].length > 0 ? turn : other
    if (waiting[kind].length === 0) return
    underWay = waiting[kind]
    waiting[kind] = []
    turn = kind === 'issue' ? 'submit' : 'issue'
    writer.postMessage({ kind, count: underWay.length })
  }
  writer.on('message', (kind) => {
    const body = answers[kind]
    for (const response of underWay) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      response.end(body)
    }
    underWay = []
    hand()
  })
  createServer((request, response) => {
    request.on('data', () => undefined)
    request.on('end', () => {
      waiting[request.url.endsWith('/issue') ? 'issue' : 'submit'].push(response)
      hand()
    })
  }).listen(Number(port), '127.0.0.1')
} else {
  const rows = openRows(workerData.path, workerData.shape)
  parentPort.on('message', ({ kind, count }) => {
    rows[kind](count)
    parentPort.postMessage(kind)
  })
}

function openRows(path, { jurisdiction, survey, cell, ctBytes }) {
  const db = new Sqlite(path, { timeout: 5_000 })
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 16000'])
    db.exec(`PRAGMA ${pragma}`)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const roll = db.prepare('INSERT INTO roll (jurisdiction_id, survey_id, p, cell, bh) VALUES (?, ?, ?, ?, ?)')
  const spent = db.prepare(
    'INSERT INTO spent (jurisdiction_id, survey_id, tag, cell, msg, sig, logged) VALUES (?, ?, ?, ?, ?, ?, 0)',
  )
  const box = db.prepare('INSERT INTO box (jurisdiction_id, survey_id, tag, ver, enc, ct) VALUES (?, ?, ?, 1, ?, ?)')
  const sorted = (count) => Array.from({ length: count }, () => random(32)).sort(Buffer.compare)
  const durably = (count, insert) => {
    begin.run([])
    insert(sorted(count))
    commit.run([])
  }
  return {
    issue: (count) =>
      durably(count, (keys) => {
        for (const p of keys) roll.run([jurisdiction, survey, p, cell, random(32)])
      }),
    submit: (count) =>
      durably(count, (keys) => {
        for (const tag of keys) spent.run([jurisdiction, survey, tag, cell, random(124), random(256)])
        for (const tag of keys) box.run([jurisdiction, survey, tag, random(65), random(ctBytes)])
      }),
  }
}

function random(length) {
  return randomFillSync(Buffer.allocUnsafe(length))
}
