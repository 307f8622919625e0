import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Books, faultsOfBooks, storm } from './support/books.ts'
import { undurable } from './support/checks.ts'
import { createCrowd, newAgent, send } from './support/crowd.ts'
import { createInstallation, type Installation, statusOf } from './support/installation.ts'
import { buildChildren, type Children, preparePlace, type SmallPlace } from './support/small.ts'
import { type Fault, readTrace, straceWords, syncedLog, whyNoFaults } from './support/strace.ts'
import { errorTrials } from './support/trials.ts'

const missing = whyNoFaults()
const seconds = 120_000

describe.skipIf(missing !== '')(`D18: a disk that fails${missing && ` (skipped: ${missing})`}`, () => {
  let children: Children
  let place: SmallPlace
  beforeAll(async () => {
    children = await buildChildren()
    place = await preparePlace()
  })
  afterAll(async () => {
    await children?.dispose()
    await place?.dispose()
  })

  test(
    'at any one flush confirms nothing that is not flushed, leaves nothing half, and the writer goes on',
    async () => {
      const failed = await errorTrials(children, place, 'fsync', () => 'EIO')
      const full = await errorTrials(children, place, 'fsync', () => 'ENOSPC')
      expect([...failed.faults, ...full.faults]).toEqual([])
      for (const { met, refusals } of [failed, full]) {
        expect(met).toBeGreaterThanOrEqual(7)
        expect(refusals).toBeGreaterThan(0)
      }
    },
    seconds,
  )

  test(
    'or is full, at any one write, confirms nothing that is not flushed, leaves nothing half, and the writer goes on',
    async () => {
      const writes = await errorTrials(children, place, 'pwrite64', (at) => (at % 2 === 0 ? 'EIO' : 'ENOSPC'), 3)
      expect(writes.faults).toEqual([])
      expect(writes.met).toBeGreaterThanOrEqual(15)
      expect(writes.refusals).toBeGreaterThan(0)
    },
    seconds,
  )

  for (const fault of [
    { call: 'fsync', meets: 'EIO', at: 14, onwards: true },
    { call: 'pwrite64', meets: 'ENOSPC', at: 200, onwards: true },
    { call: 'pwrite64', meets: 'EIO', at: 200, onwards: true },
  ] as const) {
    test(
      `with ${fault.meets} at every ${fault.call} the server answers 503 and shows its pages, until the disk is well again`,
      async () => {
        const installation = await createInstallation()
        onTestFinished(installation.dispose)
        await expectOutage(installation, fault)
      },
      seconds,
    )
  }

  test(
    'control: a process that acknowledges before it commits is found out by the order of its calls',
    async () => {
      const task = { do: 'submit', jurisdiction: place.jurisdiction } as const
      // One person only: the sums of the first are flushed later, at times between the question and answer of the next.
      const hasty = await children.run({ ...task, phases: [1], url: await place.copy(), hasty: true })
      expect(undurable(hasty.calls)).toEqual(['0 was accepted without a flush of the log'])
      const patient = await children.run({ ...task, phases: [1, 1], url: await place.copy() })
      expect(undurable(patient.calls)).toEqual([])
      expect(patient.lines).toContain('ack 1 accepted')
    },
    seconds,
  )
})

async function expectOutage(installation: Installation, fault: Fault): Promise<void> {
  const trace = join(installation.folder, 'trace')
  const server = installation.start({ wrap: ['strace', ...straceWords(trace, fault, { outlived: true })] })
  await server.ready
  const { port } = server
  const crowd = createCrowd(installation)
  const books = new Books()
  let refused = 0
  for (let tries = 0; refused < 10 && tries < 200; tries++) {
    const person = await crowd.next()
    const answer = await send(port, person)
    books.note(person, answer)
    refused = answer.kind === 'unavailable' ? refused + 1 : 0
    // Whoever is answered one after the other has a flush of the log of their own.
    const flushes = readTrace(readFileSync(trace, 'utf8')).filter(syncedLog).length
    expect(flushes).toBeGreaterThanOrEqual(books.receipts.size)
  }
  expect(refused).toBe(10)
  const taken = books.receipts.size
  expect(taken).toBeGreaterThan(0)
  const agent = newAgent(32)
  const burst = await Promise.all(Array.from({ length: 100 }, () => crowd.next()))
  const answers = await Promise.all(burst.map((person) => send(port, person, agent)))
  agent.destroy()
  for (const [at, answer] of answers.entries()) books.note(burst[at]!, answer)
  expect(books.receipts.size).toBe(taken)
  for (const path of ['/', installation.cycle.path('public'), '/healthz']) expect(await statusOf(port, path)).toBe(200)

  const tracer = /TracerPid:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]
  process.kill(Number(tracer), 'SIGTERM')
  const well = performance.now()
  for (const person of burst) {
    const answer = await send(port, person)
    if (answer.kind === 'taken') break
    expect(answer.kind).toBe('unavailable')
  }
  expect(performance.now() - well).toBeLessThan(2_000)
  await storm(port, books, crowd, { mayCome: () => false })
  expect(books.pending).toEqual([])
  server.process.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
  expect(await faultsOfBooks(installation, crowd, books)).toEqual([])
}
