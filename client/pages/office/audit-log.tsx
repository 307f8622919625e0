import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { peopleMessages } from '../../messages/people.ts'
import { Crumbs } from '../../parts/crumbs.tsx'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps, type StaffRole } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { withError } from './account.tsx'

export const auditQueryNames = ['who', 'what', 'object', 'q', 'outcome', 'from', 'to', 'before'] as const
/** What was asked for, as typed: days as yyyy-mm-dd. */
export type AuditQuery = Readonly<Record<(typeof auditQueryNames)[number], string>>

export type AuditLogPageProps = {
  shell: OfficeShellProps
  jid: string
  query: AuditQuery
  /** The field that holds no day. */
  wrong: 'from' | 'to' | null
  lines: readonly {
    number: number
    at: string
    who: string
    role: string
    action: string
    object: { text: string; name: string | null }
    outcome: 'done' | 'refused'
    reason: string
  }[]
  /** Where older rows begin; null when there are none. */
  older: string | null
  /** How many lines of the place hold, which line is the first that does not, and when that was computed. */
  chain: { rows: number; wrong: number | null; at: string }
  mayExport: boolean
}

export const auditLogTitle = ({ shell, wrong }: AuditLogPageProps): string =>
  withError(shell, peopleMessages(shell.locale).navAudit, wrong !== null)

/** What staff did, the newest first. */
export function AuditLogPage(props: AuditLogPageProps) {
  const { shell, jid, query, wrong, lines, older, chain, mayExport } = props
  const { locale } = shell
  const words = peopleMessages(locale)
  const office = officeMessages(locale)
  const isWhole = chain.wrong === null
  const said = wrong === null ? undefined : words.auditNoDay
  return (
    <OfficeShell shell={shell}>
      <Crumbs
        label={office.crumbsLabel}
        steps={[
          { text: office.navHome, href: carry(urls.office(), { locale }) },
          { text: words.navAudit, href: null },
        ]}
      />
      <ErrorSummary locale={locale} lines={said ? [{ href: `#${wrong}`, text: said }] : []} />
      <h1>{words.navAudit}</h1>
      <p class={isWhole ? 'note' : 'note warn'}>
        {isWhole
          ? fill(words.chainWhole, { n: grouped(chain.rows), time: chain.at })
          : fill(words.chainWrong, { n: grouped(chain.wrong ?? 0), time: chain.at })}
      </p>
      <Search {...props} said={said} />
      {mayExport && (
        <p>
          <a class="btn btn-2" href={carry(urls.auditCsv(jid, queryText({ ...query, before: '' })), { locale })}>
            {words.auditExport}
          </a>
        </p>
      )}
      {lines.length === 0 ? (
        <p class="note">{words.auditNone}</p>
      ) : (
        <Scroll label={words.navAudit}>
          <DataTable
            caption={words.navAudit}
            quietCaption
            columns={[
              { label: words.auditWhen },
              { label: words.auditWho },
              { label: words.auditWhat },
              { label: words.auditObject },
              { label: words.auditOutcome },
              { label: words.auditReason },
              { label: words.auditNumber, numeric: true },
            ]}
            rows={lines.map(({ number, at, who, role, action, object, outcome, reason }) => [
              at,
              role === 'system' ? (
                words.auditSystem
              ) : (
                <>
                  <bdi>{who}</bdi> <span class="tag">{roleName(office, role)}</span>
                </>
              ),
              <code key="a">{action}</code>,
              object.name === null ? <code key="o">{object.text}</code> : <bdi key="o">{object.name}</bdi>,
              words[`outcome_${outcome}`],
              <bdi key="r">{reason}</bdi>,
              number,
            ])}
          />
        </Scroll>
      )}
      {older !== null && (
        <p>
          <a href={carry(urls.auditLog(jid, queryText({ ...query, before: older })), { locale })}>{words.auditOlder}</a>
        </p>
      )}
    </OfficeShell>
  )
}

function roleName(office: ReturnType<typeof officeMessages>, role: string): string {
  return Object.hasOwn(office, role) ? office[role as StaffRole] : role
}

const queryText = (query: AuditQuery): string =>
  auditQueryNames
    .filter((name) => query[name] !== '')
    .map((name) => `${name}=${encodeURIComponent(query[name])}`)
    .join('&')

/** A plain GET, so that a search has an address. */
function Search({ shell, jid, query, wrong, said }: AuditLogPageProps & { said: string | undefined }) {
  const words = peopleMessages(shell.locale)
  return (
    <form class="card form" method="get" action={urls.auditLog(jid)}>
      <input type="hidden" name={fields.locale} value={shell.locale} />
      <div class="fields">
        <Field name="q" label={words.auditSearch} input={{ type: 'search', value: query.q }} />
        <Field name="who" label={words.auditWho} input={{ value: query.who }} />
        <Field name="what" label={words.auditWhat} input={{ value: query.what, spellcheck: false }} />
        <Field name="object" label={words.auditObject} input={{ value: query.object, spellcheck: false }} />
        <Field
          name="from"
          label={words.auditFrom}
          problem={wrong === 'from' ? said : undefined}
          input={{ type: 'date', value: query.from }}
        />
        <Field
          name="to"
          label={words.auditTo}
          problem={wrong === 'to' ? said : undefined}
          input={{ type: 'date', value: query.to }}
        />
        <Select
          name="outcome"
          label={words.auditOutcome}
          options={[
            { value: '', text: words.auditAll },
            { value: 'done', text: words.outcome_done },
            { value: 'refused', text: words.outcome_refused },
          ]}
          value={query.outcome}
        />
      </div>
      <button type="submit" class="btn">
        {words.auditFind}
      </button>
    </form>
  )
}
