import { base64url, canonicalJson, hex } from '../../surveys/canonical.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { Margin } from '../../surveys/population.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'

export interface ManifestFacts {
  /** "{jid}/{sid}". */
  readonly survey: string
  readonly plan: Plan
  readonly planHash: Uint8Array
  readonly questionnaire: Questionnaire
  readonly questionnaireHash: Uint8Array
  readonly counted: boolean
  readonly anchor: string
  readonly adapters: readonly string[]
  /** Codes, in the order of the papers. */
  readonly organs: readonly string[]
  /** UTC milliseconds. */
  readonly opensAt: number
  readonly closesAt: number
  readonly graceMinutes: number
  /** The verified cells with how many people may answer in each. */
  readonly cells: readonly { readonly cell: string; readonly expected: number }[]
  readonly receiptKey: Uint8Array
  /** The population that answers are weighted to, and the hash of its canonical text; null for a survey without. */
  readonly population: readonly Margin[] | null
  readonly populationHash: Uint8Array | null
}

/**
 * What is fixed and published about a survey before its first answer: canonical JSON, whose SHA-256 names it. Without a
 * sealed box there is nothing to say about issuers, trustees, padding, box, log and audit keys: these are null.
 */
export function manifestOf(facts: ManifestFacts): string {
  const { plan, questionnaire } = facts
  const { minimum } = plan.groups[questionnaire.group]
  return canonicalJson({
    v: 1,
    survey: facts.survey,
    cycle: plan.cycle,
    group: questionnaire.group,
    mode: 'live',
    counted: facts.counted,
    anchor: facts.anchor,
    adapters: facts.adapters,
    box_key: null,
    trustees: null,
    organs: facts.organs,
    questionnaire: { id: questionnaire.id, hash: hex(facts.questionnaireHash) },
    plan_hash: hex(facts.planHash),
    population: facts.population,
    population_hash: facts.populationHash && hex(facts.populationHash),
    opens: facts.opensAt,
    closes: facts.closesAt,
    grace_minutes: facts.graceMinutes,
    cells: facts.cells.map(({ cell, expected }) => ({
      id: cell,
      kid: null,
      issuer_spki: null,
      parent: null,
      eligible: expected,
    })),
    attrs: marginsOf(plan, questionnaire),
    merge: { min: 50, leaders_min: 10, attr_min: 10, drop: ['sex', 'age'] },
    min_pad: null,
    box_pk: null,
    receipt_pk: base64url(facts.receiptKey),
    log_pk: null,
    audit_pk: null,
    minimums: {
      n: minimum.n,
      response_percent: minimum.responsePercent ?? null,
      effective_n: minimum.effectiveN ?? null,
    },
  })
}

/** The values that a person may declare, by margin. */
function marginsOf(plan: Plan, questionnaire: Questionnaire): Record<string, string[]> {
  const questions = questionnaire.pages.flatMap((page) => page.questions)
  return Object.fromEntries(
    plan.groups[questionnaire.group].margins.map((margin) => {
      const question = questions.find((each) => each.type === 'choice' && each.margin === margin)
      if (question?.type !== 'choice') throw new Error(`manifestOf needs a question for the margin ${margin}`)
      return [margin, question.options.filter((option) => option.missing !== true).map(({ value }) => value)]
    }),
  )
}
