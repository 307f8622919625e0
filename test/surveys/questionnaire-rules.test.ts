import { describe, expect, test } from 'vitest'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { at, changed, readJson } from './definition-files.ts'

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
const AGE = 'pages[7].questions[1]'
const SEX = 'pages[7].questions[2]'
const LEVELS = 'scales[0].options'

describe('each rule names its place and what is needed', () => {
  // The dimensions without their condition, which names the overall question.
  const unconditional = [1, 2, 3, 4, 5].map((page): [string, unknown] => [
    `pages[${page}].questions[0].showIf`,
    undefined,
  ])
  const secondText = { ...(at(publicForm, COMMENT) as object), id: 'more' }
  const overall = at(publicForm, 'pages[0].questions[0]') as object
  const margin = at(publicForm, SEX) as object

  test.each<[rule: string, changes: [string, unknown][], problems: string[]]>([
    ['page ids differ', [['pages[1].id', 'p_law']], ['pages[3].id must differ from every other page id']],
    ['question ids differ', [[`${SEX}.id`, 'why']], [`${SEX}.id must differ from every other question id`]],
    [
      'dimension ids differ',
      [['dimensions[5]', dimension('law')]],
      ['dimensions[5].id must differ from every other dimension id'],
    ],
    [
      'scale ids differ',
      [['scales[1]', at(publicForm, 'scales[0]')]],
      ['scales[1].id must differ from every other scale id'],
    ],
    ['margins differ', [[`${SEX}.margin`, 'age']], [`${SEX}.margin must differ from every other margin`]],
    [
      'there is an overall rating',
      [...unconditional, [`${WHY}.showIf`, undefined], ['pages[0]', undefined]],
      ['pages must hold one rating with role overall'],
    ],
    [
      'there is only one overall rating',
      [['pages[0].questions[1]', { ...overall, id: 'again' }]],
      ['pages[0].questions[1].role must be dimension: there is one overall rating'],
    ],
    [
      'the overall rating stands on a core page',
      [['pages[0].part', 'detail']],
      ['pages[0].questions[0].role must stand on a core page when it is overall'],
    ],
    [
      'the overall rating is always shown',
      [
        ['pages[0].questions[1]', at(publicForm, 'pages[0].questions[0]')],
        ['pages[0].questions[0]', { ...(at(publicForm, EFFICIENCY) as object), showIf: undefined }],
        ['pages[0].questions[0].showIf', undefined],
        ['pages[1]', undefined],
        ['pages[0].questions[1].showIf', { q: 'efficiency', op: 'answered' }],
      ],
      ['pages[0].questions[1].showIf must be left out of the overall rating'],
    ],
    [
      'the overall rating has no dimension',
      [['pages[0].questions[0].dimension', 'law']],
      [
        'pages[3].questions[0].dimension must be a dimension that no other question asks about',
        'pages[0].questions[0].dimension must be left out of the overall rating',
      ],
    ],
    [
      'each dimension is asked about',
      [['dimensions[5]', dimension('speed')]],
      ['dimensions[5] must have a question that asks about it'],
    ],
    [
      'each dimension is asked about once',
      [[`${EFFICIENCY}.dimension`, 'law']],
      [
        'pages[3].questions[0].dimension must be a dimension that no other question asks about',
        'dimensions[1] must have a question that asks about it',
      ],
    ],
    [
      'dimensions exist',
      [['dimensions[1]', undefined]],
      [`${EFFICIENCY}.dimension must be the id of a dimension of this questionnaire`],
    ],
    [
      'a dimension question says which dimension',
      [
        ['dimensions[1]', undefined],
        [`${EFFICIENCY}.dimension`, undefined],
      ],
      [`${EFFICIENCY}.dimension must be the id of a dimension of this questionnaire`],
    ],
    [
      'scales exist',
      [[`${EFFICIENCY}.scale`, 'stars']],
      [`${EFFICIENCY}.scale must be the id of a scale of this questionnaire`],
    ],
    [
      'a rating stands on a page per organ',
      [
        ['pages[5].per', 'response'],
        ['pages[5].questions[0].showIf', undefined],
        [`${WHY}.showIf`, { q: 'overall', op: 'lte', v: 2 }],
      ],
      ['pages[5].questions[0] must stand on a page per organ; a page per response holds margin questions only'],
    ],
    [
      'a margin stands on a page per response',
      [
        ['pages[8]', { id: 'p_sex', per: 'organ', part: 'core', questions: [margin] }],
        [SEX, undefined],
      ],
      ['pages[8].questions[0] must stand on a page per response'],
    ],
    [
      'at most one text question',
      [['pages[6].questions[2]', secondText]],
      ['pages[6].questions[2] must be left out: there is at most one text question'],
    ],
    ['pick at least as many as at most', [['subject.min', 4]], ['subject.max must be at least min']],
    [
      'details of the first organ only make sense when organs are picked',
      [['subject', { kind: 'each', order: 'fixed', detail: 'first' }]],
      ['subject.detail must be all, unless the respondent picks the organs'],
    ],
    [
      'values of a scale differ',
      [[`${LEVELS}[1].value`, 5]],
      [`${LEVELS}[1].value must differ from every other value of the scale`],
    ],
    [
      'the value 0 means don’t know, and nothing else does',
      [[`${LEVELS}[5].value`, 6], ...unconditional],
      [`${LEVELS}[5].value must be 0 for the level without a score, and for no other`],
    ],
    [
      'a scored level is not stored as 0',
      [[`${LEVELS}[5]`, undefined], [`${LEVELS}[4].value`, 0], [`${WHY}.showIf`, undefined], ...unconditional],
      [`${LEVELS}[4].value must be 0 for the level without a score, and for no other`],
    ],
    [
      'the level without a score is the last',
      [
        [`${LEVELS}[3]`, { ...(at(publicForm, `${LEVELS}[5]`) as object) }],
        [`${LEVELS}[5]`, { ...(at(publicForm, `${LEVELS}[3]`) as object), score: 0 }],
        [`${LEVELS}[4].score`, 10],
      ],
      [`${LEVELS}[3].score must be a number, except in the last level`],
    ],
    [
      'at most one level has no score',
      [[`${LEVELS}[4].score`, null]],
      [
        `${LEVELS}[4].value must be 0 for the level without a score, and for no other`,
        `${LEVELS}[4].score must be a number, except in the last level`,
      ],
    ],
    [
      'scores fall strictly',
      [[`${LEVELS}[1].score`, 60]],
      [`${LEVELS}[2].score must be less than the score of the level before`],
    ],
    [
      'values of a choice differ',
      [[`${SEX}.options[1].value`, 'male']],
      [`${SEX}.options[1].value must differ from every other value of the question`],
    ],
    [
      'exclusive needs multiple',
      [[`${SEX}.options[1].exclusive`, true]],
      [`${SEX}.options[1].exclusive needs multiple`],
    ],
    ['missing needs a margin', [[`${WHY}.options[1].missing`, true]], [`${WHY}.options[1].missing needs role margin`]],
    [
      'values of a margin fit the weighting cell',
      [[`${SEX}.options[1].value`, 'a'.repeat(25)]],
      [`${SEX}.options[1].value must have at most 24 characters`],
    ],
    ['max needs multiple', [[`${SEX}.max`, 1]], [`${SEX}.max needs multiple`]],
    [
      'at most 8 options when several may be chosen',
      [[`${WHY}.options[8]`, option('ninth')]],
      [`${WHY}.options must hold at most 8 options when several may be chosen`],
    ],
    ['only margins name a margin', [[`${WHY}.margin`, 'why']], [`${WHY}.margin needs role margin`]],
    ['a margin names its margin', [[`${SEX}.margin`, undefined]], [`${SEX}.margin must name the margin`]],
    ['a margin is a single choice', [[`${SEX}.multiple`, true]], [`${SEX}.multiple must be false for a margin`]],
    [
      'a margin is never required',
      [[`${SEX}.required`, true]],
      [`${SEX}.required must be false for a margin: nobody has to say`],
    ],
    [
      'a margin has an option for not saying',
      [[`${SEX}.options[2].missing`, undefined]],
      [`${SEX}.options must hold exactly one option with missing: true`],
    ],
    [
      'a margin has only one such option',
      [[`${SEX}.options[1].missing`, true]],
      [`${SEX}.options must hold exactly one option with missing: true`],
    ],
    [
      'a condition names an earlier question',
      [
        [
          `${EFFICIENCY}.showIf`,
          { any: [{ q: 'overall', op: 'answered' }, { all: [{ not: { q: 'law', op: 'answered' } }] }] },
        ],
      ],
      [
        `${EFFICIENCY}.showIf.any[1].all[0].not.q must be the id of an earlier rating or choice on the same kind of page`,
      ],
    ],
    [
      'a condition does not name its own question',
      [[`${EFFICIENCY}.showIf`, { q: 'efficiency', op: 'answered' }]],
      [`${EFFICIENCY}.showIf.q must be the id of an earlier rating or choice on the same kind of page`],
    ],
    [
      'a condition does not name a question about organs from a page per response',
      [[`${AGE}.showIf`, { q: 'overall', op: 'answered' }]],
      [`${AGE}.showIf.q must be the id of an earlier rating or choice on the same kind of page`],
    ],
    [
      'a condition does not name a text',
      [
        ['pages[6].questions[2]', at(publicForm, WHY)],
        ['pages[6].questions[0]', secondText],
        ['pages[6].questions[1]', undefined],
        ['pages[6].questions[1].showIf', { q: 'more', op: 'answered' }],
      ],
      ['pages[6].questions[1].showIf.q must be the id of an earlier rating or choice on the same kind of page'],
    ],
    [
      'a condition orders ratings only',
      [[`${SEX}.showIf`, { q: 'city', op: 'lte', v: 'yunhu' }]],
      [`${SEX}.showIf.op must be eq, ne, in or answered for a choice`],
    ],
    [
      'a condition compares with answers that exist',
      [[`${EFFICIENCY}.showIf`, { q: 'overall', op: 'in', v: [1, 7] }]],
      [`${EFFICIENCY}.showIf.v must be among the answers of overall: 5, 4, 3, 2, 1, 0`],
    ],
    [
      'a condition compares with options that exist',
      [[`${SEX}.showIf`, { q: 'age', op: 'eq', v: 'old' }]],
      [`${SEX}.showIf.v must be among the answers of age: age18_44, age45_59, age60, unstated`],
    ],
    ['each language is declared once', [['locales', ['zh-CN', 'en', 'en']]], ['locales must name each language once']],
    [
      'a declared language is complete',
      [['locales', ['zh-CN', 'en', 'bo']], ...everyTextBut('hint', 'bo')],
      ['pages[0].questions[0].hint.bo must be written: the language is declared'],
    ],
    [
      'an undeclared language is left out',
      [['title.fr', 'Enquête']],
      ['title.fr must be left out, or the language declared in locales'],
    ],
    [
      'placeholders are known',
      [['title', { 'zh-CN': '{name}测评', en: '{name} survey' }]],
      [
        'title.zh-CN must hold no braces other than {organ}, {count} and {share}',
        'title.en must hold no braces other than {organ}, {count} and {share}',
      ],
    ],
    [
      'braces are closed',
      [['thanks.en', 'Thanks {organ']],
      ['thanks.en must hold no braces other than {organ}, {count} and {share}'],
    ],
    [
      'languages hold the same placeholders',
      [['intro.en', 'Rate one to three agencies you know.']],
      ['intro.en must hold the same placeholders as zh-CN'],
    ],
  ])('%s', (_, changes, problems) => {
    expect(problemsAfter(...changes)).toEqual(problems)
  })

  test('what is just within a rule is taken', () => {
    const levels = at(publicForm, LEVELS) as object[]
    expect(problemsAfter(['subject.min', 3])).toEqual([])
    expect(problemsAfter([`${SEX}.options[1].value`, 'a'.repeat(24)])).toEqual([])
    expect(problemsAfter(['scales[1]', { id: 'yes_no', options: [levels[0], levels[4]] }])).toEqual([])
    expect(problemsAfter([`${WHY}.max`, 8], [`${COMMENT}.maxLength`, 1])).toEqual([])
  })

  test('both languages of the interface are declared', () => {
    expect(problemsAfter(['locales', ['zh-CN']])).toContain('locales must hold en')
    expect(problemsAfter(['locales', ['en']])).toContain('locales must hold zh-CN')
    expect(problemsAfter(['title', { 'zh-CN': '测评' }])).toEqual(['title.en must be text'])
  })

  test('a further language may be declared when every text has it', () => {
    expect(problemsAfter(['locales', ['zh-CN', 'en', 'bo']], ...everyTextBut('', 'bo'))).toEqual([])
  })
})

/** Adds a language to every text of the public form, except to the first text called `except`. */
function everyTextBut(except: string, locale: string): [string, unknown][] {
  const changes: [string, unknown][] = []
  let left = except === '' ? 0 : 1
  const walk = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) return
    if ('zh-CN' in value) {
      if (left > 0 && path.endsWith(`.${except}`)) left--
      else changes.push([`${path}.${locale}`, value['zh-CN']])
      return
    }
    for (const [key, part] of Object.entries(value)) {
      walk(part, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`)
    }
  }
  walk(publicForm, '')
  return changes
}

function option(value: string, missing = false) {
  return { value, label: { 'zh-CN': value, en: value }, ...(missing ? { missing } : {}) }
}

function dimension(id: string) {
  return { id, label: { 'zh-CN': id, en: id } }
}
