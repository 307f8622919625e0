import { cycleRevision, fieldworkRevision, screeningRevision } from '../../db/cycles.ts'
import type { Database } from '../../db/database.ts'
import type { Scope, ScopeFacts } from '../../db/scope.ts'
import type { SurveyDetails } from '../details.ts'
import type { SurveyFieldwork } from '../fieldwork.ts'
import { keepByRevision } from '../kept.ts'
import type { SurveyScreening } from '../screening.ts'
import type { Standing } from '../standing.ts'
import { openThread } from './thread.ts'

/** A scope crosses to the thread as data and is established there again. */
export interface CycleQuestion {
  readonly what: 'standing' | 'screening' | 'details' | 'fieldwork'
  readonly scope: ScopeFacts
  readonly cycle: number
  /** Of `fieldwork`: the day that is not over, yyyymmdd. */
  readonly today: number
}

/**
 * Standings, screenings and details from threads, each kept per cycle. Screenings and details read every slip, so each
 * has a thread of its own: no score waits for them.
 */
export function standingSource(options: { db: Database; url: string; token: string }) {
  const { db, ...data } = options
  const standings = openThread<CycleQuestion, Standing>('standing-thread', data)
  const screenings = openThread<CycleQuestion, SurveyScreening[]>('standing-thread', data)
  const details = openThread<CycleQuestion, SurveyDetails[]>('standing-thread', data)
  const fieldworks = openThread<CycleQuestion, SurveyFieldwork[]>('standing-thread', data)
  return {
    standing: keepByRevision(db, cycleRevision, (scope, cycle) => standings.ask(questionOf('standing', scope, cycle))),
    screening: keepByRevision(db, screeningRevision, (scope, cycle) =>
      screenings.ask(questionOf('screening', scope, cycle)),
    ),
    details: keepByRevision(db, screeningRevision, (scope, cycle) => details.ask(questionOf('details', scope, cycle))),
    fieldwork: keepByRevision(db, fieldworkRevision, (scope, cycle, today: number) =>
      fieldworks.ask(questionOf('fieldwork', scope, cycle, today)),
    ),
    stop: async () => {
      await standings.stop()
      await screenings.stop()
      await details.stop()
      await fieldworks.stop()
    },
  }
}

function questionOf(what: CycleQuestion['what'], scope: Scope, cycle: number, today = 0): CycleQuestion {
  const { jurisdiction, actor, role, organs } = scope
  return { what, scope: { jurisdiction, actor, role, organs }, cycle, today }
}
