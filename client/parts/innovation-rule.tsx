import type { Locale } from '../../surveys/questionnaire.ts'
import { fill } from '../messages/fill.ts'
import { innovationMessages } from '../messages/innovation.ts'
import { DataTable } from './data-table.tsx'

/** By what innovation projects of a year are rated, in one language. */
export type InnovationRuleShown = {
  criteria: readonly { title: string; weight: number }[]
  perOrgan: number
  rule: 'best' | 'mean'
  without: string
  ratings: number
  dispersion: number
  /** Title of the indicator that the result fills; '' where there is none. */
  indicator: string
}

/** By what projects are rated, and what comes of it. */
export function InnovationRuleText({ rule, locale }: { rule: InnovationRuleShown; locale: Locale }) {
  const words = innovationMessages(locale)
  return (
    <>
      <DataTable
        caption={words.criteria}
        quietCaption
        columns={[{ label: words.criterion }, { label: words.weight, numeric: true }]}
        rows={rule.criteria.map(({ title, weight }) => [<bdi key="t">{title}</bdi>, weight])}
      />
      <p>{fill(words.ruleText, { ...rule, criteria: '', rule: words[`rule_${rule.rule}`] })}</p>
      <p>{fill(words.fills, { indicator: rule.indicator })}</p>
    </>
  )
}
