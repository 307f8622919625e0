/**
 * How likely each place is for each of several organs whose true scores are known up to a normal error.
 *
 * Suppose the true score of one organ were known. Then each other organ stands above it with a known probability,
 * independently, and the number above follows by adding one organ after the other. The true score is not known, so this
 * is done for some thousand possible values of it, and the results are averaged by how likely each value is.
 */
import { normalCdf } from '../distributions.ts'

/** Farther than 9 standard errors a normal value lies with probability 1e-19: never, in double precision. */
const reach = 9
/** Entries of the table of Φ per standard error. */
const perUnit = 256

/**
 * P(place k) for k = 1 … `places` and, as the last entry of each row, P(a later place). `differences[i][j]` = Y_i − Y_j,
 * 0 only for equal scores; standard errors of 0 are allowed. Fastest for organs sorted by score, highest first.
 * P(place_i = k) = ∫ φ(u) PB_{k−1}({1 − Φ((Y_i + s_i u − Y_j)/s_j)}_{j≠i}) du, PB the Poisson-binomial distribution.
 */
export function placeProbabilities(
  differences: readonly (readonly number[])[],
  errors: readonly number[],
  places: number,
): Float64Array[] {
  const table = normalTable()
  return errors.map((error, i) => {
    const others = errors.flatMap((other, j) => (j === i ? [] : [{ difference: differences[i]![j]!, error: other }]))
    return error === 0 ? withoutError(others, places) : averaged(error, others, places, table)
  })
}

interface Other {
  /** How far the organ in question stands above this one. */
  readonly difference: number
  readonly error: number
}

/** An organ without sampling error is one node; equals of the same kind share their places evenly. */
function withoutError(others: readonly Other[], places: number): Float64Array {
  const counts = new Float64Array(places + 1)
  counts[0] = 1
  let filled = 0
  let above = 0
  let equals = 0
  for (const { difference, error } of others) {
    if (error > 0) filled = addOrgan(counts, filled, normalCdf(-difference / error))
    else if (difference < 0) above += 1
    else if (difference === 0) equals += 1
  }
  const sum = new Float64Array(places + 1)
  for (let shift = 0; shift <= equals; shift++) addShifted(sum, counts, filled, above + shift, 1 / (equals + 1))
  return sum
}

/** An organ with sampling error: the average over its possible true scores Y + s·u. */
function averaged(error: number, others: readonly Other[], places: number, table: NormalTable): Float64Array {
  // Organs without error stand above it while u is below their cut.
  const cuts = others.filter((other) => other.error === 0).map(({ difference }) => -difference / error)
  const uncertain = others.filter((other) => other.error > 0)
  const offsets = Float64Array.from(uncertain, (other) => other.difference / other.error)
  const slopes = Float64Array.from(uncertain, (other) => error / other.error)
  const { tails, densities } = table
  const sum = new Float64Array(places + 1)
  const counts = new Float64Array(places + 1)
  for (const { from, nodes, weights } of pieces(cuts, offsets, slopes)) {
    const cutsAbove = cuts.filter((cut) => cut > from).length
    for (let node = 0; node < nodes.length; node++) {
      const u = nodes[node]!
      counts.fill(0)
      counts[0] = 1
      let filled = 0
      let above = cutsAbove
      for (let j = 0; j < offsets.length && above < places; j++) {
        const z = offsets[j]! + slopes[j]! * u
        if (z <= -reach) above += 1
        else if (z < reach) {
          // 1 − Φ(z) by its Taylor series around the nearest entry of the table; the next term is below 3e-16.
          const entry = Math.round((z + reach) * perUnit)
          const at = entry / perUnit - reach
          const d = z - at
          const bend = at / 2 - d * ((at * at - 1) / 6 - (d * at * (at * at - 3)) / 24)
          filled = addOrgan(counts, filled, tails[entry]! - densities[entry]! * d * (1 - d * bend))
        }
      }
      addShifted(sum, counts, filled, above, weights[node]!)
    }
  }
  return sum
}

/** A stretch of u without jumps. */
interface Piece {
  readonly from: number
  readonly nodes: Float64Array
  /** Weight of each node, the normal density included. */
  readonly weights: Float64Array
}

/**
 * Where φ(u)·PB(u) is evaluated. It is smooth and vanishes at both ends, so the trapezoid rule is exact to rounding as
 * soon as its step h is small enough: its error is of the order exp(−2π²/(h²S)), S = 1 + Σ slope², here exp(−50). The
 * method's 4,001 nodes give the same digits. An organ without error, or with less than a hundredth of this one's, makes
 * a jump: the range is cut around it, and Gauss's rule takes each piece.
 */
function pieces(cuts: readonly number[], offsets: Float64Array, slopes: Float64Array): Piece[] {
  const edges = [...cuts]
  offsets.forEach((offset, j) => {
    const slope = slopes[j]!
    if (slope > 100) edges.push((-offset - reach) / slope, -offset / slope, (-offset + reach) / slope)
  })
  const inside = edges.filter((edge) => Math.abs(edge) < reach).sort((a, b) => a - b)
  const steepness = Math.sqrt(slopes.reduce((sum, slope) => sum + (slope > 100 ? 0 : slope * slope), 1))
  if (inside.length === 0) return [trapezoids(Math.ceil((2 * reach * steepness) / (Math.PI / 5)))]
  return [...inside, reach].flatMap((to, i) => {
    const from = inside[i - 1] ?? -reach
    return to > from ? [gaussPanels(from, to, Math.max(20, Math.ceil(2 * (to - from) * steepness)))] : []
  })
}

function trapezoids(panels: number): Piece {
  const step = (2 * reach) / panels
  // The weights of the two ends, half as large, vanish.
  const nodes = Float64Array.from({ length: panels + 1 }, (_, node) => node * step - reach)
  return { from: -reach, nodes, weights: nodes.map((u) => step * normalDensity(u)) }
}

/** Gauss's rule with five nodes in each of equal panels. */
function gaussPanels(from: number, to: number, panels: number): Piece {
  const half = (to - from) / panels / 2
  const length = panels * gauss.length
  const nodes = Float64Array.from({ length }, (_, k) => {
    const panel = Math.floor(k / gauss.length)
    return from + half * (2 * panel + 1 + gauss[k % gauss.length]![0])
  })
  return { from, nodes, weights: nodes.map((u, k) => half * gauss[k % gauss.length]![1] * normalDensity(u)) }
}

/** Nodes and weights on −1 … 1 (Abramowitz and Stegun, table 25.4). */
const gauss: readonly (readonly [number, number])[] = [
  [-0.906179845938664, 0.23692688505618908],
  [-0.5384693101056831, 0.47862867049936647],
  [0, 0.5688888888888889],
  [0.5384693101056831, 0.47862867049936647],
  [0.906179845938664, 0.23692688505618908],
]

/**
 * Adds one organ that stands above with probability p to the distribution of the number above; the last entry collects
 * "too many to list". Returns the highest number now possible.
 */
function addOrgan(counts: Float64Array, filled: number, p: number): number {
  const last = counts.length - 1
  const top = filled < last ? filled + 1 : last
  counts[top]! += p * counts[top - 1]!
  for (let c = top - 1; c > 0; c--) counts[c]! += p * (counts[c - 1]! - counts[c]!)
  counts[0]! -= p * counts[0]!
  return top
}

/** Adds weight · P(number above = c) to place c + above. */
function addShifted(sum: Float64Array, counts: Float64Array, filled: number, above: number, weight: number): void {
  const last = sum.length - 1
  for (let c = 0; c <= filled; c++) sum[Math.min(c + above, last)]! += weight * counts[c]!
}

interface NormalTable {
  /** 1 − Φ(z) and φ(z) for z = −9, −9 + 1/256, … 9. */
  readonly tails: Float64Array
  readonly densities: Float64Array
}

function normalTable(): NormalTable {
  const grid = Float64Array.from({ length: 2 * reach * perUnit + 1 }, (_, entry) => entry / perUnit - reach)
  return { tails: grid.map((z) => normalCdf(-z)), densities: grid.map(normalDensity) }
}

function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}
