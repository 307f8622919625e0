import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { holdFile } from '../../db/node/lock.ts'
import { temporaryFolder } from './support.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder?.dispose())

/** Another process that holds a file until it is killed. */
async function holder(path: string) {
  const module = fileURLToPath(new URL('../../db/node/lock.ts', import.meta.url))
  const text = `import { holdFile } from ${JSON.stringify(module)}
    globalThis.held = holdFile(${JSON.stringify(path)})
    process.stdout.write(globalThis.held ? 'held' : 'refused')
    setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', text])
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (part: Buffer) => resolve(part.toString('utf8')))
    child.stderr.once('data', (part: Buffer) => reject(new Error(part.toString('utf8'))))
  })
  const kill = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  return { said, kill }
}

describe('holdFile', () => {
  test('lets one in: nobody of this process and nobody of another', async () => {
    const path = `${folder.path}/one.lock`
    const held = holdFile(path)
    expect(held).not.toBeNull()
    expect(holdFile(path)).toBeNull()
    expect((await holder(path)).said).toBe('refused')
    // A try that failed takes nothing away from who holds it.
    expect(holdFile(path)).toBeNull()
    held?.release()
    expect((await holder(path)).said).toBe('held')
  })

  test('is over when the holder was killed, and leaves an empty file', async () => {
    const path = `${folder.path}/killed.lock`
    const other = await holder(path)
    expect(other.said).toBe('held')
    expect(holdFile(path)).toBeNull()
    await other.kill()
    const held = holdFile(path)
    expect(held).not.toBeNull()
    expect(statSync(path).size).toBe(0)
    held?.release()
  })

  test('says when the file cannot be made', () => {
    expect(() => holdFile(`${folder.path}/nowhere/x.lock`)).toThrow()
  })
})
