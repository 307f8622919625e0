import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  distributionStatus,
  quarantineDisclosure,
  type Release,
  releaseDecision,
  shownCategories,
} from '../../surveys/disclosure.ts'
import { addSlip, type Cell, emptyCell, mergeCell } from '../../surveys/tally.ts'
import { levels, specOf, times } from './cells.ts'

describe('shownCategories', () => {
  test('hides the next smallest where the hidden ones would be a small remainder', () => {
    expect(shownCategories([40, 12, 3], 10)).toEqual([true, false, false])
    expect(shownCategories([40, 12, 3, 7], 10)).toEqual([true, true, false, false])
    expect(shownCategories([12, 12, 9], 10)).toEqual([false, true, false])
    expect(shownCategories([10, 10], 10)).toEqual([true, true])
    expect(shownCategories([30, 0], 10)).toEqual([true, false])
    expect(shownCategories([30, 4], 10)).toEqual([false, false])
    expect(shownCategories([4, 3], 10)).toEqual([false, false])
    expect(shownCategories([], 10)).toEqual([])
  })

  test('neither a shown category nor what is left of the whole is ever a few slips', () => {
    const categories = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 8 })
    fc.assert(
      fc.property(categories, (counts) => {
        const shown = shownCategories(counts, 10)
        const rest = counts.filter((_, i) => !shown[i]).reduce((sum, count) => sum + count, 0)
        expect(counts.every((count, i) => !shown[i] || count >= 10)).toBe(true)
        expect(rest === 0 || rest >= 10 || !shown.includes(true)).toBe(true)
        // Not more than needed: giving the largest hidden one back breaks one of the two.
        const back = Math.max(0, ...counts.filter((count, i) => !shown[i] && count >= 10))
        if (back > 0) expect(rest - back > 0 && rest - back < 10).toBe(true)
      }),
    )
  })

  test('a minimum or a count that is none is refused', () => {
    expect(() => shownCategories([3, -1], 10)).toThrow('shownCategories needs counts')
    expect(() => shownCategories([3], 0)).toThrow('shownCategories needs a minimum')
  })
})

describe('distributionStatus', () => {
  const of = (...counts: number[]) => ({ levels: counts })

  test('is never shown for leaders, and for others from the minimum on', () => {
    expect(distributionStatus('leaders', of(100, 100, 100, 0, 0), 30)).toBe('leaders')
    expect(distributionStatus('recipients', of(10, 10, 9, 0, 0), 30)).toBe('n_below_distribution')
    expect(distributionStatus('recipients', of(10, 10, 10, 0, 0), 30)).toBe('shown')
    expect(distributionStatus('public', of(0, 0, 0, 0, 0), 1)).toBe('n_below_distribution')
  })

  test('is not shown where it would tell everybody’s answer', () => {
    expect(distributionStatus('public', of(0, 40, 0, 0, 0), 30)).toBe('all_identical')
    expect(distributionStatus('public', of(1, 40, 0, 0, 0), 30)).toBe('shown')
  })
})

describe('releaseDecision', () => {
  const spec = specOf(1, 1)
  const cellOf = (slips: readonly (readonly number[])[]): Cell => {
    const cell = emptyCell(spec)
    for (const a of slips) addSlip(spec, cell, a)
    return cell
  }
  const only = (slips: readonly (readonly number[])[]): Release => ({ total: cellOf(slips), breakdowns: {} })
  const old = times([4, 4], 12)
  const mixed = (count: number) => Array.from({ length: count }, (_, i) => [levels[i % 2]!, levels[(i + 1) % 3]!])

  test('new figures wait until ten more slips have come', () => {
    const before = only(old)
    expect(releaseDecision(before, only(old), 10)).toEqual({ replaces: true })
    expect(releaseDecision(before, only([...old, ...mixed(9)]), 10)).toEqual({
      replaces: false,
      because: 'few_new_slips',
      missing: 1,
    })
    expect(releaseDecision(before, only([...old, ...mixed(10)]), 10)).toEqual({ replaces: true })
  })

  test('ten new slips that agree on a question wait for one that does not', () => {
    const agreeing = [...old, ...times([5, 4], 5), ...times([5, 3], 5)]
    expect(releaseDecision(only(old), only(agreeing), 10)).toEqual({
      replaces: false,
      because: 'one_level',
      missing: 1,
    })
    expect(releaseDecision(only(old), only([...agreeing, [4, 4]]), 10)).toEqual({ replaces: true })
    // Nine do not know: the tenth answer would stand alone.
    const lonely = [...old, ...times([5, 0], 4), ...times([4, 0], 5), [4, 1]]
    expect(releaseDecision(only(old), only(lonely), 10)).toMatchObject({ because: 'one_level' })
  })

  test('slips without an answer do not make up a batch', () => {
    const padded = [...old, ...mixed(3), ...times([0, -1], 20)]
    expect(releaseDecision(only(old), only(padded), 10)).toMatchObject({ because: 'few_new_slips', missing: 7 })
  })

  test('a correction waits for the next batch', () => {
    const before = only([...old, [1, 1], [2, 1], [2, 3]])
    // Three taken out: thirteen more are needed. Taken out and made up for: the count is the same, the sums are not.
    expect(releaseDecision(before, only(old), 10)).toMatchObject({ because: 'few_new_slips', missing: 13 })
    expect(releaseDecision(before, only([...old, ...mixed(3)]), 10)).toMatchObject({ missing: 10 })
    expect(releaseDecision(before, only([...old, ...mixed(13)]), 10)).toEqual({ replaces: true })
    // Blank slips that are taken out count as well.
    const blanks = only([...old, ...times([-1, -1], 3)])
    expect(releaseDecision(blanks, only([...old, ...mixed(10)]), 10)).toMatchObject({ missing: 3 })
  })

  test('a category with few new slips holds the whole back, and so does what is left beside the categories', () => {
    const release = (north: readonly number[][], south: readonly number[][], isSouthShown: boolean): Release => ({
      total: cellOf([...north, ...south]),
      breakdowns: { city: { north: cellOf(north), ...(isSouthShown ? { south: cellOf(south) } : {}) } },
    })
    const [north, south] = [mixed(20), mixed(20)]
    for (const isSouthShown of [true, false]) {
      const before = release(north, south, isSouthShown)
      const few = release([...north, ...mixed(12)], [...south, [2, 1]], isSouthShown)
      expect(releaseDecision(before, few, 10)).toEqual({ replaces: false, because: 'few_new_slips', missing: 9 })
      expect(releaseDecision(before, release([...north, ...mixed(12)], south, isSouthShown), 10).replaces).toBe(true)
    }
    // A category shown for the first time has no earlier figure that could be subtracted.
    expect(releaseDecision(release(north, south, false), release(north, south, true), 10).replaces).toBe(true)
  })

  test('the first release needs the numbers only', () => {
    expect(releaseDecision(null, only(old), 10)).toEqual({ replaces: true })
    expect(releaseDecision(null, only(mixed(4)), 10)).toMatchObject({ because: 'few_new_slips', missing: 6 })
  })

  const arriving = fc.array(
    fc.record({
      city: fc.constantFrom('a', 'b', 'c'),
      answers: fc.tuple(fc.constantFrom(5, 5, 4, 0), fc.constantFrom(5, 4, -1)),
    }),
    { minLength: 60, maxLength: 160 },
  )
  type Slip = { city: string; answers: number[] }
  const releaseOf = (slips: readonly Slip[]): Release => {
    const total = emptyCell(spec)
    const cells = ['a', 'b', 'c'].map((city) => {
      const cell = cellOf(slips.filter((slip) => slip.city === city).map(({ answers }) => answers))
      mergeCell(total, cell)
      return [city, cell] as const
    })
    const sizes = cells.map(([, { n }]) => n)
    const shown = shownCategories(sizes, 10)
    return { total, breakdowns: { city: Object.fromEntries(cells.filter((_, i) => shown[i])) } }
  }
  /** The groups of slips whose answers are the difference of two releases, found from the slips themselves. */
  const exposedBy = (slips: readonly Slip[], from: number, to: number): Slip[][] => {
    const [before, after] = [from, to].map((end) => Object.keys(releaseOf(slips.slice(0, end)).breakdowns.city!))
    const both = before!.filter((city) => after!.includes(city))
    const fresh = slips.slice(from, to)
    const parts = both.map((city) => fresh.filter((slip) => slip.city === city))
    return [fresh, ...parts, fresh.filter(({ city }) => !both.includes(city))].filter((part) => part.length > 0)
  }
  const isTelling = (part: readonly Slip[]) =>
    part.filter(({ answers }) => answers.some((answer) => answer > 0)).length < 10 ||
    [0, 1].some((q) => new Set(part.map(({ answers }) => answers[q]!).filter((answer) => answer > 0)).size === 1)

  test('two successive releases never differ by fewer than ten slips or by slips that agree', () => {
    let replaced = 0
    fc.assert(
      fc.property(arriving, (slips) => {
        let last = 0
        for (let end = 1; end <= slips.length; end++) {
          const previous = last === 0 ? null : releaseOf(slips.slice(0, last))
          if (!releaseDecision(previous, releaseOf(slips.slice(0, end)), 10).replaces) continue
          if (previous) {
            expect(exposedBy(slips, last, end).filter(isTelling)).toEqual([])
            replaced += 1
          }
          last = end
        }
      }),
      { numRuns: 60 },
    )
    expect(replaced).toBeGreaterThan(60)
  })

  test('releasing at every tenth slip would have told a few slips apart', () => {
    const everyTenth = fc
      .sample(arriving, { numRuns: 20, seed: 1 })
      .filter((slips) => exposedBy(slips, 40, 50).some(isTelling))
    expect(everyTenth.length).toBeGreaterThan(10)
  })

  test('releases of different questions are refused', () => {
    const other: Release = { total: emptyCell(specOf(1)), breakdowns: {} }
    expect(() => releaseDecision(only(old), other, 10)).toThrow('needs cells of the same questions')
    expect(() => releaseDecision(null, only(old), 0)).toThrow('needs a batch of at least 1')
  })
})

describe('quarantineDisclosure', () => {
  test('shows both scores at none or five, and one score with a bound between', () => {
    expect(quarantineDisclosure(0, 5, 0.2)).toEqual({ shown: 'both' })
    expect(quarantineDisclosure(5, 5, 0.2)).toEqual({ shown: 'both' })
    for (const quarantined of [1, 2, 3, 4]) {
      // 4 raters at 0.25 points each, whatever the true number.
      expect(quarantineDisclosure(quarantined, 5, 0.25)).toEqual({ shown: 'official', fewerThan: 5, effectAtMost: 1 })
    }
    expect(() => quarantineDisclosure(-1, 5, 0.2)).toThrow('needs counts')
    expect(() => quarantineDisclosure(1, 5, Number.NaN)).toThrow('needs a leverage')
  })

  test('the bound holds for the mean of any slips of which a few are taken out', () => {
    const points = fc.constantFrom(100, 80, 60, 30, 0)
    const taken = fc.array(points, { minLength: 1, maxLength: 4 })
    const kept = fc.array(points, { minLength: 1, maxLength: 30 })
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    fc.assert(
      fc.property(taken, kept, (out, rest) => {
        const all = [...out, ...rest]
        const result = quarantineDisclosure(out.length, 5, 100 / all.length)
        const effect = Math.abs(mean(all) - mean(rest))
        expect('effectAtMost' in result && effect <= result.effectAtMost + 1e-9).toBe(true)
      }),
    )
  })
})
