// The ways in which one page may look, and which of them are tried where all of them would take hours.

/** What changes about a page without another request. `zoom` 2 leaves half of the width, in CSS pixels, as in a browser. */
export const dimensions = {
  width: [320, 360, 768, 1440],
  zoom: [1, 2],
  scheme: ['light', 'dark'],
  forced: ['none', 'active'],
  size: ['standard', 'elder', 'max'],
} as const

export type Look = { readonly [Name in keyof typeof dimensions]: (typeof dimensions)[Name][number] }

export const allLooks: readonly Look[] = dimensions.width.flatMap((width) =>
  dimensions.zoom.flatMap((zoom) =>
    dimensions.scheme.flatMap((scheme) =>
      dimensions.forced.flatMap((forced) => dimensions.size.map((size) => ({ width, zoom, scheme, forced, size }))),
    ),
  ),
)

export const nameOfLook = ({ width, zoom, scheme, forced, size }: Look): string =>
  `${width} px, ${zoom * 100} %, ${scheme}, ${size}${forced === 'active' ? ', forced colours' : ''}`

/** Chooses looks so that every two values meet somewhere. */
export interface Cover {
  /** The look that brings most pairs together that have not met; `place` is what is fixed, such as the state. */
  choose(place: Readonly<Record<string, string>>, among?: readonly Look[]): Look
  /** Pairs that could have met and have not: `state=choose & width=320`. */
  missing(): string[]
}

/** Deterministic: the same questions in the same order get the same looks. */
export function createCover(): Cover {
  const wanted = new Set<string>()
  const met = new Set<string>()
  let chosen = 0
  return {
    choose(place, among = allLooks) {
      let best = among[0]!
      let most = -1
      // Where several are worth the same each time another one is taken: 7 is prime to the number of looks.
      chosen += 1
      for (let at = 0; at < among.length; at++) {
        const look = among[(at + chosen * 7) % among.length]!
        const pairs = pairsOf(place, look)
        for (const pair of pairs) wanted.add(pair)
        // Two values of looks meet again at every other state; a state has only these few visits.
        const worth = pairs.reduce((sum, pair) => sum + (met.has(pair) ? 0 : pair.startsWith('state=') ? 100 : 1), 0)
        if (worth > most) [best, most] = [look, worth]
      }
      for (const pair of pairsOf(place, best)) met.add(pair)
      return best
    },
    missing: () => [...wanted].filter((pair) => !met.has(pair)),
  }
}

function pairsOf(place: Readonly<Record<string, string>>, look: Look): string[] {
  const values = Object.entries({ ...place, ...look }).map(([name, value]) => `${name}=${value}`)
  return values.flatMap((first, at) => values.slice(at + 1).map((second) => `${first} & ${second}`))
}
