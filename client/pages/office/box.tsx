import type { ComponentChild } from 'preact'
import type { SurveyState } from '../../../surveys/cycle.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type BoxMessages, boxMessages } from '../../messages/office-box.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { BackToSurvey } from './box-key.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { ShareFields, shareWords } from './share-fields.tsx'
import { KeyFacts, type KeyView } from './survey.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** How far an opening is; the numbers grow while the page is open. */
export type OpeningView = {
  step: 'opening' | 'writing' | 'destroying' | 'done' | 'failed'
  total: number
  done: number
  valid: number
  invalid: number
}

/** What was counted and recorded; `valid`, `invalid`, `withdrawn` are null where the opening has counted none. */
export type BoxResult = {
  issued: number
  spent: number
  valid: number | null
  invalid: number | null
  withdrawn: number | null
  heads: readonly { log: 'participation' | 'slips'; size: number; root: string }[]
  acts: readonly { action: string; actor: string; at: string }[]
}

export type BoxRefusal =
  | 'not_closed'
  | 'not_sealed'
  | 'not_agreed'
  | 'wrong_key'
  | 'no_key_file'
  | 'running'
  | 'not_here'
  | 'changed'

export type BoxPageProps = {
  shell: OfficeShellProps
  survey: SurveyName & { state: SurveyState; mode: 'live' | 'sealed'; closes: string }
  boxKey: (KeyView & { pk: string }) | null
  /** Two administrators agree to open a box whose key is a file; `not_needed` where trustees do, or it has begun. */
  agreement: 'not_needed' | 'missing' | 'proposed' | 'approved'
  /** False where boxes are not opened: at the edge. */
  opensHere: boolean
  /** null when none was begun, or it is over. */
  progress: OpeningView | null
  /** null before the box is open. */
  result: BoxResult | null
  done: 'proposed' | null
  problem: BoxRefusal | null
}

export function boxTitle({ shell, survey, problem }: BoxPageProps): string {
  const title = fill(boxMessages(shell.locale).boxTitle, { survey: surveyTitle(shell.locale, survey) })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** Where the trustees open a box, where they see it happen, and what came of it. */
export function BoxPage(props: BoxPageProps) {
  const { shell, survey, done, problem } = props
  const words = boxMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.box} />
      {problem && <ErrorSummary locale={shell.locale} lines={[{ href: '#main', text: words[`refused_${problem}`] }]} />}
      <h1>
        {fill(words.boxTitle, { survey: surveyTitle(shell.locale, survey) })}{' '}
        <span class="tag">{officeMessages(shell.locale)[survey.state]}</span>
      </h1>
      <p>
        <BackToSurvey {...props} words={words} />
      </p>
      {done && (
        <p class="note" role="status">
          {words.done_box_proposed}
        </p>
      )}
      <Stage {...props} words={words} />
    </OfficeShell>
  )
}

type PartProps = BoxPageProps & { words: BoxMessages }

function Stage(props: PartProps) {
  const { shell, survey, agreement, opensHere, progress, result, words } = props
  // Where boxes are not opened, it can still be agreed that they are, by the command.
  const hasForm = opensHere || agreement === 'missing' || agreement === 'proposed'
  if (survey.mode === 'live') return <p class="note">{words.boxLive}</p>
  if (result) return <Result {...props} result={result} />
  if (survey.state !== 'closed' && survey.state !== 'opening')
    return <p class="note">{fill(words.boxEarly, { date: survey.closes })}</p>
  if (progress && progress.step !== 'failed') return <Progress {...props} progress={progress} />
  return (
    <>
      {(progress?.step === 'failed' || survey.state === 'opening') && <p class="note bad">{words.boxFailed}</p>}
      <p class="lead">{words.boxIntro}</p>
      {!opensHere && <p class="note">{words.refused_not_here}</p>}
      {hasForm && mayDecide(shell) && <Open {...props} />}
    </>
  )
}

/** Before a box can be opened whose key is a file: by POST to urls.boxPropose one administrator asks another. */
function Agreement({ shell, survey, agreement, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <>
      <p>{words.fileNeedsTwo}</p>
      {agreement === 'proposed' ? (
        <p class="note">
          {words.fileProposed} <a href={carry(urls.approvals(jid), { locale: shell.locale })}>{words.navApprovals}</a>
        </p>
      ) : (
        <form
          class="form"
          method="post"
          action={carry(urls.boxPropose(jid, cycle, survey.sid), { locale: shell.locale })}
        >
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <button type="submit" class="btn">
            {words.proposeBox}
          </button>
        </form>
      )}
    </>
  )
}

/** POST to urls.boxOpen: `key`, the scalar that the shares made, by the script alone; nothing for a key file. */
function Open(props: PartProps) {
  const { shell, survey, boxKey, agreement, words } = props
  const { jid = '', cycle = '' } = shell.place ?? {}
  const action = carry(urls.boxOpen(jid, cycle, survey.sid), { locale: shell.locale })
  if (!boxKey) return <p class="note bad">{words.keyNone}</p>
  const csrf = shell.user?.csrf ?? ''
  return (
    <section class="block">
      <h2>{boxKey.holding === 'file' ? words.openFileHeading : words.openHeading}</h2>
      <p>
        <KeyFacts shown={boxKey} words={words} />
      </p>
      {agreement === 'missing' || agreement === 'proposed' ? (
        <Agreement {...props} />
      ) : boxKey.holding === 'file' ? (
        <form class="form" method="post" action={action}>
          <HiddenFields values={{ csrf }} />
          <button type="submit" class="btn">
            {words.open}
          </button>
        </form>
      ) : (
        <>
          <p>{fill(words.openText, { k: boxKey.threshold })}</p>
          <p class="note" data-without="opening">
            {words.openNeedsScript}
          </p>
          <form
            class="form"
            method="post"
            action={action}
            autocomplete="off"
            data-box="opening"
            data-words={JSON.stringify({ ...shareWords(words), ...refusals(words) })}
            data-from={urls.boxProgress(jid, cycle, survey.sid)}
            data-sid={survey.sid}
            data-pk={boxKey.pk}
            data-shares={boxKey.shares}
            data-threshold={boxKey.threshold}
            hidden
          >
            <HiddenFields values={{ csrf }} />
            <ShareFields threshold={boxKey.threshold} words={words} />
            <button type="submit" class="btn">
              {words.open}
            </button>
          </form>
        </>
      )}
    </section>
  )
}

const refusals = (words: BoxMessages) => ({
  not_closed: words.refused_not_closed,
  not_sealed: words.refused_not_sealed,
  no_key_file: words.refused_no_key_file,
  running: words.refused_running,
  not_here: words.refused_not_here,
  failed: words.refused_failed,
})

/** The four steps; the script asks for the numbers each second, without it there is a link. */
function Progress({ shell, survey, progress, words }: PartProps & { progress: OpeningView }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = urls.box(jid, cycle, survey.sid)
  const steps = [
    { id: 'opening', text: words.stepOpening },
    { id: 'validating', text: words.stepValidating },
    { id: 'writing', text: words.stepWriting },
    { id: 'destroying', text: words.stepDestroying },
  ]
  // Envelopes are read and judged in one step.
  const now = progress.step === 'done' ? 'destroying' : progress.step
  return (
    <section class="block" data-box="progress" data-from={urls.boxProgress(jid, cycle, survey.sid)}>
      <h2>{words.runningHeading}</h2>
      <ol class="steps">
        {steps.map(({ id, text }) => (
          <li key={id} data-stage={id} data-text={text} aria-current={id === now ? 'step' : undefined}>
            {fill(text, {
              n: grouped(progress.done),
              total: grouped(progress.total),
              ok: grouped(progress.valid),
              bad: grouped(progress.invalid),
            })}
          </li>
        ))}
      </ol>
      <p>{words.runningText}</p>
      <p>
        <a href={carry(own, { locale: shell.locale })}>{words.refresh}</a>
      </p>
    </section>
  )
}

function Result({ progress, result, words }: PartProps & { result: BoxResult }) {
  const { issued, spent, valid, invalid, withdrawn, heads, acts } = result
  const counted = valid !== null || invalid !== null || withdrawn !== null
  // While somebody opens it here, the end is a matter of seconds.
  const isLeft = progress?.step !== 'destroying' && !acts.some(({ action }) => action === 'box.destroyed')
  const sum = (valid ?? 0) + (invalid ?? 0) + (withdrawn ?? 0)
  const addsUp = issued >= spent && sum === spent
  const line = (name: string, n: number): ComponentChild[] => [name, grouped(n)]
  return (
    <>
      <section class="block">
        <h2>{words.countsHeading}</h2>
        {counted ? (
          <p>
            {fill(addsUp ? words.countsHold : words.countsDiffer, {
              issued: grouped(issued),
              spent: grouped(spent),
              valid: grouped(valid ?? 0),
              invalid: grouped(invalid ?? 0),
              withdrawn: grouped(withdrawn ?? 0),
            })}
          </p>
        ) : (
          <p class="note warn">{words.belowMinimum}</p>
        )}
        <Scroll label={words.countsHeading}>
          <DataTable
            caption={words.countsHeading}
            quietCaption
            columns={[{ label: words.item }, { label: words.number, numeric: true }]}
            rows={[
              line(words.issued, issued),
              line(words.spent, spent),
              ...(counted
                ? [
                    line(words.valid, valid ?? 0),
                    line(words.invalid, invalid ?? 0),
                    line(words.withdrawn, withdrawn ?? 0),
                  ]
                : []),
            ]}
          />
        </Scroll>
      </section>
      <section class="block">
        <h2>{words.headsHeading}</h2>
        {heads.length === 0 ? (
          <p>{words.headsNone}</p>
        ) : (
          <Scroll label={words.headsHeading}>
            <DataTable
              caption={words.headsHeading}
              quietCaption
              columns={[{ label: words.log }, { label: words.size, numeric: true }, { label: words.root }]}
              rows={heads.map(({ log, size, root }) => [
                words[`log_${log}`],
                grouped(size),
                <code key="r">{root}</code>,
              ])}
            />
          </Scroll>
        )}
      </section>
      <section class="block">
        <h2>{words.actsDone}</h2>
        {isLeft && <p class="note warn">{words.notDestroyed}</p>}
        <Scroll label={words.actsDone}>
          <DataTable
            caption={words.actsDone}
            quietCaption
            columns={[{ label: words.recorded }, { label: words.decidedAt }, { label: words.person }]}
            rows={acts.map(({ action, actor, at }) => [actText(words, action), at, <bdi key="p">{actor}</bdi>])}
          />
        </Scroll>
      </section>
    </>
  )
}

/** An act in words; one that nobody has given any stands as the audit names it. */
function actText(words: BoxMessages, action: string): ComponentChild {
  const known = recordedActs.find(([name]) => name === action)
  return known ? words[known[1]] : <code>{action}</code>
}

const recordedActs = [
  ['box_key.save', 'recordedSave'],
  ['box_key.rehearse', 'recordedRehearse'],
  ['box.open.propose', 'recordedProposed'],
  ['survey.opening', 'recordedOpening'],
  ['survey.opened', 'recordedOpened'],
  ['box.destroyed', 'recordedDestroyed'],
] as const
