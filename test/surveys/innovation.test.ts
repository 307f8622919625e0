import { describe, expect, test } from 'vitest'
import {
  enteredScore,
  innovationIndicator,
  organResult,
  projectResult,
  ratingTotal,
  readProject,
  readRating,
  usualInnovation,
} from '../../surveys/innovation.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { rational } from '../../surveys/rational.ts'
import { shippedPlan } from './definition-files.ts'

// Weights 30, 30, 20, 20.
const rated = (novelty: string, effect: string, spread: string, standing: string) => ({
  ...{ novelty, effect, spread, standing },
})
const flat = (points: string) => rated(points, points, points, points)

describe('a rating', () => {
  test('is the sum of its points by the weights of the criteria', () => {
    // 0.3 · 90 + 0.3 · 80 + 0.2 · 70 + 0.2 · 62.5 = 27 + 24 + 14 + 12.5
    expect(ratingTotal(usualInnovation, rated('90', '80', '70', '62.5'))).toEqual(rational(155, 2))
  })
  test('needs points from 0 to 100 for every criterion', () => {
    expect(readRating(usualInnovation.criteria, rated('90', '', '101', '80.555'))).toEqual({
      ok: false,
      error: ['effect', 'spread', 'standing'],
    })
    expect(readRating(usualInnovation.criteria, flat('100')).ok).toBe(true)
  })
})

describe('a project', () => {
  test('has the mean of its ratings, and none with fewer than the rule needs', () => {
    expect(projectResult(usualInnovation, ['90', '80', '90'].map(flat)).mean).toEqual(rational(260, 3))
    expect(projectResult(usualInnovation, ['90', '80'].map(flat)).mean).toBeNull()
  })
  test('is marked when its ratings lie thirty points apart, and not before', () => {
    const isDispersed = (...points: string[]) => projectResult(usualInnovation, points.map(flat)).isDispersed
    expect([isDispersed('60', '75', '90'), isDispersed('60.01', '75', '90')]).toEqual([true, false])
  })
  test('needs all of its texts', () => {
    const read = readProject({ title: ' ', content: 'x'.repeat(2_001), effect: '\u0007' })
    expect(read).toEqual({
      ok: false,
      error: [
        { field: 'title', code: 'required' },
        { field: 'content', code: 'too_long' },
        { field: 'effect', code: 'not_text' },
      ],
    })
  })
})

describe('an organ', () => {
  const projects = [{ mean: rational(260, 3) }, { mean: rational(70) }]
  test('has the points of its best project, or the mean of all, as the plan says', () => {
    expect(organResult(usualInnovation, projects)).toEqual(rational(260, 3))
    // (260/3 + 70) / 2
    expect(organResult({ ...usualInnovation, rule: 'mean' }, projects)).toEqual(rational(235, 3))
  })
  test('has no result while one of its projects has none, and what the plan says without a project', () => {
    expect(organResult(usualInnovation, [...projects, { mean: null }])).toBeNull()
    expect(organResult({ ...usualInnovation, withoutProject: '60' }, [])).toEqual(rational(60))
  })
  test('enters the tree with its result rounded once', () => {
    expect([rational(260, 3), rational(70), rational(0), rational(155, 2)].map(enteredScore)).toEqual([
      ...['86.666667', '70', '0', '77.5'],
    ])
  })
})

describe('a plan', () => {
  const plan = shippedPlan('2013-provincial')
  test('that says nothing has the usual criteria, which fill what the performance office scores', () => {
    expect(innovationIndicator(plan)?.id).toBe('innovation')
  })
  test('is refused with criteria that do not sum, the same twice, or an indicator that others score', () => {
    const [first] = usualInnovation.criteria
    const innovation = { ...usualInnovation, criteria: [first!, first!], indicator: 'functional.key' }
    const read = parsePlan({ ...plan, innovation })
    expect(read.ok ? [] : read.error).toEqual([
      { path: 'innovation.criteria', message: 'must have weights that sum to 100, not 60' },
      { path: 'innovation.criteria[1].id', message: 'must differ from every other criterion' },
      { path: 'innovation.indicator', message: 'must be a lowest indicator that the performance office scores' },
    ])
    expect(parsePlan({ ...plan, innovation: usualInnovation }).ok).toBe(true)
  })
})
