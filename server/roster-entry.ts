import type { SurveyFile } from '../db/platform.ts'
import type { RosterEntry } from '../db/roster-imports.ts'
import { codeFromBytes, surveyName } from '../surveys/ballot.ts'
import { base64url } from '../surveys/canonical.ts'
import type { LeaderRow, ServiceRow } from '../surveys/roster.ts'
import { receiptCodeOf } from './eligibility/receipt.ts'
import { listedHashes } from './roster-listed.ts'
import type { World } from './world.ts'

// A row of a roster as it is kept: its code as a hash, and to whom it goes under the survey's contact key.

export type Row = LeaderRow | ServiceRow

export interface Chosen {
  readonly row: Row
  /** The row with the addresses that want no messages: by it people are known. */
  readonly given: Row
  /** Keyed hash of who is asked, 32 bytes; null for a leader. */
  readonly asked: Uint8Array | null
}

/** The code that a receipt of the row's service stands for; null where no system signs one. */
async function signedCode(world: World, { jurisdiction, survey }: SurveyFile, row: Row): Promise<string | null> {
  if (!('organ' in row) || row.jti === '') return null
  return receiptCodeOf(world, surveyName(jurisdiction.code, survey.code), row.organ, row.jti)
}

export async function signedHash(world: World, file: SurveyFile, row: Row): Promise<Uint8Array | null> {
  const code = await signedCode(world, file, row)
  return code === null ? null : world.keys.codeHash(code)
}

export async function sealRow(world: World, file: SurveyFile, { row, given, asked }: Chosen): Promise<RosterEntry> {
  const { keys, crypto } = world
  const { jurisdiction, survey } = file
  const { line: _, ...facts } = row
  const code = (await signedCode(world, file, row)) ?? codeFromBytes(crypto.random(10))
  const member = 'organ' in row ? undefined : base64url(crypto.random(16))
  const id = crypto.random(16)
  const said = Object.entries(facts).filter(([, value]) => value !== '')
  const text = JSON.stringify({ code, member, ...Object.fromEntries(said) })
  return {
    id,
    sealed: await keys.sealAddressee(surveyName(jurisdiction.code, survey.code), id, text),
    byPhone: row.phone !== '',
    byMail: row.mail !== '',
    h: new Uint8Array(await keys.codeHash(code)),
    member: member ?? '',
    place: 'organ' in row ? row.organ : row.cell,
    asked,
    keys: await listedHashes(world, file, given),
  }
}
