import { accountabilityMessages } from '../../client/messages/accountability.ts'
import { fill } from '../../client/messages/fill.ts'
import { type Entry, listEntries } from '../../db/accountability.ts'
import { letterTo, listLetters } from '../../db/feedback.ts'
import { listStandings } from '../../db/low-ratings.ts'
import { finishedAt, firstReport, listMeasures } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { readScores, type ScoreRow } from '../../db/scoring.ts'
import { firstSubmission, readSelves, submittedSheet } from '../../db/self-assessments.ts'
import { caseSignals, letterSignals, measureSignals, type Signal, selfSignals } from '../../surveys/accountability.ts'
import { rowsOf } from '../../surveys/indicator-tree.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { dayField, dayOf } from '../calendar.ts'
import type { World } from '../world.ts'
import { isOpenForSelf, type SelfCycle, termsOf } from './self-desk.ts'

// What the register of a cycle is made of: entries in words, and signals that are not registered yet.

/** Every signal of a cycle, registered or not. Each part of the year adds its own here. */
export async function findSignals(world: World, scope: Scope, cycle: SelfCycle): Promise<Signal[]> {
  const found = await Promise.all(sources.map((source) => source(world, scope, cycle)))
  return found.flat()
}

/** Self-assessments: tables that came late or not at all, and targets missed without a reason in what was confirmed. */
async function fromSelfAssessments(world: World, scope: Scope, cycle: SelfCycle): Promise<Signal[]> {
  const { file, plan, dueOn } = cycle
  const [selves, scores] = await Promise.all([
    readSelves(world.db, scope, file.cycle.id),
    readScores(world.db, scope, file.cycle.id),
  ])
  const confirmed = new Set(scores.filter(({ state }) => state === 'confirmed').map(placeOf))
  return file.organs.flatMap((organ): Signal[] => {
    if (termsOf(cycle, organ.class).items.length === 0) return []
    const self = selves.get(organ.id)
    const first = self ? firstSubmission(self) : null
    const due = dayField(dueOn)
    const late = { organ: organ.id, kind: 'late_submission', origin: 'self' } as const
    const isOver = isOpenForSelf(cycle) && dayOf(world.now()) > dueOn
    const lateness: Signal[] =
      first !== null && dayOf(first) > dueOn
        ? [{ ...late, facts: { due, submitted: dayField(dayOf(first)) } }]
        : first === null && isOver
          ? [{ ...late, facts: { due } }]
          : []
    const sheet = self && submittedSheet(self)
    if (!sheet || self.state !== 'submitted') return lateness
    const prevails = plan.organClasses[organ.class]?.functionalRule === 'self'
    const missed = selfSignals(plan, organ, sheet).filter(
      ({ facts }) => prevails || confirmed.has(placeOf({ organ: organ.id, indicator: facts['indicator']! })),
    )
    return [...lateness, ...missed]
  })
}

const placeOf = ({ organ, indicator }: Pick<ScoreRow, 'organ' | 'indicator'>): string => `${organ} ${indicator}`

/** Rectification: what was not reported after a letter, and measures that are behind. */
async function fromRectification({ db, now }: World, scope: Scope, { file }: SelfCycle): Promise<Signal[]> {
  const { id } = file.cycle
  const [letters, measures] = await Promise.all([listLetters(db, scope, id), listMeasures(db, scope, id)])
  const today = dayField(dayOf(now()))
  const reportOf = (organ: number): string | null => {
    const reports = measures.filter((each) => each.organ === organ).flatMap((each) => firstReport(each) ?? [])
    return reports.length === 0 ? null : dayField(dayOf(Math.min(...reports)))
  }
  const last = file.organs.flatMap(({ id: organ }) => letterTo(letters, organ) ?? [])
  const due = last.map((letter) => ({ ...letter, due: dayField(letter.due), reported: reportOf(letter.organ) }))
  const carried = measures.map((each) => {
    const finished = finishedAt(each)
    return { ...each, finished: finished === null ? null : dayField(dayOf(finished)) }
  })
  return [...letterSignals(due, today), ...measureSignals(carried, today)]
}

/** Low ratings whose writers asked for an answer and had none in time. */
async function fromLowRatings({ db, now }: World, scope: Scope, { file }: SelfCycle): Promise<Signal[]> {
  return caseSignals(await listStandings(db, scope, file.cycle.id), dayOf(now()))
}

const sources: readonly ((world: World, scope: Scope, cycle: SelfCycle) => Promise<Signal[]>)[] = [
  ...[fromSelfAssessments, fromRectification, fromLowRatings],
]

/** The entries that this person may read, with what was found in words. */
export async function readRegister(world: World, scope: Scope, cycle: SelfCycle, locale: Locale) {
  const entries = await listEntries(world.db, scope, cycle.file.cycle.id)
  return entries.map((entry) => ({ ...entry, text: entryText(cycle, entry, locale) }))
}

/** What an entry is about, in words. */
export function entryText({ plan }: SelfCycle, { kind, body }: Pick<Entry, 'kind' | 'body'>, locale: Locale): string {
  const words = accountabilityMessages(locale)
  if (body['text'] !== undefined) return body['text']
  const node = rowsOf(plan.indicators).find(({ id }) => id === body['indicator'])
  const facts = { ...body, ...(node ? { indicator: locale === 'en' ? node.en : node.zh } : {}) }
  if (kind === 'steering_report' || kind === 'falsification') return ''
  if (kind === 'late_submission' && !body['submitted']) return fill(words.fact_never_submitted, facts)
  if (kind === 'rectification_overdue' && !body['problem'])
    return fill(body['submitted'] ? words.fact_report_late : words.fact_never_reported, facts)
  return fill(words[`fact_${kind}`], facts)
}
