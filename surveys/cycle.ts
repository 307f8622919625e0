// The stages of an assessment year and of one survey, which step may follow which, and who must agree. Also the list
// that stands between a survey and its opening: as long as anything on it is missing, nobody can be asked.

import { verifiedCells } from './design.ts'
import { type Plan, scoringProblems } from './plan.ts'
import { coversMargins, type Margin } from './population.ts'
import type { GroupId, Questionnaire } from './questionnaire.ts'
import { type LintReasons, lintQuestionnaire, openFindings } from './questionnaire-lint.ts'
import { err, ok, type Result } from './result.ts'

export type CycleState =
  | 'draft'
  | 'targets'
  | 'fieldwork'
  | 'closed'
  | 'reviewed'
  | 'published'
  | 'rectification'
  | 'archived'

export type SurveyState = 'draft' | 'ready' | 'open' | 'closed' | 'opening' | 'opened' | 'published'

/** States of a survey that takes no more answers and can have scores. */
export const FINISHED: readonly SurveyState[] = ['closed', 'opened', 'published']

export type IntakeMode = 'live' | 'sealed'

/** What an entry of the approvals table is about. Two different office administrators: one proposes, one approves. */
export type ApprovalAction = 'survey.open' | 'survey.close' | 'survey.amend' | 'box.open' | 'result.publish'

/** Who must agree before a step: nobody else, a second administrator, or the holders of the box key's shares. */
export type Agreement =
  | { kind: 'none' }
  | { kind: 'second_administrator'; action: ApprovalAction }
  | { kind: 'trustees' }

const NONE: Agreement = { kind: 'none' }
const OPEN: Agreement = { kind: 'second_administrator', action: 'survey.open' }
const CLOSE: Agreement = { kind: 'second_administrator', action: 'survey.close' }
const OPEN_BOX: Agreement = { kind: 'second_administrator', action: 'box.open' }
const PUBLISH: Agreement = { kind: 'second_administrator', action: 'result.publish' }
const TRUSTEES: Agreement = { kind: 'trustees' }

export interface SurveyMove {
  readonly from: SurveyState
  readonly to: SurveyState
  readonly mode: IntakeMode
  /** Whether the closing time that was fixed at opening, with its grace, has passed. */
  readonly dueToClose: boolean
  /** How the key of a sealed box is held, which decides who must agree when it is opened; by trustees unless said. */
  readonly holding?: 'trustees' | 'file'
}

/**
 * Whether a survey may go from one state to another, and who must agree.
 * live, ready → open // ok({ kind: 'second_administrator', action: 'survey.open' })
 */
export function moveSurvey({
  from,
  to,
  mode,
  dueToClose,
  holding = 'trustees',
}: SurveyMove): Result<Agreement, 'not_permitted'> {
  switch (`${from} → ${to}`) {
    case 'draft → ready':
    case 'ready → draft':
      return ok(NONE)
    case 'ready → open':
      return ok(OPEN)
    // Opening was approved together with the closing time; only another time needs a second yes.
    case 'open → closed':
      return ok(dueToClose ? NONE : CLOSE)
    // Live answers are counted as they come: there is no box to open.
    case 'closed → opening':
      if (mode !== 'sealed') return err('not_permitted')
      // Whoever brings a share agrees by it. A file lies there for one person alone, so two have to say yes instead.
      return ok(holding === 'file' ? OPEN_BOX : TRUSTEES)
    case 'opening → opened':
      return mode === 'sealed' ? ok(NONE) : err('not_permitted')
    case 'opened → published':
      return mode === 'sealed' ? ok(PUBLISH) : err('not_permitted')
    case 'closed → published':
      return mode === 'live' ? ok(PUBLISH) : err('not_permitted')
    default:
      return err('not_permitted')
  }
}

const CYCLE_ORDER: readonly CycleState[] = [
  'draft',
  'targets',
  'fieldwork',
  'closed',
  'reviewed',
  'published',
  'rectification',
  'archived',
]

/** Whether everybody may see a cycle's results: from their publication on, whatever comes after it. */
export const isPublished = (state: CycleState): boolean =>
  CYCLE_ORDER.indexOf(state) >= CYCLE_ORDER.indexOf('published')

/** Whether a cycle may go from one state to the next, given its surveys, and who must agree. Nothing is skipped. */
export function moveCycle(
  from: CycleState,
  to: CycleState,
  surveys: readonly SurveyState[],
): Result<Agreement, 'not_permitted' | 'survey_not_closed'> {
  if (CYCLE_ORDER.indexOf(to) !== CYCLE_ORDER.indexOf(from) + 1) return err('not_permitted')
  // A result that can still change must not be reviewed, and never published.
  const stillMoving = surveys.some((state) => state === 'open' || state === 'opening')
  if (CYCLE_ORDER.indexOf(to) >= CYCLE_ORDER.indexOf('closed') && stillMoving) return err('survey_not_closed')
  return ok(to === 'published' ? PUBLISH : NONE)
}

/** Who vouches for people that sign in elsewhere. */
export interface IdentityProvider {
  /** As it stands in the anchor `oidc:NAME`. */
  readonly name: string
  /** Whether it gives telephone numbers that it has verified. */
  readonly givesPhone: boolean
}

/** What is known about a survey that asks to become `ready`. */
export interface SurveyFacts {
  /** The cycle's plan as parsed; null when there is none or it is not valid. */
  readonly plan: Plan | null
  readonly planFrozen: boolean
  readonly group: GroupId
  readonly mode: IntakeMode
  /** False for the open channel, which is shown apart and never scored. */
  readonly counted: boolean
  readonly anchor: string
  readonly adapters: readonly string[]
  /** The identity provider of this installation; null where there is none. */
  readonly provider: IdentityProvider | null
  /** As parsed; null when there is none or it is not valid. */
  readonly questionnaire: Questionnaire | null
  /** Why findings about its wording may stand. */
  readonly reasons: LintReasons
  /** Classes of the organs to be rated. */
  readonly organClasses: readonly string[]
  /** UTC milliseconds; null as long as they are not set. */
  readonly opensAt: number | null
  readonly closesAt: number | null
  /** Days, yyyymmdd: when results are promised, and the day on which the survey closes. */
  readonly resultsOn: number | null
  readonly closesOn: number | null
  /** The verified cells, with how many people may answer in each. */
  readonly cells: readonly { readonly cell: string; readonly expected: number }[]
  /** The population to weight the answers by; null where none is set. */
  readonly population: readonly Margin[] | null
  readonly phone: string
  readonly officeAdministrators: number
  /** How the key of a sealed box is held; null while there is none. */
  readonly boxKey: { readonly holding: 'trustees' | 'file'; readonly isRehearsed: boolean } | null
}

export type Missing =
  | 'plan'
  | 'plan_frozen'
  | 'questionnaire'
  | 'questionnaire_of_group'
  | 'questionnaire_of_plan'
  | 'questionnaire_wording'
  | 'questionnaire_reasons'
  | 'intake_of_plan'
  | 'box_key'
  | 'box_rehearsal'
  | 'identity_provider'
  | 'single_anchor'
  | 'fitting_anchor'
  | 'open_channel_uncounted'
  | 'organs'
  | 'organ_class_in_plan'
  | 'dates'
  | 'dates_in_order'
  | 'expected_counts'
  | 'cells_at_most_32'
  | 'cells_large_enough'
  | 'cells_of_plan'
  | 'population'
  | 'population_of_questionnaire'
  | 'contact'
  | 'two_administrators'

const MAX_CELLS = 32

/** What is still missing before a survey is `ready`, in the order of the check list; empty when nothing is. */
export function readiness(survey: SurveyFacts): Missing[] {
  return [
    ...missingPlan(survey),
    ...missingIntake(survey),
    ...missingFrame(survey),
    ...(survey.phone.trim() === '' ? (['contact'] as const) : []),
    // One person alone must not be able to open a survey.
    ...(survey.officeAdministrators < 2 ? (['two_administrators'] as const) : []),
  ]
}

function missingPlan({ plan, planFrozen, questionnaire, reasons, group }: SurveyFacts): Missing[] {
  const missing: Missing[] = []
  if (plan === null) missing.push('plan')
  else if (!planFrozen) missing.push('plan_frozen')
  if (questionnaire === null) missing.push('questionnaire')
  else if (questionnaire.group !== group) missing.push('questionnaire_of_group')
  else if (plan !== null && scoringProblems(plan, questionnaire).length > 0) missing.push('questionnaire_of_plan')
  const findings = questionnaire === null ? [] : openFindings(lintQuestionnaire(questionnaire), reasons)
  if (findings.some(({ level }) => level === 'E')) missing.push('questionnaire_wording')
  if (findings.some(({ level }) => level === 'W')) missing.push('questionnaire_reasons')
  return missing
}

function missingIntake(survey: SurveyFacts): Missing[] {
  const { plan, group, mode, counted, anchor, adapters, provider, boxKey } = survey
  const missing: Missing[] = []
  if (mode === 'sealed' && boxKey === null) missing.push('box_key')
  // Shares that do not fit together are found out before the first answer, not when the box is to be opened.
  if (mode === 'sealed' && boxKey?.holding === 'trustees' && !boxKey.isRehearsed) missing.push('box_rehearsal')
  if (counted && plan !== null) {
    const planned = plan.groups[group]
    const agrees = planned.intake === mode && planned.anchor === anchor && adapters.includes(planned.adapter)
    if (!agrees) missing.push('intake_of_plan')
  }
  if (adapters.includes('oidc') && provider === null) missing.push('identity_provider')
  // Two kinds of identity in one survey would let one person answer twice.
  if (adapters.length === 0 || !adapters.every((adapter) => yieldsAnchor(adapter, anchor, provider)))
    missing.push('single_anchor')
  if (!fitsGroup(group, anchor)) missing.push('fitting_anchor')
  if (anchor === 'open' && counted) missing.push('open_channel_uncounted')
  return missing
}

/** Whether an eligibility adapter can tell people apart by this anchor. */
export function yieldsAnchor(adapter: string, anchor: string, provider: IdentityProvider | null): boolean {
  switch (adapter) {
    case 'roster':
      return anchor === 'roster'
    case 'receipt':
    case 'signed_receipt':
      return anchor === 'receipt'
    case 'sms':
      return anchor === 'phone'
    case 'oidc':
      // Of a provider that is not there yet it is only known which anchors it could yield.
      if (provider === null) return anchor === 'phone' || anchor.startsWith('oidc:')
      return anchor === 'phone' ? provider.givesPhone : anchor === `oidc:${provider.name}`
    case 'open':
      return anchor === 'open'
    default:
      return false
  }
}

/** Whether people of a group can be told apart by this anchor. */
export function fitsGroup(group: GroupId, anchor: string): boolean {
  if (anchor === 'open') return true
  if (group === 'leaders') return anchor === 'roster'
  if (group === 'recipients') return anchor === 'receipt'
  return anchor === 'phone' || anchor.startsWith('oidc:')
}

function missingFrame(survey: SurveyFacts): Missing[] {
  const { plan, opensAt, closesAt, resultsOn, closesOn } = survey
  const missing: Missing[] = []
  if (survey.organClasses.length === 0) missing.push('organs')
  else if (plan !== null && survey.organClasses.some((each) => plan.organClasses[each] === undefined)) {
    missing.push('organ_class_in_plan')
  }
  if (opensAt === null || closesAt === null || resultsOn === null || closesOn === null) missing.push('dates')
  else if (opensAt >= closesAt || closesOn >= resultsOn) missing.push('dates_in_order')
  // The open channel is asked of everybody: nobody can say how many that is, and it has no verified cells.
  if (!survey.counted) return missing
  if (survey.cells.length === 0 || survey.cells.some((each) => each.expected < 1)) missing.push('expected_counts')
  if (survey.cells.length > MAX_CELLS) missing.push('cells_at_most_32')
  // In a smaller cell the mere list of who took part would nearly tell how the cell answered.
  const least = survey.group === 'leaders' ? 10 : 200
  if (survey.cells.some((each) => each.expected >= 1 && each.expected < least)) missing.push('cells_large_enough')
  return [...missing, ...missingDesign(survey)]
}

/** What the plan's weights need: a cell for each stratum, the shares of the population by the margins of the form. */
function missingDesign({ plan, group, questionnaire, cells, population }: SurveyFacts): Missing[] {
  if (plan === null) return []
  const missing: Missing[] = []
  const strata = plan.groups[group].design.kind === 'stratified' ? verifiedCells(plan, group) : null
  const known = cells.map(({ cell }) => cell)
  if (strata && cells.length > 0 && !(known.length === strata.length && strata.every((cell) => known.includes(cell)))) {
    missing.push('cells_of_plan')
  }
  if (plan.groups[group].calibration === 'none') return missing
  if (population === null) return [...missing, 'population']
  if (questionnaire === null || questionnaire.group !== group) return missing
  if (scoringProblems(plan, questionnaire).length > 0) return missing
  if (!coversMargins(population, plan, questionnaire)) missing.push('population_of_questionnaire')
  return missing
}
