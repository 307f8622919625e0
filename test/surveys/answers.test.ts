import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  answerQuestions,
  countCharacters,
  fillText,
  isShown,
  ratingQuestions,
  readAnswers,
} from '../../surveys/answers.ts'
import { type Condition, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { fields, leaders, publicForm, readOne, readPublic, recipients, variant, WHY } from './answering.ts'
import { changed, readJson } from './definition-files.ts'

/** Letters of one and of two UTF-16 units, a composing mark, a control: cheap to draw, unlike all of Unicode. */
const anyText = fc.string({
  unit: fc.constantFrom('a', '5', '好', '𠮷', '\u0301', '😀', '\u0000', '\ud800', '\n', ' '),
})

describe('the slip', () => {
  test('holds every rating and choice of the organ pages in file order', () => {
    const order = (form: Questionnaire) => answerQuestions(form).map((question) => question.id)
    expect(order(publicForm)).toEqual(['overall', 'efficiency', 'attitude', 'law', 'open', 'clean', 'why'])
    expect(order(recipients)).toEqual(['overall', 'efficiency', 'attitude', 'open', 'law', 'clean', 'why'])
    expect(order(leaders)).toEqual([
      'overall',
      'delivery',
      'law',
      'efficiency',
      'cooperation',
      'initiative',
      'clean',
      'why',
    ])
    expect(ratingQuestions(leaders).map((question) => question.id)).toEqual(order(leaders).slice(0, 7))
  })

  test('stores the value of a rating, 0 for don’t know, -1 for blank, and a bit mask of reasons', () => {
    // Reasons 1 (slow), 3 (unclear) and 8 (other): 1 + 4 + 128 = 133.
    const sent = ['overall=2', 'efficiency=5', 'attitude=0', 'why=slow', 'why=unclear', 'why=other'].map(
      (s) => `q.a.${s}`,
    )
    expect(readOne(recipients, ...sent)).toEqual({
      ok: true,
      value: { slips: [{ organ: 'a', a: [2, 5, 0, -1, -1, -1, 133] }], comments: [], margins: {} },
    })
  })

  test('stores a single choice as its position from 1, and -1 for blank', () => {
    const single = variant([`${WHY}.multiple`, false], [`${WHY}.max`, undefined])
    const mark = (...sent: string[]) => {
      const read = readOne(single, 'q.a.overall=1', ...sent)
      return read.ok ? read.value.slips[0]?.a[6] : read.error
    }
    expect(mark('q.a.why=slow')).toBe(1)
    expect(mark('q.a.why=other')).toBe(8)
    expect(mark('q.a.why=')).toBe(-1)
    expect(mark()).toBe(-1)
    expect(mark('q.a.why=slow', 'q.a.why=other')).toEqual([
      { field: 'q.a.why', code: 'repeated', organ: 'a', question: 'why' },
    ])
  })

  test('one tap is a complete response of a service recipient', () => {
    expect(readOne(recipients, 'q.a.overall=4')).toEqual({
      ok: true,
      value: { slips: [{ organ: 'a', a: [4, -1, -1, -1, -1, -1, 0] }], comments: [], margins: {} },
    })
  })

  test('blank fields, as a form without script sends them, are blank answers', () => {
    expect(readOne(recipients, 'q.a.overall=4', 'q.a.clean=', 'q.a.why=', 'c.a=  ')).toEqual(
      readOne(recipients, 'q.a.overall=4'),
    )
  })
})

describe('what is dropped without a word', () => {
  test('the answer to a question that these answers hide', () => {
    // Reasons are asked after a low rating only; dimensions are not asked after "don't know".
    const satisfied = readPublic(['a'], 'q.a.overall=4', 'q.a.why=slow')
    expect(satisfied.ok && satisfied.value.slips[0]?.a).toEqual([4, -1, -1, -1, -1, -1, 0])
    const unknown = readPublic(['a'], 'q.a.overall=0', 'q.a.clean=1', 'q.a.why=slow', 'q.a.law=nonsense')
    expect(unknown.ok && unknown.value.slips[0]?.a).toEqual([0, -1, -1, -1, -1, -1, 0])
  })

  test('detail pages of every organ but the first', () => {
    const read = readPublic(['b', 'a'], 'q.a.overall=3', 'q.b.overall=3', 'q.a.clean=1', 'q.b.clean=1', 'q.a.why=slow')
    expect(read.ok && read.value.slips).toEqual([
      { organ: 'b', a: [3, -1, -1, -1, -1, 1, 0] },
      // The low rating that would have shown the reasons was dropped, so they are hidden too.
      { organ: 'a', a: [3, -1, -1, -1, -1, -1, 0] },
    ])
  })

  test('a hidden comment, and one on a detail page of another organ', () => {
    const lowOnly = variant(['pages[3].questions[1].showIf', { q: 'overall', op: 'lte', v: 2 }])
    expect(readOne(lowOnly, 'q.a.overall=5', 'c.a=\u0000')).toMatchObject({ ok: true, value: { comments: [] } })
    expect(readOne(lowOnly, 'q.a.overall=2', 'c.a=slow')).toMatchObject({
      ok: true,
      value: { comments: [{ organ: 'a', text: 'slow' }] },
    })
    const onDetail = variant(['pages[3].part', 'detail'])
    const read = readAnswers(onDetail, { organs: ['a'], detailFor: 'b', fields: fields('q.a.overall=5', 'c.a=x') })
    expect(read).toMatchObject({ ok: true, value: { comments: [] } })
  })

  test('for leaders, organs without any answer', () => {
    const input = { organs: ['a', 'b', 'c'], detailFor: null }
    const sent = fields('q.a.overall=', 'q.b.overall=5', 'c.a=', 'c.c=')
    expect(readAnswers(leaders, { ...input, fields: sent })).toEqual({
      ok: true,
      value: { slips: [{ organ: 'b', a: [5, -1, -1, -1, -1, -1, -1, 0] }], comments: [], margins: {} },
    })
  })
})

describe('margins and comments', () => {
  test('a margin not given, left blank or declined is __missing', () => {
    const read = readPublic(['a'], 'q.a.overall=5', 'm.city=yunhu', 'm.age=', 'm.sex=unstated')
    expect(read.ok && read.value.margins).toEqual({ city: 'yunhu', age: '__missing', sex: '__missing' })
    const silent = readPublic(['a'], 'q.a.overall=5')
    expect(silent.ok && silent.value.margins).toEqual({ city: '__missing', age: '__missing', sex: '__missing' })
  })

  test('a margin is kept under the name the plan knows, and dropped when its question is hidden', () => {
    const json = changed(readJson('forms/public.json'), 'pages[7].questions[2].margin', 'gender')
    const parsed = parseQuestionnaire(
      changed(json, 'pages[7].questions[2].showIf', { q: 'city', op: 'eq', v: 'yunhu' }),
    )
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    const read = (city: string) => readOne(parsed.value, 'q.a.overall=5', `m.city=${city}`, 'm.sex=female')
    expect(read('yunhu')).toMatchObject({ value: { margins: { city: 'yunhu', gender: 'female' } } })
    expect(read('bailu')).toMatchObject({ value: { margins: { city: 'bailu', gender: '__missing' } } })
  })

  test('comments are stored in canonical form, apart from the slip', () => {
    const read = readPublic(['a', 'b'], 'q.a.overall=5', 'q.b.overall=1', 'c.b= cafe\u0301\r\n\u202e好 ', 'c.a=\r\n')
    expect(read.ok && read.value.comments).toEqual([{ organ: 'b', text: 'café\n好' }])
  })

  test('characters are code points', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '好', '𠮷', '\u0301', '😀')), (letters) => {
        const text = letters.join('')
        expect(countCharacters(text)).toBe(letters.length)
      }),
    )
  })
})

describe('isShown', () => {
  const shown = (showIf: Condition, answers: [string, number | string[]][]) => isShown({ showIf }, new Map(answers))

  test('a question without condition is always shown', () => {
    expect(isShown({}, new Map())).toBe(true)
  })

  test('a comparison with an unanswered question is false, whatever it compares', () => {
    for (const op of ['eq', 'ne', 'lte', 'gte'] as const) expect(shown({ q: 'x', op, v: 1 }, [])).toBe(false)
    expect(shown({ q: 'x', op: 'in', v: [1] }, [])).toBe(false)
    expect(shown({ q: 'x', op: 'answered' }, [])).toBe(false)
    expect(shown({ not: { q: 'x', op: 'eq', v: 1 } }, [])).toBe(true)
  })

  test('ratings compare as levels, and don’t know is neither low nor high', () => {
    expect(shown({ q: 'x', op: 'lte', v: 2 }, [['x', 2]])).toBe(true)
    expect(shown({ q: 'x', op: 'lte', v: 2 }, [['x', 3]])).toBe(false)
    expect(shown({ q: 'x', op: 'lte', v: 2 }, [['x', 0]])).toBe(false)
    expect(shown({ q: 'x', op: 'gte', v: 4 }, [['x', 4]])).toBe(true)
    expect(shown({ q: 'x', op: 'gte', v: 4 }, [['x', 3]])).toBe(false)
    expect(shown({ q: 'x', op: 'gte', v: 0 }, [['x', 0]])).toBe(false)
    expect(shown({ q: 'x', op: 'eq', v: 0 }, [['x', 0]])).toBe(true)
    expect(shown({ q: 'x', op: 'ne', v: 0 }, [['x', 0]])).toBe(false)
    expect(shown({ q: 'x', op: 'answered' }, [['x', 0]])).toBe(true)
    expect(shown({ q: 'x', op: 'in', v: [1, 2] }, [['x', 2]])).toBe(true)
    expect(shown({ q: 'x', op: 'in', v: [1, 2] }, [['x', 3]])).toBe(false)
  })

  test('choices compare with each chosen option', () => {
    const chosen: [string, string[]][] = [['x', ['slow', 'rude']]]
    expect(shown({ q: 'x', op: 'eq', v: 'rude' }, chosen)).toBe(true)
    expect(shown({ q: 'x', op: 'ne', v: 'rude' }, chosen)).toBe(false)
    expect(shown({ q: 'x', op: 'ne', v: 'fees' }, chosen)).toBe(true)
    expect(shown({ q: 'x', op: 'in', v: ['fees', 'slow'] }, chosen)).toBe(true)
    expect(shown({ q: 'x', op: 'lte', v: 1 }, chosen)).toBe(false)
  })

  test('conditions combine', () => {
    const low: Condition = { q: 'x', op: 'lte', v: 2 }
    const high: Condition = { q: 'y', op: 'gte', v: 4 }
    const answers: [string, number][] = [
      ['x', 1],
      ['y', 1],
    ]
    expect(shown({ any: [low, high] }, answers)).toBe(true)
    expect(shown({ all: [low, high] }, answers)).toBe(false)
    expect(shown({ all: [low, { not: high }] }, answers)).toBe(true)
  })
})

describe('fillText', () => {
  test('fills each placeholder once and never reads what was filled in', () => {
    expect(fillText('{organ}: {share} of {count}, {organ}', { organ: '{share}', share: '40%', count: '68' })).toBe(
      '{share}: 40% of 68, {share}',
    )
    expect(fillText('$& {organ}', { organ: '$1$&' })).toBe('$& $1$&')
  })

  test('a missing word is a mistake of the page, not a hole in the sentence', () => {
    expect(() => fillText('{organ}', {})).toThrow('fillText requires a value for {organ}')
  })
})

describe('readAnswers as a whole', () => {
  const dimensions = ['efficiency', 'attitude', 'law', 'open', 'clean'] as const
  const reasons = ['slow', 'repeat', 'unclear', 'rude', 'passed', 'fees', 'result', 'other'] as const
  const sheet = fc.record({
    overall: fc.integer({ min: 0, max: 5 }),
    marks: fc.tuple(...dimensions.map(() => fc.integer({ min: -1, max: 5 }))),
    why: fc.subarray([...reasons], { maxLength: 3 }),
    comment: fc.constantFrom('', '办得好', 'slow'),
  })

  test('stores what the rules of the paper form say, for any filled-in form of the public', () => {
    fc.assert(
      fc.property(fc.array(sheet, { minLength: 1, maxLength: 3 }), (sheets) => {
        const organs = sheets.map((_, index) => `organ-${index}`)
        const sent = sheets.flatMap(({ overall, marks, why, comment }, index) => {
          const about = (id: string, value: unknown) => `q.organ-${index}.${id}=${value}`
          return [
            ...why.map((reason) => about('why', reason)),
            ...marks.map((mark, m) => about(dimensions[m]!, mark === -1 ? '' : mark)),
            about('overall', overall),
            `c.organ-${index}=${comment}`,
          ]
        })
        const slips = sheets.map(({ overall, marks, why }, index) => {
          // By the paper: dimensions about the first organ only, not after "don't know"; reasons after a 1 or 2.
          const kept = index === 0 && overall !== 0 ? marks : marks.map(() => -1)
          const low = [overall, ...kept].some((mark) => mark === 1 || mark === 2)
          const mask = low ? why.reduce((sum, reason) => sum + 2 ** reasons.indexOf(reason), 0) : 0
          return { organ: `organ-${index}`, a: [overall, ...kept, mask] }
        })
        const comments = sheets.flatMap(({ comment }, index) =>
          comment === '' ? [] : [{ organ: `organ-${index}`, text: comment }],
        )
        const read = readAnswers(publicForm, { organs, detailFor: 'organ-0', fields: fields(...sent) })
        const margins = { city: '__missing', age: '__missing', sex: '__missing' }
        expect(read).toEqual({ ok: true, value: { slips, comments, margins } })
      }),
    )
  })

  test('never throws and never keeps a mark outside its range, whatever is sent', () => {
    const names = [
      'q.a.overall',
      'q.a.why',
      'q.a.law',
      'q.b.overall',
      'c.a',
      'm.age',
      'q.a.',
      'q..overall',
      'constructor',
    ]
    const values = fc.oneof(fc.constantFrom('1', '2', '5', '0', 'slow', 'other', 'age60', ''), anyText)
    const body = fc.array(fc.tuple(fc.constantFrom(...names), fc.array(values, { minLength: 1, maxLength: 3 })))
    fc.assert(
      fc.property(body, (sent) => {
        const read = readAnswers(publicForm, { organs: ['a', 'b'], detailFor: 'a', fields: new Map(sent) })
        if (!read.ok) {
          expect(read.error).not.toEqual([])
          return
        }
        for (const { a } of read.value.slips) {
          expect(a).toHaveLength(7)
          expect(a.slice(0, 6).every((mark) => Number.isInteger(mark) && mark >= -1 && mark <= 5)).toBe(true)
          expect(a[6]! >= 0 && a[6]! <= 255).toBe(true)
        }
      }),
    )
  })
})
