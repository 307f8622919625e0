import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { openDoor } from '../../server/node/listening.ts'
import { freePort } from '../db/support.ts'

/** Opens sockets one after another; how many of them the server has kept, told by an answer that each gets. */
async function countKept(port: number, sockets: number): Promise<number> {
  const open: Socket[] = []
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
  })
  const isKept = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'))
      open.push(socket)
      socket.once('data', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
    })
  let kept = 0
  for (let at = 0; at < sockets; at++) if (await isKept()) kept += 1
  return kept
}

async function openTestDoor(env: Record<string, string>): Promise<number> {
  const port = await freePort()
  const config = readConfig({ PORT: String(port), DEMO: '0', ...env }, () => '')
  if (!config.ok) throw new Error(config.error)
  const { server } = await openDoor(config.value)
  onTestFinished(() => void server.close())
  return port
}

describe('one network', () => {
  test('holds two hundred sockets at most', async () => {
    expect(await countKept(await openTestDoor({}), 230)).toBe(200)
  })

  test('control: a trusted proxy speaks for everybody and may hold more', async () => {
    expect(await countKept(await openTestDoor({ TRUSTED_PROXIES: '127.0.0.1' }), 230)).toBe(230)
  })
})
