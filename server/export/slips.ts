import { answerQuestions } from '../../surveys/answers.ts'
import { parseWeightingCell } from '../../surveys/ballot.ts'
import { type ClassWeightsDocument, readSlipLine } from '../../surveys/bundle-documents.ts'
import type { Plan } from '../../surveys/plan.ts'
import { csvLines } from '../csv.ts'
import type { PublishedSurvey } from './documents.ts'
import { type Cell, type Code, type Column, codesOf, column, csvCell, type Table, tableOf, titled } from './table.ts'
import { both, questionTitle } from './totals.ts'

// Single slips with their weights, which only the files of an auditor have. There may be millions: they are written line
// by line, and the table that stands for them in the codebook has no rows.

/** The table of a survey's slips without its rows: `slips-public`. */
export function slipsTable(plan: Plan, { group, questionnaire }: PublishedSurvey): Table {
  const offered = questionnaire.pages.flatMap(({ questions }) => questions)
  const margins = plan.groups[group].margins.map((name): Column => {
    const question = offered.find((each) => each.type === 'choice' && each.margin === name)
    const words = question ? questionTitle(question.title) : { 'zh-CN': name, en: name }
    const codes =
      question?.type === 'choice'
        ? question.options.map(({ value, label }): Code => ({ code: value, title: both(label) }))
        : []
    return { name: `m_${name}`, title: filled('margin', words), kind: 'code', codes }
  })
  const ratings = ratingsOf({ questionnaire }).map(({ question }): Column => {
    const scale = questionnaire.scales.find(({ id }) => id === question.scale)
    const levels = (scale?.options ?? []).flatMap(({ value, label, score }) =>
      score === null ? [] : [{ code: String(value), title: both(label) }],
    )
    const [unknown] = codesOf(['dont_know'])
    return {
      name: `q_${question.id}`,
      title: filled('question_of', questionTitle(question.title), offered.indexOf(question) + 1),
      kind: 'count',
      codes: [...levels, { code: '0', title: unknown!.title }],
    }
  })
  const columns = [
    column('organ', 'text'),
    column('counted', 'code', codesOf(['yes', 'no'])),
    column('stratum', 'text'),
    column('weight', 'number'),
    ...margins,
    ...ratings,
  ]
  return { ...tableOf('slips', columns, []), name: `slips-${group}` }
}

/** The same as CSV, a piece for each group of lines of slips.ndjson, in their order, which tells nothing. */
export async function* slipsCsv(
  plan: Plan,
  survey: PublishedSurvey,
  weights: ClassWeightsDocument,
  pieces: AsyncIterable<readonly string[]>,
): AsyncGenerator<string> {
  const { columns } = slipsTable(plan, survey)
  const isStratified = plan.groups[survey.group].design.kind === 'stratified'
  const places = survey.weights.margins?.length ?? 0
  const ratings = ratingsOf(survey)
  const byClass = new Map(
    weights.organs.flatMap(({ organ, classes }) =>
      classes.map(({ stratum, margins, weight }) => [[organ, stratum, ...margins].join('|'), weight] as const),
    ),
  )
  yield `\ufeff${csvLines([columns.map(({ name }) => name)])}`
  for await (const lines of pieces) {
    const rows = lines.flatMap((text): Cell[][] => {
      const slip = readSlipLine(text)
      if (!slip.ok) throw new Error('slips.ndjson has a line that is none')
      if ('comment' in slip.value) return []
      const { a, cell, o, out } = slip.value
      const key = parseWeightingCell(cell)
      if (!key.ok) throw new Error(`slips.ndjson has the cell ${cell}`)
      const { cell: stratum, margins } = key.value
      const weight = byClass.get([o, isStratified ? stratum : '', ...margins.slice(0, places)].join('|')) ?? null
      const answers = ratings.map(({ at }) => (a[at] === -1 ? null : a[at]!))
      return [[o, out === 1 ? 'no' : 'yes', stratum, weight, ...margins, ...answers]]
    })
    yield csvLines(rows.map((row) => row.map((value, at) => csvCell(columns[at]!, value))))
  }
}

/** The rated questions with their places among the answers of a slip. */
function ratingsOf({ questionnaire }: Pick<PublishedSurvey, 'questionnaire'>) {
  return answerQuestions(questionnaire).flatMap((question, at) =>
    question.type === 'rating' ? [{ question, at }] : [],
  )
}

const filled = (name: 'margin' | 'question_of', words: Table['title'], n = 0): Table['title'] => {
  const text = titled(({ columns }) => columns[name])
  return {
    'zh-CN': text['zh-CN'].replace('{n}', String(n)).replace('{name}', words['zh-CN']),
    en: text.en.replace('{n}', String(n)).replace('{name}', words.en),
  }
}
