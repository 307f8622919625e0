import { cycleMessages } from '../../client/messages/cycles.ts'
import type { SetupProblem, SetupValues } from '../../client/pages/office/cycle-form.tsx'
import { stepTitle } from '../../client/pages/office/cycle-form.tsx'
import { BasicsPage, CyclesPage, type CyclesPageProps, cyclesTitle } from '../../client/pages/office/cycles.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import type { Moment } from '../../db/audit.ts'
import { type CommonTerms, saveBasics } from '../../db/cycle-setup.ts'
import { findAbove, listOffered } from '../../db/places.ts'
import { findJurisdiction, listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayField, momentField } from '../calendar.ts'
import { systemScope } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { forgetContexts, nameOf, titleOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { FieldReader, openSetup, type SetupDesk, stampOf, storedState, typedState } from './cycle-desk.ts'
import { beginFrom } from './new-cycle.ts'
import { shellOf } from './shell.ts'

const longestTitle = 80
const newFields = ['from', 'code', 'titleZh', 'titleEn', 'opens', 'closes', 'results', 'phone'] as const
const basicFields = ['titleZh', 'titleEn', 'opens', 'closes', 'results', 'phone'] as const

/** The years of a place, and the form that begins another one. */
export const cyclesPage = defineRoute({
  method: 'GET',
  path: patterns.cycles,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope } = exchange
    const [latest] = await listCyclesOf(world.db, [scope.jurisdiction])
    const next = latest && /^\d{4}$/.test(latest.cycle.code) ? Number(latest.cycle.code) + 1 : null
    const year = next ?? new Date(world.now()).getUTCFullYear()
    const values = { from: latest?.cycle.code ?? '', code: String(year), ...usualTitles(String(year)) }
    return showCycles(exchange, scope, { values, problems: [], seen: '', stored: null }, 200)
  },
})

/** How a year is called unless somebody calls it otherwise. */
export const usualTitles = (year: string) => ({
  titleZh: `${year}${cycleMessages('zh-CN').defaultTitle}`,
  titleEn: `${year} ${cycleMessages('en').defaultTitle}`,
})

/** Begins a year: cycle, plan and draft surveys in one step. */
export const beginYear = defineRoute({
  method: 'POST',
  path: patterns.cycles,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, body, params, req } = exchange
    const typed = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...newFields]) : null
    if (typed?.code === undefined) return refuse(exchange, 'bad_request')
    const begun = await beginTyped(world, scope, typed, { now: world.now(), req })
    if (begun.ok)
      return seeOther(
        exchange,
        'office',
        `${carry(urls.setupStep(params.jid, begun.value, 'basics'), exchange)}&done=begun`,
      )
    const { problems, isTaken } = begun.error
    const state = { values: valuesOf(typed), problems, seen: '', stored: null }
    return showCycles(exchange, scope, state, isTaken ? 409 : 422)
  },
})

type TypedYear = Readonly<Partial<Record<(typeof newFields)[number], string>>>
type YearProblems = { readonly problems: readonly SetupProblem[]; readonly isTaken: boolean }

/** The year that was typed, by a form or as options; or what is wrong with which field. */
export async function readYear(world: World, scope: Scope, typed: TypedYear) {
  const fields = new FieldReader(typed)
  const code = fields.line('code', 40)
  if (code !== '' && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(code)) fields.no('code', 'code')
  else if (reserved.has(code)) fields.no('code', 'code_reserved', { text: code })
  const titles = { titleZh: fields.line('titleZh', longestTitle), titleEn: fields.line('titleEn', longestTitle) }
  const terms = fields.commonTerms()
  const earlier = await listCyclesOf(world.db, [scope.jurisdiction])
  const own = earlier.find(({ cycle, planId }) => cycle.code === typed.from && planId !== null)
  const offered = own ? undefined : (await offeredTo(world, scope)).find(({ value }) => value === typed.from)
  if (!own && !offered && typed.from) fields.no('from', 'choice')
  if (fields.problems.length > 0 || !terms) return err({ problems: fields.problems, isTaken: false })
  return ok({ code, ...titles, terms, from: own?.cycle.id ?? offered?.from ?? null })
}

/** The plans of the place above, each under the value by which a form or a command names it. */
async function offeredTo(world: World, scope: Scope) {
  const above = await findAbove(world.db, scope)
  const plans = above ? await listOffered(world.db, systemScope(above.id)) : []
  // No code of a cycle holds a dot.
  return plans.map((plan) => ({ value: `above.${plan.code}`, from: { above: above!, plan } }))
}

/** Begins it; answers its code. */
export async function beginTyped(
  world: World,
  scope: Scope,
  typed: TypedYear,
  moment: Moment,
): Promise<Result<string, YearProblems>> {
  const read = await readYear(world, scope, typed)
  if (!read.ok) return read
  const { from, ...year } = read.value
  const begun = await beginFrom(world, scope, from, { ...year, ...moment })
  if (begun.ok) return ok(year.code)
  if (begun.error === 'forms_differ') return err({ problems: [{ field: 'from', code: 'forms_differ' }], isTaken: true })
  const code = begun.error === 'code_taken' ? ('code_taken' as const) : ('changed' as const)
  return err({ problems: [{ field: 'code', code, values: { text: year.code } }], isTaken: true })
}

/** Words that stand in the place of a cycle in addresses of the office. */
const reserved = new Set(
  Object.values<string>(patterns).flatMap((path) => /^\/office\/:jid\/([a-z]+)/.exec(path)?.[1] ?? []),
)

async function showCycles(
  exchange: Exchange,
  scope: Scope,
  state: CyclesPageProps['state'],
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { jid = '' } = exchange.params as { jid?: string }
  const cycles = (await listCyclesOf(world.db, [scope.jurisdiction])).filter(({ planId }) => planId !== null)
  const place = await findJurisdiction(world.db, jid)
  const props: CyclesPageProps = {
    shell: await shellOf(exchange, 'cycles', cycles[0] ?? null),
    jid,
    jurisdiction: place ? nameOf(place, locale) : jid,
    cycles: cycles.map(({ cycle }) => ({ code: cycle.code, title: titleOf(cycle, locale), state: cycle.state })),
    offered: (await offeredTo(world, scope)).map(({ value, from }) => ({
      value,
      place: nameOf(from.above, locale),
      title: titleOf(from.plan, locale),
    })),
    state,
  }
  return answerHtml(exchange, { face: 'office', title: cyclesTitle(props), body: <CyclesPage {...props} />, status })
}

/** Step 1. */
export const basicsPage = defineRoute({
  method: 'GET',
  path: patterns.setupBasics,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    return showBasics(exchange, desk, await storedState(world, basicsOf(desk)), 200)
  },
})

export const enterBasics = defineRoute({
  method: 'POST',
  path: patterns.setupBasics,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const typed = body.kind === 'form' ? formValues(body.fields, ['csrf', 'seen', ...basicFields]) : null
    if (typed?.titleZh === undefined) return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const stored = basicsOf(desk)
    const values = valuesOf(typed)
    const again = async (said: Parameters<typeof typedState>[3], status: number) =>
      showBasics(exchange, desk, await typedState(world, values, stored, said), status)
    if (isPublished(desk)) return again({}, 409)
    if (typed.seen !== (await stampOf(world, stored))) return again({ isChanged: true }, 412)
    const fields = new FieldReader(typed)
    const titles = { titleZh: fields.line('titleZh', longestTitle), titleEn: fields.line('titleEn', longestTitle) }
    // Dates that nobody touched may have come from a survey that differs from the others, which then stay as they are.
    const isSame = (['opens', 'closes', 'results', 'phone'] as const).every((name) => values[name] === stored[name])
    const terms: CommonTerms | null = isSame ? null : fields.commonTerms()
    if (fields.problems.length > 0) return again({ problems: fields.problems }, 422)
    const { cycle } = desk.file
    const drafts = desk.file.surveys.filter(({ state }) => state === 'draft')
    const act = { cycle: cycle.id, seen: cycle, titles, terms, drafts, now: world.now(), req }
    const saved = await saveBasics(world.writer, scope, act)
    if (!saved.ok) return again({ isChanged: true }, 412)
    forgetContexts(world)
    const { jid, cycle: code } = params
    return seeOther(exchange, 'office', `${carry(urls.setupStep(jid, code, 'basics'), exchange)}&done=saved`)
  },
})

const isPublished = ({ file }: SetupDesk): boolean =>
  ['published', 'rectification', 'archived'].includes(file.cycle.state)

function valuesOf(typed: Readonly<Partial<Record<string, string>>>): SetupValues {
  const { csrf: _, seen: __, ...values } = typed
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']))
}

/** What stands in the fields: dates and telephone of the first survey. */
function basicsOf({ file }: SetupDesk): SetupValues {
  const { titleZh, titleEn } = file.cycle
  const first = file.surveys.find(({ state }) => state === 'draft') ?? file.surveys[0]
  if (!first) return { titleZh, titleEn, opens: '', closes: '', results: '', phone: '' }
  const { opensAt, closesAt, resultsOn, phone } = first
  const dates = { opens: momentField(opensAt), closes: momentField(closesAt), results: dayField(resultsOn) }
  return { titleZh, titleEn, ...dates, phone }
}

async function showBasics(
  exchange: Exchange,
  desk: SetupDesk,
  state: CyclesPageProps['state'],
  status: number,
): Promise<Response> {
  const done = (['begun', 'saved'] as const).find((each) => each === exchange.url.searchParams.get('done')) ?? null
  const common = desk.file.surveys.map(({ opensAt, closesAt, resultsOn, phone }) =>
    JSON.stringify([opensAt, closesAt, resultsOn, phone]),
  )
  const props = {
    shell: await shellOf(exchange, 'cycles', desk.found),
    state,
    done: status === 200 ? done : null,
    lock: isPublished(desk) ? ('published' as const) : null,
    isDiffering: new Set(common).size > 1,
  }
  const title = stepTitle(props.shell, 'basics', status !== 200)
  return answerHtml(exchange, { face: 'office', title, body: <BasicsPage {...props} />, status })
}
