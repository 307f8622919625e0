/**
 * Whether the published sums can be true: points within the scale, no more answers than slips, weights that the plan can
 * give, and for each withheld score or mean a reason that the published numbers bear out.
 *
 * None of this shows that the sums are those of the slips; an auditor counts these again. But whoever invents sums has
 * to invent numbers that agree with one another, with the counts, with the population and with the plan.
 */

import { surveyFile } from '../bundle.ts'
import type { OrganTally, ResultsDocument } from '../bundle-documents.ts'
import type { Plan } from '../plan.ts'
import type { Bundle, BundleProblemCode, BundleSurvey } from '../publication.ts'
import type { GroupId, Questionnaire } from '../questionnaire.ts'
import {
  add,
  betweenLevels,
  compare,
  decimalString,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from '../rational.ts'
import { type RatedQuestion, tallySpec } from '../tally.ts'
import { checkPrecision } from './bundle-precision.ts'
import { Mismatch } from './bundle-reading.ts'
import { type WeightRange, weightRange } from './bundle-weights.ts'

/** What the tallies of one survey are held against. */
export interface TallyRules {
  readonly file: string
  readonly plan: Plan
  readonly group: GroupId
  /** People who may answer, and the same by stratum. */
  readonly expected: number
  readonly people: ReadonlyMap<string, number>
  readonly questions: readonly RatedQuestion[]
  readonly pointScale: number
  /** Questions that no slip can leave blank. */
  readonly alwaysAsked: ReadonlySet<string>
}

/** Fewest and most slips about an organ that were taken out, by what is said of them. */
interface Taken {
  readonly least: number
  readonly most: number
}

export type OkTally = Extract<OrganTally, { status: 'ok' }>
type ShownQuestion = Extract<OkTally['questions'][number], { points: string }>

/** Every tally of every counted survey, as far as it can be judged without the slips. */
export function checkTallies(bundle: Bundle, results: ResultsDocument): void {
  const quarantines = new Map(results.organs.map(({ organ, quarantine }) => [organ, quarantine]))
  for (const survey of bundle.surveys) {
    if (!survey.manifest.counted) continue
    const rules = rulesOf(bundle, survey)
    for (const tally of survey.tallies.organs) {
      const said = quarantines.get(tally.organ)?.groups.find(({ group }) => group === rules.group)
      const taken = takenBy(said)
      checkReceived(rules, tally, taken)
      if (tally.status === 'ok') checkScored(rules, tally, taken)
      else checkReason(rules, tally, taken)
    }
  }
}

function rulesOf({ plan }: Bundle, { sid, manifest, questionnaire, weights }: BundleSurvey): TallyRules {
  const { questions, pointScale } = tallySpec(questionnaire)
  return {
    file: surveyFile(sid, 'tallies.json'),
    plan,
    group: manifest.group,
    expected: weights.expected,
    people: new Map(weights.roster.map(({ cell, people }) => [cell, people])),
    questions,
    pointScale,
    alwaysAsked: alwaysAsked(questionnaire),
  }
}

function alwaysAsked({ pages }: Questionnaire): ReadonlySet<string> {
  const core = pages.filter(({ part }) => part === 'core').flatMap(({ questions }) => questions)
  return new Set(core.filter(({ required, showIf }) => required === true && showIf === undefined).map(({ id }) => id))
}

type Said = NonNullable<ResultsDocument['organs'][number]['quarantine']>['groups'][number]

function takenBy(said: Said | undefined): Taken {
  if (said === undefined) return { least: 0, most: 0 }
  return said.shown === 'both' ? { least: said.slips, most: said.slips } : { least: 1, most: said.fewerThan - 1 }
}

const scored = (questions: readonly RatedQuestion[]) => questions.filter(({ weight }) => weight > 0)

const wrong =
  (code: BundleProblemCode, { file }: TallyRules, { organ }: OrganTally) =>
  (what: string, found: string | number | null, expected: string) =>
    new Mismatch(code, file, `organ ${organ}, ${what}`, String(found), expected)

// ---- slips and answers --------------------------------------------------------------------------------------------

function checkReceived(rules: TallyRules, tally: OrganTally, { least }: Taken): void {
  const contradiction = wrong('contradiction', rules, tally)
  const n = 'n' in tally ? tally.n : 0
  if (n <= tally.received - least) return
  throw contradiction('n', n, `at most ${tally.received - least}: ${tally.received} received, ${least} taken out`)
}

function checkScored(rules: TallyRules, tally: OkTally, taken: Taken): void {
  checkResponse(rules, tally, taken)
  const range = weightRange(rules, tally.n)
  const slips = { least: tally.received - taken.most, most: tally.received - taken.least }
  tally.questions.forEach((question, i) => {
    if ('withheld' in question) return
    checkAnswers(rules, tally, question, slips)
    checkSums(rules, tally, question, rules.questions[i]!, range)
  })
  checkWarnings(rules, tally, slips)
  checkWithheld(rules, tally)
  checkScore(rules, tally, range)
  checkPrecision(rules, tally, range)
}

interface Slips {
  readonly least: number
  readonly most: number
}

function checkResponse(rules: TallyRules, tally: OkTally, { least }: Taken): void {
  const percent = rules.plan.groups[rules.group].minimum.responsePercent
  const slips = tally.received - least
  if (percent === undefined || slips * 100 >= percent * rules.expected) return
  const expected = `at least ${percent} % of ${rules.expected}, without the ${least} taken out`
  throw wrong('below_minimum', rules, tally)('received', tally.received, expected)
}

/** Of the slips in the score each has an answer, "don't know" or a blank; a question that is always asked has no blank. */
function checkAnswers(rules: TallyRules, tally: OkTally, { id, n, dontKnow }: ShownQuestion, slips: Slips): void {
  const contradiction = wrong('contradiction', rules, tally)
  if (n > tally.n) throw contradiction(`question ${id}, n`, n, `at most ${tally.n}, as the organ has`)
  if (dontKnow === null) {
    if (rules.group === 'leaders') return
    throw contradiction(`question ${id}, dontKnow`, null, 'a number: only leaders know each other')
  }
  const place = `question ${id}, dontKnow`
  if (n + dontKnow > slips.most) throw contradiction(place, dontKnow, `at most ${slips.most - n}: ${slips.most} slips`)
  if (rules.alwaysAsked.has(id) && n + dontKnow < slips.least) {
    throw contradiction(place, dontKnow, `at least ${slips.least - n}: ${slips.least} slips, none of them blank`)
  }
}

/** N_q and D_q can be sums over as many answers: by the weights of the plan, and by the points of the scale. */
function checkSums(
  rules: TallyRules,
  tally: OkTally,
  question: ShownQuestion,
  { points }: RatedQuestion,
  range: WeightRange,
): void {
  const contradiction = wrong('contradiction', rules, tally)
  const place = (what: string) => `question ${question.id}, ${what}`
  const answers = parseRational(question.answers)
  const sum = parseRational(question.points)
  for (const [what, value] of [
    ['answers', answers],
    ['points', sum],
  ] as const) {
    const spelled = decimalString(value)
    if (question[what] !== spelled) throw contradiction(place(what), question[what], `${spelled}, its one spelling`)
  }
  const { n } = question
  if (range.isUnweighted && compare(answers, rational(n)) !== 0) {
    throw contradiction(place('answers'), question.answers, `${n}: every answer counts once`)
  }
  if (!isWholeIn(answers, WEIGHT_UNIT)) throw contradiction(place('answers'), question.answers, 'six decimals')
  const [fewest, most] = range.sumOver(n, tally.n)
  if (compare(answers, fewest) < 0 || compare(answers, most) > 0) {
    const expected = `${halfUp(fewest, 6)} to ${halfUp(most, 6)}, by the weights that ${n} answers can have`
    throw contradiction(place('answers'), question.answers, expected)
  }
  const [lowest, highest] = [Math.min(...points), Math.max(...points)]
  const at = (level: number) => multiply(answers, rational(level, rules.pointScale))
  if (compare(sum, at(lowest)) < 0 || compare(sum, at(highest)) > 0) {
    const expected = `${decimalString(at(lowest))} to ${decimalString(at(highest))}, the ends of the scale`
    throw contradiction(place('points'), question.points, expected)
  }
  // In an unweighted design the sum is made of whole steps of the scale.
  const unit = range.isUnweighted ? 1n : WEIGHT_UNIT
  const steps = multiply(subtract(sum, at(lowest)), rational(BigInt(rules.pointScale) * unit))
  const step = points.reduce((divisor, level) => greatestDivisor(divisor, level - lowest), 0)
  if (range.isUnweighted ? !isWholeIn(steps, 1n, BigInt(Math.max(1, step))) : !isWholeIn(steps, 1n)) {
    throw contradiction(place('points'), question.points, 'a sum of points of the scale')
  }
}

/** Official weights are whole numbers of a millionth. */
const WEIGHT_UNIT = 1_000_000n

/** Whether a value is a whole number of 1/unit, and of as many as `of` at a time. */
const isWholeIn = (value: Rational, unit: bigint, of = 1n): boolean => (value.n * unit) % (value.d * of) === 0n

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}

// ---- what is said beside a score ----------------------------------------------------------------------------------

const WARNINGS: readonly OkTally['flags'][number][] = [
  'lonely_stratum',
  'categories_merged',
  'weights_bounded',
  'dk_share_high',
]

function checkWarnings(rules: TallyRules, tally: OkTally, slips: Slips): void {
  const contradiction = wrong('contradiction', rules, tally)
  const { design, calibration } = rules.plan.groups[rules.group]
  const inOrder = WARNINGS.filter((warning) => tally.flags.includes(warning))
  if (inOrder.join() !== tally.flags.join()) {
    throw contradiction('flags', tally.flags.join(', '), `${inOrder.join(', ')}, each once and in this order`)
  }
  const isPossible = {
    lonely_stratum: design.kind === 'stratified',
    categories_merged: calibration !== 'none',
    weights_bounded: calibration !== 'none',
    dk_share_high: mayBeUnknown(rules, tally, slips),
  }
  const invented = tally.flags.find((warning) => !isPossible[warning])
  if (invented) throw contradiction('flags', invented, 'no such flag, by the plan and the counts')
  const unknown = scoredOf(rules, tally).find((each) => 'n' in each && isUnknown(rules, each.n, each.dontKnow ?? 0))
  if (unknown && !tally.flags.includes('dk_share_high')) {
    throw contradiction('flags', tally.flags.join(', ') || 'none', `dk_share_high, by the question ${unknown.id}`)
  }
}

const isUnknown = ({ plan }: TallyRules, n: number, dontKnow: number): boolean =>
  dontKnow * 100 > plan.warnings.dontKnowPercent * (n + dontKnow)

/** Of a withheld mean, and of leaders, it is not told how many did not know. */
function mayBeUnknown(rules: TallyRules, tally: OkTally, slips: Slips): boolean {
  return scoredOf(rules, tally).some(
    (each) => 'withheld' in each || isUnknown(rules, each.n, each.dontKnow ?? slips.most - each.n),
  )
}

const scoredOf = ({ questions }: TallyRules, tally: OkTally) =>
  tally.questions.filter((_, i) => questions[i]!.weight > 0)

// ---- withheld means -----------------------------------------------------------------------------------------------

/**
 * Whether the disclosure rules can have asked to withhold these means (`shownQuestions`): each of fewer than `drillDown`
 * answers, and where these are together as few, one more, the smallest of all. How many answers they have is not told, but
 * every slip in n has an answer to some question.
 */
function checkWithheld(rules: TallyRules, tally: OkTally): void {
  const contradiction = wrong('contradiction', rules, tally)
  const few = rules.plan.disclosure.drillDown - 1
  const held = scoredOf(rules, tally).filter((each) => 'withheld' in each)
  const shown = scoredOf(rules, tally).flatMap((each) => ('n' in each ? [each.n] : []))
  const answers = shown.reduce((sum, n) => sum + n, 0)
  if (held.length === 0) {
    if (answers < tally.n) throw contradiction('n', tally.n, `at most ${answers}, the answers to all questions`)
    return
  }
  const place = held.map(({ id }) => id).join(', ')
  if (few === 0) throw contradiction(`questions ${place}`, 'withheld', 'shown: the plan hides no mean')
  const beside = held.length - 1 <= few ? few + Math.min(tally.n, ...shown) : 0
  const most = answers + Math.max(held.length * few, beside)
  if (tally.n > most) throw contradiction('n', tally.n, `at most ${most} answers, as ${place} are withheld`)
}

/** A score that is known as printed only lies where the withheld means can take it, which is within the scale. */
function checkScore(rules: TallyRules, tally: OkTally, range: WeightRange): void {
  if (tally.score === null) return
  const { rounding } = rules.plan
  const weights = scored(rules.questions).reduce((sum, { weight }) => sum + weight, 0)
  const ends = [rational(0), rational(0)] as [Rational, Rational]
  // With whole answers a mean below the end of the scale is at least one step of one answer below it.
  const steps: [Rational[], Rational[]] = [[], []]
  rules.questions.forEach(({ weight, points }, i) => {
    const question = tally.questions[i]!
    if (weight === 0) return
    const inPoints = (level: number) => betweenLevels(rational(level, rules.pointScale), rounding)
    const share = (value: Rational) => multiply(value, rational(weight, weights))
    if (!('withheld' in question)) {
      const mean = betweenLevels(divide(parseRational(question.points), parseRational(question.answers)), rounding)
      for (const end of [0, 1] as const) ends[end] = add(ends[end], share(mean))
      return
    }
    const levels = [...points].sort((a, b) => a - b)
    const [lowest, highest] = [levels[0]!, levels.at(-1)!]
    ends[0] = add(ends[0], share(inPoints(lowest)))
    ends[1] = add(ends[1], share(inPoints(highest)))
    const second = [levels.find((level) => level > lowest), levels.findLast((level) => level < highest)]
    steps[0].push(share(rational((second[0] ?? lowest) - lowest, rules.pointScale * tally.n)))
    steps[1].push(share(rational(highest - (second[1] ?? highest), rules.pointScale * tally.n)))
  })
  const [lowest, highest] = ends.map((end) => printed(end, rules.plan)) as [string, string]
  const found = parseRational(tally.score)
  const contradiction = wrong('contradiction', rules, tally)
  if (compare(found, parseRational(lowest)) < 0 || compare(found, parseRational(highest)) > 0) {
    throw contradiction('score', tally.score, `${lowest} to ${highest}, whatever the withheld means are`)
  }
  // Rounded on every level, or weighted, hardly a value is left out.
  if (!range.isUnweighted || rounding.at === 'each' || tally.score === lowest || tally.score === highest) return
  const above = printed(add(ends[0], smallest(steps[0])), rules.plan)
  const below = printed(subtract(ends[1], smallest(steps[1])), rules.plan)
  if (compare(found, parseRational(above)) < 0 || compare(found, parseRational(below)) > 0) {
    const expected = `${lowest}, ${highest} or ${above} to ${below}: one answer moves a mean that far`
    throw contradiction('score', tally.score, expected)
  }
}

const printed = (value: Rational, { rounding }: Plan): string => halfUp(value, rounding.decimals)

const smallest = (values: readonly Rational[]): Rational =>
  values.reduce((least, value) => (compare(value, least) < 0 ? value : least))

// ---- no score -----------------------------------------------------------------------------------------------------

type Unscored = Exclude<OrganTally, { status: 'ok' }>

/** Why there is no score is the first reason of method section 6 that applies, and one that can be true. */
function checkReason(rules: TallyRules, tally: Unscored, taken: Taken): void {
  const unfounded = wrong('unfounded', rules, tally)
  const { design, minimum, calibration } = rules.plan.groups[rules.group]
  if (tally.status === 'unsupported_design') {
    throw unfounded('status', tally.status, `a score, or a reason for none: the plan knows the design ${design.kind}`)
  }
  const { n, flag, received } = tally
  const floor = Math.max(1, minimum.n)
  if (n < floor !== (flag === 'n_below_minimum')) {
    const expected = n < floor ? 'n_below_minimum' : 'a score or another reason'
    throw unfounded('flag', flag, `${expected}: n is ${n}, of at least ${floor}`)
  }
  const percent = minimum.responsePercent
  const reaches = (slips: number) => percent === undefined || slips * 100 >= percent * rules.expected
  const refuted = (why: string) => unfounded('flag', flag, `a score or another reason: ${why}`)
  switch (flag) {
    case 'n_below_minimum':
      return
    case 'question_without_valid_answer':
      if (scored(rules.questions).length === 1) throw refuted(`the only question has ${n} answers`)
      return
    case 'stratum_without_response': {
      if (design.kind !== 'stratified') throw refuted('the plan knows no strata')
      const most = rules.expected - Math.min(...[...rules.people.values()].filter((people) => people > 0))
      if (n > most) throw refuted(`${n} of ${rules.expected} people leave no stratum empty`)
      return
    }
    case 'margin_category_without_response':
      if (calibration === 'none') throw refuted('the plan weighs by no population')
      return
    case 'response_below_minimum':
      if (percent === undefined) throw refuted('the plan asks for no response')
      if (reaches(received - taken.most)) throw refuted(`${received} received are ${percent} % of ${rules.expected}`)
      return
  }
  if (!reaches(received - taken.least)) {
    throw unfounded('flag', flag, `response_below_minimum: ${received} received are below ${percent} %`)
  }
  if (flag === 'calibration_infeasible') {
    if (calibration === 'none') throw refuted('the plan weighs by no population')
    return
  }
  if (minimum.effectiveN === undefined) throw refuted('the plan asks for no effective size')
  const least = toNumber(weightRange(rules, n).leastEffectiveSize(n))
  if (least >= minimum.effectiveN) throw refuted(`${n} answers have an effective size of at least ${least.toFixed(2)}`)
}
