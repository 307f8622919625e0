import { propose } from '../db/approvals.ts'
import type { Moment } from '../db/audit.ts'
import type { Change } from '../db/database.ts'
import type { Scope } from '../db/scope.ts'
import { base64url, utf8 } from '../surveys/canonical.ts'
import type { ApprovalAction } from '../surveys/cycle.ts'
import type { Result } from '../surveys/result.ts'
import type { World } from './world.ts'

/** The first person's proposal, named by the hash of its text; `conflict` as in `propose`. */
export async function proposing(
  { writer, crypto }: World,
  scope: Scope,
  proposal: Moment & { readonly action: ApprovalAction; readonly subject: string; readonly payload: string },
  change?: Change,
): Promise<Result<void, 'conflict'>> {
  const id = base64url(crypto.random(16))
  return propose(writer, scope, { ...proposal, id, payloadHash: await crypto.sha256(utf8(proposal.payload)) }, change)
}
