import { listEntries } from '../db/accountability.ts'
import { letterTo, listLetters } from '../db/feedback.ts'
import { countOpenCases } from '../db/low-ratings.ts'
import { type CycleFile, type FoundCycle, readCycle } from '../db/platform.ts'
import { listMeasures } from '../db/rectifications.ts'
import type { Scope } from '../db/scope.ts'
import { readSelves, type SelfState } from '../db/self-assessments.ts'
import type { MeasureState } from '../surveys/rectification.ts'
import { readDay } from './calendar.ts'
import { isOpenForSelf, selfCycleOf, termsOf } from './office/self-desk.ts'
import type { World } from './world.ts'

/** What an organ has to do until a day. */
export type OrganTask = {
  readonly organ: CycleFile['organs'][number]
  /** By which reminders tell it from others: 'measure/2', 'case/20260401'. */
  readonly task: string
  /** yyyymmdd */
  readonly due: number
} & (
  | { readonly kind: 'self'; readonly state: SelfState | 'none' }
  | { readonly kind: 'hearing'; readonly n: number }
  | { readonly kind: 'letter' }
  | { readonly kind: 'case'; readonly cases: number }
  | { readonly kind: 'rectification'; readonly state: 'none' | 'draft' | 'returned' }
  | { readonly kind: 'measure'; readonly n: number; readonly state: Extract<MeasureState, 'accepted'> }
)

/**
 * What the organs of a cycle still have to do, by organ: the self-assessment while it is open, low ratings to answer by their
 * days, hearings at which it has not spoken, the letter to confirm, the plan of rectification to report, and what was accepted of it to carry out.
 */
export async function openTasks({ db }: World, scope: Scope, found: FoundCycle): Promise<OrganTask[]> {
  const { id } = found.cycle
  const [file, selves, cases, entries, letters, measures] = await Promise.all([
    readCycle(db, scope, id),
    readSelves(db, scope, id),
    countOpenCases(db, scope, id),
    listEntries(db, scope, id),
    listLetters(db, scope, id),
    listMeasures(db, scope, id),
  ])
  const cycle = selfCycleOf(found, file)
  const isOpen = isOpenForSelf(cycle)
  return file.organs.flatMap((organ): OrganTask[] => {
    const tasks: OrganTask[] = []
    const self = selves.get(organ.id)?.state ?? 'none'
    if (isOpen && self !== 'submitted' && termsOf(cycle, organ.class).items.length > 0)
      tasks.push({ organ, kind: 'self', task: 'self', due: cycle.dueOn, state: self })
    for (const { organ: asked, due, cases: n } of cases)
      if (asked === organ.id) tasks.push({ organ, kind: 'case', task: `case/${due}`, due, cases: n })
    for (const { n, organ: heard, state, hearingUntil: due, steps } of entries)
      if (heard === organ.id && state === 'notified' && !steps.some(({ kind }) => kind === 'statement'))
        tasks.push({ organ, kind: 'hearing', task: `hearing/${n}`, n, due })
    const letter = letterTo(letters, organ.id)
    if (!letter) return tasks
    const { number, due, received } = letter
    if (!received) tasks.push({ organ, kind: 'letter', task: `letter/${number}`, due })
    const own = measures.filter((each) => each.organ === organ.id)
    const unreported = own.filter(({ state }) => state === 'draft' || state === 'returned')
    if (own.length === 0 || unreported.length > 0) {
      const state = unreported.some((each) => each.state === 'returned')
        ? 'returned'
        : own.length > 0
          ? 'draft'
          : 'none'
      tasks.push({ organ, kind: 'rectification', task: `rectification/${number}`, due, state })
    }
    for (const { n, state, sheet } of own)
      if (state === 'accepted')
        tasks.push({ organ, kind: 'measure', task: `measure/${n}`, n, due: readDay(sheet.due)!, state })
    return tasks
  })
}
