import type { ScreeningPageProps } from '../../client/pages/office/screening.tsx'
import { batchForm, type ScreeningProblem } from '../../client/pages/office/screening-batches.ts'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { reject } from '../../db/approvals.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import {
  approveQuarantine,
  canonicalSuspicion,
  proposeQuarantine,
  readKept,
  readWaitingQuarantines,
  type Suspicion,
} from '../../db/quarantine.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, hex, utf8 } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { choiceOf, findFlagged, isAbout, type SurveyScreening } from '../screening.ts'
import { isFinished, type SurveyStanding } from '../standing.ts'
import { readReason } from './reason.ts'
import { isSameFinding, showScreening } from './screening-view.tsx'

/** What the screening of a cycle points at, what waits for a second person, and what was decided. */
export const screeningPage = defineRoute({
  method: 'GET',
  path: patterns.screening,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return showScreening(exchange, scope, found, { done, problem: null }, 200)
  },
})

const outcomes = ['proposed', 'approved', 'kept', 'returned', 'withdrawn'] as const

/** The first person's part: a flagged batch and why it should be taken out. */
export const proposeBatch = defineRoute({
  method: 'POST',
  path: patterns.screeningPropose,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values =
      body.kind === 'form'
        ? formValues(body.fields, ['csrf', 'survey', 'test', 'organ', 'day', 'slips', 'reason', 'treatment'])
        : null
    const { treatment = 'quarantine' } = values ?? {}
    if (!values || (treatment !== 'quarantine' && treatment !== 'keep')) return refuse(exchange, 'bad_request')
    const place = await finishedSurvey(exchange, scope, params, values.survey)
    if (!place.ok) return refuse(exchange, place.error)
    const { found, survey } = place.value
    const { organs, plan } = await world.standing(scope, found.cycle.id)
    const organ = organs.find(({ code }) => code === values.organ)
    const [day, slips] = [wholeNumber(values.day), wholeNumber(values.slips)]
    if (day === null || slips === null) return refuse(exchange, 'bad_request')
    const test = testNames.find((each) => each === values.test)
    const screening = await screeningOf(exchange, scope, found, survey)
    const flagged = organ && test && findFlagged(screening, { test, organ: organ.id, day, slips })
    const form = organ && test ? batchForm(survey.sid, { test, organ: organ.code, day }) : ''
    const again = problemPage(exchange, scope, { found, form, reason: values.reason, fewest: plan.disclosure.cell })
    const isWaiting = async () => {
      const waiting = await readWaitingQuarantines(world.db, scope, { survey: survey.id, now: world.now() })
      return organ && test && waiting.some(({ suspicion }) => isAbout(suspicion, { test, organ: organ.id, day }))
    }
    if (await isWaiting()) return again('already_proposed', 409)
    // What was shown is not what the screening says now.
    if (!flagged) return again('changed', 409)
    const kept = await readKept(world.db, scope, [survey.id])
    if (kept.some((each) => isSameFinding(flagged, each))) return again('decided', 409)
    // Whoever sees the score before and after would compute how a handful answered.
    if (treatment === 'quarantine' && slips < plan.disclosure.cell) return again('too_few', 409)
    const reason = readReason(values.reason)
    if (!reason) return again('reason', 422)
    const { p, adjustedP } = flagged.test
    const suspicion: Suspicion = {
      ...{ survey: survey.id, ...choiceOf(flagged.test), test, p, adjustedP, slips, reason },
      ...(treatment === 'keep' ? { treatment } : {}),
    }
    const proposed = await proposeQuarantine(world.writer, scope, {
      id: base64url(world.crypto.random(16)),
      suspicion,
      payloadHash: await world.crypto.sha256(utf8(canonicalSuspicion(suspicion))),
      now: world.now(),
      req,
    })
    if (proposed.ok) return back(exchange, params, 'proposed')
    return again((await isWaiting()) ? 'already_proposed' : 'changed', 409)
  },
})

/** The second person's part: yes to exactly what was shown, or no with a reason; or the first one takes it back. */
export const decideBatch = defineRoute({
  method: 'POST',
  path: patterns.screeningDecide,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values =
      body.kind === 'form' ? formValues(body.fields, ['csrf', 'survey', 'id', 'hash', 'decision', 'reason']) : null
    if (!values?.id) return refuse(exchange, 'bad_request')
    const place = await finishedSurvey(exchange, scope, params, values.survey)
    if (!place.ok) return refuse(exchange, place.error)
    const { found, survey } = place.value
    const { id } = values
    const { plan } = await world.standing(scope, found.cycle.id)
    const fewest = plan.disclosure.cell
    const again = problemPage(exchange, scope, { found, form: id, reason: values.reason, fewest })
    const now = world.now()
    const findWaiting = async () => {
      const waiting = await readWaitingQuarantines(world.db, scope, { survey: survey.id, now })
      return waiting.find((each) => each.id === id)
    }
    const proposal = await findWaiting()
    if (!proposal) return again('decided', 409)
    if (hex(proposal.payloadHash) !== values.hash) return again('changed', 409)
    const isOwn = proposal.proposer === scope.actor

    if (values.decision === 'approve') {
      const { treatment, slips } = proposal.suspicion
      if (treatment !== 'keep' && slips < fewest) return again('too_few', 409)
      const screening = await screeningOf(exchange, scope, found, survey)
      if (!findFlagged(screening, proposal.suspicion)) return again('not_flagged', 409)
      const { payloadHash } = proposal
      const spec = tallySpec(survey.questionnaire)
      const approved = await approveQuarantine(world.db, world.writer, scope, { id, payloadHash, spec, now, req })
      if (approved.ok) return back(exchange, params, treatment === 'keep' ? 'kept' : 'approved')
      if (approved.error === 'same_person') return again('same_person', 403)
      return again((await findWaiting()) ? 'changed' : 'decided', 409)
    }
    if (values.decision === 'withdraw' && isOwn) {
      const withdrawn = await reject(world.writer, scope, { id, now, req })
      return withdrawn.ok ? back(exchange, params, 'withdrawn') : again('decided', 409)
    }
    if (values.decision !== 'return' || isOwn) return refuse(exchange, 'bad_request')
    const reason = readReason(values.reason)
    if (!reason) return again('reason', 422)
    const returned = await reject(world.writer, scope, { id, now, req, reason })
    return returned.ok ? back(exchange, params, 'returned') : again('decided', 409)
  },
})

const testNames = ['straight_lining', 'duplicates', 'burst', 'concentration'] as const

type Params = { readonly jid: string; readonly cycle: string }

/** The scored survey of the cycle that takes no more answers, by its code. */
async function finishedSurvey(
  { world }: Pick<Exchange, 'world'>,
  scope: Scope,
  { jid, cycle }: Params,
  sid: string | undefined,
): Promise<Result<{ found: FoundCycle; survey: SurveyStanding }, 'not_found' | 'bad_request'>> {
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return err('not_found')
  if (sid === undefined) return err('bad_request')
  const { surveys } = await world.standing(scope, found.cycle.id)
  const survey = surveys.find((each) => each.sid === sid && each.counted && isFinished(each.state))
  return survey ? ok({ found, survey }) : err('not_found')
}

async function screeningOf(
  { world }: Pick<Exchange, 'world'>,
  scope: Scope,
  found: FoundCycle,
  { id }: SurveyStanding,
): Promise<SurveyScreening> {
  const screenings = await world.screening(scope, found.cycle.id)
  // Both are about the same finished surveys, except in the moment in which one is closed.
  const own = screenings.find(({ survey }) => survey === id)
  if (!own) throw new Error('screeningOf needs a survey that was screened')
  return own
}

/** Digits alone: no sign, exponent or space, and not nothing. */
const wholeNumber = (typed: string | undefined): number | null => (/^\d+$/.test(typed ?? '') ? Number(typed) : null)

function problemPage(
  exchange: Exchange<string, typeof deciders>,
  scope: Scope,
  about: {
    readonly found: FoundCycle
    readonly form: string
    readonly reason: string | undefined
    readonly fewest: number
  },
) {
  const { found, form, reason = '', fewest } = about
  return (kind: ScreeningProblem['kind'], status: number) =>
    showScreening(exchange, scope, found, { done: null, problem: { kind, form, reason, fewest } }, status)
}

function back(
  exchange: Exchange<string, typeof deciders>,
  { jid, cycle }: Params,
  done: NonNullable<ScreeningPageProps['done']>,
) {
  return seeOther(exchange, 'office', `${carry(urls.screening(jid, cycle), exchange)}&done=${done}`)
}
