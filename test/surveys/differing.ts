export type Tolerance = { readonly abs: number; readonly rel: number }

/** Places of `expected` where `got` is another value: numbers within |Δ| ≤ abs or ≤ rel·|expected|, all else exactly. */
export function differing(expected: unknown, got: unknown, tolerance: Tolerance, path = ''): string[] {
  if (typeof expected === 'number' && typeof got === 'number') {
    const distance = Math.abs(got - expected)
    const isClose = distance <= tolerance.abs || distance <= tolerance.rel * Math.abs(expected)
    return isClose ? [] : [`${path} is ${got}, not ${expected}`]
  }
  if (typeof expected === 'object' && expected !== null && typeof got === 'object' && got !== null) {
    const found = new Map(Object.entries(got))
    const lengths = Array.isArray(expected) ? differing(expected.length, found.size, tolerance, `${path}.length`) : []
    return [
      ...lengths,
      ...Object.entries(expected).flatMap(([key, value]) =>
        differing(value, found.get(key), tolerance, `${path}.${key}`),
      ),
    ]
  }
  return expected === got ? [] : [`${path} is ${got}, not ${expected}`]
}

/** How many numbers a value holds. */
export function numbersIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? 1 : 0
  return Object.values(value).reduce((sum: number, each) => sum + numbersIn(each), 0)
}
