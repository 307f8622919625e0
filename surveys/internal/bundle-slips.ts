/**
 * What only an auditor can check: that the slips are those of the log, that the sums are the sums of the slips, and that
 * weights and published sums follow from them.
 */
import { commentLeaf, parseWeightingCell, slipLeaf } from '../ballot.ts'
import { resultsFile, surveyFile } from '../bundle.ts'
import {
  type ClassWeightsDocument,
  type ResultsDocument,
  readClassWeights,
  readSlipLine,
  type SlipLine,
} from '../bundle-documents.ts'
import { compareBytes, fromBase64url, hex, utf8 } from '../canonical.ts'
import { type CountedCell, cellsText } from '../cells.ts'
import { estimateGroup, type GroupEstimate, type WeightedCell } from '../estimate.ts'
import { classWeights, designOfWeights, publishQuarantine, weightedCellOf } from '../evidence.ts'
import { groupIds } from '../indicator.ts'
import { leafHash } from '../merkle.ts'
import type { Bundle, BundleSurvey, BundleTools } from '../publication.ts'
import type { GroupId } from '../questionnaire.ts'
import { outcomeOf, publishTally } from '../results.ts'
import {
  addSlip,
  addSlipMoments,
  emptyCell,
  emptyMoments,
  mergeCell,
  mergeMoments,
  type TallySpec,
  tallySpec,
} from '../tally.ts'
import { firstDifference } from './bundle-figures.ts'
import { decoded, documentOf, Mismatch, type Reading } from './bundle-reading.ts'

export async function checkSlips(
  reading: Reading,
  tools: BundleTools,
  bundle: Bundle,
  results: ResultsDocument,
  hashes: readonly Uint8Array[],
): Promise<Record<string, number>> {
  let slips = 0
  let cells = 0
  const restored = new Map<GroupId, Restored>()
  for (const [i, survey] of bundle.surveys.entries()) {
    const counted = await countSlips(reading, tools, survey, hashes[i]!)
    slips += counted.slips
    cells += await compareCells(reading, tools, survey, counted)
    if (!survey.manifest.counted) continue
    restored.set(survey.manifest.group, await compareTallies(reading, bundle, survey, counted))
  }
  compareRestored(bundle, results, restored)
  return { slips, cells }
}

interface CountedSlips {
  readonly spec: TallySpec
  readonly slips: number
  /** Organ code → weighting cell → sums of the slips in the score, and of those taken out. */
  readonly clean: Cells
  readonly out: Cells
}

type Cells = Map<string, Map<string, CountedCell>>

async function countSlips(
  reading: Reading,
  tools: BundleTools,
  { sid, manifest, questionnaire, counts }: BundleSurvey,
  hashes: Uint8Array,
): Promise<CountedSlips> {
  const file = surveyFile(sid, 'slips.ndjson')
  const spec = tallySpec(questionnaire)
  const clean: Cells = new Map()
  const out: Cells = new Map()
  let line = 0
  let slips = 0
  for await (const lines of reading.lines(file)) {
    for (const bytes of lines) {
      line += 1
      const entry = `line ${line}`
      const slip = readLine(file, entry, decoded(file, entry, bytes))
      const leaf =
        'comment' in slip
          ? commentLeaf(fromBase64url(slip.comment)!)
          : slipLeaf(manifest.survey, {
              id: fromBase64url(slip.id)!,
              organ: slip.o,
              answers: slip.a,
              salt: fromBase64url(slip.s)!,
            })
      if (manifest.log_pk !== null) {
        const hash = leafHash(tools.sha256, leaf)
        const logged = hashes.subarray(32 * line, 32 * line + 32)
        if (compareBytes(hash, logged) !== 0) throw new Mismatch('slip_leaf', file, entry, hex(hash), hex(logged))
      }
      if ('comment' in slip) continue
      slips += 1
      const into = cellOf(slip.out === 1 ? out : clean, slip.o, slip.cell, spec)
      try {
        if (!parseWeightingCell(slip.cell).ok) throw new RangeError('no weighting cell')
        addSlip(spec, into.sums, slip.a)
        addSlipMoments(spec, into.moments, slip.a)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        throw new Mismatch('slip_malformed', file, entry, error.message, 'answers that the questionnaire has')
      }
    }
  }
  if (slips !== counts.slips || line - slips !== counts.comments) {
    throw new Mismatch('count', file, null, `${slips} slips`, `${counts.slips} slips, as in counts.json`)
  }
  return { spec, slips, clean, out }
}

const NUMBER = '(?:0|-?[1-9][0-9]{0,3})'
const SLIP_LINE = new RegExp(
  `^\\{"a":\\[(${NUMBER}(?:,${NUMBER})*)\\],"cell":"([a-z0-9_|-]{1,200})","id":"([A-Za-z0-9_-]{22})",` +
    `"o":"([a-z0-9-]{1,40})","out":([01]),"s":"([A-Za-z0-9_-]{22})"\\}$`,
)

// Nearly all lines are slips in their one spelling; a million of them would take JSON.parse and a schema a minute.
function readLine(file: string, entry: string, text: string): SlipLine {
  const [, a, cell, id, o, out, s] = SLIP_LINE.exec(text) ?? []
  const isKnown = a && cell && id && o && s && fromBase64url(id) !== null && fromBase64url(s) !== null
  if (!isKnown) return documentOf(file, entry, text, readSlipLine)
  return { a: a.split(',').map(Number), cell, id, o, out: out === '1' ? 1 : 0, s }
}

function cellOf(cells: Cells, organ: string, cell: string, spec: TallySpec): CountedCell {
  const own = cells.get(organ) ?? new Map<string, CountedCell>()
  cells.set(organ, own)
  const known = own.get(cell) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
  own.set(cell, known)
  return known
}

/** The sums before anything was taken out, letter by letter. */
async function compareCells(
  reading: Reading,
  tools: BundleTools,
  { sid, manifest, counts }: BundleSurvey,
  { spec, clean, out }: CountedSlips,
): Promise<number> {
  const file = surveyFile(sid, 'cells.json')
  const all: Cells = new Map()
  for (const part of [clean, out]) {
    for (const [organ, cells] of part) {
      for (const [cell, { sums, moments }] of cells) {
        const into = cellOf(all, organ, cell, spec)
        mergeCell(into.sums, sums)
        mergeMoments(into.moments, moments)
      }
    }
  }
  const entries = [...all.values()].flatMap((cells) => [...cells.values()])
  const expected = cellsText(manifest.survey, spec, entries)
  const found = await reading.text(file)
  if (found !== expected) {
    let at = 0
    while (found[at] === expected[at]) at += 1
    const near = (text: string) => text.slice(Math.max(0, at - 60), at + 20)
    throw new Mismatch('cells', file, `letter ${at + 1}`, near(found), near(expected))
  }
  const hash = hex(tools.sha256(utf8(expected)))
  if (counts.cellsHash !== null && hash !== counts.cellsHash) {
    throw new Mismatch('cells', surveyFile(sid, 'counts.json'), 'cellsHash', counts.cellsHash, hash)
  }
  return entries.length
}

/** Estimates of a group with everything put back that two persons took out, and how many slips that is, by organ. */
type Restored = ReadonlyMap<string, { readonly taken: number; readonly all: GroupEstimate }>

/** Weights and published sums, made from the slips; what follows from the quarantined ones is given on. */
async function compareTallies(
  reading: Reading,
  { plan, cycle }: Bundle,
  survey: BundleSurvey,
  { spec, clean, out }: CountedSlips,
): Promise<Restored> {
  const { sid, manifest, tallies, weights } = survey
  const { group } = manifest
  const known = new Set(cycle.organs.map((organ) => organ.code))
  for (const organ of [...clean.keys(), ...out.keys()]) {
    const file = surveyFile(sid, 'slips.ndjson')
    if (!known.has(organ)) throw new Mismatch('slip_malformed', file, null, organ, 'an organ of the cycle')
  }
  const restored = new Map<string, { taken: number; all: GroupEstimate }>()
  const classes: ClassWeightsDocument['organs'] = []
  const file = surveyFile(sid, 'tallies.json')
  let place = ''
  try {
    const design = designOfWeights(plan, group, weights)
    for (const tally of tallies.organs) {
      place = `organ ${tally.organ}`
      const own = weightedCells(clean.get(tally.organ))
      const taken = weightedCells(out.get(tally.organ))
      const estimate = estimateGroup(spec, own, design)
      const all = taken.length === 0 ? estimate : estimateGroup(spec, [...own, ...taken], design)
      restored.set(tally.organ, { taken: slipsOf(taken), all })
      const expected = publishTally(plan, group, tally.organ, estimate, slipsOf(own) + slipsOf(taken))
      const difference = firstDifference(tally, [expected], false)
      if (difference) {
        throw new Mismatch('tally', file, `${place}, ${difference.path}`, difference.found, difference.expected)
      }
      classes.push({ organ: tally.organ, classes: classWeights(estimate) })
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Mismatch('tally', file, place, error.message, 'an estimate')
  }
  const classFile = surveyFile(sid, 'class-weights.json')
  const published = await reading.document(classFile, readClassWeights)
  const difference = firstDifference(published, [{ v: 1, organs: classes }], false)
  if (difference) throw new Mismatch('tally', classFile, difference.path, difference.found, difference.expected)
  return restored
}

function weightedCells(cells: ReadonlyMap<string, CountedCell> | undefined): WeightedCell[] {
  return [...(cells?.values() ?? [])].map(weightedCellOf)
}

const slipsOf = (cells: readonly WeightedCell[]): number => cells.reduce((sum, { cell }) => sum + cell.slips, 0)

/** What is published of quarantined slips, from the slips themselves. */
function compareRestored(
  { plan, cycle }: Bundle,
  results: ResultsDocument,
  restored: ReadonlyMap<GroupId, Restored>,
): void {
  for (const [i, organ] of cycle.organs.entries()) {
    const { reviews, quarantine } = results.organs[i]!
    const groups = groupIds.flatMap((group) => {
      const own = restored.get(group)?.get(organ.code)
      return own ? [{ group, ...own }] : []
    })
    const outcomeIn = (group: GroupId) => groups.find((each) => each.group === group)?.all ?? null
    const { organs } = outcomeOf(plan, [
      {
        organ: organ.code,
        class: organ.class,
        reviews,
        groups: { leaders: outcomeIn('leaders'), recipients: outcomeIn('recipients'), public: outcomeIn('public') },
      },
    ])
    const difference = firstDifference(quarantine, [publishQuarantine(plan, groups, organs[0]!)], false)
    if (!difference) continue
    const place = `organ ${organ.code}, quarantine, ${difference.path}`
    throw new Mismatch('tally', resultsFile, place, difference.found, difference.expected)
  }
}
