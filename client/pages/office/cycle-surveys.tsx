import type { IntakeMode, SurveyState } from '../../../surveys/cycle.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { type CycleMessages, cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import {
  type SetupProblem,
  type StepField,
  StepForm,
  StepFrame,
  type StepPart,
  type StepState,
  setupProblemText,
} from './cycle-form.tsx'
import { dateFields } from './cycles.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

type SetupSurveysPageProps = {
  shell: OfficeShellProps
  surveys: readonly (SurveyName & {
    state: SurveyState
    mode: IntakeMode
    /** 'public/3' */
    questionnaire: string
    opens: string
    closes: string
    expected: number
  })[]
  canAddOpen: boolean
  done: 'saved' | null
}

/** Step 4: the surveys of the cycle, each with a page of its own. */
export function SetupSurveysPage({ shell, surveys, canAddOpen, done }: SetupSurveysPageProps) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const office = officeMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <StepFrame
      shell={shell}
      step="surveys"
      problems={[]}
      done={done && words[done]}
      lock={null}
      effects={<p>{words.effectSurvey}</p>}
    >
      <p>{words.surveysIntro}</p>
      <Scroll label={words.step_surveys}>
        <DataTable
          caption={words.step_surveys}
          quietCaption
          columns={[
            { label: words.survey },
            { label: office.state },
            { label: words.questionnaire },
            { label: words.dates },
            { label: words.expected, numeric: true },
          ]}
          rows={surveys.map((survey) => [
            <a key="s" href={carry(urls.setupSurvey(jid, cycle, survey.sid), { locale })}>
              {surveyTitle(locale, survey)}
            </a>,
            <>
              {office[survey.state]} · {boxMessages(locale)[survey.mode]}
            </>,
            <code key="q">{survey.questionnaire}</code>,
            `${survey.opens} – ${survey.closes}`,
            survey.counted ? grouped(survey.expected) : '',
          ])}
        />
      </Scroll>
      {canAddOpen && mayDecide(shell) && (
        <form class="form" method="post" action={carry(urls.setupStep(jid, cycle, 'surveys'), { locale })}>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '', add: 'open' }} />
          <button type="submit" class="btn btn-2">
            {words.addOpen}
          </button>
          <p class="hint">{words.addOpenHint}</p>
        </form>
      )}
    </StepFrame>
  )
}

export type SetupSurveyPageProps = {
  shell: OfficeShellProps
  survey: SurveyName & { mode: IntakeMode }
  forms: readonly { value: string; text: string }[]
  adapters: readonly ('roster' | 'receipt' | 'signed_receipt' | 'sms' | 'oidc' | 'open')[]
  anchors: readonly string[]
  provider: { name: string; label: string } | null
  state: StepState
  done: 'saved' | null
  isDraft: boolean
  /** The plan is final: only dates, numbers and telephone can be changed. */
  isFinal: boolean
}

/** One survey: what it asks, how people answer, from when to when. */
export function SetupSurveyPage(props: SetupSurveyPageProps) {
  const { shell, survey, state, done, isDraft, isFinal } = props
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const parts = partsOf(props, words)
  // A way and an identity are codes in the problem, words on the page.
  const spoken = ({ values = {}, ...problem }: SetupProblem): SetupProblem => {
    if (problem.code !== 'two_anchors') return { ...problem, values }
    const adapter = words[`adapter_${values['adapter'] as 'sms'}`]
    return { ...problem, values: { adapter, anchor: anchorText(String(values['anchor']), props, words) } }
  }
  const shown = { ...state, problems: state.problems.map(spoken) }
  const lock = isDraft ? (isFinal ? words.planIsFinal : null) : words.onlyDraft
  return (
    <StepFrame
      shell={shell}
      step="surveys"
      problems={shown.problems.map((each) => ({
        href: `#${each.field}`,
        text: setupProblemText(words, parts, each),
      }))}
      done={done && words[done]}
      lock={lock}
      effects={
        <>
          <p>{words.effectSurvey}</p>
          <h3>{words.links}</h3>
          <ul>
            <li>
              <a href={carry(urls.survey(jid, cycle, survey.sid), { locale })}>{words.linkSurvey}</a>
            </li>
            {survey.group !== 'leaders' && survey.counted && (
              <li>
                <a href={carry(urls.population(jid, cycle), { locale })}>{words.linkPopulation}</a>
              </li>
            )}
            {survey.mode === 'sealed' && (
              <li>
                <a href={carry(urls.boxKey(jid, cycle, survey.sid), { locale })}>{words.linkKey}</a>
              </li>
            )}
          </ul>
        </>
      }
    >
      <h2>{surveyTitle(locale, survey)}</h2>
      <StepForm
        shell={shell}
        action={urls.setupSurvey(jid, cycle, survey.sid)}
        parts={parts}
        state={shown}
        isLocked={!isDraft}
      />
    </StepFrame>
  )
}

function partsOf(props: SetupSurveyPageProps, words: CycleMessages): StepPart[] {
  const { survey, forms, adapters, anchors, isFinal } = props
  const { group, counted } = survey
  const questionnaire: StepField = { name: 'questionnaire', label: words.questionnaire, options: forms }
  const modes = (['sealed', 'live'] as const).map((value) => ({ value, text: words[`mode_${value}`] }))
  const reason = { hint: words.reasonHint }
  const intake: StepField[] = [
    questionnaire,
    { name: 'mode', label: words.mode, options: modes },
    ...(group === 'leaders'
      ? [
          { name: 'reasonZh', label: words.reasonZh, ...reason },
          { name: 'reasonEn', label: words.reasonEn, ...reason },
        ]
      : []),
  ]
  const proof: StepField[] = [
    ...adapters.map((each): StepField => ({ name: `adapter_${each}`, label: words[`adapter_${each}`], isBox: true })),
    {
      name: 'anchor',
      label: words.anchor,
      options: anchors.map((value) => ({ value, text: anchorText(value, props, words) })),
    },
  ]
  const number = { inputmode: 'numeric' } as const
  const rest: StepPart = {
    title: words.datesPart,
    fields: [
      ...dateFields(words),
      { name: 'grace', label: words.grace, input: number },
      ...(counted ? [{ name: 'expected', label: words.expected, hint: words.expectedHint, input: number }] : []),
      { name: 'phone', label: words.phone, hint: words.phoneHint, input: { type: 'tel' } },
    ],
  }
  if (isFinal) return [rest]
  if (!counted) return [{ title: words.intakePart, fields: [questionnaire] }, rest]
  return [{ title: words.intakePart, fields: intake }, { title: words.adapters, fields: proof }, rest]
}

function anchorText(anchor: string, { provider }: SetupSurveyPageProps, words: CycleMessages): string {
  if (anchor.startsWith('oidc:')) return fill(words.anchor_oidc, { name: provider?.label ?? anchor.slice(5) })
  return words[`anchor_${anchor as 'roster'}`]
}

type KeysPageProps = {
  shell: OfficeShellProps
  surveys: readonly (SurveyName & { group: GroupId; key: 'missing' | 'made' | 'done' })[]
}

/** Step 5: the key of each sealed survey. */
export function KeysPage({ shell, surveys }: KeysPageProps) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const states = { missing: words.keyMissing, made: words.keyMade, done: words.keyDone }
  return (
    <StepFrame shell={shell} step="keys" problems={[]} done={null} lock={null} effects={<p>{words.effectKeys}</p>}>
      {surveys.length === 0 ? (
        <p class="note">{words.keysNone}</p>
      ) : (
        <>
          <p>{words.keysIntro}</p>
          <DataTable
            caption={words.step_keys}
            quietCaption
            columns={[{ label: words.survey }, { label: words.keyState }]}
            rows={surveys.map(({ key, ...survey }) => [
              <a key="k" href={carry(urls.boxKey(jid, cycle, survey.sid), { locale })}>
                {surveyTitle(locale, survey)}
              </a>,
              states[key],
            ])}
          />
        </>
      )}
    </StepFrame>
  )
}
