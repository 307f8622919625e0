import { type FiguresMessages, figuresMessages } from '../../../client/messages/figures.ts'
import { fill } from '../../../client/messages/fill.ts'
import { type OfficeMessages, officeMessages } from '../../../client/messages/office.ts'
import { type ResultsMessages, resultsMessages } from '../../../client/messages/results.ts'
import { sourceLine } from '../../../client/pages/office/dashboard-text.ts'
import { type FigureView, wholeView } from '../../../client/pages/office/figure-view.ts'
import { isFound } from '../../../client/pages/office/organ-rows.ts'
import {
  drawnOf,
  type Figure,
  type FigureCell,
  type FigureColumn,
  type FigureRow,
  type MissingFigure,
} from '../../../client/parts/figure.tsx'
import type { Interval } from '../../../client/parts/interval.tsx'
import type { OfficeShellProps } from '../../../client/parts/office-shell.tsx'
import { type Score, withheldText } from '../../../client/parts/withheld.tsx'
import { carry, urls } from '../../../client/urls.ts'
import type { CategoryScore } from '../../../surveys/breakdown.ts'
import { hex } from '../../../surveys/canonical.ts'
import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import { halfUp } from '../../../surveys/rational.ts'
import type { SurveyDetails } from '../../details.ts'
import { groupScore, intervalOf, intervalPercent, overallScoreOf, satisfactionScore } from '../../figures.ts'
import type { OrganStanding, Standing, SurveyStanding } from '../../standing.ts'
import { nameOf } from '../../surveys.ts'
import { marginWords } from '../weighting.ts'

/** What every figure of a view is made from. */
export interface FigureContext {
  readonly standing: Standing
  readonly details: readonly SurveyDetails[]
  /** The finished cycle before, with its title; null without one. */
  readonly before: { readonly standing: Standing; readonly title: string } | null
  readonly shell: OfficeShellProps
  readonly view: FigureView
  /** Those of the view, in the order of the cycle's papers. */
  readonly organs: readonly OrganStanding[]
  /** Moment of the figures, as the reader sees it. */
  readonly updated: string
  readonly locale: Locale
  readonly words: FiguresMessages
  readonly office: OfficeMessages
  readonly names: ResultsMessages
}

export type Made = Figure | MissingFigure

export function contextOf(
  given: Pick<FigureContext, 'standing' | 'details' | 'before' | 'shell' | 'view' | 'updated'>,
): FigureContext {
  const { shell, standing, view } = given
  const { locale } = shell
  return {
    ...given,
    locale,
    organs: standing.organs.filter(
      (organ) =>
        (view.organClass === '' || organ.class === view.organClass) &&
        isFound({ ...organ, name: nameOf(organ, locale) }, view.search) &&
        (view.organs.length === 0 || view.organs.includes(organ.code)),
    ),
    words: figuresMessages(locale),
    office: officeMessages(locale),
    names: resultsMessages(locale),
  }
}

/** For figures of one view without other years and without parts of the people: of organs, or of who took part. */
export const plainContext = (
  standing: Standing,
  shell: OfficeShellProps,
  updated: string,
  view: Partial<FigureView> = {},
): FigureContext => contextOf({ standing, shell, updated, view: { ...wholeView, ...view }, details: [], before: null })

/** A figure of this view, with notes on rows that are not drawn and on cells that are withheld. */
export function figure(
  { shell, standing, updated, office, words, view }: FigureContext,
  made: Pick<Figure, 'id' | 'title' | 'finding' | 'columns' | 'rows' | 'drawing'> & {
    readonly notes: readonly string[]
  },
): Figure {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const drawn = drawnOf(made.drawing, made.rows.length)
  const hasHidden = made.rows.some(({ cells }) => cells.some((cell) => typeof cell !== 'string' && cell.why === null))
  return {
    ...made,
    notes: [
      ...(drawn < made.rows.length ? [fill(words.wholeTable, { drawn, n: made.rows.length })] : []),
      ...made.notes,
      ...(hasHidden ? [words.tooFewNote] : []),
    ],
    source: sourceLine(shell, office, updated, hex(standing.planHash)),
    fileName: ['gongping', jid, cycle, made.id, view.group, view.part, ...view.organs]
      .filter((part) => part !== '')
      .join('-'),
  }
}

/** How the scores of a figure came about. */
export function basisOf({ standing, view, words }: FigureContext): string {
  const { plan, planHash } = standing
  return view.part === ''
    ? fill(words.basis, { plan: hex(planHash).slice(0, 12), percent: intervalPercent(plan) })
    : fill(words.partBasis, { minimum: plan.disclosure.drillDown })
}

/** One organ's line: its name leads to the page that explains its score. */
export function organRow(
  { shell, locale }: Pick<FigureContext, 'shell' | 'locale'>,
  organ: OrganStanding,
  cells: readonly FigureCell[],
): FigureRow {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return {
    cells: [nameOf(organ, locale), ...cells],
    href: carry(urls.organScores(jid, cycle, organ.code), { locale }),
  }
}

export const numberColumn = (label: string): FigureColumn => ({ label, kind: 'number' })
export const percentColumn = (label: string): FigureColumn => ({ label, kind: 'percent' })

/** The score as a cell, or why there is none; `what` names it inside a sentence. */
export const scoreCell = (names: ResultsMessages, score: Score, what: string): FigureCell =>
  score.status === 'ok' ? score.score : { why: withheldText(names, score.why, what) }

/** Both ends of an interval, or why there is none. */
export function intervalCells(names: ResultsMessages, interval: Interval | null): [FigureCell, FigureCell] {
  if (interval?.status === 'ok') return [interval.low, interval.high]
  const why = { why: interval === null ? null : names[interval.status] }
  return [why, why]
}

/** The score that a view compares: of everything, of one group, or of one part of its people. */
export interface Measure {
  readonly kind: 'overall' | 'satisfaction' | 'group' | 'part'
  readonly title: string
  /** `slips` are those behind it; null where they are too few to be told. */
  of(organ: OrganStanding): {
    readonly cell: FigureCell
    readonly interval: Interval | null
    readonly slips: number | null
  }
}

export function measureOf(context: FigureContext): Measure {
  const { standing, view, words, office, names, locale } = context
  const { plan } = standing
  if (view.group === '')
    return {
      kind: 'overall',
      title: office.overall,
      of: (organ) => ({
        cell: scoreCell(names, overallScoreOf(plan, organ, locale), names.overallScore),
        interval: organ.overall?.status === 'ok' ? intervalOf(organ.overall) : null,
        slips: slipsOf(organ),
      }),
    }
  const group = view.group
  if (view.part === '')
    return {
      kind: 'group',
      title: fill(words.groupScore, { group: names[group] }),
      of: (organ) => ({
        cell: scoreCell(names, groupScore(plan, group, organ.groups[group]), names[group]),
        interval: intervalOf(organ.groups[group].estimate),
        slips: organ.groups[group].sums?.n ?? null,
      }),
    }
  return {
    kind: 'part',
    title: fill(words.partScore, { group: names[group], part: partTitle(context) }),
    of(organ) {
      const own = partOf(context, organ)
      if (!own?.shown) return { cell: { why: null }, interval: null, slips: null }
      return { cell: halfUp(own.shown.score, plan.rounding.decimals), interval: null, slips: own.shown.n }
    },
  }
}

/** What the groups give together, before the rest of the work counts. */
export const satisfactionMeasure = (context: FigureContext): Measure => ({
  kind: 'satisfaction',
  title: context.office.satisfaction,
  of: (organ) => ({
    cell: satisfactionCell(context, organ),
    interval: intervalOf(organ.satisfaction),
    slips: slipsOf(organ),
  }),
})

const slipsOf = ({ groups }: OrganStanding): number =>
  Object.values(groups).reduce((sum, { sums }) => sum + (sums?.n ?? 0), 0)

/** The survey that scores a group. */
export const surveyOf = ({ surveys }: Standing, group: GroupId): SurveyStanding | undefined =>
  surveys.find((survey) => survey.group === group && survey.counted)

/** What those of the chosen part say about an organ; undefined where nothing is known of parts. */
export function partOf({ standing, details, view }: FigureContext, organ: OrganStanding): CategoryScore | undefined {
  const survey = view.group === '' ? undefined : surveyOf(standing, view.group)
  const [margin, category] = view.part.split('.')
  return details
    .find((each) => each.survey === survey?.id)
    ?.parts.get(organ.id)
    ?.find((each) => each.margin === margin)
    ?.categories.find((each) => each.category === category)
}

/** The chosen part in the words of the questionnaire. */
export function partTitle({ standing, view, locale }: FigureContext): string {
  const survey = view.group === '' ? undefined : surveyOf(standing, view.group)
  const [margin = '', category = ''] = view.part.split('.')
  return (survey && marginWords(survey.questionnaire, locale).get(margin)?.categories.get(category)) ?? category
}

/** The group that a figure of one group is about, where the view leaves it open. */
export const groupOf = ({ view }: FigureContext): GroupId => (view.group === '' ? 'public' : view.group)

/** Satisfaction, or why there is none, as a cell. */
export const satisfactionCell = ({ standing, names }: FigureContext, organ: OrganStanding): FigureCell =>
  scoreCell(names, satisfactionScore(standing.plan, organ), names.satisfactionScore)

/** Highest first; what is withheld last, in its order. */
export function bestFirst<Row extends { readonly cells: readonly FigureCell[] }>(
  rows: readonly Row[],
  column: number,
): Row[] {
  const value = ({ cells }: Row) => (typeof cells[column] === 'string' ? Number(cells[column]) : -Infinity)
  return [...rows].sort((a, b) => (value(a) === value(b) ? 0 : value(b) - value(a)))
}
