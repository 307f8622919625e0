import type { SourceView } from '../../client/pages/office/reuse.tsx'
import type { ReusedSource } from '../../db/reuse.ts'
import type { Indicator, Plan } from '../../surveys/plan.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { halfUp, rational } from '../../surveys/rational.ts'
import { ageInMonths, differencesOf, reuseTerms } from '../../surveys/reuse.ts'
import { dateText } from '../calendar.ts'
import { dayText } from '../complaint.tsx'
import { localized } from '../surveys.ts'

/** Existing results as pages show them, of the organs that `names` knows: a mean from as many as the plan asks of details. */
export function sourceViews(
  sources: readonly ReusedSource[],
  plan: Plan,
  names: ReadonlyMap<number, string>,
  { today, locale }: { readonly today: number; readonly locale: Locale },
): SourceView[] {
  return sources.map(({ id, kind, facts, unrated, addedAt, organs }) => {
    const terms = reuseTerms(plan, kind)
    const indicator = terms.indicator === null ? null : findIndicator(plan.indicators, terms.indicator)
    return {
      ...{ id, kind, title: facts.title, mode: facts.mode, population: facts.population, unrated },
      ...{ from: dayText(facts.from, locale), to: dayText(facts.to, locale) },
      months: ageInMonths(facts.to, today),
      added: dateText(addedAt, locale),
      people: organs.reduce((sum, { people }) => sum + people, 0),
      differences: differencesOf(plan, terms, facts, today),
      fresh: terms.months,
      indicator: indicator && localized(indicator.title, locale),
      organs: organs.flatMap(({ organ, people, total }) => {
        const name = names.get(organ)
        if (name === undefined) return []
        const isEnough = people >= plan.disclosure.drillDown
        return [{ name, people, mean: isEnough ? halfUp(rational(BigInt(total), BigInt(people) * 100n), 2) : '' }]
      }),
    }
  })
}

function findIndicator(indicators: readonly Indicator[], id: string): Indicator | null {
  for (const each of indicators) {
    const found = each.id === id ? each : findIndicator(each.children ?? [], id)
    if (found) return found
  }
  return null
}
