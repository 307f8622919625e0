import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepAuditLog } from '../../server/log-keeping.ts'
import { nodeBundleTools, openBundle } from '../../server/node/bundle-reading.ts'
import { recountAll } from '../../server/node/recounting.ts'
import { preparePublication } from '../../server/publications.ts'
import { hex } from '../../surveys/canonical.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { openTheBox, put, putDirectly, withTicket } from '../support/box.ts'
import { createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { sendJson } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'

let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 20, organs: 3 })
  const [first, second] = cycle.organs
  for (let n = 0; n < 14; n++) {
    const { id, s } = slip(first!, [])
    await putDirectly(app, cycle, 'leaders', n, {
      slips: [slip(first!, [5, 4, 4, 4, 4, n % 3, 4, 0]), slip(second!, [4, 4, 5, 3, 3, 4, 5, 0])],
      comments: n % 5 === 0 ? [{ id, o: first!, t: `意见 ${n}`, s }] : [],
    })
  }
  const withdrawn = await withTicket(app, cycle, 'leaders', 14)
  await put(app, cycle, 'leaders', withdrawn, { slips: [slip(first!, [1, 1, 1, 1, 1, 1, 1, 0])] })
  await sendJson(app, `${cycle.path('leaders')}/withdraw`, withdrawn.withdrawBody(2))
  const invalid = await withTicket(app, cycle, 'leaders', 15)
  await put(app, cycle, 'leaders', invalid, { slips: [slip(first!, [9, 1, 1, 1, 1, 1, 1, 0])] })
  // Drawn, but never spent.
  await withTicket(app, cycle, 'leaders', 16)
  await cycle.close()
}, 120_000)
afterAll(() => app.close())

const verified = async (folder: string) => verifyBundle(openBundle(folder).files, nodeBundleTools())

/** The verdict of a recount by survey: backups and the doctor ask for the same. */
async function recounted() {
  const verdicts: Record<string, string> = {}
  for await (const { survey, verdict } of recountAll(app.world.db)) verdicts[survey.split('/')[1]!] = verdict
  return verdicts
}
const allEqual = { 'leaders-2026': 'equal', 'recipients-2026': 'equal', 'public-2026': 'equal', 'open-2026': 'equal' }

describe('the files of a cycle with sealed surveys', () => {
  test('a recount agrees while envelopes lie in the box, with tickets that were drawn and not spent', async () => {
    expect(await recounted()).toEqual(allEqual)
  })

  test('are not made before every box is open', async () => {
    const refused = await preparePublication(app.world, cycle.place.proposer, { cycle: cycle.cycle.id })
    expect(refused).toEqual({ ok: false, error: 'not_finished' })
  })

  test('verify with their tickets, the withdrawn, the invalid, and a box of too few', async () => {
    expect(await openTheBox(app, cycle, 'leaders')).toMatchObject({ step: 'done', valid: 14 })
    expect(await openTheBox(app, cycle, 'public')).toMatchObject({ step: 'done', belowMinimum: true })
    await keepAuditLog(app.world)
    const scope = cycle.place.proposer
    const prepared = await preparePublication(app.world, scope, { cycle: cycle.cycle.id })
    if (!prepared.ok) throw new Error(prepared.error)
    const verdict = await verified(prepared.value.folder)
    expect(verdict).toMatchObject({ outcome: 'good', hash: hex(prepared.value.hash) })
    const counts = Object.assign({}, ...verdict.checks.map((each) => each.counts)) as Record<string, number>
    // The audit was signed before the boxes were opened, and after two had agreed to that.
    expect(counts).toMatchObject({ tickets: 16, spent: 16, slips: 28, heads: 2 })
    expect(await recounted()).toEqual(allEqual)
    // Control: one response more than was opened.
    const more = (n: number) => ({
      sql: "UPDATE survey_count SET n = n + ? WHERE name = 'valid' AND survey_id = ?",
      args: [n, cycle.survey('leaders').id],
    })
    await app.world.writer.transact({ statements: [more(1)] })
    expect(await recounted()).toEqual({ ...allEqual, 'leaders-2026': 'different' })
    await app.world.writer.transact({ statements: [more(-1)] })
    const audit = await app.world.publications!.build(app.world, scope, cycle.cycle.id, 'audit')
    if (!audit.ok) throw new Error(audit.error)
    expect(await verified(audit.value.folder)).toMatchObject({ outcome: 'good', kind: 'audit' })
  })
})
