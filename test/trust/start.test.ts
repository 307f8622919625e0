import { request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { serverStore, withoutServer } from '../db/support.ts'
import { freePort } from '../support/server.ts'
import { Books, storm } from './support/books.ts'
import { createCrowd } from './support/crowd.ts'
import { type RunningServer, statusOf } from './support/installation.ts'
import { linesOf, useStarts } from './support/starts.ts'

// One process writes. A second one that is started by mistake changes nothing for it; one that was replaced goes; one
// that is told to stop first finishes.

const starts = useStarts()

describe('a second start on the same data', () => {
  for (const where of ['on the same port', 'on another port']) {
    test(`${where} refuses with one message, and the first goes on taking answers`, async () => {
      const first = starts.start()
      await first.ready
      const crowd = createCrowd(starts.installation, where === 'on the same port' ? 0 : 100)
      const message = await starts.refusal({}, where === 'on the same port' ? starts.port : await freePort())
      const lock = `${starts.installation.databaseFile}.lock`
      expect(message).toBe(
        `DATA_DIR: another Gongping is running on ${starts.installation.databaseFile} (it holds ${lock}); stop that one first, or give this one a DATA_DIR of its own`,
      )
      const books = new Books()
      let come = 20
      await storm(starts.port, books, crowd, { connections: 4, mayCome: () => come-- > 0 })
      expect(books.faults).toEqual([])
      expect(books.receipts.size).toBe(20)
      expect(await statusOf(starts.port, '/readyz')).toBe(200)
    })
  }

  test('is a first one again as soon as the other was killed', async () => {
    const first = starts.start()
    await first.ready
    first.process.kill('SIGKILL')
    await first.ended
    await starts.start().ready
  })

  test.skipIf(withoutServer)('refuses on a libSQL server as well, where the folder is the same', async () => {
    const store = await serverStore()
    onTestFinished(() => store.dispose())
    const { environment, data } = starts.nothingYet()
    const first = starts.start({ ...environment, DATABASE_URL: store.url })
    await first.ready
    expect(await starts.refusal({ ...environment, DATABASE_URL: store.url }, await freePort())).toBe(
      `DATA_DIR: another Gongping is running on ${data} (it holds ${data}/gongping.lock); stop that one first`,
    )
    expect(await statusOf(starts.port, '/readyz')).toBe(200)
    await starts.stop(first)
  })

  test('control: on data of its own it runs beside the first', async () => {
    await starts.start().ready
    await starts.start({ ...starts.nothingYet().environment, DEMO: '0' }, await freePort()).ready
    expect(await statusOf(starts.port, '/readyz')).toBe(200)
  })
})

describe('a writer that was replaced', () => {
  async function expectEnd(server: RunningServer): Promise<void> {
    await expect.poll(() => statusOf(server.port, '/readyz'), { timeout: 10_000, interval: 20 }).toBe(503)
    expect((await server.ended).code).toBe(20)
    expect(linesOf(server).filter(({ event }) => event === 'replaced')).toHaveLength(1)
    expect(server.said()).toContain('another process has taken over the database')
  }

  test('says so once, is ready no more and ends, although nobody sends anything', async () => {
    const server = starts.start()
    await server.ready
    // Past the lock, as only another program could.
    const successor = await openEmbeddedWriter(`file:${starts.installation.databaseFile}`)
    await expectEnd(server)
    await successor.stop()
  })

  test.skipIf(withoutServer)('does the same on a libSQL server', async () => {
    const store = await serverStore()
    onTestFinished(() => store.dispose())
    const server = starts.start({ ...starts.nothingYet().environment, DATABASE_URL: store.url })
    await server.ready
    const successor = await openRemoteWriter({ url: store.url })
    await expectEnd(server)
    await successor.stop()
  })
})

describe('a stop', () => {
  // Rejects something that nobody waits for, as the client of a database may, whenever it is told to.
  const rejecting = {
    NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGUSR2',()=>{Promise.reject(new(RangeError)('planted'))})`,
  }

  test('by SIGTERM is told on /readyz before the door shuts, and ends with 0', async () => {
    const server = starts.start()
    await server.ready
    server.process.kill('SIGTERM')
    await expect.poll(() => statusOf(starts.port, '/readyz'), { interval: 5 }).toBe(503)
    // Pages are still served in this moment.
    expect(await statusOf(starts.port, '/')).toBe(200)
    expect((await server.ended).code).toBe(0)
    expect(await statusOf(starts.port, '/readyz')).toBe(0)
  })

  test('by a rejection that nobody waits for ends with 1 and names it', async () => {
    const server = starts.start(rejecting)
    await server.ready
    server.process.kill('SIGUSR2')
    expect((await server.ended).code).toBe(1)
    const events = linesOf(server).map(({ event, error }) => [event, error])
    expect(events).toEqual([
      ['unhandled', 'RangeError'],
      ['stopping', undefined],
    ])
  })

  test('under way is not cut short by such a rejection: requests still get their answer', async () => {
    const server = starts.start(rejecting)
    await server.ready
    const options = { method: 'POST', path: '/r', headers: { 'content-length': '9', 'content-type': form } }
    const slow = request({ host: '127.0.0.1', port: starts.port, ...options })
    const answered = new Promise<number>((resolve, reject) => {
      slow.once('error', reject)
      slow.once('response', (response) => resolve(response.resume().statusCode ?? 0))
    })
    slow.write('code=')
    server.process.kill('SIGTERM')
    await expect.poll(() => statusOf(starts.port, '/readyz'), { interval: 5 }).toBe(503)
    server.process.kill('SIGUSR2')
    await expect.poll(() => server.said(), { interval: 5 }).toContain('RangeError')
    slow.end('0000')
    expect(await answered).toBe(422)
    expect((await server.ended).code).toBe(1)
  })

  test('in which something goes wrong ends all the same, with 1', async () => {
    // The thread that computes scores cannot be ended.
    const planted = `import{Worker}from'node:worker_threads';Worker.prototype.terminate=()=>Promise.reject(new(RangeError)('planted'))`
    const server = starts.start({ NODE_OPTIONS: `--import=data:text/javascript,${planted}` })
    await server.ready
    const { jid, cycle } = starts.installation.cycle
    expect(await statusOf(starts.port, `/results/${jid}/${cycle.code}`)).toBe(200)
    server.process.kill('SIGINT')
    expect((await server.ended).code).toBe(1)
    expect(linesOf(server).map(({ error }) => error)).toContain('RangeError')
    // And it has let go of its data.
    await starts.start().ready
  })

  const form = 'application/x-www-form-urlencoded'
})
