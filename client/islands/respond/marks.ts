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
  return problemText(words, {
    code,
    organ: element.closest('[data-organ]')?.querySelector('.name')?.textContent || '',
    question: wordsOf(element.querySelector('legend,label')!),
    overall: element.dataset.overall !== undefined,
    max: Number(element.dataset.max) || element.querySelector('textarea')?.maxLength,
  })
}

/** What a label asks, without the remark that an answer is needed. */
export function wordsOf(label: Element): string {
  const need = label.querySelector('.need')?.textContent || ''
  return (label.textContent || '').replace(need, '').trim()
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
