import { describe, expect, test } from 'vitest'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { readSurveyJs } from '../../surveys/surveyjs.ts'
import { good } from './definition-files.ts'

const survey = {
  title: { default: 'Service survey', 'zh-cn': '服务测评' },
  description: '请评价。',
  logoPosition: 'right',
  pages: [
    {
      name: 'page1',
      elements: [
        {
          type: 'rating',
          name: 'overall',
          title: { default: '您满意吗？', en: 'Are you satisfied?' },
          rateMax: 3,
          minRateDescription: { default: '不满意', en: 'Dissatisfied' },
          maxRateDescription: { default: '满意', en: 'Satisfied' },
          isRequired: true,
        },
        {
          type: 'matrix',
          name: 'parts',
          columns: [
            { value: 2, text: { default: '好', en: 'Good' } },
            { value: 1, text: { default: '差', en: 'Bad' } },
          ],
          rows: [
            { value: 'speed', text: { default: '速度', en: 'Speed' } },
            { value: 'manner', text: { default: '态度', en: 'Manner' } },
          ],
        },
        {
          type: 'panel',
          elements: [
            {
              type: 'checkbox',
              name: 'why',
              title: { default: '为什么？', en: 'Why?' },
              visibleIf: '{overall} <= 1 or {parts_speed} = 1',
              choices: [
                { value: 'slow', text: { default: '慢', en: 'Slow' } },
                { value: 'other', text: { default: '其他', en: 'Other' } },
              ],
              choicesOrder: 'random',
              maxSelectedChoices: 1,
              showOtherItem: true,
            },
          ],
        },
        { type: 'signaturepad', name: 'sign' },
        { type: 'comment', name: 'more', title: { default: '还有吗？', en: 'More?' }, rows: 3, maxLength: 200 },
      ],
    },
  ],
}

describe('readSurveyJs', () => {
  test('takes the questions that have a place, and tells the others with where they stand', () => {
    const { draft, report } = readSurveyJs(survey, 'public')!
    const questionnaire = good(parseQuestionnaire(draft))
    const questions = questionnaire.pages[0]!.questions
    expect(questions).toMatchObject([
      { id: 'overall', type: 'rating', role: 'overall', required: true },
      { id: 'parts_speed', type: 'rating', role: 'dimension', title: { 'zh-CN': '速度', en: 'Speed' } },
      { id: 'parts_manner', type: 'rating', role: 'dimension' },
      {
        id: 'why',
        type: 'choice',
        role: 'reason',
        multiple: true,
        max: 1,
        shuffle: true,
        showIf: {
          any: [
            { q: 'overall', op: 'lte', v: 1 },
            { q: 'parts_speed', op: 'eq', v: 1 },
          ],
        },
      },
      { id: 'more', type: 'text', rows: 3, maxLength: 200 },
    ])
    expect(questionnaire.scales.map(({ options }) => options.map(({ value, score }) => [value, score]))).toEqual([
      [
        [3, 100],
        [2, 50],
        [1, 0],
      ],
      [
        [2, 100],
        [1, 0],
      ],
    ])
    expect(report.map(({ place, code, was }) => `${place} ${code} ${was}`)).toEqual([
      'pages[0].elements[1] matrix_split parts',
      'pages[0].elements[2].elements[0].showOtherItem field_left_out showOtherItem',
      'pages[0].elements[3] type_left_out signaturepad',
      'description untranslated 请评价。',
      'pages[0].elements[0] scale_assumed overall',
      'pages[0].elements[1].columns[0] scale_assumed parts',
      'pages[0].elements[0] overall_assumed overall',
      'pages[0].elements[1].rows[0] dimension_assumed parts_speed',
      'pages[0].elements[1].rows[1] dimension_assumed parts_manner',
      'pages[0].elements[2].elements[0] choice_assumed why',
      ' subject_assumed ',
      ' details_assumed minutes, thanks',
    ])
  })

  test('is none of another kind of file, and survives nonsense in one', () => {
    for (const nothing of [null, [], 'x', {}, { questions: [] }]) expect(readSurveyJs(nothing, 'public')).toBeNull()
    const nonsense = {
      elements: [null, 3, {}, { type: 'rating', name: 4, rateMin: 'x', rateStep: -1 }, { type: 'matrix', rows: 'x' }],
    }
    const read = readSurveyJs(nonsense, 'public')!
    expect(parseQuestionnaire(read.draft).ok).toBe(false)
    expect(read.report.map(({ place, code }) => `${place} ${code}`)).toContain('elements[2] type_left_out')
  })
})
