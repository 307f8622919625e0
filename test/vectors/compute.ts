/**
 * What surveys/ makes of a vector's input, in the words of the vector files (organ = agency, recipients = service).
 * Rows are counted into cells first, as in the product, and only the cells are estimated.
 */
import type { z } from 'zod'
import { normalCdf, normalQuantile, studentQuantile } from '../../surveys/distributions.ts'
import { estimateGroup, type GroupDesign, type GroupEstimate, type WeightedCell } from '../../surveys/estimate.ts'
import { type GroupScore, type SatisfactionRule, satisfaction } from '../../surveys/indicator.ts'
import { gradeOf, gradeProbabilities } from '../../surveys/overall.ts'
import {
  add,
  decimalString,
  divide,
  halfUp,
  parseRational,
  type Rational,
  rational,
  toNumber,
} from '../../surveys/rational.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, type TallySpec } from '../../surveys/tally.ts'
import {
  compositeInput,
  distributionsInput,
  groupInput,
  Malformed,
  pipelineInput,
  readShape,
  roundingInput,
  Unsupported,
  type Vector,
} from './shapes.ts'

const rounding = { decimals: 2, at: 'end' } as const
/** No minimum, no warning, weights as they are: the vectors apply none of them unless they say so. */
const plain = {
  fpc: false,
  minimum: { n: 0 },
  ciLevel: '0.95',
  rounding,
  dontKnowPercent: null,
  weightDecimals: null,
} as const

/** Our result in the shape of the vector's `expected`; `load` reads another vector of the same directory by its id. */
export function compute(vector: Vector, load: (id: string) => Vector): unknown {
  if (vector.kind === 'group') return groupResult(readShape(groupInput, vector.input, 'input'))
  if (vector.kind === 'composite') return compositeResult(readShape(compositeInput, vector.input, 'input'))
  if (vector.kind === 'composite-pipeline') return pipelineResult(readShape(pipelineInput, vector.input, 'input'), load)
  if (vector.kind === 'rounding') return roundingResult(readShape(roundingInput, vector.input, 'input'))
  if (vector.kind === 'table' && 'p' in vector.input) {
    return distributionsResult(readShape(distributionsInput, vector.input, 'input'))
  }
  throw new Unsupported(`kind ${vector.kind} (${vector.id}) is not built`)
}

type GroupInput = z.infer<typeof groupInput>
/** Groups by the keys of the files. */
type ByGroup<T> = { leaders?: T | undefined; service?: T | undefined; public?: T | undefined }

function estimateOf({ params, rows }: GroupInput): { estimate: GroupEstimate; weightOf: Map<string, number> } {
  const spec = specOf(params.scale, params.questions)
  const isWeighted = rows.some(({ w }) => w !== undefined && w !== null)
  const baseWeights: Record<string, string> = {}
  const cells = new Map<string, WeightedCell>()
  const places = new Map<string, string>()
  for (const row of rows) {
    const baseClass = decimalString(row.w ?? rational(1))
    baseWeights[baseClass] = baseClass
    const stratum = params.design.kind === 'stratified' ? (row.stratum ?? '') : ''
    const key = JSON.stringify([stratum, baseClass])
    const cell = cells.get(key) ?? { stratum, baseClass, cell: emptyCell(spec), moments: emptyMoments(spec) }
    cells.set(key, cell)
    const a = answersOf(params, row.a)
    const before = cell.cell.n
    addSlip(spec, cell.cell, a)
    addSlipMoments(spec, cell.moments, a)
    if (places.has(row.id)) throw new Malformed(`input.rows: ${row.id} stands twice`)
    places.set(row.id, cell.cell.n > before ? key : '')
  }
  const design = designOf(params, isWeighted ? baseWeights : null)
  const estimate = estimateGroup(spec, [...cells.values()], design)
  if (estimate.status === 'unsupported_design') throw new Unsupported(`unsupported_design: ${estimate.part}`)
  const weightOf = new Map<string, number>()
  if (estimate.status === 'ok') {
    const weights = new Map(
      estimate.weights.map((each) => [JSON.stringify([each.stratum, each.baseClass]), toNumber(each.weight)]),
    )
    for (const [id, key] of places) if (key !== '') weightOf.set(id, weights.get(key)!)
  }
  return { estimate, weightOf }
}

function specOf(scale: Record<string, Rational>, questions: readonly { id: string; weight: Rational }[]): TallySpec {
  const values = Object.values(scale)
  const pointScale = commonDenominator(values)
  const weightScale = commonDenominator(questions.map(({ weight }) => weight))
  const levels = values.map((_, level) => level + 1)
  const points = values.map((value) => Number((value.n * pointScale) / value.d))
  return {
    pointScale: Number(pointScale),
    questions: questions.map(({ id, weight }, position) => {
      if (weight.n < 0n) throw new Malformed(`input.params.questions: ${id} has a negative weight`)
      return { id, position, weight: Number((weight.n * weightScale) / weight.d), levels, points }
    }),
  }
}

/** The answers as slip codes: levels count from 1 in the order of the scale, null is blank, other missing codes 0. */
function answersOf(
  { scale, missing, questions }: GroupInput['params'],
  a: Record<string, GroupInput['rows'][number]['a'][string]>,
): number[] {
  const levels = Object.keys(scale)
  const unknown = Object.keys(a).find((id) => !questions.some((question) => question.id === id))
  if (unknown) throw new Unsupported(`input.rows: answer to an unknown question ${unknown}`)
  return questions.map(({ id }) => {
    const answer = a[id] ?? null
    if (answer === null) return -1
    if (missing.includes(answer)) return 0
    const level = levels.indexOf(String(answer))
    if (level < 0) throw new Malformed(`input.rows: ${answer} is neither a level nor a missing code`)
    return level + 1
  })
}

function designOf(
  { design, ...params }: GroupInput['params'],
  baseWeights: Record<string, string> | null,
): GroupDesign {
  const common = {
    ...plain,
    fpc: design.fpc,
    minimum: { n: params.minimum?.n ?? 0 },
    ciLevel: String(params.ciLevel),
    clustered: design.clustered,
    calibration: params.calibration?.method ?? ('none' as const),
    trimmed: Boolean(params.trim),
    ...(baseWeights ? { baseWeights } : {}),
  }
  if (design.kind === 'srs') {
    if (design.strata || design.expandByN) throw new Unsupported('strata in an unstratified design')
    return { ...common, kind: 'srs', ...(design.N === undefined ? {} : { population: design.N }) }
  }
  if (design.kind !== 'stratified' || !design.strata) throw new Unsupported(`design kind ${design.kind}`)
  if (design.N !== undefined) throw new Unsupported('N of a stratified design')
  const entries = Object.entries(design.strata)
  const total = entries.reduce((sum, [, { share }]) => add(sum, share ?? rational(0)), rational(0))
  // Shares written as rounded floats miss 1 by their last digit; anything more is a mistake in the file.
  if (total.n !== 0n && Math.abs(toNumber(total) - 1) > 1e-9) throw new Malformed('input.params.design: shares miss 1')
  const strata = entries.map(([name, { N, share }]) => [
    name,
    { ...(N === undefined ? {} : { population: N }), ...(share ? { share: decimalString(divide(share, total)) } : {}) },
  ])
  const weightBy = total.n !== 0n ? 'share' : design.expandByN ? 'population' : 'slips'
  return { ...common, kind: 'stratified', strata: Object.fromEntries(strata), weightBy }
}

function groupResult(input: GroupInput): unknown {
  const { estimate, weightOf } = estimateOf(input)
  if (estimate.status === 'unsupported_design') return null
  const weights = Object.fromEntries(weightOf)
  const common = { nRows: estimate.slips, n: estimate.n, status: estimate.status, flags: estimate.flags, weights }
  if (estimate.status === 'insufficient') return { ...common, kish: null, questions: null, score: null, ciStatus: null }
  const clip = (value: number) => Math.min(100, Math.max(0, value))
  return {
    ...common,
    ciStatus: estimate.ciStatus,
    kish: { nEff: estimate.effectiveSampleSize, deff: estimate.kishDesignEffect },
    deffVsSrsWr: estimate.designEffect,
    questions: Object.fromEntries(
      estimate.questions.map(({ id, n, mean, standardError }) => [
        id,
        { n, mean: mean && toNumber(mean), se: standardError },
      ]),
    ),
    score: {
      mean: toNumber(estimate.score),
      se: estimate.standardError,
      variance: estimate.variance,
      df: estimate.degreesOfFreedom,
      ci: estimate.interval,
      ciClipped: estimate.interval?.map(clip) ?? null,
    },
  }
}

type CompositeFrame = Pick<z.infer<typeof compositeInput>, 'weights' | 'ciLevel' | 'gradeCuts'>

function compositeResult(input: z.infer<typeof compositeInput>): unknown {
  return mapValues(input.cases, ({ policy, groups }) => {
    const scores = mapGroups(groups, (group): GroupScore => {
      if (group.status === 'insufficient') return { status: 'insufficient' }
      const ciStatus = group.ciStatus ?? (group.se === null ? 'not_estimable' : group.se === 0 ? 'census' : 'ok')
      return { status: 'ok', score: group.mean, standardError: group.se, degreesOfFreedom: group.df ?? 0, ciStatus }
    })
    return satisfactionResult(scores, input, policy)
  })
}

function pipelineResult(input: z.infer<typeof pipelineInput>, load: (id: string) => Vector): unknown {
  const estimate = (id: string) => {
    try {
      return estimateOf(readShape(groupInput, load(id).input, 'input')).estimate
    } catch (error) {
      throw new Unsupported(`${id}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return mapValues(input.cases, (ids) => satisfactionResult(mapGroups(ids, estimate), input, 'block'))
}

function satisfactionResult(
  groups: ByGroup<GroupScore>,
  { weights, ciLevel, gradeCuts: cuts }: CompositeFrame,
  missingGroup: SatisfactionRule['missingGroup'],
): unknown {
  const result = satisfaction(inProduct(groups), {
    weights: inProduct(mapGroups(weights, decimalString)),
    missingGroup,
    ciLevel: String(ciLevel),
    rounding,
  })
  const inFile = (group: string) => (group === 'recipients' ? 'service' : group)
  const missingGroups = result.missingGroups.map(inFile)
  if (!('score' in result)) {
    const none = { value: null, se: null, df: null, ci: null, ciStatus: null, effectiveWeights: null, gradeProb: null }
    return { status: result.status, missingGroups, ...none }
  }
  const published = halfUp(result.score, 2)
  const probabilities = gradeProbabilities({ ...result, published }, gradesOf(cuts))
  const names = [
    `jieMian_lt${cuts[0]}`,
    `daBiao_${cuts[0]}_${cuts[1]}`,
    `liangHao_${cuts[1]}_${cuts[2]}`,
    `youXiu_ge${cuts[2]}`,
  ]
  return {
    status: result.status,
    missingGroups,
    effectiveWeights: Object.fromEntries(
      result.contributions.map(({ group, weight }) => [inFile(group), toNumber(parseRational(weight))]),
    ),
    value: toNumber(result.score),
    se: result.standardError,
    df: result.degreesOfFreedom,
    ci: result.interval,
    ciStatus: result.ciStatus,
    gradeProb: probabilities && Object.fromEntries([...probabilities.values()].map((p, i) => [names[i], p])),
  }
}

function roundingResult(input: z.infer<typeof roundingInput>): unknown {
  const [leaders, recipients, citizens] = input.weights
  const rule = { weights: { leaders, recipients, public: citizens }, missingGroup: 'block', ciLevel: '0.95' } as const
  const known = (text: string): GroupScore => ({
    status: 'ok',
    score: parseRational(text),
    standardError: 0,
    degreesOfFreedom: 0,
    ciStatus: 'census',
  })
  return {
    decimals: input.decimals.map((text) => ({ decimal: text, ...halfUps(parseRational(text)) })),
    composites: input.triples.map((triple) => {
      const groups = { leaders: known(triple.leaders), recipients: known(triple.service), public: known(triple.public) }
      const end = satisfaction(groups, { ...rule, rounding })
      const each = satisfaction(groups, { ...rule, rounding: { decimals: 2, at: 'each' } })
      if (!('score' in end && 'score' in each)) return null
      const published = halfUp(end.score, 2)
      return {
        ...triple,
        exactNum: String(end.score.n),
        exactDen: String(end.score.d),
        published,
        grade: gradeOf(published, gradesOf([70, 80, 90])),
        published_if_each_level_rounded: halfUp(each.score, 2),
      }
    }),
    exactScore: input.exactScore && exactScoreResult(input.exactScore),
  }
}

/** Counts per question say nothing about who gave them together: each answer stands as a slip of its own. */
function exactScoreResult(input: NonNullable<z.infer<typeof roundingInput>['exactScore']>): unknown {
  const questions = Object.entries(input.questionWeights).map(([id, weight]) => ({ id, weight }))
  const spec = specOf(input.scale, questions)
  const cells = input.cells.map(({ weight, counts }): WeightedCell => {
    const cell = emptyCell(spec)
    const moments = emptyMoments(spec)
    for (const [id, levels] of Object.entries(counts)) {
      for (const [level, times] of Object.entries(levels)) {
        const code = Object.keys(input.scale).indexOf(level) + 1
        const a = questions.map((question) => (question.id === id ? code : -1))
        for (let i = 0; i < times; i++) {
          addSlip(spec, cell, a)
          addSlipMoments(spec, moments, a)
        }
      }
    }
    return { stratum: '', baseClass: weight, cell, moments }
  })
  const baseWeights = Object.fromEntries(input.cells.map(({ weight }) => [weight, weight]))
  const estimate = estimateGroup(spec, cells, { ...plain, kind: 'srs', baseWeights })
  if (estimate.status !== 'ok') return null
  const exact = (value: Rational) => ({ num: String(value.n), den: String(value.d), ...halfUps(value) })
  return {
    ...Object.fromEntries(estimate.questions.map(({ id, mean }) => [id, mean && exact(mean)])),
    score: exact(estimate.score),
  }
}

function halfUps(value: Rational): Record<string, string> {
  return Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((decimals) => [`half_up_${decimals}`, halfUp(value, decimals)]))
}

function distributionsResult(input: z.infer<typeof distributionsInput>): unknown {
  return {
    qt: input.df.map((df) => input.p.map((p) => studentQuantile(p, df))),
    qnorm: input.p.map(normalQuantile),
    pnorm: input.z.map(normalCdf),
  }
}

function gradesOf([qualified, good, excellent]: readonly [number, number, number]) {
  return [
    { id: 'jieMian', min: 0 },
    { id: 'daBiao', min: qualified },
    { id: 'liangHao', min: good },
    { id: 'youXiu', min: excellent },
  ]
}

function commonDenominator(values: readonly Rational[]): bigint {
  return values.reduce((multiple, { d }) => multiple * rational(multiple, d).d, 1n)
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

function mapGroups<T, U>(groups: ByGroup<T>, change: (value: T) => U): ByGroup<U> {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, value]) => (value === undefined ? [] : [[group, change(value)]])),
  )
}

/** The same groups under the names of the product. */
function inProduct<T>({ leaders, service, public: citizens }: ByGroup<T>) {
  return {
    ...(leaders === undefined ? {} : { leaders }),
    ...(service === undefined ? {} : { recipients: service }),
    ...(citizens === undefined ? {} : { public: citizens }),
  }
}
