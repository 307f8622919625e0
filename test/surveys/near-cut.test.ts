import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { borderlineGrade, measureAgainst } from '../../surveys/near-cut.ts'
import { halfUp, parseRational, rational } from '../../surveys/rational.ts'

const rule = {
  grades: [
    { id: 'excellent', min: '90' },
    { id: 'good', min: '80' },
    { id: 'qualified', min: '70' },
    { id: 'admonished', min: '0' },
  ],
  ranking: { borderline: '0.10', safe: '0.95' },
}
const result = (score: string, standardError: number | null, decimals = 2) => {
  const exact = parseRational(score)
  return { score: exact, published: halfUp(exact, decimals), standardError }
}

describe('borderlineGrade', () => {
  test('names the second grade from above one in ten', () => {
    // P(excellent) = Φ((y − 90)/0.8); Φ(−1.28) = .1003, Φ(−1.29) = .0985: y = 88.976 and 88.968.
    expect(borderlineGrade(result('88.976', 0.8), rule)).toEqual({
      grade: 'excellent',
      probability: expect.closeTo(0.100273, 6),
    })
    expect(borderlineGrade(result('88.968', 0.8), rule)).toBeNull()
    // Φ(−0.625) = .265986
    expect(borderlineGrade(result('89.5', 0.8), rule)!.probability).toBeCloseTo(0.265986, 6)
  })

  test('names the grade that is not published, even where it is the likelier', () => {
    // Published as 90.00, so excellent, while the exact score lies below 90.
    const just = result('89.995', 0.1)
    expect(just.published).toBe('90.00')
    // Φ(0.005/0.1) = Φ(0.05) = .519939
    expect(borderlineGrade(just, rule)).toEqual({ grade: 'good', probability: expect.closeTo(0.519939, 6) })
    // With a smaller error the published grade is next to impossible, and no second one reaches one in ten.
    expect(borderlineGrade(result('89.995', 0.001), rule)).toMatchObject({ grade: 'good' })
  })

  test('names none in the worked example, without sampling error, or without a known error', () => {
    expect(borderlineGrade(result('88.912', 0.416689916), rule)).toBeNull()
    expect(borderlineGrade(result('89.999', 0), rule)).toBeNull()
    expect(borderlineGrade(result('89.999', null), rule)).toBeNull()
  })
})

describe('measureAgainst', () => {
  test('is safe only from a probability of .95', () => {
    // Φ(1.65) = .950529, Φ(1.64) = .949497
    expect(measureAgainst(result('66.70', 2), rule)).toEqual({
      status: 'safe',
      probability: expect.closeTo(0.950529, 6),
    })
    expect(measureAgainst(result('66.72', 2), rule)).toMatchObject({
      status: 'near_cut',
      probability: expect.closeTo(0.949497, 6),
    })
  })

  test('near the cut, it says how many times the answers would settle it', () => {
    // Φ(1) = .841345; (1.644853627·2/2)² = 2.705543
    expect(measureAgainst(result('68', 2), rule)).toEqual({
      status: 'near_cut',
      probability: expect.closeTo(0.841345, 6),
      timesAnswers: expect.closeTo(2.705543, 6),
    })
    // The plan's own level: Φ⁻¹(.99) = 2.326347874, squared 5.411894.
    const strict = { ...rule, ranking: { ...rule.ranking, safe: '0.99' } }
    expect(measureAgainst(result('68', 2), strict)).toMatchObject({ timesAnswers: expect.closeTo(5.411894, 6) })
  })

  test('with that many times the answers it would be safe', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5_000, max: 6_998 }),
        fc.double({ min: 0.01, max: 30, noNaN: true }),
        (hundredths, error) => {
          const score = halfUp(rational(hundredths, 100), 2)
          const measure = measureAgainst(result(score, error), rule)!
          if (measure.status === 'safe') return
          expect(measure.timesAnswers).toBeGreaterThan(1)
          const later = error / Math.sqrt(measure.timesAnswers! * 1.000001)
          expect(measureAgainst(result(score, later), rule)).toMatchObject({ status: 'safe' })
        },
      ),
    )
  })

  test('without sampling error the number is safe; without a known error it never is', () => {
    expect(measureAgainst(result('69.99', 0), rule)).toEqual({ status: 'safe', probability: 1 })
    expect(measureAgainst(result('20', null), rule)).toEqual({
      status: 'near_cut',
      probability: null,
      timesAnswers: null,
    })
  })

  test('a score on the cut that prints below it cannot be settled by more answers', () => {
    // 69.96 prints as 70.0, 69.94 as 69.9; with a cut of 69.94 the second is printed below the cut it reaches.
    const between = {
      ...rule,
      grades: rule.grades.map((each) => (each.min === '70' ? { ...each, min: '69.94' } : each)),
    }
    expect(measureAgainst(result('69.94', 1, 1), between)).toEqual({
      status: 'near_cut',
      probability: 0.5,
      timesAnswers: null,
    })
  })

  test('there is nothing to decide about better grades', () => {
    expect(measureAgainst(result('70', 5), rule)).toBeNull()
    // Printed as 70.00.
    expect(measureAgainst(result('69.995', 5), rule)).toBeNull()
    expect(() => measureAgainst(result('69', 1), { ...rule, grades: rule.grades.slice(3) })).toThrow('two grades')
  })
})
