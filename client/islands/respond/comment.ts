import { countCharacters } from '../../../surveys/answers.ts'
import { findNumbers } from '../../../surveys/personal.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { make, makeButton, say } from './dom.ts'

/** Beside a comment box: how many characters are left, and a word of warning about numbers that name somebody. */
type Beside = { counter: HTMLElement; spoken: HTMLElement; warning: HTMLElement; left: number; kept: string[] }

const besides = new Map<HTMLTextAreaElement, Beside>()

/** After every change of a comment. Nothing of it leaves the device, and nothing is refused. */
export function watchComment(box: HTMLTextAreaElement, words: FormWords): void {
  const beside = besides.get(box) || place(box)
  countDown(box, beside, words)
  warn(box, beside, words)
}

function place(box: HTMLTextAreaElement): Beside {
  const spoken = make('span', 'vh')
  spoken.setAttribute('aria-live', 'polite')
  const warning = make('div', '')
  warning.setAttribute('role', 'status')
  const beside: Beside = { counter: make('p', 'hint left num'), spoken, warning, left: box.maxLength, kept: [] }
  for (const each of [warning, spoken, beside.counter]) box.parentNode!.insertBefore(each, box.nextSibling)
  besides.set(box, beside)
  return beside
}

function countDown(box: HTMLTextAreaElement, beside: Beside, words: FormWords) {
  const left = box.maxLength - countCharacters(box.value)
  const text = fill(words.formLeft, { n: left })
  say(beside.counter, text)
  // Heard twice only, when 50 and when 10 are reached: a counter that speaks at every key would drown the typing.
  for (const mark of [50, 10]) if (left <= mark && mark < beside.left) say(beside.spoken, text)
  beside.left = left
}

function warn(box: HTMLTextAreaElement, beside: Beside, words: FormWords) {
  const found = findNumbers(box.value).filter((number) => beside.kept.indexOf(number) < 0)
  if (found.length > 0 === beside.warning.childNodes.length > 0) return
  beside.warning.textContent = ''
  if (found.length === 0) return
  const answer = (label: string, act: (numbers: string[]) => void) =>
    makeButton('btn btn-2', label, () => {
      act(findNumbers(box.value))
      box.dispatchEvent(new Event('input', { bubbles: true }))
      box.focus()
    })
  const remove = answer(words.formNumberRemove, (numbers) => {
    for (const number of numbers) if (beside.kept.indexOf(number) < 0) box.value = box.value.replace(number, '')
  })
  const keep = answer(words.formNumberKeep, (numbers) => {
    beside.kept = beside.kept.concat(numbers)
  })
  const row = make('p', 'row', remove, keep)
  beside.warning.append(make('div', 'note warn', make('p', '', words.formNumber), row))
}
