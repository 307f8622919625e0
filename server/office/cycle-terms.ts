import type { SetupProblem, SetupValues } from '../../client/pages/office/cycle-form.tsx'
import { type DraftTerms, termsOf } from '../../db/cycle-setup.ts'
import type { SurveyOfCycle } from '../../db/platform.ts'
import { fitsGroup, type IdentityProvider, type IntakeMode, yieldsAnchor } from '../../surveys/cycle.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { withGroup } from '../../surveys/plan-fields.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { dayField, momentField } from '../calendar.ts'
import { FieldReader } from './cycle-desk.ts'
import { readReason } from './reason.ts'

// The terms of one survey as fields of a form.

const allAdapters = ['roster', 'receipt', 'signed_receipt', 'sms', 'oidc', 'open'] as const
type Adapter = (typeof allAdapters)[number]
/** Ways that a plan names; a signed receipt is another form of a receipt. */
const plannedAdapters = ['roster', 'receipt', 'sms', 'oidc'] as const

export const surveyFields = [
  ...(['questionnaire', 'mode', 'reasonZh', 'reasonEn', 'anchor', 'opens', 'closes', 'results', 'grace'] as const),
  ...(['expected', 'phone'] as const),
  ...allAdapters.map((adapter) => `adapter_${adapter}` as const),
]

type Kind = Pick<SurveyOfCycle, 'group' | 'counted'>

/** The ways in which people of a survey can prove their right to answer. */
export function adaptersOf({ group, counted }: Kind, provider: IdentityProvider | null): readonly Adapter[] {
  if (!counted) return ['open']
  if (group === 'leaders') return ['roster']
  if (group === 'recipients') return ['receipt', 'signed_receipt']
  return provider ? ['sms', 'oidc'] : ['sms']
}

/** What can tell the people of a survey apart. */
export function anchorsOf({ group, counted }: Kind, provider: IdentityProvider | null): readonly string[] {
  if (!counted) return ['open']
  const all = ['roster', 'receipt', 'phone', ...(provider ? [`oidc:${provider.name}`] : [])]
  return all.filter((anchor) => fitsGroup(group, anchor))
}

/** What stands in the fields of a survey. */
export function surveyValues(survey: SurveyOfCycle, plan: Plan): SetupValues {
  const { questionnaire, mode, anchor, adapters, opensAt, closesAt, resultsOn, graceMinutes, expected, phone } = survey
  const reason = survey.counted ? plan.groups[survey.group].intakeReason : undefined
  return {
    questionnaire: `${questionnaire.id}/${questionnaire.version}`,
    ...{ mode, anchor, phone },
    reasonZh: reason?.['zh-CN'] ?? '',
    reasonEn: reason?.en ?? '',
    opens: momentField(opensAt),
    closes: momentField(closesAt),
    results: dayField(resultsOn),
    grace: String(graceMinutes),
    expected: String(expected),
    ...Object.fromEntries(allAdapters.map((each) => [`adapter_${each}`, adapters.includes(each) ? '1' : ''])),
  }
}

interface Given {
  readonly survey: SurveyOfCycle
  readonly plan: Plan
  readonly forms: readonly Questionnaire[]
  readonly provider: IdentityProvider | null
  /** The plan is final: what stands in it stays. */
  readonly isFinal: boolean
}

/** New terms, with the plan that says the same; `plan` is null where it stays as it is. */
export function readTerms(
  values: SetupValues,
  given: Given,
): Result<{ readonly terms: DraftTerms; readonly plan: Plan | null }, readonly SetupProblem[]> {
  const fields = new FieldReader(values)
  const { survey } = given
  const intake = given.isFinal ? termsOf(survey) : readIntake(fields, values, given)
  const plan = given.isFinal || !survey.counted ? null : planOf(fields, values, given, intake)
  const common = fields.commonTerms()
  const graceMinutes = fields.whole('grace', 0, 1_440)
  // Nobody can say how many people an open channel is asked of.
  const expected = survey.counted ? fields.whole('expected', 0, 10_000_000) : 0
  if (fields.problems.length > 0 || !common || !intake) return err(fields.problems)
  const { mode, anchor, adapters, questionnaire } = intake
  return ok({ terms: { mode, anchor, adapters, questionnaire, ...common, graceMinutes, expected }, plan })
}

type Intake = Pick<DraftTerms, 'mode' | 'anchor' | 'adapters' | 'questionnaire'>

function readIntake(fields: FieldReader, values: SetupValues, given: Given): Intake | null {
  const { survey, provider } = given
  const form = given.forms.find(({ id, version }) => `${id}/${version}` === values['questionnaire'])
  if (!form) fields.no('questionnaire', 'choice')
  const questionnaire = form && { id: form.id, version: form.version }
  if (!survey.counted) return questionnaire ? { ...termsOf(survey), questionnaire } : null
  const mode = (['sealed', 'live'] as const).find((each): each is IntakeMode => each === values['mode'])
  if (!mode) fields.no('mode', 'choice')
  const anchor = anchorsOf(survey, provider).find((each) => each === values['anchor'])
  if (!anchor) fields.no('anchor', 'choice')
  const adapters = adaptersOf(survey, provider).filter((each) => values[`adapter_${each}`] === '1')
  const [first] = adaptersOf(survey, provider)
  if (!plannedAdapters.some((each) => adapters.includes(each))) fields.no(`adapter_${first}`, 'adapters')
  const other = anchor && adapters.find((each) => !yieldsAnchor(each, anchor, provider))
  if (other) fields.no(`adapter_${other}`, 'two_anchors', { adapter: other, anchor })
  return mode && anchor && questionnaire ? { mode, anchor, adapters, questionnaire } : null
}

function planOf(fields: FieldReader, values: SetupValues, given: Given, intake: Intake | null): Plan | null {
  const { survey, plan, forms } = given
  const { group } = survey
  const isLiveLeaders = group === 'leaders' && values['mode'] === 'live'
  const reasons = { 'zh-CN': readReason(values['reasonZh']), en: readReason(values['reasonEn']) }
  if (isLiveLeaders && reasons['zh-CN'] === null) fields.no('reasonZh', 'reason')
  if (isLiveLeaders && reasons.en === null) fields.no('reasonEn', 'reason')
  const form = intake && forms.find(({ id, version }) => `${id}/${version}` === values['questionnaire'])
  const adapter = plannedAdapters.find((each) => intake?.adapters.includes(each))
  if (!intake || !form || !adapter || fields.problems.length > 0) return null
  // Another group needs no reason; one that its plan gave already stays with the live mode.
  const { 'zh-CN': zh, en } = reasons
  const intakeReason = intake.mode === 'live' && zh && en ? { intakeReason: { 'zh-CN': zh, en } } : {}
  const changed = withGroup(plan, form, { intake: intake.mode, adapter, anchor: intake.anchor, ...intakeReason })
  const checked = parsePlan(changed)
  if (checked.ok) return checked.value
  for (const { path, message } of checked.error) fields.no('questionnaire', 'rule', { path, message })
  return null
}
