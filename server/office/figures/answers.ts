import { levelLooks } from '../../../client/islands/chart-data.ts'
import { fill } from '../../../client/messages/fill.ts'
import { officeMessages } from '../../../client/messages/office.ts'
import { figureViewHref } from '../../../client/pages/office/figure-view.ts'
import type { Figure, FigureCell } from '../../../client/parts/figure.tsx'
import { sortedBy } from '../../../client/parts/sorting.ts'
import { urls } from '../../../client/urls.ts'
import { distributionStatus } from '../../../surveys/disclosure.ts'
import {
  type Locale,
  type Questionnaire,
  type RatingQuestion,
  ratingQuestions,
  type Scale,
} from '../../../surveys/questionnaire.ts'
import {
  add,
  compare,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
} from '../../../surveys/rational.ts'
import { shownQuestions } from '../../../surveys/results.ts'
import { percent } from '../../figures.ts'
import type { OrganStanding, SurveyStanding } from '../../standing.ts'
import { localized, nameOf } from '../../surveys.ts'
import {
  basisOf,
  bestFirst,
  type FigureContext,
  figure,
  groupOf,
  type Made,
  numberColumn,
  organRow,
  partOf,
  partTitle,
  percentColumn,
  surveyOf,
} from './context.ts'

// What single questions say: level by level, side by side, and which of them counts most.

/** Chart 3: how the overall question was answered, organ by organ. */
export function spreadFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, names, locale } = context
  const missing = (text: string) => ({ id: 'spread', title: words.spreadTitle, missing: text })
  if (view.part !== '') return missing(words.notByPart)
  const group = groupOf(context)
  if (group === 'leaders') return missing(words.spreadLeaders)
  const survey = surveyOf(standing, group)
  const questions = survey ? ratingQuestions(survey.questionnaire) : []
  const at = questions.findIndex(({ role }) => role === 'overall')
  if (!survey || at < 0) return missing(words.nothing)
  const levels = levelsOf(survey.questionnaire, questions[at]!)
  const satisfied = satisfiedOf(levels)
  const { distribution: minimum } = standing.plan.disclosure
  const rows = organs.flatMap((organ) => {
    const { sums, estimate } = organ.groups[group]
    const counts = sums?.questions[at]
    if (!counts || estimate?.status !== 'ok' || distributionStatus(group, counts, minimum) !== 'shown') return []
    if (!shownQuestions(estimate.questions, standing.plan)[at]) return []
    const answers = counts.levels.reduce((sum, count) => sum + count, 0)
    const below = counts.levels.slice(satisfied).reduce((sum, count) => sum + count, 0)
    const cells = [
      ...counts.levels.map((count) => percent(count, answers)),
      percent(counts.dontKnow, answers + counts.dontKnow),
      String(answers),
    ]
    return [{ below: below / answers, percent: percent(below, answers), row: organRow(context, organ, cells) }]
  })
  if (rows.length === 0) return missing(words.nothing)
  rows.sort((a, b) => b.below - a.below)
  const level = limitOf(levels, locale)
  return figure(context, {
    id: 'spread',
    title: fill(words.spreadOf, { group: names[group], n: rows.length }),
    finding: fill(words.spreadFinding, {
      organ: rows[0]!.row.cells[0] as string,
      percent: rows[0]!.percent,
      level,
    }),
    notes: [fill(words.spreadNote, { minimum })],
    columns: [
      { label: office.organ, kind: 'text' },
      ...levels.map(({ label }) => percentColumn(localized(label, locale))),
      percentColumn(office.dontKnow),
      numberColumn(office.answers),
    ],
    rows: rows.map(({ row }) => row),
    drawing: spreadDrawing(context, levels),
  })
}

/** Chart 3 for one organ: how each question was answered, in percent and in numbers. */
export function answersFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, names, locale } = context
  const group = groupOf(context)
  const missing = (text: string) => ({ id: 'answers', title: words.answersTitle, missing: text })
  if (view.part !== '') return missing(words.notByPart)
  if (group === 'leaders') return missing(words.spreadLeaders)
  const [organ] = organs
  if (view.organs.length === 0 || !organ) return missing(words.needsOrgan)
  const survey = surveyOf(standing, group)
  const { sums, estimate } = organ.groups[group]
  // Without a score, because too few answered, the answers are not shown either: they would give it away.
  if (!survey || !sums || estimate?.status !== 'ok') return missing(words.answersNoScore)
  const questions = ratingQuestions(survey.questionnaire)
  const levels = levelsOf(survey.questionnaire, questions[0]!)
  const satisfied = satisfiedOf(levels)
  const { distribution: minimum } = standing.plan.disclosure
  const isMeanShown = shownQuestions(estimate.questions, standing.plan)
  const lines = questions.flatMap((question, at) => {
    const counts = sums.questions[at]!
    // Levels of another scale have no columns here.
    if (counts.levels.length !== levels.length) return []
    const label = labelOf(question, survey.questionnaire, locale)
    // Of a question outside the score, slips without any scored answer count among its levels but not in its n.
    const answers = counts.levels.reduce((total, count) => total + count, 0)
    const status = distributionStatus(group, counts, minimum)
    if (status !== 'shown' || !isMeanShown[at]) {
      const why =
        status === 'n_below_distribution'
          ? fill(words.answersFew, { n: answers, minimum })
          : words[status === 'all_identical' ? 'answersIdentical' : 'answersNoMean']
      const hidden = Array.from({ length: 2 * levels.length + 2 }, (): FigureCell => ({ why: null }))
      return [{ label, below: -1, percent: '', cells: [{ why }, ...hidden] }]
    }
    const below = counts.levels.slice(satisfied).reduce((total, count) => total + count, 0)
    const cells: FigureCell[] = [
      ...counts.levels.map((count) => percent(count, answers)),
      percent(counts.dontKnow, answers + counts.dontKnow),
      String(answers),
      ...[...counts.levels, counts.dontKnow].map(String),
    ]
    return [{ label, below: below / answers, percent: percent(below, answers), cells }]
  })
  const shown = lines.filter(({ below }) => below >= 0)
  if (shown.length === 0) return missing(lines.length > 0 ? words.answersNone : words.nothing)
  const worst = shown.reduce((most, each) => (each.below > most.below ? each : most))
  const title = { organ: nameOf(organ, locale), group: names[group] }
  return figure(context, {
    id: 'answers',
    title: fill(words.answersOf, { ...title, n: sums.n }),
    finding: fill(words.answersFinding, {
      ...{ ...title, question: worst.label, percent: worst.percent },
      level: limitOf(levels, locale),
    }),
    notes: [fill(words.answersNote, { minimum })],
    columns: [
      { label: office.question, kind: 'text' },
      ...levels.map(({ label }) => percentColumn(localized(label, locale))),
      percentColumn(office.dontKnow),
      numberColumn(office.answers),
      ...levels.map(({ label }) => numberColumn(fill(words.countOf, { level: localized(label, locale) }))),
      numberColumn(fill(words.countOf, { level: office.dontKnow })),
    ],
    rows: lines.map(({ label, cells }) => ({ cells: [label, ...cells] })),
    drawing: spreadDrawing(context, levels),
  })
}

type Level = Scale['options'][number]

const levelsOf = ({ scales }: Questionnaire, question: RatingQuestion): Level[] =>
  scales.find(({ id }) => id === question.scale)!.options.filter(({ score }) => score !== null)

/**
 * From so many of 100 points on a level counts as satisfied, and is drawn to the right of the limit: with the usual
 * points 非常满意, 满意 and 基本满意 are. Only drawings use it; no score does.
 */
const satisfiedFrom = rational(60n)

const satisfiedOf = (levels: readonly Level[]): number =>
  levels.filter(({ score }) => compare(parseRational(String(score)), satisfiedFrom) >= 0).length

/** The lowest level that still counts as satisfied. */
function limitOf(levels: readonly Level[], locale: Locale): string {
  const level = levels[satisfiedOf(levels) - 1]
  return level ? localized(level.label, locale) : ''
}

/** Levels in the columns behind the first, best first, and don't-know behind them. */
function spreadDrawing({ words, locale }: FigureContext, levels: readonly Level[]): Figure['drawing'] {
  const satisfied = satisfiedOf(levels)
  const looks = levelLooks(satisfied, levels.length - satisfied)
  return {
    kind: 'spread',
    levels: levels.map((_, place) => ({ column: place + 1, look: looks[place]!, isSatisfied: place < satisfied })),
    unknown: levels.length + 1,
    axisTitle: fill(words.spreadAxis, { level: limitOf(levels, locale) }),
    wholeAxisTitle: words.spreadWholeAxis,
  }
}

/** The dimension that a question is about; the question about the whole has no other name than that. */
function labelOf(question: RatingQuestion, { dimensions }: Questionnaire, locale: Locale): string {
  const dimension = dimensions.find(({ id }) => id === question.dimension)
  return dimension ? localized(dimension.label, locale) : officeMessages(locale).overallQuestion
}

/** A side of the work: the question about it, and the mean of an organ where it may be shown. */
interface Side {
  readonly question: RatingQuestion
  readonly label: string
  meanOf(organ: OrganStanding): Rational | null
}

function sidesOf(context: FigureContext, survey: SurveyStanding): Side[] {
  const { standing, view, locale } = context
  return ratingQuestions(survey.questionnaire).map((question, at) => ({
    question,
    label: labelOf(question, survey.questionnaire, locale),
    meanOf(organ) {
      if (view.part !== '') return partOf(context, organ)?.means[at] ?? null
      const { estimate } = organ.groups[survey.group]
      if (estimate?.status !== 'ok' || !shownQuestions(estimate.questions, standing.plan)[at]) return null
      return estimate.questions[at]!.mean
    },
  }))
}

const about = (context: FigureContext): string => {
  const group = context.names[groupOf(context)]
  return context.view.part === '' ? group : `${group} · ${partTitle(context)}`
}

/** Chart 6: the mean of every side of every organ, as a table whose ground darkens with the number. */
export function heatFigure(context: FigureContext): Made {
  const { standing, organs, view, words, office, shell, locale } = context
  const survey = surveyOf(standing, groupOf(context))
  const sides = survey ? sidesOf(context, survey) : []
  const { decimals } = standing.plan.rounding
  const rows = organs.map((organ) =>
    organRow(
      context,
      organ,
      sides.map((side): FigureCell => {
        const mean = side.meanOf(organ)
        return mean ? halfUp(mean, decimals) : { why: null }
      }),
    ),
  )
  const known = rows.flatMap(({ cells }) =>
    cells
      .slice(1)
      .flatMap((cell, at) =>
        typeof cell === 'string' ? [{ organ: cells[0] as string, dimension: sides[at]!.label, score: cell }] : [],
      ),
  )
  if (known.length === 0) return { id: 'heat', title: words.heatTitle, missing: words.nothing }
  const byScore = [...known].sort((a, b) => Number(a.score) - Number(b.score))
  const [lowest, highest] = [byScore[0]!, byScore[byScore.length - 1]!]
  const { jid = '', cycle = '' } = shell.place ?? {}
  const sortOf = (id: string, label: string) => ({
    href: figureViewHref(urls.figures(jid, cycle), sortedBy(view, id), locale, 'heat'),
    sorted: view.sort === id ? view.direction : null,
    action: fill(office.sortBy, { column: label }),
  })
  const at = sides.findIndex(({ question }) => question.id === view.sort)
  return figure(context, {
    id: 'heat',
    title: fill(words.heatOf, { group: about(context), n: rows.length }),
    finding: fill(words.heatFinding, {
      organ: lowest.organ,
      dimension: lowest.dimension,
      low: lowest.score,
      bestOrgan: highest.organ,
      bestDimension: highest.dimension,
      high: highest.score,
    }),
    notes: [words.heatNote, basisOf(context)],
    columns: [
      { label: office.organ, kind: 'text', sort: sortOf('name', office.organ) },
      ...sides.map(({ question, label }) => ({ ...numberColumn(label), sort: sortOf(question.id, label) })),
    ],
    rows: at === -1 ? byName(rows, context) : turned(bestFirst(rows, at + 1), at + 1, view.direction),
    drawing: { kind: 'heat' },
  })
}

type Rows = ReturnType<typeof organRow>[]

function byName(rows: Rows, { view, locale }: FigureContext): Rows {
  const collator = new Intl.Collator(locale)
  const sorted = [...rows].sort((a, b) => collator.compare(a.cells[0] as string, b.cells[0] as string))
  return view.sort === 'name' && view.direction === 'desc' ? sorted.reverse() : sorted
}

/** The other way round; what is withheld stays last. */
function turned(rows: Rows, column: number, direction: 'asc' | 'desc'): Rows {
  if (direction === 'desc') return rows
  const known = rows.filter(({ cells }) => typeof cells[column] === 'string')
  return [...known.reverse(), ...rows.filter(({ cells }) => typeof cells[column] !== 'string')]
}

/** Chart 12: which side costs the group score most, of one organ or of the mean of those shown. */
export function priorityFigure(context: FigureContext): Made {
  const { standing, organs, words, names, locale } = context
  const missing = { id: 'priority', title: words.priorityTitle, missing: words.nothing }
  const group = groupOf(context)
  const survey = surveyOf(standing, group)
  if (!survey) return missing
  const sides = sidesOf(context, survey).filter(({ question }) => question.weight > 0)
  const whole = rational(sides.reduce((sum, { question }) => sum + question.weight, 0))
  // Only organs of which every side is shown, so that each mean is over the same ones.
  const complete = organs.filter((organ) => sides.every((side) => side.meanOf(organ) !== null))
  if (complete.length === 0) return missing
  const made = sides.map(({ question, label, meanOf }) => {
    const means = complete.map((organ) => meanOf(organ)!)
    const mean = divide(means.reduce(add, rational(0)), rational(means.length))
    const weight = divide(rational(question.weight), whole)
    return { label, mean, weight, lost: multiply(subtract(rational(100), mean), weight) }
  })
  made.sort((a, b) => compare(b.lost, a.lost))
  const { decimals } = standing.plan.rounding
  const rows = made.map(({ label, mean, weight, lost }) => ({
    cells: [label, halfUp(mean, decimals), halfUp(multiply(weight, rational(100)), 1), halfUp(lost, decimals)],
  }))
  const [worst] = rows
  return figure(context, {
    id: 'priority',
    title: fill(words.priorityOf, {
      group: about(context),
      about: complete.length === 1 ? nameOf(complete[0]!, locale) : fill(words.priorityMean, { n: complete.length }),
    }),
    finding: fill(words.priorityFinding, {
      dimension: worst!.cells[0]!,
      score: worst!.cells[1]!,
      lost: worst!.cells[3]!,
    }),
    notes: [words.priorityNote, basisOf(context)],
    columns: [
      { label: words.dimension, kind: 'text' },
      numberColumn(fill(words.groupScore, { group: names[group] })),
      numberColumn(words.weightPercent),
      numberColumn(words.lost),
    ],
    rows,
    drawing: { kind: 'plane', x: 2, y: 1 },
  })
}
