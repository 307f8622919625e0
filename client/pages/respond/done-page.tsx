import { codeFromBytes, formatCode } from '../../../surveys/ballot.ts'
import { fromBase64url } from '../../../surveys/canonical.ts'
import { caseMessages } from '../../messages/cases.ts'
import { fill } from '../../messages/fill.ts'
import { reportMessages } from '../../messages/reports.ts'
import { respondMessages } from '../../messages/respond.ts'
import { Frame } from '../../parts/bar.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { carry, urls } from '../../urls.ts'
import { OpenBanner } from './heading.tsx'
import { MailboxLink } from './mailbox-page.tsx'
import type { SurveyHead, View } from './views.ts'

export type DonePageProps = View & {
  survey: SurveyHead
  /** The questionnaire's own words, below a heading that thanks already. */
  thanks: string
  /** Receipt as base64url; its first 80 bits are the number that the page shows. */
  tag: string
  signature: string
  /** Where the receipt is checked: the whole address, for paper and other devices. */
  checkAddress: string
  mode: 'live' | 'sealed'
  /** Of a sealed survey: the code for the device that sent, and where somebody begins who wants to change something. */
  own?: { script: string; change: string } | undefined
  resultsOn?: string | undefined
  /** Of a survey that takes cases: the code that the server has made, or '' where only the device may have one. */
  mailbox?: string | undefined
  /** An answer was asked for when the response was counted already. */
  isAskedLate?: boolean
  /** Of a recipients' survey: where somebody says that a good rating was asked for. */
  report?: string | undefined
}

export function doneTitle({ locale, survey }: DonePageProps): string {
  const m = respondMessages(locale)
  return fill(m.pageTitle, { page: m.doneTitle, survey: survey.title })
}

/** The receipt: it proves that a response arrived and never says what was in it. */
export function DonePage(props: DonePageProps) {
  const { locale, survey, thanks, tag, signature, checkAddress, mode, resultsOn, own } = props
  const m = respondMessages(locale)
  const { jid, sid } = survey
  return (
    <Frame {...props} again={{ path: urls.done(jid, sid, tag, signature) }}>
      <OpenBanner m={m} survey={survey} />
      <h1>{m.doneTitle}</h1>
      <p class="lead">{thanks}</p>
      <section
        class="card"
        id="receipt"
        aria-labelledby="receipt-title"
        data-island="done"
        data-survey={`${jid}/${sid}`}
        data-kept={own ? '' : undefined}
      >
        <h2 id="receipt-title">{m.doneReceipt}</h2>
        <dl class="facts">
          <div>
            <dt>{m.doneSurvey}</dt>
            <dd>{survey.title}</dd>
          </div>
          <div>
            <dt>{m.doneOrganiser}</dt>
            <dd>
              <bdi>{survey.organiser}</bdi> · {survey.year}
            </dd>
          </div>
          <div>
            <dt>{m.doneFingerprint}</dt>
            <dd class="num code">{fingerprint(tag)}</dd>
          </div>
        </dl>
        <details>
          <summary>{m.doneFull}</summary>
          <p class="num code">{tag}</p>
          <p>{m.doneCheckLink}</p>
          <p class="num code" id="check-address">
            {checkAddress}
          </p>
        </details>
        <QrCode label={m.doneQr} text={checkAddress} />
        <p class="paper num">{checkAddress}</p>
        <p>{m.doneCheckText}</p>
        <p class="row" hidden>
          <button type="button" class="btn" data-do="save">
            {m.doneSave}
          </button>
          <button type="button" class="btn btn-2" data-do="print">
            {m.donePrint}
          </button>
        </p>
        <p class="noprint">
          <a class="link" href={carry(urls.check(jid, sid), props) + checkAddress.slice(checkAddress.indexOf('#'))}>
            {m.doneCheck}
          </a>
        </p>
        {own ? <OwnResponse {...props} own={own} /> : null}
      </section>
      {props.isAskedLate ? <p class="note warn">{caseMessages(locale).askNone}</p> : null}
      {props.mailbox === undefined ? null : <Mailbox {...props} code={props.mailbox} />}
      <h2>{m.doneNext}</h2>
      <ul>
        <li>{resultsOn ? fill(m.doneResults, { date: resultsOn }) : m.doneResultsLater}</li>
        <li>{mode === 'live' ? m.doneFixed : props.isKiosk ? m.rightsKiosk : m.doneChange}</li>
        <li>{fill(m.doneContact, { phone: survey.phone })}</li>
      </ul>
      {props.report ? (
        <p class="noprint">
          <a class="link" href={carry(props.report, { locale, size: props.size })}>
            {reportMessages(locale).reportLink}
          </a>
        </p>
      ) : null}
      <p class="noprint">
        <a class="link" href={carry(urls.index(), props)}>
          {m.home}
        </a>
      </p>
    </Frame>
  )
}

/** The code for the answer to a low rating. Where the device has made it, it stands in the fragment and shows it itself. */
function Mailbox({ locale, size, demo, survey, code }: DonePageProps & { code: string }) {
  const words = caseMessages(locale)
  return (
    <section class="card" id="mailbox" aria-labelledby="mailbox-title" hidden={code === ''}>
      <h2 id="mailbox-title">{words.codeTitle}</h2>
      <p class="lead num code" data-code="">
        {code}
      </p>
      <p>{words.codeText}</p>
      {code === '' ? null : <p>{words.codeOnce}</p>}
      <MailboxLink {...{ locale, size, demo, survey }} />
    </section>
  )
}

/** For the device that holds the ticket; any other sees nothing of it. */
function OwnResponse({ locale, size, own }: DonePageProps & { own: NonNullable<DonePageProps['own']> }) {
  const m = respondMessages(locale)
  return (
    <div class="noprint">
      <script type="module" async src={own.script} />
      <div
        data-own=""
        hidden
        data-sure={m.doneWithdrawSure}
        data-withdrawn={m.doneWithdrawn}
        data-closed={m.doneWithdrawClosed}
        data-failed={m.doneWithdrawFailed}
      >
        <p>{m.doneChangeHow}</p>
        <p class="row">
          <a class="btn btn-2" href={carry(own.change, { locale, size })}>
            {m.doneChangeLink}
          </a>
          <button type="button" class="btn btn-2">
            {m.doneWithdraw}
          </button>
        </p>
        <p role="status" />
      </div>
    </div>
  )
}

// Written as a survey code is, so that it can be read out on the phone.
function fingerprint(tag: string): string {
  const bytes = fromBase64url(tag)
  return bytes ? formatCode(codeFromBytes(bytes.slice(0, 10))) : ''
}
