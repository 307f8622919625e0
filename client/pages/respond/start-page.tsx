import { fill } from '../../messages/fill.ts'
import { respondMessages } from '../../messages/respond.ts'
import { AmendmentList } from '../../parts/amendment-list.tsx'
import { Frame } from '../../parts/bar.tsx'
import { modeOf, NoticePoints, SealedPlainly } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import { Facts, Heading } from './heading.tsx'
import { MailboxLink } from './mailbox-page.tsx'
import { PhoneForm } from './phone-form.tsx'
import type { PrivacyFacts, SurveyHead, View } from './views.ts'

export type StartPageProps = View & {
  survey: SurveyHead
  facts: PrivacyFacts
  intro: string
  minutes: number
  /** Group weight as text, `40%`. */
  share: string
  closesOn: string
  channel: string
  /** How people get in, in this order. */
  ways: readonly ('oidc' | 'sms' | 'code')[]
  /** Of a preview: where it begins, in place of the ways in. */
  begin?: { action: string; csrf: string } | undefined
}

export function startTitle(props: StartPageProps): string {
  return props.survey.title
}

/** What the survey is, what it asks of a person and what becomes of the answers; then the way in. */
export function StartPage(props: StartPageProps) {
  const { locale, survey, facts, intro, minutes, share, closesOn, channel, ways } = props
  const m = respondMessages(locale)
  const named = (text: string) => fill(text, { provider: survey.provider ?? m.providerUnnamed })
  const byCode = facts.adapter === 'receipt' ? m.verifyReceipt : m.verifyRoster
  const verification = { oidc: named(m.verifyOidc), sms: m.verifySms, code: byCode }
  return (
    <Frame
      {...props}
      again={{ path: urls.start(survey.jid, survey.sid), channel }}
      back={{ href: urls.index() }}
      survey={undefined}
    >
      <Heading survey={survey} />
      <p class="lead">{intro}</p>
      <Facts
        rows={[
          [m.startTime, fill(m.startMinutes, { minutes })],
          [m.startVerification, ways.map((way) => verification[way]).join(' / ')],
          [m.startShare, fill(m.startShareText, { share })],
          [m.startMode, modeOf(m, facts)],
          [m.startUntil, closesOn],
        ]}
      />
      <AmendmentList amendments={survey.amendments ?? []} locale={locale} heading="h2" />
      <NoticePoints {...{ locale, survey, facts }} isKiosk={props.isKiosk} />
      <SealedPlainly {...{ locale, facts }} />
      <p>
        <a class="link" href={carry(urls.privacy(survey.jid, survey.sid), props)}>
          {m.privacyLink}
        </a>
      </p>
      {survey.hasMailbox ? <MailboxLink {...props} /> : null}
      {props.begin ? (
        <form method="post" action={carry(props.begin.action, props)}>
          <input type="hidden" name="csrf" value={props.begin.csrf} />
          <button type="submit" class="btn">
            {m.continue}
          </button>
        </form>
      ) : ways.includes('code') ? (
        <a class="btn" href={carry(urls.code(), props)}>
          {m.startWithCode}
        </a>
      ) : (
        <section aria-labelledby="verify-title">
          <h2 id="verify-title">{m.startVerifyTitle}</h2>
          {ways.includes('oidc') ? (
            <>
              <p class="hint">{named(survey.hasAudit ? m.providerHintAudited : m.providerHint)}</p>
              <a class="btn" href={carry(urls.oidcStart(survey.jid, survey.sid), props)}>
                {named(m.providerVerify)}
              </a>
            </>
          ) : null}
          {ways.includes('sms') ? <PhoneForm {...props} phone="" /> : null}
        </section>
      )}
    </Frame>
  )
}
