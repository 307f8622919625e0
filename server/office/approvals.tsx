import {
  ApprovalsPage,
  type ApprovalsPageProps,
  type ApprovalsProblem,
  approvalsTitle,
  type WaitingDecision,
} from '../../client/pages/office/approvals.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { appealSubjects } from '../../db/appeals.ts'
import {
  type ApprovalRow,
  readApprovals,
  readProposal,
  readProposals,
  readReturns,
  reject,
} from '../../db/approvals.ts'
import { listOrgans } from '../../db/cycle-setup.ts'
import { type DeskSurvey, readDeskSurveys } from '../../db/desk.ts'
import { findJurisdiction, listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { approving } from '../decisions.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf as organName } from '../surveys.ts'
import type { World } from '../world.ts'
import { appoint, appointmentHindrance, readAppointment } from './appointments.ts'
import { aboutDecision, hindranceOf, proposedOf } from './approval-view.ts'
import { agreeToIndicators, indicatorHindrance, readIndicatorProposal } from './indicator-decisions.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** What waits for a second person in a jurisdiction, and what was decided. */
export const approvalsPage = defineRoute({
  method: 'GET',
  path: patterns.approvals,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const done = outcomes.find((each) => each === exchange.url.searchParams.get('done')) ?? null
    return show(exchange, exchange.scope, { done, problem: null }, 200)
  },
})

const outcomes = ['approved', 'returned', 'withdrawn'] as const

/** Yes to exactly what was shown, no with a reason, or the first person takes it back. */
export const decide = defineRoute({
  method: 'POST',
  path: patterns.approvalsDecide,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'id', 'hash', 'decision', 'reason']) : null
    if (!values?.id) return refuse(exchange, 'bad_request')
    const { id } = values
    const moment = { now: world.now(), req }
    const again = (kind: ApprovalsProblem['kind'], status: number) =>
      show(exchange, scope, { done: null, problem: { kind, id, reason: values.reason ?? '' } }, status)
    const back = (done: NonNullable<ApprovalsPageProps['done']>) =>
      seeOther(exchange, 'office', `${carry(urls.approvals(params.jid), exchange)}&done=${done}`)
    const findWaiting = async () => {
      const rows = await readApprovals(world.db, scope, moment)
      return rows.find((row) => row.id === id && row.state === 'proposed')
    }
    const row = await findWaiting()
    if (!row) return again('decided', 409)
    if (hex(row.payloadHash) !== values.hash) return again('changed', 409)
    const isOwn = row.proposer === scope.actor

    if (values.decision === 'approve') {
      const text = await readProposal(world.db, scope, id)
      const { payloadHash, proposer } = row
      const answered = async (approved: Result<void, 'same_person' | 'conflict'>) => {
        if (approved.ok) return back('approved')
        if (approved.error === 'same_person') return again('same_person', 403)
        return again((await findWaiting()) ? 'changed' : 'decided', 409)
      }
      if (row.action === 'grant.admin' && text !== null) {
        const appointment = readAppointment(text)
        if (await appointmentHindrance(world.db, scope, appointment, moment.now)) return again('changed', 409)
        return answered(await appoint(world, scope, { id, payloadHash, proposer, appointment }, moment))
      }
      if (row.action === 'plan.change' && text !== null) {
        const proposal = readIndicatorProposal(text)
        if (await indicatorHindrance(world.db, scope, proposal)) return again('changed', 409)
        return answered(await agreeToIndicators(world, scope, { id, payloadHash, proposal }, moment))
      }
      const surveys = await readDeskSurveys(world.db, scope)
      const proposed = text === null ? null : proposedOf(row, text, surveys)
      if (!proposed || hindranceOf(proposed, moment.now)) return again('changed', 409)
      return answered(await approving(world, scope, proposed, moment))
    }
    if (values.decision === 'withdraw' && isOwn) {
      const withdrawn = await reject(world.writer, scope, { id, ...moment })
      return withdrawn.ok ? back('withdrawn') : again('decided', 409)
    }
    // An appeal is decided where it is asked whether one had a part in it.
    const isAppeal = row.action === 'result.decide' && row.subject.startsWith(appealSubjects)
    if (values.decision !== 'return' || isOwn || isAppeal) return refuse(exchange, 'bad_request')
    const reason = readReason(values.reason)
    if (!reason) return again('reason', 422)
    const returned = await reject(world.writer, scope, { id, ...moment, reason })
    return returned.ok ? back('returned') : again('decided', 409)
  },
})

/** How many of those that are decided stand on the page. */
const shownDecided = 50

async function show(
  exchange: Exchange,
  scope: Scope,
  said: Pick<ApprovalsPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid } = exchange.params as { jid: string }
  const jurisdiction = await findJurisdiction(world.db, jid)
  if (!jurisdiction) return refuse(exchange, 'not_found')
  const now = world.now()
  const [rows, surveys, organs, [newest]] = await Promise.all([
    readApprovals(world.db, scope, { now }),
    readDeskSurveys(world.db, scope),
    listOrgans(world.db, scope),
    listCyclesOf(world.db, [scope.jurisdiction]),
  ])
  const waiting = rows.filter(({ state }) => state === 'proposed')
  const decided = rows.filter(({ state }) => state !== 'proposed').slice(0, shownDecided)
  const shown = [...waiting, ...decided]
  const [names, texts, returns] = await Promise.all([
    readStaffNames(world.db, scope, [
      ...new Set(shown.flatMap(({ proposer, approver }) => [proposer, approver ?? ''])),
    ]),
    readProposals(
      world.db,
      scope,
      shown.map(({ id }) => id),
    ),
    readReturns(
      world.db,
      scope,
      decided.map(({ id }) => id),
    ),
  ])
  const nameOf = (id: string) => names.get(id) ?? id
  const hindrances = new Map(
    await Promise.all(
      waiting.map(async (row) => [row.id, await hindranceNow(world, scope, row, texts.get(row.id), surveys)] as const),
    ),
  )
  const aboutOf = (row: ApprovalRow) => {
    const about = aboutDecision(row, texts.get(row.id) ?? null, surveys, locale)
    const organ = 'organ' in about && organs.find(({ code }) => code === about.organ)
    return organ ? { ...about, organName: organName(organ, locale) } : about
  }
  const props: ApprovalsPageProps = {
    // The decisions of a jurisdiction belong to no cycle: around them stands its newest.
    shell: await shellOf(exchange, 'approvals', newest ?? null),
    jid,
    waiting: waiting.map((row) => ({
      id: row.id,
      hash: hex(row.payloadHash),
      proposer: nameOf(row.proposer),
      isOwn: row.proposer === scope.actor,
      proposed: momentText(row.proposedAt, locale),
      expires: momentText(row.expiresAt, locale),
      about: aboutOf(row),
      hindrance: hindrances.get(row.id) ?? null,
    })),
    decided: decided.map((row) => ({
      id: row.id,
      about: aboutOf(row),
      proposer: nameOf(row.proposer),
      approver: row.approver === null ? null : nameOf(row.approver),
      outcome: outcomeOf(row),
      decided: momentText(row.decidedAt ?? row.expiresAt, locale),
      reason: returns.get(row.id) ?? '',
    })),
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: approvalsTitle(props),
    body: <ApprovalsPage {...props} />,
    status,
  })
}

/** Why a proposal cannot be approved as things stand, whoever asks. */
async function hindranceNow(
  world: World,
  scope: Scope,
  row: ApprovalRow,
  text: string | undefined,
  surveys: readonly DeskSurvey[],
): Promise<WaitingDecision['hindrance']> {
  const now = world.now()
  if (text === undefined) return 'no_text'
  if (row.action === 'grant.admin') return appointmentHindrance(world.db, scope, readAppointment(text), now)
  // Decided where all its figures are, which ask again.
  if (row.action === 'result.decide') return null
  if (row.action === 'plan.change') return indicatorHindrance(world.db, scope, readIndicatorProposal(text))
  const proposed = proposedOf(row, text, surveys)
  return !proposed || hindranceOf(proposed, now) ? 'changed' : null
}

/** A proposal that nobody but its proposer has ended was withdrawn. */
function outcomeOf({ state, approver }: ApprovalRow): 'approved' | 'returned' | 'withdrawn' | 'expired' {
  if (state === 'rejected') return approver === null ? 'withdrawn' : 'returned'
  return state === 'approved' ? 'approved' : 'expired'
}
