import { and, asc, eq, inArray, like, or } from 'drizzle-orm'
import { surveySubject } from './approvals.ts'
import type { Database } from './database.ts'
import { cycle, survey } from './schema.ts'
import { audit } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// What the office sees of its surveys at its desk: where each one stands, and what was done with its box.

export type DeskSurvey = Readonly<
  Pick<
    typeof survey.$inferSelect,
    | 'id'
    | 'group'
    | 'mode'
    | 'counted'
    | 'state'
    | 'opensAt'
    | 'closesAt'
    | 'graceMinutes'
    | 'resultsOn'
    | 'expected'
    | 'manifest'
    | 'manifestHash'
    | 'pausedAt'
    | 'phone'
  >
> & { readonly sid: string; readonly cycle: DeskCycle }

export type DeskCycle = Readonly<Pick<typeof cycle.$inferSelect, 'id' | 'code' | 'titleZh' | 'titleEn' | 'state'>>

/** The surveys of a jurisdiction, or of one of its cycles, in the order in which they were made. */
export function readDeskSurveys(db: Database, scope: Scope, cycleId?: number): Promise<DeskSurvey[]> {
  return db
    .select({
      id: survey.id,
      sid: survey.code,
      group: survey.group,
      mode: survey.mode,
      counted: survey.counted,
      state: survey.state,
      opensAt: survey.opensAt,
      closesAt: survey.closesAt,
      graceMinutes: survey.graceMinutes,
      resultsOn: survey.resultsOn,
      expected: survey.expected,
      manifest: survey.manifest,
      manifestHash: survey.manifestHash,
      pausedAt: survey.pausedAt,
      phone: survey.phone,
      cycle: {
        id: cycle.id,
        code: cycle.code,
        titleZh: cycle.titleZh,
        titleEn: cycle.titleEn,
        state: cycle.state,
      },
    })
    .from(survey)
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, survey.jurisdictionId), eq(cycle.id, survey.cycleId)))
    .where(
      and(
        eq(survey.jurisdictionId, scope.jurisdiction),
        cycleId === undefined ? undefined : eq(survey.cycleId, cycleId),
      ),
    )
    .orderBy(asc(survey.id))
}

export interface RecordedAct {
  readonly action: string
  readonly actor: string
  readonly at: number
}

/** What the audit says was done with a survey's key and box, in its order. */
export function readBoxActs(db: Database, scope: Scope, id: number): Promise<RecordedAct[]> {
  return db
    .select({ action: audit.action, actor: audit.actor, at: audit.atUtc })
    .from(audit)
    .where(
      and(
        eq(audit.jurisdictionId, scope.jurisdiction),
        eq(audit.object, surveySubject(id)),
        eq(audit.outcome, 'done'),
        or(like(audit.action, 'box%'), inArray(audit.action, ['survey.opening', 'survey.opened'])),
      ),
    )
    .orderBy(asc(audit.seq))
}
