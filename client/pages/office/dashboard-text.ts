import { fill } from '../../messages/fill.ts'
import type { OfficeMessages } from '../../messages/office.ts'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'

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
