import { cycleSubject } from '../db/approvals.ts'
import { actBy, type Moment } from '../db/audit.ts'
import type { Change } from '../db/database.ts'
import type { FoundCycle } from '../db/platform.ts'
import { type PublicReason, storingWithdrawal } from '../db/publications.ts'
import type { Scope } from '../db/scope.ts'
import type { Correction } from '../surveys/bundle-documents.ts'
import { canonicalJson, hex } from '../surveys/canonical.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import type { BundleRefusal } from './bundle.ts'
import { documentsNow, type PublishedDocuments } from './export/documents.ts'
import { proposing } from './proposing.ts'
import { type Published, preparePublication, publishBundle, publishedDocuments, publishedOf } from './publications.ts'
import type { World } from './world.ts'

// What two administrators decide about results: to publish them, to publish them once more because something was wrong, to
// withdraw them. Nothing that was published is ever changed: a version stands beside the one that it corrects.

/** What is proposed when results are to be published. */
export interface Publication {
  readonly v: 1
  readonly action: 'result.publish'
  readonly cycle: string
  /** SHA-256 of the bundle's list of files, hexadecimal; absent where results were published without files. */
  readonly bundle?: string
  /** Of a version after the first. */
  readonly correction?: Correction
}

/** What is proposed when a published version is to count no longer. */
export interface Withdrawal {
  readonly v: 1
  readonly action: 'result.publish'
  readonly cycle: string
  /** SHA-256 of the list of its files, hexadecimal. */
  readonly withdraw: string
  readonly zh: string
  readonly en: string
}

/** A payload of `result.publish` that was written like one of these. */
export const readPublication = (payload: string): Publication | Withdrawal =>
  JSON.parse(payload) as Publication | Withdrawal

/** Whether what is proposed is about results that were published before. */
export const isAboutPublished = (proposed: Publication | Withdrawal): boolean =>
  'withdraw' in proposed || proposed.correction !== undefined

/**
 * To publish a cycle once more, with what was wrong. Its files are made from the tables as they are now and name the
 * version that they correct. `nothing_changed`: they would say the same as before.
 */
export async function proposeCorrection(
  world: World,
  scope: Scope,
  { found, reason }: { readonly found: FoundCycle; readonly reason: PublicReason },
  moment: Moment,
): Promise<Result<void, 'conflict' | 'nothing_changed' | BundleRefusal | 'not_here'>> {
  const { id, code } = found.cycle
  const published = await publishedOf(world, found)
  if (!published) return err('conflict')
  const changed = await hasChanged(world, scope, found, published)
  if (!changed.ok) return changed
  if (!changed.value) return err('nothing_changed')
  const { hash, version } = published.shown
  const correction: Correction = { version: version + 1, corrects: hex(hash), ...reason }
  const built = await preparePublication(world, scope, { cycle: id, correction })
  if (!built.ok) return built
  const publication: Publication = {
    ...{ v: 1, action: 'result.publish', cycle: code },
    bundle: hex(built.value.hash),
    correction,
  }
  return proposing(world, scope, {
    ...{ action: 'result.publish', subject: cycleSubject(id), payload: canonicalJson(publication) },
    ...moment,
  })
}

/** To withdraw the latest version of what is published of a cycle: it stays where it is, with the reason beside it. */
export async function proposeWithdrawal(
  world: World,
  scope: Scope,
  { found, reason }: { readonly found: FoundCycle; readonly reason: PublicReason },
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const { id, code } = found.cycle
  const published = await publishedOf(world, found)
  if (!published || published.shown.withdrawn) return err('conflict')
  const withdrawal: Withdrawal = {
    ...{ v: 1, action: 'result.publish', cycle: code },
    withdraw: hex(published.shown.hash),
    ...reason,
  }
  return proposing(world, scope, {
    ...{ action: 'result.publish', subject: cycleSubject(id), payload: canonicalJson(withdrawal) },
    ...moment,
  })
}

/** Whether the tables say anything else by now than what is published. */
export async function hasChanged(
  world: World,
  scope: Scope,
  found: FoundCycle,
  published: Published,
): Promise<Result<boolean, BundleRefusal>> {
  const now = await documentsNow(world, scope, found.cycle.id)
  if (!now.ok) return now
  const then = await publishedDocuments(world, published)
  return ok(then === null || said(then) !== said(now.value))
}

/** Everything that follows from the tables, in one text; which version it is does not. */
function said({ cycle: { correction: _, ...cycle }, results, lineage, surveys }: PublishedDocuments): string {
  return canonicalJson({
    cycle,
    results,
    advanced: lineage?.advanced ?? null,
    sums: surveys.map(({ sid, tallies, weights }) => ({ sid, tallies, weights })),
  })
}

/** Another version beside those that are public. `conflict`: another one is the latest by now, or its files would be other ones. */
export async function correcting(
  world: World,
  scope: Scope,
  {
    cycle,
    approval,
    bundle,
    correction,
  }: {
    readonly cycle: number
    readonly approval: string
    readonly bundle: string
    readonly correction: Correction
  },
  moment: Moment,
): Promise<Result<Change, 'conflict'>> {
  const files = await publishBundle(world, scope, { cycle, hash: bundle, now: moment.now, correction })
  if (!files.ok) return err('conflict')
  const audit = actBy(scope, moment, {
    action: 'result.correct',
    object: cycleSubject(cycle),
    reason: correction.zh,
    before: { bundle: correction.corrects },
    after: { bundle, version: correction.version, approval },
  })
  return ok({ statements: files.value.statements, audit: [...(files.value.audit ?? []), audit] })
}

/** The latest version counts no longer. A conflict when another one is the latest by now, or it is withdrawn already. */
export function withdrawing(
  scope: Scope,
  { cycle, approval, proposed }: { readonly cycle: number; readonly approval: string; readonly proposed: Withdrawal },
  moment: Moment,
): Result<Change, 'conflict'> {
  const { withdraw, zh, en } = proposed
  const hash = Uint8Array.from(withdraw.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const act = { action: 'result.withdraw', object: cycleSubject(cycle), reason: zh }
  return ok({
    statements: storingWithdrawal(scope, { cycle, hash, reason: { zh, en }, madeAt: moment.now }),
    audit: [actBy(scope, moment, { ...act, after: { bundle: withdraw, approval } })],
  })
}
