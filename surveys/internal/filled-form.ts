// The way back from a sealed response to the form on which somebody marked it: which fields were sent. Reading those
// again by the rules of the form shows whether the response could have come from it.

import type { ResponseAnswers } from '../answers.ts'
import type { SealedComment, SealedResponse, SealedSlip } from '../envelope.ts'
import type { Condition } from '../questionnaire.ts'
import { type Layout, MISSING, type Placed } from './layout.ts'

type Field = readonly [name: string, values: readonly string[]]

/** The fields that lead to this response, if any do; several ways only where margins are silent in different ways. */
export function formsOf(
  layout: Layout,
  response: SealedResponse,
  planned: readonly string[],
): ReadonlyMap<string, readonly string[]>[] {
  const fields = fieldsOf(layout, response)
  return silencesOf(layout, response.attrs, planned).map((silence) => new Map([...fields, ...silence]))
}

function fieldsOf({ placed, margins }: Layout, { slips, comments, attrs }: SealedResponse): Field[] {
  const fields: Field[] = []
  for (const { o, a } of slips) {
    for (const { question, position } of placed) {
      const mark = a[position]!
      if (mark !== blankOf(question)) fields.push([`q.${o}.${question.id}`, valuesOf(question, mark)])
    }
  }
  const texts = new Map<string, string[]>()
  for (const { o, t } of comments) texts.set(`c.${o}`, [...(texts.get(`c.${o}`) ?? []), t])
  fields.push(...texts)
  for (const [id, { name }] of margins) if (Object.hasOwn(attrs, name)) fields.push([`m.${id}`, [attrs[name]!]])
  return fields
}

function blankOf(question: Placed['question']): number {
  return question.type === 'choice' && question.multiple ? 0 : -1
}

/** What was sent for a mark; a number that no question has as a value where nothing can have been. */
function valuesOf(question: Placed['question'], mark: number): string[] {
  if (question.type === 'rating') return [String(mark)]
  if (!question.multiple) return [question.options[mark - 1]?.value ?? String(mark)]
  return question.options.filter((_, bit) => (mark & (1 << bit)) !== 0).map(({ value }) => value)
}

/**
 * What may have been marked in the margins that are left out: nothing, the wish not to say, or anything where the plan
 * has no such margin. Told apart only where another margin is asked after such an answer; else there is one way, nothing.
 */
function silencesOf({ margins }: Layout, attrs: SealedResponse['attrs'], planned: readonly string[]): Field[][] {
  const decisive = new Set([...margins.values()].flatMap(({ question }) => questionsIn(question.showIf)))
  let ways: Field[][] = [[]]
  for (const [id, { name, values }] of margins) {
    if (!decisive.has(id) || Object.hasOwn(attrs, name)) continue
    const unsaid = [...values].filter(([, value]) => value === MISSING || !planned.includes(name))
    const marks = unsaid.map(([sent]): Field => [`m.${id}`, [sent]])
    ways = ways.flatMap((way) => [way, ...marks.map((mark) => [...way, mark])])
  }
  return ways
}

function questionsIn(condition: Condition | undefined): string[] {
  if (condition === undefined) return []
  if ('q' in condition) return [condition.q]
  if ('not' in condition) return questionsIn(condition.not)
  return ('any' in condition ? condition.any : condition.all).flatMap(questionsIn)
}

/** Whether anything was answered that stands on a detail page. */
export function hasDetail(
  { placed, comment }: Layout,
  { o, a }: SealedSlip,
  comments: readonly SealedComment[],
): boolean {
  if (comment?.detail && comments.some((each) => each.o === o)) return true
  return placed.some(({ detail, position, question }) => detail && a[position] !== blankOf(question))
}

/** Whether a response holds these answers and no others, in this order, and these values of the planned margins. */
export function isSame(
  { slips, comments, attrs }: SealedResponse,
  read: ResponseAnswers,
  planned: readonly string[],
): boolean {
  return (
    slips.length === read.slips.length &&
    slips.every(({ o, a }, i) => o === read.slips[i]!.organ && a.every((mark, at) => mark === read.slips[i]!.a[at])) &&
    comments.length === read.comments.length &&
    comments.every(({ o, t }, i) => o === read.comments[i]!.organ && t === read.comments[i]!.text) &&
    Object.entries(read.margins).every(
      ([name, value]) => !planned.includes(name) || value === (Object.hasOwn(attrs, name) ? attrs[name] : MISSING),
    )
  )
}
