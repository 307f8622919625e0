import { accountOf, allLive, createTestCycle, planByProvider, sealedPlan, type TestCycle } from './cycle.ts'
import { deskOf } from './desk.ts'
import { oidcSettings } from './identity-provider.ts'
import { chooseOrgans, enterPhone, receiptOf, sendAnswers, signIn } from './respondent.ts'
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
  /** Open, and paused by the office for the public. */
  readonly paused: TestCycle
  /** Open, with as many of the public as the plan wants. */
  readonly full: TestCycle
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
  const paused = await createPaused(app)
  const full = await createFull(app)
  let leaders = 0
  let phones = 0
  return {
    app,
    open,
    live,
    notOpen,
    paused,
    full,
    published,
    leader: () => open.leader(leaders++),
    receipt: () => open.receipt(open.organs[0]!),
    phone: () => `136${String(++phones).padStart(8, '0')}`,
  }
}

async function createPaused(app: ServedApp): Promise<TestCycle> {
  const cycle = await createTestCycle(app, { organs: 2 })
  const desk = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  const address = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}`
  const { status } = await desk.post(`${address}/act`, { act: 'pause', reason: '名单有误，核对后恢复' })
  if (status !== 303) throw new Error(`createPaused was refused with ${status}`)
  return cycle
}

async function createFull(app: ServedApp): Promise<TestCycle> {
  const plan = allLive()
  const group = plan.groups.public
  const groups = { ...plan.groups, public: { ...group, minimum: { n: 1 }, quota: { all: 1 } } }
  const cycle = await createTestCycle(app, { organs: 2, plan: { ...plan, groups } })
  const path = cycle.path('public')
  const organ = cycle.organs[0]!
  const entered = await enterPhone(app, path, '13900008802', { from: '203.0.113.89' })
  receiptOf(
    await sendAnswers(app, path, await chooseOrgans(app, path, entered, [organ]), [[`q.${organ}.overall`, '4']]),
  )
  return cycle
}
