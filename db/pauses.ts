import { err, ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { guard, type Writer } from './database.ts'
import type { Scope } from './scope.ts'

export interface Pause extends Moment {
  readonly survey: number
  /** Whether it stops taking answers, or takes them again. */
  readonly isPaused: boolean
  readonly reason: string
}

/**
 * Stops an open survey from taking answers, or lets it take them again. Its closing time stays what was approved.
 * `conflict`: it is not open, or is so already.
 */
export async function pauseSurvey(writer: Writer, scope: Scope, pause: Pause): Promise<Result<void, 'conflict'>> {
  const { survey, isPaused, reason, now } = pause
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'open'
          AND paused_at ${isPaused ? '= 0' : '> 0'})`,
        key,
      ),
      {
        sql: 'UPDATE survey SET paused_at = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [isPaused ? now : 0, ...key],
      },
    ],
    audit: [
      actBy(scope, pause, {
        action: isPaused ? 'survey.pause' : 'survey.resume',
        object: surveySubject(survey),
        reason,
      }),
    ],
  })
  return written.ok ? ok(undefined) : err('conflict')
}
