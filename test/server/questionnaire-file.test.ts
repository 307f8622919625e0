import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { questionnaireText, questionnaireWorkbook, readQuestionnaireFile } from '../../server/questionnaire-file.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { workbook } from '../support/workbook.ts'
import { good } from '../surveys/definition-files.ts'
import { questionnaires, shippedForms } from '../surveys/questionnaires.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a questionnaire as a file', () => {
  test('comes back from its workbook as it went in, formulas, numbers and languages included', async () => {
    await fc.assert(
      fc.asyncProperty(questionnaires, async (form) => {
        const questionnaire = good(parseQuestionnaire(form))
        const written = await questionnaireWorkbook(questionnaire)
        expect(written.report).toEqual([])
        const read = await readQuestionnaireFile(written.bytes, 'public')
        expect(read).toEqual({ ok: true, value: { draft: questionnaire, report: [], problems: [] } })
      }),
      { numRuns: 15 },
    )
  })

  test('comes back from its JSON, and a mistake in it is told by its place', async () => {
    const [form] = shippedForms
    expect(await readQuestionnaireFile(bytes(questionnaireText(form)), 'leaders')).toEqual({
      ok: true,
      value: { draft: form, report: [], problems: [] },
    })
    const broken = questionnaireText(form).replace('"weight": 50', '"weight": 0')
    const read = await readQuestionnaireFile(bytes(broken), 'leaders')
    expect(read.ok && read.value.problems.map(({ path }) => path)).toEqual(['pages[0].questions[0].weight'])
  })

  test('is refused with what is wrong when it is something else', async () => {
    const other = workbook([
      ['单位', '得分'],
      ['财政厅', 90],
    ])
    expect(await readQuestionnaireFile(other, 'public')).toEqual({ ok: false, error: { code: 'not_a_form' } })
    expect(await readQuestionnaireFile(bytes('[1]'), 'public')).toEqual({ ok: false, error: { code: 'not_a_form' } })
    expect(await readQuestionnaireFile(bytes('{"a":'), 'public')).toMatchObject({ error: { code: 'not_json' } })
    expect(await readQuestionnaireFile(Uint8Array.of(0xff, 0xfe, 0), 'public')).toEqual({
      ok: false,
      error: { code: 'not_text' },
    })
    const cut = other.slice(0, 200)
    expect(await readQuestionnaireFile(cut, 'public')).toEqual({
      ok: false,
      error: { code: 'workbook', problems: [{ code: 'damaged_workbook' }] },
    })
  })
})
