import { saveReport } from '../../db/places.ts'
import { createCycle, createJurisdiction, saveOrgans, savePlan } from '../../db/setup.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { canonicalPlan } from '../../surveys/plan.ts'
import { systemScope } from '../guard.ts'
import type { World } from '../world.ts'
import { planOf } from './demo-definitions.ts'
import { demoOrgans, demoPilots } from './demo-organs.ts'
import { createDemoPlace, type DemoPlace, must } from './demo-place.ts'

// The pilots below the fictional province: three cities and thirteen counties, each with its organs and the year that is over.
// The first city has people who sign in; the others are there to be reported on.

const DAY_MS = 86_400_000
const organsOfPilot = 8
/** Days before (−) or after the day on which reports are due; a pilot left out has handed in none. */
const handedIn = [-4, -4, -3, -3, -3, -2, -2, -2, -1, -1, -1, 0, 2] as const

const report = {
  carriedOut: '参照省级方案，成立工作小组，对本级单位进行了领导、服务对象和群众三个方面的满意度测评。',
  outcome: '结果已向各单位反馈，排在后面的单位作了书面说明。',
  problems: '群众样本偏少，个别单位没有达到公布下限。',
  proposals: '建议省里统一组织群众测评，并提前下发问卷。',
}

export interface DemoPilot {
  readonly id: number
  /** Number of the year that is over. */
  readonly cycle: number
}

/** The pilots with that year, in the order of their list. */
export async function makePilots(
  world: World,
  province: DemoPlace,
  { year, now }: { readonly year: number; readonly now: number },
): Promise<DemoPilot[]> {
  const pilots: DemoPilot[] = []
  for (const [at, { code, ...named }] of demoPilots.entries()) {
    const facts = { ...named, above: province.code }
    const id =
      at === 0
        ? (await createDemoPlace(world, { code, organs: organsOfPilot, facts, now })).id
        : await createPilot(world, { code, facts, now })
    const cycle = await createCycle(world.writer, systemScope(id), {
      code: String(year),
      titleZh: `${year}年度绩效评估`,
      titleEn: `${year} performance assessment`,
      organs: demoOrgans(organsOfPilot).map((organ) => organ.code),
      now,
    })
    const pilot = { id, cycle: must('a year', cycle) }
    const own = planOf(year)
    const title = {
      'zh-CN': `${year}年度${named.nameZh}机关绩效评估方案（演示）`,
      en: `${year} plan for assessing the organs of ${named.nameEn} (demonstration)`,
    }
    const plan = { ...own, id: `${year}-${code}`, title }
    const hash = await world.crypto.sha256(utf8(canonicalPlan(plan)))
    must('its plan', await savePlan(world.writer, systemScope(id), { cycle: pilot.cycle, plan, hash, now }))
    pilots.push(pilot)
  }
  return pilots
}

/** Hands most of the reports in. `due`: the day until which they are due, UTC milliseconds. */
export async function handInReports(world: World, pilots: readonly DemoPilot[], due: number): Promise<void> {
  for (const [at, days] of handedIn.entries()) {
    const { id, cycle } = pilots[at]!
    const submitted = { cycle, version: 0, report, handsIn: true, now: due + days * DAY_MS }
    must('a report', await saveReport(world.writer, systemScope(id), submitted))
  }
}

async function createPilot(
  { writer }: World,
  {
    code,
    facts,
    now,
  }: { code: string; facts: { level: string; nameZh: string; nameEn: string; above: string }; now: number },
): Promise<number> {
  const id = must('a pilot', await createJurisdiction(writer, systemScope(0), { ...facts, code, now }))
  const organs = demoOrgans(organsOfPilot).map(({ visitors: _, ...organ }) => organ)
  must('its organs', await saveOrgans(writer, systemScope(id), { organs, now }))
  return id
}
