import { parseArgs } from 'node:util'
import { commandMessages } from '../../client/messages/command.ts'
import { fill } from '../../client/messages/fill.ts'
import { findSurvey } from '../../db/platform.ts'
import { surveyName } from '../../surveys/ballot.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { findRetirable, retireSurvey } from '../retirement.ts'
import type { World } from '../world.ts'
import type { Environment } from './command.ts'
import { lookingAt, workingOn } from './installation.ts'
import { fail, localeOf, refuse } from './terminal.ts'

// `npm run gongping -- retire PLACE/SURVEY`: what the server does by itself, for where only an edge runs. On the machine that
// has the key folder, with the server stopped: it becomes the writer of the database.

/** Retires the survey that the words name; the words behind `retire`. */
export async function retire(
  words: readonly string[],
  byEnvironment: Locale,
  environment: Environment,
): Promise<number> {
  const given = read(words)
  const lang = given?.values.lang
  const locale = localeOf(lang, byEnvironment)
  const text = commandMessages(locale)
  const [, jid, sid] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(given?.positionals[0] ?? '') ?? []
  if (given?.positionals.length !== 1 || jid === undefined || sid === undefined) return fail(text.retireUsage)
  // Asked before anything is taken over: a refusal must not end the writer that is at work.
  const refused = await lookingAt(environment, (world) => refusalOf(world, { jid, sid }, text))
  return refused ?? workingOn(environment, (world) => retireNow(world, { jid, sid }, text))
}

type Words = ReturnType<typeof commandMessages>
type Name = { readonly jid: string; readonly sid: string }

async function refusalOf(world: World, { jid, sid }: Name, text: Words): Promise<number | null> {
  const survey = surveyName(jid, sid)
  if (!(await findSurvey(world.db, jid, sid))) return refuse(fill(text.unknownSurvey, { survey }))
  const due = await findRetirable(world, { jid, sid })
  return due.ok ? null : refuse(fill(text.tooEarly, { survey }))
}

async function retireNow(world: World, { jid, sid }: Name, text: Words): Promise<number> {
  const survey = surveyName(jid, sid)
  const due = await findRetirable(world, { jid, sid })
  if (!due.ok) return refuse(fill(text.tooEarly, { survey }))
  const isNew = await retireSurvey(world, due.value)
  if (isNew) await world.writer.compact()
  process.stdout.write(`${fill(isNew ? text.retired : text.retiredBefore, { survey })}\n`)
  return 0
}

function read(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options: { lang: { type: 'string' } } })
  } catch {
    return null
  }
}
