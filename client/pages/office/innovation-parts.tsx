import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { innovationMessages } from '../../messages/innovation.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import type { InnovationPageProps } from './innovation.tsx'

/** What the ratings give, organ by organ. */
export function InnovationResults({
  results,
  ratings,
  locale,
}: {
  results: NonNullable<InnovationPageProps['results']>
  /** Fewest ratings of a project. */
  ratings: number
  locale: Locale
}) {
  const words = innovationMessages(locale)
  const tooFew = fill(words.tooFew, { n: ratings })
  return (
    <>
      <p class="hint">{words.resultsText}</p>
      <Scroll label={words.results}>
        <DataTable
          caption={words.results}
          quietCaption
          columns={[
            { label: words.organ },
            { label: words.project },
            { label: words.ratingsCount, numeric: true },
            { label: words.mean, numeric: true },
            { label: words.spread, numeric: true },
            { label: words.result, numeric: true },
          ]}
          rows={results.flatMap(({ organ, result, projects }) => {
            const total = result ?? tooFew
            const name = <bdi key="o">{organ}</bdi>
            if (projects.length === 0) return [[name, words.none, '', '', '', total]]
            return projects.map(({ title, ratings: n, mean, spread, isDispersed }, at) => [
              name,
              <bdi key="t">{title}</bdi>,
              n,
              mean ?? tooFew,
              <>
                {spread} {isDispersed && <span class="tag">{words.dispersed}</span>}
              </>,
              at === 0 ? total : '',
            ])
          })}
        />
      </Scroll>
    </>
  )
}
