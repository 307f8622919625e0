import { MethodPage, methodTitle } from '../client/pages/results/method.tsx'
import {
  ResultsPage,
  type ResultsPageProps,
  type ResultsRow,
  readResultsView,
  resultsTitle,
  type SurveyNote,
} from '../client/pages/results/results.tsx'
import type { QuarantineNote } from '../client/pages/results/results-ranks.tsx'
import { VerifyPage, verifyTitle } from '../client/pages/results/verify.tsx'
import { patterns, urls } from '../client/urls.ts'
import { listOrganChanges, listRenamed, type OrganName } from '../db/organ-history.ts'
import { readAudits, type StoredAudit } from '../db/participation-audits.ts'
import { findCycle } from '../db/platform.ts'
import { type ParticipationRow, readParticipation } from '../db/responses.ts'
import type { Scope } from '../db/scope.ts'
import { sumsFile } from '../surveys/bundle.ts'
import { hex } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import { groupIds } from '../surveys/indicator.ts'
import { detectionPercent } from '../surveys/participation-audit.ts'
import { type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import { countWays } from '../surveys/ways.ts'
import { publishedAudit } from './bundle.ts'
import { dateText, dayOf, momentText, resultsDayText, startOf } from './calendar.ts'
import {
  classesOf,
  dontKnowShare,
  gradesOf,
  intervalOf,
  intervalPercent,
  overallScoreOf,
  percent,
  satisfactionScore,
  scaleOf,
} from './figures.ts'
import { systemScope } from './guard.ts'
import { rankOf, ranksOf } from './office/ranks.ts'
import { weightingNote } from './office/weighting.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { publishedHash } from './publications.ts'
import { organQuarantine } from './quarantine.ts'
import { defineRoute, type Exchange } from './route.ts'
import type { OrganStanding, Standing } from './standing.ts'
import { localized, nameOf, titleOf } from './surveys.ts'
import type { World } from './world.ts'

/**
 * What the public sees of a cycle. Before publication: how people are asked, how many have answered so far, and when
 * results are expected; neither an organ nor a score.
 */
export const results = defineRoute({
  method: 'GET',
  path: patterns.results,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' },
  async handler(exchange) {
    const { world, params, locale, size } = exchange
    const found = await findCycle(world.pages, params.jid, params.cycle)
    if (!found?.planId || found.cycle.state === 'draft') return refuse(exchange, 'not_found')
    const query = Object.fromEntries(exchange.url.searchParams)
    const { state } = found.cycle
    const scope = systemScope(found.jurisdiction.id)
    const standing = await world.standing(scope, found.cycle.id)
    const classes = classesOf(standing.plan, standing.organs, locale).map((entry) => ({
      ...entry,
      functionalRule: standing.plan.organClasses[entry.id]!.functionalRule,
    }))
    const ranks = isPublished(state) ? ranksOf(standing, locale) : null
    const view = readResultsView(query, classes, ranks !== null)
    const name = `results|${params.jid}|${params.cycle}|${state}|${view.sort}|${view.direction}|${view.organClass}`
    if (standing.surveys.length === 0) return refuse(exchange, 'not_found')
    return cachedPage(exchange, name, 60, async () => {
      const rows = await readParticipation(
        world.pages,
        scope,
        standing.surveys.map((survey) => survey.id),
        dayOf(world.now()),
      )
      const audits = await readAudits(
        world.pages,
        scope,
        standing.surveys.map((survey) => survey.id),
      )
      const counted = groupIds.flatMap((group) =>
        standing.surveys.filter((survey) => survey.group === group && survey.counted),
      )
      const open = standing.surveys.find((survey) => !survey.counted)
      const hash = isPublished(state) ? await publishedHash(world, params.jid, params.cycle) : null
      const files = urls.bundle(params.jid, params.cycle)
      const props: ResultsPageProps = {
        locale,
        size,
        demo: world.config.demo,
        jid: params.jid,
        cycle: params.cycle,
        jurisdiction: nameOf(found.jurisdiction, locale),
        cycleTitle: titleOf(found.cycle, locale),
        isPublished: isPublished(state),
        resultsOn: resultsDayText(standing.surveys, locale),
        view,
        organs: isPublished(state) ? resultsRows(standing, locale) : [],
        ranks,
        ...(isPublished(state)
          ? await historyOf(world, scope, { standing, cycle: found.cycle.id, locale })
          : { renamed: [], history: [] }),
        quarantined: isPublished(state) ? quarantineNotes(standing, locale) : [],
        classes,
        grades: gradesOf(standing.plan, locale),
        intervalPercent: intervalPercent(standing.plan),
        rounding: standing.plan.rounding,
        surveys: counted.map((survey) => ({
          ...surveyNote(standing, survey, rows, locale),
          audit: isPublished(state) && survey.group === 'public' ? auditNote(audits.get(survey.id)) : null,
        })),
        openChannel: open ? { received: received(rows, open.id) } : null,
        scale: counted[0] ? scaleOf(counted[0].questionnaire, locale) : [],
        dontKnowLimit: String(standing.plan.warnings.dontKnowPercent),
        planHash: hex(standing.planHash),
        manifestHrefs: counted.flatMap((survey) =>
          survey.manifestHash ? [{ group: survey.group, href: urls.manifest(hex(survey.manifestHash)) }] : [],
        ),
        bundle:
          hash === null
            ? null
            : {
                address: `${world.config.origins[0]}${files}`,
                sumsHref: urls.bundle(params.jid, params.cycle, sumsFile),
                hash,
              },
      }
      return {
        face: 'results',
        title: resultsTitle(props),
        body: <ResultsPage {...props} />,
        description: resultsTitle(props),
      }
    })
  },
})

/** What has become of the organs of a cycle, and from which others they came. */
async function historyOf(
  world: World,
  scope: Scope,
  { standing, cycle, locale }: { readonly standing: Standing; readonly cycle: number; readonly locale: Locale },
): Promise<Pick<ResultsPageProps, 'renamed' | 'history'>> {
  const renamed = await listRenamed(world.pages, scope, cycle)
  const changes = await listOrganChanges(world.pages, scope)
  const own = new Set(standing.organs.map(({ nameZh }) => nameZh))
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

function resultsRows(standing: Standing, locale: Locale): ResultsRow[] {
  const places = standing.ranking?.organs.map(({ place }) => place) ?? []
  const tied = new Set(places.filter((place, at) => places.indexOf(place) !== at))
  return standing.organs.map((organ) => resultsRow(standing, organ, tied, locale))
}

function resultsRow(standing: Standing, organ: OrganStanding, tied: ReadonlySet<number>, locale: Locale): ResultsRow {
  const { plan } = standing
  const told = { n: 0, dontKnow: 0 }
  for (const group of groupIds) {
    const survey = standing.surveys.find((candidate) => candidate.group === group && candidate.counted)
    const sums = organ.groups[group].sums
    if (!survey || !sums) continue
    const at = ratingQuestions(survey.questionnaire).findIndex((question) => question.role === 'overall')
    told.n += sums.questions[at]!.n
    told.dontKnow += sums.questions[at]!.dontKnow
  }
  const unknown = dontKnowShare(plan, told)
  const rank = rankOf(standing, organ)
  return {
    name: nameOf(organ, locale),
    organClass: organ.class,
    satisfaction: satisfactionScore(plan, organ),
    interval: intervalOf(organ.satisfaction),
    n: Object.fromEntries(groupIds.map((group) => [group, organ.groups[group].sums?.n ?? 0])) as ResultsRow['n'],
    dontKnowPercent: unknown.asked === 0 ? null : unknown.percent,
    dontKnowFlagged: unknown.isFlagged,
    overall: overallScoreOf(plan, organ, locale),
    overallInterval: organ.overall?.status === 'ok' ? intervalOf(organ.overall) : null,
    grade: organ.overall?.status === 'ok' ? organ.overall.grade : null,
    rank,
    isTied: rank.status === 'ranked' && rank.place !== null && tied.has(rank.place),
  }
}

function quarantineNotes({ plan, organs }: Standing, locale: Locale): QuarantineNote[] {
  return organs.flatMap((organ) => {
    const own = organQuarantine(plan, organ, locale)
    if (!own) return []
    const official = {
      satisfaction: satisfactionScore(plan, organ),
      overall: overallScoreOf(plan, organ, locale),
      grade: organ.overall?.status === 'ok' ? organ.overall.grade : null,
    }
    return [{ organ: nameOf(organ, locale), groups: own.groups, official, all: own.all }]
  })
}

function surveyNote(
  standing: Standing,
  survey: Standing['surveys'][number],
  rows: readonly ParticipationRow[],
  locale: Locale,
): Omit<SurveyNote, 'audit'> {
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
  }
}

/** What was published of an audit, with what it can show. */
function auditNote(stored: StoredAudit | undefined): SurveyNote['audit'] {
  const audit = publishedAudit(stored)
  return audit ? { ...audit, detection: detectionPercent(audit.confirmed + audit.denied) } : 'none'
}

const received = (rows: readonly ParticipationRow[], survey: number): number =>
  rows.reduce((sum, row) => (row.survey === survey ? sum + row.n : sum), 0)

/** On which anybody checks published results, of this installation or another; one document with all that it needs. */
export const verify = defineRoute({
  method: 'GET',
  path: patterns.verify,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' },
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
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' },
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
