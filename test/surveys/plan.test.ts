import { describe, expect, test } from 'vitest'
import { canonicalPlan, type Indicator, parsePlan, planWarnings, scoringProblems } from '../../surveys/plan.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { at, changed, good, readJson, shippedForm, shippedPlan } from './definition-files.ts'

const preset = readJson('plans/2013-provincial.json')

function problemsAfter(...changes: [path: string, value: unknown][]): string[] {
  const read = parsePlan(changes.reduce((plan, [path, value]) => changed(plan, path, value), preset))
  return read.ok ? [] : read.error.map(({ path, message }) => `${path} ${message}`)
}

describe('the 2013 preset', () => {
  const plan = shippedPlan()
  const weights = (nodes: Indicator[] | undefined) => nodes?.map((node) => node.weight)
  const find = (id: string) => {
    const below = (nodes: Indicator[]): Indicator[] => nodes.flatMap((node) => [node, ...below(node.children ?? [])])
    return below(plan.indicators).find((node) => node.id === id)
  }

  test('weighs functional work 40, management 30, innovation 10, satisfaction 20', () => {
    expect(plan.indicators.map((node) => node.id)).toEqual(['functional', 'management', 'innovation', 'satisfaction'])
    expect(weights(plan.indicators)).toEqual(['40', '30', '10', '20'])
  })

  test('weighs key, regular and other work 60, 30, 10, and each management part 20', () => {
    expect(weights(find('functional')?.children)).toEqual(['60', '30', '10'])
    expect(weights(find('management')?.children)).toEqual(['20', '20', '20', '20', '20'])
  })

  test('lets the third level share equally: 3, 3, 4, 4 and 3 items', () => {
    const third = find('management')?.children?.map((node) => node.children?.length)
    expect(third).toEqual([3, 3, 4, 4, 3])
    expect(find('management.clean')?.children?.some((node) => node.weight !== undefined)).toBe(false)
  })

  test('weighs leaders and recipients 0.3 each, the public 0.4', () => {
    expect(Object.values(plan.groups).map((group) => group.weight)).toEqual(['0.3', '0.3', '0.4'])
    expect(weights(find('satisfaction')?.children)).toEqual(['30', '30', '40'])
  })

  test('grades 90 优秀, 80 良好, 70 达标, below 诫勉, and chooses ten among the excellent', () => {
    expect(plan.grades.map(({ title, min }) => [title['zh-CN'], min])).toEqual([
      ['优秀', '90'],
      ['良好', '80'],
      ['达标', '70'],
      ['诫勉', '0'],
    ])
    expect(plan.advancedUnits).toMatchObject({ count: 10, grade: 'excellent' })
  })

  test('demands 10 leaders and half the roster, 30 recipients, 100 of the public', () => {
    expect(Object.values(plan.groups).map((group) => group.minimum)).toEqual([
      { n: 10, responsePercent: 50 },
      { n: 30 },
      { n: 100, effectiveN: 30 },
    ])
  })

  test('has organs assessed by reference, central ones too, judge their own functional work, unranked', () => {
    const rules = Object.entries(plan.organClasses).map(([id, { functionalRule, ranked }]) => [
      id,
      functionalRule,
      ranked,
    ])
    expect(rules).toEqual([
      ['party', 'reviewed', true],
      ['government', 'reviewed', true],
      ['byReference', 'self', false],
      ['central', 'self', false],
    ])
  })

  test('has leaders and the public answer into sealed boxes, and recipients all year round', () => {
    const { leaders, recipients, public: citizens } = plan.groups
    expect([leaders.intake, recipients.intake, citizens.intake]).toEqual(['sealed', 'live', 'sealed'])
  })

  test('records city, age and sex of the public, in this order, and calibrates by none', () => {
    expect(plan.groups.public).toMatchObject({ margins: ['city', 'age', 'sex'], calibration: 'none' })
  })

  test('agrees with the shipped questionnaires', () => {
    for (const name of ['leaders', 'recipients', 'public'] as const) {
      expect(scoringProblems(plan, shippedForm(name))).toEqual([])
    }
  })
})

describe('the demonstration plan', () => {
  test('differs from the 2013 preset in name, cycle, title, deadlines, its word for the public, their weights and who is helped only', () => {
    const own = { id: '', cycle: '', title: '', deadlines: '' }
    const demonstration = shippedPlan('2025-jiangzhou')
    // 社会公众 stands in the provincial plan; everything of today says 群众.
    const preset = JSON.parse(JSON.stringify(shippedPlan()).replace('社会公众满意度', '群众满意度'))
    // The plan of 2013 says nothing about weighting; today's figures of the population allow it.
    preset.groups.public.calibration = 'rake'
    // Nor about staff who write answers down.
    preset.groups.recipients.assisted = ['phone', 'paper']
    preset.groups.public.assisted = ['phone']
    expect({ ...demonstration, ...own }).toEqual({ ...preset, ...own })
    expect(demonstration).toMatchObject({
      id: '2025-jiangzhou',
      cycle: '2025',
      deadlines: { selfAssessment: '2026-03-15', leadScores: '2026-03-20' },
    })
  })
})

describe('parsePlan', () => {
  test('what was read cannot be changed any more', () => {
    expect(() => {
      shippedPlan().groups.public.weight = '0.5'
    }).toThrow(TypeError)
  })

  test('an unknown field is a mistake, at every depth', () => {
    const places = [
      '',
      'deadlines.',
      'organClasses.party.',
      'groups.',
      'groups.public.',
      'groups.public.questionnaire.',
      'groups.public.questions[0].',
      'groups.public.design.',
      'groups.public.minimum.',
      'indicators[0].',
      'indicators[0].children[0].',
      'grades[0].',
      'advancedUnits.',
      'rounding.',
      'disclosure.',
      'ranking.',
      'raking.',
      'screening.',
      'warnings.',
    ]
    for (const place of places) {
      expect(problemsAfter([`${place}wieght`, '1'])).toEqual([
        `${place}wieght is not a known field; remove it or correct its spelling`,
      ])
    }
  })

  test('weights that sum to 1 as fractions are taken, where decimals could not', () => {
    const thirds: [string, unknown][] = [
      ['groups.leaders.weight', '1/3'],
      ['groups.recipients.weight', '1/3'],
      ['groups.public.weight', '1/3'],
      ['indicators[3].children[0].weight', '1'],
      ['indicators[3].children[1].weight', '1'],
      ['indicators[3].children[2].weight', '1'],
    ]
    expect(problemsAfter(...thirds)).toEqual([])
    // 3 × 0.333333333 = 0.999999999, which is not 1.
    const nearly = thirds.map(([path]): [string, unknown] => [path, '0.333333333'])
    expect(problemsAfter(...nearly)).toEqual(
      ['groups must have weights that sum to 1, not 999999999/1000000000'].concat(
        [0, 1, 2].map(
          (index) => `indicators[3].children[${index}].weight must give the group its weight of 0.333333333`,
        ),
      ),
    )
  })

  test('a class of organs without a group may weigh the other two', () => {
    const own = (value: unknown) => problemsAfter(['organClasses.central.groupWeights', value])
    expect(own({ leaders: '3/7', public: '4/7' })).toEqual([])
    expect(own({ leaders: '0.3', public: '0.4' })).toEqual([
      'organClasses.central.groupWeights must sum to 1, not 7/10',
    ])
    expect(own({})).toEqual(['organClasses.central.groupWeights must sum to 1, not 0'])
  })

  test.each<[rule: string, changes: [string, unknown][], problem: string]>([
    ['weights are text', [['groups.public.weight', 0.4]], 'groups.public.weight must be text such as "0.3" or "3/7"'],
    [
      'weights are numbers',
      [['groups.public.weight', '40 %']],
      'groups.public.weight must be a number or fraction such as "0.3" or "3/7"',
    ],
    ['weights are positive', [['groups.public.weight', '0']], 'groups.public.weight must be more than 0'],
    ['a probability is below 1', [['ranking.safe', '1']], 'ranking.safe must be more than 0 and less than 1'],
    [
      'points have at most two decimals',
      [['scales.satisfaction5.4', '66.675']],
      'scales.satisfaction5.4 must be points from 0 to 100, such as "66.67"',
    ],
    [
      'points are at most 100',
      [['scales.satisfaction5.5', '101']],
      'scales.satisfaction5.5 must be points from 0 to 100, such as "66.67"',
    ],
    [
      'deadlines exist',
      [['deadlines.leadScores', '2014-04-31']],
      'deadlines.leadScores must be a day of the calendar, such as 2014-03-15',
    ],
    [
      '29 February needs a leap year',
      [['deadlines.leadScores', '2015-02-29']],
      'deadlines.leadScores must be a day of the calendar, such as 2014-03-15',
    ],
    [
      'at most five margins',
      [['groups.public.margins', ['a', 'b', 'c', 'd', 'e', 'f']]],
      'groups.public.margins must name at most 5 margins',
    ],
    [
      'kinds of design',
      [['groups.public.design.kind', 'clustered']],
      'groups.public.design.kind must be of the kind srs or stratified',
    ],
    [
      'kinds of weighting',
      [['groups.public.calibration', 'raking']],
      'groups.public.calibration must be none, poststratify or rake',
    ],
    [
      'ids of indicators',
      [['indicators[0].id', 'Functional work']],
      'indicators[0].id must be words joined by dots, at most four',
    ],
  ])('shape: %s', (_, changes, problem) => {
    expect(problemsAfter(...changes)).toEqual([problem])
  })

  test('deadlines may fall on one day, the first of a month too', () => {
    expect(problemsAfter(['deadlines', { selfAssessment: '2014-03-01', leadScores: '2014-03-01' }])).toEqual([])
    expect(problemsAfter(['deadlines.selfAssessment', '2014-03-00'])).toHaveLength(1)
  })

  test('29 February of a leap year is a day', () => {
    expect(problemsAfter(['deadlines.selfAssessment', '2012-02-29'])).toEqual([])
    expect(problemsAfter(['deadlines.selfAssessment', '1900-02-29'])).toHaveLength(1)
    expect(problemsAfter(['deadlines.selfAssessment', '2000-02-29'])).toEqual([])
  })
})

describe('scoringProblems', () => {
  const plan = shippedPlan()
  const problemsWith = (...changes: [string, unknown][]) => {
    const read = parseQuestionnaire(
      changes.reduce((form, [path, value]) => changed(form, path, value), readJson('forms/public.json')),
    )
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    return scoringProblems(plan, read.value).map(({ path, message }) => `${path} ${message}`)
  }

  test.each<[what: string, changes: [string, unknown][], problems: string[]]>([
    ['another version', [['version', 4]], ['groups.public.questionnaire.version must be 4']],
    ['another questionnaire', [['id', 'public_b']], ['groups.public.questionnaire.id must be public_b']],
    ['another weight', [['pages[1].questions[0].weight', 20]], ['groups.public.questions[1].weight must be 20']],
    ['other points', [['scales[0].options[1].score', '80.5']], ['scales.satisfaction5.4 must be 80.5']],
    [
      'a level more',
      [['scales[0].options[4].value', 9]],
      ['scales.satisfaction5.9 must be 0', 'scales.satisfaction5.1 must be left out'],
    ],
    [
      'a margin less',
      [['pages[7].questions[2]', undefined]],
      ['groups.public.margins[2] must be a margin the questionnaire asks for'],
    ],
    [
      'a question less',
      [
        ['pages[5]', undefined],
        ['dimensions[4]', undefined],
        ['pages[5].questions[0].showIf', undefined],
      ],
      ['groups.public.questions must be a list of 5 questions'],
    ],
    [
      'another order of questions',
      [
        ['pages[1].questions[0]', at(readJson('forms/public.json'), 'pages[2].questions[0]')],
        ['pages[2].questions[0]', at(readJson('forms/public.json'), 'pages[1].questions[0]')],
      ],
      ['groups.public.questions[1].id must be attitude', 'groups.public.questions[2].id must be efficiency'],
    ],
  ])('finds %s', (_, changes, problems) => {
    const conditional: [string, unknown][] = [['pages[6].questions[0].showIf', { q: 'overall', op: 'in', v: [2] }]]
    expect(problemsWith(...conditional, ...changes)).toEqual(problems)
  })

  test('points written in another way are the same points', () => {
    expect(problemsWith(['scales[0].options[1].score', '80.00'])).toEqual([])
  })
})

describe('canonicalPlan', () => {
  test('is the canonical form of the file itself, so that anyone can hash the file', () => {
    expect(JSON.parse(canonicalPlan(shippedPlan()))).toEqual(preset)
    expect(
      canonicalPlan(shippedPlan()).startsWith('{"advancedUnits":{"count":10,"grade":"excellent","title":{"en":'),
    ).toBe(true)
  })
})

describe('planWarnings', () => {
  test('a scale whose lowest level earns points is pointed out when the plan is set up', () => {
    expect(planWarnings(shippedPlan())).toEqual([])
    // 100/90/70/50/50: even complete dissatisfaction would be half a success.
    const floor = good(parsePlan(changed(preset, 'scales.satisfaction5.1', '50')))
    expect(planWarnings(floor)).toEqual([
      { code: 'scale_with_floor', scale: 'satisfaction5', level: '2', points: '30' },
    ])
  })
})
