/** Numbers that look random and are the same on every machine: the demonstration can be made again exactly. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number
  /** A whole number from 0 to n − 1. */
  below(n: number): number
  /** Mean 0, standard deviation 1. */
  normal(): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** One of the entries, each as likely as its weight says. */
  weighted<T>(entries: readonly (readonly [T, number])[]): T
  bytes(length: number): Uint8Array
}

/**
 * A source of its own for each name, so that one person's answers do not depend on how many others there are.
 * Never for secrets: tickets, salts and ids come from the runtime.
 */
export function createRandom(...name: readonly (string | number)[]): Random {
  let state = seedOf(name.join('|'))

  // Mulberry32: 32 bits of state are enough for the few dozen numbers that one name needs.
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    // Box–Muller; 1 − next() keeps zero out of the logarithm.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
    pick<T>(list: readonly T[]): T {
      return list[below(list.length)]!
    },
    weighted<T>(entries: readonly (readonly [T, number])[]): T {
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of entries) {
        left -= weight
        if (left < 0) return value
      }
      return entries.at(-1)![0]
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}

/** FNV-1a, then one more stir: names that differ in their last letter must not begin alike. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
