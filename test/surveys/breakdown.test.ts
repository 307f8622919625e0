import { describe, expect, test } from 'vitest'
import { breakdownOf, type ReasonCounts, shownReasons } from '../../surveys/breakdown.ts'
import { differenceOf } from '../../surveys/difference.ts'
import { estimateGroup, type WeightedCell } from '../../surveys/estimate.ts'
import { halfUp, rational } from '../../surveys/rational.ts'
import { cellOf, plain, scored, specOf, times } from './cells.ts'

const spec = specOf(50, 10)
const cities = { margin: 'city', at: 0, categories: ['north', 'south', 'west'] }

/** A cell of one city in which each slip has these two levels. */
const city = (name: string, slips: readonly (readonly number[])[]): WeightedCell => ({
  ...cellOf(spec, slips),
  margins: [name],
})
const breakdown = (...cells: readonly WeightedCell[]) =>
  breakdownOf(spec, cells, scored(estimateGroup(spec, cells, plain)), cities, 10)
const scores = (...cells: readonly WeightedCell[]) =>
  breakdown(...cells).categories.map(({ shown }) => shown && halfUp(shown.score, 2))

describe('breakdownOf', () => {
  test('gives each part the score that its own answers make', () => {
    // north: (50·100 + 10·80)/60 = 96.67; south: (50·60 + 10·30)/60 = 55; west: 0 and 100 in halves, 50
    const west = [...times([5, 5], 6), ...times([1, 1], 6)]
    expect(scores(city('north', times([5, 4], 12)), city('south', times([3, 2], 15)), city('west', west))).toEqual([
      '96.67',
      '55.00',
      '50.00',
    ])
  })

  test('shows no part of fewer than ten, nor the smallest other one, which the whole would give away', () => {
    const few = city('south', times([1, 1], 3))
    expect(scores(city('north', times([5, 5], 40)), few, city('west', times([4, 4], 20)))).toEqual([
      '100.00',
      null,
      null,
    ])
    // With as many in the others as are needed nobody else has to be hidden.
    expect(scores(city('north', times([5, 5], 40)), few, city('west', times([4, 4], 8)))).toEqual([
      '100.00',
      null,
      null,
    ])
  })

  test('counts those who did not say as a part that is never shown, and that hides another where it is small', () => {
    const rest = city('__missing', times([1, 1], 4))
    const [north, south, west] = scores(
      city('north', times([5, 5], 40)),
      city('south', times([5, 5], 30)),
      city('west', times([5, 5], 20)),
      rest,
    )
    expect([north, south, west]).toEqual(['100.00', '100.00', null])
  })

  test('hides a mean of few answers, and the means that would tell it', () => {
    const blank = -1
    const { categories } = breakdown(
      // Of twelve only four answered the second question.
      city('north', [...times([5, 5], 4), ...times([5, blank], 8)]),
      city('south', times([4, 4], 30)),
      city('west', times([3, 3], 30)),
    )
    const [north, south, west] = categories
    expect(north!.shown && halfUp(north!.shown.score, 2)).toBe('100.00')
    // The score of the part and its first mean would give the second away.
    expect(north!.means).toEqual([null, null])
    // In the column of the second question four hidden answers would be all that remains.
    expect([south!.means[1], west!.means[1]].filter((mean) => mean === null)).toHaveLength(1)
  })
})

describe('shownReasons', () => {
  const organ = (name: number, slips: number, reasons: readonly number[], given: Partial<ReasonCounts> = {}) => ({
    ...{ organ: name, class: 'party', slips, reasons, isOpen: true },
    ...given,
  })
  const limits = { minimum: 10, cell: 5 }

  test('shows counts of at least five about organs with ten who give a reason', () => {
    const { organs } = shownReasons(
      [organ(1, 30, [20, 9, 2, 3]), organ(2, 30, [8, 8, 8, 8]), organ(3, 12, [6, 6, 5, 5])],
      limits,
    )
    expect(organs.get(1)!.reasons.slice(0, 1)).toEqual([20])
    expect(organs.get(1)!.reasons.slice(2)).toEqual([null, null])
    expect(organs.get(1)!.slips).toBe(30)
  })

  test('leaves in no class, organ or reason a remainder below five that is somebody’s', () => {
    let state = 7
    const draw = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 16) % below
    }
    for (let round = 0; round < 300; round++) {
      const rows = Array.from({ length: 1 + draw(6) }, (_, at) =>
        organ(
          at,
          4 + draw(40),
          Array.from({ length: 4 }, () => draw(14)),
          { isOpen: draw(5) > 0 },
        ),
      )
      const { organs, classes } = shownReasons(rows, limits)
      const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
      for (let reason = 0; reason < 4; reason++) {
        const hidden = rows.filter((row) => organs.get(row.organ)!.reasons[reason] === null)
        const remainder = sum(hidden.map(({ reasons }) => reasons[reason]!))
        const isTold = classes.get('party')!.reasons[reason] !== null && hidden.length < rows.length
        if (isTold) expect(remainder === 0 || remainder >= 5, `round ${round}`).toBe(true)
      }
      for (const row of rows) {
        const own = organs.get(row.organ)!
        if (!row.isOpen || row.slips < 10) expect(own).toMatchObject({ slips: null, reasons: [null, null, null, null] })
        const hidden = sum(row.reasons.filter((_, at) => own.reasons[at] === null))
        const isPartlyShown = own.reasons.some((count) => count !== null)
        if (isPartlyShown) expect(hidden === 0 || hidden >= 5, `round ${round}`).toBe(true)
        for (const count of own.reasons) expect(count === null || count >= 5).toBe(true)
      }
      const untold = rows.filter(({ organ: name }) => organs.get(name)!.slips === null)
      if (untold.length < rows.length)
        expect(sum(untold.map(({ slips }) => slips)) === 0 || sum(untold.map(({ slips }) => slips)) >= 10).toBe(true)
    }
  })

  test('hiding small counts alone would have left such a remainder', () => {
    // 41 − 20 − 18 = 3: whoever reads the sum of the class would know the hidden count.
    const rows = [organ(1, 30, [20, 6]), organ(2, 30, [18, 6]), organ(3, 12, [3, 6])]
    const { organs, classes } = shownReasons(rows, limits)
    expect(classes.get('party')!.reasons[0]).toBe(41)
    expect([1, 2, 3].map((each) => organs.get(each)!.reasons[0])).toEqual([20, null, null])
  })
})

describe('differenceOf', () => {
  const sample = (score: number, standardError: number, degreesOfFreedom: number) => ({
    ...{ score: rational(score), standardError, degreesOfFreedom },
    ciStatus: 'ok' as const,
  })
  const census = { score: rational(70), standardError: 0, degreesOfFreedom: null, ciStatus: 'census' as const }

  test('adds the variances of both years and takes the degrees of freedom by Satterthwaite', () => {
    // √(3² + 4²) = 5; df = 25²/(9²/20 + 16²/20) = 37.09; a table of t says 2.0262 for 37
    const { change, interval } = differenceOf(sample(70, 3, 20), sample(82, 4, 20), '0.95')
    expect(change).toEqual(rational(12))
    expect(interval![0]).toBeCloseTo(12 - 5 * 2.0262, 2)
    expect(interval![1]).toBeCloseTo(12 + 5 * 2.0262, 2)
  })

  test('leaves a census out: beside a sample only the sample errs, and two censuses differ exactly', () => {
    // A table of t says 2.086 for 20.
    const one = differenceOf(census, sample(72, 3, 20), '0.95').interval!
    expect(one[1]).toBeCloseTo(2 + 3 * 2.086, 3)
    expect(differenceOf(census, { ...census, score: rational(71) }, '0.95').interval).toEqual([1, 1])
  })

  test('claims no interval where an error is not known', () => {
    const unknown = { ...sample(70, 3, 20), standardError: null, ciStatus: 'not_estimable' as const }
    expect(differenceOf(unknown, census, '0.95').interval).toBeNull()
    expect(differenceOf(census, { ...census, ciStatus: 'degenerate_no_variation' }, '0.95').interval).toBeNull()
  })
})
