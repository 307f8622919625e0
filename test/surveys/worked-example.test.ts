import { describe, expect, test } from 'vitest'
import { studentQuantile } from '../../surveys/distributions.ts'
import { estimateGroup, type GroupDesign, type ScoredEstimate } from '../../surveys/estimate.ts'
import { satisfaction } from '../../surveys/indicator.ts'
import { borderlineGrade } from '../../surveys/near-cut.ts'
import { gradeOf, gradeProbabilities, type IndicatorNode, overallScore } from '../../surveys/overall.ts'
import { criticalValue, probabilityAbove, rankOrgans } from '../../surveys/ranking.ts'
import {
  add,
  compare,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from '../../surveys/rational.ts'
import { equalSteps, mappedScore, nearestCut, raterLeverage, ratersToCross, topTwo } from '../../surveys/sensitivity.ts'
import { momentAt, type TallySpec } from '../../surveys/tally.ts'
import { cellOf, levels, plain, points, scored, specOf, times } from './cells.ts'
import { shippedPlan } from './definition-files.ts'
import { type Document, documents, expectQuantities, isPrinted, tablesOf } from './method-document.ts'

// Only the counts and the review scores are taken from the document. Everything it prints beyond them is computed here.
const plan = shippedPlan()
const [one, two] = [specOf(1), specOf(2, 1)]
const groups = ['leaders', 'recipients', 'public'] as const
const specs = [one, two, one] as const

describe.each(documents)('the worked example in %s', (document) => {
  const example = computeExample(document)
  const { leaders, recipients, citizens, combined, overall } = example
  const check = (section: string, computed: Parameters<typeof expectQuantities>[2]) =>
    expectQuantities(document, tablesOf(document, section).at(-1)!, computed)

  test('leaders: each stratum, the score, its error and its interval', () => {
    const [a, b] = leaders.cells as [Counted, Counted]
    check('15.1', {
      n: leaders.estimate.n,
      'response %': rational(100 * leaders.estimate.slips, 20),
      w_A: weightsOf(leaders.estimate)[0]!,
      w_B: weightsOf(leaders.estimate)[1]!,
      Ȳ_A: meanOf(a),
      Ȳ_B: meanOf(b),
      's²_A': divide(deviationsOf(a), rational(a.cell.n - 1)),
      's²_B': divide(deviationsOf(b), rational(b.cell.n - 1)),
      ...precisionOf(leaders.estimate),
    })
  })

  test('recipients: the tally, both questions, the score, its error and its interval', () => {
    const { cell, moments } = recipients.cells[0]!
    const [first, second] = recipients.estimate.questions as [Question, Question]
    const t = cell.questions.flatMap(({ n, s }) => [n, s])
    const m = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => momentAt(two, moments, row, column)))
    const printed = tablesOf(document, '15.2')[1]!.map((row) => row.slice(1).map(Number))
    expect(printed).toEqual([t, ...m])

    const k = [first, second].flatMap(({ weight, mean, weightedAnswers }) => {
      const perAnswer = weight / 3 / toNumber(weightedAnswers)
      return [-perAnswer * toNumber(mean!), perAnswer]
    })
    const squares = m.reduce((sum, row, i) => sum + row.reduce((all, value, j) => all + k[i]! * value * k[j]!, 0), 0)
    const { Y, V, ...rest } = precisionOf(recipients.estimate)
    check('15.2', {
      n: recipients.estimate.n,
      's₁': cell.questions[0]!.s,
      's₂': cell.questions[1]!.s,
      'Ȳ₁': first.mean!,
      'Ȳ₂': second.mean!,
      'knowledge₂': second.knowledgeRate!,
      'SE₁': first.standardError!,
      'SE₂': second.standardError!,
      Y,
      'Y printed': halfUp(Y, 2),
      'k₁': k[0]!,
      'k₂': k[1]!,
      'k₃': k[2]!,
      'k₄': k[3]!,
      'Σu²': squares,
      V,
      ...rest,
    })
  })

  test('public: weights to the population, the score, its error and its interval', () => {
    const [c, d] = citizens.cells as [Counted, Counted]
    const { estimate } = citizens
    check('15.3', {
      n: estimate.n,
      w_C: weightsOf(estimate)[0]!,
      w_D: weightsOf(estimate)[1]!,
      Ȳ_C: meanOf(c),
      Ȳ_D: meanOf(d),
      Σ_C: deviationsOf(c),
      Σ_D: deviationsOf(d),
      ...precisionOf(estimate),
      n_eff: estimate.effectiveSampleSize,
      deff: estimate.kishDesignEffect,
    })
  })

  test('satisfaction: 77.26 from the three groups', () => {
    const parts = combined.contributions
    const { Y, V, ...rest } = precisionOf(combined)
    check('15.4', {
      'c·Y leaders': parts[0]!.contribution,
      'c·Y recipients': parts[1]!.contribution,
      'c·Y public': parts[2]!.contribution,
      Y,
      'c²V leaders': parts[0]!.variance!,
      'c²V recipients': parts[1]!.variance!,
      'c²V public': parts[2]!.variance!,
      V,
      ...rest,
    })
  })

  test('overall: every part, the total 88.91 and its interval', () => {
    const node = (id: string) => overall.nodes.find((each) => each.id === id)!
    check('15.5', {
      functional: node('functional').score!,
      lawful: node('lawful').score!,
      efficient: node('efficient').score!,
      clean: node('clean').score!,
      organisation: node('organisation').score!,
      conduct: node('conduct').score!,
      management: node('management').score!,
      '40%': node('functional').contribution!,
      '30%': node('management').contribution!,
      '10%': node('innovation').contribution!,
      '20%': node('satisfaction').contribution!,
      Y: overall.score,
      'Y printed': overall.published,
      SE: overall.standardError!,
      'Y − t·SE': overall.interval![0],
      'Y + t·SE': overall.interval![1],
    })
    expect(titleOf(overall.grade)).toBe('良好')
  })

  test('the probability of each grade', () => {
    const probabilities = gradeProbabilities(overall, plan.grades)!
    check('15.6', {
      '(90 − Y)/SE': toNumber(subtract(rational(90), overall.score)) / overall.standardError!,
      优秀: probabilities.get('excellent')!,
      良好: probabilities.get('good')!,
      达标: probabilities.get('qualified')!,
      诫勉: probabilities.get('admonished')!,
    })
    expect(borderlineGrade(overall, plan)).toBeNull()
  })

  test('the leverage of one rater', () => {
    const satisfactionPoints = groups.map((group, g) =>
      leverageOf(example.estimates[g]!, parseRational(plan.groups[group].weight)),
    )
    groups.forEach((group, g) => {
      const leverage = raterLeverage(specs[g]!, example.estimates[g]!, plan.groups[group].weight)
      expect(leverage).toBeCloseTo(toNumber(satisfactionPoints[g]!), 12)
    })
    const overallPoints = satisfactionPoints.map((leverage) => multiply(rational(1, 5), leverage))
    const cuts = plan.grades.map(({ min }) => min)
    const { cut, distance } = nearestCut(overall.score, cuts, plan.rounding.decimals)!
    expect(cut).toBe('90')
    const raters = overallPoints.map((leverage) => ratersToCross(distance, toNumber(leverage)))
    check('15.7', {
      'ℓ leaders': satisfactionPoints[0]!,
      'ℓ recipients': satisfactionPoints[1]!,
      'ℓ public': satisfactionPoints[2]!,
      '0.2·ℓ leaders': overallPoints[0]!,
      '0.2·ℓ recipients': overallPoints[1]!,
      '0.2·ℓ public': overallPoints[2]!,
      '90 − Y': distance,
      'raters leaders': raters[0]!,
      'raters recipients': raters[1]!,
      'raters public': raters[2]!,
    })
    // Hence no warning: nobody alone moves the total across 90.
    expect(compare(overallPoints[0]!, distance)).toBe(-1)
  })

  test('the same answers with other points', () => {
    const [mappings, ...rows] = tablesOf(document, '15.8')[0]!
    mappings!.slice(1).forEach((mapping, column) => {
      const other = computeExample(document, mapping.split(', ').map(Number))
      const computed = [
        ...other.estimates.map(({ score }) => score),
        halfUp(other.combined.score, 2),
        other.overall.published,
        titleOf(other.overall.grade),
      ]
      rows.forEach((row, i) => {
        expect(isPrinted(row[column + 1]!, computed[i]!), `${mapping}: ${row[column + 1]}`).toBe(true)
      })
      expect(rows).toHaveLength(computed.length)
      // The panel needs no second estimate: the counted levels and the weights are enough.
      const panel = [null, equalSteps, topTwo][column]
      if (!panel) return
      const mapped = [leaders, recipients, citizens].map(({ cells, estimate }, g) =>
        mappedScore(specs[g]!, cells, estimate, panel),
      )
      expect(mapped).toEqual(other.estimates.map(({ score }) => score))
    })
    expect(mappings!.slice(1)).toEqual(['100, 80, 60, 30, 0', '100, 75, 50, 25, 0', '100, 100, 0, 0, 0'])
  })

  test('three organs in order: two cannot be told apart', () => {
    const [data, quantities, places] = tablesOf(document, '15.9')
    const organs = data!.map(([id, score, standardError]) => {
      const published = halfUp(parseRational(score!), 2)
      return {
        id: id!,
        score: parseRational(score!),
        standardError: Number(standardError),
        published,
        grade: gradeOf(published, plan.grades),
      }
    })
    const [p, q, r] = organs as [Organ, Organ, Organ]
    type Organ = (typeof organs)[number]
    // P is the organ of this example.
    expect(isPrinted(data![0]![1]!, overall.score) && isPrinted(data![0]![2]!, overall.standardError!)).toBe(true)
    const difference = (a: Organ, b: Organ) =>
      toNumber(subtract(a.score, b.score)) / Math.sqrt(a.standardError ** 2 + b.standardError ** 2)
    expectQuantities(document, quantities!, {
      q: criticalValue(3),
      D_PQ: difference(p, q),
      D_PR: difference(p, r),
      D_QR: difference(q, r),
      'P(P above Q)': probabilityAbove(p, q)!,
    })
    const ranking = rankOrgans(organs, 0, plan)
    expect(places).toHaveLength(3)
    ranking.organs.forEach(({ id, placeInterval, expectedPlace, tier }, i) => {
      const [name, best, worst, expected, printedTier] = places![i]!
      expect([name, Number(best), Number(worst), Number(printedTier)]).toEqual([id, ...placeInterval, tier])
      expect(isPrinted(expected!, expectedPlace!), `${name}: ${expected}`).toBe(true)
    })
    expect(ranking).toMatchObject({ separatedPairs: 2, pairs: 3, showsPlaces: false })
  })
})

type Counted = ReturnType<typeof cellOf>
type Question = ScoredEstimate['questions'][number]

/** The example from its counts; other points than the plan's for the panel of mappings. */
function computeExample(document: Document, mapping: readonly number[] = points) {
  const withPoints = (spec: TallySpec): TallySpec => ({
    ...spec,
    questions: spec.questions.map((question) => ({ ...question, points: mapping })),
  })
  const base = { ...plain, ciLevel: plan.ciLevel, rounding: plan.rounding }
  const estimated = (spec: TallySpec, cells: Counted[], design: GroupDesign) => ({
    cells,
    estimate: scored(estimateGroup(withPoints(spec), cells, design)),
  })

  const strata = tablesOf(document, '15.1')[0]!
  const leaders = estimated(
    one,
    strata.map(([name, , , ...counts]) => cellOf(withPoints(one), slipsOf(counts), name)),
    {
      ...base,
      kind: 'stratified',
      fpc: true,
      minimum: plan.groups.leaders.minimum,
      strata: Object.fromEntries(strata.map(([name, N, share]) => [name, { population: Number(N), share: share! }])),
      weightBy: 'share',
    },
  )

  const pairs = tablesOf(document, '15.2')[0]!.flatMap(([first, second, slips]) =>
    times(
      [first!, second!].map((answer) => (answer === 'DK' ? 0 : Number(answer))),
      Number(slips),
    ),
  )
  const recipients = estimated(two, [cellOf(withPoints(two), pairs)], {
    ...base,
    minimum: plan.groups.recipients.minimum,
  })

  const cities = tablesOf(document, '15.3')[0]!
  const citizens = estimated(
    one,
    cities.map(([city, , ...counts]) => ({ ...cellOf(withPoints(one), slipsOf(counts)), margins: [city!] })),
    {
      ...base,
      minimum: plan.groups.public.minimum,
      calibration: {
        method: 'poststratify',
        margins: [{ name: 'city', shares: Object.fromEntries(cities.map(([city, share]) => [city, share!])) }],
      },
    },
  )

  const estimates = [leaders.estimate, recipients.estimate, citizens.estimate] as const
  const combined = satisfaction(
    { leaders: estimates[0], recipients: estimates[1], public: estimates[2] },
    {
      weights: Object.fromEntries(groups.map((group) => [group, plan.groups[group].weight])),
      missingGroup: plan.missingGroup,
      ciLevel: plan.ciLevel,
      rounding: plan.rounding,
    },
  )
  if (combined.status !== 'ok') throw new Error(combined.status)

  const [functional, management, innovation] = tablesOf(document, '15.5')
  const areas = ['lawful', 'efficient', 'clean', 'organisation', 'conduct']
  const weightOf = (id: string) => plan.indicators.find((each) => each.id === id)!.weight!
  const scores = new Map<string, Rational>()
  const leaf = (id: string, score: string): IndicatorNode => {
    scores.set(id, parseRational(score))
    return { id }
  }
  const tree: IndicatorNode[] = [
    {
      id: 'functional',
      weight: weightOf('functional'),
      children: functional!.map(([, weight, score], i) => ({ ...leaf(`functional.${i}`, score!), weight: weight! })),
    },
    {
      id: 'management',
      weight: weightOf('management'),
      children: management!.map(([, items], i) => ({
        id: areas[i]!,
        children: items!.split(', ').map((score, item) => leaf(`${areas[i]}.${item}`, score)),
      })),
    },
    { ...leaf('innovation', innovation![0]![1]!), weight: weightOf('innovation') },
    { id: 'satisfaction', weight: weightOf('satisfaction') },
  ]
  const overall = overallScore(tree, scores, combined, {
    satisfactionId: 'satisfaction',
    rounding: plan.rounding,
    grades: plan.grades,
    ciLevel: plan.ciLevel,
  })
  if (overall.status !== 'ok') throw new Error(overall.status)
  return { leaders, recipients, citizens, estimates, combined, overall }
}

/** One slip for each counted answer, best level first. */
function slipsOf(counts: readonly string[]): number[][] {
  return levels.flatMap((level, i) => times([level], Number(counts[i])).map((slip) => [...slip]))
}

function meanOf({ cell }: Counted): Rational {
  return rational(cell.questions[0]!.s, cell.questions[0]!.n)
}

/** Σ (v − v̄)² of one question that everybody in the cell answered: Σv² − n·v̄². */
function deviationsOf(counted: Counted): Rational {
  const mean = meanOf(counted)
  const squares = rational(momentAt(one, counted.moments, 1, 1))
  return subtract(squares, multiply(rational(counted.cell.n), multiply(mean, mean)))
}

function precisionOf(result: {
  score: Rational
  variance: number | null
  standardError: number | null
  degreesOfFreedom: number | null
  interval: readonly [number, number] | null
}) {
  return {
    Y: result.score,
    V: result.variance!,
    SE: result.standardError!,
    df: result.degreesOfFreedom!,
    t: studentQuantile(0.975, result.degreesOfFreedom!),
    'Y − t·SE': result.interval![0],
    'Y + t·SE': result.interval![1],
  }
}

/** Section 11 by hand: c·(100 − 0)·max w·Σ α/R. */
function leverageOf(estimate: ScoredEstimate, share: Rational): Rational {
  const total = estimate.questions.reduce((sum, { weight }) => sum + weight, 0)
  const perWeight = estimate.questions
    .map(({ weight, weightedAnswers }) => divide(rational(weight, total), weightedAnswers))
    .reduce(add)
  const largest = weightsOf(estimate).reduce((a, b) => (compare(a, b) < 0 ? b : a))
  return [share, rational(100), largest, perWeight].reduce(multiply)
}

/** Official weight of a slip in each cell. */
function weightsOf({ weights, weightUnit }: ScoredEstimate): Rational[] {
  return weights.map(({ units }) => rational(units, weightUnit))
}

function titleOf(grade: string): string {
  return plan.grades.find(({ id }) => id === grade)!.title['zh-CN']!
}
