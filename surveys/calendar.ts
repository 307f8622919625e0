// Deadlines in working days. China's working days cannot be computed: each autumn the General Office of the State Council
// says in a notice which days of the next year are holidays and which Saturdays and Sundays are worked instead. Those
// notices are the data here (holidays.json). For a year without one Mondays to Fridays count, and whoever shows a deadline
// in such a year says so. Days are numbers: 20250126 is 26 January 2025.

import notices from './holidays.json' with { type: 'json' }

const noticeOf = new Map(notices.map((notice) => [notice.year, notice]))

/** Whether offices work on a day, yyyymmdd. isWorkingDay(20250126) // true: a Sunday worked for the spring festival */
export function isWorkingDay(day: number): boolean {
  const notice = noticeOf.get(yearOf(day))
  if (notice?.work.includes(day)) return true
  if (notice?.off.some(([first, last]) => first! <= day && day <= last!)) return false
  return isWeekday(day)
}

/**
 * The last day of a term of so many working days; the day on which it begins is not counted.
 * workingDayAfter(20250124, 3) // 20250205: Sunday the 26th, Monday the 27th, then the first day after the spring festival
 */
export function workingDayAfter(day: number, count: number): number {
  if (!Number.isInteger(count) || count < 0) throw new TypeError('workingDayAfter needs a whole number of days from 0')
  let last = day
  for (let left = count; left > 0; ) {
    last = plus(last, 1)
    if (isWorkingDay(last)) left -= 1
  }
  return last
}

/** How many working days come after the first day up to the last one: 0 when there is none between, or the last is earlier. */
export function workingDaysBetween(first: number, last: number): number {
  if (last <= first) return 0
  // Mondays to Fridays by their number, then what the notices say otherwise.
  const weekdays = weekdaysUpTo(last) - weekdaysUpTo(first)
  const told = notices
    .filter(({ year }) => yearOf(first) <= year && year <= yearOf(last))
    .flatMap((notice) => [...daysOf(notice)])
  const days = [...new Set(told)].filter((day) => first < day && day <= last)
  return days.reduce((count, day) => count + Number(isWorkingDay(day)) - Number(isWeekday(day)), weekdays)
}

/** The days of which a notice speaks. */
function* daysOf({ off, work }: (typeof notices)[number]): Generator<number> {
  yield* work
  for (const [first, last] of off) for (let day = first!; day <= last!; day = plus(day, 1)) yield day
}

const isWeekday = (day: number): boolean => dateOf(day).getUTCDay() % 6 !== 0

/** Mondays to Fridays from Monday, 29 December 1969 up to a day. */
function weekdaysUpTo(day: number): number {
  const days = dateOf(day).getTime() / 86_400_000 + 4
  return Math.floor(days / 7) * 5 + Math.min(days % 7, 5)
}

/** The years touched by a term for which no notice is known, so that only weekends were left out. */
export function yearsWithoutHolidays(first: number, last: number): number[] {
  const touched: number[] = []
  for (let year = yearOf(first); year <= yearOf(last); year++) if (!noticeOf.has(year)) touched.push(year)
  return touched
}

const yearOf = (day: number): number => Math.floor(day / 10_000)

function dateOf(day: number): Date {
  return new Date(Date.UTC(yearOf(day), (Math.floor(day / 100) % 100) - 1, day % 100))
}

function plus(day: number, days: number): number {
  const date = new Date(dateOf(day).getTime() + days * 86_400_000)
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}
