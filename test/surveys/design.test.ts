import { describe, expect, test } from 'vitest'
import { frameOfCells, groupDesign, peopleByCell, verifiedCells } from '../../surveys/design.ts'
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

describe('the people of a survey', () => {
  test('are all that are expected where there is one cell, however many a roster names', () => {
    const cells = peopleByCell(plan, 'leaders', 50, new Map([['all', 46]]))
    expect(cells).toEqual([{ cell: 'all', expected: 50 }])
    // What the manifest says is what response and finite population are judged by.
    const people = frameOfCells(plan, 'leaders', cells, null)
    expect(people).toEqual({ expected: 50, expectedByCell: new Map([['all', 50]]), margins: null })
    expect(groupDesign(plan, 'leaders', people)).toMatchObject({ population: 50 })
  })

  test('are those of the roster where there are strata', () => {
    const stratum = (share: string) => ({ title: { 'zh-CN': '层', en: 'Stratum' }, share })
    const strata = { a: stratum('0.6'), b: stratum('0.4') }
    const design = { kind: 'stratified', fpc: true, weightBy: 'share', strata }
    const stratified = good(parsePlan(changed(plan, 'groups.leaders.design', design)))
    const cells = peopleByCell(stratified, 'leaders', 50, new Map([['a', 30]]))
    expect(cells).toEqual([
      { cell: 'a', expected: 30 },
      { cell: 'b', expected: 0 },
    ])
    expect(frameOfCells(stratified, 'leaders', cells, null).expected).toBe(30)
  })

  test('are on no roster where everybody with a phone or a receipt may answer', () => {
    const cells = peopleByCell(plan, 'public', 25_000, new Map())
    expect(frameOfCells(plan, 'public', cells, [sex])).toEqual({
      expected: 25_000,
      expectedByCell: new Map(),
      margins: [sex],
    })
  })
})
