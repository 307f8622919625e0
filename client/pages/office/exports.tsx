import { fill } from '../../messages/fill.ts'
import { type OfficeExportMessages, officeExportMessages } from '../../messages/office-export.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** What a table is called and how many lines it has. */
export type TableSize = { title: string; rows: number }

export type ExportsPageProps = {
  shell: OfficeShellProps
  /** null while there is nothing to export, and why. */
  totals:
    | { tables: readonly TableSize[]; why: null }
    | { tables: null; why: 'notFinished' | 'noSurvey' | 'slipsPublic' }
  /** Lines of the table of comments; null for who may not take them, or where there are none yet. */
  comments: number | null
  mayTakeComments: boolean
  /** Fewest responses behind a comment. */
  minimum: number
  /** Organs with a report; empty while there are none. */
  organs: readonly { code: string; name: string }[]
}

export const exportsTitle = ({ shell }: Pick<ExportsPageProps, 'shell'>): string =>
  fill(officeExportMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })

/** What can be taken from a cycle as files, by how much it tells, each with its size first. */
export function ExportsPage(props: ExportsPageProps) {
  const { shell, totals } = props
  const words = officeExportMessages(shell.locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const at = (path: string) => carry(path, { locale: shell.locale })
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{exportsTitle(props)}</h1>
      <p class="lead">{words.intro}</p>
      <p class="hint">{words.limit}</p>
      <section class="block" aria-labelledby="totals">
        <h2 id="totals">{words.totals}</h2>
        <p>{words.totalsText}</p>
        {totals.tables ? (
          <>
            <DataTable
              caption={words.rowsLabel}
              quietCaption
              columns={[{ label: words.table }, { label: words.rows, numeric: true }]}
              rows={totals.tables.map(({ title, rows }) => [title, grouped(rows)])}
            />
            <Downloads
              words={words}
              names={['xlsx', 'csv', 'json', 'spss', 'r']}
              href={(format) => at(urls.exportTotals(jid, cycle, format))}
            />
          </>
        ) : (
          <p class="note">{words[totals.why]}</p>
        )}
        <p>
          <a href={at(urls.scoresCsv(jid, cycle))}>{words.wide}</a>
        </p>
      </section>
      {totals.tables && (
        <section class="block" aria-labelledby="indicator">
          <h2 id="indicator">{words.indicatorAlone}</h2>
          <p>{fill(words.indicatorText, { cycle })}</p>
          <Downloads
            words={words}
            names={['xlsx', 'csv', 'json']}
            href={(format) => at(urls.exportIndicator(jid, cycle, format))}
          />
        </section>
      )}
      <section class="block" aria-labelledby="slips">
        <h2 id="slips">{words.slips}</h2>
        <p>{totals.why === 'slipsPublic' ? words.slipsPublic : words.slipsText}</p>
      </section>
      <Comments {...props} words={words} href={(format) => at(urls.exportComments(jid, cycle, format))} />
      {props.organs.length > 0 && (
        <section class="block" aria-labelledby="reports">
          <h2 id="reports">{words.reports}</h2>
          <p>{words.reportsText}</p>
          <p>
            <a href={at(urls.cycleReport(jid, cycle))}>{words.reportWhole}</a>
          </p>
          <details>
            <summary>{words.reportOrgan}</summary>
            <ul>
              {props.organs.map(({ code, name }) => (
                <li key={code}>
                  <a href={at(urls.organReport(jid, cycle, code))}>{name}</a>
                </li>
              ))}
            </ul>
          </details>
        </section>
      )}
    </OfficeShell>
  )
}

function Comments({
  comments,
  mayTakeComments,
  minimum,
  words,
  href,
}: ExportsPageProps & { words: OfficeExportMessages; href: (format: string) => string }) {
  return (
    <section class="block" aria-labelledby="comments">
      <h2 id="comments">{words.comments}</h2>
      <p>{fill(words.commentsText, { minimum })}</p>
      {!mayTakeComments ? (
        <p class="note">{words.commentsOnly}</p>
      ) : comments ? (
        <>
          <p>
            {words.rows} <b class="num">{grouped(comments)}</b>
          </p>
          <Downloads words={words} names={['xlsx', 'csv', 'json']} href={href} />
        </>
      ) : (
        <p class="note">{words.commentsNone}</p>
      )}
    </section>
  )
}

type FormatName = 'xlsx' | 'csv' | 'json' | 'spss' | 'r'

function Downloads({
  words,
  names,
  href,
}: {
  words: OfficeExportMessages
  names: readonly FormatName[]
  href: (format: FormatName) => string
}) {
  return (
    <>
      <h3>{words.formats}</h3>
      <ul>
        {names.map((format) => (
          <li key={format}>
            <a href={href(format)} download>
              {words[format]}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}
