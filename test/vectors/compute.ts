/** What surveys/ makes of a vector's input, in the words of the vector files (organ = agency, recipients = service). */
import type { z } from 'zod'
import { normalCdf, normalQuantile, studentQuantile } from '../../surveys/distributions.ts'
import { estimateGroup, type WeightedCell } from '../../surveys/estimate.ts'
import { type GroupScore, type SatisfactionRule, satisfaction } from '../../surveys/indicator.ts'
import { gradeOf, gradeProbabilities } from '../../surveys/overall.ts'
import { decimalString, halfUp, parseRational, type Rational, toNumber } from '../../surveys/rational.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments } from '../../surveys/tally.ts'
import { detectionInput, detectionResult } from './detection.ts'
import { estimateOf, groupResult, mapValues, plain, specOf } from './group.ts'
import { qtukeyInput, qtukeyResult, rankingInput, rankingResult } from './ranking.ts'
import {
  compositeInput,
  distributionsInput,
  groupInput,
  pipelineInput,
  readShape,
  roundingInput,
  Unsupported,
  type Vector,
} from './shapes.ts'
import { shrinkageInput, shrinkageResult } from './shrinkage.ts'
import { suppressionInput, suppressionResult } from './suppression.ts'

/** Our result in the shape of the vector's `expected`; `load` reads another vector of the same directory by its id. */
export function compute({ kind, id, input }: Vector, load: (id: string) => Vector): unknown {
  const read = <T>(shape: z.ZodType<T>) => readShape(shape, input, 'input')
  switch (kind) {
    case 'group':
      return groupResult(read(groupInput))
    case 'composite':
      return compositeResult(read(compositeInput))
    case 'composite-pipeline':
      return pipelineResult(read(pipelineInput), load)
    case 'rounding':
      return roundingResult(read(roundingInput))
    case 'ranking':
      return rankingResult(read(rankingInput))
    case 'detection':
      return detectionResult(read(detectionInput))
    case 'shrinkage':
      return shrinkageResult(read(shrinkageInput))
    case 'suppression':
      return suppressionResult(read(suppressionInput))
    case 'table':
      return 'p' in input ? distributionsResult(read(distributionsInput)) : qtukeyResult(read(qtukeyInput))
    default:
      throw new Unsupported(`kind ${kind} (${id}) is not built`)
  }
}

const rounding = plain.rounding

/** Groups by the keys of the files. */
type ByGroup<T> = { leaders?: T | undefined; service?: T | undefined; public?: T | undefined }

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
