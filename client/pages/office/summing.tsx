import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { boxMessages } from '../../messages/office-box.ts'
import { type SummingMessages, summingMessages } from '../../messages/summing.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Grade, type GradeDefinition } from '../../parts/grade.tsx'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'
import { AdvancedSection, LockSection, type SumDecisions, WaitingSection } from './summing-decisions.tsx'
import { type MeasureDecisions, MeasuresSection } from './summing-measures.tsx'
import type { FilesProblem } from './survey.tsx'

/** What one organ still lacks; an indicator with how far its score is, or a group with why it has none. */
export type MissingOrgan = {
  organ: string
  items: readonly (
    | { kind: 'indicator'; title: string; state: 'none' | 'draft' | 'submitted' | 'own' }
    | { kind: 'group'; title: string; why: string }
  )[]
}

/** An organ in the preview; scores as printed, null where there is none. */
export type SummedOrgan = {
  code: string
  name: string
  total: string | null
  grade: string | null
  parts: readonly (string | null)[]
  /** Of the year before, with the difference; null where nothing can be compared. */
  last: { score: string; change: string } | null
}

export type SumProblem =
  | 'reason'
  | 'unscored'
  | 'undecided'
  | 'not_near'
  | 'taken'
  | 'same'
  | 'conflict'
  | 'changed'
  | 'decided'
  | 'same_person'
  | 'not_open'
  | 'not_undecided'
  | 'count'
  | FilesProblem

export type SummingPageProps = SumDecisions &
  MeasureDecisions & {
    shell: OfficeShellProps
    missing: readonly MissingOrgan[]
    /** Why there are no figures yet; null where there are. */
    notNow: FilesProblem | null
    organs: readonly SummedOrgan[]
    /** Titles of the parts on the first level. */
    parts: readonly string[]
    grades: readonly GradeDefinition[]
    /** The cycle published before, and whether its scores can be compared; null without one. */
    lastYear: { title: string; comparable: 'yes' | 'tree' | 'questions' } | null
    /** The preview that was kept last, with what has changed since; null where none was kept. */
    kept: {
      time: string
      name: string
      changes: readonly { organ: string; item: string; before: string | null; after: string | null }[]
    } | null
    done: 'kept' | 'proposed' | 'agreed' | 'returned' | 'withdrawn' | null
    /** `form`: `lock`, `advanced`, `measure-` with the code of an organ, or the id of a request. */
    problem: { kind: SumProblem; form: string; reason: string; chosen: readonly string[] } | null
  }

export function summingTitle({ shell, problem }: Pick<SummingPageProps, 'shell' | 'problem'>): string {
  const title = fill(summingMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** From all confirmed scores to a locked result: what is missing, what would come out, and what two persons decide. */
export function SummingPage(props: SummingPageProps) {
  const { shell, problem, done, notNow } = props
  const { locale } = shell
  const words = summingMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      {problem && (
        <ErrorSummary
          locale={locale}
          lines={[
            {
              href: problemHref(problem),
              text: problemText(problem.kind, props),
            },
          ]}
        />
      )}
      <h1>{fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.lead}</p>
      <WaitingSection {...props} />
      <MeasuresSection {...props} />
      <LockSection {...props} />
      <AdvancedSection {...props} />
      <Missing {...props} words={words} />
      {notNow ? (
        <p class="note warn">{fill(words.notNow, { why: boxMessages(locale)[`files_${notNow}`] })}</p>
      ) : (
        <Preview {...props} words={words} />
      )}
    </OfficeShell>
  )
}

function problemHref({ kind, form }: NonNullable<SummingPageProps['problem']>): string {
  if (kind === 'reason') return `#reason-${form}`
  return kind === 'taken' ? `#taken-${form}` : '#main'
}

export function problemText(kind: SumProblem, { shell, advanced }: SummingPageProps): string {
  const words = summingMessages(shell.locale)
  switch (kind) {
    case 'reason':
      return fill(words.problem_reason, reasonLength)
    case 'count':
      return fill(words.problem_count, { places: advanced?.places ?? 0 })
    case 'unscored':
    case 'undecided':
    case 'not_near':
    case 'taken':
    case 'same':
    case 'conflict':
    case 'changed':
    case 'decided':
    case 'same_person':
    case 'not_open':
    case 'not_undecided':
      return words[`problem_${kind}`]
    default:
      return fill(words.problem_files, { why: boxMessages(shell.locale)[`files_${kind}`] })
  }
}

type PartProps = SummingPageProps & { words: SummingMessages }

function Missing({ missing, shell, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" aria-labelledby="missing">
      <h2 id="missing">{words.missingHeading}</h2>
      {missing.length === 0 ? (
        <p class="note">{words.missingNone}</p>
      ) : (
        <>
          <p>
            <a href={carry(urls.reviews(jid, cycle), { locale: shell.locale })}>{words.toReviews}</a>
          </p>
          <details open={missing.length <= 10}>
            <summary>{fill(words.missingCount, { n: missing.length })}</summary>
            <div class="inside">
              {missing.map(({ organ, items }) => (
                <details key={organ}>
                  <summary>
                    <bdi>{fill(words.missingLine, { organ, n: items.length })}</bdi>
                  </summary>
                  <ul>
                    {items.map((item) => (
                      <li key={item.title}>
                        <bdi>
                          {item.kind === 'group'
                            ? fill(words.missingGroup, { group: item.title, why: item.why })
                            : fill(words.missingItem, { title: item.title, state: words[`state_${item.state}`] })}
                        </bdi>
                      </li>
                    ))}
                  </ul>
                </details>
              ))}
            </div>
          </details>
        </>
      )}
    </section>
  )
}

function Preview(props: PartProps) {
  const { shell, organs, parts, grades, lastYear, words } = props
  const { locale } = shell
  const { jid = '', cycle = '' } = shell.place ?? {}
  const isCompared = lastYear?.comparable === 'yes'
  const number = (label: string) => ({ label, numeric: true })
  return (
    <section class="block" aria-labelledby="preview">
      <h2 id="preview">{words.previewHeading}</h2>
      <p class="hint">{yearText(lastYear, words)}</p>
      <Scroll label={words.previewHeading}>
        <DataTable
          caption={words.previewCaption}
          quietCaption
          columns={[
            { label: words.organ },
            number(words.total),
            { label: words.grade },
            ...parts.map(number),
            ...(isCompared ? [number(lastYear.title), number(words.change)] : []),
          ]}
          rows={organs.map(({ code, name, total, grade, parts: scores, last }) => [
            <bdi key="n">{name}</bdi>,
            total === null ? (
              words.noTotal
            ) : (
              <a
                key="t"
                href={carry(urls.lineage(jid, cycle, code), { locale })}
                aria-label={`${total}: ${fill(words.whyLink, { organ: name })}`}
              >
                {total}
              </a>
            ),
            grade === null ? '' : <Grade key="g" grades={grades} id={grade} />,
            ...scores.map((score) => score ?? words.nothing),
            ...(isCompared ? [last?.score ?? words.noLast, last?.change ?? ''] : []),
          ])}
        />
      </Scroll>
      <Kept {...props} />
    </section>
  )
}

function yearText(lastYear: SummingPageProps['lastYear'], words: SummingMessages): string {
  if (lastYear === null) return words.yearNone
  const named = { cycle: lastYear.title }
  if (lastYear.comparable === 'yes') return fill(words.yearNote, named)
  return fill(lastYear.comparable === 'tree' ? words.yearTree : words.yearQuestions, named)
}

function Kept({ shell, kept, words }: PartProps) {
  const { locale } = shell
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <>
      {kept && (
        <>
          <h3>{words.changesHeading}</h3>
          <p class="hint">
            <bdi>{fill(words.keptAt, { time: kept.time, name: kept.name })}</bdi>
          </p>
          {kept.changes.length === 0 ? (
            <p class="note">{words.changesNone}</p>
          ) : (
            <Scroll label={words.changesHeading}>
              <DataTable
                caption={words.changesHeading}
                quietCaption
                columns={[
                  { label: words.organ },
                  { label: words.item },
                  { label: words.before, numeric: true },
                  { label: words.after, numeric: true },
                ]}
                rows={kept.changes.map(({ organ, item, before, after }) => [
                  <bdi key="o">{organ}</bdi>,
                  <bdi key="i">{item || words.total}</bdi>,
                  before ?? words.nothing,
                  after ?? words.nothing,
                ])}
              />
            </Scroll>
          )}
        </>
      )}
      {mayDecide(shell) && (
        <form class="form" method="post" action={carry(urls.summingAct(jid, cycle), { locale })} novalidate>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <p class="hint">{words.keepText}</p>
          <button type="submit" class="btn btn-2" name="do" value="keep">
            {words.keep}
          </button>
        </form>
      )}
    </>
  )
}
