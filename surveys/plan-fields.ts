// The plain fields by which an office sets up a plan: what each group weighs, how few answers give no score, the grades,
// how results are rounded and shown. The plan file holds more; what has no field stays as it was in the plan one began with.

import { GROUPS } from './internal/plan-rules.ts'
import { canonicalPlan, type Plan, parsePlan } from './plan.ts'
import type { GroupId, Questionnaire } from './questionnaire.ts'
import { add, compare, decimalString, divide, multiply, parseRational, rational, readRational } from './rational.ts'
import { err, ok, type Result } from './result.ts'

/**
 * How a field is written: `percent` stands as a fraction in the plan, `names` as a list, `terms` as a list of numbers or, for none
 * of them, as `noTerms`; what is optional may be ''.
 */
type Kind =
  | { readonly kind: 'percent' | 'names' }
  | { readonly kind: 'points' | 'day'; readonly optional?: true }
  | { readonly kind: 'whole'; readonly least: number; readonly most: number; readonly optional?: true }
  | { readonly kind: 'terms'; readonly most: number; readonly longest: number }
  /** `usual` holds where the plan says nothing. */
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly usual?: string }

export type PlanField = Kind & { readonly name: string; readonly path: readonly (string | number)[] }

/** Fields as they are typed, by name. */
export type PlanValues = Readonly<Record<string, string>>

export type PlanFieldProblem =
  | { readonly field: string; readonly code: 'number' | 'day' | 'choice' | 'points' }
  | { readonly field: string; readonly code: 'whole'; readonly least: number; readonly most: number }
  | { readonly field: string; readonly code: 'terms'; readonly most: number; readonly longest: number }
  | { readonly field: string; readonly code: 'weights_sum'; readonly sum: string }
  | { readonly field: string; readonly code: 'grades_order' | 'days_order' | 'margin_needed' | 'one_margin' }
  | { readonly field: string; readonly code: 'unknown_margin'; readonly margin: string }
  /** A rule of the plan file that no field is about. */
  | { readonly field: string; readonly code: 'rule'; readonly path: string; readonly message: string }

/** In a field of terms: not the usual ones, but none. */
export const noTerms = '-'

const weighted: readonly GroupId[] = ['recipients', 'public']

/** Every field of a plan, in the order of the form. */
export function planFieldsOf(plan: Plan): PlanField[] {
  const whole = (name: string, path: PlanField['path'], least: number, most: number): PlanField => ({
    ...{ name, path, kind: 'whole', least, most },
  })
  const optional = (field: PlanField): PlanField => ({ ...field, optional: true }) as PlanField
  const choice = (name: string, path: PlanField['path'], choices: readonly string[]): PlanField => ({
    ...{ name, path, kind: 'choice', choices },
  })
  return [
    ...GROUPS.map((id): PlanField => ({ name: `weight_${id}`, path: ['groups', id, 'weight'], kind: 'percent' })),
    ...GROUPS.map((id) => whole(`minimum_${id}`, ['groups', id, 'minimum', 'n'], 1, 1_000_000)),
    optional(whole('response_leaders', ['groups', 'leaders', 'minimum', 'responsePercent'], 1, 100)),
    optional(whole('effective_public', ['groups', 'public', 'minimum', 'effectiveN'], 1, 1_000_000)),
    choice('missingGroup', ['missingGroup'], ['block', 'renormalise']),
    ...plan.grades
      .slice(0, -1)
      .map(({ id }, at): PlanField => ({ name: `grade_${id}`, path: ['grades', at, 'min'], kind: 'points' })),
    whole('advanced', ['advancedUnits', 'count'], 0, 1_000),
    ...weighted.map((id): PlanField => ({ name: `margins_${id}`, path: ['groups', id, 'margins'], kind: 'names' })),
    ...weighted.map((id) =>
      choice(`calibration_${id}`, ['groups', id, 'calibration'], ['none', 'poststratify', 'rake']),
    ),
    whole('decimals', ['rounding', 'decimals'], 0, 6),
    choice('roundingAt', ['rounding', 'at'], ['end', 'each']),
    choice('ciLevel', ['ciLevel'], ['0.90', '0.95', '0.99']),
    whole('separated', ['ranking', 'separatedPairsPercent'], 1, 100),
    whole('drillDown', ['disclosure', 'drillDown'], 1, 1_000),
    whole('distribution', ['disclosure', 'distribution'], 1, 1_000),
    choice('evidence', ['disclosure', 'evidence'], ['sums', 'slips']),
    { ...choice('reasons', ['disclosure', 'reasons'], ['organ', 'public']), usual: 'organ' } as PlanField,
    whole('dontKnow', ['warnings', 'dontKnowPercent'], 1, 100),
    optional(whole('asks', ['asksPerQuarter'], 1, 100)),
    optional(whole('appealDays', ['followUp', 'appeal'], 1, 250)),
    optional(whole('rectificationDays', ['followUp', 'rectification'], 1, 250)),
    optional(whole('leadReviewDays', ['followUp', 'leadReview'], 1, 250)),
    { name: 'reminders', path: ['followUp', 'reminders'], kind: 'terms', most: 5, longest: 60 },
    optional(whole('hearingDays', ['accountability', 'hearingDays'], 1, 60)),
    { name: 'missedBelow', path: ['accountability', 'missedBelow'], kind: 'points', optional: true },
    { name: 'selfAssessment', path: ['deadlines', 'selfAssessment'], kind: 'day' },
    { name: 'leadScores', path: ['deadlines', 'leadScores'], kind: 'day' },
    { name: 'placeReports', path: ['deadlines', 'placeReports'], kind: 'day', optional: true },
  ]
}

/** What stands in the fields of a plan. planValues(plan).weight_leaders // '30' */
export function planValues(plan: Plan): PlanValues {
  return Object.fromEntries(planFieldsOf(plan).map((field) => [field.name, textOf(field, valueAt(plan, field.path))]))
}

function textOf(field: PlanField, value: unknown): string {
  const { kind } = field
  if (value === undefined) return kind === 'choice' ? (field.usual ?? '') : ''
  if (kind === 'names') return (value as readonly string[]).join(', ')
  if (kind === 'terms') return (value as readonly number[]).join(', ') || noTerms
  return kind === 'percent' ? decimalString(multiply(parseRational(String(value)), rational(100))) : String(value)
}

/**
 * The plan with what was typed, or every problem with its field. `margins`: the names of those that the questionnaire of a
 * group asks for.
 */
export function withPlanValues(
  plan: Plan,
  typed: PlanValues,
  margins: Readonly<Partial<Record<GroupId, readonly string[]>>>,
): Result<Plan, PlanFieldProblem[]> {
  const problems: PlanFieldProblem[] = []
  const next = JSON.parse(canonicalPlan(plan)) as Record<string, unknown>
  for (const field of planFieldsOf(plan)) {
    const text = (typed[field.name] ?? '').trim()
    const read = readField(field, text)
    if (read.ok) setAt(next, field.path, read.value)
    else problems.push(read.error)
  }
  if (problems.length > 0) return err(problems)
  const changed = followWeights(next as Plan)
  const broken = [...sumProblems(changed), ...orderProblems(changed), ...marginProblems(changed, margins)]
  if (broken.length > 0) return err(broken)
  const checked = parsePlan(changed)
  if (checked.ok) return checked
  return err(checked.error.map(({ path, message }) => ({ field: 'weight_leaders', code: 'rule', path, message })))
}

function readField(field: PlanField, text: string): Result<unknown, PlanFieldProblem> {
  const { name } = field
  switch (field.kind) {
    case 'percent': {
      const read = readRational(text)
      if (!read.ok || compare(read.value, rational(0)) <= 0) return err({ field: name, code: 'number' })
      return ok(decimalString(divide(read.value, rational(100))))
    }
    case 'points': {
      if (text === '' && field.optional) return ok(undefined)
      const isPoints = /^(100|\d{1,2}(\.\d{1,2})?)$/.test(text)
      return isPoints ? ok(text) : err({ field: name, code: 'points' })
    }
    case 'whole': {
      const { least, most, optional } = field
      if (text === '' && optional) return ok(undefined)
      const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
      return value >= least && value <= most ? ok(value) : err({ field: name, code: 'whole', least, most })
    }
    case 'choice':
      return field.choices.includes(text) ? ok(text) : err({ field: name, code: 'choice' })
    case 'names':
      return ok(wordsOf(text))
    case 'terms': {
      if (text === '' || text === noTerms) return ok(text === '' ? undefined : [])
      const { most, longest } = field
      const days = [...new Set(wordsOf(text).map((each) => (/^\d{1,9}$/.test(each) ? Number(each) : -1)))]
      const areTerms = days.length <= most && days.every((each) => each >= 0 && each <= longest)
      return areTerms ? ok(days.sort((one, other) => other - one)) : err({ field: name, code: 'terms', most, longest })
    }
    case 'day': {
      if (text === '' && field.optional) return ok(undefined)
      const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
      const isDay = !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
      return isDay ? ok(text) : err({ field: name, code: 'day' })
    }
  }
}

const wordsOf = (text: string): string[] => text.split(/[\s,，、]+/).filter((each) => each !== '')

/** The tree of indicators prints the weights of the groups as well. */
function followWeights(plan: Plan): Plan {
  for (const node of plan.indicators)
    for (const child of node.children ?? [])
      if (child.group)
        child.weight = decimalString(multiply(parseRational(plan.groups[child.group].weight), rational(100)))
  return plan
}

function sumProblems({ groups }: Plan): PlanFieldProblem[] {
  const sum = GROUPS.map((id) => parseRational(groups[id].weight)).reduce(add, rational(0))
  if (compare(sum, rational(1)) === 0) return []
  return [{ field: 'weight_leaders', code: 'weights_sum', sum: decimalString(multiply(sum, rational(100))) }]
}

function orderProblems({ grades, deadlines }: Plan): PlanFieldProblem[] {
  const problems: PlanFieldProblem[] = []
  grades.slice(0, -1).forEach(({ id, min }, at) => {
    if (compare(parseRational(min), parseRational(grades[at + 1]!.min)) <= 0)
      problems.push({ field: `grade_${id}`, code: 'grades_order' })
  })
  if (deadlines.selfAssessment > deadlines.leadScores) problems.push({ field: 'leadScores', code: 'days_order' })
  return problems
}

function marginProblems(
  { groups }: Plan,
  known: Readonly<Partial<Record<GroupId, readonly string[]>>>,
): PlanFieldProblem[] {
  return weighted.flatMap((id): PlanFieldProblem[] => {
    const { margins, calibration } = groups[id]
    const unknown = margins.find((margin) => known[id] && !known[id].includes(margin))
    if (unknown !== undefined) return [{ field: `margins_${id}`, code: 'unknown_margin', margin: unknown }]
    if (calibration !== 'none' && margins.length === 0) return [{ field: `margins_${id}`, code: 'margin_needed' }]
    const isOne = calibration !== 'poststratify' || margins.length === 1
    return isOne ? [] : [{ field: `calibration_${id}`, code: 'one_margin' }]
  })
}

/** The fields in which two plans differ, as [field, before, now]; a field that one of them lacks is ''. */
export function planDifferences(before: Plan, now: Plan): [string, string, string][] {
  const [old, own] = [planValues(before), planValues(now)]
  return Object.keys({ ...own, ...old })
    .filter((name) => (old[name] ?? '') !== (own[name] ?? ''))
    .map((name) => [name, old[name] ?? '', own[name] ?? ''])
}

/** A plan for another cycle: the same rules under its own name, deadlines moved by whole years where both codes are years. */
export function planForCycle(
  plan: Plan,
  { code, title }: { readonly code: string; readonly title: Plan['title'] },
): Plan {
  const years = isYear(code) && isYear(plan.cycle) ? yearOf(code) - yearOf(plan.cycle) : 0
  const moved = (day: string) => {
    const later = `${yearOf(day) + years}${day.slice(4)}`
    // There is no 29 February in most years.
    return later.endsWith('-02-29') ? later.replace(/29$/, '28') : later
  }
  const { selfAssessment, leadScores, placeReports } = plan.deadlines
  const deadlines = {
    ...{ selfAssessment: moved(selfAssessment), leadScores: moved(leadScores) },
    ...(placeReports === undefined ? {} : { placeReports: moved(placeReports) }),
  }
  return { ...plan, id: code, version: 1, cycle: code, title, deadlines }
}

const isYear = (code: string): boolean => /^\d{4}/.test(code)
const yearOf = (text: string): number => Number(text.slice(0, 4))

/** How a group is asked, as its plan and its survey must both say. */
export type GroupIntake = Pick<Plan['groups'][GroupId], 'intake' | 'intakeReason' | 'adapter' | 'anchor'>

/** The plan by which a group is asked so, with a copy of what its questionnaire scores; scales that nobody uses go. */
export function withGroup(plan: Plan, questionnaire: Questionnaire, intake: GroupIntake): Plan {
  const { group: id, version, scales } = questionnaire
  const { intakeReason: _, ...kept } = plan.groups[id]
  const ratings = questionnaire.pages.flatMap(({ questions }) => questions).filter((each) => each.type === 'rating')
  const questions = ratings.map(({ id, scale, weight }) => ({ id, scale, weight }))
  const group = { ...kept, ...intake, questionnaire: { id: questionnaire.id, version }, questions }
  const groups = { ...plan.groups, [id]: group }
  const used = new Set(GROUPS.flatMap((each) => groups[each].questions.map(({ scale }) => scale)))
  const own = scales.map(({ id, options }): [string, Record<string, string>] => [
    id,
    Object.fromEntries(options.filter(({ score }) => score !== null).map(({ value, score }) => [value, String(score)])),
  ])
  const all = { ...plan.scales, ...Object.fromEntries(own) }
  return { ...plan, groups, scales: Object.fromEntries(Object.entries(all).filter(([scale]) => used.has(scale))) }
}

function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], json)
}

function setAt(json: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  const last = path.at(-1)!
  const [first] = path
  // What holds only optional fields may not be there yet.
  if (path.length === 2 && value !== undefined) json[first!] ??= {}
  const owner = valueAt(json, path.slice(0, -1)) as Record<string | number, unknown> | undefined
  if (value !== undefined) owner![last] = value
  else if (owner) delete owner[last]
}
