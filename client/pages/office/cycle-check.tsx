import type { Missing, SurveyState } from '../../../surveys/cycle.ts'
import { cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { Field } from '../../parts/field.tsx'
import { mayDecide, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { StepFrame } from './cycle-form.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

export type CheckPageProps = {
  shell: OfficeShellProps
  /** The cycle's name, as it is to be typed. */
  title: string
  /** Hexadecimal. */
  planHash: string
  /** When the plan was made final; null before. */
  frozen: string | null
  canThaw: boolean
  surveys: readonly (SurveyName & {
    state: SurveyState
    missing: readonly Missing[]
    isRequestable: boolean
    manifest: string | null
  })[]
  /** What was typed as the name. */
  typed: string
  problem: 'name_differs' | 'changed' | null
  done: 'requested' | 'thawed' | null
}

/** Step 6: what each survey lacks, with the way to where that is set; and the request to open. */
export function CheckPage(props: CheckPageProps) {
  const { shell, planHash, frozen, surveys, problem, done } = props
  const { locale } = shell
  const words = cycleMessages(locale)
  const text = problem && words[`problem_${problem}`]
  return (
    <StepFrame
      shell={shell}
      step="check"
      problems={text ? [{ href: problem === 'name_differs' ? '#name' : '#surveys', text }] : []}
      done={done && words[done]}
      lock={null}
      effects={
        <>
          <p>{words.effectCheck}</p>
          <dl class="facts">
            <dt>{words.planHash}</dt>
            <dd>
              <code title={planHash}>{planHash.slice(0, 16)}</code>
            </dd>
            <dt>{words.step_plan}</dt>
            <dd>{frozen === null ? words.notFrozen : fill(words.frozenSince, { time: frozen })}</dd>
          </dl>
        </>
      }
    >
      <p>{words.checkIntro}</p>
      <div id="surveys">
        {surveys.map((survey) => (
          <SurveyCheck key={survey.sid} shell={shell} survey={survey} />
        ))}
      </div>
      {mayDecide(shell) && <Acts {...props} problemText={text} />}
    </StepFrame>
  )
}

function SurveyCheck({ shell, survey }: { shell: OfficeShellProps; survey: CheckPageProps['surveys'][number] }) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { missing, manifest, state, sid } = survey
  const hasForm = state === 'draft' && !missing.includes('plan') && !missing.includes('organs')
  const canPreview = mayDecide(shell) && (state === 'ready' || hasForm)
  const texts = boxMessages(locale).missing
  return (
    <section class="block">
      <h2>
        <a href={carry(urls.survey(jid, cycle, sid), { locale })}>{surveyTitle(locale, survey)}</a>{' '}
        <span class="tag">{officeMessages(locale)[state]}</span>
      </h2>
      {missing.length > 0 ? (
        <>
          <p>{fill(words.checkMissing, { n: missing.length })}</p>
          <ul class="checks">
            {missing.map((code) => (
              <li key={code}>
                <a href={carry(whereToSet(code, jid, cycle, sid), { locale })}>{texts[code]}</a>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>{words.checkComplete}</p>
      )}
      {canPreview && (
        <p>
          <a href={carry(urls.preview(jid, cycle, sid), { locale })}>{words.checkPreview}</a>
        </p>
      )}
      <p class="hint">
        {words.manifest}: {manifest ? <code title={manifest}>{manifest.slice(0, 16)}</code> : words.manifestNone}
      </p>
    </section>
  )
}

/** The page on which a missing thing is set. */
function whereToSet(code: Missing, jid: string, cycle: string, sid: string): string {
  switch (code) {
    case 'plan':
    case 'plan_frozen':
      return urls.setupStep(jid, cycle, 'plan')
    case 'organs':
    case 'organ_class_in_plan':
      return urls.setupStep(jid, cycle, 'organs')
    case 'box_key':
    case 'box_rehearsal':
      return urls.boxKey(jid, cycle, sid)
    case 'population':
    case 'population_of_questionnaire':
      return urls.population(jid, cycle)
    case 'two_administrators':
      return urls.people(jid)
    default:
      return urls.setupSurvey(jid, cycle, sid)
  }
}

function Acts({
  shell,
  title,
  canThaw,
  surveys,
  typed,
  problem,
  problemText,
}: CheckPageProps & { problemText: string | null }) {
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const action = carry(urls.setupStep(jid, cycle, 'check'), { locale })
  const csrf = shell.user?.csrf ?? ''
  const complete = surveys.filter(({ isRequestable }) => isRequestable).map((each) => surveyTitle(locale, each))
  return (
    <>
      {complete.length === 0 ? (
        <p class="note">{words.requestNothing}</p>
      ) : (
        <form class="form" method="post" action={action} novalidate>
          <HiddenFields values={{ csrf, act: 'request' }} />
          <fieldset class="card">
            <legend>{words.request}</legend>
            <p class="hint">{fill(words.requestHint, { surveys: complete.join(locale === 'en' ? ', ' : '、') })}</p>
            <Field
              name="name"
              label={words.typedName}
              hint={fill(words.typedNameHint, { title })}
              problem={problem === 'name_differs' && problemText ? problemText : undefined}
              input={{ value: typed, autocomplete: 'off', spellcheck: false }}
            />
          </fieldset>
          <button type="submit" class="btn">
            {words.request}
          </button>
        </form>
      )}
      {canThaw && (
        <form class="form" method="post" action={action}>
          <HiddenFields values={{ csrf, act: 'thaw' }} />
          <button type="submit" class="btn btn-2">
            {words.thaw}
          </button>
          <p class="hint">{words.thawHint}</p>
        </form>
      )}
    </>
  )
}
