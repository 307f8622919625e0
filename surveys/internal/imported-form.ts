// A form that another tool has written, on its way to a questionnaire: what it does not say is assumed, what does not fit is
// left out, and both are told, row by row. The result may still lack something that only a person can decide; whoever
// checks it as a questionnaire finds out.

import { mapCondition } from '../condition-text.ts'
import type { Condition, GroupId } from '../questionnaire.ts'

export type ImportCode =
  | 'type_left_out'
  | 'condition_left_out'
  | 'field_left_out'
  | 'note_left_out'
  | 'text_left_out'
  | 'matrix_split'
  | 'renamed'
  | 'untranslated'
  | 'overall_assumed'
  | 'dimension_assumed'
  | 'choice_assumed'
  | 'scale_assumed'
  | 'details_assumed'
  | 'subject_assumed'

/** One thing that an import left out, changed or assumed. */
export interface ImportRow {
  /** Where: a row as a spreadsheet counts with its sheet, `survey 12`, or a path in a JSON file. */
  readonly place: string
  readonly code: ImportCode
  /** What stood there. */
  readonly was: string
  /** What stands there now; '' where it was left out. */
  readonly now: string
}

/** A questionnaire as it could be read, to be checked by `parseQuestionnaire`, and what to know about it. */
export interface ImportedDraft {
  readonly draft: unknown
  readonly report: readonly ImportRow[]
}

export type Texts = Record<string, string>

export interface ImportedOption {
  readonly place: string
  readonly value: string
  readonly label: Texts
  readonly score?: number | string | null
  readonly rest: Record<string, unknown>
}

export interface ImportedQuestion {
  readonly place: string
  readonly name: string
  readonly kind: 'one' | 'many' | 'text'
  readonly title: Texts
  readonly hint?: Texts
  readonly showIf?: Condition
  /** Of a choice: the list it shares with others. */
  readonly list?: string
  /** Fields of the questionnaire format that the file states itself. */
  readonly stated: Record<string, unknown>
}

export interface ImportedPage {
  readonly place: string
  readonly name: string
  readonly title?: Texts
  readonly stated: Record<string, unknown>
  readonly questions: readonly ImportedQuestion[]
}

export interface ImportedForm {
  readonly group: GroupId
  readonly place: string
  readonly name: string
  readonly title: Texts
  readonly intro?: Texts
  readonly thanks?: Texts
  readonly stated: Record<string, unknown>
  readonly dimensions: readonly { readonly id: string; readonly label: Texts }[] | null
  readonly lists: ReadonlyMap<string, readonly ImportedOption[]>
  readonly pages: readonly ImportedPage[]
}

/** Puts a questionnaire together; `report` is added to. */
export function assemble(form: ImportedForm, report: ImportRow[]): ImportedDraft {
  const questions = form.pages.flatMap(({ questions }) => questions)
  const names = new Names(report)
  const ids = new Map(questions.map(({ name, place }) => [name, names.take('q', name, place)]))
  const values = new Map<string, Map<string, string | number>>()
  const scales: unknown[] = []
  const choices = new Map<string, unknown[]>()
  const rated = ratedLists(form)
  for (const [list, options] of form.lists) {
    if (rated.has(list)) scales.push(scaleOf(list, options, names, values, report))
    else choices.set(list, optionsOf(list, options, values, report))
  }
  const dimensions = form.dimensions ? [...form.dimensions] : []
  let hasOverall = questions.some(({ stated }) => stated['role'] === 'overall')

  const question = (each: ImportedQuestion): Record<string, unknown> => {
    const { place, title, hint, stated, list } = each
    const showIf = each.showIf && conditionOf(each, ids, values, questions, report)
    const id = ids.get(each.name)!
    const common = { id, title, ...(hint ? { hint } : {}), ...(showIf ? { showIf } : {}) }
    if (each.kind === 'text') {
      const assumed = { type: 'text', role: 'comment', maxLength: 300, rows: 4 }
      return { ...assumed, ...common, ...stated }
    }
    if (list !== undefined && rated.has(list)) {
      const scale = names.known('scale', list)
      if (stated['role'] !== undefined) return { type: 'rating', scale, ...common, ...stated }
      if (!hasOverall) {
        hasOverall = true
        report.push({ place, code: 'overall_assumed', was: each.name, now: '50' })
        return { type: 'rating', role: 'overall', scale, weight: 50, ...common, required: true }
      }
      if (!dimensions.some((dimension) => dimension.id === id)) dimensions.push({ id, label: title })
      report.push({ place, code: 'dimension_assumed', was: each.name, now: '10' })
      return { type: 'rating', role: 'dimension', dimension: id, scale, weight: 10, ...common, ...stated }
    }
    const multiple = each.kind === 'many'
    const choice = { type: 'choice', multiple, shuffle: false, options: choices.get(list ?? '') ?? [], ...common }
    if (stated['role'] !== undefined) return { ...choice, ...stated }
    const role = multiple && showIf ? 'reason' : 'other'
    report.push({ place, code: 'choice_assumed', was: each.name, now: role })
    return { ...choice, role, ...stated }
  }

  const pages = form.pages.map((page) => ({
    id: names.take('p', page.name, page.place),
    per: 'organ',
    part: 'core',
    ...(page.title ? { title: page.title } : {}),
    ...page.stated,
    questions: page.questions.map(question),
  }))
  const { stated, group, place } = form
  const subject = stated['subject'] ?? assumedSubject(form, report)
  const details = ['minutes', 'intro', 'thanks'].filter((field) =>
    field === 'minutes' ? stated[field] === undefined : !form[field as 'intro' | 'thanks'],
  )
  if (details.length > 0) report.push({ place, code: 'details_assumed', was: details.join(', '), now: '' })
  const draft = {
    formatVersion: 1,
    id: names.take('f', form.name, place),
    version: 1,
    group,
    defaultLocale: 'zh-CN',
    locales: localesOf(form),
    minutes: 3,
    title: form.title,
    intro: form.intro ?? form.title,
    thanks: form.thanks ?? { 'zh-CN': '谢谢您的评价。', en: 'Thank you for your ratings.' },
    ...stated,
    subject,
    dimensions,
    scales,
    pages,
  }
  return { draft, report }
}

/** Lists that are scales: said to be, or with whole numbers for names, or with the words of the official levels. */
function ratedLists({ lists, pages }: ImportedForm): ReadonlySet<string> {
  const rated = new Set<string>()
  const asked = new Map<string, ImportedQuestion[]>()
  for (const question of pages.flatMap(({ questions }) => questions)) {
    if (question.list !== undefined) asked.set(question.list, [...(asked.get(question.list) ?? []), question])
  }
  for (const [list, options] of lists) {
    const isScored = options.some(({ score }) => score !== undefined)
    const isNumbered = options.every(({ value }) => /^\d{1,3}$/.test(value))
    const isWorded = options.filter(({ label }) => /满意$|satisfied$/i.test(label['zh-CN'] ?? '')).length >= 2
    const byOthers = asked.get(list) ?? []
    const isChoice = byOthers.some(({ kind, stated }) => kind !== 'one' || isChoiceRole(stated['role']))
    if (isScored || (!isChoice && byOthers.length > 0 && (isNumbered || isWorded))) rated.add(list)
  }
  return rated
}

const isChoiceRole = (role: unknown): boolean => role === 'reason' || role === 'margin' || role === 'other'

const unknowing = /不了解|说不清|不清楚|不知道|不适用|don[’']?t know|can[’']?t say|not sure|not applicable|^n\/?a$/i

function scaleOf(
  list: string,
  options: readonly ImportedOption[],
  names: Names,
  values: Map<string, Map<string, string | number>>,
  report: ImportRow[],
): unknown {
  const place = options[0]?.place ?? ''
  const id = names.take('scale', list, place)
  if (options.some(({ score }) => score !== undefined)) {
    const own = new Map(options.map(({ value }) => [value, Number(value)]))
    values.set(list, own)
    const read = options.map(({ value, label, score = null, rest }) => {
      return { value: /^\d{1,3}$/.test(value) ? Number(value) : value, label, score, ...rest }
    })
    return { id, options: read }
  }
  const isUnknown = ({ label, value }: ImportedOption) =>
    value === '0' || Object.values(label).some((text) => unknowing.test(text))
  const levels = options.filter((each) => !isUnknown(each))
  const isNumbered = levels.every(({ value }) => /^\d{1,3}$/.test(value))
  // A higher number is taken for a better level; words stand from best to worst.
  if (isNumbered) levels.sort((left, right) => Number(right.value) - Number(left.value))
  const [unknown] = options.filter(isUnknown)
  const read = levels.map(({ label, rest }, at) => ({
    value: levels.length - at,
    label,
    score: evenScore(at, levels.length),
    ...rest,
  }))
  const all = unknown ? [...read, { value: 0, label: unknown.label, score: null, ...unknown.rest }] : read
  values.set(list, new Map([...levels.map(({ value }, at) => [value, levels.length - at] as const)]))
  if (unknown) values.get(list)!.set(unknown.value, 0)
  const now = read.map(({ score }) => score).join(' / ')
  report.push({ place, code: 'scale_assumed', was: list, now })
  return { id, options: all }
}

/** The official five have points of their own; any other number of levels is spread evenly from 100 to 0. */
function evenScore(at: number, levels: number): number | string {
  if (levels === 5) return [100, 80, 60, 30, 0][at]!
  if (levels < 2) return 100
  const hundredths = Math.round(((levels - 1 - at) * 10_000) / (levels - 1))
  const fraction = String(hundredths % 100).padStart(2, '0')
  return fraction === '00' ? hundredths / 100 : `${Math.floor(hundredths / 100)}.${fraction}`
}

function optionsOf(
  list: string,
  options: readonly ImportedOption[],
  values: Map<string, Map<string, string | number>>,
  report: ImportRow[],
): unknown[] {
  const names = new Names(report)
  const own = new Map<string, string | number>()
  values.set(list, own)
  return options.map(({ value, label, place, rest }) => {
    const taken = names.take('o', value, place)
    own.set(value, taken)
    return { value: taken, label, ...rest }
  })
}

function conditionOf(
  { place, showIf }: ImportedQuestion,
  ids: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, ReadonlyMap<string, string | number>>,
  questions: readonly ImportedQuestion[],
  report: ImportRow[],
): Condition | null {
  const mapped = mapCondition(showIf!, (comparison) => {
    const q = ids.get(comparison.q)
    const list = questions.find(({ name }) => name === comparison.q)?.list
    const known = values.get(list ?? '')
    if (q === undefined || known === undefined) return null
    const stored = (value: number | string) => known.get(String(value)) ?? value
    if (comparison.op === 'answered') return { q, op: 'answered' }
    if (comparison.op === 'in') return { q, op: 'in', v: comparison.v.map(stored) }
    return { q, op: comparison.op, v: stored(comparison.v) }
  })
  if (!mapped) report.push({ place, code: 'condition_left_out', was: JSON.stringify(showIf), now: '' })
  return mapped
}

function assumedSubject({ group, place }: ImportedForm, report: ImportRow[]): unknown {
  const subjects = {
    leaders: { kind: 'each', order: 'rotate', detail: 'all' },
    recipients: { kind: 'one', order: 'fixed', detail: 'all' },
    public: { kind: 'pick', min: 1, max: 3, order: 'seeded', detail: 'first' },
  }
  report.push({ place, code: 'subject_assumed', was: '', now: subjects[group].kind })
  return subjects[group]
}

const localesOf = ({ title }: ImportedForm): string[] => [...new Set(['zh-CN', 'en', ...Object.keys(title)])]

/** Names of a questionnaire: small letters, digits and _, at most 40, each once within its kind. */
class Names {
  readonly #taken = new Map<string, Set<string>>()
  readonly #known = new Map<string, string>()
  readonly #report: ImportRow[]

  constructor(report: ImportRow[]) {
    this.#report = report
  }

  take(kind: string, given: string, place: string): string {
    const taken = this.#taken.get(kind) ?? new Set()
    this.#taken.set(kind, taken)
    const lower = given
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, '_')
      .slice(0, 36)
    const base = /^[a-z][a-z0-9_]{0,39}$/.test(given) ? given : /^[a-z]/.test(lower) ? lower : `${kind[0]}_${lower}`
    let name = base
    for (let n = 2; taken.has(name); n++) name = `${base.slice(0, 36)}_${n}`
    taken.add(name)
    this.#known.set(`${kind} ${given}`, name)
    if (name !== given) this.#report.push({ place, code: 'renamed', was: given, now: name })
    return name
  }

  known(kind: string, given: string): string {
    return this.#known.get(`${kind} ${given}`) ?? given
  }
}
