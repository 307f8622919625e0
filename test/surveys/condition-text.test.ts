import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isShown } from '../../surveys/answers.ts'
import { readCondition, writeCondition, writeXPath } from '../../surveys/condition-text.ts'
import { conditionOver } from './questionnaires.ts'

const condition = conditionOver(['overall', 'speed'], ['why', 'city'])

describe('readCondition', () => {
  test('reads what writeCondition wrote, exactly', () => {
    fc.assert(
      fc.property(condition, (given) => {
        expect(readCondition(writeCondition(given))).toEqual({ ok: true, value: given })
      }),
    )
  })

  test('reads from XPath what shows the same questions', () => {
    const answers = fc.record({
      overall: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
      speed: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      why: fc.subarray(['a', 'b']),
      city: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
    })
    fc.assert(
      fc.property(condition, answers, (given, { overall, speed, why, city }) => {
        const read = readCondition(writeXPath(given, (name) => name === 'why'))
        if (!read.ok) throw new Error(`not read: ${read.error.found}`)
        const so = new Map<string, number | readonly string[]>()
        if (overall !== undefined) so.set('overall', overall)
        if (speed !== undefined) so.set('speed', speed)
        if (why.length > 0) so.set('why', why)
        if (city !== undefined) so.set('city', [city])
        expect(isShown({ showIf: read.value }, so)).toBe(isShown({ showIf: given }, so))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    [`\${a} < 3`, { q: 'a', op: 'lte', v: 2 }],
    [
      "{a} > 3 and {b} contains 'x'",
      {
        all: [
          { q: 'a', op: 'gte', v: 4 },
          { q: 'b', op: 'eq', v: 'x' },
        ],
      },
    ],
    ["{a} anyof ['x', 'y']", { q: 'a', op: 'in', v: ['x', 'y'] }],
    ['{a} notempty or !({b} = 1)', { any: [{ q: 'a', op: 'answered' }, { not: { q: 'b', op: 'eq', v: 1 } }] }],
    [`\${a} != ''`, { q: 'a', op: 'answered' }],
  ])('reads %s', (text, value) => {
    expect(readCondition(text)).toEqual({ ok: true, value })
  })

  test.each([
    ['', ''],
    ['overall', ''],
    ['overall <= two', 'two'],
    ['overall = 1 2', '2'],
    ['any(overall = 1', ''],
    ['alert(1)', 'alert'],
    ['overall = 1; drop', '; drop'],
    ['('.repeat(60), '('],
  ])('says of “%s” where it could not go on', (text, found) => {
    expect(readCondition(text)).toEqual({ ok: false, error: { found } })
  })
})
