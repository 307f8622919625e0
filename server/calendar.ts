import type { Locale } from '../surveys/questionnaire.ts'

// The platform keeps China's one time zone: days, dates on pages and scheduled hours are those of Asia/Shanghai.
const offset = 8 * 3_600_000

/** Day of a moment as yyyymmdd in Asia/Shanghai. dayOf(Date.UTC(2026, 0, 1, 16)) // 20260102 */
export function dayOf(time: number): number {
  const date = new Date(time + offset)
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}

/** Quarter of a moment as yyyyq in Asia/Shanghai. quarterOf(Date.UTC(2026, 2, 31, 16)) // 20262 */
export function quarterOf(time: number): number {
  const date = new Date(time + offset)
  return date.getUTCFullYear() * 10 + Math.floor(date.getUTCMonth() / 3) + 1
}

/** First moment of a day. */
export function startOf(day: number): number {
  return Date.UTC(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100) - offset
}

/** A moment as a field of a form has it: '2026-03-01T09:00'. */
export const momentField = (time: number): string => new Date(time + offset).toISOString().slice(0, 16)

/** The moment of such a field, also with a space in the middle; null for anything else. */
export function readMoment(text: string): number | null {
  const [, day = '', clock = ''] = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})$/.exec(text.trim()) ?? []
  const time = Date.parse(`${day}T${clock}:00Z`)
  // A day that is not in the calendar would become another one.
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${day}T${clock}`)
  return isReal ? time - offset : null
}

/** A day, yyyymmdd, as a field of a form has it: '2026-03-01'; and back, null for anything else. */
export const dayField = (day: number): string => momentField(startOf(day)).slice(0, 10)
export function readDay(text: string): number | null {
  const time = readMoment(`${text.trim()}T00:00`)
  return time === null ? null : dayOf(time)
}

/** All days from the first to the last, both included. */
export function daysBetween(first: number, last: number): number[] {
  const days: number[] = []
  for (let time = startOf(first); time <= startOf(last); time += 86_400_000) days.push(dayOf(time))
  return days
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: Locale, kind: 'date' | 'moment' | 'short'): Intl.DateTimeFormat {
  const name = `${locale}|${kind}`
  let known = formats.get(name)
  if (!known) {
    const date = { year: 'numeric', month: 'long', day: 'numeric' } as const
    const options = {
      date,
      moment: { ...date, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
      short: { month: 'short', day: 'numeric' },
    } as const
    known = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'zh-CN', {
      ...options[kind],
      timeZone: 'Asia/Shanghai',
    })
    formats.set(name, known)
  }
  return known
}

/** '2026年3月1日' / '1 March 2026' */
export const dateText = (time: number, locale: Locale): string => format(locale, 'date').format(time)

/** '2026年3月1日 18:00' / '1 March 2026 at 18:00' */
export const momentText = (time: number, locale: Locale): string => format(locale, 'moment').format(time)

/** '3月1日' / '1 Mar' for axes. */
export const shortDateText = (time: number, locale: Locale): string => format(locale, 'short').format(time)

/** The day on which results come: the latest that a survey of the cycle names. */
export function resultsDayText(surveys: readonly { readonly resultsOn: number }[], locale: Locale): string {
  return dateText(startOf(Math.max(...surveys.map(({ resultsOn }) => resultsOn))), locale)
}
