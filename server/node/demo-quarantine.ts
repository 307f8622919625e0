import { approveQuarantine, canonicalSuspicion, proposeQuarantine, type Suspicion } from '../../db/quarantine.ts'
import { countAnswers } from '../../db/screening.ts'
import { base64url, utf8 } from '../../surveys/canonical.ts'
import { screenSurvey } from '../../surveys/screening.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { dayCounts } from '../screening.ts'
import type { World } from '../world.ts'
import type { DemoCycle } from './demo-cycle.ts'
import { surveyKinds } from './demo-definitions.ts'
import { type DemoPlace, must } from './demo-place.ts'

const HOUR_MS = 3_600_000
const reason =
  '同一上午连续交来，逐题全选“非常满意”；经核实为窗口集中代填。（虚构）Filled in at the counter. (invented)'

/**
 * The office screens the recipients' survey, and two administrators take out the batch about this organ that chance is
 * least likely to have made. In a small demonstration nothing stands out; then nothing is taken out.
 */
export async function quarantineStuffing(
  world: World,
  place: DemoPlace,
  cycle: DemoCycle,
  { organ, now }: { readonly organ: string; readonly now: number },
): Promise<void> {
  const { db, writer, crypto } = world
  const { id: survey } = cycle.surveys.find(({ group, counted }) => counted && group === 'recipients')!
  const spec = tallySpec(surveyKinds.find(({ word }) => word === 'recipients')!.form)
  const answers = must('a screening', await countAnswers(db, place.proposer, survey))
  const { tests } = screenSurvey(spec, { slips: dayCounts(answers), pace: null }, cycle.plan.screening.level)
  // A burst would take everybody out who came on that day, a repeated pattern only those who gave it.
  const [worst] = tests
    .filter(({ test, isFlagged, batch }) => {
      return test === 'duplicates' && isFlagged && batch.organ === place.organIds.get(organ)
    })
    .sort((a, b) => a.p - b.p)
  if (!worst) return
  const { test, batch, p, adjustedP, slips, answers: among } = worst
  const day = batch.day ?? 0
  const suspicion: Suspicion = { survey, organ: batch.organ, day, answers: among, test, p, adjustedP, slips, reason }
  const id = base64url(crypto.random(16))
  const payloadHash = await crypto.sha256(utf8(canonicalSuspicion(suspicion)))
  const proposal = { id, suspicion, payloadHash, now: now - 2 * HOUR_MS }
  must('a proposed quarantine', await proposeQuarantine(writer, place.proposer, proposal))
  must('a quarantine', await approveQuarantine(db, writer, place.approver, { id, payloadHash, spec, now }))
}
