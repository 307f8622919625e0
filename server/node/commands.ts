import { backupMessages } from '../../client/messages/backup.ts'
import { commandMessages } from '../../client/messages/command.ts'
import { doctorMessages } from '../../client/messages/doctor.ts'
import { logWatchMessages } from '../../client/messages/log-watch.ts'
import { type Command, command, helpOf } from './command.ts'

// Every command of `npm run gongping`, in the order of an installation's life. What one needs is loaded when it is asked
// for: a monitor needs no database.

const reuseOptions = {
  words: 1,
  needs: ['cycle', 'title', 'mode', 'population', 'from', 'to', 'as'],
  takes: ['scale'],
  flags: ['same-population', 'same-mode', 'dry-run', 'json'],
} as const

/** By name; of two words where the first has several. */
export const commands: Readonly<Record<string, Command>> = {
  init: command('init', {
    needs: ['place', 'name-zh', 'name-en', 'admin', 'office'],
    flags: ['json'],
    run: async (given) => (await import('./people-commands.ts')).init(given),
  }),
  serve: command('serve', { run: async () => (await import('./upkeep-commands.ts')).serve() }),
  migrate: command('migrate', {
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./upkeep-commands.ts')).migrate(given),
  }),
  seed: command('seed', {
    flags: ['demo'],
    run: async (given) => (await import('./upkeep-commands.ts')).seed(given),
  }),
  doctor: {
    help: (locale) => doctorMessages(locale).usage,
    run: async (...given) => (await import('./doctor-command.ts')).doctor(...given),
  },
  'user add': command('user add', {
    words: 1,
    needs: ['place', 'role', 'name', 'as'],
    takes: ['organ', 'reason'],
    flags: ['json'],
    run: async (given) => (await import('./people-commands.ts')).addUser(given),
  }),
  'place create': command('place create', {
    words: 1,
    needs: ['level', 'name-zh', 'name-en', 'office', 'as'],
    takes: ['above'],
    flags: ['json'],
    run: async (given) => (await import('./people-commands.ts')).createPlace(given),
  }),
  questionnaire: {
    help: (locale) => commandMessages(locale).questionnaireUsage,
    run: async (words, locale) => (await import('./questionnaire-command.ts')).questionnaire(words, locale),
  },
  'cycle create': command('cycle create', {
    words: 1,
    needs: ['opens', 'closes', 'results', 'phone', 'as'],
    takes: ['from', 'title-zh', 'title-en'],
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./cycle-commands.ts')).createCycle(given),
  }),
  'organs import': command('organs import', {
    words: 1,
    needs: ['cycle', 'as'],
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./cycle-commands.ts')).importOrgans(given),
  }),
  'roster import': command('roster import', {
    words: 1,
    needs: ['survey', 'as'],
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./roster-command.ts')).importRosterFile(given),
  }),
  'services import': command('services import', {
    words: 1,
    needs: ['survey', 'as'],
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./roster-command.ts')).importServices(given),
  }),
  'import 12345': command('import 12345', {
    ...reuseOptions,
    run: async (given) => (await import('./reuse-command.ts')).importResults(given, 'hotline12345'),
  }),
  'import haochaping': command('import haochaping', {
    ...reuseOptions,
    run: async (given) => (await import('./reuse-command.ts')).importResults(given, 'haochaping'),
  }),
  'survey request-open': command('survey request-open', {
    words: 1,
    needs: ['as'],
    flags: ['json'],
    run: async (given) => (await import('./cycle-commands.ts')).requestOpen(given),
  }),
  'survey request-close': command('survey request-close', {
    words: 1,
    needs: ['as', 'reason'],
    flags: ['json'],
    run: async (given) => (await import('./cycle-commands.ts')).requestClose(given),
  }),
  'invite print': command('invite print', {
    words: 1,
    needs: ['as', 'out'],
    flags: ['dry-run', 'json'],
    run: async (given) => (await import('./cycle-commands.ts')).printInvitations(given),
  }),
  qr: command('qr', {
    words: 1,
    takes: ['channel', 'out'],
    run: async (given) => (await import('./reading-commands.ts')).makeQr(given),
  }),
  'results compute': command('results compute', {
    words: 1,
    needs: ['as'],
    flags: ['check', 'json'],
    run: async (given) => (await import('./reading-commands.ts')).computeResults(given),
  }),
  'publication build': command('publication build', {
    words: 1,
    needs: ['as'],
    flags: ['json'],
    run: async (given) => (await import('./cycle-commands.ts')).buildPublication(given),
  }),
  'publication verify': {
    help: (locale) => helpOf('publication verify', locale),
    run: async (words, locale) => (await import('./verify-command.ts')).verify(words, locale),
  },
  export: {
    help: (locale) => commandMessages(locale).exportUsage,
    run: async (words, locale) => (await import('./export-command.ts')).exportTables(words, locale),
  },
  'audit verify': command('audit verify', {
    flags: ['json'],
    run: async (given) => (await import('./reading-commands.ts')).verifyAuditLog(given),
  }),
  audit: {
    help: (locale) => commandMessages(locale).audit,
    run: async (words, locale) => (await import('./audit-command.ts')).audit(words, locale),
  },
  log: {
    help: (locale) => logWatchMessages(locale).usage,
    run: async (words, locale) => (await import('./watch-command.ts')).watchLogs(words, locale),
  },
  backup: {
    help: (locale) => backupMessages(locale).backupUsage,
    run: async (...given) => (await import('./backup-command.ts')).backup(...given),
  },
  restore: {
    help: (locale) => backupMessages(locale).restoreUsage,
    run: async (...given) => (await import('./backup-command.ts')).restore(...given),
  },
  retire: {
    help: (locale) => commandMessages(locale).retireUsage,
    run: async (...given) => (await import('./retire-command.ts')).retire(...given),
  },
}

/** The command that the words begin with, and the words behind its name. */
export function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } | null {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    if (Object.hasOwn(commands, name)) return { command: commands[name]!, rest: words.slice(length) }
  }
  return null
}
