import { and, desc, eq } from 'drizzle-orm'
import type { Indicator } from '../surveys/plan.ts'
import { cycleSubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type PlanChange, replacingPlan } from './cycle-setup.ts'
import { type Change, type Database, guard, type Statement } from './database.ts'
import { countReviews } from './reviews.ts'
import { cycle } from './schema.ts'
import { indicatorVersion } from './schema-indicators.ts'
import type { Scope } from './scope.ts'

// Which indicator systems a cycle has had. The newest version is the one in its plan: it is written by whatever saves the plan.
// From the day on which two people agreed to one, two people change it, and once somebody has been scored nobody does.

export interface IndicatorVersion {
  /** Code of the cycle. */
  readonly cycle: string
  readonly version: number
  /** UTC milliseconds; 0 for what was there before versions were kept. */
  readonly savedAt: number
  /** User id; '' for what was there before. */
  readonly savedBy: string
  /** UTC milliseconds; 0 unless two people agreed to it. */
  readonly agreedAt: number
}

const ofCycle = and(eq(cycle.jurisdictionId, indicatorVersion.jurisdictionId), eq(cycle.id, indicatorVersion.cycleId))

/** All versions of a jurisdiction, the newest cycle and version first. */
export function listIndicatorVersions(db: Database, scope: Scope): Promise<IndicatorVersion[]> {
  const { version, savedAt, savedBy, agreedAt } = indicatorVersion
  return db
    .select({ cycle: cycle.code, version, savedAt, savedBy, agreedAt })
    .from(indicatorVersion)
    .innerJoin(cycle, ofCycle)
    .where(eq(indicatorVersion.jurisdictionId, scope.jurisdiction))
    .orderBy(desc(cycle.code), desc(version))
}

/** The tree of one version; null where there is none. */
export async function readIndicators(
  db: Database,
  scope: Scope,
  { cycle: code, version }: Pick<IndicatorVersion, 'cycle' | 'version'>,
): Promise<Indicator[] | null> {
  const [found] = await db
    .select({ body: indicatorVersion.body })
    .from(indicatorVersion)
    .innerJoin(cycle, ofCycle)
    .where(
      and(
        eq(indicatorVersion.jurisdictionId, scope.jurisdiction),
        eq(cycle.code, code),
        eq(indicatorVersion.version, version),
      ),
    )
  return found ? (JSON.parse(found.body) as Indicator[]) : null
}

/** Whether nobody alone may change the indicators of a cycle: two people agreed to them, or somebody was scored by them. */
export async function areIndicatorsFixed(
  db: Database,
  scope: Scope,
  { id, code }: { readonly id: number; readonly code: string },
): Promise<boolean> {
  const [versions, reviews] = await Promise.all([listIndicatorVersions(db, scope), countReviews(db, scope, id)])
  return reviews > 0 || versions.some((each) => each.cycle === code && each.agreedAt > 0)
}

/**
 * What happens when a second person agrees to the indicators of a cycle: those of `version`, the newest, stand from now on;
 * or `plan` takes the place of the one there, with others. A cycle that was a draft has begun with that.
 */
export function agreeingToIndicators(
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly version: number; readonly plan: PlanChange | null },
): Change {
  const { cycle: id, version, plan, now, req } = act
  const key = [scope.jurisdiction, id]
  const moment = req === undefined ? { now } : { now, req }
  const isNewest = guard(
    '(SELECT max(version) FROM indicator_version WHERE jurisdiction_id = ? AND cycle_id = ?) = ?',
    [...key, version],
  )
  const begins: Statement = {
    sql: "UPDATE cycle SET state = 'targets' WHERE jurisdiction_id = ? AND id = ? AND state = 'draft'",
    args: key,
  }
  const agreed = {
    action: 'indicators.agree',
    object: cycleSubject(id),
    after: { version: plan ? version + 1 : version },
  }
  if (plan) {
    const replaced = replacingPlan(scope, { cycle: id, ...plan, agreed: true, ...moment })
    return {
      statements: [isNewest, ...replaced.statements, begins],
      audit: [...replaced.audit, actBy(scope, moment, agreed)],
    }
  }
  return {
    statements: [
      isNewest,
      guard(
        `EXISTS (SELECT 1 FROM indicator_version WHERE jurisdiction_id = ? AND cycle_id = ? AND version = ? AND agreed_at = 0)
          AND EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND frozen_at IS NULL)`,
        [...key, version, ...key],
      ),
      {
        sql: 'UPDATE indicator_version SET agreed_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND version = ?',
        args: [now, ...key, version],
      },
      begins,
    ],
    audit: [actBy(scope, moment, agreed)],
  }
}
