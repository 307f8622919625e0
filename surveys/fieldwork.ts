/**
 * Fieldwork: how far a survey has come, told by counts of those who took part and by nothing of what they said.
 *
 * Three questions are asked while people answer. How many are still wanted, group by group and stratum by stratum? What
 * share of those on a list has answered, by a definition that others use as well? And on which days did unusually many
 * come through one channel, or about one organ? A day that stands out accuses nobody: somebody looks at it.
 */
import { verifiedCells } from './design.ts'
import { bursts } from './internal/bursts.ts'
import type { Plan } from './plan.ts'
import type { GroupId } from './questionnaire.ts'
import { halfUp, parseRational, rational, toNumber } from './rational.ts'
import { benjaminiHochberg, type Finding } from './screening.ts'

/** How far a verified cell has come. */
export interface CellProgress {
  readonly cell: string
  readonly received: number
  readonly target: number
  /** Whether the target is a quota, after which nobody new begins. */
  readonly isQuota: boolean
  /** How many are still wanted; 0 once the target is reached. */
  readonly remaining: number
}

/**
 * The cells of a group against their targets: the plan's quota where it has one, else all people of the cell. A stratum
 * whose people nobody has counted yet has the target 0.
 */
export function progressOf(
  plan: Plan,
  group: GroupId,
  people: readonly { readonly cell: string; readonly expected: number }[],
  received: ReadonlyMap<string, number>,
): CellProgress[] {
  const quota = plan.groups[group].quota ?? {}
  const expected = new Map(people.map((each) => [each.cell, each.expected]))
  return verifiedCells(plan, group).map((cell) => {
    const target = quota[cell] ?? expected.get(cell) ?? 0
    const n = received.get(cell) ?? 0
    return { cell, received: n, target, isQuota: quota[cell] !== undefined, remaining: Math.max(0, target - n) }
  })
}

/** What became of the people of a list, in the words of AAPOR's Standard Definitions. */
export interface Dispositions {
  /** I: a response is there. The questionnaire demands its main question, so there are no partial ones (P). */
  readonly complete: number
  /** R, NC, O: on the list and without a response, for whatever reason. */
  readonly silent: number
  /** UH, UO: not reached by any way, so that nobody knows whether they are still who the list says. */
  readonly unreached: number
}

/** The people of a list by what became of them; those who answered although a message came back are complete. */
export function dispositionsOf(counts: {
  readonly listed: number
  readonly complete: number
  readonly returned: number
}): Dispositions {
  const open = Math.max(0, counts.listed - counts.complete)
  const unreached = Math.min(open, counts.returned)
  return { complete: counts.complete, silent: open - unreached, unreached }
}

/**
 * AAPOR's Response Rate 1, in percent with one decimal, half-up: I ÷ ((I + P) + (R + NC + O) + (UH + UO)), the lowest of
 * the six, since everybody who could not be reached counts as eligible. null for an empty list.
 * responseRate({ complete: 30, silent: 15, unreached: 5 }) // '60.0'
 */
export function responseRate({ complete, silent, unreached }: Dispositions): string | null {
  const all = complete + silent + unreached
  return all === 0 ? null : halfUp(rational(BigInt(complete) * 100n, BigInt(all)), 1)
}

/**
 * Whether so few have answered that somebody should look: less than four fifths of what an even pace would have brought.
 * `elapsed` is the part of the fieldwork that is over, 0 to 1.
 */
// Four fifths is judgement: people answer late, and a warning that always stands there is read by nobody.
export const isBehind = ({ received, target }: Pick<CellProgress, 'received' | 'target'>, elapsed: number): boolean =>
  target > 0 && received < 0.8 * target * Math.min(1, elapsed)

/** What takes part in the comparison of days: a channel, or an organ about which people answer. */
export interface ArrivalUnit {
  readonly kind: 'channel' | 'organ'
  /** The code of the channel or the organ. */
  readonly unit: string
}

export interface Arrivals extends ArrivalUnit {
  /** yyyymmdd */
  readonly day: number
  readonly n: number
}

/** A day on which unusually many came: k of the day's n, where the unit's share of all days makes one expect so many. */
export interface ArrivalPrompt extends ArrivalUnit, Pick<Finding, 'k' | 'n' | 'expected' | 'p'> {
  readonly day: number
  /** p adjusted over all tests of the survey (Benjamini and Hochberg): what the plan's level is held against. */
  readonly q: number
}

/**
 * The days that stand out (method section 14, arrival burst): given how many came on the day by all channels, how rarely
 * chance brings so many to this one, and likewise for organs. Prompts have q ≤ `level` ('0.01'), the least likely first.
 * `tests` says how many were made; a single channel, or a single day, leaves nothing to compare.
 */
export function arrivalPrompts(
  arrivals: readonly Arrivals[],
  level: string,
): { readonly tests: number; readonly prompts: readonly ArrivalPrompt[] } {
  const made = (['channel', 'organ'] as const).flatMap((kind) => {
    const own = arrivals.filter((each) => each.kind === kind && each.n > 0)
    const units = [...new Set(own.map(({ unit }) => unit))].sort()
    const slips = own.map(({ unit, day, n }) => {
      return { organ: units.indexOf(unit), channel: null, day, answers: '', slips: n }
    })
    return bursts(slips).map((found) => ({ ...found, kind, unit: units[found.batch.organ]! }))
  })
  const asked = made.filter(({ isWholePool }) => !isWholePool)
  const adjusted = benjaminiHochberg(asked.map(({ p }) => p))
  const limit = toNumber(parseRational(level))
  const prompts = asked.map(({ kind, unit, batch, k, n, expected, p }, i): ArrivalPrompt => {
    return { kind, unit, day: batch.day!, k, n, expected, p, q: adjusted[i]! }
  })
  return { tests: asked.length, prompts: prompts.filter(({ q }) => q <= limit).sort((a, b) => a.q - b.q || a.p - b.p) }
}
