/**
 * The documents of a bundle: that all its files are there and unchanged, and that they speak of the same things.
 */

import {
  type BundleKind,
  cycleFile,
  type FileSum,
  filesOf,
  lineageFile,
  readSums,
  sumsFile,
  surveyFile,
} from '../bundle.ts'
import {
  readAny,
  readCounts,
  readCycleDocument,
  readTallies,
  readWeights,
  type WeightsDocument,
} from '../bundle-documents.ts'
import { canonicalJson, hex, utf8 } from '../canonical.ts'
import { frameOfCells, verifiedCells } from '../design.ts'
import { publishWeights, unweighted } from '../evidence.ts'
import { type Manifest, readManifest } from '../manifest.ts'
import { canonicalPlan, type Plan, parsePlan, scoringProblems } from '../plan.ts'
import type { Bundle, BundleFiles, BundleSurvey, BundleTools } from '../publication.ts'
import { canonicalQuestionnaire, parseQuestionnaire, type Questionnaire } from '../questionnaire.ts'
import { firstDifference } from './bundle-figures.ts'
import { Mismatch, type Reading } from './bundle-reading.ts'

export interface Announced {
  readonly kind: BundleKind
  readonly sums: readonly FileSum[]
  readonly bytes: number
  /** Small hexadecimal. */
  readonly hash: string
}

/** (1) Every file is the one that SHA256SUMS names, and no other is there. */
export async function checkFiles(
  files: BundleFiles,
  reading: Reading,
  tools: BundleTools,
  onFile: (path: string) => void,
): Promise<Announced> {
  const text = await reading.text(sumsFile)
  const read = readSums(text)
  if (!read.ok) throw new Mismatch('sums_malformed', sumsFile, `line ${read.error.line}`, 'another form', 'hash  path')
  const sums = read.value
  const kind = checkFileSet(sums)
  const listed = await files.list()
  if (listed) {
    const known = new Set([sumsFile, ...sums.map(({ path }) => path)])
    const extra = listed.find((path) => !known.has(path))
    if (extra !== undefined) throw new Mismatch('file_set', extra, null, 'a file more', 'a file of SHA256SUMS')
  }
  let bytes = 0
  for (const { path, sha256 } of sums) {
    onFile(path)
    const hash = tools.createSha256()
    for await (const piece of reading.pieces(path)) {
      bytes += piece.length
      hash.update(piece)
    }
    const found = hex(hash.digest())
    if (found !== sha256) throw new Mismatch('file_changed', path, null, found, sha256)
  }
  return { kind, sums, bytes, hash: hex(tools.sha256(utf8(text))) }
}

/** Which surveys there are and whether each is sealed is told by the names; the documents are held to it afterwards. */
function checkFileSet(sums: readonly FileSum[]): BundleKind {
  const paths = new Set(sums.map(({ path }) => path))
  const sids = new Set<string>()
  for (const path of paths) {
    const sid = /^surveys\/([a-z0-9][a-z0-9-]{0,39})\//.exec(path)?.[1]
    if (sid !== undefined) sids.add(sid)
  }
  const kind = [...sids].some((sid) => paths.has(surveyFile(sid, 'cells.json'))) ? 'audit' : 'public'
  const surveys = [...sids].map((sid) => ({ sid, isSealed: paths.has(surveyFile(sid, 'tokens.ndjson')) }))
  const needed = filesOf(surveys, kind)
  const missing = needed.find((path) => !paths.has(path))
  if (missing !== undefined) throw new Mismatch('file_set', sumsFile, missing, 'not listed', 'a line of this file')
  const known = new Set([...needed, lineageFile])
  const extra = sums.find(({ path }) => !known.has(path))
  if (extra) throw new Mismatch('file_set', sumsFile, extra.path, 'listed', 'no file of a bundle')
  return kind
}

/** (2) The documents can be read, and the manifests name the plan and the questionnaires that are here. */
export async function readBundle(reading: Reading, tools: BundleTools, { kind, sums }: Announced): Promise<Bundle> {
  const cycle = await reading.document(cycleFile, readCycleDocument)
  const parsed = parsePlan(cycle.plan)
  if (!parsed.ok) throw definitionProblem(cycleFile, `plan ${parsed.error[0]?.path}`, parsed.error[0]?.message)
  const plan = parsed.value
  const organs = cycle.organs.map((organ) => organ.code)
  if (new Set(organs).size < organs.length) throw unfit(cycleFile, 'organs', 'an organ twice', 'each organ once')
  const unplanned = cycle.organs.find((organ) => plan.organClasses[organ.class] === undefined)
  if (unplanned) throw unfit(cycleFile, `organ ${unplanned.code}`, unplanned.class, 'a class of the plan')
  const sids = cycle.surveys.map(({ sid }) => sid)
  const paths = new Set(sums.map(({ path }) => path))
  const absent = sids.find((sid) => !paths.has(surveyFile(sid, 'manifest.json')))
  const listed = [...paths].filter((path) => path.endsWith('/manifest.json')).length
  if (absent !== undefined || new Set(sids).size !== listed || sids.length !== listed) {
    throw unfit(cycleFile, 'surveys', sids.join(', '), 'the surveys whose files are here')
  }
  const planHash = hashOf(tools, canonicalPlan(plan))
  const surveys: BundleSurvey[] = []
  for (const { sid, manifest: hash } of cycle.surveys) {
    const file = surveyFile(sid, 'manifest.json')
    const text = await reading.text(file)
    if (hashOf(tools, text) !== hash) throw new Mismatch('hash', file, null, hashOf(tools, text), hash)
    const read = readManifest(text)
    if (!read.ok) throw new Mismatch('malformed', file, null, 'another form', 'a canonical manifest')
    const manifest = read.value
    if (manifest.plan_hash !== planHash) throw new Mismatch('hash', file, 'plan_hash', manifest.plan_hash, planHash)
    const survey = `${cycle.jurisdiction.code}/${sid}`
    if (manifest.survey !== survey) throw unfit(file, 'survey', manifest.survey, survey)
    if (manifest.cycle !== plan.cycle || plan.cycle !== cycle.cycle.code) {
      throw unfit(file, 'cycle', manifest.cycle, cycle.cycle.code)
    }
    checkTerms(file, manifest, plan)
    const isSealed = paths.has(surveyFile(sid, 'tokens.ndjson'))
    if ((manifest.mode === 'sealed') !== isSealed) throw unfit(file, 'mode', manifest.mode, 'the mode of its files')
    const unknown = organs.find((organ) => !manifest.organs.includes(organ))
    if (unknown !== undefined || manifest.organs.length !== organs.length) {
      throw unfit(file, 'organs', `${manifest.organs.length} organs`, 'the organs of the cycle')
    }
    if (manifest.population !== null) {
      const population = hashOf(tools, canonicalJson(manifest.population))
      if (population !== manifest.population_hash) {
        throw new Mismatch('hash', file, 'population_hash', `${manifest.population_hash}`, population)
      }
    }
    surveys.push({
      sid,
      manifest,
      questionnaire: await readQuestionnaire(reading, tools, sid, manifest, plan),
      counts: await reading.document(surveyFile(sid, 'counts.json'), readCounts),
      tallies: await reading.document(surveyFile(sid, 'tallies.json'), readTallies),
      weights: await readSettings(reading, sid, manifest, plan),
    })
  }
  for (const group of ['leaders', 'recipients', 'public'] as const) {
    const scored = surveys.filter(({ manifest }) => manifest.counted && manifest.group === group)
    if (scored.length > 1) throw unfit(cycleFile, 'surveys', `${scored.length} of ${group}`, 'one survey of a group')
  }
  return { kind, cycle, plan, surveys }
}

/** The minimums and the verified cells of a manifest are those of the plan. */
function checkTerms(file: string, { counted, group, minimums, cells }: Manifest, plan: Plan): void {
  const { n, responsePercent, effectiveN } = plan.groups[group].minimum
  const planned = { n, response_percent: responsePercent ?? null, effective_n: effectiveN ?? null }
  const difference = firstDifference(minimums, [planned], false, 'minimums')
  if (difference) throw unfit(file, difference.path, difference.found, `${difference.expected}, as in the plan`)
  const found = cells.map(({ id }) => id).join(', ')
  const expected = verifiedCells(plan, group).join(', ')
  if (counted && found !== expected) throw unfit(file, 'cells', found, `${expected}, as in the plan`)
}

async function readQuestionnaire(
  reading: Reading,
  tools: BundleTools,
  sid: string,
  manifest: Manifest,
  plan: Plan,
): Promise<Questionnaire> {
  const file = surveyFile(sid, 'questionnaire.json')
  const parsed = parseQuestionnaire(await reading.document(file, readAny))
  if (!parsed.ok) throw definitionProblem(file, parsed.error[0]?.path ?? '', parsed.error[0]?.message)
  const questionnaire = parsed.value
  const hash = hashOf(tools, canonicalQuestionnaire(questionnaire))
  if (manifest.questionnaire.hash !== hash) throw new Mismatch('hash', file, null, hash, manifest.questionnaire.hash)
  if (questionnaire.group !== manifest.group) throw unfit(file, 'group', questionnaire.group, manifest.group)
  const [problem] = manifest.counted ? scoringProblems(plan, questionnaire) : []
  if (problem) throw unfit(cycleFile, `plan ${problem.path}`, 'another rule than the questionnaire', problem.message)
  return questionnaire
}

/** The settings of the weights are those of the plan, the population and the people who may answer those of the manifest. */
async function readSettings(reading: Reading, sid: string, manifest: Manifest, plan: Plan): Promise<WeightsDocument> {
  const file = surveyFile(sid, 'weights.json')
  const weights = await reading.document(file, readWeights)
  const { margins } = weights
  const people = manifest.cells.map(({ id, eligible }) => ({ cell: id, expected: eligible }))
  const frame = frameOfCells(plan, manifest.group, people, margins)
  const planned = manifest.counted ? publishWeights(plan, manifest.group, frame) : unweighted
  const difference =
    firstDifference(weights, [planned], false) ??
    (weights.margins && firstDifference(weights.margins, [manifest.population], false, 'margins'))
  if (difference) throw unfit(file, difference.path, difference.found, difference.expected)
  return weights
}

const hashOf = (tools: BundleTools, text: string): string => hex(tools.sha256(utf8(text)))

const unfit = (file: string, entry: string, found: string, expected: string): Mismatch =>
  new Mismatch('does_not_fit', file, entry, found, expected)

const definitionProblem = (file: string, path: string, message: string | undefined): Mismatch =>
  new Mismatch('definition', file, path.trim() || null, 'another form', message ?? 'a valid definition')
