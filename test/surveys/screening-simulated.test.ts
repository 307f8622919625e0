import { describe, expect, test } from 'vitest'
import { estimateGroup } from '../../surveys/estimate.ts'
import { type ScreeningTest, type SlipCount, scoreShift, type Treatment } from '../../surveys/screening.ts'
import { mergeCell, mergeMoments } from '../../surveys/tally.ts'
import { cellOf, plain, times } from './cells.ts'
import { counted, flagged, honestSurvey, only, screen, six, straight } from './slip-counts.ts'

describe('simulated surveys', () => {
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)
  const surveys = seeds.map((seed) => honestSurvey(seed))

  test('honest ones are flagged rarely', () => {
    const results = surveys.map((slips) => flagged(screen(slips).tests))
    const withAny = (names: readonly string[]) =>
      results.filter((tests) => tests.some((each) => names.includes(each.test))).length
    expect(withAny(['straight_lining', 'duplicates', 'concentration'])).toBeLessThanOrEqual(2)
    // Uneven traffic makes bursts too: a prompt to look, at .05 in one honest survey of seven.
    expect(withAny(['burst'])).toBeLessThanOrEqual(6)
  })

  test('against the pool of all organs most honest ones would be flagged, for the organs people like', () => {
    const pooled = surveys.map((slips) =>
      screen(slips.map((each) => ({ ...each, organ: 1, channel: `${each.organ}`, day: null }))),
    )
    expect(pooled.filter(({ tests }) => flagged(tests).length > 0).length).toBeGreaterThan(20)
  })

  const target = { organ: 3, day: 20251105 } as const
  const isTarget = ({ batch, isFlagged }: ScreeningTest) =>
    isFlagged && batch.organ === target.organ && (batch.day === target.day || batch.day === null)
  const planted: Record<ScreeningTest['test'], SlipCount[]> = {
    duplicates: [counted([5, 4, 5, 3, 5, 4], 12, { ...target, channel: 'window' })],
    straight_lining: [
      counted(straight, 12, { ...target, channel: 'window' }),
      counted([4, 4, 4, 4, 4, 4], 8, { ...target, channel: 'window' }),
    ],
    // As honest as the others, only far too many.
    burst: honestSurvey(99, 250)
      .filter(({ organ, day }) => organ === target.organ && day === target.day)
      .slice(0, 110),
    concentration: [4, 3, 2].flatMap((other) =>
      [20251102, 20251104, 20251105, 20251107].map((day) =>
        counted([5, other, 5, 5, other, 5], 8, { organ: target.organ, channel: 'poster', day }),
      ),
    ),
  }

  test.each(Object.entries(planted))(
    'planted stuffing is found by its test, and nothing where none is: %s',
    (name, plant) => {
      const found = (slips: readonly SlipCount[]) =>
        screen(slips).tests.some((each) => each.test === name && isTarget(each))
      const seen = surveys.slice(0, 20)
      expect(seen.filter((slips) => found([...slips, ...plant])).length).toBeGreaterThanOrEqual(18)
      expect(seen.filter(found).length).toBeLessThanOrEqual(1)
    },
  )

  test('a day on which all organs receive more is no burst', () => {
    const busy = surveys
      .slice(0, 10)
      .map((slips) => slips.flatMap((each) => (each.day === target.day ? [each, each, each, each] : [each])))
    const bursts = busy.flatMap((slips) => flagged(only(screen(slips).tests, 'burst')))
    expect(bursts.filter(({ batch }) => batch.day === target.day).length).toBeLessThanOrEqual(1)
  })
})

describe('scoreShift', () => {
  const survey = [
    ...honestSurvey(7).filter(({ organ }) => organ === 1),
    counted([5, 4, 5, 3, 5, 4], 12, { channel: 'window' }),
  ]
  const finding = only(screen(survey).tests, 'duplicates').find(
    ({ isFlagged, batch }) => isFlagged && batch.channel === 'window' && batch.day === 20251101,
  )!
  const isMeant = ({ channel, day, answers }: SlipCount) =>
    channel === finding.batch.channel && day === finding.batch.day && finding.answers!.includes(answers)
  const arrays = (slips: readonly SlipCount[]) =>
    slips.flatMap(({ answers, slips: count }) => times(JSON.parse(answers), count))
  /** Two weighting cells, as a tally has them. */
  const cells = (slips: readonly SlipCount[]) =>
    ['poster', 'window'].map((channel) =>
      cellOf(six, arrays(slips.filter((each) => each.channel === channel)), channel),
    )
  const whole = cells(survey)
  const suspect = cells(survey.filter(isMeant))
  const clean = cells(survey.filter((each) => !isMeant(each)))

  test('the score without the flagged slips is the score of the others, as if they had never come', () => {
    const before = structuredClone(whole)
    const shift = scoreShift(six, whole, suspect, plain)
    expect(shift.all).toEqual(estimateGroup(six, whole, plain))
    expect(shift.without).toEqual(estimateGroup(six, clean, plain))
    expect(shift.without).not.toEqual(shift.all)
    expect([whole, suspect]).toEqual([before, cells(survey.filter(isMeant))])
  })

  test('nothing is deleted: clean and quarantined together are the cells before', () => {
    expect(finding.slips).toBe(suspect.reduce((sum, { cell }) => sum + cell.slips, 0))
    clean.forEach((each, i) => {
      mergeCell(each.cell, suspect[i]!.cell)
      mergeMoments(each.moments, suspect[i]!.moments)
    })
    expect(clean).toEqual(whole)
  })

  test('a cell in pieces is one cell, and no slip twice over', () => {
    const pieces = survey.map((each) => cellOf(six, arrays([each]), each.channel!))
    expect(scoreShift(six, pieces, suspect, plain).without).toEqual(scoreShift(six, whole, suspect, plain).without)
    expect(() => scoreShift(six, whole, [...whole, ...suspect], plain)).toThrow(
      'needs a part whose slips were added before',
    )
    expect(() => scoreShift(six, whole, [cellOf(six, [straight], 'booth')], plain)).toThrow('scoreShift needs slips')
  })

  test('without too many slips there is no score left, only the reason', () => {
    const few = { ...plain, minimum: { n: 10 } }
    expect(scoreShift(six, whole, whole, few).without).toMatchObject({ status: 'insufficient', n: 0 })
  })

  test('a test is what is recorded of a treatment', () => {
    const record: Treatment = finding
    expect(record).toMatchObject({
      test: 'duplicates',
      slips: finding.slips,
      p: finding.p,
      adjustedP: finding.adjustedP,
    })
  })
})
