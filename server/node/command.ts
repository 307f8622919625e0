import { parseArgs } from 'node:util'
import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fail, localeOf } from './terminal.ts'

// What a command of `npm run gongping` is: what it needs, and what it does with it.

export type Environment = Readonly<Record<string, string | undefined>>

/** One command; the words are those behind its name. */
export interface Command {
  /** How it is called and what it does. */
  help(locale: Locale): string
  /** The number with which the process ends: 0 done, 1 refused or not as it should be, 2 wrong usage or not tried. */
  run(words: readonly string[], locale: Locale, environment: Environment): number | Promise<number>
}

/** What was typed, each option under its name. */
export interface Given<Needed extends string, Taken extends string, Flag extends string> {
  /** What stands beside the options, such as the name of a file. */
  readonly words: readonly string[]
  readonly text: Readonly<Record<Needed, string> & Partial<Record<Taken, string>>>
  readonly flags: Readonly<Record<Flag, boolean>>
  readonly locale: Locale
  readonly environment: Environment
}

/**
 * A command that takes a fixed number of words, options that it `needs` or `takes` with a value, and `flags`. Every one takes
 * `--lang` besides. What is wrong is said together with how the command is called.
 */
export function command<Needed extends string = never, Taken extends string = never, Flag extends string = never>(
  name: string,
  shape: {
    readonly words?: number
    readonly needs?: readonly Needed[]
    readonly takes?: readonly Taken[]
    readonly flags?: readonly Flag[]
    readonly run: (given: Given<Needed, Taken, Flag>) => number | Promise<number>
  },
): Command {
  const { words: count = 0, needs = [], takes = [], flags = [] } = shape
  const options = {
    lang: { type: 'string' as const },
    ...Object.fromEntries([...needs, ...takes].map((each) => [each, { type: 'string' as const }])),
    ...Object.fromEntries(flags.map((each) => [each, { type: 'boolean' as const }])),
  }
  const help = (locale: Locale) => helpOf(name, locale)
  return {
    help,
    async run(given, byEnvironment, environment) {
      let read: { values: Record<string, string | boolean | undefined>; positionals: string[] }
      try {
        read = parseArgs({ args: [...given], allowPositionals: true, options })
      } catch (error) {
        return fail(wrongOption(error as Error & { code: string }, byEnvironment), '', help(byEnvironment))
      }
      const { values, positionals } = read
      const locale = localeOf(values['lang']?.toString(), byEnvironment)
      const text = commandsMessages(locale)
      const missing = needs.filter((each) => !values[each]).map((each) => `--${each}`)
      if (missing.length > 0) return fail(fill(text.missing, { options: missing.join(', ') }), '', help(locale))
      if (positionals.length !== count) return fail(fill(text.wordCount, { count }), '', help(locale))
      return shape.run({
        words: positionals,
        // Every option that is needed was found above, and no other name is in the table.
        text: values as Given<Needed, Taken, Flag>['text'],
        flags: Object.fromEntries(flags.map((each) => [each, values[each] === true])) as Record<Flag, boolean>,
        locale,
        environment,
      })
    },
  }
}

/** What Node says in English alone: an option that there is not, or one with a value that it does not take, or without. */
function wrongOption({ code, message }: Error & { code: string }, locale: Locale): string {
  const text = commandsMessages(locale)
  const option = /'(?:-\w, )?(--?[^' =]+)/.exec(message)?.[1] ?? ''
  return fill(code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? text.unknownOption : text.optionValue, { option })
}

/** How a command is called and what it does. */
export const helpOf = (name: string, locale: Locale): string => textOf(`help_${keyOf(name)}`, locale)

/** What it does, in half a line. */
export const lineOf = (name: string, locale: Locale): string => textOf(`line_${keyOf(name)}`, locale)

/** `survey request-open` has its words under `survey_request_open`. */
const keyOf = (name: string) => name.replace(/[ -]/g, '_')

// A name without words is found by the test of the table.
function textOf(key: string, locale: Locale): string {
  const texts: Readonly<Record<string, string>> = commandsMessages(locale)
  return texts[key] ?? key
}

/** What a command has done: as JSON where that was asked for, else in words. */
export function report(asJson: boolean, data: unknown, ...lines: readonly string[]): 0 {
  process.stdout.write(`${asJson ? JSON.stringify(data) : lines.join('\n')}\n`)
  return 0
}
