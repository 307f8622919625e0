import { groupIds } from '../../../surveys/indicator.ts'
import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { mayExport } from '../../parts/office-shell.tsx'
import { isCollecting } from '../../parts/withheld.tsx'
import { carry, urls } from '../../urls.ts'
import type { DashboardPageProps } from './dashboard.tsx'
import { OrgansChartFigure } from './dashboard-chart.tsx'
import { hasBegun } from './dashboard-participation.tsx'
import { RanksSection } from './dashboard-ranks.tsx'
import { columnsOf, OrgansTable } from './dashboard-table.tsx'
import { arrangeOrgans, type OrganView, organViewHref } from './organ-rows.ts'

type SectionProps = DashboardPageProps & { words: OfficeMessages }

/** How every organ stands, and what may be concluded from their order. */
export function OrgansSection(props: SectionProps) {
  return (
    <>
      <ScoresSection {...props} />
      {props.ranks && <RanksSection {...props} ranks={props.ranks} />}
    </>
  )
}

/** A table with filters in the address, then the same numbers as a chart. */
function ScoresSection(props: SectionProps) {
  const { organs, view, parts, shell, participation, words } = props
  const names = resultsMessages(shell.locale)
  const path = urls.dashboard(shell.place?.jid ?? '', shell.place?.cycle ?? '')
  const rows = arrangeOrgans(organs, view, parts, shell.locale)
  const collecting = groupIds.filter(
    (group) => organs.length > 0 && organs.every((organ) => isCollecting(organ.groups[group].result)),
  )
  const columns = columnsOf(props, names, collecting)
  // Before the first survey opens nothing is being collected.
  const underWay = participation.some(hasBegun) ? collecting : []
  const hasChart = columns.some(({ kind }) => kind === 'satisfaction' || kind === 'overall')
  return (
    <section class="block" id="organs" aria-labelledby="organs-title">
      <div class="head">
        <h2 id="organs-title">{words.organsHeading}</h2>
        {columns.length > 1 && (
          <p class="links noprint">
            {hasChart && rows.length > 0 && <a href="#organ-chart">{words.organChartHeading}</a>}
            {props.ranks && <a href="#ranks">{words.ranksHeading}</a>}
            {mayExport(shell) && (
              <a
                href={carry(urls.scoresCsv(shell.place?.jid ?? '', shell.place?.cycle ?? ''), { locale: shell.locale })}
              >
                {words.csv}
              </a>
            )}
          </p>
        )}
      </div>
      {underWay.length > 0 && (
        <p class="note">
          {fill(words.organsCollecting, { groups: underWay.map((group) => names[group]).join(names.listSeparator) })}
        </p>
      )}
      {columns.length === 1 && underWay.length === 0 && <p class="note">{words.organsNone}</p>}
      {columns.length > 1 && (
        <>
          <Filters {...props} path={path} />
          {rows.length === 0 ? (
            <p class="note">
              {words.noMatch}{' '}
              <a href={organViewHref(path, { ...view, organClass: '', search: '' }, shell.locale)}>
                {words.clearFilter}
              </a>
            </p>
          ) : (
            <>
              <OrgansTable {...props} names={names} path={path} rows={rows} columns={columns} />
              {hasChart && <OrgansChartFigure {...props} path={path} />}
            </>
          )}
        </>
      )}
    </section>
  )
}

function Filters({ view, classes, words, shell, path }: SectionProps & { path: string }) {
  const all = [{ id: '', title: resultsMessages(shell.locale).allClasses }, ...classes]
  return (
    <div class="filters noprint">
      <nav class="chips" aria-label={words.filterClass}>
        {all.map(({ id, title }) => (
          <a
            key={id}
            href={organViewHref(path, { ...view, organClass: id }, shell.locale)}
            aria-current={view.organClass === id ? 'true' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <search>
        <form class="search" method="get" action={`${path}#organs`}>
          <Kept view={view} locale={shell.locale} />
          <label class="vh" for="q">
            {words.search}
          </label>
          <input
            id="q"
            name="q"
            type="search"
            value={view.search}
            placeholder={words.searchHint}
            maxlength={60}
            data-filter="organ-rows"
          />
          <button type="submit" class="quiet">
            {words.searchButton}
          </button>
          <span class="hint" role="status" data-count={words.shownCount} />
        </form>
      </search>
    </div>
  )
}

/** The rest of the view travels with the search. */
function Kept({ view, locale }: { view: OrganView; locale: string }) {
  const rest = { sort: view.sort, dir: view.direction, class: view.organClass, chart: view.chart, lang: locale }
  return (
    <>
      {Object.entries(rest)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
    </>
  )
}
