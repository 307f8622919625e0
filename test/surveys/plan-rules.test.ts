import { describe, expect, test } from 'vitest'
import { parsePlan } from '../../surveys/plan.ts'
import { at, changed, readJson } from './definition-files.ts'

const preset = readJson('plans/2013-provincial.json')

function problemsAfter(...changes: [path: string, value: unknown][]): string[] {
  const read = parsePlan(changes.reduce((plan, [path, value]) => changed(plan, path, value), preset))
  return read.ok ? [] : read.error.map(({ path, message }) => `${path} ${message}`)
}

const stratum = (share?: string) => ({ title: { 'zh-CN': '省委', en: 'Committee' }, ...(share ? { share } : {}) })
const inStrata = (weightBy: string, strata: Record<string, unknown>) => ({
  kind: 'stratified',
  fpc: true,
  weightBy,
  strata,
})

describe('each rule names its place and what is needed', () => {
  const innovation = at(preset, 'indicators[2]') as object
  const node = (id: string) => ({ id, title: { 'zh-CN': id, en: id } })

  test.each<[rule: string, changes: [string, unknown][], problems: string[]]>([
    [
      'group weights sum to 1',
      [
        ['groups.public.weight', '0.3'],
        ['indicators[3].children[2].weight', '30'],
      ],
      [
        'groups must have weights that sum to 1, not 9/10',
        ...[0, 1, 2].map((index) => `indicators[3].children[${index}].weight must give the group its weight of 0.3`),
      ],
    ],
    [
      'a quota is of a cell that there is, and not below what a score needs',
      [
        ['groups.public.quota', { all: 1, east: 500 }],
        ['groups.leaders.quota', { all: 1_000 }],
      ],
      ['groups.public.quota.all must be at least the minimum of 100', 'groups.public.quota.east must be one of all'],
    ],
    [
      'nobody answers on paper who verifies by a message, nor through staff who verifies at a provider',
      [
        ['groups.public.assisted', ['paper', 'phone']],
        ['groups.recipients.assisted', ['phone', 'phone']],
      ],
      [
        'groups.recipients.assisted must name each way once',
        'groups.public.assisted must not be paper where people verify by a message',
      ],
    ],
    [
      'what is about some organs stands below level 1, and leaves none of them without a score',
      [
        ['indicators[0].classes', ['party']],
        ['indicators[1].children[2].children[0].classes', ['government']],
        ['indicators[1].children[0].children', [{ ...node('management.lawful.one'), classes: ['government'] }]],
      ],
      [
        'indicators[0].classes must stand below level 1 only',
        ...['party', 'byReference', 'central'].map(
          (id) => `indicators[1].children[0].children must hold an indicator for the class ${id}`,
        ),
      ],
    ],
    [
      'the tree prints the weights of the groups',
      [
        ['indicators[3].children[0].weight', '40'],
        ['indicators[3].children[2].weight', '30'],
      ],
      [
        'indicators[3].children[0].weight must give the group its weight of 0.3',
        'indicators[3].children[2].weight must give the group its weight of 0.4',
      ],
    ],
    [
      'level-1 weights sum to 100',
      [['indicators[2].weight', '11']],
      ['indicators must have weights that sum to 100, not 101'],
    ],
    [
      'siblings all have a weight or none has',
      [['indicators[0].children[2].weight', undefined]],
      ['indicators[0].children must all have a weight, or none of them'],
    ],
    [
      'siblings on the third level too',
      [['indicators[1].children[2].children[1].weight', '50']],
      ['indicators[1].children[2].children must all have a weight, or none of them'],
    ],
    [
      'ids of indicators differ over the whole tree',
      [['indicators[1].children[0].children[1].id', 'functional.key']],
      ['indicators[1].children[0].children[1].id must differ from every other indicator'],
    ],
    [
      'each level-1 indicator says who scores',
      [['indicators[2].scoredBy', undefined]],
      ['indicators[2].scoredBy must say who scores'],
    ],
    [
      'below level 1 nothing else says it',
      [['indicators[0].children[0].scoredBy', 'performance_office']],
      ['indicators[0].children[0].scoredBy must stand on level 1 only'],
    ],
    [
      'exactly one indicator is scored by survey: not none',
      [['indicators[3]', { ...innovation, id: 'rest', weight: '20' }]],
      ['indicators must hold exactly one indicator scored by survey'],
    ],
    [
      'exactly one indicator is scored by survey: not two',
      [
        [
          'indicators[2]',
          { ...(at(preset, 'indicators[3]') as object), id: 'second', weight: '10', children: [node('second.one')] },
        ],
      ],
      [
        'indicators must hold exactly one indicator scored by survey',
        'indicators[2].children must hold one indicator for each group: leaders, recipients, public',
      ],
    ],
    [
      'the survey indicator has one part for each group',
      [['indicators[3].children[2].group', 'leaders']],
      ['indicators[3].children must hold one indicator for each group: leaders, recipients, public'],
    ],
    [
      'no other indicator belongs to a group',
      [['indicators[1].children[0].group', 'leaders']],
      ['indicators[1].children[0].group must stand below the indicator scored by survey'],
    ],
    [
      'leaders in live mode need a written reason',
      [['groups.leaders.intake', 'live']],
      ['groups.leaders.intakeReason must say in both languages why leaders do not answer in a sealed box'],
    ],
    [
      'each group has its kind of evidence',
      [
        ['groups.leaders.adapter', 'sms'],
        ['groups.leaders.anchor', 'phone'],
        ['groups.recipients.adapter', 'sms'],
        ['groups.recipients.anchor', 'phone'],
        ['groups.public.adapter', 'receipt'],
        ['groups.public.anchor', 'receipt'],
      ],
      [
        'groups.leaders.adapter must be roster for this group',
        'groups.leaders.anchor must be roster for this group',
        'groups.recipients.adapter must be receipt for this group',
        'groups.recipients.anchor must be receipt for this group',
        'groups.public.adapter must be sms or oidc for this group',
        'groups.public.anchor must be phone for sms',
      ],
    ],
    [
      'a text message says nothing about a number at an identity provider',
      [['groups.public.anchor', 'oidc:province']],
      ['groups.public.anchor must be phone for sms'],
    ],
    [
      'an identity provider says nothing about receipts',
      [
        ['groups.public.adapter', 'oidc'],
        ['groups.public.anchor', 'receipt'],
      ],
      ['groups.public.anchor must be phone or oidc:NAME for this group'],
    ],
    [
      'an identity provider is for the public',
      [
        ['groups.leaders.adapter', 'oidc'],
        ['groups.recipients.anchor', 'oidc:province'],
      ],
      [
        'groups.leaders.adapter must be roster for this group',
        'groups.recipients.anchor must be receipt for this group',
      ],
    ],
    [
      'margins differ',
      [['groups.public.margins', ['age', 'sex', 'age']]],
      ['groups.public.margins must name each margin once'],
    ],
    [
      'questions differ',
      [['groups.public.questions[1].id', 'overall']],
      ['groups.public.questions[1].id must differ from every other question'],
    ],
    [
      'scales exist',
      [['groups.public.questions[1].scale', 'constructor']],
      ['groups.public.questions[1].scale must be one of the scales of this plan'],
    ],
    [
      'mappings differ from one another and from those that every plan has',
      [
        [
          'mappings',
          ['top_two', 'ours', 'ours'].map((id) => ({ ...node(id), points: at(preset, 'scales.satisfaction5') })),
        ],
      ],
      ['mappings[0].id must differ from every other mapping', 'mappings[2].id must differ from every other mapping'],
    ],
    [
      'a mapping gives points to the levels of a scale',
      [['mappings', [{ ...node('ours'), points: { 5: '100' } }]]],
      ['mappings[0].points must give points to the levels of one of the scales'],
    ],
    ['there is a class of organs', [['organClasses', {}]], ['organClasses must hold at least one class']],
    [
      'classes of organs are those that can be stored',
      [['organClasses.company', at(preset, 'organClasses.party')]],
      ['organClasses.company must be party, government, byReference or central'],
    ],
    [
      'only a roster is a counted population',
      [
        ['groups.public.design.fpc', true],
        ['groups.recipients.minimum.responsePercent', 50],
      ],
      [
        'groups.recipients.minimum.responsePercent must be left out: only a roster is a counted population',
        'groups.public.design.fpc must be false: only a roster is a counted population',
      ],
    ],
    ['grades differ', [['grades[1].id', 'excellent']], ['grades[1].id must differ from every other grade']],
    ['grade cuts fall strictly', [['grades[1].min', '90']], ['grades[1].min must be less than the grade before']],
    ['the last grade begins at 0', [['grades[3].min', '10']], ['grades[3].min must be 0 for the last grade']],
    [
      'advanced units are chosen among a grade of this plan',
      [['advancedUnits.grade', 'best']],
      ['advancedUnits.grade must be one of the grades'],
    ],
    [
      'lead departments score after the self-assessment',
      [['deadlines.selfAssessment', '2014-03-21']],
      ['deadlines.leadScores must not be before the self-assessment'],
    ],
    ['a lower bound of weights lies below 1', [['raking.lower', '5']], ['raking.lower must be less than 1']],
    ['an upper bound of weights lies above 1', [['raking.upper', '0.9']], ['raking.upper must be more than 1']],
    [
      'weighting to the population needs a margin',
      [
        ['groups.public.calibration', 'rake'],
        ['groups.public.margins', []],
      ],
      ['groups.public.margins must name a margin to weight the answers by'],
    ],
    [
      'post-stratification takes one margin',
      [
        ['groups.public.calibration', 'poststratify'],
        ['groups.public.margins', ['city', 'age']],
      ],
      ['groups.public.calibration must be rake for more than one margin'],
    ],
    [
      'only a roster has strata',
      [['groups.public.design', { kind: 'stratified', fpc: false, weightBy: 'slips', strata: { north: stratum() } }]],
      ['groups.public.design.kind must be srs: only a roster says to which stratum a person belongs'],
    ],
    [
      'strata weighted by share all have one, and these sum to 1',
      [['groups.leaders.design', inStrata('share', { a: stratum('0.6'), b: stratum('0.5') })]],
      ['groups.leaders.design.strata must have shares that sum to 1, not 11/10'],
    ],
    [
      'a share is not so small that its weight would be nothing',
      [['groups.leaders.design', inStrata('share', { a: stratum('0.9999999'), b: stratum('0.0000001') })]],
      ['groups.leaders.design.strata.b.share must be at least 0.001'],
    ],
    [
      'every stratum has its share',
      [['groups.leaders.design', inStrata('share', { a: stratum('1'), b: stratum() })]],
      ['groups.leaders.design.strata must give every stratum a share'],
    ],
    [
      'a share that would not count is not written',
      [['groups.leaders.design', inStrata('population', { a: stratum('0.6'), b: stratum() })]],
      ['groups.leaders.design.strata must have shares only where strata are weighted by share'],
    ],
    [
      'there is a stratum',
      [['groups.leaders.design', inStrata('slips', {})]],
      ['groups.leaders.design.strata must hold at least one stratum'],
    ],
  ])('%s', (_, changes, problems) => {
    expect(problemsAfter(...changes)).toEqual(problems)
  })

  test('leaders in a sealed box need no reason', () => {
    expect(problemsAfter(['groups.leaders.intake', 'sealed'], ['groups.leaders.intakeReason', undefined])).toEqual([])
  })
})
