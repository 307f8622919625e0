import { selfMessages } from '../../client/messages/self-assessment.ts'
import { SelfPrintPage, type SelfPrintPageProps, selfPrintTitle } from '../../client/pages/office/self-print.tsx'
import { selfReaders } from '../../client/parts/office-shell.tsx'
import { patterns } from '../../client/urls.ts'
import type { Scope } from '../../db/scope.ts'
import { firstSubmission } from '../../db/self-assessments.ts'
import { hex } from '../../surveys/canonical.ts'
import type { SelfSheet } from '../../surveys/self-assessment.ts'
import { answerHtml } from '../answer-html.ts'
import { dayField, dayOf, momentText } from '../calendar.ts'
import { isHttps } from '../config.ts'
import type { Table } from '../export/table.ts'
import { workbook } from '../export/workbook.ts'
import { refuseForeign } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { localized, titleOf } from '../surveys.ts'
import { answerEvidence } from './evidence-form.ts'
import { deadlineOf, linesOf, openSelf, organName, type SelfDesk, submissionOf, totalOf } from './self-desk.ts'

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
        ? await workbook(tablesOf(desk, sheet), locale)
        : JSON.stringify(documentOf(desk, sheet), null, 2)
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

/** The electronic form: what it is and what stands in it, in both languages where the plan has them. */
function documentOf(desk: SelfDesk, sheet: SelfSheet) {
  const { found, organ, file, items, self, dueOn } = desk
  const lines = linesOf(desk, sheet, 'zh-CN')
  const first = self && firstSubmission(self)
  return {
    formatVersion: 1,
    jurisdiction: found.jurisdiction.code,
    cycle: found.cycle.code,
    organ: { code: organ.code, 'zh-CN': organ.nameZh, en: organ.nameEn },
    plan: hex(file.plan.hash),
    state: self?.state ?? 'draft',
    due: dayField(dueOn),
    firstSubmitted: first ? new Date(first).toISOString() : null,
    late: first ? dayOf(first) > dueOn : null,
    items: items.map(({ indicator, title }, at) => ({
      indicator,
      title,
      points: lines[at]!.points,
      ...lines[at]!.entry,
      fullScore: '100',
      evidence: lines[at]!.files.map(({ name, hash }) => ({ name, sha256: hash })),
    })),
    problems: sheet.problems,
    weaknesses: sheet.weaknesses,
    total: totalOf(desk, sheet),
  }
}

/** The same as two sheets: the lines, and the remarks. */
function tablesOf(desk: SelfDesk, sheet: SelfSheet): Table[] {
  const [zh, en] = [selfMessages('zh-CN'), selfMessages('en')]
  type Word = { [Key in keyof typeof zh]: (typeof zh)[Key] extends string ? Key : never }[keyof typeof zh]
  const title = (word: Word) => ({ 'zh-CN': zh[word], en: en[word] })
  const text = (name: string, word: Word) => ({ name, title: title(word), kind: 'text' as const })
  const number = (name: string, word: Word) => ({ name, title: title(word), kind: 'number' as const })
  const lines = linesOf(desk, sheet, 'zh-CN')
  return [
    {
      name: 'items',
      title: title('printTitle'),
      columns: [
        text('indicator', 'fileCode'),
        text('title', 'indicator'),
        text('target', 'target'),
        text('done', 'done'),
        number('score', 'score'),
        number('full', 'fileFull'),
        number('points', 'filePoints'),
        text('note', 'explanation'),
        text('evidence', 'fileFiles'),
      ],
      rows: lines.map(({ indicator, title: name, entry, points, files }) => [
        ...[indicator, name, entry.target, entry.done, entry.score || null, '100', points, entry.note],
        files.map((each) => each.name).join('\n'),
      ]),
    },
    {
      name: 'remarks',
      title: title('remarks'),
      columns: [text('what', 'fileWhat'), text('text', 'fileText')],
      rows: [
        [zh.problems, sheet.problems],
        [zh.weaknesses, sheet.weaknesses],
      ],
    },
  ]
}
