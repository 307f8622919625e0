// How a thief matches people with what they said, given nothing but places: where something stands in an order, at which
// byte, in which commit. The same code attacks the sealed box, live surveys and the naive tables; a bound that it keeps to
// says something only because it breaks through elsewhere.

/** Where something was found, by the name of the place: a rank, an offset, a number. */
export type Places = Readonly<Record<string, number>>

export interface Suspect {
  readonly places: Places
  /** Which of the things are truly this person's, and which say just the same. Known to the test, not to the thief. */
  readonly owns: ReadonlySet<number>
  /** One that nobody else's equals; null for somebody who left none. */
  readonly own: number | null
}

/** A slip or a comment. */
export interface Thing {
  readonly places: Places
}

export interface Evidence {
  /** In the order in which they came, as the request log tells. */
  readonly people: readonly Suspect[]
  readonly things: readonly Thing[]
}

export interface Attempt {
  readonly method: string
  /** How many people were matched with something that they said. */
  readonly hits: number
  /** How many would be by chance, and the most in 999 of 1,000 trials of it. */
  readonly expected: number
  readonly most: number
  /** Spearman's rank correlation between both orders over the true pairs, and what it stays below as often. */
  readonly correlation: number
  readonly bound: number
}

/** Whether an attempt has learned more than chance knows. */
export const isBeyondChance = ({ hits, most, correlation, bound }: Attempt): boolean =>
  hits > most || Math.abs(correlation) >= bound

/** Both put in an order, forwards and backwards, and matched rank by rank: every order of people with every one of things. */
export function byOrder(evidence: Evidence): Attempt[] {
  const attempts: Attempt[] = []
  for (const ofPeople of placesOf(evidence.people)) {
    for (const ofThings of placesOf(evidence.things)) {
      const correlation = correlationOf(evidence, ofPeople, ofThings)
      const people = sortedBy(evidence.people, ofPeople)
      const things = sortedBy(evidence.things, ofThings)
      for (const [direction, inOrder] of [
        ['forwards', things],
        ['backwards', things.toReversed()],
      ] as const) {
        const guessAt = (rank: number) => inOrder[Math.floor(((rank + 0.5) / people.length) * inOrder.length)]!
        const guesses = people.map((person, rank) => ({ person, guess: guessAt(rank) }))
        attempts.push(attempt(evidence, `${ofPeople} – ${ofThings}, ${direction}`, guesses, correlation))
      }
    }
  }
  return attempts
}

/** Everybody in turn matched with the nearest that nobody has yet: bytes of a file, bytes or commits of the log. */
export function byNearness(evidence: Evidence, ofPeople: string, ofThings: string): Attempt {
  const left = new Set(sortedBy(evidence.things, ofThings))
  const guesses = evidence.people.flatMap(({ places }, person) => {
    let guess = -1
    let least = Number.POSITIVE_INFINITY
    for (const thing of left) {
      const distance = Math.abs(evidence.things[thing]!.places[ofThings]! - places[ofPeople]!)
      if (distance < least) [guess, least] = [thing, distance]
    }
    return left.delete(guess) ? [{ person, guess }] : []
  })
  return attempt(evidence, `nearest: ${ofPeople} – ${ofThings}`, guesses, correlationOf(evidence, ofPeople, ofThings))
}

interface Guess {
  readonly person: number
  readonly guess: number
}

function attempt({ people, things }: Evidence, method: string, guesses: readonly Guess[], correlation: number) {
  const hits = guesses.filter(({ person, guess }) => people[person]!.owns.has(guess)).length
  const expected = guesses.reduce((sum, { person }) => sum + people[person]!.owns.size / things.length, 0)
  const bound = correlationBound(people.filter(({ own }) => own !== null).length)
  return { method, hits, expected, most: poissonQuantile(expected, 0.999), correlation, bound }
}

/** Places that everyone in a list has. */
export function placesOf(list: readonly { readonly places: Places }[]): string[] {
  return Object.keys(list[0]?.places ?? {}).filter((name) => list.every(({ places }) => places[name] !== undefined))
}

/** Indices of a list in the order of a place; what shares it stays as it stood. */
function sortedBy(list: readonly { readonly places: Places }[], place: string): number[] {
  return [...list.keys()].sort((a, b) => list[a]!.places[place]! - list[b]!.places[place]!)
}

function correlationOf({ people, things }: Evidence, ofPeople: string, ofThings: string): number {
  const pairs = people.flatMap(({ places, own }) =>
    own === null ? [] : [[places[ofPeople]!, things[own]!.places[ofThings]!] as const],
  )
  return rankCorrelation(pairs)
}

/** Spearman's rank correlation; equal values share the mean of their ranks. rankCorrelation([[1, 10], [2, 30], [3, 20]]) // 0.5 */
export function rankCorrelation(pairs: readonly (readonly [number, number])[]): number {
  const [left, right] = [0, 1].map((side) => centred(ranksOf(pairs.map((pair) => pair[side]!))))
  const product = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, at) => sum + each * b[at]!, 0)
  const spread = Math.sqrt(product(left!, left!) * product(right!, right!))
  // All in one place: nothing to be learned.
  return spread === 0 ? 0 : product(left!, right!) / spread
}

const centred = (ranks: readonly number[]) => ranks.map((rank) => rank - (ranks.length + 1) / 2)

function ranksOf(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!)
  const ranks = new Array<number>(values.length).fill(0)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to += 1
    for (let at = from; at <= to; at++) ranks[order[at]!] = (from + to) / 2 + 1
    from = to + 1
  }
  return ranks
}

/** Under chance ρ·√(N−1) is nearly standard normal, beyond ±3.29 once in a thousand. correlationBound(400) // 0.1647… */
export const correlationBound = (pairs: number): number => 3.29 / Math.sqrt(pairs - 1)

/** The smallest k with P(X ≤ k) ≥ probability, X being Poisson. poissonQuantile(1, 0.999) // 5 */
export function poissonQuantile(mean: number, probability: number): number {
  let term = Math.exp(-mean)
  let sum = term
  let k = 0
  while (sum < probability) {
    k += 1
    term *= mean / k
    sum += term
  }
  return k
}
