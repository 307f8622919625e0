import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Books, faultsOfBooks, storm } from './support/books.ts'
import { createCrowd, newAgent, send } from './support/crowd.ts'
import { createInstallation, type Installation, type RunningServer, statusOf } from './support/installation.ts'

// R3 and D18 with the server as it runs: its disk becomes full under load, later there is space again.

/** Takes the space away from a server's data, and gives it back. */
interface Disk {
  readonly folder: string
  fill(server: RunningServer): void
  free(server: RunningServer): void
  remove(): void
}

/** A small disk of its own, which only root may mount. */
function smallDisk(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', folder])
  const filler = join(folder, 'filler')
  return {
    folder,
    fill() {
      for (const size of [65_536, 4_096]) {
        try {
          for (;;) appendFileSync(filler, new Uint8Array(size))
        } catch {
          // Full for this size.
        }
      }
    },
    free: () => rmSync(filler),
    remove() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** In its place: no file of the process may grow beyond what the database has at that moment. */
function limitedFiles(): Disk {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-limit-'))
  const limit = (server: RunningServer, bytes: string) =>
    execFileSync('prlimit', [`--pid=${server.process.pid}`, `--fsize=${bytes}:unlimited`])
  mkdirSync(folder, { recursive: true })
  return {
    folder,
    fill: (server) => limit(server, '131072'),
    free: (server) => limit(server, 'unlimited'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const mayMount = (): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const mayLimit = (): boolean => spawnSync('prlimit', [`--pid=${process.pid}`, '--fsize']).status === 0

const disks: [string, () => Disk][] = []
if (mayMount()) disks.push(['a small disk', smallDisk])
if (mayLimit()) disks.push(['a limit on the size of files', limitedFiles])
// Nothing is skipped where tests decide: there one of the two must be possible.
if (disks.length === 0 && process.env['CI']) disks.push(['a small disk', smallDisk])

describe.skipIf(disks.length === 0)(
  `D18: a disk that is full${disks.length === 0 ? ' (skipped: neither mount nor prlimit may be used here)' : ''}`,
  () => {
    for (const [how, make] of disks) {
      test(`by ${how}: 503 with a time to come back, pages go on, and answers are taken again without a restart`, async () => {
        const disk = make()
        onTestFinished(disk.remove)
        const installation = await createInstallation({ dataFolder: disk.folder })
        // What was asked for last is done first: the server ends, then its disk goes.
        onTestFinished(installation.dispose)
        const server = installation.start()
        await server.ready
        await expectOutageAndRecovery(installation, server, disk)
      }, 90_000)
    }
  },
)

async function expectOutageAndRecovery(installation: Installation, server: RunningServer, disk: Disk): Promise<void> {
  const { port } = server
  const crowd = createCrowd(installation)
  const books = new Books()
  const start = installation.cycle.path('public')
  let come = 200
  const someCome = () => come-- > 0
  await storm(port, books, crowd, { mayCome: someCome })
  expect(books.receipts.size).toBe(200)

  disk.fill(server)
  // Until nobody is taken any more, a form and a JSON one after the other.
  const [form, json] = [await crowd.next(), await crowd.next()]
  let refused = 0
  for (let tries = 0; refused < 20 && tries < 4_000; tries++) {
    const person = refused === 0 ? await crowd.next() : refused % 2 === 0 ? form : json
    const answer = await send(port, person)
    // The two who try again and again stand in the books once.
    if (!books.pending.includes(person)) books.note(person, answer)
    refused = answer.kind === 'unavailable' ? refused + 1 : 0
    if (answer.kind !== 'unavailable') continue
    expect(Number(answer.retryAfter)).toBeGreaterThan(0)
    // The form comes back with everything that was in it; a program gets the code.
    if (person.kind === 'form')
      for (const organ of person.marks.keys()) expect(answer.text).toContain(`q.${organ}.overall`)
    else expect(JSON.parse(answer.text)).toMatchObject({ status: 503, code: 'try_again' })
    expect(await statusOf(port, start)).toBe(200)
    expect(await statusOf(port, '/')).toBe(200)
  }
  expect(refused).toBe(20)
  // Many at once as well.
  const taken = books.receipts.size
  const agent = newAgent(48)
  const burst = await Promise.all(Array.from({ length: 300 }, () => crowd.next()))
  const answers = await Promise.all(burst.map((person) => send(port, person, agent)))
  agent.destroy()
  for (const [at, answer] of answers.entries()) books.note(burst[at]!, answer)
  expect(books.receipts.size).toBe(taken)
  expect(books.faults).toEqual([])

  disk.free(server)
  const freed = performance.now()
  for (const person of burst) {
    const answer = await send(port, person)
    if (answer.kind === 'taken') break
    expect(answer.kind).toBe('unavailable')
  }
  expect(performance.now() - freed).toBeLessThan(2_000)
  come = 200
  await storm(port, books, crowd, { mayCome: someCome })
  expect(books.pending).toEqual([])
  expect(await statusOf(port, '/readyz')).toBe(200)
  // The same process all the while.
  expect(server.process.exitCode).toBeNull()
  server.process.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
  expect(await faultsOfBooks(installation, crowd, books)).toEqual([])
}
