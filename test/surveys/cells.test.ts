import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CountedCell, cellsText } from '../../surveys/cells.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments } from '../../surveys/tally.ts'
import { specOf } from './cells.ts'

const spec = specOf(1)

function counted(organ: string, cell: string, ...answers: number[]): CountedCell {
  const sums = emptyCell(spec)
  const moments = emptyMoments(spec)
  for (const answer of answers) {
    addSlip(spec, sums, [answer])
    addSlipMoments(spec, moments, [answer])
  }
  return { organ, cell, sums, moments }
}

describe('cellsText', () => {
  test('writes the sums of each organ and cell in one spelling', () => {
    // 5 and 4 are 100 and 80 points, 0 is don't know: Σ r = 2, Σ r·rv = 180, Σ (rv)² = 10,000 + 6,400.
    expect(cellsText('jiangzhou/public-2025', spec, [counted('czt', 'sampled|all|-|1', 5, 4, 0)])).toBe(
      '{"cells":[{"cell":"sampled|all|-|1","moments":[2,180,16400],"n":2,"organ":"czt","questions":' +
        '[{"dontKnow":1,"levels":[1,1,0,0,0],"n":2,"s":180}],"slips":3}],' +
        '"pointScale":1,"questions":["q1"],"survey":"jiangzhou/public-2025","v":1}',
    )
  })

  test('is the same for any order of the cells, and without those that hold no slip', () => {
    const cells = [counted('a', 'x', 5), counted('a', 'y', 4), counted('b', 'x', 3), counted('c', 'x')]
    const text = cellsText('a/b', spec, cells.slice(0, 3))
    fc.assert(
      fc.property(fc.shuffledSubarray(cells, { minLength: 4 }), (order) => {
        expect(cellsText('a/b', spec, order)).toBe(text)
      }),
    )
  })

  test('refuses a cell that stands twice and moments of other slips', () => {
    expect(() => cellsText('a/b', spec, [counted('a', 'x', 5), counted('a', 'x', 4)])).toThrow('each cell once')
    const { moments } = counted('a', 'x', 5, 4)
    expect(() => cellsText('a/b', spec, [{ ...counted('a', 'x', 5), moments }])).toThrow('the same slips')
  })
})
