import { createStaff } from '../../db/accounts.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import { saveScores, submitScores } from '../../db/scoring.ts'
import { base64url } from '../../surveys/canonical.ts'
import { isScored, scoredIndicators } from '../../surveys/review.ts'
import { systemScope } from '../guard.ts'
import { demoReviewers } from '../office/demo-accounts.ts'
import type { World } from '../world.ts'
import type { DemoCycle } from './demo-cycle.ts'
import { characterOf } from './demo-people.ts'
import { type DemoPlace, must } from './demo-place.ts'
import { reviewsOf } from './demo-reviews.ts'

/** The organ that leads the functional work of the invented province, and for which two people score. */
const lead = { code: 'dangban', name: '省委办公厅' } as const
const names = ['牵头部门评分员甲', '牵头部门评分员乙'] as const
const yearMs = 365 * 86_400_000

/** Hires both; one has submitted the key work of some organs, which the other may confirm, and drafted some regular work. */
export async function beginScoring(
  world: World,
  place: DemoPlace,
  cycle: DemoCycle,
  { seed, now }: { readonly seed: number; readonly now: number },
): Promise<void> {
  const [first] = await hire(world, place, now)
  const indicators = scoredIndicators(cycle.plan.indicators)
  for (const [id, count] of [
    ['functional.key', 12],
    ['functional.regular', 5],
  ] as const) {
    const indicator = indicators.find(({ node }) => node.id === id)!
    const organs = place.organs.filter(
      ({ code, class: kind }) => code !== lead.code && isScored(cycle.plan, kind, indicator),
    )
    const scores = organs.slice(0, count).map((organ) => {
      const organId = place.organIds.get(organ.code)!
      const reviews = reviewsOf(seed, cycle.plan, organ, organId, characterOf(seed, organ))
      const { score, deduction, reason } = reviews.find((review) => review.indicator === id)!
      const source =
        deduction === '0' ? { basis: '', evidence: '' } : { basis: '年度责任分工', evidence: '督查通报（虚构）' }
      return { organ: organId, score, deduction, reason, ...source, seen: 0 }
    })
    const act = { cycle: cycle.id, indicator: id, lead: lead.name, now }
    must('scores', await saveScores(world.writer, first!, { ...act, scores }))
    if (id === 'functional.key') must('submitted scores', await submitScores(world.writer, first!, act))
  }
}

async function hire(world: World, place: DemoPlace, now: number): Promise<Scope[]> {
  if (!world.accounts) throw new Error('beginScoring needs staff accounts')
  const accounts = await world.accounts()
  const organ = place.organIds.get(lead.code)!
  return Promise.all(
    demoReviewers.map(async ({ role, email, password }, at) => {
      const userId = base64url(world.crypto.random(18))
      const person = {
        ...{ userId, accountId: base64url(world.crypto.random(18)), email, name: names[at]!, now },
        passwordHash: await accounts.hashPassword(password),
        grants: [{ jurisdiction: place.id, role, organ, validTo: now + 3 * yearMs }],
      }
      must(`the account ${email}`, await createStaff(world.writer, systemScope(0), person))
      return createScope({ jurisdiction: place.id, actor: userId, role, organs: [organ] })
    }),
  )
}
