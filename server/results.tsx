import { MethodPage, methodTitle } from '../client/pages/results/method.tsx'
import {
  ResultsPage,
  type ResultsPageProps,
  readResultsView,
  resultsTitle,
  type SurveyNote,
} from '../client/pages/results/results.tsx'
import { VerifyPage, verifyTitle } from '../client/pages/results/verify.tsx'
import { patterns, urls } from '../client/urls.ts'
import { readAmendments } from '../db/amendments.ts'
import { listOrganChanges, listRenamed, type OrganName } from '../db/organ-history.ts'
import { type FoundCycle, findCycle, readCycle } from '../db/platform.ts'
import { readPopulations } from '../db/population.ts'
import { type ParticipationRow, readParticipation } from '../db/responses.ts'
import type { Scope } from '../db/scope.ts'
import { sumsFile } from '../surveys/bundle.ts'
import { hex } from '../surveys/canonical.ts'
import { groupIds } from '../surveys/indicator.ts'
import type { Plan } from '../surveys/plan.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { countWays } from '../surveys/ways.ts'
import { amendmentLine } from './amendment-words.ts'
import { dateText, dayOf, momentText, resultsDayText, startOf } from './calendar.ts'
import { classesOf, gradesOf, intervalPercent, percent, scaleOf } from './figures.ts'
import { systemScope } from './guard.ts'
import { weightingNote } from './office/weighting.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { type Published, publishedDocuments, publishedOf } from './publications.ts'
import { publishedFigures, versionLine } from './published-results.ts'
import { defineRoute, type Exchange } from './route.ts'
import type { Standing } from './standing.ts'
import { localized, nameOf, titleOf } from './surveys.ts'
import type { World } from './world.ts'

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/**
 * What the public sees of a cycle. Before publication: how people are asked, how many have answered so far, and when
 * results are expected; neither an organ nor a score. From then on what was published, in its latest version.
 */
export const results = defineRoute({
  method: 'GET',
  path: patterns.results,
  policy,
  async handler(exchange) {
    const { world, params } = exchange
    const found = await findCycle(world.pages, params.jid, params.cycle)
    if (!found?.planId || found.cycle.state === 'draft') return refuse(exchange, 'not_found')
    const published = await publishedOf(world, found)
    return published ? publishedPage(exchange, found, published) : expectedPage(exchange, found)
  },
})

/** The same of one version of the publication, whatever was corrected since. */
export const resultsVersion = defineRoute({
  method: 'GET',
  path: patterns.resultsVersion,
  policy,
  async handler(exchange) {
    const { world, params } = exchange
    const found = await findCycle(world.pages, params.jid, params.cycle)
    const published = found && (await publishedOf(world, found, Number(params.version)))
    return published ? publishedPage(exchange, found, published) : refuse(exchange, 'not_found')
  },
})

async function publishedPage(exchange: Exchange, found: FoundCycle, published: Published): Promise<Response> {
  const { world, locale, size } = exchange
  const documents = await publishedDocuments(world, published)
  if (!documents) return refuse(exchange, 'not_found')
  const { cycle, plan } = documents
  const classes = classesWith(plan, cycle.organs, locale)
  const { shown, versions } = published
  const [latest] = versions
  const query = Object.fromEntries(exchange.url.searchParams)
  const view = readResultsView(query, classes, documents.results.ranking !== null)
  const jid = found.jurisdiction.code
  const { code } = found.cycle
  const state = versions.map(({ version, withdrawn }) => `${version}${withdrawn ? '-' : ''}`).join()
  const name = `results|${jid}|${code}|${hex(shown.hash)}|${state}|${view.sort}|${view.direction}|${view.organClass}`
  return cachedPage(exchange, name, 60, async () => {
    const scope = systemScope(published.jurisdiction)
    const { surveys } = await readCycle(world.pages, scope, published.cycleId)
    const populations = await readPopulations(
      world.pages,
      scope,
      surveys.map(({ id }) => id),
    )
    const sources = new Map(surveys.flatMap(({ id, sid }) => [[sid, populations.get(id)?.source ?? ''] as const]))
    const props: ResultsPageProps = {
      ...{ locale, size, jid, cycle: code, view, classes, demo: world.config.demo },
      jurisdiction: nameOf(cycle.jurisdiction, locale),
      cycleTitle: titleOf(cycle.cycle, locale),
      isPublished: true,
      resultsOn: resultsDayText(surveys, locale),
      path: shown === latest ? urls.results(jid, code) : urls.resultsVersion(jid, code, shown.version),
      ...publishedFigures(documents, sources, locale),
      ...(await historyOf(world, scope, { organs: cycle.organs, cycle: published.cycleId, locale })),
      ...rulesOf(plan, locale),
      bundle: {
        address: `${world.config.origins[0]}${urls.versionBundle(jid, code, shown.version)}`,
        sumsHref: urls.versionBundle(jid, code, shown.version, sumsFile),
        hash: hex(shown.hash),
      },
      versions: versions.map((each) => versionLine(each, { jid, cycle: code, isShown: each === shown, locale })),
    }
    return pageOf(props)
  })
}

async function expectedPage(exchange: Exchange, found: FoundCycle): Promise<Response> {
  const { world, locale, size } = exchange
  const jid = found.jurisdiction.code
  const { code: cycle, state } = found.cycle
  const scope = systemScope(found.jurisdiction.id)
  const standing = await world.standing(scope, found.cycle.id)
  if (standing.surveys.length === 0) return refuse(exchange, 'not_found')
  const classes = classesWith(standing.plan, standing.organs, locale)
  const view = readResultsView({}, classes, false)
  return cachedPage(exchange, `results|${jid}|${cycle}|${state}`, 60, async () => {
    const ids = standing.surveys.map(({ id }) => id)
    const [rows, amendments] = await Promise.all([
      readParticipation(world.pages, scope, ids, dayOf(world.now())),
      readAmendments(world.pages, scope, ids),
    ])
    const counted = groupIds.flatMap((group) =>
      standing.surveys.filter((survey) => survey.group === group && survey.counted),
    )
    const open = standing.surveys.find((survey) => !survey.counted)
    const props: ResultsPageProps = {
      ...{ locale, size, jid, cycle, view, classes, demo: world.config.demo },
      jurisdiction: nameOf(found.jurisdiction, locale),
      cycleTitle: titleOf(found.cycle, locale),
      isPublished: false,
      resultsOn: resultsDayText(standing.surveys, locale),
      path: urls.results(jid, cycle),
      ...{
        organs: [],
        ranks: null,
        choice: null,
        renamed: [],
        history: [],
        quarantined: [],
        bundle: null,
        versions: [],
      },
      ...rulesOf(standing.plan, locale),
      surveys: counted.map((survey) => ({
        ...surveyNote(standing, survey, rows, locale),
        amendments: (amendments.get(survey.id) ?? []).map((amendment) => amendmentLine(amendment, locale)),
      })),
      openChannel: open ? { received: received(rows, open.id) } : null,
      scale: counted[0] ? scaleOf(counted[0].questionnaire, locale) : [],
      planHash: hex(standing.planHash),
      manifestHrefs: counted.flatMap((survey) =>
        survey.manifestHash ? [{ group: survey.group, href: urls.manifest(hex(survey.manifestHash)) }] : [],
      ),
    }
    return pageOf(props)
  })
}

const pageOf = (props: ResultsPageProps) => ({
  face: 'results' as const,
  title: resultsTitle(props),
  body: <ResultsPage {...props} />,
  description: resultsTitle(props),
})

const classesWith = (plan: Plan, organs: readonly { class: string }[], locale: Locale): ResultsPageProps['classes'] =>
  classesOf(plan, organs, locale).map((entry) => ({
    ...entry,
    functionalRule: plan.organClasses[entry.id]!.functionalRule,
  }))

const rulesOf = (plan: Plan, locale: Locale) => ({
  grades: gradesOf(plan, locale),
  intervalPercent: intervalPercent(plan),
  rounding: plan.rounding,
  dontKnowLimit: String(plan.warnings.dontKnowPercent),
})

/** What has become of the organs of a cycle, and from which others they came. */
export async function historyOf(
  world: World,
  scope: Scope,
  { organs, cycle, locale }: { readonly organs: readonly OrganName[]; readonly cycle: number; readonly locale: Locale },
): Promise<Pick<ResultsPageProps, 'renamed' | 'history'>> {
  const renamed = await listRenamed(world.pages, scope, cycle)
  const changes = await listOrganChanges(world.pages, scope)
  const own = new Set(organs.map(({ nameZh }) => nameZh))
  const spoken = (names: readonly OrganName[]) => names.map((name) => nameOf(name, locale))
  return {
    renamed: renamed.map(({ before, now }) => ({ name: nameOf(before, locale), now: nameOf(now, locale) })),
    history: changes
      .filter(({ before, after }) => [...before, ...after].some(({ nameZh }) => own.has(nameZh)))
      .map(({ kind, day, before, after, note }) => ({
        ...{ kind, note, day: dateText(startOf(day), locale) },
        ...{ before: spoken(before), after: spoken(after) },
      })),
  }
}

function surveyNote(
  standing: Standing,
  survey: Standing['surveys'][number],
  rows: readonly ParticipationRow[],
  locale: Locale,
): Omit<SurveyNote, 'amendments'> {
  const group = standing.plan.groups[survey.group]
  const answered = received(rows, survey.id)
  return {
    group: survey.group,
    weight: group.weight,
    // How many have taken part is shown while people may still answer; how they answered is not.
    received: answered,
    expected: survey.expected,
    responsePercent: percent(answered, survey.expected),
    ways: countWays(rows.filter((row) => row.survey === survey.id)),
    mode: survey.mode,
    modeReason: group.intakeReason ? localized(group.intakeReason, locale) : null,
    adapter: group.adapter,
    minimum: {
      n: group.minimum.n,
      effectiveN: group.minimum.effectiveN ?? null,
      responsePercent: group.minimum.responsePercent === undefined ? null : String(group.minimum.responsePercent),
    },
    weighting: weightingNote(survey, locale),
    opens: momentText(survey.opensAt, locale),
    closes: momentText(survey.closesAt, locale),
    audit: null,
  }
}

const received = (rows: readonly ParticipationRow[], survey: number): number =>
  rows.reduce((sum, row) => (row.survey === survey ? sum + row.n : sum), 0)

/** On which anybody checks published results, of this installation or another; one document with all that it needs. */
export const verify = defineRoute({
  method: 'GET',
  path: patterns.verify,
  policy,
  handler: (exchange: Exchange) =>
    cachedPage(exchange, 'verify', 3_600, () => {
      const { locale, size, world } = exchange
      const props = { locale, size, demo: world.config.demo, from: '' }
      return {
        face: 'results',
        title: verifyTitle(props),
        body: <VerifyPage {...props} />,
        description: verifyTitle(props),
      }
    }),
})

/** How a score is made, on an invented example; the same for every cycle. */
export const method = defineRoute({
  method: 'GET',
  path: patterns.method,
  policy,
  handler: (exchange: Exchange) =>
    cachedPage(exchange, 'method', 3_600, () => {
      const props = { locale: exchange.locale, size: exchange.size }
      return {
        face: 'results',
        title: methodTitle(props),
        body: <MethodPage {...props} />,
        description: methodTitle(props),
      }
    }),
})
