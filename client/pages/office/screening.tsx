import type { ComponentChild } from 'preact'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type DeskMessages, deskMessages } from '../../messages/office-desk.ts'
import { resultsMessages, sentences } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { PValue } from '../../parts/p-value.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'
import {
  type BatchName,
  batchForm,
  type DecidedQuarantine,
  type FlaggedBatch,
  hindranceOf,
  problemText,
  type ScreenedSurvey,
  type ScreeningProblem,
  type TestName,
  type WaitingProposal,
} from './screening-batches.ts'
import { DecideForm, ProposeForm } from './screening-forms.tsx'
import { ShiftRow } from './screening-shift.tsx'

export type ScreeningPageProps = {
  shell: OfficeShellProps
  surveys: readonly ScreenedSurvey[]
  done: 'proposed' | 'approved' | 'kept' | 'returned' | 'withdrawn' | null
  problem: ScreeningProblem | null
}

export function screeningTitle({ shell, problem }: ScreeningPageProps): string {
  const title = fill(deskMessages(shell.locale).screeningTitle, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** Batches that look unlike the others, what two persons decide about them, and what they have decided. */
export function ScreeningPage(props: ScreeningPageProps) {
  const { shell, surveys, done, problem } = props
  const words = deskMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.navScreening} />
      {problem && (
        <ErrorSummary
          locale={shell.locale}
          lines={[
            {
              href: problem.kind === 'reason' ? `#reason-${problem.form}` : '#main',
              text: problemText(words, problem),
            },
          ]}
        />
      )}
      <h1>{fill(words.screeningTitle, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">
        <strong>{words.promptOnly}</strong> {words.screeningIntro}
      </p>
      {surveys.length === 0 && <p class="note">{words.screeningNone}</p>}
      {surveys.map((survey) => (
        <Survey key={survey.sid} survey={survey} problem={problem} shell={shell} words={words} />
      ))}
    </OfficeShell>
  )
}

type PartProps = {
  survey: ScreenedSurvey
  problem: ScreeningProblem | null
  shell: OfficeShellProps
  words: DeskMessages
}

function Survey(props: PartProps) {
  const { survey, shell, words } = props
  const { sid, group, slips, made, flagged, waiting, decided, kept, unreadable, level } = survey
  const tests = Object.values(made).reduce((sum, n) => sum + n, 0)
  const counted = fill(words.screened, { slips: grouped(slips), tests: grouped(tests), flagged: flagged.length, level })
  const unasked = fill(words.screenedUnasked, { slips: grouped(slips) })
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" id={sid}>
      <h2>{fill(words.surveyHeading, { group: resultsMessages(shell.locale)[group], sid })}</h2>
      <p>
        {sentences(
          shell.locale,
          slips === 0 ? words.screenedNothing : tests === 0 ? unasked : counted,
          tests > 0 && flagged.length === 0 ? words.screenedNone : '',
          unreadable > 0 ? fill(words.unreadableSlips, { n: grouped(unreadable) }) : '',
        )}
      </p>
      {survey.isPublished && (
        <p class="note warn">
          {words.isPublished}{' '}
          <a href={carry(urls.publication(jid, cycle), { locale: shell.locale })}>{words.toPublication}</a>
        </p>
      )}
      {slips > 0 && <TestsMade survey={survey} words={words} />}
      {waiting.length > 0 && <h3>{words.waitingHeading}</h3>}
      {waiting.map((proposal) => (
        <Waiting key={proposal.id} proposal={proposal} {...props} />
      ))}
      {flagged.length > 0 && <h3>{words.flaggedHeading}</h3>}
      {flagged.map((batch) => (
        <Flagged key={batchForm(sid, batch)} batch={batch} {...props} />
      ))}
      <Decided
        heading={words.decidedHeading}
        none={words.decidedNone}
        note={words.decidedNote}
        decided={decided}
        words={words}
      />
      <Decided heading={words.keptHeading} none={words.keptNone} note={words.keptNote} decided={kept} words={words} />
    </section>
  )
}

function TestsMade({ survey, words }: Pick<PartProps, 'survey' | 'words'>) {
  const { made, flagged, isSealed } = survey
  const untested = (test: TestName) => {
    if (test === 'pace') return words.untestedPace
    if (test === 'concentration') return words.untestedChannel
    return isSealed ? words.untestedDay : words.untestedFew
  }
  const tests: readonly TestName[] = ['straight_lining', 'duplicates', 'burst', 'concentration', 'pace']
  return (
    <details>
      <summary>{words.testsMade}</summary>
      <Scroll label={words.testsMade}>
        <DataTable
          caption={words.testsMade}
          quietCaption
          columns={[
            { label: words.test },
            { label: words.made, numeric: true },
            { label: words.flaggedCount, numeric: true },
          ]}
          rows={tests.map((test) => {
            const n = test === 'pace' ? 0 : made[test]
            if (n === 0)
              return [words[test], <span class="why">{fill(words.untested, { why: untested(test) })}</span>, '']
            return [words[test], grouped(n), flagged.filter((each) => each.test === test).length]
          })}
        />
      </Scroll>
    </details>
  )
}

function headingOf(words: DeskMessages, { organName, dayText, test }: BatchName): string {
  return fill(words.batchHeading, { organ: organName, day: dayText ?? words.allDays, test: words[test] })
}

const said = {
  straight_lining: 'saidStraight',
  duplicates: 'saidDuplicates',
  burst: 'saidBurst',
  pace: 'saidStraight',
} as const

function Flagged({ batch, survey, problem, shell, words }: PartProps & { batch: FlaggedBatch }) {
  const { test, k, n, expected, level, isProposed, isKept } = batch
  const key = test === 'concentration' ? (level === 'top' ? 'saidTop' : 'saidLowest') : said[test]
  const form = batchForm(survey.sid, batch)
  const shown = problem?.form === form ? problem : null
  const hindrance = hindranceOf(survey, batch, 'quarantine')
  return (
    <article class="apart batch" id={form}>
      <h4>{headingOf(words, batch)}</h4>
      <p>{fill(words[key], { k: grouped(k), n: grouped(n), expected })}</p>
      <dl class="row">
        <Facts batch={batch} words={words} />
        <ShiftRow shift={batch.shift} group={survey.group} locale={shell.locale} words={words} />
      </dl>
      {hindrance && <p class="hint">{problemText(words, { kind: hindrance, fewest: survey.fewest })}</p>}
      {isProposed && <p class="hint">{words.alreadyProposed}</p>}
      {isKept && <p class="hint">{words.isKept}</p>}
      {mayDecide(shell) && !isProposed && !isKept && (
        <ProposeForm
          sid={survey.sid}
          batch={batch}
          mayQuarantine={!hindrance}
          form={form}
          problem={shown}
          shell={shell}
          words={words}
        />
      )}
    </article>
  )
}

function Facts({
  batch,
  words,
}: {
  batch: Pick<FlaggedBatch, 'slips'> & { p: string | null; adjustedP: string | null }
  words: DeskMessages
}) {
  const { slips, p, adjustedP } = batch
  return (
    <>
      <Fact name={words.slips} value={fill(words.slipsOf, { n: grouped(slips) })} />
      {p !== null && <Fact name={words.p} value={<PValue text={p} />} />}
      {adjustedP !== null && <Fact name={words.adjustedP} value={<PValue text={adjustedP} />} />}
    </>
  )
}

function Fact({ name, value }: { name: string; value: ComponentChild }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="num">{value}</dd>
    </div>
  )
}

function Waiting({ proposal, survey, problem, shell, words }: PartProps & { proposal: WaitingProposal }) {
  const { id, hash, treatment, reason, proposer, proposed, expires, shift } = proposal
  const hindrance = hindranceOf(survey, proposal, treatment) ?? (shift ? null : 'not_flagged')
  return (
    <article class="apart batch" id={`proposal-${id}`}>
      <h4>{headingOf(words, proposal)}</h4>
      <dl class="row">
        <Facts batch={proposal} words={words} />
        {shift && <ShiftRow shift={shift} group={survey.group} locale={shell.locale} words={words} />}
      </dl>
      <dl class="facts">
        <dt>{words.treatment}</dt>
        <dd>{words[`treatment_${treatment}`]}</dd>
        <dt>{words.reason}</dt>
        <dd>
          <bdi>{reason}</bdi>
        </dd>
        <dt>{words.proposedBy}</dt>
        <dd>
          <bdi>{proposer}</bdi>
        </dd>
        <dt>{words.proposedAt}</dt>
        <dd>{proposed}</dd>
        <dt>{words.expiresAt}</dt>
        <dd>{expires}</dd>
        <dt>{words.payload}</dt>
        <dd>
          <code title={hash}>{hash.slice(0, 16)}</code>
        </dd>
      </dl>
      {hindrance && <p class="note warn">{problemText(words, { kind: hindrance, fewest: survey.fewest })}</p>}
      {mayDecide(shell) && (
        <DecideForm
          sid={survey.sid}
          proposal={proposal}
          canBeApproved={!hindrance}
          problem={problem?.form === id ? problem : null}
          shell={shell}
          words={words}
        />
      )}
    </article>
  )
}

function Decided({
  heading,
  none,
  note,
  decided,
  words,
}: {
  heading: string
  none: string
  note: string
  decided: readonly DecidedQuarantine[]
  words: DeskMessages
}) {
  return (
    <>
      <h3>{heading}</h3>
      {decided.length === 0 ? (
        <p>{none}</p>
      ) : (
        <>
          <p class="hint">{note}</p>
          <Scroll label={heading}>
            <DataTable
              caption={heading}
              quietCaption
              columns={[
                { label: words.number },
                { label: words.organ },
                { label: words.day },
                { label: words.test },
                { label: words.slips, numeric: true },
                { label: words.adjustedP, numeric: true },
                { label: words.reason },
                { label: words.persons },
                { label: words.decidedAt },
              ]}
              rows={decided.map((each) => [
                each.number,
                <bdi key="o">{each.organName}</bdi>,
                each.dayText ?? words.allDays,
                words[each.test],
                grouped(each.slips),
                each.adjustedP === null ? words.noP : <PValue key="a" text={each.adjustedP} />,
                <bdi key="r">{each.reason}</bdi>,
                <bdi key="p">{fill(words.personsOf, { proposer: each.proposer, approver: each.approver })}</bdi>,
                each.decided,
              ])}
            />
          </Scroll>
        </>
      )}
    </>
  )
}
