import { existsSync } from 'node:fs'
import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import { officeMessages } from '../../client/messages/office.ts'
import { peopleMessages } from '../../client/messages/people.ts'
import { placesMessages } from '../../client/messages/places.ts'
import { newPlaceProblemText } from '../../client/pages/office/platform.tsx'
import { reasonLength } from '../../client/pages/office/screening-batches.ts'
import { firstStartProblemText } from '../../client/pages/office/setup.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { firstStart } from '../../db/first-start.ts'
import { pathOf } from '../../db/node/connection.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { changePeople, listOrganNames, makingLink } from '../../db/people.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { base64url } from '../../surveys/canonical.ts'
import { admitPlatform, systemScope } from '../guard.ts'
import { boundRoles, invite as inviteAtDesk, officeRoles } from '../office/inviting.ts'
import { createTyped } from '../office/new-place.ts'
import { readField } from '../office/setup.tsx'
import { drawLink, welcomeLink } from '../office/welcome.tsx'
import type { World } from '../world.ts'
import { type Given, report } from './command.ts'
import { readSettings, workingOn } from './installation.ts'
import { actingAs, atCommandLine } from './named.ts'
import { holdDatabase, opening } from './opening.ts'
import { refuse } from './terminal.ts'

// `gongping init` and `gongping user add`: the first people of an installation, and those who come later. Nobody's password
// is given on a command line: each sets their own by a one-time link.

const firstFields = {
  place: 'jurisdictionCode',
  'name-zh': 'jurisdictionNameZh',
  'name-en': 'jurisdictionNameEn',
  admin: 'adminEmail',
  office: 'officeEmail',
} as const

/** The first place with its first two people, in a database that is made here or is still empty. */
export async function init(given: Given<keyof typeof firstFields, never, 'json'>): Promise<number> {
  const { flags, locale, environment } = given
  const words = commandsMessages(locale)
  const typed = Object.fromEntries(
    Object.entries(firstFields).map(([option, field]) => [field, given.text[option as 'place']]),
  )
  const read = Object.values(firstFields).map((field) => readField(field, typed, ''))
  const wrong = read.flatMap(({ field, problem }) => (problem ? [firstStartProblemText(locale, field, problem)] : []))
  if (wrong.length > 0) return refuse(...wrong)
  const value = (field: (typeof read)[number]['field']) => read.find((each) => each.field === field)!.value
  await makeDatabase(environment)
  return workingOn(environment, async (world) => {
    if ((await countJurisdictions(world.db)) > 0) return refuse(words.notEmpty)
    const person = async (role: 'platform_admin' | 'office_admin', email: string) => {
      const { token, ...link } = await drawLink(world)
      const staff = { email, name: '', passwordHash: null, userId: base64url(world.crypto.random(18)), link }
      return { staff, role: officeMessages(locale)[role], email, link: welcomeLink(world, token, locale) }
    }
    const admin = await person('platform_admin', value('adminEmail'))
    const office = await person('office_admin', value('officeEmail'))
    const place = value('jurisdictionCode')
    const names = { nameZh: value('jurisdictionNameZh'), nameEn: value('jurisdictionNameEn') }
    const made = await firstStart(world.writer, systemScope(0), {
      jurisdiction: { code: place, level: 'province', ...names },
      platformAdministrator: admin.staff,
      officeAdministrator: office.staff,
      ...atCommandLine(world),
    })
    if (!made.ok) return refuse(words.notEmpty)
    const people = [admin, office].map(({ role, email, link }) => ({ role, email, link }))
    return report(
      flags.json,
      { place, people },
      fill(words.initDone, { place }),
      ...people.map((each) => fill(words.initLink, each)),
    )
  })
}

/** A file that is not there yet; one that is there is left as it is, as `workingOn` says. */
async function makeDatabase(environment: Given<never, never, never>['environment']): Promise<void> {
  const config = readSettings(environment)
  const { databaseUrl: url, databaseToken: authToken } = config
  if (!url.startsWith('file:') || existsSync(pathOf(url))) return
  process.umask(0o077)
  const held = holdDatabase(config)
  try {
    await opening(config, () => migrateDatabase({ url, authToken }))
  } finally {
    held.release()
  }
}

/** Creates a place with its first administrator, in the name of a platform administrator. */
export async function createPlace(
  given: Given<'level' | 'name-zh' | 'name-en' | 'office' | 'as', 'above', 'json'>,
): Promise<number> {
  const { text, flags, locale, environment } = given
  const [code] = given.words as [string]
  const words = commandsMessages(locale)
  return workingOn(environment, async (world) => {
    const admitted = await admitPlatform(world, text.as)
    if (!admitted.ok) return refuse(fill(words.notPlatform, { email: text.as }))
    const { level, above, office: email } = text
    const typed = { code, level, nameZh: text['name-zh'], nameEn: text['name-en'], email }
    const created = await createTyped(
      world,
      admitted.value,
      above === undefined ? typed : { ...typed, above },
      atCommandLine(world),
    )
    if (!created.ok) {
      const places = placesMessages(locale)
      return refuse(...created.error.map((problem) => newPlaceProblemText(places, problem)))
    }
    const link = welcomeLink(world, created.value.token, locale)
    const made = { place: code, email: created.value.email, link }
    return report(flags.json, made, fill(words.placeCreated, made))
  })
}

/** Invites somebody in the name of an administrator of the office; who administers or audits is only proposed. */
export async function addUser(
  given: Given<'place' | 'role' | 'name' | 'as', 'organ' | 'reason', 'json'>,
): Promise<number> {
  const { text, flags, locale, environment } = given
  const [email] = given.words as [string]
  const words = commandsMessages(locale)
  const role = officeRoles.find((each) => each === text.role)
  if (!role) return refuse(fill(words.noRole, { role: text.role, roles: officeRoles.join(', ') }))
  return workingOn(environment, (world) =>
    actingAs(world, { as: text.as, jid: text.place, who: deciders, locale }, async (scope) => {
      const organs = boundRoles.includes(role) ? await listOrganNames(world.db, scope) : null
      const organ = organs ? (organs.find(({ code }) => code === text.organ)?.id ?? null) : 0
      const asked = { name: text.name, email, role, organ, reason: text.reason }
      const moment = atCommandLine(world)
      const invited = await inviteAtDesk(world, scope, asked, moment)
      if (!invited.ok) return refuse(fill(peopleMessages(locale)[`problem_${invited.error}`], reasonLength))
      const { value } = invited
      if (value.kind === 'proposed') return report(flags.json, { email, proposed: true }, words.userProposed)
      const token = value.kind === 'linked' ? value.token : await makeLink(world, scope, value.userId)
      if (token === null) return refuse(peopleMessages(locale).problem_conflict)
      const link = welcomeLink(world, token, locale)
      return report(flags.json, { email, link }, fill(words.userLinked, { email, link }))
    }),
  )
}

async function makeLink(world: World, scope: Parameters<typeof makingLink>[0], userId: string): Promise<string | null> {
  const { token, ...link } = await drawLink(world)
  const made = await changePeople(world.writer, scope, makingLink(scope, { userId, link, ...atCommandLine(world) }))
  return made.ok ? token : null
}
