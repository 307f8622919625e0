// What a questionnaire file must hold beyond its shape: one overall question, every name known, every text in every
// language, nothing asked that could not be stored or counted. Each mistake names its place and what is needed.

import type {
  ChoiceQuestion,
  Condition,
  Page,
  Question,
  Questionnaire,
  RatingQuestion,
  Scale,
} from '../questionnaire.ts'
import { compare, parseRational } from '../rational.ts'
import { type DefinitionProblem, pathOf } from './definition.ts'

type Steps = readonly PropertyKey[]
type Report = (steps: Steps, message: string) => void

/** Every broken rule of a questionnaire whose shape is right. */
export function questionnaireProblems(questionnaire: Questionnaire): DefinitionProblem[] {
  const problems: DefinitionProblem[] = []
  const report: Report = (steps, message) => problems.push({ path: pathOf(steps), message })
  checkNames(questionnaire, report)
  checkSubject(questionnaire, report)
  for (const [index, scale] of questionnaire.scales.entries()) checkScale(scale, ['scales', index], report)
  checkRoles(questionnaire, report)
  for (const { question, page, steps } of questionsOf(questionnaire)) {
    checkPlace(question, page, steps, report)
    if (question.type === 'choice') checkChoice(question, steps, report)
    if (question.type === 'rating') checkRating(question, questionnaire, steps, report)
  }
  checkConditions(questionnaire, report)
  checkTexts(questionnaire, report)
  return problems
}

/** The references of a questionnaire of which other parts may be broken: entries that cannot be read are null. */
export interface References {
  readonly scales: readonly (Named | null)[]
  readonly dimensions: readonly (Named | null)[]
  readonly pages: readonly ({ readonly questions: readonly (Reference | null)[] } | null)[]
}

type Named = { readonly id: string }
type Reference = Pick<RatingQuestion, 'role' | 'scale' | 'dimension'>

/** Every rating that names a scale or a dimension which the questionnaire does not have. */
export function referenceProblems({ scales, dimensions, pages }: References): DefinitionProblem[] {
  const problems: DefinitionProblem[] = []
  const report: Report = (steps, message) => problems.push({ path: pathOf(steps), message })
  pages.forEach((page, p) => {
    page?.questions.forEach((question, q) => {
      if (question !== null) checkReferences(question, { scales, dimensions }, ['pages', p, 'questions', q], report)
    })
  })
  return problems
}

interface Located {
  readonly question: Question
  readonly page: Page
  readonly steps: Steps
}

function questionsOf(questionnaire: Questionnaire): Located[] {
  return questionnaire.pages.flatMap((page, p) =>
    page.questions.map((question, q) => ({ question, page, steps: ['pages', p, 'questions', q] })),
  )
}

function checkNames(questionnaire: Questionnaire, report: Report): void {
  const located = questionsOf(questionnaire)
  const unique = (names: readonly { name: string | number; steps: Steps }[], what: string) => {
    const seen = new Set<string | number>()
    for (const { name, steps } of names) {
      if (seen.has(name)) report(steps, `must differ from every other ${what}`)
      seen.add(name)
    }
  }
  const ids = (list: readonly { id: string }[], field: string) =>
    list.map((each, index) => ({ name: each.id, steps: [field, index, 'id'] }))
  unique(ids(questionnaire.pages, 'pages'), 'page id')
  unique(ids(questionnaire.dimensions, 'dimensions'), 'dimension id')
  unique(ids(questionnaire.scales, 'scales'), 'scale id')
  unique(
    located.map(({ question, steps }) => ({ name: question.id, steps: [...steps, 'id'] })),
    'question id',
  )
  unique(
    located.flatMap(({ question, steps }) =>
      question.type === 'choice' && question.margin !== undefined
        ? [{ name: question.margin, steps: [...steps, 'margin'] }]
        : [],
    ),
    'margin',
  )
}

function checkSubject({ subject }: Questionnaire, report: Report): void {
  if (subject.kind === 'pick' && subject.min > subject.max) report(['subject', 'max'], 'must be at least min')
  if (subject.kind !== 'pick' && subject.detail === 'first') {
    report(['subject', 'detail'], 'must be all, unless the respondent picks the organs')
  }
}

function checkScale(scale: Scale, steps: Steps, report: Report): void {
  const seen = new Set<number>()
  let previous: number | string | null = null
  scale.options.forEach((option, index) => {
    const at = (field: string) => [...steps, 'options', index, field]
    if (seen.has(option.value)) report(at('value'), 'must differ from every other value of the scale')
    seen.add(option.value)
    // A stored 0 means "don't know" everywhere, so that counting needs no scale to tell answers from none.
    if ((option.value === 0) !== (option.score === null)) {
      report(at('value'), 'must be 0 for the level without a score, and for no other')
    }
    if (option.score === null) {
      if (index !== scale.options.length - 1) report(at('score'), 'must be a number, except in the last level')
      return
    }
    if (previous !== null && compare(exact(option.score), exact(previous)) >= 0) {
      report(at('score'), 'must be less than the score of the level before')
    }
    previous = option.score
  })
}

function exact(score: number | string) {
  return parseRational(String(score))
}

function checkRoles(questionnaire: Questionnaire, report: Report): void {
  const located = questionsOf(questionnaire)
  const overall = located.filter(({ question }) => question.type === 'rating' && question.role === 'overall')
  if (overall.length === 0) report(['pages'], 'must hold one rating with role overall')
  for (const { steps } of overall.slice(1)) report([...steps, 'role'], 'must be dimension: there is one overall rating')
  questionnaire.dimensions.forEach((dimension, index) => {
    const asked = located.filter(({ question }) => question.type === 'rating' && question.dimension === dimension.id)
    if (asked.length === 0) report(['dimensions', index], 'must have a question that asks about it')
    for (const { steps } of asked.slice(1)) {
      report([...steps, 'dimension'], 'must be a dimension that no other question asks about')
    }
  })
  const texts = located.filter(({ question }) => question.type === 'text')
  for (const { steps } of texts.slice(1)) report(steps, 'must be left out: there is at most one text question')
}

/** A slip belongs to one organ, margins to the whole response; an answer elsewhere would have no place to be stored. */
function checkPlace(question: Question, page: Page, steps: Steps, report: Report): void {
  const isMargin = question.type === 'choice' && question.role === 'margin'
  if (page.per === 'response' && !isMargin) {
    report(steps, 'must stand on a page per organ; a page per response holds margin questions only')
  }
  if (page.per === 'organ' && isMargin) report(steps, 'must stand on a page per response')
}

function checkRating(question: RatingQuestion, questionnaire: Questionnaire, steps: Steps, report: Report): void {
  checkReferences(question, questionnaire, steps, report)
  if (question.role === 'overall') {
    const page = questionnaire.pages[Number(steps[1])]
    if (page?.part !== 'core') report([...steps, 'role'], 'must stand on a core page when it is overall')
    if (question.showIf !== undefined) report([...steps, 'showIf'], 'must be left out of the overall rating')
    if (question.dimension !== undefined) report([...steps, 'dimension'], 'must be left out of the overall rating')
  }
}

function checkReferences(
  { role, scale, dimension }: Reference,
  { scales, dimensions }: Pick<References, 'scales' | 'dimensions'>,
  steps: Steps,
  report: Report,
): void {
  // An entry that cannot be read may be the one that is meant.
  const has = (list: readonly (Named | null)[], id: string | undefined) => list.some((each) => (each?.id ?? id) === id)
  if (!has(scales, scale)) report([...steps, 'scale'], 'must be the id of a scale of this questionnaire')
  if (role === 'dimension' && !has(dimensions, dimension)) {
    report([...steps, 'dimension'], 'must be the id of a dimension of this questionnaire')
  }
}

function checkChoice(question: ChoiceQuestion, steps: Steps, report: Report): void {
  const values = new Set<string>()
  question.options.forEach((option, index) => {
    const at = (field: string) => [...steps, 'options', index, field]
    if (values.has(option.value)) report(at('value'), 'must differ from every other value of the question')
    values.add(option.value)
    if (option.exclusive === true && !question.multiple) report(at('exclusive'), 'needs multiple')
    if (option.missing === true && question.role !== 'margin') report(at('missing'), 'needs role margin')
    // Five values of 24 letters, the longest verified cell and cluster still fit the 200 of a weighting cell.
    if (question.role === 'margin' && option.value.length > 24) report(at('value'), 'must have at most 24 characters')
  })
  if (question.max !== undefined && !question.multiple) report([...steps, 'max'], 'needs multiple')
  // A stored mask is one byte.
  if (question.multiple && question.options.length > 8) {
    report([...steps, 'options'], 'must hold at most 8 options when several may be chosen')
  }
  if (question.role !== 'margin') {
    if (question.margin !== undefined) report([...steps, 'margin'], 'needs role margin')
    return
  }
  if (question.margin === undefined) report([...steps, 'margin'], 'must name the margin')
  if (question.multiple) report([...steps, 'multiple'], 'must be false for a margin')
  if (question.required === true) report([...steps, 'required'], 'must be false for a margin: nobody has to say')
  if (question.options.filter((option) => option.missing === true).length !== 1) {
    report([...steps, 'options'], 'must hold exactly one option with missing: true')
  }
}

function checkConditions(questionnaire: Questionnaire, report: Report): void {
  for (const per of ['organ', 'response'] as const) {
    const earlier = new Map<string, Question>()
    for (const { question, page, steps } of questionsOf(questionnaire)) {
      if (page.per !== per) continue
      if (question.showIf !== undefined) {
        checkCondition(question.showIf, earlier, questionnaire, [...steps, 'showIf'], report)
      }
      if (question.type !== 'text') earlier.set(question.id, question)
    }
  }
}

function checkCondition(
  condition: Condition,
  earlier: ReadonlyMap<string, Question>,
  questionnaire: Questionnaire,
  steps: Steps,
  report: Report,
): void {
  if (!('q' in condition)) {
    for (const [part, ...further] of partsOf(condition)) {
      checkCondition(part, earlier, questionnaire, [...steps, ...further], report)
    }
    return
  }
  const question = earlier.get(condition.q)
  if (question === undefined) {
    report([...steps, 'q'], 'must be the id of an earlier rating or choice on the same kind of page')
    return
  }
  if (condition.op === 'answered') return
  if ((condition.op === 'lte' || condition.op === 'gte') && question.type !== 'rating') {
    report([...steps, 'op'], 'must be eq, ne, in or answered for a choice')
  }
  const known = valuesOf(question, questionnaire)
  const compared = condition.op === 'in' ? condition.v : [condition.v]
  // An unknown scale has no levels; that has been said at its place.
  if (known.length > 0 && !compared.every((value) => known.includes(value))) {
    report([...steps, 'v'], `must be among the answers of ${question.id}: ${known.join(', ')}`)
  }
}

function partsOf(condition: Exclude<Condition, { q: string }>): [Condition, ...PropertyKey[]][] {
  if ('not' in condition) return [[condition.not, 'not']]
  if ('any' in condition) return condition.any.map((part, index) => [part, 'any', index])
  return condition.all.map((part, index) => [part, 'all', index])
}

function valuesOf(question: Question, questionnaire: Questionnaire): (string | number)[] {
  if (question.type === 'choice') return question.options.map((option) => option.value)
  if (question.type === 'text') return []
  const scale = questionnaire.scales.find((each) => each.id === question.scale)
  return (scale?.options ?? []).map((option) => option.value)
}

const PLACEHOLDERS = new Set(['{organ}', '{count}', '{share}'])

function checkTexts(questionnaire: Questionnaire, report: Report): void {
  const { locales } = questionnaire
  if (new Set(locales).size !== locales.length) report(['locales'], 'must name each language once')
  for (const locale of ['zh-CN', 'en']) {
    if (!locales.includes(locale)) report(['locales'], `must hold ${locale}`)
  }
  visitTexts(questionnaire, [], (texts, steps) => {
    for (const locale of locales) {
      if (texts[locale] === undefined) report([...steps, locale], 'must be written: the language is declared')
    }
    const expected = placeholders(texts['zh-CN'] ?? '')
    for (const [locale, text] of Object.entries(texts)) {
      if (!locales.includes(locale)) report([...steps, locale], 'must be left out, or the language declared in locales')
      const found = placeholders(text)
      if (!found.every((each) => PLACEHOLDERS.has(each))) {
        report([...steps, locale], 'must hold no braces other than {organ}, {count} and {share}')
      } else if (found.join() !== expected.join()) {
        report([...steps, locale], 'must hold the same placeholders as zh-CN')
      }
    }
  })
}

/** Each placeholder once, in alphabetical order; a stray brace counts as an unknown one. */
function placeholders(text: string): string[] {
  return [...new Set(text.match(/\{[^{}]*\}|[{}]/g) ?? [])].sort()
}

function visitTexts(value: unknown, steps: Steps, visit: (texts: Record<string, string>, steps: Steps) => void): void {
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) visitTexts(part, [...steps, index], visit)
  } else if (isTexts(value)) visit(value, steps)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) visitTexts(part, [...steps, key], visit)
  }
}

// Of all objects in a questionnaire only texts have a field zh-CN; the schema has seen that its fields are text.
function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'zh-CN')
}
