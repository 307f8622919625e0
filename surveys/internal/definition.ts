// What questionnaires and plans have in common as files: texts in every language, names, weights, and the way a
// mistake in a file is reported, so that whoever wrote it finds the line and knows what is needed.

import { z } from 'zod'
import { canonicalText } from '../canonical.ts'

/** A mistake in a definition file: where (`pages[2].questions[0].scale`; empty = the whole file) and what is needed. */
export interface DefinitionProblem {
  readonly path: string
  readonly message: string
}

/** Text in its canonical form, so that the file's hash does not depend on the editor it was typed in. */
export const text = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(2000, 'must have at most 2000 characters')
  .refine(isCanonical, 'must be well-formed text in NFC, without control characters or white space at its ends')

function isCanonical(value: string): boolean {
  const canonical = canonicalText(value)
  return canonical.ok && canonical.value === value
}

/** One text in Chinese, in English and in any further language the file declares. */
export const localeText = z.object({ 'zh-CN': text, en: text }, 'must hold a text for each language').catchall(text)

/** Name of a questionnaire, question, scale, dimension or option. */
export const name = z
  .string('must be text')
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must start with a small letter, then at most 39 small letters, digits or _')

/** Code of a plan, a cycle, an organ. */
export const code = z
  .string('must be text')
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 small letters, digits or hyphens, not starting with a hyphen')

export const version = z.int('must be a whole number').min(1, 'must be at least 1')

/** A whole number of a definition file, within bounds that its message names. */
export function wholeNumber(least: number, most: number): z.ZodInt {
  return z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
}

/** Reads a file's data by its schema: the data, unchangeable from here on, or every mistake in it. */
export function readDefinition<T>(
  schema: z.ZodType<T>,
  json: unknown,
): { data: T } | { problems: DefinitionProblem[] } {
  const parsed = schema.safeParse(json, { error: (issue) => needed(issue) })
  return parsed.success ? { data: freeze(parsed.data) } : { problems: parsed.error.issues.flatMap(problems) }
}

/** A list in a broken file: each entry in its place, null for those that cannot be read, one null for no list at all. */
export function readableEntries<T>(entry: z.ZodType<T>): z.ZodType<(T | null)[]> {
  return z.array(entry.nullable().catch(null)).catch([null])
}

const NOUNS: Readonly<Record<string, string>> = { object: 'an object', record: 'an object', array: 'a list' }

/** What is needed where a schema does not say it in its own words; a missing field is of the wrong type, too. */
function needed(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return `must be ${NOUNS[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_key') return issue.issues[0]?.message
  return undefined
}

function problems(issue: z.core.$ZodIssue): DefinitionProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      message: 'is not a known field; remove it or correct its spelling',
    }))
  }
  return [{ path: pathOf(issue.path), message: issue.message }]
}

/** pathOf(['pages', 2, 'questions', 0, 'scale']) // 'pages[2].questions[0].scale' */
export function pathOf(steps: readonly PropertyKey[]): string {
  let path = ''
  for (const step of steps) {
    path += typeof step === 'number' ? `[${step}]` : `${path === '' ? '' : '.'}${String(step)}`
  }
  return path
}

// What was hashed must stay what was read.
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) freeze(part)
  }
  return value
}
