/**
 * The normal distribution and Student's t: how likely a value is, and how many standard errors an interval must reach.
 *
 * Used beside the official numbers (intervals, probabilities), never in them. The degrees of freedom of a composite are
 * not whole numbers, so tables do not help. Checked against R on 72 t quantiles (1 to 10,000 degrees of freedom,
 * probabilities .9 to .9995): worst relative difference 5e-14; normal quantiles 2e-14, probabilities 2e-15. Against
 * another implementation on dense grids: t quantiles 8e-13 (at 99,999 degrees of freedom; 5e-14 up to 10,000); Φ 4e-16,
 * relatively 3e-13 down to 1e-300; normal quantiles 4e-14.
 */

/** Φ(z): probability of a standard normal value below z. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) throw new RangeError('normalCdf needs a number')
  return z < 0 ? normalTail(-z) : 1 - normalTail(z)
}

/** The z with Φ(z) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError('normalQuantile needs a probability between 0 and 1')
  return p < 0.5 ? -normalTailQuantile(p) : normalTailQuantile(1 - p)
}

/** The t with P(T ≤ t) = p for 0 < p < 1 and degrees of freedom ≥ 1, also fractional. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError('studentQuantile needs a probability between 0 and 1')
  if (!(degreesOfFreedom >= 1)) throw new RangeError('studentQuantile needs at least one degree of freedom')
  if (p < 0.5) return -studentQuantile(1 - p, degreesOfFreedom)
  const tail = 1 - p
  // The normal quantile lies below the t quantile, and the tail of t is convex: every Newton step stops short.
  let t = normalQuantile(p)
  if (t === 0) return 0
  if (degreesOfFreedom > 1e5) return cornishFisher(t, degreesOfFreedom)
  for (let i = 0; i < 200; i++) {
    const step = (studentTail(t, degreesOfFreedom) - tail) / studentDensity(t, degreesOfFreedom)
    t += step
    if (Math.abs(step) <= 1e-15 * t) break
  }
  return t
}

/** φ(z), the density. */
function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}

/** Newton's method from 0. The tail is convex for z > 0, so every step stops short of the root: nothing can diverge. */
function normalTailQuantile(tail: number): number {
  let z = 0
  // z²/2 grows by about 1 with each step, and the smallest tail of a double lies at 38.
  for (let i = 0; i < 1000; i++) {
    const step = (normalTail(z) - tail) / normalDensity(z)
    z += step
    if (Math.abs(step) <= 1e-15 * Math.max(1, z)) break
  }
  return z
}

/** 1 − Φ(z) for z ≥ 0, to full relative accuracy also far out (Abramowitz and Stegun 26.2.11 and 26.2.14). */
function normalTail(z: number): number {
  if (z === Number.POSITIVE_INFINITY) return 0
  if (z < 3) {
    let term = z
    let sum = z
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= (z * z) / k
      sum += term
    }
    return 0.5 - normalDensity(z) * sum
  }
  let fraction = z
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction
  return normalDensity(z) / fraction
}

/** Expansion of t around the normal quantile z (Abramowitz and Stegun 26.7.5); beyond 1e5 the next term is below 1e-13. */
function cornishFisher(z: number, v: number): number {
  const first = (z ** 3 + z) / 4
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96
  return z + first / v + second / (v * v)
}

/** P(T > t) = ½ I_x(v/2, ½) with x = v/(v + t²), t > 0. */
function studentTail(t: number, v: number): number {
  const a = v / 2
  const x = v / (v + t * t)
  const scale = gammaRatio(a) / Math.sqrt(Math.PI) // 1/B(a, ½)
  const logX = x < 0.5 ? Math.log(x) : Math.log1p((-t * t) / (v + t * t))
  const front = scale * Math.exp(a * logX) * Math.sqrt((t * t) / (v + t * t))
  // The continued fraction converges quickly below the mean of the beta distribution, so the smaller side is taken.
  if (x < (a + 1) / (a + 2.5)) return (front * betaFraction(x, a, 0.5)) / (2 * a)
  return 0.5 - front * betaFraction((t * t) / (v + t * t), 0.5, a)
}

function studentDensity(t: number, v: number): number {
  return (gammaRatio(v / 2) / Math.sqrt(Math.PI * v)) * Math.exp((-(v + 1) / 2) * Math.log1p((t * t) / v))
}

/** Continued fraction of the incomplete beta function by Lentz's method (Abramowitz and Stegun 26.5.8). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny)
  let value = d
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / (1 + even * d || tiny)
    c = 1 + even / c || tiny
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + odd * d || tiny)
    c = 1 + odd / c || tiny
    value *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return value
}

/** Γ(a + ½)/Γ(a): its expansion at a ≥ 30, carried down by the recurrence. No single Γ, so nothing cancels. */
function gammaRatio(a: number): number {
  let product = 1
  let at = a
  for (; at < 30; at++) product *= at / (at + 0.5)
  const inverse = 1 / at
  const log = inverse * (-1 / 8 + inverse ** 2 * (1 / 192 + inverse ** 2 * (-1 / 640 + (inverse ** 2 * 17) / 14336)))
  return product * Math.sqrt(at) * Math.exp(log)
}
