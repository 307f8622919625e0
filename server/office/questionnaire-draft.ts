import { draftPrefix } from '../../client/pages/office/questionnaire-inputs.tsx'
import { readCondition } from '../../surveys/condition-text.ts'
import type { Fields } from '../body.ts'

// The form of a questionnaire: each field is named by the place of its value in the definition, `pages[0].questions[1].title.en`.
// So what was typed is the draft, a mistake in the draft marks its field, and what cannot be read stays as it was typed.

/** A press of a button that changes the draft: what to do with the entry at a place. */
export type DraftAction =
  | { readonly kind: 'up' | 'down' | 'remove'; readonly path: string }
  | { readonly kind: 'add'; readonly path: string; readonly type: string }

const longestList = 200
const step = /^(?:[A-Za-z][A-Za-z0-9_-]{0,39}|\d{1,3})$/

/** The draft that a form holds; null for a form that no page of ours has sent. */
export function readDraft(fields: Fields): unknown {
  const draft: Json = {}
  for (const [field, given] of fields) {
    if (!field.startsWith(draftPrefix)) continue
    const steps = stepsOf(field.slice(draftPrefix.length))
    if (!steps) return null
    // A box that may be ticked has a hidden "false" before it.
    const value = typedValue(steps, given.at(-1)!)
    if (value !== undefined && !put(draft, steps, value)) return null
  }
  return completed(draft)
}

type Json = Record<string, unknown>

function stepsOf(path: string): string[] | null {
  const steps = path.split(/[.[\]]+/).filter((each) => each !== '')
  const isSound = steps.length > 0 && steps.length <= 8 && steps.every((each) => step.test(each))
  return isSound && !steps.some((each) => each in Object.prototype) ? steps : null
}

const numbers = new Set(['formatVersion', 'version', 'minutes', 'weight', 'max', 'min', 'maxLength', 'rows'])
const booleans = new Set(['multiple', 'shuffle', 'required', 'exclusive', 'pinned', 'missing'])
/** Left out where nothing is written. */
const optional = new Set(['glyph', 'dimension', 'margin', 'max', 'showIf'])

function typedValue(steps: readonly string[], typed: string): unknown {
  const name = steps.at(-1)!
  const text = typed.replaceAll('\r\n', '\n').normalize('NFC').trim()
  if (text === '' && optional.has(name)) return undefined
  if (booleans.has(name)) return text === 'true'
  const isNumber = numbers.has(name) || (name === 'value' && steps[0] === 'scales')
  if (isNumber) return /^-?\d{1,9}$/.test(text) ? Number(text) : text
  if (name === 'score') return text === '' ? null : /^\d{1,9}$/.test(text) ? Number(text) : text
  if (name !== 'showIf') return text
  const condition = readCondition(text)
  return condition.ok ? condition.value : text
}

function put(root: Json, steps: readonly string[], value: unknown): boolean {
  let at: Json | unknown[] = root
  for (const [depth, key] of steps.entries()) {
    const isLast = depth === steps.length - 1
    const known = Array.isArray(at) ? at[Number(key)] : at[key]
    if (Array.isArray(at) && !(/^\d+$/.test(key) && Number(key) <= at.length && Number(key) < longestList)) return false
    const next: unknown = isLast ? value : (known ?? (/^\d+$/.test(steps[depth + 1]!) ? [] : {}))
    if (Array.isArray(at)) at[Number(key)] = next
    else at[key] = next
    if (isLast) return true
    if (typeof next !== 'object' || next === null) return false
    at = next as Json | unknown[]
  }
  return false
}

/** A hint or the title of a page that is written in no language is none; a list without a field is an empty one. */
function completed(draft: Json): unknown {
  const clean = (holder: unknown, field: string) => {
    if (!isRecord(holder)) return
    const texts = holder[field]
    if (isRecord(texts) && Object.values(texts).every((text) => text === '')) delete holder[field]
  }
  for (const list of ['dimensions', 'scales', 'pages']) draft[list] ??= []
  for (const page of listOf(draft['pages'])) {
    if (!isRecord(page)) continue
    clean(page, 'title')
    page['questions'] ??= []
    for (const question of listOf(page['questions'])) clean(question, 'hint')
  }
  return draft
}

const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** `up:pages[1]`, `add:pages[0].questions:rating`; null for anything else. */
export function readAction(press: string): DraftAction | null {
  const [kind, path = '', type = ''] = press.split(':')
  if (!stepsOf(path)) return null
  if (kind === 'add') return { kind, path, type }
  return kind === 'up' || kind === 'down' || kind === 'remove' ? { kind, path } : null
}

/** The draft after a press; an entry that is not there, or has nowhere to go, stays as it is. */
export function act(draft: unknown, action: DraftAction): unknown {
  const changed: unknown = structuredClone(draft)
  if (!isRecord(changed)) return draft
  const steps = stepsOf(action.path)!
  if (action.kind === 'add') {
    const entry = newEntry(steps, action.type, changed)
    const holder = at(changed, steps.slice(0, -1))
    const last = steps.at(-1)!
    if (!entry || !isRecord(holder) || listOf(holder[last]).length >= longestList) return draft
    holder[last] = [...listOf(holder[last]), entry]
    return changed
  }
  const list = at(changed, steps.slice(0, -1))
  const place = Number(steps.at(-1))
  if (!Array.isArray(list) || !(place < list.length)) return draft
  const [entry] = list.splice(place, 1)
  if (action.kind === 'remove') return changed
  const to = action.kind === 'up' ? place - 1 : place + 1
  const isWithin = to >= 0 && to <= list.length
  if (isWithin) list.splice(to, 0, entry)
  else if (steps.at(-2) === 'questions') return ontoNextPage(changed, Number(steps[1]), entry, action.kind) ?? draft
  return isWithin ? changed : draft
}

/** A question that leaves its page at one end comes to the page beside it. */
function ontoNextPage(draft: Json, page: number, question: unknown, way: 'up' | 'down'): unknown {
  const beside = listOf(draft['pages'])[way === 'up' ? page - 1 : page + 1]
  if (!isRecord(beside)) return null
  const questions = listOf(beside['questions'])
  beside['questions'] = way === 'up' ? [...questions, question] : [question, ...questions]
  return draft
}

function at(root: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((place, key) => {
    if (Array.isArray(place)) return place[Number(key)]
    return isRecord(place) ? place[key] : undefined
  }, root)
}

/** A first question needs a name that no other has; its texts are for the office to write. */
function newEntry(steps: readonly string[], type: string, draft: Json): unknown {
  const blank = { 'zh-CN': '', en: '' }
  const name = (prefix: string) => {
    const text = JSON.stringify(draft)
    let n = 1
    while (text.includes(`"${prefix}${n}"`)) n++
    return `${prefix}${n}`
  }
  const [scale] = listOf(draft['scales'])
  switch (steps.at(-1)) {
    case 'pages':
      return { id: name('page'), per: 'organ', part: 'core', questions: [] }
    case 'dimensions':
      return { id: name('dimension'), label: blank }
    case 'options':
      if (steps[0] === 'scales') return { value: '', label: blank, score: '' }
      return { value: name('option'), label: blank }
    case 'questions': {
      const common = { id: name('question'), title: blank, required: false }
      if (type === 'text') return { type, ...common, role: 'comment', maxLength: 300, rows: 4 }
      if (type === 'choice') {
        const options = [1, 2].map((n) => ({ value: `option${n}`, label: blank }))
        return { type, ...common, role: 'other', multiple: false, shuffle: false, options }
      }
      const scaleId = isRecord(scale) ? scale['id'] : ''
      return { type: 'rating', ...common, role: 'dimension', dimension: '', scale: scaleId, weight: 10 }
    }
    default:
      return null
  }
}
