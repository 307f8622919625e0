import {
  claimMessage,
  delayMailing,
  endMailing,
  listQueued,
  loseClaims,
  type QueuedMessage,
  settleMessage,
} from '../db/mailings.ts'
import {
  listJurisdictions,
  listRunningMailings,
  type RunningMailing,
  readSurvey,
  type SurveyFile,
} from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { surveyName } from '../surveys/ballot.ts'
import { base64url } from '../surveys/canonical.ts'
import { systemScope } from './guard.ts'
import {
  answeredOf,
  type Contact,
  composeMail,
  composeText,
  openContact,
  unsubscribedOf,
  type Words,
} from './invitations.ts'
import { startRounds } from './rounds.ts'
import { NotTaken } from './sms.ts'
import type { World } from './world.ts'

// Messages go out one after the other, so many a second, by the one process that may write. Each is claimed durably before
// it is handed over. Whatever ends the process in between leaves a claim that nobody closes: it is shown as unknown, and
// nobody gets a message twice unless an officer says so.

/** Sends what waits, as long as this process lives; begins with what a former one has left. */
export function startSending(world: World): { stop: () => Promise<void> } {
  // At the start, and whenever something failed, there may be claims that nobody will close.
  let mayHaveLost = true
  return startRounds(world, 'sending', async (isStopping) => {
    if (mayHaveLost) await loseOpenClaims(world)
    mayHaveLost = true
    await sendRound(world, isStopping)
    mayHaveLost = false
  })
}

/** Takes claims that nobody will close any more for what they are. Only the one sender may call it, between messages. */
export async function loseOpenClaims(world: World): Promise<void> {
  for (const { id } of await listJurisdictions(world.db)) await loseClaims(world.writer, systemScope(id))
}

/** Hands over what may go out within a second, of every run that goes on. */
export async function sendRound(world: World, isStopping: () => boolean = () => false): Promise<void> {
  let left = world.config.messagesPerSecond
  for (const run of await listRunningMailings(world.db, world.now())) {
    if (left === 0) return
    left -= await sendSome(world, run, left, isStopping)
  }
}

async function sendSome(world: World, run: RunningMailing, limit: number, isStopping: () => boolean): Promise<number> {
  const scope = systemScope(run.jurisdiction)
  const queued = run.isOpen ? await listQueued(world.db, scope, { ...run, limit }) : []
  if (queued.length === 0) {
    await endMailing(world.writer, scope, run)
    return 0
  }
  const file = await readSurvey(world.db, scope, run.survey)
  if (!file) return 0
  let sent = 0
  for (const message of queued) {
    if (isStopping() || !(await sendOne(world, scope, { run, file }, message))) break
    sent += 1
  }
  return sent
}

interface Running {
  readonly run: RunningMailing
  readonly file: SurveyFile
}

/** Sends one message; false where the run cannot go on now. */
async function sendOne(world: World, scope: Scope, running: Running, message: QueuedMessage): Promise<boolean> {
  const { run } = running
  const contact = await openContact(world, surveyName(run.jid, run.sid), { ...message, id: message.addressee })
  if (!contact) return holdUp(world, scope, run, 'no_key')
  const one = { ...run, message: message.id }
  // Somebody has stopped the run, or the survey has closed.
  if (!(await claimMessage(world.writer, scope, { ...one, now: world.now() })).ok) return false
  if (!(await isWanted(world, scope, running, { id: message.addressee, contact }))) {
    await settleMessage(world.writer, scope, { ...one, state: 'skipped' })
    return true
  }
  try {
    await handOver(world, running, message, contact)
  } catch (error) {
    if (error instanceof NotTaken && !error.isDown) {
      await settleMessage(world.writer, scope, { ...one, state: 'bounced' })
      return true
    }
    const isBack = error instanceof NotTaken
    await settleMessage(world.writer, scope, { ...one, state: isBack ? 'queued' : 'unknown' })
    return holdUp(world, scope, run, isBack ? 'down' : 'no_answer')
  }
  await settleMessage(world.writer, scope, { ...one, state: 'sent' })
  return true
}

/** Whoever has unsubscribed, or answered before a reminder, since the run was started gets nothing. */
async function isWanted(
  world: World,
  scope: Scope,
  { run, file }: Running,
  to: { readonly id: Uint8Array; readonly contact: Contact },
): Promise<boolean> {
  const address = run.via === 'sms' ? to.contact.phone : to.contact.mail
  if (address === undefined) return false
  if ((await unsubscribedOf(world, scope, run.jid, [address])).size > 0) return false
  return run.kind === 'invite' || (await answeredOf(world, scope, file, [to])).size === 0
}

async function handOver(world: World, { run, file }: Running, { id }: QueuedMessage, contact: Contact): Promise<void> {
  // Written by `startRun` from checked words.
  const words = JSON.parse(run.body) as Words
  if (run.via === 'sms') {
    const text = await composeText(world, file, contact, words)
    return world.sms.send({ phone: contact.phone ?? '', text, id: base64url(id) })
  }
  if (!world.mail) throw new NotTaken('no mail server is configured', true)
  return world.mail.send(await composeMail(world, file, contact, words))
}

/** Waits half a minute, and twice as long each further time, up to a quarter of an hour. */
async function holdUp(world: World, scope: Scope, run: RunningMailing, why: 'down' | 'no_answer' | 'no_key') {
  const wait = Math.min(30_000 * 2 ** run.tries, 15 * 60_000)
  await delayMailing(world.writer, scope, { ...run, why, retryAt: world.now() + wait })
  return false
}
