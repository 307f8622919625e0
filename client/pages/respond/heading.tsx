import type { RespondMessages } from '../../messages/respond.ts'
import { Note } from '../../parts/notice.tsx'
import type { SurveyHead } from './views.ts'

/** Who asks, for which year, and what: the head of a survey's first pages. */
export function Heading({ survey }: { survey: SurveyHead }) {
  return (
    <>
      <p class="step">
        <bdi>{survey.organiser}</bdi> · {survey.year}
      </p>
      <h1>{survey.title}</h1>
    </>
  )
}

/** Above every page of the open channel: what is said there is not scored. */
export function OpenBanner({ m, survey }: { m: RespondMessages; survey: SurveyHead }) {
  return survey.counted ? null : <Note kind="warn">{m.openBanner}</Note>
}

/** Short facts, name and value side by side. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
