import { rowField } from '../../client/pages/office/indicator-fields.tsx'
import { canonicalText } from '../../surveys/canonical.ts'
import {
  type IndicatorRow,
  isInOrder,
  mostRows,
  type RowAction,
  rowTexts,
  scorers,
} from '../../surveys/indicator-tree.ts'
import type { Fields } from '../body.ts'

/**
 * The rows that the form of the indicator system holds; null for a form that no page of ours has sent. The indicator that the
 * surveys score, `surveyId`, is there once and stays what it is.
 */
export function readRows(fields: Fields, surveyId: string): IndicatorRow[] | null {
  const one = (at: number, name: string) => {
    const given = fields.get(rowField(at, name))
    return given === undefined || given.length === 1 ? (given?.[0] ?? '') : null
  }
  const rows: IndicatorRow[] = []
  for (let at = 0; fields.has(rowField(at, 'id')); at++) {
    const [id, level, chosen] = [one(at, 'id'), Number(one(at, 'level')), one(at, 'scoredBy')]
    if (at >= mostRows || id === null || !/^[a-z][A-Za-z0-9.]{0,130}$/.test(id)) return null
    if (level !== 1 && level !== 2 && level !== 3) return null
    const texts = rowTexts.map((name) => [name, one(at, name)] as const)
    if (texts.some(([, text]) => text === null)) return null
    const scoredBy = id === surveyId ? 'survey' : scorers.find((each) => each === chosen)
    if (level === 1 && !scoredBy) return null
    rows.push({
      ...(Object.fromEntries(texts.map(([name, text]) => [name, line(text!)])) as Record<
        (typeof rowTexts)[number],
        string
      >),
      ...{ id, level, scoredBy: level === 1 ? scoredBy! : (rows.findLast((row) => row.level === 1)?.scoredBy ?? '') },
      classes: [...new Set(fields.get(rowField(at, 'classes')) ?? [])],
    })
  }
  const surveys = rows.filter(({ scoredBy }) => scoredBy === 'survey')
  const ids = new Set(rows.map(({ id }) => id))
  return surveys.length === 1 && isInOrder(rows) && ids.size === rows.length ? rows : null
}

/** One line of text: what cannot be printed becomes a space. */
function line(typed: string): string {
  const text = canonicalText(typed.replace(/\p{Cc}+/gu, ' '))
  return text.ok ? text.value : ''
}

/** `up:3`, `add:-1`; null for anything else. */
export function readRowAction(press: string): RowAction | null {
  const [, kind, row] = /^(up|down|remove|add):(-1|\d{1,3})$/.exec(press) ?? []
  return kind === undefined ? null : { kind: kind as RowAction['kind'], row: Number(row) }
}
