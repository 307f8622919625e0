import type { GroupId } from '../../surveys/questionnaire.ts'
import type { DemoChannel } from './demo-channels.ts'
import { type DemoOrgan, demoCities, demoShares } from './demo-organs.ts'
import { createRandom, type Random } from './demo-random.ts'

// Who is invented: organs that are really better or worse, and people who really differ. Everything follows from one
// number and the names of organs and people, so the same demonstration can be made twice.

/** How an organ is, in standard deviations of a rating. */
export interface Character {
  /** The organ's standing among its peers, mostly between −1.6 and 2; reviews follow it too. */
  readonly standing: number
  /** What each group thinks of it, beyond the standing. */
  readonly appeal: Readonly<Record<GroupId, number>>
  /** Share of each group's people who cannot judge it. */
  readonly unknown: Readonly<Record<GroupId, number>>
  /** Strengths and weaknesses, by dimension. */
  dimension(name: string): number
}

/** One organ that is well below the others, and some that are behind: otherwise all grades would be alike. */
const behind: Readonly<Record<string, number>> = { wujiaju: -4.5, zhijianju: -2.7, lvyouju: -2.3, jishengwei: -2 }
/** Known to few: so many say "don't know" that the page warns. */
const littleKnown: readonly string[] = ['minge', 'minmeng']

/** The organ's character, always the same for a seed. */
export function characterOf(seed: number, organ: DemoOrgan): Character {
  const random = createRandom(seed, 'organ', organ.code)
  const standing = random.normal()
  const seldomMet = Math.max(0, 1.1 - organ.visitors)
  const dimensions = new Map<string, number>()
  return {
    standing: behind[organ.code] ?? Math.max(-1.6, standing),
    appeal: { leaders: 0.2 * random.normal(), recipients: 0.15 * random.normal(), public: 0.12 * random.normal() },
    unknown: littleKnown.includes(organ.code)
      ? { leaders: 0.12, recipients: 0.03, public: 0.36 }
      : {
          leaders: 0.02 + 0.08 * random.next(),
          recipients: 0.01 + 0.02 * random.next(),
          public: 0.02 + 0.35 * seldomMet * (0.5 + random.next() / 2),
        },
    dimension(name) {
      const known = dimensions.get(name)
      if (known !== undefined) return known
      const offset = 0.18 * createRandom(seed, 'organ', organ.code, name).normal()
      dimensions.set(name, offset)
      return offset
    },
  }
}

/** Somebody who answers one survey. */
export interface Person {
  readonly group: GroupId
  readonly random: Random
  /** UTC milliseconds. */
  readonly at: number
  /** Code of the channel; '' for none. */
  readonly channel: string
  /** Organs this person rates: all for a leader, one for a recipient, one to three for a citizen. */
  readonly organs: readonly string[]
  /** Sees everything a little better or worse than others do. */
  readonly mood: number
  /** Ticks the same level down the page. */
  readonly isStraight: boolean
  /** Gives every organ this level (5 to 1) without looking; null for nearly everybody. */
  readonly fixedLevel: number | null
  /** Leaves nothing blank and knows everything, as only a form filled in for others does. */
  readonly isComplete: boolean
  /** Declared values by margin; absent = left blank. */
  readonly margins: Readonly<Record<string, string>>
  /** Request key of the response, 32 bytes. It decides which organ is asked in detail, so it is repeatable as well. */
  readonly k: Uint8Array
}

export interface Fieldwork {
  readonly seed: number
  readonly organs: readonly DemoOrgan[]
  readonly opensAt: number
  /** Answers come in on this many days from the opening on. */
  readonly days: number
  readonly channels: readonly DemoChannel[]
}

/** The people of one survey by their numbers; the same number is always the same person. */
export interface People {
  /** A leader of the roster, who answers about all organs. */
  leader(at: number): Person
  /** The person behind a service receipt of this organ. */
  recipient(organ: string, at: number): Person
  /** A citizen, who rates the organs that people like this one meet. */
  citizen(at: number): Person
}

/** The people who come to one survey. */
export function peopleOf({ seed, organs, opensAt, days, channels }: Fieldwork): People {
  // More come in the first days and just before the end, fewer on two days of each week.
  const dayEntries = Array.from({ length: days }, (_, day) => {
    const isRush = day < 4 || day >= days - 2
    return [day, (isRush ? 2 : 1) * (day % 7 >= 5 ? 0.6 : 1)] as const
  })
  const channelEntries = channels.map(({ code, share }) => [code, share] as const)
  const organCodes = organs.map(({ code }) => code)
  const organEntries = organs.map(({ code, visitors }) => [code, visitors] as const)

  function somebody(random: Random, moodSpread: number, straightShare: number) {
    const k = random.bytes(32)
    const mood = moodSpread * random.normal()
    const isStraight = random.chance(straightShare)
    // Fewer late in the evening; a third comes by no channel at all.
    const minute = Math.floor(13 * 60 * random.next() ** 1.3)
    const at = opensAt + random.weighted(dayEntries) * DAY_MS + minute * MINUTE_MS
    const isDirect = channelEntries.length === 0 || random.chance(0.3)
    const channel = isDirect ? '' : random.weighted(channelEntries)
    return { random, k, mood, isStraight, at, channel, fixedLevel: null, isComplete: false, margins: {} }
  }

  return {
    leader(at) {
      const random = createRandom(seed, 'leader', at)
      const fixedLevel = random.chance(0.05) ? random.pick([5, 4]) : null
      return { ...somebody(random, 0.3, 0.1), group: 'leaders', organs: organCodes, fixedLevel }
    },
    recipient(organ, at) {
      const random = createRandom(seed, 'recipient', organ, at)
      return { ...somebody(random, 0.5, 0.25), group: 'recipients', organs: [organ] }
    },
    citizen(at) {
      const random = createRandom(seed, 'citizen', at)
      const person = somebody(random, 0.45, 0.15)
      return { ...person, group: 'public', organs: pickOrgans(organEntries, random), margins: marginsOf(random) }
    },
  }
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

function pickOrgans(entries: readonly (readonly [string, number])[], random: Random): string[] {
  const wanted = random.weighted(organNumbers)
  const chosen = new Set<string>()
  while (chosen.size < Math.min(wanted, entries.length)) chosen.add(random.weighted(entries))
  return [...chosen]
}

const organNumbers = [
  [1, 25],
  [2, 35],
  [3, 40],
] as const
const cityEntries = demoCities.map(({ code, population }) => [code, population] as const)
// Fewer old people answer on a phone than live in the province: what weighting would have to put right.
const onPhones: Readonly<Record<string, number>> = { age18_44: 1.3, age45_59: 1, age60: 0.5 }
const ageEntries = Object.entries(demoShares.age).map(([age, share]) => [age, share * onPhones[age]!] as const)
const sexEntries = Object.entries(demoShares.sex)

const marginEntries = [
  ['city', cityEntries],
  ['age', ageEntries],
  ['sex', sexEntries],
] as const

/** Some leave a question blank, some say that they would rather not answer. */
function marginsOf(random: Random): Record<string, string> {
  const margins: Record<string, string> = {}
  for (const [name, entries] of marginEntries) {
    const answer = random.next()
    if (answer < 0.04) continue
    margins[name] = answer < 0.07 ? 'unstated' : random.weighted(entries)
  }
  return margins
}
