import {
  type CycleState,
  type IntakeMode,
  moveCycle as permitCycle,
  moveSurvey as permitSurvey,
  type SurveyState,
} from '../surveys/cycle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { agreementHolds, cycleSubject, surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, guard } from './database.ts'
import type { Scope } from './scope.ts'
import { moveSurvey } from './writer/statements.ts'

// What the second person's yes lets happen, as changes for `approve`: it holds and the change is made, or neither. A
// survey that is closed early is moved by movingSurvey of setup.ts.

/**
 * Nothing happens before the hour of the opening, when the clock looks for this agreement; but it must be about the text
 * that the survey still has, and its time must not be over.
 */
export function agreeingToOpen(
  scope: Scope,
  { survey, hash, now }: { readonly survey: number; readonly hash: Uint8Array; readonly now: number },
): Change {
  return {
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'ready' AND manifest_hash = ?
          AND closes_at > ?)`,
        [scope.jurisdiction, survey, hash, now],
      ),
    ],
  }
}

/**
 * A box whose key is a file: nothing happens yet, somebody opens it when both have agreed. The agreement must be about a
 * survey that is closed and still waits, by the manifest and the closing time that both were shown.
 */
export function agreeingToOpenBox(
  scope: Scope,
  {
    survey,
    manifestHash,
    closesAt,
  }: { readonly survey: number; readonly manifestHash: Uint8Array; readonly closesAt: number },
): Change {
  return {
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey AS s JOIN box_key AS k ON k.jurisdiction_id = s.jurisdiction_id AND k.survey_id = s.id
          WHERE s.jurisdiction_id = ? AND s.id = ? AND s.state = 'closed' AND s.mode = 'sealed' AND s.manifest_hash = ?
          AND s.closes_at = ? AND k.holding = 'file')`,
        [scope.jurisdiction, survey, manifestHash, closesAt],
      ),
    ],
  }
}

export interface Publishing extends Moment {
  readonly cycle: number
  /** Where the cycle stands; the steps between, for which nobody else is asked, are taken and recorded as well. */
  readonly from: CycleState
  /** All its surveys but drafts, as they were shown. */
  readonly surveys: readonly { readonly id: number; readonly mode: IntakeMode; readonly state: SurveyState }[]
  /** Id of the decision about the cycle. */
  readonly approval: string
}

/**
 * A cycle and all its surveys, published together: one result, one decision. `not_permitted`: a survey still takes
 * answers or its box is not open, or the cycle is published.
 */
export function publishingCycle(scope: Scope, act: Publishing): Result<Change, 'not_permitted'> {
  const { cycle, from, surveys, approval } = act
  const steps = stepsToPublication(
    from,
    surveys.map(({ state }) => state),
  )
  const moving = surveys.filter(({ state }) => state !== 'published')
  const allMay = moving.every(
    ({ mode, state }) => permitSurvey({ from: state, to: 'published', mode, dueToClose: false }).ok,
  )
  if (steps.length === 0 || !allMay) return err('not_permitted')
  const here = scope.jurisdiction
  const agreed = agreementHolds(
    scope,
    { kind: 'second_administrator', action: 'result.publish' },
    cycleSubject(cycle),
    approval,
  )
  const states = JSON.stringify(Object.fromEntries(surveys.map(({ id, state }) => [id, state])))
  return ok({
    statements: [
      guard(`EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND state = ?) AND ${agreed.sql}`, [
        here,
        cycle,
        from,
        ...agreed.args,
      ]),
      // Neither another survey nor one that has moved on since it was shown.
      guard(
        `NOT EXISTS (SELECT 1 FROM survey AS s WHERE s.jurisdiction_id = ? AND s.cycle_id = ? AND s.state <> 'draft'
          AND s.state IS NOT (SELECT j.value FROM json_each(?) AS j WHERE j.key = CAST(s.id AS TEXT)))`,
        [here, cycle, states],
      ),
      ...moving.map(({ id, state }) => moveSurvey(here, id, state, 'published')),
      {
        sql: `UPDATE cycle SET state = 'published' WHERE jurisdiction_id = ? AND id = ?`,
        args: [here, cycle],
      },
    ],
    audit: [
      ...moving.map(({ id, state }) =>
        actBy(scope, act, {
          action: 'survey.published',
          object: surveySubject(id),
          before: { state },
          after: { state: 'published', approval },
        }),
      ),
      ...steps.map(([before, after]) =>
        actBy(scope, act, {
          action: `cycle.${after}`,
          object: cycleSubject(cycle),
          before: { state: before },
          after: after === 'published' ? { state: after, approval } : { state: after },
        }),
      ),
    ],
  })
}

/** Each step of a cycle on its way, [from, to]; none where one of them is not permitted. */
function stepsToPublication(from: CycleState, surveys: readonly SurveyState[]): [CycleState, CycleState][] {
  const steps: [CycleState, CycleState][] = []
  for (let state = from; state !== 'published'; ) {
    const next = onTheWay.find((to) => permitCycle(state, to, surveys).ok)
    if (next === undefined) return []
    steps.push([state, next])
    state = next
  }
  return steps
}

const onTheWay: readonly CycleState[] = ['targets', 'fieldwork', 'closed', 'reviewed', 'published']
