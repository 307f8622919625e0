import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { deskOf } from '../support/desk.ts'
import { emptyRosters, messagesOf, sendFile, table } from '../support/invitations.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { signIn } from '../support/respondent.ts'

// A real process that sends to a real mail server and is killed in the middle: nobody gets two messages, whoever got none is
// counted, and what nobody can know is said.

const people = 12

let app: TestApp
let cycle: TestCycle
let server: MailServer
let child: ChildProcess | null = null
beforeEach(async () => {
  server = await startMailServer()
  // The process that sends has the clock of the machine.
  app = await createTestApp({ time: Date.now(), world: { mail: { send: async () => {} } } })
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
  const rows = Array.from({ length: people }, (_, at) => [`L-${at}`, `person-${at}@example.org`])
  await sendFile(app, cookie, `${path}/import`, { press: 'import' }, table(['编号', '邮箱'], ...rows))
  const words = { subjectZh: '请评价', textZh: '{link}', subjectEn: 'Please rate', textEn: '{link}' }
  const started = await deskOf(app, cookie).post(`${path}/send`, { kind: 'invite', via: 'mail', ...words })
  expect(started.status).toBe(303)
  // From here on the database is another process's.
  await app.world.writer.stop()
}, 60_000)
afterEach(async () => {
  child?.kill('SIGKILL')
  await server.stop()
  await app.close()
})

/** Lets a sender run until it ends or is killed with the message of this number, before or after the server's answer. */
async function send(
  way: 'honest' | 'naive',
  killed: { at: number; when: 'before' | 'after' } | null,
): Promise<boolean> {
  const sender = join(import.meta.dirname, '../support/sender.ts')
  const running = spawn(process.execPath, ['--import', 'tsx', sender, app.database.folder, server.url, way], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  child = running
  let count = 0
  server.onMessage = async () => {
    count += 1
    if (killed === null || count !== killed.at) return
    if (killed.when === 'after') return void setImmediate(() => running.kill('SIGKILL'))
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  const code = running.exitCode ?? running.signalCode ?? (await once(running, 'exit'))[0]
  return code === 0
}

const perPerson = () => {
  const counts = new Map<string, number>()
  for (const { to } of server.taken) counts.set(to, (counts.get(to) ?? 0) + 1)
  return counts
}

test('a sender that is killed midway, twice, sends nobody two messages and loses nobody', async () => {
  expect(await send('honest', { at: 3, when: 'before' })).toBe(false)
  expect(server.taken).toHaveLength(3)
  expect(await send('honest', { at: 4, when: 'after' })).toBe(false)
  expect(await send('honest', null)).toBe(true)
  const counts = perPerson()
  expect([...counts.values()].filter((n) => n > 1)).toEqual([])
  const states = await messagesOf(app, cycle.survey('leaders').id)
  // The first was surely cut off; whether the second was told in time only it could say.
  expect([1, 2]).toContain(states['unknown'])
  expect((states['sent'] ?? 0) + states['unknown']!).toBe(people)
  expect(counts.size).toBeGreaterThanOrEqual(states['sent'] ?? 0)
  expect(people - counts.size).toBeLessThanOrEqual(states['unknown']!)
}, 60_000)

test('control: a sender that claims a message after handing it over is found out by the same kill', async () => {
  expect(await send('naive', { at: 3, when: 'before' })).toBe(false)
  expect(await send('naive', null)).toBe(true)
  expect([...perPerson().values()].filter((n) => n > 1)).toHaveLength(1)
}, 60_000)
