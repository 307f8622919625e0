import { Fragment } from 'preact'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import type { Difference } from '../../../surveys/questionnaire-difference.ts'
import type { ImportRow } from '../../../surveys/xlsform-import.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { questionnaireMessages } from '../../messages/questionnaires.ts'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { DifferenceTable } from './questionnaire-compare.tsx'
import { QuestionnaireFields } from './questionnaire-fields.tsx'
import { calledOf, type Draft, fieldId, listOf, recordOf } from './questionnaire-inputs.tsx'
import { type ExplainedFinding, ImportReport, LintPanel } from './questionnaire-lint.tsx'
import { QuestionnaireCrumbs } from './questionnaires.tsx'

export type EditPageProps = {
  shell: OfficeShellProps
  jid: string
  /** Where a file does not say for whom it is. */
  group: GroupId
  draft: Draft
  /** The newest version when the page was opened, to which a saving is added; 0 before the first. */
  base: number
  /** Stored version that is shown, for its files; null for what is not stored. */
  stored: number | null
  /** Surveys that have opened with the shown version. */
  locked: readonly string[]
  /** In words, by place. */
  problems: readonly { path: string; text: string }[]
  findings: readonly ExplainedFinding[]
  report: readonly ImportRow[]
  json: { text: string; problem: string | null }
  /** Which part the last press was about. */
  open: string
  outcome:
    | { kind: 'none' | 'unchanged' | 'unsaved' }
    | { kind: 'saved'; version: number }
    | {
        kind: 'conflict'
        name: string
        time: string
        version: number
        theirs: readonly Difference[]
        yours: readonly Difference[]
      }
}

export function editTitle({ shell, draft, problems, outcome }: EditPageProps): string {
  const title = fill(questionnaireMessages(shell.locale).editTitle, { id: String(draft['id'] ?? '') })
  const isFailed = problems.length > 0 || outcome.kind === 'conflict'
  return isFailed ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** A questionnaire as fields, as it looks on a phone, and as JSON. Everything works without script but the live preview. */
export function EditPage(props: EditPageProps) {
  const { shell, jid, draft, base, problems, json } = props
  const { locale } = shell
  const words = questionnaireMessages(locale)
  const maySave = mayDecide(shell)
  const lines = problems.map(({ path, text }) => ({ href: `#${fieldId(path)}`, text: `${text} (${path || 'JSON'})` }))
  if (json.problem) lines.push({ href: '#json', text: json.problem })
  return (
    <OfficeShell shell={shell}>
      <QuestionnaireCrumbs shell={shell} jid={jid} here={String(draft['id'] ?? '')} />
      <ErrorSummary locale={locale} lines={lines} />
      <h1>{fill(words.editTitle, { id: String(draft['id'] ?? '') })}</h1>
      <Outcome {...props} />
      {problems.length > 0 && <p class="note bad">{fill(words.problemsTitle, { n: problems.length })}</p>}
      <p class="lead">{base === 0 ? words.editNew : fill(words.editLead, { base, next: base + 1 })}</p>
      <Downloads {...props} />
      <ImportReport locale={locale} report={props.report} />
      <form
        id="quest"
        class="quest"
        method="post"
        action={carry(urls.questionnaireEdit(jid), { locale })}
        data-preview={maySave ? 'preview' : undefined}
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '', base, group: props.group }} />
        <div class="quest-fields">
          {maySave ? (
            <>
              <Outline {...props} />
              <Buttons {...props} />
              <LintPanel locale={locale} findings={props.findings} mayWrite />
              <QuestionnaireFields
                locale={locale}
                draft={draft}
                problems={new Map(problems.map(({ path, text }) => [path, text]))}
                isNamed={base > 0}
                open={props.open}
                noted={props.findings.map(({ path }) => path)}
              />
              <Buttons {...props} />
              <details class="block" open={json.problem !== null || undefined}>
                <summary>
                  <h2>{words.json}</h2>
                </summary>
                <TextArea
                  name="json"
                  label={words.json}
                  hint={words.jsonHint}
                  problem={json.problem ?? undefined}
                  input={{ rows: 24, value: json.text, spellcheck: false, wrap: 'off' }}
                />
                <button type="submit" class="btn btn-2" name="do" value="json">
                  {words.jsonUse}
                </button>
              </details>
            </>
          ) : (
            <>
              <LintPanel locale={locale} findings={props.findings} mayWrite={false} />
              <pre class="block json">{json.text}</pre>
            </>
          )}
        </div>
        {maySave && <Preview {...props} />}
      </form>
    </OfficeShell>
  )
}

function Outcome({ shell, outcome, locked }: EditPageProps) {
  const { locale } = shell
  const words = questionnaireMessages(locale)
  const lockedNote = locked.length > 0 && <p class="note">{fill(words.lockedNote, { surveys: locked.join(', ') })}</p>
  if (outcome.kind === 'none') return lockedNote || null
  if (outcome.kind !== 'conflict') {
    return (
      <>
        <p class="note" role="status">
          {outcome.kind === 'saved' ? fill(words.saved, { version: outcome.version }) : words[outcome.kind]}
        </p>
        {lockedNote}
      </>
    )
  }
  const { name, time, version, theirs, yours } = outcome
  return (
    <section class="block" role="alert">
      <p class="note bad">{fill(words.conflict, { name, time, version })}</p>
      <DifferenceTable locale={locale} caption={words.conflictTheirs} differences={theirs} />
      <DifferenceTable locale={locale} caption={fill(words.conflictYours, { version })} differences={yours} />
      <p>{fill(words.conflictNext, { version, next: version + 1 })}</p>
    </section>
  )
}

function Downloads({ shell, jid, draft, stored }: EditPageProps) {
  const words = questionnaireMessages(shell.locale)
  if (stored === null) return null
  const to = (format: 'json' | 'xlsx') =>
    carry(urls.questionnaireFile(jid, String(draft['id'] ?? ''), stored, format), { locale: shell.locale })
  return (
    <p class="links">
      {`${words.downloads} `}
      <a href={to('json')}>{words.downloadJson}</a> <a href={to('xlsx')}>{words.downloadXlsx}</a>
    </p>
  )
}

/** Where everything is, each entry a link. */
function Outline({ shell, draft }: EditPageProps) {
  const words = questionnaireMessages(shell.locale)
  return (
    <nav class="outline" aria-label={words.outline}>
      <ol>
        <li>
          <a href="#general">{words.outlineGeneral}</a>
        </li>
        {listOf(draft['pages']).map((page, p) => (
          <li key={p}>
            <a href={`#page-${p}`}>{fill(words.page, { n: p + 1 })}</a>
            {listOf(recordOf(page)['questions']).map((question, q) => (
              <Fragment key={q}>
                {' · '}
                <a href={`#${fieldId(`pages[${p}].questions[${q}]`)}`}>{calledOf(question, shell.locale)}</a>
              </Fragment>
            ))}
          </li>
        ))}
        <li>
          <a href="#scales">{words.outlineScales}</a>
        </li>
      </ol>
    </nav>
  )
}

function Buttons({ shell }: EditPageProps) {
  const words = questionnaireMessages(shell.locale)
  return (
    <p class="buttons">
      {/* Enter in a field presses the first button of a form. */}
      <button type="submit" class="btn btn-2" name="do" value="check">
        {words.check}
      </button>
      <button type="submit" class="btn" name="do" value="save">
        {words.save}
      </button>
    </p>
  )
}

/** The respondent's own page in a frame of a phone's width, which can neither run code nor send anything. */
function Preview({ shell, jid }: EditPageProps) {
  const { locale } = shell
  const words = questionnaireMessages(locale)
  return (
    <section class="preview" aria-labelledby="preview-title">
      <h2 id="preview-title">{words.previewTitle}</h2>
      <p class="hint">{words.previewNote}</p>
      <p class="buttons">
        <label>
          {words.previewSize}{' '}
          <select name="previewSize">
            <option value="standard">{words.size_standard}</option>
            <option value="elder">{words.size_elder}</option>
          </select>
        </label>
        <label>
          {words.previewLanguage}{' '}
          <select name="previewLocale">
            {(['zh-CN', 'en'] as const).map((each) => (
              <option key={each} value={each} selected={each === locale}>
                {each === 'en' ? words.enName : words.zh}
              </option>
            ))}
          </select>
        </label>
        <button
          type="submit"
          class="quiet"
          formaction={carry(urls.questionnairePreview(jid), { locale })}
          formtarget="preview"
          id="preview-button"
        >
          {words.preview}
        </button>
      </p>
      <iframe name="preview" id="preview" title={words.previewTitle} sandbox="" width={360} height={720} />
    </section>
  )
}
