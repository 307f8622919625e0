// What a plan file must hold beyond its shape: weights that add up exactly, grades in order, names that exist, one way
// of identifying people that suits each group. Each mistake names its place and what is needed.

import { verifiedCells } from '../design.ts'
import type { Indicator, Plan } from '../plan.ts'
import type { GroupId } from '../questionnaire.ts'
import { add, compare, divide, parseRational, type Rational, rational } from '../rational.ts'
import { reuseProblems } from '../reuse.ts'
import { type DefinitionProblem, pathOf } from './definition.ts'

type Steps = readonly PropertyKey[]
type Report = (steps: Steps, message: string) => void

export const GROUPS: readonly GroupId[] = ['leaders', 'recipients', 'public']

/** Every broken rule of a plan whose shape is right. */
export function planProblems(plan: Plan): DefinitionProblem[] {
  const problems: DefinitionProblem[] = []
  const report: Report = (steps, message) => problems.push({ path: pathOf(steps), message })
  checkGroups(plan, report)
  checkOrganClasses(plan, report)
  checkIndicators(plan, report)
  checkGrades(plan, report)
  checkInnovation(plan, report)
  problems.push(...reuseProblems(plan))
  plan.mappings?.forEach(({ id, points }, index) => {
    const levels = Object.keys(points).sort().join()
    if (!Object.values(plan.scales).some((scale) => Object.keys(scale).sort().join() === levels)) {
      report(['mappings', index, 'points'], 'must give points to the levels of one of the scales')
    }
    const isTaken = ['equal_steps', 'top_two', ...plan.mappings!.slice(0, index).map((each) => each.id)].includes(id)
    if (isTaken) report(['mappings', index, 'id'], 'must differ from every other mapping')
  })
  if (plan.deadlines.selfAssessment > plan.deadlines.leadScores) {
    report(['deadlines', 'leadScores'], 'must not be before the self-assessment')
  }
  // The mean factor is 1: bounds on one side of it can never be kept.
  if (compare(parseRational(plan.raking.lower), rational(1)) >= 0) report(['raking', 'lower'], 'must be less than 1')
  if (compare(parseRational(plan.raking.upper), rational(1)) <= 0) report(['raking', 'upper'], 'must be more than 1')
  return problems
}

function checkGroups(plan: Plan, report: Report): void {
  const weights = GROUPS.map((id) => plan.groups[id].weight)
  if (!sumsTo(weights, 1)) report(['groups'], `must have weights that sum to 1, not ${printedSum(weights)}`)
  for (const id of GROUPS) {
    const group = plan.groups[id]
    const at = (...steps: Steps) => ['groups', id, ...steps]
    checkEvidence(id, group, at(), report)
    checkAssisted(group, at('assisted'), report)
    for (const [cell, n] of Object.entries(group.quota ?? {})) {
      if (!verifiedCells(plan, id).includes(cell))
        report(at('quota', cell), `must be one of ${verifiedCells(plan, id).join(', ')}`)
      // A group that is closed before that has no score.
      else if (group.design.kind === 'srs' && n < group.minimum.n)
        report(at('quota', cell), `must be at least the minimum of ${group.minimum.n}`)
    }
    if (id === 'leaders' && group.intake === 'live' && group.intakeReason === undefined) {
      report(at('intakeReason'), 'must say in both languages why leaders do not answer in a sealed box')
    }
    // With more answers than people there would be no estimate; only a roster is counted before anybody answers.
    if (id !== 'leaders') {
      if (group.design.fpc) report(at('design', 'fpc'), 'must be false: only a roster is a counted population')
      if (group.minimum.responsePercent !== undefined) {
        report(at('minimum', 'responsePercent'), 'must be left out: only a roster is a counted population')
      }
    }
    checkDesign(group.design, id === 'leaders', at('design'), report)
    const least = { none: 0, poststratify: 1, rake: 1 }[group.calibration]
    if (group.margins.length < least) report(at('margins'), 'must name a margin to weight the answers by')
    if (group.calibration === 'poststratify' && group.margins.length > 1) {
      report(at('calibration'), 'must be rake for more than one margin')
    }
    if (new Set(group.margins).size !== group.margins.length) report(at('margins'), 'must name each margin once')
    const seen = new Set<string>()
    group.questions.forEach((question, index) => {
      if (seen.has(question.id)) report(at('questions', index, 'id'), 'must differ from every other question')
      seen.add(question.id)
      if (!Object.hasOwn(plan.scales, question.scale)) {
        report(at('questions', index, 'scale'), 'must be one of the scales of this plan')
      }
    })
  }
}

/** Each group is known by one kind of evidence; with two, the same person could answer twice. */
function checkEvidence(id: GroupId, { adapter, anchor }: Plan['groups'][GroupId], at: Steps, report: Report): void {
  if (id !== 'public') {
    const fitting = { leaders: 'roster', recipients: 'receipt' }[id]
    if (adapter !== fitting) report([...at, 'adapter'], `must be ${fitting} for this group`)
    if (anchor !== fitting) report([...at, 'anchor'], `must be ${fitting} for this group`)
    return
  }
  if (adapter !== 'sms' && adapter !== 'oidc') report([...at, 'adapter'], 'must be sms or oidc for this group')
  // An identity provider may also vouch for a telephone number.
  if (anchor === 'phone' || (adapter === 'oidc' && anchor.startsWith('oidc:'))) return
  report([...at, 'anchor'], adapter === 'oidc' ? 'must be phone or oidc:NAME for this group' : 'must be phone for sms')
}

/**
 * Whoever is helped proves the right to answer as everybody does: by a code on the paper or read out, or by one sent to the
 * own phone during the call. Nobody can verify at an identity provider by way of somebody else.
 */
function checkAssisted({ adapter, assisted = [] }: Plan['groups'][GroupId], at: Steps, report: Report): void {
  if (new Set(assisted).size !== assisted.length) report(at, 'must name each way once')
  if (adapter === 'oidc' && assisted.length > 0) report(at, 'must be left out where people verify at a provider')
  if (adapter === 'sms' && assisted.includes('paper')) report(at, 'must not be paper where people verify by a message')
}

function checkDesign(design: Plan['groups'][GroupId]['design'], isRoster: boolean, at: Steps, report: Report): void {
  if (design.kind === 'srs') return
  if (!isRoster) report([...at, 'kind'], 'must be srs: only a roster says to which stratum a person belongs')
  const strata = Object.entries(design.strata)
  if (strata.length === 0) report([...at, 'strata'], 'must hold at least one stratum')
  const shares = strata.flatMap(([, { share }]) => share ?? [])
  if (design.weightBy !== 'share') {
    if (shares.length > 0) report([...at, 'strata'], 'must have shares only where strata are weighted by share')
  } else if (shares.length < strata.length) report([...at, 'strata'], 'must give every stratum a share')
  else if (!sumsTo(shares, 1)) report([...at, 'strata'], `must have shares that sum to 1, not ${printedSum(shares)}`)
  // Weights have six decimals: a smaller share could become a weight of nothing.
  for (const [id, { share }] of strata) {
    if (share !== undefined && compare(parseRational(share), rational(1, 1_000)) < 0) {
      report([...at, 'strata', id, 'share'], 'must be at least 0.001')
    }
  }
}

function checkOrganClasses(plan: Plan, report: Report): void {
  const classes = Object.entries(plan.organClasses)
  if (classes.length === 0) report(['organClasses'], 'must hold at least one class')
  for (const [id, { groupWeights }] of classes) {
    if (groupWeights === undefined) continue
    const weights = GROUPS.flatMap((group) => groupWeights[group] ?? [])
    if (!sumsTo(weights, 1)) {
      report(['organClasses', id, 'groupWeights'], `must sum to 1, not ${printedSum(weights)}`)
    }
  }
}

function checkIndicators(plan: Plan, report: Report): void {
  const top = plan.indicators.map((node) => node.weight ?? '0')
  if (!sumsTo(top, 100)) report(['indicators'], `must have weights that sum to 100, not ${printedSum(top)}`)
  const seen = new Set<string>()
  checkSiblings(plan.indicators, ['indicators'], seen, report)
  plan.indicators.forEach((node, index) => {
    if (node.scoredBy === undefined) report(['indicators', index, 'scoredBy'], 'must say who scores')
  })
  checkClasses(plan, report)
  const surveys = plan.indicators.filter((node) => node.scoredBy === 'survey')
  if (surveys.length !== 1) report(['indicators'], 'must hold exactly one indicator scored by survey')
  plan.indicators.forEach((node, index) => {
    if (node.scoredBy === 'survey') checkSurveyNode(node, plan, ['indicators', index], report)
    else
      forEachBelow(node, ['indicators', index], (below, steps) => {
        if (below.group !== undefined) report([...steps, 'group'], 'must stand below the indicator scored by survey')
      })
  })
}

function checkInnovation({ innovation, indicators }: Plan, report: Report): void {
  if (!innovation) return
  const { criteria, indicator } = innovation
  const weight = criteria.reduce((total, each) => total + each.weight, 0)
  if (weight !== 100) report(['innovation', 'criteria'], `must have weights that sum to 100, not ${weight}`)
  criteria.forEach(({ id }, index) => {
    if (criteria.findIndex((each) => each.id === id) < index)
      report(['innovation', 'criteria', index, 'id'], 'must differ from every other criterion')
  })
  const own: string[] = []
  for (const node of indicators)
    if (node.scoredBy === 'performance_office')
      forEachBelow(node, [], (below) => own.push(...(below.children ? [] : [below.id])))
  if (indicator !== undefined && !own.includes(indicator))
    report(['innovation', 'indicator'], 'must be a lowest indicator that the performance office scores')
}

function checkSiblings(nodes: readonly Indicator[], steps: Steps, seen: Set<string>, report: Report): void {
  const weighted = nodes.filter((node) => node.weight !== undefined).length
  if (weighted !== 0 && weighted !== nodes.length) report(steps, 'must all have a weight, or none of them')
  nodes.forEach((node, index) => {
    const at = [...steps, index]
    if (seen.has(node.id)) report([...at, 'id'], 'must differ from every other indicator')
    seen.add(node.id)
    if (steps.length > 1 && node.scoredBy !== undefined) report([...at, 'scoredBy'], 'must stand on level 1 only')
    if (steps.length === 1 && node.classes !== undefined) report([...at, 'classes'], 'must stand below level 1 only')
    if (node.children !== undefined) checkSiblings(node.children, [...at, 'children'], seen, report)
  })
}

/** An organ for which nothing is left of a part could have no score in it. */
function checkClasses(plan: Plan, report: Report): void {
  const check = (nodes: readonly Indicator[], steps: Steps, organClass: string) =>
    nodes.forEach(({ children, classes }, index) => {
      if (!children || (classes && !classes.some((each) => each === organClass))) return
      const at = [...steps, index, 'children']
      const isLeft = children.some((child) => !child.classes || child.classes.some((each) => each === organClass))
      if (isLeft) check(children, at, organClass)
      else report(at, `must hold an indicator for the class ${organClass}`)
    })
  for (const organClass of Object.keys(plan.organClasses)) check(plan.indicators, ['indicators'], organClass)
}

function forEachBelow(node: Indicator, steps: Steps, visit: (node: Indicator, steps: Steps) => void): void {
  visit(node, steps)
  for (const [index, child] of (node.children ?? []).entries())
    forEachBelow(child, [...steps, 'children', index], visit)
}

/** The weights of the three groups stand twice: in the tree that is printed and in the groups. They must agree. */
function checkSurveyNode(node: Indicator, plan: Plan, steps: Steps, report: Report): void {
  const children = node.children ?? []
  const named = children.map((child) => child.group)
  if (children.length !== GROUPS.length || !GROUPS.every((id) => named.includes(id))) {
    report([...steps, 'children'], 'must hold one indicator for each group: leaders, recipients, public')
    return
  }
  const whole = sum(children.map((child) => child.weight ?? '1'))
  children.forEach((child, index) => {
    if (child.group === undefined) return
    const share = divide(parseRational(child.weight ?? '1'), whole)
    const { weight } = plan.groups[child.group]
    if (compare(share, parseRational(weight)) !== 0) {
      report([...steps, 'children', index, 'weight'], `must give the group its weight of ${weight}`)
    }
  })
}

function checkGrades({ grades, advancedUnits }: Plan, report: Report): void {
  const seen = new Set<string>()
  grades.forEach((grade, index) => {
    if (seen.has(grade.id)) report(['grades', index, 'id'], 'must differ from every other grade')
    seen.add(grade.id)
    const before = grades[index - 1]
    if (before !== undefined && compare(parseRational(grade.min), parseRational(before.min)) >= 0) {
      report(['grades', index, 'min'], 'must be less than the grade before')
    }
  })
  // Otherwise a low score would have no grade at all.
  const last = grades.length - 1
  if (compare(parseRational(grades[last]?.min ?? '0'), rational(0)) !== 0) {
    report(['grades', last, 'min'], 'must be 0 for the last grade')
  }
  if (!seen.has(advancedUnits.grade)) report(['advancedUnits', 'grade'], 'must be one of the grades')
}

function sum(weights: readonly string[]): Rational {
  return weights.map(parseRational).reduce(add, rational(0))
}

function sumsTo(weights: readonly string[], whole: number): boolean {
  return compare(sum(weights), rational(whole)) === 0
}

function printedSum(weights: readonly string[]): string {
  const { n, d } = sum(weights)
  return d === 1n ? String(n) : `${n}/${d}`
}
