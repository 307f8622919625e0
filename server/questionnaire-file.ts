import type { QuestionnaireFileProblem } from '../client/pages/office/questionnaire-file-problems.ts'
import {
  type DefinitionProblem,
  type GroupId,
  parseQuestionnaire,
  type Questionnaire,
} from '../surveys/questionnaire.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { readSurveyJs } from '../surveys/surveyjs.ts'
import { writeXlsform } from '../surveys/xlsform-export.ts'
import { type ImportRow, readXlsform } from '../surveys/xlsform-import.ts'
import { parseJson } from './body.ts'
import { guarded } from './csv.ts'
import { keptText } from './export/workbook.ts'
import { readSheets } from './table-file.ts'

// Questionnaires as files that people bring and take: our own JSON, XLSForm workbooks, SurveyJS definitions.

/** What a file held: a draft that may still lack something, with where, and what to know about each row of a foreign file. */
export interface ReadDraft {
  readonly draft: unknown
  readonly problems: readonly DefinitionProblem[]
  readonly report: readonly ImportRow[]
}

/** Reads a file by what is in it, whatever its name; `group`: for whom it is where the file does not say so. */
export async function readQuestionnaireFile(
  bytes: Uint8Array,
  group: GroupId,
): Promise<Result<ReadDraft, QuestionnaireFileProblem>> {
  const isArchive = bytes[0] === 0x50 && bytes[1] === 0x4b
  if (isArchive || bytes[0] === 0xd0) {
    const read = await readSheets(bytes)
    if (!read.ok) return err({ code: 'workbook', problems: read.problems })
    const imported = readXlsform(read.sheets, group)
    return imported ? ok(checked(imported.draft, imported.report)) : err({ code: 'not_a_form' })
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return err({ code: 'not_text' })
  }
  return readQuestionnaireText(text, group)
}

/** The same for JSON that was typed. */
export function readQuestionnaireText(text: string, group: GroupId): Result<ReadDraft, QuestionnaireFileProblem> {
  const json = parseJson(text)
  if (!json.ok) return err({ code: 'not_json', path: json.fault.path || json.fault.code })
  const { value } = json
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err({ code: 'not_a_form' })
  if ('formatVersion' in value) return ok(checked(value, []))
  const imported = readSurveyJs(value, group)
  return imported ? ok(checked(imported.draft, imported.report)) : err({ code: 'not_a_form' })
}

function checked(draft: unknown, report: readonly ImportRow[]): ReadDraft {
  const parsed = parseQuestionnaire(draft)
  return { draft, report, problems: parsed.ok ? [] : parsed.error }
}

/** The bytes of an XLSForm workbook, and the texts that it does not keep as they are. */
export async function questionnaireWorkbook(
  questionnaire: Questionnaire,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; report: readonly ImportRow[] }> {
  const { sheets, report } = writeXlsform(questionnaire)
  // Loaded when somebody wants one.
  const { default: writeBook } = await import('write-excel-file/universal')
  const blob = await writeBook(
    sheets.map(({ name, rows }) => ({
      sheet: name,
      stickyRowsCount: 1,
      data: rows.map((row) =>
        row.map((text) => (text === '' ? null : { value: keptText(guarded(text)), type: String })),
      ),
    })),
  ).toBlob()
  return { bytes: new Uint8Array(await blob.arrayBuffer()), report }
}

/** As the files in `surveys/forms/` are written: readable, with a line break at the end. */
export const questionnaireText = (questionnaire: unknown): string => `${JSON.stringify(questionnaire, null, 1)}\n`
