import type { Weighting } from '../../client/pages/office/organ-weighting.tsx'
import { shownCategories } from '../../surveys/disclosure.ts'
import type { GroupEstimate, ScoredEstimate } from '../../surveys/estimate.ts'
import type { Locale, Questionnaire } from '../../surveys/questionnaire.ts'
import { halfUp, multiply, parseRational, rational } from '../../surveys/rational.ts'
import { fixed, percent } from '../figures.ts'
import type { Standing, SurveyStanding } from '../standing.ts'
import { localized } from '../surveys.ts'

type Population = NonNullable<SurveyStanding['population']>

/** How a group's answers about an organ were weighted to the population; null where the plan weighs by none. */
export function weightingOf(
  { plan }: Standing,
  survey: SurveyStanding,
  estimate: GroupEstimate | null,
  locale: Locale,
): Weighting | null {
  const { group, questionnaire, population } = survey
  const note = weightingNote(survey, locale)
  if (!population || !note) return null
  const words = marginWords(questionnaire, locale)
  return {
    ...note,
    bounds: plan.groups[group].calibration === 'rake' ? { lower: plan.raking.lower, upper: plan.raking.upper } : null,
    tables: estimate?.status === 'ok' ? sampleTables(population, estimate, plan.disclosure.cell, words) : [],
    unmet: estimate?.status === 'insufficient' ? unmetCategories(estimate, words) : null,
  }
}

/** By which questions a survey's answers are weighted, and from what figures; null where they are not. */
export function weightingNote(
  { questionnaire, population }: SurveyStanding,
  locale: Locale,
): { margins: string[]; source: string } | null {
  if (!population) return null
  const words = marginWords(questionnaire, locale)
  return { margins: population.margins.map(({ name }) => words.get(name)?.title ?? name), source: population.source }
}

export type MarginWords = ReadonlyMap<
  string,
  { readonly title: string; readonly categories: ReadonlyMap<string, string> }
>

/** The words in which the questionnaire asked for each margin and its categories. */
export function marginWords(questionnaire: Questionnaire, locale: Locale): MarginWords {
  return new Map(
    questionnaire.pages.flatMap(({ questions }) =>
      questions.flatMap((question) => {
        if (question.type !== 'choice' || question.margin === undefined) return []
        const options = question.options.filter(({ missing }) => missing !== true)
        const categories = new Map(options.map(({ value, label }) => [value, localized(label, locale)]))
        return [[question.margin, { title: localized(question.title, locale), categories }] as const]
      }),
    ),
  )
}

/** Sample beside population. Small categories are hidden, and as many more as keep these from being worked out. */
function sampleTables(
  { margins }: Population,
  { weights, weightUnit, n }: ScoredEstimate,
  cellMinimum: number,
  words: MarginWords,
): Weighting['tables'] {
  return margins.map(({ name, categories }, at) => {
    const known = new Set(categories.map(({ id }) => id))
    const rows = [...categories, null].flatMap((category) => {
      const own = weights.filter(({ margins: values }) =>
        category ? values[at] === category.id : !known.has(values[at]!),
      )
      const slips = own.reduce((sum, each) => sum + each.n, 0)
      // Nobody without the answer needs no row.
      if (category === null && slips === 0) return []
      const units = own.reduce((sum, each) => sum + each.units * BigInt(each.n), 0n)
      return [{ category, slips, weight: Number(units) / Number(weightUnit) / Math.max(1, slips) }]
    })
    const shown = shownCategories(
      rows.map(({ slips }) => slips),
      cellMinimum,
    )
    return {
      title: words.get(name)?.title ?? name,
      rows: rows.map(({ category, slips, weight }, row) => ({
        label: category && (words.get(name)?.categories.get(category.id) ?? category.id),
        sample: shown[row]
          ? { n: slips, percent: percent(slips, n), weight: slips === 0 ? null : fixed(weight, 2) }
          : null,
        populationPercent: category && halfUp(multiply(parseRational(category.share), rational(100)), 1),
      })),
    }
  })
}

/** 'city=yunhu' → the question and the answer, where it was the weighting that failed. */
function unmetCategories(
  { flags: [flag], about }: Extract<GroupEstimate, { status: 'insufficient' }>,
  words: MarginWords,
): Weighting['unmet'] {
  if (flag !== 'margin_category_without_response' && flag !== 'calibration_infeasible') return null
  const categories = about.map((text) => {
    const [margin = '', category = ''] = text.split('=')
    const own = words.get(margin)
    return { question: own?.title ?? margin, category: own?.categories.get(category) ?? category }
  })
  return { isEmpty: flag === 'margin_category_without_response', categories }
}
