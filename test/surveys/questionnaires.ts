import fc from 'fast-check'
import type { Condition } from '../../surveys/questionnaire.ts'
import { readJson } from './definition-files.ts'

const name = (prefix: string) => fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).map((rest) => `${prefix}${rest}`)
const distinct = (prefix: string, least: number, most: number) =>
  fc.uniqueArray(name(prefix), { minLength: least, maxLength: most })
/** Text in its canonical form, also such that a spreadsheet takes for a formula, a number or an error. */
const text = fc.oneof(
  fc.constantFrom(
    '=1+1',
    "'=x",
    '+86',
    '-',
    '@a',
    '007',
    'TRUE',
    '#N/A',
    '满意，“很”满意',
    'a\nb',
    '_x0041_',
    'constructor',
    '<b>&amp;',
    ' ',
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
)
const isKept = (value: string) =>
  value === value.trim().normalize('NFC') &&
  value !== '' &&
  !/[{}\ufffd\p{C}\p{Zl}\p{Zp}]/u.test(value.replaceAll('\n', ''))

/** Conditions over ratings with levels 5 to 0 and choices among 'a' and 'b'. */
export const conditionOver = (ratings: readonly string[], choices: readonly string[]): fc.Arbitrary<Condition> => {
  const level = fc.integer({ min: 0, max: 5 })
  const rating = fc.constantFrom(...ratings)
  const comparisons: fc.Arbitrary<Condition>[] = [
    fc.record({ q: rating, op: fc.constantFrom('eq', 'ne', 'lte', 'gte'), v: level }),
    fc.record({ q: rating, op: fc.constant('in'), v: fc.array(level, { minLength: 1, maxLength: 3 }) }),
    fc.record({ q: fc.constantFrom(...ratings, ...choices), op: fc.constant('answered') }),
  ]
  if (choices.length > 0) {
    const choice = fc.constantFrom(...choices)
    const value = fc.constantFrom('a', 'b')
    comparisons.push(
      fc.record({ q: choice, op: fc.constantFrom('eq', 'ne'), v: value }),
      fc.record({ q: choice, op: fc.constant('in'), v: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    )
  }
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => {
    const parts = fc.array(tie('condition'), { minLength: 1, maxLength: 3 })
    return {
      condition: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        ...comparisons,
        fc.record({ any: parts }),
        fc.record({ all: parts }),
        fc.record({ not: tie('condition') }),
      ),
    }
  })
  return condition
}

/** Questionnaires with everything the format knows; each is valid. */
export const questionnaires: fc.Arbitrary<unknown> = fc
  .record({
    ids: distinct('q_', 6, 6),
    dimensionIds: distinct('d_', 0, 2),
    pageIds: distinct('p_', 4, 4),
    scaleIds: distinct('s_', 1, 2),
    more: fc.boolean(),
  })
  .chain(({ ids, dimensionIds, pageIds, scaleIds, more }) => {
    const locales = more ? ['zh-CN', 'en', 'mn-Mong'] : ['en', 'zh-CN']
    const texts = fc
      .array(text.filter(isKept), { minLength: locales.length, maxLength: locales.length })
      .map((each) => Object.fromEntries(locales.map((locale, at) => [locale, each[at]])))
    const flag = fc.option(fc.boolean(), { nil: undefined })
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
    const common = { title: texts, hint: optional(texts), required: flag }
    const [overall, choice, wide, margin, comment] = ids as [string, string, string, string, string]
    const rated = [overall, ...dimensionIds]
    const option = (value: string) => fc.record({ value: fc.constant(value), label: texts, pinned: flag })
    const options = fc.tuple(option('a'), option('b'))
    const weight = fc.integer({ min: 1, max: 1000 })
    const scale = fc.constantFrom(...scaleIds)
    const kind = fc.constantFrom('reason', 'other')
    return fc.record({
      formatVersion: fc.constant(1),
      id: name('f_'),
      version: fc.integer({ min: 1, max: 999 }),
      group: fc.constantFrom('leaders', 'recipients', 'public'),
      defaultLocale: fc.constantFrom('zh-CN', 'en'),
      locales: fc.constant(locales),
      minutes: fc.integer({ min: 1, max: 240 }),
      title: texts,
      intro: texts,
      thanks: texts,
      subject: fc.oneof(
        fc.record({
          kind: fc.constantFrom('one', 'each'),
          order: fc.constantFrom('fixed', 'seeded', 'rotate'),
          detail: fc.constant('all'),
        }),
        fc.constant({ kind: 'pick', min: 1, max: 3, order: 'seeded', detail: 'first' }),
      ),
      dimensions: fc.tuple(...dimensionIds.map((id) => fc.record({ id: fc.constant(id), label: texts }))),
      scales: fc.tuple(
        ...scaleIds.map((id) =>
          fc.record({
            id: fc.constant(id),
            options: fc.tuple(
              ...[100, '66.67', 50, 12, 0, null].map((score, at) =>
                fc.record({
                  value: fc.constant(5 - at),
                  label: texts,
                  score: fc.constant(score),
                  glyph: optional(fc.constantFrom('✓✓', '=', '—')),
                }),
              ),
            ),
          }),
        ),
      ),
      pages: fc.tuple(
        page(pageIds[0]!, 'organ', 'core', [
          fc.record({
            ...common,
            type: fc.constant('rating'),
            id: fc.constant(overall),
            role: fc.constant('overall'),
            scale,
            weight,
          }),
          ...dimensionIds.map((id) =>
            fc.record({
              ...common,
              type: fc.constant('rating'),
              id: fc.constant(id),
              role: fc.constant('dimension'),
              dimension: fc.constant(id),
              scale,
              weight,
              showIf: optional(conditionOver([overall], [])),
            }),
          ),
        ]),
        page(pageIds[1]!, 'organ', 'detail', [
          fc.record({
            ...common,
            type: fc.constant('choice'),
            id: fc.constant(choice),
            role: kind,
            multiple: fc.constant(false),
            shuffle: fc.boolean(),
            options,
            showIf: optional(conditionOver(rated, [])),
          }),
        ]),
        page(pageIds[2]!, 'organ', 'core', [
          fc.record({
            ...common,
            type: fc.constant('choice'),
            id: fc.constant(wide),
            role: kind,
            multiple: fc.constant(true),
            max: optional(fc.integer({ min: 1, max: 2 })),
            shuffle: fc.boolean(),
            options: fc.tuple(
              option('a'),
              option('b').chain((each) => fc.record({ exclusive: flag }).map((more) => ({ ...each, ...more }))),
            ),
            showIf: optional(conditionOver(rated, [choice])),
          }),
          fc.record({
            ...common,
            type: fc.constant('text'),
            id: fc.constant(comment),
            role: fc.constant('comment'),
            maxLength: fc.integer({ min: 1, max: 500 }),
            rows: fc.integer({ min: 1, max: 20 }),
            showIf: optional(conditionOver(rated, [choice, wide])),
          }),
        ]),
        page(pageIds[3]!, 'response', 'core', [
          fc.record({
            ...common,
            required: fc.constantFrom(false, undefined),
            type: fc.constant('choice'),
            id: fc.constant(margin),
            role: fc.constant('margin'),
            margin: name('m_'),
            multiple: fc.constant(false),
            shuffle: fc.boolean(),
            options: options.map(([a, b]) => [a, { ...b, missing: true }]),
          }),
        ]),
      ),
    })

    function page(id: string, per: string, part: string, questions: fc.Arbitrary<unknown>[]) {
      return fc.record({
        id: fc.constant(id),
        per: fc.constant(per),
        part: fc.constant(part),
        title: optional(texts),
        questions: fc.tuple(...questions),
      })
    }
  })
  // As a file: fields without a value are not there.
  .map((form) => JSON.parse(JSON.stringify(form)) as unknown)

export const shippedForms = (['public', 'recipients', 'leaders'] as const).map((form) => readJson(`forms/${form}.json`))
