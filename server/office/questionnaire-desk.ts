import { fill } from '../../client/messages/fill.ts'
import { questionnaireMessages } from '../../client/messages/questionnaires.ts'
import { tableFileProblemText } from '../../client/pages/office/table-file-problems.ts'
import { listCyclesOf } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { FileProblem } from '../questionnaire-file.ts'
import type { Exchange } from '../route.ts'
import { shellOf } from './shell.ts'

/** Questionnaires belong to no cycle: around them stands the newest. */
export async function questionnaireShell(exchange: Exchange, scope: Scope) {
  const [newest] = await listCyclesOf(exchange.world.pages, [scope.jurisdiction])
  return shellOf(exchange, 'questionnaires', newest ?? null)
}

/** Why a file is no questionnaire, in a sentence. */
export function fileProblemText(locale: Locale, problem: FileProblem): string {
  const words = questionnaireMessages(locale)
  switch (problem.code) {
    case 'workbook':
      return problem.problems.map((each) => tableFileProblemText(locale, each)).join(' ')
    case 'not_json':
      return fill(words.file_not_json, { path: problem.fault.path || problem.fault.code })
    default:
      return words[`file_${problem.code}`]
  }
}
