import { describe, expect, test } from 'vitest'
import { MAX_COMMENT_TOTAL, readAnswers } from '../../surveys/answers.ts'
import { fields, leaders, problemsOf, readOne, readPublic, recipients, variant, WHY } from './answering.ts'

describe('problems', () => {
  test('required: the overall question of each organ the respondent chose', () => {
    expect(problemsOf(readPublic(['a', 'b'], 'q.a.overall=', 'q.a.clean=3'))).toEqual([
      { field: 'q.a.overall', code: 'required', organ: 'a', question: 'overall' },
      { field: 'q.b.overall', code: 'required', organ: 'b', question: 'overall' },
    ])
  })

  test('required: for leaders, the overall question of an organ they said anything about', () => {
    const read = (sent: string) => readAnswers(leaders, { organs: ['a', 'b'], detailFor: null, fields: fields(sent) })
    for (const sent of ['q.a.clean=3', 'c.a=text']) {
      expect(problemsOf(read(sent))).toEqual([
        { field: 'q.a.overall', code: 'required', organ: 'a', question: 'overall' },
      ])
    }
  })

  test('required: reasons and comments, where a questionnaire demands them', () => {
    const strict = variant([`${WHY}.required`, true], ['pages[3].questions[1].required', true])
    expect(problemsOf(readOne(strict, 'q.a.overall=1', 'c.a= '))).toEqual([
      { field: 'q.a.why', code: 'required', organ: 'a', question: 'why' },
      { field: 'c.a', code: 'required', organ: 'a', question: 'comment' },
    ])
    expect(readOne(strict, 'q.a.overall=5', 'c.a=x').ok).toBe(true)
  })

  test('unknown_field: names that belong to no question, organ or margin', () => {
    const unknown = [
      'q.b.overall=5',
      'q.a.speed=5',
      'q.a.comment=5',
      'q.a.age=age60',
      'q.overall=5',
      'q.a.overall.x=5',
      'c.b=text',
      'c.=text',
      'm.income=high',
      'm.overall=5',
      'x=1',
      '=1',
      'q=1',
      'q.a.__proto__=1',
    ]
    for (const sent of unknown) {
      expect(problemsOf(readPublic(['a'], 'q.a.overall=5', sent)), sent).toEqual([
        { field: sent.slice(0, sent.indexOf('=')), code: 'unknown_field' },
      ])
    }
    const silent = variant(['pages[3].questions[1]', undefined])
    expect(problemsOf(readOne(silent, 'q.a.overall=5', 'c.a=text'))).toEqual([{ field: 'c.a', code: 'unknown_field' }])
  })

  test('unknown_option: a rating, a reason or a margin value that the form does not offer', () => {
    for (const value of ['6', '-1', '05', ' 5', '5.0', '5 ', 'x', 'satisfied']) {
      expect(problemsOf(readPublic(['a'], `q.a.overall=${value}`)), value).toEqual([
        { field: 'q.a.overall', code: 'unknown_option', organ: 'a', question: 'overall' },
      ])
    }
    expect(problemsOf(readPublic(['a'], 'q.a.overall=1', 'q.a.why=slow', 'q.a.why=nope'))).toEqual([
      { field: 'q.a.why', code: 'unknown_option', organ: 'a', question: 'why' },
    ])
    expect(problemsOf(readPublic(['a'], 'q.a.overall=5', 'm.age=age15_59'))).toEqual([
      { field: 'm.age', code: 'unknown_option', question: 'age' },
    ])
  })

  test('repeated: two values where one is asked for', () => {
    expect(
      problemsOf(readPublic(['a'], 'q.a.overall=5', 'q.a.overall=5', 'c.a=x', 'c.a=y', 'm.sex=male', 'm.sex=male')),
    ).toEqual([
      { field: 'q.a.overall', code: 'repeated', organ: 'a', question: 'overall' },
      { field: 'c.a', code: 'repeated', organ: 'a', question: 'comment' },
      { field: 'm.sex', code: 'repeated', question: 'sex' },
    ])
  })

  test('repeated: the same reason twice', () => {
    expect(readPublic(['a'], 'q.a.overall=1', 'q.a.why=', 'q.a.why=slow')).toEqual(
      readPublic(['a'], 'q.a.overall=1', 'q.a.why=slow'),
    )
    expect(problemsOf(readPublic(['a'], 'q.a.overall=1', 'q.a.why=slow', 'q.a.why=slow'))).toEqual([
      { field: 'q.a.why', code: 'repeated', organ: 'a', question: 'why' },
    ])
  })

  test('too_many: more reasons than asked for, or another one beside an exclusive one', () => {
    const four = ['slow', 'repeat', 'rude', 'other'].map((reason) => `q.a.why=${reason}`)
    const tooMany = [{ field: 'q.a.why', code: 'too_many', organ: 'a', question: 'why' }]
    expect(problemsOf(readPublic(['a'], 'q.a.overall=1', ...four))).toEqual(tooMany)
    expect(readPublic(['a'], 'q.a.overall=1', ...four.slice(1)).ok).toBe(true)
    const exclusive = variant([`${WHY}.options[7].exclusive`, true])
    expect(problemsOf(readOne(exclusive, 'q.a.overall=1', 'q.a.why=other', 'q.a.why=slow'))).toEqual(tooMany)
    expect(readOne(exclusive, 'q.a.overall=1', 'q.a.why=other').ok).toBe(true)
    expect(readOne(exclusive, 'q.a.overall=1', 'q.a.why=rude', 'q.a.why=slow').ok).toBe(true)
  })

  test('too_long: a comment counts in characters a reader sees as one code point', () => {
    const read = (text: string) => readPublic(['a'], 'q.a.overall=5', `c.a=${text}`)
    const tooLong = [{ field: 'c.a', code: 'too_long', organ: 'a', question: 'comment' }]
    expect(read('好'.repeat(500)).ok).toBe(true)
    expect(read('𠮷'.repeat(500)).ok).toBe(true)
    expect(problemsOf(read('好'.repeat(501)))).toEqual(tooLong)
    expect(problemsOf(read('𠮷'.repeat(501)))).toEqual(tooLong)
    // What is counted is the canonical text: e and U+0301 are one, outer spaces none.
    expect(read(`  ${'e\u0301'.repeat(500)}  `).ok).toBe(true)
    expect(read(' '.repeat(8192)).ok).toBe(true)
    expect(problemsOf(read(' '.repeat(8193)))).toEqual(tooLong)
  })

  test('too_long_together: all comments of one response, at the one that goes beyond', () => {
    // 20 comments of 300 characters are 6,000; one more letter is too much.
    const organs = Array.from({ length: 21 }, (_, index) => `o${index}`)
    const sent = organs.flatMap((organ, index) => [
      `q.${organ}.overall=5`,
      `c.${organ}=${'x'.repeat(index < 20 ? 300 : 1)}`,
    ])
    const read = (count: number) =>
      readAnswers(leaders, { organs, detailFor: null, fields: fields(...sent.slice(0, 2 * count)) })
    expect(read(20).ok && MAX_COMMENT_TOTAL).toBe(6000)
    expect(problemsOf(read(21))).toEqual([{ field: 'c.o20', code: 'too_long_together', organ: 'o20' }])
  })

  test('not_text: NUL, other controls and half surrogate pairs in a comment', () => {
    for (const text of ['a\u0000b', 'a\u001bb', 'a\ud800b']) {
      expect(problemsOf(readPublic(['a'], 'q.a.overall=5', `c.a=${text}`))).toEqual([
        { field: 'c.a', code: 'not_text', organ: 'a', question: 'comment' },
      ])
    }
  })

  test('nothing_answered: an empty response, at the first question', () => {
    const input = { organs: ['a', 'b'], detailFor: null }
    expect(problemsOf(readAnswers(leaders, { ...input, fields: fields('q.b.overall=') }))).toEqual([
      { field: 'q.a.overall', code: 'nothing_answered' },
    ])
    expect(problemsOf(readAnswers(leaders, { organs: [], detailFor: null, fields: fields() }))).toEqual([
      { field: 'organs', code: 'nothing_answered' },
    ])
  })

  test('an organ twice, too many organs, or none chosen', () => {
    const rated = (organs: string[]) => readPublic(organs, ...new Set(organs.map((organ) => `q.${organ}.overall=1`)))
    expect(rated(['a', 'b', 'c']).ok).toBe(true)
    expect(problemsOf(rated(['a', 'b', 'c', 'd']))).toEqual([{ field: 'organs', code: 'too_many' }])
    expect(problemsOf(rated(['a', 'b', 'a']))).toEqual([{ field: 'organs', code: 'repeated' }])
    expect(problemsOf(rated([]))).toEqual([{ field: 'organs', code: 'required' }])
    const two = { organs: ['a', 'b'], detailFor: null, fields: fields('q.a.overall=1', 'q.b.overall=1') }
    expect(problemsOf(readAnswers(recipients, two))).toEqual([{ field: 'organs', code: 'too_many' }])
  })

  test('come in the order of the page, all at once', () => {
    const read = readPublic(['b', 'a'], 'm.age=old', 'c.a=\u0000', 'q.a.overall=9', 'q.x.overall=1', 'q.b.clean=9')
    expect(problemsOf(read).map(({ field, code }) => `${field} ${code}`)).toEqual([
      'q.x.overall unknown_field',
      'q.b.overall required',
      'q.b.clean unknown_option',
      'q.a.overall unknown_option',
      'c.a not_text',
      'm.age unknown_option',
    ])
  })
})
