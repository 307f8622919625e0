import type { TreeDifference } from '../../../surveys/indicator-tree.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { indicatorMessages } from '../../messages/indicators.ts'

/** A decision about the indicators of a cycle: to let a version stand, or to put another in its place. */
export type IndicatorsAbout = {
  action: 'plan.change'
  cycle: string
  /** The version that is agreed to, or that is changed. */
  version: number
  /** None where it is agreed to as it stands. */
  differences: readonly TreeDifference[]
  reason: string
}

export function indicatorsHeading({ cycle, version, differences }: IndicatorsAbout, locale: Locale): string {
  const words = indicatorMessages(locale)
  return fill(differences.length === 0 ? words.headingFreeze : words.headingAmend, { cycle, version })
}

/** What changes, before, and after. */
export function indicatorsChanges({ version, differences }: IndicatorsAbout, locale: Locale): string[][] {
  const words = indicatorMessages(locale)
  if (differences.length === 0) return [[fill(words.versionOf, { version }), words.decisionFree, words.decisionFixed]]
  return differences.map(({ title, id, kind, field, before, after }) => [
    `${(locale === 'en' ? title.en : title.zh) || id || words.topLevel}: ${words[`kind_${kind}`]} · ${words[`field_${field}`]}`,
    before,
    after,
  ])
}
