/**
 * Whether what is published about the precision of a score can be true. The variance follows from the slips alone; but
 * the degrees of freedom and the kind of interval follow from n and the plan, and no spread is larger than the scale.
 */
import { divide, parseRational, toNumber } from '../rational.ts'
import { Mismatch } from './bundle-reading.ts'
import type { OkTally, TallyRules } from './bundle-tallies.ts'
import { countedStrata, type WeightRange } from './bundle-weights.ts'

/** Standard errors below this are published as no variation (method section 5). */
const NO_VARIATION = 1e-7
/** What rounding of a double can move. */
const SLACK = 1e-6

export function checkPrecision(rules: TallyRules, tally: OkTally, range: WeightRange): void {
  const contradiction = (what: string, found: string | number | null, expected: string) =>
    new Mismatch('contradiction', rules.file, `organ ${tally.organ}, ${what}`, String(found), expected)
  const { n } = tally
  checkEffectiveSize(tally, range, contradiction)

  const { design } = rules.plan.groups[rules.group]
  const degrees = n - (design.kind === 'stratified' ? countedStrata(design, rules.people).length : 1)
  if (tally.degreesOfFreedom !== degrees) throw contradiction('degreesOfFreedom', tally.degreesOfFreedom, `${degrees}`)

  const isCensus = design.fpc && n === rules.expected
  const known = isCensus ? 'census' : n === 1 || degrees < 1 ? 'not_estimable' : null
  const { ciStatus, variance } = tally
  if (known === null ? ciStatus === 'census' || ciStatus === 'not_estimable' : ciStatus !== known) {
    const why = `n is ${n}${design.fpc ? ` of ${rules.expected}` : ''}, with ${degrees} degrees of freedom`
    throw contradiction('ciStatus', ciStatus, `${known ?? 'ok or degenerate_no_variation'}: ${why}`)
  }
  if (ciStatus === 'not_estimable') {
    if (variance !== null) throw contradiction('variance', variance, 'null: it cannot be estimated')
    return
  }
  if (ciStatus !== 'ok') {
    if (variance !== '0') throw contradiction('variance', variance, `0, as the interval is ${ciStatus}`)
    return
  }
  const error = variance === null ? Number.NaN : Math.sqrt(Number(variance))
  const most = mostError(rules, tally, range) * (1 + SLACK) + NO_VARIATION / 2
  if (!(error >= NO_VARIATION * (1 - SLACK) && error <= most)) {
    const expected = `more than 0, and no more than ${most ** 2}, which the scale allows`
    throw contradiction('variance', variance, expected)
  }
}

function checkEffectiveSize(
  { n, effectiveSampleSize: found }: OkTally,
  range: WeightRange,
  contradiction: (what: string, found: string, expected: string) => Mismatch,
): void {
  if (range.isUnweighted) {
    if (found !== String(n)) throw contradiction('effectiveSampleSize', found, `${n}: every slip counts once`)
    return
  }
  const least = toNumber(range.leastEffectiveSize(n))
  if (Number(found) >= least * (1 - SLACK) && Number(found) <= n) return
  throw contradiction('effectiveSampleSize', found, `${least.toFixed(2)} to ${n}, by the weights of the plan`)
}

/**
 * The largest standard error: √Σu² ≤ Σ α_q·√((highest − mean)(mean − lowest)/R_q), since no values of this mean spread
 * wider; times what weights, strata and the projection on the population can add (method section 5).
 */
function mostError(rules: TallyRules, tally: OkTally, range: WeightRange): number {
  const { design, calibration } = rules.plan.groups[rules.group]
  const [least, most] = [toNumber(range.least), toNumber(range.most)]
  const weights = rules.questions.reduce((sum, { weight }) => sum + weight, 0)
  const spread = rules.questions.reduce((sum, { weight, points }, q) => {
    const question = tally.questions[q]!
    const [lowest, highest] = [Math.min(...points), Math.max(...points)].map((each) => each / rules.pointScale)
    const wide = highest! - lowest!
    if ('withheld' in question) return sum + (weight / weights) * (wide / 2 / Math.sqrt(least))
    const answers = parseRational(question.answers)
    const mean = toNumber(divide(parseRational(question.points), answers))
    const squares = Math.max(0, (highest! - mean) * (mean - lowest!))
    return sum + (weight / weights) * Math.sqrt(squares / toNumber(answers))
  }, 0)
  const { n } = tally
  const unseen = design.fpc ? 1 - n / rules.expected : 1
  const strata = design.kind === 'stratified' ? 2 : (n / (n - 1)) * unseen
  const weighting = calibration === 'none' ? most : (most ** 2 * toNumber(range.baseRatio)) / least
  return spread * Math.sqrt(strata * weighting)
}
