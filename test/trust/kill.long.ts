import { expect, test } from 'vitest'
import { askAgain, Books, faultsOfBooks, storm } from './support/books.ts'
import { createCrowd } from './support/crowd.ts'
import { createInstallation } from './support/installation.ts'
import { killAgainAndAgain } from './support/kills.ts'

// R1: a thousand kills under load, in twenty installations one after the other.

test('a thousand kills lose no acknowledged response and count none twice', async () => {
  let kills = 0
  let acknowledged = 0
  const ready: number[] = []
  for (let round = 1; round <= 20; round++) {
    const installation = await createInstallation()
    const crowd = createCrowd(installation)
    const books = new Books()
    const done = await killAgainAndAgain(installation, crowd, books, 50)
    const server = installation.start()
    await server.ready
    await storm(server.port, books, crowd, { mayCome: () => false })
    await askAgain(server.port, books, 20)
    server.process.kill('SIGTERM')
    await server.ended
    expect(books.pending).toEqual([])
    expect(await faultsOfBooks(installation, crowd, books)).toEqual([])
    expect((await installation.recount()).code).toBe(0)
    installation.dispose()
    kills += done.underLoad
    acknowledged += books.receipts.size
    ready.push(...done.readyMs)
  }
  ready.sort((left, right) => left - right)
  const at = (share: number) => Math.round(ready[Math.floor(ready.length * share)]!)
  console.log(`${kills} kills under load, ${acknowledged} acknowledged, ready p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
  expect(kills).toBe(1_000)
  expect(acknowledged).toBeGreaterThan(250_000)
})
