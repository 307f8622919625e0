import type { Locale } from '../../../surveys/questionnaire.ts'
import { measureFields } from '../../../surveys/rectification.ts'
import { fill } from '../../messages/fill.ts'
import { followUpMessages } from '../../messages/follow-up.ts'
import type { MeasureCard } from './rectification.tsx'

export type RectificationPrintProps = {
  locale: Locale
  organ: string
  year: string
  cards: readonly MeasureCard[]
  /** Cycle, plan, time. */
  foot: string
}

export const rectificationPrintTitle = ({ locale, organ, year }: RectificationPrintProps): string =>
  `${fill(followUpMessages(locale).reportTitle, { year })} · ${organ}`

/** An organ's report on its rectification, as it is handed in. */
export function RectificationPrintPage(props: RectificationPrintProps) {
  const { locale, organ, year, cards, foot } = props
  const words = followUpMessages(locale)
  return (
    <main id="main" class="prints self-prints">
      <article class="self-copy">
        <h1>{fill(words.reportTitle, { year })}</h1>
        <p>
          <strong>{organ}</strong>
        </p>
        {cards.length === 0 ? <p>{words.rectNone}</p> : null}
        {cards.length > 0 ? (
          <table class="data">
            <caption class="vh">{words.measures}</caption>
            <thead>
              <tr>
                {[words.ordinal, ...measureFields.map((field) => words[field]), words.evidence, words.stateHead].map(
                  (head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {cards.map(({ n, state, sheet, files, isOverdue }) => (
                <tr key={n}>
                  <th scope="row">{n}</th>
                  {measureFields.map((field) => (
                    <td key={field}>{sheet[field]}</td>
                  ))}
                  <td>{files.map(({ name }) => name).join('；')}</td>
                  <td>
                    {words[`state_${state}`]}
                    {isOverdue ? ` ${words.overdue}` : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        <p>{words.reportSigned}</p>
        <p class="report-foot">{foot}</p>
      </article>
    </main>
  )
}
