import { fileAppeal, rejectAppeal } from '../../db/appeals.ts'
import { confirmLetter, issueLetter } from '../../db/feedback.ts'
import { findCycle, readCycle } from '../../db/platform.ts'
import { moveMeasure, saveMeasure } from '../../db/rectifications.ts'
import { listOfficers } from '../../db/reminders.ts'
import { createScope } from '../../db/scope.ts'
import { rectificationUntil } from '../../surveys/feedback.ts'
import type { MeasureMove, MeasureSheet } from '../../surveys/rectification.ts'
import { dayField, dayOf } from '../calendar.ts'
import { deductionsOf, dimensionsOf, letterProblems } from '../office/feedback-figures.ts'
import { publishedDocuments, publishedOf } from '../publications.ts'
import type { World } from '../world.ts'
import wording from './demo/follow-up.json' with { type: 'json' }
import type { DemoCycle } from './demo-cycle.ts'
import { type DemoPlace, must, organOfOfficer } from './demo-place.ts'

// What follows the published year of the invented province: every organ has its letter, one has its measures at every stage,
// and an appeal that was turned down.

const DAY_MS = 86_400_000
/** How many organs beside that of the demonstration's officer have reported a measure. */
const reporting = 5

/** Letters, measures and an appeal of a published cycle; `published`: when. */
export async function followUp(
  world: World,
  place: DemoPlace,
  { id: cycle, code, plan }: Pick<DemoCycle, 'id' | 'code' | 'plan'>,
  published: number,
): Promise<void> {
  const { writer, db } = world
  const whole = createScope({ jurisdiction: place.id, actor: 'system', role: 'system' })
  const found = await findCycle(db, place.code, code)
  const shown = found && (await publishedOf(world, found))
  const documents = shown && (await publishedDocuments(world, shown))
  if (!found || !shown || !documents) throw new Error('followUp needs a published cycle')
  const file = await readCycle(db, whole, cycle)
  const own = place.organIds.get(organOfOfficer(place.organs))!
  const officers = await listOfficers(db, whole, world.now())
  const actor = officers.find(({ organ }) => organ === own)?.userId ?? whole.actor
  const officer = createScope({ jurisdiction: place.id, actor, role: 'organ_officer', organs: [own] })
  const issued = published + 2 * DAY_MS
  const due = rectificationUntil(plan, dayOf(issued))
  let disputed: Awaited<ReturnType<typeof deductionsOf>>[number] | undefined
  for (const organ of file.organs) {
    const desk = { found, file, plan, organ, published: shown }
    const deductions = await deductionsOf(world, whole, desk)
    if (organ.id === own) disputed = deductions[0]
    const figures = documents.results.organs.find((each) => each.organ === organ.code)
    const { satisfaction = null, overall = null } = figures ?? {}
    const body = {
      publication: shown.shown.version,
      satisfaction: satisfaction && 'score' in satisfaction ? satisfaction.score : null,
      overall: overall?.status === 'ok' ? overall.score : null,
      problems: letterProblems(dimensionsOf(desk, documents), deductions),
      text: wording.letter,
    }
    must(
      'a letter',
      await issueLetter(writer, place.proposer, { cycle, organ: organ.id, seen: 0, body, due, now: issued }),
    )
  }
  // What is done is recorded in the order of its time.
  const acts: Act[] = []
  const number = file.organs.findIndex(({ id }) => id === own) + 1
  const receive = (now: number) => confirmLetter(writer, officer, { cycle, organ: own, number, now })
  acts.push({ now: issued + DAY_MS, run: async (now) => must('its receipt', await receive(now)) })
  if (disputed) {
    const { indicator, lead, points } = disputed
    const about = { kind: 'deduction' as const, indicator, lead, deduction: points, surveyId: 0 }
    const act = { cycle, organ: own, seen: 0, about, reason: wording.appeal, added: [] }
    const decided = { cycle, organ: own, n: 1, decision: wording.decision }
    acts.push(
      {
        now: issued + 3 * DAY_MS,
        run: async (now) => must('an appeal', await fileAppeal(writer, officer, { ...act, now })),
      },
      {
        now: issued + 9 * DAY_MS,
        run: async (now) => must('its decision', await rejectAppeal(db, writer, place.approver, { ...decided, now })),
      },
    )
  }
  const first = issued + 10 * DAY_MS
  const write = (organ: number, n: number, { at, due: days, moves }: Written) => {
    const { progress, ...texts } = wording.measures[at]!
    const due = days === 0 ? '' : dayField(dayOf(first + days * DAY_MS))
    const plain: MeasureSheet = { ...texts, due, progress: '' }
    for (const [version, move] of [null, ...moves].entries()) {
      const card = { cycle, organ, n, version }
      const run = async (now: number) => {
        if (move === null || move === 'submit' || move === 'finish') {
          const state = move === 'finish' ? ('accepted' as const) : ('draft' as const)
          const sheet = move === 'finish' ? { ...plain, progress } : plain
          const act = { ...card, now, state, sheet, move, added: [], removed: [] }
          must('a measure', await saveMeasure(writer, organ === own ? officer : whole, act))
        } else {
          const note = move === 'return' ? wording.returned : ''
          must('its review', await moveMeasure(writer, place.proposer, { ...card, now, move, note }))
        }
      }
      acts.push({ now: first + version * 3 * DAY_MS, run })
    }
  }
  write(own, 1, { at: 0, due: 20, moves: ['submit', 'accept', 'finish', 'verify'] })
  write(own, 2, { at: 1, due: 30, moves: ['submit', 'accept'] })
  write(own, 3, { at: 2, due: 150, moves: ['submit', 'return'] })
  write(own, 4, { at: 3, due: 0, moves: [] })
  const others = file.organs.filter(({ id }) => id !== own).slice(0, reporting)
  for (const [at, { id }] of others.entries())
    write(id, 1, { at: at % 3, due: 25 + at * 30, moves: at === 0 ? ['submit'] : ['submit', 'accept', 'finish'] })
  for (const { now, run } of acts.sort((one, other) => one.now - other.now)) await run(now)
}

interface Act {
  readonly now: number
  readonly run: (now: number) => Promise<unknown>
}

/** A card: which of the wordings, due how many days after the first (0 for not yet), and what became of it. */
interface Written {
  readonly at: number
  readonly due: number
  readonly moves: readonly MeasureMove[]
}
