import { and, asc, desc, eq } from 'drizzle-orm'
import type { SurveyState } from '../surveys/cycle.ts'
import type { LintReasons } from '../surveys/questionnaire-lint.ts'
import type { Database } from './database.ts'
import { cycle, questionnaire, survey } from './schema.ts'
import type { Scope } from './scope.ts'

// The questionnaires of a jurisdiction. Versions are only ever added, by `saveQuestionnaire`.

export interface QuestionnaireVersion {
  readonly id: string
  readonly version: number
  /** Canonical text. */
  readonly body: string
  readonly hash: Uint8Array
  readonly reasons: LintReasons
  /** UTC milliseconds; 0 for a version from before this was kept. */
  readonly savedAt: number
  /** The account, or what else made it; '' from before. */
  readonly savedBy: string
}

const columns = {
  id: questionnaire.id,
  version: questionnaire.version,
  body: questionnaire.body,
  hash: questionnaire.hash,
  reasons: questionnaire.reasons,
  savedAt: questionnaire.savedAt,
  savedBy: questionnaire.savedBy,
}

/** Every version of every questionnaire: by name, the newest first. */
export function listVersions(db: Database, scope: Scope): Promise<QuestionnaireVersion[]> {
  return db
    .select(columns)
    .from(questionnaire)
    .where(eq(questionnaire.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(questionnaire.id), desc(questionnaire.version))
}

/** The versions of one questionnaire, the newest first. */
export function readVersions(db: Database, scope: Scope, id: string): Promise<QuestionnaireVersion[]> {
  return db
    .select(columns)
    .from(questionnaire)
    .where(and(eq(questionnaire.jurisdictionId, scope.jurisdiction), eq(questionnaire.id, id)))
    .orderBy(desc(questionnaire.version))
}

/** One version; null where there is none of that number. */
export async function readVersion(
  db: Database,
  scope: Scope,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<QuestionnaireVersion | null> {
  const [found] = await db
    .select(columns)
    .from(questionnaire)
    .where(
      and(
        eq(questionnaire.jurisdictionId, scope.jurisdiction),
        eq(questionnaire.id, id),
        eq(questionnaire.version, version),
      ),
    )
  return found ?? null
}

export interface UseOfVersion {
  readonly id: string
  readonly version: number
  readonly sid: string
  readonly cycle: string
  readonly state: SurveyState
}

/** Which surveys ask by which version, the newest cycle first. */
export function listUses(db: Database, scope: Scope): Promise<UseOfVersion[]> {
  return db
    .select({
      id: survey.questionnaireId,
      version: survey.questionnaireVersion,
      sid: survey.code,
      cycle: cycle.code,
      state: survey.state,
    })
    .from(survey)
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, survey.jurisdictionId), eq(cycle.id, survey.cycleId)))
    .where(eq(survey.jurisdictionId, scope.jurisdiction))
    .orderBy(desc(cycle.code), asc(survey.code))
}
