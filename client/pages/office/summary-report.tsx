import { evidenceLimits, evidenceTypes } from '../../../surveys/self-assessment.ts'
import { longestPart, type ReportProblem, reportParts, type SummaryReport } from '../../../surveys/summary-report.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type PlacesMessages, placesMessages } from '../../messages/places.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'
import { FileLink, type SelfFile } from './self-sheet.tsx'

type Common = {
  shell: OfficeShellProps
  place: string
  /** Title of the year. */
  year: string
  state: 'none' | 'draft' | 'submitted' | 'returned' | 'accepted'
  report: SummaryReport
  files: readonly (SelfFile & { isLate: boolean })[]
  submitted: { text: string; isLate: boolean } | null
  version: number
  /** Why it was returned; ''. */
  note: string
  done: 'saved' | 'submitted' | 'accepted' | 'returned' | null
}

export type SummaryPageProps = Common & {
  hasAbove: boolean
  /** Whether a place above has fixed a plan of this year, and so sees what is handed in. */
  mayHandIn: boolean
  due: { text: string; isPast: boolean } | null
  mayEdit: boolean
  problems: readonly ReportProblem[]
  /** What is wrong with files that were added; ''. */
  fileProblem: string
  isConflict: boolean
  /** Was to be handed in where nobody would see it. */
  isEarly: boolean
}

export type ReportBelowProps = Common & {
  jid: string
  /** Codes of the place and its year. */
  below: { jid: string; cycle: string }
  mayDecide: boolean
  /** What was typed as a note, and why it was not taken. */
  problem: { kind: 'note' | 'decided'; note: string } | null
}

const titleOf = (props: Common, hasProblem: boolean): string => {
  const { year, place } = props
  const title = fill(placesMessages(props.shell.locale).reportTitle, { year, place })
  return hasProblem ? fill(officeMessages(props.shell.locale).errorTitle, { title }) : title
}

export const summaryTitle = (props: SummaryPageProps): string =>
  titleOf(props, props.problems.length > 0 || props.fileProblem !== '' || props.isConflict || props.isEarly)
export const reportBelowTitle = (props: ReportBelowProps): string => titleOf(props, props.problem !== null)

/** POST to urls.summary: `seen`, the four parts, files that come and hashes of those that go, and `act` `save` or `submit`. */
export function SummaryPage(props: SummaryPageProps) {
  const { shell, hasAbove, mayHandIn, due, mayEdit, problems, fileProblem, isConflict, isEarly } = props
  const { report, files, version, note } = props
  const { locale } = shell
  const words = placesMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const textOf = ({ part, code }: ReportProblem) =>
    fill(words[`problem_${code}`], { part: words[part], longest: longestPart })
  const early = hasAbove ? words.notAwaited : words.noAbove
  const conflict = [
    ...(isConflict ? [{ href: '#main', text: words.problem_conflict }] : []),
    ...(isEarly ? [{ href: '#main', text: early }] : []),
  ]
  const wrongFiles = fileProblem === '' ? [] : [{ href: '#file', text: fileProblem }]
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.report} />
      <ErrorSummary
        locale={locale}
        lines={[...conflict, ...problems.map((each) => ({ href: `#${each.part}`, text: textOf(each) })), ...wrongFiles]}
      />
      <h1>{titleOf(props, false)}</h1>
      <Said {...props} words={words} />
      <p class="lead">{words.reportIntro}</p>
      {due && (
        <p>
          {fill(words.reportDue, { due: due.text })} {due.isPast && props.submitted === null && words.reportPast}
        </p>
      )}
      {!mayHandIn && !isEarly && <p class="note">{early}</p>}
      {note !== '' && (
        <p class="note warn">
          {words.returnedNote}
          <bdi>{note}</bdi>
        </p>
      )}
      {mayEdit ? (
        <form
          class="form"
          method="post"
          action={carry(urls.summary(jid, cycle), { locale })}
          enctype="multipart/form-data"
          novalidate
        >
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: version }} />
          {reportParts.map((part) => {
            const problem = problems.find((each) => each.part === part)
            return (
              <TextArea
                key={part}
                name={part}
                label={words[part]}
                hint={`${words[`${part}Hint`]} · ${fill(words.partLength, { longest: longestPart })}`}
                problem={problem && textOf(problem)}
                input={{ value: report[part], rows: 8 }}
              />
            )
          })}
          <fieldset class="field">
            <legend>{words.files}</legend>
            <ul class="self-files">
              {files.map((file) => (
                <li key={file.hash}>
                  <FileLink file={file} />{' '}
                  <label class="check">
                    <input type="checkbox" name="remove" value={file.hash} />{' '}
                    {fill(words.removeFile, { name: file.name })}
                  </label>
                </li>
              ))}
            </ul>
            <Field
              name="file"
              label={words.addFiles}
              hint={fill(words.addFilesHint, {
                size: `${evidenceLimits.fileBytes / 1024 / 1024} MiB`,
                n: evidenceLimits.perItem,
              })}
              problem={fileProblem || undefined}
              input={{
                type: 'file',
                multiple: true,
                accept: [...evidenceTypes, 'jpeg'].map((each) => `.${each}`).join(','),
              }}
            />
          </fieldset>
          <button type="submit" name="act" value="save" class="btn btn-2">
            {words.saveDraft}
          </button>
          {mayHandIn && (
            <button type="submit" name="act" value="submit" class="btn">
              {words.handIn}
            </button>
          )}
        </form>
      ) : (
        <Parts report={report} files={files} words={words} />
      )}
    </OfficeShell>
  )
}

/** POST to urls.reportBelow: `seen`, `act` `accept` or `return`, and the note of a return. */
export function ReportBelowPage(props: ReportBelowProps) {
  const { shell, jid, below, mayDecide, problem, report, version, state, note } = props
  const { locale } = shell
  const words = placesMessages(locale)
  const noteProblem = fill(words.problem_note, reasonLength)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.report} />
      {problem && (
        <ErrorSummary
          locale={locale}
          lines={[
            problem.kind === 'note'
              ? { href: '#note', text: noteProblem }
              : { href: '#main', text: words.problem_decided },
          ]}
        />
      )}
      <h1>{titleOf(props, false)}</h1>
      <Said {...props} words={words} />
      {note !== '' && (
        <p class="note">
          {words.returnedNote}
          <bdi>{note}</bdi>
        </p>
      )}
      <Parts report={report} files={props.files} words={words} />
      {mayDecide && state === 'submitted' && (
        <section class="block">
          <h2>{words.decideHeading}</h2>
          <form
            class="form"
            method="post"
            action={carry(urls.reportBelow(jid, below.jid, below.cycle), { locale })}
            novalidate
          >
            <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: version }} />
            <TextArea
              name="note"
              label={words.note}
              problem={problem?.kind === 'note' ? noteProblem : undefined}
              input={{ value: problem?.note ?? '', rows: 3 }}
            />
            <button type="submit" name="act" value="return" class="btn btn-2">
              {words.returnIt}
            </button>
            <button type="submit" name="act" value="accept" class="btn">
              {words.accept}
            </button>
          </form>
        </section>
      )}
      <p>
        <a href={carry(urls.placesBelow(jid), { locale })}>{words.nav}</a>
      </p>
    </OfficeShell>
  )
}

function Said({ done, state, submitted, words }: Common & { words: PlacesMessages }) {
  return (
    <>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p>
        <span class="tag">{words[`state_${state}`]}</span> {submitted?.text}{' '}
        {submitted?.isLate && <span class="tag">{words.late}</span>}
      </p>
    </>
  )
}

function Parts({ report, files, words }: Pick<Common, 'report' | 'files'> & { words: PlacesMessages }) {
  return (
    <>
      {reportParts.map((part) => (
        <section key={part} class="block">
          <h2>{words[part]}</h2>
          {(report[part] || words.empty).split('\n').map((line, at) => (
            <p key={at}>
              <bdi>{line}</bdi>
            </p>
          ))}
        </section>
      ))}
      {files.length > 0 && (
        <section class="block">
          <h2>{words.files}</h2>
          {files.map((file) => (
            <p key={file.hash}>
              <FileLink file={file} /> {file.isLate && <span class="tag">{words.late}</span>}
            </p>
          ))}
        </section>
      )}
    </>
  )
}
