import { describe, expect, test } from 'vitest'
import { estimateGroup, type GroupDesign, type WeightedCell } from '../../surveys/estimate.ts'
import { decimalString } from '../../surveys/rational.ts'
import { cellOf, plain, scored, specOf, weightsOf } from './cells.ts'

const one = specOf(1)
const decimals = (estimate: Parameters<typeof weightsOf>[0]) => weightsOf(estimate).map(decimalString)

describe('clusters', () => {
  const inCluster = (cluster: string, ...levels: number[]): WeightedCell => ({
    ...cellOf(
      one,
      levels.map((level) => [level]),
    ),
    cluster,
  })
  const clustered: GroupDesign = { ...plain, clustered: true }

  test('the spread between clusters counts, and their number gives the degrees of freedom', () => {
    const cells = [inCluster('w1', 5, 5), inCluster('w2', 3, 2), inCluster('w3', 5, 3)]
    const estimate = scored(estimateGroup(one, cells, clustered))
    // Mean (200 + 90 + 160)/6 = 75; totals 50, −60, 10, by 6: V = 3/2·(2500 + 3600 + 100)/36 = 258.333…
    expect(decimalString(estimate.score)).toBe('75')
    expect(estimate.variance).toBeCloseTo((1.5 * (2500 + 3600 + 100)) / 36, 9)
    expect(estimate.degreesOfFreedom).toBe(2)
  })

  test('a single cluster tells nothing about chance', () => {
    expect(estimateGroup(one, [inCluster('w1', 5, 3, 1)], clustered)).toMatchObject({
      ciStatus: 'not_estimable',
      standardError: null,
      degreesOfFreedom: 0,
    })
  })

  test('clusters of one slip each are no clusters', () => {
    const levels = [5, 4, 4, 3, 1]
    const single = levels.map((level, i) => inCluster(`w${i}`, level))
    const { variance, degreesOfFreedom } = scored(estimateGroup(one, [inCluster('x', ...levels)], plain))
    expect(scored(estimateGroup(one, single, clustered)).variance).toBeCloseTo(variance!, 9)
    expect(scored(estimateGroup(one, single, clustered)).degreesOfFreedom).toBe(degreesOfFreedom)
  })

  test('a cell without its cluster is refused', () => {
    expect(() => estimateGroup(one, [cellOf(one, [[5], [4]])], clustered)).toThrow('needs the cluster of every cell')
  })
})

describe('trimming', () => {
  const weights = { 1: '1', 2: '1', 3: '1', 4: '9' }
  const cells = [5, 4, 3, 2].map((level, i) => cellOf(one, [[level]], 'all', String(i + 1)))
  const trimmed = (lower: string, upper: string): GroupDesign => ({
    ...plain,
    baseWeights: weights,
    trim: { lower, upper },
  })

  test('what is cut off goes to those inside, in equal parts', () => {
    // Mean 3; at most 2 · 3 = 6: 3 to share among three: 2, 2, 2, 6; by the mean 3: 2/3 and 2.
    expect(decimals(scored(estimateGroup(one, cells, trimmed('0.1', '2'))))).toEqual([
      '0.666667',
      '0.666667',
      '0.666667',
      '2',
    ])
  })

  test('weights inside stay as they are', () => {
    expect(decimals(scored(estimateGroup(one, cells, trimmed('0.1', '4'))))).toEqual([
      '0.333333',
      '0.333333',
      '0.333333',
      '3',
    ])
  })

  test.each([
    ['1.5', '2'],
    ['0.2', '0.8'],
    ['-1', '2'],
  ])('bounds that leave nothing inside are refused: %s to %s', (lower, upper) => {
    expect(() => estimateGroup(one, cells, trimmed(lower, upper))).toThrow('needs to trim below and above 1')
  })
})
