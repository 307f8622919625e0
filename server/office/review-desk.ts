import { listOrgans } from '../../db/cycle-setup.ts'
import { listIndicatorVersions } from '../../db/indicators.ts'
import { type CycleFile, type FoundCycle, findCycle, type OrganRow, readCycle } from '../../db/platform.ts'
import type { Review } from '../../db/reviews.ts'
import type { Scope } from '../../db/scope.ts'
import { readScores, type ScoreRow } from '../../db/scoring.ts'
import { readSelves, submittedSheet } from '../../db/self-assessments.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { isScored, leadOf, ownAssessment, type ScoredIndicator, scoredIndicators } from '../../surveys/review.ts'
import { selfItems } from '../../surveys/self-assessment.ts'
import { readStored } from '../stored.ts'
import type { World } from '../world.ts'

// What the pages of the scores have in common: the indicators of a cycle, who leads them, and what stands there.

export interface ReviewDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  readonly indicators: readonly ScoredIndicator[]
  readonly scores: readonly ScoreRow[]
  readonly lock: 'notYet' | 'over' | null
  /** Every organ of the place, whether the cycle assesses it or not. */
  readonly known: readonly OrganRow[]
  /** Of somebody of a department: the organs they work for. */
  readonly own: readonly OrganRow[]
  readonly isReviewer: boolean
}

/** The cycle of a path `/office/{jid}/{cycle}/reviews…`; null where there is none. */
export async function openReviews(
  { db }: World,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string },
): Promise<ReviewDesk | null> {
  const found = await findCycle(db, params.jid, params.cycle)
  if (!found?.planId) return null
  const { organs } = scope
  const [file, scores, versions, known] = await Promise.all([
    readCycle(db, scope, found.cycle.id),
    readScores(db, scope, found.cycle.id),
    listIndicatorVersions(db, scope),
    listOrgans(db, scope),
  ])
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  const stands =
    file.plan.frozenAt !== null || versions.some(({ cycle, agreedAt }) => cycle === params.cycle && agreedAt > 0)
  return {
    ...{ found, file, plan, scores, known },
    indicators: scoredIndicators(plan.indicators),
    lock: isOpen.some((state) => state === found.cycle.state) ? (stands ? null : 'notYet') : 'over',
    own: organs === 'all' ? [] : known.filter(({ id }) => organs.includes(id)),
    isReviewer: scope.role === 'reviewer',
  }
}

/** Own scores that prevail by the plan, of tables that were submitted, and that do not count yet. */
export async function ownScores({ db }: World, scope: Scope, { file, plan, scores }: ReviewDesk): Promise<Review[]> {
  const selves = await readSelves(db, scope, file.cycle.id)
  return file.organs.flatMap((organ): Review[] => {
    const self = selves.get(organ.id)
    const sheet = self && submittedSheet(self)
    if (!sheet || plan.organClasses[organ.class]?.functionalRule !== 'self') return []
    return selfItems(plan, organ.class).flatMap(({ indicator }): Review[] => {
      const score = sheet.entries[indicator]?.score ?? ''
      const isThere = scores.some((row) => row.organ === organ.id && row.indicator === indicator)
      if (score === '' || isThere) return []
      return [{ organ: organ.id, indicator, lead: ownAssessment, score, deduction: '0', reason: '' }]
    })
  })
}

const isOpen = ['draft', 'targets', 'fieldwork', 'closed'] as const

/** The lead department of an indicator for which somebody scores, by its name in the plan; null where they lead it not. */
export const ownLead = ({ own }: ReviewDesk, { leads }: ScoredIndicator): string | null => leadOf(leads, own)

/**
 * The organs under an indicator that no department can score: whichever leads it is the organ itself, or no organ of the
 * place. Two people of the performance office score them.
 */
export const officeOrgans = (desk: ReviewDesk, indicator: ScoredIndicator): OrganRow[] =>
  organsUnder(desk, indicator).filter(
    (organ) =>
      leadOf(
        indicator.leads,
        desk.known.filter(({ id }) => id !== organ.id),
      ) === null,
  )

/** In whose name the office does: a lead that is no organ of the place, else its own. */
export function officeLead({ known }: ReviewDesk, { leads }: ScoredIndicator): string {
  const absent = leads.find((lead) => leadOf([lead], known) === null)
  return absent?.['zh-CN'] ?? performanceOffice
}

const performanceOffice = '绩效办'

/** The organs that somebody has to score under an indicator. */
export const organsUnder = ({ file, plan }: ReviewDesk, indicator: ScoredIndicator): OrganRow[] =>
  file.organs.filter((organ) => isScored(plan, organ.class, indicator))

/** The scores under an indicator by the number of the organ, one for each. */
export const scoresUnder = ({ scores }: ReviewDesk, { node }: ScoredIndicator): ReadonlyMap<number, ScoreRow> =>
  new Map(scores.filter(({ indicator }) => indicator === node.id).map((row) => [row.organ, row]))
