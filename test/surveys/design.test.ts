import { describe, expect, test } from 'vitest'
import { groupDesign, verifiedCells } from '../../surveys/design.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { changed, good, shippedPlan } from './definition-files.ts'

const plan = shippedPlan('2025-jiangzhou')
const frame = { expected: 40, expectedByCell: new Map<string, number>(), margins: null }
const sex = {
  name: 'sex',
  categories: [
    { id: 'male', share: '0.5' },
    { id: 'female', share: '0.5', mergeInto: 'male' },
  ],
}

describe('groupDesign', () => {
  test('leaders are a counted population: the roster', () => {
    expect(groupDesign(plan, 'leaders', frame)).toMatchObject({ kind: 'srs', fpc: true, population: 40 })
    expect(() => groupDesign(plan, 'leaders', { ...frame, expected: null })).toThrow('needs the number of people')
  })

  test('recipients are a sample whose number is not needed', () => {
    expect(groupDesign(plan, 'recipients', frame)).not.toHaveProperty('population')
  })

  test('the public is weighted to the population of the survey within the bounds of the plan', () => {
    expect(groupDesign(plan, 'public', { ...frame, margins: [sex] }).calibration).toEqual({
      method: 'rake',
      margins: [{ name: 'sex', shares: { male: '0.5', female: '0.5' }, mergeInto: { female: 'male' } }],
      bounds: ['0.3', '5'],
      mergeBelow: 5,
    })
    expect(() => groupDesign(plan, 'public', frame)).toThrow('needs the population of the survey')
  })

  test('strata have the people of the roster and the shares of the plan', () => {
    const stratum = (share: string) => ({ title: { 'zh-CN': '层', en: 'Stratum' }, share })
    const strata = { a: stratum('0.6'), b: stratum('0.4') }
    const design = { kind: 'stratified', fpc: true, weightBy: 'share', strata }
    const stratified = good(parsePlan(changed(plan, 'groups.leaders.design', design)))
    expect(verifiedCells(stratified, 'leaders')).toEqual(['a', 'b'])
    expect(verifiedCells(stratified, 'public')).toEqual(['all'])
    const expectedByCell = new Map([['a', 12]])
    expect(groupDesign(stratified, 'leaders', { ...frame, expectedByCell })).toMatchObject({
      kind: 'stratified',
      weightBy: 'share',
      strata: { a: { population: 12, share: '0.6' }, b: { population: 0, share: '0.4' } },
    })
  })
})
