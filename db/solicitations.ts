import { and, asc, count, desc, eq } from 'drizzle-orm'
import type { Database, Writer } from './database.ts'
import { organ, survey } from './schema.ts'
import { solicitation } from './schema-admission.ts'
import type { Scope } from './scope.ts'

// Reports that somebody asked for a good rating. They stand apart from answers, codes and the roll: no key of any of
// these is in them, and their own is random.

export interface Solicitation {
  readonly survey: number
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** Number of the organ it is about. */
  readonly organ: number
  /** yyyymmdd in Asia/Shanghai. */
  readonly day: number
  /** Canonical text of at most 500 characters; '' when nothing was written. */
  readonly text: string
}

/** Keeps a report. */
export async function reportSolicitation(writer: Writer, scope: Scope, report: Solicitation): Promise<void> {
  const { survey: surveyId, id, organ: organId, day, text } = report
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO solicitation (jurisdiction_id, survey_id, id, organ_id, day, text) VALUES (?, ?, ?, ?, ?, ?)`,
        args: [scope.jurisdiction, surveyId, id, organId, day, text],
      },
    ],
  })
}

export interface SolicitationRow {
  readonly nameZh: string
  readonly nameEn: string
  readonly day: number
  readonly text: string
}

/** The latest reports of a cycle's surveys: the newest day first, within it in the order of their random keys. */
export async function listSolicitations(
  db: Database,
  scope: Scope,
  { cycle, limit }: { readonly cycle: number; readonly limit: number },
): Promise<SolicitationRow[]> {
  return db
    .select({ ...ofOrgan, day: solicitation.day, text: solicitation.text })
    .from(solicitation)
    .innerJoin(survey, itsSurvey)
    .innerJoin(organ, itsOrgan)
    .where(and(eq(solicitation.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycle)))
    .orderBy(desc(solicitation.day), asc(solicitation.id))
    .limit(limit)
}

/** How many reports there are of each organ, the most first. */
export async function countSolicitations(db: Database, scope: Scope, cycle: number) {
  return db
    .select({ ...ofOrgan, n: count() })
    .from(solicitation)
    .innerJoin(survey, itsSurvey)
    .innerJoin(organ, itsOrgan)
    .where(and(eq(solicitation.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycle)))
    .groupBy(organ.jurisdictionId, organ.id)
    .orderBy(desc(count()), asc(organ.position))
}

const ofOrgan = { nameZh: organ.nameZh, nameEn: organ.nameEn }
const itsSurvey = and(eq(survey.jurisdictionId, solicitation.jurisdictionId), eq(survey.id, solicitation.surveyId))
const itsOrgan = and(eq(organ.jurisdictionId, solicitation.jurisdictionId), eq(organ.id, solicitation.organId))
