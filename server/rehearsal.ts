import { sealEnvelope } from '../client/islands/ballot/seal.ts'
import { base64url, fromBase64url } from '../surveys/canonical.ts'
import { rehearsalInfo } from '../surveys/shares.ts'
import { dayOf } from './calendar.ts'
import { equalText } from './equal-text.ts'
import type { World } from './world.ts'

// The rehearsal of an opening is a proof: the page carries a number sealed to the key of the box, and only whoever has put
// the key together can say which. Nothing of it is stored: the number follows from a secret of this installation.

/** Whose rehearsal of which key. */
export interface RehearsedKey {
  /** "{jid}/{sid}". */
  readonly survey: string
  readonly pk: Uint8Array
  /** Who leads it; what somebody else has opened proves nothing. */
  readonly actor: string
}

/** A number sealed as an envelope is; base64url. */
export interface Challenge {
  readonly enc: string
  readonly ct: string
}

/** What the page gives the browser to open. Rejects where the key is no point of the curve. */
export async function challengeOf(world: Pick<World, 'keys' | 'now'>, rehearsed: RehearsedKey): Promise<Challenge> {
  const number = fromBase64url(await numberOf(world, rehearsed, dayOf(world.now())))
  if (!number) throw new Error('challengeOf needs secrets in base64url')
  const { enc, ct } = await sealEnvelope(rehearsed.pk, rehearsalInfo(rehearsed.survey), new Uint8Array(0), number)
  return { enc: base64url(enc), ct: base64url(ct) }
}

/** Whether this is the number that the page of today or yesterday carried. */
export async function isProof(
  world: Pick<World, 'keys' | 'now'>,
  rehearsed: RehearsedKey,
  typed: string | undefined,
): Promise<boolean> {
  const now = world.now()
  const days = [dayOf(now), dayOf(now - 86_400_000)]
  const numbers = await Promise.all(days.map((day) => numberOf(world, rehearsed, day)))
  return numbers.map((number) => equalText(typed ?? '', number)).includes(true)
}

async function numberOf(
  { keys }: Pick<World, 'keys'>,
  { survey, pk, actor }: RehearsedKey,
  day: number,
): Promise<string> {
  return keys.derive(`rehearsal|${survey}|${base64url(pk)}|${day}|${actor}`)
}
