import { describe, expect, test } from 'vitest'
import { readAppealText, readNewDeduction, scoreAfter } from '../../surveys/appeal.ts'
import { appealsUntil, peerMedian, rectificationUntil, weakestOf } from '../../surveys/feedback.ts'
import { type IndicatorRow, withOffered } from '../../surveys/indicator-tree.ts'
import {
  daysBehind,
  emptyMeasure,
  isOverdue,
  measureStates,
  missingForMove,
  movesFrom,
  openFields,
  readMeasure,
} from '../../surveys/rectification.ts'

describe('peerMedian', () => {
  test('is the middle of five others, and between the two middle ones of six', () => {
    expect(peerMedian(['80', '95', '70', '85', '90'], 2)).toBe('85.00')
    // (85.01 + 88) / 2 = 86.505
    expect(peerMedian(['80', '95', '70', '85.01', '90', '88'], 2)).toBe('86.51')
  })

  test('is not told of four others', () => {
    expect(peerMedian(['80', '95', '70', '85'], 2)).toBeNull()
  })
})

describe('weakestOf', () => {
  test('takes at most three below their median, the furthest first, and then the lowest without one', () => {
    const row = (mean: string, median: string | null) => ({ mean, median })
    const rows = [row('90', '89'), row('80', '85'), row('70', null), row('88', '88'), row('79', '91'), row('60', null)]
    expect(weakestOf(rows)).toEqual([row('79', '91'), row('80', '85'), row('60', null)])
  })
})

describe('terms in working days', () => {
  test('leave out the spring festival and count the Sunday that is worked for it', () => {
    // From Friday 24 January 2025: Sunday the 26th and Monday the 27th are worked, then 5 to 8 February, Sunday… the 8th is a
    // worked Saturday.
    expect(appealsUntil({ followUp: { appeal: 3 } }, 20250124)).toBe(20250205)
    expect(rectificationUntil({ followUp: { rectification: 2 } }, 20250124)).toBe(20250127)
  })

  test('are ten and twenty where the plan says nothing', () => {
    // Two and four weeks from Monday 2 June 2025, which is a holiday itself.
    expect(appealsUntil({}, 20250602)).toBe(20250616)
    expect(rectificationUntil({}, 20250602)).toBe(20250630)
  })
})

describe('a measure', () => {
  const whole = { ...emptyMeasure, problem: '慢', cause: '人少', measure: '增派', person: '张三', due: '2027-06-30' }

  test('is not reported without an owner or a deadline, and not done without a word on its progress', () => {
    expect(missingForMove('submit', { ...whole, person: '', due: '' })).toEqual([
      { field: 'person', code: 'required' },
      { field: 'due', code: 'required' },
    ])
    expect(missingForMove('submit', whole)).toEqual([])
    expect(missingForMove('finish', whole)).toEqual([{ field: 'progress', code: 'required' }])
  })

  test('has a day of the calendar as its deadline', () => {
    for (const due of ['2027-02-29', '2027-6-30', '六月底'])
      expect(readMeasure({ ...whole, due }, '2030-01-01')).toMatchObject({
        ...{ ok: false, error: [{ field: 'due', code: 'not_a_day' }] },
      })
    expect(readMeasure({ ...whole, due: '2028-02-29' }, '2028-02-29').ok).toBe(true)
    expect(readMeasure({ ...whole, due: '2028-02-29' }, '2028-02-28')).toMatchObject({ error: [{ code: 'too_late' }] })
  })

  test('is behind from the day after its deadline until it is done', () => {
    const on = (state: (typeof measureStates)[number], today: string) => isOverdue({ state, due: whole.due }, today)
    expect(on('accepted', '2027-06-30')).toBe(false)
    expect(on('accepted', '2027-07-01')).toBe(true)
    expect(on('draft', '2027-07-01')).toBe(true)
    expect(on('done', '2027-07-01')).toBe(false)
  })

  test('is behind by working days: a deadline on a Friday is over on the Monday', () => {
    const behind = (finished: string | null, today: string) => daysBehind({ due: '2027-07-02', finished }, today)
    expect(['2027-07-02', '2027-07-04', '2027-07-05', '2027-07-12'].map((today) => behind(null, today))).toEqual([
      0, 0, 1, 6,
    ])
    expect([behind('2027-07-02', '2027-08-01'), behind('2027-07-06', '2027-08-01')]).toEqual([0, 2])
    expect(daysBehind({ due: '', finished: null }, '2027-08-01')).toBe(0)
  })

  test('moves only as its side may, and is written only where it is open', () => {
    const moves = measureStates.map((state) => [movesFrom(state, 'organ'), movesFrom(state, 'office')])
    const after = ['correct', 'withdraw']
    expect(moves).toEqual([
      [['submit'], []],
      [[], ['accept', 'return']],
      [['submit'], []],
      [['finish'], after],
      [[], ['verify', 'reopen', ...after]],
      [[], after],
      [[], []],
    ])
    expect(measureStates.map((state) => openFields(state).length)).toEqual([5, 0, 5, 1, 0, 0, 0])
    const withLead = measureStates.filter((state) => movesFrom(state, 'lead').length > 0)
    expect([withLead, movesFrom('submitted', 'lead')]).toEqual([['submitted'], ['agree', 'object']])
  })
})

describe('an appeal', () => {
  test('takes fewer points off, down to none', () => {
    expect(readNewDeduction(' 1.50 ', '3')).toEqual({ ok: true, value: '1.5' })
    expect(readNewDeduction('0', '3')).toEqual({ ok: true, value: '0' })
    for (const same of ['3', '3.01', '100'])
      expect(readNewDeduction(same, '3')).toEqual({ ok: false, error: 'not_fewer' })
    for (const none of ['', '-1', '1.234', '一'])
      expect(readNewDeduction(none, '3')).toEqual({ ok: false, error: 'not_points' })
    const full = { score: '80', deduction: '20' }
    expect(['7.5', '0', '120'].map((points) => scoreAfter(full, points))).toEqual(['92.5', '100', '0'])
    // Eighty given freely, and ten off it.
    expect(scoreAfter({ score: '70', deduction: '10' }, '0')).toBe('80')
    expect(scoreAfter({ score: '0', deduction: '130' }, '40')).toBe('60')
  })

  test('needs a reason of ten letters', () => {
    expect(readAppealText('不服')).toEqual({ ok: false, error: 'too_short' })
    expect(readAppealText(' 扣分所依据的统计与事实不符 ')).toMatchObject({ ok: true })
    expect(readAppealText('x'.repeat(2_001))).toEqual({ ok: false, error: 'too_long' })
  })
})

describe('withOffered', () => {
  const row = (level: 1 | 2 | 3, id: string, scoredBy: string): IndicatorRow => ({
    ...{ level, id, zh: id, en: id, weight: '', scoredBy, lead: '', leadEn: '', basis: '', basisEn: '' },
    ...{ evidence: '', evidenceEn: '', classes: [] },
  })
  const item = { zh: '法制处每月核对', en: 'Check monthly', basis: '2026年甲厅整改措施第 1 项', basisEn: 'Measure 1' }

  test('adds a measure at the end of what organs assess themselves, with its origin', () => {
    const rows = [
      row(1, 'functional', 'reviewed_self_assessment'),
      row(2, 'functional.key', 'reviewed_self_assessment'),
      row(1, 'management', 'lead_departments'),
    ]
    const added = withOffered(rows, { ...item, zh: '长'.repeat(300) })
    expect(added.map(({ level, id }) => [level, id])).toEqual([
      [1, 'functional'],
      [2, 'functional.key'],
      [2, 'functional.item1'],
      [1, 'management'],
    ])
    expect(added[2]).toMatchObject({ zh: '长'.repeat(200), en: 'Check monthly', basis: item.basis, weight: '' })
  })

  test('leaves a system alone in which organs assess nothing themselves', () => {
    const rows = [row(1, 'management', 'lead_departments')]
    expect(withOffered(rows, item)).toBe(rows)
  })
})
