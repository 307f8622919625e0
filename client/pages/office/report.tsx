import type { ComponentChildren } from 'preact'
import { fill } from '../../messages/fill.ts'
import { type OfficeExportMessages, officeExportMessages } from '../../messages/office-export.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { AxisScale, axisOf, type Interval, IntervalMark, intervalText, stepsClass } from '../../parts/interval.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** A published figure, or why there is none. */
export type Figure =
  | { score: string; interval: Interval | null; standardError: string | null; why: null }
  | { score: null; why: string }

/** One line of a table with intervals. */
export type FigureLine = {
  name: string
  /** null where it is put together from several groups. */
  n: number | null
  figure: Figure
  /** Overall score with its grade, and place or tier; null in a table of groups. */
  order: { overall: string; place: string } | null
}

export type QuestionTable = { group: string; rows: readonly { title: string; n: number | null; mean: string | null }[] }

export type ReportPageProps = {
  shell: OfficeShellProps
  title: string
  /** '95'. */
  percent: string
  /** null while nothing can be printed. */
  lines: readonly FigureLine[] | null
  /** Of one organ: means of each group's questions, and what the overall score consists of. */
  questions: readonly QuestionTable[]
  parts: readonly { title: string; score: string | null; contribution: string | null; level: number }[]
  /** Cycle, plan, time, person, number: on every sheet. */
  foot: string
}

/** Results to print on A4, of all organs or of one; it needs no script, and each sheet says what it was printed from. */
export function ReportPage({ shell, title, percent, lines, questions, parts, foot }: ReportPageProps) {
  const words = officeExportMessages(shell.locale)
  const { report } = words
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={title} />
      <div class="block report">
        <div class="report-body">
          <h1>{title}</h1>
          {lines === null ? (
            <p class="note">{report.unfinished}</p>
          ) : (
            <>
              <p>{fill(report.lead, { percent })}</p>
              <p class="hint noprint">{report.printHint}</p>
              <Figures shell={shell} words={words} lines={lines} percent={percent} />
              {questions.length > 0 && (
                <section>
                  <h2>{report.questions}</h2>
                  {questions.map(({ group, rows }) => (
                    <DataTable
                      key={group}
                      caption={group}
                      columns={[
                        { label: report.question },
                        { label: report.n, numeric: true },
                        { label: words.columns.mean, numeric: true },
                      ]}
                      rows={rows.map(({ title: question, n, mean }) => [question, n, mean])}
                    />
                  ))}
                  <p class="hint">{report.questionsNote}</p>
                </section>
              )}
              {parts.length > 0 && (
                <section>
                  <h2>{report.parts}</h2>
                  <DataTable
                    caption={report.parts}
                    quietCaption
                    columns={[
                      { label: report.part },
                      { label: report.score, numeric: true },
                      { label: report.contribution, numeric: true },
                    ]}
                    rows={parts.map((part) => [
                      `${'　'.repeat(part.level)}${part.title}`,
                      part.score,
                      part.contribution,
                    ])}
                  />
                </section>
              )}
            </>
          )}
        </div>
        <p class="report-foot">{foot}</p>
      </div>
    </OfficeShell>
  )
}

function Figures({
  shell,
  words,
  lines,
  percent,
}: Pick<ReportPageProps, 'shell' | 'percent'> & { words: OfficeExportMessages; lines: readonly FigureLine[] }) {
  const { report } = words
  const results = resultsMessages(shell.locale)
  const isWhole = lines.some(({ order }) => order !== null)
  const axis = axisOf(
    lines.flatMap(({ figure }) =>
      figure.why === null ? [{ score: { status: 'ok' as const, score: figure.score }, interval: figure.interval }] : [],
    ),
  )
  const caption = isWhole ? report.all : report.groups
  const cells = ({ n, figure, order }: FigureLine): ComponentChildren[] => [
    ...(isWhole ? [] : [n]),
    ...(figure.why === null
      ? [
          <b key="score">{figure.score}</b>,
          figure.standardError,
          figure.interval && intervalText(results, figure.interval),
          <IntervalMark key="mark" score={figure.score} interval={figure.interval} axis={axis} />,
        ]
      : [<span key="why">{fill(report.withheldShort, { why: figure.why })}</span>]),
    ...(order ? [order.overall, order.place] : []),
  ]
  // A reason takes the place of score, error, interval and mark.
  const spanOf = ({ figure }: FigureLine, at: number) =>
    figure.why !== null && at === (isWhole ? 0 : 1) ? 4 : undefined
  return (
    <section>
      <h2>{caption}</h2>
      <Scroll label={caption}>
        <table class={`data ${stepsClass(axis)}`}>
          <caption class="vh">{caption}</caption>
          <thead>
            <tr>
              <th scope="col">{isWhole ? report.organ : report.group}</th>
              {!isWhole && (
                <th scope="col" class="n">
                  {report.n}
                </th>
              )}
              <th scope="col" class="n">
                {isWhole ? report.satisfaction : report.score}
              </th>
              <th scope="col" class="n">
                {report.standardError}
              </th>
              <th scope="col">{fill(report.interval, { percent })}</th>
              <th scope="col" class="v">
                <AxisScale axis={axis} />
              </th>
              {isWhole && (
                <>
                  <th scope="col">{report.overall}</th>
                  <th scope="col">{report.place}</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row">{line.name}</th>
                {cells(line).map((cell, at) => (
                  <td key={at} colSpan={spanOf(line, at)} class={classOf(line, at - (isWhole ? 0 : 1))}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  )
}

/** Numbers stand right, the mark in its own column. */
function classOf({ figure }: FigureLine, at: number): string | undefined {
  if (at === -1) return 'n'
  if (figure.why !== null) return undefined
  return ['n', 'n', undefined, 'v'][at]
}
