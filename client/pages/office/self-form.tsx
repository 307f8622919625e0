import { evidenceLimits, evidenceTypes, longestText, remarkFields } from '../../../surveys/self-assessment.ts'
import { fill } from '../../messages/fill.ts'
import { type SelfMessages, selfMessages } from '../../messages/self-assessment.ts'
import { Field, TextArea } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { FileLink, type SelfLine, type SelfSheetProps, totalText } from './self-sheet.tsx'

/** Names of the form's fields; those of a line end with its indicator: 'done.functional.key'. */
export const selfFields = { version: 'version', act: 'do', remove: 'remove', file: 'file', filled: 'filled' } as const
export const selfField = (field: string, indicator: string): string => (indicator ? `${field}.${indicator}` : field)

export type SelfFormProps = SelfSheetProps & {
  shell: OfficeShellProps
  action: string
  version: number
  /** '' before anything was saved. */
  saved: string
  /** What is wrong, by the name of its field. */
  said: Readonly<Record<string, string>>
  /** What somebody else has saved meanwhile, by the name of its field. */
  stored: Readonly<Record<string, string>>
  notes: { problems: string; weaknesses: string }
}

/** The table to fill in; it is saved by its buttons, and where script runs by itself. */
export function SelfForm(props: SelfFormProps) {
  const { shell, action, version, saved, lines } = props
  const { locale } = shell
  const words = selfMessages(locale)
  return (
    <form
      method="post"
      action={carry(action, { locale })}
      enctype="multipart/form-data"
      novalidate
      data-autosave={words.autosaveFailed}
    >
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', [selfFields.version]: version }} />
      {lines.map((line) => (
        <Line key={line.indicator} {...props} line={line} words={words} />
      ))}
      <section class="block" aria-labelledby="remarks">
        <h2 id="remarks">{words.remarks}</h2>
        {remarkFields.map((field) => (
          <Typed key={field} {...props} field={field} label={words[field]} value={props[field]} rows={4} words={words}>
            <Note note={props.notes[field]} words={words} />
          </Typed>
        ))}
      </section>
      <section class="block">
        <p data-total>
          <strong>{totalText(locale, props)}</strong>
        </p>
        <p class="hint" role="status" data-saved>
          {saved && fill(words.saved, { time: saved })}
        </p>
        <p class="actions">
          <button type="submit" class="btn btn-2" name={selfFields.act} value="save">
            {words.save}
          </button>{' '}
          <button type="submit" class="btn" name={selfFields.act} value="submit">
            {words.submit}
          </button>
        </p>
        <p class="hint">{words.submitHint}</p>
      </section>
    </form>
  )
}

function Line({ line, words, ...props }: SelfFormProps & { line: SelfLine; words: SelfMessages }) {
  const { indicator, title, above, basis, asked, leads, points, entry, files, note } = line
  const heading = `item-${indicator}`
  const file = selfField(selfFields.file, indicator)
  const megabytes = `${evidenceLimits.fileBytes / 1024 / 1024} MiB`
  const typed = { ...props, indicator, words }
  const score = selfField('score', indicator)
  const said = props.said[score]
  return (
    <section class="block" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <p class="hint">
        {[above.join(' · '), basis && fill(words.basis, { basis }), leads && fill(words.leads, { leads })]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <Note note={note} words={words} />
      <Typed {...typed} field="target" label={words.target} value={entry.target} rows={2} />
      <Typed {...typed} field="done" label={words.done} value={entry.done} rows={4} />
      <Field
        name={score}
        label={words.score}
        hint={fill(words.scoreHint, { points })}
        problem={said}
        input={{ value: entry.score, inputMode: 'decimal', autocomplete: 'off', size: 8, maxLength: 20 }}
      />
      <Stored text={props.stored[score]} words={words} />
      <Typed {...typed} field="note" label={words.explanation} value={entry.note} rows={3} />
      <fieldset class="field">
        <legend>{words.evidence}</legend>
        {asked ? <p>{fill(words.evidenceAsked, { asked })}</p> : null}
        {files.length === 0 ? <p class="hint">{words.evidenceNone}</p> : null}
        <ul class="self-files">
          {files.map((each) => (
            <li key={each.hash}>
              <FileLink file={each} />{' '}
              <label class="check">
                <input type="checkbox" name={selfFields.remove} value={`${indicator}/${each.hash}`} />{' '}
                {fill(words.evidenceRemove, { name: each.name })}
              </label>
            </li>
          ))}
        </ul>
        <Field
          name={file}
          label={words.evidenceAdd}
          hint={fill(words.evidenceHint, { size: megabytes, n: evidenceLimits.perItem })}
          problem={props.said[file]}
          input={{
            type: 'file',
            multiple: true,
            accept: [...evidenceTypes, 'jpeg'].map((type) => `.${type}`).join(','),
          }}
        />
      </fieldset>
    </section>
  )
}

type TypedProps = Pick<SelfFormProps, 'said' | 'stored'> & {
  field: Exclude<keyof typeof longestText, 'score'>
  indicator?: string
  label: string
  value: string
  rows: number
  words: SelfMessages
  children?: preact.ComponentChildren
}

function Typed({ field, indicator = '', label, value, rows, said, stored, words, children }: TypedProps) {
  const name = selfField(field, indicator)
  return (
    <>
      <TextArea
        name={name}
        label={label}
        problem={said[name]}
        input={{ rows, value, maxLength: longestText[field], autocomplete: 'off' }}
      >
        {children}
      </TextArea>
      <Stored text={stored[name]} words={words} />
    </>
  )
}

function Note({ note, words }: { note: string; words: SelfMessages }) {
  return note ? <p class="msg">{fill(words.note, { note })}</p> : null
}

function Stored({ text, words }: { text: string | undefined; words: SelfMessages }) {
  return text === undefined ? null : <p class="note">{fill(words.conflictNow, { text: text || words.empty })}</p>
}
