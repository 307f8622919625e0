import { canonicalJson, hex, joinBytes, utf8 } from '../../surveys/canonical.ts'
import type { AuditEntry, Statement } from '../database.ts'

/** The last link of the chain; the first row follows 32 zero bytes. */
export interface ChainHead {
  readonly seq: number
  readonly hash: Uint8Array
}

/** The last row of the chain. */
export const findHead: Statement = { sql: 'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1', args: [] }

/** Before the first row. */
export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: new Uint8Array(32) }

/** What a row's hash covers besides the hash before it. */
export interface AuditFacts {
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly role: string
  readonly jurisdiction: number
  readonly action: string
  readonly object: string
  readonly outcome: string
  readonly reason: string
  readonly before: string
  readonly after: string
  readonly req: string
}

/** hash = SHA-256(hash of the row before + canonical JSON of the row); `before` and `after` are hashes in hex, or ''. */
export function linkInput(previous: Uint8Array, facts: AuditFacts): Uint8Array {
  return joinBytes(previous, canonicalJson(facts))
}

/** The canonical bytes of what an act found or left, to be hashed; nothing when the act names none. */
export function stateInput(state: unknown): Uint8Array | null {
  return state === undefined ? null : utf8(canonicalJson(state))
}

/**
 * The rows of a change's audit entries, each linked to the one before.
 * A generator, because one runtime hashes at once and the other must wait: it yields bytes and is given their hash.
 */
export function* linkRows(
  head: ChainHead,
  entries: readonly AuditEntry[],
): Generator<Uint8Array, { readonly statements: Statement[]; readonly head: ChainHead }, Uint8Array> {
  const statements: Statement[] = []
  let last = head
  for (const entry of entries) {
    const before = stateInput(entry.before)
    const after = stateInput(entry.after)
    const beforeHash = before ? yield before : null
    const afterHash = after ? yield after : null
    const facts = factsOf(last.seq + 1, entry, beforeHash, afterHash)
    const hash = yield linkInput(last.hash, facts)
    statements.push(insertRow(facts, beforeHash, afterHash, last.hash, hash))
    last = { seq: facts.seq, hash }
  }
  return { statements, head: last }
}

function factsOf(seq: number, entry: AuditEntry, before: Uint8Array | null, after: Uint8Array | null): AuditFacts {
  const { at, actor, role, jurisdiction, action, object, outcome, reason = '', req = '' } = entry
  const states = { before: before ? hex(before) : '', after: after ? hex(after) : '' }
  return { seq, at, actor, role, jurisdiction, action, object, outcome, reason, ...states, req }
}

function insertRow(
  facts: AuditFacts,
  before: Uint8Array | null,
  after: Uint8Array | null,
  previous: Uint8Array,
  hash: Uint8Array,
): Statement {
  const { seq, at, actor, role, jurisdiction, action, object, outcome, reason, req } = facts
  return {
    sql: `INSERT INTO audit (seq, at_utc, actor, role, jurisdiction_id, action, object, outcome, reason,
      before_hash, after_hash, req, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [seq, at, actor, role, jurisdiction, action, object, outcome, reason, before, after, req, previous, hash],
  }
}
