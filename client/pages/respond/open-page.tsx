import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { AmendmentList } from '../../parts/amendment-list.tsx'
import { Frame } from '../../parts/bar.tsx'
import { NoticePoints, SealedPlainly } from '../../parts/notice.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { Facts, Heading, OpenBanner } from './heading.tsx'
import type { PrivacyFacts, SurveyHead, View } from './views.ts'

export type OpenPageProps = View & {
  survey: SurveyHead
  facts: PrivacyFacts
  intro: string
  minutes: number
  closesOn: string
  channel: string
  /** Address of the built `islands/open.ts`; without it the form goes without proof of work (few per network and hour). */
  script?: string | undefined
}

export function openTitle(props: OpenPageProps): string {
  return props.survey.title
}

/** The open channel's first page: everyone may say something here, nothing of it is scored, and the page says so. */
export function OpenPage(props: OpenPageProps) {
  const { locale, survey, facts, intro, minutes, closesOn, channel, script } = props
  const m = respondMessages(locale)
  const { jid, sid } = survey
  return (
    <Frame {...props} again={{ path: urls.start(jid, sid), channel }} back={{ href: urls.index() }} survey={undefined}>
      <OpenBanner m={m} survey={survey} />
      <Heading survey={survey} />
      <p class="lead">{intro}</p>
      <Facts
        rows={[
          [m.startTime, fill(m.startMinutes, { minutes })],
          [m.startVerification, m.verifyOpen],
          [m.startMode, m.modeLive],
          [m.startUntil, closesOn],
        ]}
      />
      <AmendmentList amendments={survey.amendments ?? []} locale={locale} heading="h2" />
      <NoticePoints {...{ locale, survey, facts }} isKiosk={props.isKiosk} />
      <SealedPlainly {...{ locale, facts }} />
      <p>
        <a class="link" href={carry(urls.privacy(jid, sid), props)}>
          {m.privacyLink}
        </a>
      </p>
      <form
        method="post"
        action={carry(urls.open(jid, sid), props)}
        data-island="open"
        data-challenge={urls.openChallenge(jid, sid)}
        data-working={m.openWorking}
        data-failed={m.openFailed}
      >
        <input type="hidden" name={fields.channel} value={channel} />
        <input type="hidden" name={fields.proofOfWork} value="" />
        {script ? <p class="hint js-only">{m.openHint}</p> : null}
        <button type="submit" class="btn">
          {m.start}
        </button>
        <p role="status" class="step" />
      </form>
      {script ? <script src={script} type="module" /> : null}
    </Frame>
  )
}
