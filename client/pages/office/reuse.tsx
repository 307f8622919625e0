import {
  type ReuseColumn,
  type ReuseDifference,
  type ReuseKind,
  type ReuseProblem,
  reuseColumns,
  reuseKinds,
} from '../../../surveys/reuse.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type ReuseMessages, reuseMessages } from '../../messages/reuse.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { tableFiles } from './invitation-roster.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type TableFileProblem, tableFileProblemText } from './table-file-problems.ts'

/** Most problems of a file that are listed. */
const listedProblems = 20

export const reuseTexts = ['title', 'mode', 'population'] as const
export type ReuseField = (typeof reuseTexts)[number] | 'from' | 'to' | 'scale' | 'file' | 'reason'

/** What is wrong with what was sent, in the order of the form. */
export type ReuseFormProblem =
  | { field: ReuseField; code: 'required' | 'text' | 'day' | 'order' | 'no_file' | 'changed' | 'gone' }
  | { field: ReuseField; code: 'too_long' | 'too_many'; limit: number }
  | { field: 'scale'; code: 'scale'; line: number }
  | { field: 'file'; code: 'table'; problem: TableFileProblem }
  | { field: 'file'; code: 'row'; problem: ReuseProblem }

export type SourceView = {
  id: number
  kind: ReuseKind
  title: string
  mode: string
  population: string
  from: string
  to: string
  months: number
  added: string
  people: number
  unrated: number
  differences: readonly ReuseDifference[]
  /** After so many months it is out of date. */
  fresh: number
  /** Title of the indicator of which the plan makes it a part; null for evidence alone. */
  indicator: string | null
  /** `mean` is '' below the fewest that are shown. */
  organs: readonly { name: string; people: number; mean: string }[]
}

export type ReusePageProps = {
  shell: OfficeShellProps
  sources: readonly SourceView[]
  savings: { reused: readonly { kind: ReuseKind; people: number }[]; askedEnough: number }
  /** Fewest results behind a mean. */
  least: number
  /** Longest file, in rows. */
  limit: number
  /** The form, of one kind: what stands in its fields. */
  form: { kind: ReuseKind; values: Readonly<Record<string, string>>; problems: readonly ReuseFormProblem[] }
  outcome: { what: 'checked' | 'added' | 'same' | 'removed'; added: number; known: number; unrated: number } | null
}

export function reuseTitle({ shell, form }: Pick<ReusePageProps, 'shell' | 'form'>): string {
  const title = fill(reuseMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return form.problems.length > 0 ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The register of results that exist already, with where they come from and how they compare. */
export function ReusePage(props: ReusePageProps) {
  const { shell, sources, form, outcome } = props
  const { locale } = shell
  const words = reuseMessages(locale)
  const lines = form.problems.slice(0, listedProblems).map((problem) => ({
    href: `#${problem.field}`,
    text: reuseProblemText(locale, problem),
  }))
  const more = form.problems.length - lines.length
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary
        locale={locale}
        lines={more > 0 ? [...lines, { href: '#file', text: fill(words.more, { n: more }) }] : lines}
      />
      <h1>{fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {outcome && (
        <p class="note" role="status">
          {fill(words[outcome.what], { added: outcome.added, known: outcome.known, unrated: outcome.unrated })}
        </p>
      )}
      <p class="lead">{words.intro}</p>
      <Savings {...props} words={words} />
      {sources.length === 0 ? <p class="note">{words.none}</p> : null}
      {sources.map((source) => (
        <Source key={source.id} {...props} words={words} source={source} />
      ))}
      {mayDecide(shell) ? <Form {...props} words={words} /> : null}
    </OfficeShell>
  )
}

function Savings({ savings, words }: ReusePageProps & { words: ReuseMessages }) {
  const { reused, askedEnough } = savings
  return (
    <section class="block" id="saved">
      <h2>{words.savedTitle}</h2>
      {reused.length === 0 && askedEnough === 0 ? (
        <p>{words.savedNone}</p>
      ) : (
        <ul>
          {reused.map(({ kind, people }) => (
            <li key={kind}>{fill(words.savedBy, { kind: words[`kind_${kind}`], n: grouped(people) })}</li>
          ))}
          {askedEnough > 0 ? <li>{fill(words.savedEnough, { n: grouped(askedEnough) })}</li> : null}
        </ul>
      )}
      <p class="hint">{words.savedHow}</p>
    </section>
  )
}

function Source({ shell, least, words, source }: ReusePageProps & { words: ReuseMessages; source: SourceView }) {
  const { id, kind, people, unrated, indicator, organs } = source
  const { jid = '', cycle = '' } = shell.place ?? {}
  const what = differencesText(shell.locale, source)
  return (
    <section class="block" aria-labelledby={`source-${id}`}>
      <h2 id={`source-${id}`}>{fill(words.source, { kind: words[`kind_${kind}`], title: source.title })}</h2>
      <p>
        {fill(words.sourceFacts, {
          mode: source.mode,
          population: source.population,
          from: source.from,
          to: source.to,
          months: source.months,
          added: source.added,
        })}
      </p>
      <p>{fill(words.counts, { n: grouped(people), unrated: grouped(unrated) })}</p>
      <p>{what ? fill(words.differs, { what }) : words.comparable}</p>
      <p>{indicator === null ? words.evidence : fill(words.component, { indicator })}</p>
      <Scroll label={words.tableTitle}>
        <DataTable
          caption={words.tableTitle}
          columns={[
            { label: words.organ },
            { label: words.people, numeric: true },
            { label: words.score, numeric: true },
          ]}
          rows={organs.map(({ name, people: n, mean }) => [name, grouped(n), mean || fill(words.few, { least })])}
        />
      </Scroll>
      {mayDecide(shell) ? (
        <details>
          <summary>{words.remove}</summary>
          <form method="post" action={carry(urls.reuseAct(jid, cycle), { locale: shell.locale })} novalidate>
            <HiddenFields values={{ csrf: shell.user?.csrf ?? '', press: 'remove', id: String(id) }} />
            <Field id={`reason-${id}`} name="reason" label={words.removeReason} input={{ maxLength: 200 }} />
            <button type="submit" class="btn btn-2">
              {words.remove}
            </button>
          </form>
        </details>
      ) : null}
    </section>
  )
}

/** How a result differs from this year's survey; '' where it does not. */
export function differencesText(
  locale: OfficeShellProps['locale'],
  { differences, fresh }: Pick<SourceView, 'differences' | 'fresh'>,
): string {
  const words = reuseMessages(locale)
  const between = locale === 'en' ? ', ' : '、'
  return differences.map((each) => fill(words[`differs_${each}`], { months: fresh })).join(between)
}

function Form({ shell, form, limit, words }: ReusePageProps & { words: ReuseMessages }) {
  const { kind, values, problems } = form
  const { jid = '', cycle = '' } = shell.place ?? {}
  const { locale } = shell
  const textOf = (field: ReuseField) => {
    const problem = problems.find((each) => each.field === field)
    return problem && reuseProblemText(locale, problem)
  }
  const field = (name: ReuseField, label: string, hint?: string, type: 'text' | 'date' = 'text') => (
    <Field
      {...{ name, label, hint, problem: textOf(name) }}
      input={type === 'date' ? { type, value: values[name] ?? '' } : { value: values[name] ?? '', maxLength: 200 }}
    />
  )
  const box = (name: string, label: string) => (
    <label class="opt">
      <input type="checkbox" name={name} value="1" checked={values[name] === '1'} />
      {label}
    </label>
  )
  return (
    <section class="block" id="add">
      <h2>{words.formTitle}</h2>
      <nav aria-label={words.formKind}>
        <p class="row">
          {reuseKinds.map((each) => (
            <a
              key={each}
              href={`${carry(urls.reuse(jid, cycle), { locale })}&kind=${each}#add`}
              aria-current={each === kind ? 'true' : undefined}
            >
              {words[`kind_${each}`]}
            </a>
          ))}
        </p>
      </nav>
      <form
        method="post"
        enctype="multipart/form-data"
        action={carry(urls.reuseAct(jid, cycle), { locale })}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', kind }} />
        <h3>{words[`kind_${kind}`]}</h3>
        {field('title', words.formName, words.formNameHint)}
        {field('mode', words.formMode, words.formModeHint)}
        {field('population', words.formPopulation)}
        {field('from', words.formFrom, undefined, 'date')}
        {field('to', words.formTo, undefined, 'date')}
        {box('samePopulation', words.formSamePopulation)}
        {box('sameMode', words.formSameMode)}
        <TextArea
          name="scale"
          label={words.formScale}
          hint={words.formScaleHint}
          problem={textOf('scale')}
          input={{ rows: 6, value: values['scale'] ?? '', spellcheck: false }}
        />
        <details>
          <summary>{words.formColumns}</summary>
          {reuseColumns.map((column) => (
            <Field
              key={column}
              name={`column.${column}`}
              label={words[`column_${column}`]}
              input={{ value: values[`column.${column}`] ?? '', maxLength: 80 }}
            />
          ))}
        </details>
        <Field
          name="file"
          label={words.formFile}
          hint={fill(words.formFileHint, { limit: grouped(limit) })}
          problem={textOf('file')}
          input={{ type: 'file', accept: tableFiles }}
        />
        <p class="buttons">
          <button type="submit" class="btn btn-2" name="press" value="check">
            {words.check}
          </button>
          <button type="submit" class="btn" name="press" value="add">
            {words.add}
          </button>
        </p>
      </form>
    </section>
  )
}

/** The problem in a sentence that says where it is and what to do. */
export function reuseProblemText(locale: OfficeShellProps['locale'], problem: ReuseFormProblem): string {
  const words = reuseMessages(locale)
  const labels: Record<ReuseField, string> = {
    title: words.formName,
    mode: words.formMode,
    population: words.formPopulation,
    from: words.formFrom,
    to: words.formTo,
    scale: words.formScale,
    file: words.formFile,
    reason: words.removeReason,
  }
  const field = labels[problem.field]
  switch (problem.code) {
    case 'required':
      return fill(words.required, { field })
    case 'text':
      return fill(words.badText, { field })
    case 'day':
      return fill(words.badDay, { field })
    case 'order':
      return words.daysOrder
    case 'no_file':
      return words.noFile
    case 'changed':
      return words.changed
    case 'gone':
      return words.gone
    case 'too_long':
      return fill(words.tooLong, { field, limit: problem.limit })
    case 'too_many':
      return fill(words.tooMany, { limit: problem.limit })
    case 'scale':
      return fill(words.badScale, { line: problem.line })
    case 'table':
      return tableFileProblemText(locale, problem.problem)
    case 'row':
      return rowText(words, problem.problem)
  }
}

function rowText(words: ReuseMessages, problem: ReuseProblem): string {
  if (problem.code === 'no_column') return fill(words.noColumn, { column: columnText(words, problem.column) })
  const text = fill(words[`row_${problem.code}`], { value: problem.value })
  return fill(words.row, { row: problem.row, text })
}

const columnText = (words: ReuseMessages, column: ReuseColumn): string => words[`column_${column}`]
