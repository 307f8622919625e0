import { caseMessages } from '../../messages/cases.ts'
import { complaintMessages } from '../../messages/complaints.ts'
import { fill } from '../../messages/fill.ts'
import { invitationMessages } from '../../messages/invitations.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { Filled } from '../../parts/filled.tsx'
import { noticePoints, Points } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import { titleOf } from './title.ts'
import type { PrivacyFacts, SurveyHead, View } from './views.ts'

export type PrivacyPageProps = View & { survey: SurveyHead; facts: PrivacyFacts }

export function privacyTitle({ locale, survey }: PrivacyPageProps): string {
  const m = respondMessages(locale)
  return titleOf(m, m.privacyTitle, survey)
}

/** Everything that is promised and everything that is not, generated from this survey's configuration. */
export function PrivacyPage(props: PrivacyPageProps) {
  const { locale, survey, facts, isKiosk } = props
  const m = respondMessages(locale)
  const start = urls.start(survey.jid, survey.sid)
  const sealed = facts.mode === 'sealed'
  const arrival = facts.box?.holding.kind === 'file' ? m.privacySealedArrivalFile : m.privacySealedArrival
  return (
    <Frame {...props} again={{ path: urls.privacy(survey.jid, survey.sid) }} back={{ href: start }} survey={undefined}>
      <p class="step">{survey.title}</p>
      <h1>{m.privacyTitle}</h1>
      <h2>{m.privacySummary}</h2>
      <Points points={privacySentences(m, facts, survey.hasAudit === true, isKiosk)} />
      <h2>{m.privacyStored}</h2>
      <Points
        points={
          sealed
            ? [m.privacySealedStored, m.privacySealedSlip, m.privacyStoredTicket, m.privacySealedTicket, m.privacyNever]
            : [m.privacyStoredSlip, m.privacyStoredTicket, m.privacyNever]
        }
      />
      {survey.hasAudit && <p>{m.privacyAudit}</p>}
      <h2>{m.privacyHowLong}</h2>
      <Points
        points={[
          m.privacyKeyLife,
          ...(facts.adapter === 'roster' || facts.adapter === 'receipt'
            ? [invitationMessages(locale).privacyContacts]
            : []),
          ...(sealed ? [m.privacyBoxLife] : []),
          ...(isKiosk ? [m.privacyKiosk] : sealed ? [m.privacyDeviceKept, m.privacyDraft] : [m.privacyDraft]),
        ]}
      />
      <h2>{m.privacyUnknowable}</h2>
      <Points
        points={[
          ...(sealed ? [m.privacySealedLimit, arrival, m.privacySealedOpener] : [m.privacyLiveLimit]),
          m.privacyWatcher,
        ]}
      />
      {facts.assisted ? (
        <>
          <h2>{m.privacyAssist}</h2>
          <Points
            points={[
              ...facts.assisted.map((way) => (way === 'phone' ? m.privacyAssistPhone : m.privacyAssistPaper)),
              ...(sealed ? [m.privacyAssistSealed] : []),
              m.privacyAssistOwn,
            ]}
          />
        </>
      ) : null}
      {facts.box ? <BoxKeys m={m} box={facts.box} hasAudit={survey.hasAudit === true} /> : null}
      {facts.lowLevel ? (
        <>
          <h2>{caseMessages(locale).readTitle}</h2>
          <p>{caseMessages(locale).privacy}</p>
        </>
      ) : null}
      <h2>{m.privacyRights}</h2>
      <p>{!sealed ? m.rightsLive : isKiosk ? m.rightsKiosk : m.rightsSealed}</p>
      <h2>{m.privacyCheck}</h2>
      <p>{m.privacyCheckText}</p>
      <p>{m.privacyCheckLog}</p>
      <h2>{m.privacyNetwork}</h2>
      <p>{m.privacyNetworkText}</p>
      <h2>{m.privacyContact}</h2>
      <p>{fill(m.privacyContactText, { organiser: survey.organiser, phone: survey.phone })}</p>
      <h2>{m.noticeTitle}</h2>
      <Points points={noticePoints(m, survey, facts, isKiosk)} />
      {(facts.adapter === 'roster' || facts.adapter === 'receipt') && (
        <p class="noprint">
          <a class="link" href={carry(urls.draws(survey.jid, survey.sid), props)}>
            {invitationMessages(locale).drawsTitle}
          </a>
        </p>
      )}
      <p class="noprint">
        <a class="link" href={carry(urls.complaint(survey.jid, survey.sid), props)}>
          {complaintMessages(locale).link}
        </a>
      </p>
      <p class="noprint">
        <a class="link" href={carry(start, props)}>
          {m.privacyBack}
        </a>
      </p>
    </Frame>
  )
}

/** Who can open the box, and what was made known about it before anybody answered. */
function BoxKeys({
  m,
  box,
  hasAudit,
}: {
  m: RespondMessages
  box: NonNullable<PrivacyFacts['box']>
  hasAudit: boolean
}) {
  const { holding, fewest, manifest, fingerprint } = box
  const keys =
    holding.kind === 'trustees'
      ? fill(m.privacyKeysText, { threshold: holding.k, shares: holding.n })
      : m.privacyKeysFile
  return (
    <>
      <h2>{m.privacyKeys}</h2>
      <p>{keys}</p>
      <Points
        points={[fill(m.privacyFewOpened, { fewest }), m.privacyMerged, ...(hasAudit ? [] : [m.privacyNoAudit])]}
      />
      <p>
        <Filled
          text={m.privacyManifest}
          values={{
            fingerprint: (
              <a class="link num code" href={urls.manifest(manifest)}>
                {fingerprint}
              </a>
            ),
          }}
        />
      </p>
    </>
  )
}

/** The sentences that hold for this survey, and no others. */
export function privacySentences(
  m: RespondMessages,
  { mode, adapter, minimum, box }: PrivacyFacts,
  hasAudit: boolean,
  isKiosk?: boolean,
): string[] {
  const once = hasAudit ? m.privacyPersonAudited : m.privacyPerson
  const byAdapter = { roster: m.privacyRoster, sms: once, oidc: once, receipt: m.privacyReceipt, open: m.privacyOpen }
  return [
    ...(mode === 'sealed'
      ? [box?.holding.kind === 'file' ? m.privacySealedFile : m.privacySealed, m.privacySealedPlain]
      : [m.privacyLive]),
    byAdapter[adapter],
    fill(m.privacySmall, { minimum }),
    mode === 'live' ? m.rightsLive : isKiosk ? m.rightsKiosk : m.rightsSealed,
  ]
}
