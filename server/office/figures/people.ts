import type { DotLook } from '../../../client/islands/chart-data.ts'
import { fill } from '../../../client/messages/fill.ts'
import { sentences } from '../../../client/messages/results.ts'
import type { FigureCell } from '../../../client/parts/figure.tsx'
import { groupIds } from '../../../surveys/indicator.ts'
import { reasonQuestion } from '../../details.ts'
import { percent } from '../../figures.ts'
import { localized, nameOf } from '../../surveys.ts'
import { weightingOf } from '../weighting.ts'
import {
  bestFirst,
  type FigureContext,
  figure,
  groupOf,
  type Made,
  numberColumn,
  percentColumn,
  surveyOf,
} from './context.ts'

// What people say is wrong, and whether those who answered are like those who live there.

interface Told {
  readonly title: string
  readonly slips: number | null
  readonly reasons: readonly (number | null)[]
}

/** Chart 10: reasons of those who gave any, of all organs of the view together or side by side. */
export function reasonsFigure(context: FigureContext): Made {
  const { standing, details, organs, view, words, names, locale } = context
  const missing = (text: string) => ({ id: 'reasons', title: words.reasonsTitle, missing: text })
  if (view.part !== '') return missing(words.notByPart)
  const group = groupOf(context)
  if (group === 'leaders') return missing(words.reasonsLeaders)
  const survey = surveyOf(standing, group)
  const asked = survey && reasonQuestion(survey.questionnaire)
  const found = details.find((each) => each.survey === survey?.id)?.reasons
  if (!asked || !found) return missing(asked ? words.nothing : words.reasonsNotAsked)
  // Of organs that were searched for nothing is known together, and more than these do not fit side by side.
  if (view.organs.length === 0 && view.search !== '' && organs.length > looks.length) return missing(words.needsOrgan)
  const isChosen = view.organs.length > 0 || view.search !== ''
  const told = (isChosen ? ofOrgans(context, found.organs) : ofAll(context, found.classes)).filter(
    ({ slips }) => slips !== null,
  )
  if (told.length === 0) return missing(words.nothing)
  const isAlone = told.length === 1
  const share = (each: Told, option: number): FigureCell => {
    const count = each.reasons[option] ?? null
    return count === null ? { why: null } : percent(count, each.slips!)
  }
  const rows = bestFirst(
    asked.question.options.map(({ label }, option) => ({
      cells: [
        localized(label, locale),
        ...told.flatMap((each): FigureCell[] => {
          const count = each.reasons[option] ?? null
          return isAlone ? [count === null ? { why: null } : String(count), share(each, option)] : [share(each, option)]
        }),
      ],
    })),
    isAlone ? 2 : 1,
  )
  const top = (column: number) => {
    const row = bestFirst(rows, column)[0]!
    return { reason: row.cells[0] as string, percent: row.cells[column] }
  }
  const { drillDown: minimum, cell } = standing.plan.disclosure
  const isKnown = ({ percent: value }: ReturnType<typeof top>): boolean => typeof value === 'string'
  const findings = isAlone
    ? [top(2)].filter(isKnown).map((most) => fill(words.reasonsFinding, { ...texts(most), n: told[0]!.slips! }))
    : told.flatMap(({ title }, at) =>
        [top(at + 1)].filter(isKnown).map((most) => fill(words.reasonsCompared, { ...texts(most), organ: title })),
      )
  if (findings.length === 0) return missing(words.nothing)
  return figure(context, {
    id: 'reasons',
    title: fill(words.reasonsOf, {
      group: names[group],
      about: told.map(({ title }) => title).join(names.listSeparator),
    }),
    finding: sentences(locale, ...findings),
    notes: [fill(words.reasonsNote, { minimum, cell })],
    columns: [
      { label: words.reason, kind: 'text' },
      ...(isAlone
        ? [numberColumn(words.times), percentColumn(words.ofTellers)]
        : told.map(({ title }) => percentColumn(fill(words.ofTellersAbout, { organ: title })))),
    ],
    rows,
    drawing: {
      kind: 'bars',
      bars: isAlone ? [{ column: 2, look: 'public' }] : told.map((_, at) => ({ column: at + 1, look: looks[at]! })),
      axisTitle: words.ofTellers,
    },
  })
}

const looks: readonly DotLook[] = ['public', 'leaders', 'recipients', 'before']

const texts = ({ reason, percent: value }: { reason: string; percent: FigureCell | undefined }) => ({
  reason,
  percent: typeof value === 'string' ? value : '',
})

type ByName<Key> = ReadonlyMap<Key, Omit<Told, 'title'>>

function ofOrgans({ organs, locale }: FigureContext, found: ByName<number>): Told[] {
  return organs.flatMap((organ) => {
    const own = found.get(organ.id)
    return own ? [{ title: nameOf(organ, locale), slips: own.slips, reasons: own.reasons }] : []
  })
}

/** A sum of classes is made of what each of them shows, and so says no more than they do: what one withholds has none. */
function ofAll({ view, standing, words, locale }: FigureContext, found: ByName<string>): Told[] {
  const classes = [...found].filter(
    ([id, { slips }]) => slips !== null && (view.organClass === '' || id === view.organClass),
  )
  if (classes.length === 0) return []
  const title = standing.plan.organClasses[view.organClass]?.title
  const [, first] = classes[0]!
  return [
    {
      title: title ? localized(title, locale) : words.aboutAll,
      slips: classes.reduce((sum, [, { slips }]) => sum + slips!, 0),
      reasons: first.reasons.map((_, option) => {
        const counts = classes.flatMap(([, { reasons }]) => reasons[option] ?? [])
        return counts.length < classes.length ? null : counts.reduce((sum, count) => sum + count, 0)
      }),
    },
  ]
}

/** Chart 11: those who answered about one organ beside the population, feature by feature. */
export function sampleFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, names, locale } = context
  const missing = (text: string) => ({ id: 'sample', title: words.sampleTitle, missing: text })
  const [organ] = organs
  const groups = view.group === '' ? groupIds : [view.group]
  const survey = groups.map((group) => surveyOf(standing, group)).find((each) => each?.population)
  if (!survey) return missing(words.sampleNone)
  if (view.organs.length === 0 || !organ) return missing(words.needsOrgan)
  const weighting = weightingOf(standing, survey, organ.groups[survey.group].estimate, locale)
  if (!weighting || weighting.tables.length === 0) return missing(words.nothing)
  const rows = weighting.tables.flatMap(({ title, rows: own }) =>
    own.flatMap(({ label, sample, populationPercent }) => {
      if (populationPercent === null) return []
      const cells: FigureCell[] = [
        label ?? office.notTold,
        title,
        sample?.percent ?? { why: null },
        populationPercent,
        sample?.weight ?? { why: null },
        sample ? String(sample.n) : { why: null },
      ]
      return [{ cells }]
    }),
  )
  const apart = rows
    .flatMap(({ cells: [category, feature, sample, population] }) =>
      typeof sample === 'string'
        ? [
            {
              ...{ category: category as string, feature: feature as string },
              ...{ sample, population: population as string },
            },
          ]
        : [],
    )
    .sort((a, b) => distance(b) - distance(a))
  return figure(context, {
    id: 'sample',
    title: fill(words.sampleOf, { organ: nameOf(organ, locale), group: names[survey.group] }),
    finding: apart[0] ? fill(words.sampleFinding, apart[0]) : words.sampleEven,
    notes: [fill(words.sampleNote, { source: weighting.source })],
    columns: [
      { label: office.category, kind: 'text' },
      { label: words.feature, kind: 'text' },
      percentColumn(office.samplePercent),
      percentColumn(office.populationPercent),
      numberColumn(office.meanWeight),
      numberColumn(office.answersOf),
    ],
    rows,
    drawing: {
      kind: 'bars',
      bars: [
        { column: 2, look: 'public' },
        { column: 3, look: 'before' },
      ],
      axisTitle: words.sampleAxis,
      panels: 1,
    },
  })
}

const distance = ({ sample, population }: { sample: string; population: string }) =>
  Math.abs(Number(sample.replace('<', '')) - Number(population))
