import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareBytes, fromBase64url } from '../../surveys/canonical.ts'
import { sendJson } from '../support/respondent.ts'
import { createDevice } from '../support/sealed-respondent.ts'
import {
  type Delivery,
  type Evening,
  type Message,
  openStage,
  type Passed,
  PEOPLE,
  type Person,
  type Reply,
  readReply,
  type Stage,
} from './evening.ts'

// A network loses messages and replies, doubles them, turns their order round and brings some only after the close. What
// people are told must be true all the same, and nobody may count twice. Plans of such evenings are drawn at random: where
// messages come one after the other, a model of a few lines says what each is answered; where they come together, what
// holds in any order is held against the replies and the tables.

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.app.close())

const version = fc.integer({ min: 1, max: 3 })
const either = fc.constantFrom(0 as const, 1 as const)
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'issue', device: 0 } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'issue', device: 1 } as const) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('submit' as const), version, envelope: either }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), version }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'form' } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('live' as const), body: either }) },
)
const delivery = fc.record({
  person: fc.nat({ max: PEOPLE - 1 }),
  message,
  copies: fc.nat({ max: 3 }),
  isHeard: fc.boolean(),
})
/** Some begin as they should, by drawing a ticket and hearing of it. */
const deliveries = fc
  .tuple(fc.subarray([0, 1, 2]), fc.array(delivery, { minLength: 12, maxLength: 30 }))
  .map(([proper, others]): readonly Delivery[] => [
    ...proper.map((person) => ({ person, message: { kind: 'issue', device: 0 } as const, copies: 1, isHeard: true })),
    ...others,
  ])
const evening = (width: fc.Arbitrary<number>): fc.Arbitrary<Evening> =>
  fc.record({ deliveries, width, closesAfter: fc.integer({ min: 6, max: 33 }) })

// ---- what must be true --------------------------------------------------------------------------------------------

/** Whatever came in whatever order. */
function faultsIn({ people, happened, before, atClose, after }: Passed): string[] {
  const faults: string[] = []
  const blame = (isFault: boolean, what: string) => {
    if (isFault) faults.push(what)
  }
  for (const [at] of people.entries()) {
    const sealed = happened.filter(({ person, message }) => person === at && message.kind !== 'live')
    const given = sealed.filter(({ reply }) => reply.status === 200)
    const receipts = new Set(given.map(({ reply }) => reply.receipt).filter((receipt) => receipt !== ''))
    const signatures = new Set(given.map(({ reply }) => reply.s).filter((s) => s !== ''))
    blame(receipts.size > 1, 'one person has two receipts')
    blame(signatures.size > 1, 'one person has two signatures')
    const usedForm = given.some(({ message }) => message.kind === 'form')
    blame(signatures.size === 1 && usedForm, 'one person has a ticket and a plain form')

    const [receipt = ''] = receipts
    const row = after.box.get(receipt.split('.')[0]!)
    const accepted = given.filter(({ reply, message }) => reply.outcome === 'accepted' && message.kind !== 'issue')
    blame(accepted.length > 0 && !row, 'what was accepted is not in the box')
    if (!row) continue
    if (usedForm) blame(row.version !== accepted.length, 'a plain form was accepted and is not the next version')
    else {
      const versions = accepted.map(({ message }) => ('version' in message ? message.version : 0))
      blame(new Set(versions).size !== versions.length, 'one version was accepted twice')
      const highest = accepted.find(({ message }) => 'version' in message && message.version === Math.max(...versions))
      blame(row.version !== Math.max(...versions), 'the box does not hold the highest version')
      blame(!isIn(row, people[at]!, highest!.message), 'the box holds another envelope than the accepted one')
    }
    for (const { step, message, reply } of given.filter(({ message }) => message.kind !== 'form')) {
      const again = sealed.filter((each) => each.step > step && isSame(each.message, message))
      const isKept = again.every(
        (each) => each.reply.status === 200 && each.reply.s === reply.s && each.reply.receipt === reply.receipt,
      )
      blame(!isKept, 'a retry of what was taken got another answer')
    }
  }
  for (const [at] of people.entries()) {
    const live = happened.filter(({ person, message }) => person === at && message.kind === 'live')
    const taken = live.filter(({ reply }) => reply.status === 200)
    blame(new Set(taken.map(({ reply }) => reply.receipt)).size > 1, 'one person has two live receipts')
    blame(taken.filter(({ reply }) => reply.outcome === 'accepted').length > 1, 'one person was counted live twice')
    blame(new Set(taken.map(({ message }) => JSON.stringify(message))).size > 1, 'two live responses were taken')
  }
  const counted = happened.filter(({ message, reply }) => message.kind === 'live' && reply.outcome === 'accepted')
  blame(after.slips - before.slips !== counted.length, 'slips are not those that were accepted')
  blame(after.roll < after.spent, 'more tickets are spent than were drawn')
  blame(after.roll - before.roll > people.length, 'more people are on the roll than came')
  blame(after.box.size !== after.spent, 'tickets and envelopes differ')
  const isUnchanged =
    after.roll === atClose.roll &&
    [...after.box].every(([tag, { version, ct }]) => {
      const then = atClose.box.get(tag)
      return then?.version === version && compareBytes(then.ct, ct) === 0
    })
  blame(!isUnchanged || after.slips !== atClose.slips, 'something was changed after the close')
  return faults
}

const isSame = (one: Message, other: Message) => JSON.stringify(one) === JSON.stringify(other)

function isIn(row: { enc: Uint8Array; ct: Uint8Array }, { bodies }: Person, message: Message): boolean {
  if (message.kind === 'withdraw') return row.ct.length === 0
  if (message.kind !== 'submit') return false
  const { enc, ct } = bodies.get(`${message.version}/${message.envelope}`)!
  const isEqual = (bytes: Uint8Array, text: unknown) => compareBytes(bytes, fromBase64url(String(text))!) === 0
  return isEqual(row.enc, enc) && isEqual(row.ct, ct)
}

/** One person at a survey to which messages come one after the other. */
class Model {
  #drawn: 'nobody' | 'form' | 0 | 1 = 'nobody'
  #version = 0
  #content = ''
  #live: number | null = null

  answer(message: Message, isOpen: boolean): { status: number; outcome: string } {
    if (message.kind === 'issue') return this.#issue(message.device, isOpen)
    if (message.kind === 'form') return this.#form(isOpen)
    if (message.kind === 'live') return this.#answerLive(message.body, isOpen)
    return this.#put(message.version, message.kind === 'submit' ? String(message.envelope) : '', isOpen)
  }

  #issue(device: 0 | 1, isOpen: boolean) {
    if (this.#drawn === device) return replayed
    if (!isOpen) return closed
    if (this.#drawn !== 'nobody') return refused
    this.#drawn = device
    return accepted
  }

  #form(isOpen: boolean) {
    if (!isOpen) return closed
    if (this.#drawn !== 'form' && this.#drawn !== 'nobody') return refused
    this.#drawn = 'form'
    this.#version += 1
    return accepted
  }

  #put(version: number, content: string, isOpen: boolean) {
    if (this.#version === 0 && !isOpen) return closed
    if (this.#version === 0 && content === '') return unknown
    if (version < this.#version) return replayed
    if (version === this.#version) return content === this.#content ? replayed : refused
    if (!isOpen) return closed
    ;[this.#version, this.#content] = [version, content]
    return accepted
  }

  #answerLive(body: number, isOpen: boolean) {
    if (this.#live === body) return replayed
    if (!isOpen) return closed
    if (this.#live !== null) return refused
    this.#live = body
    return accepted
  }
}

const accepted = { status: 200, outcome: 'accepted' }
const replayed = { status: 200, outcome: 'replayed' }
const refused = { status: 409, outcome: '' }
const closed = { status: 410, outcome: '' }
const unknown = { status: 404, outcome: '' }

describe('messages that are lost, doubled, reordered and late', () => {
  test('one after the other get the answers of the model, and nobody counts twice', async () => {
    const kinds = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(evening(fc.constant(1)), async (plan) => {
        // Copies of one message follow one another too.
        const deliveries = plan.deliveries.flatMap((each) =>
          Array.from({ length: Math.max(1, each.copies) }, () => ({ ...each, copies: Math.min(1, each.copies) })),
        )
        const passed = await stage.pass({ ...plan, deliveries })
        const models = passed.people.map(() => new Model())
        for (const { person, message, reply, isLate } of passed.happened) {
          const expected = models[person]!.answer(message, !isLate)
          expect({ message, isLate, status: reply.status, outcome: reply.outcome }).toEqual({
            message,
            isLate,
            ...expected,
          })
          const kind = `${message.kind} ${expected.status} ${expected.outcome}`
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        }
        expect(faultsIn(passed)).toEqual([])
      }),
      { numRuns: 60, seed: 20_261 },
    )
    // The evenings were worth living through: of each message every answer that it can get.
    expect([...kinds.keys()].sort()).toEqual([
      ...['form 200 accepted', 'form 409 ', 'form 410 '],
      ...['issue 200 accepted', 'issue 200 replayed', 'issue 409 ', 'issue 410 '],
      ...['live 200 accepted', 'live 200 replayed', 'live 409 ', 'live 410 '],
      ...['submit 200 accepted', 'submit 200 replayed', 'submit 409 ', 'submit 410 '],
      ...['withdraw 200 accepted', 'withdraw 200 replayed', 'withdraw 404 ', 'withdraw 409 ', 'withdraw 410 '],
    ])
  }, 120_000)

  test('at the same time leave one response of each person, one receipt, and the highest version in the box', async () => {
    let acceptedAtOnce = 0
    await fc.assert(
      fc.asyncProperty(evening(fc.integer({ min: 2, max: 8 })), async (plan) => {
        const passed = await stage.pass(plan)
        expect(faultsIn(passed)).toEqual([])
        acceptedAtOnce += passed.happened.filter(({ reply }) => reply.outcome === 'accepted').length
      }),
      { numRuns: 60, seed: 20_262 },
    )
    expect(acceptedAtOnce).toBeGreaterThan(100)
  }, 120_000)

  test('control: a second receipt, a lost version, a late change would each be found', async () => {
    const deliver = (message: Message): Delivery => ({ person: 0, message, copies: 1, isHeard: true })
    const submit = (version: number): Message => ({ kind: 'submit', version, envelope: 0 })
    const deliveries = [{ kind: 'issue', device: 0 } as const, submit(1), submit(2), submit(2)].map(deliver)
    const passed = await stage.pass({ deliveries, width: 1, closesAfter: 9 })
    expect(faultsIn(passed)).toEqual([])
    const { happened } = passed
    const changed = (at: number, reply: Partial<Reply>) =>
      happened.map((each, i) => (i === at ? { ...each, reply: { ...each.reply, ...reply } } : each))
    const tag = happened[1]!.reply.receipt.split('.')[0]!
    const box = (version: number) => new Map([...passed.after.box, [tag, { ...passed.after.box.get(tag)!, version }]])
    expect(faultsIn({ ...passed, happened: changed(3, { receipt: `${tag}.other` }) })).toContain(
      'one person has two receipts',
    )
    expect(faultsIn({ ...passed, happened: changed(3, { outcome: 'accepted' }) })).toContain(
      'one version was accepted twice',
    )
    expect(faultsIn({ ...passed, happened: changed(3, { status: 410 }) })).toContain(
      'a retry of what was taken got another answer',
    )
    expect(faultsIn({ ...passed, after: { ...passed.after, box: box(1) } })).toContain(
      'the box does not hold the highest version',
    )
    expect(faultsIn({ ...passed, atClose: { ...passed.atClose, box: box(1) } })).toContain(
      'something was changed after the close',
    )
    expect(faultsIn({ ...passed, after: { ...passed.after, roll: passed.after.spent - 1 } })).toContain(
      'more tickets are spent than were drawn',
    )
  })
})

describe('sixty-four uses at once', () => {
  const times = <T>(make: (at: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 64 }, (_, at) => make(at)))
  const tally = (replies: readonly (Reply | null)[]) => {
    const counts: Record<string, number> = {}
    for (const reply of replies) {
      const name = `${reply?.status} ${reply?.outcome}`.trim()
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }
  const drawn = async () => {
    const person = await stage.newPerson()
    const reply = await stage.send(person, { kind: 'issue', device: 0 })
    await person.devices[0]!.takeSignature(reply!.s)
    person.signed.add(person.devices[0]!)
    return person
  }

  test('of one ticket accept one envelope and give every try the same receipt', async () => {
    const person = await drawn()
    const body = await stage.envelopeOf(person, person.devices[0]!, { version: 1, envelope: 0 })
    const before = await stage.rows()
    const replies = await times(async () =>
      readReply(await sendJson(stage.app, `${stage.path}/submit`, body, { from: person.from })),
    )
    expect(tally(replies)).toEqual({ '200 accepted': 1, '200 replayed': 63 })
    expect(new Set(replies.map(({ receipt }) => receipt)).size).toBe(1)
    const after = await stage.rows()
    expect([after.spent - before.spent, after.box.size - before.box.size]).toEqual([1, 1])
  })

  test('of one person sign one ticket, on whatever device', async () => {
    const [same, another] = [await stage.newPerson(), await stage.newPerson()]
    const before = await stage.rows()
    const repeated = await times(() => stage.send(same, { kind: 'issue', device: 0 }))
    const { '200 accepted': signed, '200 replayed': again = 0, '429': halted = 0, ...more } = tally(repeated)
    expect([signed, again + halted, more]).toEqual([1, 63, {}])
    expect(new Set(repeated.map((reply) => reply!.s).filter((s) => s !== '')).size).toBe(1)
    const devices = await times(() => createDevice(stage.manifest))
    const tried = await times(async (at) =>
      readReply(
        await sendJson(stage.app, `${stage.path}/issue`, devices[at]!.issueBody(another.elig), { from: another.from }),
      ),
    )
    const { '200 accepted': only, '409': refusals = 0, '429': stopped = 0, ...rest } = tally(tried)
    expect([only, refusals + stopped, rest]).toEqual([1, 63, {}])
    expect((await stage.rows()).roll - before.roll).toBe(2)
  })

  test('of one plain form leave one response, nineteen versions at most, one receipt', async () => {
    const person = await stage.newPerson()
    const before = await stage.rows()
    const replies = await times(() => stage.send(person, { kind: 'form' }))
    const taken = replies.filter((reply) => reply!.status === 200)
    expect(taken.length).toBeGreaterThan(0)
    expect(taken.length).toBeLessThanOrEqual(19)
    expect(replies.every((reply) => reply!.status === 200 || reply!.status === 409)).toBe(true)
    expect(new Set(taken.map((reply) => reply!.receipt)).size).toBe(1)
    const after = await stage.rows()
    expect([after.roll - before.roll, after.spent - before.spent, after.box.size - before.box.size]).toEqual([1, 1, 1])
    expect(after.box.get(taken[0]!.receipt.split('.')[0]!)!.version).toBe(taken.length)
  })

  test('of one live ticket count one response', async () => {
    const person = await stage.newPerson()
    const before = await stage.rows()
    const replies = await times((at) => stage.send(person, { kind: 'live', body: at % 2 === 0 ? 0 : 1 }))
    expect(tally(replies)).toEqual({ '200 accepted': 1, '200 replayed': 31, '409': 32 })
    expect(new Set(replies.map((reply) => reply!.receipt).filter((receipt) => receipt !== '')).size).toBe(1)
    expect((await stage.rows()).slips - before.slips).toBe(1)
  })
})
