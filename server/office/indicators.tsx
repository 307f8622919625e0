import { fill } from '../../client/messages/fill.ts'
import { followUpMessages } from '../../client/messages/follow-up.ts'
import { indicatorMessages } from '../../client/messages/indicators.ts'
import {
  type ComparePageProps,
  compareTitle,
  IndicatorComparePage,
  versionKey,
} from '../../client/pages/office/indicator-differences.tsx'
import { IndicatorsPage, type IndicatorsPageProps, indicatorsTitle } from '../../client/pages/office/indicators.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { cycleSubject, readApprovals } from '../../db/approvals.ts'
import { replacePlan } from '../../db/cycle-setup.ts'
import { type IndicatorVersion, listIndicatorVersions, readIndicators } from '../../db/indicators.ts'
import { listCyclesOf, readCycle } from '../../db/platform.ts'
import { listMeasures } from '../../db/rectifications.ts'
import { countReviews } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import {
  changeRows,
  editableRows,
  type IndicatorRow,
  offeredBelow,
  treeDifferences,
  treeOf,
  withOffered,
} from '../../surveys/indicator-tree.ts'
import { type Indicator, type Plan, parsePlan, satisfactionId } from '../../surveys/plan.ts'
import preset from '../../surveys/plans/2013-provincial.json' with { type: 'json' }
import type { Locale } from '../../surveys/questionnaire.ts'
import { isPublicMeasure } from '../../surveys/rectification.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { momentText } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { forgetContexts, localized, nameOf, titleOf } from '../surveys.ts'
import { openSetup, planLock, type SetupDesk } from './cycle-desk.ts'
import { proposeIndicators, withIndicators } from './indicator-decisions.ts'
import { readRowAction, readRows } from './indicator-form.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** The indicator system of a cycle, as it is stored. */
export const indicatorsPage = defineRoute({
  method: 'GET',
  path: patterns.indicators,
  policy: { who: readers.plan, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const desk = await openTree(exchange, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const done = url.searchParams.get('done')
    const saved = done === 'saved' ? ({ kind: 'saved', version: desk.newest } as const) : null
    const outcome = saved ?? ({ kind: done === 'proposed' ? done : 'none' } as const)
    return show({ exchange, scope, desk, world }, { rows: editableRows(desk.setup.plan.indicators), outcome }, 200)
  },
})

/** Changes the form as a button says, saves it as the next version, or asks a second person to agree. */
export const enterIndicators = defineRoute({
  method: 'POST',
  path: patterns.indicators,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 512 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body } = exchange
    const fields = body.kind === 'form' ? body.fields : null
    const one = (name: string) => (fields?.get(name)?.length === 1 ? fields.get(name)![0]! : undefined)
    const press = one('do')
    if (!fields || press === undefined || !/^\d{1,9}$/.test(one('seen') ?? '')) return refuse(exchange, 'bad_request')
    const desk = await openTree(exchange, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const rows = readRows(fields, satisfactionId(desk.setup.plan))
    if (!rows) return refuse(exchange, 'bad_request')
    const seen = Number(one('seen'))
    const place = { exchange, scope, desk, world }
    const unsaved = { rows, reason: one('reason') ?? '', outcome: { kind: 'unsaved' } } as const
    if (desk.lock)
      return show(place, { rows: editableRows(desk.setup.plan.indicators), outcome: { kind: 'none' } }, 409)
    const action = readRowAction(press)
    if (action) return show(place, { ...unsaved, seen, rows: changeRows(rows, action) }, 200)
    if (press.startsWith('offer:')) {
      const offered = (await offeredItems(place)).find(({ value }) => `offer:${value}` === press)
      return offered
        ? show(place, { ...unsaved, seen, rows: withOffered(rows, offered.item) }, 200)
        : refuse(exchange, 'bad_request')
    }
    if (press === 'load') {
      const source = await readSource(place, one('from') ?? '')
      return source
        ? show(place, { ...unsaved, seen, rows: withOwnSurvey(source, desk) }, 200)
        : refuse(exchange, 'bad_request')
    }
    if (press !== 'check' && press !== 'save' && press !== 'propose') return refuse(exchange, 'bad_request')
    const { plan } = desk.setup
    const made = treeOf(rows, plan.indicators, Object.keys(plan.organClasses))
    const status = press === 'check' ? 200 : 422
    if (!made.ok) return show(place, { ...unsaved, seen, problems: made.error }, status)
    const words = indicatorMessages(exchange.locale)
    const checked = parsePlan({ ...plan, indicators: made.value })
    if (!checked.ok)
      return show(place, { ...unsaved, seen, refusal: fill(words.problem_rule, { ...checked.error[0]! }) }, status)
    if (press === 'check') return show(place, { ...unsaved, seen }, 200)
    if (seen !== desk.newest) return conflict(place, made.value, seen, unsaved)
    const isSame = canonicalJson(made.value) === canonicalJson(plan.indicators)
    return press === 'save' ? save(place, made.value, isSame, unsaved) : propose(place, made.value, isSame, unsaved)
  },
})

/** Two versions side by side; by default the newest of the cycle against the one before it. */
export const compareIndicators = defineRoute({
  method: 'GET',
  path: patterns.indicatorsCompare,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const desk = await openTree(exchange, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const { versions, setup } = desk
    const chosen = (name: string) => versions.find((each) => versionKey(each) === url.searchParams.get(name))
    const to = chosen('to') ?? versions.find(({ cycle }) => cycle === params.cycle)!
    const from = chosen('from') ?? versions[versions.indexOf(to) + 1] ?? to
    const [before, after] = await Promise.all([from, to].map((each) => readIndicators(world.db, scope, each)))
    const props: ComparePageProps = {
      shell: await shellOf(exchange, 'indicators', setup.found),
      versions,
      from,
      to,
      differences: treeDifferences(before ?? [], after ?? []),
      classes: classesOf(setup.plan, exchange.locale),
    }
    return answerHtml(exchange, {
      face: 'office',
      title: compareTitle(props),
      body: <IndicatorComparePage {...props} />,
    })
  },
})

interface TreeDesk {
  readonly setup: SetupDesk
  readonly versions: readonly IndicatorVersion[]
  /** Number of the cycle's newest version. */
  readonly newest: number
  /** When two people agreed to it; 0 before that. */
  readonly agreedAt: number
  readonly lock: IndicatorsPageProps['lock']
}

/** null where there is no such cycle. */
async function openTree(
  { world }: Exchange,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string },
): Promise<TreeDesk | null> {
  const setup = await openSetup(world, scope, params)
  if (!setup) return null
  const versions = await listIndicatorVersions(world.db, scope)
  const newest = versions.find(({ cycle }) => cycle === params.cycle)
  const locked = planLock(setup)
  const isScored = locked === null && (await countReviews(world.db, scope, setup.file.cycle.id)) > 0
  return {
    ...{ setup, versions, newest: newest?.version ?? 0, agreedAt: newest?.agreedAt ?? 0 },
    lock: locked === 'frozen' || locked === 'opened' ? locked : isScored ? 'scored' : null,
  }
}

interface Place {
  readonly exchange: Exchange<typeof patterns.indicators>
  readonly scope: Scope
  readonly desk: TreeDesk
  readonly world: Exchange['world']
}

interface Unsaved {
  readonly rows: readonly IndicatorRow[]
  readonly reason: string
  readonly outcome: { readonly kind: 'unsaved' }
}

async function save(place: Place, tree: readonly Indicator[], isSame: boolean, unsaved: Unsaved): Promise<Response> {
  const { exchange, scope, desk, world } = place
  const { params, req } = exchange
  if (isSame) return show(place, { rows: unsaved.rows, outcome: { kind: 'unchanged' } }, 200)
  if (desk.agreedAt > 0) {
    const refusal = fill(indicatorMessages(exchange.locale).amendText, {
      time: momentText(desk.agreedAt, exchange.locale),
    })
    return show(place, { ...unsaved, refusal }, 409)
  }
  const { file } = desk.setup
  const change = await withIndicators(world, file.plan, tree)
  const act = { cycle: file.cycle.id, now: world.now(), req }
  const saved = change && (await replacePlan(world.writer, scope, { ...act, ...change }))
  if (!saved?.ok) return conflict(place, tree, desk.newest, unsaved)
  forgetContexts(world)
  return seeOther(exchange, 'office', `${carry(urls.indicators(params.jid, params.cycle), exchange)}&done=saved`)
}

async function propose(place: Place, tree: readonly Indicator[], isSame: boolean, unsaved: Unsaved): Promise<Response> {
  const { exchange, scope, desk, world } = place
  const { params, req, locale } = exchange
  const words = indicatorMessages(locale)
  const isAgreed = desk.agreedAt > 0
  if (isAgreed === isSame)
    return show(place, { ...unsaved, refusal: isAgreed ? words.nothingToAmend : words.saveFirst }, 422)
  const reason = isAgreed ? readReason(unsaved.reason) : ''
  if (reason === null) return show(place, { ...unsaved, isReasonWrong: true }, 422)
  const { plan, file } = desk.setup
  const proposal = {
    ...{ cycle: file.cycle.code, version: desk.newest, indicators: tree, reason },
    differences: treeDifferences(plan.indicators, tree),
  }
  const proposed = await proposeIndicators(world, scope, file.cycle.id, proposal, { now: world.now(), req })
  if (!proposed.ok) return show(place, { ...unsaved, refusal: words.alreadyProposed }, 409)
  return seeOther(exchange, 'office', `${carry(urls.indicators(params.jid, params.cycle), exchange)}&done=proposed`)
}

/** Somebody was faster: theirs is the newest version, and this form can become the next. */
async function conflict(
  { exchange, scope, world }: Place,
  tree: readonly Indicator[],
  seen: number,
  unsaved: Unsaved,
): Promise<Response> {
  const { params, locale } = exchange
  const now = await openTree(exchange, scope, params)
  if (!now) return refuse(exchange, 'not_found')
  const place = { exchange, scope, desk: now, world }
  const newest = now.versions.find(({ cycle }) => cycle === params.cycle)!
  if (now.lock) return show(place, { rows: editableRows(now.setup.plan.indicators), outcome: { kind: 'none' } }, 409)
  const base = await readIndicators(world.db, scope, { cycle: params.cycle, version: seen })
  const names = await readStaffNames(world.db, scope, [newest.savedBy])
  const { indicators } = now.setup.plan
  const outcome = {
    kind: 'conflict',
    name: names.get(newest.savedBy) ?? newest.savedBy,
    time: momentText(newest.savedAt, locale),
    theirs: treeDifferences(base ?? indicators, indicators),
    yours: treeDifferences(indicators, tree),
  } as const
  return show(place, { ...unsaved, outcome }, 412)
}

/** The system of the plan of 2013, or of another cycle by its code; null where there is none. */
async function readSource({ world, scope }: Place, from: string): Promise<readonly Indicator[] | null> {
  if (from === '') return readStored(parsePlan(preset)).indicators
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  const source = cycles.find(({ cycle, planId }) => cycle.code === from && planId !== null)
  if (!source) return null
  const file = await readCycle(world.db, scope, source.cycle.id)
  return readStored(parsePlan(JSON.parse(file.plan.body))).indicators
}

/** The measures of the cycle before that the office has accepted, each as an indicator that says where it comes from. */
async function offeredItems({ world, scope, desk, exchange }: Place) {
  const { code } = desk.setup.file.cycle
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  const [before] = cycles.filter(({ cycle, planId }) => planId !== null && cycle.code < code)
  if (!before) return []
  const [measures, file] = await Promise.all([
    listMeasures(world.db, scope, before.cycle.id),
    readCycle(world.db, scope, before.cycle.id),
  ])
  return measures
    .filter(({ state }) => isPublicMeasure(state))
    .flatMap(({ organ: id, n, sheet }) => {
      const organ = file.organs.find((each) => each.id === id)
      if (!organ) return []
      const basis = (locale: Locale) =>
        fill(followUpMessages(locale).offeredBasis, { cycle: before.cycle.code, organ: nameOf(organ, locale), n })
      const text = fill(followUpMessages(exchange.locale).offeredAdd, {
        organ: nameOf(organ, exchange.locale),
        measure: sheet.measure,
      })
      const item = { zh: sheet.measure, en: sheet.measure, basis: basis('zh-CN'), basisEn: basis('en') }
      return [{ value: `${organ.code}/${n}`, text, item }]
    })
}

/** The rows of another system; its satisfaction goes by the name that it has here, because the groups below it stay. */
function withOwnSurvey(tree: readonly Indicator[], { setup: { plan } }: TreeDesk): IndicatorRow[] {
  const own = satisfactionId(plan)
  const rows = editableRows(tree)
  return rows.map((row) => (row.scoredBy === 'survey' ? { ...row, id: own } : row))
}

const classesOf = (plan: Plan, locale: Locale) =>
  Object.entries(plan.organClasses).map(([id, { title }]) => ({ id, title: localized(title, locale) }))

async function show(
  { exchange, scope, desk, world }: Place,
  shown: Pick<IndicatorsPageProps, 'rows' | 'outcome'> &
    Partial<Pick<IndicatorsPageProps, 'problems' | 'refusal'>> & {
      readonly seen?: number
      readonly reason?: string
      readonly isReasonWrong?: boolean
    },
  status: number,
): Promise<Response> {
  const { locale } = exchange
  const { setup, versions, newest, agreedAt, lock } = desk
  const { plan, file, found } = setup
  const { rows, outcome, problems = [], refusal = null, seen = newest, reason = '', isReasonWrong = false } = shown
  const now = world.now()
  const [cycles, names, decisions, offered] = await Promise.all([
    listCyclesOf(world.db, [scope.jurisdiction]),
    readStaffNames(world.db, scope, [...new Set(versions.map(({ savedBy }) => savedBy))]),
    readApprovals(world.db, scope, { now, subject: cycleSubject(file.cycle.id) }),
    scope.role === 'office_admin' && lock === null ? offeredItems({ exchange, scope, desk, world }) : [],
  ])
  const timeOf = (at: number) => (at === 0 ? null : momentText(at, locale))
  const survey = plan.indicators.find(({ scoredBy }) => scoredBy === 'survey')
  const props: IndicatorsPageProps = {
    shell: await shellOf(exchange, 'indicators', found),
    ...{ rows, outcome, problems, refusal, seen, lock },
    classes: classesOf(plan, locale),
    groups: (survey?.children ?? []).map(({ title, weight = '' }) => ({ title: localized(title, locale), weight })),
    versions: versions.map(({ cycle, version, savedAt, savedBy, agreedAt: agreed }) => ({
      ...{ cycle, version, by: names.get(savedBy) ?? '' },
      ...{ saved: timeOf(savedAt), agreed: timeOf(agreed) },
    })),
    sources: [
      ...cycles
        .filter(({ cycle, planId }) => planId !== null && cycle.code !== found.cycle.code)
        .map(({ cycle }) => ({
          value: cycle.code,
          text: fill(indicatorMessages(locale).sourceCycle, { title: titleOf(cycle, locale) }),
        })),
      { value: '', text: indicatorMessages(locale).sourcePreset },
    ],
    offered: {
      under: rows[offeredBelow(rows)]?.zh ?? '',
      items: offeredBelow(rows) === -1 ? [] : offered.map(({ value, text }) => ({ value, text })),
    },
    agreed: timeOf(agreedAt),
    isWaiting: decisions.some(({ action, state }) => action === 'plan.change' && state === 'proposed'),
    reason: { typed: reason, isWrong: isReasonWrong },
  }
  const body = <IndicatorsPage {...props} />
  return answerHtml(exchange, { face: 'office', title: indicatorsTitle(props), body, status })
}
