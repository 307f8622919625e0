import { randomBytes } from 'node:crypto'
import { type BoxToOpen, findBox } from '../../server/ballot/opening.ts'
import { seal } from '../../server/ballot/plain-form.ts'
import { dayOf } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import { boxKeyFor, createBoxes } from '../../server/node/boxes.ts'
import { agreeToOpenBox } from '../../server/node/demo-decisions.ts'
import { findContext } from '../../server/surveys.ts'
import { ticketMessage, ticketTagInput } from '../../surveys/ballot.ts'
import type { SealedResponse } from '../../surveys/envelope.ts'
import type { TestApp } from './app.ts'
import { look, type TestCycle } from './cycle.ts'
import { enterCode, enterPhone, sendJson } from './respondent.ts'
import { createDevice, type Device } from './sealed-respondent.ts'

/** The manifest of a survey of a cycle, as it is served. */
export async function manifestText(app: TestApp, cycle: TestCycle, group: 'leaders' | 'public'): Promise<string> {
  const [row] = await look(app, 'SELECT manifest FROM survey WHERE jurisdiction_id = ? AND id = ?', [
    cycle.place.id,
    cycle.survey(group).id,
  ])
  return String(row!['manifest'])
}

/** Somebody of a sealed survey with a drawn ticket: the n-th leader, or whoever has the n-th phone. */
export async function withTicket(
  app: TestApp,
  cycle: TestCycle,
  group: 'leaders' | 'public',
  n: number,
): Promise<Device> {
  const path = cycle.path(group)
  const { elig } =
    group === 'leaders'
      ? await enterCode(app, cycle.leader(n), { from: `192.0.2.${n % 250}` })
      : await enterPhone(app, path, `138${String(n).padStart(8, '0')}`, { from: `192.0.2.${n % 250}` })
  const device = await createDevice(await manifestText(app, cycle, group))
  const issued = await sendJson(app, `${path}/issue`, device.issueBody(elig))
  if (issued.status !== 200) throw new Error(`no ticket was issued: ${issued.status}`)
  await device.takeSignature((await issued.json()).s)
  return device
}

/** Sends a response and fails the test unless it is accepted. */
export async function put(
  app: TestApp,
  cycle: TestCycle,
  group: 'leaders' | 'public',
  device: Device,
  response: Partial<SealedResponse>,
  version = 1,
): Promise<void> {
  const sent = await sendJson(app, `${cycle.path(group)}/submit`, await device.submitBody(response, version))
  if (sent.status !== 200) throw new Error(`a response was refused: ${sent.status}`)
}

/** The same without the way there: what the writer keeps of somebody who has drawn a ticket and sent an envelope. */
export async function putDirectly(
  { world, clock }: TestApp,
  cycle: TestCycle,
  group: 'leaders' | 'public',
  n: number,
  response: Partial<SealedResponse>,
): Promise<void> {
  const { jid, place } = cycle
  const { id: survey, sid } = cycle.survey(group)
  const context = (await findContext(world, jid, sid))!
  const pseudonym = await world.keys.pseudonym(context.name, `direct:${n}`)
  const at = { jurisdiction: place.id, survey, cell: 'all' }
  const random = () => new Uint8Array(randomBytes(32))
  const bodyHash = random()
  await world.writer.submit({
    kind: 'issue',
    ...at,
    pseudonym,
    bodyHash,
    channel: 'direct',
    day: dayOf(clock.time),
    isForm: false,
  })
  const message = ticketMessage({ survey: context.name, cell: 'all' }, random(), random())
  const signature = await world.keys.signTicket(context.name, 'all', message)
  const tag = await world.crypto.sha256(ticketTagInput(message))
  const whole = { survey: context.name, cell: 'all', attrs: {}, pace: 0, slips: [], comments: [], ...response } as const
  const envelope = await seal(context.sealed!, whole, tag, 1)
  const outcome = await world.writer.submit({ kind: 'box', ...at, tag, message, signature, version: 1, ...envelope })
  if (outcome !== 'accepted') throw new Error(`a response was ${outcome}`)
}

/** The box of a closed survey, and its key; two administrators have agreed that it is opened. */
export async function boxOf(
  app: TestApp,
  cycle: TestCycle,
  group: 'leaders' | 'public',
): Promise<{ target: BoxToOpen; key: Uint8Array }> {
  const target = await findBox(app.world, systemScope(cycle.place.id), cycle.survey(group).id)
  if (!target.ok) throw new Error(`the box is ${target.error}`)
  await agreeToOpenBox(app.world, cycle.place, target.value, app.clock.time)
  const key = await boxKeyFor(app.world, target.value, null)
  if (!key.ok) throw new Error(`the key is ${key.error}`)
  return { target: target.value, key: key.value }
}

/** Opens a box as the office page does and waits until it is done. */
export async function openTheBox(app: TestApp, cycle: TestCycle, group: 'leaders' | 'public') {
  const boxes = createBoxes(() => app.world)
  const scope = systemScope(cycle.place.id)
  const survey = cycle.survey(group).id
  await boxOf(app, cycle, group)
  const begun = await boxes.open(scope, { survey, privateKey: null, now: app.clock.time })
  if (!begun.ok) throw new Error(`the box is ${begun.error}`)
  for (;;) {
    const progress = boxes.progress(scope, survey)
    if (progress?.step === 'done' || progress?.step === 'failed') return progress
    await new Promise((resolve) => setImmediate(resolve))
  }
}
