import {
  type ReuseField,
  type ReuseFormProblem,
  ReusePage,
  type ReusePageProps,
  reuseTexts,
  reuseTitle,
} from '../../client/pages/office/reuse.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { type CycleFile, type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import { countSavings, listSources, type ReusedSource, removeSource, type SourceFacts } from '../../db/reuse.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { type ReuseKind, readScale, reuseColumns, reuseKinds, scaleText, usualScales } from '../../surveys/reuse.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dayOf, readDay } from '../calendar.ts'
import { refuse } from '../problem.tsx'
import { importReused, mostRecords, type ReuseOutcome, type ReuseRefusal } from '../reuse.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { nameOf } from '../surveys.ts'
import { readTable, tableLimits } from '../table-file.ts'
import { sourceViews } from './reuse-view.ts'
import { shellOf } from './shell.ts'

/** The results that exist already beside a cycle's own. */
export const reusePage = defineRoute({
  method: 'GET',
  path: patterns.reuse,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const desk = await openDesk(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const kind = reuseKinds.find((each) => each === url.searchParams.get('kind')) ?? 'hotline12345'
    const what = (['added', 'same', 'removed'] as const).find((each) => each === url.searchParams.get('done'))
    const count = (name: string) => Number(/^\d{1,6}$/.exec(url.searchParams.get(name) ?? '')?.[0] ?? 0)
    const outcome = what ? { what, added: count('added'), known: count('known'), unrated: count('unrated') } : null
    return show(exchange, scope, desk, { kind, values: usualValues(desk, kind), problems: [] }, outcome)
  },
})

/** Registers a file, or only checks it, or takes one away. */
export const reuseAct = defineRoute({
  method: 'POST',
  path: patterns.reuseAct,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'multipart'], maximumBytes: (tableLimits.megabytes + 1) * 1024 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, allNames) : null
    const press = (['check', 'add', 'remove'] as const).find((each) => each === values?.press)
    const kind = reuseKinds.find((each) => each === values?.kind) ?? (press === 'remove' ? 'hotline12345' : undefined)
    if (body.kind !== 'form' || !values || !press || !kind) return refuse(exchange, 'bad_request')
    const desk = await openDesk(exchange, scope)
    if (!desk) return refuse(exchange, 'not_found')
    const no = (problems: readonly ReuseFormProblem[], status = 422) => {
      const typed = press === 'remove' ? usualValues(desk, kind) : values
      return show(exchange, scope, desk, { kind, values: typed as Record<string, string>, problems }, null, status)
    }
    const back = (said: Record<string, string>) => {
      const address = carry(urls.reuse(params.jid, params.cycle), exchange)
      return seeOther(exchange, 'office', `${address}&${new URLSearchParams(said)}`)
    }
    const now = world.now()
    const cycle = desk.found.cycle.id
    if (press === 'remove') {
      const id = Number(/^[1-9]\d{0,8}$/.exec(values.id ?? '')?.[0] ?? 0)
      const reason = canonicalText(values.reason ?? '')
      if (!reason.ok) return no([{ field: 'reason', code: 'text' }])
      if (reason.value === '') return no([{ field: 'reason', code: 'required' }])
      if ([...reason.value].length > longestText) return no([{ field: 'reason', code: 'too_long', limit: longestText }])
      const removed = await removeSource(world.writer, scope, { cycle, id, reason: reason.value, now, req })
      return removed.ok ? back({ done: 'removed' }) : no([{ field: 'reason', code: 'gone' }], 409)
    }
    const facts = readFacts(values)
    const bytes = body.files?.get('file')
    const table = bytes?.length ? await readTable(bytes) : null
    const problems = [...(facts.ok ? [] : facts.error), ...fileProblems(table)]
    if (!facts.ok || !bytes || !table?.ok || problems.length > 0) return no(problems)
    const act = { found: desk.found, organs: desk.file.organs, kind, facts: facts.value, bytes, table, now, req }
    const done = await importReused(world, scope, { ...act, isTrial: press === 'check' })
    if (!done.ok) return no(refusalProblems(done.error), done.error.code === 'changed' ? 409 : 422)
    const what = done.value.added === 0 ? 'same' : press === 'check' ? 'checked' : 'added'
    if (press === 'check')
      return show(
        exchange,
        scope,
        desk,
        { kind, values: values as Record<string, string>, problems: [] },
        { what, ...done.value },
      )
    const { added, known, unrated } = done.value
    return back({ kind, done: what, added: `${added}`, known: `${known}`, unrated: `${unrated}` })
  },
})

const longestText = 200
const factNames = [...reuseTexts, 'from', 'to', 'samePopulation', 'sameMode', 'scale'] as const
const columnFields = reuseColumns.map((column) => `column.${column}` as const)
const allNames = ['csrf', 'press', 'kind', 'id', 'reason', 'file', ...factNames, ...columnFields] as const

/** What was typed of a source, or every problem with its field. */
export function readFacts(values: Readonly<Partial<Record<string, string>>>): Result<SourceFacts, ReuseFormProblem[]> {
  const problems: ReuseFormProblem[] = []
  const text = (field: ReuseField): string => {
    const read = canonicalText(values[field] ?? '')
    if (!read.ok) problems.push({ field, code: 'text' })
    else if (read.value === '') problems.push({ field, code: 'required' })
    else if ([...read.value].length > longestText) problems.push({ field, code: 'too_long', limit: longestText })
    return read.ok ? read.value : ''
  }
  const day = (field: ReuseField): number => {
    const read = readDay(values[field] ?? '')
    if (read === null) problems.push({ field, code: 'day' })
    return read ?? 0
  }
  const [title, mode, population] = [text('title'), text('mode'), text('population')]
  const [from, to] = [day('from'), day('to')]
  if (from > 0 && to > 0 && to < from) problems.push({ field: 'to', code: 'order' })
  const scale = readScale(values['scale'] ?? '')
  if (!scale.ok) problems.push({ field: 'scale', code: 'scale', line: scale.error.line })
  const columns = Object.fromEntries(
    reuseColumns.flatMap((column) => {
      const name = (values[`column.${column}`] ?? '').trim()
      return name === '' ? [] : [[column, name]]
    }),
  )
  if (problems.length > 0 || !scale.ok) return err(problems)
  const [samePopulation, sameMode] = [values['samePopulation'] === '1', values['sameMode'] === '1']
  return ok({ title, mode, population, samePopulation, sameMode, from, to, scale: scale.value, columns })
}

/** What keeps a file from being read; `null` for none at all. */
export function fileProblems(table: Awaited<ReturnType<typeof readTable>> | null): ReuseFormProblem[] {
  if (!table) return [{ field: 'file', code: 'no_file' }]
  return table.ok ? [] : table.problems.map((problem) => ({ field: 'file', code: 'table', problem }))
}

/** What kept a file from being registered, as problems of the form. */
export function refusalProblems(refusal: ReuseRefusal): ReuseFormProblem[] {
  if (refusal.code === 'changed') return [{ field: 'file', code: 'changed' }]
  if (refusal.code === 'too_many') return [{ field: 'file', code: 'too_many', limit: refusal.limit }]
  return refusal.problems.map((problem) => ({ field: 'file', code: 'row', problem }))
}

interface ReuseDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  readonly sources: readonly ReusedSource[]
}

async function openDesk({ world, params }: Exchange, scope: Scope): Promise<ReuseDesk | null> {
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return null
  const file = await readCycle(world.db, scope, found.cycle.id)
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  return { found, file, plan, sources: await listSources(world.db, scope, found.cycle.id) }
}

/** What stands in the form at first: what was mapped the last time for this kind. */
function usualValues({ sources }: ReuseDesk, kind: ReuseKind): Record<string, string> {
  const last = sources.find((each) => each.kind === kind)?.facts
  return {
    ...(last ? { mode: last.mode, population: last.population } : {}),
    ...(last?.samePopulation ? { samePopulation: '1' } : {}),
    ...(last?.sameMode ? { sameMode: '1' } : {}),
    scale: scaleText(last?.scale ?? usualScales[kind]),
    ...Object.fromEntries(Object.entries(last?.columns ?? {}).map(([column, name]) => [`column.${column}`, name])),
  }
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: ReuseDesk,
  form: ReusePageProps['form'],
  outcome: (ReuseOutcome & Pick<NonNullable<ReusePageProps['outcome']>, 'what'>) | null,
  status = 200,
): Promise<Response> {
  const { world, locale } = exchange
  const { found, file, plan, sources } = desk
  const least = plan.disclosure.drillDown
  const names = new Map(file.organs.map((organ) => [organ.id, nameOf(organ, locale)]))
  const props: ReusePageProps = {
    shell: await shellOf(exchange, 'reuse', found),
    sources: sourceViews(sources, plan, names, { today: dayOf(world.now()), locale }),
    savings: await countSavings(world.db, scope, found.cycle.id),
    least,
    limit: mostRecords,
    form,
    outcome,
  }
  return answerHtml(exchange, { face: 'office', title: reuseTitle(props), body: <ReusePage {...props} />, status })
}
