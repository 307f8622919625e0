import { cycleMessages } from '../../client/messages/cycles.ts'
import { fill } from '../../client/messages/fill.ts'
import type { Moment } from '../../db/audit.ts'
import { beginCycle, type CommonTerms, type CycleTitles, termsOf } from '../../db/cycle-setup.ts'
import { type OfferedPlan, type PlaceRow, type PlanOrigin, readOfferedForms } from '../../db/places.ts'
import { readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { type NewSurvey, saveQuestionnaire } from '../../db/setup.ts'
import { utf8 } from '../../surveys/canonical.ts'
import leadersForm from '../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import recipientsForm from '../../surveys/forms/recipients.json' with { type: 'json' }
import { canonicalPlan, type Plan, parsePlan } from '../../surveys/plan.ts'
import { planForCycle } from '../../surveys/plan-fields.ts'
import preset from '../../surveys/plans/2013-provincial.json' with { type: 'json' }
import { canonicalQuestionnaire, type GroupId, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { err, type Result } from '../../surveys/result.ts'
import { systemScope } from '../guard.ts'
import { readStored } from '../stored.ts'
import type { World } from '../world.ts'

type Begun = Omit<NewSurvey, 'cycle' | 'now' | 'req'>

/** From what a cycle begins: one of the own (its number), a plan of the place above, or (null) the preset. */
export type Beginning = number | { readonly above: PlaceRow; readonly plan: OfferedPlan } | null

/** After the close those who had begun may still send. */
export const usualGraceMinutes = 15

/**
 * Begins a cycle: with organs, plan, questionnaires and modes of the one numbered `from`; with plan and questionnaires of
 * the place above and no organs, which is kept on record; or with the provincial plan of 2013, the questionnaires that are
 * shipped, and no organs. `forms_differ`: a questionnaire of the same name and version has other questions here.
 */
export async function beginFrom(
  world: World,
  scope: Scope,
  from: Beginning,
  act: Moment & CycleTitles & { readonly code: string; readonly terms: CommonTerms },
): Promise<Result<number, 'code_taken' | 'conflict' | 'forms_differ'>> {
  const { code, terms, ...cycle } = act
  const { titleZh, titleEn } = cycle
  if (from !== null && typeof from === 'object') {
    for (const { body, hash } of await readOfferedForms(world.db, systemScope(from.above.id), from.plan.cycle)) {
      const questionnaire = readStored(parseQuestionnaire(JSON.parse(body)))
      const saved = await saveQuestionnaire(world.writer, scope, { questionnaire, hash, ...momentOf(act) })
      if (!saved.ok) return err('forms_differ')
    }
  }
  const base = await baseOf(world, scope, from, act)
  const title = {
    'zh-CN': fill(cycleMessages('zh-CN').planTitle, { title: titleZh }),
    en: fill(cycleMessages('en').planTitle, { title: titleEn }),
  }
  const plan = planForCycle(base.plan, { code, title })
  const hash = await world.crypto.sha256(utf8(canonicalPlan(plan)))
  return beginCycle(world.db, world.writer, scope, {
    ...cycle,
    code,
    organs: base.organs,
    plan,
    hash,
    surveys: base.surveys,
    ...(base.origin ? { origin: base.origin } : {}),
  })
}

const momentOf = ({ now, req }: Moment): Moment => (req === undefined ? { now } : { now, req })

async function baseOf(world: World, scope: Scope, from: Beginning, act: Begin): Promise<Base> {
  if (from === null) return baseOfPreset(world, scope, act)
  if (typeof from === 'number') return baseOfCycle(world, scope, from, act)
  const { above, plan: offered } = from
  const plan = readStored(parsePlan(JSON.parse(offered.body)))
  const { code: place, nameZh, nameEn } = above
  const origin = { place, nameZh, nameEn, placeCycle: offered.code, body: offered.body, takenAt: act.now }
  return { plan, organs: [], surveys: surveysOf(plan, act), origin }
}

interface Base {
  readonly plan: Plan
  readonly organs: readonly string[]
  readonly surveys: readonly Begun[]
  readonly origin?: PlanOrigin
}

type Begin = Moment & { readonly code: string; readonly terms: CommonTerms }

async function baseOfPreset(world: World, scope: Scope, act: Begin): Promise<Base> {
  const plan = readStored(parsePlan(preset))
  for (const form of [leadersForm, recipientsForm, publicForm]) {
    const questionnaire = readStored(parseQuestionnaire(form))
    const hash = await world.crypto.sha256(utf8(canonicalQuestionnaire(questionnaire)))
    // A version that an office has changed already stays as it is.
    await saveQuestionnaire(world.writer, scope, { questionnaire, hash, ...momentOf(act) })
  }
  return { plan, organs: [], surveys: surveysOf(plan, act) }
}

/** The three counted surveys as a plan has them. */
const surveysOf = (plan: Plan, { code, terms }: Begin): Begun[] =>
  (['leaders', 'recipients', 'public'] as const).map((group): Begun => {
    const { intake, adapter, anchor, questionnaire } = plan.groups[group]
    return {
      ...{ code: surveyCode(group, true, code), group, counted: true, mode: intake, anchor, adapters: [adapter] },
      ...{ questionnaire, graceMinutes: usualGraceMinutes, expected: 0, ...terms },
    }
  })

async function baseOfCycle(world: World, scope: Scope, from: number, { code, terms }: Begin): Promise<Base> {
  const file = await readCycle(world.db, scope, from)
  return {
    plan: readStored(parsePlan(JSON.parse(file.plan.body))),
    organs: file.organs.map((organ) => organ.code),
    surveys: file.surveys.map(
      (survey): Begun => ({
        ...termsOf(survey),
        ...terms,
        ...{ code: surveyCode(survey.group, survey.counted, code), group: survey.group, counted: survey.counted },
      }),
    ),
  }
}

/** 'public-2026'; 'open-2026' for the open channel. */
export const surveyCode = (group: GroupId, isCounted: boolean, cycle: string): string =>
  `${isCounted ? group : 'open'}-${cycle}`
