import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable, type Writer } from '../../db/database.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { countRows, makeSurvey, response, temporaryFolder } from './support.ts'

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const mayMount = canMount()

describe.skipIf(!mayMount)(`a full disk${mayMount ? '' : ' (skipped: only root may mount a small disk)'}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let writer: Writer

  beforeAll(async () => {
    folder = await temporaryFolder()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'none', folder.path])
    await migrateDatabase({ url: `file:${folder.path}/small.db` })
    writer = await openEmbeddedWriter(`file:${folder.path}/small.db`)
  })
  afterAll(async () => {
    await writer?.stop()
    if (!folder) return
    execFileSync('umount', ['-l', folder.path])
    await folder.dispose()
  })

  test('is told as an outage, loses and halves nothing, and is over as soon as there is space, without a restart', async () => {
    const look = createClient({ url: `file:${folder.path}/small.db`, concurrency: 1, timeout: 5_000 })
    const survey = await makeSurvey(writer)
    const accepted: string[] = []
    const send = (from: number, to: number) =>
      Promise.allSettled(
        Array.from({ length: to - from }, async (_, i) => {
          const person = `p${from + i}`
          const outcome = await writer.submit(response(survey, { person, organs: [1, 2, 3] }))
          if (outcome === 'accepted') accepted.push(person)
          return outcome
        }),
      )
    await send(0, 50)
    await fill(`${folder.path}/filler`)
    let outages = 0
    for (let round = 0; round < 40; round++) {
      for (const result of await send(1_000 + round * 50, 1_050 + round * 50)) {
        if (result.status === 'fulfilled') continue
        expect(result.reason).toBeInstanceOf(Unavailable)
        outages += 1
      }
    }
    expect(outages).toBeGreaterThan(0)
    // Reads go on while nothing can be written.
    expect(await countRows(look, 'roll', survey)).toBe(accepted.length)

    await rm(`${folder.path}/filler`)
    const settled = await send(5_000, 5_050)
    expect(settled.every((result) => result.status === 'fulfilled' && result.value === 'accepted')).toBe(true)
    expect(await countRows(look, 'roll', survey)).toBe(accepted.length)
    expect(await countRows(look, 'spent', survey)).toBe(accepted.length)
    expect(await countRows(look, 'slip', survey)).toBe(3 * accepted.length)
    const { rows } = await look.execute('SELECT sum(slips) AS n FROM tally')
    expect(rows[0]?.['n']).toBe(3 * accepted.length)
    expect((await look.execute('PRAGMA integrity_check')).rows[0]?.[0]).toBe('ok')
    look.close()
  })
})

/** Leaves no room: writes until the disk refuses. */
async function fill(path: string): Promise<void> {
  for (const size of [65_536, 4_096]) {
    try {
      for (;;) await writeFile(path, new Uint8Array(size), { flag: 'a' })
    } catch {
      // Full for this size.
    }
  }
}
