import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asJson, countedIn, countRoll, openForm, postForm, postJson } from './requests.ts'
import { nodeWithFile, nodeWithServer, type Target, withoutServer, workerWithServer } from './targets.ts'

// The same few requests in every shape in which an installation runs.
const targets = [
  { name: 'Node with an embedded file', start: nodeWithFile, skipped: false },
  { name: 'Node with a libSQL server', start: () => nodeWithServer(), skipped: withoutServer },
  {
    name: 'Node with a libSQL server and reads from a replica',
    start: () => nodeWithServer({ replica: 'following' }),
    skipped: withoutServer,
  },
  { name: 'workerd with a Durable Object and a libSQL server', start: workerWithServer, skipped: withoutServer },
]

const results = new Map<string, string>()

for (const { name, start, skipped } of targets) {
  describe.skipIf(skipped)(name, () => {
    let target: Target

    beforeAll(async () => {
      target = await start()
    }, 120_000)
    afterAll(async () => {
      await target?.stop()
    })

    test('serves the start page with its security headers, and 304 to who has it', async () => {
      const page = await fetch(target.base + target.demo.public)
      expect(page.status).toBe(200)
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
      const again = await fetch(target.base + target.demo.public, {
        headers: { 'if-none-match': page.headers.get('etag')! },
      })
      expect(again.status).toBe(304)
    })

    test('takes a form from code to receipt; the same bytes again bring the same receipt, others are refused', async () => {
      const form = await openForm(target, target.demo.recipientSpare[0]!)
      const before = await countedIn(target)
      const first = await postForm(target, form.path, [...form.fields, [form.question, '4']])
      expect(first.status).toBe(303)
      const again = await postForm(target, form.path, [...form.fields, [form.question, '4']])
      expect(again.headers.get('location')).toBe(first.headers.get('location'))
      const other = await postForm(target, form.path, [...form.fields, [form.question, '1']])
      expect(other.status).toBe(409)
      const receipt = await fetch(target.base + first.headers.get('location')!)
      expect(receipt.status).toBe(200)
      const after = await countedIn(target)
      expect(after.roll - before.roll).toBe(1)
      expect(after.slips - before.slips).toBe(1)
    })

    test('takes JSON, and a forged eligibility is unknown', async () => {
      const form = await openForm(target, target.demo.recipientSpare[2]!)
      const accepted = await postJson(target, form.path, asJson(form, '5'))
      expect(accepted.status).toBe(200)
      const body = (await accepted.json()) as { outcome: string; receipt: { sig: string } }
      expect(body.outcome).toBe('accepted')
      const replayed = (await (await postJson(target, form.path, asJson(form, '5'))).json()) as typeof body
      expect(replayed).toEqual({ ...body, outcome: 'replayed' })
      const forged = await postJson(target, form.path, { ...asJson(form, '5'), elig: 'A'.repeat(200) })
      expect(forged.status).toBe(404)
    })

    test('sixty-four parallel submissions of one ticket, form and JSON mixed, are counted once with one receipt', async () => {
      const form = await openForm(target, target.demo.recipientSpare[1]!)
      const before = await countedIn(target)
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, at) =>
          at % 2 === 0
            ? postForm(target, form.path, [...form.fields, [form.question, '3']])
            : postJson(target, form.path, asJson(form, '3')),
        ),
      )
      const receipts = new Set<string>()
      for (const answer of answers) {
        expect([200, 303]).toContain(answer.status)
        const location = answer.headers.get('location') ?? ((await answer.json()) as { location: string }).location
        receipts.add(new URL(location, target.base).searchParams.get('g')!)
      }
      expect(receipts.size).toBe(1)
      const after = await countedIn(target)
      expect(after).toEqual({ participation: before.participation + 1, roll: before.roll + 1, slips: before.slips + 1 })
    })

    test('answers every wrong code alike, byte for byte', async () => {
      const bodies = new Set<string>()
      for (const code of ['0000-0000-0000-0000', 'ZZZZ-ZZZZ-ZZZZ-ZZZZ', '7K3M-0111-8QRS-TVWX']) {
        const answer = await postForm(target, '/r', [['code', code]])
        expect(answer.status).toBe(404)
        bodies.add(await answer.text())
      }
      expect(bodies.size).toBe(1)
    })

    test('seals what a form without script sends: the last answer counts, once, under one receipt', async () => {
      const form = await openForm(target, target.demo.leaderSpare[0]!)
      const inBox = async () => {
        const { rows } = await target.look.execute('SELECT count(*), sum(ver) FROM box')
        return { envelopes: Number(rows[0]![0]), versions: Number(rows[0]![1]) }
      }
      const before = await inBox()
      const counted = await countedIn(target)
      const locations = []
      for (const value of ['4', '2']) {
        const answer = await postForm(target, form.path, [...form.fields, [form.question, value]])
        expect(answer.status).toBe(303)
        locations.push(answer.headers.get('location')!)
      }
      expect(locations[1]).toBe(locations[0])
      expect((await fetch(target.base + locations[0])).status).toBe(200)
      expect(await inBox()).toEqual({ envelopes: before.envelopes + 1, versions: before.versions + 2 })
      // Nothing of it can be counted before the box is opened.
      expect((await countedIn(target)).slips).toBe(counted.slips)
    })

    test('refuses whoever has answered already as soon as the code is shown, without waiting for a replica', async () => {
      const form = await openForm(target, target.demo.recipientSpare[3]!)
      const code = target.demo.recipientSpare[3]!.slice(3)
      expect((await postForm(target, form.path, [...form.fields, [form.question, '4']])).status).toBe(303)
      expect((await postForm(target, '/r', [['code', code]])).status).toBe(409)
    })

    test('publishes the same scores as every other shape', async () => {
      const page = await (await fetch(target.base + target.demo.results)).text()
      const table = /<table class="iv[\s\S]*?<\/table>/.exec(page)![0]
      results.set(name, table)
      expect(table).toMatch(/<b>\d\d\.\d\d<\/b>/)
      expect(new Set(results.values()).size).toBe(1)
    })

    test('says that it lives and is ready', async () => {
      expect((await fetch(`${target.base}/healthz`)).status).toBe(200)
      expect((await fetch(`${target.base}/readyz`)).status).toBe(200)
    })
  })
}

describe.skipIf(withoutServer)('D21: with a replica that has stopped following', () => {
  let target: Target

  beforeAll(async () => {
    target = await nodeWithServer({ replica: 'stopped' })
  }, 120_000)
  afterAll(async () => {
    await target?.stop()
  })

  test('a spent ticket is refused, where it is shown and where it answers, and its receipt is good', async () => {
    const address = target.demo.recipientSpare[0]!
    const form = await openForm(target, address)
    const first = await postForm(target, form.path, [...form.fields, [form.question, '4']])
    expect(first.status).toBe(303)
    expect((await postForm(target, '/r', [['code', address.slice(3)]])).status).toBe(409)
    expect((await postJson(target, form.path, asJson(form, '1'))).status).toBe(409)
    expect((await fetch(target.base + first.headers.get('location')!)).status).toBe(200)
    // Control: the replica answers, and has not heard of it.
    const { rows } = await target.replica!.execute(countRoll)
    const { roll } = await countedIn(target)
    expect(Number(rows[0]![0])).toBe(roll - 1)
  })
})

describe.skipIf(withoutServer)('when the database server is gone', () => {
  let target: Target

  beforeAll(async () => {
    target = await nodeWithServer()
  }, 120_000)
  afterAll(async () => {
    await target?.stop()
  })

  test('forms are still served, a submission is told to come back within three seconds and a half, and then counts once', async () => {
    const form = await openForm(target, target.demo.recipientSpare[2]!)
    await fetch(target.base + target.demo.public)
    await target.killDatabase!()
    // What was read is good for a second: whoever keeps asking sees the page for longer than that.
    for (const killed = performance.now(); performance.now() - killed < 2_500; )
      expect((await fetch(target.base + target.demo.public)).status).toBe(200)
    const asked = performance.now()
    const refused = await postForm(target, form.path, [...form.fields, [form.question, '4']])
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(performance.now() - asked).toBeLessThan(3_500)
    // Without script the filled form comes back, so that nothing is lost; and so it does the next time.
    expect(await refused.text()).toMatch(/value="4"[^>]*checked|checked[^>]*value="4"/)
    const again = await postForm(target, form.path, [...form.fields, [form.question, '4']])
    expect(again.status).toBe(503)
    expect(await again.text()).toMatch(/value="4"[^>]*checked|checked[^>]*value="4"/)
    await target.reviveDatabase!()
    await expect
      .poll(async () => (await postForm(target, form.path, [...form.fields, [form.question, '4']])).status, {
        timeout: 15_000,
      })
      .toBe(303)
    const { rows } = await target.look.execute(
      "SELECT count(*) FROM slip WHERE survey_id IN (SELECT id FROM survey WHERE state = 'open' AND group_id = 'recipients')",
    )
    expect(Number(rows[0]![0])).toBe(1)
  })
})

describe.skipIf(withoutServer)('at the edge', () => {
  let target: Target

  beforeAll(async () => {
    target = await workerWithServer()
  }, 120_000)
  afterAll(async () => {
    await target?.stop()
  })

  test('a writer that was replaced sends the form back once, and the next one takes over again', async () => {
    const form = await openForm(target, target.demo.recipientSpare[0]!)
    const send = (value: string) => postForm(target, form.path, [...form.fields, [form.question, value]])
    const other = await openForm(target, target.demo.recipientSpare[1]!)
    expect((await postForm(target, other.path, [...other.fields, [other.question, '3']])).status).toBe(303)
    const successor = await target.takeOver!()
    const refused = await send('4')
    expect(refused.status).toBe(503)
    expect(await refused.text()).toMatch(/value="4"[^>]*checked|checked[^>]*value="4"/)
    const before = await countedIn(target)
    expect((await send('4')).status).toBe(303)
    expect((await send('4')).status).toBe(303)
    expect((await countedIn(target)).roll).toBe(before.roll + 1)
    // Never two at a time: the one in between writes no more.
    await expect(successor.transact({ statements: [] })).rejects.toThrow('another writer has taken over')
    await successor.stop()
  })

  test('that begins while the database is gone lives, says that it is not ready, and serves as soon as it is back', async () => {
    const edge = await target.secondEdge!()
    await target.killDatabase!()
    try {
      expect((await fetch(`${edge.url}/healthz`)).status).toBe(200)
      for (const path of ['/readyz', target.demo.public]) {
        const page = await fetch(edge.url + path)
        expect(page.status, path).toBe(503)
        expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
      }
      await target.reviveDatabase!()
      expect((await fetch(edge.url + target.demo.public)).status).toBe(200)
    } finally {
      await edge.stop()
    }
  })
})
