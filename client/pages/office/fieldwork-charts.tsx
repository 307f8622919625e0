import { officeMessages } from '../../messages/office.ts'
import { FigureCard } from '../../parts/figure.tsx'
import type { FieldworkPart } from './fieldwork.tsx'
import { figureFileHref, wholeView } from './figure-view.ts'

/** Where people are lost between the roster and being counted: bars, and the same as a table. */
export function FunnelSection({ funnels, words, shell }: FieldworkPart) {
  if (funnels.length === 0) return null
  return (
    <section class="block" id="funnel" aria-labelledby="funnel-title">
      <h2 id="funnel-title">{words.funnelHeading}</h2>
      {funnels.map(({ sid, group, figure }) => (
        <FigureCard
          key={sid}
          id={`funnel-${sid}`}
          figure={figure}
          words={officeMessages(shell.locale)}
          locale={shell.locale}
          csvHref={figureFileHref(shell, 'funnel', { ...wholeView, group })}
        />
      ))}
      <p class="hint">{words.stepNote}</p>
    </section>
  )
}

/** Day by day, and in all against an even pace. */
export function DaysSection({ surveys, progress, days, words, shell }: FieldworkPart) {
  if (surveys.length === 0) return null
  return (
    <section class="block" id="days" aria-labelledby="days-title">
      <h2 id="days-title">{words.daysHeading}</h2>
      <div class="columns">
        {[days, progress].map((figure) => (
          <div key={figure.id}>
            <FigureCard
              figure={figure}
              words={officeMessages(shell.locale)}
              locale={shell.locale}
              csvHref={figureFileHref(shell, figure.id, wholeView)}
            />
          </div>
        ))}
      </div>
    </section>
  )
}
