import { readFile } from 'node:fs/promises'
import { commandMessages } from '../../client/messages/command.ts'
import { commandsMessages } from '../../client/messages/commands.ts'
import { fill } from '../../client/messages/fill.ts'
import { invitationMessages } from '../../client/messages/invitations.ts'
import { rosterProblemTexts } from '../../client/pages/office/invitation-roster.tsx'
import { doneLines } from '../../client/pages/office/invitations.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { readSurvey } from '../../db/platform.ts'
import { rosterDone } from '../office/invitation-roster.tsx'
import { hasRoster, isOver } from '../office/invitations.tsx'
import { importRoster, type RosterProgress } from '../roster.ts'
import { openTable } from '../table-file.ts'
import { type Given, report } from './command.ts'
import { lookingAt, workingOn } from './installation.ts'
import { actingAs, atCommandLine, findNamedPlace, findNamedSurvey } from './named.ts'
import { fail, progressBar, refuse } from './terminal.ts'

type RosterGiven = Given<'survey' | 'as', never, 'dry-run' | 'json'>

/** Imports the list of services of a survey of recipients. */
export const importServices = (given: RosterGiven): Promise<number> => importRosterFile(given, 'recipients')

/**
 * Imports a roster of leaders or services, whole or not at all, as the page of invitations does; of a survey of another group
 * than `only` none.
 */
export async function importRosterFile(given: RosterGiven, only?: 'recipients'): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const [path] = given.words as [string]
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) return fail(fill(commandMessages(locale).noFile, { file: path }))
  const isTrial = flags['dry-run']
  const { survey: name } = text
  return (isTrial ? lookingAt : workingOn)(environment, async (world) => {
    const named = await findNamedPlace(world, name, locale)
    if (!named.ok) return refuse(named.error)
    return actingAs(world, { as: text.as, jid: named.value.jid, who: deciders, locale }, async (scope) => {
      const place = await findNamedSurvey(world, scope, name, locale)
      if (!place.ok) return refuse(place.error)
      const { survey } = place.value
      const file = await readSurvey(world.db, scope, survey.id)
      const no = (problem: Parameters<typeof rosterProblemTexts>[1]) => refuse(...rosterProblemTexts(locale, problem))
      if (only && survey.group !== only) return refuse(fill(words.noServices, { name }))
      if (!file || !hasRoster(survey)) return refuse(fill(invitationMessages(locale).rosterNone, { name }))
      if (isOver(survey, world.now())) return no({ code: 'closed' })
      const table = await openTable(bytes)
      if (!table.ok) return no({ code: 'file', problems: table.problems })
      const show = progressBar()
      const act = {
        ...{ ...atCommandLine(world), isTrial, draw: null },
        report: ({ step, done, total }: RosterProgress) => show(words[`rows_${step}`], done, total),
      }
      const done = await importRoster(world, scope, file, table, act)
      if (!done.ok) return no(done.error)
      const said = rosterDone(isTrial ? 'checked' : 'imported', done.value, file)
      return report(
        flags.json,
        { survey: name, ...done.value, written: !isTrial },
        ...doneLines(said, invitationMessages(locale)),
      )
    })
  })
}
