import type { Plan } from '../../../surveys/plan.ts'
import { type PlanField, planFieldsOf } from '../../../surveys/plan-fields.ts'
import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import { type CycleMessages, cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable } from '../../parts/data-table.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { urls } from '../../urls.ts'
import {
  type Lock,
  type StepField,
  StepForm,
  StepFrame,
  type StepPart,
  type StepState,
  setupProblemText,
} from './cycle-form.tsx'

export type PlanPageProps = {
  shell: OfficeShellProps
  plan: Plan
  /** SHA-256 of the stored plan, hexadecimal. */
  planHash: string
  /** Names of the features that each group's questionnaire asks for. */
  margins: Readonly<Partial<Record<GroupId, readonly string[]>>>
  /** The cycle before, and the fields that differ from it: [field, before, now]. */
  differences: { title: string; rows: readonly (readonly [string, string, string])[] } | null
  state: StepState
  done: 'saved' | null
  lock: Lock | null
}

/** Step 2: the plan, field by field. */
export function PlanPage({ shell, plan, planHash, margins, differences, state, done, lock }: PlanPageProps) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const parts = partsOf(plan, margins, locale)
  const fields = parts.flatMap((part) => part.fields)
  const labelOf = (name: string) => fields.find((field) => field.name === name)?.label ?? name
  const shown = (name: string, value: string) =>
    fields.find((field) => field.name === name)?.options?.find((each) => each.value === value)?.text ??
    (value || words.empty)
  return (
    <StepFrame
      shell={shell}
      step="plan"
      problems={state.problems.map((each) => ({
        href: `#${each.field}`,
        text: setupProblemText(words, parts, each),
      }))}
      done={done && words[done]}
      lock={lock && words[`locked_${lock}`]}
      effects={
        <>
          <p>{words.effectPlan}</p>
          <dl class="facts">
            {Object.entries(plan.scales).map(([scale, points]) => (
              <>
                <dt>
                  {words.pointsNow} <code>{scale}</code>
                </dt>
                <dd class="num">{Object.values(points).reverse().join(' / ')}</dd>
              </>
            ))}
            <dt>{words.planHash}</dt>
            <dd>
              <code>{planHash.slice(0, 16)}</code>
            </dd>
          </dl>
          {differences &&
            (differences.rows.length === 0 ? (
              <p>{fill(words.noDifferences, { title: differences.title })}</p>
            ) : (
              <DataTable
                caption={fill(words.differences, { title: differences.title })}
                columns={[{ label: words.field }, { label: words.before }, { label: words.now }]}
                rows={differences.rows.map(([name, before, now]) => [
                  labelOf(name),
                  shown(name, before),
                  shown(name, now),
                ])}
              />
            ))}
        </>
      }
    >
      <StepForm
        shell={shell}
        action={urls.setupStep(jid, cycle, 'plan')}
        parts={parts}
        state={state}
        isLocked={lock !== null}
      />
    </StepFrame>
  )
}

function partsOf(plan: Plan, margins: PlanPageProps['margins'], locale: Locale): StepPart[] {
  const words = cycleMessages(locale)
  const all = planFieldsOf(plan).map((field) => fieldOf(field, plan, margins, locale))
  const part = (title: string, ...starts: string[]): StepPart => ({
    title,
    fields: all.filter(({ name }) => starts.some((start) => name === start || name.startsWith(`${start}_`))),
  })
  return [
    part(words.weights, 'weight'),
    part(words.minimums, 'minimum', 'response', 'effective', 'missingGroup'),
    part(words.gradesPart, 'grade', 'advanced'),
    part(words.populationPart, 'margins', 'calibration'),
    part(words.roundingPart, 'decimals', 'roundingAt', 'ciLevel', 'separated'),
    part(words.policies, 'drillDown', 'distribution', 'evidence', 'reasons', 'dontKnow', 'asks'),
    part(words.deadlinesPart, 'selfAssessment', 'leadScores', 'placeReports'),
    part(
      words.followUpPart,
      'appealDays',
      'rectificationDays',
      'leadReviewDays',
      'reminders',
      'hearingDays',
      'missedBelow',
    ),
  ]
}

function fieldOf(field: PlanField, plan: Plan, margins: PlanPageProps['margins'], locale: Locale): StepField {
  const words = cycleMessages(locale)
  const { name, kind } = field
  const label = labelOfField(name, plan, locale)
  if (kind === 'choice')
    return { name, label, options: field.choices.map((value) => ({ value, text: choiceText(words, name, value) })) }
  if (kind === 'day') return { name, label, hint: words.dayHint, input: { type: 'date' } }
  if (kind === 'terms') return { name, label, hint: words.remindersHint, input: { autocomplete: 'off' } }
  if (kind !== 'names') return { name, label, input: { inputmode: kind === 'whole' ? 'numeric' : 'decimal' } }
  const known = margins[name.slice('margins_'.length) as GroupId] ?? []
  return {
    name,
    label,
    hint: fill(words.marginsHint, { names: known.join(', ') || words.empty }),
    input: { spellcheck: false, autocapitalize: 'none' },
  }
}

/** What a field of the form is called. */
export function labelOfField(name: string, plan: Plan, locale: Locale): string {
  const words = cycleMessages(locale)
  const groups = resultsMessages(locale)
  const [start = '', rest = ''] = name.split('_')
  const group = (['leaders', 'recipients', 'public'] as const).find((id) => id === rest)
  if (start === 'weight' && group) return groups[group]
  if (start === 'minimum' && group) return fill(words.minimum_of, { group: groups[group] })
  if (start === 'margins' && group) return fill(words.margins_of, { group: groups[group] })
  if (start === 'calibration' && group) return fill(words.calibration_of, { group: groups[group] })
  if (start === 'grade') {
    const title = plan.grades.find(({ id }) => id === rest)?.title
    return fill(words.grade_of, { grade: title?.[locale] ?? rest })
  }
  return words[name as PlainField]
}

/** The fields whose label is the word of the same name. */
type PlainField =
  | 'response_leaders'
  | 'effective_public'
  | 'missingGroup'
  | 'advanced'
  | 'decimals'
  | 'roundingAt'
  | 'ciLevel'
  | 'separated'
  | 'drillDown'
  | 'distribution'
  | 'evidence'
  | 'reasons'
  | 'dontKnow'
  | 'asks'
  | 'selfAssessment'
  | 'leadScores'
  | 'placeReports'
  | 'appealDays'
  | 'rectificationDays'
  | 'leadReviewDays'
  | 'reminders'
  | 'hearingDays'
  | 'missedBelow'

function choiceText(words: CycleMessages, name: string, value: string): string {
  if (name === 'missingGroup') return words[`missingGroup_${value as 'block'}`]
  if (name === 'roundingAt') return words[`roundingAt_${value as 'end'}`]
  if (name === 'evidence') return words[`evidence_${value as 'sums'}`]
  if (name === 'reasons') return words[`reasons_${value as 'organ'}`]
  if (name === 'ciLevel') return `${Math.round(Number(value) * 100)} %`
  return words[`calibration_${value as 'none'}`]
}
