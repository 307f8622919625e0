import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import type { Moment } from '../../db/audit.ts'
import { findCycle, findJurisdiction, listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { admitNamed } from '../guard.ts'
import { type DeskPlace, findDeskSurvey } from '../office/desk.ts'
import type { StaffRole } from '../policy.ts'
import type { World } from '../world.ts'
import { refuse } from './terminal.ts'

// What a command names: a person, in whose name it acts, a cycle, a survey. What is not there is said, and ends with 1.

/** Stands in the audit in place of the number of a request: whoever reads it learns that nobody signed in. */
const byCommandLine = 'command line'

/** Now, on the record as done on the command line. */
export const atCommandLine = (world: World): Required<Moment> => ({ now: world.now(), req: byCommandLine })

/** The two parts of `PLACE/NAME`. */
export function readName(name: string): { readonly jid: string; readonly name: string } | null {
  const [, jid, rest] = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9-]*)$/.exec(name) ?? []
  return jid === undefined || rest === undefined ? null : { jid, name: rest }
}

/** Runs what somebody may do in a place, in their name. */
export async function actingAs(
  world: World,
  { as: email, jid, who, locale }: { as: string; jid: string; who: readonly StaffRole[]; locale: Locale },
  act: (scope: Scope) => Promise<number>,
): Promise<number> {
  const admitted = await admitNamed(world, { email, jid, who })
  return admitted.ok
    ? act(admitted.value)
    : refuse(fill(commandsMessages(locale)[admitted.error], { email, place: jid }))
}

/** A survey of the path PLACE/SURVEY in whatever state; the error is the sentence to say. */
export async function findNamedSurvey(
  world: World,
  scope: Scope,
  given: string,
  locale: Locale,
): Promise<Result<DeskPlace & { readonly jid: string }, string>> {
  const text = commandsMessages(locale)
  const named = readName(given)
  if (!named) return err(fill(text.badName, { name: given }))
  const { jid, name: sid } = named
  for (const { cycle } of await listCyclesOf(world.db, [scope.jurisdiction])) {
    const place = await findDeskSurvey(world, scope, { jid, cycle: cycle.code, sid })
    if (place) return ok({ ...place, jid })
  }
  return err(fill(text.noSurvey, { name: given }))
}

/** The place of PLACE/NAME; the error is the sentence to say. */
export async function findNamedPlace(world: World, given: string, locale: Locale) {
  const text = commandsMessages(locale)
  const named = readName(given)
  if (!named) return err(fill(text.badName, { name: given }))
  const place = await findJurisdiction(world.db, named.jid)
  return place ? ok({ ...named, place }) : err(fill(text.unknown_place, { place: named.jid }))
}

/** A cycle with a plan, of the path PLACE/CYCLE; the error is the sentence to say. */
export async function findNamedCycle(world: World, given: string, locale: Locale) {
  const named = readName(given)
  const found = named && (await findCycle(world.db, named.jid, named.name))
  return found?.planId ? ok(found) : err(fill(commandsMessages(locale).noCycle, { name: given }))
}
