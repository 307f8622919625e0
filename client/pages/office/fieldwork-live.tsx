import { fill } from '../../messages/fill.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { intervalText } from '../../parts/interval.tsx'
import { grouped } from '../../parts/numbers.ts'
import { ScoreText } from '../../parts/withheld.tsx'
import type { FieldworkPart } from './fieldwork.tsx'

/** Scores of live surveys in batches, which is how they may be told while people answer. */
export function FiguresSection({ surveys, words, names }: FieldworkPart) {
  const live = surveys.flatMap((survey) => (survey.figures ? [{ ...survey, figures: survey.figures }] : []))
  if (live.length === 0) return null
  return (
    <section class="block" id="figures" aria-labelledby="figures-title">
      <h2 id="figures-title">{words.figuresHeading}</h2>
      {live.map(({ sid, group, figures: { batch, least, intervalPercent, rows } }) => {
        const caption = fill(words.figuresCaption, { group: names[group] })
        return (
          <div key={sid}>
            <p>{fill(words.figuresIntro, { group: names[group], batch })}</p>
            {rows.length === 0 ? (
              <p class="hint">{fill(words.figuresNone, { least })}</p>
            ) : (
              <Scroll label={caption} name="tall">
                <DataTable
                  caption={caption}
                  quietCaption
                  columns={[
                    { label: words.organ },
                    { label: words.score, numeric: true },
                    { label: fill(words.interval, { percent: intervalPercent }) },
                    { label: words.answers, numeric: true },
                    { label: words.asOf },
                  ]}
                  rows={rows.map(({ name, score, interval, n, day }) => [
                    <bdi key="o">{name}</bdi>,
                    <ScoreText key="s" words={names} value={score} what={names[group]} />,
                    interval ? intervalText(names, interval) : '',
                    grouped(n),
                    `${day} · ${fill(words.next, { batch })}`,
                  ])}
                />
              </Scroll>
            )}
          </div>
        )
      })}
    </section>
  )
}

/** About which organs people answer, and about which nobody has. */
export function OrgansSection({ surveys, words, names }: FieldworkPart) {
  const known = surveys.filter(({ organs }) => organs.length > 0)
  if (known.length === 0) return null
  return (
    <section class="block" id="by-organ" aria-labelledby="by-organ-title">
      <h2 id="by-organ-title">{words.organsHeading}</h2>
      {known.map(({ sid, group, organs }) => {
        const caption = fill(words.organsCaption, { group: names[group] })
        return (
          <Scroll key={sid} label={caption} name="tall">
            <DataTable
              caption={caption}
              columns={[
                { label: words.organ },
                { label: words.received, numeric: true },
                { label: words.services, numeric: true },
              ]}
              rows={organs.map(({ name, received, services }) => [
                <bdi key="o">{name}</bdi>,
                grouped(received),
                grouped(services),
              ])}
            />
          </Scroll>
        )
      })}
    </section>
  )
}
