import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'

/** What a downloaded picture says about its origin. */
export function sourceLine(shell: OfficeShellProps, words: OfficeMessages, updated: string, planHash: string): string {
  const { jurisdiction = '', cycleTitle = '' } = shell.place ?? {}
  const line = {
    jurisdiction,
    cycle: cycleTitle,
    updated: fill(words.updated, { time: updated }),
    plan: planHash.slice(0, 12),
  }
  return `${fill(words.chartSource, line)}${shell.demo ? ` · ${words.demo}` : ''}`
}

/** The page that explains one organ's score. */
export const organHref = ({ place, locale }: OfficeShellProps, { code }: { code: string }): string =>
  carry(urls.organScores(place?.jid ?? '', place?.cycle ?? '', code), { locale })

/** '3–9'; '3' where only one place is possible. */
export const placesText = ([low, high]: readonly [number, number]): string =>
  low === high ? `${low}` : `${low}–${high}`
