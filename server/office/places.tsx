import { placesMessages } from '../../client/messages/places.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import { PlacesPage, type PlacesPageProps, placesTitle, type ReportLine } from '../../client/pages/office/places.tsx'
import {
  ReportBelowPage,
  type ReportBelowProps,
  reportBelowTitle,
  SummaryPage,
  type SummaryPageProps,
  summaryTitle,
} from '../../client/pages/office/summary-report.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import {
  decideReport,
  findAbove,
  findOrigin,
  findReport,
  type HandedIn,
  listBelow,
  listHandedIn,
  listOffered,
  saveReport,
} from '../../db/places.ts'
import { type FoundCycle, findCycle, findJurisdiction, listCyclesOf } from '../../db/platform.ts'
import { listFilesHandedIn, listReportFiles, type ReportFile } from '../../db/report-files.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { emptyReport, placeReportsDue, readReport } from '../../surveys/summary-report.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, readDay, startOf } from '../calendar.ts'
import { systemScope } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { yearsOf } from '../public-site.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { nameOf, titleOf } from '../surveys.ts'
import { answerEvidence, judgeFiles } from './evidence-form.ts'
import { readReason } from './reason.ts'
import { sizeText } from './self-desk.ts'
import { shellOf } from './shell.ts'

type Locale = Exchange['locale']

const dueOf = (body: string): number => readDay(placeReportsDue(readStored(parsePlan(JSON.parse(body)))))!

/** How a report stands; late is what was first handed in after its day. */
function lineOf(
  { state, submittedAt }: Pick<ReportLine, 'state'> & { readonly submittedAt: number },
  due: number | null,
  now: number,
  locale: Locale,
): ReportLine {
  const submitted =
    submittedAt === 0
      ? null
      : { text: momentText(submittedAt, locale), isLate: due !== null && dayOf(submittedAt) > due }
  return { state, submitted, isOverdue: submitted === null && due !== null && dayOf(now) > due }
}

/** Who stands above and below, the own reports, and those of the places below. */
export const placesPage = defineRoute({
  method: 'GET',
  path: patterns.placesBelow,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url } = exchange
    const { db } = world
    const now = world.now()
    const place = await findJurisdiction(db, params.jid)
    if (!place) return refuse(exchange, 'not_found')
    const [above, cycles] = await Promise.all([findAbove(db, scope), listCyclesOf(db, [scope.jurisdiction])])
    const offered = above ? await listOffered(db, systemScope(above.id)) : []
    const dues = new Map(offered.map(({ code, body }) => [code, dueOf(body)]))
    const own = await Promise.all(
      cycles.map(async ({ cycle }): Promise<PlacesPageProps['own'][number]> => {
        const [report, origin] = await Promise.all([findReport(db, scope, cycle.id), findOrigin(db, scope, cycle.id)])
        const due = dues.get(cycle.code) ?? null
        return {
          cycle: cycle.code,
          title: titleOf(cycle, locale),
          due: due === null ? null : dateText(startOf(due), locale),
          report: lineOf(report ?? { state: 'none', submittedAt: 0 }, due, now, locale),
          origin: origin && { place: nameOf(origin, locale), year: origin.placeCycle },
        }
      }),
    )
    const asked = url.searchParams.get('year')
    const props: PlacesPageProps = {
      shell: await shellOf(exchange, 'places', cycles[0] ?? null),
      jid: params.jid,
      name: nameOf(place, locale),
      above: above && { jid: above.code, name: nameOf(above, locale) },
      own,
      offered: offered.map((plan) => titleOf(plan, locale)),
      below: await belowOf(exchange, scope, asked),
    }
    return answerHtml(exchange, { face: 'office', title: placesTitle(props), body: <PlacesPage {...props} /> })
  },
})

/** The places below in one year of this place: what they have published, and what they have handed in. */
async function belowOf(
  { world, locale }: Exchange<string, readonly []>,
  scope: Scope,
  asked: string | null,
): Promise<PlacesPageProps['below']> {
  const places = await listBelow(world.db, scope)
  const plans = await listOffered(world.db, scope)
  const plan = plans.find(({ code }) => code === asked) ?? plans[0]
  if (places.length === 0 || !plan) return null
  const due = dueOf(plan.body)
  const reports = new Map((await listHandedIn(world.db, scope, plan.code)).map((each) => [each.place, each]))
  const published = await Promise.all(places.map((place) => yearsOf(world, place, locale)))
  return {
    year: plan.code,
    years: plans.map(({ code }) => code),
    due: dateText(startOf(due), locale),
    places: places.map((place, at) => ({
      jid: place.code,
      name: nameOf(place, locale),
      isPublished: published[at]!.some(({ cycle }) => cycle === plan.code),
      report: lineOf(reports.get(place.id) ?? { state: 'none', submittedAt: 0 }, due, world.now(), locale),
    })),
  }
}

// ---- the own report ---------------------------------------------------------------------------------------------------

export const summaryPage = defineRoute({
  method: 'GET',
  path: patterns.summary,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    const done = (['saved', 'submitted'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return showSummary(exchange, scope, found, { done }, 200)
  },
})

/** Saves the report, or hands it in. */
export const summaryAct = defineRoute({
  method: 'POST',
  path: patterns.summary,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'upload'], maximumBytes: 128 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req, locale } = exchange
    const { remove = [], ...single } = body.kind === 'form' ? Object.fromEntries(body.fields) : {}
    const names = ['csrf', 'act', 'seen', 'file', 'carriedOut', 'outcome', 'problems', 'proposals'] as const
    const values = body.kind === 'form' ? formValues(new Map(Object.entries(single)), names) : null
    const { act, seen = '' } = values ?? {}
    if (body.kind !== 'form' || !values || (act !== 'save' && act !== 'submit') || !/^\d{1,9}$/.test(seen))
      return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    const handsIn = act === 'submit'
    const { report, problems } = readReport(values, handsIn)
    const own = await listReportFiles(world.db, scope, found.cycle.id)
    const removed = own.filter(({ sha256 }) => remove.includes(hex(sha256))).map(({ sha256 }) => sha256)
    const kept = own.filter(({ sha256 }) => !remove.includes(hex(sha256))).map((file) => ({ ...file, subject: '' }))
    const title = placesMessages(locale).report
    const files = judgeFiles(body.uploads ?? [], { subject: '', kept, title }, locale)
    if (problems.length > 0 || files.problems.length > 0) {
      const fileProblem = [
        ...files.problems,
        ...((body.uploads ?? []).length > 0 ? [selfMessages(locale).fileAgain] : []),
      ]
      return showSummary(exchange, scope, found, { report, problems, fileProblem: fileProblem.join(' ') }, 422)
    }
    if (handsIn && !(await awaitedPlan(exchange, scope, found)).plan)
      return showSummary(exchange, scope, found, { report, isEarly: true }, 409)
    for (const { upload } of files.added) await world.evidence!.keep(upload)
    const added = files.added.map(({ file: { subject: _, ...file } }) => file)
    const saving = {
      cycle: found.cycle.id,
      version: Number(seen),
      report,
      handsIn,
      added,
      removed,
      now: world.now(),
      req,
    }
    const saved = await saveReport(world.writer, scope, saving)
    if (!saved.ok) return showSummary(exchange, scope, found, { report, isConflict: true }, 412)
    const done = handsIn ? 'submitted' : 'saved'
    return seeOther(exchange, 'office', `${carry(urls.summary(params.jid, params.cycle), exchange)}&done=${done}`)
  },
})

/** The place above, and its fixed plan of the same year: without one nobody there would see a report on it. */
async function awaitedPlan({ world }: Exchange, scope: Scope, { cycle }: FoundCycle) {
  const above = await findAbove(world.db, scope)
  const plans = above ? await listOffered(world.db, systemScope(above.id)) : []
  return { above, plan: plans.find(({ code }) => code === cycle.code) }
}

async function showSummary(
  exchange: Exchange<string, readonly []>,
  scope: Scope,
  found: FoundCycle,
  said: Partial<Pick<SummaryPageProps, 'done' | 'report' | 'problems' | 'fileProblem' | 'isConflict' | 'isEarly'>>,
  status: number,
): Promise<Response> {
  const { world, staff, locale } = exchange
  const [own, files, { above, plan }] = await Promise.all([
    findReport(world.db, scope, found.cycle.id),
    listReportFiles(world.db, scope, found.cycle.id),
    awaitedPlan(exchange, scope, found),
  ])
  const due = plan ? dueOf(plan.body) : null
  const { submitted } = lineOf(own ?? { state: 'none', submittedAt: 0 }, due, world.now(), locale)
  const state = own?.state ?? 'none'
  const props: SummaryPageProps = {
    shell: await shellOf(exchange, 'places', found),
    place: nameOf(found.jurisdiction, locale),
    year: titleOf(found.cycle, locale),
    state,
    submitted,
    version: own?.version ?? 0,
    note: own?.note ?? '',
    hasAbove: above !== null,
    mayHandIn: plan !== undefined,
    due: due === null ? null : { text: dateText(startOf(due), locale), isPast: dayOf(world.now()) > due },
    // What was typed comes back even where it can no longer be sent.
    mayEdit: deciders.includes(staff!.role) && (said.isConflict === true || !['submitted', 'accepted'].includes(state)),
    report: own?.report ?? emptyReport,
    files: files.map((file) => ({
      ...fileLine(file, urls.summaryEvidence(found.jurisdiction.code, found.cycle.code, hex(file.sha256))),
      isLate: false,
    })),
    ...{ done: null, problems: [], fileProblem: '', isConflict: false, isEarly: false },
    ...said,
  }
  const body = <SummaryPage {...props} />
  return answerHtml(exchange, { face: 'office', title: summaryTitle(props), body, status })
}

const fileLine = ({ name, bytes, sha256 }: ReportFile, href: string) => ({
  ...{ name, href, size: sizeText(bytes), hash: hex(sha256) },
})

/** A file of the own report. */
export const summaryEvidence = defineRoute({
  method: 'GET',
  path: patterns.summaryEvidence,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    const files = found ? await listReportFiles(world.db, scope, found.cycle.id) : []
    return answerFile(exchange, files, params.hash)
  },
})

function answerFile(exchange: Exchange, files: readonly ReportFile[], hash: string): Promise<Response> {
  const file = files.find(({ sha256 }) => hex(sha256) === hash)
  return answerEvidence(exchange, file && { ...file, subject: '' })
}

// ---- the report of a place below --------------------------------------------------------------------------------------

export const reportBelow = defineRoute({
  method: 'GET',
  path: patterns.reportBelow,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { scope, url } = exchange
    const done = (['accepted', 'returned'] as const).find((each) => each === url.searchParams.get('done')) ?? null
    return showBelow(exchange, scope, { done, problem: null }, 200)
  },
})

/** Accepts a report of a place below, or gives it back with a note. */
export const reportDecide = defineRoute({
  method: 'POST',
  path: patterns.reportBelow,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 32 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'act', 'seen', 'note']) : null
    const { act, seen = '', note: typed = '' } = values ?? {}
    if ((act !== 'accept' && act !== 'return') || !/^\d{1,9}$/.test(seen)) return refuse(exchange, 'bad_request')
    const accepts = act === 'accept'
    const note = accepts ? '' : readReason(typed)
    const again = (kind: 'note' | 'decided', status: number) =>
      showBelow(exchange, scope, { done: null, problem: { kind, note: typed } }, status)
    const handedIn = await findBelow(exchange, scope)
    if (!handedIn) return refuse(exchange, 'not_found')
    if (note === null) return again('note', 422)
    const place = handedIn.report.place
    const moment = { now: world.now(), req }
    const decided = await decideReport(world.writer, scope, {
      ...{ place, code: params.cycle, version: Number(seen), accepts, note, ...moment },
    })
    if (!decided.ok) return again('decided', 409)
    const done = accepts ? 'accepted' : 'returned'
    const address = carry(urls.reportBelow(params.jid, params.place, params.cycle), exchange)
    return seeOther(exchange, 'office', `${address}&done=${done}`)
  },
})

/** A file of it, of those that were handed in. */
export const reportBelowEvidence = defineRoute({
  method: 'GET',
  path: patterns.reportBelowEvidence,
  policy: { who: readers.audit, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const found = await findBelow(exchange, scope)
    const asked = { place: found?.place.id ?? 0, code: params.cycle }
    return answerFile(exchange, found ? await listFilesHandedIn(world.db, scope, asked) : [], params.hash)
  },
})

/** What the place of the path has handed in; null for a place that is not below, or a report that is not there. */
async function findBelow(
  { world, params }: Exchange,
  scope: Scope,
): Promise<{ place: Awaited<ReturnType<typeof listBelow>>[number]; report: HandedIn } | null> {
  const { place: code = '', cycle = '' } = params as Record<string, string>
  const place = (await listBelow(world.db, scope)).find((each) => each.code === code)
  const report = place && (await listHandedIn(world.db, scope, cycle)).find((each) => each.place === place.id)
  return report ? { place: place!, report } : null
}

async function showBelow(
  exchange: Exchange<string, readonly []>,
  scope: Scope,
  said: Pick<ReportBelowProps, 'done' | 'problem'>,
  status: number,
): Promise<Response> {
  const { world, staff, locale } = exchange
  const { jid = '', cycle = '' } = exchange.params as Record<string, string>
  const found = await findBelow(exchange, scope)
  if (!found) return refuse(exchange, 'not_found')
  const plan = (await listOffered(world.db, scope)).find(({ code }) => code === cycle)
  const { report, place } = found
  const due = plan ? dueOf(plan.body) : null
  const { submitted } = lineOf(report, due, world.now(), locale)
  const files = await listFilesHandedIn(world.db, scope, { place: place.id, code: cycle })
  const [newest] = await listCyclesOf(world.db, [scope.jurisdiction])
  const props: ReportBelowProps = {
    shell: await shellOf(exchange, 'places', newest ?? null),
    jid,
    below: { jid: place.code, cycle },
    place: nameOf(place, locale),
    year: cycle,
    state: report.state,
    submitted,
    report: report.report,
    files: files.map((file) => ({
      ...fileLine(file, urls.reportBelowEvidence(jid, place.code, cycle, hex(file.sha256))),
      isLate: due !== null && dayOf(file.addedAt) > due,
    })),
    version: report.version,
    note: report.note,
    mayDecide: deciders.includes(staff!.role),
    ...said,
  }
  const body = <ReportBelowPage {...props} />
  return answerHtml(exchange, { face: 'office', title: reportBelowTitle(props), body, status })
}
