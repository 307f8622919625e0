import type { Locale } from '../../../surveys/questionnaire.ts'
import type { LintFinding } from '../../../surveys/questionnaire-lint.ts'
import type { ImportRow } from '../../../surveys/xlsform-import.ts'
import { fill } from '../../messages/fill.ts'
import { questionnaireMessages } from '../../messages/questionnaires.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { TextArea } from '../../parts/field.tsx'
import { fieldId } from './questionnaire-inputs.tsx'

/** A finding with the reason that was written for it, '' for none; `key` names the pair. */
export type ExplainedFinding = LintFinding & { key: string; reason: string }

/** What the rules of wording found, each with its place, and a box for the reason where one helps. */
export function LintPanel({
  locale,
  findings,
  mayWrite,
}: {
  locale: Locale
  findings: readonly ExplainedFinding[]
  mayWrite: boolean
}) {
  const words = questionnaireMessages(locale)
  const warnings = findings.filter(({ level }) => level === 'W')
  // The same text in two places is one thing to give a reason for.
  const first = new Map(findings.map((finding) => [finding.key, finding] as const).reverse())
  return (
    <section class="block" aria-labelledby="lint">
      <h2 id="lint">{words.lintTitle}</h2>
      <p>
        {findings.length === 0
          ? words.lintNone
          : fill(words.lintCounts, {
              e: findings.length - warnings.length,
              w: warnings.length,
              done: warnings.filter(({ reason }) => reason !== '').length,
            })}
      </p>
      {findings.map((finding, at) => {
        const { code, level, path, found, key, reason } = finding
        return (
          <div class="finding" key={`${path} ${code}`}>
            <p>
              <span class={level === 'E' ? 'tag bad' : 'tag'}>
                {level === 'E' ? words.lintLevel_E : words.lintLevel_W}
              </span>{' '}
              {fill(words[`lint_${code.replace('-', '_') as 'double'}`], { found })}{' '}
              <a href={`#${fieldId(path)}`}>
                <code>{path}</code>
              </a>
            </p>
            {level === 'W' && mayWrite && first.get(key) === finding ? (
              <>
                <input type="hidden" name={`key.${at}`} value={key} />
                <TextArea
                  name={`reason.${at}`}
                  label={words.lintReason}
                  input={{ value: reason, rows: 2, maxLength: 500 }}
                />
              </>
            ) : null}
            {!mayWrite && reason !== '' ? <p class="hint">{`${words.lintReason}: ${reason}`}</p> : null}
          </div>
        )
      })}
    </section>
  )
}

/** What an import left out, changed or assumed. */
export function ImportReport({ locale, report }: { locale: Locale; report: readonly ImportRow[] }) {
  const words = questionnaireMessages(locale)
  if (report.length === 0) return null
  return (
    <section class="block" aria-labelledby="report">
      <h2 id="report">{words.reportTitle}</h2>
      <p>{fill(words.reportNote, { n: report.length })}</p>
      <Scroll label={words.reportTitle}>
        <DataTable
          caption={words.reportTitle}
          columns={[
            { label: words.reportPlace },
            { label: words.reportWhat },
            { label: words.reportWas },
            { label: words.reportNow },
          ]}
          rows={report.map(({ place, code, was, now }) => [
            <code key="p">{place}</code>,
            words[`report_${code}`],
            was,
            now,
          ])}
        />
      </Scroll>
    </section>
  )
}
