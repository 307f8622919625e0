import type { Locale } from '../../../surveys/questionnaire.ts'
import type { RosterProblem as RowProblem } from '../../../surveys/roster.ts'
import { fill } from '../../messages/fill.ts'
import { type InvitationMessages, invitationMessages } from '../../messages/invitations.ts'
import { Field } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import type { FrameLine } from './invitation-frame.tsx'
import { type TableFileProblem, tableFileProblemText } from './table-file-problems.ts'

/** Files that hold tables, for a file field. */
export const tableFiles = '.csv,.txt,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** Most problems of a file that are listed. */
const listedProblems = 20

export type RosterState = {
  /** Who is on such a roster: people, each once, or services. */
  of: 'leaders' | 'recipients'
  /** Verified cells of leaders, when there are several. */
  cells: readonly string[]
  /** Most rows of a CSV file and of a workbook, and how often anybody is asked in a quarter. */
  longest: number
  longestWorkbook: number
  askLimit: number
  /** False once the survey has closed. */
  isOpen: boolean
  /** The latest, and what came before them. */
  files: readonly { time: string; people: number }[]
  earlier: { times: number; people: number }
  /** When contact data was destroyed; null before. */
  destroyed: string | null
  /** How far a file is that goes on by itself. */
  progress: { step: 'checking' | 'writing'; done: number; total: number } | null
  /** Where the last import was stopped of which nothing was kept. */
  stopped: { time: string; done: number; total: number } | null
  /** Lists of which samples are drawn, the newest first. */
  frames: readonly FrameLine[]
  /** What was typed for a sample. */
  typed: { sizes: string; seed: string }
}

export type RosterProblem =
  | { code: 'no_file' }
  | { code: 'file'; problems: readonly TableFileProblem[] }
  | { code: 'rows'; problems: readonly RowProblem[]; total: number }
  | { code: 'over_expected'; expected: number; people: number }
  | { code: 'changed' | 'closed' | 'running' | 'failed' | 'drawn_before' | 'other_frame' }
  | { code: 'response'; percent: number }
  | { code: 'sizes' | 'seed' }

/** Problems that stand beside a field of the sample. */
export const isOfField = ({ code }: RosterProblem): boolean => code === 'sizes' || code === 'seed'

/** What is wrong with a roster, a sentence each: where it is and what to do. */
export function rosterProblemTexts(locale: Locale, problem: RosterProblem): string[] {
  const words = invitationMessages(locale)
  switch (problem.code) {
    case 'no_file':
      return [words.rosterNoFile]
    case 'file':
      return problem.problems.slice(0, listedProblems).map((each) => tableFileProblemText(locale, each))
    case 'rows': {
      const listed = problem.problems.slice(0, listedProblems).map((each) => rowText(words, each))
      const more = problem.total - listed.length
      return more > 0 ? [...listed, fill(words.rowMore, { n: more })] : listed
    }
    case 'over_expected':
      return [fill(words.rosterOverExpected, { people: problem.people, expected: problem.expected })]
    case 'response':
      return [fill(words.frameResponse, { percent: problem.percent })]
    default:
      return [words[`roster_${problem.code}`]]
  }
}

function rowText(words: InvitationMessages, { code, row, column, value, other = 0 }: RowProblem): string {
  const text = fill(words[`row_${code}`], { value, other })
  return column === null
    ? fill(words.rowAt, { row, text })
    : fill(words.rowAtColumn, { row, column: words[`column_${column}`], text })
}

/** Where a roster is imported: whole, or not at all. */
export function RosterBlock({
  shell,
  sid,
  words,
  mayAct,
  roster,
  problem,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  roster: RosterState
  problem: RosterProblem | null
}) {
  const { locale, place, user } = shell
  const { of, cells, longest, longestWorkbook, askLimit, isOpen, files, earlier, progress, stopped } = roster
  const hint = of === 'leaders' ? words.rosterLeaders : fill(words.rosterRecipients, { limit: askLimit })
  const [jid, cycle] = [place?.jid ?? '', place?.cycle ?? '']
  const here = urls.invite(jid, cycle, sid)
  const action = carry(urls.inviteDo(jid, cycle, sid, 'import'), { locale })
  return (
    <section class="block" id="import">
      <h2>{words.rosterHeading}</h2>
      {files.length > 0 && (
        <>
          <h3>{words.rosterHistory}</h3>
          <ul class="note">
            {files.map(({ time, people }) => (
              <li key={time}>{fill(words.rosterLine, { time, n: people })}</li>
            ))}
            {earlier.times > 0 && <li>{fill(words.rosterEarlier, { times: earlier.times, n: earlier.people })}</li>}
          </ul>
        </>
      )}
      {!isOpen && <p class="note">{words.roster_closed}</p>}
      {stopped && <p class="note">{fill(words.rosterStopped, stopped)}</p>}
      {progress && <Progress words={words} progress={progress} refresh={carry(here, { locale })} />}
      {isOpen && mayAct && !progress && (
        <form method="post" action={action} enctype="multipart/form-data" novalidate>
          <HiddenFields values={{ csrf: user?.csrf ?? '' }} />
          <p>{hint}</p>
          {cells.length > 0 && <p>{fill(words.rosterStrata, { cells: cells.join(locale === 'en' ? ', ' : '、') })}</p>}
          <Field
            name="roster"
            label={words.rosterFile}
            hint={fill(words.rosterFormat, { limit: longest, sheet: longestWorkbook })}
            problem={problem && !isOfField(problem) ? rosterProblemTexts(locale, problem)[0] : undefined}
            input={{ type: 'file', accept: tableFiles }}
          />
          <div class="actions">
            <button type="submit" class="btn btn-2" name="press" value="check">
              {words.rosterCheck}
            </button>
            <button type="submit" class="btn" name="press" value="import">
              {words.rosterImport}
            </button>
          </div>
        </form>
      )}
    </section>
  )
}

/** How far a file is that goes on while nobody waits for it. */
function Progress({
  words,
  progress: { step, done, total },
  refresh,
}: {
  words: InvitationMessages
  progress: NonNullable<RosterState['progress']>
  refresh: string
}) {
  const percent = total === 0 ? 0 : Math.floor((done / total) * 100)
  return (
    <div class="note" role="status">
      <p>{fill(words[`roster_${step}`], { percent, n: done, total })}</p>
      <p>
        <a href={refresh}>{words.refresh}</a>
      </p>
    </div>
  )
}
