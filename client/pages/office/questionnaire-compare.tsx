import type { Locale } from '../../../surveys/questionnaire.ts'
import type { Difference } from '../../../surveys/questionnaire-difference.ts'
import { fill } from '../../messages/fill.ts'
import { type QuestionnaireMessages, questionnaireMessages } from '../../messages/questionnaires.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { CompareForm } from './compare-form.tsx'
import { QuestionnaireCrumbs } from './questionnaires.tsx'

export type ComparePageProps = {
  shell: OfficeShellProps
  jid: string
  id: string
  /** The newest first. */
  versions: readonly number[]
  from: number
  to: number
  differences: readonly Difference[]
}

export const compareTitle = ({ shell, id, from, to }: ComparePageProps): string =>
  fill(questionnaireMessages(shell.locale).compareTitle, { id, from, to })

/** What differs between two versions of a questionnaire. */
export function ComparePage(props: ComparePageProps) {
  const { shell, jid, id, versions, from, to, differences } = props
  const { locale } = shell
  const words = questionnaireMessages(locale)
  const options = versions.map((version) => ({
    value: String(version),
    text: fill(words.versionLink, { version }),
  }))
  return (
    <OfficeShell shell={shell}>
      <QuestionnaireCrumbs shell={shell} jid={jid} here={id} />
      <h1>{compareTitle(props)}</h1>
      <CompareForm
        {...{ locale, words, versions: options, from: String(from), to: String(to) }}
        action={urls.questionnaireCompare(jid, id)}
      />
      {differences.length === 0 ? (
        <p class="note">{words.compareNone}</p>
      ) : (
        <DifferenceTable locale={locale} caption={words.compareCaption} differences={differences} />
      )}
      <p>
        <a href={carry(urls.questionnaire(jid, id, to), { locale })}>{fill(words.versionLink, { version: to })}</a>
      </p>
    </OfficeShell>
  )
}

/** Each difference by its place, in words and as a path, with what stood there before and after. */
export function DifferenceTable({
  locale,
  caption,
  differences,
}: {
  locale: Locale
  caption: string
  differences: readonly Difference[]
}) {
  const words = questionnaireMessages(locale)
  return (
    <Scroll label={caption}>
      <DataTable
        caption={caption}
        columns={[
          { label: words.comparePlace },
          { label: words.compareKind },
          { label: words.compareBefore },
          { label: words.compareAfter },
        ]}
        rows={differences.map(({ path, kind, before, after }) => [
          <>
            {placeText(words, path)} <code>{path}</code>
          </>,
          words[`kind_${kind}`],
          before,
          after,
        ])}
      />
    </Scroll>
  )
}

/** `pages[why].questions[reason].title.en` in words: 页 why › 题 reason › 标题 › 英文. */
function placeText({ words }: QuestionnaireMessages, path: string): string {
  const named: Readonly<Record<string, string>> = { ...words, 'zh-CN': words.chinese }
  return [...path.matchAll(/([^.[\]]+)(?:\[([^\]]*)\])?/g)]
    .map(([, field = '', entry]) => `${named[field] ?? field}${entry === undefined ? '' : ` ${entry}`}`)
    .join(' › ')
}
