import { SelfPrintPage, type SelfPrintPageProps, selfPrintTitle } from '../../client/pages/office/self-print.tsx'
import { selfReaders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import type { Scope } from '../../db/scope.ts'
import { hex } from '../../surveys/canonical.ts'
import type { SelfSheet } from '../../surveys/self-assessment.ts'
import { answerHtml } from '../answer-html.ts'
import { momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { workbook } from '../export/workbook.ts'
import { refuseForeign } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, titleOf } from '../surveys.ts'
import { answerEvidence } from './evidence-form.ts'
import { deadlineOf, linesOf, openSelf, organName, type SelfDesk, submissionOf, totalOf } from './self-desk.ts'
import { selfDocument, selfTables } from './self-table.ts'

const policy = { who: selfReaders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' } as const

/** The table on paper: three copies. */
export const selfPrint = defineRoute({
  method: 'GET',
  path: patterns.selfPrint,
  policy,
  handler: (exchange) =>
    reading(exchange, exchange.scope, (desk, sheet) => {
      const { world, locale } = exchange
      const { found, plan, file, organ, self } = desk
      const { title } = plan.organClasses[organ.class] ?? { title: { 'zh-CN': organ.class, en: organ.class } }
      const props: SelfPrintPageProps = {
        locale,
        organ: organName(desk, locale),
        organClass: localized(title, locale),
        year: found.cycle.code,
        deadline: deadlineOf(desk, world.now(), locale).text,
        submitted: self?.state === 'submitted' || !desk.isOwn ? submissionOf(desk, self, locale) : null,
        lines: linesOf(desk, sheet, locale),
        problems: sheet.problems,
        weaknesses: sheet.weaknesses,
        total: totalOf(desk, sheet),
        foot: [titleOf(found.cycle, locale), hex(file.plan.hash), momentText(world.now(), locale)].join(' · '),
      }
      return answerHtml(exchange, { face: 'office', title: selfPrintTitle(props), body: <SelfPrintPage {...props} /> })
    }),
})

/** The table as a workbook or as JSON. */
export const selfFile = defineRoute({
  method: 'GET',
  path: patterns.selfFile,
  policy: { ...policy, limit: 'export' },
  handler: (exchange) =>
    reading(exchange, exchange.scope, async (desk, sheet) => {
      const { params, world, locale } = exchange
      const isWorkbook = params.format === 'xlsx'
      const type = isWorkbook ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'application/json'
      const name = `gongping-${params.jid}-${params.cycle}-self-${params.organ}.${params.format}`
      const headers = {
        ...securityHeaders('office', isHttps(world.config)),
        'Content-Type': type,
        'Content-Disposition': `attachment; filename="${name}"`,
      }
      const body = isWorkbook
        ? await workbook(selfTables(desk, sheet), locale)
        : JSON.stringify(selfDocument(desk, sheet), null, 2)
      return new Response(body, { headers })
    }),
})

/** A file of evidence of a line. */
export const selfEvidence = defineRoute({
  method: 'GET',
  path: patterns.selfEvidence,
  policy,
  handler: (exchange) =>
    reading(exchange, exchange.scope, ({ files }) =>
      answerEvidence(
        exchange,
        files.find(({ sha256 }) => hex(sha256) === exchange.params.hash),
      ),
    ),
})

/** Answers with the table as this person may read it; 404 where there is nothing to read. */
async function reading(
  exchange: Exchange<string, readonly []>,
  scope: Scope,
  answer: (desk: SelfDesk, sheet: SelfSheet) => Response | Promise<Response>,
): Promise<Response> {
  const desk = await openSelf(exchange, scope)
  if (desk === 'foreign') return refuseForeign(exchange, scope)
  if (!desk?.sheet) return refuse(exchange, 'not_found')
  return answer(desk, desk.sheet)
}
