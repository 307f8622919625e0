import { createServer, request, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Unavailable, type Writer } from '../../db/database.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openRemoteDatabase } from '../../db/worker/open.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { unpackCell } from '../../surveys/tally.ts'
import { countRows, freePort, makeSurvey, response, type Store, serverStore, spec, withoutServer } from './support.ts'

/** Stands between the writer and the server and may meddle with a request on its way. */
interface Wire {
  readonly url: string
  /** Called with the body of each request before it goes on; what it returns is waited for. */
  meddle: (body: string) => Promise<unknown> | undefined
  close(): Promise<void>
}

async function wireTo(target: string): Promise<Wire> {
  const port = await freePort()
  const server: Server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', async () => {
      const body = Buffer.concat(parts)
      await wire.meddle(body.toString('utf8'))
      const { method, headers } = incoming
      const onward = request(target + incoming.url, { method: method!, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(outgoing)
      })
      onward.end(body)
    })
  })
  const wire: Wire = {
    url: `http://127.0.0.1:${port}`,
    meddle: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return wire
}

/** Sends a request on by another way; the text of the server's answer. */
async function carryOut(url: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v3/pipeline`, { method: 'POST', body, headers })
  return answer.text()
}

const isLiveCommit = (body: string) => body.includes('INSERT INTO roll')

describe.skipIf(withoutServer)('the writer of a libSQL server, on a bad line', () => {
  let store: Store
  let wire: Wire
  let writer: Writer

  beforeAll(async () => {
    store = await serverStore()
  })
  afterAll(() => store?.dispose())
  beforeEach(async () => {
    wire = await wireTo(store.url)
    writer = await openRemoteWriter({ url: wire.url })
  })
  afterEach(async () => {
    wire.meddle = () => undefined
    await writer.stop()
    await wire.close()
  })

  test('a survey that closes between the reading and the writing is closed for all of the batch', async () => {
    const survey = await makeSurvey(writer)
    let closed = 0
    wire.meddle = (body) => {
      if (!isLiveCommit(body)) return undefined
      closed += 1
      return store.look.execute({
        sql: "UPDATE survey SET state = 'closed' WHERE jurisdiction_id = ?",
        args: [survey.jurisdiction],
      })
    }
    const items = [1, 2, 3].map((i) => response(survey, { person: `p${i}` }))
    expect(await Promise.all(items.map((item) => writer.submit(item)))).toEqual(['closed', 'closed', 'closed'])
    expect(closed).toBe(1)
    for (const table of ['roll', 'spent', 'slip', 'tally', 'participation']) {
      expect(await countRows(store.look, table, survey), table).toBe(0)
    }
  })

  test('a commit that was given up on cannot come through later, over newer sums', async () => {
    const survey = await makeSurvey(writer)
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let lateAnswer = Promise.resolve('')
    wire.meddle = (body) => {
      if (!isLiveCommit(body)) return undefined
      wire.meddle = () => undefined
      lateAnswer = held.then(() => carryOut(store.url, body))
      return new Promise(() => {})
    }
    const anna = response(survey, { person: 'anna' })
    await expect(writer.submit(anna)).rejects.toThrow(Unavailable)
    expect(await writer.submit(response(survey, { person: 'bert' }))).toBe('accepted')
    letGo()
    expect(await lateAnswer).toContain('writer_replaced')
    expect(await writer.submit(response(survey, { person: 'cora' }))).toBe('accepted')
    expect(await countRows(store.look, 'roll', survey)).toBe(2)
    const { rows } = await store.look.execute({
      sql: 'SELECT slips, sums FROM tally WHERE jurisdiction_id = ?',
      args: [survey.jurisdiction],
    })
    expect(rows.map((row) => Number(row['slips']))).toEqual([2])
    expect(await writer.submit(anna)).toBe('accepted')
  })

  test('a commit whose answer was lost is confirmed when it is sent again, and counted once', async () => {
    const survey = await makeSurvey(writer)
    const anna = response(survey, { person: 'anna' })
    wire.meddle = (body) => {
      if (!isLiveCommit(body)) return undefined
      wire.meddle = () => undefined
      // The server carries it out, the writer never hears of it.
      return carryOut(store.url, body).then(() => new Promise(() => {}))
    }
    await expect(writer.submit(anna)).rejects.toThrow(Unavailable)
    expect(await writer.submit(anna)).toBe('replayed')
    expect(await writer.submit(response(survey, { person: 'bert' }))).toBe('accepted')
    const { rows } = await store.look.execute({
      sql: 'SELECT slips, sums FROM tally WHERE jurisdiction_id = ?',
      args: [survey.jurisdiction],
    })
    const sums = unpackCell(spec, new Uint8Array(rows[0]?.['sums'] as ArrayBuffer))
    expect([Number(rows[0]?.['slips']), sums.slips]).toEqual([2, 2])
    await writer.stop()
    const behind = await store.look.execute({
      sql: `SELECT 1 FROM tally JOIN tally_moments USING (jurisdiction_id, survey_id, organ_id, cell, ledger)
        WHERE jurisdiction_id = ? AND tally.slips = tally_moments.slips`,
      args: [survey.jurisdiction],
    })
    expect(behind.rows).toHaveLength(1)
  })

  test('with the server gone everyone is told to come back within three seconds, and the writer recovers by itself', async () => {
    const survey = await makeSurvey(writer)
    expect(await writer.submit(response(survey, { person: 'before' }))).toBe('accepted')
    wire.meddle = () => new Promise(() => {})
    const began = performance.now()
    const items = Array.from({ length: 200 }, (_, i) => response(survey, { person: `p${i}` }))
    const settled = await Promise.allSettled(items.map((item) => writer.submit(item)))
    expect(performance.now() - began).toBeLessThan(4_000)
    expect(settled.every((result) => result.status === 'rejected' && result.reason instanceof Unavailable)).toBe(true)
    wire.meddle = () => undefined
    expect(await writer.submit(response(survey, { person: 'after' }))).toBe('accepted')
    // Who was told to come back and comes back is counted once, whether or not the first try got through after all.
    const again = await Promise.all(items.map((item) => writer.submit(item)))
    expect(again.every((outcome) => outcome === 'accepted' || outcome === 'replayed')).toBe(true)
    expect(await countRows(store.look, 'roll', survey)).toBe(202)
  })

  test('a start gives up after three seconds too, and says why', async () => {
    wire.meddle = () => new Promise(() => {})
    const began = performance.now()
    await expect(migrateDatabase({ url: wire.url })).rejects.toThrow('the database server does not answer')
    expect(performance.now() - began).toBeLessThan(4_000)
    wire.meddle = () => undefined
    expect(await migrateDatabase({ url: wire.url })).toBe(0)
  })

  test('a read gives up after three seconds', async () => {
    const reader = openRemoteDatabase(wire.url)
    expect(await reader.$client.execute('SELECT 1 AS one')).toMatchObject({ rows: [{ one: 1 }] })
    wire.meddle = () => new Promise(() => {})
    const began = performance.now()
    await expect(reader.$client.execute('SELECT 1')).rejects.toThrow()
    const waited = performance.now() - began
    expect(waited).toBeGreaterThan(2_500)
    expect(waited).toBeLessThan(4_000)
  })
})
