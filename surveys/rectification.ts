// Rectification 整改 of one organ: for each problem a card with its cause, the measure, who answers for it, until when, how far
// it has come and what stands for that. The organ reports its cards, the lead department of the indicator says what it thinks of
// them, the office accepts them or gives them back, the organ carries them out and says so, the office looks again. What was
// accepted may still be put right or withdrawn, for everybody to see why. Nobody reports a measure without an owner and a deadline.
import { workingDaysBetween } from './calendar.ts'
import { canonicalText } from './canonical.ts'
import { err, ok, type Result } from './result.ts'

export const measureStates = ['draft', 'submitted', 'returned', 'accepted', 'done', 'verified', 'withdrawn'] as const
export type MeasureState = (typeof measureStates)[number]

/** What an organ writes on a card, '' for what it has not written yet; `due` is a day such as '2027-06-30'. */
export const measureFields = ['problem', 'cause', 'measure', 'person', 'due', 'progress'] as const
export type MeasureField = (typeof measureFields)[number]
export type MeasureSheet = Readonly<Record<MeasureField, string>>

export const emptyMeasure: MeasureSheet = { problem: '', cause: '', measure: '', person: '', due: '', progress: '' }

/** Most characters of each text. */
export const longestMeasure: Readonly<Record<MeasureField, number>> = {
  problem: 500,
  cause: 1_000,
  measure: 1_000,
  person: 60,
  due: 10,
  progress: 2_000,
}

/** Most cards of an organ in one cycle. */
export const mostMeasures = 50

/** Most years from the day on which it is written to the deadline of a card. */
export const longestTermYears = 3

/** The organ itself, the lead department of the indicator that a card is about, the office. */
export type MeasureSide = 'organ' | 'lead' | 'office'

/** Who moves a card from where to where. */
export const measureMoves = {
  submit: { by: 'organ', from: ['draft', 'returned'], to: 'submitted' },
  finish: { by: 'organ', from: ['accepted'], to: 'done' },
  agree: { by: 'lead', from: ['submitted'], to: 'submitted' },
  object: { by: 'lead', from: ['submitted'], to: 'submitted' },
  accept: { by: 'office', from: ['submitted'], to: 'accepted' },
  return: { by: 'office', from: ['submitted'], to: 'returned' },
  verify: { by: 'office', from: ['done'], to: 'verified' },
  reopen: { by: 'office', from: ['done'], to: 'accepted' },
  correct: { by: 'office', from: ['accepted', 'done', 'verified'], to: 'returned' },
  withdraw: { by: 'office', from: ['accepted', 'done', 'verified'], to: 'withdrawn' },
} as const satisfies Record<string, { by: MeasureSide; from: readonly MeasureState[]; to: MeasureState }>
export type MeasureMove = keyof typeof measureMoves
/** The moves of one side. */
export type MoveOf<Side extends MeasureSide> = {
  [Move in MeasureMove]: (typeof measureMoves)[Move]['by'] extends Side ? Move : never
}[MeasureMove]

/** The moves of one side that a card in this state has. */
export const movesFrom = <Side extends MeasureSide>(state: MeasureState, side: Side): MoveOf<Side>[] =>
  (Object.keys(measureMoves) as MeasureMove[]).filter((move): move is MoveOf<Side> => {
    const { by, from } = measureMoves[move]
    return by === side && (from as readonly MeasureState[]).includes(state)
  })

/** Who does not simply agree has to say why. */
export const movesWithNote: readonly MeasureMove[] = ['object', 'return', 'reopen', 'correct', 'withdraw']

/** Of which everybody reads the note: they change what was public. */
export const publicMoves = ['correct', 'withdraw'] as const satisfies readonly MeasureMove[]

/** What an organ may write in this state: the plan until it is reported, from its acceptance on only how far it has come. */
export function openFields(state: MeasureState): readonly MeasureField[] {
  if (state === 'draft' || state === 'returned') return measureFields.filter((field) => field !== 'progress')
  return state === 'accepted' ? ['progress'] : []
}

export interface MeasureProblem {
  readonly field: MeasureField
  readonly code: 'required' | 'too_long' | 'not_text' | 'not_a_day' | 'too_late'
}

/**
 * A card as it will be stored, or everything that keeps it from being. What is missing may come later. `latest`: the last
 * day that may be its deadline.
 */
export function readMeasure(typed: MeasureSheet, latest: string): Result<MeasureSheet, MeasureProblem[]> {
  const problems: MeasureProblem[] = []
  const read = (field: MeasureField): string => {
    const text = canonicalText(typed[field])
    if (!text.ok) problems.push({ field, code: 'not_text' })
    else if (field === 'due' && text.value !== '' && !isDay(text.value)) problems.push({ field, code: 'not_a_day' })
    else if (field === 'due' && text.value > latest) problems.push({ field, code: 'too_late' })
    else if ([...text.value].length > longestMeasure[field]) problems.push({ field, code: 'too_long' })
    return text.ok ? text.value : ''
  }
  const sheet = Object.fromEntries(measureFields.map((field) => [field, read(field)])) as MeasureSheet
  return problems.length === 0 ? ok(sheet) : err(problems)
}

/** What a card still lacks before the organ may move it on. */
export function missingForMove(move: 'submit' | 'finish', sheet: MeasureSheet): MeasureProblem[] {
  const needed = move === 'submit' ? measureFields.filter((field) => field !== 'progress') : (['progress'] as const)
  return needed.filter((field) => sheet[field] === '').map((field) => ({ field, code: 'required' }))
}

/**
 * By how many working days a card is behind its deadline: until the organ said that it was done, `finished`, or else until
 * today; 0 for one that is in time. Days are '2027-06-30'. A deadline on a Friday is over on the Monday.
 */
export function daysBehind({ due, finished }: { due: string; finished: string | null }, today: string): number {
  const until = finished ?? today
  return due === '' || until <= due ? 0 : workingDaysBetween(dayNumber(due), dayNumber(until))
}

const dayNumber = (day: string): number => Number(day.replaceAll('-', ''))

/** Whether a card is behind and the organ has not said that it is done. `today`: '2027-06-30'. */
export const isOverdue = ({ state, due }: { state: MeasureState; due: string }, today: string): boolean =>
  state !== 'done' && state !== 'verified' && state !== 'withdrawn' && daysBehind({ due, finished: null }, today) > 0

/** Cards of which the public is told: those the office has accepted. */
export const isPublicMeasure = (state: MeasureState): boolean =>
  state === 'accepted' || state === 'done' || state === 'verified'

const isDay = (text: string): boolean => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
