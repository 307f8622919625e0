import type { Severity } from '../../../surveys/review.ts'
import { fill } from '../../messages/fill.ts'
import { reviewMessages } from '../../messages/reviews.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'

/** What a lead department has done under one indicator. */
export type ReviewCounts = {
  indicator: string
  number: string
  title: string
  lead: string
  /** Organs that somebody has to score, and those that nobody has. */
  organs: number
  missing: number
  draft: number
  submitted: number
  confirmed: number
}

export type ReviewsPageProps = {
  shell: OfficeShellProps
  rows: readonly ReviewCounts[]
  /** Whether the reader scores for a department: then these are its indicators. */
  isReviewer: boolean
  /** Why nobody scores now. */
  lock: 'notYet' | 'over' | null
  /** Organs whose own scores prevail and do not count yet. */
  adoptable: number
  isAdopted: boolean
  /** By department and person; empty for those who score. */
  severity: readonly (Severity & { lead: string; scorer: string })[]
}

/** The indicators that somebody scores: of one's own department, or all of them for those who watch over it. */
export function ReviewsPage({ shell, rows, isReviewer, lock, adoptable, isAdopted, severity }: ReviewsPageProps) {
  const { locale } = shell
  const words = reviewMessages(locale)
  const { jid = '', cycle = '', cycleTitle = '' } = shell.place ?? {}
  const title = fill(words.title, { cycle: cycleTitle })
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{title}</h1>
      <p class="lead">{isReviewer ? words.leadReviewer : words.leadOffice}</p>
      {isAdopted && (
        <p class="note" role="status">
          {words.done_adopted}
        </p>
      )}
      {lock && <p class="note warn">{words[lock]}</p>}
      {rows.length === 0 ? (
        <p class="note">{words.noOwn}</p>
      ) : (
        <div class="block">
          <Scroll label={title}>
            <DataTable
              caption={title}
              quietCaption
              columns={[
                { label: words.indicator },
                { label: words.lead },
                ...[words.organs, words.missing, words.drafts, words.submittedCount, words.confirmedCount].map(
                  (label) => ({
                    label,
                    numeric: true,
                  }),
                ),
              ]}
              rows={rows.map(
                ({ indicator, number, title: name, lead, organs, missing, draft, submitted, confirmed }) => [
                  <a key="a" href={carry(urls.review(jid, cycle, indicator), { locale })}>
                    <bdi>{`${number} ${name}`}</bdi>
                  </a>,
                  <bdi key="l">{lead}</bdi>,
                  ...[organs, missing, draft, submitted, confirmed],
                ],
              )}
            />
          </Scroll>
        </div>
      )}
      {adoptable > 0 && (
        <form class="block" method="post" action={carry(urls.reviews(jid, cycle), { locale })} novalidate>
          <h2>{words.adoptTitle}</h2>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <p>{fill(words.adoptText, { n: adoptable })}</p>
          <button type="submit" class="btn" name="do" value="adopt">
            {words.adopt}
          </button>
        </form>
      )}
      {severity.length > 0 && (
        <section class="block">
          <h2>{words.severity}</h2>
          <p>{words.severityText}</p>
          <Scroll label={words.severity}>
            <DataTable
              caption={words.severity}
              quietCaption
              columns={[
                { label: words.lead },
                { label: words.scorer },
                ...[words.scored, words.deducted, words.meanDeduction, words.spread].map((label) => ({
                  label,
                  numeric: true,
                })),
                { label: words.never },
              ]}
              rows={severity.map(({ lead, scorer, scored, deducted, mean, spread }) => [
                <bdi key="l">{lead}</bdi>,
                <bdi key="s">{scorer || words.nobody}</bdi>,
                ...[scored, deducted, mean, spread ?? ''],
                deducted === 0 ? words.yes : '',
              ])}
            />
          </Scroll>
        </section>
      )}
    </OfficeShell>
  )
}
