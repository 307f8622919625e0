import type { Moment } from '../db/audit.ts'
import { startMailing } from '../db/mailings.ts'
import type { SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { canonicalJson } from '../surveys/canonical.ts'
import { mostSegments, segmentsOf } from '../surveys/invitation.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import {
  answeredOf,
  composeText,
  inParts,
  type OpenedAddressee,
  openAddressees,
  unsubscribedOf,
  type Words,
} from './invitations.ts'
import type { World } from './world.ts'

/**
 * Starts a run of messages: first ones to those whose code has not left the house, reminders to those whose code has and who
 * are not on the roll. Nobody who unsubscribed is among them. `empty`: there is nobody; `parts`: the longest text message
 * would have so many; `conflict`: it may not start now.
 */
export async function startRun(
  world: World,
  scope: Scope,
  file: SurveyFile,
  run: Moment & { readonly kind: 'invite' | 'reminder'; readonly via: 'sms' | 'mail'; readonly words: Words },
): Promise<Result<void, 'empty' | 'conflict' | { readonly parts: number }>> {
  const { kind, via, words, ...moment } = run
  const people = await pick(world, scope, file, run)
  if (people.length === 0) return err('empty')
  const messages: { id: Uint8Array; addressee: Uint8Array }[] = []
  let longest = 0
  for await (const part of inParts(people))
    for (const { id, contact } of part) {
      if (via === 'sms') longest = Math.max(longest, segmentsOf(await composeText(world, file, contact, words)))
      messages.push({ id: world.crypto.random(16), addressee: id })
    }
  if (longest > mostSegments) return err({ parts: longest })
  const started = await startMailing(world.writer, scope, {
    ...moment,
    survey: file.survey.id,
    kind,
    via,
    body: canonicalJson(words),
    messages,
  })
  return started.ok ? ok(undefined) : err('conflict')
}

async function pick(
  world: World,
  scope: Scope,
  file: SurveyFile,
  { kind, via }: { readonly kind: 'invite' | 'reminder'; readonly via: 'sms' | 'mail' },
): Promise<OpenedAddressee[]> {
  const isReminder = kind === 'reminder'
  const all = await openAddressees(world, scope, file)
  const reachable = all.filter(
    ({ handed, byPhone, byMail }) => handed === isReminder && (via === 'sms' ? byPhone : byMail),
  )
  const addressOf = ({ contact }: OpenedAddressee) => (via === 'sms' ? contact.phone : contact.mail) ?? ''
  const gone = await unsubscribedOf(world, scope, file.jurisdiction.code, reachable.map(addressOf))
  const wanting = reachable.filter((each) => !gone.has(addressOf(each)))
  if (!isReminder) return wanting
  const answered = await answeredOf(world, scope, file, wanting)
  return wanting.filter((each) => !answered.has(each))
}
