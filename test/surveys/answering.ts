import { type AnswerProblem, readAnswers } from '../../surveys/answers.ts'
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { changed, readJson, shippedForm } from './definition-files.ts'

export const publicForm = shippedForm('public')
export const recipients = shippedForm('recipients')
export const leaders = shippedForm('leaders')

/** q.{organ}.overall=5 and the like, as a form sends them. */
export function fields(...sent: string[]): Map<string, string[]> {
  const map = new Map<string, string[]>()
  for (const each of sent) {
    const equals = each.indexOf('=')
    const name = each.slice(0, equals)
    map.set(name, [...(map.get(name) ?? []), each.slice(equals + 1)])
  }
  return map
}

export function readPublic(organs: string[], ...sent: string[]) {
  return readAnswers(publicForm, { organs, detailFor: organs[0] ?? null, fields: fields(...sent) })
}

export function readOne(questionnaire: Questionnaire, ...sent: string[]) {
  return readAnswers(questionnaire, { organs: ['a'], detailFor: null, fields: fields(...sent) })
}

export function problemsOf(read: ReturnType<typeof readAnswers>): AnswerProblem[] {
  if (read.ok) throw new Error('the answers were taken')
  return read.error
}

/** The recipients' form with one place changed; it must still be a valid questionnaire. */
export function variant(...changes: [path: string, value: unknown][]): Questionnaire {
  const json = changes.reduce((form, [path, value]) => changed(form, path, value), readJson('forms/recipients.json'))
  const parsed = parseQuestionnaire(json)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}

/** The question about reasons in the recipients’ form. */
export const WHY = 'pages[3].questions[0]'
