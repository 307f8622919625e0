import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { type ResultsMessages, sentences } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { TooFew } from '../../parts/withheld.tsx'

/** How the answers of one group were weighted to the population. Titles and labels are those of the questionnaire. */
export type Weighting = {
  margins: readonly string[]
  /** Where the figures of the population come from. */
  source: string
  /** Least and greatest factor of one answer: '0.3' and '5'; null for a single margin, which needs none. */
  bounds: { lower: string; upper: string } | null
  /** Sample and population, margin by margin; [] without a score. */
  tables: readonly {
    title: string
    rows: readonly {
      /** null: those who did not say. */
      label: string | null
      /** null where too few answered; `weight` is the mean of the category. */
      sample: { n: number; percent: string; weight: string | null } | null
      populationPercent: string | null
    }[]
  }[]
  /** The categories for which the weighting failed, and whether anybody answered from them; null where it did not. */
  unmet: { isEmpty: boolean; categories: readonly { question: string; category: string }[] } | null
}

type WeightingProps = { weighting: Weighting; locale: Locale; words: OfficeMessages; names: ResultsMessages }

/** Which figures of the population the answers stand for, and whether they can. */
export function WeightingNotes({ weighting, locale, words, names }: WeightingProps) {
  const { margins, source, bounds, tables, unmet } = weighting
  const quoted = margins.map((title) => fill(words.quoted, { text: title })).join(names.listSeparator)
  return (
    <div class="weighting">
      {unmet !== null && <Unmet unmet={unmet} locale={locale} words={words} names={names} />}
      <p class="hint">
        {sentences(
          locale,
          fill(words.weightedBy, { margins: quoted }),
          bounds === null ? '' : fill(words.weightBounds, bounds),
          fill(words.populationSource, { source }),
          tables.length > 0 ? words.modelBased : '',
        )}
      </p>
      {tables.length > 0 && (
        <details>
          <summary>{words.samplePopulation}</summary>
          <div class="margins">
            {tables.map(({ title, rows }) => (
              <Scroll key={title} label={title}>
                <DataTable
                  caption={title}
                  columns={[
                    { label: words.category },
                    { label: words.answersOf, numeric: true },
                    { label: words.samplePercent, numeric: true },
                    { label: words.populationPercent, numeric: true },
                    { label: words.meanWeight, numeric: true },
                  ]}
                  rows={rows.map(({ label, sample, populationPercent }) => [
                    label ?? words.notTold,
                    ...(sample
                      ? [grouped(sample.n), `${sample.percent}%`]
                      : [<TooFew key="n" words={names} />, <TooFew key="share" words={names} />]),
                    populationPercent === null ? words.notInPopulation : `${populationPercent}%`,
                    sample === null ? <TooFew words={names} /> : (sample.weight ?? words.noWeight),
                  ])}
                />
              </Scroll>
            ))}
          </div>
          <p class="hint">
            {sentences(
              locale,
              words.weightNote,
              tables.some(({ rows }) => rows.some(({ sample }) => sample === null))
                ? fill(words.tooFewNote, { why: names.tooFewToShow })
                : '',
            )}
          </p>
        </details>
      )}
    </div>
  )
}

function Unmet({
  unmet,
  locale,
  words,
  names,
}: Omit<WeightingProps, 'weighting'> & { unmet: NonNullable<Weighting['unmet']> }) {
  const list = unmet.categories.map((each) => fill(words.unmetCategory, each)).join(names.clauseSeparator)
  const told = fill(unmet.isEmpty ? words.unmetNobody : words.unmet, { list })
  return <p class="note warn">{sentences(locale, list === '' ? words.unmetNone : told, words.unmetWhatToDo)}</p>
}
