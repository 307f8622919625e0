import { complaintMessages } from '../../messages/complaints.ts'
import { fill } from '../../messages/fill.ts'
import { receiptMessages } from '../../messages/receipts.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { carry, urls } from '../../urls.ts'
import { MailboxLink } from './mailbox-page.tsx'
import { titleOf } from './title.ts'
import type { EarlyClose, SurveyHead, View } from './views.ts'

/** One row per situation of a respondent. Codes are those of the refusals. */
export type State =
  | { code: 'not_open'; opensOn: string }
  | {
      code: 'closed'
      /** When it really closed. */
      closedOn?: string
      early?: EarlyClose | undefined
      resultsOn?: string | undefined
      earlier?: { jid: string; cycle: string } | undefined
    }
  | {
      code: 'closed'
      closedOn?: string
      early?: EarlyClose | undefined
      published: { jid: string; cycle: string }
    }
  | { code: 'closed_while_answering' }
  | { code: 'paused' }
  | { code: 'spent'; mode: 'live' | 'sealed'; phone: string }
  | { code: 'change_limit' }
  | { code: 'withdrawn' }
  | { code: 'results_withdrawn'; jid: string; cycle: string }
  | { code: 'unknown' }
  | { code: 'not_eligible'; openSid?: string | undefined }
  /** `isAnswer`: answers were sent. */
  | { code: 'quota_full'; openSid?: string | undefined; isAnswer?: boolean }
  | { code: 'too_many_requests'; seconds: number }
  /** `reading` is the path of a page that could not be shown. */
  | { code: 'try_again'; reference: string; reading: string }
  /** An answer that could not be stored, or a step on the way to the form. */
  | { code: 'try_again'; reference: string; isAnswer: boolean }
  | { code: 'keys_missing'; phone: string }
  | { code: 'elig_expired' }
  | { code: 'receipt_expired' | 'receipt_revoked' | 'receipts_full'; phone: string }
  /** A sign-in at the identity provider that was broken off, too old, used, or begun elsewhere. */
  | { code: 'not_verified' }
  /** The provider knows the person, but no telephone number that it has verified. */
  | { code: 'no_phone'; provider: string }
  /** `provider` is '' where none is set up any more. */
  | { code: 'provider_down'; provider: string }
  | { code: 'maintenance'; until: string }
  /** The end of a preview; `desk` is the page of the office from which it began. */
  | { code: 'preview'; desk?: string | undefined }
  | { code: 'offline' }
  | { code: 'not_found' }
  | { code: 'bad_request' }
  | { code: 'too_large' }
  | { code: 'forbidden' }
  | { code: 'failed'; reference: string }

export type StatePageProps = View & { state: State; survey?: SurveyHead | undefined }

type Row = {
  title: string
  text: string
  /** How else one may answer. */
  more?: string
  /** The one thing to do from here. */
  action: { label: string; path: string }
  /** Name of this failure, for whoever is called about it. */
  reference?: string
  /** The respondent did nothing wrong and nothing failed: the title needs no "Error:". */
  calm?: true
}

export function stateTitle(props: StatePageProps): string {
  const m = respondMessages(props.locale)
  const row = rowOf(m, props)
  return titleOf(m, row.title, props.survey, !row.calm)
}

export function StatePage(props: StatePageProps) {
  const { survey, locale } = props
  const m = respondMessages(locale)
  const { title, text, more, action, reference } = rowOf(m, props)
  return (
    <Frame {...props} again={{ path: survey ? urls.start(survey.jid, survey.sid) : urls.index() }}>
      {survey ? <p class="step">{survey.title}</p> : null}
      <h1>{title}</h1>
      {text ? <p class="lead">{text}</p> : null}
      {more ? <p>{more}</p> : null}
      {reference ? <p class="step">{fill(m.notSentReference, { reference })}</p> : null}
      {survey && isContested(props.state.code) ? (
        <p>
          <a class="link" href={carry(urls.complaint(survey.jid, survey.sid), props)}>
            {complaintMessages(locale).link}
          </a>
        </p>
      ) : null}
      {survey?.hasMailbox && readsAnswers(props.state.code) ? <MailboxLink {...props} survey={survey} /> : null}
      <a class="btn" href={carry(action.path, props)}>
        {action.label}
      </a>
    </Frame>
  )
}

/** To whoever comes back to a survey to read the answer to a low rating, on whatever device. */
const readsAnswers = (code: StatePageProps['state']['code']): boolean => code === 'spent' || code === 'closed'

/** Whoever meets one of these may be in the right. */
const isContested = (code: StatePageProps['state']['code']): boolean => code === 'spent' || code === 'not_eligible'

function rowOf(m: RespondMessages, { state, survey, locale, isKiosk }: StatePageProps): Row {
  const home = { label: m.home, path: urls.index() }
  const again = { label: m.tryAgain, path: survey ? urls.start(survey.jid, survey.sid) : urls.index() }
  const open = (sid: string | undefined) =>
    survey && sid ? { label: m.toOpenChannel, path: urls.start(survey.jid, sid) } : null
  switch (state.code) {
    case 'not_open':
      return { title: m.notOpenTitle, text: fill(m.notOpenText, { date: state.opensOn }), action: home, calm: true }
    case 'closed': {
      const after = (text: string) => (state.closedOn ? fill(m.closedOn, { date: state.closedOn, text }) : text)
      const why = state.early ? { more: fill(m.closedEarly, state.early) } : {}
      if ('published' in state) {
        const { jid, cycle } = state.published
        const action = { label: m.closedResults, path: urls.results(jid, cycle) }
        return { title: m.closedTitle, text: after(m.closedPublished), ...why, action, calm: true }
      }
      const text = state.resultsOn ? fill(m.closedText, { date: state.resultsOn }) : m.closedTextNoDate
      const { earlier } = state
      const results = earlier && { label: m.closedEarlier, path: urls.results(earlier.jid, earlier.cycle) }
      return { title: m.closedTitle, text: after(text), ...why, action: results ?? home, calm: true }
    }
    case 'closed_while_answering':
      return { title: m.closedWhileTitle, text: m.closedWhileText, action: home }
    case 'paused':
      return { title: m.pausedTitle, text: m.pausedText, action: again, calm: true }
    case 'spent': {
      const text = fill(state.mode === 'sealed' ? m.spentSealed : m.spentText, { phone: state.phone })
      return { title: m.spentTitle, text, action: home, calm: true }
    }
    case 'withdrawn':
      return { title: m.withdrawnTitle, text: m.withdrawnText, action: home, calm: true }
    case 'results_withdrawn': {
      const action = { label: m.closedResults, path: urls.results(state.jid, state.cycle) }
      return { title: m.withdrawnTitle, text: m.resultsWithdrawn, action }
    }
    case 'change_limit':
      return { title: m.changeLimitTitle, text: m.changeLimitText, action: home, calm: true }
    case 'unknown':
      return { title: m.unknownTitle, text: m.unknownText, action: { label: m.unknownAction, path: urls.code() } }
    case 'not_eligible': {
      const channel = open(state.openSid)
      const text = channel ? m.notEligibleText : survey ? fill(m.notEligiblePhone, { phone: survey.phone }) : ''
      return { title: m.notEligibleTitle, text: m.notEligibleReason, more: text, action: channel ?? home }
    }
    case 'quota_full': {
      const channel = open(state.openSid)
      const text = channel ? m.quotaText : m.quotaTextOnly
      const lines = state.isAnswer ? { text: isKiosk ? m.quotaLate : m.quotaKept, more: text } : { text }
      return { title: m.quotaTitle, ...lines, action: channel ?? home, calm: true }
    }
    case 'too_many_requests':
      return { title: m.tooManyTitle, text: waitText(m, state.seconds), action: again }
    case 'try_again': {
      if ('reading' in state) {
        const action = { label: m.tryAgain, path: state.reading }
        return { title: m.unavailableTitle, text: m.unavailableText, action, reference: state.reference }
      }
      const more = survey ? { more: fill(m.otherWays, { phone: survey.phone }) } : {}
      const [title, text] = state.isAnswer ? [m.notSentTitle, m.notSentPage] : [m.notDoneTitle, m.notDoneText]
      return { title, text, ...more, action: again, reference: state.reference }
    }
    case 'keys_missing':
      return { title: m.keysMissingTitle, text: fill(m.keysMissingText, { phone: state.phone }), action: home }
    case 'elig_expired': {
      const path = survey ? urls.start(survey.jid, survey.sid) : urls.code()
      // A kiosk has kept nothing that could still be there.
      const text = isKiosk ? m.expiredKiosk : m.expiredText
      return { title: m.expiredTitle, text, action: { label: m.continue, path } }
    }
    case 'not_verified':
      return { title: m.notVerifiedTitle, text: m.notVerifiedText, action: { ...again, label: m.notVerifiedAction } }
    case 'no_phone': {
      const title = fill(m.noPhoneTitle, { provider: state.provider })
      return { title, text: m.noPhoneText, action: { ...again, label: m.notVerifiedAction } }
    }
    case 'provider_down': {
      const title = fill(m.providerDownTitle, { provider: state.provider || m.providerUnnamed })
      const more = survey ? { more: fill(m.otherWays, { phone: survey.phone }) } : {}
      return { title, text: m.providerDownText, ...more, action: again }
    }
    case 'receipt_expired':
    case 'receipt_revoked':
    case 'receipts_full': {
      const words = receiptMessages(locale)
      const text = fill(words[`${state.code}Text`], { phone: state.phone })
      return { title: words[`${state.code}Title`], text, action: home }
    }
    case 'maintenance':
      return {
        title: fill(m.maintenanceTitle, { until: state.until }),
        text: m.maintenanceText,
        action: again,
        calm: true,
      }
    case 'preview':
      return {
        title: m.previewTitle,
        text: m.previewText,
        action: state.desk ? { label: m.back, path: state.desk } : home,
        calm: true,
      }
    case 'offline':
      return { title: m.offlineTitle, text: m.offlineText, action: again }
    case 'not_found':
      return { title: m.notFoundTitle, text: m.notFoundText, action: home }
    case 'bad_request':
      return { title: m.badRequestTitle, text: m.badRequestText, action: again }
    case 'too_large':
      return { title: m.tooLargeTitle, text: m.tooLargeText, action: again }
    case 'forbidden':
      return { title: m.forbiddenTitle, text: m.forbiddenText, action: home }
    case 'failed':
      return { title: m.failedTitle, text: m.failedText, action: again, reference: state.reference }
  }
}

function waitText(m: RespondMessages, seconds: number): string {
  if (seconds < 120) return fill(m.tooManyText, { seconds })
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 120) return fill(m.tooManyMinutes, { minutes })
  return fill(m.tooManyHours, { hours: Math.ceil(minutes / 60) })
}
