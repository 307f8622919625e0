/**
 * What was changed about a survey after it had opened: that the published list of amendments is the one that the log
 * announced, and that each changes what stood there before.
 */
import { type Amendment, amendmentLeaf } from '../amendment.ts'
import { cycleFile, surveyFile } from '../bundle.ts'
import { compareBytes } from '../canonical.ts'
import type { Bundle, BundleSurvey } from '../publication.ts'
import { Mismatch } from './bundle-reading.ts'

/** The amendments of a survey are those of its log, one for one, and follow from one another; how many there are. */
export function checkAmendments(
  { cycle }: Bundle,
  { sid, manifest }: BundleSurvey,
  announced: readonly Uint8Array[],
): number {
  const { amendments = [], closed } = cycle.surveys.find((survey) => survey.sid === sid)!
  const unfit = (entry: string, found: string, expected: string) =>
    new Mismatch('does_not_fit', cycleFile, `survey ${sid}, ${entry}`, found, expected)
  if (manifest.log_pk !== null) {
    const file = surveyFile(sid, 'participation.leaves')
    if (amendments.length !== announced.length)
      throw unfit('amendments', `${amendments.length}`, `${announced.length}, as in ${file}`)
    const other = amendments.findIndex((each, i) => compareBytes(amendmentLeaf(each), announced[i]!) !== 0)
    if (other >= 0) throw unfit(`amendment ${other + 1}`, amendments[other]!.after, `the one of ${file}`)
  }
  const now = new Map<Amendment['term'], string>([['closes', String(manifest.closes)]])
  for (const [i, { term, before, after }] of amendments.entries()) {
    // Telephone and day of the results are not in the manifest: the first amendment tells them.
    const known = term === 'wording' ? undefined : now.get(term)
    if (known !== undefined && known !== before) throw unfit(`amendment ${i + 1}, before`, before, known)
    now.set(term, after)
  }
  const closes = Number(now.get('closes'))
  if (closed !== undefined && (closed <= manifest.opens || closed > closes))
    throw unfit('closed', `${closed}`, `after ${manifest.opens}, at ${closes} or before`)
  return amendments.length
}
