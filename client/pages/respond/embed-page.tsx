import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { NoticePoints } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import { Facts, Heading } from './heading.tsx'
import type { StartPageProps } from './start-page.tsx'
import type { SurveyHead, View } from './views.ts'

export type EmbedPageProps = Pick<View, 'locale' | 'demo'> & {
  survey: SurveyHead
  /** What the start page says; null while the survey takes no answers. */
  start: Pick<StartPageProps, 'facts' | 'intro' | 'minutes' | 'closesOn'> | null
}

/** The start page on another site: what the survey is, and the way to it in a window of its own. Nothing is typed here. */
export function EmbedPage({ locale, demo, survey, start }: EmbedPageProps) {
  const m = respondMessages(locale)
  return (
    <div class="wrap" data-island="embedded">
      <main id="main">
        {demo && <p class="demo">{m.demo}</p>}
        <Heading survey={survey} />
        {start ? (
          <>
            <p class="lead">{start.intro}</p>
            <Facts
              rows={[
                [m.startTime, fill(m.startMinutes, { minutes: start.minutes })],
                [m.startUntil, start.closesOn],
              ]}
            />
            <NoticePoints {...{ locale, survey }} facts={start.facts} isKiosk={false} />
          </>
        ) : (
          <p class="lead">{m.embedNotOpen}</p>
        )}
        <p>
          <a class="btn" href={carry(urls.start(survey.jid, survey.sid), { locale })} target="_blank" rel="noopener">
            {start ? m.start : m.embedMore}
          </a>
        </p>
        <p class="hint">{m.embedWindow}</p>
      </main>
    </div>
  )
}
