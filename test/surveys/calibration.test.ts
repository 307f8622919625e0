import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Calibration, estimateGroup, type GroupDesign, type WeightedCell } from '../../surveys/estimate.ts'
import { decimalString, halfUp, toNumber } from '../../surveys/rational.ts'
import { cellOf, plain, points, scored, specOf, times, weightsOf } from './cells.ts'

const one = specOf(1)
const cell = (count: number, level: number, ...margins: string[]): WeightedCell => ({
  ...cellOf(one, times([level], count)),
  margins,
})
const by = (calibration: Calibration, more: Partial<GroupDesign> = {}) =>
  ({ ...plain, ...more, calibration }) as GroupDesign
const decimals = (estimate: Parameters<typeof weightsOf>[0]) => weightsOf(estimate).map(decimalString)
const city = { name: 'city', shares: { a: '0.6', b: '0.4' } }
const sex = { name: 'sex', shares: { f: '0.5', m: '0.5' } }

describe('post-stratification', () => {
  test('who did not tell keeps the place it has in the sample', () => {
    // 5 × a, 3 × b, 2 untold: s = .2, targets .48, .32, .2 of 10; weights 4.8/5, 3.2/3, 2/2.
    const cells = [cell(5, 5, 'a'), cell(3, 4, 'b'), cell(2, 3, '__missing')]
    const estimate = scored(estimateGroup(one, cells, by({ method: 'poststratify', margins: [city] })))
    expect(estimate.weights.map(({ margins }) => margins)).toEqual([['__missing'], ['a'], ['b']])
    expect(decimals(estimate)).toEqual(['1', '0.96', '1.066667'])
  })

  test('the official score rests on weights of six decimals, exactly', () => {
    // 6 × 100 in a, 4 × 60 in b, half of the people each: weights 5/6 = .833333 and 5/4 = 1.25.
    // (.833333·600 + 1.25·240)/(.833333·6 + 1.25·4) = 799.9998/9.999998
    const half = { name: 'city', shares: { a: '1/2', b: '1/2' } }
    const cells = [cell(6, 5, 'a'), cell(4, 3, 'b')]
    const estimate = scored(estimateGroup(one, cells, by({ method: 'poststratify', margins: [half] })))
    expect(decimals(estimate)).toEqual(['0.833333', '1.25'])
    expect(decimalString(estimate.score)).toBe('399999900/4999999')
    expect(halfUp(estimate.score, 2)).toBe('80.00')
  })

  test('what the margins explain is no chance any more', () => {
    // Everybody in one city says the same: after weighting by city nothing is left to vary.
    const cells = [cell(20, 5, 'a'), cell(30, 2, 'b')]
    const design = by({ method: 'poststratify', margins: [city] })
    expect(estimateGroup(one, cells, design)).toMatchObject({ ciStatus: 'degenerate_no_variation' })
    expect(estimateGroup(one, cells, plain)).toMatchObject({ ciStatus: 'ok' })
  })

  test('margins that a survey records beside those it weighs by change nothing', () => {
    const design = by({ method: 'poststratify', margins: [city] })
    const told = [cell(5, 5, 'a', 'old'), cell(2, 4, 'a', 'young'), cell(3, 4, 'b', '__missing')]
    const untold = [cell(5, 5, 'a'), cell(2, 4, 'a'), cell(3, 4, 'b')]
    expect(estimateGroup(one, told, design)).toEqual(estimateGroup(one, untold, design))
  })
})

describe('merging', () => {
  const cities = { name: 'city', shares: { a: '0.5', b: '0.3', c: '0.2' }, mergeInto: { c: 'b', b: 'a' } }
  const rake: Calibration = { method: 'rake', margins: [cities], mergeBelow: 5 }

  test('a small category is counted with the neighbour that the plan names, and the reader is told', () => {
    // c has 4 < 5 and joins b: 6 slips for half of the people, 10 for the other: 16 · .5 = 8 each.
    const cells = [cell(10, 5, 'a'), cell(2 + 5, 4, 'b'), cell(4, 3, 'c')]
    const estimate = scored(estimateGroup(one, cells, by(rake)))
    expect(estimate.flags).toEqual(['categories_merged'])
    // 21 · .5 = 10.5 over 10 and over 7 + 4 slips.
    expect(decimals(estimate)).toEqual(['1.05', '0.954545', '0.954545'])
  })

  test('merging goes on while what was merged is still small', () => {
    const cells = [cell(10, 5, 'a'), cell(1, 4, 'b'), cell(2, 3, 'c')]
    expect(decimals(scored(estimateGroup(one, cells, by(rake))))).toEqual(['1', '1', '1'])
  })

  test('the smallest is merged first, however the table lists them', () => {
    const shares = [
      ['a', '0.2'],
      ['b', '0.3'],
      ['c', '0.5'],
    ] as const
    const cells = [cell(2, 5, 'a'), cell(3, 4, 'b'), cell(10, 3, 'c')]
    const scores = [shares, [...shares].reverse(), [shares[1], shares[0], shares[2]]].map((listed) => {
      const margin = { name: 'city', shares: Object.fromEntries(listed), mergeInto: { a: 'b', b: 'c' } }
      return decimalString(
        scored(estimateGroup(one, cells, by({ method: 'rake', margins: [margin], mergeBelow: 5 }))).score,
      )
    })
    // a joins b, which then has five: .5·(2·100 + 3·80)/5 + .5·60 = 74
    expect(scores).toEqual(['74', '74', '74'])
  })

  test('a category that nobody answered from joins its neighbour too; without a neighbour there is no score', () => {
    const cells = [cell(10, 5, 'a'), cell(10, 4, 'b')]
    expect(scored(estimateGroup(one, cells, by(rake))).flags).toEqual(['categories_merged'])
    const alone = by({ method: 'rake', margins: [{ name: 'city', shares: cities.shares }], mergeBelow: 5 })
    expect(estimateGroup(one, cells, alone)).toMatchObject({
      status: 'insufficient',
      flags: ['margin_category_without_response'],
      about: ['city=c'],
    })
  })

  test('a category in which nobody lives and from which nobody answers is left out', () => {
    const empty = { name: 'city', shares: { a: '0.6', b: '0.4', c: '0' } }
    const cells = [cell(5, 5, 'a'), cell(5, 4, 'b')]
    expect(decimals(scored(estimateGroup(one, cells, by({ method: 'rake', margins: [empty] }))))).toEqual([
      '1.2',
      '0.8',
    ])
  })
})

describe('slow sweeps', () => {
  // Two by two cells of which two hold nearly all: the sweeps close in too slowly, Newton's steps do not. The weights are
  // those that calibrate(calfun = "raking") of the R package survey finds: 1.040164, .959843 and .999196.
  const cells = [cell(498, 5, 'a', 'f'), cell(2, 4, 'a', 'm'), cell(2, 3, 'b', 'f'), cell(498, 2, 'b', 'm')]
  const margins = [
    { name: 'city', shares: { a: '0.52', b: '0.48' } },
    { name: 'sex', shares: { f: '0.52', m: '0.48' } },
  ]

  test.each([undefined, ['0.3', '5'] as const])(
    'have their weights all the same, and none is on a bound: %s',
    (bounds) => {
      const estimate = scored(estimateGroup(one, cells, by({ method: 'rake', margins, ...(bounds ? { bounds } : {}) })))
      expect(estimate.flags).toEqual([])
      expect(decimals(estimate)).toEqual(['1.040164', '0.999196', '0.999196', '0.959843'])
    },
  )
})

describe('no calibration, no number', () => {
  test('margins that contradict the answers are named', () => {
    // All of a are women and all of b men, but the shares of cities and sexes differ.
    const cells = [cell(5, 5, 'a', 'f'), cell(5, 4, 'b', 'm')]
    const estimate = estimateGroup(one, cells, by({ method: 'rake', margins: [city, sex] }))
    expect(estimate).toMatchObject({ status: 'insufficient', flags: ['calibration_infeasible'] })
    expect('about' in estimate && estimate.about.length).toBeGreaterThan(0)
  })

  test('bounds that no weights can keep are infeasible, and wider ones are not', () => {
    // b is 4 of 100 and should be 40: a factor of 10.
    const cells = [cell(96, 5, 'a'), cell(4, 4, 'b')]
    const within = (upper: string) =>
      estimateGroup(one, cells, by({ method: 'rake', margins: [city], bounds: ['0.3', upper] }))
    expect(within('9')).toMatchObject({
      status: 'insufficient',
      flags: ['calibration_infeasible'],
      // a needs 60 ÷ 96 = 0.625, which it may have.
      about: ['city=b'],
    })
    expect(decimals(scored(within('11')))).toEqual(['0.625', '10'])
  })

  test('of margins that contradict each other only the worst are named, and never those who did not tell', () => {
    // Each city has its own district, as large in the sample, and other shares in the population.
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const shares = (of: readonly string[]) => Object.fromEntries(names.map((name, at) => [name, of[at]!]))
    const cities = { name: 'city', shares: shares(['0.1', '0.1', '0.2', '0.2', '0.2', '0.2']) }
    const districts = { name: 'district', shares: shares(['0.2', '0.2', '0.2', '0.2', '0.1', '0.1']) }
    const cells = [...names.map((name) => cell(10, 4, name, name)), cell(10, 5, '__missing', '__missing')]
    const margins = [cities, districts]
    for (const bounds of [undefined, ['0.3', '5'] as const]) {
      const method = { method: 'rake', margins, ...(bounds && { bounds }) } as Calibration
      const estimate = estimateGroup(one, cells, by(method))
      if (estimate.status !== 'insufficient') throw new Error(estimate.status)
      expect(estimate.flags).toEqual(['calibration_infeasible'])
      expect(estimate.about.length).toBeGreaterThan(0)
      expect(estimate.about.length).toBeLessThanOrEqual(5)
      expect(estimate.about.join()).not.toMatch(/__missing|=c|=d/)
    }
  })

  test('answers from a category in which nobody lives cannot be weighted', () => {
    const nobody = { name: 'city', shares: { a: '1', b: '0' } }
    const cells = [cell(5, 5, 'a'), cell(5, 4, 'b')]
    expect(estimateGroup(one, cells, by({ method: 'rake', margins: [nobody] }))).toMatchObject({
      flags: ['calibration_infeasible'],
      about: ['city=b'],
    })
  })

  test.each([
    [{ method: 'rake', margins: [{ name: 'city', shares: { a: '0.6', b: '0.5' } }] }, 'shares that add up to 1'],
    [{ method: 'rake', margins: [{ name: 'city', shares: { a: '1.2', b: '-0.2' } }] }, 'shares from 0 on'],
    [{ method: 'rake', margins: [{ name: 'city', shares: { a: '1' } }] }, 'every category of the cells'],
    [{ method: 'rake', margins: [] }, 'at least one margin'],
    [{ method: 'poststratify', margins: [city, sex] }, 'a single margin'],
    [{ method: 'rake', margins: [city], bounds: ['5', '0.3'] }, 'bounds with'],
    [{ method: 'rake', margins: [city], bounds: ['0.3', '0.9'] }, 'bounds with'],
    [{ method: 'rake', margins: [city, sex, city] }, 'a category of every margin'],
  ] as [Calibration, string][])('a design that cannot mean anything is refused: %j', (calibration, needed) => {
    const cells = [cell(5, 5, 'a', 'f'), cell(5, 4, 'b', 'm')]
    expect(() => estimateGroup(one, cells, by(calibration, { weightDecimals: null }))).toThrow(needed)
  })
})

describe('raking', () => {
  const spec = specOf(2, 1)
  const names = { city: ['a', 'b', 'c'], age: ['young', 'old'], sex: ['f', 'm'] } as const
  /** Every cell has somebody, so that some weights always meet any positive margins; no bounds. */
  const population = fc.record({
    slips: fc.array(
      fc.record({
        city: fc.constantFrom(...names.city, '__missing'),
        age: fc.constantFrom(...names.age),
        sex: fc.constantFrom(...names.sex),
        base: fc.constantFrom('1', '2', '0.5'),
        a: fc.tuple(fc.constantFrom(5, 4, 3, 2, 1, 0), fc.constantFrom(5, 4, 3, 2, 1, 0, -1)),
      }),
      { minLength: 5, maxLength: 60 },
    ),
    city: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    age: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    sex: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  })
  type Population = typeof population extends fc.Arbitrary<infer T> ? T : never

  const everywhere = [...names.city, '__missing'].flatMap((c) =>
    names.age.flatMap((age) =>
      names.sex.map((s) => ({ city: c, age, sex: s, base: '1', a: [4, 3] as [number, number] })),
    ),
  )
  const slipsOf = ({ slips }: Population) => [...everywhere, ...slips]
  const cellsOf = (slips: ReturnType<typeof slipsOf>): WeightedCell[] =>
    slips.map(({ city: c, age, sex: s, base, a }) => ({ ...cellOf(spec, [a], 'all', base), margins: [c, age, s] }))
  const marginsOf = (p: Population) =>
    (['city', 'age', 'sex'] as const).map((name) => {
      const whole = p[name].reduce((sum, part) => sum + part, 0)
      return { name, shares: Object.fromEntries(names[name].map((each, i) => [each, `${p[name][i]}/${whole}`])) }
    })
  const designOf = (p: Population, bounds?: readonly [string, string]) =>
    by(
      { method: 'rake', margins: marginsOf(p), ...(bounds ? { bounds } : {}) },
      { weightDecimals: null, baseWeights: { 1: '1', 2: '2', 0.5: '0.5' } },
    )
  const weighted = (estimate: ReturnType<typeof scored>) =>
    estimate.weights.map((each, i) => ({ ...each, weight: toNumber(weightsOf(estimate)[i]!) }))

  function expectMargins(p: Population, estimate: ReturnType<typeof scored>): void {
    const classes = weighted(estimate)
    const n = estimate.n
    const base = { 1: 1, 2: 2, 0.5: 0.5 } as Record<string, number>
    const whole = classes.reduce((sum, each) => sum + base[each.baseClass]! * each.n, 0)
    marginsOf(p).forEach(({ shares }, m) => {
      const of = (name: string, weight: (each: (typeof classes)[number]) => number) =>
        classes.filter((each) => each.margins[m] === name).reduce((sum, each) => sum + weight(each) * each.n, 0)
      const missing = of('__missing', (each) => base[each.baseClass]!) / whole
      for (const [name, share] of Object.entries(shares)) {
        const [part, all] = share.split('/').map(Number) as [number, number]
        const reached = of(name, (each) => each.weight) / n
        expect(Math.abs(reached - (1 - missing) * (part / all))).toBeLessThan(1e-9)
      }
      expect(Math.abs(of('__missing', (each) => each.weight) / n - missing)).toBeLessThan(1e-9)
    })
  }

  test('weights are positive and meet every margin to 1e-9, also when some did not tell', () => {
    fc.assert(
      fc.property(population, (p) => {
        const estimate = scored(estimateGroup(spec, cellsOf(slipsOf(p)), designOf(p)))
        expect(weighted(estimate).every(({ weight, n }) => n === 0 || weight > 0)).toBe(true)
        expectMargins(p, estimate)
      }),
    )
  })

  test('weights within bounds meet every margin too, and no factor leaves the bounds', () => {
    let bounded = 0
    fc.assert(
      fc.property(population, (p) => {
        const estimate = estimateGroup(spec, cellsOf(slipsOf(p)), designOf(p, ['0.5', '2']))
        if (estimate.status !== 'ok') {
          expect(estimate).toMatchObject({ flags: ['calibration_infeasible'] })
          return
        }
        if (estimate.flags.includes('weights_bounded')) bounded += 1
        expectMargins(p, estimate)
        const classes = weighted(estimate)
        const base = { 1: 1, 2: 2, 0.5: 0.5 } as Record<string, number>
        const whole = classes.reduce((sum, each) => sum + base[each.baseClass]! * each.n, 0)
        for (const each of classes.filter(({ n }) => n > 0)) {
          const factor = each.weight / ((base[each.baseClass]! * estimate.n) / whole)
          expect(factor).toBeGreaterThan(0.5 - 1e-9)
          expect(factor).toBeLessThan(2 + 1e-9)
        }
      }),
      { numRuns: 300 },
    )
    expect(bounded).toBeGreaterThan(10)
  })

  test('bounds that nothing touches change nothing, whichever way the weights are found', () => {
    fc.assert(
      fc.property(population, (p) => {
        const free = scored(estimateGroup(spec, cellsOf(slipsOf(p)), designOf(p)))
        const wide = scored(estimateGroup(spec, cellsOf(slipsOf(p)), designOf(p, ['0.0001', '10000'])))
        expect(wide).toEqual(free)
      }),
    )
  })

  test('the order of the responses changes nothing', () => {
    const shuffled = population.chain((p) =>
      fc.tuple(fc.constant(p), fc.shuffledSubarray([...slipsOf(p).keys()], { minLength: slipsOf(p).length })),
    )
    fc.assert(
      fc.property(shuffled, ([p, order]) => {
        const slips = slipsOf(p)
        const one = estimateGroup(spec, cellsOf(slips), designOf(p))
        const other = estimateGroup(spec, cellsOf(order.map((i) => slips[i]!)), designOf(p))
        expect(other).toEqual(one)
      }),
    )
  })

  test('other names of the same categories give the same score', () => {
    fc.assert(
      fc.property(population, (p) => {
        // Names sort the other way round.
        const renamed = (name: string) => (name === '__missing' ? name : `z${9 - (name.charCodeAt(0) % 10)}${name}`)
        const cells = cellsOf(slipsOf(p))
        const others = cells.map((each) => ({ ...each, margins: each.margins!.map(renamed) }))
        const margins = marginsOf(p).map(({ name, shares }) => ({
          name,
          shares: Object.fromEntries(Object.entries(shares).map(([key, share]) => [renamed(key), share])),
        }))
        const design = designOf(p)
        const first = scored(estimateGroup(spec, cells, design))
        const second = scored(estimateGroup(spec, others, { ...design, calibration: { method: 'rake', margins } }))
        expect(toNumber(second.score)).toBeCloseTo(toNumber(first.score), 8)
        expect(second.standardError).toBeCloseTo(first.standardError ?? Number.NaN, 7)
      }),
    )
  })

  // Section 5 slip by slip: e = u − xᵀB with B from the normal equations, here by least squares on the slips.
  test('the variance from cells is that of the residuals of the single slips', () => {
    fc.assert(
      fc.property(population, (p) => {
        const slips = slipsOf(p).filter(({ a }) => a.some((value) => value > 0))
        const estimate = scored(estimateGroup(spec, cellsOf(slipsOf(p)), designOf(p)))
        if (estimate.ciStatus !== 'ok') return
        const classes = weighted(estimate)
        const weightOf = (slip: (typeof slips)[number]) =>
          classes.find(
            (each) => each.baseClass === slip.base && each.margins.join() === [slip.city, slip.age, slip.sex].join(),
          )!.weight
        const u = slips.map((slip) =>
          [2 / 3, 1 / 3].reduce((sum, share, q) => {
            const value = slip.a[q]!
            if (value <= 0) return sum
            const answers = slips.reduce((all, other) => all + (other.a[q]! > 0 ? weightOf(other) : 0), 0)
            return sum + (share * (points[5 - value]! - toNumber(estimate.questions[q]!.mean!))) / answers
          }, 0),
        )
        const d = slips.map(({ base }) => Number(base))
        const e = residuals(
          slips.map(({ city: c, age, sex: s }) => [`c${c}`, `a${age}`, `s${s}`]),
          u,
          d,
        )
        const z = e.map((each, i) => each * weightOf(slips[i]!))
        const n = z.length
        const mean = z.reduce((sum, each) => sum + each, 0) / n
        const variance = (n / (n - 1)) * z.reduce((sum, each) => sum + (each - mean) ** 2, 0)
        expect(estimate.variance! / variance).toBeCloseTo(1, 6)
      }),
      { numRuns: 50 },
    )
  })
})

/** Residuals of u on category indicators, weighted by d: alternating projections, which need no matrix. */
function residuals(categories: readonly (readonly string[])[], u: readonly number[], d: readonly number[]): number[] {
  let e = [...u]
  for (let sweep = 0; sweep < 2_000; sweep++) {
    let change = 0
    for (let m = 0; m < categories[0]!.length; m++) {
      const sums = new Map<string, { mass: number; sum: number }>()
      e.forEach((value, i) => {
        const entry = sums.get(categories[i]![m]!) ?? { mass: 0, sum: 0 }
        sums.set(categories[i]![m]!, { mass: entry.mass + d[i]!, sum: entry.sum + d[i]! * value })
      })
      e = e.map((value, i) => {
        const { mass, sum } = sums.get(categories[i]![m]!)!
        change = Math.max(change, Math.abs(sum / mass))
        return value - sum / mass
      })
    }
    if (change < 1e-18) break
  }
  return e
}
