import { describe, expect, test } from 'vitest'
import { accountabilityOf, afterConsequence, readEntry, selfSignals } from '../../surveys/accountability.ts'
import { shippedPlan } from './definition-files.ts'

const plan = shippedPlan('2013-provincial')
const entry = (score: string, note = '') => ({ target: '12 项', done: '5 项', score, note })
const sheet = (entries: Record<string, ReturnType<typeof entry>>) => ({ entries, problems: '有', weaknesses: '有' })

describe('a submitted self-assessment', () => {
  test('signals targets below the lowest score of the lowest grade but one, where nothing is said why', () => {
    expect(accountabilityOf(plan)).toEqual({ hearingDays: 5, missedBelow: '70' })
    const entries = {
      'functional.key': entry('69.99'),
      'functional.regular': entry('70'),
      'functional.other': entry('10', '项目因征地推迟'),
    }
    expect(selfSignals(plan, { id: 7, class: 'government' }, sheet(entries))).toEqual([
      {
        ...{ organ: 7, kind: 'target_missed', origin: 'self/functional.key' },
        facts: { indicator: 'functional.key', score: '69.99' },
      },
    ])
  })
  test('is measured by the terms of its plan where that has any', () => {
    const own = { ...plan, accountability: { hearingDays: 3, missedBelow: '90' } }
    const entries = { 'functional.key': entry('89.5') }
    expect(selfSignals(own, { id: 7, class: 'government' }, sheet(entries))).toHaveLength(1)
  })
})

describe('points off', () => {
  test('lower a score, whoever took points off before, and never below nothing', () => {
    expect(afterConsequence({ score: '92.5', deduction: '7.5' }, '20')).toEqual({ score: '72.5', deduction: '27.5' })
    expect(afterConsequence({ score: '86.666667', deduction: '0' }, '10')).toEqual({
      ...{ score: '76.666667', deduction: '23.333333' },
    })
    expect(afterConsequence({ score: '15', deduction: '85' }, '20')).toEqual({ score: '0', deduction: '100' })
  })
})

describe('an entry', () => {
  test('needs ten letters and what it is based on', () => {
    expect(readEntry({ text: '数据不实', basis: '' })).toEqual({
      ok: false,
      error: [
        { field: 'text', code: 'short' },
        { field: 'basis', code: 'required' },
      ],
    })
    expect(readEntry({ text: '上报的办件量与台账不符', basis: '核查报告' }).ok).toBe(true)
  })
})
