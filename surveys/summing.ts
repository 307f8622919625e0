/**
 * Summing up a cycle 汇总: all facts behind the overall scores in one text, with the figures that follow from them.
 *
 * The facts are the sums of the surveys as they may be published, and what lead departments and organs confirmed, each
 * deduction with its reason, basis and evidence. The text has one spelling, so its hash names it: made again from the same
 * facts it is the same to the last byte, and where it is not, the first place that differs is named. Some random bytes in it
 * keep anybody from guessing withheld words or numbers by their hash.
 */
import { z } from 'zod'
import type { OrganTally, ResultsDocument } from './bundle-documents.ts'
import { canonicalJson } from './canonical.ts'
import { type Difference, firstDifference } from './internal/bundle-figures.ts'
import type { GroupId } from './questionnaire.ts'

/** A confirmed score, by the codes of the organ and the indicator. */
export interface SummedReview {
  readonly organ: string
  readonly indicator: string
  /** The lead department's name in the plan, or that an organ's own assessment prevails. */
  readonly lead: string
  readonly score: string
  readonly deduction: string
  readonly reason: string
  readonly basis: string
  readonly evidence: string
}

/** What two persons decided about a measure against an organ near the limit of the lowest grade. */
export interface SummedMeasure {
  /** Code. */
  readonly organ: string
  /** As published, when it was decided. */
  readonly score: string
  readonly taken: boolean
  readonly reason: string
  readonly second: string
}

export interface SumDocument {
  readonly v: 1
  /** Codes. */
  readonly jurisdiction: string
  readonly cycle: string
  /** SHA-256 of the plan, hexadecimal. */
  readonly plan: string
  /** Random, base64url. */
  readonly salt: string
  readonly reviews: readonly SummedReview[]
  /** By the order of the organs; absent where none lies near that limit. */
  readonly measures?: readonly SummedMeasure[]
  /** Of the surveys that count. */
  readonly surveys: readonly {
    readonly sid: string
    readonly group: GroupId
    readonly manifest: string
    readonly tallies: readonly OrganTally[]
  }[]
  readonly results: ResultsDocument
}

/** The one spelling of a summing up. */
export const sumText = (document: SumDocument): string => canonicalJson(document)

/** A text that sumText has written. */
export const readSum = (text: string): SumDocument => JSON.parse(text) as SumDocument

/** The first place where two differ, and what stands there in either. */
export type SumDifference = Difference

/**
 * Where two texts of sumText differ, facts before the figures that follow from them; null where they are the same to the last
 * byte.
 */
export function sumDifference(found: string, expected: string): SumDifference | null {
  if (found === expected) return null
  const [{ results: figures, ...facts }, { results, ...others }] = [readSum(found), readSum(expected)]
  return (
    firstDifference(facts, [others], false) ??
    firstDifference(figures, [results], false, 'results') ?? { path: '', found: 'another text', expected: 'this text' }
  )
}

/** A number or grade of an organ that changed. `id` is '' for the total, else a part of the plan; null where there is none. */
export interface SumChange {
  readonly organ: string
  readonly id: string
  readonly before: string | null
  readonly after: string | null
}

/** What changed of the scores from one summing up to another, organ by organ, the total first. */
export function sumChanges(before: SumDocument, after: SumDocument): SumChange[] {
  const old = new Map(before.results.organs.map((organ) => [organ.organ, scoresOf(organ)]))
  const now = new Map(after.results.organs.map((organ) => [organ.organ, scoresOf(organ)]))
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((organ) => {
    const [earlier, later] = [old.get(organ), now.get(organ)]
    const ids = new Set([...(later?.keys() ?? []), ...(earlier?.keys() ?? [])])
    return [...ids].flatMap((id): SumChange[] => {
      const [left, right] = [earlier?.get(id) ?? null, later?.get(id) ?? null]
      return left === right ? [] : [{ organ, id, before: left, after: right }]
    })
  })
}

/** Printed scores by part, the total under ''. */
function scoresOf({ overall }: ResultsDocument['organs'][number]): ReadonlyMap<string, string | null> {
  const total = overall?.status === 'ok' ? overall.score : null
  return new Map([['', total], ...(overall?.parts ?? []).map(({ id, score }) => [id, score] as const)])
}

// ---- what two persons decide -------------------------------------------------------------------------------------------

const decision = z.discriminatedUnion('kind', [
  /** To lock these facts and figures; `sum` is the SHA-256 of their text, hexadecimal. */
  z.strictObject({
    v: z.literal(1),
    action: z.literal('result.decide'),
    kind: z.literal('lock'),
    cycle: z.string(),
    version: z.int(),
    sum: z.string(),
    salt: z.string(),
    reason: z.string(),
  }),
  /** To choose these organs as advanced units on the locked version with this hash. */
  z.strictObject({
    v: z.literal(1),
    action: z.literal('result.decide'),
    kind: z.literal('advanced'),
    cycle: z.string(),
    version: z.int(),
    sum: z.string(),
    chosen: z.array(z.string()),
    reason: z.string(),
  }),
  /** Whether a measure follows against this organ, with its score as published and its error, '' for one that is not known. */
  z.strictObject({
    v: z.literal(1),
    action: z.literal('result.decide'),
    kind: z.literal('measure'),
    cycle: z.string(),
    organ: z.string(),
    score: z.string(),
    standardError: z.string(),
    taken: z.boolean(),
    reason: z.string(),
  }),
])

export type SumDecision = z.infer<typeof decision>

/** What a payload of `result.decide` says; null where it is about something else. */
export function readSumDecision(payload: string): SumDecision | null {
  const read = decision.safeParse(JSON.parse(payload))
  return read.success ? read.data : null
}
