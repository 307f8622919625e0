import { describe, expect, test } from 'vitest'
import { isWorkingDay, workingDayAfter, workingDaysBetween, yearsWithoutHolidays } from '../../surveys/calendar.ts'
import notices from '../../surveys/holidays.json' with { type: 'json' }

// Dates of the notices of the General Office of the State Council on the public holidays of each year.

const weekday = (day: number) =>
  new Date(Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100)).getUTCDay()

describe('isWorkingDay', () => {
  test.each([
    [20250127, true, 'the Monday before the spring festival of 2025'],
    [20250128, false, 'new year’s eve 2025, a Tuesday'],
    [20250204, false, 'the last day of that holiday'],
    [20250205, true, 'the Wednesday after it'],
    [20250126, true, 'the Sunday worked for it'],
    [20250208, true, 'the Saturday worked for it'],
    [20250125, false, 'an ordinary Saturday'],
    [20130217, true, 'a Sunday worked in 2013'],
    [20140407, false, 'the Monday after the tomb-sweeping day of 2014'],
    [20240209, true, 'new year’s eve 2024, which was not an official holiday'],
    [20260223, false, 'the ninth day of the spring festival of 2026'],
    [20270210, true, 'a Wednesday of a year without a notice'],
  ])('%d: %s (%s)', (day, expected) => expect(isWorkingDay(day)).toBe(expected))

  test('days worked instead are Saturdays and Sundays, and every holiday takes at least one weekday', () => {
    for (const { year, off, work } of notices) {
      for (const day of work) expect([0, 6], `${day}`).toContain(weekday(day))
      const ends = off.flat()
      expect([...ends, ...work].every((day) => Math.floor(day / 10_000) === year)).toBe(true)
      for (const [first, last] of off) expect(workingDaysBetween(first! - 1, last!), `${first}`).toBe(0)
    }
  })
})

describe('workingDayAfter', () => {
  test('fifteen working days over the spring festival of 2025 end on the day that a calendar on the wall shows', () => {
    // From Monday 20 January: 21–24 (4), Sunday 26 and Monday 27 (6), 5–8 February with the Saturday (10), 10–14 (15).
    expect(workingDayAfter(20250120, 15)).toBe(20250214)
  })

  test('and over the national day of 2026, with the days that are worked for it', () => {
    // From Friday 18 September: Sunday 20 (1), 21–24 (5), 28–30 (8), 8 and 9 October (10), Saturday 10 (11), 12–15 (15).
    expect(workingDayAfter(20260918, 15)).toBe(20261015)
  })

  test('the day itself is not counted, and a term of none ends on it', () => {
    expect(workingDayAfter(20250124, 1)).toBe(20250126)
    expect(workingDayAfter(20250125, 0)).toBe(20250125)
  })

  test('a term over the end of a year goes on in the next', () => {
    // 2025-12-31 is a Wednesday; 1 to 3 January 2026 are holidays, Sunday the 4th is worked.
    expect(workingDayAfter(20251231, 1)).toBe(20260104)
  })

  test('the days between are as many as were asked for', () => {
    for (const first of [20130101, 20240930, 20250120, 20261225])
      for (let count = 0; count <= 40; count++)
        expect(workingDaysBetween(first, workingDayAfter(first, count))).toBe(count)
  })

  test('and over any stretch as many as one counts day by day, also up to the last day that can be written', () => {
    const next = (day: number) => {
      const date = new Date(Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, (day % 100) + 1))
      return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
    }
    for (const first of [20121230, 20240206, 20260213, 20271231]) {
      let count = 0
      for (let day = next(first), n = 0; n < 800; day = next(day), n++) {
        count += Number(isWorkingDay(day))
        expect(workingDaysBetween(first, day), `${first} to ${day}`).toBe(count)
      }
    }
    expect(workingDaysBetween(20300101, 20300101)).toBe(0)
    // 9999-12-31 is a Friday, and 2000 years have as many Mondays to Fridays as 400 years five times.
    expect(workingDaysBetween(79991231, 99991231)).toBe(((146_097 * 5) / 7) * 5)
  })

  test('a part of a day is refused', () => {
    expect(() => workingDayAfter(20250120, 1.5)).toThrow('whole number')
  })
})

test('years without a notice are named', () => {
  expect(yearsWithoutHolidays(20251201, 20260301)).toEqual([])
  expect(yearsWithoutHolidays(20261220, 20270110)).toEqual([2027])
})
