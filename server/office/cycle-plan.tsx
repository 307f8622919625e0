import type { SetupValues, StepState } from '../../client/pages/office/cycle-form.tsx'
import { stepTitle } from '../../client/pages/office/cycle-form.tsx'
import { PlanPage, type PlanPageProps } from '../../client/pages/office/cycle-plan.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { replacePlan } from '../../db/cycle-setup.ts'
import { areIndicatorsFixed } from '../../db/indicators.ts'
import { listCyclesOf, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan, parsePlan } from '../../surveys/plan.ts'
import { planDifferences, planFieldsOf, planValues, withPlanValues } from '../../surveys/plan-fields.ts'
import { type GroupId, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { forgetContexts, titleOf } from '../surveys.ts'
import { openSetup, planLock, type SetupDesk, stampOf, storedState, typedState } from './cycle-desk.ts'
import { shellOf } from './shell.ts'
import { marginWords } from './weighting.ts'

/** Step 2: the plan. */
export const planPage = defineRoute({
  method: 'GET',
  path: patterns.setupPlan,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    return show(exchange, scope, desk, await storedState(world, planValues(desk.plan)), 200)
  },
})

export const enterPlan = defineRoute({
  method: 'POST',
  path: patterns.setupPlan,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const { plan, file } = desk
    const names = planFieldsOf(plan).map(({ name }) => name)
    const typed = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...names]) : null
    if (typed?.['weight_leaders'] === undefined) return refuse(exchange, 'bad_request')
    const stored = planValues(plan)
    const values: SetupValues = Object.fromEntries(names.map((name) => [name, typed[name] ?? '']))
    const again = async (said: Parameters<typeof typedState>[3], status: number) =>
      show(exchange, scope, desk, await typedState(world, values, stored, said), status)
    if (planLock(desk)) return again({}, 409)
    if (typed['seen'] !== (await stampOf(world, stored))) return again({ isChanged: true }, 412)
    const read = withPlanValues(plan, values, marginsOf(desk))
    if (!read.ok) {
      const problems = read.error.map(({ field, code, ...rest }) => ({ field, code, values: rest }))
      return again({ problems }, 422)
    }
    const isSameTree = canonicalJson(read.value.indicators) === canonicalJson(plan.indicators)
    if (!isSameTree && (await areIndicatorsFixed(world.db, scope, file.cycle)))
      return again({ problems: [{ field: 'weight_leaders', code: 'weights_agreed' }] }, 422)
    const hash = await world.crypto.sha256(utf8(canonicalPlan(read.value)))
    const act = { cycle: file.cycle.id, plan: read.value, hash, seen: file.plan.hash, now: world.now(), req }
    const saved = await replacePlan(world.writer, scope, act)
    if (!saved.ok) return again({ isChanged: true }, 412)
    forgetContexts(world)
    const { jid, cycle } = params
    return seeOther(exchange, 'office', `${carry(urls.setupStep(jid, cycle, 'plan'), exchange)}&done=saved`)
  },
})

/** The features that the questionnaire of each group asks for. */
function marginsOf({ file }: SetupDesk): Partial<Record<GroupId, readonly string[]>> {
  return Object.fromEntries(
    file.surveys
      .filter(({ counted }) => counted)
      .map(({ group, questionnaire }) => {
        const asked = readStored(parseQuestionnaire(JSON.parse(questionnaire.body)))
        return [group, [...marginWords(asked, 'zh-CN').keys()]]
      }),
  )
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: SetupDesk,
  state: StepState,
  status: number,
): Promise<Response> {
  const { plan, file, found } = desk
  const props: PlanPageProps = {
    shell: await shellOf(exchange, 'cycles', found),
    plan,
    planHash: hex(file.plan.hash),
    margins: marginsOf(desk),
    differences: await differencesOf(exchange, scope, desk),
    state,
    done: status === 200 && exchange.url.searchParams.get('done') === 'saved' ? 'saved' : null,
    lock: planLock(desk),
  }
  const title = stepTitle(props.shell, 'plan', status !== 200)
  return answerHtml(exchange, { face: 'office', title, body: <PlanPage {...props} />, status })
}

/** Against the cycle before this one. */
async function differencesOf(
  { world, locale }: Exchange,
  scope: Scope,
  { found, plan }: SetupDesk,
): Promise<PlanPageProps['differences']> {
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  const before = cycles.find(({ cycle, planId }) => planId !== null && cycle.code < found.cycle.code)
  if (!before) return null
  const file = await readCycle(world.db, scope, before.cycle.id)
  const old = readStored(parsePlan(JSON.parse(file.plan.body)))
  return { title: titleOf(before.cycle, locale), rows: planDifferences(old, plan) }
}
