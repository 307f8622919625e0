import { describe, expect, test } from 'vitest'
import { estimateGroup, type GroupDesign } from '../../surveys/estimate.ts'
import { satisfaction } from '../../surveys/indicator.ts'
import { criticalValue } from '../../surveys/ranking.ts'
import { decimalString, halfUp, parseRational, type Rational, rational } from '../../surveys/rational.ts'
import { stuffingCost } from '../../surveys/sensitivity.ts'
import { cellOf, plain, scored, specOf, times } from './cells.ts'
import { at, readJson, shippedPlan } from './definition-files.ts'
import { arithmeticValue, documents, isPrinted, readDocument, sectionsOf, tablesOf } from './method-document.ts'

const [english, chinese] = documents.map((document) => sectionsOf(readDocument(document)))

describe('the method in two languages', () => {
  test('has the same sections', () => {
    expect([...chinese!.keys()]).toEqual([...english!.keys()])
    expect([...english!.keys()].filter((number) => !number.includes('.')).map(Number)).toEqual(
      Array.from({ length: 18 }, (_, i) => i + 1),
    )
  })

  test.each([...english!.keys()])('section %s has the same numbers in its tables and formulas', (number) => {
    const facts = (section: string) =>
      section.split('\n').filter((line, i, all) => isFormula(all, i) || line[0] === '|')
    const numbers = (section: string) =>
      facts(section)
        .join('\n')
        .match(/\d+(?:[.,]\d+)*/g) ?? []
    expect(numbers(chinese!.get(number)!).toSorted()).toEqual(numbers(english!.get(number)!).toSorted())
  })

  test.each([...english!.keys()])('section %s names the same statuses, files and plan entries', (number) => {
    const names = (section: string) => {
      const text = section.replace(/```[^`]*```/g, '')
      const quoted = [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
      return [...new Set(quoted.filter((name) => /^[a-z][\w./-]*$/i.test(name)))].toSorted()
    }
    // Rows of the worked example have names in words.
    if (!number.startsWith('15')) expect(names(chinese!.get(number)!)).toEqual(names(english!.get(number)!))
  })

  function isFormula(lines: readonly string[], index: number): boolean {
    return lines.slice(0, index).filter((line) => line.startsWith('```')).length % 2 === 1
  }
})

describe.each(documents)('the defaults in %s', (document) => {
  const plan = shippedPlan()
  const rows = new Map(tablesOf(document, '17')[0]!.map(([entry, value, reason]) => [entry!, { value, reason }]))
  const list = (values: readonly (string | number)[]) => values.join(' / ')
  const lists: Record<string, string> = {
    'scales.satisfaction5': list([5, 4, 3, 2, 1].map((level) => plan.scales['satisfaction5']![level]!)),
    indicators: list(plan.indicators.map(({ weight }) => weight!)),
    grades: list(plan.grades.map(({ min }) => min)),
    ...Object.fromEntries(
      Object.entries(plan.groups).map(([group, { questions }]) => {
        const [overall, ...others] = questions.map(({ weight }) => weight)
        expect(new Set(others).size).toBe(1)
        return [`groups.${group}.questions`, `${overall} + ${others.length} × ${others[0]}`]
      }),
    ),
  }

  test('are those of the provincial plan, each with a reason', () => {
    const json = readJson('plans/2013-provincial.json')
    for (const [entry, { value, reason }] of rows) {
      expect(value, entry).toBe(lists[entry] ?? String(at(json, entry)))
      expect(reason, entry).not.toBe('')
    }
  })

  test('leave out no number or choice that the method uses', () => {
    const single = ['missingGroup', 'weightDecimals', 'ciLevel', 'ledger']
    const blocks = ['rounding', 'disclosure', 'ranking', 'raking', 'screening', 'warnings'] as const
    const minimums = Object.entries(plan.groups).flatMap(([group, { minimum }]) =>
      Object.keys(minimum).map((entry) => `groups.${group}.minimum.${entry}`),
    )
    const used = [
      ...single,
      ...Object.keys(lists),
      ...blocks.flatMap((block) => Object.keys(plan[block]).map((entry) => `${block}.${entry}`)),
      ...minimums,
    ]
    expect(used.filter((entry) => !rows.has(entry))).toEqual([])
  })
})

describe.each(documents)('the small examples in %s', (document) => {
  const sections = sectionsOf(readDocument(document))
  const says = (number: string, ...texts: readonly string[]) => {
    for (const text of texts) expect(sections.get(number)).toMatch(new RegExp(`(?<![\\d.])${text}(?![\\d]|\\.\\d)`))
  }

  test('weights of people who did not say', () => {
    const one = specOf(1)
    const design: GroupDesign = {
      ...plain,
      calibration: { method: 'rake', margins: [{ name: 'city', shares: { A: '0.6', B: '0.4' } }] },
    }
    const cells = Object.entries({ A: 5, B: 3, __missing: 2 }).map(([city, slips]) => ({
      ...cellOf(one, times([4], slips)),
      margins: [city],
    }))
    const { weights, weightUnit } = scored(estimateGroup(one, cells, design))
    // Targets 0.6·0.8, 0.4·0.8 and 2/10 of n = 10, divided by 5, 3 and 2 slips.
    const byCity = new Map(weights.map(({ margins, units }) => [margins[0], rational(units, weightUnit)]))
    expect(['A', 'B', '__missing'].map((city) => decimalString(byCity.get(city)!))).toEqual(['0.96', '1.066667', '1'])
    says('3.5', '0.48', '0.32', '0.20', '0.96', '1.066667')
  })

  test('the tie at 90', () => {
    const group = (score: string) => ({
      status: 'ok' as const,
      score: parseRational(score),
      standardError: 0,
      degreesOfFreedom: 9,
      ciStatus: 'census' as const,
    })
    const combined = satisfaction(
      { leaders: group('90.05'), recipients: group('89.95'), public: group('89.9875') },
      {
        weights: { leaders: '0.3', recipients: '0.3', public: '0.4' },
        missingGroup: 'block',
        ciLevel: '0.95',
        rounding: plain.rounding,
      },
    ) as { score: Rational }
    expect(combined.score).toEqual(parseRational('89.995'))
    expect(halfUp(combined.score, 2)).toBe('90.00')
    says('9', '90.05', '89.95', '89.9875', '89.995', '90.00')
  })

  test('critical values for 2, 20 and 66 organs', () => {
    says('10.3', ...[2, 20, 66].map((organs) => criticalValue(organs).toFixed(4)))
  })

  test('what one leader, one citizen and twenty false slips can do', () => {
    expect((0.3 * 100) / 20).toBe(1.5)
    expect((0.4 * 100) / 2000).toBeCloseTo(0.02, 12)
    // 20 slips of 100 beside 200 of 78: (20·100 + 200·78)/220 = 80.
    expect((20 * 100 + 200 * 78) / 220).toBe(80)
    expect(stuffingCost(200, rational(78), rational(80), rational(100))).toBe(20)
    says('11', '1.5', '0.02', '20', '78', '80')
  })

  test('answers needed for a precision', () => {
    const needed = [2, 3, 5].map((reach) => Math.round(((1.96 * 18) / reach) ** 2))
    says('17', ...needed.map(String))
  })
})

describe('the reading of the document', () => {
  test('would notice a wrong digit', () => {
    expect(isPrinted('77.866667', rational(1168, 15))).toBe(true)
    for (const wrong of ['77.866666', '77.87', '77.8666670']) expect(isPrinted(wrong, rational(1168, 15))).toBe(false)
    expect(isPrinted('3.575844889', 3.5758448887)).toBe(true)
    for (const wrong of ['3.575844888', '3.58']) expect(isPrinted(wrong, 3.5758448887)).toBe(false)
    expect(isPrinted('30', 31)).toBe(false)
  })

  test('reckons as the document writes', () => {
    expect(arithmeticValue('0.6²·(1 − 5/8)·280/5 + 0.4²·(1 − 5/12)·280/5')).toBeCloseTo(12.786666667, 9)
    expect(arithmeticValue('2/3/30 + √(3² + 4²)')).toBeCloseTo(5 + 1 / 45, 12)
    for (const text of ['1 +', '(1', '1 x 2', '']) expect(() => arithmeticValue(text)).toThrow('no arithmetic')
  })
})
