import type { SetupProblem } from '../../client/pages/office/cycle-form.tsx'
import type { OrganChange, OrganName } from '../../db/organ-history.ts'
import { canonicalText } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { readDay } from '../calendar.ts'

export const historyFields = ['kind', 'before', 'after', 'day', 'note'] as const

/** How many organs each kind of change begins and ends with, at least and at most. */
const numbers = {
  rename: { before: [1, 1], after: [1, 1] },
  merge: { before: [2, 20], after: [1, 1] },
  split: { before: [1, 1], after: [2, 20] },
} as const

/** A change as it was typed, with its organs among those that are known; or what is wrong, by field. */
export function readOrganChange(
  typed: Readonly<Partial<Record<string, string>>>,
  known: readonly OrganName[],
): Result<OrganChange, SetupProblem[]> {
  const problems: SetupProblem[] = []
  const kind = (['rename', 'merge', 'split'] as const).find((each) => each === typed['kind'])
  if (!kind) problems.push({ field: 'kind', code: 'choice' })
  const namesOf = (field: 'before' | 'after'): OrganName[] => {
    const names = (typed[field] ?? '')
      .split(/[,，、;；\n]+/)
      .map((name) => name.trim())
      .filter(Boolean)
    const [least, most] = kind ? numbers[kind][field] : [1, 20]
    if (names.length < least || names.length > most)
      problems.push({ field, code: 'organ_number', values: { least, most } })
    return names.flatMap((name) => {
      const found = known.find(({ nameZh, nameEn }) => nameZh === name || nameEn === name)
      if (!found) problems.push({ field, code: 'unknown_organ', values: { name } })
      return found ? [found] : []
    })
  }
  const before = namesOf('before')
  const after = namesOf('after')
  const day = readDay(typed['day'] ?? '')
  if (day === null) problems.push({ field: 'day', code: 'day' })
  const note = canonicalText(typed['note'] ?? '')
  if (!note.ok || note.value.includes('\n')) problems.push({ field: 'note', code: 'not_text' })
  else if ([...note.value].length > 200) problems.push({ field: 'note', code: 'too_long', values: { limit: 200 } })
  if (problems.length > 0 || !kind || day === null || !note.ok) return err(problems)
  return ok({ kind, day, before, after, note: note.value })
}
