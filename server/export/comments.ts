import type { ReadComment } from '../../db/exported-comments.ts'
import { groupIds } from '../../surveys/indicator.ts'
import { maskPersonal } from '../../surveys/masking.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import type { PublishedDocuments } from './documents.ts'
import { type Cell, codesOf, column, type Table, tableOf } from './table.ts'

/**
 * What people wrote, without day or person: only about an organ of which the group has at least `drillDown` valid
 * responses (method section 12.1), without what names a person.
 */
export function commentsTable(
  { cycle, plan, results }: PublishedDocuments,
  comments: readonly (Omit<ReadComment, 'survey'> & { readonly group: GroupId })[],
): Table {
  const organs = new Map(cycle.organs.map((organ) => [organ.code, organ]))
  const figures = new Map(results.organs.map(({ organ, groups }) => [organ, groups]))
  const rows = comments.flatMap(({ organ, group, text }): Cell[][] => {
    const own = figures.get(organ)?.[group]
    const { nameZh, nameEn } = organs.get(organ) ?? {}
    if (!own || own.status === 'unsupported_design' || own.n < plan.disclosure.drillDown) return []
    return [[organ, nameZh ?? '', nameEn ?? '', group, maskPersonal(text).text]]
  })
  const columns = [
    column('organ', 'text'),
    column('name_zh', 'text'),
    column('name_en', 'text'),
    column('group', 'code', codesOf(groupIds)),
    column('comment', 'text'),
  ]
  return tableOf('comments', columns, rows)
}
