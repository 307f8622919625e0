import { resultsMessages } from '../../client/messages/results.ts'
import {
  type LineageLine,
  LineagePage,
  type LineagePageProps,
  type LineageStep,
  lineageTitle,
} from '../../client/pages/office/lineage.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import { findCycle } from '../../db/platform.ts'
import { readScores, type ScoreRow } from '../../db/scoring.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { distributionStatus } from '../../surveys/disclosure.ts'
import { type Climbed, climb, type LineageNode, type OrganLineage } from '../../surveys/lineage.ts'
import type { Indicator, Plan } from '../../surveys/plan.ts'
import { type Locale, ratingQuestions } from '../../surveys/questionnaire.ts'
import {
  add,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from '../../surveys/rational.ts'
import { answerHtml } from '../answer-html.ts'
import { documentsNow } from '../export/documents.ts'
import { gradesOf, trimmed } from '../figures.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import type { OrganStanding, Standing } from '../standing.ts'
import { localized, nameOf } from '../surveys.ts'
import { shellOf } from './shell.ts'

/** Why an organ's total is what it is, from the total to single deductions and counts of answers. */
export const lineagePage = defineRoute({
  method: 'GET',
  path: patterns.lineage,
  policy: { who: readers.dashboard, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const { id } = found.cycle
    const standing = await world.standing(scope, id)
    const { plan } = standing
    const organ = standing.organs.find(({ code }) => code === params.organ)
    if (!organ) return refuse(exchange, 'not_found')
    const [documents, scores, files] = await Promise.all([
      documentsNow(world, scope, id),
      readScores(world.db, scope, id),
      listEvidence(world.db, scope, { cycle: id, organ: organ.id }),
    ])
    const lineage = documents.ok ? documents.value.lineage?.organs.find((each) => each.organ === organ.code) : undefined
    const own = scores.filter((row) => row.organ === organ.id && row.state === 'confirmed')
    const climbed = lineage ? climb(lineage.nodes, plan.rounding) : new Map<string, Climbed>()
    const told: Told = { standing, organ, lineage: lineage ?? null, climbed, scores: own, files, locale }
    const props: LineagePageProps = {
      shell: await shellOf(exchange, 'none', found),
      organ: { code: organ.code, name: nameOf(organ, locale) },
      notNow: documents.ok ? null : documents.error,
      total:
        lineage?.score != null && organ.overall?.status === 'ok'
          ? { score: lineage.score, grade: organ.overall.grade }
          : null,
      grades: gradesOf(plan, locale),
      lines: linesBelow(told, null),
      steps: lineage?.score == null ? [] : stepsOf(told),
      hash: lineage ? hex(await world.crypto.sha256(utf8(canonicalJson(lineage)))) : '',
    }
    return answerHtml(exchange, { face: 'office', title: lineageTitle(props), body: <LineagePage {...props} /> })
  },
})

interface Told {
  readonly standing: Standing
  readonly organ: OrganStanding
  readonly lineage: OrganLineage | null
  readonly climbed: ReadonlyMap<string, Climbed>
  readonly scores: readonly ScoreRow[]
  readonly files: readonly KeptEvidence[]
  readonly locale: Locale
}

const hundred = rational(100)

function linesBelow(told: Told, parent: string | null): LineageLine[] {
  const { standing, lineage, climbed } = told
  const { decimals } = standing.plan.rounding
  const siblings = (lineage?.nodes ?? []).filter((node) => node.parent === parent)
  const whole = siblings.map(({ weight }) => parseRational(weight)).reduce(add, rational(0))
  return siblings.map((node): LineageLine => {
    const { share, score } = climbed.get(node.id)!
    return {
      id: node.id,
      title: titleOf(told, node),
      weightPercent: trimmed(multiply(divide(parseRational(node.weight), whole), hundred)),
      sharePercent: trimmed(multiply(share, hundred)),
      score: score && halfUp(score, decimals),
      points: score && pointsOf(share, score),
      review: reviewOf(told, node),
      n: node.kind === 'group' || node.kind === 'question' ? node.n : null,
      levels: node.kind === 'question' ? levelsOf(told, node) : [],
      isWithheld: node.kind === 'withheld',
      children: linesBelow(told, node.id),
    }
  })
}

/** Points of the total: 40 % of 92.5 // { gained: '37', lost: '3' } */
function pointsOf(share: Rational, score: Rational): { gained: string; lost: string } {
  return {
    gained: trimmed(multiply(share, score), 4),
    lost: trimmed(multiply(share, subtract(hundred, score)), 4),
  }
}

function titleOf({ standing, organ, locale }: Told, node: LineageNode): string {
  if (node.kind === 'group') return resultsMessages(locale)[node.group]
  if (node.kind === 'part' || node.kind === 'item') {
    const found = findIndicator(standing.plan.indicators, node.id)
    return found ? localized(found.title, locale) : node.id
  }
  const { group, id } = questionOf(node)
  const survey = standing.surveys.find((each) => each.counted && each.group === group)
  const question = survey && ratingQuestions(survey.questionnaire).find((each) => each.id === id)
  const dimension = survey?.questionnaire.dimensions.find((each) => each.id === question?.dimension)
  const title = dimension ? localized(dimension.label, locale) : question && localized(question.title, locale)
  return (title ?? id).replaceAll('{organ}', nameOf(organ, locale))
}

/** The group and the question of a line `satisfaction/public/q1`. */
function questionOf({ id }: LineageNode): { readonly group: string; readonly id: string } {
  const [, group = '', question = ''] = id.split('/')
  return { group, id: question }
}

function findIndicator(nodes: Plan['indicators'], id: string): Indicator | undefined {
  for (const node of nodes) {
    const found = node.id === id ? node : findIndicator(node.children ?? [], id)
    if (found) return found
  }
  return undefined
}

function reviewOf({ scores, files }: Told, { kind, id }: LineageNode): LineageLine['review'] {
  const row = kind === 'item' ? scores.find(({ indicator }) => indicator === id) : undefined
  if (!row) return null
  const { lead, deduction, reason, basis, evidence } = row
  return {
    ...{ lead, deduction, reason, basis, evidence },
    files: files
      .filter(({ subject }) => subject === `self/${id}`)
      .map(({ name, sha256 }) => ({ name, sha256: hex(sha256) })),
  }
}

/** How often each level was chosen, best first; none where that may not be shown. */
function levelsOf({ standing, organ, locale }: Told, node: LineageNode): LineageLine['levels'] {
  const { group, id } = questionOf(node)
  const survey = standing.surveys.find((each) => each.counted && each.group === group)
  if (!survey) return []
  const { sums, estimate } = organ.groups[survey.group]
  const questions = ratingQuestions(survey.questionnaire)
  const at = questions.findIndex((question) => question.id === id)
  const counts = sums?.questions[at]
  if (!counts || estimate?.status !== 'ok') return []
  if (distributionStatus(survey.group, counts, standing.plan.disclosure.distribution) !== 'shown') return []
  const scale = survey.questionnaire.scales.find((each) => each.id === questions[at]!.scale)
  return (scale?.options ?? [])
    .filter(({ score }) => score !== null)
    .map(({ label }, level) => ({ label: localized(label, locale), count: counts.levels[level]! }))
}

/** From 100 down to the total: what each scored item and group lost, those that lost nothing among them. */
function stepsOf(told: Told): LineageStep[] {
  const { lineage, climbed } = told
  let left = hundred
  const steps: LineageStep[] = []
  for (const node of lineage!.nodes) {
    const { share, score } = climbed.get(node.id)!
    if ((node.kind !== 'item' && node.kind !== 'group') || !score) continue
    const from = left
    left = subtract(left, multiply(share, subtract(hundred, score)))
    steps.push({
      id: node.id,
      title: titleOf(told, node),
      full: trimmed(multiply(share, hundred), 4),
      ...pointsOf(share, score),
      left: trimmed(left, 4),
      from: toNumber(from),
      to: toNumber(left),
    })
  }
  return steps
}
