import leadersForm from '../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../surveys/forms/public.json' with { type: 'json' }
import recipientsForm from '../../surveys/forms/recipients.json' with { type: 'json' }
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import preset from '../../surveys/plans/2025-jiangzhou.json' with { type: 'json' }
import { type GroupId, type Locale, parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { must } from './demo-place.ts'

/** The preset of the province, moved to another year. */
export function planOf(year: number): Plan {
  const title = {
    'zh-CN': `${year}年度江州省省级机关绩效评估方案（演示）`,
    en: `${year} plan for assessing the organs of Jiangzhou Province (demonstration)`,
  }
  const deadlines = { selfAssessment: `${year + 1}-03-15`, leadScores: `${year + 1}-03-20` }
  const cycle = String(year)
  return must(`a plan for ${year}`, parsePlan({ ...preset, id: `${year}-jiangzhou`, cycle, title, deadlines }))
}

/** A plan whose groups answer in live mode, for a reason that stands in the plan. */
export function livePlan(plan: Plan, groups: readonly GroupId[], reason: Readonly<Record<Locale, string>>): Plan {
  const live = (group: GroupId) =>
    groups.includes(group)
      ? { ...plan.groups[group], intake: 'live' as const, intakeReason: reason }
      : plan.groups[group]
  return { ...plan, groups: { leaders: live('leaders'), recipients: live('recipients'), public: live('public') } }
}

/** What a survey of the demonstration asks, and whether it is scored. */
export interface SurveyKind {
  /** First part of the survey's code. */
  readonly word: string
  readonly form: Questionnaire
  readonly counted: boolean
}

const formOf = (json: unknown): Questionnaire => must('a questionnaire', parseQuestionnaire(json))

/** The three scored surveys and the open channel, which asks what the public is asked. */
export const surveyKinds: readonly SurveyKind[] = [
  { word: 'leaders', form: formOf(leadersForm), counted: true },
  { word: 'recipients', form: formOf(recipientsForm), counted: true },
  { word: 'public', form: formOf(publicForm), counted: true },
  { word: 'open', form: formOf(publicForm), counted: false },
]
