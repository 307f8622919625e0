import { MethodPage, methodTitle } from '../client/pages/results/method.tsx'
import {
  ResultsPage,
  type ResultsPageProps,
  type ResultsRow,
  readResultsView,
  resultsTitle,
  type SurveyNote,
} from '../client/pages/results/results.tsx'
import { patterns, urls } from '../client/urls.ts'
import { findCycle } from '../db/platform.ts'
import { type ParticipationRow, readParticipation } from '../db/responses.ts'
import { hex } from '../surveys/canonical.ts'
import { type Locale, ratingQuestions } from '../surveys/questionnaire.ts'
import { compare, rational } from '../surveys/rational.ts'
import { dateText, momentText, startOf } from './calendar.ts'
import {
  classesOf,
  gradesOf,
  intervalOf,
  intervalPercent,
  overallScoreOf,
  percent,
  satisfactionScore,
} from './figures.ts'
import { cachedPage } from './form-cache.ts'
import { systemScope } from './guard.ts'
import { scaleOf } from './office/organ.tsx'
import { refuse } from './problem.tsx'
import { defineRoute, type Exchange } from './route.ts'
import { groupIds, type OrganStanding, type Standing } from './standing.ts'
import { localized } from './surveys.ts'

/** What the public sees of a cycle. Before publication: that it runs, and when results are expected; no number. */
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
    const isPublished = state === 'published' || state === 'rectification' || state === 'archived'
    const scope = systemScope(found.jurisdiction.id)
    const standing = await world.standing(scope, found.cycle.id)
    const classes = classesOf(standing.plan, standing.organs, locale).map((entry) => ({
      ...entry,
      functionalRule: standing.plan.organClasses[entry.id]!.functionalRule,
    }))
    const view = readResultsView(query, classes)
    const name = `results|${params.jid}|${params.cycle}|${state}|${view.sort}|${view.direction}|${view.organClass}`
    if (standing.surveys.length === 0) return refuse(exchange, 'not_found')
    return cachedPage(exchange, name, 60, async () => {
      const rows = await readParticipation(
        world.pages,
        scope,
        standing.surveys.map((survey) => survey.id),
      )
      const resultsOn = Math.max(...standing.surveys.map((survey) => survey.resultsOn))
      const day = dateText(startOf(resultsOn), locale)
      const counted = groupIds.flatMap((group) =>
        standing.surveys.filter((survey) => survey.group === group && survey.counted),
      )
      const open = standing.surveys.find((survey) => !survey.counted)
      const props: ResultsPageProps = {
        locale,
        size,
        demo: world.config.demo,
        jid: params.jid,
        cycle: params.cycle,
        jurisdiction: locale === 'en' ? found.jurisdiction.nameEn : found.jurisdiction.nameZh,
        year: standing.plan.cycle,
        published: isPublished ? day : null,
        expected: isPublished ? null : day,
        view,
        organs: isPublished ? standing.organs.map((organ) => resultsRow(standing, organ, locale)) : [],
        classes,
        grades: gradesOf(standing.plan, locale),
        intervalPercent: intervalPercent(standing.plan),
        rounding: standing.plan.rounding,
        surveys: counted.map((survey) => surveyNote(standing, survey, rows, locale)),
        openChannel: open ? { received: received(rows, open.id) } : null,
        scale: counted[0] ? scaleOf(counted[0].questionnaire, locale) : [],
        dontKnowLimit: String(standing.plan.warnings.dontKnowPercent),
        planHash: hex(standing.planHash),
        manifestHrefs: counted.flatMap((survey) =>
          survey.manifestHash ? [{ group: survey.group, href: urls.manifest(hex(survey.manifestHash)) }] : [],
        ),
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

function resultsRow(standing: Standing, organ: OrganStanding, locale: Locale): ResultsRow {
  const { plan } = standing
  let answered = 0
  let unknown = 0
  for (const group of groupIds) {
    const survey = standing.surveys.find((candidate) => candidate.group === group && candidate.counted)
    const sums = organ.groups[group].sums
    if (!survey || !sums) continue
    const at = ratingQuestions(survey.questionnaire).findIndex((question) => question.role === 'overall')
    answered += sums.questions[at]!.n
    unknown += sums.questions[at]!.dontKnow
  }
  const asked = answered + unknown
  const limit = rational(BigInt(plan.warnings.dontKnowPercent), 100n)
  return {
    name: locale === 'en' ? organ.nameEn : organ.nameZh,
    organClass: organ.class,
    satisfaction: satisfactionScore(plan, organ),
    interval: intervalOf(organ.satisfaction),
    n: Object.fromEntries(groupIds.map((group) => [group, organ.groups[group].sums?.n ?? 0])) as ResultsRow['n'],
    dontKnowPercent: asked === 0 ? null : percent(unknown, asked),
    dontKnowFlagged: asked > 0 && compare(rational(BigInt(unknown), BigInt(asked)), limit) > 0,
    overall: overallScoreOf(plan, organ, locale),
    overallInterval: organ.overall?.status === 'ok' ? intervalOf(organ.overall) : null,
    grade: organ.overall?.status === 'ok' ? organ.overall.grade : null,
  }
}

function surveyNote(
  standing: Standing,
  survey: Standing['surveys'][number],
  rows: readonly ParticipationRow[],
  locale: Locale,
): SurveyNote {
  const group = standing.plan.groups[survey.group]
  const answered = received(rows, survey.id)
  return {
    group: survey.group,
    weight: group.weight,
    // How many have taken part is shown while people may still answer; how they answered is not.
    received: answered,
    expected: survey.expected,
    responsePercent: percent(answered, survey.expected),
    mode: survey.mode,
    modeReason: group.intakeReason ? localized(group.intakeReason, locale) : null,
    adapter: group.adapter,
    minimum: {
      n: group.minimum.n,
      responsePercent: group.minimum.responsePercent === undefined ? null : String(group.minimum.responsePercent),
    },
    opens: momentText(survey.opensAt, locale),
    closes: momentText(survey.closesAt, locale),
  }
}

const received = (rows: readonly ParticipationRow[], survey: number): number =>
  rows.reduce((sum, row) => (row.survey === survey ? sum + row.n : sum), 0)

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
