import { type IndicatorRow, mostRows, scorers, type TreeProblem, totalBelow } from '../../../surveys/indicator-tree.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { decimalString, rational, subtract } from '../../../surveys/rational.ts'
import { fill } from '../../messages/fill.ts'
import { type IndicatorMessages, indicatorMessages } from '../../messages/indicators.ts'
import { Field, Select } from '../../parts/field.tsx'

// The indicator system as fields, one set for each row: `n.{row}.{name}`.

export type ClassTitle = { readonly id: string; readonly title: string }

/** The id of a row's field, and so the anchor of what is wrong with it. */
export const rowField = (row: number, name: string): string => `n.${row}.${name}`

type FieldsProps = {
  locale: Locale
  rows: readonly IndicatorRow[]
  problems: readonly TreeProblem[]
  classes: readonly ClassTitle[]
  /** The groups below the satisfaction, as they weigh in the plan. */
  groups: readonly { title: string; weight: string }[]
}

/** Every row in the order of the papers, with what the weights below it come to. */
export function IndicatorFields(props: FieldsProps) {
  const words = indicatorMessages(props.locale)
  const numbers = numbersOf(props.rows)
  return (
    <>
      <Total rows={props.rows} parent={-1} words={words} />
      {props.rows.map((row, at) => (
        <Row key={row.id} {...props} row={row} at={at} number={numbers[at]!} words={words} />
      ))}
      <p class="buttons">
        <Press action="add:-1" text={words.addTop} disabled={props.rows.length >= mostRows} />
      </p>
    </>
  )
}

/** '1', '1.1', '1.1.1' … as the papers number them. */
export function numbersOf(rows: readonly Pick<IndicatorRow, 'level'>[]): string[] {
  const counts = [0, 0, 0]
  return rows.map(({ level }) => {
    counts[level - 1]! += 1
    counts.fill(0, level)
    return counts.slice(0, level).join('.')
  })
}

/** What is wrong, in words. */
export function treeProblemText(locale: Locale, problem: TreeProblem, classes: readonly ClassTitle[]): string {
  const words = indicatorMessages(locale)
  const { code, values } = problem
  const title = String(values['title'] ?? '')
  const isSum = code === 'weights_sum_under' || code === 'weights_sum_over'
  return fill(words[`problem_${code}`], {
    ...values,
    title: isSum ? (title === '' ? words.topLevel : `“${title}”`) : title,
    ...('class' in values ? { class: classes.find(({ id }) => id === values['class'])?.title ?? values['class'] } : {}),
  })
}

function Row({
  locale,
  rows,
  row,
  at,
  number,
  problems,
  classes,
  groups,
  words,
}: FieldsProps & { row: IndicatorRow; at: number; number: string; words: IndicatorMessages }) {
  const own = problems.filter((problem) => problem.row === at)
  const problemOf = (...names: TreeProblem['field'][]) => {
    const found = own.find(({ field }) => names.includes(field))
    return found && treeProblemText(locale, found, classes)
  }
  const line = (
    name: 'zh' | 'en' | 'weight' | 'lead' | 'leadEn' | 'basis' | 'basisEn' | 'evidence' | 'evidenceEn',
  ) => ({
    name: rowField(at, name),
    problem: name === 'basisEn' || name === 'evidenceEn' ? undefined : problemOf(name),
    input: { value: row[name], autocomplete: 'off', ...(name.endsWith('En') || name === 'en' ? { lang: 'en' } : {}) },
  })
  const isSurvey = row.scoredBy === 'survey'
  const isOpen = own.some(({ field }) => field !== 'zh' && field !== 'weight')
  return (
    <fieldset class={`card level-${row.level}`}>
      <legend>
        {number} <bdi>{row.zh || words.untitled}</bdi> <span class="tag">{words[`level_${row.level}`]}</span>
      </legend>
      <div class="pair">
        <input type="hidden" name={rowField(at, 'level')} value={row.level} />
        <input type="hidden" name={rowField(at, 'id')} value={row.id} />
        <Field label={words.name} {...line('zh')} />
        <Field label={words.weight} hint={words.weightHint} {...line('weight')} />
        {row.level === 1 && !isSurvey && (
          <Select
            name={rowField(at, 'scoredBy')}
            label={words.scoredBy}
            options={scorers.map((value) => ({ value, text: words[`scored_${value}`] }))}
            value={row.scoredBy}
          />
        )}
      </div>
      {isSurvey && (
        <p>
          {words.scored_survey}
          {groups.map(({ title, weight }) => ` · ${title} ${weight}`).join('')}
        </p>
      )}
      <Total rows={rows} parent={at} words={words} />
      <details open={isOpen || undefined}>
        <summary>
          {words.more}
          {row.lead && (
            <>
              {' · '}
              <bdi>{row.lead}</bdi>
            </>
          )}
        </summary>
        <Field label={words.nameEn} {...line('en')} />
        <Field label={words.leadField} hint={words.leadHint} {...line('lead')} />
        <Field label={words.leadEn} {...line('leadEn')} />
        <Field label={words.basis} {...line('basis')} />
        <Field label={words.basisEn} {...line('basisEn')} />
        <Field label={words.evidence} {...line('evidence')} />
        <Field label={words.evidenceEn} {...line('evidenceEn')} />
        {row.level > 1 && <Classes row={row} at={at} classes={classes} problem={problemOf('classes')} words={words} />}
      </details>
      <p class="buttons moves">
        <Press action={`up:${at}`} text={words.up} what={row.zh} />
        <Press action={`down:${at}`} text={words.down} what={row.zh} />
        {!isSurvey && <Press action={`remove:${at}`} text={words.remove} what={row.zh} />}
        {!isSurvey && row.level < 3 && (
          <Press action={`add:${at}`} text={words.add} what={row.zh} disabled={rows.length >= mostRows} />
        )}
      </p>
    </fieldset>
  )
}

function Classes({
  row,
  at,
  classes,
  problem,
  words,
}: {
  row: IndicatorRow
  at: number
  classes: readonly ClassTitle[]
  problem: string | undefined
  words: IndicatorMessages
}) {
  return (
    <fieldset class="field" id={rowField(at, 'classes')}>
      <legend>{words.classes}</legend>
      {problem && <p class="msg">{problem}</p>}
      {classes.map(({ id, title }) => (
        <label key={id} class="opt">
          <input type="checkbox" name={rowField(at, 'classes')} value={id} checked={row.classes.includes(id)} />
          {title}
        </label>
      ))}
    </fieldset>
  )
}

/** What the weights directly below a row come to; nothing for a row with nothing below it. */
function Total({ rows, parent, words }: { rows: readonly IndicatorRow[]; parent: number; words: IndicatorMessages }) {
  const total = totalBelow(rows, parent)
  if (!total) return null
  const { count: n, sum } = total
  const text = (said: string, values: Readonly<Record<string, string>> = {}) => fill(said, { n, ...values })
  const missing = sum && subtract(rational(100), sum)
  const values = { sum: sum ? decimalString(sum) : '' }
  const said = !missing
    ? text(words.totalEqual)
    : missing.n === 0n
      ? text(words.totalRight)
      : missing.n > 0n
        ? text(words.totalUnder, { ...values, difference: decimalString(missing) })
        : text(words.totalOver, { ...values, difference: decimalString(subtract(rational(0), missing)) })
  return (
    <p class={missing && missing.n !== 0n ? 'note warn' : 'hint'}>
      {parent === -1 ? `${words.totalTop}: ` : ''}
      {said}
    </p>
  )
}

/** A button that sends the form and comes back with the rows changed. */
function Press({ action, text, what, disabled }: { action: string; text: string; what?: string; disabled?: boolean }) {
  return (
    <button
      type="submit"
      class="quiet"
      name="do"
      value={action}
      aria-label={what ? `${text} ${what}` : undefined}
      disabled={disabled}
    >
      {text}
    </button>
  )
}
