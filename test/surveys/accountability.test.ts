import { describe, expect, test } from 'vitest'
import {
  accountabilityOf,
  afterConsequence,
  caseSignals,
  letterSignals,
  measureSignals,
  readEntry,
  selfSignals,
} from '../../surveys/accountability.ts'
import { emptyMeasure, type MeasureState } from '../../surveys/rectification.ts'
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

describe('what comes after the publication', () => {
  const origins = (signals: readonly { origin: string }[]) => signals.map(({ origin }) => origin)

  test('signals measures that were reported and are behind on the day after their own, and no drafts', () => {
    const sheet = { ...emptyMeasure, problem: '办理慢', due: '2027-06-30' }
    const at = (n: number, state: MeasureState, finished: string | null = null) => ({
      organ: 7,
      n,
      state,
      sheet,
      finished,
    })
    const measures = [
      ...[at(1, 'draft'), at(2, 'accepted'), at(3, 'done', '2027-06-30'), at(5, 'withdrawn')],
      at(4, 'verified', '2027-07-01'),
    ]
    expect(measureSignals(measures.slice(0, 4), '2027-06-30')).toEqual([])
    // What was done late was late all the same.
    expect(origins(measureSignals(measures, '2027-08-02'))).toEqual(['rectification/2', 'rectification/4'])
    expect(measureSignals(measures.slice(0, 4), '2027-07-01')).toEqual([
      {
        ...{ organ: 7, kind: 'rectification_overdue', origin: 'rectification/2' },
        facts: { problem: '办理慢', due: '2027-06-30' },
      },
    ])
  })
  test('signals letters after which nothing was reported in time', () => {
    const letter = (number: number, reported: string | null) => ({ organ: 7, number, due: '2027-05-20', reported })
    const letters = [letter(1, '2027-05-20'), letter(2, '2027-05-21'), letter(3, null)]
    expect(origins(letterSignals(letters, '2027-05-20'))).toEqual(['letter/2'])
    expect(origins(letterSignals(letters, '2027-05-21'))).toEqual(['letter/2', 'letter/3'])
  })
  test('signals low ratings that their organ had and did not answer by their day', () => {
    const rating = (name: string, state: 'waiting' | 'forwarded' | 'answered', answeredOn: number) => ({
      ...{ organ: 7, sid: 'hall', name, state, dueOn: 20270610, answeredOn },
    })
    const cases = [
      rating('a', 'waiting', 0),
      rating('b', 'forwarded', 0),
      rating('c', 'answered', 20270610),
      rating('d', 'answered', 20270611),
    ]
    expect(origins(caseSignals(cases, 20270610))).toEqual(['case/hall/d'])
    expect(caseSignals(cases, 20270611).map(({ facts }) => facts)).toEqual([
      { name: 'b', due: '2027-06-10' },
      { name: 'd', due: '2027-06-10' },
    ])
  })
})

describe('points off', () => {
  test('lower a score, whoever took points off before, and never below nothing', () => {
    expect(afterConsequence({ score: '92.5', deduction: '7.5' }, '20')).toEqual({ score: '72.5', deduction: '27.5' })
    expect(afterConsequence({ score: '86.666667', deduction: '0' }, '10')).toEqual({
      ...{ score: '76.666667', deduction: '10' },
    })
    expect(afterConsequence({ score: '15', deduction: '85' }, '20')).toEqual({ score: '0', deduction: '100' })
    expect(afterConsequence({ score: '15', deduction: '0' }, '20')).toEqual({ score: '0', deduction: '15' })
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
