import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'

/** A count with its thousands apart: grouped(12345) // '12,345' */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

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
