import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { lineOf } from './command.ts'
import { commands, findCommand } from './commands.ts'
import { failureText } from './failure-text.ts'
import { fail, localeOf } from './terminal.ts'

// `npm run gongping -- COMMAND …`: what is done on a terminal beside the server. Ends with 0 when it was done, 1 when it was
// refused or something is not as it should be, 2 when it could not be tried.

async function main(): Promise<number> {
  const given = process.argv.slice(2)
  // The start script hands on its own words too.
  const words = given[0] === '--run' ? given.slice(2) : given
  const byEnvironment: Locale = (process.env['LC_ALL'] || process.env['LANG'] || '').startsWith('zh') ? 'zh-CN' : 'en'
  // Before the words are read: what is wrong with them is said in this language, too.
  const lang = words.includes('--lang') ? words[words.indexOf('--lang') + 1] : undefined
  const locale = localeOf(lang, byEnvironment)
  const found = findCommand(words)
  if (!words.includes('--help') && !words.includes('-h'))
    return found ? found.command.run(found.rest, locale, process.env) : notFound(words, locale)
  process.stdout.write(`${found ? found.command.help(locale) : usage(locale)}\n`)
  return 0
}

function notFound([name]: readonly string[], locale: Locale): number {
  const said = name === undefined ? [] : [fill(commandsMessages(locale).unknownCommand, { name }), '']
  return fail(...said, usage(locale))
}

function usage(locale: Locale): string {
  const text = commandsMessages(locale)
  const widest = Math.max(...Object.keys(commands).map((name) => name.length))
  const lines = Object.keys(commands).map((name) => `  ${name.padEnd(widest)}  ${lineOf(name, locale)}`)
  return [text.usage, '', ...lines, '', text.usageEnd].join('\n')
}

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${failureText(error)}\n`)
    process.exitCode = 2
  },
)
