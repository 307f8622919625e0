import { type CycleTerms, type DemoCycle, openCycle, prepareCycle } from '../../../server/node/demo-cycle.ts'
import { livePlan, planOf } from '../../../server/node/demo-definitions.ts'
import { createDemoPlace, type DemoPlace } from '../../../server/node/demo-place.ts'
import type { World } from '../../../server/world.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface Province {
  readonly place: DemoPlace
  readonly cycle: DemoCycle
  readonly terms: CycleTerms
}

export interface ProvinceOptions {
  readonly citizens: number
  readonly leaders?: number
  /** In all; every organ has the same number. */
  readonly receipts?: number
  /** Days from now; the surveys take answers in between. */
  readonly opensIn?: number
  readonly closesIn?: number
  /** Leaders and citizens answer into boxes; otherwise everybody is live. */
  readonly sealed?: boolean
  /** Of the place, where there are several. */
  readonly code?: string
}

/** The fictional province with its 68 organs and one year whose surveys are open; nobody has answered yet. */
export async function openProvince(world: World, options: ProvinceOptions): Promise<Province> {
  const { citizens, leaders = 40, receipts = 680, opensIn = -1, closesIn = 20, sealed = false } = options
  const now = world.now()
  const opensAt = now + opensIn * DAY_MS - HOUR_MS
  const closesAt = now + closesIn * DAY_MS
  const named = options.code === undefined ? {} : { code: options.code }
  const place = await createDemoPlace(world, { ...named, now: opensAt - 30 * DAY_MS })
  const perOrgan = Math.ceil(receipts / place.organs.length)
  const year = new Date(now).getUTCFullYear()
  const live = livePlan(planOf(year), ['leaders', 'public'], { 'zh-CN': '基准测试', en: 'A benchmark' })
  const terms: CycleTerms = {
    year,
    plan: sealed ? planOf(year) : live,
    opensAt,
    closesAt,
    resultsAt: closesAt + 30 * DAY_MS,
    leaders,
    receipts: new Map(place.organs.map(({ code }) => [code, perOrgan])),
    citizens,
    boxKeys: 'file',
    openChannel: false,
  }
  const cycle = await prepareCycle(world, place, terms)
  await openCycle(world, place, cycle, terms.opensAt)
  return { place, cycle, terms }
}
