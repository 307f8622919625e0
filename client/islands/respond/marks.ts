import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { problemText } from '../../pages/respond/problem-text.ts'
import { all, byId, make } from './dom.ts'
import type { ErrorLine } from './errors.ts'
import type { Asked } from './questions.ts'

export type FieldProblem = { path: string; code: string }

/** Writes each problem beside its question; the lines for the summary above, as the server would write them. */
export function markProblems(
  byName: ReadonlyMap<string, Asked>,
  problems: readonly FieldProblem[],
  words: FormWords,
): ErrorLine[] {
  return problems.map(({ path, code }) => {
    const question = byName.get(path)
    // A field that is not on this page can only be named.
    if (!question) return { target: 'f', text: fill(words.problemUnknown, { question: path }) }
    const text = textOf(question, code, words)
    writeBeside(question, text)
    return { target: (question.element.querySelector('[name][id]') || question.element).id, text }
  })
}

function textOf({ element }: Asked, code: string, words: FormWords): string {
  const label = element.querySelector('legend,label')!
  const need = label.querySelector('.need')?.textContent || ''
  return problemText(words, {
    code,
    organ: element.closest('[data-organ]')?.querySelector('.name')?.textContent || '',
    question: (label.textContent || '').replace(need, '').trim(),
    overall: element.dataset.overall !== undefined,
    max: Number(element.dataset.max) || element.querySelector('textarea')?.maxLength,
  })
}

function writeBeside({ element, name }: Asked, text: string): void {
  unmark(element)
  const message = make('p', 'msg', text)
  message.id = `e.${name}`
  const above = element.querySelector('.hint') || element.querySelector('legend,label')!
  above.parentNode!.insertBefore(message, above.nextSibling)
  const described = byId(`h.${name}`) ? `h.${name} ${message.id}` : message.id
  ;(element.querySelector('textarea') || element).setAttribute('aria-describedby', described)
}

export function unmark(element: HTMLElement): void {
  for (const message of all('.msg', element)) message.remove()
}
