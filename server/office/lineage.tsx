import { LineagePage, type LineagePageProps, lineageTitle } from '../../client/pages/office/lineage.tsx'
import type { LineageLine } from '../../client/parts/lineage.tsx'
import { readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import { findCycle } from '../../db/platform.ts'
import { readScores, type ScoreRow } from '../../db/scoring.ts'
import { canonicalJson, hex, utf8 } from '../../surveys/canonical.ts'
import { distributionStatus } from '../../surveys/disclosure.ts'
import type { LineageNode } from '../../surveys/lineage.ts'
import { type Locale, ratingQuestions } from '../../surveys/questionnaire.ts'
import { answerHtml } from '../answer-html.ts'
import { documentsNow } from '../export/documents.ts'
import { gradesOf } from '../figures.ts'
import { type LineageTelling, questionOf, tellLineage } from '../lineage-lines.ts'
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
    const told: LineageTelling = {
      ...{ plan, organ: nameOf(organ, locale), locale },
      forms: new Map(
        standing.surveys.flatMap(({ counted, group, questionnaire }) => (counted ? [[group, questionnaire]] : [])),
      ),
      reviewOf: (node) => reviewOf(own, files, node),
      levelsOf: (node) => (node.kind === 'question' ? levelsOf(standing, organ, node, locale) : []),
    }
    const props: LineagePageProps = {
      shell: await shellOf(exchange, 'none', found),
      organ: { code: organ.code, name: nameOf(organ, locale) },
      notNow: documents.ok ? null : documents.error,
      total:
        lineage?.score != null && organ.overall?.status === 'ok'
          ? { score: lineage.score, grade: organ.overall.grade }
          : null,
      grades: gradesOf(plan, locale),
      ...(lineage ? tellLineage(lineage, told) : { lines: [], steps: [] }),
      hash: lineage ? hex(await world.crypto.sha256(utf8(canonicalJson(lineage)))) : '',
    }
    return answerHtml(exchange, { face: 'office', title: lineageTitle(props), body: <LineagePage {...props} /> })
  },
})

function reviewOf(
  scores: readonly ScoreRow[],
  files: readonly KeptEvidence[],
  { kind, id }: LineageNode,
): LineageLine['review'] {
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
function levelsOf(standing: Standing, organ: OrganStanding, node: LineageNode, locale: Locale): LineageLine['levels'] {
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
