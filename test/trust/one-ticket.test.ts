import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fields as names } from '../../client/urls.ts'
import { hiddenFields } from '../support/app.ts'
import { type Answer, newAgent, type Person, send } from './support/crowd.ts'
import { createInstallation, type Installation, type RunningServer } from './support/installation.ts'

// R7 and D1 over sockets: the service receipts of the installation, each typed in by somebody who then presses the
// button sixty-four times at once, as a form and by a script.

const times = 64
const rounds = 20

let installation: Installation
let server: RunningServer
beforeAll(async () => {
  installation = await createInstallation()
  server = installation.start()
  await server.ready
})
afterAll(async () => {
  server?.process.kill('SIGTERM')
  await server?.ended
  installation?.dispose()
})

/** The same response as form and as JSON, from the form that a typed code brings. */
async function fill(code: string, organ: string, mark: number): Promise<Omit<Person, 'tag' | 'marks'>[]> {
  const page = await fetch(`http://127.0.0.1:${server.port}/r`, {
    method: 'POST',
    body: new URLSearchParams([[names.code, code]]),
  })
  expect(page.status).toBe(200)
  const hidden = hiddenFields(await page.text())
  const value = (name: string) => hidden.find(([field]) => field === name)?.[1] ?? ''
  const path = `${installation.cycle.path('recipients')}/answer`
  const form = new URLSearchParams([...hidden, [`q.${organ}.overall`, String(mark)], [`c.${organ}`, '办事很快']])
  const json = {
    v: 1,
    elig: value(names.eligibility),
    k: value(names.requestKey),
    answers: { [organ]: { overall: mark } },
    comments: { [organ]: '办事很快' },
  }
  return [
    { at: 0, kind: 'form', path, body: form.toString() },
    { at: 1, kind: 'json', path, body: JSON.stringify(json) },
  ]
}

const agent = newAgent(times)

async function press(port: number, [form, json]: readonly Omit<Person, 'tag' | 'marks'>[]): Promise<Answer[]> {
  // Another address for each, so that it is not the rate limit that counts.
  return Promise.all(
    Array.from({ length: times }, (_, at) => send(port, { ...(at % 2 === 0 ? form! : json!), at }, agent)),
  )
}

/** What is in the tables about recipients. */
async function counts(): Promise<Record<string, number>> {
  const look = createClient({ url: `file:${installation.databaseFile}`, concurrency: 1, timeout: 5_000 })
  const key = [installation.cycle.place.id, installation.cycle.survey('recipients').id]
  const found: Record<string, number> = {}
  for (const table of ['roll', 'spent', 'slip', 'comment']) {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ?`
    found[table] = Number((await look.execute({ sql, args: key })).rows[0]!['n'])
  }
  const sql = 'SELECT coalesce(sum(n), 0) AS n FROM participation WHERE jurisdiction_id = ? AND survey_id = ?'
  found['participation'] = Number((await look.execute({ sql, args: key })).rows[0]!['n'])
  look.close()
  return found
}

describe('D1: one ticket, sixty-four times at once', () => {
  test('twenty times over counts twenty, each with one receipt, whether it came as a form or as JSON', async () => {
    for (let round = 1; round <= rounds; round++) {
      const organ = installation.cycle.organs[round % installation.cycle.organs.length]!
      const answers = await press(server.port, await fill(installation.cycle.receipt(organ), organ, 1 + (round % 5)))
      expect(answers.filter(({ kind }) => kind !== 'taken')).toEqual([])
      const taken = answers.flatMap((answer) => (answer.kind === 'taken' ? [answer] : []))
      expect(new Set(taken.map(({ receipt }) => receipt)).size).toBe(1)
      // A form does not say which of the two it was.
      expect(taken.filter(({ outcome }) => outcome === 'accepted').length).toBeLessThanOrEqual(1)
      expect(await counts()).toEqual({ roll: round, spent: round, slip: round, comment: round, participation: round })
    }
  }, 60_000)

  test('D2: with two different marks one stands, and the other gets 409 every time', async () => {
    const before = await counts()
    const organ = installation.cycle.organs[0]!
    const [form] = await fill(installation.cycle.receipt(organ), organ, 5)
    const other = { ...form!, body: form!.body.replace('overall=5', 'overall=1') }
    const answers = await Promise.all(
      Array.from({ length: times }, (_, at) => send(server.port, { ...(at % 2 === 0 ? form! : other), at }, agent)),
    )
    const [even, odd] = [0, 1].map((part) => answers.filter((_, at) => at % 2 === part))
    const wonByEven = even![0]!.kind === 'taken'
    const [won, lost] = wonByEven ? [even!, odd!] : [odd!, even!]
    expect(won.map(({ kind }) => kind)).toEqual(Array(times / 2).fill('taken'))
    expect(lost.map((answer) => (answer.kind === 'other' ? answer.status : answer.kind))).toEqual(
      Array(times / 2).fill(409),
    )
    const after = await counts()
    expect(Object.keys(after).map((table) => after[table]! - before[table]!)).toEqual([1, 1, 1, 1, 1])
  }, 30_000)

  test('control: a server that looks before it counts is found to count more than once', async () => {
    const seen = new Set<string>()
    let counted = 0
    const naive: RequestListener = (request, response) => {
      request.resume().once('end', () => {
        const isNew = !seen.has('ticket')
        setTimeout(() => {
          if (isNew) counted += 1
          seen.add('ticket')
          response.writeHead(303, { location: '/done?t=one&g=receipt' }).end()
        }, 1)
      })
    }
    const careless = createServer(naive)
    await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve))
    const form = { at: 0, kind: 'form', path: '/', body: '' } as const
    const answers = await press((careless.address() as AddressInfo).port, [form, form])
    agent.destroy()
    careless.close()
    expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(times)
    expect(counted).toBeGreaterThan(1)
  })
})
