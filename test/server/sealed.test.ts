import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { envelopeOpener } from '../../server/node/envelopes.ts'
import { ticketMessage } from '../../surveys/ballot.ts'
import { base64url, fromBase64url } from '../../surveys/canonical.ts'
import { envelopeContext, envelopeInfo } from '../../surveys/envelope.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import {
  chooseOrgans,
  enterCode,
  enterPhone,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
} from '../support/respondent.ts'
import { createDevice, type Device, slip } from '../support/sealed-respondent.ts'

let app: TestApp
let cycle: TestCycle
let organs: readonly string[]
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 40 })
  organs = cycle.organs
})
afterAll(() => app.close())

const path = () => cycle.path('leaders')
let nextLeader = 0

async function manifestOf(group: 'leaders' | 'public', of = cycle): Promise<string> {
  const [row] = await look(app, 'SELECT manifest FROM survey WHERE jurisdiction_id = ? AND id = ?', [
    of.place.id,
    of.survey(group).id,
  ])
  return String(row!['manifest'])
}

/** A leader with the form in hand. */
async function leader(): Promise<{ elig: string; device: Device }> {
  const { elig } = await enterCode(app, cycle.leader(nextLeader++))
  return { elig, device: await createDevice(await manifestOf('leaders')) }
}

const satisfied = [5, 4, 4, 4, 4, 4, 4, 0]
const response = () => ({ slips: [slip(organs[0]!, satisfied)] })

/** A leader who has drawn a ticket. */
async function withTicket() {
  const { elig, device } = await leader()
  const issued = await sendJson(app, `${path()}/issue`, device.issueBody(elig))
  await device.takeSignature((await issued.json()).s)
  return { elig, device }
}

const boxed = async (tag: Uint8Array) => {
  const { rows } = await app.database.db.$client.execute({
    sql: 'SELECT ver, enc, ct FROM box WHERE tag = ?',
    args: [tag],
  })
  return rows
}

describe('a sealed response', () => {
  test('goes in by a ticket that the server signed without seeing it, and gets a receipt', async () => {
    const { elig, device } = await leader()
    const issued = await sendJson(app, `${path()}/issue`, device.issueBody(elig))
    expect(issued.status).toBe(200)
    const first = await issued.json()
    expect(first.outcome).toBe('accepted')
    // A retry days later gets the same bytes.
    const again = await (await sendJson(app, `${path()}/issue`, device.issueBody(elig))).json()
    expect(again).toEqual({ outcome: 'replayed', s: first.s })

    await device.takeSignature(first.s)
    const body = await device.submitBody(response())
    const sent = await sendJson(app, `${path()}/submit`, body)
    expect(sent.status).toBe(200)
    const { outcome, receipt, location } = await sent.json()
    expect(outcome).toBe('accepted')
    expect(receipt.tag).toBe(base64url(device.tag))
    const replay = await (await sendJson(app, `${path()}/submit`, body)).json()
    expect(replay.outcome).toBe('replayed')
    expect(replay.receipt).toEqual(receipt)
    const done = await app.request(location)
    expect(done.status).toBe(200)
    expect(await done.text()).toContain(receipt.tag)
  })

  test('can be read with the box key and by nobody without it', async () => {
    const { device } = await withTicket()
    const sent = response()
    await sendJson(app, `${path()}/submit`, await device.submitBody(sent))
    const [row] = await boxed(device.tag)
    const [enc, ct] = [new Uint8Array(row!['enc'] as ArrayBuffer), new Uint8Array(row!['ct'] as ArrayBuffer)]
    const survey = device.manifest.survey
    const key = await app.world.keys.boxKeyFile(survey)
    const info = envelopeInfo(survey, device.manifestHash)
    const aad = envelopeContext(survey, 'all', device.tag, 1)
    const read = envelopeOpener(key!, info)(enc, aad, ct)
    expect(new TextDecoder().decode(read!)).toContain(base64url(sent.slips[0]!.id))
    const guess = envelopeOpener(new Uint8Array(32).fill(7), info)
    expect(guess(enc, aad, ct)).toBeNull()
  })

  test('is replaced by a higher version and withdrawn, with the same receipt', async () => {
    const { device } = await withTicket()
    const send = async (body: unknown, where = 'submit') => {
      const answer = await sendJson(app, `${path()}/${where}`, body)
      return { status: answer.status, ...(await answer.json()) }
    }
    const first = await send(await device.submitBody(response(), 1))
    const second = await send(await device.submitBody(response(), 2))
    expect(second.receipt).toEqual(first.receipt)
    expect((await boxed(device.tag))[0]!['ver']).toBe(2)
    const other = await send(await device.submitBody(response(), 2))
    expect(other).toMatchObject({ status: 409, code: 'version_conflict', ver: 2 })
    const withdrawn = await send(device.withdrawBody(3), 'withdraw')
    expect(withdrawn).toMatchObject({ status: 200, receipt: first.receipt })
    expect(new Uint8Array((await boxed(device.tag))[0]!['ct'] as ArrayBuffer)).toHaveLength(0)
    expect((await send(await device.submitBody(response(), 4))).receipt).toEqual(first.receipt)
  })

  test('has one size, whatever was said', async () => {
    const sizes = new Set<number>()
    for (const count of [1, organs.length]) {
      const { device } = await withTicket()
      const slips = organs.slice(0, count).map((organ) => slip(organ, satisfied))
      sizes.add(String((await device.submitBody({ slips }))['ct']).length)
    }
    expect(sizes.size).toBe(1)
  })
})

describe('a second response of one person', () => {
  test('is refused: another blinded message is a second ticket', async () => {
    const { elig } = await withTicket()
    const second = await createDevice(await manifestOf('leaders'))
    const refused = await sendJson(app, `${path()}/issue`, second.issueBody(elig))
    expect(refused.status).toBe(409)
    expect((await refused.json()).code).toBe('spent')
  })

  test('is refused over the plain form too, and over the script after a plain form', async () => {
    const { elig } = await withTicket()
    const entered = {
      fields: [
        ['elig', elig],
        ['k', base64url(randomBytes(32))],
      ] as [string, string][],
      html: '',
      elig,
      k: '',
    }
    expect((await sendAnswers(app, path(), entered, [[`q.${organs[0]}.overall`, '4']])).status).toBe(409)

    const plain = await enterCode(app, cycle.leader(nextLeader))
    receiptOf(await sendAnswers(app, path(), plain, [[`q.${organs[0]}.overall`, '4']]))
    const again = await enterCode(app, cycle.leader(nextLeader++))
    const device = await createDevice(await manifestOf('leaders'))
    expect((await sendJson(app, `${path()}/issue`, device.issueBody(again.elig))).status).toBe(409)
  })

  test('is stopped after twenty tries', async () => {
    const { elig, device } = await leader()
    const statuses: number[] = []
    for (let i = 0; i < 21; i++) statuses.push((await sendJson(app, `${path()}/issue`, device.issueBody(elig))).status)
    expect(statuses.slice(0, 20).every((status) => status === 200)).toBe(true)
    expect(statuses[20]).toBe(429)
  })
})

describe('a citizen', () => {
  test('answers into the sealed box of the public', async () => {
    const place = cycle.path('public')
    const entered = await chooseOrgans(app, place, await enterPhone(app, place, '13912345678'), organs.slice(0, 2))
    const device = await createDevice(await manifestOf('public'))
    const issued = await (await sendJson(app, `${place}/issue`, device.issueBody(entered.elig))).json()
    await device.takeSignature(issued.s)
    const slips = [slip(organs[0]!, [5, 5, 5, 5, 5, 5, 0]), slip(organs[1]!, [2, -1, -1, -1, -1, -1, 1])]
    const sent = await sendJson(app, `${place}/submit`, await device.submitBody({ slips, attrs: { sex: 'female' } }))
    expect((await sent.json()).outcome).toBe('accepted')
  })
})

describe('bad tickets and envelopes', () => {
  const code = async (answer: Response) => ({ status: answer.status, code: (await answer.json()).code })

  test('a forged, foreign or unsigned ticket is unknown, in the same words', async () => {
    const { device } = await withTicket()
    const body = await device.submitBody(response())
    const other = ticketMessage(
      { survey: `${cycle.jid}/another-survey`, cell: 'all' },
      new Uint8Array(randomBytes(32)),
      new Uint8Array(randomBytes(32)),
    )
    const flipped = fromBase64url(String(body['sig']))!
    flipped[100]! ^= 1
    const bad = [
      { ...body, msg: base64url(other) },
      { ...body, sig: base64url(flipped) },
      { ...body, sig: base64url(new Uint8Array(256)) },
      { ...body, kid: 'AAAAAAAAAAA' },
      { ...body, msg: base64url(new Uint8Array(randomBytes(100))) },
    ]
    const answers = await Promise.all(bad.map((each) => sendJson(app, `${path()}/submit`, each)))
    const texts = await Promise.all(answers.map((each) => each.text()))
    expect(new Set(texts).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 404))
    expect(await boxed(device.tag)).toHaveLength(0)
  })

  test('a ticket of one survey opens no other', async () => {
    const { device } = await withTicket()
    const body = await device.submitBody(response())
    expect(await code(await sendJson(app, `${cycle.path('public')}/submit`, body))).toEqual({
      status: 404,
      code: 'unknown',
    })
    expect(await code(await sendJson(app, `${cycle.path('recipients')}/submit`, body))).toEqual({
      status: 404,
      code: 'unknown',
    })
  })

  test('what is malformed is named with its place', async () => {
    const { elig, device } = await leader()
    const issueBody = device.issueBody(elig)
    const place = (path: string, error: string) => ({ status: 400, errors: [{ path, code: error }] })
    const send = async (where: string, body: unknown) => {
      const answer = await sendJson(app, `${path()}/${where}`, body)
      const { errors } = await answer.json()
      return { status: answer.status, errors }
    }
    const { blinded: _, ...without } = issueBody
    expect(await send('issue', without)).toEqual(place('blinded', 'required'))
    for (const blinded of [
      '',
      'A'.repeat(342),
      '=',
      base64url(new Uint8Array(255)),
      base64url(new Uint8Array(256)),
      base64url(new Uint8Array(256).fill(255)),
      7,
      null,
    ])
      expect(await send('issue', { ...issueBody, blinded }), String(blinded)).toEqual(place('blinded', 'malformed'))
    expect(await send('issue', { ...issueBody, more: 1 })).toEqual(place('more', 'unknown_field'))
    expect(await code(await sendJson(app, `${path()}/issue`, { ...issueBody, kid: 'AAAAAAAAAAA' }))).toEqual({
      status: 400,
      code: 'unknown_kid',
    })
    expect(await code(await sendJson(app, `${path()}/issue`, { ...issueBody, elig: 'forged' }))).toEqual({
      status: 404,
      code: 'unknown',
    })
    await device.takeSignature((await (await sendJson(app, `${path()}/issue`, issueBody)).json()).s)
    const body = await device.submitBody(response())
    for (const ver of [0, 41, 1.5, '1', null])
      expect(await send('submit', { ...body, ver })).toEqual(place('ver', 'malformed'))
    expect(await send('submit', { ...body, v: 2 })).toEqual(place('v', 'malformed'))
    expect(await send('submit', { ...body, enc: base64url(new Uint8Array(64)) })).toEqual(place('enc', 'malformed'))
    // One byte less than any padded response has.
    expect(await send('submit', { ...body, ct: base64url(fromBase64url(String(body['ct']))!.slice(1)) })).toEqual(
      place('ct', 'malformed'),
    )
    expect(await send('submit', { ...body, ct: '' })).toEqual(place('ct', 'malformed'))
    expect(await send('withdraw', { ...body, ct: '' })).toMatchObject({ status: 400 })
    const large = await sendJson(app, `${path()}/submit`, { ...body, ct: 'A'.repeat(100_000) })
    expect(large.status).toBe(413)
    expect(await boxed(device.tag)).toHaveLength(0)
  })

  test('a form for one survey draws no ticket of another', async () => {
    const { elig } = await leader()
    const device = await createDevice(await manifestOf('public'))
    expect(await code(await sendJson(app, `${cycle.path('public')}/issue`, device.issueBody(elig)))).toEqual({
      status: 404,
      code: 'unknown',
    })
  })

  test('sixty-four uses of one ticket with other envelopes count once', async () => {
    const { device } = await withTicket()
    const bodies = await Promise.all(Array.from({ length: 64 }, () => device.submitBody(response())))
    const answers = await Promise.all(bodies.map((body) => sendJson(app, `${path()}/submit`, body)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(63)
    expect(await boxed(device.tag)).toHaveLength(1)
  })
})

describe('a signer that fails', () => {
  test('sends nothing of its result, and signs when it is asked again', async () => {
    const { elig, device } = await leader()
    const { keys } = app.world
    const signBlinded = keys.signBlinded
    const { SignerFault } = await import('../../server/issuer.ts')
    Object.assign(keys, {
      signBlinded: () => {
        throw new SignerFault()
      },
    })
    const failed = await sendJson(app, `${path()}/issue`, device.issueBody(elig))
    Object.assign(keys, { signBlinded })
    expect(failed.status).toBe(500)
    const body = await failed.json()
    expect(body.code).toBe('signer_fault')
    expect(JSON.stringify(body)).not.toMatch(/"s"/)
    const again = await (await sendJson(app, `${path()}/issue`, device.issueBody(elig))).json()
    expect(again.outcome).toBe('replayed')
    await device.takeSignature(again.s)
  })
})

describe('the close', () => {
  test('refuses new tickets and envelopes, and still gives everybody their receipt', async () => {
    const late = await createTestCycle(app, { plan: sealedPlan() })
    const place = late.path('leaders')
    // The right to answer is good for six hours.
    app.clock.time = late.closesAt - 3_600_000
    const { elig } = await enterCode(app, late.leader(0))
    const device = await createDevice(await manifestOf('leaders', late))
    const issued = await (await sendJson(app, `${place}/issue`, device.issueBody(elig))).json()
    await device.takeSignature(issued.s)
    const slips = [slip(late.organs[0]!, satisfied)]
    const kept = await device.submitBody({ slips })
    const { receipt } = await (await sendJson(app, `${place}/submit`, kept)).json()
    const second = await enterCode(app, late.leader(1))
    const stranger = await createDevice(await manifestOf('leaders', late))
    await late.close()
    expect((await sendJson(app, `${place}/issue`, stranger.issueBody(second.elig))).status).toBe(410)
    const replay = await sendJson(app, `${place}/submit`, kept)
    expect(replay.status).toBe(200)
    expect((await replay.json()).receipt).toEqual(receipt)
    expect((await sendJson(app, `${place}/submit`, await device.submitBody({ slips }, 2))).status).toBe(410)
    expect((await sendJson(app, `${place}/withdraw`, device.withdrawBody(2))).status).toBe(410)
    // The keys of the plain form are destroyed with the opening: its page is late, and nothing is wrong.
    const formed = [
      ['elig', second.elig],
      ['k', second.k],
      [`q.${late.organs[0]}.overall`, '4'],
    ] as const
    expect((await sendForm(app, `${place}/answer`, formed)).status).toBe(410)
    await app.world.keys.destroyBoxKeys(`${late.jid}/${late.survey('leaders').sid}`)
    expect((await sendForm(app, `${place}/answer`, formed)).status).toBe(410)
    expect((await sendForm(app, `${place}/form/withdraw`, formed)).status).toBe(410)
    expect(app.lines.filter(({ event }) => event === 'keys-missing')).toEqual([])
  })
})
