import type { ComponentChildren } from 'preact'
import type { Locale } from '../../surveys/questionnaire.ts'
import { fill } from '../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../messages/respond.ts'
import type { PrivacyFacts, SurveyHead } from '../pages/respond/views.ts'

/** A remark beside the content: plain, a warning, or bad news. */
export function Note({ kind, id, children }: { kind?: 'warn' | 'bad'; id?: string; children: ComponentChildren }) {
  return (
    <div class={kind ? `note ${kind}` : 'note'} id={id}>
      {children}
    </div>
  )
}

/** What everyone must be told before the first question, generated from the survey's own configuration. */
export function noticePoints(
  m: RespondMessages,
  survey: SurveyHead,
  facts: PrivacyFacts,
  isKiosk: boolean | undefined,
): string[] {
  const once = survey.hasAudit ? m.noticeOnceAudited : m.noticeOnce
  return [
    fill(m.noticeWho, { organiser: survey.organiser, phone: survey.phone }),
    facts.adapter === 'open' ? m.noticeOpen : fill(once, { identity: identityOf(m, facts.adapter, survey) }),
    facts.mode === 'live' ? m.noticeLive : isKiosk ? m.noticeSealedKiosk : m.noticeSealed,
    m.noticeLog,
    m.noticeComment,
  ]
}

/** What the mode of a survey promises, in one line: only what is true of the way its key is kept. */
export function modeOf(m: RespondMessages, { mode, box }: PrivacyFacts): string {
  if (mode === 'live') return m.modeLive
  return box?.holding.kind === 'file' ? m.modeSealedFile : m.modeSealed
}

function identityOf(
  m: RespondMessages,
  adapter: Exclude<PrivacyFacts['adapter'], 'open'>,
  { provider }: SurveyHead,
): string {
  if (adapter === 'sms') return provider ? fill(m.identityPhoneOfProvider, { provider }) : m.identityPhone
  if (adapter === 'oidc') return fill(m.identityProvider, { provider: provider ?? m.providerUnnamed })
  return adapter === 'roster' ? m.identityInvitation : m.identityReceipt
}

/** The first three points in view, the others one tap away. */
export function NoticePoints({
  locale,
  survey,
  facts,
  isKiosk,
}: {
  locale: Locale
  survey: SurveyHead
  facts: PrivacyFacts
  isKiosk: boolean | undefined
}) {
  const m = respondMessages(locale)
  const points = noticePoints(m, survey, facts, isKiosk)
  return (
    <section class="notice" aria-labelledby="notice-title">
      <h2 id="notice-title">{m.noticeTitle}</h2>
      <Points points={points.slice(0, 3)} />
      <details>
        <summary>{m.noticeMore}</summary>
        <Points points={points.slice(3)} />
      </details>
    </section>
  )
}

/** Who seals where no script can; hidden on a device that does it itself. */
export function SealedPlainly({ locale, facts }: { locale: Locale; facts: PrivacyFacts }) {
  return facts.mode === 'sealed' ? <p class="plainly">{respondMessages(locale).privacySealedPlain}</p> : null
}

export function Points({ points }: { points: readonly string[] }) {
  return (
    <ul>
      {points.map((point) => (
        <li key={point}>{point}</li>
      ))}
    </ul>
  )
}
