/** Vectors of kind `ranking`, and of kind `table` with the critical values of rank intervals. */
import { z } from 'zod'
import { normalQuantile } from '../../surveys/distributions.ts'
import { gradeOf, gradeProbabilities } from '../../surveys/overall.ts'
import {
  criticalValue,
  type OrganScore,
  placeDistributions,
  probabilityAbove,
  rankOrgans,
} from '../../surveys/ranking.ts'
import { halfUp, readRational, toNumber } from '../../surveys/rational.ts'
import { Unsupported } from './shapes.ts'

const score = z.union([z.number(), z.string()]).transform((value, context) => {
  const read = readRational(String(value))
  if (read.ok) return read.value
  context.addIssue({ code: 'custom', message: 'must be a decimal number' })
  return z.NEVER
})

export const rankingInput = z
  .strictObject({
    estimates: z.array(score).min(2),
    se: z.array(z.number().min(0).nullable()),
    gradeCuts: z.tuple([z.number(), z.number(), z.number()]).default([70, 80, 90]),
    level: z.number().gt(0).lt(1).default(0.95),
  })
  .refine(({ estimates, se }) => estimates.length === se.length, 'must have one standard error per estimate')

/** Everything by the organs' order in the file, as the file has it. */
export function rankingResult({ estimates, se, gradeCuts: cuts, level }: z.infer<typeof rankingInput>): unknown {
  if (level !== 0.95) throw new Unsupported(`rank intervals of level ${level}`)
  const grades = [0, ...cuts].map((min, i) => ({ id: `${i}`, min }))
  const organs = estimates.map((each, id): OrganScore<number> => {
    // The files know no printed scores, hence no ties of rounded ones.
    const published = halfUp(each, 12)
    return { id, score: each, published, grade: gradeOf(published, grades), standardError: se[id]! }
  })
  const rule = { ranking: { separatedPairsPercent: 80 }, advancedUnits: { count: 10, grade: '3' } }
  const ranking = rankOrgans(organs, 0, rule)
  const ranked = organs.map(({ id }) => ranking.organs.find((each) => each.id === id)!)
  const distributions = placeDistributions(organs, organs.length)
  const interval = ([lo, hi]: readonly [number, number]) => ({ lo, hi })
  return {
    gradeProb: organs.map((organ) => gradeProbabilities(organ, grades)).map((each) => each && [...each.values()]),
    gradeProbOrder: [`<${cuts[0]}`, `${cuts[0]}-${cuts[1]}`, `${cuts[1]}-${cuts[2]}`, `>=${cuts[2]}`],
    probIAboveJ: organs.map((a) => organs.map((b) => (a === b ? null : probabilityAbove(a, b)))),
    expectedRank: ranked.map(({ expectedPlace }) => expectedPlace),
    rankDistribution: distributions && organs.map(({ id }) => distributions.get(id)!.probabilities),
    critTukey: criticalValue(organs.length),
    rankIntervalsTukeyHSD: ranked.map(({ placeInterval }) => interval(placeInterval)),
    indistinguishablePairs: ranking.pairs - ranking.separatedPairs,
    pairs: ranking.pairs,
    ...comparisons(organs),
  }
}

/** Two other rank intervals that the files hold for comparison. The product computes neither for so few organs. */
function comparisons(organs: readonly OrganScore<number>[]) {
  const count = organs.length
  const intervals = (isAbove: (a: Numbers, b: Numbers) => boolean) => {
    const numbers = organs.map((organ) => ({ y: toNumber(organ.score), s: organ.standardError ?? Infinity }))
    return numbers.map((own) => ({
      lo: 1 + numbers.filter((other) => isAbove(other, own)).length,
      hi: count - numbers.filter((other) => isAbove(own, other)).length,
    }))
  }
  const bonferroni = normalQuantile(1 - 0.05 / (count * (count - 1)))
  // Klein, Wright and Wieczorek: above where the organs' own intervals, jointly of the level, do not overlap.
  const joint = normalQuantile((1 + 0.95 ** (1 / count)) / 2)
  return {
    critBonferroni: bonferroni,
    rankIntervalsBonferroni: intervals((a, b) => a.y - b.y > bonferroni * Math.sqrt(a.s * a.s + b.s * b.s)),
    critKWW: joint,
    rankIntervalsKWW: intervals((a, b) => a.y - joint * a.s > b.y + joint * b.s),
  }
}

interface Numbers {
  readonly y: number
  readonly s: number
}

export const qtukeyInput = z.strictObject({ level: z.number().gt(0).lt(1) })

export function qtukeyResult({ level }: z.infer<typeof qtukeyInput>): unknown {
  if (level !== 0.95) throw new Unsupported(`critical values of level ${level}`)
  const organs = Array.from({ length: 149 }, (_, i) => i + 2)
  return { A: organs, crit: organs.map(criticalValue) }
}
