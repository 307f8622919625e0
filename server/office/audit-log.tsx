import { peopleMessages } from '../../client/messages/people.ts'
import {
  AuditLogPage,
  type AuditLogPageProps,
  type AuditQuery,
  auditLogTitle,
  auditQueryNames,
} from '../../client/pages/office/audit-log.tsx'
import { auditors, readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { readStaffNames } from '../../db/accounts.ts'
import { type AuditVerdict, actBy, verifyAudit } from '../../db/audit.ts'
import { type AuditFilter, type AuditLine, countOwn, searchAudit } from '../../db/audit-view.ts'
import { findJurisdiction } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { answerHtml } from '../answer-html.ts'
import { momentText, startOf } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { csv } from '../csv.ts'
import { systemScope } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import type { World } from '../world.ts'
import { peopleShell } from './people.tsx'

const perPage = 50
/** Most lines of a file; whoever needs more takes it by dates. */
const perFile = 100_000
const dayMs = 86_400_000

/** What staff did here: who, what, to which object, why and when, and whether the record is whole. */
export const auditLogPage = defineRoute({
  method: 'GET',
  path: patterns.auditLog,
  policy: { who: readers.people, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url, staff } = exchange
    if (!(await findJurisdiction(world.db, params.jid))) return refuse(exchange, 'not_found')
    const query = readQuery(url.searchParams)
    const { filter, wrong } = filterOf(query)
    const before = /^\d{1,15}$/.test(query.before) ? Number(query.before) : null
    const [rows, verdict] = await Promise.all([
      wrong ? [] : searchAudit(world.db, scope, filter, { before, limit: perPage + 1 }),
      chainVerdict(world),
    ])
    const whole = await countOwn(world.db, scope, verdict.rows)
    const shown = rows.slice(0, perPage)
    const nameOf = await objectNames(world, scope, shown)
    const props: AuditLogPageProps = {
      shell: await peopleShell(exchange, scope, 'audit'),
      jid: params.jid,
      query,
      wrong,
      lines: shown.map(({ at, object, ...line }) => ({
        ...line,
        at: momentText(at, locale),
        object: nameOf(object),
      })),
      older: rows.length > perPage ? String(shown.at(-1)!.number) : null,
      chain: { rows: whole, wrong: verdict.wrong === null ? null : whole + 1, at: momentText(verdict.at, locale) },
      mayExport: auditors.includes(staff.role),
    }
    const status = wrong ? 422 : 200
    return answerHtml(exchange, {
      face: 'office',
      title: auditLogTitle(props),
      body: <AuditLogPage {...props} />,
      status,
    })
  },
})

/** The same rows as a file, for the auditor; each time one is taken is in the audit. */
export const auditCsv = defineRoute({
  method: 'GET',
  path: patterns.auditCsv,
  policy: { who: auditors, scope: 'jurisdiction', fresh: true, csrf: 'none', limit: 'export', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, url, req } = exchange
    const { filter, wrong } = filterOf(readQuery(url.searchParams))
    if (wrong) return refuse(exchange, 'bad_request')
    const headers = new Headers(securityHeaders('office', isHttps(world.config)))
    headers.set('Content-Type', 'text/csv; charset=utf-8')
    headers.set('Content-Disposition', `attachment; filename="gongping-${params.jid}-audit.csv"`)
    // Nobody has taken a file who has only asked whether there is one.
    if (exchange.request.method === 'HEAD') return new Response(null, { headers })
    const rows = await searchAudit(world.db, scope, filter, { before: null, limit: perFile + 1 })
    if (rows.length > perFile) return refuse(exchange, 'too_large')
    const act = actBy(
      scope,
      { now: world.now(), req },
      { action: 'audit.export', object: `jurisdiction/${params.jid}` },
    )
    await world.writer.transact({ statements: [], audit: [act] })
    const words = peopleMessages(locale)
    const header = [
      words.auditNumber,
      words.auditWhen,
      words.auditWho,
      words.auditRole,
      words.auditWhat,
      words.auditObject,
      words.auditOutcome,
      words.auditReason,
      words.auditRequest,
      words.auditTaken,
    ]
    const cells = rows.map(({ number, at, who, role, action, object, outcome, reason, req: of }) => [
      number,
      new Date(at).toISOString(),
      ...[who, role, action, object, words[`outcome_${outcome}`], reason, of, req],
    ])
    return new Response(csv(header, cells), { headers })
  },
})

function readQuery(given: URLSearchParams): AuditQuery {
  const values = auditQueryNames.map((name) => [name, (given.get(name) ?? '').trim().slice(0, 200)] as const)
  return Object.fromEntries(values) as AuditQuery
}

/** What a query asks for; `wrong` names the first day that is none. Both days are meant with all their hours. */
function filterOf({ who, what, object, q, outcome, from, to }: AuditQuery): {
  filter: AuditFilter
  wrong: 'from' | 'to' | null
} {
  const [first, last] = [dayOrNull(from), dayOrNull(to)]
  const filter: AuditFilter = {
    who,
    action: what,
    object,
    text: q,
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : '',
    from: first ?? null,
    to: last ? last + dayMs : null,
  }
  return { filter, wrong: first === undefined ? 'from' : last === undefined ? 'to' : null }
}

/** First moment of yyyy-mm-dd; null for nothing, undefined for what is no day. */
function dayOrNull(typed: string): number | null | undefined {
  if (typed === '') return null
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed)
  if (!day || Number.isNaN(Date.parse(`${typed}T00:00:00Z`))) return undefined
  return startOf(Number(day[1]) * 10_000 + Number(day[2]) * 100 + Number(day[3]))
}

/** An object that is a person is called by their name as well. */
async function objectNames({ db }: World, scope: Scope, lines: readonly AuditLine[]) {
  const idOf = (object: string) => /^user\/(.+)$/.exec(object)?.[1] ?? ''
  const ids = [...new Set(lines.map(({ object }) => idOf(object)).filter((id) => id !== ''))]
  const names = await readStaffNames(db, scope, ids)
  return (object: string) => ({ text: object, name: names.get(idOf(object)) ?? null })
}

interface Checked extends AuditVerdict {
  readonly at: number
}

const checked = new WeakMap<World, Promise<Checked>>()
const checkedForMs = 10 * 60_000

// To check the chain is to read all of it: one check serves everybody who looks within ten minutes, and says when it was.
async function chainVerdict(world: World): Promise<Checked> {
  const known = await checked.get(world)?.catch(() => null)
  if (known && Math.abs(world.now() - known.at) < checkedForMs) return known
  const check = verifyAudit(world.db, systemScope(0), (bytes) => world.crypto.sha256(bytes)).then((verdict) => ({
    ...verdict,
    at: world.now(),
  }))
  checked.set(world, check)
  return check
}
