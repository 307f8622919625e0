import { appealLetters } from '../../../surveys/appeal.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { evidenceLimits, evidenceTypes } from '../../../surveys/self-assessment.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { resultsMessages } from '../../messages/results.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { AppealUntil, type FeedbackPageProps, OrganLinks } from './feedback.tsx'
import { Waiting } from './feedback-list.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { FileLink, type SelfFile } from './self-sheet.tsx'

/** What an appeal is about, in words. */
export type AppealAbout = { kind: 'deduction'; title: string; points: string } | { kind: 'rating'; group: GroupId }

export type AppealCard = {
  n: number
  about: AppealAbout
  reason: string
  files: readonly SelfFile[]
  filed: { time: string; name: string }
  state: 'open' | 'proposed' | 'rejected' | 'accepted'
  /** What was decided, or is proposed; null before that. `second`: who agreed, '' for nobody. */
  decision: { text: string; newPoints: string; time: string; name: string; second: string } | null
  /** Of an accepted one: the version of the results that has it, of ratings the first later one; null while there is none. */
  corrected: number | null
  /** What this person may do about it; `involved` and `own` say why nothing. */
  acts: 'decide' | 'agree' | 'involved' | 'own' | 'none'
}

export type AppealsPageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string }
  waiting: { withdrawn: string | null } | null
  term: NonNullable<FeedbackPageProps['result']>['appeals'] | null
  appeals: readonly AppealCard[]
  /** The locked version of the year that no longer has its scores; null where the year need not be locked anew. */
  relock: number | null
  /** What the organ may appeal against, by the value of its choice; null for whoever files none. */
  choices: readonly { value: string; about: AppealAbout }[] | null
  typed: { about: string; reason: string }
  /** What is wrong, by field; those of a decision end with its number. */
  said: Readonly<Record<string, string>>
  /** What was typed about a decision. */
  deciding: { n: number; reason: string; points: string } | null
  message: string
  done: 'filed' | 'decided' | 'proposed' | 'back' | null
}

export const appealFields = {
  about: 'about',
  reason: 'reason',
  file: 'file',
  seen: 'seen',
  n: 'n',
  act: 'do',
  points: 'points',
} as const

export const appealsTitle = ({ shell, organ }: Pick<AppealsPageProps, 'shell' | 'organ'>): string =>
  fill(followUpMessages(shell.locale).appealsTitle, { organ: organ.name })

/** An organ's appeals, the form for another one, and what is decided. */
export function AppealsPage(props: AppealsPageProps) {
  const { shell, organ, waiting, term, appeals, choices, said, message, done } = props
  const { locale } = shell
  const words = followUpMessages(locale)
  const outcome =
    done &&
    { filed: words.doneFiled, decided: words.doneDecided, proposed: words.doneProposed, back: words.doneBack }[done]
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={Object.entries(said).map(([id, text]) => ({ href: `#${id}`, text }))} />
      <h1>{appealsTitle(props)}</h1>
      {outcome && (
        <p class="note" role="status">
          {outcome}
        </p>
      )}
      {message ? <p class="note warn">{message}</p> : null}
      <OrganLinks shell={shell} organ={organ} here="appeals" />
      <p class="lead">{words.appealsLead}</p>
      {waiting ? <Waiting shell={shell} {...waiting} /> : null}
      {term ? <AppealUntil shell={shell} term={term} /> : null}
      {appeals.length === 0 ? <p class="note">{words.appealsNone}</p> : null}
      {appeals.map((appeal) => (
        <Appeal key={appeal.n} {...props} appeal={appeal} words={words} />
      ))}
      {choices && term && !term.isPast ? <Filing {...props} choices={choices} words={words} /> : null}
    </OfficeShell>
  )
}

type OfAppeal = AppealsPageProps & { appeal: AppealCard; words: FollowUpMessages }

export function aboutText(about: AppealAbout, shell: OfficeShellProps): string {
  const words = followUpMessages(shell.locale)
  if (about.kind === 'deduction') return fill(words.aboutDeduction, about)
  return fill(words.aboutRating, { group: resultsMessages(shell.locale)[about.group] })
}

function Appeal(props: OfAppeal) {
  const { shell, appeal, words } = props
  const { n, about, reason, files, filed, state, decision, corrected, acts } = appeal
  const { relock } = props
  const before = about.kind === 'deduction' ? about.points : ''
  return (
    <section class="block" id={`appeal-${n}`} aria-labelledby={`appeal-${n}-title`}>
      <h2 id={`appeal-${n}-title`}>
        {fill(words.appealHead, { n })} · {aboutText(about, shell)} <span class="tag">{words[`appeal_${state}`]}</span>
      </h2>
      <p class="hint">{fill(words.filedAt, filed)}</p>
      <p class="self-text">{reason}</p>
      {files.map((file) => (
        <p key={file.hash}>
          <FileLink file={file} />
        </p>
      ))}
      {decision ? (
        <>
          <p class="self-text">{fill(words.decisionText, { text: decision.text })}</p>
          {decision.newPoints ? <p>{fill(words.newPoints, { before, after: decision.newPoints })}</p> : null}
          <p class="hint">{fill(decision.second === '' ? words.decidedAt : words.decidedTwo, decision)}</p>
        </>
      ) : null}
      {state === 'accepted' ? (
        <p>
          {corrected !== null
            ? fill(about.kind === 'rating' ? words.ratingLater : words.correctionDone, { version: corrected })
            : about.kind === 'rating'
              ? words.ratingNext
              : relock === null
                ? words.correctionWaits
                : fill(words.correctionRelocks, { version: relock })}
        </p>
      ) : null}
      {acts === 'involved' ? <p class="note">{words.involved}</p> : null}
      {acts === 'own' ? <p class="note">{words.samePerson}</p> : null}
      {acts === 'decide' ? <Deciding {...props} before={before} /> : null}
      {acts === 'agree' ? <Agreeing {...props} /> : null}
    </section>
  )
}

function Deciding({ shell, organ, appeal, said, deciding, before, words }: OfAppeal & { before: string }) {
  const { n, about } = appeal
  const typed = deciding?.n === n ? deciding : null
  const reason = `${appealFields.reason}-${n}`
  const points = `${appealFields.points}-${n}`
  return (
    <DecideForm shell={shell} organ={organ} n={n}>
      <h3>{words.decide}</h3>
      <TextArea
        id={reason}
        name={appealFields.reason}
        label={words.decideReason}
        hint={fill(words.decideReasonHint, appealLetters)}
        problem={said[reason]}
        input={{ rows: 3, value: typed?.reason ?? '', autocomplete: 'off' }}
      />
      {about.kind === 'deduction' ? (
        <Field
          id={points}
          name={appealFields.points}
          label={words.decideNew}
          hint={fill(words.decideNewHint, { before })}
          problem={said[points]}
          input={{ value: typed?.points ?? '', inputMode: 'decimal', size: 8, autocomplete: 'off' }}
        />
      ) : null}
      <p class="buttons">
        <button type="submit" class="btn" name={appealFields.act} value="accept">
          {words.decideAccept}
        </button>
        <button type="submit" class="btn btn-2" name={appealFields.act} value="reject">
          {words.decideReject}
        </button>
      </p>
    </DecideForm>
  )
}

function Agreeing({ shell, organ, appeal: { n }, words }: OfAppeal) {
  return (
    <DecideForm shell={shell} organ={organ} n={n}>
      <p class="buttons">
        <button type="submit" class="btn" name={appealFields.act} value="agree">
          {words.decideAgree}
        </button>
        <button type="submit" class="btn btn-2" name={appealFields.act} value="back">
          {words.decideBack}
        </button>
      </p>
    </DecideForm>
  )
}

function DecideForm({
  shell,
  organ,
  n,
  children,
}: Pick<AppealsPageProps, 'shell' | 'organ'> & { n: number; children: preact.ComponentChildren }) {
  const { locale, place, user } = shell
  return (
    <form
      method="post"
      action={carry(urls.appealDecide(place?.jid ?? '', place?.cycle ?? '', organ.code), { locale })}
      novalidate
    >
      <HiddenFields values={{ csrf: user?.csrf ?? '', [appealFields.n]: n }} />
      {children}
    </form>
  )
}

function Filing({
  shell,
  organ,
  appeals,
  choices,
  typed,
  said,
  words,
}: AppealsPageProps & { choices: NonNullable<AppealsPageProps['choices']>; words: FollowUpMessages }) {
  const { locale, place, user } = shell
  if (choices.length === 0) return <p class="note">{words.appealNothing}</p>
  return (
    <section class="block" aria-labelledby="filing">
      <h2 id="filing">{words.appealFile}</h2>
      <form
        method="post"
        action={carry(urls.appeals(place?.jid ?? '', place?.cycle ?? '', organ.code), { locale })}
        enctype="multipart/form-data"
        novalidate
      >
        <HiddenFields values={{ csrf: user?.csrf ?? '', [appealFields.seen]: appeals.length }} />
        <Select
          name={appealFields.about}
          label={words.appealAbout}
          problem={said[appealFields.about]}
          options={[
            { value: '', text: '' },
            ...choices.map(({ value, about }) => ({ value, text: aboutText(about, shell) })),
          ]}
          value={typed.about}
        />
        <TextArea
          name={appealFields.reason}
          label={words.appealReason}
          hint={fill(words.appealReasonHint, appealLetters)}
          problem={said[appealFields.reason]}
          input={{ rows: 5, value: typed.reason, autocomplete: 'off' }}
        />
        <Field
          name={appealFields.file}
          label={words.evidenceAdd}
          hint={fill(words.evidenceHint, {
            size: `${evidenceLimits.fileBytes / 1024 / 1024} MiB`,
            n: evidenceLimits.perItem,
          })}
          problem={said[appealFields.file]}
          input={{
            type: 'file',
            multiple: true,
            accept: [...evidenceTypes, 'jpeg'].map((each) => `.${each}`).join(','),
          }}
        />
        <button type="submit" class="btn">
          {words.appealFile}
        </button>
      </form>
    </section>
  )
}
