// XLSForm read as a questionnaire: the workbooks that we write ourselves come back as they went out; of others is taken what
// has a place in a questionnaire, and every row that was left out, changed or added to by assumption is told.

import { mapCondition, readCondition, writeXPath } from './condition-text.ts'
import {
  assemble,
  type ImportedDraft,
  type ImportedOption,
  type ImportedPage,
  type ImportedQuestion,
  type ImportRow,
  type Texts,
} from './internal/imported-form.ts'
import { own } from './internal/xlsform-columns.ts'
import type { Condition, GroupId } from './questionnaire.ts'

export type { ImportCode, ImportedDraft, ImportRow } from './internal/imported-form.ts'

/** A sheet as text; every row has as many cells as the header, `line` counts as a spreadsheet does. */
export interface Sheet {
  readonly header: readonly string[]
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[]
}

/**
 * Reads the sheets of a workbook by their names in small letters. `group`: for whom it is where the file does not say so.
 * null: it has no sheet `survey` with columns `type` and `name`.
 */
export function readXlsform(sheets: ReadonlyMap<string, Sheet>, group: GroupId): ImportedDraft | null {
  const report: ImportRow[] = []
  const survey = records(sheets.get('survey'), 'survey')
  if (survey.length === 0 || !('type' in survey[0]!.cells && 'name' in survey[0]!.cells)) return null
  const settings = records(sheets.get('settings'), 'settings')[0] ?? { place: 'settings', cells: {} }
  const cells = settings.cells
  const fallback = localeOf(cells['default_language'] ?? '') ?? 'zh-CN'
  const reader: Reader = {
    report,
    texts: (record, field, isOptional = false) => textsOf(record, field, fallback, isOptional, report),
  }
  const lists = new Map<string, ImportedOption[]>()
  for (const record of records(sheets.get('choices'), 'choices')) {
    const list = record.cells['list_name'] || record.cells['list name'] || ''
    if (list !== '') lists.set(list, [...(lists.get(list) ?? []), optionOf(record, reader)])
  }
  const read = readPages(survey, reader)
  const named = Object.keys(cells).some((column) => column.startsWith(`${own}title`))
  const title = reader.texts(settings, named ? `${own}title` : 'form_title') ?? {}
  const dimensions = records(sheets.get('dimensions'), 'dimensions').map((record) => ({
    id: record.cells['id'] ?? '',
    label: reader.texts(record, 'label') ?? {},
  }))
  return assemble(
    {
      group: groupOf(cells[`${own}group`]) ?? group,
      place: settings.place,
      name: cells['form_id'] || 'imported',
      title,
      ...read,
      stated: statedSettings(cells),
      dimensions: sheets.has('dimensions') ? dimensions : null,
      lists,
    },
    report,
  )
}

const groupOf = (cell: string | undefined): GroupId | undefined =>
  (['leaders', 'recipients', 'public'] as const).find((group) => group === cell)

interface Row {
  readonly place: string
  readonly cells: Record<string, string>
}

interface Reader {
  readonly report: ImportRow[]
  /** null where nothing is written and nothing has to be. */
  readonly texts: (record: Row, field: string, isOptional?: boolean) => Texts | null
}

function records(sheet: Sheet | undefined, name: string): Row[] {
  return (sheet?.rows ?? []).map(({ line, cells }) => ({
    place: `${name} ${line}`,
    cells: Object.fromEntries(sheet!.header.map((head, at) => [head.trim(), cells[at] ?? ''])),
  }))
}

/** `English (en)` and `en` are en; null for what names no language. */
function localeOf(name: string): string | null {
  const code = /\(([^()]+)\)\s*$/.exec(name)?.[1] ?? name.trim()
  if (/^(zh|zh[-_](cn|hans).*|中文|简体中文|chinese)$/i.test(code)) return 'zh-CN'
  if (/^(en|english)$/i.test(code)) return 'en'
  return /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(code) ? code : null
}

function textsOf(
  { place, cells }: Row,
  field: string,
  fallback: string,
  isOptional: boolean,
  report: ImportRow[],
): Texts | null {
  const texts: Texts = {}
  for (const [column, text] of Object.entries(cells)) {
    const [name, ...language] = column.split('::')
    if (name!.trim() !== field || text === '') continue
    const locale = language.length === 0 ? fallback : localeOf(language.join('::'))
    if (locale !== null) texts[locale] = text
  }
  const [some] = [texts[fallback], ...Object.values(texts)].filter((text) => text !== undefined)
  if (some === undefined && isOptional) return null
  for (const locale of ['zh-CN', 'en']) {
    if (texts[locale] !== undefined) continue
    texts[locale] = some ?? ''
    if (some !== undefined) report.push({ place, code: 'untranslated', was: some, now: locale })
  }
  return texts
}

const flags = ['exclusive', 'pinned', 'missing'] as const
const isYes = (cell: string) => /^(yes|true|1|true\(\))$/i.test(cell)

function optionOf(record: Row, { texts }: Reader): ImportedOption {
  const { place, cells } = record
  const score = cells[`${own}score`] ?? ''
  const glyph = cells[`${own}glyph`] ?? ''
  const said = flags.filter((flag) => (cells[own + flag] ?? '') !== '')
  return {
    place,
    value: cells['name'] ?? '',
    label: texts(record, 'label') ?? {},
    ...(score === '' ? {} : { score: score === 'none' ? null : /^\d+$/.test(score) ? Number(score) : score }),
    rest: {
      ...(glyph === '' ? {} : { glyph }),
      ...Object.fromEntries(said.map((flag) => [flag, isYes(cells[own + flag]!)])),
    },
  }
}

/** Groups are pages; a question outside of one has a page of its own. Notes before and after everything frame it. */
function readPages(survey: readonly Row[], reader: Reader) {
  const { report } = reader
  const pages: { page: Omit<ImportedPage, 'questions'>; questions: ImportedQuestion[]; isGroup: boolean }[] = []
  let open: (typeof pages)[number] | null = null
  let intro: Texts | null = null
  let last: { place: string; texts: Texts; text: string } | null = null
  const dropNote = () => {
    if (last) report.push({ place: last.place, code: 'note_left_out', was: last.text, now: '' })
    last = null
  }
  for (const record of survey) {
    const { place, cells } = record
    const type = (cells['type'] ?? '').trim().toLowerCase().replaceAll('_', ' ')
    const name = cells['name'] ?? ''
    if (type === '') continue
    if (type === 'begin group' || type === 'begin repeat') {
      const title = reader.texts(record, 'label', true)
      const stated = Object.fromEntries(
        ['per', 'part'].flatMap((field) => (cells[own + field] ? [[field, cells[own + field]]] : [])),
      )
      if (cells['relevant']) leaveOut(report, place, 'relevant', cells['relevant'])
      open = { page: { place, name, ...(title ? { title } : {}), stated }, questions: [], isGroup: true }
      pages.push(open)
    } else if (type === 'end group' || type === 'end repeat') open = null
    else if (type === 'note') {
      dropNote()
      const texts = reader.texts(record, 'label') ?? {}
      if (pages.length === 0 && intro === null) intro = texts
      else last = { place, texts, text: Object.values(texts)[0] ?? '' }
    } else {
      dropNote()
      const question = questionOf(record, reader)
      if (!question) continue
      if (!open) pages.push({ page: { place, name: `p_${name}`, stated: {} }, questions: [question], isGroup: false })
      else open.questions.push(question)
    }
  }
  return {
    pages: pages.filter(({ questions }) => questions.length > 0).map(({ page, questions }) => ({ ...page, questions })),
    ...(intro ? { intro } : {}),
    ...(last ? { thanks: (last as { texts: Texts }).texts } : {}),
  }
}

const leaveOut = (report: ImportRow[], place: string, field: string, was: string) =>
  report.push({ place, code: 'field_left_out', was: `${field}: ${was}`, now: '' })

function questionOf(record: Row, { report, texts }: Reader): ImportedQuestion | null {
  const { place, cells } = record
  const [, word = '', list] = /^(\S+(?:[ _](?:one|multiple))?)\s*(\S.*)?$/.exec((cells['type'] ?? '').trim()) ?? []
  const type = word.toLowerCase().replaceAll(' ', '_')
  const kinds: Readonly<Record<string, ImportedQuestion['kind']>> = {
    select_one: 'one',
    select_multiple: 'many',
    text: 'text',
  }
  const kind = kinds[type]
  if (!kind) {
    report.push({ place, code: 'type_left_out', was: cells['type'] ?? '', now: '' })
    return null
  }
  for (const field of ['calculation', 'choice_filter', 'default', 'repeat_count', 'trigger'])
    if (cells[field]) leaveOut(report, place, field, cells[field])
  const hint = texts(record, 'hint', true)
  const showIf = conditionOf(record, report)
  return {
    place,
    name: cells['name'] ?? '',
    kind,
    title: texts(record, 'label') ?? {},
    ...(hint ? { hint } : {}),
    ...(showIf ? { showIf } : {}),
    ...(kind === 'text' ? {} : { list: list?.replace(/\s+or_other$/, '') ?? '' }),
    stated: statedFields(record, kind, report),
  }
}

// Our own column says it exactly; it gives way as soon as somebody has changed the one that other tools read.
function conditionOf({ place, cells }: Row, report: ImportRow[]): Condition | null {
  const relevant = (cells['relevant'] ?? '').trim()
  if (relevant === '') return null
  const exact = readCondition(cells[`${own}show_if`] ?? '')
  if (exact.ok) {
    const plain = (text: string) => text.replaceAll(/selected\((\$\{[^}]*\}), ('[^']*')\)/g, '$1 = $2')
    if (plain(writeXPath(exact.value, () => false)) === plain(relevant)) return exact.value
  }
  const read = readCondition(relevant)
  if (!read.ok) {
    report.push({ place, code: 'condition_left_out', was: relevant, now: '' })
    return null
  }
  return mapCondition(read.value, (comparison) => comparison)
}

function statedFields({ place, cells }: Row, kind: ImportedQuestion['kind'], report: ImportRow[]) {
  const stated: Record<string, unknown> = {}
  if (cells['required']) stated['required'] = isYes(cells['required'])
  for (const field of ['role', 'dimension', 'margin']) if (cells[own + field]) stated[field] = cells[own + field]
  if (cells[`${own}weight`]) stated['weight'] = numberOf(cells[`${own}weight`]!)
  const constraint = cells['constraint'] ?? ''
  const limit = /^(?:string-length|count-selected)\(\s*\.\s*\)\s*<=\s*(\d+)$/.exec(constraint)?.[1]
  if (limit !== undefined) stated[kind === 'text' ? 'maxLength' : 'max'] = Number(limit)
  else if (constraint !== '') leaveOut(report, place, 'constraint', constraint)
  const parameters = cells['parameters'] ?? ''
  const rows = /\brows=(\d+)/.exec(parameters)?.[1]
  if (kind === 'text' && rows !== undefined) stated['rows'] = Number(rows)
  else if (kind !== 'text' && /\brandomize=true\b/i.test(parameters)) stated['shuffle'] = true
  else if (parameters !== '') leaveOut(report, place, 'parameters', parameters)
  return stated
}

/** What is no number stays as it is, to be found by whoever checks the questionnaire. */
const numberOf = (cell: string): number | string => (/^\d+$/.test(cell) ? Number(cell) : cell)

function statedSettings(cells: Record<string, string>): Record<string, unknown> {
  const of = (name: string) => cells[own + name] || undefined
  const [kind, min, max] = (of('subject') ?? '').split(' ')
  const subject = kind && {
    kind,
    ...(kind === 'pick' ? { min: numberOf(min ?? ''), max: numberOf(max ?? '') } : {}),
    order: of('order'),
    detail: of('detail'),
  }
  return {
    ...(/^[1-9]\d{0,8}$/.test(cells['version'] ?? '') ? { version: Number(cells['version']) } : {}),
    ...(of('default_locale') ? { defaultLocale: of('default_locale') } : {}),
    ...(of('locales') ? { locales: of('locales')!.split(' ') } : {}),
    ...(of('minutes') ? { minutes: numberOf(of('minutes')!) } : {}),
    ...(subject ? { subject } : {}),
  }
}
