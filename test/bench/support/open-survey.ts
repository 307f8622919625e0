import { type CycleTerms, type DemoCycle, openCycle, prepareCycle } from '../../../server/node/demo-cycle.ts'
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
}

/** The fictional province with its 68 organs and one year whose surveys are open; nobody has answered yet. */
export async function openProvince(world: World, options: ProvinceOptions): Promise<Province> {
  const { citizens, leaders = 40, receipts = 680, opensIn = -1, closesIn = 20 } = options
  const now = world.now()
  const opensAt = now + opensIn * DAY_MS - HOUR_MS
  const closesAt = now + closesIn * DAY_MS
  const place = await createDemoPlace(world, { now: opensAt - 30 * DAY_MS })
  const perOrgan = Math.ceil(receipts / place.organs.length)
  const terms: CycleTerms = {
    year: new Date(now).getUTCFullYear(),
    opensAt,
    closesAt,
    resultsAt: closesAt + 30 * DAY_MS,
    leaders,
    receipts: new Map(place.organs.map(({ code }) => [code, perOrgan])),
    citizens,
    openChannel: false,
  }
  const cycle = await prepareCycle(world, place, terms)
  await openCycle(world, place, cycle, terms.opensAt)
  return { place, cycle, terms }
}
