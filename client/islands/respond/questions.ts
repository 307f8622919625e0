import { isShown } from '../../../surveys/answers.ts'
import type { Condition } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { all, make } from './dom.ts'

/** One question on the page; `name` is its form field, `organ` is empty for questions asked once. */
export type Asked = { element: HTMLElement; id: string; name: string; organ: string; part: HTMLElement }

export function findQuestions(within: HTMLElement): Asked[] {
  return all('.q', within).map((element): Asked => {
    const name = element.querySelector<HTMLInputElement>('[name]')!.name
    const organ = element.closest<HTMLElement>('[data-organ]')?.dataset.organ || ''
    return { element, id: element.dataset.q || '', name, organ, part: element.closest<HTMLElement>('.part')! }
  })
}

/** Values of one question as they would be sent. */
export function valuesOf({ element, name }: Asked): string[] {
  const text = element.querySelector('textarea')
  if (text) return text.value.trim() ? [text.value] : []
  return all<HTMLInputElement>(`input[name="${name}"]:checked`, element).map((input) => input.value)
}

/** Required questions without an answer: all that are asked, for leaders only of organs that were rated at all. */
export function missingIn(
  asked: readonly Asked[],
  isEach: boolean,
  isMeant: (question: Asked) => boolean,
): { path: string; code: string }[] {
  const isRated = (organ: string) =>
    asked.some((other) => other.organ === organ && isVisible(other) && valuesOf(other).length)
  const isMissing = (each: Asked) =>
    each.element.dataset.required !== undefined && isVisible(each) && isMeant(each) && !valuesOf(each).length
  return asked
    .filter((each) => isMissing(each) && (!isEach || isRated(each.organ)))
    .map((each) => ({ path: each.name, code: 'required' }))
}

/** The organs that the form asks about, in its order. */
export function organsIn(asked: readonly Asked[]): string[] {
  return asked.map((each) => each.organ).filter((organ, at, list) => organ && list.indexOf(organ) === at)
}

/** What was answered, by field. */
export function valuesIn(asked: readonly Asked[]): Record<string, string[]> {
  const values: Record<string, string[]> = {}
  for (const question of asked) {
    const given = valuesOf(question)
    if (given.length) values[question.name] = given
  }
  return values
}

export function writeValues(asked: readonly Asked[], values: Readonly<Record<string, string[]>>): void {
  for (const { element, name } of asked) {
    const given = values[name] || []
    for (const input of all<HTMLInputElement>('input', element)) input.checked = given.indexOf(input.value) >= 0
    const text = element.querySelector('textarea')
    if (text) text.value = given[0] || ''
  }
}

export function isVisible({ element }: Asked): boolean {
  return !element.hidden
}

/** Whether it is asked of somebody who has not answered anything: a low rating adds reasons, never a step. */
export function isStep({ id }: Asked, rules: Readonly<Record<string, Condition>>): boolean {
  const showIf = rules[id]
  return isShown(showIf ? { showIf } : {}, new Map())
}

/** Shows and hides the questions about one organ, in the order of the form, as the server will read them. */
export function reveal(asked: readonly Asked[], organ: string, rules: Readonly<Record<string, Condition>>): void {
  const answers = new Map<string, number | string[]>()
  for (const question of asked) {
    if (question.organ !== organ) continue
    const showIf = rules[question.id]
    const shown = isShown(showIf ? { showIf } : {}, answers)
    question.element.hidden = !shown
    const values = shown ? valuesOf(question) : []
    // Names of options start with a letter, so only levels of a scale are numbers.
    if (values[0]) answers.set(question.id, /^\d+$/.test(values[0]) ? Number(values[0]) : values)
  }
}

/** At most as many as the question allows; an option that excludes the others stands alone. */
export function limit({ element }: Asked, box: HTMLInputElement, words: FormWords) {
  const boxes = all<HTMLInputElement>('input', element)
  if (box.checked) {
    const isAlone = box.dataset.exclusive !== undefined
    for (const other of boxes)
      if (other !== box && (isAlone || other.dataset.exclusive !== undefined)) other.checked = false
  }
  const max = Number(element.dataset.max) || boxes.length
  if (boxes.filter((each) => each.checked).length <= max) return
  box.checked = false
  const message = make('p', 'msg', fill(words.formMaximum, { max }))
  message.setAttribute('role', 'status')
  element.append(message)
}

export function shuffle(question: HTMLElement) {
  const labels = all('label', question)
  const pinned = labels.filter((label) => label.dataset.pinned !== undefined)
  const rest = labels.filter((label) => pinned.indexOf(label) < 0)
  for (let last = rest.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    const swapped = rest[last]!
    rest[last] = rest[other]!
    rest[other] = swapped
  }
  for (const label of rest.concat(pinned)) question.append(label)
}
