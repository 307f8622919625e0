import { fill } from '../../messages/fill.ts'
import type { ChooseWords } from '../../pages/respond/island-words.ts'
import { all, byId, dataOf, say } from './dom.ts'
import { type Draft, dropDraft, readCopy, readDraft } from './draft.ts'
import { clearErrors, showErrors } from './errors.ts'
import { offerOf } from './offer.ts'
import { sayWaiting } from './wait.ts'

/** Search by name, short name, pinyin initials or service word; the running count; and the most that may be chosen. */
export function startChoose(form: HTMLFormElement): void {
  const words = dataOf<ChooseWords>(form, 'words')
  const max = Number(form.dataset.max)
  const boxes = all<HTMLInputElement>('input[type="checkbox"]', form)
  const count = byId('choose-count')!
  const tell = () => {
    const n = boxes.filter((box) => box.checked).length
    count.className = 'step'
    say(count, fill(words.chooseCount, { n, max }))
    return n
  }
  tell()
  form.addEventListener('change', (event) => {
    const box = event.target as HTMLInputElement
    if (box.type !== 'checkbox') return
    clearErrors()
    if (tell() <= max) return
    box.checked = false
    count.className = 'step msg'
    say(count, fill(words.chooseTooMany, { max }))
  })
  // Safari gives a tapped button no focus, and old engines do not say which button has sent a form.
  let pressed: Element | null = null
  document.addEventListener('click', (event) => {
    pressed = (event.target as Element).closest('button')
  })
  form.addEventListener('submit', (event) => {
    // Leaving by a button of the bar asks for nothing.
    if (pressed?.hasAttribute('formaction') || tell() > 0) return
    event.preventDefault()
    showErrors(words, [{ target: boxes[0] ? boxes[0].id : 'f', text: words.chooseNone }])
  })
  startSearch(form, words)
  offerDraft(form, words, boxes)
}

function startSearch(form: HTMLFormElement, words: ChooseWords): void {
  const field = byId('search-text') as HTMLInputElement
  const says = byId('search-says')!
  const entries = all('label[data-search]', form)
  byId('search')!.hidden = false
  field.addEventListener('input', () => {
    const q = field.value.trim()
    const found = entries.filter((entry) => (entry.dataset.search || '').indexOf(q.toLowerCase()) >= 0)
    for (const entry of entries) {
      const box = entry.querySelector('input')!
      // What is chosen stays in view, and a word that finds nothing leaves the whole list.
      entry.hidden = found.length > 0 && found.indexOf(entry) < 0 && !box.checked
    }
    for (const category of all('.category', form)) category.hidden = !category.querySelector('label:not([hidden])')
    say(says, !q ? '' : fill(found.length ? words.chooseFound : words.chooseNothing, { n: found.length, q }))
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault()
  })
}

// The request key of the draft goes along: with it the server asks about the same organs in the same order.
function offerDraft(form: HTMLFormElement, words: ChooseWords, boxes: HTMLInputElement[]): void {
  const survey = form.dataset.survey || ''
  const key = form.elements.namedItem('k') as HTMLInputElement
  const draft = readDraft(survey)
  if (draft) offer(draft)
  else readCopy(survey).then((copy) => copy && offer(copy))

  function offer(draft: Draft) {
    const { k, organs } = draft
    // Whoever has come back from the form to choose anew has these answers with them.
    if (!organs.length || k === key.value) return
    const note = offerOf(draft, words, (isUsed) => {
      note.remove()
      if (!isUsed) return dropDraft(survey)
      key.value = k
      for (const box of boxes) box.checked = organs.indexOf(box.value) >= 0
      form.submit()
      sayWaiting(form)
    })
    form.insertBefore(note, form.firstChild)
  }
}
