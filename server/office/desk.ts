import type { SurveyName } from '../../client/pages/office/survey-name.ts'
import { type DeskSurvey, readDeskSurveys } from '../../db/desk.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { World } from '../world.ts'

/** A survey of the path `/office/{jid}/{cycle}/surveys/{sid}`, with those beside it. */
export interface DeskPlace {
  readonly found: FoundCycle
  readonly survey: DeskSurvey
  readonly surveys: readonly DeskSurvey[]
}

/** null where there is no such survey, or its cycle has no plan yet. */
export async function findDeskSurvey(
  { db }: World,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string; readonly sid: string },
): Promise<DeskPlace | null> {
  const found = await findCycle(db, params.jid, params.cycle)
  if (!found?.planId) return null
  const surveys = await readDeskSurveys(db, scope, found.cycle.id)
  const survey = surveys.find(({ sid }) => sid === params.sid)
  return survey ? { found, survey, surveys } : null
}

/** Whether a participation audit can be held of a survey: the people of the others are on a list that can be compared. */
export const isAuditable = ({ group, counted }: DeskSurvey): boolean => group === 'public' && counted

export const nameOfSurvey = ({ sid, group, counted }: DeskSurvey): SurveyName => ({ sid, group, counted })
