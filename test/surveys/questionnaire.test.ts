import { describe, expect, test } from 'vitest'
import { canonicalQuestionnaire, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { changed, readJson, shippedForm } from './definition-files.ts'

const publicForm = readJson('forms/public.json')

/** The problems after some places of the public form were changed. */
function problemsAfter(...changes: [path: string, value: unknown][]): string[] {
  const json = changes.reduce((form, [path, value]) => changed(form, path, value), publicForm)
  const read = parseQuestionnaire(json)
  return read.ok ? [] : read.error.map(({ path, message }) => `${path} ${message}`)
}

const EFFICIENCY = 'pages[1].questions[0]'
const WHY = 'pages[6].questions[0]'
const COMMENT = 'pages[6].questions[1]'
const CITY = 'pages[7].questions[0]'
const LEVELS = 'scales[0].options'

describe('the shipped questionnaires', () => {
  test.each(['leaders', 'recipients', 'public'] as const)('%s keeps every rule', (name) => {
    expect(shippedForm(name).group).toBe(name)
  })

  test('score 100, 80, 60, 30, 0 and do not score don’t know', () => {
    for (const name of ['leaders', 'recipients', 'public'] as const) {
      const scores = shippedForm(name).scales[0]?.options.map(({ value, score }) => [value, score])
      expect(scores).toEqual([
        [5, 100],
        [4, 80],
        [3, 60],
        [2, 30],
        [1, 0],
        [0, null],
      ])
    }
  })

  test('give the overall question half, or for leaders 40 of 100, and each dimension 10', () => {
    const weights = (name: 'leaders' | 'recipients' | 'public') =>
      shippedForm(name).pages.flatMap((page) =>
        page.questions.flatMap((each) => (each.type === 'rating' ? each.weight : [])),
      )
    expect(weights('public')).toEqual([50, 10, 10, 10, 10, 10])
    expect(weights('recipients')).toEqual([50, 10, 10, 10, 10, 10])
    expect(weights('leaders')).toEqual([40, 10, 10, 10, 10, 10, 10])
  })

  test('the public is asked for city, age and sex, in that order, and may leave out each', () => {
    const about = shippedForm('public').pages.find((page) => page.per === 'response')?.questions ?? []
    expect(about.map((question) => question.id)).toEqual(['city', 'age', 'sex'])
    expect(
      about.map((question) => question.type === 'choice' && question.options.map((option) => option.value)),
    ).toEqual([
      // The 13 cities of the fictional province, as in its list of jurisdictions.
      [
        ...[
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
        ],
        ...['meigang', 'zhuxi', 'songtai', 'unstated'],
      ],
      ['age18_44', 'age45_59', 'age60', 'unstated'],
      ['male', 'female', 'unstated'],
    ])
    expect(about.some((question) => question.required)).toBe(false)
    expect(shippedForm('public').version).toBe(3)
  })
})

describe('parseQuestionnaire', () => {
  test('what was read cannot be changed any more', () => {
    const form = shippedForm('public')
    expect(() => {
      form.pages[0]!.questions[0]!.id = 'other'
    }).toThrow(TypeError)
  })

  test('an unknown field is a mistake, at every depth', () => {
    const message = 'is not a known field; remove it or correct its spelling'
    const places = [
      '',
      'subject.',
      'dimensions[0].',
      'scales[0].',
      `${LEVELS}[0].`,
      'pages[0].',
      `${EFFICIENCY}.`,
      `${WHY}.`,
      `${WHY}.options[0].`,
      `${COMMENT}.`,
    ]
    for (const place of places) {
      expect(problemsAfter([`${place}wieght`, 1])).toEqual([`${place}wieght ${message}`])
    }
    expect(problemsAfter([`${EFFICIENCY}.required`, undefined])).toEqual([])
  })

  test('every mistake is listed, not only the first', () => {
    expect(problemsAfter(['minutes', 0], ['title.en', ''], ['pages[0].per', 'person'])).toEqual([
      'minutes must be at least 1',
      'title.en must not be empty',
      'pages[0].per must be organ or response',
    ])
  })

  test('a reference that leads nowhere is listed beside the mistakes of other places', () => {
    const others: [string, unknown][] = [
      ['minutes', 0],
      [`${COMMENT}.rows`, 21],
      [`${EFFICIENCY}.weight`, 0],
    ]
    const found = ['minutes must be at least 1', `${EFFICIENCY}.weight must be at least 1`]
    found.push(`${COMMENT}.rows must be at most 20`)
    expect(problemsAfter(...others)).toEqual(found)
    expect(
      problemsAfter(...others, [`${EFFICIENCY}.scale`, 'nope'], ['pages[2].questions[0].dimension', 'nope']),
    ).toEqual([
      ...found,
      `${EFFICIENCY}.scale must be the id of a scale of this questionnaire`,
      'pages[2].questions[0].dimension must be the id of a dimension of this questionnaire',
    ])
  })

  test('a reference is not blamed for what it leads to being broken itself', () => {
    expect(problemsAfter(['scales[0].id', 'Levels'])).toHaveLength(1)
    expect(problemsAfter(['dimensions[1].id', 7])).toEqual(['dimensions[1].id must be text'])
    expect(problemsAfter(['scales', 'none'])).toEqual(['scales must be a list'])
    expect(problemsAfter(['pages', {}])).toEqual(['pages must be a list'])
  })

  test('a file that is no questionnaire at all is refused', () => {
    for (const json of [null, 1, 'text', [], {}]) expect(parseQuestionnaire(json).ok).toBe(false)
  })

  test.each<[rule: string, changes: [string, unknown][], problem: string]>([
    ['format', [['formatVersion', 2]], 'formatVersion must be 1'],
    ['id', [['id', 'Public']], 'id must start with a small letter, then at most 39 small letters, digits or _'],
    ['version', [['version', 0]], 'version must be at least 1'],
    ['version', [['version', 1.5]], 'version must be a whole number'],
    ['group', [['group', 'staff']], 'group must be leaders, recipients or public'],
    ['weight', [[`${EFFICIENCY}.weight`, 0]], `${EFFICIENCY}.weight must be at least 1`],
    ['weight', [[`${EFFICIENCY}.weight`, 1001]], `${EFFICIENCY}.weight must be at most 1000`],
    ['comment length', [[`${COMMENT}.maxLength`, 501]], `${COMMENT}.maxLength must be at most 500`],
    ['question type', [[`${COMMENT}.type`, 'note']], `${COMMENT}.type must have type rating, choice or text`],
    ['subject', [['subject.kind', 'all']], 'subject.kind must have kind one, each or pick'],
    [
      'text in canonical form',
      [['title.en', 'cafe\u0301']],
      'title.en must be well-formed text in NFC, without control characters or white space at its ends',
    ],
    [
      'at most 20 options',
      [[`${CITY}.options`, Array.from({ length: 21 }, (_, i) => option(`v${i}`, i === 20))]],
      `${CITY}.options must hold at most 20 options`,
    ],
    [
      'condition',
      [[`${EFFICIENCY}.showIf`, { q: 'overall', op: 'like', v: 1 }]],
      `${EFFICIENCY}.showIf must be {q, op, v} with op eq, ne, in, lte, gte or answered (without v), or {any: […]}, {all: […]}, {not: …}`,
    ],
    [
      'fractional scores are text',
      [[`${LEVELS}[1].score`, 66.5]],
      `${LEVELS}[1].score must be a whole number from 0 to 100, text such as "66.67", or null for not counted`,
    ],
  ])('shape: %s', (_, changes, problem) => {
    expect(problemsAfter(...changes)).toEqual([problem])
  })

  test('scores may have two decimals, as text', () => {
    expect(problemsAfter([`${LEVELS}[1].score`, '66.67'], [`${LEVELS}[2].score`, '33.33'])).toEqual([])
    expect(problemsAfter([`${LEVELS}[1].score`, '66.675'])).toHaveLength(1)
  })
})

function option(value: string, missing = false) {
  return { value, label: { 'zh-CN': value, en: value }, ...(missing ? { missing } : {}) }
}

describe('canonicalQuestionnaire', () => {
  test('is the canonical form of the file itself, so that anyone can hash the file', () => {
    // Python: json.dumps(form, sort_keys=True, ensure_ascii=False, separators=(',', ':')) gives this beginning.
    const text = canonicalQuestionnaire(shippedForm('recipients'))
    expect(
      text.startsWith('{"defaultLocale":"zh-CN","dimensions":[{"id":"efficiency","label":{"en":"Efficiency",'),
    ).toBe(true)
    expect(JSON.parse(text)).toEqual(readJson('forms/recipients.json'))
  })
})
