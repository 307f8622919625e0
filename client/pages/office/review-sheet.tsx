import { decimalString, parseRational, subtract } from '../../../surveys/rational.ts'
import { reasonLetters, type ScoreProblem, type TypedScore } from '../../../surveys/review.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type ReviewMessages, reviewMessages } from '../../messages/reviews.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { ReviewActs } from './review-acts.tsx'

export type ReviewState = 'none' | 'draft' | 'submitted' | 'confirmed'

/** One organ under the indicator of a sheet. */
export type SheetOrgan = {
  code: string
  name: string
  state: ReviewState
  score: string
  deduction: string
  reason: string
  basis: string
  evidence: string
  /** What the organ has proposed for itself, '' before it has; null where organs do not assess themselves. */
  self: string | null
  /** Why this reader does not score it: it is their own, another department has, its own assessment prevails. */
  hindrance: { kind: 'own' } | { kind: 'self' } | { kind: 'other'; lead: string } | null
}

export type ReviewSheetProps = {
  shell: OfficeShellProps
  indicator: string
  title: string
  above: readonly string[]
  leads: readonly string[]
  /** The department for which the reader scores, or the office where no department can; null for those who only watch. */
  lead: string | null
  isReviewer: boolean
  basis: string
  evidence: string
  organs: readonly SheetOrgan[]
  lock: 'notYet' | 'over' | null
  /** The organ whose form is open; null where none can be. */
  open: { code: string; name: string; values: TypedScore; problems: readonly ScoreProblem[]; seen: number } | null
  /** Whether points can be taken off nobody at a time: where a score is not simply given. */
  takesOff: boolean
  /** Whether everybody will read reasons, or the organ alone. */
  isPublic: boolean
  /** Drafts of the department; what others and the reader have submitted. */
  drafts: number
  toConfirm: number
  ownSubmitted: number
  /** Departments whose locked scores the reader may send back. */
  reopens: readonly string[]
  refusal: string | null
  fileProblems: readonly string[]
  done: 'saved' | 'imported' | 'submitted' | 'confirmed' | 'reopened' | null
}

export function sheetTitle({ shell, title, refusal, open, fileProblems }: ReviewSheetProps): string {
  const text = fill(reviewMessages(shell.locale).sheetTitle, { indicator: title })
  const isFailed = refusal !== null || fileProblems.length > 0 || (open?.problems.length ?? 0) > 0
  return isFailed ? fill(officeMessages(shell.locale).errorTitle, { title: text }) : text
}

/** One indicator: the organs on the left, the sheet of one of them on the right, and what is done with all of them below. */
export function ReviewSheetPage(props: ReviewSheetProps) {
  const { shell, title, above, leads, basis, evidence, lock, open, refusal, fileProblems, done } = props
  const { locale } = shell
  const words = reviewMessages(locale)
  const lines = (open?.problems ?? []).map((each) => ({ href: `#${each.field}`, text: scoreProblemText(words, each) }))
  if (refusal) lines.push({ href: '#main', text: refusal })
  if (fileProblems[0]) lines.push({ href: '#file', text: fileProblems[0] })
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{fill(words.sheetTitle, { indicator: title })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <dl class="facts">
        {above.length > 0 && (
          <>
            <dt>{words.indicator}</dt>
            <dd>{[...above, title].join(' › ')}</dd>
          </>
        )}
        <dt>{words.lead}</dt>
        <dd>
          <bdi>{leads.join(' · ')}</bdi>
        </dd>
        {basis && (
          <>
            <dt>{words.basisOf}</dt>
            <dd>
              <bdi>{basis}</bdi>
            </dd>
          </>
        )}
        {evidence && (
          <>
            <dt>{words.evidenceOf}</dt>
            <dd>
              <bdi>{evidence}</bdi>
            </dd>
          </>
        )}
      </dl>
      {lock && <p class="note warn">{words[lock]}</p>}
      <div class={props.lead === null ? undefined : 'columns'}>
        <div>
          <Organs {...props} words={words} />
        </div>
        {open && (
          <div>
            <ScoreForm {...props} open={open} words={words} />
          </div>
        )}
      </div>
      <ReviewActs {...props} />
    </OfficeShell>
  )
}

/** What is wrong with a score, in words. */
export function scoreProblemText(words: ReviewMessages, { field, code }: ScoreProblem): string {
  return fill(words[`problem_${code}`], { field: words[field], ...reasonLetters })
}

/** Why somebody does not score an organ, in words. */
export function hindranceText(words: ReviewMessages, hindrance: NonNullable<SheetOrgan['hindrance']>): string {
  if (hindrance.kind === 'own') return words.ownOrgan
  return hindrance.kind === 'self' ? words.ownAssessment : fill(words.byOther, { lead: hindrance.lead })
}

function Organs({
  shell,
  indicator,
  organs,
  lead,
  isReviewer,
  open,
  words,
}: ReviewSheetProps & { words: ReviewMessages }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const below = ({ self, score }: SheetOrgan) => {
    if (!self || score === '') return ''
    const lower = subtract(parseRational(self), parseRational(score))
    return lower.n > 0n ? fill(words.belowSelf, { points: decimalString(lower) }) : ''
  }
  const reasons = ({ deduction, reason, basis, evidence }: SheetOrgan) =>
    reason === '' ? '' : fill(words.reasonShown, { points: deduction, reason, basis, evidence })
  return (
    <div class="block">
      <Scroll label={words.organ}>
        <DataTable
          caption={words.organ}
          quietCaption
          columns={[
            { label: words.organ },
            ...(organs.some(({ self }) => self !== null) ? [{ label: words.self, numeric: true }] : []),
            { label: words.score, numeric: true },
            { label: words.state },
            ...(isReviewer ? [] : [{ label: words.reason }]),
          ]}
          rows={organs.map((organ) => [
            lead === null || organ.hindrance ? (
              <bdi key="n">{organ.name}</bdi>
            ) : (
              <a
                key="n"
                href={`${carry(urls.review(jid, cycle, indicator), { locale: shell.locale })}&organ=${organ.code}`}
                aria-current={open?.code === organ.code ? 'true' : undefined}
              >
                <bdi>{organ.name}</bdi>
              </a>
            ),
            ...(organ.self === null ? [] : [organ.self]),
            organ.score,
            [
              ...(organ.hindrance && organ.state === 'none' ? [] : [words[`state_${organ.state}`]]),
              organ.hindrance ? hindranceText(words, organ.hindrance) : '',
              below(organ),
            ]
              .filter((text) => text !== '')
              .join(' · '),
            ...(isReviewer ? [] : [<bdi key="r">{reasons(organ)}</bdi>]),
          ])}
        />
      </Scroll>
    </div>
  )
}

function ScoreForm({
  shell,
  indicator,
  open,
  organs,
  lock,
  isPublic,
  words,
}: ReviewSheetProps & { open: NonNullable<ReviewSheetProps['open']>; words: ReviewMessages }) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { code, name, values, problems, seen } = open
  const { state = 'none', self = null } = organs.find((organ) => organ.code === code) ?? {}
  const isLocked = lock !== null || state === 'submitted' || state === 'confirmed'
  const line = (field: ScoreProblem['field'], hint?: string) => {
    const found = problems.find((each) => each.field === field)
    const problem = found && scoreProblemText(words, found)
    return { name: field, label: words[field], hint, problem }
  }
  const number = { inputmode: 'decimal', autocomplete: 'off' } as const
  return (
    <form
      class="form"
      method="post"
      action={carry(urls.review(jid, cycle, indicator), { locale: shell.locale })}
      novalidate
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', organ: code, seen }} />
      <fieldset class="card" disabled={isLocked}>
        <legend>{fill(words.formTitle, { organ: name })}</legend>
        {state !== 'none' && state !== 'draft' && (
          <p class="note">{fill(words.lockedEntry, { state: words[`state_${state}`] })}</p>
        )}
        {self && (
          <p>
            {words.self} {self} ·{' '}
            <a href={carry(urls.selfAssessment(jid, cycle, code), { locale: shell.locale })}>
              {fill(words.selfRead, { organ: name })}
            </a>
          </p>
        )}
        <Field {...line('score', words.scoreHint)} input={{ ...number, value: values.score }} />
        <Field {...line('deduction', words.deductionHint)} input={{ ...number, value: values.deduction }} />
        <TextArea
          {...line('reason', fill(isPublic ? words.reasonPublicHint : words.reasonHint, reasonLetters))}
          input={{ rows: 3, value: values.reason, autocomplete: 'off' }}
        />
        <Field {...line('basis', words.basisHint)} input={{ value: values.basis, autocomplete: 'off' }} />
        <Field {...line('evidence', words.evidenceHint)} input={{ value: values.evidence, autocomplete: 'off' }} />
      </fieldset>
      {!isLocked && (
        <button type="submit" class="btn" name="do" value="save">
          {words.save}
        </button>
      )}
    </form>
  )
}
