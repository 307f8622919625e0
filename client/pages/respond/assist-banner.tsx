import { fill } from '../../messages/fill.ts'
import type { RespondMessages } from '../../messages/respond.ts'
import { Note } from '../../parts/notice.tsx'
import type { AssistView, PrivacyFacts } from './views.ts'

/** Above the questions where somebody of the staff writes down: who that is, how it is done, what the person is told first. */
export function AssistBanner({
  m,
  assist,
  facts,
}: {
  m: RespondMessages
  assist: AssistView | undefined
  facts: Pick<PrivacyFacts, 'mode'>
}) {
  if (!assist) return null
  const { way, name, sheet } = assist
  return (
    <Note kind="warn" id="assist">
      <p>
        <strong>{fill(way === 'phone' ? m.assistPhone : m.assistPaper, { name, sheet })}</strong>
      </p>
      <p>{way === 'phone' ? m.assistPhoneRule : m.assistPaperRule}</p>
      {way === 'phone' ? (
        <details open>
          <summary>{m.assistTell}</summary>
          <p>{facts.mode === 'sealed' ? m.assistTellSealed : m.assistTellLive}</p>
        </details>
      ) : null}
    </Note>
  )
}
