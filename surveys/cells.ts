/**
 * All sums of a survey as one text, whose hash is the last line of the log of slips.
 *
 * Once the slips of a survey are counted, nobody may change a sum unnoticed. So the sums are written down in full, one
 * entry for each organ and weighting cell, before any slip is judged or taken out, and the hash of this text goes into
 * the public log. An auditor who counts the slips again must get the same text, letter by letter. Weights are not in it:
 * they follow from the sums by rules that were fixed before.
 */
import { canonicalJson, compareBytes, utf8 } from './canonical.ts'
import type { Cell, Moments, TallySpec } from './tally.ts'

/** The sums of one organ and weighting cell, of all its slips. */
export interface CountedCell {
  /** Code of the organ. */
  readonly organ: string
  /** The weighting cell as it stands with the slips: 'sampled|all|-|1|yunhu'. */
  readonly cell: string
  readonly sums: Cell
  readonly moments: Moments
}

/**
 * The canonical text of all sums of a survey ("{jid}/{sid}"), the same for any order of the cells; cells without a slip
 * are left out. Throws where a cell stands twice or its moments are of other slips.
 */
export function cellsText(survey: string, spec: TallySpec, cells: readonly CountedCell[]): string {
  const entries = cells
    .filter(({ sums }) => sums.slips > 0)
    .map((each) => ({ ...each, key: utf8(`${each.organ}|${each.cell}`) }))
    .sort((a, b) => compareBytes(a.key, b.key))
  entries.forEach(({ key, sums, moments }, i) => {
    if (i > 0 && compareBytes(entries[i - 1]!.key, key) === 0) throw new RangeError('cellsText needs each cell once')
    if (sums.slips !== moments.slips) throw new RangeError('cellsText needs moments of the same slips')
  })
  return canonicalJson({
    v: 1,
    survey,
    questions: spec.questions.map(({ id }) => id),
    pointScale: spec.pointScale,
    cells: entries.map(({ organ, cell, sums, moments }) => ({
      organ,
      cell,
      slips: sums.slips,
      n: sums.n,
      questions: sums.questions,
      moments: moments.m,
    })),
  })
}
