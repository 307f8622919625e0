import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { selfMessages } from '../../messages/self-assessment.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { OfficeShell } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { SelfForm, type SelfFormProps, selfFields } from './self-form.tsx'
import { SelfSheetTable } from './self-sheet.tsx'

/** Most characters of a note with which a table is returned. */
export const longestNote = 500
export const noteField = (name: string): string => `note.${name}`

export type SelfPageProps = Omit<SelfFormProps, 'action' | 'locale'> & {
  organ: { code: string; name: string }
  state: 'none' | 'draft' | 'submitted' | 'returned'
  deadline: { text: string; isPast: boolean }
  /** When it was first submitted; null while it never was. */
  submitted: { text: string; isLate: boolean } | null
  /** The person may change it now; otherwise why an own table stands as it is. */
  mayEdit: boolean
  why: 'locked' | 'over' | 'notOpen' | null
  /** There is something that this person may read. */
  isShown: boolean
  /** Lines and remarks that this person may return with a note, by the name of the note; null where there is nothing to return. */
  returning: { targets: readonly { name: string; title: string; typed: string; problem?: string }[] } | null
  steps: readonly { kind: 'submit' | 'return'; time: string; name: string }[]
  done: 'saved' | 'imported' | 'submitted' | 'returned' | null
  /** What stands above everything else when something was refused. */
  message: string
  /** Why a file that was filled in was not read. */
  fileProblems: readonly string[]
  summary: readonly { href: string; text: string }[]
}

export function selfTitle({ shell, organ, summary }: Pick<SelfPageProps, 'shell' | 'organ' | 'summary'>): string {
  const title = fill(selfMessages(shell.locale).title, { organ: organ.name, cycle: shell.place?.cycleTitle ?? '' })
  return summary.length > 0 ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** One organ's self-assessment table: to fill in, to read, or to return. */
export function SelfPage(props: SelfPageProps) {
  const { shell, organ, state, deadline, submitted, mayEdit, why, isShown, steps, done, message, summary } = props
  const { locale } = shell
  const words = selfMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const said =
    done &&
    {
      saved: words.doneSaved,
      imported: words.doneImported,
      submitted: words.doneSubmitted,
      returned: words.doneReturned,
    }[done]
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary locale={locale} lines={summary} />
      <h1>{fill(words.title, { organ: organ.name, cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {said && (
        <p class="note" role="status">
          {said}
        </p>
      )}
      {message && <p class="note">{message}</p>}
      <p>
        <span class="tag">{words[`state_${state}`]}</span>{' '}
        {submitted?.isLate && (
          <>
            <span class="tag">{words.late}</span>{' '}
          </>
        )}
        {deadline.isPast && !submitted && mayEdit
          ? fill(words.deadlinePast, { deadline: deadline.text })
          : fill(words.deadline, { deadline: deadline.text })}
        {submitted && ` · ${fill(words.submittedAt, { time: submitted.text })}`}
      </p>
      {mayEdit && state === 'returned' && <p class="note">{words.returned}</p>}
      {why && <p class="note">{words[why]}</p>}
      {mayEdit ? (
        <SelfForm {...props} locale={locale} action={urls.selfAssessment(jid, cycle, organ.code)} />
      ) : isShown ? (
        <section class="block" aria-labelledby="sheet">
          <h2 id="sheet">{words.printTitle}</h2>
          <SelfSheetTable {...props} locale={locale} />
        </section>
      ) : (
        why === null && <p class="note">{words.notYet}</p>
      )}
      {isShown && (
        <section class="block">
          <h2>{words.files}</h2>
          <ul>
            <li>
              <a href={carry(urls.selfPrint(jid, cycle, organ.code), { locale })}>{words.print}</a>
            </li>
            {(['xlsx', 'json'] as const).map((format) => (
              <li key={format}>
                <a href={carry(urls.selfFile(jid, cycle, organ.code, format), { locale })} download>
                  {words[format]}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {mayEdit && <Importing {...props} />}
      <Returning {...props} />
      {steps.length > 0 && (
        <section class="block">
          <h2>{words.history}</h2>
          <ol>
            {steps.map(({ kind, time, name }, at) => (
              <li key={at}>{fill(words[`step_${kind}`], { time, name })}</li>
            ))}
          </ol>
        </section>
      )}
    </OfficeShell>
  )
}

function Importing({ shell, organ, version, fileProblems }: SelfPageProps) {
  const { locale } = shell
  const words = selfMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" aria-labelledby="importing">
      <h2 id="importing">{words.importTitle}</h2>
      <p class="hint">{words.importLead}</p>
      {fileProblems.length > 1 && (
        <ul>
          {fileProblems.map((text, at) => (
            <li key={at}>{text}</li>
          ))}
        </ul>
      )}
      <form
        method="post"
        enctype="multipart/form-data"
        action={carry(urls.selfImport(jid, cycle, organ.code), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', [selfFields.version]: version }} />
        <Field
          name={selfFields.filled}
          label={words.importFile}
          problem={fileProblems[0]}
          input={{ type: 'file', accept: '.xlsx,.json' }}
        />
        <button type="submit" class="btn btn-2">
          {words.importButton}
        </button>
      </form>
    </section>
  )
}

function Returning({ shell, organ, version, returning }: SelfPageProps) {
  if (!returning) return null
  const { locale } = shell
  const words = selfMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" aria-labelledby="returning">
      <h2 id="returning">{words.returnTitle}</h2>
      <p class="hint">{words.returnLead}</p>
      <form method="post" action={carry(urls.selfReturn(jid, cycle, organ.code), { locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', [selfFields.version]: version }} />
        {returning.targets.map(({ name, title, typed, problem }) => (
          <TextArea
            key={name}
            name={noteField(name)}
            label={fill(words.returnNote, { item: title })}
            problem={problem}
            input={{ rows: 2, value: typed, maxLength: longestNote, autocomplete: 'off' }}
          />
        ))}
        <button type="submit" class="btn btn-2">
          {words.returnButton}
        </button>
      </form>
    </section>
  )
}
