import type { Locale } from '../../surveys/questionnaire.ts'

// How commands speak: what was asked for goes to standard output, why it was not done to the other, and each line of words
// has a number with which the command ends.

/** The language of `--lang`, or of the environment. */
export const localeOf = (lang: string | undefined, byEnvironment: Locale): Locale =>
  lang === undefined ? byEnvironment : lang.startsWith('zh') ? 'zh-CN' : 'en'

/** Refused, or something is not as it should be: 1. */
export const refuse = (...lines: readonly string[]): number => complain(lines, 1)

/** A wrong usage, or it could not be tried: 2. */
export const fail = (...lines: readonly string[]): number => complain(lines, 2)

function complain(lines: readonly string[], code: number): number {
  process.stderr.write(`${lines.join('\n')}\n`)
  return code
}
