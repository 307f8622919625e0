import { fillText } from '../../surveys/answers.ts'
import type { OrganTally, ResultsDocument } from '../../surveys/bundle-documents.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { type Indicator, type Plan, satisfactionId } from '../../surveys/plan.ts'
import { type GroupId, type LocaleText, ratingQuestions } from '../../surveys/questionnaire.ts'
import { groupWeightsOf } from '../../surveys/results.ts'
import { localized } from '../surveys.ts'
import type { PublishedDocuments, PublishedSurvey } from './documents.ts'
import { type Cell, type Code, codesOf, column, type Table, type Title, tableOf, titled } from './table.ts'

/** What is published of a cycle as long tables: scores, tallies, questions, and the rules by which they hang together. */
export function totalTables(documents: PublishedDocuments): Table[] {
  return [scoresTable(documents), talliesTable(documents), questionsTable(documents), rulesTable(documents)]
}

const shortfalls = [
  'n_below_minimum',
  'question_without_valid_answer',
  'stratum_without_response',
  'margin_category_without_response',
  'response_below_minimum',
  'calibration_infeasible',
  'n_eff_below_minimum',
] as const
const unscored = ['insufficient', 'unsupported_design'] as const
const intervals = codesOf(['ok', 'census', 'not_estimable', 'degenerate_no_variation'])
const groups = codesOf(groupIds)

/** A text of a plan or questionnaire in both languages. */
export const both = (text: LocaleText): Title => ({ 'zh-CN': localized(text, 'zh-CN'), en: localized(text, 'en') })

/** The same of a question, which asks about one organ after the other. */
export function questionTitle(text: LocaleText): Title {
  const organ = titled(({ theOrgan }) => theOrgan)
  const title = both(text)
  return {
    'zh-CN': fillText(title['zh-CN'], { organ: organ['zh-CN'] }),
    en: fillText(title.en, { organ: organ.en }),
  }
}

/** Every indicator of the plan, parents before their children. */
export function indicatorsOf(plan: Plan): { readonly node: Indicator; readonly parent: string }[] {
  const below = (nodes: readonly Indicator[], parent: string): { node: Indicator; parent: string }[] =>
    nodes.flatMap((node) => [{ node, parent }, ...below(node.children ?? [], node.id)])
  return below(plan.indicators, '')
}

type OrganFigures = ResultsDocument['organs'][number]

/** One line for each organ and part: its groups, its satisfaction, the overall score, and what that consists of. */
function scoresTable({ cycle, plan, results }: PublishedDocuments): Table {
  const satisfied = satisfactionId(plan)
  const indicators = indicatorsOf(plan).filter(({ node }) => node.id !== satisfied && node.group === undefined)
  const columns = [
    column('organ', 'text'),
    column('name_zh', 'text'),
    column('name_en', 'text'),
    column(
      'organ_class',
      'code',
      Object.entries(plan.organClasses).map(([code, { title }]) => ({ code, title: both(title) })),
    ),
    column('part', 'code', [
      ...groups,
      ...codesOf(['satisfaction', 'overall']),
      ...indicators.map(({ node }): Code => ({ code: node.id, title: both(node.title) })),
    ]),
    column('status', 'code', codesOf(['ok', ...unscored, 'incomplete', 'renormalised_by_policy', 'not_asked'])),
    column('reason', 'code', codesOf([...shortfalls, 'group_missing', 'score_missing'])),
    column('n', 'count'),
    column('score', 'number'),
    column('exact_score', 'text'),
    column('standard_error', 'number'),
    column('interval_low', 'number'),
    column('interval_high', 'number'),
    column('interval_status', 'code', intervals),
    column('contribution', 'number'),
    column(
      'grade',
      'code',
      plan.grades.map(({ id, title }) => ({ code: id, title: both(title) })),
    ),
    column('place', 'count'),
    column('place_best', 'count'),
    column('place_worst', 'count'),
    column('tier', 'count'),
    column('expected_place', 'number'),
    column('advanced', 'code', codesOf(['certain_in', 'certain_out', 'undecided'])),
  ]
  const organs = new Map(cycle.organs.map((organ) => [organ.code, organ]))
  const rows = results.organs.flatMap((figures) => {
    const { code, nameZh, nameEn, class: organClass } = organs.get(figures.organ)!
    const line = (part: string, values: readonly Cell[]): Cell[] => {
      const known = [code, nameZh, nameEn, organClass, part, ...values]
      return [...known, ...Array<Cell>(columns.length - known.length).fill(null)]
    }
    return [
      ...groupIds.map((group) => line(group, groupValues(figures.groups[group]))),
      line('satisfaction', satisfactionValues(figures)),
      line('overall', overallValues(figures)),
      ...indicators.map(({ node }) => line(node.id, indicatorValues(figures, node))),
    ]
  })
  return tableOf('scores', columns, rows)
}

/**
 * Satisfaction alone, with its groups, for an office that reckons the rest elsewhere. `hashes`: of the lineage of each organ's
 * indicator, by which it can be asked for and checked.
 */
export function indicatorTable(documents: PublishedDocuments, hashes: ReadonlyMap<string, string>): Table {
  const whole = scoresTable(documents)
  const known = [...groupIds, 'satisfaction']
  const part = whole.columns.findIndex(({ name }) => name === 'part')
  const last = whole.columns.findIndex(({ name }) => name === 'interval_status') + 1
  const columns = whole.columns
    .slice(0, last)
    .map((each) =>
      each.name === 'part' ? { ...each, codes: (each.codes ?? []).filter(({ code }) => known.includes(code)) } : each,
    )
  const rows = whole.rows
    .filter((row) => known.includes(String(row[part])))
    .map((row) => [...row.slice(0, last), row[part] === 'satisfaction' ? (hashes.get(String(row[0])) ?? null) : null])
  return tableOf('indicator', [...columns, column('lineage_sha256', 'text')], rows)
}

const errorOf = (each: {
  readonly standardError: string | null
  readonly interval: readonly [string, string] | null
  readonly ciStatus: string
}): Cell[] => [each.standardError, each.interval?.[0] ?? null, each.interval?.[1] ?? null, each.ciStatus]

function groupValues(own: OrganFigures['groups'][GroupId]): Cell[] {
  if (own === null) return ['not_asked']
  if (own.status === 'unsupported_design') return [own.status]
  if (own.status === 'insufficient') return [own.status, own.flag, own.n]
  return [own.status, null, own.n, own.score, null, ...errorOf(own)]
}

function satisfactionValues({ satisfaction }: OrganFigures): Cell[] {
  if (satisfaction === null) return ['insufficient', 'group_missing']
  if (!('score' in satisfaction)) return [satisfaction.status, 'group_missing']
  return [satisfaction.status, null, null, satisfaction.score, null, ...errorOf(satisfaction)]
}

function overallValues({ overall, rank }: OrganFigures): Cell[] {
  if (overall?.status !== 'ok') {
    const reason = overall?.status === 'incomplete' ? 'score_missing' : 'group_missing'
    return [overall?.status ?? 'insufficient', reason]
  }
  const order =
    rank.status === 'ranked' ? [rank.place, ...rank.interval, rank.tier, rank.expectedPlace, rank.advanced] : []
  return [overall.status, null, null, overall.score, null, ...errorOf(overall), null, overall.grade, ...order]
}

function indicatorValues({ overall, reviews }: OrganFigures, { id }: Indicator): Cell[] {
  const part = overall?.parts.find((each) => each.id === id)
  const review = reviews.find(({ indicator }) => indicator === id)?.score ?? null
  if (!part || part.score === null) return ['incomplete', 'score_missing', null, null, review]
  return ['ok', null, null, part.score, review, null, null, null, null, part.contribution]
}

/** A double of the bundle without an exponent: the same number, and digits that every program reads. */
function plainFloat(text: string): string {
  return /e/i.test(text)
    ? Number(text)
        .toFixed(40)
        .replace(/\.?0+$/, '')
    : text
}

/** The sums behind each score: one line for each group and organ that it is asked about. */
function talliesTable({ results, surveys }: PublishedDocuments): Table {
  const columns = [
    column('organ', 'text'),
    column('group', 'code', groups),
    column('status', 'code', codesOf(['ok', ...unscored])),
    column('reason', 'code', codesOf(shortfalls)),
    column('flags', 'text'),
    column('received', 'count'),
    column('n', 'count'),
    column('n_eff', 'number'),
    column('variance', 'number'),
    column('degrees_of_freedom', 'count'),
    column('interval_status', 'code', intervals),
    column('printed_score', 'number'),
    column('quarantine', 'code', codesOf(['none', 'both', 'official'])),
    column('quarantined', 'count'),
    column('score_with_quarantined', 'number'),
  ]
  const figures = new Map(results.organs.map((organ) => [organ.organ, organ]))
  const rows = surveys.flatMap(({ group, tallies }) =>
    tallies.organs.map((tally): Cell[] => [
      tally.organ,
      group,
      ...tallyValues(tally),
      ...quarantineValues(figures.get(tally.organ)?.quarantine ?? null, group),
    ]),
  )
  return tableOf('tallies', columns, rows)
}

function tallyValues(tally: OrganTally): Cell[] {
  const blank = [null, null, null, null, null]
  if (tally.status === 'unsupported_design') return [tally.status, null, tally.part, tally.received, null, ...blank]
  if (tally.status === 'insufficient') return [tally.status, tally.flag, null, tally.received, tally.n, ...blank]
  const { flags, received, n, effectiveSampleSize, variance, degreesOfFreedom, ciStatus, score } = tally
  return [
    tally.status,
    null,
    flags.length === 0 ? null : flags.join(' '),
    received,
    n,
    plainFloat(effectiveSampleSize),
    variance === null ? null : plainFloat(variance),
    degreesOfFreedom,
    ciStatus,
    score,
  ]
}

function quarantineValues(quarantine: OrganFigures['quarantine'], group: GroupId): Cell[] {
  const own = quarantine?.groups.find((each) => each.group === group)
  if (!own) return ['none', null, null]
  return own.shown === 'both' ? ['both', own.slips, own.score] : ['official', null, null]
}

/** The sums of each question, N_q and D_q, with which anybody makes its mean. */
function questionsTable({ plan, results, surveys }: PublishedDocuments): Table {
  const means = new Map(results.organs.map((organ) => [organ.organ, organ.groups]))
  const rows = surveys.flatMap(({ group, tallies }) => {
    const weights = new Map(plan.groups[group].questions.map(({ id, weight }) => [id, weight]))
    return tallies.organs.flatMap((tally) => {
      if (tally.status !== 'ok') return []
      const own = means.get(tally.organ)?.[group]
      return tally.questions.map((question): Cell[] => {
        const { id } = question
        const weight = weights.get(id) ?? 0
        if ('withheld' in question) return [tally.organ, group, id, weight, 'no', null, null, null, null, null]
        const mean = own?.status === 'ok' ? own.questions.find((each) => each.id === id)?.mean : null
        const { n, dontKnow, points, answers } = question
        return [tally.organ, group, id, weight, 'yes', n, dontKnow, points, answers, mean ?? null]
      })
    })
  })
  const columns = [
    column('organ', 'text'),
    column('group', 'code', groups),
    column('question', 'code', questionCodes(surveys)),
    column('weight', 'count'),
    column('shown', 'code', codesOf(['yes', 'no'])),
    column('n', 'count'),
    column('dont_know', 'count'),
    column('points', 'number'),
    column('answers', 'number'),
    column('mean', 'number'),
  ]
  return tableOf('questions', columns, rows)
}

/** The same id may be asked in other words of another group: then it has the words of each. */
function questionCodes(surveys: readonly PublishedSurvey[]): Code[] {
  const found = new Map<string, Title[]>()
  for (const { questionnaire } of surveys) {
    for (const { id, title } of ratingQuestions(questionnaire))
      found.set(id, [...(found.get(id) ?? []), questionTitle(title)])
  }
  return [...found].map(([code, titles]) => {
    const joined = (locale: 'zh-CN' | 'en') => [...new Set(titles.map((title) => title[locale]))].join(' / ')
    return { code, title: { 'zh-CN': joined('zh-CN'), en: joined('en') } }
  })
}

/** What the plan and the surveys lay down for the computation, one rule a line, numbers as the plan writes them. */
function rulesTable({ plan, surveys }: PublishedDocuments): Table {
  const rows: Cell[][] = [
    ['setting', '', 'ci_level', plan.ciLevel],
    ['setting', '', 'decimals', String(plan.rounding.decimals)],
    ['setting', '', 'rounding', plan.rounding.at],
    ['setting', '', 'missing_group', plan.missingGroup],
    ['setting', '', 'merge_below', String(plan.raking.mergeBelow)],
    ['setting', '', 'lower', plan.raking.lower],
    ['setting', '', 'upper', plan.raking.upper],
    ['setting', '', 'satisfaction', satisfactionId(plan)],
  ]
  for (const organClass of Object.keys(plan.organClasses)) {
    for (const [group, weight] of Object.entries(groupWeightsOf(plan, organClass)))
      rows.push(['group_weight', organClass, group, weight])
  }
  for (const { node, parent } of indicatorsOf(plan)) {
    // The groups below satisfaction are weighed by the plan's group weights.
    if (node.group === undefined) rows.push(['indicator', parent, node.id, node.weight ?? ''])
  }
  for (const [scale, levels] of Object.entries(plan.scales)) {
    for (const [level, points] of Object.entries(levels)) rows.push(['points', scale, level, points])
  }
  for (const { group, weights } of surveys) {
    const { questions, design, calibration } = plan.groups[group]
    for (const { id, weight, scale } of questions) {
      rows.push(['question_weight', group, id, String(weight)], ['question_scale', group, id, scale])
    }
    rows.push(
      ['design', group, 'kind', design.kind],
      ['design', group, 'fpc', String(design.fpc)],
      ['design', group, 'calibration', calibration],
      ['design', group, 'expected', String(weights.expected)],
    )
    if (design.kind === 'stratified') {
      const people = new Map(weights.roster.map(({ cell, people: count }) => [cell, count]))
      rows.push(['design', group, 'weight_by', design.weightBy])
      for (const [stratum, { share }] of Object.entries(design.strata)) {
        rows.push(['stratum_people', group, stratum, String(people.get(stratum) ?? 0)])
        if (share !== undefined) rows.push(['stratum_share', group, stratum, share])
      }
    }
    for (const { name, categories } of weights.margins ?? []) {
      for (const { id, share, mergeInto } of categories) {
        rows.push(['share', `${group}/${name}`, id, share])
        if (mergeInto !== undefined) rows.push(['merge_into', `${group}/${name}`, id, mergeInto])
      }
    }
  }
  const columns = [
    column('rule', 'text'),
    column('belongs_to', 'text'),
    column('item', 'text'),
    column('value', 'text'),
  ]
  return tableOf('rules', columns, rows)
}
