import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CycleState,
  moveCycle,
  moveSurvey,
  readiness,
  type SurveyFacts,
  type SurveyState,
} from '../../surveys/cycle.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { changed, good, shippedForm, shippedPlan } from './definition-files.ts'

const surveyStates: SurveyState[] = ['draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published']
const cycleStates: CycleState[] = [
  'draft',
  'targets',
  'fieldwork',
  'closed',
  'reviewed',
  'published',
  'rectification',
  'archived',
]

describe('moveSurvey', () => {
  // From the page of permitted moves: who must agree, or no entry where the move does not exist.
  const live: Record<string, string> = {
    'draft ready': 'none',
    'ready draft': 'none',
    'ready open': 'survey.open',
    'open closed': 'survey.close',
    'closed published': 'result.publish',
  }
  const sealed: Record<string, string> = {
    'draft ready': 'none',
    'ready draft': 'none',
    'ready open': 'survey.open',
    'open closed': 'survey.close',
    'closed opening': 'trustees',
    'opening opened': 'none',
    'opened published': 'result.publish',
  }

  test.each([
    ['live', live],
    ['sealed', sealed],
  ] as const)('of all pairs of states a %s survey may make these moves only', (mode, table) => {
    for (const from of surveyStates) {
      for (const to of surveyStates) {
        const move = moveSurvey({ from, to, mode, dueToClose: false })
        const needed = move.ok
          ? move.value.kind === 'second_administrator'
            ? move.value.action
            : move.value.kind
          : undefined
        expect(needed, `${from} → ${to}`).toBe(table[`${from} ${to}`])
      }
    }
  })

  test('a box whose key is a file is opened by two administrators, one whose key trustees hold by their shares', () => {
    const open = (mode: 'live' | 'sealed', holding: 'trustees' | 'file') =>
      moveSurvey({ from: 'closed', to: 'opening', mode, dueToClose: false, holding })
    expect(open('sealed', 'trustees')).toEqual({ ok: true, value: { kind: 'trustees' } })
    expect(open('sealed', 'file')).toEqual({ ok: true, value: { kind: 'second_administrator', action: 'box.open' } })
    expect(open('live', 'file')).toEqual({ ok: false, error: 'not_permitted' })
    // What has begun is finished without asking again.
    const finish = moveSurvey({ from: 'opening', to: 'opened', mode: 'sealed', dueToClose: false, holding: 'file' })
    expect(finish).toEqual({ ok: true, value: { kind: 'none' } })
  })

  test('closing at the hour fixed at opening needs no second approval, any other closing does', () => {
    const close = (dueToClose: boolean) => moveSurvey({ from: 'open', to: 'closed', mode: 'live', dueToClose })
    expect(close(true)).toEqual({ ok: true, value: { kind: 'none' } })
    expect(close(false)).toEqual({ ok: true, value: { kind: 'second_administrator', action: 'survey.close' } })
  })
})

describe('moveCycle', () => {
  test('goes from one stage to the next and nowhere else; publishing needs two persons', () => {
    for (const [f, from] of cycleStates.entries()) {
      for (const [t, to] of cycleStates.entries()) {
        const move = moveCycle(from, to, ['closed', 'opened'])
        expect(move.ok, `${from} → ${to}`).toBe(t === f + 1)
        if (move.ok) {
          const agreement =
            to === 'published' ? { kind: 'second_administrator', action: 'result.publish' } : { kind: 'none' }
          expect(move.value).toEqual(agreement)
        }
      }
    }
  })

  test('does not leave fieldwork, nor go on to publication, while a survey is open or its box is being opened', () => {
    for (const state of ['open', 'opening'] as const) {
      for (const [from, to] of [
        ['fieldwork', 'closed'],
        ['closed', 'reviewed'],
        ['reviewed', 'published'],
      ] as const) {
        expect(moveCycle(from, to, ['closed', state])).toEqual({ ok: false, error: 'survey_not_closed' })
      }
    }
    expect(moveCycle('targets', 'fieldwork', ['open']).ok).toBe(true)
  })
})

/** A population in which every category is equally large. */
function margin(name: string, ids: readonly string[]) {
  return { name, categories: ids.map((id) => ({ id, share: `1/${ids.length}` })) }
}

const publicSurvey: SurveyFacts = {
  plan: shippedPlan('2025-jiangzhou'),
  planFrozen: true,
  group: 'public',
  mode: 'sealed',
  counted: true,
  anchor: 'phone',
  provider: null,
  adapters: ['sms'],
  questionnaire: shippedForm('public'),
  reasons: {},
  organClasses: ['party', 'government', 'byReference', 'central'],
  opensAt: Date.UTC(2025, 8, 1),
  closesAt: Date.UTC(2025, 10, 1),
  closesOn: 20251101,
  resultsOn: 20251201,
  cells: [{ cell: 'all', expected: 5000 }],
  boxKey: { holding: 'trustees', isRehearsed: true },
  population: [
    margin('city', [
      'yunhu',
      'pingchuan',
      'shiqiao',
      'qingxi',
      'dongping',
      'nanling',
      'beiyuan',
      'shuanghe',
      'bailu',
      'changdi',
      'meigang',
      'zhuxi',
      'songtai',
    ]),
    margin('age', ['age18_44', 'age45_59', 'age60']),
    margin('sex', ['male', 'female']),
  ],
  phone: '025-00000000',
  officeAdministrators: 2,
}

describe('readiness', () => {
  const worded = (path: string, text: string) => good(parseQuestionnaire(changed(shippedForm('public'), path, text)))
  const praise = worded('thanks.zh-CN', '请给好评。')
  const double = worded('pages[1].questions[0].title.zh-CN', '您对{organ}的效率和态度满意吗？')

  test('a complete survey of each group misses nothing', () => {
    expect(readiness(publicSurvey)).toEqual([])
    const leaders: Partial<SurveyFacts> = {
      group: 'leaders',
      anchor: 'roster',
      adapters: ['roster'],
      questionnaire: shippedForm('leaders'),
      cells: [{ cell: 'all', expected: 10 }],
    }
    expect(readiness({ ...publicSurvey, ...leaders })).toEqual([])
    const recipients: Partial<SurveyFacts> = {
      group: 'recipients',
      anchor: 'receipt',
      adapters: ['receipt', 'signed_receipt'],
      mode: 'live',
      boxKey: null,
      questionnaire: shippedForm('recipients'),
    }
    expect(readiness({ ...publicSurvey, ...recipients })).toEqual([])
  })

  test('an open channel is complete without cells, because it is never counted', () => {
    const open: Partial<SurveyFacts> = {
      anchor: 'open',
      adapters: ['open'],
      counted: false,
      cells: [],
      mode: 'live',
      boxKey: null,
    }
    expect(readiness({ ...publicSurvey, ...open })).toEqual([])
    expect(readiness({ ...publicSurvey, ...open, counted: true, cells: publicSurvey.cells })).toEqual([
      'intake_of_plan',
      'open_channel_uncounted',
    ])
  })

  const manyCells = Array.from({ length: 33 }, (_, index) => ({ cell: `c${index}`, expected: 200 }))
  test.each<[string, Partial<SurveyFacts>, string[]]>([
    ['no valid plan', { plan: null }, ['plan']],
    ['a plan that can still change', { planFrozen: false }, ['plan_frozen']],
    ['no valid questionnaire', { questionnaire: null }, ['questionnaire']],
    ['the questionnaire of another group', { questionnaire: shippedForm('leaders') }, ['questionnaire_of_group']],
    [
      'a questionnaire that scores otherwise than the plan',
      { questionnaire: { ...shippedForm('public'), version: 4 } },
      ['questionnaire_of_plan'],
    ],
    ['words that ask for a good rating', { questionnaire: praise }, ['questionnaire_wording']],
    ['two questions in one without a reason', { questionnaire: double }, ['questionnaire_reasons']],
    ['no key of a sealed box', { boxKey: null }, ['box_key']],
    ['no rehearsal of a key in shares', { boxKey: { holding: 'trustees', isRehearsed: false } }, ['box_rehearsal']],
    ['nothing wrong with a key that is a file', { boxKey: { holding: 'file', isRehearsed: false } }, []],
    ['live intake where the plan says sealed', { mode: 'live', boxKey: null }, ['intake_of_plan']],
    ['no way to identify people', { adapters: [] }, ['intake_of_plan', 'single_anchor']],
    ['two kinds of identity', { adapters: ['sms', 'receipt'] }, ['single_anchor']],
    ['no identity provider', { adapters: ['sms', 'oidc'] }, ['identity_provider']],
    [
      'an identity provider that gives no phones, beside text messages',
      { adapters: ['sms', 'oidc'], provider: { name: 'province', givesPhone: false } },
      ['single_anchor'],
    ],
    [
      'nothing wrong with one that gives the phones by which people are counted',
      { adapters: ['sms', 'oidc'], provider: { name: 'province', givesPhone: true } },
      [],
    ],
    [
      'text messages beside numbers at an identity provider',
      {
        anchor: 'oidc:province',
        adapters: ['oidc', 'sms'],
        provider: { name: 'province', givesPhone: true },
      },
      ['intake_of_plan', 'single_anchor'],
    ],
    [
      'numbers at another identity provider',
      { anchor: 'oidc:city', adapters: ['oidc'], provider: { name: 'province', givesPhone: false } },
      ['intake_of_plan', 'single_anchor'],
    ],
    ['an adapter nobody knows', { adapters: ['sms', 'wechat'] }, ['single_anchor']],
    [
      'an anchor that does not fit the group',
      { anchor: 'receipt', adapters: ['receipt'] },
      ['intake_of_plan', 'fitting_anchor'],
    ],
    ['no organs', { organClasses: [] }, ['organs']],
    ['an organ of a class the plan does not know', { organClasses: ['party', 'company'] }, ['organ_class_in_plan']],
    ['no opening time', { opensAt: null }, ['dates']],
    ['no closing time', { closesAt: null }, ['dates']],
    ['no day of results', { resultsOn: null }, ['dates']],
    ['closing before opening', { closesAt: Date.UTC(2025, 8, 1) }, ['dates_in_order']],
    ['results on the day of closing', { resultsOn: 20251101 }, ['dates_in_order']],
    ['no verified cell', { cells: [] }, ['expected_counts']],
    ['nobody expected', { cells: [{ cell: 'all', expected: 0 }] }, ['expected_counts']],
    [
      'one cell in which nobody is expected',
      {
        cells: [
          { cell: 'a', expected: 200 },
          { cell: 'b', expected: 0 },
        ],
      },
      ['expected_counts'],
    ],
    ['a cell of one', { cells: [{ cell: 'all', expected: 1 }] }, ['cells_large_enough']],
    ['nothing wrong with 32 cells of 200', { cells: manyCells.slice(0, 32) }, []],
    ['33 cells', { cells: manyCells }, ['cells_at_most_32']],
    ['a cell of 199', { cells: [{ cell: 'all', expected: 199 }] }, ['cells_large_enough']],
    ['no population to weight the answers by', { population: null }, ['population']],
    [
      'a population that lacks a margin of the plan',
      { population: publicSurvey.population!.slice(0, 2) },
      ['population_of_questionnaire'],
    ],
    [
      'a population that lacks a category of the questionnaire',
      { population: [...publicSurvey.population!.slice(0, 2), margin('sex', ['male'])] },
      ['population_of_questionnaire'],
    ],
    [
      'a population whose shares do not add up',
      {
        population: [
          ...publicSurvey.population!.slice(0, 2),
          {
            name: 'sex',
            categories: [
              { id: 'male', share: '0.5' },
              { id: 'female', share: '0.4' },
            ],
          },
        ],
      },
      ['population_of_questionnaire'],
    ],
    ['no telephone for complaints', { phone: ' ' }, ['contact']],
    ['one administrator', { officeAdministrators: 1 }, ['two_administrators']],
  ])('finds %s', (_, facts, missing) => {
    expect(readiness({ ...publicSurvey, ...facts })).toEqual(missing)
  })

  test('a roster of nine leaders is too small', () => {
    const nine: Partial<SurveyFacts> = {
      group: 'leaders',
      anchor: 'roster',
      adapters: ['roster'],
      questionnaire: shippedForm('leaders'),
      cells: [{ cell: 'all', expected: 9 }],
    }
    expect(readiness({ ...publicSurvey, ...nine })).toEqual(['cells_large_enough'])
  })

  test('a roster in strata needs each of its strata, and no other cell', () => {
    const plan = good(
      parsePlan(
        changed(shippedPlan('2025-jiangzhou'), 'groups.leaders.design', {
          kind: 'stratified',
          fpc: true,
          weightBy: 'share',
          strata: {
            committee: { title: { 'zh-CN': '省委', en: 'Committee' }, share: '0.6' },
            congress: { title: { 'zh-CN': '人大', en: 'Congress' }, share: '0.4' },
          },
        }),
      ),
    )
    const strata = (...cells: string[]): SurveyFacts => ({
      ...publicSurvey,
      plan,
      group: 'leaders',
      anchor: 'roster',
      adapters: ['roster'],
      questionnaire: shippedForm('leaders'),
      cells: cells.map((cell) => ({ cell, expected: 20 })),
    })
    expect(readiness(strata('congress', 'committee'))).toEqual([])
    expect(readiness(strata('congress'))).toEqual(['cells_of_plan'])
    expect(readiness(strata('congress', 'committee', 'all'))).toEqual(['cells_of_plan'])
    expect(readiness(strata('all'))).toEqual(['cells_of_plan'])
  })

  test('each group has its own anchors', () => {
    const anchors = { roster: 'roster', receipt: 'receipt', phone: 'sms', 'oidc:https://id.example': 'oidc' }
    const fitting = (['leaders', 'recipients', 'public'] as const).map((group) =>
      Object.entries(anchors)
        .filter(
          ([anchor, adapter]) =>
            !readiness({ ...publicSurvey, group, anchor, adapters: [adapter] }).includes('fitting_anchor'),
        )
        .map(([anchor]) => anchor),
    )
    expect(fitting).toEqual([['roster'], ['receipt'], ['phone', 'oidc:https://id.example']])
  })

  test('an empty draft misses everything at once', () => {
    const draft: SurveyFacts = {
      ...publicSurvey,
      plan: null,
      questionnaire: null,
      adapters: [],
      organClasses: [],
      opensAt: null,
      cells: [],
      phone: '',
      officeAdministrators: 0,
    }
    expect(readiness(draft)).toEqual([
      'plan',
      'questionnaire',
      'single_anchor',
      'organs',
      'dates',
      'expected_counts',
      'contact',
      'two_administrators',
    ])
  })

  test('what is missing stays missing when something else goes missing too', () => {
    const losses: Partial<SurveyFacts>[] = [
      { planFrozen: false },
      { questionnaire: null },
      { organClasses: [] },
      { opensAt: null },
      { cells: [] },
      { phone: '' },
      { officeAdministrators: 1 },
    ]
    fc.assert(
      fc.property(fc.subarray(losses), fc.constantFrom(...losses), (some, more) => {
        const before = readiness(Object.assign({ ...publicSurvey }, ...some))
        const after = readiness(Object.assign({ ...publicSurvey }, ...some, more))
        expect(after).toEqual(expect.arrayContaining(before))
        expect(after).toHaveLength(new Set([...some, more]).size)
      }),
    )
  })
})
