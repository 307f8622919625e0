/**
 * The lineage of every score: that it says the same as the other files, and that one arrives at the totals from its ends.
 */

import { lineageFile } from '../bundle.ts'
import type { ResultsDocument } from '../bundle-documents.ts'
import { type LineageDocument, lineageFault, lineageOf, openPlaces, type SumsByGroup } from '../lineage.ts'
import type { Plan } from '../plan.ts'
import type { Bundle } from '../publication.ts'
import { firstDifference } from './bundle-figures.ts'
import { Mismatch } from './bundle-reading.ts'

/** Climbs every tree; how many lines there are. */
export function checkLineage(
  { plan, cycle, surveys }: Bundle,
  results: ResultsDocument,
  lineage: LineageDocument,
): Record<string, number> {
  const fault = (entry: string, found: string, expected: string) =>
    new Mismatch('figure', lineageFile, entry, found, expected)
  const counted = surveys.filter(({ manifest }) => manifest.counted)
  const sums: SumsByGroup = Object.fromEntries(
    counted.map(({ sid, manifest, tallies }) => [manifest.group, { survey: sid, tallies: tallies.organs }]),
  )
  const expected = cycle.organs.map((organ, i) => lineageOf(plan, organ.class, results.organs[i]!, sums))
  const difference = firstDifference(lineage.organs, [expected], false, 'organs')
  if (difference) throw fault(difference.path, difference.found, difference.expected)
  for (const organ of lineage.organs) {
    const wrong = lineageFault(organ, plan.rounding)
    if (wrong) throw fault(`organ ${organ.organ}, ${wrong.id || 'total'}`, wrong.found, wrong.expected)
  }
  checkAdvanced(plan, results, lineage, fault)
  return { lines: lineage.organs.reduce((sum, { nodes }) => sum + nodes.length, 0), organs: lineage.organs.length }
}

/** On a locked result, only whom the scores leave open is chosen, and as many as there are places. */
function checkAdvanced(
  plan: Plan,
  { organs }: ResultsDocument,
  { advanced, sum }: LineageDocument,
  fault: (entry: string, found: string, expected: string) => Mismatch,
): void {
  if (!advanced) return
  if (sum === null) throw fault('advanced', 'a choice', 'none before the result is locked')
  const { undecided, places } = openPlaces(plan, organs)
  const { chosen } = advanced
  const stranger = chosen.find((organ, i) => !undecided.includes(organ) || chosen.indexOf(organ) !== i)
  if (stranger !== undefined) throw fault('advanced, chosen', stranger, 'an organ that is undecided, once')
  if (chosen.length !== places) throw fault('advanced, chosen', `${chosen.length} organs`, `${places} organs`)
}
