import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ClassCount, type MergeRules, mergeSmall } from '../../surveys/merging.ts'

const margins = ['city', 'age', 'sex']
const rules: MergeRules = {
  min: 50,
  parents: new Map([
    ['all', null],
    ['north', 'all'],
    ['south', 'all'],
    ['bailu', 'north'],
    ['yunhu', 'north'],
    ['nanling', 'south'],
  ]),
  attrMin: 10,
  drop: ['sex', 'age'],
  margins,
}
const of = (cell: string, n: number, attrs: Record<string, string> = {}): ClassCount => ({ cell, attrs, n })
const person = (age?: string, sex?: string) => ({ city: 'x', ...(age && { age }), ...(sex && { sex }) })

describe('a verified cell', () => {
  const cells = (counts: ClassCount[], changes: Partial<MergeRules> = {}) => {
    const merging = mergeSmall(counts, { ...rules, ...changes })
    return Object.fromEntries([...rules.parents.keys()].map((cell) => [cell, merging.cellOf(cell)]))
  }

  test('with 49 valid responses is counted with its parent, with 50 by itself', () => {
    const merged = cells([of('bailu', 49), of('yunhu', 50), of('nanling', 60), of('south', 50), of('north', 1)])
    // North has its own 1 and the 49 of Bailu: 50, so it stays.
    expect(merged).toMatchObject({ bailu: 'north', yunhu: 'yunhu', nanling: 'nanling', north: 'north', south: 'south' })
  })

  test('goes on to the next parent where that is small even with all that came to it', () => {
    // North: 20 + 29 = 49, moves on; South: 0 + 45 = 45 as well; all: 94.
    expect(cells([of('bailu', 20), of('yunhu', 29), of('nanling', 45)])).toEqual({
      all: 'all',
      north: 'all',
      south: 'all',
      bailu: 'all',
      yunhu: 'all',
      nanling: 'all',
    })
    // One more in Yunhu: North holds 50 and stays, although nobody answered in it directly.
    expect(cells([of('bailu', 20), of('yunhu', 30), of('nanling', 45)])).toMatchObject({
      bailu: 'north',
      yunhu: 'north',
      nanling: 'all',
    })
  })

  test('does not take along a large one that names the same parent', () => {
    expect(cells([of('bailu', 10), of('yunhu', 500)])).toMatchObject({ bailu: 'all', yunhu: 'yunhu', north: 'all' })
  })

  test('without a parent stays, however small; one without any response goes to its parent', () => {
    expect(cells([of('all', 3)])).toMatchObject({ all: 'all', bailu: 'all' })
    expect(cells([])).toMatchObject({ all: 'all', bailu: 'all' })
    // Leaders have a smaller minimum.
    expect(cells([of('bailu', 10)], { min: 10 })).toMatchObject({ bailu: 'bailu' })
  })

  test('adds up all its attributes', () => {
    const merged = cells([of('bailu', 25, person('age60')), of('bailu', 25, person('age18_44'))])
    expect(merged).toMatchObject({ bailu: 'bailu' })
  })

  test('must be declared, and lead to an end', () => {
    expect(() => mergeSmall([of('elsewhere', 1)], rules)).toThrow('the parent of every cell')
    expect(() => mergeSmall([], rules).cellOf('elsewhere')).toThrow('the parent of every cell')
    const circle = new Map([
      ['a', 'b'],
      ['b', 'a'],
    ])
    expect(() => mergeSmall([of('a', 1)], { ...rules, parents: circle })).toThrow('lead to an end')
  })
})

describe('a combination of cell and attributes', () => {
  const single = { ...rules, parents: new Map([['all', null]]) }
  const classes = (counts: ClassCount[], changes: Partial<MergeRules> = {}) => {
    const merging = mergeSmall(counts, { ...single, ...changes })
    return counts.map(({ cell, attrs }) => merging.classOf(cell, attrs).margins.join('|'))
  }

  test('with ten responses stays as it was declared; a margin not stated is a value of its own', () => {
    expect(classes([of('all', 10, person('age60', 'female')), of('all', 10, person('age60')), of('all', 10)])).toEqual([
      'x|age60|female',
      'x|age60|__missing',
      '__missing|__missing|__missing',
    ])
  })

  test('with nine gives up the sex, and the age only if it is still small then', () => {
    // 60 and over: 9 women and 4 men are 13 once the sex is given up. 45 to 59: 3 + 2 = 5, so the age goes too.
    const counts = [
      of('all', 9, person('age60', 'female')),
      of('all', 4, person('age60', 'male')),
      of('all', 3, person('age45_59', 'female')),
      of('all', 2, person('age45_59', 'male')),
      of('all', 40, person('age18_44', 'male')),
    ]
    expect(classes(counts)).toEqual([
      'x|age60|__missing',
      'x|age60|__missing',
      'x|__missing|__missing',
      'x|__missing|__missing',
      'x|age18_44|male',
    ])
  })

  test('is not pulled along by a small one of the same age', () => {
    // 30 women stay; 4 men are alone without their sex as well, and give up the age.
    expect(classes([of('all', 30, person('age60', 'female')), of('all', 4, person('age60', 'male'))])).toEqual([
      'x|age60|female',
      'x|__missing|__missing',
    ])
  })

  test('joins those who did not say', () => {
    // 4 men and 6 who did not state their sex are 10; 9 of unstated age and sex are small, but have nothing to give up.
    const counts = [of('all', 4, person('age60', 'male')), of('all', 6, person('age60')), of('all', 9, { city: 'y' })]
    expect(classes(counts)).toEqual(['x|age60|__missing', 'x|age60|__missing', 'y|__missing|__missing'])
  })

  test('is counted after its cell has been merged', () => {
    // Bailu (9) and Yunhu (9) both join North, where the 18 are no small combination any more.
    const counts = [of('bailu', 9, person('age60', 'male')), of('yunhu', 9, person('age60', 'male')), of('north', 50)]
    const merging = mergeSmall(counts, rules)
    for (const { cell, attrs } of counts.slice(0, 2))
      expect(merging.classOf(cell, attrs)).toEqual({ cell: 'north', margins: ['x', 'age60', 'male'] })
  })

  test('gives up only margins that the plan has, in the order of the rules', () => {
    const counts = [of('all', 5, { age: 'age60', sex: 'male' }), of('all', 5, { age: 'age60', sex: 'female' })]
    const plan = { margins: ['sex', 'age'] }
    expect(classes(counts, plan)).toEqual(['__missing|age60', '__missing|age60'])
    expect(classes(counts, { ...plan, drop: ['age', 'sex'] })).toEqual(['__missing|__missing', '__missing|__missing'])
    expect(classes(counts, { ...plan, drop: ['income', 'sex'] })).toEqual(['__missing|age60', '__missing|age60'])
    expect(classes(counts, { ...plan, drop: [] })).toEqual(['male|age60', 'female|age60'])
    expect(classes(counts, { margins: [] })).toEqual(['', ''])
  })

  test('that was never counted has no class', () => {
    const merging = mergeSmall([of('all', 10, person('age60', 'female'))], single)
    expect(() => merging.classOf('all', person('age60', 'male'))).toThrow('a class that was counted')
  })
})

describe('any counts', () => {
  const value = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
  const attrs = fc
    .record({ city: value('x', 'y'), age: value('a1', 'a2', 'a3'), sex: value('f', 'm') })
    .map((all) => Object.fromEntries(Object.entries(all).flatMap(([name, each]) => (each ? [[name, each]] : []))))
  const count = fc.record({ cell: fc.constantFrom(...rules.parents.keys()), attrs, n: fc.integer({ min: 1, max: 25 }) })
  const counts = fc.uniqueArray(count, {
    maxLength: 60,
    selector: ({ cell, attrs }) => JSON.stringify([cell, attrs['city'], attrs['age'], attrs['sex']]),
  })

  /** How many are counted in each class in the end. */
  function sums(given: readonly ClassCount[]): Map<string, number> {
    const merging = mergeSmall(given, rules)
    const all = new Map<string, number>()
    for (const { cell, attrs, n } of given) {
      const merged = merging.classOf(cell, attrs)
      expect(merged.cell).toBe(merging.cellOf(cell))
      const key = [merged.cell, ...merged.margins].join('|')
      all.set(key, (all.get(key) ?? 0) + n)
    }
    return all
  }

  test('keep their total, and give the same classes in any order', () => {
    fc.assert(
      fc.property(
        counts.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([given, shuffled]) => {
          const merged = sums(given)
          const total = given.reduce((sum, { n }) => sum + n, 0)
          expect([...merged.values()].reduce((sum, n) => sum + n, 0)).toBe(total)
          expect(new Map([...sums(shuffled)].sort())).toEqual(new Map([...merged].sort()))
        },
      ),
    )
  })

  test('give the same classes when one count comes in parts', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const parts = given.flatMap((each) => [
          { ...each, n: 1 },
          { ...each, n: each.n - 1 },
        ])
        expect(sums(parts)).toEqual(sums(given))
      }),
    )
  })

  test('leave no small combination but where everything was given up, and no small cell but one without a parent', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const cells = new Map<string, number>()
        for (const [key, n] of sums(given)) {
          const [cell, , age, sex] = key.split('|') as [string, string, string, string]
          if (n < rules.attrMin) expect([age, sex]).toEqual(['__missing', '__missing'])
          cells.set(cell, (cells.get(cell) ?? 0) + n)
        }
        for (const [cell, n] of cells) if (n < rules.min) expect(cell).toBe('all')
      }),
    )
  })

  test('change nothing that was declared: a value stays or becomes not stated, a city always stays', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const merging = mergeSmall(given, rules)
        for (const { cell, attrs } of given) {
          const [city, ...others] = merging.classOf(cell, attrs).margins
          expect(city).toBe(attrs['city'] ?? '__missing')
          for (const [i, name] of ['age', 'sex'].entries()) expect(['__missing', attrs[name]]).toContain(others[i])
        }
      }),
    )
  })

  test('merge nothing where nothing is small', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const large = given.map((each) => ({ ...each, n: each.n + 50 }))
        const merging = mergeSmall(large, rules)
        for (const { cell, attrs } of large)
          expect(merging.classOf(cell, attrs)).toEqual({
            cell,
            margins: margins.map((name) => attrs[name] ?? '__missing'),
          })
      }),
    )
  })
})
