import { type Draw, findContacts, readRoll, type StoredAudit } from '../db/participation-audits.ts'
import type { Scope } from '../db/scope.ts'
import { base64url } from '../surveys/canonical.ts'
import { drawSample, writeSample } from '../surveys/participation-audit.ts'
import type { World } from './world.ts'

// Whom the seed draws from the roll of a closed survey. Who they are is worked out each time: what is kept are the seed and
// the counts.

interface Wanted {
  readonly survey: number
  /** "{jid}/{sid}". */
  readonly name: string
}

/** What a seed draws, in numbers. */
export async function drawFrom(
  world: World,
  scope: Scope,
  { survey, name, seed, size }: Wanted & { readonly seed: string; readonly size: number },
): Promise<Draw> {
  const { rolled, rows } = await rowsOf(world, scope, { survey, name, seed, size })
  return { seed, size, rolled, drawn: rows.length, withoutContact: rows.filter(({ ct }) => ct === null).length }
}

/** The sample as a file. Throws where the roll is not the one that was drawn from. */
export async function sampleOf(
  world: World,
  scope: Scope,
  { survey, name, auditKey, audit }: Wanted & { readonly auditKey: Uint8Array; readonly audit: StoredAudit },
): Promise<string> {
  const { seed, size } = audit
  const { rolled, rows } = await rowsOf(world, scope, { survey, name, seed, size })
  const withoutContact = rows.filter(({ ct }) => ct === null).length
  if (rolled !== audit.rolled || rows.length !== audit.drawn || withoutContact !== audit.withoutContact)
    throw new Error('sampleOf needs the roll and the contacts that were drawn from')
  return writeSample({ v: 1, survey: name, seed, m: size, rolled, audit_pk: base64url(auditKey), rows })
}

async function rowsOf(
  { db, crypto }: World,
  scope: Scope,
  { survey, name, seed, size }: Wanted & { readonly seed: string; readonly size: number },
) {
  const wanted = { survey: name, seed, size }
  const { rolled, drawn } = await drawSample(wanted, readRoll(db, scope, survey), crypto.sha256)
  const contacts = new Map(
    (await findContacts(db, scope, survey, drawn)).map(({ p, ct }) => [base64url(p), base64url(ct)]),
  )
  const rows = drawn.map((entry) => {
    const p = base64url(entry)
    return { p, ct: contacts.get(p) ?? null }
  })
  return { rolled, rows }
}
