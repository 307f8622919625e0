import type { Moment } from '../db/audit.ts'
import { addMessages, beginMailing, dropMailing, listPreparations, startMailing } from '../db/mailing-start.ts'
import { listJurisdictions, type SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { canonicalJson } from '../surveys/canonical.ts'
import { mostSegments, segmentsOf } from '../surveys/invitation.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { systemScope } from './guard.ts'
import {
  answeredOf,
  composeText,
  type OpenedAddressee,
  readContacts,
  unsubscribedOf,
  type Words,
} from './invitations.ts'
import type { World } from './world.ts'

/** So many messages go into one transaction. */
const messagesPerCommit = 1_000

type Run = Moment & { readonly kind: 'invite' | 'reminder'; readonly via: 'sms' | 'mail'; readonly words: Words }

/**
 * Starts a run of messages: first ones to those whose code has not left the house, reminders to those whose code has and who
 * are not on the roll. Nobody who unsubscribed is among them. `empty`: there is nobody; `parts`: the longest text message
 * would have so many; `conflict`: it may not start now. No more than a thousand people are in memory at a time, and nothing
 * goes out before all of them are there.
 */
export async function startRun(
  world: World,
  scope: Scope,
  file: SurveyFile,
  run: Run,
): Promise<Result<void, 'empty' | 'conflict' | { readonly parts: number }>> {
  const { kind, via, words, ...moment } = run
  const { writer } = world
  const of = { survey: file.survey.id, kind, via }
  let mailing: number | null = null
  let waiting: { id: Uint8Array; addressee: Uint8Array }[] = []
  let [messages, longest] = [0, 0]
  async function flush(): Promise<boolean> {
    const part = waiting
    waiting = []
    messages += part.length
    if (mailing === null) {
      const begun = await beginMailing(writer, scope, { ...of, body: canonicalJson(words), now: moment.now })
      if (!begun.ok) return false
      mailing = begun.value
    }
    return (await addMessages(writer, scope, { ...of, mailing, messages: part })).ok
  }
  try {
    for await (const people of readContacts(world, scope, file)) {
      for (const { id, contact } of await wanted(world, scope, file, run, people)) {
        if (via === 'sms') longest = Math.max(longest, segmentsOf(await composeText(world, file, contact, words)))
        waiting.push({ id: world.crypto.random(16), addressee: id })
      }
      if (waiting.length >= messagesPerCommit && !(await flush())) return err('conflict')
    }
    if (messages + waiting.length === 0) return err('empty')
    if (longest > mostSegments) return err({ parts: longest })
    if (waiting.length > 0 && !(await flush())) return err('conflict')
    const started = await startMailing(writer, scope, { ...moment, ...of, mailing: mailing!, messages })
    if (!started.ok) return err('conflict')
    mailing = null
    return ok(undefined)
  } finally {
    if (mailing !== null) await dropMailing(writer, scope, { survey: of.survey, mailing })
  }
}

/** Who of these people gets such a message. */
async function wanted(
  world: World,
  scope: Scope,
  file: SurveyFile,
  { kind, via }: Run,
  people: readonly OpenedAddressee[],
): Promise<readonly OpenedAddressee[]> {
  const isReminder = kind === 'reminder'
  const reachable = people.filter(
    ({ handed, byPhone, byMail }) => handed === isReminder && (via === 'sms' ? byPhone : byMail),
  )
  const addressOf = ({ contact }: OpenedAddressee) => (via === 'sms' ? contact.phone : contact.mail) ?? ''
  const gone = await unsubscribedOf(world, scope, file.jurisdiction.code, reachable.map(addressOf))
  const wanting = reachable.filter((each) => !gone.has(addressOf(each)))
  if (!isReminder) return wanting
  const answered = await answeredOf(world, scope, file, wanting)
  return wanting.filter((each) => !answered.has(each))
}

/** Takes back what was being prepared when an earlier process ended. To be called while nothing is. */
export async function dropLostMailings(world: World): Promise<void> {
  for (const { id } of await listJurisdictions(world.db)) {
    const scope = systemScope(id)
    for (const run of await listPreparations(world.db, scope)) await dropMailing(world.writer, scope, run)
  }
}
