import { countCodes, hasAddressees } from '../db/addressees.ts'
import type { Moment } from '../db/audit.ts'
import { addFrame, listFrames } from '../db/frames.ts'
import type { SurveyFile } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { type FrameReader, openFrame, type Sizes } from '../surveys/draw.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { frameRow, groupOf, listOf, planOf, type RosterAct, type RosterRefusal, readRows } from './roster.ts'
import { keyOlderRosters, openListed } from './roster-listed.ts'
import type { OpenedTable } from './table-file.ts'
import type { World } from './world.ts'

/** What is known of a list of which a sample is drawn: its name, and its strata. */
export type RegisteredFrame = Awaited<ReturnType<FrameReader['result']>>

/**
 * Writes the hash of a list down, with how many are to be drawn of each stratum, before there is a seed. Of the rows nothing
 * is kept.
 */
export async function registerFrame(
  world: World,
  scope: Scope,
  file: SurveyFile,
  table: OpenedTable,
  act: Moment & { readonly sizes: Sizes; readonly report: RosterAct['report'] },
): Promise<Result<RegisteredFrame, RosterRefusal>> {
  const { sizes, report, ...moment } = act
  await keyOlderRosters(world, scope, file)
  const hasPeople = await hasAddressees(world.db, scope, file.survey.id)
  const frames = await listFrames(world.db, scope, file.survey.id)
  // The people of a stratum are those of one list.
  const isLeaders = groupOf(file) === 'leaders'
  if (isLeaders ? hasPeople || frames.some(({ drawnAt }) => drawnAt > 0) : frames.length === 0 && hasPeople)
    return err({ code: 'drawn_before' })
  const [list, listed] = [listOf(file, act.now), openListed(world, scope, file)]
  const frame = openFrame(world.crypto.sha256)
  const read = await readRows(file, table, { list, listed, isFrame: true }, async (rows, done) => {
    for (const row of rows) await frame.add(frameRow(row))
    report({ step: 'checking', done, total: table.count })
  })
  if (!read.ok) return read
  const registered = await frame.result(sizes)
  const { expected } = file.survey
  const drawn = registered.strata.reduce((sum, each) => sum + each.drawn, 0)
  // Of leaders all on the list are expected; services come from many lists.
  const people = isLeaders ? table.count : ((await countCodes(world.db, scope)).get(file.survey.id) ?? 0) + drawn
  if (people > expected) return err({ code: 'over_expected', expected, people })
  const { responsePercent = 0 } = planOf(file).groups[file.survey.group].minimum
  if (drawn * 100 < responsePercent * table.count) return err({ code: 'response', percent: responsePercent })
  const done = await addFrame(world.writer, scope, { ...moment, survey: file.survey.id, ...registered })
  return done.ok ? ok(registered) : err({ code: 'changed' })
}
