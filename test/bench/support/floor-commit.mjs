// The floor of a durable submission: node:http reads the body, a thread commits rows for whatever waits, the answer
// goes out after the commit. No parsing, no cryptography, no deciding, no sums. Arguments: port, database, shape file.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openRows } from './floor-rows.mjs'

if (isMainThread) {
  const [port, path, shapeFile] = process.argv.slice(2)
  const workerData = { path, shape: JSON.parse(readFileSync(shapeFile, 'utf8')) }
  const writer = new Worker(fileURLToPath(import.meta.url), { workerData })
  let waiting = []
  let underWay = []
  const hand = () => {
    if (underWay.length > 0 || waiting.length === 0) return
    underWay = waiting
    waiting = []
    writer.postMessage(underWay.length)
  }
  writer.on('message', () => {
    for (const response of underWay) {
      response.writeHead(303, { location: '/done' })
      response.end()
    }
    underWay = []
    hand()
  })
  createServer((request, response) => {
    request.on('data', () => undefined)
    request.on('end', () => {
      waiting.push(response)
      hand()
    })
  }).listen(Number(port), '127.0.0.1')
} else {
  const rows = openRows(workerData.path, workerData.shape)
  parentPort.on('message', (count) => {
    rows.commit(count)
    parentPort.postMessage(count)
  })
}
