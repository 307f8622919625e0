import { CheckPage, type CheckPageProps } from '../../client/pages/office/cycle-check.tsx'
import { stepTitle } from '../../client/pages/office/cycle-form.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import type { Moment } from '../../db/audit.ts'
import { thawPlan } from '../../db/cycle-setup.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import type { SurveyOfCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { freezePlan } from '../../db/setup.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Missing } from '../../surveys/cycle.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { proposeOpening } from '../decisions.ts'
import { refuse } from '../problem.tsx'
import { makeReady, readSurveyFacts } from '../ready.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { forgetContexts, titleOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { hasOpened, openSetup, type SetupDesk } from './cycle-desk.ts'
import { shellOf } from './shell.ts'

/** Step 6: what is missing, and the request to open. */
export const checkPage = defineRoute({
  method: 'GET',
  path: patterns.setupCheck,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const done = (['requested', 'thawed'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, desk, { done, problem: null, typed: '' }, 200)
  },
})

/** Makes the plan final and requests the opening of every complete survey; or takes that back. */
export const requestOpening = defineRoute({
  method: 'POST',
  path: patterns.setupCheck,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req, locale } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'name']) : null
    const act = (['request', 'thaw'] as const).find((each) => each === values?.act)
    if (!act) return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const typed = (values?.name ?? '').trim()
    const no = async (problem: NonNullable<CheckPageProps['problem']>, status: number) =>
      show(exchange, scope, (await openSetup(world, scope, params)) ?? desk, { done: null, problem, typed }, status)
    const moment = { now: world.now(), req }
    const { file } = desk
    if (act === 'thaw') {
      const ready = file.surveys.filter(({ state }) => state === 'ready').map(({ id }) => id)
      const thawed = await thawPlan(world.writer, scope, {
        cycle: file.cycle.id,
        hash: file.plan.hash,
        ready,
        ...moment,
      })
      if (!thawed.ok) return no('changed', 409)
    } else {
      if (typed !== titleOf(file.cycle, locale)) return no('name_differs', 422)
      if (!(await requestOpenings(world, scope, desk, moment))) return no('changed', 409)
    }
    forgetContexts(world)
    const { jid, cycle } = params
    const done = act === 'thaw' ? 'thawed' : 'requested'
    return seeOther(exchange, 'office', `${carry(urls.setupStep(jid, cycle, 'check'), exchange)}&done=${done}`)
  },
})

/**
 * True where at least one opening was proposed, of all surveys or of the one named `sid`. Whatever was done before a refusal
 * is found done by the next request.
 */
export async function requestOpenings(
  world: World,
  scope: Scope,
  desk: SetupDesk,
  moment: Moment,
  sid?: string,
): Promise<boolean> {
  const { cycle, plan } = desk.file
  const surveys = desk.file.surveys.filter((survey) => sid === undefined || survey.sid === sid)
  const complete: SurveyOfCycle[] = []
  for (const survey of surveys) if (isRequestable(survey, await missingOf(world, scope, survey))) complete.push(survey)
  if (complete.length === 0) return false
  if (plan.frozenAt === null) {
    const frozen = await freezePlan(world.writer, scope, { cycle: cycle.id, hash: plan.hash, ...moment })
    if (!frozen.ok) return false
  }
  let proposed = 0
  for (const { id } of complete) {
    const ready = await makeReady(world, scope, { survey: id, ...moment })
    const now = (await readDeskSurveys(world.db, scope, cycle.id)).find((each) => each.id === id)
    if (ready.ok && now && (await proposeOpening(world, scope, now, moment)).ok) proposed += 1
  }
  return proposed > 0
}

/** A draft that lacks nothing but the step that the request takes itself. */
const isRequestable = ({ state }: SurveyOfCycle, missing: readonly Missing[]): boolean =>
  state === 'draft' && missing.every((each) => each === 'plan_frozen')

/** What a survey lacks; nothing once it waits or has opened. */
export async function missingOf(world: World, scope: Scope, { id, state }: SurveyOfCycle): Promise<readonly Missing[]> {
  if (state !== 'draft') return []
  return (await readSurveyFacts(world, scope, id))?.missing ?? ['plan']
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: SetupDesk,
  said: Pick<CheckPageProps, 'done' | 'problem' | 'typed'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { file, found } = desk
  const surveys = await Promise.all(
    file.surveys.map(async (survey) => {
      const missing = await missingOf(world, scope, survey)
      const { sid, group, counted, state, manifestHash } = survey
      return {
        ...{ sid, group, counted },
        state,
        // The request makes the plan final.
        missing: missing.filter((each) => each !== 'plan_frozen'),
        isRequestable: isRequestable(survey, missing),
        manifest: manifestHash && state !== 'draft' ? hex(manifestHash) : null,
      }
    }),
  )
  const { frozenAt, hash } = file.plan
  const props: CheckPageProps = {
    shell: await shellOf(exchange, 'cycles', found),
    title: titleOf(file.cycle, locale),
    planHash: hex(hash),
    frozen: frozenAt === null ? null : momentText(frozenAt, locale),
    canThaw: frozenAt !== null && !hasOpened(desk),
    surveys,
    ...said,
  }
  const title = stepTitle(props.shell, 'check', status !== 200)
  return answerHtml(exchange, { face: 'office', title, body: <CheckPage {...props} />, status })
}
