import { canonicalText } from '../../../surveys/canonical.ts'
import type { Collected, SealedForm } from '../ballot/contract.ts'
import { all } from './dom.ts'
import type { FieldProblem } from './marks.ts'
import { type Asked, isVisible, valuesOf } from './questions.ts'
import { trusted } from './trusted.ts'

// Whether this device can seal, and what there is to seal. How it is done comes in a chunk of its own, after the page.

/** What sealing needs and engines of 2018 may lack; without it the server seals, and the pages say so. */
export const hasSealing = (): boolean => typeof BigInt === 'function' && typeof crypto === 'object' && !!crypto.subtle

/** Whether the answers of this form can be sealed here. */
export const canSeal = (form: HTMLFormElement): boolean => !!form.dataset.ballot && hasSealing()

/** Fetches the chunk unless it is there; rejects when it cannot be had now. */
export function loadBallot(form: SealedForm): Promise<NonNullable<SealedForm['ballot']>> {
  if (form.ballot) return Promise.resolve(form.ballot)
  return loadScript(form.dataset.ballot!).then(() => {
    if (form.ballot) return form.ballot
    throw new Error('loadBallot needs the chunk to start')
  })
}

/** What the form needs later, after the page is there: whoever reads the first question needs none of it. */
export function loadLater(form: HTMLFormElement, seals: boolean): void {
  const { later, read } = form.dataset
  const load = () => {
    if (seals) loadBallot(form).catch(() => undefined)
    for (const chunk of [later, 'speechSynthesis' in window && read]) {
      if (chunk) loadScript(chunk).catch(() => undefined)
    }
  }
  if (document.readyState === 'complete') load()
  else addEventListener('load', load)
}

/** A chunk of our own. */
function loadScript(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.type = 'module'
    script.onload = resolve
    script.onerror = reject
    script.src = trusted().createScriptURL(url)
    document.head.append(script)
  })
}

/** Of all comments of one response together, as on the server. */
const MAX_COMMENTS = 6000

/**
 * The answers on the page as a box keeps them: for each organ a row of small numbers in the order of the questionnaire,
 * which the page gives as the row of a blank slip, with the place of each question in it. What is hidden is left out. The
 * server holds the same rules against every response, and counts none that breaks them.
 */
export function collect(form: HTMLFormElement, asked: readonly Asked[], pace: 0 | 1): Collected | FieldProblem[] {
  const blank = JSON.parse(form.dataset.blank!) as number[]
  const out: Collected = { attrs: {}, pace, slips: [], comments: [] }
  const problems: FieldProblem[] = []
  let length = 0
  for (const section of all('[data-organ]', form)) {
    const o = section.dataset.organ!
    const own = asked.filter((each) => each.organ === o && isVisible(each))
    const answered = own.filter((each) => valuesOf(each).length)
    if (form.dataset.kind === 'each' && !answered.length) continue
    const a = blank.slice()
    for (const each of answered) {
      const slot = each.element.dataset.slot
      if (slot) a[Number(slot)] = markOf(each)
    }
    out.slips.push({ o, a })
    for (const each of answered) {
      if (each.element.dataset.slot) continue
      const text = canonicalText(valuesOf(each)[0]!)
      if (!text.ok) problems.push({ path: each.name, code: 'not_text' })
      else if (text.value) {
        length += [...text.value].length
        if (length > MAX_COMMENTS) problems.push({ path: each.name, code: 'too_long_together' })
        out.comments.push({ o, t: text.value })
      }
    }
  }
  for (const { element, organ, name } of asked) {
    const margin = element.dataset.margin
    const chosen = margin && !organ && element.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)
    if (chosen && chosen.dataset.missing === undefined) out.attrs[margin] = chosen.value
  }
  return problems.length ? problems : out
}

/** A level as it is, one option by its place from 1, several as a mask whose first bit is the first option. */
function markOf(question: Asked): number {
  const { options, many } = question.element.dataset
  const values = valuesOf(question)
  if (!options) return Number(values[0])
  const places = values.map((value) => options.split(' ').indexOf(value))
  return many !== undefined ? places.reduce((mask, place) => mask + 2 ** place, 0) : places[0]! + 1
}
