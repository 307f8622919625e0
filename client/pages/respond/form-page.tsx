import type { AnswerProblem, Fields } from '../../../surveys/answers.ts'
import { answerQuestions, fillText } from '../../../surveys/answers.ts'
import type { Page, Questionnaire } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type RespondMessages, respondMessages } from '../../messages/respond.ts'
import { AmendmentList } from '../../parts/amendment-list.tsx'
import { type Back, Frame } from '../../parts/bar.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { modeOf, Note, NoticePoints, noticePoints, Points, SealedPlainly } from '../../parts/notice.tsx'
import { carry, urls } from '../../urls.ts'
import { AssistBanner } from './assist-banner.tsx'
import { AnswerList, Navigation, OverallTable, PrivacyLink, Send } from './form-end.tsx'
import { fieldProblems, PageQuestions } from './form-questions.tsx'
import { OpenBanner } from './heading.tsx'
import { formWords } from './island-words.ts'
import { titleOf } from './title.ts'
import type { AssistView, OrganView, PrivacyFacts, SurveyHead, View } from './views.ts'

export type FormPageProps = View & {
  survey: SurveyHead
  facts: PrivacyFacts
  questionnaire: Questionnaire
  /** In display order. */
  organs: readonly OrganView[]
  /** The only organ asked in detail; null = all. */
  detailFor: string | null
  /** Group weight as text, `40%`. */
  share: string
  closesOn: string
  /** The last moment at which an answer is taken, as the device's clock counts: what is kept there ends with it. */
  until: number
  /** Text that stands for the hidden fields (elig, k, ch, o…) at the start of the form; the server puts them there. */
  hidden: string
  values: Fields
  problems: readonly AnswerProblem[]
  /** Of a sealed survey: the hash of its manifest, and the address of the code that seals on the device. */
  sealing?: { manifest: string; script: string } | undefined
  /** Of a form of many organs without answers: where there is script, it brings the organs onto the page itself. */
  isFolded?: boolean | undefined
  /** The address of the code that is needed only after the first question is there. */
  laterScript?: string | undefined
  /** The address of the code that reads a question aloud. */
  readScript?: string | undefined
  /** Of a sealed survey: what the server sealed for a plain form can be replaced by one; what a device sealed, there only. */
  answered?: 'form' | 'device' | undefined
  /** 409 without script: the filled form again, which a response from a device has forestalled. */
  isSpent?: boolean | undefined
  /** An answer to a low rating was asked for when the form was sent. */
  asksReply?: boolean | undefined
  /** Somebody of the staff writes down. */
  assist?: AssistView | undefined
  /** 503 without script: the filled form again. */
  notSent?: { reference: string; why?: string | undefined } | undefined
}

/** What the parts of the form are told. */
export type Asking = FormPageProps & { m: RespondMessages; marked: ReadonlyMap<string, string> }

export function formTitle({ locale, survey, problems, notSent, isSpent }: FormPageProps): string {
  const m = respondMessages(locale)
  return titleOf(m, survey.title, undefined, problems.length > 0 || notSent !== undefined || isSpent)
}

/**
 * The whole questionnaire as one form that needs no script. Script shows one `part` of it at a time (a question; for
 * leaders an organ), hides questions whose condition does not hold, and keeps a draft on the device.
 */
export function FormPage(props: FormPageProps) {
  const { locale, survey, questionnaire, organs, hidden, notSent, sealing, assist } = props
  const m = respondMessages(locale)
  const lines = fieldProblems(props, m)
  const asking: Asking = { ...props, m, marked: new Map(lines.map((line) => [line.field, line.text])) }
  const { jid, sid } = survey
  const { kind } = questionnaire.subject
  // A sheet of paper is typed in one go, so it is one long form, which the address of the entry shows again itself.
  const isPaper = assist?.way === 'paper'
  const form = isPaper ? assist.action : urls.form(jid, sid)
  const back: Back = kind === 'pick' ? { form: 'f', path: form, show: 'choose' } : { href: assist?.desk ?? urls.code() }
  const cards = organs.map((organ) => <Organ key={organ.code} asking={asking} organ={organ} />)
  return (
    <Frame {...props} again={{ form: 'f', path: form, show: 'form' }} back={back} survey={undefined}>
      <OpenBanner m={m} survey={survey} />
      <AssistBanner m={m} assist={assist} facts={props.facts} />
      <ErrorSummary locale={locale} lines={lines.map(({ anchor, text }) => ({ href: `#${anchor}`, text }))} />
      {notSent ? (
        <Note kind="bad">
          <p>{notSent.why ? `${notSent.why}${m.notSentStays}` : m.notSentForm}</p>
          <p>{fill(m.otherWays, { phone: survey.phone })}</p>
          <p>{fill(m.notSentReference, { reference: notSent.reference })}</p>
        </Note>
      ) : null}
      <AnsweredOnDevice {...asking} />
      <h1>{survey.title}</h1>
      <Changes {...asking} about="wording" />
      <form
        id="f"
        method="post"
        action={carry(isPaper ? assist.action : urls.answer(jid, sid), props)}
        novalidate
        data-island={isPaper ? undefined : 'form'}
        data-survey={`${jid}/${sid}`}
        data-kind={kind}
        data-until={props.until}
        data-later={props.laterScript}
        data-read={props.readScript}
        data-rules={JSON.stringify(conditions(questionnaire))}
        data-words={JSON.stringify(formWords(m, survey, props.isKiosk))}
        {...(sealing ? sealingData(questionnaire, sealing) : {})}
      >
        {hidden}
        {assist && !isPaper ? <script type="module" src={assist.script} /> : null}
        {kind === 'each' ? (
          <Landing {...asking} />
        ) : (
          <p class="hint whole">{kind === 'one' && !isPaper ? m.formOneEnough : m.formWhole}</p>
        )}
        <p class="step" id="where" hidden />
        <button type="button" class="tool read noprint" id="read" aria-pressed="false" hidden>
          {m.formRead}
        </button>
        {props.isFolded ? <noscript>{cards}</noscript> : cards}
        {questionnaire.pages
          .filter((page) => page.per === 'response')
          .map((page) => (
            <section class="part" key={page.id}>
              <h2>{page.title ? page.title[locale] : m.formAbout}</h2>
              <PageQuestions asking={asking} page={page} />
            </section>
          ))}
        {kind === 'each' ? <AnswerList {...asking} /> : null}
        {kind === 'each' ? <OverallTable {...asking} /> : null}
        <Send {...asking} />
        <Navigation {...asking} />
      </form>
    </Frame>
  )
}

/** What the device seals by: the manifest with the keys, the code that does it, and the row of a slip without answers. */
function sealingData(questionnaire: Questionnaire, { manifest, script }: NonNullable<FormPageProps['sealing']>) {
  const blank = answerQuestions(questionnaire).map((each) => (each.type === 'choice' && each.multiple ? 0 : -1))
  return { 'data-manifest': manifest, 'data-ballot': script, 'data-blank': JSON.stringify(blank) }
}

/** Conditions by question: data that the device evaluates with the same function as the server. */
function conditions(questionnaire: Questionnaire): Record<string, unknown> {
  const questions = questionnaire.pages.flatMap((page) => page.questions)
  return Object.fromEntries(questions.flatMap(({ id, showIf }) => (showIf ? [[id, showIf]] : [])))
}

/** A leader's first screen: how long, until when, how answers are kept, and what everyone must know. */
function Landing(asking: Asking) {
  const { m, locale, questionnaire, organs, share, closesOn, survey, facts, isKiosk } = asking
  return (
    <section class="part" id="landing">
      <p class="lead">{fillText(questionnaire.intro[locale], { count: String(organs.length), share, organ: '' })}</p>
      <p>{fill(m.formLeadersTime, { minutes: questionnaire.minutes, date: closesOn })}</p>
      <p class={isKiosk ? undefined : 'whole'}>{m.formNoDraftOneSitting}</p>
      {isKiosk ? null : <p class="paged-only">{m.formLeadersSaved}</p>}
      <p class="paged-only num" id="count" role="status" />
      <Changes {...asking} about="terms" />
      <NoticePoints {...{ locale, survey, facts, isKiosk }} />
      <SealedPlainly {...{ locale, facts }} />
      <PrivacyLink {...asking} />
      <p class="row paged-only">
        <button type="button" class="btn" data-go="card">
          {m.formLeadersStart}
        </button>
        <button type="button" class="btn btn-2" data-go="list">
          {m.formLeadersList}
        </button>
      </p>
      <p class="hint whole">{m.formWholeEach}</p>
    </section>
  )
}

/** All questions about one organ. A leader sees them together, others one page after the other. */
function Organ({ asking, organ }: { asking: Asking; organ: OrganView }) {
  const { survey, questionnaire, detailFor } = asking
  const { kind } = questionnaire.subject
  const inDetail = detailFor === null || detailFor === organ.code
  const pages = questionnaire.pages.filter((page) => page.per === 'organ' && (page.part === 'core' || inDetail))
  const heading = (
    <h2 class="name">
      <bdi>{organ.name}</bdi>
    </h2>
  )
  if (kind === 'each') {
    return (
      <section class="part organ" id={`organ.${organ.code}`} data-organ={organ.code}>
        {heading}
        {pages.map((page) => (
          <PageQuestions key={page.id} asking={asking} page={page} organ={organ} />
        ))}
      </section>
    )
  }
  const part = (page: Page, first: boolean) => (
    <section class="part" key={page.id}>
      {first && kind === 'one' ? (
        <>
          <p class="step">
            <bdi>{survey.organiser}</bdi> · {survey.year}
          </p>
          <Foreword {...asking} />
          {heading}
        </>
      ) : null}
      <PageQuestions asking={asking} page={page} organ={organ} />
      {first && kind === 'one' && asking.assist?.way !== 'paper' ? <EnoughAlready {...asking} /> : null}
    </section>
  )
  return (
    <section class="organ" data-organ={organ.code}>
      {kind === 'pick' ? heading : null}
      {pages.map((page, at) => part(page, at === 0))}
    </section>
  )
}

/** Without script: after the first answer one may send, as on the first page with script, and the rest is below. */
function EnoughAlready({ m, facts }: Asking) {
  return (
    <section class="whole">
      <p class="hint">{facts.mode === 'sealed' ? m.rightsSealed : m.rightsLive}</p>
      <button type="submit" class="btn">
        {m.submit}
      </button>
      <h2>{m.formAddDetails}</h2>
    </section>
  )
}

/** Told before anything is filled in, and with a filled form that came too late: no form without script replaces it. */
function AnsweredOnDevice({ m, survey, answered, isSpent }: Asking) {
  if (answered !== 'device') return null
  const text = <p>{fill(m.plainDevice, { phone: survey.phone })}</p>
  if (!isSpent)
    return (
      <div class="plainly">
        <Note kind="warn">{text}</Note>
      </div>
    )
  return (
    <Note kind="bad">
      <p>{m.plainSpent}</p>
      {text}
    </Note>
  )
}

/** Whoever comes by a code has seen no start page: what must be known stands folded above the first question. */
function Foreword(asking: Asking) {
  const { m, survey, facts, isKiosk } = asking
  return (
    <details class="notice">
      <summary>{modeOf(m, facts)}</summary>
      <Changes {...asking} about="terms" />
      <Points points={noticePoints(m, survey, facts, isKiosk)} />
    </details>
  )
}

/** What has changed since the opening: a word set right stands above every question, the rest where somebody begins. */
function Changes({ survey, locale, about }: Asking & { about: 'wording' | 'terms' }) {
  const amendments = (survey.amendments ?? []).filter(({ term }) => (term === 'wording') === (about === 'wording'))
  return <AmendmentList amendments={amendments} locale={locale} heading="h2" />
}
