import { ExportsPage, type ExportsPageProps, exportsTitle } from '../../client/pages/office/exports.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { readComments } from '../../db/exported-comments.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import { answerHtml } from '../answer-html.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { commentsTable } from '../export/comments.ts'
import type { PublishedDocuments } from '../export/documents.ts'
import { exportFiles, type Format, formats, packed, withCodebook } from '../export/formats.ts'
import type { ExportAbout, Table } from '../export/table.ts'
import { indicatorTable, totalTables } from '../export/totals.ts'
import { securityHeaders } from '../headers.ts'
import { indicatorLineage } from '../indicator-lineage.ts'
import { refuse } from '../problem.tsx'
import { documentsOf, publishedOf } from '../publications.ts'
import { defineRoute, type Exchange } from '../route.ts'
import { localized } from '../surveys.ts'
import type { World } from '../world.ts'
import { taking } from './export.ts'
import { shellOf } from './shell.ts'

/** What can be taken from a cycle as files. */
export const exportsPage = defineRoute({
  method: 'GET',
  path: patterns.exports,
  policy: { who: readers.export, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, locale, staff } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found?.planId) return refuse(exchange, 'not_found')
    const documents = await documentsOf(world, scope, found)
    const mayTakeComments = deciders.includes(staff.role)
    const comments = documents.ok && mayTakeComments ? await commentsOf(world, scope, found, documents.value) : null
    const props: ExportsPageProps = {
      shell: await shellOf(exchange, 'exports', found),
      totals: documents.ok
        ? {
            tables: totalTables(documents.value).map(({ title, rows }) => ({
              title: title[locale],
              rows: rows.length,
            })),
            why: null,
          }
        : { tables: null, why: whyNot[documents.error] ?? 'notFinished' },
      comments: comments?.rows.length ?? null,
      mayTakeComments,
      minimum: documents.ok ? documents.value.plan.disclosure.drillDown : 10,
      organs: documents.ok
        ? documents.value.cycle.organs.map(({ code, nameZh, nameEn }) => ({
            code,
            name: localized({ 'zh-CN': nameZh, en: nameEn }, locale),
          }))
        : [],
    }
    return answerHtml(exchange, { face: 'office', title: exportsTitle(props), body: <ExportsPage {...props} /> })
  },
})

const whyNot: Partial<Record<string, 'noSurvey' | 'slipsPublic'>> = {
  no_survey: 'noSurvey',
  evidence_unsupported: 'slipsPublic',
}

/** What is published, in one of the formats. */
export const exportTotals = defineRoute({
  method: 'GET',
  path: patterns.exportTotals,
  policy: { who: readers.export, ...taking },
  handler: (exchange) =>
    take(exchange, exchange.scope, 'totals', formats, async (_, documents) => totalTables(documents)),
})

/** The satisfaction indicator alone, for an office that reckons the rest elsewhere. */
export const exportIndicator = defineRoute({
  method: 'GET',
  path: patterns.exportIndicator,
  policy: { who: readers.export, ...taking },
  handler: (exchange) =>
    take(exchange, exchange.scope, 'indicator', ['xlsx', 'csv', 'json'], async (_, documents) => {
      const hashes = documents.results.organs.map(
        async (figures) =>
          [figures.organ, (await indicatorLineage(exchange.world, documents, figures)).sha256] as const,
      )
      return [indicatorTable(documents, new Map(await Promise.all(hashes)))]
    }),
})

/** What people wrote, for the office's administrators only. */
export const exportComments = defineRoute({
  method: 'GET',
  path: patterns.exportComments,
  policy: { who: deciders, ...taking },
  handler: (exchange) =>
    take(exchange, exchange.scope, 'comments', ['xlsx', 'csv', 'json'], async (found, documents) => {
      const { world, scope } = exchange
      return [await commentsOf(world, scope, found, documents)]
    }),
})

async function commentsOf(
  world: World,
  scope: Scope,
  found: FoundCycle,
  documents: PublishedDocuments,
): Promise<Table> {
  const counted = new Map(documents.surveys.map(({ sid, group }) => [sid, group]))
  const surveys = (await readDeskSurveys(world.db, scope, found.cycle.id)).filter(({ sid }) => counted.has(sid))
  const groups = new Map(surveys.map(({ id, sid }) => [id, counted.get(sid)!]))
  const comments = await readComments(world.db, scope, [...groups.keys()])
  return commentsTable(
    documents,
    comments.map(({ survey, organ, text }) => ({ organ, text, group: groups.get(survey)! })),
  )
}

type Taker = Exchange<typeof patterns.exportTotals, typeof readers.export>

/** Sends an export, and writes down first who takes it. */
async function take(
  exchange: Taker,
  scope: Scope,
  level: 'totals' | 'indicator' | 'comments',
  known: readonly Format[],
  tablesOf: (found: FoundCycle, documents: PublishedDocuments) => Promise<readonly Table[]>,
): Promise<Response> {
  const { world, params, locale, staff } = exchange
  const found = await findCycle(world.db, params.jid, params.cycle)
  const format = known.find((each) => each === params.format)
  if (!found?.planId || !format) return refuse(exchange, 'not_found')
  const documents = await documentsOf(world, scope, found)
  if (!documents.ok) return refuse(exchange, 'conflict')
  const { jurisdiction, cycle } = found
  const { planHash } = await world.standing(scope, cycle.id)
  const published = await publishedOf(world, found)
  const about: ExportAbout = {
    jurisdiction: { 'zh-CN': jurisdiction.nameZh, en: jurisdiction.nameEn },
    cycle: { 'zh-CN': cycle.titleZh, en: cycle.titleEn },
    planHash: hex(planHash),
    bundle: published && hex(published.shown.hash),
    takenBy: staff.name || staff.email,
    takenAt: momentText(world.now(), locale),
    number: exchange.req,
    demo: world.config.demo,
  }
  const headers = new Headers(securityHeaders('office', isHttps(world.config)))
  // Nobody has taken a file who has only asked whether there is one.
  if (exchange.request.method === 'HEAD') return new Response(null, { headers })
  const tables = withCodebook(await tablesOf(found, documents.value), about)
  const name = `gongping-${params.jid}-${params.cycle}-${level}${format === 'spss' || format === 'r' ? `-${format}` : ''}`
  const { file, type, bytes } = packed(await exportFiles(format, tables, locale), name)
  headers.set('Content-Type', type)
  headers.set('Content-Disposition', `attachment; filename="${file}"`)
  headers.set('Content-Length', String(bytes.length))
  await world.writer.transact({
    statements: [],
    audit: [
      {
        at: world.now(),
        actor: staff.id,
        role: staff.role,
        jurisdiction: scope.jurisdiction,
        action: `${level}.export`,
        object: `${params.jid}/${params.cycle}`,
        reason: `${format}, plan ${hex(planHash)}`,
        outcome: 'done',
        req: exchange.req,
      },
    ],
  })
  return new Response(bytes, { headers })
}
