import { caseMessages } from '../../messages/cases.ts'
import { fill } from '../../messages/fill.ts'
import { reportMessages } from '../../messages/reports.ts'
import { carry, fields, urls } from '../../urls.ts'
import type { Asking } from './form-page.tsx'

/** Everything on one screen before sending (leaders); its rows are written on the device. */
export function AnswerList({ m }: Asking) {
  const filters = [
    ['', m.listAll],
    ['none', m.listNotYet],
    ['done', m.listDone],
    ['cannot', m.listCannot],
    ['part', m.listIncomplete],
  ] as const
  return (
    <section class="part paged-only" id="list" aria-labelledby="list-title">
      <h2 id="list-title">{m.listTitle}</h2>
      <p class="num" id="list-count" role="status" />
      {/* biome-ignore lint/a11y/useSemanticElements: buttons that filter a table are no fieldset */}
      <div class="chips" role="group" aria-label={m.listShow}>
        {filters.map(([state, label]) => (
          <button type="button" key={state} data-filter={state} aria-pressed={state === '' ? 'true' : 'false'}>
            {label}
          </button>
        ))}
      </div>
      <p class="wide">
        <button type="button" class="btn btn-2" data-go="table">
          {m.tableTitle}
        </button>
      </p>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">{m.listAgency}</th>
            <th scope="col">{m.listOverall}</th>
            <th scope="col">{m.listAnswered}</th>
            <th scope="col">{m.listState}</th>
            <th scope="col">
              <span class="vh">{m.listChange}</span>
            </th>
          </tr>
        </thead>
        <tbody id="list-rows" />
      </table>
      <div class="ways">
        <button type="button" class="btn btn-2" data-go="card">
          {m.formLeadersGo}
        </button>
        <button type="button" class="btn" data-go="send">
          {m.listSend}
        </button>
      </div>
    </section>
  )
}

/** The overall question about all organs at once, on wide screens and for whoever asks; its rows come from the device. */
export function OverallTable({ m, locale, questionnaire }: Asking) {
  const overall = questionnaire.pages
    .flatMap((page) => page.questions)
    .find((question) => question.type === 'rating' && question.role === 'overall')
  const scale = questionnaire.scales.find(({ id }) => overall?.type === 'rating' && id === overall.scale)
  return (
    <section class="part paged-only" id="table" aria-labelledby="table-title">
      <h2 id="table-title">{m.tableTitle}</h2>
      <p class="hint" id="table-hint">
        {m.tableHint}
      </p>
      <div class="scroll">
        <table class="grid" id="grid" aria-labelledby="table-title" aria-describedby="table-hint">
          <thead>
            <tr>
              <th scope="col">{m.listAgency}</th>
              {scale?.options.map(({ value, label }) => (
                <th scope="col" key={value} id={`level.${value}`}>
                  {label[locale]}
                </th>
              ))}
            </tr>
          </thead>
        </table>
      </div>
      <p class="row">
        <button type="button" class="btn" data-go="list">
          {m.formLeadersList}
        </button>
      </p>
    </section>
  )
}

/** The last screen: what will be sent, that it is final, and the one button that sends. */
export function Send(asking: Asking) {
  const { m, questionnaire, facts, survey } = asking
  const { kind } = questionnaire.subject
  if (asking.assist?.way === 'paper')
    return (
      <section class="part" id="send">
        <button type="submit" class="btn">
          {m.assistPaperSend}
        </button>
      </section>
    )
  return (
    <section class="part" id="send">
      {kind === 'one' ? null : <h2>{m.formSendTitle}</h2>}
      <p id="rated" hidden />
      {kind === 'each' ? (
        <div class="paged-only">
          <h3>{m.formOwnDistribution}</h3>
          <dl class="facts num" id="distribution" />
        </div>
      ) : null}
      <div id="care" />
      {facts.lowLevel && !asking.assist ? <AskReply {...asking} /> : null}
      <p>{facts.mode === 'live' ? m.rightsLive : asking.isKiosk ? m.rightsKiosk : m.rightsSealed}</p>
      {facts.mode === 'sealed' ? <p class="plainly">{m.privacySealedPlain}</p> : null}
      <button type="submit" class="btn">
        {m.submit}
      </button>
      {asking.answered === 'form' ? (
        <div class="plainly">
          <p>{m.plainWithdraw}</p>
          <button
            type="submit"
            class="btn btn-2"
            formaction={carry(urls.formWithdraw(survey.jid, survey.sid), asking)}
            formnovalidate
          >
            {m.plainWithdrawButton}
          </button>
        </div>
      ) : null}
      {kind === 'one' ? (
        <button type="button" class="btn btn-2 paged-only" data-go="more" id="more">
          {m.formAddDetails}
        </button>
      ) : null}
      <p class="step" id="sending" role="status" />
      {kind === 'one' ? (
        <>
          <p class="hint">{fill(m.formYourself, { phone: survey.phone })}</p>
          {questionnaire.group === 'recipients' ? <ReportLink {...asking} /> : null}
          <PrivacyLink {...asking} />
        </>
      ) : null}
    </section>
  )
}

/** Whoever rates low may ask for an answer; the device makes the key of the mailbox, or else the server does. */
function AskReply({ locale, asksReply, facts }: Asking) {
  const words = caseMessages(locale)
  return (
    <div id="ask-reply" data-level={facts.lowLevel}>
      <label class="opt">
        <input
          type="checkbox"
          name={fields.mailbox}
          value="make"
          checked={asksReply ?? false}
          aria-describedby="ask-reply-hint"
        />
        {words.askLabel}
      </label>
      <p class="hint" id="ask-reply-hint">
        {fill(words.askHint, { n: facts.lowLevel ?? 0 })}
      </p>
    </div>
  )
}

/** For whoever was told what to choose. In a tab of its own, like the privacy page. */
function ReportLink({ locale, size, survey, organs }: Asking) {
  return (
    <p>
      <a
        class="link"
        href={carry(urls.report(survey.jid, survey.sid, organs[0]?.code), { locale, size })}
        target="_blank"
        rel="noopener"
      >
        {reportMessages(locale).reportLink}
      </a>
    </p>
  )
}

/** For those who come by a code and have seen no start page. In a tab of its own: the answers stay where they are. */
export function PrivacyLink({ m, locale, size, survey }: Asking) {
  return (
    <p>
      <a
        class="link"
        href={carry(urls.privacy(survey.jid, survey.sid), { locale, size })}
        target="_blank"
        rel="noopener"
      >
        {m.privacyLink}
      </a>
    </p>
  )
}

/** Buttons that only script needs: the long form has everything in view. */
export function Navigation({ m, questionnaire }: Asking) {
  const { kind } = questionnaire.subject
  return (
    <div class="nav paged-only" id="nav">
      {kind === 'each' ? (
        <button type="button" class="btn btn-2" data-go="same" id="same">
          {m.formRestSame}
        </button>
      ) : null}
      <button type="button" class="btn" data-go="next">
        {kind === 'each' ? m.formNext : m.continue}
      </button>
      {kind === 'each' ? (
        <>
          <button type="button" class="btn btn-2" data-go="previous">
            {m.formPrevious}
          </button>
          <button type="button" class="btn btn-2" data-go="list">
            {m.formLeadersList}
          </button>
          <p class="step keys">{m.formKeys}</p>
        </>
      ) : null}
    </div>
  )
}
