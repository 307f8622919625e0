import { surveySubject } from '../db/approvals.ts'
import { actBy } from '../db/audit.ts'
import { listContactsDue, listPublishedBy, type PublishedSurvey } from '../db/platform.ts'
import {
  beginRetirement,
  deleteAddressees,
  deletePeople,
  endContacts,
  endRetirement,
  findRetirement,
  maskComments,
} from '../db/retirement.ts'
import { surveyName } from '../surveys/ballot.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { firstThisMinute, systemScope } from './guard.ts'
import type { World } from './world.ts'

// Thirty days after the publication nothing may tell any more who took part: the roll, the hashes of codes and the sealed
// contacts are deleted, what names people in comments is masked for good, and then the key that made the entries goes. Rows first: a key that is gone would hide from the next
// run that they are still there.

/** For so long after the publication people may ask who took part; every form and privacy page says so. */
const appealDays = 30

const appealIsOver = (now: number): number => now - appealDays * 86_400_000

/** Retires the surveys whose time is over; answers how many. One that fails does not hold up the others. */
export async function retireOldSurveys(world: World): Promise<number> {
  let retired = 0
  for (const survey of await listPublishedBy(world.db, appealIsOver(world.now()))) {
    try {
      if (await retireSurvey(world, survey)) retired += 1
    } catch (error) {
      const name = surveyName(survey.jid, survey.sid)
      const why = error instanceof Error ? error.name : 'unknown'
      if (firstThisMinute(world, `not-retired|${name}`))
        world.log({ at: new Date(world.now()).toISOString(), event: 'not-retired', survey: name, error: why })
    }
  }
  // What was deleted must not be found in the file either.
  if (retired > 0) await world.writer.compact()
  return retired
}

/** For so long after the close the addresses of those who were invited are kept. */
const contactDays = 30

/** Destroys the contact data of surveys that closed thirty days ago; answers of how many. */
export async function destroyOldContacts(world: World): Promise<number> {
  let destroyed = 0
  for (const survey of await listContactsDue(world.db, world.now() - contactDays * 86_400_000)) {
    const { jurisdiction, jid, sid } = survey
    const scope = systemScope(jurisdiction)
    await deleteAddressees(world.writer, scope, survey.survey)
    // Backups still hold the rows; without the key nobody reads them there.
    await world.keys.destroyContactKey(surveyName(jid, sid))
    await endContacts(world.writer, scope, { survey: survey.survey, now: world.now() })
    destroyed += 1
  }
  if (destroyed > 0) await world.writer.compact()
  return destroyed
}

/** A survey that may be retired now. `too_early`: its results were not published, or less than thirty days ago. */
export async function findRetirable(
  world: World,
  { jid, sid }: Pick<PublishedSurvey, 'jid' | 'sid'>,
): Promise<Result<PublishedSurvey, 'too_early'>> {
  const due = await listPublishedBy(world.db, appealIsOver(world.now()))
  const found = due.find((survey) => survey.jid === jid && survey.sid === sid)
  return found ? ok(found) : err('too_early')
}

/** Takes away what tells who took part in one survey. May be interrupted and called again; false when all was gone. */
export async function retireSurvey(
  world: World,
  { jurisdiction, jid, survey, sid }: PublishedSurvey,
): Promise<boolean> {
  const scope = systemScope(jurisdiction)
  const act = { survey, now: world.now() }
  const step = await findRetirement(world.db, scope, survey)
  if (step === 'not_begun') await beginRetirement(world.writer, scope, act)
  if (step !== 'ended') {
    await deletePeople(world.writer, scope, survey)
    await maskComments(world.db, world.writer, scope, act)
  }
  const isDestroyed = await world.keys.destroyPseudonymKey(surveyName(jid, sid))
  if (step !== 'ended') {
    await endRetirement(world.writer, scope, { ...act, now: world.now() })
    return true
  }
  if (!isDestroyed) return false
  // A key that came back from a copy.
  const again = { action: 'survey.key_destroyed', object: surveySubject(survey) }
  await world.writer.transact({ statements: [], audit: [actBy(scope, act, again)] })
  return true
}
