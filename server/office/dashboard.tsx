import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { exportMessages } from '../../client/messages/export.ts'
import { officeMessages } from '../../client/messages/office.ts'
import { resultsMessages } from '../../client/messages/results.ts'
import {
  DashboardPage,
  type DashboardPageProps,
  dashboardTitle,
  type Participation,
} from '../../client/pages/office/dashboard.tsx'
import { OrgansSection } from '../../client/pages/office/dashboard-organs.tsx'
import { ParticipationSection } from '../../client/pages/office/dashboard-participation.tsx'
import { OfficeHomePage } from '../../client/pages/office/home.tsx'
import { type OrganRow, readOrganView } from '../../client/pages/office/organ-rows.ts'
import { assistants, readers } from '../../client/parts/office-shell.tsx'
import { patterns, urls } from '../../client/urls.ts'
import { countWaiting } from '../../db/approvals.ts'
import { listComplaints } from '../../db/complaints.ts'
import type { Database } from '../../db/database.ts'
import { type FoundCycle, findCycle, listCyclesOf, listJurisdictions } from '../../db/platform.ts'
import { type ParticipationRow, readParticipation } from '../../db/responses.ts'
import type { Scope } from '../../db/scope.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import type { SurveyState } from '../../surveys/cycle.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { satisfactionId } from '../../surveys/plan.ts'
import type { GroupId, Locale } from '../../surveys/questionnaire.ts'
import { countWays, readChannel } from '../../surveys/ways.ts'
import { answerHtml, newMarker } from '../answer-html.ts'
import { dateText, dayOf, daysBetween, momentText, shortDateText, startOf } from '../calendar.ts'
import {
  classesOf,
  gradesOf,
  groupScore,
  intervalOf,
  intervalPercent,
  nodeScore,
  overallScoreOf,
  percent,
  satisfactionScore,
} from '../figures.ts'
import { systemScope } from '../guard.ts'
import { keepWith } from '../page-cache.ts'
import { staffRoles } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { isFinished, type OrganStanding, type Standing, type SurveyStanding } from '../standing.ts'
import { outdatedLock } from '../summing.ts'
import { localized, nameOf, titleOf } from '../surveys.ts'
import { assistedSurveys } from './assist.tsx'
import { type FieldworkTerms, fieldworkSurveys, readTerms, targetOf } from './fieldwork-view.ts'
import { plainContext } from './figures/context.ts'
import { aheadFigure, placesFigure, satisfactionFigure } from './figures/order.ts'
import { progressFigure } from './figures/participation.ts'
import { gradeMarks, rankOf, ranksOf } from './ranks.ts'
import { shellOf } from './shell.ts'
import { tasksOf } from './task-list.ts'

/** The cycles whose scores this person may read. */
export const home = defineRoute({
  method: 'GET',
  path: patterns.office,
  policy: { who: staffRoles, scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, staff, locale } = exchange
    const ids = [
      ...new Set(
        staff.grants.filter((grant) => readers.dashboard.includes(grant.role)).map((grant) => grant.jurisdiction),
      ),
    ]
    const reviewed = staff.grants.filter(({ role }) => role === 'reviewer').map(({ jurisdiction }) => jurisdiction)
    const cycles = await listCyclesOf(world.db, [...new Set([...ids, ...reviewed])])
    const shell = await shellOf(exchange, 'home', null)
    const entries = cycles.map(({ jurisdiction, cycle }) => ({
      jid: jurisdiction.code,
      jurisdiction: nameOf(jurisdiction, locale),
      cycle: cycle.code,
      title: titleOf(cycle, locale),
      state: cycle.state,
      ...(ids.includes(jurisdiction.id) ? {} : { href: urls.reviews(jurisdiction.code, cycle.code) }),
    }))
    const assisting = assistants.includes(staff.role) ? { assisting: await assistedSurveys(exchange) } : {}
    const desks = staff.grants.filter(({ role }) => readers.desk.includes(role)).map(({ jurisdiction }) => jurisdiction)
    const places = await Promise.all(
      (await listJurisdictions(world.db))
        .filter(({ id }) => desks.includes(id))
        .map(async (place) => ({
          jid: place.code,
          jurisdiction: nameOf(place, locale),
          waiting: await countWaiting(world.db, systemScope(place.id), world.now()),
        })),
    )
    const tasks = (await tasksOf(exchange)) ?? undefined
    const body = <OfficeHomePage shell={shell} cycles={entries} places={places} tasks={tasks} {...assisting} />
    return answerHtml(exchange, { face: 'office', title: officeMessages(locale).homeTitle, body })
  },
})

/** One cycle at a glance: who has answered, and how every organ stands. */
export const dashboard = defineRoute({
  method: 'GET',
  path: patterns.dashboard,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, staff, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const standing = await world.standing(scope, found.cycle.id)
    const rows = await participationRows(world.db, scope, standing, dayOf(world.now()))
    const { plan } = standing
    const satisfied = satisfactionId(plan)
    const parts = plan.indicators
      .filter((node) => node.id !== satisfied)
      .map((node) => ({ id: node.id, title: localized(node.title, locale) }))
    const counted = groupIds.flatMap((group) =>
      standing.surveys.filter((survey) => survey.group === group && survey.counted),
    )
    const open = standing.surveys.find((survey) => !survey.counted)
    const classes = classesOf(plan, standing.organs, locale)
    const now = world.now()
    const updated = momentText(now, locale)
    const shell = await shellOf(exchange, 'dashboard', found)
    const takePart = (terms: FieldworkTerms) => {
      const participation = counted.map((survey) => participationOf(survey, rows, now, locale))
      const openChannel = open
        ? {
            state: open.state as SurveyState,
            received: total(rows, open.id),
            channels: channelsOf(rows, open.id, open.channels, locale),
          }
        : null
      return {
        participation,
        openChannel,
        progress: progressFigure(
          plainContext(standing, shell, updated),
          participation.map((each, at) => ({ ...each, target: targetOf(terms, counted[at]!) })),
        ),
      }
    }
    const readOwnTerms = () => readTerms(world, scope, found.cycle.id)
    const terms = isOver(standing) ? null : await readOwnTerms()
    const tookPart = terms
      ? takePart(terms)
      : await keepWith(standing, `took part ${locale}`, async () => takePart(await readOwnTerms()))
    const ranks = keepWith(standing, `ranks ${locale}`, () => ranksOf(standing, locale))
    const asked = readOrganView(Object.fromEntries(exchange.url.searchParams), { classes, parts })
    const view = ranks || asked.chart !== 'places' ? asked : { ...asked, chart: 'satisfaction' as const }
    const { organClass, search } = view
    const lastClose = Math.max(...counted.map((survey) => survey.closesAt))
    const props: DashboardPageProps = {
      shell,
      cycleState: found.cycle.state,
      ...tookPart,
      fieldwork:
        terms && standing.surveys.some(({ state }) => state === 'open') ? await glance(exchange, found, terms) : null,
      daysLeft: counted.some((survey) => survey.state === 'open')
        ? Math.max(0, daysBetween(dayOf(now), dayOf(lastClose)).length - 1)
        : null,
      organs: keepWith(standing, `rows ${locale}`, () =>
        standing.organs.map((organ) => organRow(standing, organ, parts, locale)),
      ),
      view,
      chart: keepWith(standing, JSON.stringify(['chart', locale, organClass, search, view.chart]), () =>
        chartMakers[view.chart](plainContext(standing, shell, updated, { organClass, search })),
      ),
      classes,
      parts,
      grades: gradesOf(plan, locale),
      ranks,
      intervalPercent: intervalPercent(plan),
      relock: await outdatedLock(world, scope, found.cycle.id),
      planHash: hex(standing.planHash),
      updated,
    }
    const marker = newMarker(world)
    const words = officeMessages(locale)
    const render = (section: VNode) => utf8(renderToString(section))
    const kept = (name: string, section: VNode) =>
      keepWith(standing, JSON.stringify([name, locale, staff.role, props.view]), () => render(section))
    const takingPart = <ParticipationSection {...props} words={words} />
    const html = [
      isOver(standing) ? kept('participation', takingPart) : render(takingPart),
      kept('organs', <OrgansSection {...props} words={words} />),
    ]
    return answerHtml(exchange, {
      face: 'office',
      title: dashboardTitle(props),
      body: <DashboardPage {...props} sections={marker} />,
      splice: { marker, html },
    })
  },
})

/** What the overview can draw of its organs: the same as on the page of figures. */
const chartMakers = { satisfaction: satisfactionFigure, overall: aheadFigure, places: placesFigure } as const

/** How fieldwork stands, for tiles and for the list of what to look at. */
async function glance(
  { world, scope, locale }: Exchange<string, readonly []>,
  { cycle }: FoundCycle,
  terms: FieldworkTerms,
): Promise<DashboardPageProps['fieldwork']> {
  const [looked, complaints] = await Promise.all([
    world.fieldwork(scope, cycle.id, dayOf(world.now())),
    listComplaints(world.db, scope, cycle.id),
  ])
  const { surveys } = await fieldworkSurveys(world, scope, terms, looked, locale)
  return { surveys, complaints: complaints.filter(({ answeredOn }) => answeredOn === 0).length }
}

/** Whether no survey of the cycle takes answers any more, so that the counts of those who took part stay. */
const isOver = ({ surveys }: Standing): boolean => surveys.every(({ state }) => isFinished(state))

export async function participationRows(
  db: Database,
  scope: Scope,
  standing: Standing,
  today: number,
): Promise<ParticipationRow[]> {
  const read = () =>
    readParticipation(
      db,
      scope,
      standing.surveys.map((survey) => survey.id),
      today,
    )
  if (!isOver(standing)) return read()
  const kept = keepWith(standing, 'participation rows', (): { rows?: ParticipationRow[] } => ({}))
  kept.rows ??= await read()
  return kept.rows
}

/** One organ's line, with what stands in place of the numbers that are withheld. */
export function organRow(
  standing: Standing,
  organ: OrganStanding,
  parts: readonly { id: string; title: string }[],
  locale: Locale,
): OrganRow {
  const { plan } = standing
  const nodes = new Map(organ.overall?.nodes.map((node) => [node.id, node]))
  const overallInterval = organ.overall?.status === 'ok' ? intervalOf(organ.overall) : null
  return {
    code: organ.code,
    name: nameOf(organ, locale),
    search: organ.search,
    organClass: organ.class,
    groups: Object.fromEntries(
      groupIds.map((group) => [
        group,
        { result: groupScore(plan, group, organ.groups[group]), n: organ.groups[group].sums?.n ?? 0 },
      ]),
    ) as OrganRow['groups'],
    satisfaction: satisfactionScore(plan, organ),
    interval: intervalOf(organ.satisfaction),
    parts: parts.map((part) => nodeScore(nodes.get(part.id), part.title)),
    overall: overallScoreOf(plan, organ, locale),
    overallInterval,
    grade: organ.overall?.status === 'ok' ? organ.overall.grade : null,
    marks: gradeMarks(plan, organ, overallInterval, locale),
    rank: rankOf(standing, organ),
  }
}

export function participationOf(
  survey: SurveyStanding,
  rows: readonly ParticipationRow[],
  now: number,
  locale: Locale,
): Participation {
  const own = rows.filter((row) => row.survey === survey.id)
  const byDay = new Map<number, number>()
  for (const row of own) byDay.set(row.day, (byDay.get(row.day) ?? 0) + row.n)
  const opens = dayOf(survey.opensAt)
  const closes = dayOf(survey.closesAt)
  const latest = Math.max(opens, ...byDay.keys(), Math.min(closes, dayOf(now)))
  const received = total(rows, survey.id)
  return {
    sid: survey.sid,
    group: survey.group as GroupId,
    state: survey.state as SurveyState,
    opens: { day: opens, text: dateText(survey.opensAt, locale) },
    closes: { day: closes, text: dateText(survey.closesAt, locale) },
    received,
    expected: survey.expected,
    responsePercent: percent(received, survey.expected),
    // Before the opening there is nothing to draw.
    daily: (survey.state === 'draft' || survey.state === 'ready'
      ? []
      : daysBetween(opens, Math.max(opens, latest))
    ).map((day) => ({
      day,
      text: shortDateText(startOf(day), locale),
      received: byDay.get(day) ?? 0,
    })),
    channels: channelsOf(rows, survey.id, survey.channels, locale),
    ways: countWays(own),
  }
}

export function total(rows: readonly ParticipationRow[], survey: number): number {
  return rows.reduce((sum, row) => (row.survey === survey ? sum + row.n : sum), 0)
}

interface ChannelReceived {
  /** As it is stored. */
  readonly code: string
  readonly name: string
  readonly received: number
  /** How many are to come by it, in person or on a device that stands there; 0 where nobody says. */
  readonly target: number
  readonly remaining: number
}

/** Responses by channel with its name, those that were named first. */
export function channelsOf(
  rows: readonly ParticipationRow[],
  survey: number,
  names: SurveyStanding['channels'],
  locale: Locale,
): ChannelReceived[] {
  const byChannel = new Map<string, number>(names.map((channel) => [channel.code, 0]))
  const byPoster = new Map<string, number>()
  for (const { survey: of, channel, n } of rows) {
    if (of !== survey) continue
    const { poster } = readChannel(channel)
    byChannel.set(channel, (byChannel.get(channel) ?? 0) + n)
    byPoster.set(poster, (byPoster.get(poster) ?? 0) + n)
  }
  const titles = new Map(names.map((channel) => [channel.code, nameOf(channel, locale)]))
  const targets = new Map(names.map(({ code, target }) => [code, target]))
  const words = resultsMessages(locale)
  return [...byChannel].map(([channel, received]) => {
    const { way, poster } = readChannel(channel)
    const title = titles.get(poster)
    const own = way === 'online' ? (title ?? exportMessages(locale).direct) : words[`way_${way}`]
    const target = targets.get(channel) ?? 0
    return {
      ...{ code: channel, name: way === 'kiosk' && title ? `${own} · ${title}` : own, received },
      ...{ target, remaining: Math.max(0, target - (byPoster.get(poster) ?? 0)) },
    }
  })
}
