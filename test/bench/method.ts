// What a year's results cost to compute from the tally: 60 organs with three groups each, the public raked to city, age
// and sex over 130 cells, with intervals, satisfaction, overall scores, grades and rank intervals. No database: this is
// the arithmetic alone. `--rounds=30`, `--json`, `--gate`.

import { estimateGroup, type GroupDesign, type PopulationMargin, type WeightedCell } from '../../surveys/estimate.ts'
import { type SatisfactionGroup, satisfaction } from '../../surveys/indicator.ts'
import { gradeProbabilities, overallScore } from '../../surveys/overall.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import plan2013 from '../../surveys/plans/2013-provincial.json' with { type: 'json' }
import { type OrganScore, placeDistributions, rankOrgans } from '../../surveys/ranking.ts'
import { type Rational, rational } from '../../surveys/rational.ts'
import {
  addSlip,
  addSlipMoments,
  emptyCell,
  emptyMoments,
  mergeCell,
  mergeMoments,
  type TallySpec,
} from '../../surveys/tally.ts'
import { gate, type Measured, median, option, runBenchmark, say } from './support/report.ts'

const rounds = option('rounds', 30)
const organs = 60
const citizens = 800
const cities = Array.from({ length: 13 }, (_, i) => `city${i + 1}`)
const ages = ['age16', 'age30', 'age45', 'age60', 'age75']
const sexes = ['f', 'm']

const read = parsePlan(plan2013)
if (!read.ok) throw new Error('the preset plan does not parse')
const plan = read.value
const common = {
  kind: 'srs',
  minimum: { n: 10 },
  ciLevel: '0.95',
  rounding: plan.rounding,
  dontKnowPercent: 30,
} as const
const margins: readonly PopulationMargin[] = [
  { name: 'city', shares: sharesOf(cities) },
  { name: 'age', shares: sharesOf(ages) },
  { name: 'sex', shares: sharesOf(sexes) },
]

await runBenchmark('bench:method', async (): Promise<Measured> => {
  say(`counting the slips of ${organs} organs`)
  const data = Array.from({ length: organs }, (_, id) => organOf(id))
  const computed = time(() => data.map(scoreOf))
  const whole = time(() => rankOrgans(data.map(scoreOf), 0, plan))
  const scored = data.map(scoreOf)
  const distribution = time(() => placeDistributions(scored, 10), 3)
  // The least that any method must do: read every number of every cell once.
  const floor = time(() => data.map(({ groups }) => groups.map(({ spec, cells }) => total(spec, cells))))
  const figures = {
    'scores with intervals, ms': computed,
    'scores and rank intervals, ms': whole,
    'rank distribution up to place 10, ms': distribution,
  }
  return {
    conditions: {
      organs,
      groups: 3,
      'cells of the public per organ': cities.length * ages.length * sexes.length,
      'citizens per organ': citizens,
      rounds,
    },
    figures,
    floor: { 'adding up the same cells, ms': floor },
    ratio: { 'scores and rank intervals': whole / floor },
    gates: [gate('at most', 'scores and rank intervals, ms', whole, 100)],
  }
})

interface GroupData {
  readonly group: SatisfactionGroup
  readonly spec: TallySpec
  readonly cells: readonly WeightedCell[]
  readonly design: GroupDesign
}

interface OrganData {
  readonly id: number
  readonly groups: readonly GroupData[]
  readonly scores: ReadonlyMap<string, Rational>
}

function organOf(id: number): OrganData {
  const random = generator(id + 1)
  const mood = 0.35 + 0.5 * random()
  const groups = [
    groupOf('leaders', 7, 40, { ...common, fpc: true, population: 45 }, () => [], mood, random),
    groupOf('recipients', 6, 300, { ...common, fpc: false }, () => [], mood, random),
    groupOf(
      'public',
      6,
      citizens,
      { ...common, fpc: false, calibration: { method: 'rake', margins, bounds: ['0.3', '5'], mergeBelow: 5 } },
      (i) => [
        // Every cell has somebody; the rest are spread unevenly.
        pick(cities, i < 130 ? i % 13 : Math.floor(13 * random() ** 1.2)),
        pick(ages, i < 130 ? Math.floor(i / 13) % 5 : Math.floor(5 * random() ** 1.2)),
        pick(sexes, i < 130 ? Math.floor(i / 65) : Math.floor(2 * random())),
      ],
      mood,
      random,
    ),
  ]
  const scores = new Map(
    leavesOf(plan.indicators).map((id) => [id, rational(Math.round(8_000 + 1_900 * random()), 100)]),
  )
  return { id, groups, scores }
}

function scoreOf({ id, groups, scores }: OrganData): OrganScore<number> {
  const estimates = Object.fromEntries(
    groups.map(({ group, spec, cells, design }) => [group, estimateGroup(spec, cells, design)]),
  )
  const satisfied = satisfaction(estimates, {
    weights: { leaders: '0.3', recipients: '0.3', public: '0.4' },
    missingGroup: 'block',
    ciLevel: '0.95',
    rounding: plan.rounding,
  })
  const rule = { satisfactionId: 'satisfaction', rounding: plan.rounding, grades: plan.grades, ciLevel: '0.95' }
  const overall = overallScore(plan.indicators, scores, satisfied, rule)
  if (overall.status !== 'ok') throw new Error(`organ ${id} of the benchmark has no score: ${overall.status}`)
  gradeProbabilities(overall, plan.grades)
  const { score, standardError, published, grade } = overall
  return { id, score, standardError, published, grade }
}

function groupOf(
  group: SatisfactionGroup,
  questions: number,
  slips: number,
  design: GroupDesign,
  marginsOf: (slip: number) => string[],
  mood: number,
  random: () => number,
): GroupData {
  const spec: TallySpec = {
    pointScale: 1,
    questions: Array.from({ length: questions }, (_, position) => ({
      id: `q${position}`,
      position,
      weight: position === 0 ? 50 : 10,
      levels: [5, 4, 3, 2, 1],
      points: [100, 80, 60, 30, 0],
    })),
  }
  const cells = new Map<string, WeightedCell>()
  for (let slip = 0; slip < slips; slip++) {
    const categories = marginsOf(slip)
    const key = categories.join('|')
    const cell = cells.get(key) ?? {
      stratum: '',
      baseClass: '1',
      margins: categories,
      cell: emptyCell(spec),
      moments: emptyMoments(spec),
    }
    cells.set(key, cell)
    const leaning = mood + 0.3 * (random() - 0.5)
    const answers = spec.questions.map(() =>
      random() < 0.05 ? 0 : 1 + Math.min(4, Math.floor(5 * leaning + random())),
    )
    addSlip(spec, cell.cell, answers)
    addSlipMoments(spec, cell.moments, answers)
  }
  return { group, spec, cells: [...cells.values()], design }
}

/** Every whole number of the cells added up once. */
function total(spec: TallySpec, cells: readonly WeightedCell[]): number {
  const sum = emptyCell(spec)
  const m = emptyMoments(spec)
  for (const { cell, moments } of cells) {
    mergeCell(sum, cell)
    mergeMoments(m, moments)
  }
  return sum.slips + m.m[0]!
}

/** Median milliseconds of one call. */
function time(work: () => unknown, times = rounds): number {
  work()
  return median(
    Array.from({ length: times }, () => {
      const begun = performance.now()
      work()
      return performance.now() - begun
    }),
  )
}

/** Shares that fall to half from the first to the last category, exact, adding up to 1. */
function sharesOf(names: readonly string[]): Record<string, string> {
  const parts = names.map((_, i) => 2 * names.length - i)
  const whole = parts.reduce((sum, part) => sum + part, 0)
  return Object.fromEntries(names.map((name, i) => [name, `${parts[i]}/${whole}`]))
}

function leavesOf(nodes: Plan['indicators']): string[] {
  return nodes
    .filter(({ scoredBy }) => scoredBy !== 'survey')
    .flatMap((node) => (node.children ? leavesOf(node.children) : [node.id]))
}

function pick<T>(values: readonly T[], at: number): T {
  return values[at]!
}

/** The same numbers in every run: a linear congruential generator. */
function generator(seed: number): () => number {
  let state = seed * 7_919
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
