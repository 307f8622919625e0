/**
 * How rarely chance alone brings a count this high: the upper tails of two distributions of counts.
 *
 * Neighbouring probabilities of both distributions differ by a simple factor. So all of them are built up from a highest
 * one by multiplication, and the tail is its share of their sum. No logarithm of a factorial enters: small differences
 * of two large ones lose digits (with ln Γ by Lanczos, an error of 3e-11 for a pool of 20,000 and of 5e-6 at ρ = 1e-9).
 * Against exact fractions the worst relative error was 3e-15 for 1,500 hypergeometric tails (pools to 20,000, tails to
 * 1e-287) and 4e-14 for 1,200 beta-binomial ones (to 2,000 slips, ρ from 1e-9 to 1 − 1e-9, tails to 1e-182).
 * A tail below 1e-308 is 0.
 */

/**
 * P(X ≥ k) for the marked ones among n that are drawn without putting back from a pool with `marked` of `size`.
 * hypergeometricTail(2, 2, { marked: 2, size: 4 }) // 1/6
 */
export function hypergeometricTail(
  k: number,
  n: number,
  pool: { readonly marked: number; readonly size: number },
): number {
  const { marked, size } = pool
  if (![k, n, marked, size].every(Number.isSafeInteger) || n < 0 || marked < 0 || n > size || marked > size) {
    throw new RangeError('hypergeometricTail needs whole numbers and a batch and marked ones that are in the pool')
  }
  const low = Math.max(0, n - (size - marked))
  const high = Math.min(n, marked)
  const mode = Math.floor(((n + 1) * (marked + 1)) / (size + 2))
  const step = (j: number) => ((marked - j) * (n - j)) / ((j + 1) * (size - marked - n + j + 1))
  return upperTail(k, low, high, Math.min(high, Math.max(low, mode)), step)
}

/**
 * P(X ≥ k) of n, each counted with a chance that is the same inside one draw and varies around `share` between draws;
 * ρ is the correlation of two inside a draw. a = π(1−ρ)/ρ, b = (1−π)(1−ρ)/ρ, P(j) = C(n, j)·B(j+a, n−j+b)/B(a, b).
 * betaBinomialTail(2, 2, 0.5, 1 / 3) // 1/3: with a = b = 1 every count from 0 to n is equally likely
 */
export function betaBinomialTail(k: number, n: number, share: number, rho: number): number {
  if (!Number.isSafeInteger(k) || !Number.isSafeInteger(n) || n < 0) {
    throw new RangeError('betaBinomialTail needs whole numbers')
  }
  if (!(share > 0 && share < 1 && rho > 0 && rho < 1)) {
    throw new RangeError('betaBinomialTail needs a share and a correlation between 0 and 1')
  }
  const a = (share * (1 - rho)) / rho
  const b = ((1 - share) * (1 - rho)) / rho
  const step = (j: number) => ((n - j) * (j + a)) / ((j + 1) * (n - j - 1 + b))
  // Probabilities rise as long as j(a + b − 2) < n(a − 1) + 1 − b. For a + b ≤ 2 they are highest at an end.
  const peak = Math.ceil((n * (a - 1) + 1 - b) / (a + b - 2))
  const start = a + b > 2 ? Math.min(n, Math.max(0, peak)) : a > b ? n : 0
  return upperTail(k, 0, n, start, step)
}

/** Counts `low` … `high`, `start` being a highest point; `step(j)` is P(j + 1)/P(j). */
function upperTail(k: number, low: number, high: number, start: number, step: (j: number) => number): number {
  if (k <= low) return 1
  if (k > high) return 0
  let tail = 0
  let rest = 0
  const count = (j: number, probability: number) => {
    if (j >= k) tail += probability
    else rest += probability
  }
  count(start, 1)
  let probability = 1
  for (let j = start; j < high && probability > 0; j++) {
    probability *= step(j)
    count(j + 1, probability)
  }
  probability = 1
  for (let j = start - 1; j >= low && probability > 0; j--) {
    probability /= step(j)
    count(j, probability)
  }
  return tail / (tail + rest)
}
