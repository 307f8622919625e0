// Solving the normal equations of weighting: small, symmetric, and usually singular, because the categories of every
// margin add up to the same total.

/** A symmetric matrix of `size` rows, row by row. */
export interface SymmetricMatrix {
  readonly size: number
  readonly values: Float64Array
}

/** Pivots below this part of the largest diagonal entry are rounding noise: that column depends on the others. */
const DEPENDENT = 1e-11

/**
 * A generalised inverse of a positive semidefinite matrix by Gauss–Jordan elimination: A G A = A. The largest diagonal
 * entry left is the next pivot; rows and columns that depend on others stay 0.
 */
export function generalisedInverse({ size, values }: SymmetricMatrix): SymmetricMatrix {
  const a = values.slice()
  const isSwept = new Uint8Array(size)
  let largest = 0
  for (let i = 0; i < size; i++) largest = Math.max(largest, a[i * size + i]!)
  for (;;) {
    let pivot = -1
    for (let i = 0; i < size; i++) {
      if (isSwept[i] === 0 && (pivot < 0 || a[i * size + i]! > a[pivot * size + pivot]!)) pivot = i
    }
    if (pivot < 0 || !(a[pivot * size + pivot]! > DEPENDENT * largest)) break
    isSwept[pivot] = 1
    sweep(a, size, pivot)
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) if (isSwept[i] === 0 || isSwept[j] === 0) a[i * size + j] = 0
  }
  return { size, values: a }
}

/** G·v. */
export function times({ size, values }: SymmetricMatrix, vector: ArrayLike<number>): Float64Array {
  const product = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let j = 0; j < size; j++) sum += values[i * size + j]! * vector[j]!
    product[i] = sum
  }
  return product
}

/** One step of the elimination, in place: the pivot's row and column become those of the inverse. */
function sweep(a: Float64Array, size: number, pivot: number): void {
  const d = a[pivot * size + pivot]!
  for (let j = 0; j < size; j++) a[pivot * size + j]! /= d
  for (let i = 0; i < size; i++) {
    if (i === pivot) continue
    const factor = a[i * size + pivot]!
    if (factor !== 0) {
      for (let j = 0; j < size; j++) if (j !== pivot) a[i * size + j]! -= factor * a[pivot * size + j]!
    }
    a[i * size + pivot] = -factor / d
  }
  a[pivot * size + pivot] = 1 / d
}
