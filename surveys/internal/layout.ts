// Where each answer of a questionnaire has its place: the position in the slip, the mark stored for each value, the
// margins, the comment. Written once here, so that reading, counting and showing cannot disagree about it.

import type { ChoiceQuestion, Questionnaire, RatingQuestion, TextQuestion } from '../questionnaire.ts'

/** The margin value of somebody who did not say. */
export const MISSING = '__missing'

/** A question with its place in the slip and the stored mark of each value a form may send. */
export interface Placed {
  readonly question: RatingQuestion | ChoiceQuestion
  readonly position: number
  readonly detail: boolean
  readonly marks: ReadonlyMap<string, number>
  readonly exclusive: number
}

export interface Layout {
  readonly placed: readonly Placed[]
  readonly byId: ReadonlyMap<string, Placed>
  readonly comment: { readonly question: TextQuestion; readonly detail: boolean } | null
  /** By question id: the margin's name and, by sent value, the value to keep. */
  readonly margins: ReadonlyMap<string, { question: ChoiceQuestion; name: string; values: ReadonlyMap<string, string> }>
}

// Thousands of responses a second share one questionnaire, which never changes after it was parsed.
const layouts = new WeakMap<Questionnaire, Layout>()

/** The layout of a questionnaire, computed once. */
export function layoutOf(questionnaire: Questionnaire): Layout {
  const known = layouts.get(questionnaire)
  if (known !== undefined) return known
  const placed: Placed[] = []
  const margins = new Map<string, { question: ChoiceQuestion; name: string; values: Map<string, string> }>()
  let comment: Layout['comment'] = null
  for (const page of questionnaire.pages) {
    const detail = page.part === 'detail'
    for (const question of page.questions) {
      if (question.type === 'text') comment = { question, detail }
      else if (page.per === 'organ') placed.push(place(questionnaire, question, placed.length, detail))
      else if (question.type === 'choice') {
        const values = new Map(
          question.options.map((option) => [option.value, option.missing ? MISSING : option.value]),
        )
        margins.set(question.id, { question, name: question.margin ?? question.id, values })
      }
    }
  }
  const layout = { placed, byId: new Map(placed.map((each) => [each.question.id, each])), comment, margins }
  layouts.set(questionnaire, layout)
  return layout
}

function place(
  questionnaire: Questionnaire,
  question: RatingQuestion | ChoiceQuestion,
  position: number,
  detail: boolean,
): Placed {
  const marks = new Map<string, number>()
  let exclusive = 0
  if (question.type === 'rating') {
    const scale = questionnaire.scales.find((each) => each.id === question.scale)
    for (const option of scale?.options ?? []) marks.set(String(option.value), option.value)
  } else {
    question.options.forEach((option, index) => {
      marks.set(option.value, index + 1)
      if (option.exclusive === true) exclusive |= 1 << index
    })
  }
  return { question, position, detail, marks, exclusive }
}
