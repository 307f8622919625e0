/**
 * The participation audit: did the people who are counted take part at all?
 *
 * Whoever runs the machine could count people who never came. Against that an auditor draws some of the entries of the
 * roll by a seed that was announced in public after the close, so that nobody could know which entries they would be, and
 * asks these people one question: did you take part? Nobody asks how they answered, and the roll does not know it. Of n
 * people who were asked, at least one invented entry is found with probability 1 − (1 − f)^n, where f is the share of
 * invented ones. What is drawn follows from the seed and the roll alone, so it can be drawn again by hand.
 */

import { z } from 'zod'
import {
  base64url,
  canonicalJson,
  canonicalText,
  compareBytes,
  fromBase64url,
  joinBytes,
  utf8,
  visibleLength,
} from './canonical.ts'
import { halfUp, rational } from './rational.ts'
import { err, ok, type Result } from './result.ts'

// ---- contacts -----------------------------------------------------------------------------------------------------

/** So many bytes is every contact before it is sealed, whatever stands in it: its size tells nothing. */
const contactBytes = 64
/** The encapsulated key, a point of P-256. */
const pointBytes = 65
/** A sealed contact as it is stored: the encapsulated key, the padded contact, the mark of its cipher. */
export const sealedContactBytes = pointBytes + contactBytes + 16

/** A contact as it is sealed: its text, then zeros. */
export function writeContact(contact: string): Uint8Array<ArrayBuffer> {
  const text = utf8(contact)
  if (text.length === 0 || text.length > contactBytes)
    throw new RangeError(`writeContact needs 1 to ${contactBytes} bytes`)
  return joinBytes(text, new Uint8Array(contactBytes - text.length))
}

/** The phone number that was sealed; null for bytes that hold none, which must not get onto an auditor's screen. */
export function readContact(padded: Uint8Array): string | null {
  const end = padded.indexOf(0)
  const text = end < 0 ? padded : padded.subarray(0, end)
  const isPadded = padded.length === contactBytes && padded.subarray(text.length).every((byte) => byte === 0)
  const contact = String.fromCharCode(...text)
  return isPadded && /^\+[1-9]\d{5,14}$/.test(contact) ? contact : null
}

/** Binds a sealed contact to its survey. */
export const contactInfo = (survey: string): Uint8Array<ArrayBuffer> => utf8(`gp1|contact|${survey}`)

/** Binds it to its entry of the roll: it cannot be moved to another. */
export const contactContext = (survey: string, p: Uint8Array): Uint8Array<ArrayBuffer> =>
  utf8(`gp1|contact-of|${survey}|${base64url(p)}`)

/** The two parts of a stored contact; null for one of another length. */
export function splitContact(sealed: Uint8Array): { readonly enc: Uint8Array; readonly ct: Uint8Array } | null {
  if (sealed.length !== sealedContactBytes) return null
  return { enc: sealed.subarray(0, pointBytes), ct: sealed.subarray(pointBytes) }
}

// ---- the sample ---------------------------------------------------------------------------------------------------

/** How many are drawn unless the office says otherwise: 300 find one invented entry in a hundred with 95.1 %. */
export const usualSample = 300
export const largestSample = 10_000
export const seedLength = { shortest: 8, longest: 200 } as const

/** A public seed as it will be recorded; null where it is too short, too long, has several lines or holds a `|`. */
export function readSeed(typed: string): string | null {
  const text = canonicalText(typed)
  if (!text.ok || /[|\n]/.test(text.value)) return null
  const seed = text.value
  return visibleLength(seed) >= seedLength.shortest && [...seed].length <= seedLength.longest ? seed : null
}

/** What an entry of the roll is drawn by: "gp1|audit|" + S + "|" + seed + "|" + p in base64url. */
export const drawInput = (survey: string, seed: string, p: Uint8Array): Uint8Array<ArrayBuffer> =>
  utf8(`gp1|audit|${survey}|${seed}|${base64url(p)}`)

/**
 * The sample: of all entries the `size` with the smallest SHA-256 of their `drawInput`, smallest first. `roll` comes in
 * parts and in any order; `rolled` counts all of it.
 */
export async function drawSample(
  { survey, seed, size }: { readonly survey: string; readonly seed: string; readonly size: number },
  roll: AsyncIterable<readonly Uint8Array[]>,
  sha256: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<{ readonly rolled: number; readonly drawn: readonly Uint8Array[] }> {
  let rolled = 0
  let first: { readonly p: Uint8Array; readonly hash: Uint8Array }[] = []
  for await (const part of roll) {
    rolled += part.length
    for (const p of part) first.push({ p, hash: await sha256(drawInput(survey, seed, p)) })
    first = first.sort((a, b) => compareBytes(a.hash, b.hash)).slice(0, size)
  }
  return { rolled, drawn: first.map(({ p }) => p) }
}

const bytesOf = (...lengths: readonly number[]) =>
  z.string().refine((text) => lengths.includes(fromBase64url(text)?.length ?? -1))
const count = z.int().min(0)

const sampleSchema = z.strictObject({
  v: z.literal(1),
  /** "{jid}/{sid}". */
  survey: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}\/[a-z0-9][a-z0-9-]{0,39}$/),
  seed: z.string(),
  /** So many were to be drawn. */
  m: count,
  /** Entries of the roll. */
  rolled: count,
  /** Public part of the auditor's key, as the manifest names it. */
  audit_pk: bytesOf(pointBytes),
  /** In the order in which they were drawn; `ct` is null where no contact was kept. */
  rows: z.array(z.strictObject({ p: bytesOf(32), ct: bytesOf(sealedContactBytes).nullable() })),
})

/** What the auditor takes home: the entries that were drawn, with their sealed contacts. */
export type Sample = z.infer<typeof sampleSchema>

export const writeSample = (sample: Sample): string => canonicalJson(sample)

/** Reads a sample, however it is spaced. */
export function readSample(text: string): Result<Sample, 'not_a_sample'> {
  try {
    const read = sampleSchema.safeParse(JSON.parse(text))
    return read.success ? ok(read.data) : err('not_a_sample')
  } catch {
    return err('not_a_sample')
  }
}

// ---- what was found -----------------------------------------------------------------------------------------------

/** What the people said who were drawn. */
export interface Findings {
  /** Took part. */
  readonly confirmed: number
  /** Say that they did not. */
  readonly denied: number
  /** Have a contact, but did not answer, or their contact could not be opened. */
  readonly notReached: number
}

/** Whether everybody who was drawn is accounted for: those who were asked, those not reached, those without a contact. */
export function accountsForAll(
  { drawn, withoutContact }: { readonly drawn: number; readonly withoutContact: number },
  { confirmed, denied, notReached }: Findings,
): boolean {
  return confirmed + denied + notReached + withoutContact === drawn
}

/** The share of invented entries for which pages say how surely one would be found: 1 %. */
const inventedShare = { n: 1n, d: 100n }

/**
 * How surely at least one invented entry is among the people who were reached, if one in a hundred is invented: 100 ×
 * (1 − 0.99^n) in percent, with one decimal; never more than 99.9. detectionPercent(300) // '95.1'
 */
export function detectionPercent(reached: number): string {
  const { n, d } = inventedShare
  // Exact as long as it matters: 0.99^1,500 is below a millionth.
  const power = BigInt(Math.min(reached, 1_500))
  const missed = (d - n) ** power
  const percent = halfUp(rational(100n * (d ** power - missed), d ** power), 1)
  return percent === '100.0' ? '99.9' : percent
}
