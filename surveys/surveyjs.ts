// The part of SurveyJS that has a place in a questionnaire: radiogroup, rating, checkbox and comment, a matrix as one
// question per row, and conditions that compare. Everything else is left out and told with its place in the file.

import { readCondition } from './condition-text.ts'
import {
  assemble,
  type ImportedDraft,
  type ImportedOption,
  type ImportedPage,
  type ImportedQuestion,
  type ImportRow,
  type Texts,
} from './internal/imported-form.ts'
import type { GroupId } from './questionnaire.ts'

/** Reads a SurveyJS definition; null where it is none: an object with `pages` or `elements`. */
export function readSurveyJs(json: unknown, group: GroupId): ImportedDraft | null {
  if (!isRecord(json) || !(Array.isArray(json['pages']) || Array.isArray(json['elements']))) return null
  const report: ImportRow[] = []
  const reader: Reader = { report, lists: new Map(), names: new Set() }
  const bare = !Array.isArray(json['pages'])
  const given = bare ? [{ name: 'page1', elements: json['elements'] }] : listOf(json['pages'])
  const pages = given.flatMap((page, at) => (isRecord(page) ? pageOf(page, bare ? '' : `pages[${at}]`, reader) : []))
  for (const field of ['calculatedValues', 'triggers', 'completedHtmlOnCondition'])
    if (json[field] !== undefined) leaveOut(report, field, field)
  const name = typeof json['name'] === 'string' && json['name'] !== '' ? json['name'] : 'imported'
  const intro = textsOf(json['description'], 'description', report)
  const thanks = textsOf(json['completedHtml'], 'completedHtml', report)
  const form = {
    group,
    place: '',
    name,
    title: textsOf(json['title'], 'title', report) ?? { 'zh-CN': '', en: '' },
    ...(intro ? { intro } : {}),
    ...(thanks ? { thanks } : {}),
    stated: {},
    dimensions: null,
    lists: reader.lists,
    pages: pages.filter(({ questions }) => questions.length > 0),
  }
  return assemble(form, report)
}

type Json = Record<string, unknown>

interface Reader {
  readonly report: ImportRow[]
  readonly lists: Map<string, readonly ImportedOption[]>
  readonly names: Set<string>
}

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''

const leaveOut = (report: ImportRow[], place: string, was: string) =>
  report.push({ place, code: 'field_left_out', was, now: '' })

function pageOf(page: Json, place: string, reader: Reader): ImportedPage[] {
  const title = textsOf(page['title'], joined(place, 'title'), reader.report)
  if (page['visibleIf'] !== undefined) leaveOut(reader.report, joined(place, 'visibleIf'), textOf(page['visibleIf']))
  const questions = elementsOf(page['elements'], joined(place, 'elements'), reader)
  return [{ place, name: textOf(page['name']) || 'page', ...(title ? { title } : {}), stated: {}, questions }]
}

const joined = (place: string, field: string) => (place === '' ? field : `${place}.${field}`)

function elementsOf(elements: unknown, place: string, reader: Reader): ImportedQuestion[] {
  return listOf(elements).flatMap((element, at) => {
    const here = `${place}[${at}]`
    if (!isRecord(element)) return []
    // A panel is a frame around questions; there is none within a page here.
    if (element['type'] === 'panel') {
      if (element['visibleIf'] !== undefined)
        leaveOut(reader.report, here, `visibleIf: ${textOf(element['visibleIf'])}`)
      return elementsOf(element['elements'], `${here}.elements`, reader)
    }
    return element['type'] === 'matrix' ? splitMatrix(element, here, reader) : questionOf(element, here, reader)
  })
}

const kinds: Readonly<Record<string, ImportedQuestion['kind']>> = {
  radiogroup: 'one',
  rating: 'one',
  checkbox: 'many',
  comment: 'text',
}
/** What is read of an element, besides what only changes its looks. */
const known = new Set([
  ...[
    'type',
    'name',
    'title',
    'description',
    'isRequired',
    'visibleIf',
    'choices',
    'choicesOrder',
    'maxSelectedChoices',
  ],
  ...['rateValues', 'rateMin', 'rateMax', 'rateStep', 'rateCount', 'rateType', 'autoGenerate', 'maxLength', 'rows'],
  ...['minRateDescription', 'maxRateDescription', 'colCount', 'columns', 'rowsVisible', 'autoGrow', 'titleLocation'],
])

function questionOf(element: Json, place: string, reader: Reader): ImportedQuestion[] {
  const { report } = reader
  const type = textOf(element['type'])
  const kind = kinds[type]
  if (!kind) {
    report.push({ place, code: 'type_left_out', was: type, now: '' })
    return []
  }
  for (const field of Object.keys(element)) if (!known.has(field)) leaveOut(report, `${place}.${field}`, field)
  const name = textOf(element['name'])
  const title = textsOf(element['title'] ?? name, `${place}.title`, report) ?? {}
  const common = { ...commonOf(element, place, name, reader), title }
  if (kind === 'text') {
    const { maxLength, rows } = element
    const sizes = { ...(isCount(maxLength) ? { maxLength } : {}), ...(isCount(rows) ? { rows } : {}) }
    return [{ ...common, kind, stated: { ...common.stated, ...sizes } }]
  }
  const list = listName(reader, name)
  const options =
    type === 'rating' ? ratesOf(element, place, reader) : optionsOf(element['choices'], `${place}.choices`, reader)
  reader.lists.set(list, options)
  const most = element['maxSelectedChoices']
  const shuffle = element['choicesOrder'] === 'random' ? { shuffle: true } : {}
  const max = kind === 'many' && isCount(most) ? { max: most } : {}
  return [{ ...common, kind, list, stated: { ...common.stated, ...(type === 'rating' ? {} : shuffle), ...max } }]
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0

function listName({ lists }: Reader, name: string): string {
  let list = name
  while (lists.has(list)) list += '_'
  return list
}

function commonOf(element: Json, place: string, name: string, { report }: Reader) {
  const hint = textsOf(element['description'], `${place}.description`, report)
  const condition = textOf(element['visibleIf'])
  const read = condition === '' ? null : readCondition(condition)
  if (read && !read.ok)
    report.push({ place: `${place}.visibleIf`, code: 'condition_left_out', was: condition, now: '' })
  return {
    place,
    name,
    ...(hint ? { hint } : {}),
    ...(read?.ok ? { showIf: read.value } : {}),
    stated: element['isRequired'] === true ? { required: true } : {},
  }
}

/** Each row of a matrix is a question with the columns for options. */
function splitMatrix(element: Json, place: string, reader: Reader): ImportedQuestion[] {
  const { report } = reader
  const name = textOf(element['name'])
  const rows = listOf(element['rows'])
  report.push({ place, code: 'matrix_split', was: name, now: String(rows.length) })
  const list = listName(reader, name)
  reader.lists.set(list, optionsOf(element['columns'], `${place}.columns`, reader))
  const common = commonOf({ ...element, isRequired: element['isAllRowRequired'] }, place, name, reader)
  return rows.map((row, at) => {
    const here = `${place}.rows[${at}]`
    const { value, text } = itemOf(row)
    return {
      ...common,
      place: here,
      name: `${name}_${value}`,
      title: textsOf(text, here, report) ?? {},
      kind: 'one',
      list,
    }
  })
}

function itemOf(item: unknown): { value: string; text: unknown } {
  if (!isRecord(item)) return { value: textOf(item), text: item }
  return { value: textOf(item['value']), text: item['text'] ?? item['value'] }
}

function optionsOf(items: unknown, place: string, { report }: Reader): ImportedOption[] {
  return listOf(items).map((item, at) => {
    const here = `${place}[${at}]`
    const { value, text } = itemOf(item)
    if (isRecord(item) && item['visibleIf'] !== undefined)
      leaveOut(report, here, `visibleIf: ${textOf(item['visibleIf'])}`)
    return { place: here, value, label: textsOf(text, here, report) ?? {}, rest: {} }
  })
}

/** The numbers of a rating, those at its ends with their words. */
function ratesOf(element: Json, place: string, reader: Reader): ImportedOption[] {
  const values = element['rateValues']
  if (Array.isArray(values)) return optionsOf(values, `${place}.rateValues`, reader)
  const least = Number(element['rateMin'] ?? 1)
  const step = Math.max(1, Number(element['rateStep'] ?? 1) || 1)
  const most = Math.min(100, Number(element['rateMax'] ?? element['rateCount'] ?? 5) || 5)
  const rates: ImportedOption[] = []
  for (let rate = least; rate <= most && rates.length < 20; rate += step) {
    const words =
      rate === least ? element['minRateDescription'] : rate + step > most ? element['maxRateDescription'] : undefined
    const label = textsOf(words, place, reader.report) ?? { 'zh-CN': String(rate), en: String(rate) }
    rates.push({ place, value: String(rate), label, rest: {} })
  }
  return rates
}

/** A text, or texts by language of which `default` is the form's own; null for none. */
function textsOf(given: unknown, place: string, report: ImportRow[]): Texts | null {
  const texts: Texts = {}
  const add = (locale: string, text: string) => {
    if (text !== '') texts[locale] = text
  }
  if (isRecord(given)) {
    for (const [locale, text] of Object.entries(given)) {
      if (locale !== 'default') add(/^zh/i.test(locale) ? 'zh-CN' : locale, textOf(text))
    }
    const own = textOf(given['default'])
    const locale = /\p{Script=Han}/u.test(own) ? 'zh-CN' : 'en'
    if (texts[locale] === undefined) add(locale, own)
  } else {
    const text = textOf(given)
    add(/\p{Script=Han}/u.test(text) ? 'zh-CN' : 'en', text)
  }
  const [some] = Object.values(texts)
  if (some === undefined) return null
  for (const locale of ['zh-CN', 'en']) {
    if (texts[locale] !== undefined) continue
    texts[locale] = some
    report.push({ place, code: 'untranslated', was: some, now: locale })
  }
  return texts
}
