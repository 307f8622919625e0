import {
  type GroupDetail,
  type IndicatorLine,
  OrganPage,
  type OrganPageProps,
  organTitle,
  type QuestionLine,
} from '../../client/pages/office/organ.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { findCycle } from '../../db/platform.ts'
import { listSources } from '../../db/reuse.ts'
import { hex } from '../../surveys/canonical.ts'
import { groupIds } from '../../surveys/indicator.ts'
import type { NodeScore } from '../../surveys/overall.ts'
import { indicatorsOf, type Plan } from '../../surveys/plan.ts'
import { type GroupId, type Locale, type Questionnaire, ratingQuestions } from '../../surveys/questionnaire.ts'
import { divide, halfUp, multiply, type Rational, rational } from '../../surveys/rational.ts'
import { shownQuestions } from '../../surveys/results.ts'
import { answerHtml } from '../answer-html.ts'
import { dayOf, momentText } from '../calendar.ts'
import {
  classesOf,
  columnOf,
  dontKnowShare,
  fixed,
  gradesOf,
  groupScore,
  intervalOf,
  intervalPercent,
  nodeScore,
  overallScoreOf,
  percent,
  satisfactionScore,
  scaleOf,
  sharesOf,
  trimmed,
} from '../figures.ts'
import { refuse } from '../problem.tsx'
import { groupQuarantine } from '../quarantine.ts'
import { defineRoute } from '../route.ts'
import type { OrganStanding, Standing } from '../standing.ts'
import { localized, nameOf } from '../surveys.ts'
import { certaintyOf, leverageOf } from './certainty.ts'
import { answersFigure } from './figures/answers.ts'
import { plainContext } from './figures/context.ts'
import { stairsFigure } from './figures/stairs.ts'
import { sourceViews } from './reuse-view.ts'
import { shellOf } from './shell.ts'
import { weightingOf } from './weighting.ts'

/** One organ: why its overall score is what it is, from the total down to questions and counts of answers. */
export const organScores = defineRoute({
  method: 'GET',
  path: patterns.organScores,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const standing = await world.standing(scope, found.cycle.id)
    const organ = standing.organs.find((candidate) => candidate.code === params.organ)
    if (!organ) return refuse(exchange, 'not_found')
    const { plan } = standing
    const satisfied = organ.satisfaction
    const shell = await shellOf(exchange, 'none', found)
    const updated = momentText(world.now(), locale)
    const organs = [organ.code]
    const reusedOf = async ({ id }: OrganStanding) => {
      const sources = (await listSources(world.db, scope, found.cycle.id)).filter((each) =>
        each.organs.some((about) => about.organ === id),
      )
      return sourceViews(sources, plan, new Map([[id, nameOf(organ, locale)]]), { today: dayOf(world.now()), locale })
    }
    const props: OrganPageProps = {
      shell,
      organ: {
        code: organ.code,
        name: nameOf(organ, locale),
        organClass: classesOf(plan, standing.organs, locale).find((entry) => entry.id === organ.class) ?? {
          id: organ.class,
          title: organ.class,
        },
      },
      overall: overallScoreOf(plan, organ, locale),
      overallInterval: organ.overall?.status === 'ok' ? intervalOf(organ.overall) : null,
      grade: organ.overall?.status === 'ok' ? organ.overall.grade : null,
      grades: gradesOf(plan, locale),
      intervalPercent: intervalPercent(plan),
      indicators: indicatorLines(standing, organ, locale),
      functionalRule: plan.organClasses[organ.class]?.functionalRule ?? 'reviewed',
      satisfaction: satisfactionScore(plan, organ),
      interval: intervalOf(satisfied),
      standardError:
        satisfied && 'standardError' in satisfied && satisfied.standardError !== null
          ? fixed(satisfied.standardError, 2)
          : null,
      certainty: certaintyOf(standing, organ, locale),
      groups: groupIds
        .filter((group) => organ.groups[group].state !== 'not_asked')
        .map((group) => ({
          ...groupDetail(standing, organ, group, locale),
          answers: answersFigure(plainContext(standing, shell, updated, { group, organs })),
        })),
      stairs: stairsFigure(plainContext(standing, shell, updated, { organs })),
      plan: {
        version: plan.version,
        title: localized(plan.title, locale),
        hash: hex(standing.planHash),
        decimals: plan.rounding.decimals,
        roundedAt: plan.rounding.at,
      },
      reused: { sources: await reusedOf(organ), least: plan.disclosure.drillDown },
      dontKnowLimit: String(plan.warnings.dontKnowPercent),
      updated,
    }
    return answerHtml(exchange, { face: 'office', title: organTitle(props), body: <OrganPage {...props} /> })
  },
})

function indicatorLines(standing: Standing, organ: OrganStanding, locale: Locale): IndicatorLine[] {
  const { plan } = standing
  const nodes = new Map<string, NodeScore>(organ.overall?.nodes.map((node) => [node.id, node]))
  const tree = indicatorsOf(plan, organ.class)
  const shares = sharesOf({ ...plan, indicators: tree })
  // Reviews alone make no total: their scores wait until the surveys are closed.
  const waiting = organ.overall === null && organ.reviews.length > 0 ? overallScoreOf(plan, organ, locale) : null
  const points = columnOf([...nodes.values()].flatMap(({ contribution }) => contribution ?? []))
  const line = (node: Plan['indicators'][number], whole: Rational): IndicatorLine => {
    const own = nodes.get(node.id)
    const title = localized(node.title, locale)
    const isSurvey = node.scoredBy === 'survey'
    // What stands below the survey is explained by its groups; the tree of shares ends there.
    const share = shares.get(node.id)!
    const lines = organ.reviews.filter((review) => review.indicator === node.id)
    return {
      id: node.id,
      title,
      sharePercent: trimmed(multiply(divide(share, whole), rational(100n))),
      score: isSurvey ? satisfactionScore(plan, organ) : (waiting ?? nodeScore(own, title)),
      contribution: own?.contribution ? points(own.contribution) : null,
      leads: (node.lead ?? []).map((lead) => localized(lead, locale)),
      basis: node.basis ? localized(node.basis, locale) : null,
      deductions: lines
        .filter((review) => review.reason !== '')
        .map((review) => ({ points: review.deduction, reason: review.reason })),
      children: isSurvey ? [] : (node.children ?? []).map((child) => line(child, share)),
    }
  }
  return tree.map((node) => line(node, rational(1n)))
}

function groupDetail(
  standing: Standing,
  organ: OrganStanding,
  group: GroupId,
  locale: Locale,
): Omit<GroupDetail, 'answers'> {
  const { plan } = standing
  const own = organ.groups[group]
  const survey = standing.surveys.find((candidate) => candidate.group === group && candidate.counted)
  const estimate = own.estimate
  const satisfied = organ.satisfaction
  const parts = satisfied && 'contributions' in satisfied ? satisfied.contributions : []
  const part = parts.find((entry) => entry.group === group)
  const points = columnOf(parts.map(({ contribution }) => contribution))
  const questionnaire = survey?.questionnaire
  return {
    group,
    weight: part?.weight ?? plan.organClasses[organ.class]?.groupWeights?.[group] ?? plan.groups[group].weight,
    result: groupScore(plan, group, own),
    interval: intervalOf(estimate),
    standardError:
      estimate?.status === 'ok' && estimate.standardError !== null ? fixed(estimate.standardError, 2) : null,
    contribution: part ? points(part.contribution) : null,
    n: own.sums?.n ?? null,
    effectiveN: estimate?.status === 'ok' ? fixed(estimate.effectiveSampleSize, 1) : null,
    received: own.sums?.slips ?? null,
    expected: own.expected,
    responsePercent: own.expected !== null && own.sums ? percent(own.sums.slips, own.expected) : null,
    questionnaire: questionnaire
      ? { title: localized(questionnaire.title, locale), version: questionnaire.version }
      : null,
    leverage: leverageOf(plan, organ, group),
    quarantine: groupQuarantine(plan, group, own, organ.margin?.leverage[group] ?? null),
    weighting: survey ? weightingOf(standing, survey, estimate, locale) : null,
    warnings: estimate?.status === 'ok' ? estimate.flags : [],
    questions:
      questionnaire && own.sums && own.sums.n >= plan.disclosure.drillDown
        ? questionLines(standing, organ, group, questionnaire, locale)
        : [],
    scale: questionnaire ? scaleOf(questionnaire, locale) : [],
  }
}

function questionLines(
  standing: Standing,
  organ: OrganStanding,
  group: GroupId,
  questionnaire: Questionnaire,
  locale: Locale,
): QuestionLine[] {
  const { estimate, sums } = organ.groups[group]
  const questions = ratingQuestions(questionnaire)
  const shown = shownQuestions(
    questions.map(({ weight }, at) => ({ weight, n: sums!.questions[at]!.n })),
    standing.plan,
  )
  return questions.map((question, at) => {
    const counts = sums!.questions[at]!
    const estimated = estimate?.status === 'ok' && shown[at] ? estimate.questions[at] : undefined
    const unknown = dontKnowShare(standing.plan, counts)
    return {
      id: question.id,
      title: localized(question.title, locale).replaceAll('{organ}', nameOf(organ, locale)),
      weight: String(question.weight),
      n: counts.n,
      mean: estimated?.mean ? halfUp(estimated.mean, 2) : null,
      // Of so few people n, mean and standard error together have a single solution: who answered what.
      standardError: group !== 'leaders' && estimated?.standardError != null ? fixed(estimated.standardError, 2) : null,
      dontKnowPercent: unknown.percent,
      flagged: unknown.isFlagged,
    }
  })
}
