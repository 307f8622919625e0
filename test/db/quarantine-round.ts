import { expect } from 'vitest'
import { approveQuarantine, canonicalSuspicion, proposeQuarantine, type Suspicion } from '../../db/quarantine.ts'
import type { Scope } from '../../db/scope.ts'
import { moveSurvey } from '../../db/setup.ts'
import { type OrganCell, readCells, recountSurvey } from '../../db/tallies.ts'
import { emptyCell, emptyMoments, mergeCell, mergeMoments, packCell, packMoments } from '../../surveys/tally.ts'
import { good, hour, makeOffice, noon, openSurvey, sha256, type TestDatabase } from '../support/database.ts'
import { response, type Sketch, spec } from './support.ts'

export const later = noon + 2 * hour
export const monday = 20251124
export const tuesday = 20251125
export const yunhu = 'sampled|all|-|1|yunhu|age60|__missing'
export const linhai = 'sampled|all|-|1|linhai|age60|female'
export const top = [5, 5, 5, 5, 5, 5, 0]
export const mixed = [4, 2, 3, 0, 5, 4, -1]

/** A survey whose people answer by words; it takes no more answers once it is closed. */
export async function makeRound(database: TestDatabase) {
  const office = await makeOffice(database)
  const survey = await openSurvey(database, office, 'public', { closesAt: noon + hour, graceMinutes: 0 })
  const at = { jurisdiction: office.jurisdiction, survey }
  return {
    office,
    survey,
    async answer(...people: Sketch[]) {
      const outcomes = await Promise.all(people.map((one) => database.writer.submit(response(at, one))))
      expect(new Set(outcomes)).toEqual(new Set(['accepted']))
    },
    async close() {
      const move = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + hour } as const
      good(await moveSurvey(database.writer, office.system, move))
    },
    async cells(organ = 1) {
      return (await readCells(database.db, office.system, new Map([[survey, spec]]))).get(survey)?.get(organ) ?? []
    },
    recount: () => recountSurvey(database.db, office.system, survey, spec),
    suspect: (changes: Partial<Suspicion> = {}): Suspicion => ({
      survey,
      organ: 1,
      test: 'straight_lining',
      day: monday,
      answers: [JSON.stringify(top)],
      p: 1.25e-9,
      adjustedP: 5e-9,
      slips: 3,
      reason: '同一日大量全同答卷',
      ...changes,
    }),
  }
}

export type Round = Awaited<ReturnType<typeof makeRound>>

/** Three slips of one kind and two others about organ 1 on Monday, two on Tuesday; one about organ 2. */
export async function makeSuspectRound(database: TestDatabase): Promise<Round> {
  const round = await makeRound(database)
  await round.answer(
    { person: 'a', answers: top },
    { person: 'b', answers: top, organs: [1, 2] },
    { person: 'c', answers: top, cell: linhai },
    { person: 'd', answers: mixed },
    { person: 'e', answers: mixed, cell: linhai },
    { person: 'f', answers: top, day: tuesday },
    { person: 'g', answers: mixed, day: tuesday },
  )
  await round.close()
  return round
}

export const hashOf = (suspicion: Suspicion) => sha256(canonicalSuspicion(suspicion))

export const suggest = ({ writer }: TestDatabase, scope: Scope, id: string, suspicion: Suspicion, now = later) =>
  proposeQuarantine(writer, scope, { id, suspicion, payloadHash: hashOf(suspicion), now })

export const agree = ({ db, writer }: TestDatabase, scope: Scope, id: string, suspicion: Suspicion, now = later) =>
  approveQuarantine(db, writer, scope, { id, payloadHash: hashOf(suspicion), spec, now })

/** Both persons, one after the other. */
export async function takeOut(
  database: TestDatabase,
  { office }: Round,
  id: string,
  suspicion: Suspicion,
): Promise<void> {
  good(await suggest(database, office.first, id, suspicion))
  good(await agree(database, office.second, id, suspicion))
}

/** What all ledgers of each cell hold together, as bytes. */
export function together(cells: readonly OrganCell[]): Record<string, string> {
  const names = [...new Set(cells.map(({ cell }) => cell))]
  return Object.fromEntries(
    names.map((name) => {
      const sums = emptyCell(spec)
      const moments = emptyMoments(spec)
      for (const each of cells) {
        if (each.cell !== name) continue
        mergeCell(sums, each.sums)
        mergeMoments(moments, each.moments)
      }
      return [name, Buffer.concat([packCell(sums), packMoments(moments)]).toString('hex')]
    }),
  )
}

export const slipsIn = (cells: readonly OrganCell[]) =>
  cells.map(({ cell, ledger, sums }) => [cell, ledger, sums.slips])
