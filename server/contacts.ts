import { sealEnvelope } from '../client/islands/ballot/seal.ts'
import { joinBytes } from '../surveys/canonical.ts'
import { contactContext, contactInfo, writeContact } from '../surveys/participation-audit.ts'
import { firstThisMinute } from './guard.ts'
import type { Eligibility } from './keys.ts'
import type { SurveyContext } from './surveys.ts'
import type { World } from './world.ts'

// How the auditor can ask "did you take part?": a phone, sealed on arrival so that nobody but the auditor reads it, carried
// by the person's own form and kept once the person is on the roll.

/** A contact as it is kept: of one length for everybody, and bound to the survey and to the person's entry. */
export async function sealContact(
  auditKey: Uint8Array,
  survey: string,
  pseudonym: Uint8Array,
  contact: string,
): Promise<Uint8Array> {
  const { enc, ct } = await sealEnvelope(
    auditKey,
    contactInfo(survey),
    contactContext(survey, pseudonym),
    writeContact(contact),
  )
  return joinBytes(enc, ct)
}

/**
 * Keeps the contact of somebody who is on the roll, in a commit of its own. Never fails: whoever took part has done so
 * whether the auditor can ask them or not; the log says once a minute that it was not kept.
 */
export async function keepContact(world: World, context: SurveyContext, eligibility: Eligibility): Promise<void> {
  const { pseudonym, contact: sealed } = eligibility
  if (!sealed || context.auditKey === null) return
  const { jurisdiction, survey, name } = context
  try {
    await world.writer.submit({
      kind: 'contact',
      jurisdiction: jurisdiction.id,
      survey: survey.id,
      pseudonym,
      sealed,
    })
  } catch (error) {
    if (!firstThisMinute(world, `contact-not-kept|${name}`)) return
    const why = error instanceof Error ? error.name : 'unknown'
    world.log({ at: new Date(world.now()).toISOString(), event: 'contact-not-kept', survey: name, error: why })
  }
}
