import type { z } from 'zod'
import {
  type Calibration,
  estimateGroup,
  type GroupDesign,
  type GroupEstimate,
  type WeightedCell,
} from '../../surveys/estimate.ts'
import { add, decimalString, divide, type Rational, rational, toNumber } from '../../surveys/rational.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, type TallySpec } from '../../surveys/tally.ts'
import { type groupInput, Malformed, Unsupported } from './shapes.ts'

// Vectors of kind `group`: rows are counted into cells first, as in the product, and only the cells are estimated.

/** No minimum, no warning, weights as they are: the vectors apply none of them unless they say so. */
export const plain = {
  fpc: false,
  minimum: { n: 0 },
  ciLevel: '0.95',
  rounding: { decimals: 2, at: 'end' },
  dontKnowPercent: null,
  weightDecimals: null,
} as const

type GroupInput = z.infer<typeof groupInput>

/** The estimate of the rows, and the weight of each row that counts. */
export function estimateOf({ params, rows }: GroupInput): { estimate: GroupEstimate; weightOf: Map<string, number> } {
  const spec = specOf(params.scale, params.questions)
  const isWeighted = rows.some(({ w }) => w !== undefined && w !== null)
  const baseWeights: Record<string, string> = {}
  const cells = new Map<string, WeightedCell>()
  const places = new Map<string, string>()
  const names = Object.keys(params.calibration?.margins ?? {})
  const placeOf = ({ stratum, baseClass, margins = [] }: Pick<WeightedCell, 'stratum' | 'baseClass' | 'margins'>) =>
    JSON.stringify([stratum, baseClass, ...margins])
  for (const row of rows) {
    const baseClass = decimalString(row.w ?? rational(1))
    baseWeights[baseClass] = baseClass
    const stratum = params.design.kind === 'stratified' ? (row.stratum ?? '') : ''
    const margins = names.map((name) => row.x?.[name] ?? '__missing')
    const place = placeOf({ stratum, baseClass, margins })
    const key = JSON.stringify([place, row.cluster])
    const cell = cells.get(key) ?? {
      stratum,
      baseClass,
      margins,
      ...(row.cluster == null ? {} : { cluster: row.cluster }),
      cell: emptyCell(spec),
      moments: emptyMoments(spec),
    }
    cells.set(key, cell)
    const a = answersOf(params, row.a)
    const before = cell.cell.n
    addSlip(spec, cell.cell, a)
    addSlipMoments(spec, cell.moments, a)
    if (places.has(row.id)) throw new Malformed(`input.rows: ${row.id} stands twice`)
    places.set(row.id, cell.cell.n > before ? place : '')
  }
  const design = designOf(params, isWeighted ? baseWeights : null)
  const estimate = estimateGroup(spec, [...cells.values()], design)
  if (estimate.status === 'unsupported_design') throw new Unsupported(`unsupported_design: ${estimate.part}`)
  const weightOf = new Map<string, number>()
  if (estimate.status === 'ok') {
    const weights = new Map(
      estimate.weights.map((each) => [placeOf(each), toNumber(rational(each.units, estimate.weightUnit))]),
    )
    for (const [id, key] of places) if (key !== '') weightOf.set(id, weights.get(key)!)
  }
  return { estimate, weightOf }
}

export function specOf(
  scale: Record<string, Rational>,
  questions: readonly { id: string; weight: Rational }[],
): TallySpec {
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
    ...(params.calibration ? { calibration: calibrationOf(params.calibration) } : {}),
    ...(params.trim
      ? { trim: { lower: decimalString(params.trim.lower), upper: decimalString(params.trim.upper) } }
      : {}),
    ...(baseWeights ? { baseWeights } : {}),
  }
  if (design.kind === 'srs') {
    if (design.strata || design.expandByN) throw new Unsupported('strata in an unstratified design')
    return { ...common, kind: 'srs', ...(design.N === undefined ? {} : { population: design.N }) }
  }
  if (design.kind !== 'stratified' || !design.strata) throw new Unsupported(`design kind ${design.kind}`)
  if (design.N !== undefined) throw new Unsupported('N of a stratified design')
  const entries = Object.entries(design.strata)
  const total = sumOfShares(
    entries.map(([, { share }]) => share ?? rational(0)),
    'input.params.design',
  )
  const strata = entries.map(([name, { N, share }]) => [
    name,
    { ...(N === undefined ? {} : { population: N }), ...(share ? { share: decimalString(divide(share, total)) } : {}) },
  ])
  const weightBy = total.n !== 0n ? 'share' : design.expandByN ? 'population' : 'slips'
  return { ...common, kind: 'stratified', strata: Object.fromEntries(strata), weightBy }
}

function calibrationOf({ method, margins, bounds }: NonNullable<GroupInput['params']['calibration']>): Calibration {
  return {
    method,
    margins: Object.entries(margins).map(([name, shares]) => {
      const total = sumOfShares(Object.values(shares), `input.params.calibration.margins.${name}`)
      return { name, shares: mapValues(shares, (share) => decimalString(divide(share, total))) }
    }),
    ...(bounds ? { bounds: [decimalString(bounds[0]), decimalString(bounds[1])] as const } : {}),
  }
}

/** Shares written as rounded floats miss 1 by their last digit; anything more is a mistake in the file. */
function sumOfShares(shares: readonly Rational[], where: string): Rational {
  const total = shares.reduce(add, rational(0))
  if (total.n !== 0n && Math.abs(toNumber(total) - 1) > 1e-9) throw new Malformed(`${where}: shares miss 1`)
  return total
}

/** Our estimate in the shape of the vector's `expected`. */
export function groupResult(input: GroupInput): unknown {
  const { estimate, weightOf } = estimateOf(input)
  if (estimate.status === 'unsupported_design') return null
  const weights = Object.fromEntries(weightOf)
  // The files know no warning about weights on a bound.
  const flags = estimate.flags.filter((flag) => flag !== 'weights_bounded')
  const common = { nRows: estimate.slips, n: estimate.n, status: estimate.status, flags, weights }
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

/** The least number that makes whole numbers of all values when multiplied. */
export function commonDenominator(values: readonly Rational[]): bigint {
  return values.reduce((multiple, { d }) => multiple * rational(multiple, d).d, 1n)
}

/** The same record with other values. */
export function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
