import type { Locale } from '../../surveys/questionnaire.ts'
import { commandsEn } from './commands.en.ts'
import { commandsZh } from './commands.zh-CN.ts'
import type { Translation } from './fill.ts'

export type CommandsMessages = Translation<typeof commandsZh>

/** What `npm run gongping` says, in one language; anything but English is Chinese. */
export const commandsMessages = (locale: Locale): CommandsMessages => (locale === 'en' ? commandsEn : commandsZh)
