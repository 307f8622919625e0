import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { all, byId, focusOn, make, say } from './dom.ts'

export type ErrorLine = { target: string; text: string }

type Words = Pick<FormWords, 'errorPrefix' | 'oneProblem'> & Partial<Pick<FormWords, 'severalProblems'>>

let plainTitle = ''

/** The same summary that the server writes above a form, with the focus on it and "Error:" before the title. */
export function showErrors(words: Words, lines: readonly ErrorLine[]): void {
  clearErrors()
  const title = make('h2', '', countOf(words, lines.length))
  const list = make('ul', '')
  for (const { target, text } of lines) {
    const link = make('a', '', text)
    link.href = `#${target}`
    list.append(make('li', '', link))
  }
  const box = make('div', 'errs', title, list)
  box.id = 'errors'
  title.id = 'errors-title'
  box.setAttribute('role', 'alert')
  box.setAttribute('aria-labelledby', title.id)
  const main = byId('main')!
  main.insertBefore(box, main.firstChild)
  plainTitle = document.title
  document.title = fill(words.errorPrefix, { title: plainTitle })
  focusOn(box)
  scrollTo(0, 0)
}

/** What is answered leaves the summary; the last problem takes the whole of it along. */
export function clearError(words: Words, within: HTMLElement): void {
  const box = byId('errors')
  if (!box) return
  for (const link of all<HTMLAnchorElement>('a', box)) {
    if (within.contains(byId(link.hash.slice(1)))) link.parentElement!.remove()
  }
  const left = all('a', box).length
  if (left) say(box.querySelector('h2'), countOf(words, left))
  else clearErrors()
}

function countOf(words: Words, n: number): string {
  return n === 1 ? words.oneProblem : fill(words.severalProblems || '', { n })
}

export function clearErrors(): void {
  const box = byId('errors')
  if (box) box.remove()
  if (plainTitle) document.title = plainTitle
  plainTitle = ''
}
