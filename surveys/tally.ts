/**
 * Counting: from single slips to the sums that every score is made of.
 *
 * A slip is one person's answers about one organ. It is added to a cell as a whole, and a cell holds nothing but
 * whole-number sums: how many slips, how many valid answers, how many points, how often each level. Sums do not care
 * about order, so several counters can work side by side, a cell can be moved or taken back as a whole, and a recount
 * from the slips must give the same numbers exactly. Nothing here knows who answered, or when.
 */
import { answerQuestions } from './answers.ts'
import { pack, unpack } from './internal/varint.ts'
import type { Questionnaire } from './questionnaire.ts'
import { multiply, parseRational, type Rational, rational, toNumber } from './rational.ts'

/** What is counted: the rating questions in file order and their points. */
export interface TallySpec {
  readonly questions: readonly RatedQuestion[]
  /** Points are whole numbers of 1/pointScale: 1 for whole points, 10 or 100 where the scale has decimals. */
  readonly pointScale: number
}

export interface RatedQuestion {
  readonly id: string
  /** Index in the slip array. */
  readonly position: number
  /** Relative weight in the group score, a whole number; 0 = reported, never scored. */
  readonly weight: number
  /** Answer values that earn points, best first; every other value but 0 (don't know) and −1 (blank) is an error. */
  readonly levels: readonly number[]
  /** Points of each level, in the same order, in units of 1/pointScale. */
  readonly points: readonly number[]
}

/** First moments of the slips of one weighting cell. Every value is a whole number ≥ 0. */
export interface Cell {
  /** Slips received, also those without any valid answer. */
  slips: number
  /** Slips with a valid answer to at least one question of weight > 0: the n of every estimate. */
  n: number
  /** One entry per question of the spec, in its order. */
  questions: QuestionSums[]
}

export interface QuestionSums {
  /** Valid answers of slips that are in the cell's n (for a question of weight > 0: the sum of `levels`). */
  n: number
  /** Sum of their points, in units of 1/pointScale. */
  s: number
  /** Count of each level over all slips, in spec order. */
  levels: number[]
  /** Don't-know answers over all slips; blank = slips − levels − dontKnow. */
  dontKnow: number
}

/**
 * Second moments, for standard errors: Σ z zᵀ over the slips in n, with z = (r₁, r₁v₁, …, r_Q, r_Qv_Q), r = 1 for a
 * valid answer and v its points (method section 2).
 */
export interface Moments {
  /** All slips added, so that moments which lag behind their cell are noticed. */
  slips: number
  /** Upper triangle, row by row: Q(2Q+1) whole numbers. */
  m: number[]
}

/** Answer code of 不了解: known, but not an answer. */
const DONT_KNOW = 0
/** Answer code of a question left blank or not asked. */
const BLANK = -1

/**
 * What to count for a questionnaire: its ratings in the order of the slip array, with the points of their scales.
 * The option without a score must have the value 0, and no other option may; throws otherwise.
 */
export function tallySpec(questionnaire: Questionnaire): TallySpec {
  const scores = questionnaire.scales.flatMap((scale) => scale.options.map((option) => exactScore(option.score)))
  const pointScale = [1, 10, 100].find((unit) =>
    scores.every((score) => score === null || inUnits(score, unit).d === 1n),
  )
  if (pointScale === undefined) throw new RangeError('tallySpec needs scores with at most two decimals')
  const questions = answerQuestions(questionnaire).flatMap((question, position): RatedQuestion[] => {
    if (question.type !== 'rating') return []
    const scale = questionnaire.scales.find(({ id }) => id === question.scale)
    if (!scale) throw new RangeError(`tallySpec needs the scale of question ${question.id}`)
    const levels: number[] = []
    const points: number[] = []
    for (const option of scale.options) {
      const score = exactScore(option.score)
      if ((option.value === DONT_KNOW) !== (score === null)) {
        throw new RangeError(`tallySpec needs the value 0 for the option without a score in scale ${scale.id}`)
      }
      if (score === null) continue
      levels.push(option.value)
      points.push(toNumber(inUnits(score, pointScale)))
    }
    return [{ id: question.id, position, weight: question.weight, levels, points }]
  })
  if (!questions.some(({ weight }) => weight > 0)) throw new RangeError('tallySpec needs a question of weight > 0')
  return { questions, pointScale }
}

/** The cell of no slips, to which others are added. */
export function emptyCell(spec: TallySpec): Cell {
  return {
    slips: 0,
    n: 0,
    questions: spec.questions.map((question) => ({
      n: 0,
      s: 0,
      levels: question.levels.map(() => 0),
      dontKnow: 0,
    })),
  }
}

/** The second moments of no slips: all 2Q(2Q+1)/2 numbers are 0. */
export function emptyMoments(spec: TallySpec): Moments {
  return { slips: 0, m: new Array<number>(momentCount(spec)).fill(0) }
}

/** Adds one slip to the cell, in place. Throws, leaving the cell as it was, for a value the question does not have. */
export function addSlip(spec: TallySpec, cell: Cell, a: readonly number[]): void {
  const counts = countsAsResponse(spec, a)
  cell.slips += 1
  if (counts) cell.n += 1
  for (let q = 0; q < spec.questions.length; q++) {
    const question = spec.questions[q]!
    const sums = cell.questions[q]!
    const level = question.levels.indexOf(a[question.position]!)
    if (level >= 0) {
      sums.levels[level]! += 1
      // A slip outside n has no weight: its answers to unscored questions are level counts only.
      if (counts) {
        sums.n += 1
        sums.s += question.points[level]!
      }
    } else if (a[question.position] === DONT_KNOW) sums.dontKnow += 1
  }
}

/** Sums and second moments of the same slips. */
export interface Counted {
  readonly sums: Cell
  readonly moments: Moments
}

/** Sums and second moments of a number of slips with the same answers; throws as addSlip does. */
export function countSlips(spec: TallySpec, a: readonly number[], slips: number): Counted {
  const counted = { sums: emptyCell(spec), moments: emptyMoments(spec) }
  for (let i = 0; i < slips; i++) {
    addSlip(spec, counted.sums, a)
    addSlipMoments(spec, counted.moments, a)
  }
  return counted
}

/** The answers of a slip from the text that is stored: slipAnswers('[5,4,-1]') // [5, 4, -1] */
export function slipAnswers(stored: string): readonly number[] {
  return JSON.parse(stored) as number[]
}

/** Adds one slip to the second moments, in place; throws as addSlip does. */
export function addSlipMoments(spec: TallySpec, moments: Moments, a: readonly number[]): void {
  const counts = countsAsResponse(spec, a)
  moments.slips += 1
  if (!counts) return
  const { questions } = spec
  const { m } = moments
  const width = 2 * questions.length
  for (let q = 0; q < questions.length; q++) {
    const v = pointsOf(questions[q]!, a)
    if (v === undefined) continue
    // Row 2q belongs to r_q, row 2q + 1 to r_q·v_q; the triangle stores of each row the part from the diagonal on.
    const answered = rowStart(2 * q, width) - 2 * q
    const scored = rowStart(2 * q + 1, width) - (2 * q + 1)
    m[answered + 2 * q]! += 1
    m[answered + 2 * q + 1]! += v
    m[scored + 2 * q + 1]! += v * v
    for (let p = q + 1; p < questions.length; p++) {
      const u = pointsOf(questions[p]!, a)
      if (u === undefined) continue
      m[answered + 2 * p]! += 1
      m[answered + 2 * p + 1]! += u
      m[scored + 2 * p]! += v
      m[scored + 2 * p + 1]! += v * u
    }
  }
}

/** Entry (row, column) of the symmetric matrix M, rows and columns 0 … 2Q − 1. */
export function momentAt(spec: TallySpec, moments: Moments, row: number, column: number): number {
  const low = Math.min(row, column)
  const value = moments.m[rowStart(low, 2 * spec.questions.length) + Math.max(row, column) - low]
  if (value === undefined) throw new RangeError('momentAt needs a row and a column of the matrix')
  return value
}

/** Adds `part` to `into`, in place. Merging in any order gives the same cell. */
export function mergeCell(into: Cell, part: Cell): void {
  combineCell('mergeCell', into, part, 1)
}

/** Takes `part` out of `from`, in place, as if its slips had never been added; throws where `from` does not hold it. */
export function subtractCell(from: Cell, part: Cell): void {
  combineCell('subtractCell', from, part, -1)
}

/** Adds `part` to `into`, in place. */
export function mergeMoments(into: Moments, part: Moments): void {
  requireSameLength('mergeMoments', into.m, part.m)
  into.slips += part.slips
  for (let i = 0; i < into.m.length; i++) into.m[i]! += part.m[i]!
}

/** Takes `part` out of `from`, in place; throws where `from` does not hold it. */
export function subtractMoments(from: Moments, part: Moments): void {
  requireSameLength('subtractMoments', from.m, part.m)
  if (part.slips > from.slips || part.m.some((value, i) => value > from.m[i]!)) throw notHeld('subtractMoments')
  from.slips -= part.slips
  for (let i = 0; i < from.m.length; i++) from.m[i]! -= part.m[i]!
}

/**
 * The cell as bytes: unsigned LEB128 numbers in the order slips, n, then per question n, s, levels, dontKnow.
 * Seven questions with counts below 16,384 take at most 123 bytes (whole points up to 100).
 */
export function packCell(cell: Cell): Uint8Array<ArrayBuffer> {
  const values = [cell.slips, cell.n]
  for (const sums of cell.questions) values.push(sums.n, sums.s, ...sums.levels, sums.dontKnow)
  return pack('packCell', values)
}

/** Reads packCell's bytes back; throws where they do not fit the questions of the spec. */
export function unpackCell(spec: TallySpec, bytes: Uint8Array): Cell {
  const count = spec.questions.reduce((sum, question) => sum + 3 + question.levels.length, 2)
  const values = unpack('unpackCell', bytes, count)
  let next = 2
  const questions = spec.questions.map((question) => {
    const levelsAt = next + 2
    const dontKnowAt = levelsAt + question.levels.length
    const sums = {
      n: values[next]!,
      s: values[next + 1]!,
      levels: values.slice(levelsAt, dontKnowAt),
      dontKnow: values[dontKnowAt]!,
    }
    next = dontKnowAt + 1
    return sums
  })
  return { slips: values[0]!, n: values[1]!, questions }
}

/** The second moments as bytes: slips, then the triangle, unsigned LEB128. */
export function packMoments(moments: Moments): Uint8Array<ArrayBuffer> {
  return pack('packMoments', [moments.slips, ...moments.m])
}

/** Reads packMoments' bytes back; throws where they do not fit the questions of the spec. */
export function unpackMoments(spec: TallySpec, bytes: Uint8Array): Moments {
  const [slips, ...m] = unpack('unpackMoments', bytes, 1 + momentCount(spec))
  return { slips: slips!, m }
}

function exactScore(score: number | string | null): Rational | null {
  return score === null ? null : parseRational(String(score))
}

function inUnits(score: Rational, pointScale: number): Rational {
  return multiply(score, rational(pointScale))
}

/** Whether the slip has a valid answer to a question of weight > 0; checks every value before anything is counted. */
function countsAsResponse(spec: TallySpec, a: readonly number[]): boolean {
  let counts = false
  for (let q = 0; q < spec.questions.length; q++) {
    const question = spec.questions[q]!
    const value = a[question.position]
    if (value !== DONT_KNOW && value !== BLANK) {
      if (value === undefined || !question.levels.includes(value)) {
        throw new RangeError(`addSlip needs a level, 0 or -1 for question ${question.id}`)
      }
      if (question.weight > 0) counts = true
    }
  }
  return counts
}

function pointsOf(question: RatedQuestion, a: readonly number[]): number | undefined {
  const level = question.levels.indexOf(a[question.position]!)
  return level < 0 ? undefined : question.points[level]
}

function momentCount(spec: TallySpec): number {
  const q = spec.questions.length
  return q * (2 * q + 1)
}

/** Index of the diagonal entry of a row in the stored triangle of a width × width matrix. */
function rowStart(row: number, width: number): number {
  return row * width - (row * (row - 1)) / 2
}

function combineCell(caller: string, into: Cell, part: Cell, sign: 1 | -1): void {
  requireSameLength(caller, into.questions, part.questions)
  for (let q = 0; q < into.questions.length; q++) {
    requireSameLength(caller, into.questions[q]!.levels, part.questions[q]!.levels)
  }
  if (sign === -1 && !holds(into, part)) throw notHeld(caller)
  into.slips += sign * part.slips
  into.n += sign * part.n
  for (let q = 0; q < into.questions.length; q++) {
    const sums = into.questions[q]!
    const other = part.questions[q]!
    sums.n += sign * other.n
    sums.s += sign * other.s
    sums.dontKnow += sign * other.dontKnow
    for (let l = 0; l < sums.levels.length; l++) sums.levels[l]! += sign * other.levels[l]!
  }
}

function holds(cell: Cell, part: Cell): boolean {
  return (
    part.slips <= cell.slips &&
    part.n <= cell.n &&
    part.questions.every((other, q) => {
      const sums = cell.questions[q]!
      return (
        other.n <= sums.n &&
        other.s <= sums.s &&
        other.dontKnow <= sums.dontKnow &&
        other.levels.every((count, l) => count <= sums.levels[l]!)
      )
    })
  )
}

function requireSameLength(caller: string, a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length !== b.length) throw new RangeError(`${caller} needs two tallies of the same questions`)
}

function notHeld(caller: string): RangeError {
  return new RangeError(`${caller} needs a part whose slips were added before`)
}
