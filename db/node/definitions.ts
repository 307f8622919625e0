import type { Database } from '../database.ts'
import { questionnaire } from '../schema.ts'

/** Every stored questionnaire of every jurisdiction: which version has which content. For the platform's start only. */
export function listQuestionnaires(db: Database): Promise<{ id: string; version: number; hash: Uint8Array }[]> {
  return db
    .selectDistinct({ id: questionnaire.id, version: questionnaire.version, hash: questionnaire.hash })
    .from(questionnaire)
}
