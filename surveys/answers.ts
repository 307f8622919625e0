// How one person's marks on the form become a response: which questions are shown, which fields count, what is wrong
// with them, and the row of small numbers that is stored for each organ. Nothing else may turn form fields into
// answers, on paper, by script or without it. This file is read on the hot path and on the respondent's device, so it
// is written by hand and imports no schema library.

import { canonicalText } from './canonical.ts'
import { type Layout, layoutOf, MISSING, type Placed } from './internal/layout.ts'
import type { ChoiceQuestion, Condition, Question, Questionnaire, RatingQuestion } from './questionnaire.ts'
import { err, ok, type Result } from './result.ts'

/** Flat form fields; a repeated name has several values. `q.{organ}.{question}`, `c.{organ}`, `m.{question}`. */
export type Fields = ReadonlyMap<string, readonly string[]>

/** One response: a slip per organ, comments apart, and by margin name the declared value or '__missing'. */
export interface ResponseAnswers {
  slips: { organ: string; a: number[] }[]
  comments: { organ: string; text: string }[]
  margins: Record<string, string>
}

export interface AnswerProblem {
  /** The form field to mark; `organs` when the choice of organs itself is wrong. */
  field: string
  code:
    | 'required'
    | 'unknown_field'
    | 'unknown_option'
    | 'repeated'
    | 'too_many'
    | 'too_long'
    | 'too_long_together'
    | 'not_text'
    | 'nothing_answered'
  organ?: string
  question?: string
}

export interface AnswerInput {
  /** The organs this response may rate, in display order. */
  readonly organs: readonly string[]
  /** The only organ whose `detail` pages count; null: every organ's. */
  readonly detailFor: string | null
  /** Answers only: every name must be one of the three kinds. What else the form carries is taken out before. */
  readonly fields: Fields
}

/** Characters (Unicode code points) of all comments of one response together. */
export const MAX_COMMENT_TOTAL = 6000

// A comment of the longest allowed kind cannot be longer, even in characters that NFC joins.
const MAX_RAW_COMMENT = 8192

/** The stored mark of a question without an answer: -1; a multiple choice has none chosen: 0. */
const BLANK = -1

/**
 * Reads one response from its form fields: the answers to keep, or every problem in the order of the page.
 * Hidden questions and `detail` pages of other organs than `detailFor` are dropped, whatever was sent for them.
 * fields q.caizhengting.overall=4 // slips [{ organ: 'caizhengting', a: [4, -1, -1, -1, -1, -1, 0] }]
 */
export function readAnswers(
  questionnaire: Questionnaire,
  input: AnswerInput,
): Result<ResponseAnswers, AnswerProblem[]> {
  const layout = layoutOf(questionnaire)
  const problems = organProblems(questionnaire, input.organs)
  if (problems.length > 0) return err(problems)
  const sorted = sortFields(layout, input, problems)
  const answers: ResponseAnswers = { slips: [], comments: [], margins: {} }
  let commentTotal = 0
  for (let i = 0; i < input.organs.length; i++) {
    const marks = sorted[i]!
    if (questionnaire.subject.kind === 'each' && !marks.answered) continue
    const organ = input.organs[i]!
    const withDetail = input.detailFor === null || input.detailFor === organ
    const given: AnswersSoFar = new Map()
    answers.slips.push({ a: readSlip(layout, organ, marks.questions, withDetail, given, problems), organ })
    const text = readComment(layout, organ, marks.comment, withDetail, given, problems)
    if (text === '') continue
    commentTotal += countCharacters(text)
    if (commentTotal > MAX_COMMENT_TOTAL) problems.push({ field: `c.${organ}`, code: 'too_long_together', organ })
    else answers.comments.push({ organ, text })
  }
  readMargins(layout, input.fields, answers.margins, problems)
  if (answers.slips.length === 0 && problems.length === 0) {
    problems.push({ field: firstField(layout, input.organs), code: 'nothing_answered' })
  }
  return problems.length === 0 ? ok(answers) : err(problems)
}

// One person must not rate an organ twice, nor more organs than the questionnaire allows: either would be stuffing.
function organProblems({ subject }: Questionnaire, organs: readonly string[]): AnswerProblem[] {
  if (new Set(organs).size !== organs.length) return [{ field: 'organs', code: 'repeated' }]
  if (subject.kind === 'each') return []
  const [least, most] = subject.kind === 'pick' ? [subject.min, subject.max] : [1, 1]
  if (organs.length > most) return [{ field: 'organs', code: 'too_many' }]
  return organs.length < least ? [{ field: 'organs', code: 'required' }] : []
}

/** What was sent about one organ; `questions` by position in the slip. */
interface Marks {
  readonly questions: (readonly string[] | undefined)[]
  comment: readonly string[] | undefined
  answered: boolean
}

/** Puts each field with its organ and question, in one pass; names that belong nowhere are problems. */
function sortFields(layout: Layout, input: AnswerInput, problems: AnswerProblem[]): Marks[] {
  const byOrgan = new Map<string, Marks>()
  const sorted: Marks[] = []
  for (const organ of input.organs) {
    const marks: Marks = { questions: new Array(layout.placed.length), comment: undefined, answered: false }
    byOrgan.set(organ, marks)
    sorted.push(marks)
  }
  for (const [field, values] of input.fields) {
    if (!sortField(layout, byOrgan, field, values)) problems.push({ field, code: 'unknown_field' })
  }
  return sorted
}

function sortField(
  layout: Layout,
  byOrgan: ReadonlyMap<string, Marks>,
  field: string,
  values: readonly string[],
): boolean {
  const kind = field.slice(0, 2)
  if (kind === 'm.') return layout.margins.has(field.slice(2))
  if (kind === 'c.') {
    const marks = byOrgan.get(field.slice(2))
    if (marks === undefined || layout.comment === null) return false
    marks.comment = values
    marks.answered ||= !isBlank(values)
    return true
  }
  if (kind !== 'q.') return false
  const dot = field.indexOf('.', 2)
  const marks = dot === -1 ? undefined : byOrgan.get(field.slice(2, dot))
  const placed = layout.byId.get(field.slice(dot + 1))
  if (marks === undefined || placed === undefined) return false
  marks.questions[placed.position] = values
  marks.answered ||= !isBlank(values)
  return true
}

function isBlank(values: readonly string[] | undefined): boolean {
  return values === undefined || values.every((value) => value === '')
}

function readSlip(
  layout: Layout,
  organ: string,
  marks: readonly (readonly string[] | undefined)[],
  withDetail: boolean,
  given: AnswersSoFar,
  problems: AnswerProblem[],
): number[] {
  const a: number[] = []
  for (const placed of layout.placed) {
    const { question, position } = placed
    const values = marks[position]
    const multiple = question.type === 'choice' && question.multiple
    a[position] = multiple ? 0 : BLANK
    if ((placed.detail && !withDetail) || !isShown(question, given)) continue
    const problem = (code: AnswerProblem['code']) =>
      problems.push({ field: `q.${organ}.${question.id}`, code, organ, question: question.id })
    if (values === undefined || isBlank(values)) {
      if (question.required === true) problem('required')
      continue
    }
    const mark = multiple ? readMultiple(placed, question, values) : readSingle(placed, values)
    if (typeof mark === 'string') {
      problem(mark)
      continue
    }
    a[position] = mark
    given.set(question.id, question.type === 'rating' ? mark : values)
  }
  return a
}

function readSingle(placed: Placed, values: readonly string[]): number | AnswerProblem['code'] {
  if (values.length > 1) return 'repeated'
  return placed.marks.get(values[0]!) ?? 'unknown_option'
}

/** The bit mask of the chosen options: the first option is bit 0. Options 1 and 3 // 0b101 = 5 */
function readMultiple(
  placed: Placed,
  question: ChoiceQuestion,
  values: readonly string[],
): number | AnswerProblem['code'] {
  let mask = 0
  let chosen = 0
  for (const value of values) {
    if (value === '') continue
    const position = placed.marks.get(value)
    if (position === undefined) return 'unknown_option'
    const bit = 1 << (position - 1)
    if ((mask & bit) !== 0) return 'repeated'
    mask |= bit
    chosen++
  }
  if (question.max !== undefined && chosen > question.max) return 'too_many'
  // An exclusive option, such as "none of these", says that no other one holds.
  if (chosen > 1 && (mask & placed.exclusive) !== 0) return 'too_many'
  return mask
}

/** The canonical comment about one organ, '' when there is none to keep. */
function readComment(
  layout: Layout,
  organ: string,
  values: readonly string[] | undefined,
  withDetail: boolean,
  given: AnswersSoFar,
  problems: AnswerProblem[],
): string {
  if (layout.comment === null) return ''
  const { question, detail } = layout.comment
  if ((detail && !withDetail) || !isShown(question, given)) return ''
  const problem = (code: AnswerProblem['code']): '' => {
    problems.push({ field: `c.${organ}`, code, organ, question: question.id })
    return ''
  }
  if (values !== undefined && values.length > 1) return problem('repeated')
  const raw = values?.[0] ?? ''
  if (raw.length > MAX_RAW_COMMENT) return problem('too_long')
  const text = canonicalText(raw)
  if (!text.ok) return problem('not_text')
  if (text.value === '') return question.required === true ? problem('required') : ''
  return countCharacters(text.value) > question.maxLength ? problem('too_long') : text.value
}

/** Unicode code points, which is what a person counts more nearly than UTF-16 units: 𠮷 is one, not two. */
export function countCharacters(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--
  return count
}

function readMargins(layout: Layout, fields: Fields, margins: Record<string, string>, problems: AnswerProblem[]): void {
  const given: AnswersSoFar = new Map()
  for (const [id, { question, name, values: allowed }] of layout.margins) {
    margins[name] = MISSING
    if (!isShown(question, given)) continue
    const values = fields.get(`m.${id}`)
    const problem = (code: AnswerProblem['code']) => problems.push({ field: `m.${id}`, code, question: id })
    if (values === undefined || isBlank(values)) continue
    if (values.length > 1) {
      problem('repeated')
      continue
    }
    const value = allowed.get(values[0]!)
    if (value === undefined) problem('unknown_option')
    else {
      margins[name] = value
      given.set(id, values)
    }
  }
}

function firstField(layout: Layout, organs: readonly string[]): string {
  const first = layout.placed[0]
  return first === undefined || organs.length === 0 ? 'organs' : `q.${organs[0]}.${first.question.id}`
}

/** Answers given so far, by question: the value of a rating, the chosen option values of a choice. */
export type AnswersSoFar = Map<string, number | readonly string[]>

/** Whether a question is shown after these answers. A comparison with an unanswered (or hidden) question is false. */
export function isShown(
  question: Pick<Question, 'showIf'>,
  answers: ReadonlyMap<string, number | readonly string[]>,
): boolean {
  return question.showIf === undefined || holds(question.showIf, answers)
}

function holds(condition: Condition, answers: ReadonlyMap<string, number | readonly string[]>): boolean {
  if ('any' in condition) return condition.any.some((part) => holds(part, answers))
  if ('all' in condition) return condition.all.every((part) => holds(part, answers))
  if ('not' in condition) return !holds(condition.not, answers)
  const answer = answers.get(condition.q)
  if (answer === undefined) return false
  switch (condition.op) {
    case 'answered':
      return true
    case 'eq':
      return isAmong(answer, condition.v)
    case 'ne':
      return !isAmong(answer, condition.v)
    case 'in':
      return condition.v.some((value) => isAmong(answer, value))
    // Don't know is no level, so it is neither low nor high.
    case 'lte':
      return typeof answer === 'number' && answer !== 0 && answer <= Number(condition.v)
    case 'gte':
      return typeof answer === 'number' && answer !== 0 && answer >= Number(condition.v)
  }
}

function isAmong(answer: number | readonly string[], value: number | string): boolean {
  return typeof answer === 'number' ? answer === value : answer.includes(String(value))
}

/** The words that a text of a questionnaire may leave open. */
export type Placeholder = 'organ' | 'count' | 'share'

/** Fills the placeholders of a text, once: what is filled in is never read again. fillText('{organ}', { organ: 'A' }) // 'A' */
export function fillText(text: string, values: Partial<Record<Placeholder, string>>): string {
  return text.replace(/\{(organ|count|share)\}/g, (_, word: Placeholder) => {
    const value = values[word]
    if (value === undefined) throw new TypeError(`fillText requires a value for {${word}}`)
    return value
  })
}

/** The questions that fill the slip array `a`, in order: every rating and choice of the `organ` pages, in file order. */
export function answerQuestions(questionnaire: Questionnaire): (RatingQuestion | ChoiceQuestion)[] {
  return layoutOf(questionnaire).placed.map((placed) => placed.question)
}

/** The ratings among them, in the same order. */
export function ratingQuestions(questionnaire: Questionnaire): RatingQuestion[] {
  return answerQuestions(questionnaire).filter((question) => question.type === 'rating')
}
