import { describe, expect, test } from 'vitest'
import { overallScore } from '../../surveys/overall.ts'
import { parseRational } from '../../surveys/rational.ts'
import { type ReviewEntry, reviewProblem } from '../../surveys/review.ts'
import { shippedPlan } from './definition-files.ts'

const plan = shippedPlan('2025-jiangzhou')
const item: ReviewEntry = { indicator: 'management.lawful.rules', score: '92.5', deduction: '7.5', reason: '超期' }
const problemOf = (change: Partial<ReviewEntry>) => reviewProblem(plan.indicators, { ...item, ...change })

describe('reviewProblem', () => {
  test('takes 100 less the deduction, never below 0', () => {
    expect(problemOf({})).toBeNull()
    expect(problemOf({ score: '0', deduction: '130' })).toBeNull()
    expect(problemOf({ score: '100', deduction: '0', reason: '' })).toBeNull()
    for (const wrong of [{ score: '92' }, { score: '100' }, { score: '30', deduction: '130' }])
      expect(problemOf(wrong), JSON.stringify(wrong)).toBe('a score of 100 less the deduction')
  })

  test('wants every point that management work loses named, and lets functional work and innovation be scored', () => {
    const scored = { score: '88', deduction: '0', reason: '' }
    expect(problemOf(scored)).toBe('a score of 100 less the deduction')
    expect(problemOf({ ...scored, indicator: 'functional.key' })).toBeNull()
    expect(problemOf({ ...scored, indicator: 'innovation' })).toBeNull()
    expect(problemOf({ indicator: 'functional.key', score: '88', deduction: '3' })).toBe(
      'a score of 100 less the deduction',
    )
  })

  test('refuses scores that are none, unknown parts, parts with others below them, and the surveys’ own', () => {
    const scored = { deduction: '0', reason: '' }
    expect(problemOf({ ...scored, indicator: 'innovation', score: '9999' })).toBe('a score from 0 to 100')
    expect(problemOf({ ...scored, indicator: 'innovation', score: '100.000001' })).toBe('a score from 0 to 100')
    expect(problemOf({ score: '1e2' })).toBe('decimals such as 92.5')
    expect(problemOf({ deduction: '-7.5' })).toBe('decimals such as 92.5')
    expect(problemOf({ reason: '' })).toBe('a reason for every deduction')
    expect(problemOf({ indicator: 'management.budget' })).toBe('an indicator of the plan')
    for (const indicator of ['management', 'management.lawful'])
      expect(problemOf({ indicator })).toBe('an indicator with none below it')
    for (const indicator of ['satisfaction', 'satisfaction.public'])
      expect(problemOf({ indicator })).toBe('an indicator that no survey scores')
  })

  test('whatever it lets through can be counted', () => {
    const ids: string[] = []
    const collect = (nodes: typeof plan.indicators) => {
      for (const node of nodes) {
        ids.push(node.id)
        collect(node.children ?? [])
      }
    }
    collect(plan.indicators)
    const taken = ids.filter((indicator) => problemOf({ indicator }) === null)
    // Three functional, seventeen management, one innovation.
    expect(taken).toHaveLength(21)
    const scores = new Map(taken.map((id) => [id, parseRational(item.score)]))
    const rule = { ...plan, satisfactionId: 'satisfaction' }
    expect(overallScore(plan.indicators, scores, { status: 'insufficient' }, rule)).toMatchObject({
      status: 'insufficient',
    })
  })
})
