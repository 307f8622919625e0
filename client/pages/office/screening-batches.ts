import type { GroupId } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { DeskMessages } from '../../messages/office-desk.ts'
import type { ShiftView } from './screening-shift.tsx'

// What the screening page says of a batch, whoever draws it.

export type TestName = 'straight_lining' | 'duplicates' | 'burst' | 'concentration' | 'pace'

/** What is to become of a batch: its slips stay in the score, or are taken out of it. */
export type Treatment = 'keep' | 'quarantine'

/** What a batch is called, and by what a form names it. */
export type BatchName = {
  test: TestName
  /** Code of the organ. */
  organ: string
  organName: string
  /** yyyymmdd, 0 where no day is kept; `dayText` is null then. */
  day: number
  dayText: string | null
  slips: number
}

export type FlaggedBatch = BatchName & {
  /** k of n, where about `expected` would be usual. */
  k: number
  n: number
  expected: string
  level: 'top' | 'lowest' | null
  p: string
  adjustedP: string
  shift: ShiftView
  /** Whether it waits for a second person already. */
  isProposed: boolean
  /** Two persons have left it in the score. */
  isKept: boolean
}

export type WaitingProposal = BatchName & {
  id: string
  treatment: Treatment
  /** SHA-256 of what is proposed, hexadecimal. */
  hash: string
  proposer: string
  isOwn: boolean
  proposed: string
  expires: string
  reason: string
  p: string | null
  adjustedP: string | null
  /** null where the screening does not flag it any more: then it cannot be approved. */
  shift: ShiftView | null
}

export type DecidedQuarantine = BatchName & {
  number: number
  p: string | null
  adjustedP: string | null
  reason: string
  proposer: string
  approver: string
  decided: string
}

export type ScreenedSurvey = {
  sid: string
  group: GroupId
  isPublished: boolean
  isSealed: boolean
  slips: number
  unreadable: number
  /** The plan's level of the adjusted p: '0.01'. */
  level: string
  /** Fewest slips that may be taken out. */
  fewest: number
  /** Tests that had something to compare. */
  made: Readonly<Record<Exclude<TestName, 'pace'>, number>>
  flagged: readonly FlaggedBatch[]
  waiting: readonly WaitingProposal[]
  decided: readonly DecidedQuarantine[]
  kept: readonly DecidedQuarantine[]
}

/** Why a batch cannot be proposed or approved. */
export type Conflict = 'too_few' | 'already_proposed' | 'decided' | 'not_flagged' | 'changed'

/** What a form wanted and why it was not done; `reason` comes back as it was typed. */
export type ScreeningProblem = {
  kind: 'reason' | 'same_person' | Conflict
  /** Id of the form: the batch's or the proposal's. */
  form: string
  reason: string
  /** Fewest slips that may be taken out. */
  fewest: number
}

/** The form about a batch, by a name that an address may hold. */
export const batchForm = (sid: string, { test, organ, day }: Pick<BatchName, 'test' | 'organ' | 'day'>): string =>
  `batch-${sid}-${test}-${organ}-${day}`

/** Fewest and most characters of a reason. */
export const reasonLength = { shortest: 10, longest: 500 } as const

export function problemText(words: DeskMessages, { kind, fewest }: Pick<ScreeningProblem, 'kind' | 'fewest'>): string {
  if (kind === 'reason') return fill(words.problemReason, reasonLength)
  if (kind === 'same_person') return words.ownProposal
  return fill(words[conflictTexts[kind]], { fewest })
}

const conflictTexts = {
  too_few: 'tooFew',
  already_proposed: 'alreadyProposed',
  decided: 'alreadyDecided',
  not_flagged: 'notFlagged',
  changed: 'contentChanged',
} as const

/** Why this can be neither proposed nor approved for a batch, whoever asks; null where it can. A handful may stay in. */
export function hindranceOf(
  { fewest }: Pick<ScreenedSurvey, 'fewest'>,
  { slips }: Pick<BatchName, 'slips'>,
  treatment: Treatment,
): 'too_few' | null {
  return treatment === 'quarantine' && slips < fewest ? 'too_few' : null
}
