// Questionnaires as XLSForm, the workbook in which many offices and survey tools keep their forms: sheets `survey`,
// `choices` and `settings`. What XLSForm has no word for stands in columns of our own, which other tools pass over, so that
// a questionnaire comes back as it went out; what cannot be carried is reported.

import { writeCondition, writeXPath } from './condition-text.ts'
import type { ImportRow, Texts } from './internal/imported-form.ts'
import { languageNames, own } from './internal/xlsform-columns.ts'
import type { Question, Questionnaire } from './questionnaire.ts'

/** A sheet to be written, the heads first. */
export interface WrittenSheet {
  readonly name: string
  readonly rows: readonly (readonly string[])[]
}

/** The sheets of a workbook, and the texts that a workbook does not keep as they are. */
export function writeXlsform(questionnaire: Questionnaire): { sheets: WrittenSheet[]; report: ImportRow[] } {
  const { locales, pages, scales, dimensions } = questionnaire
  const columns = (field: string) =>
    locales.map((locale) => `${field}::${languageNames[locale] ?? `${locale} (${locale})`}`)
  const texts = (given: Texts | undefined) => locales.map((locale) => given?.[locale] ?? '')
  const yes = (value: boolean | undefined) => (value === undefined ? '' : value ? 'yes' : 'no')
  const multiples = new Set<string>()
  const lists = new Map<string, string>()
  const taken = new Set(scales.map(({ id }) => id))
  for (const question of pages.flatMap(({ questions }) => questions)) {
    if (question.type !== 'choice') continue
    let list = question.id
    while (taken.has(list)) list = `${list}_options`
    taken.add(list)
    lists.set(question.id, list)
    if (question.multiple) multiples.add(question.id)
  }
  const blank = texts(undefined)
  const note = (name: string, label: Texts) => ['note', name, ...texts(label), ...blank, ...Array(12).fill('')]
  const row = (question: Question) => {
    const { type, id, title, hint, required, showIf } = question
    const isChoice = type === 'choice'
    return [
      type === 'text'
        ? 'text'
        : isChoice
          ? `${question.multiple ? 'select_multiple' : 'select_one'} ${lists.get(id)}`
          : `select_one ${question.scale}`,
      id,
      ...texts(title),
      ...texts(hint),
      yes(required),
      showIf ? writeXPath(showIf, (name) => multiples.has(name)) : '',
      type === 'text'
        ? `string-length(.) <= ${question.maxLength}`
        : isChoice && question.max !== undefined
          ? `count-selected(.) <= ${question.max}`
          : '',
      type === 'text' ? `rows=${question.rows}` : isChoice && question.shuffle ? 'randomize=true' : '',
      '',
      question.role,
      type === 'rating' ? (question.dimension ?? '') : '',
      type === 'rating' ? String(question.weight) : '',
      isChoice ? (question.margin ?? '') : '',
      showIf ? writeCondition(showIf) : '',
      '',
      '',
    ]
  }
  const survey = [
    [
      'type',
      'name',
      ...columns('label'),
      ...columns('hint'),
      'required',
      'relevant',
      'constraint',
      'parameters',
      'appearance',
      ...['role', 'dimension', 'weight', 'margin', 'show_if', 'per', 'part'].map((name) => own + name),
    ],
    note('intro', questionnaire.intro),
    ...pages.flatMap((page) => [
      [
        'begin group',
        page.id,
        ...texts(page.title),
        ...blank,
        ...['', '', '', '', 'field-list', '', '', '', '', '', page.per, page.part],
      ],
      ...page.questions.map(row),
      ['end group', ...Array(locales.length * 2 + 13).fill('')],
    ]),
    note('thanks', questionnaire.thanks),
  ]
  const choices = [
    [
      'list_name',
      'name',
      ...columns('label'),
      ...['score', 'glyph', 'exclusive', 'pinned', 'missing'].map((name) => own + name),
    ],
    ...scales.flatMap(({ id, options }) =>
      options.map(({ value, label, score, glyph = '' }) => [
        id,
        String(value),
        ...texts(label),
        score === null ? 'none' : String(score),
        glyph,
        '',
        '',
        '',
      ]),
    ),
    ...pages.flatMap(({ questions }) =>
      questions.flatMap((question) =>
        question.type !== 'choice'
          ? []
          : question.options.map(({ value, label, exclusive, pinned, missing }) => [
              lists.get(question.id)!,
              value,
              ...texts(label),
              '',
              '',
              yes(exclusive),
              yes(pinned),
              yes(missing),
            ]),
      ),
    ),
  ]
  const { subject, defaultLocale, title } = questionnaire
  const settings = Object.entries({
    form_title: title[defaultLocale] ?? title['zh-CN'],
    form_id: questionnaire.id,
    version: String(questionnaire.version),
    default_language: languageNames[defaultLocale] ?? defaultLocale,
    [`${own}group`]: questionnaire.group,
    [`${own}default_locale`]: defaultLocale,
    [`${own}locales`]: locales.join(' '),
    [`${own}minutes`]: String(questionnaire.minutes),
    [`${own}subject`]: subject.kind === 'pick' ? `pick ${subject.min} ${subject.max}` : subject.kind,
    [`${own}order`]: subject.order,
    [`${own}detail`]: subject.detail,
    ...Object.fromEntries(columns(`${own}title`).map((column, at) => [column, texts(title)[at] ?? ''])),
  })
  const sheets = [
    { name: 'survey', rows: survey },
    { name: 'choices', rows: choices },
    { name: 'settings', rows: [settings.map(([name]) => name), settings.map(([, value]) => value ?? '')] },
    {
      name: 'dimensions',
      rows: [['id', ...columns('label')], ...dimensions.map(({ id, label }) => [id, ...texts(label)])],
    },
  ]
  return { sheets, report: sheets.flatMap(changedTexts) }
}

/** Workbooks drop white space around a text, and signs that stand for none. */
function changedTexts({ name, rows }: WrittenSheet): ImportRow[] {
  const kept = (cell: string) => cell.replace(/[\ufffd\p{Noncharacter_Code_Point}]/gu, '').trim()
  return rows.flatMap((row, at) =>
    row
      .filter((cell) => cell !== kept(cell))
      .map((was): ImportRow => ({ place: `${name} ${at + 1}`, code: 'text_left_out', was, now: kept(was) })),
  )
}
