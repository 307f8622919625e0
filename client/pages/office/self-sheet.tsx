import type { Locale } from '../../../surveys/questionnaire.ts'
import type { SelfEntry } from '../../../surveys/self-assessment.ts'
import { fill } from '../../messages/fill.ts'
import { selfMessages } from '../../messages/self-assessment.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'

export type SelfFile = { name: string; size: string; href: string; hash: string }

/** One line of a self-assessment table. */
export type SelfLine = {
  indicator: string
  title: string
  /** What it is part of, the highest first. */
  above: readonly string[]
  basis: string
  /** Which evidence the plan asks for; '' where it asks for none. */
  asked: string
  leads: string
  /** What the line counts of the overall score. */
  points: string
  entry: SelfEntry
  files: readonly SelfFile[]
  /** What the organ has to put right; '' for nothing. */
  note: string
}

export type SelfSheetProps = {
  locale: Locale
  lines: readonly SelfLine[]
  problems: string
  weaknesses: string
  total: { proposed: string; full: string; scored: number }
}

export const totalText = (locale: Locale, { total, lines }: Pick<SelfSheetProps, 'total' | 'lines'>): string =>
  fill(selfMessages(locale).total, { ...total, all: lines.length })

/** The whole table to read. */
export function SelfSheetTable(props: SelfSheetProps) {
  const { locale, lines, problems, weaknesses } = props
  const words = selfMessages(locale)
  return (
    <>
      <Scroll label={words.printTitle}>
        <DataTable
          caption={words.printTitle}
          quietCaption
          columns={[
            { label: words.indicator },
            { label: words.target },
            { label: words.done },
            { label: words.scoreOf, numeric: true },
            { label: words.evidence },
            { label: words.explanation },
          ]}
          rows={lines.map(({ indicator, title, above, entry, files }) => [
            <span key={indicator}>
              {title}
              <span class="hint self-above">{above.join(' · ')}</span>
            </span>,
            <Text key="t" text={entry.target} />,
            <Text key="d" text={entry.done} />,
            entry.score === '' ? '' : `${entry.score}/100`,
            <Files key="f" locale={locale} files={files} />,
            <Text key="n" text={entry.note} />,
          ])}
        />
      </Scroll>
      <p>
        <strong>{totalText(locale, props)}</strong>
      </p>
      <h3>{words.problems}</h3>
      <Text text={problems || words.empty} />
      <h3>{words.weaknesses}</h3>
      <Text text={weaknesses || words.empty} />
    </>
  )
}

/** What somebody typed, with its lines. */
function Text({ text }: { text: string }) {
  return <span class="self-text">{text}</span>
}

function Files({ locale, files }: { locale: Locale; files: readonly SelfFile[] }) {
  if (files.length === 0) return <>{selfMessages(locale).evidenceNone}</>
  return (
    <ul class="self-files">
      {files.map((file) => (
        <li key={file.hash}>
          <FileLink file={file} />
        </li>
      ))}
    </ul>
  )
}

/** A file to download, with its size. */
export function FileLink({ file: { name, size, href } }: { file: SelfFile }) {
  return (
    <>
      <a href={href} download>
        <bdi>{name}</bdi>
      </a>{' '}
      <span class="hint">{size}</span>
    </>
  )
}
