import { describe, expect, test } from 'vitest'
import { accountabilityOf } from '../../surveys/accountability.ts'
import { followUpTerms, parsePlan, publishesReasons } from '../../surveys/plan.ts'
import { planDifferences, planForCycle, planValues, withGroup, withPlanValues } from '../../surveys/plan-fields.ts'
import { shippedForm, shippedPlan } from './definition-files.ts'

const plan = shippedPlan('2013-provincial')
const values = planValues(plan)
const margins = { public: ['city', 'age', 'sex'], recipients: [] }
const codes = (typed: Record<string, string>) => {
  const read = withPlanValues(plan, { ...values, ...typed }, margins)
  return read.ok ? [] : read.error.map(({ field, code }) => `${field} ${code}`)
}

describe('the plain fields of a plan', () => {
  test('say what stands in it, and give the same plan back', () => {
    expect(values).toMatchObject({
      weight_public: '40',
      minimum_public: '100',
      grade_good: '80',
      margins_public: 'city, age, sex',
    })
    expect(withPlanValues(plan, values, margins)).toEqual({ ok: true, value: plan })
  })

  test('carry the weights into the tree of indicators, also those that no decimal can write', () => {
    const thirds = { weight_leaders: '100/3', weight_recipients: '100/3', weight_public: '100/3' }
    const read = withPlanValues(plan, { ...values, ...thirds }, margins)
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    expect(read.value.groups.public.weight).toBe('1/3')
    expect(parsePlan(JSON.parse(JSON.stringify(read.value))).ok).toBe(true)
  })

  test.each([
    [{ weight_public: '41' }, ['weight_leaders weights_sum']],
    [{ weight_public: 'viel', minimum_public: '0' }, ['weight_public number', 'minimum_public whole']],
    [{ grade_good: '90' }, ['grade_excellent grades_order']],
    [{ margins_public: 'city, mood' }, ['margins_public unknown_margin']],
    [{ margins_public: '', calibration_public: 'rake' }, ['margins_public margin_needed']],
    [{ calibration_public: 'poststratify' }, ['calibration_public one_margin']],
    [{ selfAssessment: '2014-02-30' }, ['selfAssessment day']],
    [{ selfAssessment: '2014-03-21' }, ['leadScores days_order']],
    [{ evidence: 'all' }, ['evidence choice']],
    [{ reminders: '5, soon' }, ['reminders terms']],
    [{ reminders: '6 5 4 3 2 1' }, ['reminders terms']],
    [{ hearingDays: '0', missedBelow: '101' }, ['hearingDays whole', 'missedBelow points']],
  ] as [Record<string, string>, string[]][])('refuse %o at its field', (typed, found) => {
    expect(codes(typed)).toEqual(found)
  })
})

test('why points were taken off is for the organ alone in a plan that says nothing, until somebody chooses', () => {
  const { reasons: _, ...disclosure } = plan.disclosure
  const silent = { ...plan, disclosure }
  expect([publishesReasons(silent), planValues(silent)['reasons']]).toEqual([false, 'organ'])
  const chosen = withPlanValues(silent, { ...planValues(silent), reasons: 'public' }, margins)
  expect(chosen.ok && publishesReasons(chosen.value)).toBe(true)
  expect(codes({ reasons: 'nobody' })).toEqual(['reasons choice'])
})

test('terms of what follows a publication are the usual ones where nothing is typed, others, or none', () => {
  const typed = (reminders: string, hearingDays = '') => {
    const read = withPlanValues(plan, { ...values, reminders, hearingDays }, margins)
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    return read.value
  }
  const remindersOf = (reminders: string) => followUpTerms(typed(reminders)).reminders
  expect([remindersOf(''), remindersOf('1，3, 3'), remindersOf('-')]).toEqual([[5, 1, 0], [3, 1], []])
  expect(planDifferences(plan, typed('3, 1', '10'))).toEqual([
    ['reminders', '', '3, 1'],
    ['hearingDays', '', '10'],
  ])
  // What is not said beside it keeps its usual value.
  expect(accountabilityOf(typed('', '10'))).toEqual({ hearingDays: 10, missedBelow: '70' })
  expect(planValues(typed('-')).reminders).toBe('-')
})

test('a plan is moved to another year with its deadlines, and differs from the first in nothing else', () => {
  const moved = planForCycle(plan, { code: '2026', title: { 'zh-CN': '方案', en: 'plan' } })
  expect(parsePlan(moved).ok).toBe(true)
  expect(planDifferences(plan, moved)).toEqual([
    ['selfAssessment', '2014-03-15', '2027-03-15'],
    ['leadScores', '2014-03-20', '2027-03-20'],
  ])
})

test('a plan takes the copy of what a questionnaire scores with its version', () => {
  const form = shippedForm('public')
  const harder = {
    ...form,
    version: form.version + 1,
    scales: form.scales.map((scale) => ({
      ...scale,
      options: scale.options.map((option) => (option.value === 3 ? { ...option, score: 50 } : option)),
    })),
  }
  const { intake, adapter, anchor } = plan.groups.public
  const changed = withGroup(plan, harder, { intake, adapter, anchor })
  expect(changed.groups.public.questionnaire).toEqual({ id: 'public', version: form.version + 1 })
  expect(changed.scales['satisfaction5']).toMatchObject({ 3: '50', 4: '80' })
  expect(parsePlan(changed).ok).toBe(true)
})
