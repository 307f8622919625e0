import { trusteeLimits } from '../../../surveys/shares.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { auditMessages } from '../../messages/office-audit.ts'
import { type BoxMessages, boxMessages } from '../../messages/office-box.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { ShareFields, shareWords } from './share-fields.tsx'
import { KeyFacts, type KeyView } from './survey.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

export type BoxKeyPageProps = {
  shell: OfficeShellProps
  survey: SurveyName
  /** `live`: it has no box. `draft`: a key can be made. `ready`: a key can be rehearsed. `fixed`: neither any more. */
  stage: 'live' | 'draft' | 'ready' | 'fixed'
  /** `pk`: base64url, for the script. */
  boxKey: (KeyView & { pk: string }) | null
  /**
   * What the shares open in the rehearsal, for whoever may lead it. `own_key`: the reader has saved the key, and another
   * administrator leads. `no_point`: nothing can be sealed to it. null: there is nothing to rehearse.
   */
  rehearsal: { survey: string; enc: string; ct: string } | 'own_key' | 'no_point' | null
  /** The auditor's key of a survey of the public, by its fingerprint; `pk` as it is typed. null: nobody is asked. */
  contactKey: { name: string; set: { fingerprint: string; pk: string } | null; isDraft: boolean } | null
  done: 'key_saved' | 'key_rehearsed' | 'contact_key_saved' | null
  problem: 'changed' | 'no_point' | 'own_key' | 'no_proof' | { kind: 'contact_key'; pk: string } | null
}

export function boxKeyTitle({ shell, survey, problem }: BoxKeyPageProps): string {
  const title = fill(boxMessages(shell.locale).boxKeyTitle, { survey: surveyTitle(shell.locale, survey) })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The key of a box: who keeps it, the ceremony in which it is made and shared, and its rehearsal. */
export function BoxKeyPage(props: BoxKeyPageProps) {
  const { shell, survey, stage, boxKey, rehearsal, contactKey, done, problem } = props
  const { locale } = shell
  const words = boxMessages(locale)
  const isOpenToChange = mayDecide(shell) && (stage === 'draft' || stage === 'ready')
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.boxKey} />
      {problem && <ErrorSummary locale={locale} lines={[problemLine(props, words)]} />}
      <h1>{fill(words.boxKeyTitle, { survey: surveyTitle(locale, survey) })}</h1>
      <p class="noprint">
        <BackToSurvey {...props} words={words} />
      </p>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      {stage === 'live' ? (
        <p class="note">{words.keyLive}</p>
      ) : (
        <>
          <p class="lead">{words.keyIntro}</p>
          <section class="block">
            <h2>{words.keyHeading}</h2>
            <p>{boxKey ? <KeyFacts shown={boxKey} words={words} /> : words.keyNone}</p>
            {stage === 'fixed' && <p class="note">{words.keyFixed}</p>}
          </section>
          {isOpenToChange && boxKey && rehearsal && <Rehearsal {...props} {...{ kept: boxKey, rehearsal, words }} />}
          {isOpenToChange && stage === 'ready' && <p class="note">{words.keyReady}</p>}
          {isOpenToChange && stage === 'draft' && <Ceremony {...props} words={words} />}
          {isOpenToChange && stage === 'draft' && <KeyFile {...props} words={words} />}
        </>
      )}
      {contactKey && <ContactKey {...props} kept={contactKey} />}
    </OfficeShell>
  )
}

function problemLine({ shell, problem }: BoxKeyPageProps, words: BoxMessages): { href: string; text: string } {
  if (problem === 'no_point') return { href: '#main', text: words.problemNoPoint }
  if (problem === 'own_key') return { href: '#rehearsal', text: words.rehearsalOwn }
  if (problem === 'no_proof') return { href: '#rehearsal', text: words.problemNoProof }
  if (problem === 'changed' || problem === null) return { href: '#main', text: words.problemKeyChanged }
  return { href: '#audit-pk', text: auditMessages(shell.locale).problemContactKey }
}

/** POST to urls.contactKey with `pk`: to whom contacts are sealed, so that somebody outside can ask who took part. */
function ContactKey(props: BoxKeyPageProps & { kept: NonNullable<BoxKeyPageProps['contactKey']> }) {
  const { shell, kept, problem } = props
  const { name, set, isDraft } = kept
  const words = auditMessages(shell.locale)
  const typed = typeof problem === 'object' ? problem : null
  return (
    <section class="block" id="audit-key">
      <h2>{words.contactKeyHeading}</h2>
      <p>{fill(words.contactKeyText, { survey: name })}</p>
      <p>
        {set ? (
          <>
            {words.contactKeySet} <code>{set.fingerprint}</code>
          </>
        ) : (
          words.contactKeyNone
        )}
      </p>
      {!isDraft && <p class="note">{words.contactKeyFixed}</p>}
      {isDraft && mayDecide(shell) && (
        <form
          class="form noprint"
          method="post"
          action={addressOf(props, urls.contactKey)}
          autocomplete="off"
          novalidate
        >
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <Field
            id="audit-pk"
            name="pk"
            label={words.contactKeyField}
            hint={words.contactKeyHint}
            problem={typed ? words.problemContactKey : undefined}
            input={{ value: typed?.pk ?? set?.pk ?? '', spellcheck: false }}
          />
          <button type="submit" class="btn btn-2">
            {words.contactKeySave}
          </button>
        </form>
      )}
    </section>
  )
}

/** The way back to the survey's own page. */
export function BackToSurvey({
  shell,
  survey,
  words,
}: {
  shell: OfficeShellProps
  survey: SurveyName
  words: BoxMessages
}) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return <a href={carry(urls.survey(jid, cycle, survey.sid), { locale: shell.locale })}>{words.backToSurvey}</a>
}

type PartProps = BoxKeyPageProps & { words: BoxMessages }

function addressOf({ shell, survey }: BoxKeyPageProps, page: typeof urls.boxKey): string {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return carry(page(jid, cycle, survey.sid), { locale: shell.locale })
}

/** What stands in the form before anybody has chosen. */
const usual = { shares: 3, threshold: 2 }

/**
 * The steps of the ceremony; the script shows one after the other and fills in what only this browser knows. What is
 * sent at the end, by POST to urls.boxKey, is the public key and the two numbers.
 */
function Ceremony(props: PartProps) {
  const { shell, survey, boxKey, words } = props
  const { fewest, most } = trusteeLimits
  const first = { i: 1, n: usual.shares }
  const texts = {
    turn: words.turn,
    shareTitle: words.shareTitle,
    keptProblem: words.keptProblem,
    termsProblem: fill(words.termsProblem, { fewest, most }),
    warning: words.warning,
    allKept: words.allKept,
    fileNote: words.fileNote,
  }
  return (
    <section class="block">
      <h2 class="noprint">{boxKey ? words.ceremonyAgain : words.ceremony}</h2>
      <p class="noprint">{words.ceremonyText}</p>
      {boxKey && <p class="note warn noprint">{words.keyReplaced}</p>}
      <p class="note noprint" data-without="ceremony">
        {words.needsScript}
      </p>
      <div data-box="ceremony" data-words={JSON.stringify(texts)} data-sid={survey.sid} hidden>
        <div data-step="terms">
          <Field
            id="shares"
            name="shares"
            label={words.shares}
            hint={fill(words.sharesHint, { fewest, most })}
            input={{
              type: 'number',
              min: fewest,
              max: most,
              value: usual.shares,
              inputmode: 'numeric',
              autocomplete: 'off',
            }}
          />
          <Field
            id="threshold"
            name="threshold"
            label={words.threshold}
            hint={words.thresholdHint}
            input={{
              type: 'number',
              min: fewest,
              max: most,
              value: usual.threshold,
              inputmode: 'numeric',
              autocomplete: 'off',
            }}
          />
          <p class="note warn" data-warning>
            {fill(words.warning, { k: usual.threshold })}
          </p>
          <p class="msg" role="alert" data-terms-problem />
          <button type="button" class="btn" data-do="make">
            {words.makeKey}
          </button>
        </div>
        <div data-step="turn" hidden>
          <h3 data-title tabindex={-1}>
            {fill(words.turn, first)}
          </h3>
          <p>{words.turnText}</p>
          <button type="button" class="btn" data-do="show">
            {words.showShare}
          </button>
        </div>
        <div data-step="share" hidden>
          <div class="share-sheet">
            <h3 data-title tabindex={-1}>
              {fill(words.shareTitle, first)}
            </h3>
            <dl class="facts">
              <dt>{words.survey}</dt>
              <dd>
                <bdi>{shell.place?.jurisdiction}</bdi> · {surveyTitle(shell.locale, survey)}
              </dd>
              <dt>{words.keyPrint}</dt>
              <dd>
                <code data-print /> <span class="hint noprint">{words.compareText}</span>
              </dd>
              <dt>{words.share}</dt>
              <dd>
                <code class="share" data-text />
              </dd>
            </dl>
            <div class="qr" data-qr />
            <p>{words.sheetNote}</p>
            <p data-warning />
          </div>
          <p class="buttons noprint">
            <button type="button" class="btn btn-2" data-do="save">
              {words.saveShare}
            </button>
            <button type="button" class="btn btn-2" data-do="print">
              {words.printShare}
            </button>
          </p>
          <div class="noprint">
            <label class="opt">
              <input type="checkbox" data-kept /> {words.kept}
            </label>
            <p class="msg" role="alert" data-kept-problem />
            <button type="button" class="btn" data-do="next">
              {words.nextTrustee}
            </button>
          </div>
        </div>
        <form class="form" data-step="done" method="post" action={addressOf(props, urls.boxKey)} hidden>
          <h3 data-title tabindex={-1}>
            {fill(words.allKept, first)}
          </h3>
          <p>
            {words.keyPrint} <code data-print />
          </p>
          <p>{words.handInText}</p>
          <HiddenFields
            values={{ csrf: shell.user?.csrf ?? '', holding: 'trustees', pk: '', shares: '', threshold: '' }}
          />
          <button type="submit" class="btn">
            {words.handIn}
          </button>
        </form>
      </div>
    </section>
  )
}

/** POST to urls.boxKey: the key store makes the key and keeps it as a file. */
function KeyFile(props: PartProps) {
  const { shell, boxKey, words } = props
  return (
    <section class="block noprint">
      <h2>{words.keyFileHeading}</h2>
      <p>{words.keyFileText}</p>
      {boxKey && <p class="note warn">{words.keyReplaced}</p>}
      <form class="form" method="post" action={addressOf(props, urls.boxKey)}>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', holding: 'file' }} />
        <button type="submit" class="btn btn-2">
          {words.makeKeyFile}
        </button>
      </form>
    </section>
  )
}

/**
 * The script puts the shares together and opens with the key what is sealed in `data-enc` and `data-ct`; by POST to
 * urls.boxRehearsal goes, beside the public key, what was in it.
 */
function Rehearsal(
  props: PartProps & {
    kept: NonNullable<BoxKeyPageProps['boxKey']>
    rehearsal: NonNullable<BoxKeyPageProps['rehearsal']>
  },
) {
  const { shell, survey, kept, rehearsal, words } = props
  if (typeof rehearsal === 'string') {
    return (
      <section class="block noprint" id="rehearsal">
        <h2>{words.rehearsal}</h2>
        <p class="note">{rehearsal === 'own_key' ? words.rehearsalOwn : words.problemNoPoint}</p>
      </section>
    )
  }
  return (
    <section class="block noprint" id="rehearsal">
      <h2>{words.rehearsal}</h2>
      <p>{fill(words.rehearsalText, { k: kept.threshold })}</p>
      <p>{words.rehearsalLead}</p>
      <p class="note" data-without="rehearsal">
        {words.rehearsalNeedsScript}
      </p>
      <form
        class="form"
        method="post"
        action={addressOf(props, urls.boxRehearsal)}
        autocomplete="off"
        data-box="rehearsal"
        data-words={JSON.stringify(shareWords(words))}
        data-sid={survey.sid}
        data-pk={kept.pk}
        data-shares={kept.shares}
        data-threshold={kept.threshold}
        data-survey={rehearsal.survey}
        data-enc={rehearsal.enc}
        data-ct={rehearsal.ct}
        hidden
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', pk: '', proof: '' }} />
        <ShareFields threshold={kept.threshold} words={words} />
        <button type="submit" class="btn">
          {words.rehearse}
        </button>
      </form>
    </section>
  )
}
