import { addKeys, findListed, lacksKeys } from '../db/addressees.ts'
import type { SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { surveyName } from '../surveys/ballot.ts'
import { hex } from '../surveys/canonical.ts'
import { rosterKeys } from '../surveys/roster.ts'
import { type Contact, readContacts } from './invitations.ts'
import type { World } from './world.ts'

// Who stands on a survey's rosters already, known without deciphering anybody: by keyed hashes of what no two rows may share.
// They are made of rows as they were given, with the addresses that want no messages, and with the key of the addresses
// themselves, so that nobody can try a number against them once that is destroyed.

type Keyed = Parameters<typeof rosterKeys>[0]

/** Answers which of these keys of rows stand on the survey's rosters. */
export function openListed(world: World, scope: Scope, file: SurveyFile) {
  const survey = nameOf(file)
  return async (keys: readonly string[]): Promise<ReadonlySet<string>> => {
    const hashes = await Promise.all(keys.map((key) => world.keys.listedHash(survey, key)))
    // Without a key no roster has come yet.
    const made = hashes.filter((hash) => hash !== null)
    if (made.length === 0) return new Set()
    const found = await findListed(world.db, scope, file.survey.id, made)
    return new Set(keys.filter((_, at) => found.has(hex(hashes[at]!))))
  }
}

/** The hashes under which a row stands on the survey's rosters, 32 bytes each; its contact-data key must be there. */
export function listedHashes(
  { keys }: World,
  file: Pick<SurveyFile, 'jurisdiction' | 'survey'>,
  row: Keyed,
): Promise<Uint8Array[]> {
  const survey = nameOf(file)
  return Promise.all(
    rosterKeys(row).map(async (key) => {
      const hash = await keys.listedHash(survey, key)
      if (!hash) throw new Error('listedHashes needs the contact-data key of the survey')
      return hash
    }),
  )
}

/** Makes the hashes of rosters that came before there were any, once. */
export async function keyOlderRosters(world: World, scope: Scope, file: SurveyFile): Promise<void> {
  const survey = file.survey.id
  if (!(await lacksKeys(world.db, scope, survey))) return
  for await (const people of readContacts(world, scope, file, 'all')) {
    const keys = await Promise.all(
      people.map(async ({ id, contact }) => ({ id, hashes: await listedHashes(world, file, rowOf(contact)) })),
    )
    await addKeys(world.writer, scope, { survey, keys, isLast: false })
  }
  await addKeys(world.writer, scope, { survey, keys: [], isLast: true })
}

const nameOf = ({ jurisdiction, survey }: Pick<SurveyFile, 'jurisdiction' | 'survey'>): string =>
  surveyName(jurisdiction.code, survey.code)

/** A stored contact as the row that it came from, for comparing. */
function rowOf(contact: Contact): Keyed {
  const { number = '', name = '', phone = '', mail = '', cell = '', organ, day = 0, service = '', jti = '' } = contact
  const common = { number, name, phone, mail }
  return organ === undefined ? { ...common, cell } : { ...common, organ, day, service, jti }
}
