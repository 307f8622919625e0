import type { ComponentChild } from 'preact'
import type { Missing } from '../../../surveys/cycle.ts'
import { assistMessages } from '../../messages/assist.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type BoxMessages, boxMessages } from '../../messages/office-box.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'
import { surveyTitle } from './survey-name.ts'
import type { SurveyLine } from './surveys.tsx'

/**
 * What can be done about a survey; `box_key`, `rehearse`, `amend`, `open_box`, `box_result`, `audit_key`, `audit` and
 * `embed` are pages of their own.
 */
export type SurveyAct =
  | 'box_key'
  | 'rehearse'
  | 'preview'
  | 'make_ready'
  | 'back_to_draft'
  | 'propose_open'
  | 'propose_close'
  | 'amend'
  | 'pause'
  | 'resume'
  | 'open_box'
  | 'box_result'
  | 'propose_publish'
  | 'audit_key'
  | 'audit'
  | 'embed'

/** Why something cannot be done now. */
export type Hindrance =
  | 'only_draft'
  | 'before_opening'
  | 'no_key'
  | 'is_missing'
  | 'only_ready'
  | 'no_manifest'
  | 'is_over'
  | 'is_proposed'
  | 'is_approved'
  | 'only_open'
  | 'only_closed'
  | 'others_unfinished'
  | 'is_published'
  | 'no_audit_key'
  | 'after_close'

export type PossibleAct = { act: SurveyAct; hindrance: Hindrance | null }

/** The key of a box, as everybody may know it. */
export type KeyView = {
  holding: 'trustees' | 'file'
  threshold: number
  shares: number
  fingerprint: string
  /** When it was last put together from its shares; null before. */
  rehearsed: string | null
}

export type SurveyPageProps = {
  shell: OfficeShellProps
  survey: SurveyLine & {
    results: string
    manifest: { hash: string; fingerprint: string } | null
    /** null for a live survey, and for a sealed one that has none yet. */
    key: KeyView | null
  }
  /** The plan lets staff write answers down. */
  isAssisted: boolean
  /** null once it has opened. */
  missing: readonly Missing[] | null
  acts: readonly PossibleAct[]
  done:
    | 'make_ready'
    | 'back_to_draft'
    | 'propose_open'
    | 'propose_close'
    | 'pause'
    | 'resume'
    | 'propose_publish'
    | null
  /** What was asked for and could not be done; `reason` comes back as it was typed. */
  problem: { act: SurveyAct; kind: 'reason' | 'leading' | 'changed' | FilesProblem; reason: string } | null
}

/** Why the files of a publication could not be made. */
export type FilesProblem =
  | 'not_finished'
  | 'no_survey'
  | 'log_broken'
  | 'log_incomplete'
  | 'evidence_unsupported'
  | 'not_verified'
  | 'differs_from_lock'
  | 'busy'
  | 'not_here'

export function surveyPageTitle({ shell, survey, problem }: SurveyPageProps): string {
  const title = surveyTitle(shell.locale, survey)
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** One survey: what stands about it, what is missing before it can open, and what can be done now. */
export function SurveyPage(props: SurveyPageProps) {
  const { shell, survey, missing, acts, done, problem } = props
  const { locale } = shell
  const words = boxMessages(locale)
  const title = surveyTitle(locale, survey)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={title} />
      {problem && (
        <ErrorSummary
          locale={locale}
          lines={[
            {
              href: isOfReason(problem.kind) ? `#reason-${problem.act}` : '#acts',
              text: surveyProblemText(words, problem.kind),
            },
          ]}
        />
      )}
      <h1>
        {title} <span class="tag">{survey.isPaused ? words.paused : officeMessages(locale)[survey.state]}</span>
      </h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <section class="block">
        <h2>{words.aboutHeading}</h2>
        <About survey={survey} words={words} />
        {props.isAssisted ? (
          <p>
            <a href={carry(urls.assist(shell.place?.jid ?? '', shell.place?.cycle ?? '', survey.sid), { locale })}>
              {assistMessages(locale).link}
            </a>
          </p>
        ) : null}
      </section>
      {missing && <Checks missing={missing} words={words} />}
      {mayDecide(shell) && (
        <section class="block" id="acts">
          <h2>{words.actsHeading}</h2>
          <ul class="acts">
            {possibleFirst(acts).map(({ act, hindrance }) => (
              <li key={act}>
                <Act
                  act={act}
                  hindrance={hindrance}
                  problem={problem?.act === act ? problem : null}
                  {...{ shell, survey, words }}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
    </OfficeShell>
  )
}

/** What can be done now, and below it what a state still forbids. */
const possibleFirst = (acts: readonly PossibleAct[]): PossibleAct[] =>
  acts.toSorted((a, b) => Number(a.hindrance !== null) - Number(b.hindrance !== null))

const isOfReason = (kind: NonNullable<SurveyPageProps['problem']>['kind']) => kind === 'reason' || kind === 'leading'

/** Why something asked for was not done. */
export function surveyProblemText(words: BoxMessages, kind: NonNullable<SurveyPageProps['problem']>['kind']): string {
  if (kind === 'reason') return fill(words.problemReason, reasonLength)
  if (kind === 'leading') return words.problemLeading
  return kind === 'changed' ? words.problemChanged : fill(words.problemFiles, { why: words[`files_${kind}`] })
}

function About({ survey, words }: { survey: SurveyPageProps['survey']; words: BoxMessages }) {
  const { state, mode, opens, closes, results, received, expected, counted, manifest, key } = survey
  const isClosed = state !== 'draft' && state !== 'ready' && state !== 'open'
  return (
    <dl class="facts">
      <Fact name={words.mode}>
        {words[mode]} <span class="hint">{words[`${mode}Note`]}</span>
      </Fact>
      <Fact name={words.opens}>{opens}</Fact>
      <Fact name={isClosed ? words.closedAt : words.closes}>{closes}</Fact>
      <Fact name={words.resultsOn}>{results}</Fact>
      <Fact name={words.received}>
        {counted
          ? fill(words.receivedOf, { received: grouped(received), expected: grouped(expected) })
          : grouped(received)}
        {mode === 'sealed' && <span class="hint"> {words.receivedSealed}</span>}
      </Fact>
      {mode === 'sealed' && (
        <Fact name={words.boxKey}>{key ? <KeyFacts shown={key} words={words} /> : words.keyNone}</Fact>
      )}
      <Fact name={words.manifest}>
        {manifest ? (
          <>
            <code title={manifest.hash}>{manifest.fingerprint}</code>{' '}
            <a href={urls.manifest(manifest.hash)}>{words.manifestLink}</a>
          </>
        ) : (
          words.manifestNone
        )}
      </Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChild }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** Who keeps a key, its fingerprint, and when it was rehearsed. */
export function KeyFacts({ shown, words }: { shown: KeyView; words: BoxMessages }) {
  const { holding, threshold, shares, fingerprint, rehearsed } = shown
  return (
    <>
      {holding === 'file' ? words.keyFile : fill(words.keyTrustees, { k: threshold, n: shares })}
      {holding === 'trustees' && (
        <> {rehearsed === null ? words.notRehearsed : fill(words.rehearsed, { time: rehearsed })}</>
      )}
      <br />
      {words.keyPrint} <code>{fingerprint}</code>
    </>
  )
}

function Checks({ missing, words }: { missing: readonly Missing[]; words: BoxMessages }) {
  // A code without words does not compile.
  const texts: Readonly<Record<Missing, string>> = words.missing
  return (
    <section class="block" id="checks">
      <h2>{words.checksHeading}</h2>
      {missing.length === 0 ? (
        <p>{words.checksNone}</p>
      ) : (
        <>
          <p>{fill(words.checksSome, { n: missing.length })}</p>
          <ul class="checks">
            {missing.map((code) => (
              <li key={code}>{texts[code]}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

type ActProps = PossibleAct & {
  problem: SurveyPageProps['problem']
  shell: OfficeShellProps
  survey: SurveyPageProps['survey']
  words: BoxMessages
}

/** POST to urls.surveyAct with `act`, and with `reason` where one is asked for; or the way to a page. */
function Act(props: ActProps) {
  const { act, hindrance, problem, shell, survey, words } = props
  const { jid = '', cycle = '' } = shell.place ?? {}
  const label = words[`act_${act}`]
  if (hindrance) {
    const why = `why-${act}`
    return (
      <>
        <button type="button" class="btn btn-2" disabled aria-describedby={why}>
          {label}
        </button>
        <p class="hint" id={why}>
          {words[`hinder_${hindrance}`]}
        </p>
      </>
    )
  }
  const page = pageOf(act)
  if (page) {
    return (
      <>
        <a class="btn btn-2" href={carry(page(jid, cycle, survey.sid), { locale: shell.locale })}>
          {label}
        </a>
        <p class="hint">{words[`about_${act}`]}</p>
      </>
    )
  }
  return (
    <form
      class="form"
      method="post"
      action={carry(urls.surveyAct(jid, cycle, survey.sid), { locale: shell.locale })}
      novalidate
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', act }} />
      {needsReason(act) && (
        <TextArea
          id={`reason-${act}`}
          name="reason"
          label={words.reason}
          hint={fill(act === 'propose_close' ? words.reasonHint : words.reasonRecorded, reasonLength)}
          problem={problem && isOfReason(problem.kind) ? surveyProblemText(words, problem.kind) : undefined}
          input={{ value: problem?.reason ?? '', rows: 2, required: true }}
        />
      )}
      <button type="submit" class="btn btn-2">
        {label}
      </button>
      <p class="hint">{words[`about_${act}`]}</p>
    </form>
  )
}

/** What is recorded, or put to a second person, with its reason. */
export const needsReason = (act: SurveyAct): boolean => act === 'propose_close' || act === 'pause' || act === 'resume'

function pageOf(act: SurveyAct): ((jid: string, cycle: string, sid: string) => string) | null {
  if (act === 'box_key' || act === 'rehearse' || act === 'audit_key') return urls.boxKey
  if (act === 'audit') return urls.audit
  if (act === 'preview') return urls.preview
  if (act === 'amend') return urls.amendments
  if (act === 'embed') return urls.embedDesk
  return act === 'open_box' || act === 'box_result' ? urls.box : null
}
