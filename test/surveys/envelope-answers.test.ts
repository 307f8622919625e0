import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ResponseAnswers, readAnswers } from '../../surveys/answers.ts'
import { checkResponse, type EnvelopeFault, type ResponseTerms, type SealedResponse } from '../../surveys/envelope.ts'
import { type Condition, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { leaders, publicForm, recipients, variant, WHY } from './answering.ts'
import { changed, good, readJson } from './definition-files.ts'
import { answersTo, name, organs, S, sealedOf, termsOf } from './sealing.ts'

/** Forms that ask in other ways than those that are shipped. */
const single = variant([`${WHY}.multiple`, false], [`${WHY}.max`, undefined])
const commentInDetail = good(
  parseQuestionnaire(
    changed(changed(readJson('forms/public.json'), 'pages[6].part', 'detail'), 'pages[7].questions[2].showIf', {
      q: 'city',
      op: 'answered',
    }),
  ),
)

describe('checkResponse', () => {
  const forms: readonly (readonly [string, Questionnaire])[] = [
    ['public', publicForm],
    ['recipients', recipients],
    ['leaders', leaders],
    ['one reason only', single],
    ['comments about the first organ only', commentInDetail],
  ]

  test.each(forms)('takes every response that the form takes: %s', (_, form) => {
    fc.assert(
      fc.property(answersTo(form), (answers) => {
        expect(checkResponse(sealedOf(answers), termsOf(form))).toEqual({ ok: true, value: answers })
      }),
      { numRuns: 100 },
    )
  })

  test.each(forms)(
    'takes a response with one mark changed only where the form would have made that too: %s',
    (_, form) => {
      let refused = 0
      const mark = fc.constantFrom(-2, -1, 0, 1, 2, 5, 6, 8, 9, 15, 128, 255, 256, 2 ** 31, 2 ** 32 + 1, -(2 ** 40))
      fc.assert(
        fc.property(answersTo(form), fc.nat(4), fc.nat(7), mark, (answers, slip, question, to) => {
          const at = slip % answers.slips.length
          const slips = answers.slips.map(({ organ, a }, i) => ({
            organ,
            a: i === at ? a.with(question % a.length, to) : a,
          }))
          const altered = { ...answers, slips }
          const checked = checkResponse(sealedOf(altered), termsOf(form))
          if (checked.ok) expect(checked.value).toEqual(altered)
          if (checked.ok) expect(isMadeBy(form, altered)).toBe(true)
          else refused++
        }),
        { numRuns: 300 },
      )
      expect(refused).toBeGreaterThan(30)
    },
  )

  test('takes organs in any order, and for leaders only some of them', () => {
    const a = [5, -1, -1, -1, -1, -1, -1, 0]
    const few = [...organs].reverse().slice(1, 4)
    const answers = { slips: few.map((organ) => ({ organ, a })), comments: [], margins: {} }
    expect(checkResponse(sealedOf(answers), termsOf(leaders))).toEqual({ ok: true, value: answers })
  })

  test('is asked in detail about the organ with such answers; without any, about the first', () => {
    const margins = { city: '__missing', age: '__missing', sex: '__missing' }
    const of = (...slips: number[][]) => ({
      slips: slips.map((a, i) => ({ organ: organs[i]!, a })),
      comments: [],
      margins,
    })
    const second = of([5, -1, -1, -1, -1, -1, 0], [5, 4, -1, -1, -1, -1, 0])
    expect(checkResponse(sealedOf(second), termsOf(publicForm))).toEqual({ ok: true, value: second })
    // Required here: whoever was asked and saw it must have answered it.
    const required = good(
      parseQuestionnaire(changed(readJson('forms/public.json'), 'pages[1].questions[0].required', true)),
    )
    expect(faultOf(sealedOf(of([5, -1, -1, -1, -1, -1, 0], [5, -1, -1, -1, -1, -1, 0])), required)).toBe('required')
    const hidden = of([0, -1, -1, -1, -1, -1, 0], [5, -1, -1, -1, -1, -1, 0])
    expect(checkResponse(sealedOf(hidden), termsOf(required)).ok).toBe(true)
  })

  /** One response for every fault, each from one that is valid. */
  const low = sealedOf({
    slips: [
      { organ: 'caizhengting', a: [2, 4, -1, -1, -1, -1, 5] },
      { organ: 'jiaoyuting', a: [5, -1, -1, -1, -1, -1, 0] },
    ],
    comments: [{ organ: 'jiaoyuting', text: '很好' }],
    margins: { city: 'yunhu', age: 'age60' },
  })
  const marked = (slip: number, ...a: number[]) => ({
    ...low,
    slips: low.slips.map((each, i) => (i === slip ? { ...each, a } : each)),
  })
  const commented = (...texts: [o: string, t: string][]) => ({
    ...low,
    comments: texts.map(([o, t], i) => ({ id: name(100 + i), o, t, s: name(1) })),
  })
  const rated = (...codes: string[]) => ({
    ...low,
    comments: [],
    slips: codes.map((o, i) => ({ id: name(200 + i), o, a: [5, -1, -1, -1, -1, -1, 0], s: name(1) })),
  })

  function faultOf(sealed: SealedResponse, form = publicForm, terms: Partial<ResponseTerms> = {}) {
    const checked = checkResponse(sealed, { ...termsOf(form), ...terms })
    return checked.ok ? 'none' : checked.error
  }

  type Judged = Exclude<
    EnvelopeFault,
    | 'not_opened'
    | 'wrong_length'
    | 'wrong_padding'
    | 'not_utf8'
    | 'not_json'
    | 'unknown_version'
    | 'wrong_shape'
    | 'not_canonical'
  >

  const faults: Readonly<Record<Judged, readonly SealedResponse[]>> = {
    wrong_survey: [{ ...low, survey: 'jiangzhou/public-2025' }],
    wrong_cell: [{ ...low, cell: 'yunhu' }],
    unknown_organ: [rated('waijiaobu'), commented(['waijiaobu', '好'])],
    unknown_margin: [
      { ...low, attrs: { income: 'high' } },
      { ...low, attrs: JSON.parse('{"__proto__":"x"}') as Record<string, string> },
    ],
    repeated_id: [
      { ...low, slips: low.slips.map((slip) => ({ ...slip, id: name(9) })) },
      { ...low, comments: [{ ...low.comments[0]!, id: low.slips[1]!.id }] },
    ],
    wrong_answer_count: [marked(0, 5, -1, -1, -1, -1, -1), marked(1, 5, -1, -1, -1, -1, -1, 0, 0), marked(0)],
    several_details: [marked(1, 5, 4, -1, -1, -1, -1, 0)],
    not_as_read: [
      // Reasons are asked after a low rating only, dimensions not after "don't know".
      marked(1, 5, -1, -1, -1, -1, -1, 1),
      marked(0, 0, 4, -1, -1, -1, -1, 0),
      // Marks that no choice of options makes, though their low bits would.
      marked(0, 2, 4, -1, -1, -1, -1, 5 + 256),
      marked(0, 2, 4, -1, -1, -1, -1, 2 ** 32 + 5),
      // Declared as missing, or blank: left out by the form.
      { ...low, attrs: { sex: 'unstated' } },
      { ...low, attrs: { sex: '' } },
      commented(['jiaoyuting', '']),
      commented(['jiaoyuting', ' 很好']),
      // Comments stand in the order of the slips.
      commented(['jiaoyuting', '好'], ['caizhengting', '好']),
    ],
    required: [marked(0, -1, -1, -1, -1, -1, -1, 0), { ...rated(), slips: [] }],
    unknown_field: [{ ...rated('caizhengting'), comments: commented(['jiaoyuting', '好']).comments }],
    unknown_option: [
      marked(0, 6, -1, -1, -1, -1, -1, 0),
      marked(0, -2, -1, -1, -1, -1, -1, 0),
      { ...low, attrs: { sex: 'unknown' } },
      { ...low, attrs: { sex: '__missing' } },
    ],
    repeated: [rated('caizhengting', 'caizhengting'), commented(['jiaoyuting', '好'], ['jiaoyuting', '坏'])],
    too_many: [rated(...organs.slice(0, 4)), marked(0, 2, 4, -1, -1, -1, -1, 15), marked(0, 2, 4, -1, -1, -1, -1, -1)],
    too_long: [commented(['jiaoyuting', '好'.repeat(501)])],
    too_long_together: [],
    not_text: [commented(['jiaoyuting', '\u0000']), commented(['jiaoyuting', '\ud800'])],
    nothing_answered: [],
  }

  test('takes the response from which the faulty ones are made', () => {
    expect(faultOf(low)).toBe('none')
    expect(faultOf(rated('caizhengting'))).toBe('none')
    expect(faultOf(commented(['caizhengting', '好'], ['jiaoyuting', '好'.repeat(500)]))).toBe('none')
  })

  test.each(
    Object.entries(faults).flatMap(([fault, examples]) => examples.map((each, i) => [fault, i + 1, each] as const)),
  )('refuses %s (%i)', (fault, _, sealed) => {
    expect(faultOf(sealed)).toBe(fault)
  })

  test('refuses a leader’s response without a slip, with an empty one, or with too much to read', () => {
    const a = [5, -1, -1, -1, -1, -1, -1, 0]
    const slip = (o: string, i: number) => ({ id: name(1_000 + i), o, a, s: name(1) })
    const none = { ...low, attrs: {}, slips: [], comments: [] }
    expect(faultOf(none, leaders)).toBe('nothing_answered')
    const empty = {
      ...none,
      slips: [slip('caizhengting', 0), { ...slip('jiaoyuting', 1), a: [-1, -1, -1, -1, -1, -1, -1, 0] }],
    }
    expect(faultOf(empty, leaders)).toBe('not_as_read')
    // 21 comments of the 300 characters that one may have are 6,300; all together 6,000 are allowed.
    const codes = Array.from({ length: 21 }, (_, i) => `organ-${i}`)
    const comments = codes.map((o, i) => ({ id: name(2_000 + i), o, t: '好'.repeat(300), s: name(1) }))
    const talkative = { ...none, slips: codes.map(slip), comments }
    expect(faultOf(talkative, leaders, { organs: codes })).toBe('too_long_together')
    expect(faultOf({ ...talkative, comments: comments.slice(1) }, leaders, { organs: codes })).toBe('none')
  })

  test('refuses a single choice that is no option, and a second organ where one is rated', () => {
    const of = (why: number) => ({
      ...rated('caizhengting'),
      attrs: {},
      slips: [{ ...low.slips[0]!, a: [1, -1, -1, -1, -1, -1, why] }],
    })
    expect([-2, -1, 0, 1, 8, 9, 2 ** 40].map((why) => faultOf(of(why), single))).toEqual([
      'unknown_option',
      'none',
      'unknown_option',
      'none',
      'none',
      'unknown_option',
      'unknown_option',
    ])
    expect(faultOf({ ...rated('caizhengting', 'jiaoyuting'), attrs: {} }, recipients)).toBe('too_many')
    expect(faultOf({ ...rated(), attrs: {} }, recipients)).toBe('required')
  })

  test('refuses a comment about a second organ where only the first is asked for one', () => {
    const answered = { ...commented(['jiaoyuting', '好']), slips: marked(0, 5, 4, -1, -1, -1, -1, 0).slips }
    expect(faultOf(answered, publicForm)).toBe('none')
    expect(faultOf(answered, commentInDetail)).toBe('several_details')
    const lone = { ...rated('caizhengting', 'jiaoyuting'), comments: answered.comments }
    expect(faultOf(lone, commentInDetail)).toBe('none')
  })

  test('refuses a margin that the form asks for but the plan does not, or the plan but not the form', () => {
    expect(faultOf(low, publicForm, { margins: ['city'] })).toBe('unknown_margin')
    expect(faultOf({ ...rated('caizhengting'), attrs: { city: 'yunhu' } }, recipients)).toBe('unknown_margin')
  })

  test('refuses a margin that was not asked, but not one asked because another was declined', () => {
    const person = (attrs: Record<string, string>) => ({ ...rated('caizhengting'), attrs })
    const askedAfter = (showIf: Condition) =>
      good(parseQuestionnaire(changed(readJson('forms/public.json'), 'pages[7].questions[2].showIf', showIf)))
    const inYunhu = askedAfter({ any: [{ all: [{ q: 'city', op: 'eq', v: 'yunhu' }] }] })
    expect(faultOf(person({ city: 'yunhu', sex: 'male' }), inYunhu)).toBe('none')
    expect(faultOf(person({ city: 'bailu', sex: 'male' }), inYunhu)).toBe('not_as_read')
    expect(faultOf(person({ sex: 'male' }), inYunhu)).toBe('not_as_read')
    // "Prefer not to say" is an answer, after which the next question is asked; the envelope leaves both silences out.
    const afterCity = askedAfter({ q: 'city', op: 'answered' })
    expect(faultOf(person({ sex: 'male' }), afterCity)).toBe('none')
    const alsoAfterCity = askedAfter({ not: { not: { q: 'city', op: 'answered' } } })
    expect(faultOf(person({ sex: 'male' }), alsoAfterCity)).toBe('none')
    const withoutCity = askedAfter({ not: { q: 'city', op: 'answered' } })
    expect(faultOf(person({ sex: 'male' }), withoutCity)).toBe('none')
    expect(faultOf(person({ city: 'bailu', sex: 'male' }), withoutCity)).toBe('not_as_read')
    // Where the plan has no margin city, its answer is left out as well.
    expect(faultOf(person({ sex: 'male' }), inYunhu, { margins: ['sex'] })).toBe('none')
  })

  test('never throws, whatever a device has sealed', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '__proto__', 'constructor', 'toString', 'age', 'age60', 'all', S, ...organs),
    )
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
    const marks = fc.array(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -2, max: 9 })), { maxLength: 9 })
    const hostile: fc.Arbitrary<SealedResponse> = fc.record({
      survey: fc.oneof(word, fc.constant(S)),
      cell: fc.oneof(word, fc.constant('all')),
      attrs: fc.dictionary(word, word, { maxKeys: 3 }),
      pace: fc.constantFrom(0, 1),
      slips: fc.array(fc.record({ id: bytes, o: word, a: marks, s: bytes }), { maxLength: 5 }),
      comments: fc.array(fc.record({ id: bytes, o: word, t: word, s: bytes }), { maxLength: 3 }),
    })
    const near = hostile.map((each) => ({ ...each, survey: S, cell: 'all', attrs: {} }))
    fc.assert(
      fc.property(fc.oneof(hostile, near), fc.constantFrom(...forms.map(([, form]) => form)), (sealed, form) => {
        checkResponse(sealed, termsOf(form))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** Whether some fields of the form lead to exactly these answers: the mark is tried as what a person could have sent. */
function isMadeBy(form: Questionnaire, { slips, comments, margins }: ResponseAnswers): boolean {
  const fields = new Map<string, string[]>()
  for (const { organ, a } of slips) {
    let position = 0
    for (const { per, questions } of form.pages) {
      for (const question of per === 'organ' ? questions : []) {
        if (question.type === 'text') continue
        const mark = a[position++]!
        const values =
          question.type === 'rating'
            ? [String(mark)]
            : question.multiple
              ? question.options.flatMap(({ value }, i) => (Math.floor(mark / 2 ** i) % 2 === 1 ? [value] : []))
              : question.options.filter((_, i) => i + 1 === mark).map(({ value }) => value)
        fields.set(`q.${organ}.${question.id}`, mark === -1 ? [] : values)
      }
    }
  }
  for (const { organ, text } of comments) fields.set(`c.${organ}`, [text])
  const inOrder = slips.map(({ organ }) => organ)
  const details = form.subject.detail === 'all' ? [null] : inOrder
  const same = JSON.stringify({ slips: slips.map(({ a, organ }) => ({ a, organ })), comments, margins })
  return details.some((detailFor) =>
    // Whoever left a margin out may have left it blank or wished not to say.
    ['', 'unstated'].some((silence) => {
      for (const [margin, value] of Object.entries(margins))
        fields.set(`m.${margin}`, [value === '__missing' ? silence : value])
      const read = readAnswers(form, { organs: inOrder, detailFor, fields })
      return read.ok && JSON.stringify(read.value) === same
    }),
  )
}
