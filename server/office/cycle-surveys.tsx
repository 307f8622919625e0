import type { SetupValues, StepState } from '../../client/pages/office/cycle-form.tsx'
import { stepTitle } from '../../client/pages/office/cycle-form.tsx'
import { KeysPage, SetupSurveyPage, SetupSurveysPage } from '../../client/pages/office/cycle-surveys.tsx'
import { surveyTitle } from '../../client/pages/office/survey-name.ts'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readBoxKey } from '../../db/box-keys.ts'
import { addSurvey, saveTerms } from '../../db/cycle-setup.ts'
import type { SurveyOfCycle } from '../../db/platform.ts'
import { listVersions } from '../../db/questionnaires.ts'
import type { Scope } from '../../db/scope.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { type GroupId, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { forgetContexts, localized } from '../surveys.ts'
import { openSetup, planLock, type SetupDesk, stampOf, storedState, typedState } from './cycle-desk.ts'
import { adaptersOf, anchorsOf, readTerms, surveyFields, surveyValues } from './cycle-terms.ts'
import { surveyCode, usualGraceMinutes } from './new-cycle.ts'
import { shellOf } from './shell.ts'

/** Step 4: the surveys of the cycle. */
export const setupSurveysPage = defineRoute({
  method: 'GET',
  path: patterns.setupSurveys,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const { surveys } = desk.file
    const props = {
      shell: await shellOf(exchange, 'cycles', desk.found),
      surveys: surveys.map((survey) => ({
        ...{ sid: survey.sid, group: survey.group, counted: survey.counted, state: survey.state, mode: survey.mode },
        questionnaire: `${survey.questionnaire.id}/${survey.questionnaire.version}`,
        opens: momentText(survey.opensAt, locale),
        closes: momentText(survey.closesAt, locale),
        expected: survey.expected,
      })),
      canAddOpen: surveys.every(({ counted }) => counted) && surveys.length > 0,
      done: url.searchParams.get('done') === 'saved' ? ('saved' as const) : null,
    }
    const title = stepTitle(props.shell, 'surveys', false)
    return answerHtml(exchange, { face: 'office', title, body: <SetupSurveysPage {...props} /> })
  },
})

/** Adds the open channel, which asks what the public is asked. */
export const extendSurveys = defineRoute({
  method: 'POST',
  path: patterns.setupSurveys,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'add']) : null
    if (values?.add !== 'open') return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const { cycle, surveys } = desk.file
    const like = surveys.find(({ group }) => group === 'public')
    if (!like || surveys.some(({ counted }) => !counted)) return refuse(exchange, 'conflict')
    const { opensAt, closesAt, resultsOn, phone, questionnaire } = like
    const code = surveyCode('public', false, cycle.code)
    const added = await addSurvey(world.writer, scope, {
      ...{ code, cycle: cycle.id, group: 'public', mode: 'live', counted: false, anchor: 'open', adapters: ['open'] },
      ...{ opensAt, closesAt, resultsOn, phone, graceMinutes: usualGraceMinutes, expected: 0 },
      questionnaire: { id: questionnaire.id, version: questionnaire.version },
      ...{ now: world.now(), req },
    })
    if (!added.ok) return refuse(exchange, 'conflict')
    return seeOther(
      exchange,
      'office',
      `${carry(urls.setupSurvey(params.jid, params.cycle, code), exchange)}&done=saved`,
    )
  },
})

/** Questionnaire, mode and terms of one survey. */
export const setupSurveyPage = defineRoute({
  method: 'GET',
  path: patterns.setupSurvey,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const desk = await openSetup(world, scope, params)
    const survey = desk?.file.surveys.find(({ sid }) => sid === params.sid)
    if (!desk || !survey) return refuse(exchange, 'not_found')
    const state = await storedState(world, surveyValues(survey, desk.plan))
    return show(exchange, scope, { desk, survey, state }, 200)
  },
})

export const enterSurvey = defineRoute({
  method: 'POST',
  path: patterns.setupSurvey,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const typed = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...surveyFields]) : null
    if (typed?.opens === undefined) return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    const survey = desk?.file.surveys.find(({ sid }) => sid === params.sid)
    if (!desk || !survey) return refuse(exchange, 'not_found')
    const { plan, file } = desk
    const stored = surveyValues(survey, plan)
    // What has no field on the page stays: where the plan is final, and for the open channel.
    const values: SetupValues = { ...stored, ...boxesOf(typed, stored), ...filled(typed) }
    const again = async (said: Parameters<typeof typedState>[3], status: number) =>
      show(exchange, scope, { desk, survey, state: await typedState(world, values, stored, said) }, status)
    if (survey.state !== 'draft') return again({}, 409)
    if (typed.seen !== (await stampOf(world, stored))) return again({ isChanged: true }, 412)
    const forms = await versionsOf(world, scope, survey.group)
    const isFinal = planLock(desk) !== null
    const read = readTerms(values, { survey, plan, forms, provider: world.config.oidc, isFinal })
    if (!read.ok) return again({ problems: read.error }, 422)
    const hash = read.value.plan && (await world.crypto.sha256(utf8(canonicalPlan(read.value.plan))))
    const change = read.value.plan && hash ? { plan: read.value.plan, hash, seen: file.plan.hash } : null
    const act = { cycle: file.cycle.id, survey, terms: read.value.terms, plan: change, now: world.now(), req }
    const saved = await saveTerms(world.writer, scope, act)
    if (!saved.ok) return again({ isChanged: true }, 412)
    forgetContexts(world)
    const { jid, cycle, sid } = params
    return seeOther(exchange, 'office', `${carry(urls.setupSurvey(jid, cycle, sid), exchange)}&done=saved`)
  },
})

type Typed = Readonly<Partial<Record<string, string>>>

/** A box that is not ticked is not sent; where one was shown, as the mode says, that means no. */
function boxesOf(typed: Typed, stored: SetupValues): SetupValues {
  if (typed['mode'] === undefined) return {}
  const boxes = Object.keys(stored).filter((name) => name.startsWith('adapter_'))
  return Object.fromEntries(boxes.map((name) => [name, '']))
}

const filled = (typed: Typed): SetupValues =>
  Object.fromEntries(
    surveyFields.flatMap((name): [string, string][] => {
      const value = typed[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The questionnaires that a group can be asked by, the newest version of each first. */
async function versionsOf({ db }: Exchange['world'], scope: Scope, group: GroupId): Promise<Questionnaire[]> {
  const versions = await listVersions(db, scope)
  return versions
    .map(({ body }) => readStored(parseQuestionnaire(JSON.parse(body))))
    .filter((questionnaire) => questionnaire.group === group)
}

async function show(
  exchange: Exchange,
  scope: Scope,
  { desk, survey, state }: { readonly desk: SetupDesk; readonly survey: SurveyOfCycle; readonly state: StepState },
  status: number,
): Promise<Response> {
  const { world, locale, url } = exchange
  const { sid, group, counted } = survey
  const forms = await versionsOf(world, scope, group)
  const provider = world.config.oidc
  const props = {
    shell: await shellOf(exchange, 'cycles', desk.found),
    survey: { sid, group, counted, mode: survey.mode },
    forms: forms.map((form) => ({
      value: `${form.id}/${form.version}`,
      text: `${localized(form.title, locale)} (${form.id} v${form.version})`,
    })),
    adapters: adaptersOf(survey, provider),
    anchors: anchorsOf(survey, provider),
    provider: provider ? { name: provider.name, label: localized(provider.title, locale) } : null,
    state,
    done: status === 200 && url.searchParams.get('done') === 'saved' ? ('saved' as const) : null,
    isDraft: survey.state === 'draft',
    isFinal: planLock(desk) !== null,
  }
  const title = `${stepTitle(props.shell, 'surveys', status !== 200)} · ${surveyTitle(locale, props.survey)}`
  return answerHtml(exchange, { face: 'office', title, body: <SetupSurveyPage {...props} />, status })
}

/** Step 5: which sealed survey has its key. */
export const keysPage = defineRoute({
  method: 'GET',
  path: patterns.setupKeys,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const sealed = desk.file.surveys.filter(({ mode }) => mode === 'sealed')
    const keys = await Promise.all(sealed.map(({ id }) => readBoxKey(world.db, scope, id)))
    const props = {
      shell: await shellOf(exchange, 'cycles', desk.found),
      surveys: sealed.map(({ sid, group, counted }, at) => {
        const key = keys[at]
        const isDone = key && (key.holding === 'file' || key.rehearsedAt !== null)
        return { sid, group, counted, key: isDone ? ('done' as const) : key ? ('made' as const) : ('missing' as const) }
      }),
    }
    const title = stepTitle(props.shell, 'keys', false)
    return answerHtml(exchange, { face: 'office', title, body: <KeysPage {...props} /> })
  },
})
