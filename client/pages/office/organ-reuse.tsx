import { fill } from '../../messages/fill.ts'
import { reuseMessages } from '../../messages/reuse.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import type { OrganPageProps } from './organ.tsx'
import { differencesText } from './reuse.tsx'

/** What other sources say of this organ, apart from its scores. */
export function OrganReuse({ shell, reused }: Pick<OrganPageProps, 'shell' | 'reused'>) {
  const { locale } = shell
  const words = reuseMessages(locale)
  const { sources, least } = reused
  if (sources.length === 0) return null
  return (
    <section class="block" id="reused" aria-labelledby="reused-title">
      <h2 id="reused-title">{words.organTitle}</h2>
      <p>{words.organText}</p>
      <Scroll label={words.organTitle}>
        <DataTable
          caption={words.organTitle}
          quietCaption
          columns={[
            { label: words.formKind },
            { label: words.organPeriod },
            { label: words.organCompare },
            { label: words.people, numeric: true },
            { label: words.score, numeric: true },
          ]}
          rows={sources.flatMap((source) =>
            source.organs.map(({ people, mean }) => [
              fill(words.source, { kind: words[`kind_${source.kind}`], title: source.title }),
              `${source.from} – ${source.to}`,
              differencesText(locale, source) || words.organSame,
              grouped(people),
              mean || fill(words.few, { least }),
            ]),
          )}
        />
      </Scroll>
    </section>
  )
}
