import { type AnswerProblem, MAX_COMMENT_TOTAL } from '../../../surveys/answers.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from './island-words.ts'

export type ProblemFacts = {
  /** One of the codes of the answer reader; a code that this page does not know yet reads as a wrong option. */
  code: AnswerProblem['code'] | (string & {})
  /** Name of the organ; absent for questions asked once. */
  organ?: string | undefined
  /** The question as it is read out. */
  question: string
  overall: boolean
  /** Most options, or most characters. */
  max?: number | undefined
}

type ProblemWords = Pick<FormWords, 'needOverall' | 'needOther' | (`problem${string}` & keyof FormWords)>

/** What is wrong with one field and what to do, in words; the same on the server and on the device. */
export function problemText(
  words: ProblemWords,
  { code, organ = '', question, overall, max = 0 }: ProblemFacts,
): string {
  switch (code) {
    case 'required':
      return overall ? fill(words.needOverall, { organ }) : fill(words.needOther, { question })
    case 'repeated':
      return fill(words.problemRepeated, { question })
    case 'too_many':
      return fill(words.problemTooMany, { max, question })
    case 'too_long':
      return fill(words.problemTooLong, { max, question })
    case 'too_long_together':
      return fill(words.problemTooLongTogether, { max: MAX_COMMENT_TOTAL })
    case 'not_text':
      return fill(words.problemNotText, { question })
    case 'nothing_answered':
      return words.problemNothing
    default:
      return fill(words.problemUnknown, { question })
  }
}
