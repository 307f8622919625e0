import type { Locale } from '../../surveys/questionnaire.ts'
import { respondMessages } from '../messages/respond.ts'

/** On a device that many use: says that the page is about to go back to its start, and lets whoever is there stay. */
export function Leaving({ locale }: { locale: Locale }) {
  const m = respondMessages(locale)
  return (
    <aside class="note warn leaving" id="leaving" aria-label={m.kioskTitle} hidden>
      <p role="alert" data-text={m.kioskLeaving} />
      <button type="button" class="btn">
        {m.kioskStay}
      </button>
    </aside>
  )
}
