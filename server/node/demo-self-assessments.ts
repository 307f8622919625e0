import { createScope } from '../../db/scope.ts'
import { returnSelf, saveSelf } from '../../db/self-assessments.ts'
import { type SelfSheet, selfItems } from '../../surveys/self-assessment.ts'
import type { World } from '../world.ts'
import wording from './demo/self-assessments.json' with { type: 'json' }
import type { DemoCycle } from './demo-cycle.ts'
import { type DemoPlace, must, organOfOfficer } from './demo-place.ts'

// What the organs of the invented province say about themselves: some have submitted, one has to correct its table, one is
// still writing, and the others have not begun.

const DAY_MS = 86_400_000
/** How many of the first organs have submitted. */
const submitted = 6

/** The self-assessment tables of a running cycle. */
export async function assessThemselves(
  { writer }: World,
  place: DemoPlace,
  { id: cycle, plan }: Pick<DemoCycle, 'id' | 'plan'>,
  now: number,
): Promise<void> {
  const itemsOf = (code: string) =>
    selfItems(plan, place.organs.find((organ) => organ.code === code)!.class).map(({ indicator }) => indicator)
  const writing = organOfOfficer(place.organs)
  const others = place.organs.filter(({ code }) => code !== writing).slice(0, submitted)
  for (const [at, { code }] of others.entries()) {
    const organ = place.organIds.get(code)!
    const scope = createScope({ jurisdiction: place.id, actor: 'system', role: 'system' })
    const when = now - (submitted - at) * DAY_MS
    const act = { cycle, organ, version: 0, sheet: sheetOf(itemsOf(code), at), submits: true }
    must('a self-assessment', await saveSelf(writer, scope, { ...act, now: when }))
    if (at > 0) continue
    const notes = { [itemsOf(code)[0]!]: wording.note_returned }
    must(
      'its return',
      await returnSelf(writer, place.proposer, { cycle, organ, version: 1, notes, now: when + DAY_MS }),
    )
  }
  const organ = place.organIds.get(writing)!
  const scope = createScope({ jurisdiction: place.id, actor: 'system', role: 'system' })
  const [first] = itemsOf(writing)
  const sheet = { ...sheetOf([first!], 0), problems: '', weaknesses: '' }
  must('a draft', await saveSelf(writer, scope, { cycle, organ, version: 0, sheet, now: now - DAY_MS }))
}

function sheetOf(indicators: readonly string[], at: number): SelfSheet {
  const pick = (texts: readonly string[], line: number) => texts[(at + line) % texts.length]!
  const entries = indicators.map((indicator, line) => [
    indicator,
    {
      target: pick(wording.target, line),
      done: pick(wording.done, line),
      score: String(98 - 2 * at - line),
      note: pick(wording.note, line),
    },
  ])
  return { entries: Object.fromEntries(entries), problems: wording.problems, weaknesses: wording.weaknesses }
}
