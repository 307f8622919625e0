import { randomBytes } from 'node:crypto'
import { moveSurvey } from '../../db/writer/statements.ts'
import { forgetContexts } from '../../server/surveys.ts'
import { base64url } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { manifestText } from '../support/box.ts'
import { createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { receiptOf, sendAnswers, sendJson } from '../support/respondent.ts'
import { createDevice, type Device, slip } from '../support/sealed-respondent.ts'

// Evenings at a sealed survey and a live one: people whose messages are lost, doubled, brought together or after the close,
// and everything that they were answered.

export type Message =
  /** Draws a ticket on the first device or on another one. */
  | { readonly kind: 'issue'; readonly device: 0 | 1 }
  /** A version of the response, in one of two envelopes. */
  | { readonly kind: 'submit'; readonly version: number; readonly envelope: 0 | 1 }
  | { readonly kind: 'withdraw'; readonly version: number }
  | { readonly kind: 'form' }
  /** One of two live responses, to the other survey. */
  | { readonly kind: 'live'; readonly body: 0 | 1 }

export interface Delivery {
  readonly person: number
  readonly message: Message
  /** 0: lost on its way. */
  readonly copies: number
  /** Whether the reply came back. */
  readonly isHeard: boolean
}

export interface Evening {
  readonly deliveries: readonly Delivery[]
  /** So many are under way together. */
  readonly width: number
  /** After so many deliveries the surveys close. */
  readonly closesAfter: number
}

export interface Reply {
  readonly status: number
  readonly outcome: string
  /** Signature of a ticket. */
  readonly s: string
  /** Tag and signature of a receipt. */
  readonly receipt: string
}

export interface Person {
  /** Each has an own address, so that it is not the rate limit that counts. */
  readonly from: string
  readonly elig: string
  readonly devices: readonly Device[]
  /** Devices that have heard their signature. */
  readonly signed: Set<Device>
  /** The very bytes of each envelope, the same in every try. */
  readonly bodies: Map<string, Record<string, unknown>>
  readonly live: { readonly elig: string; readonly k: string }
}

export interface Happened {
  readonly step: number
  readonly person: number
  readonly message: Message
  readonly reply: Reply
  readonly isLate: boolean
}

export interface Rows {
  readonly roll: number
  readonly spent: number
  /** Version and envelope by tag. */
  readonly box: ReadonlyMap<string, { readonly version: number; readonly enc: Uint8Array; readonly ct: Uint8Array }>
  readonly slips: number
}

/** What happened in an evening, and what the tables held before it, at the close and at its end. */
export interface Passed {
  readonly people: readonly Person[]
  readonly happened: readonly Happened[]
  readonly before: Rows
  readonly atClose: Rows
  readonly after: Rows
}

/** How many people an evening has. */
export const PEOPLE = 3

const HOUR_MS = 3_600_000

/** The two surveys, where one evening follows another. */
export class Stage {
  readonly app: TestApp
  readonly cycle: TestCycle
  readonly manifest: string
  /** Path of the sealed survey. */
  readonly path: string

  constructor(app: TestApp, cycle: TestCycle, manifest: string) {
    this.app = app
    this.cycle = cycle
    this.manifest = manifest
    this.path = cycle.path('public')
  }

  async newPerson(): Promise<Person> {
    const { app, cycle, manifest } = this
    const { keys } = app.world
    const id = base64url(randomBytes(16))
    const expires = app.clock.time + 5 * HOUR_MS
    const grant = async (group: 'public' | 'recipients') => {
      const survey = `${cycle.jid}/${cycle.survey(group).sid}`
      const p = new Uint8Array(await keys.pseudonym(survey, id))
      const of =
        group === 'public' ? { adapter: 'sms' as const } : { adapter: 'receipt' as const, organ: cycle.organs[0]! }
      // As the text message or the ticket code would have given it.
      return { elig: await keys.sealEligibility({ survey, pseudonym: p, cell: 'all', expires, ...of }) }
    }
    const [a, b, c] = randomBytes(3)
    return {
      ...(await grant('public')),
      from: `10.${a}.${b}.${c}`,
      devices: [await createDevice(manifest), await createDevice(manifest)],
      signed: new Set(),
      bodies: new Map(),
      live: { ...(await grant('recipients')), k: base64url(randomBytes(32)) },
    }
  }

  /** Sends a message if the device can make it; null where it lacks a ticket. An overloaded writer is asked again. */
  async send(person: Person, message: Message): Promise<Reply | null> {
    for (;;) {
      const reply = await this.#sendOnce(person, message)
      if (reply?.status !== 503) return reply
    }
  }

  async #sendOnce(person: Person, message: Message): Promise<Reply | null> {
    const { app, cycle, path } = this
    const { from } = person
    const organ = cycle.organs[0]!
    if (message.kind === 'form') {
      const fields: [string, string][] = [
        ['elig', person.elig],
        ['k', person.live.k],
        ['o', organ],
      ]
      const answers = [[`q.${organ}.overall`, '4']] as const
      const sent = await sendAnswers(app, path, { fields, html: '', elig: '', k: '' }, answers, { from })
      if (sent.status !== 303) return { status: sent.status, outcome: '', s: '', receipt: '' }
      const { tag, signature } = receiptOf(sent)
      return { status: 200, outcome: 'accepted', s: '', receipt: `${tag}.${signature}` }
    }
    if (message.kind === 'live') {
      const { elig, k } = person.live
      const answers = { [organ]: { overall: 4 - message.body } }
      return readReply(await sendJson(app, `${cycle.path('recipients')}/answer`, { v: 1, elig, k, answers }, { from }))
    }
    if (message.kind === 'issue') {
      const body = person.devices[message.device]!.issueBody(person.elig)
      return readReply(await sendJson(app, `${path}/issue`, body, { from }))
    }
    const device = person.devices.find((each) => person.signed.has(each))
    if (!device) return null
    if (message.kind === 'withdraw')
      return readReply(await sendJson(app, `${path}/withdraw`, device.withdrawBody(message.version), { from }))
    return readReply(await sendJson(app, `${path}/submit`, await this.envelopeOf(person, device, message), { from }))
  }

  /** The body of a version, made once. */
  async envelopeOf(person: Person, device: Device, { version, envelope }: { version: number; envelope: number }) {
    const name = `${version}/${envelope}`
    const slips = [slip(this.cycle.organs[0]!, [5 - envelope, -1, -1, -1, -1, -1, 0])]
    const body = person.bodies.get(name) ?? (await device.submitBody({ slips }, version))
    // Two tries that are made in the same moment send the same bytes.
    const kept = person.bodies.get(name) ?? body
    person.bodies.set(name, kept)
    return kept
  }

  async rows(): Promise<Rows> {
    const { app, cycle } = this
    const read = async (sql: string, group: 'public' | 'recipients') => {
      const args = [cycle.place.id, cycle.survey(group).id]
      const where = 'WHERE jurisdiction_id = ? AND survey_id = ?'
      return (await app.database.db.$client.execute({ sql: `${sql} ${where}`, args })).rows
    }
    const count = async (table: string, group: 'public' | 'recipients' = 'public') =>
      Number((await read(`SELECT count(*) AS n FROM ${table}`, group))[0]!['n'])
    const bytes = (value: unknown) => new Uint8Array(value as ArrayBuffer)
    const box = (await read('SELECT tag, ver, enc, ct FROM box', 'public')).map(
      ({ tag, ver, enc, ct }) =>
        [base64url(bytes(tag)), { version: Number(ver), enc: bytes(enc), ct: bytes(ct) }] as const,
    )
    return {
      roll: await count('roll'),
      spent: await count('spent'),
      box: new Map(box),
      slips: await count('slip', 'recipients'),
    }
  }

  async #move(from: 'open' | 'closed', to: 'open' | 'closed'): Promise<void> {
    const { app, cycle } = this
    const surveys = (['public', 'recipients'] as const).map((group) => cycle.survey(group).id)
    const moved = await app.world.writer.transact({
      statements: surveys.map((survey) => moveSurvey(cycle.place.id, survey, from, to)),
    })
    if (!moved.ok || moved.value.some((rows) => rows.length !== 1)) throw new Error('the surveys did not move')
    forgetContexts(app.world)
  }

  /** Lets an evening pass among fresh people. Afterwards the surveys are open again, for the next one. */
  async pass({ deliveries, width, closesAfter }: Evening): Promise<Passed> {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => this.newPerson()))
    const happened: Happened[] = []
    const before = await this.rows()
    let atClose: Rows | null = null
    for (let from = 0; from < deliveries.length; ) {
      if (atClose === null && from >= closesAfter) {
        await this.#move('open', 'closed')
        atClose = await this.rows()
      }
      const to = Math.min(
        from + width,
        deliveries.length,
        atClose === null ? Math.max(closesAfter, from + 1) : Infinity,
      )
      const [step, isLate] = [from, atClose !== null]
      const together = deliveries.slice(from, to).flatMap((each) => Array.from({ length: each.copies }, () => each))
      const replies = await Promise.all(
        together.map(async ({ person, message, isHeard }) => {
          const reply = await this.send(people[person]!, message)
          return { person, message, isHeard, reply }
        }),
      )
      for (const { person, message, isHeard, reply } of replies) {
        if (!reply) continue
        happened.push({ step, person, message, reply, isLate })
        if (message.kind !== 'issue' || reply.s === '' || !isHeard) continue
        const device = people[person]!.devices[message.device]!
        if (!people[person]!.signed.has(device)) await device.takeSignature(reply.s)
        people[person]!.signed.add(device)
      }
      from = to
    }
    if (atClose === null) {
      await this.#move('open', 'closed')
      atClose = await this.rows()
    }
    const after = await this.rows()
    await this.#move('closed', 'open')
    return { people, happened, before, atClose, after }
  }
}

export async function openStage(): Promise<Stage> {
  const app = await createTestApp()
  const cycle = await createTestCycle(app, { plan: sealedPlan() })
  return new Stage(app, cycle, await manifestText(app, cycle, 'public'))
}

/** What a reply in JSON says. */
export async function readReply(response: Response): Promise<Reply> {
  const {
    outcome = '',
    s = '',
    receipt,
  } = (await response.json()) as Partial<Reply> & {
    receipt?: { tag: string; sig: string }
  }
  return { status: response.status, outcome, s, receipt: receipt ? `${receipt.tag}.${receipt.sig}` : '' }
}
