import type { ComponentChildren } from 'preact'
import { type CycleMessages, cycleMessages } from '../../messages/cycles.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, type FieldProps, Select } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** The steps by which a year is set up, in their order. */
export const setupSteps = ['basics', 'plan', 'organs', 'surveys', 'keys', 'check'] as const
export type SetupStep = (typeof setupSteps)[number]

/** Why a step cannot be changed now. */
export type Lock = 'frozen' | 'opened' | 'ready' | 'published'

type ProblemOf<Key> = Key extends `problem_${infer Code}` ? Code : never
/** What is wrong with a field; the text may name more than the field's label. */
export type SetupProblem = {
  readonly field: string
  readonly code: ProblemOf<keyof CycleMessages>
  readonly values?: Readonly<Record<string, string | number>>
}

/** What the fields of a step hold, by name. */
export type SetupValues = Readonly<Record<string, string>>

/** A form as it is shown: what was typed or is stored, and what is wrong with it. */
export type StepState = {
  readonly values: SetupValues
  readonly problems: readonly SetupProblem[]
  /** Stands for what was stored when the page was made. */
  readonly seen: string
  /** What somebody else has stored meanwhile; null where nobody has. */
  readonly stored: SetupValues | null
}

export type StepField = {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly input?: FieldProps['input']
  /** A list to choose from. */
  readonly options?: readonly { readonly value: string; readonly text: string }[]
  /** A box to tick: '1' or ''. */
  readonly isBox?: true
}

export type StepPart = { readonly title: string; readonly hint?: string; readonly fields: readonly StepField[] }

const fieldsOf = (parts: readonly StepPart[]): StepField[] => parts.flatMap(({ fields }) => fields)

/** The problem of a field in words. */
export function setupProblemText(words: CycleMessages, parts: readonly StepPart[], problem: SetupProblem): string {
  const label = fieldsOf(parts).find(({ name }) => name === problem.field)?.label ?? problem.field
  return fill(words[`problem_${problem.code}`], { field: label, ...problem.values })
}

/** '第 2 步 方案'; begins with the word for an error where there is one. */
export function stepTitle(shell: OfficeShellProps, step: SetupStep, hasProblem: boolean): string {
  const words = cycleMessages(shell.locale)
  const title = fill(words.stepTitle, { n: setupSteps.indexOf(step) + 1, step: words[`step_${step}`] })
  return hasProblem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** A step's page: where one is among the six, what is wrong, the form, and beside it what it does. */
export function StepFrame({
  shell,
  step,
  problems,
  done,
  lock,
  effects,
  children,
}: {
  shell: OfficeShellProps
  step: SetupStep
  /** Lines of the summary. */
  problems: readonly { href: string; text: string }[]
  /** What was done just now, in words. */
  done: string | null
  lock: string | null
  effects: ComponentChildren
  children: ComponentChildren
}) {
  const words = cycleMessages(shell.locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words[`step_${step}`]} />
      <ErrorSummary locale={shell.locale} lines={problems} />
      <h1>{stepTitle(shell, step, false)}</h1>
      <nav class="chips" aria-label={words.stepsLabel}>
        {setupSteps.map((each, at) => (
          <a
            key={each}
            href={carry(urls.setupStep(jid, cycle, each), { locale: shell.locale })}
            aria-current={each === step ? 'step' : undefined}
          >
            {at + 1} {words[`step_${each}`]}
          </a>
        ))}
      </nav>
      {done && (
        <p class="note" role="status">
          {done}
        </p>
      )}
      {lock && <p class="note warn">{lock}</p>}
      <div class="columns setup">
        <div>{children}</div>
        <aside class="block" aria-labelledby="effect-title">
          <h2 id="effect-title">{words.effect}</h2>
          {effects}
        </aside>
      </div>
    </OfficeShell>
  )
}

/** The fields of a step; without a button for those who may only read, or where the step is locked. */
export function StepForm({
  shell,
  action,
  parts,
  state,
  isLocked,
  button,
  press,
}: {
  shell: OfficeShellProps
  action: string
  parts: readonly StepPart[]
  state: StepState
  isLocked: boolean
  button?: string
  /** Says which form it is, where a page has several. */
  press?: string
}) {
  const words = cycleMessages(shell.locale)
  const isOpen = mayDecide(shell) && !isLocked
  return (
    <>
      {state.stored && <Changed parts={parts} values={state.values} stored={state.stored} words={words} />}
      <form class="form" method="post" action={carry(action, { locale: shell.locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', seen: state.seen }} />
        {parts.map(({ title, hint, fields }) => (
          <fieldset class="card" key={title} disabled={!isOpen}>
            <legend>{title}</legend>
            {hint && <p class="hint">{hint}</p>}
            <div class={fields.every(({ isBox }) => isBox) ? undefined : 'fields'}>
              {fields.map((field) => (
                <OneField key={field.name} field={field} parts={parts} state={state} words={words} />
              ))}
            </div>
          </fieldset>
        ))}
        {isOpen && (
          <button type="submit" class="btn" name={press && 'press'} value={press}>
            {button ?? words.save}
          </button>
        )}
      </form>
    </>
  )
}

function OneField({
  field,
  parts,
  state,
  words,
}: {
  field: StepField
  parts: readonly StepPart[]
  state: StepState
  words: CycleMessages
}) {
  const { name, label, hint, input, options, isBox } = field
  const found = state.problems.find((each) => each.field === name)
  const problem = found && setupProblemText(words, parts, found)
  const value = state.values[name] ?? ''
  if (isBox)
    return (
      <label class="opt">
        <input type="checkbox" id={name} name={name} value="1" checked={value === '1'} />
        {label}
      </label>
    )
  if (options) return <Select {...{ name, label, hint, problem, options, value }} />
  return <Field {...{ name, label, hint, problem }} input={{ autocomplete: 'off', ...input, value }} />
}

function Changed({
  parts,
  values,
  stored,
  words,
}: {
  parts: readonly StepPart[]
  values: SetupValues
  stored: SetupValues
  words: CycleMessages
}) {
  const shown = ({ options }: StepField, value: string) =>
    options?.find((each) => each.value === value)?.text ?? (value || words.empty)
  const rows = fieldsOf(parts)
    .filter(({ name }) => (values[name] ?? '') !== (stored[name] ?? ''))
    .map((field) => [field.label, shown(field, stored[field.name] ?? ''), shown(field, values[field.name] ?? '')])
  return (
    <section class="block" id="changed">
      <h2>{words.changedTitle}</h2>
      <p>{words.changedText}</p>
      <DataTable
        caption={words.changedTitle}
        quietCaption
        columns={[{ label: words.field }, { label: words.stored }, { label: words.yours }]}
        rows={rows}
      />
    </section>
  )
}
