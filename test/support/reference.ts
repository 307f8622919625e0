import { apiMessages } from '../../client/messages/api.ts'
import { assistMessages } from '../../client/messages/assist.ts'
import { fill } from '../../client/messages/fill.ts'
import { officeMessages } from '../../client/messages/office.ts'
import { officeReceiptMessages } from '../../client/messages/office-receipts.ts'
import { respondMessages } from '../../client/messages/respond.ts'
import { reviewMessages } from '../../client/messages/reviews.ts'
import { menuOf, type OfficeShellProps } from '../../client/parts/office-shell.tsx'
import type { openApiDocument } from '../../server/api/document.ts'
import { commands } from '../../server/node/commands.ts'
import { organHeadings } from '../../server/office/organ-table.ts'
import { populationHeadings } from '../../server/office/population-table.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { type StaffRole, staffRoles } from '../../server/policy.ts'
import { type RefusalCode, statuses } from '../../server/problem.tsx'
import { tableLimits } from '../../server/table-file.ts'
import { eventTypes } from '../../surveys/programs.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { reuseHeadings } from '../../surveys/reuse.ts'
import { scoreFields } from '../../surveys/review.ts'
import { rosterColumns, rosterHeadings } from '../../surveys/roster.ts'
import { evidenceLimits, evidenceTypes } from '../../surveys/self-assessment.ts'

// The parts of docs/reference*.md that follow from the program, as Markdown.

export type OpenApi = ReturnType<typeof openApiDocument>

/** A page of the reference with its made parts as they should be; what stands between them is left as it is. */
export function withMadeParts(page: string, parts: Readonly<Record<string, string>>): string {
  return page.replace(
    /(<!-- made: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const made = parts[name]
      if (made === undefined) throw new Error(`nothing makes the part ${name}`)
      return `${start}\n${made}\n\n${end}`
    },
  )
}

/** Every part that can be made, by its name. `openApi` is the description of the interface in the same language. */
export const madeParts = (locale: Locale, openApi: OpenApi): Readonly<Record<string, string>> => ({
  roles: rolesTable(locale),
  commands: commandTexts(locale),
  operations: operationsTable(locale, openApi),
  events: eventTypes.map((type) => `\`${type}\``).join(', '),
  codes: codesTable(locale),
  headings: headingsTable(locale),
  limits: limitsTable(locale),
})

const table = (rows: readonly (readonly string[])[]): string =>
  rows
    .flatMap((row, at) => {
      const line = `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
      return at === 0 ? [line, `|${' --- |'.repeat(row.length)}`] : [line]
    })
    .join('\n')

// ---- roles -------------------------------------------------------------------------------------------------------------

interface Area {
  readonly title: string
  /** Beginnings of the paths that belong to it. */
  readonly paths: readonly string[]
}

/** What each entry of the menu lets a role do: the routes behind it, by the longest beginning of their paths. */
function rolesTable(locale: Locale): string {
  const words = officeMessages(locale)
  const areas = areasOf(locale)
  const rightsOf = new Map(areas.map((area) => [area, { reads: new Set<StaffRole>(), acts: new Set<StaffRole>() }]))
  for (const { method, path, policy } of officeRoutes) {
    const area = areaOf(areas, path)
    if (!area || typeof policy.who === 'string') continue
    const rights = rightsOf.get(area)!
    for (const role of policy.who) (method === 'GET' ? rights.reads : rights.acts).add(role)
  }
  const said = locale === 'en' ? { acts: '**acts**', reads: 'reads' } : { acts: '**办理**', reads: '查看' }
  return table([
    [locale === 'en' ? 'Page' : '页面', ...staffRoles.map((role) => words[role])],
    ...areas.map((area) => {
      const { reads, acts } = rightsOf.get(area)!
      return [
        area.title,
        ...staffRoles.map((role) => (acts.has(role) ? said.acts : reads.has(role) ? said.reads : '–')),
      ]
    }),
  ])
}

/** The menus of all roles as one, and pages that are come to from others. */
function areasOf(locale: Locale): Area[] {
  const shellOf = (role: StaffRole): OfficeShellProps => ({
    ...{ locale, languageHref: '', demo: false, waiting: 0, current: 'none' },
    user: { name: '', role, csrf: '' },
    place: { jid: 'JID', jurisdiction: '', cycle: 'CYCLE', cycleTitle: '' },
  })
  const also: Readonly<Record<string, readonly string[]>> = {
    cycles: ['/office/JID/CYCLE/setup'],
    invitations: ['/office/JID/CYCLE/surveys/:sid/invitations'],
    audits: ['/office/JID/CYCLE/surveys/:sid/audit'],
    feedback: ['/office/JID/CYCLE/rectification'],
    places: ['/office/JID/CYCLE/summary', '/office/JID/CYCLE/origin'],
  }
  const byId = new Map<string, Area>()
  for (const role of ['office_admin', ...staffRoles] as const) {
    const { fixed, sections } = menuOf(shellOf(role))
    for (const { id, text, href } of [...fixed, ...sections.flatMap(({ entries }) => entries)])
      if (!byId.has(id) && id !== 'home') byId.set(id, { title: text, paths: [href, ...(also[id] ?? [])] })
  }
  byId.set('receipts', { title: officeReceiptMessages(locale).receiptsLink, paths: ['/office/JID/CYCLE/receipts'] })
  byId.set('assist', { title: assistMessages(locale).link, paths: ['/office/JID/CYCLE/surveys/:sid/assist'] })
  return [...byId.values()]
}

function areaOf(areas: readonly Area[], path: string): Area | undefined {
  const own = path.replace('/:jid', '/JID').replace('/:cycle', '/CYCLE')
  const begins = areas.flatMap((area) => area.paths.map((start) => ({ area, start })))
  return begins
    .filter(({ start }) => own === start || own.startsWith(`${start}/`) || own.startsWith(`${start}.`))
    .sort((a, b) => b.start.length - a.start.length)[0]?.area
}

// ---- command line and interface ----------------------------------------------------------------------------------------

const commandTexts = (locale: Locale): string =>
  Object.entries(commands)
    .map(([name, { help }]) => `### ${name}\n\n\`\`\`\n${help(locale).trim()}\n\`\`\``)
    .join('\n\n')

function operationsTable(locale: Locale, { paths }: OpenApi): string {
  const { opens } = apiMessages(locale)
  const head = locale === 'en' ? ['Request', opens, 'What it does'] : ['请求', opens, '作用']
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const { summary, security } = operation as { summary: string; security: readonly { key: readonly string[] }[] }
      return [`\`${method.toUpperCase()} ${path}\``, `\`${security[0]!.key.join(' ')}\``, summary]
    }),
  )
  return table([head, ...operations])
}

function codesTable(locale: Locale): string {
  const { code, status, meaning } = apiMessages(locale)
  const { problems } = respondMessages(locale)
  const codes = Object.entries(statuses) as [RefusalCode, number][]
  return table([
    [code, status, meaning],
    ...codes.map(([name, number]) => [`\`${name}\``, String(number), fill(problems[name], { until: '…' })]),
  ])
}

// ---- tables that are read ----------------------------------------------------------------------------------------------

/** What columns may be called in each table that the office takes. */
function headingsTable(locale: Locale): string {
  const [zh, en] = [reviewMessages('zh-CN'), reviewMessages('en')]
  const sheet: Record<string, readonly string[]> = {
    code: [zh.columnCode, en.columnCode],
    ...Object.fromEntries(scoreFields.map((name) => [name, [zh[name], en[name]]])),
  }
  const roster = (group: 'leaders' | 'recipients') =>
    Object.fromEntries(rosterColumns(group).map((column) => [column, rosterHeadings[column]]))
  const files: readonly (readonly [string, string, Readonly<Record<string, readonly string[]>>])[] = [
    ['Agencies of a cycle', '周期的单位', organHeadings],
    ['Roster of leaders', '领导名册', roster('leaders')],
    ['Services for recipients', '服务对象的办件', roster('recipients')],
    ['Population', '人口结构', populationHeadings],
    ['Existing results', '已有结果', reuseHeadings],
    ['Scores of a lead department', '牵头部门的评分表', sheet],
  ]
  const isEnglish = locale === 'en'
  return table([
    isEnglish ? ['Table', 'Column', 'It may be called'] : ['表格', '列', '列名可写作'],
    ...files.flatMap(([english, chinese, headings]) =>
      Object.entries(headings).map(([column, names], at) => [
        at === 0 ? (isEnglish ? english : chinese) : '',
        `\`${column}\``,
        names.join(isEnglish ? ', ' : '、'),
      ]),
    ),
  ])
}

function limitsTable(locale: Locale): string {
  const { megabytes, csvRows, workbookRows, columns, characters } = tableLimits
  const { fileBytes, organBytes, perItem } = evidenceLimits
  const grouped = (n: number) => n.toLocaleString('en')
  const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`
  const kinds = evidenceTypes.map((type) => type.toUpperCase()).join(', ')
  const rows: readonly (readonly [string, string, string])[] = [
    ['Table as CSV: rows', 'CSV 表格：行数', grouped(csvRows)],
    ['Table as XLSX: rows', 'XLSX 表格：行数', grouped(workbookRows)],
    ['Table: size', '表格：大小', `${megabytes} MB`],
    ['Table: columns', '表格：列数', String(columns)],
    ['Table: letters of one cell', '表格：一格的字数', grouped(characters)],
    ['Evidence: kinds of files', '佐证：文件种类', kinds],
    ['Evidence: one file', '佐证：一个文件', mebibytes(fileBytes)],
    ['Evidence: files of one item', '佐证：一项的文件数', String(perItem)],
    ['Evidence: all files of an agency in a cycle', '佐证：一个单位一个周期的全部文件', mebibytes(organBytes)],
  ]
  const isEnglish = locale === 'en'
  return table([
    isEnglish ? ['What', 'At most'] : ['项目', '最多'],
    ...rows.map(([english, chinese, limit]) => [isEnglish ? english : chinese, limit]),
  ])
}
