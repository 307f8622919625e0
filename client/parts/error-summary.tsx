import type { Locale } from '../../surveys/questionnaire.ts'
import { fill } from '../messages/fill.ts'
import { respondMessages } from '../messages/respond.ts'

type SummaryLine = { href: string; text: string }

/** What has to be corrected, above the form; each line leads to its field. Takes the focus where script runs. */
export function ErrorSummary({ locale, lines }: { locale: Locale; lines: readonly SummaryLine[] }) {
  const m = respondMessages(locale)
  if (lines.length === 0) return null
  return (
    <div class="errs" id="errors" role="alert" tabindex={-1} aria-labelledby="errors-title">
      <h2 id="errors-title">{lines.length === 1 ? m.oneProblem : fill(m.severalProblems, { n: lines.length })}</h2>
      <ul>
        {lines.map((line) => (
          <li key={line.href}>
            <a href={line.href}>{line.text}</a>
          </li>
        ))}
      </ul>
    </div>
  )
}
