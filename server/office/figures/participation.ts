import { epochDay } from '../../../client/islands/chart-data.ts'
import { fieldworkMessages } from '../../../client/messages/fieldwork.ts'
import { fill } from '../../../client/messages/fill.ts'
import type { Participation } from '../../../client/pages/office/dashboard.tsx'
import type { FieldworkSurvey } from '../../../client/pages/office/fieldwork.tsx'
import type { FigureLine } from '../../../client/parts/figure.tsx'
import { grouped, shareText } from '../../../client/parts/numbers.ts'
import { type FigureContext, figure, type Made, numberColumn, percentColumn } from './context.ts'

// Who has taken part: counts only, which are known while people answer.

/** `target`: how many are wanted, 0 where nobody knows yet. */
type Counted = Pick<Participation, 'sid' | 'group' | 'opens' | 'closes' | 'daily'> & { readonly target: number }

/** One survey's days; `from` is the place of its first row in the table of all. */
interface Course {
  readonly survey: Counted
  readonly name: string
  readonly from: number
  readonly days: readonly {
    readonly day: number
    readonly date: number
    readonly text: string
    readonly received: number
    readonly total: number
    readonly percent: string
    readonly pace: string
  }[]
}

/** Chart 4: how many of those wanted have taken part, day by day, against an even pace. */
export function progressFigure(context: FigureContext, surveys: readonly Counted[]): Made {
  const { office: words, names } = context
  const courses = coursesOf(context, surveys)
  const counted = courses.filter(({ survey }) => survey.target > 0)
  const last = counted.flatMap(({ days }) => days.at(-1) ?? []).sort((a, b) => b.day - a.day)[0]
  if (!last) return { id: 'progress', title: words.chartProgressTitle, missing: words.chartProgressNone }
  // Surveys with the same dates share one dashed line.
  const paces = [
    ...new Map(counted.map((each) => [`${each.survey.opens.day} ${each.survey.closes.day}`, each])).values(),
  ]
  return figure(context, {
    id: 'progress',
    title: words.chartProgressTitle,
    finding: fill(words.chartProgressSentence, {
      date: last.text,
      list: counted
        .map(({ name, survey, days }) =>
          fill(words.chartProgressItem, {
            ...{ group: name, percent: days.at(-1)!.percent },
            ...{ received: grouped(days.at(-1)!.total), target: grouped(survey.target) },
          }),
        )
        .join(names.listSeparator),
    }),
    notes: [],
    ...tableOf(context, courses),
    drawing: {
      kind: 'progress',
      days: courses.flatMap(({ days }) => days.map(({ day }) => day)),
      lines: [
        ...counted.map((course) => lineOf(course, course.name, course.survey.group, 5)),
        ...paces.map((course) =>
          lineOf(
            course,
            paces.length === 1 ? words.chartPace : fill(words.chartPaceOf, { group: course.name }),
            'pace',
            6,
          ),
        ),
      ],
      axisTitle: words.chartProgressAxis,
    },
  })
}

/** Chart 4, each day for itself. */
export function daysFigure(context: FigureContext, surveys: readonly Counted[]): Made {
  const words = fieldworkMessages(context.locale)
  const courses = coursesOf(context, surveys)
  const byDay = new Map<string, number>()
  for (const { text, received } of courses.flatMap(({ days }) => days))
    byDay.set(text, (byDay.get(text) ?? 0) + received)
  const [most] = [...byDay].sort(([, a], [, b]) => b - a)
  const all = [...byDay.values()].reduce((sum, n) => sum + n, 0)
  if (!most || all === 0) return { id: 'days', title: words.daysTitle, missing: context.office.chartProgressNone }
  return figure(context, {
    id: 'days',
    title: words.daysTitle,
    finding: fill(words.daysFinding, { days: byDay.size, n: grouped(all), date: most[0], most: grouped(most[1]) }),
    notes: [],
    ...tableOf(context, courses, true),
    drawing: {
      kind: 'days',
      days: courses.flatMap(({ days }) => days.map(({ day }) => day)),
      lines: courses.map((course) => lineOf(course, course.name, course.survey.group, 2)),
      axisTitle: words.daysAxis,
    },
  })
}

function coursesOf({ names }: FigureContext, surveys: readonly Counted[]): Course[] {
  let from = 0
  return surveys
    .filter(({ daily }) => daily.length > 0)
    .map((survey) => {
      const [first, last] = [epochDay(survey.opens.day), epochDay(survey.closes.day)]
      let total = 0
      const days = survey.daily.map(({ day: date, text, received }) => {
        total += received
        const day = epochDay(date)
        const elapsed = (day - first + 1) / Math.max(1, last - first + 1)
        const percent = ((total / Math.max(1, survey.target)) * 100).toFixed(1)
        return { day, date, text, received, total, percent, pace: (Math.min(1, elapsed) * 100).toFixed(1) }
      })
      from += days.length
      return { survey, name: names[survey.group], from: from - days.length, days }
    })
}

/** One table for both: day, group, that day, in all, how many are wanted, and both shares. Prompts lead to days where `hasIds`. */
const tableOf = ({ office: words, locale }: FigureContext, courses: readonly Course[], hasIds = false) => ({
  columns: [
    { label: words.day, kind: 'text' as const },
    { label: words.group, kind: 'text' as const },
    numberColumn(words.daily),
    numberColumn(words.cumulative),
    numberColumn(fieldworkMessages(locale).target),
    percentColumn(words.cumulativePercent),
    percentColumn(words.pacePercent),
  ],
  rows: courses.flatMap(({ survey, name, days }) =>
    days.map(({ date, text, received, total, percent, pace }) => ({
      ...(hasIds ? { id: `day-${survey.sid}-${date}` } : {}),
      cells: [
        ...[text, name, String(received), String(total)],
        ...(survey.target > 0
          ? [String(survey.target), shareText(percent, total)]
          : [{ why: fieldworkMessages(locale).noTarget }, { why: fieldworkMessages(locale).noTarget }]),
        pace,
      ],
    })),
  ),
})

const lineOf = ({ from, days }: Course, label: string, look: FigureLine['look'], column: number): FigureLine => ({
  ...{ label, look, column },
  rows: [from, from + days.length],
})

/** Chart 5: where people are lost between the roster and being counted, in one survey. */
export function funnelFigure(context: FigureContext, { group, steps }: Pick<FieldworkSurvey, 'group' | 'steps'>): Made {
  const { locale, names } = context
  const words = fieldworkMessages(locale)
  const title = fill(words.funnelTitle, { group: names[group] })
  const [first, last] = [steps[0], steps.at(-1)]
  if (!first || !last || steps.every(({ step, n }) => step === 'roster' || n === 0))
    return { id: 'funnel', title, missing: fill(words.funnelNone, { group: names[group] }) }
  const share = (n: number, of: number) => (of === 0 ? '' : shareText(((n / of) * 100).toFixed(1), n))
  return figure(context, {
    id: 'funnel',
    title,
    finding: fill(words.funnelFinding, {
      group: names[group],
      last: words[`step_${last.step}`],
      n: grouped(last.n),
      first: words[`step_${first.step}`],
      percent: share(last.n, first.n),
    }),
    notes: [],
    columns: [
      { label: words.step, kind: 'text' },
      numberColumn(words.people),
      percentColumn(words.ofLast),
      percentColumn(words.ofFirst),
    ],
    rows: steps.map(({ step, n }, at) => ({
      cells: [words[`step_${step}`], String(n), at === 0 ? '' : share(n, steps[at - 1]!.n), share(n, first.n)],
    })),
    drawing: { kind: 'bars', bars: [{ column: 1, look: 'public' }], axisTitle: words.people },
  })
}
