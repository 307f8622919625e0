import { readFile, writeFile } from 'node:fs/promises'
import { commandMessages } from '../../client/messages/command.ts'
import { commandsMessages } from '../../client/messages/commands.ts'
import { cycleMessages } from '../../client/messages/cycles.ts'
import { fill } from '../../client/messages/fill.ts'
import { boxMessages } from '../../client/messages/office-box.ts'
import { setupProblemText } from '../../client/pages/office/cycle-form.tsx'
import { surveyProblemText } from '../../client/pages/office/survey.tsx'
import { tableFileProblemText } from '../../client/pages/office/table-file-problems.ts'
import { deciders } from '../../client/parts/office-shell.tsx'
import { handOut } from '../../db/addressees.ts'
import { listOrgans, saveCycleOrgans } from '../../db/cycle-setup.ts'
import { findCycle, readSurvey } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { missingOf, requestOpenings } from '../office/cycle-check.tsx'
import { openSetup, organsLock } from '../office/cycle-desk.ts'
import { beginTyped, readYear, usualTitles } from '../office/cycles.tsx'
import { lettersCsv, waitingCodes } from '../office/invitation-print.tsx'
import { hasRoster } from '../office/invitations.tsx'
import { changesOf, readOrgans } from '../office/organ-table.ts'
import { type ActProblem, takeAct } from '../office/surveys.tsx'
import { readTable } from '../table-file.ts'
import type { World } from '../world.ts'
import { type Given, report } from './command.ts'
import { lookingAt, workingOn } from './installation.ts'
import { actingAs, atCommandLine, findNamedCycle, findNamedPlace, findNamedSurvey } from './named.ts'
import { fail, refuse } from './terminal.ts'

// What an office does with a cycle, on the command line: by the functions of its pages, in the name of one of its
// administrators, and what needs two of them is only requested.

/** Whoever only looks needs no server to be stopped. */
const openingFor = (isDry: boolean) => (isDry ? lookingAt : workingOn)

type Dates = 'opens' | 'closes' | 'results' | 'phone'

/** Begins a cycle. */
export async function createCycle(
  given: Given<Dates | 'as', 'from' | 'title-zh' | 'title-en', 'dry-run' | 'json'>,
): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const [name] = given.words as [string]
  return openingFor(flags['dry-run'])(environment, async (world) => {
    const named = await findNamedPlace(world, name, locale)
    if (!named.ok) return refuse(named.error)
    const { jid, name: code } = named.value
    return actingAs(world, { as: text.as, jid, who: deciders, locale }, async (scope) => {
      const usual = usualTitles(code)
      const { opens, closes, results, phone, from = '' } = text
      const titles = { titleZh: text['title-zh'] ?? usual.titleZh, titleEn: text['title-en'] ?? usual.titleEn }
      const typed = { code, from, opens, closes, results, phone, ...titles }
      const isTaken = flags['dry-run'] && (await findCycle(world.db, jid, code)) !== null
      const done = isTaken
        ? ({ ok: false, error: { problems: [{ field: 'code', code: 'code_taken', values: { text: code } }] } } as const)
        : flags['dry-run']
          ? await readYear(world, scope, typed)
          : await beginTyped(world, scope, typed, atCommandLine(world))
      if (done.ok)
        return report(
          flags.json,
          { cycle: name, written: !flags['dry-run'] },
          fill(flags['dry-run'] ? words.cycleFits : words.cycleBegun, { name }),
        )
      const options = { titleZh: '--title-zh', titleEn: '--title-en', code: name }
      return refuse(
        ...done.error.problems.map(({ field, ...problem }) => {
          const label = field in options ? options[field as 'code'] : `--${field}`
          return setupProblemText(cycleMessages(locale), [], { ...problem, field: label })
        }),
      )
    })
  })
}

/** Puts the organs of a table in the place of those of a cycle. */
export async function importOrgans(given: Given<'cycle' | 'as', never, 'dry-run' | 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const cycles = cycleMessages(locale)
  const [path] = given.words as [string]
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) return fail(fill(commandMessages(locale).noFile, { file: path }))
  const table = await readTable(bytes)
  if (!table.ok) return refuse(...table.problems.map((each) => tableFileProblemText(locale, each)))
  return openingFor(flags['dry-run'])(environment, async (world) => {
    const found = await findNamedCycle(world, text.cycle, locale)
    if (!found.ok) return refuse(found.error)
    const { jurisdiction, cycle } = found.value
    return actingAs(world, { as: text.as, jid: jurisdiction.code, who: deciders, locale }, async (scope) => {
      const desk = (await openSetup(world, scope, { jid: jurisdiction.code, cycle: cycle.code }))!
      const lock = organsLock(desk)
      if (lock) return refuse(cycles[`locked_${lock}`])
      const known = await listOrgans(world.db, scope)
      const organs = await readOrgans(table, desk.plan, known, locale)
      if (!organs.ok) return refuse(...organs.error.map((each) => setupProblemText(cycles, [], each)))
      const { added, changed, removed } = changesOf(organs.value, desk.file.organs, known, locale)
      const isDry = flags['dry-run']
      if (!isDry) {
        const seen = desk.file.organs.map(({ code }) => code)
        const act = { cycle: cycle.id, seen, organs: organs.value, ...atCommandLine(world) }
        const saved = await saveCycleOrgans(world.writer, scope, act)
        if (!saved.ok) return refuse(setupProblemText(cycles, [], { field: 'table', code: 'organ_class_in_use' }))
      }
      const numbers = { added: added.length, changed: changed.length, removed: removed.length }
      const line = fill(isDry ? words.organsFit : words.organsSaved, { name: text.cycle, ...numbers })
      return report(flags.json, { cycle: text.cycle, ...numbers, written: !isDry }, line)
    })
  })
}

/** Requests the opening of one survey, once it lacks nothing. */
export function requestOpen(given: Given<'as', never, 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const [name] = given.words as [string]
  return workingOn(environment, (world) =>
    onSurvey(world, { name, as: text.as, locale }, async (scope, place) => {
      const { jid, survey, found } = place
      const params = { jid, cycle: found.cycle.code }
      const moment = atCommandLine(world)
      const said = () =>
        report(flags.json, { survey: name, requested: 'survey.open' }, fill(words.requestedOpen, { name }))
      if (survey.state !== 'draft') {
        const done = await takeAct(world, scope, { act: 'propose_open', place, jid, reason: undefined }, moment)
        return done.ok ? said() : refuse(actText(done.error, locale))
      }
      const desk = (await openSetup(world, scope, params))!
      const own = desk.file.surveys.find(({ id }) => id === survey.id)!
      const missing = (await missingOf(world, scope, own)).filter((each) => each !== 'plan_frozen')
      if (missing.length > 0)
        return refuse(fill(words.lacks, { name }), ...missing.map((each) => `- ${boxMessages(locale).missing[each]}`))
      const isDone = await requestOpenings(world, scope, desk, moment, survey.sid)
      return isDone ? said() : refuse(boxMessages(locale).problemChanged)
    }),
  )
}

/** Requests to close a survey before its time. */
export function requestClose(given: Given<'as' | 'reason', never, 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const [name] = given.words as [string]
  return workingOn(environment, (world) =>
    onSurvey(world, { name, as: text.as, locale }, async (scope, place) => {
      const asked = { act: 'propose_close', place, jid: place.jid, reason: text.reason } as const
      const done = await takeAct(world, scope, asked, atCommandLine(world))
      if (!done.ok) return refuse(actText(done.error, locale))
      const line = fill(commandsMessages(locale).requestedClose, { name })
      return report(flags.json, { survey: name, requested: 'survey.close' }, line)
    }),
  )
}

/** Makes the files of a publication and requests to publish them. */
export function buildPublication(given: Given<'as', never, 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const [name] = given.words as [string]
  return workingOn(environment, async (world) => {
    const cycle = await findNamedCycle(world, name, locale)
    if (!cycle.ok) return refuse(cycle.error)
    const { jurisdiction } = cycle.value
    return actingAs(world, { as: text.as, jid: jurisdiction.code, who: deciders, locale }, async (scope) => {
      // The publication is of the whole cycle; the page of any of its surveys offers it.
      const file = await openSetup(world, scope, { jid: jurisdiction.code, cycle: cycle.value.cycle.code })
      const [first] = file?.file.surveys ?? []
      if (!first) return refuse(boxMessages(locale).files_no_survey)
      const place = await findNamedSurvey(world, scope, `${jurisdiction.code}/${first.sid}`, locale)
      if (!place.ok) return refuse(place.error)
      const asked = { act: 'propose_publish', place: place.value, jid: jurisdiction.code, reason: undefined } as const
      const done = await takeAct(world, scope, asked, atCommandLine(world))
      if (!done.ok) return refuse(actText(done.error, locale))
      return report(
        flags.json,
        { cycle: name, requested: 'result.publish' },
        fill(words.requestedPublication, { name }),
      )
    })
  })
}

/** Writes the codes that have not gone out into a new file. They count as gone out from before they are in it. */
export function printInvitations(given: Given<'as' | 'out', never, 'dry-run' | 'json'>): Promise<number> {
  const { text, flags, locale, environment } = given
  const words = commandsMessages(locale)
  const [name] = given.words as [string]
  const isDry = flags['dry-run']
  return openingFor(isDry)(environment, (world) =>
    onSurvey(world, { name, as: text.as, locale }, async (scope, { survey }) => {
      const file = await readSurvey(world.db, scope, survey.id)
      const people = file && hasRoster(survey) ? await waitingCodes(world, scope, file) : []
      const n = people.length
      if (isDry) return report(flags.json, { survey: name, codes: n, written: false }, fill(words.codesWaiting, { n }))
      if (!file || n === 0) return refuse(fill(words.noCodes, { name }))
      // The place for them first: nobody could show them again.
      const failure = await writeFile(text.out, '', { flag: 'wx', mode: 0o600 }).catch(
        (error: NodeJS.ErrnoException) => error,
      )
      if (failure) {
        const said = commandMessages(locale)
        if (failure.code === 'EEXIST') return refuse(fill(said.exists, { file: text.out }))
        return fail(fill(said.unwritable, { file: text.out, why: failure.message }))
      }
      const act = { survey: survey.id, ids: people.map(({ id }) => id), as: 'file' as const, ...atCommandLine(world) }
      const handed = await handOut(world.writer, scope, act)
      if (!handed.ok) return refuse(boxMessages(locale).problemChanged)
      await writeFile(text.out, lettersCsv(world, file, people, locale))
      const line = fill(words.codesWritten, { n, file: text.out })
      return report(flags.json, { survey: name, codes: n, file: text.out, written: true }, line)
    }),
  )
}

async function onSurvey(
  world: World,
  { name, as, locale }: { name: string; as: string; locale: Locale },
  work: (
    scope: Scope,
    place: Extract<Awaited<ReturnType<typeof findNamedSurvey>>, { ok: true }>['value'],
  ) => Promise<number>,
): Promise<number> {
  const named = await findNamedPlace(world, name, locale)
  if (!named.ok) return refuse(named.error)
  return actingAs(world, { as, jid: named.value.jid, who: deciders, locale }, async (scope) => {
    const place = await findNamedSurvey(world, scope, name, locale)
    return place.ok ? work(scope, place.value) : refuse(place.error)
  })
}

/** Why an act was not done, as the page of the survey says it. */
function actText(problem: ActProblem, locale: Locale): string {
  const words = boxMessages(locale)
  if (problem.kind !== 'hindered') return surveyProblemText(words, problem.kind)
  return problem.hindrance === null ? words.problemChanged : words[`hinder_${problem.hindrance}`]
}
