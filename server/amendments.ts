import { amending } from '../db/amendments.ts'
import { surveySubject } from '../db/approvals.ts'
import type { Moment } from '../db/audit.ts'
import type { Change } from '../db/database.ts'
import type { DeskSurvey } from '../db/desk.ts'
import { countLeaves, readLeaves } from '../db/logs.ts'
import { readCycle } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import {
  type AmendableTerm,
  type Amendment,
  type AmendmentRefusal,
  amendmentRefusal,
  currentTerm,
  leadingIn,
} from '../surveys/amendment.ts'
import { isBoxLeaf, surveyName } from '../surveys/ballot.ts'
import { canonicalJson } from '../surveys/canonical.ts'
import { parseQuestionnaire } from '../surveys/questionnaire.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { dayOf } from './calendar.ts'
import { lookAgain } from './log-keeping.ts'
import { checkpointOf } from './logs.ts'
import { proposing } from './proposing.ts'
import { readStored } from './stored.ts'
import type { World } from './world.ts'

// What two administrators change about a survey after it has opened: proposed with what stands there now, what shall stand
// there, and what everybody will be told.

/** What is proposed. */
export interface AmendmentProposal extends Omit<Amendment, 'at'> {
  readonly v: 1
  readonly action: 'survey.amend'
  /** "{jid}/{sid}" */
  readonly survey: string
}

/** A payload of `survey.amend` that this file has written. */
export const readAmendmentProposal = (payload: string): AmendmentProposal => JSON.parse(payload) as AmendmentProposal

/** What somebody asks for; `typed` is the text that a notice is about. */
export interface WantedAmendment {
  readonly term: AmendableTerm
  readonly typed: string
  readonly after: string
  readonly zh: string
  readonly en: string
}

/**
 * The first person's proposal. Refused as in `amendmentRefusal`; `leading`: a note leads people, or asks for what names
 * them; `conflict` as in `propose`.
 */
export async function proposeAmendment(
  world: World,
  scope: Scope,
  { jid, survey }: { readonly jid: string; readonly survey: DeskSurvey },
  { term, typed, after, zh, en }: WantedAmendment,
  moment: Moment,
): Promise<Result<void, AmendmentRefusal | 'leading' | 'conflict'>> {
  const { surveys } = await readCycle(world.db, scope, survey.cycle.id)
  const body = surveys.find(({ id }) => id === survey.id)?.questionnaire.body
  if (body === undefined) return err('conflict')
  const facts = { ...factsOf(survey), questionnaire: readStored(parseQuestionnaire(JSON.parse(body))) }
  const before = currentTerm(facts, term, typed)
  const refused = amendmentRefusal(facts, { term, before, after, ...closingDay(term, after) }, moment.now)
  if (refused) return err(refused)
  if (leadingIn({ zh, en }) !== null) return err('leading')
  const action = 'survey.amend'
  const proposal: AmendmentProposal = {
    ...{ v: 1, action, term, before, after, zh, en },
    survey: surveyName(jid, survey.sid),
  }
  return proposing(world, scope, {
    ...{ action, subject: surveySubject(survey.id), payload: canonicalJson(proposal) },
    ...moment,
  })
}

const factsOf = ({ state, closesAt, resultsOn, phone }: DeskSurvey) => ({
  ...{ state, closesAt, resultsOn, phone, questionnaire: null },
  closesOn: dayOf(closesAt),
})

const closingDay = (term: AmendableTerm, after: string) => (term === 'closes' ? { closesOn: dayOf(Number(after)) } : {})

/** Whether what was proposed is still about the survey as it is. */
export function isAmendable(payload: string, survey: DeskSurvey, now: number): boolean {
  const { term, before, after } = readAmendmentProposal(payload)
  const facts = factsOf(survey)
  const isSame = currentTerm(facts, term, before) === before
  return isSame && amendmentRefusal(facts, { term, before, after, ...closingDay(term, after) }, now) === null
}

/** What is done when an amendment is agreed to; `conflict`: the survey is not as both were shown, or its log has ended. */
export async function agreedAmendment(
  world: World,
  scope: Scope,
  { approval, payload, survey }: { readonly approval: string; readonly payload: string; readonly survey: DeskSurvey },
  moment: Moment,
): Promise<Result<Change, 'conflict'>> {
  if (!isAmendable(payload, survey, moment.now)) return err('conflict')
  const of = { survey: survey.id, log: 'participation' } as const
  const logSize = await countLeaves(world.db, scope, of)
  const [last] = logSize === 0 ? [] : await readLeaves(world.db, scope, of, { from: logSize - 1, limit: 1 })
  if (last && isBoxLeaf(last)) return err('conflict')
  const { term, before, after, zh, en } = readAmendmentProposal(payload)
  const amendment = { term, before, after, zh, en, at: moment.now }
  return ok(amending(scope, { survey: survey.id, amendment, approval, logSize, ...moment }))
}

/** Signs the log that an amendment was announced in; where that fails now, the next look at the logs does. */
export async function signAmendment(world: World, scope: Scope, payload: string, survey: DeskSurvey): Promise<void> {
  const [jid = ''] = readAmendmentProposal(payload).survey.split('/')
  const logged = { jurisdiction: scope.jurisdiction, jid, survey: survey.id, sid: survey.sid }
  lookAgain(world, logged)
  try {
    if ((await countLeaves(world.db, scope, { survey: survey.id, log: 'participation' })) === 0) return
    const head = await checkpointOf(world, scope, logged, 'participation')
    if (head.ok) await world.writer.transact(head.value.change)
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    const at = new Date(world.now()).toISOString()
    world.log({ at, event: 'log-not-kept', log: `${jid}/${survey.sid}`, error: name })
  }
}
