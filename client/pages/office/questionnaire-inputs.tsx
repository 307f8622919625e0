import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { QuestionnaireMessages } from '../../messages/questionnaires.ts'
import { Field, Select, TextArea } from '../../parts/field.tsx'

// The inputs of which the form of a questionnaire is made, each named by the place of its value in the definition.

/** Before the names of fields that hold a part of a questionnaire; what follows is its place in the definition. */
export const draftPrefix = 'd.'

/** A questionnaire that may not be one yet. */
export type Draft = Readonly<Record<string, unknown>>

export type Editing = {
  locale: Locale
  words: QuestionnaireMessages
  /** By place, what is needed there. */
  problems: ReadonlyMap<string, string>
  /** The name was given when it was first saved. */
  isNamed: boolean
}

export const isRecord = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const recordOf = (value: unknown): Draft => (isRecord(value) ? value : {})
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/** What a question of a draft is called: its title in the reader's language where it has one, else its code. */
export function calledOf(entry: unknown, locale: Locale): string {
  const { id, title } = recordOf(entry)
  return textOf(recordOf(title)[locale]) || textOf(id)
}

/** The id of a field, and so the anchor of a mistake at this place. */
export const fieldId = (path: string): string => draftPrefix + path

/** A button that sends the form and comes back with the draft changed. */
export function Press({ action, text, what }: { action: string; text: string; what?: string }) {
  return (
    <button type="submit" class="quiet" name="do" value={action} aria-label={what ? `${text} ${what}` : undefined}>
      {text}
    </button>
  )
}

export function Moves({ path, words, what }: { path: string; words: QuestionnaireMessages; what: string }) {
  return (
    <p class="buttons moves">
      {(['up', 'down', 'remove'] as const).map((kind) => (
        <Press key={kind} action={`${kind}:${path}`} text={words[kind]} what={what} />
      ))}
    </p>
  )
}

type At = { editing: Editing; path: string; value: unknown; label: string; hint?: string | undefined }

export function Line({ editing, path, value, label, hint, isShort = false }: At & { isShort?: boolean }) {
  const name = fieldId(path)
  const input = { value: textOf(value), autocomplete: 'off', ...(isShort ? { size: 8 } : {}) }
  return <Field name={name} label={label} hint={hint} problem={editing.problems.get(path)} input={input} />
}

/** One line, or several, for each language of the questionnaire. */
export function Texts({
  editing,
  path,
  value,
  label,
  locales,
  isLong = false,
}: At & { locales: readonly string[]; isLong?: boolean }) {
  const { words, problems } = editing
  const texts = recordOf(value)
  const whole = problems.get(path)
  return (
    <div class="pair">
      {locales.map((locale) => {
        const language = locale === 'zh-CN' ? words.zh : locale === 'en' ? words.enName : locale
        const props = {
          name: fieldId(`${path}.${locale}`),
          label: fill(words.texts, { field: label, locale: language }),
          problem: problems.get(`${path}.${locale}`) ?? whole,
        }
        const input = { value: textOf(texts[locale]), autocomplete: 'off', lang: locale }
        return isLong ? (
          <TextArea key={locale} {...props} input={{ ...input, rows: 3 }} />
        ) : (
          <Field key={locale} {...props} input={input} />
        )
      })}
    </div>
  )
}

export function Choice({
  editing,
  path,
  value,
  label,
  options,
}: At & { options: readonly (readonly [string, string])[] }) {
  const chosen = textOf(value)
  const known = options.some(([each]) => each === chosen)
  const all = known ? options : [[chosen, chosen] as const, ...options]
  return (
    <Select
      name={fieldId(path)}
      label={label}
      problem={editing.problems.get(path)}
      options={all.map(([each, text]) => ({ value: each, text }))}
      value={chosen}
    />
  )
}

/** A hidden "no" before the box keeps apart what was never said and what is not so. */
export function Tick({ editing, path, value, label }: At) {
  const name = fieldId(path)
  const problem = editing.problems.get(path)
  return (
    <div class="field tick">
      {value === undefined ? null : <input type="hidden" name={name} value="false" />}
      <label class="check">
        <input type="checkbox" id={name} name={name} value="true" checked={value === true} />
        {label}
      </label>
      {problem ? <p class="msg">{problem}</p> : null}
    </div>
  )
}

export function Hidden({ path, value }: { path: string; value: unknown }) {
  return <input type="hidden" name={fieldId(path)} value={textOf(value)} />
}

/** What is needed of a whole list. */
export function Said({ editing, path }: { editing: Editing; path: string }) {
  const problem = editing.problems.get(path)
  return problem ? <p class="msg">{problem}</p> : null
}
