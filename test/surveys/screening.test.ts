import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { screenSurvey } from '../../surveys/screening.ts'
import { betaBinomialTail } from '../../surveys/tails.ts'
import { levels, points, specOf } from './cells.ts'
import { counted, mixed, only, screen, six, straight } from './slip-counts.ts'

describe('the numbers behind each test', () => {
  test('straight-lining: slips with four or more equal answers, against all slips about the organ', () => {
    const { tests } = screen([
      counted(straight, 3),
      counted(mixed, 1),
      // Four equal answers and the rest blank or unknown are straight; three are too few to say.
      counted([3, 3, -1, 3, 3, 0], 1, { day: 20251102 }),
      counted([3, 3, -1, 3, 0, 0], 9, { day: 20251102 }),
      counted(mixed, 5, { day: 20251102 }),
      // Another organ is another pool.
      counted(straight, 7, { organ: 2 }),
    ])
    const [first, second, other] = only(tests, 'straight_lining')
    // Pool 10 with 4 straight. 3 or more of 4: [C(4,3)·C(6,1) + C(4,4)]/C(10,4) = 25/210.
    expect(first).toMatchObject({ k: 3, n: 4, expected: 1.6, pool: { marked: 4, size: 10 } })
    expect(first!.p).toBeCloseTo(25 / 210, 14)
    expect(first).toMatchObject({ answers: ['[5,5,5,5,5,5]'], slips: 3, batch: { organ: 1, day: 20251101 } })
    expect(second).toMatchObject({ k: 1, n: 6, pool: { marked: 4, size: 10 }, answers: ['[3,3,-1,3,3,0]'], slips: 1 })
    expect(other).toMatchObject({ k: 7, n: 7, p: 1, batch: { organ: 2 } })
  })

  test('duplicates: the pattern least likely by chance, paid for by the number of patterns that could repeat', () => {
    const rare = [2, 4, 5, 1, 3, 4]
    const { tests } = screen([
      counted(rare, 3),
      counted(mixed, 2),
      counted(mixed, 3, { day: 20251102 }),
      counted(straight, 2, { day: 20251102 }),
      counted([1, 2, 3, 4, 5, 5], 1, { day: 20251102 }),
      counted([0, -1, 0, 0, 0, 0], 8, { day: 20251102 }),
    ])
    const [first, second] = only(tests, 'duplicates')
    // 3 of 3 among 5 of 11: C(8,2)/C(11,5) = 28/462; three patterns occur twice or more.
    expect(first).toMatchObject({ pattern: '[2,4,5,1,3,4]', patterns: 3, k: 3, n: 5, pool: { marked: 3, size: 11 } })
    expect(first!.p).toBeCloseTo((3 * 28) / 462, 14)
    expect(first).toMatchObject({ answers: ['[2,4,5,1,3,4]'], slips: 3 })
    // 2 of 2 among 6 of 11: C(9,4)/C(11,6) = 126/462 is less than 3 or more of 5.
    expect(second).toMatchObject({ pattern: '[5,5,5,5,5,5]', n: 6 })
    expect(second!.p).toBeCloseTo((3 * 126) / 462, 14)
  })

  test('duplicates: only ratings make the pattern, and all slips with it are named', () => {
    // Position 1 is no rating question.
    const spec = {
      pointScale: 1,
      questions: [0, 2].map((position) => ({ id: `q${position}`, position, weight: 1, levels, points })),
    }
    const slips = [counted([5, 9, 4], 2), counted([5, 3, 4], 2), counted([1, 7, 1], 3, { day: 20251102 })]
    expect(only(screen(slips, '0.01', spec).tests, 'duplicates')[0]).toMatchObject({
      pattern: '[5,4]',
      k: 4,
      answers: ['[5,3,4]', '[5,9,4]'],
      slips: 4,
    })
  })

  test('duplicates: every pattern repeated beyond chance is named, the harmless ones are not', () => {
    const [one, other] = [
      [2, 4, 5, 1, 3, 4],
      [3, 4, 5, 1, 3, 4],
    ]
    const { tests } = screen([
      counted(one!, 9),
      counted(other!, 6),
      counted(mixed, 5),
      counted(mixed, 200, { day: 20251102 }),
    ])
    expect(only(tests, 'duplicates')[0]).toMatchObject({
      pattern: JSON.stringify(one),
      k: 9,
      answers: [JSON.stringify(one), JSON.stringify(other)],
      slips: 15,
      isFlagged: true,
    })
  })

  test('a slip that is alone on its day repeats nobody', () => {
    const { tests } = screen([counted([1, 2, 3, 4, 5, 5], 1), counted(mixed, 5000, { day: 20251102 })])
    expect(only(tests, 'duplicates')[0]).toMatchObject({ k: 1, n: 1, p: 1 })
  })

  test('burst: the share of the day against the share of all days, as uneven as the days are', () => {
    const days = [1, 2, 3, 4, 5].map((day) => 20251100 + day)
    const arrivals = [10, 14, 6, 10, 40]
    const { tests } = screen(
      days.flatMap((day, i) => [
        counted(mixed, arrivals[i]!, { day }),
        counted(mixed, 100 - arrivals[i]!, { day, organ: 2 }),
      ]),
    )
    const bursts = only(tests, 'burst').filter(({ batch }) => batch.organ === 1)
    // Share 80/500 = .16; z = (k − 16)/√(100·.16·.84) = (−6 −2 −10 −6 24)/√13.44, and the negatives for the other organ.
    // Own distances from the median −6: 0 4 4 0 30, median 4. All from 0: 2 2 6 6 6 6 10 10 24 24, median 6: the larger.
    for (const { share, correlation, n } of bursts) {
      expect(share).toBe(0.16)
      expect(correlation).toBeCloseTo(((1.4826 * 6) ** 2 / 13.44 - 1) / 99, 14)
      expect(n).toBe(100)
    }
    expect(bursts.map(({ k, slips, answers }) => [k, slips, answers])).toEqual(arrivals.map((k) => [k, k, null]))
    expect(bursts[4]).toMatchObject({ expected: 16, batch: { organ: 1, channel: null, day: 20251105 } })
    expect(bursts[4]!.p).toBe(betaBinomialTail(40, 100, 0.16, bursts[4]!.correlation))
  })

  test('burst: an organ more uneven than the others is granted its own unevenness', () => {
    // Organ 1 swings between 20 and 60 of 1000; the nineteen others share the rest as evenly as whole slips can.
    const slips = [20, 60, 20, 60, 20, 60].flatMap((arrivals, i) => {
      const day = 20251101 + i
      const others = Array.from({ length: 19 }, (_, o) => {
        const even = Math.floor((1000 - arrivals) / 19)
        return counted(mixed, even + (o < (1000 - arrivals) % 19 ? 1 : 0), { day, organ: o + 2 })
      })
      return [counted(mixed, arrivals, { day }), ...others]
    })
    const bursts = only(screen(slips).tests, 'burst')
    // Share .04: z = ±20/√38.4, all 20/√38.4 from the median 0.
    expect(bursts[0]!.correlation).toBeCloseTo(((1.4826 * 20) ** 2 / 38.4 - 1) / 999, 14)
    expect(bursts.at(-1)!.correlation).toBe(1e-9)
    expect(bursts.every(({ isFlagged }) => !isFlagged)).toBe(true)
  })

  test('concentration: a channel with too many top or lowest answers to the main question, all days together', () => {
    const { tests } = screen([
      counted(straight, 2, { channel: 'window' }),
      counted([5, 1, 1, 1, 1, 1], 2, { channel: 'window', day: 20251102 }),
      counted([1, 5, 5, 5, 5, 5], 1, { channel: 'poster' }),
      counted(mixed, 3, { channel: 'poster' }),
      counted([0, 5, 5, 5, 5, 5], 9, { channel: 'poster' }),
    ])
    const found = only(tests, 'concentration')
    expect(found.map(({ level, batch, k, n }) => [level, batch.channel, batch.day, k, n])).toEqual([
      ['top', 'poster', null, 0, 4],
      ['top', 'window', null, 4, 4],
      ['lowest', 'poster', null, 1, 4],
      ['lowest', 'window', null, 0, 4],
    ])
    // 4 of 4 with 4 of 8 marked: 1/C(8,4); the one lowest falls into either half.
    expect(found[1]!.p).toBeCloseTo(1 / 70, 14)
    expect(found[2]!.p).toBeCloseTo(0.5, 14)
  })

  test('what cannot be asked is not asked: no channel, no day, too few questions', () => {
    const sealed = screen([counted(straight, 4, { day: null }), counted(mixed, 4, { day: null })])
    expect(sealed.tests.map((each) => each.test)).toEqual(['straight_lining', 'duplicates'])
    const two = specOf(1, 1)
    const short = screen([counted([5, 5], 4), counted([4, 4], 4, { day: 20251102 })], '0.01', two)
    expect(only(short.tests, 'straight_lining')).toEqual([])
    expect(screen([])).toEqual({ tests: [], speed: { status: 'untested' }, unreadable: 0 })
  })

  test('a batch that is its whole pool has p = 1 in every test', () => {
    const { tests } = screen([counted(straight, 400, { channel: 'window' })])
    expect(tests.map((each) => each.test)).toEqual([
      'straight_lining',
      'duplicates',
      'burst',
      'concentration',
      'concentration',
    ])
    expect(tests.every(({ p, adjustedP, isFlagged }) => p === 1 && adjustedP === 1 && !isFlagged)).toBe(true)
    expect(tests.every(({ isWholePool }) => isWholePool)).toBe(true)
    // With a second day about two organs everything can be compared.
    const days = [20251101, 20251102].flatMap((day) =>
      [1, 2].map((organ) => counted(straight, 4, { channel: `window ${day}`, day, organ })),
    )
    const compared = screen(days).tests
    expect(compared.map((each) => each.test)).toEqual(expect.arrayContaining(tests.map((each) => each.test)))
    expect(compared.some(({ isWholePool }) => isWholePool)).toBe(false)
  })

  test('haste is counted without a verdict, and named untested where no device reports it', () => {
    const batch = { organ: 1, channel: 'window', day: null }
    const pace = [
      { ...batch, organ: 2, slips: 5, fast: 5 },
      { ...batch, slips: 30, fast: 2 },
    ]
    const { speed, tests } = screenSurvey(six, { slips: [], pace }, '0.01')
    expect(speed).toEqual({ status: 'counted', batches: [pace[1], pace[0]] })
    expect(tests).toEqual([])
  })

  test('answers the questionnaire cannot have are counted apart, and only their arrival is tested', () => {
    const wrong = ['[6,5,5,5,5,5]', '[5,5]', 'five', '{}', '["5",5,5,5,5,5]'].map((answers) => ({
      ...counted(mixed, 2),
      answers,
    }))
    const result = screen([...wrong, counted(mixed, 3), counted(mixed, 3, { organ: 2 })])
    expect(result.unreadable).toBe(10)
    expect(only(result.tests, 'duplicates').map(({ n }) => n)).toEqual([3, 3])
    expect(only(result.tests, 'burst').map(({ k, n }) => [k, n])).toEqual([
      [13, 16],
      [3, 16],
    ])
  })

  test('counts and levels that are none stop the screening', () => {
    for (const slips of [0, -1, 1.5, Number.NaN]) expect(() => screen([counted(mixed, slips)])).toThrow('whole numbers')
    for (const level of ['0', '1', '2']) expect(() => screen([], level)).toThrow('screenSurvey needs a level')
    const pace = [{ organ: 1, channel: null, day: null, slips: 3, fast: 4 }]
    expect(() => screenSurvey(six, { slips: [], pace }, '0.01')).toThrow('some may be fast')
  })

  test('the order and the cutting of the counts change nothing', () => {
    const place = fc.record({
      organ: fc.constantFrom(1, 2, 10),
      channel: fc.constantFrom('poster', 'window', null),
      day: fc.constantFrom(20251101, 20251102, 20251103, null),
    })
    const row = fc.tuple(fc.constantFrom(straight, mixed, [1, 1, 1, 1, 0, -1]), fc.integer({ min: 2, max: 9 }), place)
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (rows, random) => {
        const slips = rows.map(([a, count, at]) => counted(a, count, at))
        const pieces = slips
          .flatMap((each) => [
            { ...each, slips: 1 },
            { ...each, slips: each.slips - 1 },
          ])
          .map((each) => ({ each, key: random.next().value! }))
          .toSorted((a, b) => a.key - b.key)
        expect(screen(pieces.map(({ each }) => each))).toEqual(screen(slips))
      }),
    )
  })
})
