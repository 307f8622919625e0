import { type CycleMessages, cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { mayDecide, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { historyText, type OrganHistory } from '../results/results-history.tsx'
import {
  type Lock,
  type SetupProblem,
  type SetupValues,
  StepForm,
  StepFrame,
  type StepPart,
  setupProblemText,
} from './cycle-form.tsx'
import { HiddenFields } from './hidden-fields.tsx'
import { type TableFileProblem, tableFileProblemText } from './table-file-problems.ts'

export type OrgansPageProps = {
  shell: OfficeShellProps
  /** How many organs the cycle has. */
  count: number
  /** Titles of the classes that the plan knows. */
  classes: readonly string[]
  /** Cycles whose organs can be taken over. */
  others: readonly { code: string; title: string }[]
  /** As it was typed, or read from a file. */
  table: string
  problems: readonly SetupProblem[]
  fileProblems: readonly TableFileProblem[]
  /** What the table would change; null before it was read. */
  preview: {
    changes: {
      added: readonly string[]
      changed: readonly { name: string; columns: readonly string[] }[]
      removed: readonly string[]
      isMoved: boolean
    }
    seen: string
  } | null
  /** Somebody else has changed the list since it was read. */
  isChanged: boolean
  done: 'saved' | null
  lock: Lock | null
  /** What became of organs: as it is recorded, and the form to record more. */
  history: { recorded: readonly OrganHistory[]; values: SetupValues; problems: readonly SetupProblem[] }
  /** How large a file may be. */
  megabytes: number
}

const listedProblems = 20

/** Step 3: a table is read and shown; only the second press saves it. */
export function OrgansPage(props: OrgansPageProps) {
  const { shell, count, classes, others, table, problems, fileProblems, preview, isChanged, done, lock } = props
  const { locale } = shell
  const words = cycleMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const texts = [
    ...fileProblems.map((problem) => tableFileProblemText(locale, problem)),
    ...problems.map(({ code, values }) => fill(words[`problem_${code}`], { ...values })),
  ]
  return (
    <StepFrame
      shell={shell}
      step="organs"
      problems={[
        ...(isChanged ? [{ href: '#table', text: words.changedTitle }] : []),
        ...texts.slice(0, listedProblems).map((text) => ({ href: '#table', text })),
        ...props.history.problems.map((each) => ({
          href: `#${each.field}`,
          text: setupProblemText(words, [changePart(words)], each),
        })),
      ]}
      done={done && words[done]}
      lock={lock && words[`locked_${lock}`]}
      effects={<p>{words.effectOrgans}</p>}
    >
      <p class="note">{count === 0 ? words.organsNone : fill(words.organsNow, { n: count })}</p>
      <form
        class="form"
        method="post"
        enctype="multipart/form-data"
        action={carry(urls.setupStep(jid, cycle, 'organs'), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: preview?.seen ?? '' }} />
        <fieldset class="card" disabled={lock !== null || !mayDecide(shell)}>
          <legend>{words.organsTable}</legend>
          <TextArea
            name="table"
            label={words.organsTable}
            hint={fill(words.organsHint, { classes: classes.join(' / ') })}
            problem={texts[0]}
            input={{ value: table, rows: 14, spellcheck: false, wrap: 'off' }}
          >
            {texts.length > 1 && (
              <ul class="problems">
                {texts.slice(1, listedProblems).map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            )}
          </TextArea>
          <Field
            name="file"
            label={words.organsFile}
            hint={fill(words.organsFileHint, { megabytes: props.megabytes })}
            input={{ type: 'file', accept: '.csv,.tsv,.txt,.xlsx' }}
          />
          {others.length > 0 && (
            <Select
              name="from"
              label={words.organsFrom}
              value=""
              options={[
                { value: '', text: words.organsFromNone },
                ...others.map(({ code, title }) => ({ value: code, text: title })),
              ]}
            />
          )}
        </fieldset>
        {preview && <Preview changes={preview.changes} words={words} />}
        {lock === null && mayDecide(shell) && (
          <p class="buttons">
            <button type="submit" class={preview ? 'btn btn-2' : 'btn'} name="press" value="read">
              {words.read}
            </button>
            {preview && (
              <button type="submit" class="btn" name="press" value="save">
                {words.confirmImport}
              </button>
            )}
          </p>
        )}
      </form>
      <section class="block" id="history">
        <h2>{words.history}</h2>
        <p class="hint">{words.historyHint}</p>
        <ul>
          {props.history.recorded.map((change) => (
            <li key={historyText(locale, change)}>{historyText(locale, change)}</li>
          ))}
        </ul>
        <StepForm
          shell={shell}
          action={urls.setupStep(jid, cycle, 'organs')}
          parts={[changePart(words)]}
          state={{ values: props.history.values, problems: props.history.problems, seen: '', stored: null }}
          isLocked={false}
          button={words.recordChange}
          press="record"
        />
      </section>
    </StepFrame>
  )
}

function changePart(words: CycleMessages): StepPart {
  const kinds = (['rename', 'merge', 'split'] as const).map((value) => ({ value, text: words[`change_${value}`] }))
  return {
    title: words.recordChange,
    fields: [
      { name: 'kind', label: words.what, options: kinds },
      { name: 'before', label: words.changeBefore, hint: words.changeNames },
      { name: 'after', label: words.changeAfter, hint: words.changeNames },
      { name: 'day', label: words.changeDay, hint: words.dayHint, input: { type: 'date' } },
      { name: 'note', label: words.changeNote },
    ],
  }
}

function Preview({
  changes,
  words,
}: {
  changes: NonNullable<OrgansPageProps['preview']>['changes']
  words: CycleMessages
}) {
  const { added, changed, removed, isMoved } = changes
  const rows = [
    ...added.map((name) => [name, words.added]),
    ...changed.map(({ name, columns }) => [name, `${words.changed} (${columns.join(', ')})`]),
    ...removed.map((name) => [name, words.removed]),
  ]
  return (
    <section class="block" id="preview">
      <h2>{words.preview}</h2>
      {rows.length === 0 && <p>{isMoved ? words.previewMoved : words.previewSame}</p>}
      {rows.length > 0 && (
        <>
          <p>
            {words.added} {added.length} · {words.changed} {changed.length} · {words.removed} {removed.length}
          </p>
          <DataTable
            caption={words.preview}
            quietCaption
            columns={[{ label: words.organ }, { label: words.what }]}
            rows={rows}
          />
        </>
      )}
    </section>
  )
}
