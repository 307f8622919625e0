import { commandMessages } from '../../client/messages/command.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { failureText } from './failure-text.ts'

// `npm run gongping -- COMMAND …`: what is done on a terminal beside the server. Ends with 0 when it was done, 1 when it was
// refused or something is not as it should be, 2 when it could not be tried.

async function main(): Promise<number> {
  const given = process.argv.slice(2)
  // The start script hands on its own words too.
  const [command, ...words] = given[0] === '--run' ? given.slice(2) : given
  const locale: Locale = (process.env['LC_ALL'] || process.env['LANG'] || '').startsWith('zh') ? 'zh-CN' : 'en'
  // Loaded when asked for: a monitor needs no database.
  if (command === 'backup') return (await import('./backup-command.ts')).backup(words, locale, process.env)
  if (command === 'restore') return (await import('./backup-command.ts')).restore(words, locale, process.env)
  if (command === 'doctor') return (await import('./doctor-command.ts')).doctor(words, locale, process.env)
  if (command === 'audit') return (await import('./audit-command.ts')).audit(words, locale)
  if (command === 'retire') return (await import('./retire-command.ts')).retire(words, locale, process.env)
  if (command === 'export') return (await import('./export-command.ts')).exportTables(words, locale)
  if (command === 'questionnaire') return (await import('./questionnaire-command.ts')).questionnaire(words, locale)
  if (command === 'log') return (await import('./watch-command.ts')).watchLogs(words, locale)
  process.stderr.write(`${commandMessages(locale).usage}\n`)
  return 2
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
