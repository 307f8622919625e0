import { allLive, createTestCycle, planByProvider, sealedPlan, type TestCycle } from './cycle.ts'
import { oidcSettings } from './identity-provider.ts'
import { makeStuffedCycle } from './round.ts'
import { type ServedApp, serveTestApp } from './serving.ts'

/** An installation in which every page and state of respondents can be reached. */
export interface Ground {
  readonly app: ServedApp
  /** Open: leaders and public into boxes, recipients live, and an open channel. */
  readonly open: TestCycle
  /** Open, everybody live; the public verifies at an identity provider. */
  readonly live: TestCycle
  readonly notOpen: TestCycle
  /** Its results are published. */
  readonly published: TestCycle
  /** A ticket code of a leader that nobody else on this ground has used. */
  leader(): string
  /** A code of a service receipt, of the first organ. */
  receipt(): string
  phone(): string
}

export async function createGround(): Promise<Ground> {
  // No request is made to the provider.
  const env = { FIXTURES: '1', ...oidcSettings('http://127.0.0.1:9') }
  const app = await serveTestApp({ env })
  const published = await makeStuffedCycle(app, 0)
  await published.publish()
  const options = { organs: 12, receipts: 600, leaders: 60, plan: sealedPlan() }
  const open = await createTestCycle(app, options)
  const live = await createTestCycle(app, { plan: planByProvider(allLive()) })
  const notOpen = await createTestCycle(app, { state: 'ready' })
  let leaders = 0
  let phones = 0
  return {
    app,
    open,
    live,
    notOpen,
    published,
    leader: () => open.leader(leaders++),
    receipt: () => open.receipt(open.organs[0]!),
    phone: () => `136${String(++phones).padStart(8, '0')}`,
  }
}
