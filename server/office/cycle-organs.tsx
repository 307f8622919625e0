import { stepTitle } from '../../client/pages/office/cycle-form.tsx'
import { OrgansPage, type OrgansPageProps } from '../../client/pages/office/cycle-organs.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { listOrgans, saveCycleOrgans } from '../../db/cycle-setup.ts'
import { listOrganChanges, listOrganNames, recordOrganChange } from '../../db/organ-history.ts'
import { listCyclesOf, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, startOf } from '../calendar.ts'
import { csvLines } from '../csv.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { forgetContexts, localized, nameOf, titleOf } from '../surveys.ts'
import { readTable, readTableText, tableLimits } from '../table-file.ts'
import { openSetup, organsLock, type SetupDesk, stampOf } from './cycle-desk.ts'
import { historyFields, readOrganChange } from './organ-change.ts'
import { changesOf, organTable, readOrgans } from './organ-table.ts'
import { shellOf } from './shell.ts'

/** Step 3: which organs the cycle assesses. */
export const organsPage = defineRoute({
  method: 'GET',
  path: patterns.setupOrgans,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const table = organTable(desk.file.organs, desk.plan, exchange.locale)
    const done = url.searchParams.get('done') === 'saved' ? 'saved' : null
    return show(
      exchange,
      scope,
      desk,
      { table, problems: [], fileProblems: [], preview: null, isChanged: false, done },
      200,
    )
  },
})

/** The first press reads and shows, the second saves what was shown. */
export const enterOrgans = defineRoute({
  method: 'POST',
  path: patterns.setupOrgans,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'multipart'], maximumBytes: 2 * 1024 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const names = ['csrf', 'seen', 'press', 'table', 'from', 'file', ...historyFields] as const
    const values = body.kind === 'form' ? formValues(body.fields, names) : null
    if (body.kind !== 'form' || !values || (values.table ?? values.before) === undefined)
      return refuse(exchange, 'bad_request')
    const desk = await openSetup(world, scope, params)
    if (!desk) return refuse(exchange, 'not_found')
    const { plan, file } = desk
    const said = { problems: [], fileProblems: [], preview: null, isChanged: false, done: null } as const
    if (values.press === 'record') return record(exchange, scope, desk, values)
    const typed = values.table ?? ''
    if (organsLock(desk)) return show(exchange, scope, desk, { ...said, table: typed }, 409)

    const upload = body.files?.get('file')
    const earlier = values.from ? await organsOf(exchange, scope, values.from, desk) : null
    const given = earlier ?? typed
    const read = upload?.length && earlier === null ? await readTable(upload) : readTableText(given)
    if (!read.ok) return show(exchange, scope, desk, { ...said, table: given, fileProblems: read.problems }, 422)
    // A file comes back as the text that it holds, so that it can be corrected in place.
    const table = upload?.length && earlier === null ? tableText(read) : given
    const known = await listOrgans(world.db, scope)
    const organs = await readOrgans(read, plan, known, exchange.locale)
    if (!organs.ok) return show(exchange, scope, desk, { ...said, table, problems: organs.error }, 422)
    const changes = changesOf(organs.value, file.organs, known, exchange.locale)
    const seen = await stampOf(world, { organs: organs.value, changes, known: known.length })
    if (values.press !== 'save') return show(exchange, scope, desk, { ...said, table, preview: { changes, seen } }, 200)
    if (values.seen !== seen)
      return show(exchange, scope, desk, { ...said, table, preview: { changes, seen }, isChanged: true }, 412)
    const act = { cycle: file.cycle.id, seen: codesOf(desk), organs: organs.value }
    const saved = await saveCycleOrgans(world.writer, scope, { ...act, now: world.now(), req })
    if (!saved.ok) {
      const now = (await openSetup(world, scope, params)) ?? desk
      const isSame = codesOf(now).join() === codesOf(desk).join()
      const problems = [{ field: 'table', code: 'organ_class_in_use' } as const]
      if (isSame && !organsLock(now)) return show(exchange, scope, now, { ...said, table, problems }, 409)
      return show(exchange, scope, now, { ...said, table, isChanged: true }, 412)
    }
    forgetContexts(world)
    const { jid, cycle } = params
    return seeOther(exchange, 'office', `${carry(urls.setupStep(jid, cycle, 'organs'), exchange)}&done=saved`)
  },
})

/** Writes down what became of organs: a new name, a merger, a split. */
async function record(
  exchange: Exchange<typeof patterns.setupOrgans>,
  scope: Scope,
  desk: SetupDesk,
  typed: Readonly<Partial<Record<string, string>>>,
): Promise<Response> {
  const { world, params, req } = exchange
  const known = await listOrganNames(world.db, scope)
  const read = readOrganChange(typed, known)
  const values = Object.fromEntries(historyFields.map((name) => [name, typed[name] ?? '']))
  const no = (problems: OrgansPageProps['history']['problems'], status: number) => {
    const table = organTable(desk.file.organs, desk.plan, exchange.locale)
    const said = { table, problems: [], fileProblems: [], preview: null, isChanged: false, done: null } as const
    return show(exchange, scope, desk, { ...said, typed: { values, problems } }, status)
  }
  if (!read.ok) return no(read.error, 422)
  const recorded = await recordOrganChange(world.writer, scope, { change: read.value, now: world.now(), req })
  if (!recorded.ok) return no([{ field: 'before', code: 'recorded_twice' }], 409)
  const back = carry(urls.setupStep(params.jid, params.cycle, 'organs'), exchange)
  return seeOther(exchange, 'office', `${back}&done=saved`)
}

const codesOf = ({ file }: SetupDesk): string[] => file.organs.map(({ code }) => code)

const tableText = ({ header, rows }: { header: readonly string[]; rows: readonly { cells: readonly string[] }[] }) =>
  csvLines([header, ...rows.map(({ cells }) => cells)])

/** The organs of another cycle as a table; null where there is no such cycle. */
async function organsOf(
  { world, locale }: Exchange,
  scope: Scope,
  code: string,
  desk: SetupDesk,
): Promise<string | null> {
  const cycles = await listCyclesOf(world.db, [scope.jurisdiction])
  const from = cycles.find(({ cycle, planId }) => cycle.code === code && planId !== null)
  if (!from) return null
  const { organs } = await readCycle(world.db, scope, from.cycle.id)
  return organTable(organs, desk.plan, locale)
}

async function show(
  exchange: Exchange,
  scope: Scope,
  desk: SetupDesk,
  said: Pick<OrgansPageProps, 'table' | 'problems' | 'fileProblems' | 'preview' | 'isChanged' | 'done'> & {
    readonly typed?: Pick<OrgansPageProps['history'], 'values' | 'problems'>
  },
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const { file, plan, found } = desk
  const others = await listCyclesOf(world.db, [scope.jurisdiction])
  const changes = await listOrganChanges(world.db, scope)
  const { typed = { values: {}, problems: [] }, ...rest } = said
  const props: OrgansPageProps = {
    shell: await shellOf(exchange, 'cycles', found),
    count: file.organs.length,
    classes: Object.values(plan.organClasses).map(({ title }) => localized(title, locale)),
    others: others
      .filter(({ cycle, planId }) => planId !== null && cycle.code !== found.cycle.code)
      .map(({ cycle }) => ({ code: cycle.code, title: titleOf(cycle, locale) })),
    lock: organsLock(desk),
    megabytes: Math.min(2, tableLimits.megabytes),
    ...rest,
    history: {
      ...typed,
      recorded: changes.map(({ kind, day, before, after, note }) => ({
        ...{ kind, note, day: dateText(startOf(day), locale) },
        ...{ before: before.map((name) => nameOf(name, locale)), after: after.map((name) => nameOf(name, locale)) },
      })),
    },
  }
  const title = stepTitle(props.shell, 'organs', status !== 200)
  return answerHtml(exchange, { face: 'office', title, body: <OrgansPage {...props} />, status })
}
