/**
 * Calibration: weights that let those who answered stand for the population.
 *
 * If a city has 45 percent of the people and 60 percent of the answers, its answers count less. With one margin this is
 * post-stratification; with several (city, age, sex) the weights are adjusted to one margin after the other until all
 * fit, which is called raking. Whoever did not tell a category keeps a place of the size it has in the sample. A weight
 * may be kept within bounds, so that no single person counts too much. If no such weights exist, there is no score.
 */
import type { Calibration, PopulationMargin } from '../estimate.ts'
import { add, compare, decimalString, parseRational, type Rational, rational, toNumber } from '../rational.ts'
import { MISSING } from './layout.ts'
import { generalisedInverse, type SymmetricMatrix, times } from './linear.ts'
import type { WeightingClass } from './weighting-classes.ts'

/** The margins of a design with the categories as they are used: after merging, without those that nobody is in. */
export interface PreparedMargins {
  readonly margins: readonly PreparedMargin[]
  /** Some category was so small that it was counted together with its neighbour. */
  readonly isMerged: boolean
  /** Categories that people live in and nobody answered from, as 'city=yunhu'. */
  readonly empty: readonly string[]
}

export interface PreparedMargin {
  readonly name: string
  /** The last one is `__missing` where somebody did not tell. */
  readonly categories: readonly { readonly name: string; readonly share: number }[]
  /** Per weighting class: index of its category; −1 for a class without anybody in n. */
  readonly of: Int32Array
}

export type Calibrated =
  | {
      readonly isFeasible: true
      /** Weight per slip of each class, adding up to n over the slips. */
      readonly weights: Float64Array
      /** Some weight stands on a bound. */
      readonly isBounded: boolean
    }
  | {
      readonly isFeasible: false
      /** The categories that stand in the way, as 'city=yunhu'; never those who did not tell. */
      readonly about: readonly string[]
    }

/** Margins count as met when no category is further off than this part of n. */
const TOLERANCE = 1e-12
const MOST_SWEEPS = 1_000
const MOST_STEPS = 500
const MOST_NAMED = 5

/** Merges small categories into the neighbour that the plan names and finds those that nobody answered from. */
export function prepareMargins(classes: readonly WeightingClass[], calibration: Calibration): PreparedMargins {
  if (calibration.margins.length === 0) throw new RangeError('estimateGroup needs at least one margin to calibrate to')
  if (calibration.method === 'poststratify' && calibration.margins.length > 1) {
    throw new RangeError('estimateGroup needs a single margin to post-stratify to')
  }
  let isMerged = false
  const empty: string[] = []
  const margins = calibration.margins.map((margin, place): PreparedMargin => {
    checkMarginShares(margin)
    const counts = new Map(Object.keys(margin.shares).map((name) => [name, 0]))
    let missing = 0
    for (const { margins: values, cell } of classes) {
      const value = values[place]
      if (value === MISSING) missing += cell.n
      else if (value !== undefined && counts.has(value)) counts.set(value, counts.get(value)! + cell.n)
      else throw new RangeError(`estimateGroup needs every category of the cells in the margin ${margin.name}`)
    }
    const { roots, hasMerged } = mergedCategories(margin, counts, calibration.mergeBelow ?? 0)
    isMerged ||= hasMerged
    const shares = new Map<string, Rational>()
    const sizes = new Map<string, number>()
    for (const [name, count] of counts) {
      const root = roots.get(name)!
      shares.set(root, add(shares.get(root) ?? rational(0), parseRational(margin.shares[name]!)))
      sizes.set(root, (sizes.get(root) ?? 0) + count)
    }
    const used = [...shares].filter(([name, share]) => sizes.get(name)! > 0 || share.n !== 0n)
    for (const [name] of used) if (sizes.get(name) === 0) empty.push(`${margin.name}=${name}`)
    const categories = used.map(([name, share]) => ({ name, share: toNumber(share) }))
    // No share of the population: its target is the share it has in the sample.
    if (missing > 0) categories.push({ name: MISSING, share: 0 })
    const index = new Map(categories.map(({ name }, i) => [name, i]))
    const categoryOf = (value: string) => (value === MISSING ? MISSING : roots.get(value)!)
    const of = Int32Array.from(classes, ({ margins: values, cell }) =>
      cell.n === 0 ? -1 : index.get(categoryOf(values[place]!))!,
    )
    return { name: margin.name, categories, of }
  })
  return { margins, isMerged, empty }
}

/**
 * Weights w = d·g near the base weights d with Σ w over each category = its share of n (method section 3). `base` adds up
 * to n over the slips.
 * Unbounded: iterative proportional fitting, the exact answer of g = exp(xᵀλ). Where a bound is broken:
 * g = clamp(exp(xᵀλ)) by Newton's method on λ.
 */
export function calibrate(
  classes: readonly WeightingClass[],
  base: Float64Array,
  { margins }: PreparedMargins,
  bounds: readonly [string, string] | undefined,
): Calibrated {
  const slips = Float64Array.from(classes, ({ cell }) => cell.n)
  const n = slips.reduce((sum, count) => sum + count, 0)
  const targets = margins.map((margin) => targetsOf(margin, slips, base, n))
  const problem = { slips, base, margins, targets, n }
  // Someone lives in no such category, yet slips came from it: they could count nothing at all.
  const weightless = categoriesWhere(problem, (target) => target <= 0)
  if (weightless.length > 0) return { isFeasible: false, about: weightless }
  // Where the sweeps close in too slowly, Newton's steps find the same weights.
  const swept = rake(problem)
  const raked = swept.isMet ? swept : rakeWithin(problem, 0, Infinity)
  if (bounds === undefined) {
    return raked.isMet
      ? { isFeasible: true, weights: raked.weights, isBounded: false }
      : { isFeasible: false, about: worstMisfits(problem, raked.weights) }
  }
  const [lower, upper] = bounds.map((bound) => toNumber(parseRational(bound))) as [number, number]
  if (!(lower > 0 && lower <= 1 && upper >= 1 && lower < upper)) {
    throw new RangeError('estimateGroup needs bounds with 0 < lower ≤ 1 ≤ upper')
  }
  const isInside = (weight: number, i: number) =>
    slips[i] === 0 || (weight >= lower * base[i]! && weight <= upper * base[i]!)
  const isStrictlyInside = (weight: number, i: number) =>
    slips[i] === 0 || (weight > lower * base[i]! && weight < upper * base[i]!)
  if (raked.isMet && raked.weights.every(isInside))
    return { isFeasible: true, weights: raked.weights, isBounded: false }
  const bounded = rakeWithin(problem, lower, upper)
  return bounded.isMet
    ? { isFeasible: true, weights: bounded.weights, isBounded: !bounded.weights.every(isStrictlyInside) }
    : { isFeasible: false, about: unmet(problem, bounded.weights, lower, upper) }
}

/** The columns of x that are 1: the intercept, then each class's category of every margin. */
export interface DesignColumns {
  readonly size: number
  /** Per class; empty for a class without anybody in n. */
  readonly of: readonly (readonly number[])[]
}

export function designColumns(margins: readonly PreparedMargin[], classes: number): DesignColumns {
  const starts: number[] = []
  let size = 1
  for (const { categories } of margins) {
    starts.push(size)
    size += categories.length
  }
  const of = Array.from({ length: classes }, (_, i) =>
    margins[0]!.of[i]! < 0 ? [] : [0, ...margins.map((margin, m) => starts[m]! + margin.of[i]!)],
  )
  return { size, of }
}

/** Σ weight·x xᵀ over classes, x = intercept and category indicators. */
export function crossProducts({ size, of }: DesignColumns, weights: Float64Array): SymmetricMatrix {
  const values = new Float64Array(size * size)
  for (let i = 0; i < weights.length; i++) {
    for (const row of of[i]!) for (const column of of[i]!) values[row * size + column]! += weights[i]!
  }
  return { size, values }
}

interface Problem {
  readonly slips: Float64Array
  readonly base: Float64Array
  readonly margins: readonly PreparedMargin[]
  readonly targets: readonly Float64Array[]
  readonly n: number
}

/** n·share per category; who did not tell keeps the base-weighted share s, and the others share 1 − s. */
function targetsOf({ categories, of }: PreparedMargin, slips: Float64Array, base: Float64Array, n: number) {
  const last = categories.length - 1
  const hasMissing = categories[last]?.name === MISSING
  let missing = 0
  if (hasMissing) for (let i = 0; i < of.length; i++) if (of[i] === last) missing += slips[i]! * base[i]!
  return Float64Array.from(categories, ({ share }, i) =>
    hasMissing && i === last ? missing : share * (n - (hasMissing ? missing : 0)),
  )
}

function sumsBy({ categories, of }: PreparedMargin, slips: Float64Array, weights: Float64Array): Float64Array {
  const sums = new Float64Array(categories.length)
  for (let i = 0; i < of.length; i++) if (of[i]! >= 0) sums[of[i]!]! += slips[i]! * weights[i]!
  return sums
}

function misfit({ slips, margins, targets }: Problem, weights: Float64Array): number {
  let worst = 0
  margins.forEach((margin, m) => {
    const sums = sumsBy(margin, slips, weights)
    for (let c = 0; c < sums.length; c++) worst = Math.max(worst, Math.abs(sums[c]! - targets[m]![c]!))
  })
  return worst
}

/** Only sums, products and quotients in a fixed order: the same bits on every engine. */
function rake(problem: Problem): { weights: Float64Array; isMet: boolean } {
  const { slips, base, margins, targets, n } = problem
  const weights = base.slice()
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    for (const [m, margin] of margins.entries()) {
      const sums = sumsBy(margin, slips, weights)
      if (!sums.every((sum) => sum > 0)) return { weights, isMet: false }
      for (let i = 0; i < weights.length; i++) {
        const category = margin.of[i]!
        if (category >= 0) weights[i] = (weights[i]! * targets[m]![category]!) / sums[category]!
      }
    }
    if (misfit(problem, weights) <= TOLERANCE * n) return { weights, isMet: true }
  }
  return { weights, isMet: false }
}

/**
 * Minimises the convex function whose gradient is the misfit: Φ(λ) = Σ d·G(xᵀλ) − targetᵀλ, G′ = clamp(exp). Newton's
 * step with G″ = exp inside the bounds and 0 outside; a damping term takes over where that leaves no direction.
 */
function rakeWithin(problem: Problem, lower: number, upper: number): { weights: Float64Array; isMet: boolean } {
  const { slips, base, margins, targets, n } = problem
  const columns = designColumns(margins, base.length)
  const target = Float64Array.from([n, ...targets.flatMap((each) => [...each])])
  const [low, high] = [Math.log(lower), Math.log(upper)]

  const at = (lambda: Float64Array) => {
    const weights = base.slice()
    const slope = new Float64Array(base.length)
    const gradient = Float64Array.from(target, (value) => -value)
    let value = 0
    for (let i = 0; i < target.length; i++) value -= target[i]! * lambda[i]!
    for (let i = 0; i < base.length; i++) {
      if (slips[i] === 0) continue
      let t = 0
      for (const column of columns.of[i]!) t += lambda[column]!
      const mass = slips[i]! * base[i]!
      const g = t <= low ? lower : t >= high ? upper : Math.exp(t)
      value += mass * (t <= low ? lower * (1 + t - low) : t >= high ? upper * (1 + t - high) : g)
      if (t > low && t < high) slope[i] = mass * g
      weights[i] = base[i]! * g
      for (const column of columns.of[i]!) gradient[column]! += mass * g
    }
    return {
      weights,
      slope,
      gradient,
      value,
      worst: gradient.reduce((most, each) => Math.max(most, Math.abs(each)), 0),
    }
  }

  let lambda = new Float64Array(columns.size)
  let here = at(lambda)
  let damping = 0
  for (let step = 0; step < MOST_STEPS && here.worst > TOLERANCE * n; step++) {
    const hessian = crossProducts(columns, here.slope)
    for (let i = 0; i < columns.size; i++) hessian.values[i * columns.size + i]! += damping * n
    const direction = times(generalisedInverse(hessian), here.gradient)
    const next = lambda.map((value, i) => value - direction[i]!)
    const there = at(next)
    // Near the end the function no longer changes in its last digits; then the misfit decides.
    const isBetter = there.value < here.value || (there.value <= here.value + 1e-14 * n && there.worst < here.worst)
    if (isBetter) {
      lambda = next
      here = there
      damping = damping > 1e-12 ? damping / 10 : 0
    } else damping = Math.max(1e-10, damping * 10)
    if (damping > 1e10) break
  }
  return { weights: here.weights, isMet: here.worst <= TOLERANCE * n }
}

/** Categories that need a factor outside the bounds whatever the others do; without any, the worst misfits. */
function unmet(problem: Problem, weights: Float64Array, lower: number, upper: number): string[] {
  const sums = problem.margins.map((margin) => sumsBy(margin, problem.slips, problem.base))
  const alone = categoriesWhere(problem, (target, m, c) => {
    const factor = target / sums[m]![c]!
    return factor < lower || factor > upper
  })
  return alone.length > 0 ? alone : worstMisfits(problem, weights)
}

/** The categories furthest from their share, at most as many as one can look after. */
function worstMisfits({ slips, margins, targets, n }: Problem, weights: Float64Array): string[] {
  const all = margins.flatMap((margin, m) => {
    const sums = sumsBy(margin, slips, weights)
    return margin.categories.map(({ name }, c) => ({
      name,
      about: `${margin.name}=${name}`,
      misfit: Math.abs(sums[c]! - targets[m]![c]!),
    }))
  })
  return all
    .filter(({ name, misfit }) => name !== MISSING && !(misfit <= TOLERANCE * n))
    .sort((one, other) => other.misfit - one.misfit)
    .slice(0, MOST_NAMED)
    .map(({ about }) => about)
}

function categoriesWhere(
  { margins, targets }: Problem,
  holds: (target: number, margin: number, category: number) => boolean,
): string[] {
  return margins.flatMap(({ name, categories }, m) =>
    categories
      .filter((category, c) => category.name !== MISSING && holds(targets[m]![c]!, m, c))
      .map((category) => `${name}=${category.name}`),
  )
}

/** Per category the one it is counted with, itself unless it was merged. */
function mergedCategories(margin: PopulationMargin, counts: ReadonlyMap<string, number>, mergeBelow: number) {
  const roots = new Map([...counts.keys()].map((name) => [name, name]))
  const rootOf = (name: string): string => (roots.get(name) === name ? name : rootOf(roots.get(name)!))
  const sizes = new Map(counts)
  const isEmptyShare = (name: string) => parseRational(margin.shares[name]!).n === 0n
  let hasMerged = false
  const mergeOne = (): boolean => {
    // The smallest first, so that the order in which a table lists its categories decides only among equals.
    const bySize = [...counts.keys()].sort((a, b) => sizes.get(a)! - sizes.get(b)!)
    for (const name of bySize) {
      if (roots.get(name) !== name || sizes.get(name)! >= mergeBelow) continue
      if (sizes.get(name) === 0 && isEmptyShare(name)) continue
      const neighbour = margin.mergeInto?.[name]
      if (neighbour === undefined || !counts.has(neighbour) || rootOf(neighbour) === name) continue
      const into = rootOf(neighbour)
      roots.set(name, into)
      sizes.set(into, sizes.get(into)! + sizes.get(name)!)
      return true
    }
    return false
  }
  while (mergeOne()) hasMerged = true
  return { roots: new Map([...counts.keys()].map((name) => [name, rootOf(name)])), hasMerged }
}

function checkMarginShares({ name, shares }: PopulationMargin): void {
  let sum = rational(0)
  for (const text of Object.values(shares)) {
    const share = parseRational(text)
    if (compare(share, rational(0)) < 0) throw new RangeError(`estimateGroup needs shares from 0 on in margin ${name}`)
    sum = add(sum, share)
  }
  if (decimalString(sum) !== '1') throw new RangeError(`estimateGroup needs shares that add up to 1 in margin ${name}`)
}
