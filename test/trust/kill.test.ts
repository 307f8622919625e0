import { cpSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { askAgain, Books, faultsOfBooks, storm } from './support/books.ts'
import { type Crowd, createCrowd, type Person, send } from './support/crowd.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { killAgainAndAgain } from './support/kills.ts'

describe('the server killed fifty times under load', () => {
  let installation: Installation
  let crowd: Crowd
  const books = new Books()
  beforeAll(async () => {
    installation = await createInstallation()
    crowd = createCrowd(installation)
  })
  afterAll(() => installation?.dispose())

  test('loses no acknowledged response, counts none twice, gives the same receipt again, and its tallies equal a recount', async () => {
    const { underLoad, atStart, atRest } = await killAgainAndAgain(installation, crowd, books, 50)
    expect([underLoad, atStart, atRest]).toEqual([50, 5, 5])
    const server = installation.start()
    await server.ready
    // Whoever was left without an answer sends the same bytes again; some of those who had one ask again as well.
    await storm(server.port, books, crowd, { mayCome: () => false })
    expect(books.pending).toEqual([])
    expect(await askAgain(server.port, books, 20)).toBeGreaterThan(100)
    server.process.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    expect(await faultsOfBooks(installation, crowd, books)).toEqual([])
    const recount = await installation.recount(['--json'])
    expect(recount.stderr).toBe('')
    expect(recount.code).toBe(0)
    const { surveys } = JSON.parse(recount.stdout) as { surveys: { survey: string; responses: number }[] }
    expect(surveys.find(({ survey }) => survey === installation.name('public'))?.responses).toBe(books.receipts.size)
    // So that there was something to lose.
    expect(books.receipts.size).toBeGreaterThan(2_000)
  }, 240_000)

  describe('control: the comparison finds', () => {
    for (const [what, statement, pattern] of [
      [
        'an acknowledged response that is gone',
        'DELETE FROM spent WHERE tag = (SELECT min(tag) FROM spent)',
        /was acknowledged and is not there/,
      ],
      [
        'an entry of the roll that is gone',
        'DELETE FROM roll WHERE p = (SELECT min(p) FROM roll)',
        /on the roll instead of/,
      ],
      ['a slip that is gone', 'DELETE FROM slip WHERE id = (SELECT min(id) FROM slip)', /sums differ/],
      [
        'a response that is counted twice',
        `INSERT INTO slip SELECT jurisdiction_id, survey_id, randomblob(16), organ_id, cell, answers, salt, day FROM slip LIMIT 1`,
        /sums differ/,
      ],
      [
        'somebody nobody knows',
        `INSERT INTO spent SELECT jurisdiction_id, survey_id, randomblob(32), cell, msg, sig, logged FROM spent LIMIT 1`,
        /never told so/,
      ],
    ] as const) {
      test(what, async () => {
        const file = join(installation.folder, `damaged-${what.length}.db`)
        cpSync(installation.databaseFile, file)
        const client = createClient({ url: `file:${file}`, concurrency: 1 })
        await client.execute('DROP TRIGGER slip_keeps_all')
        await client.execute(statement)
        client.close()
        expect((await faultsOfBooks(installation, crowd, books, file)).join('\n')).toMatch(pattern)
      }, 60_000)
    }
  })
})

test('control: a server that acknowledges before it commits is found out by the same crowd', async () => {
  const installation = await createInstallation()
  onTestFinished(installation.dispose)
  const crowd = createCrowd(installation)
  const books = new Books()
  const hasty = await startHasty(crowd)
  onTestFinished(() => void hasty.server.close())
  await killAgainAndAgain(installation, hasty.crowd, books, 3, hasty)
  const server = installation.start()
  await server.ready
  await storm(server.port, books, crowd, { mayCome: () => false })
  server.process.kill('SIGTERM')
  await server.ended
  const faults = await faultsOfBooks(installation, crowd, books)
  expect(faults.join('\n')).toMatch(/was acknowledged and is not there/)
}, 60_000)

/** Stands before the real server, hands out the right receipt at once, and passes the response on a moment later. */
async function startHasty(crowd: Crowd): Promise<{ server: Server; crowd: Crowd; port: number; behind: number }> {
  const persons = new Map<string, Person>()
  const remembering: Crowd = {
    ...crowd,
    async next() {
      const person = await crowd.next()
      persons.set(person.body, person)
      return person
    },
  }
  const way = { port: 0, behind: 0, crowd: remembering }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const person = persons.get(Buffer.concat(parts).toString('utf8'))!
      const [tag, sig] = (await crowd.receiptOf(person)).split('.')
      if (person.kind === 'json') response.end(JSON.stringify({ outcome: 'accepted', receipt: { tag, sig } }))
      else response.writeHead(303, { location: `/done?t=${tag}&g=${sig}` }).end()
      setTimeout(() => void send(way.behind, person), 20)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  way.port = (server.address() as AddressInfo).port
  return Object.assign(way, { server })
}
