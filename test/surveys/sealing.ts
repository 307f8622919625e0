import fc from 'fast-check'
import { answerQuestions, type ResponseAnswers, readAnswers } from '../../surveys/answers.ts'
import type { ResponseTerms, SealedResponse } from '../../surveys/envelope.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'

export const S = 'jiangzhou/public-2026'
export const organs = ['caizhengting', 'jiaoyuting', 'minzhengting', 'shuiliting', 'gonganting']

/** What a response to this form is held against, in the cell `all`. */
export function termsOf(questionnaire: Questionnaire, margins = ['city', 'age', 'sex']): ResponseTerms {
  return { survey: S, cell: 'all', questionnaire, organs, margins }
}

/** 16 bytes that differ for every number. */
export function name(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

/** What a device puts into the envelope for answers that the form has taken; ids and salts are numbered from `first`. */
export function sealedOf({ slips, comments, margins }: ResponseAnswers, first = 1): SealedResponse {
  let next = first
  const named = () => ({ id: name(next++), s: name(next++) })
  return {
    survey: S,
    cell: 'all',
    attrs: Object.fromEntries(Object.entries(margins).filter(([, value]) => value !== '__missing')),
    pace: 0,
    slips: slips.map(({ organ, a }) => ({ ...named(), o: organ, a })),
    comments: comments.map(({ organ, text }) => ({ ...named(), o: organ, t: text })),
  }
}

/** Answers as people give them on a form, whatever the form then makes of them; only those that it takes. */
export function answersTo(questionnaire: Questionnaire, { comments = true } = {}): fc.Arbitrary<ResponseAnswers> {
  const { subject } = questionnaire
  const [least, most] = subject.kind === 'pick' ? [subject.min, subject.max] : subject.kind === 'one' ? [1, 1] : [1, 5]
  const given = (values: readonly string[], most: number) =>
    fc.option(fc.subarray([...values], { minLength: 1, maxLength: most }), { nil: [], freq: 4 })
  const slip = fc.record({
    marks: fc.record(
      Object.fromEntries(
        answerQuestions(questionnaire).map((question) => [
          question.id,
          question.type === 'rating'
            ? given(['1', '2', '3', '4', '5', '0'], 1)
            : given(
                question.options.map(({ value }) => value),
                question.multiple ? (question.max ?? 8) : 1,
              ),
        ]),
      ),
    ),
    comment: comments ? fc.constantFrom('', '', '很好', 'a "quoted"\nline', '𠮷😀', 'x'.repeat(300)) : fc.constant(''),
  })
  const declared = questionnaire.pages
    .flatMap(({ questions }) => questions)
    .flatMap((question) =>
      question.type === 'choice' && question.role === 'margin'
        ? [
            [
              question.id,
              given(
                question.options.map(({ value }) => value),
                1,
              ),
            ] as const,
          ]
        : [],
    )
  return fc
    .record({
      rated: fc.shuffledSubarray(organs, { minLength: least, maxLength: most }),
      slips: fc.array(slip, { minLength: 5, maxLength: 5 }),
      margins: fc.record(Object.fromEntries(declared)),
    })
    .map(({ rated, slips, margins }) => {
      const fields = new Map<string, readonly string[]>()
      for (const [i, organ] of rated.entries()) {
        for (const [id, values] of Object.entries(slips[i]!.marks)) fields.set(`q.${organ}.${id}`, values)
        if (slips[i]!.comment !== '') fields.set(`c.${organ}`, [slips[i]!.comment])
      }
      for (const [id, values] of Object.entries(margins)) fields.set(`m.${id}`, values)
      const detailFor = subject.detail === 'first' ? rated[0]! : null
      return readAnswers(questionnaire, { organs: rated, detailFor, fields })
    })
    .filter((read) => read.ok)
    .map((read) => read.value)
}
