/**
 * The minimums of the plan, held against what a bundle publishes: no figure of too few, and none from which the answers
 * of a few could be worked out by subtraction.
 */

import { resultsFile, surveyFile } from '../bundle.ts'
import type { ResultsDocument } from '../bundle-documents.ts'
import type { Bundle, BundleSurvey } from '../publication.ts'
import { Mismatch } from './bundle-reading.ts'

export function checkDisclosure(bundle: Bundle, results: ResultsDocument): Record<string, number> {
  let published = 0
  let withheld = 0
  for (const survey of bundle.surveys) {
    for (const tally of survey.tallies.organs) {
      if (tally.status !== 'ok') {
        withheld += 1
        continue
      }
      published += 1
      checkTally(bundle, survey, tally)
    }
  }
  for (const organ of results.organs) checkQuarantine(bundle, organ)
  return { published, withheld }
}

type OkTally = Extract<BundleSurvey['tallies']['organs'][number], { status: 'ok' }>

function checkTally({ plan }: Bundle, { sid, manifest, weights }: BundleSurvey, tally: OkTally): void {
  const file = surveyFile(sid, 'tallies.json')
  const place = `organ ${tally.organ}`
  const { minimum, questions: planned } = plan.groups[manifest.group]
  const below = (what: string, found: string | number, least: string | number) =>
    new Mismatch('below_minimum', file, `${place}, ${what}`, String(found), `at least ${least}`)
  if (tally.n < Math.max(1, minimum.n)) throw below('n', tally.n, Math.max(1, minimum.n))
  if (minimum.effectiveN !== undefined && Number(tally.effectiveSampleSize) < minimum.effectiveN) {
    throw below('effectiveSampleSize', tally.effectiveSampleSize, minimum.effectiveN)
  }
  if (minimum.responsePercent !== undefined && tally.received * 100 < minimum.responsePercent * weights.expected) {
    throw below('received', tally.received, `${minimum.responsePercent} % of ${weights.expected}`)
  }
  const { drillDown } = plan.disclosure
  let held = 0
  tally.questions.forEach((question, i) => {
    const isScored = planned[i]!.weight > 0
    if ('withheld' in question) {
      if (isScored) held += 1
      return
    }
    const entry = `question ${question.id}`
    if (question.n < drillDown) throw below(entry, question.n, drillDown)
    // Among those who know each other, who does not know an organ is told by no count.
    if (manifest.group === 'leaders' && question.dontKnow !== null) {
      throw new Mismatch('suppression', file, `${place}, ${entry}`, `dontKnow ${question.dontKnow}`, 'null for leaders')
    }
  })
  if (held === 1) {
    throw new Mismatch('suppression', file, place, 'one mean withheld', 'none or more, or the score gives it away')
  }
  if (held > 0 !== (tally.score !== null)) {
    throw new Mismatch('suppression', file, `${place}, score`, `${tally.score}`, held > 0 ? 'as printed' : 'null')
  }
}

/** Scores with and without the slips that were taken out only where these are none or as many as a cell must hold. */
function checkQuarantine({ plan }: Bundle, { organ, quarantine }: ResultsDocument['organs'][number]): void {
  if (quarantine === null) return
  const { cell } = plan.disclosure
  const place = (what: string) => `organ ${organ}, quarantine, ${what}`
  for (const each of quarantine.groups) {
    if (each.shown === 'both' && each.slips < cell) {
      throw new Mismatch('suppression', resultsFile, place(each.group), `${each.slips} slips`, `at least ${cell}`)
    }
    if (each.shown === 'official' && each.fewerThan !== cell) {
      throw new Mismatch('suppression', resultsFile, place(each.group), `fewer than ${each.fewerThan}`, `${cell}`)
    }
  }
  const isTelling = quarantine.groups.length === 0 || quarantine.groups.some(({ shown }) => shown === 'official')
  if (isTelling && quarantine.all !== null) {
    throw new Mismatch('suppression', resultsFile, place('all'), 'scores with everything put back', 'null')
  }
}
