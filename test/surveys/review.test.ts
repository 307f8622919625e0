import { describe, expect, test } from 'vitest'
import { overallScore } from '../../surveys/overall.ts'
import { parseRational } from '../../surveys/rational.ts'
import {
  isScored,
  type ReviewEntry,
  readScore,
  reviewProblem,
  scoredIndicators,
  severityOf,
  type TypedScore,
} from '../../surveys/review.ts'
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
    // Points off what was scored directly.
    expect(problemOf({ indicator: 'functional.key', score: '88', deduction: '3' })).toBeNull()
    expect(problemOf({ indicator: 'functional.key', score: '98', deduction: '3' })).toBe(
      'a score of at most 100 less the deduction',
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

describe('readScore', () => {
  const typed = (change: Partial<TypedScore>): TypedScore => ({
    ...{ score: '', deduction: '', reason: '', basis: '', evidence: '' },
    ...change,
  })
  const found = { reason: '两项重点任务未按期完成', basis: '责任分工', evidence: '督查通报' }

  test('takes a score or the points off, and works out the other', () => {
    const kept = (change: Partial<TypedScore>) => {
      const read = readScore(typed(change), 'lead_departments')
      return read.ok
        ? [read.value.score, read.value.deduction]
        : read.error.map(({ field, code }) => `${field} ${code}`)
    }
    expect(kept({ score: '92.50', ...found })).toEqual(['92.5', '7.5'])
    expect(kept({ deduction: '7.5', ...found })).toEqual(['92.5', '7.5'])
    expect(kept({ score: '100' })).toEqual(['100', '0'])
    expect(kept({ score: '0', ...found })).toEqual(['0', '100'])
    expect(kept({})).toEqual(['score required'])
    expect(kept({ score: '92.505' })).toEqual(['score not_a_score'])
    expect(kept({ score: '92', deduction: '9', ...found })).toEqual(['deduction score_differs'])
    expect(kept({ score: '92' })).toEqual(['reason reason_short', 'basis needed', 'evidence needed'])
  })

  test('lets the performance office score without taking points off', () => {
    expect(readScore(typed({ score: '83' }), 'performance_office')).toMatchObject({
      ok: true,
      value: { score: '83', deduction: '0' },
    })
    expect(readScore(typed({ deduction: '5' }), 'performance_office').ok).toBe(false)
  })
})

describe('isScored', () => {
  const of = (id: string) => scoredIndicators(plan.indicators).find(({ node }) => node.id === id)!

  test('leaves functional work of organs assessed by reference to themselves', () => {
    expect(isScored(plan, 'government', of('functional.key'))).toBe(true)
    expect(isScored(plan, 'byReference', of('functional.key'))).toBe(false)
    expect(isScored(plan, 'byReference', of('management.clean.poll'))).toBe(true)
  })

  test('hands the lead departments of a part on to what is below it', () => {
    const clean = plan.indicators[1]!.children!.find(({ id }) => id === 'management.clean')!
    const inherited = { ...clean, children: clean.children!.map(({ lead: _, ...node }) => node) }
    const [first] = scoredIndicators([{ ...plan.indicators[1]!, children: [inherited] }])
    expect(first?.leads.map((lead) => lead['zh-CN'])).toEqual(['省纪委（监察厅）'])
  })
})

describe('severityOf', () => {
  test('gives mean and spread of the points taken off, and none for one organ', () => {
    // Mean 1.5; squares 2.25 + 2.25 = 4.5, ÷ 1, root 2.1213.
    expect(severityOf(['0', '3'])).toEqual({ scored: 2, deducted: 1, mean: '1.50', spread: '2.12' })
    expect(severityOf(['2.5'])).toEqual({ scored: 1, deducted: 1, mean: '2.50', spread: null })
  })
})
