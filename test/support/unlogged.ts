import { cycleFile, headsFile, resultsFile, type SurveyFileName, surveyFile } from '../../surveys/bundle.ts'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import { frameOfCells } from '../../surveys/design.ts'
import { estimateGroup, type GroupEstimate, type WeightedCell } from '../../surveys/estimate.ts'
import { designOfWeights, publishQuarantine, publishWeights } from '../../surveys/evidence.ts'
import { writeManifest } from '../../surveys/manifest.ts'
import { canonicalPlan, type Plan } from '../../surveys/plan.ts'
import type { Margin } from '../../surveys/population.ts'
import { canonicalQuestionnaire, type GroupId } from '../../surveys/questionnaire.ts'
import { type GroupOutcome, outcomeOf, printResults, publishedOutcome, publishTally } from '../../surveys/results.ts'
import { shippedForm } from '../surveys/definition-files.ts'
import { type BundleContent, resum, sha256, sha256Hex } from './published.ts'

// A bundle of one live survey about one organ from before there were logs: without a signature, so that hundreds of them
// can be made and verified.

export interface UnloggedSurvey {
  readonly plan: Plan
  readonly group: GroupId
  /** The verified cells with the people who may answer. */
  readonly people: readonly { readonly cell: string; readonly expected: number }[]
  readonly population: readonly Margin[] | null
  /** The slips in the score, and those that were taken out. */
  readonly clean: readonly WeightedCell[]
  readonly taken: readonly WeightedCell[]
}

/** The bundle with its estimate; null where the design cannot have such slips. */
export function unloggedBundle(survey: UnloggedSurvey, spec: Parameters<typeof estimateGroup>[0]) {
  const { plan, group, people, population, clean, taken } = survey
  const jid = 'jiangzhou'
  const sid = `${group}-2026`
  const organ = { code: 'o', class: 'government', nameZh: '某厅', nameEn: 'Some Department' }
  const form = shippedForm(group)
  const weights = publishWeights(plan, group, frameOfCells(plan, group, people, population))
  const design = designOfWeights(plan, group, weights)
  const slipsOf = (cells: readonly WeightedCell[]) => cells.reduce((sum, { cell }) => sum + cell.slips, 0)
  const received = slipsOf(clean) + slipsOf(taken)
  const estimate = estimateGroup(spec, clean, design)
  const all = taken.length === 0 ? estimate : estimateGroup(spec, [...clean, ...taken], design)
  const tally = publishTally(plan, group, organ.code, estimate, received)

  const manifest = canonicalJson({
    ...(JSON.parse(
      writeManifest({
        survey: `${jid}/${sid}`,
        plan,
        planHash: sha256(utf8(canonicalPlan(plan))),
        questionnaire: form,
        questionnaireHash: sha256(utf8(canonicalQuestionnaire(form))),
        counted: true,
        anchor: plan.groups[group].anchor,
        adapters: [plan.groups[group].adapter],
        organs: [organ.code],
        opensAt: 1,
        closesAt: 2,
        graceMinutes: 15,
        cells: people,
        receiptKey: new Uint8Array(32),
        logKey: new Uint8Array(32),
        population,
        populationHash: population && sha256(utf8(canonicalJson(population))),
        sealed: null,
      }),
    ) as object),
    log_pk: null,
  })
  const outcome = (own: GroupEstimate): GroupOutcome => (own === estimate ? publishedOutcome(estimate, tally) : own)
  const outcomes = (own: GroupEstimate) => {
    const none = { leaders: null, recipients: null, public: null }
    return outcomeOf(plan, [
      { organ: organ.code, class: organ.class, groups: { ...none, [group]: outcome(own) }, reviews: [] },
    ])
  }
  const quarantine = publishQuarantine(plan, [{ group, taken: slipsOf(taken), all }], outcomes(all).organs[0]!)
  const answered = people.map(({ cell, expected }) => ({ cell, expected, slips: slipsIn(cell, [...clean, ...taken]) }))
  const files = new Map<string, string>()
  const put = (name: SurveyFileName, value: string) => files.set(surveyFile(sid, name), value)
  put('manifest.json', manifest)
  put('questionnaire.json', canonicalQuestionnaire(form))
  put('weights.json', canonicalJson(weights))
  put('tallies.json', canonicalJson({ v: 1, organs: [tally] }))
  for (const empty of [
    'participation.leaves',
    'participation.checkpoints',
    'slips.leafhashes',
    'slips.checkpoints',
  ] as const)
    put(empty, '')
  put(
    'counts.json',
    canonicalJson({
      v: 1,
      cells: answered.map(({ cell, expected, slips }) => ({
        ...{ cell, eligible: expected, issued: slips, spent: slips, valid: slips },
        ...{ invalid: 0, withdrawn: 0, unopened: 0, form: 0, notEligible: 0 },
      })),
      ...{ slips: received, comments: 0, cellsHash: null },
    }),
  )
  files.set(headsFile, '')
  files.set(resultsFile, canonicalJson(printResults(plan, outcomes(estimate), () => quarantine)))
  files.set(
    cycleFile,
    canonicalJson({
      v: 1,
      jurisdiction: { code: jid, nameZh: '江州省', nameEn: 'Jiangzhou' },
      cycle: { code: plan.cycle, titleZh: '2026年度', titleEn: 'Year 2026' },
      plan,
      organs: [organ],
      surveys: [{ sid, manifest: sha256Hex(utf8(manifest)) }],
      auditKey: null,
    }),
  )
  const content: BundleContent = resum(new Map([...files].map(([path, text]) => [path, utf8(text)])))
  return { content, tally }
}

/** Slips of a stratum; of an unstratified survey all. */
function slipsIn(cell: string, cells: readonly WeightedCell[]): number {
  return cells.reduce((sum, each) => sum + (each.stratum === cell ? each.cell.slips : 0), 0)
}
