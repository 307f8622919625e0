import {
  type FilesProblem,
  type Hindrance,
  needsReason,
  type PossibleAct,
  type SurveyAct,
  SurveyPage,
  type SurveyPageProps,
  surveyPageTitle,
} from '../../client/pages/office/survey.tsx'
import { type SurveyLine, SurveysPage, surveysTitle } from '../../client/pages/office/surveys.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { type ApprovalRow, cycleSubject, readApprovals, surveySubject } from '../../db/approvals.ts'
import { readAuditKey } from '../../db/audit-keys.ts'
import { type BoxKey, readBoxKey } from '../../db/box-keys.ts'
import { type DeskSurvey, readDeskSurveys } from '../../db/desk.ts'
import { pauseSurvey } from '../../db/pauses.ts'
import { findCycle } from '../../db/platform.ts'
import { readParticipation } from '../../db/responses.ts'
import type { Scope } from '../../db/scope.ts'
import { moveSurvey } from '../../db/setup.ts'
import { leadingIn } from '../../surveys/amendment.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Missing } from '../../surveys/cycle.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, startOf } from '../calendar.ts'
import { proposeClosing, proposeOpening, proposePublication, publicationHindrance } from '../decisions.ts'
import { refuse } from '../problem.tsx'
import { makeReady, readSurveyFacts } from '../ready.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { findContext, forgetContexts } from '../surveys.ts'
import type { World } from '../world.ts'
import { waysOf } from './assist.tsx'
import { keyView } from './box-key.tsx'
import { type DeskPlace, findDeskSurvey, isAuditable, nameOfSurvey } from './desk.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** The surveys of a cycle: where each one stands, and how many took part. */
export const surveysPage = defineRoute({
  method: 'GET',
  path: patterns.surveys,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const surveys = await readDeskSurveys(world.db, scope, found.cycle.id)
    const received = await countReceived(world, scope, surveys)
    const shell = await shellOf(exchange, 'surveys', found)
    const lines = surveys.map((survey) => lineOf(survey, received, locale))
    const body = <SurveysPage shell={shell} surveys={lines} />
    return answerHtml(exchange, { face: 'office', title: surveysTitle({ shell }), body })
  },
})

/** One survey: what is missing before it opens, and what can be done now. */
export const surveyPage = defineRoute({
  method: 'GET',
  path: patterns.survey,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const done = formActs.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, place, { done, problem: null }, 200)
  },
})

/** What is done by a form of that page. */
const formActs = [
  'make_ready',
  'back_to_draft',
  'propose_open',
  'propose_close',
  'pause',
  'resume',
  'propose_publish',
] as const
type FormAct = (typeof formActs)[number]

/** One step, or the proposal of one that needs a second person. What the page forbids is refused here as well. */
export const actOnSurvey = defineRoute({
  method: 'POST',
  path: patterns.surveyAct,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'reason']) : null
    const act = formActs.find((each) => each === values?.act)
    if (!values || !act) return refuse(exchange, 'bad_request')
    const place = await findDeskSurvey(world, scope, params)
    if (!place) return refuse(exchange, 'not_found')
    const again = async (kind: NonNullable<SurveyPageProps['problem']>['kind'], status: number) => {
      const now = (await findDeskSurvey(world, scope, params)) ?? place
      return show(exchange, scope, now, { done: null, problem: { act, kind, reason: values.reason ?? '' } }, status)
    }
    const asked = { act, place, jid: params.jid, reason: values.reason }
    const done = await takeAct(world, scope, asked, { now: world.now(), req })
    if (!done.ok)
      return again(
        done.error.kind === 'hindered' ? 'changed' : done.error.kind,
        done.error.kind === 'reason' || done.error.kind === 'leading' ? 422 : 409,
      )
    const { jid, cycle, sid } = params
    return seeOther(exchange, 'office', `${carry(urls.survey(jid, cycle, sid), exchange)}&done=${act}`)
  },
})

/** `hindered`: what the page says about it instead of a button. */
export type ActProblem =
  | { readonly kind: 'hindered'; readonly hindrance: Hindrance | null }
  | { readonly kind: 'reason' | 'leading' | 'changed' | FilesProblem }

/** Does one of the acts of the page of a survey, or proposes it, unless something stands in its way. */
export async function takeAct(
  world: World,
  scope: Scope,
  asked: {
    readonly act: FormAct
    readonly place: DeskPlace
    readonly jid: string
    readonly reason: string | undefined
  },
  moment: { readonly now: number; readonly req: string },
): Promise<Result<void, ActProblem>> {
  const { act, place } = asked
  const possible = actsOf(await factsOf(world, scope, place)).find((each) => each.act === act)
  if (possible?.hindrance !== null) return err({ kind: 'hindered', hindrance: possible?.hindrance ?? null })
  const reason = needsReason(act) ? readReason(asked.reason) : ''
  if (reason === null) return err({ kind: 'reason' })
  if (act === 'propose_close' && leadingIn({ zh: reason, en: reason }) !== null) return err({ kind: 'leading' })
  const done = await perform(world, scope, { ...asked, reason }, moment)
  if (!done.ok) return err({ kind: problemOf(done.error) })
  forgetContexts(world)
  return ok(undefined)
}

type ActRefusal =
  | FilesProblem
  | 'conflict'
  | 'not_permitted'
  | 'approval_needed'
  | { readonly missing: readonly Missing[] }

async function perform(
  world: World,
  scope: Scope,
  {
    act,
    place,
    jid,
    reason,
  }: { readonly act: FormAct; readonly place: DeskPlace; readonly jid: string; readonly reason: string },
  moment: { readonly now: number; readonly req: string },
): Promise<Result<unknown, ActRefusal>> {
  const { survey, found } = place
  switch (act) {
    case 'make_ready':
      return makeReady(world, scope, { survey: survey.id, ...moment })
    case 'back_to_draft':
      return moveSurvey(world.writer, scope, { survey: survey.id, from: 'ready', to: 'draft', ...moment })
    case 'propose_open':
      return proposeOpening(world, scope, survey, moment)
    case 'propose_close':
      return proposeClosing(world, scope, { jid, survey, reason }, moment)
    case 'pause':
    case 'resume':
      return pauseSurvey(world.writer, scope, { survey: survey.id, isPaused: act === 'pause', reason, ...moment })
    case 'propose_publish':
      return proposePublication(world, scope, found.cycle, moment)
  }
}

/** What is missing, or who has moved it, stands on the page that is shown again. */
function problemOf(refusal: ActRefusal): 'changed' | FilesProblem {
  if (typeof refusal === 'object') return 'changed'
  return refusal === 'conflict' || refusal === 'not_permitted' || refusal === 'approval_needed' ? 'changed' : refusal
}

interface SurveyFactsShown {
  readonly survey: DeskSurvey
  readonly surveys: readonly DeskSurvey[]
  readonly key: BoxKey | null
  /** Whether the survey has a key of an auditor. */
  readonly hasAudit: boolean
  /** null once it has opened. */
  readonly missing: readonly Missing[] | null
  /** The decisions about the survey and its cycle. */
  readonly decisions: readonly ApprovalRow[]
  readonly now: number
}

async function factsOf(world: World, scope: Scope, { survey, surveys }: DeskPlace): Promise<SurveyFactsShown> {
  const now = world.now()
  const isOpenToChange = survey.state === 'draft' || survey.state === 'ready'
  const [key, auditKey, read, ofSurvey, ofCycle] = await Promise.all([
    readBoxKey(world.db, scope, survey.id),
    readAuditKey(world.db, scope, survey.id),
    isOpenToChange ? readSurveyFacts(world, scope, survey.id) : null,
    readApprovals(world.db, scope, { now, subject: surveySubject(survey.id) }),
    readApprovals(world.db, scope, { now, subject: cycleSubject(survey.cycle.id) }),
  ])
  const decisions = [...ofSurvey, ...ofCycle]
  return { survey, surveys, key, hasAudit: auditKey !== null, missing: read?.missing ?? null, decisions, now }
}

/** Everything that can ever be done about such a survey, each with what stands in its way now. */
export function actsOf(shown: SurveyFactsShown): PossibleAct[] {
  const { survey, surveys, key, hasAudit, missing, decisions, now } = shown
  const { state, mode, manifestHash, closesAt } = survey
  const isSealed = mode === 'sealed'
  const isOver = state === 'opened' || state === 'published'
  const takesAnswers = state === 'draft' || state === 'ready' || state === 'open'
  const stands = (action: string, at: ApprovalRow['state']) =>
    decisions.some((row) => row.action === action && row.state === at)
  const first = (...found: readonly [SurveyAct, ...(Hindrance | false)[]]): PossibleAct => {
    const [act, ...hindrances] = found
    return { act, hindrance: hindrances.find((each) => each !== false) ?? null }
  }
  const acts = [
    isSealed && first('box_key', state !== 'draft' && 'only_draft'),
    isSealed &&
      key?.holding !== 'file' &&
      first('rehearse', state !== 'draft' && state !== 'ready' && 'before_opening', key === null && 'no_key'),
    isAuditable(survey) && first('audit_key', state !== 'draft' && 'only_draft'),
    // A ready survey whose terms were changed has lost its manifest.
    first(
      'make_ready',
      state !== 'draft' && !(state === 'ready' && manifestHash === null) && 'only_draft',
      (missing === null || missing.length > 0) && 'is_missing',
    ),
    first(
      'preview',
      state !== 'draft' && state !== 'ready' && 'before_opening',
      state === 'draft' && missing?.includes('organs') !== false && 'is_missing',
    ),
    first('embed'),
    first('back_to_draft', state !== 'ready' && 'only_ready'),
    first(
      'propose_open',
      state !== 'ready' && 'only_ready',
      manifestHash === null && 'no_manifest',
      stands('survey.open', 'approved') && 'is_approved',
      stands('survey.open', 'proposed') && 'is_proposed',
      closesAt <= now && 'is_over',
    ),
    first('propose_close', state !== 'open' && 'only_open', stands('survey.close', 'proposed') && 'is_proposed'),
    first('amend', state !== 'open' && state !== 'closed' && 'only_open'),
    survey.pausedAt > 0 && state === 'open' ? first('resume') : first('pause', state !== 'open' && 'only_open'),
    isSealed &&
      (isOver ? first('box_result') : first('open_box', state !== 'closed' && state !== 'opening' && 'only_closed')),
    isAuditable(survey) && first('audit', !hasAudit && 'no_audit_key', takesAnswers && 'after_close'),
    first(
      'propose_publish',
      publicationHindrance(surveys) ?? false,
      stands('result.publish', 'proposed') && 'is_proposed',
    ),
  ]
  return acts.filter((each) => each !== false)
}

async function show(
  exchange: Exchange,
  scope: Scope,
  place: DeskPlace,
  said: Pick<SurveyPageProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { survey, found } = place
  const facts = await factsOf(world, scope, place)
  const props: SurveyPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    survey: {
      ...lineOf(survey, await countReceived(world, scope, [survey]), locale),
      results: dateText(startOf(survey.resultsOn), locale),
      // The one that a draft may still have is void.
      manifest: survey.state === 'draft' ? null : manifestView(survey),
      key: survey.mode === 'sealed' && facts.key ? await keyView(world, facts.key, locale) : null,
    },
    isAssisted: await isAssisted(world, place.found.jurisdiction.code, survey.sid),
    missing: facts.missing,
    acts: actsOf(facts),
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: surveyPageTitle(props),
    body: <SurveyPage {...props} />,
    status,
  })
}

async function isAssisted(world: World, jid: string, sid: string): Promise<boolean> {
  const context = await findContext(world, jid, sid)
  return context !== null && waysOf(context).length > 0
}

function manifestView({ manifestHash }: DeskSurvey): SurveyPageProps['survey']['manifest'] {
  return manifestHash && { hash: hex(manifestHash), fingerprint: fingerprint(manifestHash) }
}

/** How many took part, by survey. */
async function countReceived(
  { db, now }: World,
  scope: Scope,
  surveys: readonly DeskSurvey[],
): Promise<ReadonlyMap<number, number>> {
  const received = new Map<number, number>()
  const ids = surveys.map(({ id }) => id)
  for (const { survey, n } of await readParticipation(db, scope, ids, dayOf(now())))
    received.set(survey, (received.get(survey) ?? 0) + n)
  return received
}

function lineOf(survey: DeskSurvey, received: ReadonlyMap<number, number>, locale: Locale): SurveyLine {
  return {
    ...nameOfSurvey(survey),
    state: survey.state,
    isPaused: survey.state === 'open' && survey.pausedAt > 0,
    mode: survey.mode,
    opens: momentText(survey.opensAt, locale),
    closes: momentText(survey.closesAt, locale),
    received: received.get(survey.id) ?? 0,
    expected: survey.expected,
  }
}
