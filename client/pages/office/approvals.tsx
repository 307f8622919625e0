import type { ComponentChild } from 'preact'
import type { AppealDecision } from '../../../surveys/appeal.ts'
import type { CycleState, IntakeMode, SurveyState } from '../../../surveys/cycle.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import { officeMessages } from '../../messages/office.ts'
import { type BoxMessages, boxMessages } from '../../messages/office-box.ts'
import { resultsMessages } from '../../messages/results.ts'
import { summingMessages } from '../../messages/summing.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { type AppointmentAbout, appointmentChanges, appointmentHeading } from './appointment.ts'
import { DecideForm, type DecideFormProps } from './decide-form.tsx'
import { type IndicatorsAbout, indicatorsChanges, indicatorsHeading } from './indicator-decision.ts'
import { type PublicChangeAbout, publicChangeHeading, publicChangeRow, publicNotes } from './public-change.ts'
import { reasonLength } from './screening-batches.ts'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** What a decision is about; times as the reader sees them. */
/** An organ by its code, and its name where it is known. */
type OfOrgan = { organ: string; organName?: string }

export type DecisionAbout =
  | {
      action: 'survey.open'
      survey: SurveyName
      now: SurveyState
      mode: IntakeMode
      opens: string
      closes: string
      graceMinutes: number
      expected: number
      /** null for a live survey. */
      key: { kind: 'trustees'; k: number; n: number } | { kind: 'file' } | null
      fingerprint: string
      /** The manifest, word for word. */
      text: string
    }
  | { action: 'survey.close'; survey: SurveyName; now: SurveyState; closes: string; reason: string }
  /** The opening of a box whose key is a file; `manifest`: the hash, hexadecimal. */
  | { action: 'box.open'; survey: SurveyName; now: SurveyState; closed: string; manifest: string }
  | {
      action: 'result.publish'
      cycle: string
      now: CycleState
      surveys: readonly { survey: SurveyName; now: SurveyState }[]
      /** Fingerprint of the files that will be published; null where none are. */
      bundle: string | null
    }
  | AppointmentAbout
  | IndicatorsAbout
  | PublicChangeAbout
  /** Decided on another page; `screening` is the code of the cycle there. */
  | { action: 'slips.quarantine'; survey: SurveyName; screening: string }
  /** Decided on another page as well; `cycle` is its code. */
  | { action: 'result.decide'; kind: 'lock' | 'advanced'; cycle: string; version: number; reason: string }
  | ({ action: 'result.decide'; kind: 'measure'; taken: boolean } & OfOrgan &
      Record<'cycle' | 'score' | 'reason', string>)
  | ({ action: 'appeal.accept' } & OfOrgan & Pick<AppealDecision, 'cycle' | 'n' | 'before' | 'after' | 'reason'>)
  | { action: 'other'; name: string; subject: string }

export type WaitingDecision = {
  id: string
  /** SHA-256 of what is proposed, hexadecimal. */
  hash: string
  proposer: string
  isOwn: boolean
  proposed: string
  expires: string
  about: DecisionAbout
  /** Why it cannot be approved, whoever asks. */
  hindrance: 'changed' | 'no_text' | null
}

export type DecidedDecision = {
  id: string
  about: DecisionAbout
  proposer: string
  approver: string | null
  outcome: 'approved' | 'returned' | 'withdrawn' | 'expired'
  decided: string
  reason: string
}

export type ApprovalsProblem = {
  kind: 'reason' | 'same_person' | 'changed' | 'decided'
  /** Id of the decision, and what was typed. */
  id: string
  reason: string
}

export type ApprovalsPageProps = {
  shell: OfficeShellProps
  jid: string
  waiting: readonly WaitingDecision[]
  decided: readonly DecidedDecision[]
  done: 'approved' | 'returned' | 'withdrawn' | null
  problem: ApprovalsProblem | null
}

export function approvalsTitle({ shell, problem }: Pick<ApprovalsPageProps, 'shell' | 'problem'>): string {
  const title = boxMessages(shell.locale).approvalsTitle
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** What waits for a second person, with what it changes; below it what was decided. */
export function ApprovalsPage(props: ApprovalsPageProps) {
  const { shell, waiting, decided, done, problem } = props
  const { locale } = shell
  const words = boxMessages(locale)
  const office = officeMessages(locale)
  const home = { text: office.navHome, href: carry(urls.office(), { locale }) }
  return (
    <OfficeShell shell={shell}>
      <Crumbs label={office.crumbsLabel} steps={[home, { text: words.navApprovals, href: null }]} />
      {problem && (
        <ErrorSummary
          locale={locale}
          lines={[
            {
              href: problem.kind === 'reason' ? `#reason-${problem.id}` : '#main',
              text: problemText(words, problem.kind),
            },
          ]}
        />
      )}
      <h1>{words.approvalsTitle}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.approvalsIntro}</p>
      {waiting.length === 0 && <p class="note">{words.approvalsNone}</p>}
      {waiting.map((decision) => (
        <Waiting
          key={decision.id}
          decision={decision}
          jid={props.jid}
          problem={problem?.id === decision.id ? problem : null}
          shell={shell}
          words={words}
        />
      ))}
      <Decided decided={decided} shell={shell} words={words} />
    </OfficeShell>
  )
}

function problemText(words: BoxMessages, kind: ApprovalsProblem['kind']): string {
  if (kind === 'reason') return fill(words.problemReason, reasonLength)
  if (kind === 'same_person') return words.ownProposal
  return kind === 'changed' ? words.contentChanged : words.alreadyDecided
}

function Waiting(props: DecideFormProps) {
  const { decision, jid, shell, words } = props
  const { id, hash, proposer, proposed, expires, about, hindrance } = decision
  const elsewhere =
    about.action === 'slips.quarantine'
      ? urls.screening(jid, about.screening)
      : about.action === 'result.decide'
        ? urls.summing(jid, about.cycle)
        : about.action === 'appeal.accept'
          ? urls.appeals(jid, about.cycle, about.organ)
          : null
  return (
    <section class="block" id={`decision-${id}`}>
      <h2>{headingOf(about, shell)}</h2>
      <Changes about={about} shell={shell} words={words} />
      <dl class="facts">
        <Details about={about} words={words} locale={shell.locale} />
        <Fact name={words.proposedBy}>
          <bdi>{proposer}</bdi>
        </Fact>
        <Fact name={words.proposedAt}>{proposed}</Fact>
        <Fact name={words.expiresAt}>{expires}</Fact>
        <Fact name={words.payload}>
          <code>{hash}</code>
        </Fact>
      </dl>
      {about.action === 'box.open' && <p>{words.openBoxText}</p>}
      {about.action === 'survey.open' && (
        <details>
          <summary>{words.manifestText}</summary>
          <pre class="text">{about.text}</pre>
        </details>
      )}
      {hindrance && <p class="note warn">{hindrance === 'changed' ? words.contentChanged : words.noText}</p>}
      {elsewhere ? (
        <p>
          <a href={carry(elsewhere, { locale: shell.locale })}>
            {about.action === 'result.decide' ? summingMessages(shell.locale).decision_where : words.decidedElsewhere}
          </a>
        </p>
      ) : (
        mayDecide(shell) && <DecideForm {...props} />
      )}
    </section>
  )
}

function headingOf(about: DecisionAbout, { locale }: OfficeShellProps): string {
  const words = boxMessages(locale)
  switch (about.action) {
    case 'survey.open':
      return fill(words.headingOpen, { survey: surveyTitle(locale, about.survey) })
    case 'survey.close':
      return fill(words.headingClose, { survey: surveyTitle(locale, about.survey) })
    case 'box.open':
      return fill(words.headingOpenBox, { survey: surveyTitle(locale, about.survey) })
    case 'result.publish':
      return fill(words.headingPublish, { cycle: about.cycle })
    case 'result.correct':
    case 'result.withdraw':
    case 'survey.amend':
      return publicChangeHeading(about, locale)
    case 'slips.quarantine':
      return fill(words.headingQuarantine, { survey: surveyTitle(locale, about.survey) })
    case 'result.decide':
      if (about.kind === 'measure') {
        const { taken, organ, organName = organ, ...values } = about
        const text = summingMessages(locale)[taken ? 'decision_taken' : 'decision_spared']
        return fill(text, { ...values, organ: organName })
      }
      return fill(summingMessages(locale)[`decision_${about.kind}`], about)
    case 'appeal.accept':
      return fill(followUpMessages(locale).decisionAppeal, { ...about, organ: about.organName ?? about.organ })
    case 'grant.admin':
      return appointmentHeading(about, locale)
    case 'plan.change':
      return indicatorsHeading(about, locale)
    case 'other':
      return fill(words.headingOther, { name: about.name, subject: about.subject })
  }
}

/** Before and after, in plain words. */
function Changes({ about, shell, words }: { about: DecisionAbout; shell: OfficeShellProps; words: BoxMessages }) {
  const rows = changesOf(about, shell)
  if (rows.length === 0) return null
  return (
    <Scroll label={words.changes}>
      <DataTable
        caption={words.changes}
        columns={[{ label: words.item }, { label: words.before }, { label: words.after }]}
        rows={rows}
      />
    </Scroll>
  )
}

function changesOf(about: DecisionAbout, { locale }: OfficeShellProps): ComponentChild[][] {
  const words = boxMessages(locale)
  const office = officeMessages(locale)
  switch (about.action) {
    case 'survey.open':
      return [
        [office.state, office[about.now], fill(words.openFrom, { state: office.open, time: about.opens })],
        [words.terms, words.termsFree, words.termsLocked],
      ]
    case 'survey.close':
      return [
        [office.state, office[about.now], office.closed],
        [words.closes, about.closes, words.closesNow],
      ]
    case 'box.open':
      return [
        [words.box, words.boxStaysShut, words.boxMayOpen],
        [words.boxKey, words.keyFile, words.keyGoes],
      ]
    case 'result.publish':
      return [
        [about.cycle, office[about.now], office.published],
        ...about.surveys.map(({ survey, now }) => [surveyTitle(locale, survey), office[now], office.published]),
      ]
    case 'grant.admin':
      return appointmentChanges(about, locale)
    case 'plan.change':
      return indicatorsChanges(about, locale)
    case 'result.correct':
    case 'result.withdraw':
    case 'survey.amend':
      return [publicChangeRow(about, locale)]
    default:
      return []
  }
}

function Details({ about, words, locale }: { about: DecisionAbout; words: BoxMessages; locale: Locale }) {
  const { email } = officeMessages(locale)
  if ('reason' in about)
    return (
      <>
        {about.action === 'grant.admin' && (
          <Fact name={email}>
            <bdi>{about.email}</bdi>
          </Fact>
        )}
        <Fact name={words.reason}>{about.reason && <bdi>{about.reason}</bdi>}</Fact>
      </>
    )
  if (about.action === 'survey.amend' || about.action === 'result.correct' || about.action === 'result.withdraw')
    return publicNotes(about, locale).map(({ name, text, lang }) => (
      <Fact key={name} name={name}>
        {lang ? <bdi lang={lang}>{text}</bdi> : <code>{text}</code>}
      </Fact>
    ))
  if (about.action === 'box.open') {
    return (
      <>
        <Fact name={words.closedAt}>{about.closed}</Fact>
        <Fact name={words.manifest}>
          <code>{about.manifest}</code>
        </Fact>
      </>
    )
  }
  if (about.action === 'result.publish')
    return <Fact name={words.bundle}>{about.bundle === null ? words.bundleNone : <code>{about.bundle}</code>}</Fact>
  if (about.action !== 'survey.open') return null
  const { opens, closes, graceMinutes, mode, expected, key, fingerprint, survey } = about
  return (
    <>
      <Fact name={words.opens}>{opens}</Fact>
      <Fact name={words.closes}>{fill(words.closesWithGrace, { time: closes, n: graceMinutes })}</Fact>
      <Fact name={words.mode}>{words[mode]}</Fact>
      <Fact name={words.expected}>{survey.counted ? grouped(expected) : words.everybody}</Fact>
      {key && (
        <Fact name={words.boxKey}>
          {key.kind === 'file' ? words.keyFile : fill(words.keyTrustees, { k: key.k, n: key.n })}
        </Fact>
      )}
      <Fact name={words.manifest}>
        <code>{fingerprint}</code>
      </Fact>
    </>
  )
}

/** Nothing where nothing is said. */
function Fact({ name, children }: { name: string; children: ComponentChild }) {
  if (children === '') return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Decided({
  decided,
  shell,
  words,
}: {
  decided: readonly DecidedDecision[]
  shell: OfficeShellProps
  words: BoxMessages
}) {
  if (decided.length === 0) return null
  const { listSeparator } = resultsMessages(shell.locale)
  return (
    <section class="block">
      <h2>{words.decidedHeading}</h2>
      <Scroll label={words.decidedHeading}>
        <DataTable
          caption={words.decidedHeading}
          quietCaption
          columns={[
            { label: words.decision },
            { label: words.outcome },
            { label: words.decidedAt },
            { label: words.persons },
            { label: words.reason },
          ]}
          rows={decided.map(({ about, outcome, decided: when, proposer, approver, reason }) => [
            headingOf(about, shell),
            words[`outcome_${outcome}`],
            when,
            <bdi key="p">{[proposer, ...(approver === null ? [] : [approver])].join(listSeparator)}</bdi>,
            <bdi key="r">{reason}</bdi>,
          ])}
        />
      </Scroll>
    </section>
  )
}
