import { fill } from '../../messages/fill.ts'
import { placesMessages } from '../../messages/places.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { Select } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { OfficeCrumbs } from './office-crumbs.tsx'

export type ReportLine = {
  state: 'none' | 'draft' | 'submitted' | 'returned' | 'accepted'
  /** When it was first handed in; null before. */
  submitted: { text: string; isLate: boolean } | null
  isOverdue: boolean
}

export type PlacesPageProps = {
  shell: OfficeShellProps
  jid: string
  name: string
  above: { jid: string; name: string } | null
  /** The newest first; `due` is null while the place above has no plan of that year. */
  own: readonly {
    cycle: string
    title: string
    due: string | null
    report: ReportLine
    /** '江州省 2026'; null for a plan of one's own. */
    origin: { place: string; year: string } | null
  }[]
  /** Titles of years whose plan may be taken. */
  offered: readonly string[]
  /** Places below, in the year that is shown. */
  below: {
    year: string
    years: readonly string[]
    due: string
    places: readonly {
      jid: string
      name: string
      /** Whether results of the year are published. */
      isPublished: boolean
      report: ReportLine
    }[]
  } | null
}

export const placesTitle = ({ shell, name }: Pick<PlacesPageProps, 'shell' | 'name'>): string =>
  fill(placesMessages(shell.locale).title, { place: name })

/** Who stands above and below, what goes up to them and what comes down. */
export function PlacesPage(props: PlacesPageProps) {
  const { shell, above, below } = props
  const { locale } = shell
  const words = placesMessages(locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{placesTitle(props)}</h1>
      <p class="lead">{words.intro}</p>
      <section class="block">
        <h2>{words.aboveHeading}</h2>
        {above ? (
          <p>
            <a href={carry(urls.place(above.jid), { locale })}>
              <bdi>{above.name}</bdi>
            </a>
          </p>
        ) : (
          <p class="note">{words.aboveNone}</p>
        )}
      </section>
      <OwnReports {...props} />
      {above && <Offered {...props} />}
      {below ? <Below {...props} below={below} /> : <p class="note">{words.belowNone}</p>}
    </OfficeShell>
  )
}

function OwnReports({ shell, jid, above, own }: PlacesPageProps) {
  const { locale } = shell
  const words = placesMessages(locale)
  return (
    <section class="block">
      <h2>{words.ownReports}</h2>
      {own.length === 0 ? (
        <p class="note">{words.ownNone}</p>
      ) : (
        <Scroll label={words.ownReports}>
          <DataTable
            caption={words.ownReports}
            quietCaption
            columns={[
              { label: words.year },
              ...(above ? [{ label: words.due }] : []),
              { label: words.state },
              { label: words.origin },
            ]}
            rows={own.map(({ cycle, title, due, report, origin }) => [
              <a key="r" href={carry(urls.summary(jid, cycle), { locale })}>
                <bdi>{title}</bdi>
              </a>,
              ...(above ? [due ?? words.dueNone] : []),
              <State key="s" report={report} locale={locale} />,
              <a key="o" href={carry(urls.planOrigin(jid, cycle), { locale })}>
                {origin ? fill(words.originOf, origin) : words.originNone}
              </a>,
            ])}
          />
        </Scroll>
      )}
    </section>
  )
}

function State({ report, locale }: { report: ReportLine; locale: OfficeShellProps['locale'] }) {
  const words = placesMessages(locale)
  const { state, submitted, isOverdue } = report
  return (
    <>
      {isOverdue ? words.overdue : words[`state_${state}`]} {submitted?.isLate && <span class="tag">{words.late}</span>}
    </>
  )
}

function Offered({ shell, jid, offered }: PlacesPageProps) {
  const words = placesMessages(shell.locale)
  return (
    <section class="block">
      <h2>{words.offeredHeading}</h2>
      {offered.length === 0 ? (
        <p class="note">{words.offeredNone}</p>
      ) : (
        <>
          <ul>
            {offered.map((title) => (
              <li key={title}>
                <bdi>{title}</bdi>
              </li>
            ))}
          </ul>
          <p>
            {words.offeredText} <a href={carry(urls.cycles(jid), { locale: shell.locale })}>{words.toCycles}</a>
          </p>
        </>
      )}
    </section>
  )
}

function Below({ shell, jid, below }: PlacesPageProps & { below: NonNullable<PlacesPageProps['below']> }) {
  const { locale } = shell
  const words = placesMessages(locale)
  const { year, years, due, places } = below
  const heading = fill(words.belowHeading, { year })
  const count = (is: (place: (typeof places)[number]) => boolean) => grouped(places.filter(is).length)
  return (
    <section class="block">
      <h2>{heading}</h2>
      {years.length > 1 && (
        <form class="filters" method="get" action={urls.placesBelow(jid)}>
          <input type="hidden" name={fields.locale} value={locale} />
          <Select
            name="year"
            label={words.chooseYear}
            options={years.map((each) => ({ value: each, text: each }))}
            value={year}
          />
          <button type="submit" class="btn btn-2">
            {words.show}
          </button>
        </form>
      )}
      <p>
        {fill(words.belowCounts, {
          all: grouped(places.length),
          submitted: count(({ report }) => report.submitted !== null),
          late: count(({ report }) => report.submitted?.isLate === true),
          missing: count(({ report }) => report.submitted === null),
          due,
        })}
      </p>
      <Scroll label={heading}>
        <DataTable
          caption={heading}
          quietCaption
          columns={[
            { label: words.place },
            { label: words.results },
            { label: words.state },
            { label: words.submittedOn },
            { label: words.report },
          ]}
          rows={places.map(({ jid: code, name, isPublished, report }) => [
            <bdi key="n">{name}</bdi>,
            isPublished ? (
              <a key="p" href={carry(urls.results(code, year), { locale })}>
                {words.show}
              </a>
            ) : (
              words.resultsNone
            ),
            <State key="s" report={report} locale={locale} />,
            report.submitted?.text ?? words.reportNone,
            report.submitted ? (
              <a key="r" href={carry(urls.reportBelow(jid, code, year), { locale })}>
                {words.read}
              </a>
            ) : (
              words.reportNone
            ),
          ])}
        />
      </Scroll>
    </section>
  )
}
