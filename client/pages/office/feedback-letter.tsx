import type { LetterProblem } from '../../../surveys/feedback.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { resultsMessages } from '../../messages/results.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OrganLinks } from './feedback.tsx'
import { type LetterProblemCode, LetterText, letterFields, letterProblemText, Waiting } from './feedback-list.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type LetterPageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string }
  /** The cycle's year. */
  year: string
  waiting: { withdrawn: string | null } | null
  /** The one that counts, as it was issued; null before there is one. */
  letter:
    | (Sheet & {
        number: number
        on: string
        issued: { time: string; name: string }
        received: { time: string; name: string } | null
      })
    | null
  /** What a new one would say; null for whoever issues none. */
  draft: (Sheet & { seen: number; days: number; typed: string }) | null
  /** The person can confirm that the organ has it. */
  mayReceive: boolean
  done: 'issued' | 'received' | null
  problem: LetterProblemCode | null
}

type Sheet = {
  satisfaction: string | null
  overall: string | null
  problems: readonly (LetterProblem & { name: string })[]
  text: string
  /** Until when the organ reports its rectification, and until when it may appeal. */
  due: string
  appeals: string
}

export const letterTitle = ({ shell, organ }: Pick<LetterPageProps, 'shell' | 'organ'>): string =>
  fill(followUpMessages(shell.locale).letterTitle, { organ: organ.name })

/** The letter to an organ on paper, and the forms by which it is issued and confirmed. */
export function LetterPage(props: LetterPageProps) {
  const { shell, organ, waiting, letter, draft, mayReceive, done, problem } = props
  const { locale, place, user } = shell
  const words = followUpMessages(locale)
  const at = [place?.jid ?? '', place?.cycle ?? '', organ.code] as const
  const said = problem && letterProblemText(words, problem)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={said ? [{ href: `#${letterFields.text}`, text: said }] : []} />
      <h1 class={letter ? 'vh' : undefined}>{letterTitle(props)}</h1>
      {done && (
        <p class="note" role="status">
          {done === 'issued' ? words.doneIssued : words.doneReceived}
        </p>
      )}
      <OrganLinks shell={shell} organ={organ} here="letter" />
      {waiting ? <Waiting shell={shell} {...waiting} /> : null}
      {letter ? (
        <>
          <p class="hint noprint">{words.letterPrint}</p>
          <Paper {...props} sheet={letter} words={words} />
          <p class="hint">{fill(words.letterIssued, letter.issued)}</p>
          {letter.received ? <p class="hint">{fill(words.letterReceived, letter.received)}</p> : null}
        </>
      ) : (
        <p class="note">{words.letterNotYet}</p>
      )}
      {mayReceive && letter && !letter.received ? (
        <form class="noprint" method="post" action={carry(urls.letterReceive(...at), { locale })}>
          <HiddenFields values={{ csrf: user?.csrf ?? '', [letterFields.number]: letter.number }} />
          <p class="hint">{words.letterReceiveHint}</p>
          <button type="submit" class="btn">
            {words.letterReceive}
          </button>
        </form>
      ) : null}
      {draft ? (
        <section class="block noprint" aria-labelledby="issue">
          <h2 id="issue">{letter ? words.letterAgain : words.letterIssue}</h2>
          <details open={!letter}>
            <summary>{words.letterDraft}</summary>
            <Problems {...props} sheet={draft} words={words} />
          </details>
          <form method="post" action={carry(urls.letterIssue(...at), { locale })} novalidate>
            <HiddenFields values={{ csrf: user?.csrf ?? '', [letterFields.seen]: draft.seen }} />
            <LetterText typed={draft.typed} problem={problem} days={draft.days} words={words} />
            <button type="submit" class="btn">
              {letter ? words.letterAgain : words.letterIssue}
            </button>
          </form>
        </section>
      ) : null}
    </OfficeShell>
  )
}

type OfSheet = LetterPageProps & { sheet: Sheet; words: FollowUpMessages }

function Paper(props: OfSheet & { sheet: NonNullable<LetterPageProps['letter']> }) {
  const { shell, organ, year, sheet, words } = props
  const place = shell.place?.jurisdiction ?? ''
  const score = (text: string | null) => text ?? words.letterNoScore
  return (
    <article class="block letter">
      <p class="letter-number">{fill(words.letterNumber, { place, year, number: sheet.number })}</p>
      <h2>{fill(words.letterHead, { year })}</h2>
      <p>{fill(words.letterTo, { organ: organ.name })}</p>
      <p>{fill(words.letterScores, { satisfaction: score(sheet.satisfaction), overall: score(sheet.overall) })}</p>
      <Problems {...props} />
      {sheet.text ? <p class="self-text">{sheet.text}</p> : null}
      <p>{fill(words.letterDue, { date: sheet.due })}</p>
      <p>{fill(words.letterAppeal, { date: sheet.appeals })}</p>
      <p class="letter-end">
        {fill(words.letterEnd, { place })}
        <br />
        {sheet.on}
      </p>
    </article>
  )
}

function Problems({ shell, sheet: { problems }, words }: OfSheet) {
  const names = resultsMessages(shell.locale)
  if (problems.length === 0) return <p>{words.letterNoProblems}</p>
  return (
    <>
      <p>{words.letterProblems}</p>
      <ol>
        {problems.map((problem, at) => {
          const { name: title } = problem
          const text =
            problem.kind === 'deduction'
              ? fill(words.letterDeduction, { title, points: problem.points, reason: problem.reason })
              : fill(problem.median === null ? words.letterQuestionAlone : words.letterQuestion, {
                  ...{ title, group: names[problem.group], mean: problem.mean, median: problem.median ?? '' },
                })
          return <li key={at}>{text}</li>
        })}
      </ol>
    </>
  )
}
