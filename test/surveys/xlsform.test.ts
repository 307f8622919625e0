import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { type WrittenSheet, writeXlsform } from '../../surveys/xlsform-export.ts'
import { readXlsform, type Sheet } from '../../surveys/xlsform-import.ts'
import { changed, good } from './definition-files.ts'
import { questionnaires, shippedForms } from './questionnaires.ts'

/** As a reader of workbooks gives the sheets. */
function asRead(sheets: readonly WrittenSheet[]): Map<string, Sheet> {
  return new Map(
    sheets.map(({ name, rows: [header = [], ...rows] }) => [
      name,
      { header, rows: rows.map((cells, at) => ({ line: at + 2, cells })) },
    ]),
  )
}

/** A sheet per name, of lines whose cells are separated by bars. */
const sheetsOf = (sheets: Record<string, string>): Map<string, Sheet> =>
  asRead(
    Object.entries(sheets).map(([name, lines]) => ({
      name,
      rows: lines
        .trim()
        .split('\n')
        .map((line) => line.split('|').map((cell) => cell.trim())),
    })),
  )

describe('a questionnaire as XLSForm', () => {
  test('comes back as it went out, whatever it asks', () => {
    fc.assert(
      fc.property(questionnaires, (form) => {
        const questionnaire = good(parseQuestionnaire(form))
        const written = writeXlsform(questionnaire)
        expect(written.report).toEqual([])
        const read = readXlsform(asRead(written.sheets), 'public')
        expect(read).toEqual({ draft: questionnaire, report: [] })
      }),
      { numRuns: 60 },
    )
  })

  test('is exact for the questionnaires that come with the platform', () => {
    for (const form of shippedForms) {
      const questionnaire = good(parseQuestionnaire(form))
      const { sheets } = writeXlsform(questionnaire)
      expect(readXlsform(asRead(sheets), 'public')).toEqual({ draft: questionnaire, report: [] })
    }
  })

  test('tells what a workbook does not keep', () => {
    const form = changed(shippedForms[0], 'scales[0].options[0].glyph', ' ✓')
    const { report } = writeXlsform(good(parseQuestionnaire(form)))
    expect(report).toEqual([{ place: 'choices 2', code: 'text_left_out', was: ' ✓', now: '✓' }])
  })

  test('has rows that other tools understand', () => {
    const { sheets } = writeXlsform(good(parseQuestionnaire(shippedForms[0])))
    const survey = asRead(sheets).get('survey')!
    const column = (name: string) => survey.header.indexOf(name)
    const row = (name: string) => survey.rows.find(({ cells }) => cells[column('name')] === name)!.cells
    expect(row('overall')[column('type')]).toBe('select_one satisfaction5')
    expect(row('why')[column('type')]).toBe('select_multiple why')
    expect(row('why')[column('constraint')]).toBe('count-selected(.) <= 3')
    expect(row('efficiency')[column('relevant')]).toBe(`not(\${overall} = 0)`)
  })

  test('follows the condition that somebody changed in the spreadsheet', () => {
    const questionnaire = good(parseQuestionnaire(shippedForms[0]))
    const sheets = asRead(writeXlsform(questionnaire).sheets)
    const survey = sheets.get('survey')!
    const at = survey.header.indexOf('relevant')
    const rows = survey.rows.map(({ line, cells }) => ({
      line,
      cells: cells[1] === 'efficiency' ? cells.with(at, `\${overall} <= 2`) : cells,
    }))
    const read = readXlsform(new Map([...sheets, ['survey', { ...survey, rows }]]), 'public')!
    expect(read.draft).toEqual(
      changed(questionnaire, 'pages[1].questions[0].showIf', { q: 'overall', op: 'lte', v: 2 }),
    )
  })
})

describe('an XLSForm of somebody else', () => {
  const foreign = sheetsOf({
    survey: `
type | name | label::English (en) | label::中文 (zh-CN) | relevant | constraint
note | hello | Welcome. | 欢迎。 | |
begin_group | first | | | |
select_one agree | Overall-1 | How satisfied are you? | 您满意吗？ | |
select_one agree | speed | And the speed? | | |
integer | age | Your age | 年龄 | | . > 0
select_multiple whys | why | Why? | 为什么？ | selected(\${Overall-1}, 'low') or \${speed} = 'low' |
end_group | | | | |
text | more | Anything else? | 还有吗？ | count(\${x}) > 1 |
note | bye | Thank you. | 谢谢。 | |`,
    choices: `
list_name | name | label::English (en) | label::中文 (zh-CN)
agree | high | Satisfied | 满意
agree | low | Dissatisfied | 不满意
agree | dk | Don’t know | 不知道
whys | 1 | Slow | 慢
whys | 2 | Rude | 凶`,
    settings: `
form_title | form_id
Our form | our form`,
  })

  test('becomes a questionnaire, and each row that was changed or left out is told', () => {
    const { draft, report } = readXlsform(foreign, 'recipients')!
    const questionnaire = good(parseQuestionnaire(draft))
    const [first, last] = questionnaire.pages
    expect(questionnaire).toMatchObject({
      id: 'our_form',
      group: 'recipients',
      intro: { en: 'Welcome.', 'zh-CN': '欢迎。' },
      thanks: { en: 'Thank you.' },
      scales: [
        {
          options: [
            { value: 2, score: 100 },
            { value: 1, score: 0 },
            { value: 0, score: null },
          ],
        },
      ],
    })
    expect(first!.questions.map(({ id, type }) => [id, type])).toEqual([
      ['overall_1', 'rating'],
      ['speed', 'rating'],
      ['why', 'choice'],
    ])
    expect(first!.questions[2]!.showIf).toEqual({
      any: [
        { q: 'overall_1', op: 'eq', v: 1 },
        { q: 'speed', op: 'eq', v: 1 },
      ],
    })
    expect(last!.questions.map(({ id, showIf }) => [id, showIf])).toEqual([['more', undefined]])
    expect(report.map(({ place, code, was }) => `${place} ${code} ${was}`)).toEqual([
      'survey 5 untranslated And the speed?',
      'survey 6 type_left_out integer',
      `survey 9 condition_left_out count(\${x}) > 1`,
      'settings 2 untranslated Our form',
      'survey 4 renamed Overall-1',
      'choices 2 scale_assumed agree',
      'choices 5 renamed 1',
      'choices 6 renamed 2',
      'survey 4 overall_assumed Overall-1',
      'survey 5 dimension_assumed speed',
      'survey 7 choice_assumed why',
      'settings 2 subject_assumed ',
      'settings 2 details_assumed minutes',
      'settings 2 renamed our form',
    ])
  })

  test('is none without its sheet of questions', () => {
    expect(readXlsform(sheetsOf({ choices: 'list_name | name\na | b' }), 'public')).toBeNull()
    expect(readXlsform(sheetsOf({ survey: 'a | b\nc | d' }), 'public')).toBeNull()
  })
})
