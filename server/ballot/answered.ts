import { findRollHash } from '../../db/tickets.ts'
import { formBodyInput } from '../../surveys/ballot.ts'
import { compareBytes } from '../../surveys/canonical.ts'
import { respondentScope } from '../guard.ts'
import type { SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'

/** Who drew the ticket of somebody on the roll: the server for a plain form or a live response, or a device that seals. */
export type Answered = 'form' | 'device'

/**
 * How somebody has answered; null for whoever is not on the roll. Read off the roll alone, by the comparison that the
 * writer makes when a plain form is sent again: nothing is looked up in the box.
 */
export async function findAnswered(
  { db, keys, crypto }: Pick<World, 'db' | 'keys' | 'crypto'>,
  context: SurveyContext,
  pseudonym: Uint8Array,
): Promise<Answered | null> {
  const hash = await findRollHash(db, respondentScope(context.jurisdiction.id), context.survey.id, pseudonym)
  if (hash === null) return null
  if (!context.sealed) return 'form'
  const { body } = await keys.formTicket(context.name, pseudonym)
  return compareBytes(hash, await crypto.sha256(formBodyInput(body))) === 0 ? 'form' : 'device'
}
