// The plan 方案 of one cycle: everything about the assessment that another year or another city may decide otherwise.
// Who is asked and how, what each group and each indicator weighs, below how many answers no score is given, how
// results are rounded, graded and shown. A plan is a file; it is checked here, hashed, and frozen before the first
// answer, so that nobody can choose the rules after seeing the answers.

import { z } from 'zod'
import { answerQuestions } from './answers.ts'
import { canonicalJson } from './canonical.ts'
import {
  code,
  type DefinitionProblem,
  localeText,
  name,
  pathOf,
  readDefinition,
  version,
  wholeNumber,
} from './internal/definition.ts'
import { planProblems } from './internal/plan-rules.ts'
import { accountabilityRule, innovationRule } from './internal/review-rules.ts'
import type { GroupId, Questionnaire } from './questionnaire.ts'
import { compare, parseRational, rational, readRational } from './rational.ts'
import { err, ok, type Result } from './result.ts'

/** A weight or share: text, so that no rounding of the computer enters it. '0.3', '3/7', '40' */
const fraction = z
  .string('must be text such as "0.3" or "3/7"')
  .refine((value) => readRational(value).ok, 'must be a number or fraction such as "0.3" or "3/7"')

const positive = fraction.refine((value) => isBetween(value, null), 'must be more than 0')

const probability = fraction.refine((value) => isBetween(value, '1'), 'must be more than 0 and less than 1')

// True for text that is no number: that has been said already.
function isBetween(value: string, most: string | null): boolean {
  const read = readRational(value)
  if (!read.ok) return true
  return compare(read.value, rational(0)) > 0 && (most === null || compare(read.value, parseRational(most)) < 0)
}

const day = z.string('must be a day').refine(isDay, 'must be a day of the calendar, such as 2014-03-15')

/** Days without a clock: the month lengths are computed, so 2014-02-30 is refused. */
function isDay(value: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value)
  if (!parts) return false
  const [year, month, date] = parts.slice(1).map(Number) as [number, number, number]
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return date >= 1 && date <= (lengths[month - 1] ?? 0)
}

/** A node of the indicator tree. Weights are relative to the siblings; without weights siblings share equally. */
export interface Indicator {
  id: string
  title: z.infer<typeof localeText>
  weight?: string
  /** Whether the 2013 scan shows the figure or name legibly, or it is the only one that fits. */
  weightIs?: 'read' | 'inferred'
  titleIs?: 'read' | 'inferred'
  scoredBy?: 'reviewed_self_assessment' | 'lead_departments' | 'performance_office' | 'survey'
  /** The group whose satisfaction this is, below the node scored by survey. */
  group?: GroupId
  /** What the targets are taken from. */
  basis?: z.infer<typeof localeText>
  /** What an organ hands in to show how far it came. */
  evidence?: z.infer<typeof localeText>
  /** The classes of organs that it is about; all of them unless said. */
  classes?: OrganClass[]
  /** The lead departments 牵头考核部门. */
  lead?: z.infer<typeof localeText>[]
  children?: Indicator[]
}

const provenance = z.enum(['read', 'inferred'], 'must be read or inferred')
const groupId = z.enum(['leaders', 'recipients', 'public'], 'must be leaders, recipients or public')

const indicator: z.ZodType<Indicator> = z.lazy(() =>
  z.strictObject({
    id: z
      .string('must be text')
      .regex(/^[a-z][A-Za-z0-9]{0,39}(\.[a-z][A-Za-z0-9]{0,39}){0,3}$/, 'must be words joined by dots, at most four'),
    title: localeText,
    weight: positive.exactOptional(),
    weightIs: provenance.exactOptional(),
    titleIs: provenance.exactOptional(),
    scoredBy: z
      .enum(
        ['reviewed_self_assessment', 'lead_departments', 'performance_office', 'survey'],
        'must be reviewed_self_assessment, lead_departments, performance_office or survey',
      )
      .exactOptional(),
    group: groupId.exactOptional(),
    basis: localeText.exactOptional(),
    evidence: localeText.exactOptional(),
    classes: z
      .array(z.enum(organClassNames, 'must be party, government, byReference or central'))
      .min(1, 'must name at least one class')
      .exactOptional(),
    lead: z.array(localeText).min(1, 'must name at least one department').exactOptional(),
    children: z.array(indicator).min(1, 'must hold at least one indicator').exactOptional(),
  }),
)

const fpc = z.boolean('must be true or false')
/** Whether those asked are a counted population (a roster, `fpc`): its error vanishes when everybody answers. */
const design = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('srs'), fpc }),
    z.strictObject({
      kind: z.literal('stratified'),
      fpc,
      /** What a stratum counts: its slips alike, the share given here, or its people on the roster. */
      weightBy: z.enum(['slips', 'share', 'population'], 'must be slips, share or population'),
      /** By the cell that the roster gives a person. */
      strata: z.record(
        z.string().regex(/^[a-z0-9-]{1,24}$/, 'must be 1 to 24 small letters, digits or hyphens'),
        z.strictObject({ title: localeText, share: positive.exactOptional() }),
        'must hold at least one stratum',
      ),
    }),
  ],
  'must be of the kind srs or stratified',
)

const group = z.strictObject({
  weight: positive,
  /** `sealed`: nobody can read answers before the box is opened. `live`: confidential, not anonymous to the operator. */
  intake: z.enum(['live', 'sealed'], 'must be live or sealed'),
  intakeReason: localeText.exactOptional(),
  adapter: z.enum(['roster', 'receipt', 'sms', 'oidc'], 'must be roster, receipt, sms or oidc'),
  /** What tells people apart. `oidc:NAME` is the subject at the identity provider of that name. */
  anchor: z
    .string('must be text')
    .regex(/^(roster|receipt|phone|oidc:[a-z0-9-]{1,24})$/, 'must be roster, receipt, phone or oidc:NAME'),
  /** Ways in which staff may write answers down for people, beside their own devices; none unless said. */
  assisted: z
    .array(z.enum(['phone', 'paper'], 'must be phone or paper'))
    .min(1, 'must name a way')
    .exactOptional(),
  /** How many answers of each verified cell are taken before nobody new begins; a cell left out has no limit. */
  quota: z.record(z.string(), wholeNumber(1, 10_000_000), 'must hold a number for a cell').exactOptional(),
  questionnaire: z.strictObject({ id: name, version }),
  /** The frozen copy of what the questionnaire scores: question, scale, relative weight. */
  questions: z
    .array(z.strictObject({ id: name, scale: name, weight: wholeNumber(1, 1000) }))
    .min(1, 'must name at least one question'),
  design,
  minimum: z.strictObject({
    n: wholeNumber(1, 1_000_000),
    responsePercent: wholeNumber(1, 100).exactOptional(),
    effectiveN: wholeNumber(1, 1_000_000).exactOptional(),
  }),
  /** Self-declared margins recorded with each slip, in this order. */
  margins: z.array(name).max(5, 'must name at most 5 margins'),
  /** Weights by which those who answered stand for the population, whose shares by margin are set for each survey. */
  calibration: z.enum(['none', 'poststratify', 'rake'], 'must be none, poststratify or rake'),
})

/** The classes that the tables of organs know; a plan gives each that it assesses a title and a rule. */
export const organClassNames = ['party', 'government', 'byReference', 'central'] as const
export type OrganClass = (typeof organClassNames)[number]

const organClass = z.strictObject({
  title: localeText,
  /** `reviewed`: lead departments review the functional score. `self`: the self-assessment prevails 以自评为主. */
  functionalRule: z.enum(['reviewed', 'self'], 'must be reviewed or self'),
  ranked: z.boolean('must be true or false'),
  /** Own group weights, for a class that has no such group by nature; a group left out is not asked. */
  groupWeights: z
    .strictObject({
      leaders: positive.exactOptional(),
      recipients: positive.exactOptional(),
      public: positive.exactOptional(),
    })
    .exactOptional(),
})

const points = z.record(
  z.string().regex(/^[1-9][0-9]?$/, 'must be the value of a level, such as 5'),
  z.string('must be text').regex(/^(100|[0-9]{1,2}(\.[0-9]{1,2})?)$/, 'must be points from 0 to 100, such as "66.67"'),
  'must give the points of each level, such as {"5": "100"}',
)

const definition = z.strictObject({
  formatVersion: z.literal(1, 'must be 1'),
  id: code,
  version,
  cycle: code,
  title: localeText,
  timeZone: z.literal('Asia/Shanghai', 'must be Asia/Shanghai'),
  /** `placeReports`: until when places below hand in their summary reports; the end of March unless said. */
  deadlines: z.strictObject({ selfAssessment: day, leadScores: day, placeReports: day.exactOptional() }),
  organClasses: z.record(
    z
      .string()
      .refine((id) => organClassNames.some((each) => each === id), 'must be party, government, byReference or central'),
    organClass,
  ),
  /** Points of each level of each scale. "Don't know" and blank are never scored and do not stand here. */
  scales: z.record(name, points),
  /** Other points with which results are shown once more, as information, beside equal steps and top-two. */
  mappings: z.array(z.strictObject({ id: name, title: localeText, points })).exactOptional(),
  groups: z.strictObject({ leaders: group, recipients: group, public: group }),
  /** How often one person is asked about services in a quarter, over all organs; 3 unless said. */
  asksPerQuarter: wholeNumber(1, 100).exactOptional(),
  missingGroup: z.enum(['block', 'renormalise'], 'must be block or renormalise'),
  /** Terms of what follows the publication, in working days; what is not said has its usual length. */
  followUp: z
    .strictObject({
      /** From the publication until appeals are due. */
      appeal: wholeNumber(1, 250).exactOptional(),
      /** From the letter until the plan of rectification is due. */
      rectification: wholeNumber(1, 250).exactOptional(),
      /** From a report until the office may decide on it without a word of the lead department. */
      leadReview: wholeNumber(1, 250).exactOptional(),
      /** How long before a deadline its organ is reminded; 0 for the day itself. */
      reminders: z.array(wholeNumber(0, 60)).max(5, 'must hold at most 5 terms').exactOptional(),
    })
    .exactOptional(),
  indicators: z.array(indicator).min(1, 'must hold at least one indicator'),
  /** Which ratings are low, and how long their cases may take in working days; see lowRatingTerms for the usual. */
  lowRatings: z
    .strictObject({
      level: wholeNumber(1, 4).exactOptional(),
      workingDays: wholeNumber(1, 250).exactOptional(),
      extension: wholeNumber(1, 250).exactOptional(),
      confirmation: wholeNumber(0, 250).exactOptional(),
    })
    .exactOptional(),
  /** Which existing results count as part of an indicator, and which take the place of asking; evidence alone unless said. */
  reuse: z
    .array(
      z.strictObject({
        kind: z.enum(
          ['hotline12345', 'haochaping', 'wave', 'pilot'],
          'must be hotline12345, haochaping, wave or pilot',
        ),
        months: wholeNumber(1, 120).exactOptional(),
        indicator: z.string('must be text').exactOptional(),
        replaces: z.boolean('must be true or false').exactOptional(),
      }),
    )
    .exactOptional(),
  /** How innovation projects are reviewed; by the usual criteria unless said. */
  innovation: innovationRule.exactOptional(),
  /** When organs are heard, and which targets count as missed; the usual terms unless said. */
  accountability: accountabilityRule.exactOptional(),
  grades: z
    .array(z.strictObject({ id: name, title: localeText, min: fraction }))
    .min(2, 'must hold at least two grades'),
  advancedUnits: z.strictObject({ title: localeText, count: wholeNumber(0, 1000), grade: name }),
  rounding: z.strictObject({ decimals: wholeNumber(0, 6), at: z.enum(['end', 'each'], 'must be end or each') }),
  weightDecimals: z.literal(6, 'must be 6'),
  ciLevel: z.enum(['0.90', '0.95', '0.99'], 'must be 0.90, 0.95 or 0.99'),
  disclosure: z.strictObject({
    /** Fewest answers behind a drill-down or a released comment. */
    drillDown: wholeNumber(1, 1000),
    /** Fewest answers behind a distribution over the levels. */
    distribution: wholeNumber(1, 1000),
    /** Fewest new answers before a live figure changes. */
    batch: wholeNumber(1, 1000),
    /** Cells with fewer slips, but not none, are suppressed; what is suppressed must stay this wide unknown. */
    cell: wholeNumber(1, 1000),
    evidence: z.enum(['sums', 'slips'], 'must be sums or slips'),
    /** Who reads why points were taken off; the organ alone unless said. */
    reasons: z.enum(['organ', 'public'], 'must be organ or public').exactOptional(),
  }),
  ranking: z.strictObject({
    /** Percentage of pairs of organs that must be told apart before places are printed. */
    separatedPairsPercent: wholeNumber(1, 100),
    /** A second grade likelier than this is named beside the first. */
    borderline: probability,
    /** A measure against an organ is safe only when the grade is at least this likely. */
    safe: probability,
  }),
  raking: z.strictObject({ mergeBelow: wholeNumber(1, 1000), lower: positive, upper: positive }),
  screening: z.strictObject({ level: probability, secondsPerItem: wholeNumber(1, 60) }),
  ledger: z.literal('clean', 'must be clean'),
  warnings: z.strictObject({ dontKnowPercent: wholeNumber(1, 100) }),
})

export type Plan = z.infer<typeof definition>
export type Grade = Plan['grades'][number]

/** Checks a plan file: the plan, or every problem with its place in the file. */
export function parsePlan(json: unknown): Result<Plan, DefinitionProblem[]> {
  const read = readDefinition(definition, json)
  if ('problems' in read) return err(read.problems)
  const problems = planProblems(read.data)
  return problems.length === 0 ? ok(read.data) : err(problems)
}

/** What a plan may say and yet nobody should overlook when it is set up. */
export interface PlanWarning {
  /** The lowest level of a scale earns points, so that even complete dissatisfaction looks like half a success. */
  readonly code: 'scale_with_floor'
  readonly scale: string
  /** The level with the fewest points, and these: '1', '30'. */
  readonly level: string
  readonly points: string
}

/** Every warning about a plan; none of them keeps it from being used. */
export function planWarnings(plan: Plan): PlanWarning[] {
  return Object.entries(plan.scales).flatMap(([scale, levels]): PlanWarning[] => {
    const [lowest] = Object.entries(levels).sort(([, a], [, b]) => compare(parseRational(a), parseRational(b)))
    if (!lowest || compare(parseRational(lowest[1]), rational(0)) <= 0) return []
    const [level, points] = lowest
    return [{ code: 'scale_with_floor', scale, level, points }]
  })
}

/** The text whose SHA-256 is the plan hash, frozen when the first survey opens. */
export function canonicalPlan(plan: Plan): string {
  return canonicalJson(plan)
}

/**
 * Where the plan's frozen copy and the questionnaire differ: name and version, questions with scale and weight, points,
 * margins. An opening is refused as long as there is one; otherwise answers would be counted by other rules than those
 * frozen. Paths are those of the plan.
 */
export function scoringProblems(plan: Plan, questionnaire: Questionnaire): DefinitionProblem[] {
  const problems: DefinitionProblem[] = []
  const group = plan.groups[questionnaire.group]
  const expect = (holds: boolean, steps: readonly PropertyKey[], needed: string) => {
    if (!holds) problems.push({ path: pathOf(['groups', questionnaire.group, ...steps]), message: `must be ${needed}` })
  }
  expect(group.questionnaire.id === questionnaire.id, ['questionnaire', 'id'], questionnaire.id)
  expect(
    group.questionnaire.version === questionnaire.version,
    ['questionnaire', 'version'],
    `${questionnaire.version}`,
  )
  const ratings = answerQuestions(questionnaire).filter((question) => question.type === 'rating')
  expect(group.questions.length === ratings.length, ['questions'], `a list of ${ratings.length} questions`)
  ratings.forEach((rating, index) => {
    const copy = group.questions[index]
    if (copy === undefined) return
    for (const field of ['id', 'scale', 'weight'] as const) {
      expect(copy[field] === rating[field], ['questions', index, field], String(rating[field]))
    }
  })
  const declared = questionnaire.pages.flatMap((page) => page.questions).map((each) => 'margin' in each && each.margin)
  group.margins.forEach((margin, index) => {
    expect(declared.includes(margin), ['margins', index], 'a margin the questionnaire asks for')
  })
  return [...problems, ...pointProblems(plan, questionnaire)]
}

function pointProblems(plan: Plan, questionnaire: Questionnaire): DefinitionProblem[] {
  return questionnaire.scales.flatMap((scale) => {
    const copy = plan.scales[scale.id] ?? {}
    const scored = scale.options.filter((option) => option.score !== null)
    const wrong = scored
      .filter(({ value, score }) => copy[value] === undefined || !isSame(copy[value], String(score)))
      .map(({ value, score }) => ({ path: pathOf(['scales', scale.id, String(value)]), message: `must be ${score}` }))
    const foreign = Object.keys(copy)
      .filter((value) => !scored.some((option) => String(option.value) === value))
      .map((value) => ({ path: pathOf(['scales', scale.id, value]), message: 'must be left out' }))
    return [...wrong, ...foreign]
  })
}

function isSame(left: string, right: string): boolean {
  return compare(parseRational(left), parseRational(right)) === 0
}

/** How often one person is asked about services in a quarter, over all organs of a jurisdiction. */
export const asksPerQuarter = (plan: Plan): number => plan.asksPerQuarter ?? 3

/** Terms of what follows the publication, in working days. */
export function followUpTerms({ followUp = {} }: Pick<Plan, 'followUp'>) {
  const { appeal = 10, rectification = 20, leadReview = 5, reminders = [5, 1, 0] } = followUp
  return { appeal, rectification, leadReview, reminders }
}

/** Whether everybody reads why points were taken off, or the organ alone. */
export const publishesReasons = ({ disclosure }: Pick<Plan, 'disclosure'>): boolean => disclosure.reasons === 'public'

/** The id of the part that the surveys fill. */
export const satisfactionId = (plan: Plan): string => plan.indicators.find((node) => node.scoredBy === 'survey')!.id

/** The tree by which organs of one class are assessed: what is about other classes is left out, the rest keeps its proportions. */
export function indicatorsOf({ indicators }: Pick<Plan, 'indicators'>, organClass: string): Indicator[] {
  const within = (nodes: readonly Indicator[]): Indicator[] =>
    nodes
      .filter(({ classes }) => classes === undefined || classes.some((each) => each === organClass))
      .map((node) => (node.children ? { ...node, children: within(node.children) } : node))
  return within(indicators)
}
