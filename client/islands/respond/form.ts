import type { Condition } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import type { Outcome } from '../ballot/contract.ts'
import { watchComment } from './comment.ts'
import { all, byId, clockText, dataOf, focusOn, isKiosk, isShowing, make, makeButton, root, say } from './dom.ts'
import { type Draft, dropDraft, leave, left, readDraft, saveDraft } from './draft.ts'
import { clearError, clearErrors, showErrors } from './errors.ts'
import type { LeadersForm } from './leaders.ts'
import { type FieldProblem, markProblems, unmark, wordsOf } from './marks.ts'
import { type Asked, findQuestions, isStep, isVisible, limit, reveal, shuffle, valuesOf } from './questions.ts'
import { canSeal, collect, loadBallot, loadScript } from './sealing.ts'
import { createSender, post, type Trouble } from './send.ts'

export type Paging = {
  form: HTMLFormElement
  words: FormWords
  asked: readonly Asked[]
  show: (part: HTMLElement) => void
  /** Says that answers changed: conditions, counts and the draft follow. */
  changed: (organ: string) => void
}

/** Turns the long form into one part at a time. Everything that is sent is what the plain form would send. */
export function startForm(form: HTMLFormElement): void {
  const words = dataOf<FormWords>(form, 'words')
  const rules = dataOf<Record<string, Condition>>(form, 'rules')
  const survey = form.dataset.survey || ''
  const kind = form.dataset.kind
  const isEach = kind === 'each'
  const { leaders: chunk } = form as LeadersForm
  // Without its chunk the form stays the long one, which needs none.
  if (isEach && !chunk) throw new Error('startForm needs the chunk of the leaders')
  if (chunk) chunk.rotate(form)
  for (const question of all('[data-shuffle]', form)) shuffle(question)

  const asked = findQuestions(form)
  const byName = new Map(asked.map((question) => [question.name, question]))
  const counted = asked.filter((each) => isStep(each, rules))
  const parts = all('.part', form)
  const send = byId('send')!
  const where = byId('where')!
  const key = form.elements.namedItem('k') as HTMLInputElement
  // Stands in for the questions while a draft is offered, and when nothing could be sent.
  const aside = make('section', 'part')
  form.append(aside)
  let current: HTMLElement = parts[0]!
  let isKept = true
  let isOffered = false
  let isLeaving = false
  let isOver = false
  let isRestored = false
  const begunAt = Date.now()
  let timer = 0
  let step = ''

  const sequence = () =>
    parts.filter(
      (part) =>
        !/^(list|table)$/.test(part.id) &&
        (part.id ? true : asked.some((each) => each.part === part && isVisible(each))),
    )

  const leaders = chunk ? chunk.create({ form, words, asked, show: (part) => show(part), changed }) : null

  /** `new` adds a step to the history, `back` moves within it, `same` only writes anew what is shown. */
  function show(part: HTMLElement, way: 'new' | 'back' | 'same' = 'new') {
    const before = current
    const isMove = way !== 'same' && part !== before
    current = part
    // What failed is sent again from the page that says so, and from nowhere else.
    if (part !== aside) {
      sender.rest()
      send.insertBefore(status, statusPlace)
    }
    for (const each of parts.concat(aside)) each.classList.toggle('on', each === part)
    // A service recipient may send after the first question: the button stands there and at the end.
    const steps = sequence()
    const at = steps.indexOf(part)
    const isLast = at === steps.length - 2
    if (kind === 'one' && (at === 0 || isLast)) send.classList.add('on')
    root.dataset.part = part.id
    const isOne = kind === 'one'
    if (isOne) byId('more')!.hidden = at !== 0 || isLast
    byId('nav')!.hidden =
      (isOne && (at === 0 || isLast)) || part === send || part === aside || /^(list|table|landing)$/.test(part.id)
    sayWhere()
    if (leaders) leaders.shown(part)
    else if (part === send) sayRated()
    if (isMove) clearErrors()
    sayTitle()
    if (!isMove) return
    const push = () => history.pushState({ at: parts.indexOf(part) }, '')
    if (way === 'new') {
      // The browser first saves the state of every field, for leaders three thousand: after the new card is painted.
      if (leaders) requestAnimationFrame(() => setTimeout(push))
      else push()
    }
    const head = all('legend,h2,label', part).filter(isShowing)[0]
    const isField = head?.tagName === 'LABEL'
    // A field of its own would open the keyboard of a phone, and a part without a name is silent.
    if (isField) part.setAttribute('aria-label', wordsOf(head))
    focusOn(head && !isField ? head : part)
    scrollTo(0, 0)
  }

  function sayWhere() {
    if (leaders) return
    const here = counted.filter((each) => each.part === current)
    const n = counted.indexOf(here[0]!) + 1
    const values = { n, last: n + here.length - 1, total: counted.length }
    const organ = current.closest('.organ')?.querySelector('.name')
    // One answer of a service recipient is a whole response, so the first page counts no steps.
    const isWhole = kind === 'one' && current === parts[0]
    where.hidden = n === 0
    step = n === 0 || isWhole ? '' : fill(here.length > 1 ? words.formSteps : words.formStep, values)
    say(where, isWhole ? words.formOneEnough : step + (organ ? ` · ${organ.textContent}` : ''))
  }

  /** The title says where one is, as the page does: a reader of the screen hears it, a list of tabs shows it. */
  function sayTitle() {
    // A title that begins with "Error:" stays as long as the summary.
    if (byId('errors')) return
    const heads = all('legend', current).concat(all('.part > h2,.field label', current))
    const head = heads.filter(isShowing)[0]
    const place = leaders && !where.hidden ? where.firstElementChild!.textContent : step
    const question = leaders && place ? '' : head && wordsOf(head)
    const title = [place, question, byId('f')!.previousElementSibling!.textContent].filter(Boolean).join(' - ')
    document.title = current === aside && !isOffered ? fill(words.errorPrefix, { title }) : title
  }

  function sayRated() {
    const n = asked.filter((each) => each.element.dataset.overall !== undefined && valuesOf(each).length).length
    const rated = byId('rated')!
    rated.hidden = kind === 'one'
    say(rated, n === 1 ? words.formRatedOne : fill(words.formRated, { n }))
  }

  function next() {
    const missing = leaders ? [] : missingIn((each) => each.part === current)
    if (missing.length) {
      mark(missing)
      return
    }
    if (leaders?.next(current)) return
    const steps = sequence()
    const to = steps[steps.indexOf(current) + 1]
    if (to) show(to)
  }

  /** Required questions without an answer: all that are asked, for leaders only of organs that were rated at all. */
  function missingIn(isMeant: (question: Asked) => boolean): FieldProblem[] {
    return asked
      .filter(
        (each) =>
          each.element.dataset.required !== undefined && isVisible(each) && isMeant(each) && !valuesOf(each).length,
      )
      .filter(
        (each) =>
          !isEach || asked.some((other) => other.organ === each.organ && isVisible(other) && valuesOf(other).length),
      )
      .map((each) => ({ path: each.name, code: 'required' }))
  }

  function submit() {
    const missing = missingIn(() => true)
    if (isEach && !missing.length && !asked.some((each) => each.organ && valuesOf(each).length)) {
      missing.push({ path: asked[0]!.name, code: 'nothing_answered' })
    }
    keep()
    if (missing.length) mark(missing)
    else sender.send()
  }

  function mark(problems: readonly FieldProblem[]) {
    const lines = markProblems(byName, problems, words)
    const first = byName.get(problems[0]!.path)
    if (first && first.part !== current) show(first.part)
    showErrors(words, lines)
  }

  function changed(organ: string) {
    sender.rest()
    reveal(asked, organ, rules)
    if (leaders) leaders.changed(current)
    clearTimeout(timer)
    timer = setTimeout(keep, 300)
  }

  function keep() {
    clearTimeout(timer)
    timer = 0
    if (isOver || isOffered) return
    const values: Draft['values'] = {}
    for (const question of asked) {
      const given = valuesOf(question)
      if (given.length) values[question.name] = given
    }
    const at = Date.now()
    const until = Number(form.dataset.until)
    isKept = saveDraft(survey, { k: key.value, at, until, organs: chosenOrgans(), values })
    if (leaders) leaders.saved(isKept ? fill(words.formSaved, { time: clockText(at) }) : words.formNotSaved)
    if (!isKept && !isKiosk && !byId('unkept')) {
      const note = make('p', 'note warn', words.formNoStorage)
      note.id = 'unkept'
      form.insertBefore(note, form.firstChild)
    }
  }

  function chosenOrgans(): string[] {
    return asked.map((each) => each.organ).filter((organ, at, list) => organ && list.indexOf(organ) === at)
  }

  /**
   * Another person may sit at this device now, so a draft is offered, and shown only when its owner asks for it. Until
   * somebody has chosen there are no questions and nothing is kept: answers to them would take the draft's place.
   */
  function offerDraft(draft: Draft) {
    isOffered = true
    const close = (isUsed: boolean) => {
      isOffered = false
      if (isUsed) restore(draft)
      else dropDraft(survey)
      show(parts[0]!, byId('errors') ? 'same' : 'back')
      begin()
    }
    const use = makeButton('btn', words.chooseDraftUse, () => close(true))
    const drop = makeButton('btn btn-2', words.chooseDraftDrop, () => close(false))
    const text = make('p', '', fill(words.chooseDraft, { time: clockText(draft.at) }))
    aside.append(make('div', 'note', text, make('p', 'row', use, drop)))
    show(aside, 'same')
  }

  function restore(draft: Draft) {
    isRestored = true
    key.value = draft.k
    for (const question of asked) {
      const given = draft.values[question.name] || []
      for (const input of all<HTMLInputElement>('input', question.element))
        input.checked = given.indexOf(input.value) >= 0
      const text = question.element.querySelector('textarea')
      if (text) text.value = given[0] || ''
    }
    for (const organ of chosenOrgans().concat('')) reveal(asked, organ, rules)
  }

  function showTrouble({ title, lines, reference, action, mustWait }: Trouble) {
    aside.textContent = ''
    const again = makeButton('btn', action, () => sender.send())
    again.disabled = mustWait
    aside.append(make('h2', '', title), ...lines.map((line) => make('p', '', line)))
    aside.append(reference ? make('p', 'step', reference) : '', status)
    if (action) aside.append(again)
    show(aside)
  }

  const status = byId('sending')!
  const statusPlace = status.nextSibling
  const seals = canSeal(form)
  root.classList.toggle('seals', seals)
  // After the page is there: whoever reads the first question needs none of it.
  const load = () => loadBallot(form).catch(() => undefined)
  if (seals && document.readyState === 'complete') load()
  else if (seals) addEventListener('load', load)
  const { read } = form.dataset
  if (read && 'speechSynthesis' in window) addEventListener('load', () => loadScript(read).catch(() => undefined))

  async function postSealed(isRetry: boolean): Promise<Outcome> {
    const answered = asked.filter((each) => valuesOf(each).length).length
    const isFast = !isRestored && Date.now() - begunAt < 2000 * answered
    const collected = collect(form, asked, isFast ? 1 : 0)
    if (Array.isArray(collected)) return { kind: 'problems', errors: collected }
    try {
      const ballot = await loadBallot(form)
      return await ballot(collected, isRetry)
    } catch {
      return { kind: 'lost' }
    }
  }

  const sender = createSender({
    form,
    words,
    post: seals ? postSealed : () => post(form),
    isKept: () => isKept,
    tell: (text) => say(status, text),
    showTrouble,
    showProblems: mark,
    dropDraft: () => {
      isOver = true
      dropDraft(survey)
    },
  })

  form.addEventListener('change', (event) => {
    const input = event.target as HTMLInputElement
    const question = byName.get(input.name)
    if (!question) return
    unmark(question.element)
    clearError(words, question.element)
    sayTitle()
    if (input.type === 'checkbox') limit(question, input, words)
    changed(question.organ)
  })
  form.addEventListener('input', (event) => {
    const text = event.target as HTMLTextAreaElement
    if (text.tagName !== 'TEXTAREA') return
    watchComment(text, words)
    sender.rest()
    clearTimeout(timer)
    timer = setTimeout(keep, 300)
  })
  document.addEventListener('click', (event) => {
    const target = event.target as Element
    const button = target.closest<HTMLElement>('[data-go],[formaction],#send [type="submit"],#errors a,.back')
    if (!button || event.defaultPrevented) return
    const go = button.dataset.go
    if (button.closest('#errors')) {
      const field = byId((button as HTMLAnchorElement).hash.slice(1))
      const part = field?.closest<HTMLElement>('.part')
      if (!field || !part) return
      event.preventDefault()
      if (part !== current) show(part)
      field.focus()
    } else if (button.classList.contains('back') && current !== parts[0] && !isOffered) {
      event.preventDefault()
      history.back()
    } else if (button.hasAttribute('formaction')) {
      keep()
      leave('part', `${key.value} ${nameOf(current)}`)
      isLeaving = true
    } else if (button.closest('#send') && !go) {
      event.preventDefault()
      submit()
    } else if (go === 'next' || go === 'more') next()
    else if (go === 'send') show(send)
    else if (go && leaders) leaders.go(go, current)
  })
  // Enter in a field goes on, as the button does; what is sent goes by the button on the last part only.
  form.addEventListener('submit', (event) => {
    if (isLeaving) return
    event.preventDefault()
    if (current === send) submit()
    else next()
  })
  addEventListener('popstate', (event) => {
    const state = event.state as { at: number } | null
    // A link within the page, such as the skip link, makes an entry of its own: it belongs to the part in view.
    if (!state) history.replaceState({ at: parts.indexOf(current) }, '')
    else if (parts[state.at] && !isOffered) show(parts[state.at]!, 'back')
  })
  addEventListener('pageshow', () => {
    isLeaving = false
  })
  addEventListener('pagehide', () => {
    if (timer) keep()
  })

  for (const organ of chosenOrgans().concat('')) reveal(asked, organ, rules)
  history.replaceState({ at: 0 }, '')
  root.classList.add('paged')
  const draft = readDraft(survey)
  // The key also orders the chosen organs: with another order it would ask about another organ in detail.
  const isAboutThese = draft && (kind !== 'pick' || draft.organs.join() === chosenOrgans().join())
  if (draft && isAboutThese && draft.k !== key.value) offerDraft(draft)
  else {
    if (draft && isAboutThese) restore(draft)
    show(current, 'same')
    begin()
  }

  function begin() {
    for (const text of all<HTMLTextAreaElement>('textarea', form)) if (text.value) watchComment(text, words)
    const serverErrors = byId('errors')
    if (serverErrors) showServerErrors(serverErrors)
    else returnTo(left('part'))
  }

  // In another language the same form comes as a new page: the question that was in view is in view again.
  function returnTo(place: string) {
    leave('part', '')
    const part = parts.filter((each) => place === `${key.value} ${nameOf(each)}`)[0]
    if (part && part !== current) show(part)
  }

  function nameOf(part: HTMLElement): string {
    return part.id || asked.filter((each) => each.part === part)[0]?.name || ''
  }

  function showServerErrors(box: HTMLElement) {
    const link = box.querySelector('a')
    const field = link && byId(link.hash.slice(1))
    const part = field?.closest<HTMLElement>('.part')
    if (part) show(part, 'same')
    focusOn(box)
  }
}
