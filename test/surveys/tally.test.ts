import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import {
  addSlip,
  addSlipMoments,
  type Cell,
  emptyCell,
  emptyMoments,
  type Moments,
  mergeCell,
  mergeMoments,
  momentAt,
  packCell,
  packMoments,
  subtractCell,
  subtractMoments,
  type TallySpec,
  tallySpec,
  unpackCell,
  unpackMoments,
} from '../../surveys/tally.ts'
import { changed, readJson, shippedForm } from './definition-files.ts'

const levels = [5, 4, 3, 2, 1]
const points = [100, 80, 60, 30, 0]
const specOf = (weights: number[]): TallySpec => ({
  questions: weights.map((weight, q) => ({ id: `q${q + 1}`, position: q, weight, levels, points })),
  pointScale: 1,
})
/** A reason stands between the two ratings, and the third rating is not scored. */
const spec: TallySpec = {
  questions: [
    { id: 'overall', position: 0, weight: 2, levels, points },
    { id: 'speed', position: 2, weight: 1, levels, points },
    { id: 'extra', position: 3, weight: 0, levels, points },
  ],
  pointScale: 1,
}
const rating = fc.constantFrom(5, 4, 3, 2, 1, 0, -1)
const slip = fc.tuple(rating, fc.integer({ min: 0, max: 255 }), rating, rating)
const slips = fc.array(slip, { maxLength: 40 })

function count(list: readonly (readonly number[])[], of = spec): { cell: Cell; moments: Moments } {
  const cell = emptyCell(of)
  const moments = emptyMoments(of)
  for (const a of list) {
    addSlip(of, cell, Object.freeze([...a]))
    addSlipMoments(of, moments, Object.freeze([...a]))
  }
  return { cell, moments }
}

describe('addSlip', () => {
  test('counts answers, points, levels and don’t-know of a slip', () => {
    const { cell } = count([
      [5, 3, 4, -1],
      [1, 0, 0, 2],
    ])
    expect(cell).toEqual({
      slips: 2,
      n: 2,
      questions: [
        { n: 2, s: 100, levels: [1, 0, 0, 0, 1], dontKnow: 0 },
        { n: 1, s: 80, levels: [0, 1, 0, 0, 0], dontKnow: 1 },
        { n: 1, s: 30, levels: [0, 0, 0, 1, 0], dontKnow: 0 },
      ],
    })
  })

  test('counts a slip without any scored answer as received, not as a response', () => {
    const { cell, moments } = count([
      [0, 0, -1, 0],
      [-1, 0, 0, 5],
    ])
    expect(cell.slips).toBe(2)
    expect(cell.n).toBe(0)
    expect(cell.questions[2]).toEqual({ n: 0, s: 0, levels: [1, 0, 0, 0, 0], dontKnow: 1 })
    expect(moments).toEqual({ ...emptyMoments(spec), slips: 2 })
  })

  test('refuses a value the question does not have and leaves the cell as it was', () => {
    const cell = emptyCell(spec)
    const moments = emptyMoments(spec)
    for (const a of [
      [5, 0, 7, 5],
      [5, 0, 5],
      [5, 0, Number.NaN, 5],
      [5, 0, 5, 255],
    ]) {
      expect(() => addSlip(spec, cell, a)).toThrow('addSlip needs a level, 0 or -1 for question')
      expect(() => addSlipMoments(spec, moments, a)).toThrow('addSlip needs a level, 0 or -1 for question')
    }
    expect(cell).toEqual(emptyCell(spec))
    expect(moments).toEqual(emptyMoments(spec))
  })

  test('sees every scored answer in the sums and every answer in the level counts', () => {
    fc.assert(
      fc.property(slips, (list) => {
        const { cell } = count(list)
        cell.questions.forEach((sums, q) => {
          const answers = list.map((a) => a[spec.questions[q]!.position]!)
          expect(sums.levels).toEqual(levels.map((level) => answers.filter((value) => value === level).length))
          expect(sums.dontKnow).toBe(answers.filter((value) => value === 0).length)
          if (q < 2) expect(sums.n).toBe(sums.levels.reduce((sum, value) => sum + value, 0))
        })
      }),
    )
  })
})

describe('addSlipMoments', () => {
  test('sums z zᵀ as the definition says', () => {
    fc.assert(
      fc.property(slips, (list) => {
        const { cell, moments } = count(list)
        const counted = list.filter((a) => a[0]! > 0 || a[2]! > 0)
        const vectors = counted.map((a) =>
          spec.questions.flatMap(({ position }) => {
            const level = levels.indexOf(a[position]!)
            return level < 0 ? [0, 0] : [1, points[level]!]
          }),
        )
        for (let row = 0; row < 6; row++) {
          for (let column = 0; column < 6; column++) {
            const sum = vectors.reduce((total, z) => total + z[row]! * z[column]!, 0)
            expect(momentAt(spec, moments, row, column)).toBe(sum)
          }
        }
        cell.questions.forEach((sums, q) => {
          expect(momentAt(spec, moments, 2 * q, 2 * q)).toBe(sums.n)
          expect(momentAt(spec, moments, 2 * q, 2 * q + 1)).toBe(sums.s)
        })
      }),
    )
  })

  // Method section 15: answers (q1, q2) of thirty recipients and the sums printed there.
  test('gives the sums of the worked example', () => {
    const two = specOf([2, 1])
    const answers: [number, number, number][] = [
      [5, 5, 8], [5, 4, 2], [5, 0, 2], [4, 5, 2], [4, 4, 5], [4, 0, 2],
      [3, 4, 1], [3, 3, 4], [3, 0, 1], [2, 2, 2], [1, 1, 1],
    ] // biome-ignore format: one line per first answer
    const { cell, moments } = count(
      answers.flatMap(([q1, q2, times]) => Array(times).fill([q1, q2])),
      two,
    )
    expect(cell.questions.flatMap(({ n, s }) => [n, s])).toEqual([30, 2340, 25, 1940])
    expect(moments.m).toEqual([30, 2340, 25, 1940, 201000, 1920, 165000, 25, 1940, 167400])
  })
})

describe('merging and subtracting', () => {
  test('cells merge to the same tally in any order', () => {
    const parts = fc.array(slips, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.nat()), (lists, random) => {
        const order = lists.map((list) => ({ list, key: random.next().value })).sort((a, b) => a.key - b.key)
        const merged = count([])
        for (const { list } of order) {
          mergeCell(merged.cell, count(list).cell)
          mergeMoments(merged.moments, count(list).moments)
        }
        expect(merged).toEqual(count(lists.flat()))
      }),
    )
  })

  test('a tally minus a part is the tally of the rest', () => {
    fc.assert(
      fc.property(slips, slips, (rest, part) => {
        const all = count([...part, ...rest])
        subtractCell(all.cell, count(part).cell)
        subtractMoments(all.moments, count(part).moments)
        expect(all).toEqual(count(rest))
      }),
    )
  })

  test('what was never added cannot be taken out, and nothing changes', () => {
    const { cell, moments } = count([[5, 0, 4, 3]])
    const other = count([[4, 0, 5, 3]])
    expect(() => subtractCell(cell, other.cell)).toThrow('subtractCell needs a part')
    expect(() => subtractMoments(moments, other.moments)).toThrow('subtractMoments needs a part')
    expect({ cell, moments }).toEqual(count([[5, 0, 4, 3]]))
  })

  test('tallies of other questions are refused', () => {
    const one = count([], specOf([1]))
    expect(() => mergeCell(count([]).cell, one.cell)).toThrow('mergeCell needs two tallies of the same questions')
    expect(() => mergeMoments(count([]).moments, one.moments)).toThrow('mergeMoments needs two tallies')
  })
})

describe('packing', () => {
  test('comes back unchanged', () => {
    fc.assert(
      fc.property(slips, (list) => {
        const { cell, moments } = count(list)
        expect(unpackCell(spec, packCell(cell))).toEqual(cell)
        expect(unpackMoments(spec, packMoments(moments))).toEqual(moments)
      }),
    )
  })

  test('keeps numbers up to the largest exact one', () => {
    const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(fc.array(whole, { minLength: 21, maxLength: 21 }), whole, (m, n) => {
        expect(unpackMoments(spec, packMoments({ slips: n, m }))).toEqual({ slips: n, m })
      }),
    )
  })

  test('a cell of seven questions with counts below 16,384 fits in 256 bytes', () => {
    const seven = specOf([50, 10, 10, 10, 10, 10, 0])
    const most = 16_383
    const full: Cell = {
      slips: most,
      n: most,
      questions: seven.questions.map(() => ({
        n: most,
        s: most * 100,
        levels: levels.map(() => most),
        dontKnow: most,
      })),
    }
    expect(packCell(full).length).toBeLessThanOrEqual(256)
    // 2 + 2 bytes for slips and n; per question 2 + 3 + 5·2 + 2.
    expect(packCell(full).length).toBe(4 + 7 * 17)
  })

  test('damaged bytes and bytes of other questions are refused', () => {
    const bytes = packCell(count([[5, 0, 4, 3]]).cell)
    for (const bad of [bytes.slice(1), bytes.slice(0, -1), Uint8Array.of(...bytes, 0), Uint8Array.of(...bytes, 128)]) {
      expect(() => unpackCell(spec, bad)).toThrow('unpackCell needs bytes packed for these questions')
    }
    expect(() => unpackCell(specOf([1]), bytes)).toThrow('unpackCell needs bytes')
    expect(() => unpackMoments(spec, new Uint8Array(200).fill(255))).toThrow('unpackMoments needs bytes')
  })

  test('numbers that are no counts are refused', () => {
    const { cell } = count([])
    for (const slipsCount of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => packCell({ ...cell, slips: slipsCount })).toThrow('packCell needs whole numbers from 0 on')
    }
  })
})

describe('tallySpec', () => {
  test('takes the ratings of the shipped forms with their places in the slip', () => {
    const form = tallySpec(shippedForm('public'))
    expect(form.pointScale).toBe(1)
    expect(form.questions.map(({ position, weight }) => [position, weight])).toEqual([
      [0, 50],
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 10],
      [5, 10],
    ])
    expect(form.questions[0]).toMatchObject({ id: 'overall', levels: [5, 4, 3, 2, 1], points: [100, 80, 60, 30, 0] })
  })

  test('turns points with decimals into whole numbers of one unit', () => {
    const path = 'scales[0].options[2].score'
    const form = parseQuestionnaire(changed(readJson('forms/leaders.json'), path, '66.67'))
    if (!form.ok) throw new Error(JSON.stringify(form.error))
    const spec100 = tallySpec(form.value)
    expect(spec100.pointScale).toBe(100)
    expect(spec100.questions[0]!.points).toEqual([10000, 8000, 6667, 3000, 0])
  })

  test('refuses a scale whose uncounted option is not 0', () => {
    const form = structuredClone(shippedForm('leaders'))
    form.scales[0]!.options[5]!.value = 9
    expect(() => tallySpec(form)).toThrow('tallySpec needs the value 0 for the option without a score')
  })
})
