import { fill } from '../../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { SurveyHead, View } from './views.ts'

/** What is said about a receipt; never anything of an answer. */
export type CheckOutcome =
  | { readonly kind: 'counted'; readonly index: number }
  | { readonly kind: 'not_yet' | 'invalid' | 'no_log' | 'broken' | 'failed' }

/** What the device says of the answers that it sealed itself: yes, no, or why not. */
export type AnswersOutcome = 'all' | 'missing' | 'broken' | 'failed'

export type CheckPageProps = View & {
  survey: SurveyHead
  /** SHA-256 of the manifest, in hexadecimal: the device takes its keys from no other. */
  manifestHash: string
  /** Address of the built `islands/check.ts`; without it the server checks. */
  script?: string | undefined
  /** Once results are published: the address of the hashes of all slips. */
  slipHashes?: string | undefined
  /** What was pasted, given back, and what came of it; null while nothing was asked. */
  asked?: { readonly text: string; readonly outcome: CheckOutcome | 'required' } | undefined
}

export function checkTitle({ locale, survey, asked }: CheckPageProps): string {
  const m = respondMessages(locale)
  return titleOf(m, m.checkTitle, survey, asked?.outcome === 'required')
}

/** One page for every receipt: with script the device checks it, without script the server does and says the same. */
export function CheckPage(props: CheckPageProps) {
  const { locale, survey, manifestHash, script, slipHashes, asked } = props
  const m = respondMessages(locale)
  const { jid, sid } = survey
  const outcome = asked?.outcome === 'required' ? undefined : asked?.outcome
  const problem = asked?.outcome === 'required' ? m.checkRequired : undefined
  return (
    <Frame {...props} again={{ path: urls.check(jid, sid) }} back={{ href: urls.start(jid, sid) }}>
      <ErrorSummary locale={locale} lines={problem ? [{ href: `#${fields.receipt}`, text: problem }] : []} />
      <p class="step">
        <bdi>{survey.organiser}</bdi> · {survey.year} · {survey.title}
      </p>
      <h1>{m.checkTitle}</h1>
      <p class="lead">{m.checkIntro}</p>
      <div class="note" role="status" id="outcome" hidden={outcome === undefined}>
        {outcome ? <Outcome m={m} survey={survey} outcome={outcome} /> : null}
      </div>
      <div
        class="note"
        id="answers"
        hidden
        data-hashes={slipHashes}
        data-words={JSON.stringify(answersWords(m, survey))}
      >
        <p>{m.checkAnswersIntro}</p>
        <p class="row">
          <button type="button" class="btn btn-2" />
        </p>
        <div role="status" hidden />
      </div>
      <form
        method="post"
        action={carry(urls.check(jid, sid), props)}
        data-island="check"
        data-survey={`${jid}/${sid}`}
        data-manifest={manifestHash}
        data-words={JSON.stringify(checkWords(m, survey))}
      >
        <TextArea
          name={fields.receipt}
          label={m.checkLabel}
          hint={m.checkHint}
          problem={problem}
          input={{ rows: 5, value: asked?.text ?? '', autocomplete: 'off', spellcheck: false }}
        />
        <div class="field" id="file-field" hidden>
          <label for="file">{m.checkFile}</label>
          <input type="file" id="file" accept=".txt,text/plain" />
        </div>
        <button type="submit" class="btn">
          {m.checkButton}
        </button>
        <p class="hint" id="who">
          {m.checkByServer}
        </p>
      </form>
      {script ? <script src={script} type="module" /> : null}
    </Frame>
  )
}

/** The words of the page's script. */
export type CheckWords = Readonly<Record<CheckOutcome['kind'] | 'working' | 'device', readonly [string, string]>>

function checkWords(m: RespondMessages, survey: SurveyHead): CheckWords {
  return {
    counted: [m.checkCounted, m.checkCountedText],
    not_yet: [m.checkNotYet, m.checkNotYetText],
    invalid: [m.checkInvalid, m.checkInvalidText],
    no_log: [m.checkNoLog, ''],
    broken: [m.checkBroken, fill(m.checkBrokenText, { phone: survey.phone })],
    failed: [m.checkFailed, ''],
    working: [m.checkWorking, ''],
    device: [m.checkByDevice, ''],
  }
}

/** The words for the answers that a device remembers. */
export type AnswersWords = Readonly<Record<AnswersOutcome | 'button' | 'working', readonly [string, string]>>

function answersWords(m: RespondMessages, survey: SurveyHead): AnswersWords {
  return {
    button: [m.checkAnswersButton, ''],
    working: [m.checkAnswersWorking, ''],
    all: [m.checkAnswersAll, m.checkAnswersAllText],
    missing: [m.checkAnswersMissing, fill(m.checkAnswersMissingText, { phone: survey.phone })],
    broken: [m.checkAnswersBroken, fill(m.checkBrokenText, { phone: survey.phone })],
    failed: [m.checkFailed, ''],
  }
}

function Outcome({ m, survey, outcome }: { m: RespondMessages; survey: SurveyHead; outcome: CheckOutcome }) {
  const [sentence, more] = checkWords(m, survey)[outcome.kind]
  return (
    <>
      <p>
        <strong>{fill(sentence, { i: outcome.kind === 'counted' ? outcome.index : '' })}</strong>
      </p>
      {more ? <p>{more}</p> : null}
    </>
  )
}
