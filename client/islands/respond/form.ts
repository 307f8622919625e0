import type { Condition } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import type { Outcome } from '../ballot/contract.ts'
import { all, byId, clockText, dataOf, focusOn, isKiosk, isShowing, make, makeButton, root, say } from './dom.ts'
import { type Draft, dropDraft, leave, left, readCopy, readDraft, saveDraft } from './draft.ts'
import { clearError, clearErrors, showErrors } from './errors.ts'
import type { Many } from './leaders.ts'
import { type FieldProblem, markProblems, unmark, wordsOf } from './marks.ts'
import { offerOf } from './offer.ts'
import {
  findQuestions,
  isStep,
  isVisible,
  limit,
  missingIn,
  organsIn,
  reveal,
  shuffle,
  valuesIn,
  valuesOf,
  writeValues,
} from './questions.ts'
import { canSeal, collect, loadBallot, loadLater } from './sealing.ts'
import { createSender, post, type Trouble } from './send.ts'

/**
 * Turns the long form into one part at a time. Everything that is sent is what the plain form would send. `many` is what
 * only a form of many organs needs.
 */
export function startForm(form: HTMLFormElement, many?: Many): void {
  const words = dataOf<FormWords>(form, 'words')
  const rules = dataOf<Record<string, Condition>>(form, 'rules')
  const survey = form.dataset.survey || ''
  const kind = form.dataset.kind
  const isEach = kind === 'each'
  const isPick = kind === 'pick'
  const draft = readDraft(survey)
  const cards = many?.unfold(form, draft?.organs[0])
  for (const question of all('[data-shuffle]', form)) shuffle(question)

  const asked = findQuestions(form)
  const byName = new Map(asked.map((question) => [question.name, question]))
  const counted = asked.filter((each) => isStep(each, rules))
  const parts = all('.part', form)
  const known = parts.slice()
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
  let isFast = false
  let isSent = false
  let begunAt = Date.now()
  let timer = 0
  let step = ''

  const sequence = () =>
    parts.filter(
      (part) =>
        !/^(list|table)$/.test(part.id) && (part.id || asked.some((each) => each.part === part && isVisible(each))),
    )

  const paging = { form, words, asked, byName, parts, known, rules }
  const leaders = many && cards && many.create({ ...paging, cards, show: (part) => show(part), changed })

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
    const isOne = kind === 'one'
    if (isOne && (at === 0 || isLast)) send.classList.add('on')
    root.dataset.part = part.id
    if (isOne) byId('more')!.hidden = at !== 0 || isLast
    byId('nav')!.hidden =
      (isOne && (at === 0 || isLast)) || part === send || part === aside || /^(list|table|landing)$/.test(part.id)
    sayWhere()
    if (leaders) leaders.shown(part)
    else if (part === send) sayRated()
    if (isMove) clearErrors()
    sayTitle()
    if (!isMove) return
    const push = () => history.pushState({ at: known.indexOf(part) }, '')
    if (way === 'new') {
      // The browser first saves the state of every field, for leaders three thousand: after the new card is painted.
      if (leaders) requestAnimationFrame(() => setTimeout(push))
      else push()
    }
    const head = all('legend,h2,label', part).find(isShowing)
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
    const head = heads.find(isShowing)
    const place = leaders && !where.hidden ? where.firstElementChild!.textContent : step
    const question = leaders && place ? '' : head && wordsOf(head)
    const title = [place, question, all('h1')[0]!.textContent].filter(Boolean).join(' - ')
    document.title = current === aside && !isOffered ? fill(words.errorPrefix, { title }) : title
  }

  function sayRated() {
    const n = asked.filter((each) => each.element.dataset.overall !== undefined && valuesOf(each).length).length
    const rated = byId('rated')!
    rated.hidden = kind === 'one'
    say(rated, n === 1 ? words.formRatedOne : fill(words.formRated, { n }))
  }

  function next() {
    const missing = leaders ? [] : missingIn(asked, isEach, (each) => each.part === current)
    if (missing.length) {
      mark(missing)
      return
    }
    if (leaders?.next(current)) return
    const steps = sequence()
    const to = steps[steps.indexOf(current) + 1]
    if (to) show(to)
  }

  function submit() {
    const missing = missingIn(asked, isEach, () => true)
    if (isEach && !missing.length && !asked.some((each) => each.organ && valuesOf(each).length)) {
      missing.push({ path: asked[0]!.name, code: 'nothing_answered' })
    }
    isSent = !missing.length
    // Of the press, not of the tries that follow it.
    isFast = Date.now() - begunAt < 2000 * asked.filter((each) => valuesOf(each).length).length
    keep()
    if (isSent) sender.send()
    else mark(missing)
  }

  function mark(problems: readonly FieldProblem[]) {
    const lines = markProblems(byName, problems, words)
    const first = byName.get(problems[0]!.path)
    if (first && first.part !== current) show(first.part)
    showErrors(words, lines)
  }

  function changed(organ: string) {
    reveal(asked, organ, rules)
    if (leaders) leaders.changed(current)
    keepSoon()
  }

  function keepSoon() {
    sender.rest()
    isSent = false
    clearTimeout(timer)
    timer = setTimeout(keep, 300)
  }

  async function keep() {
    clearTimeout(timer)
    timer = 0
    if (isOver || isOffered) return
    const at = Date.now()
    const until = Number(form.dataset.until)
    const written = { k: key.value, at, until, organs: organsIn(asked), values: valuesIn(asked), isSent }
    leaders?.complete(written)
    isKept = await saveDraft(survey, written)
    if (isOver) return dropDraft(survey)
    if (leaders) leaders.saved(isKept ? fill(words.formSaved, { time: clockText(at) }) : words.formNotSaved)
    if (!isKept && !isKiosk && !byId('unkept')) {
      const note = make('p', 'note warn', words.formNoStorage)
      note.id = 'unkept'
      form.insertBefore(note, form.firstChild)
    }
  }

  /**
   * Another person may sit at this device now, so a draft is offered, and shown only when its owner asks for it. Until
   * somebody has chosen there are no questions and nothing is kept: answers to them would take the draft's place.
   */
  function offerDraft(draft: Draft) {
    isOffered = true
    const answered = (isUsed: boolean) => {
      isOffered = false
      if (isUsed) restore(draft)
      else dropDraft(survey)
      show(parts[0]!, byId('errors') ? 'same' : 'back')
      // Even one that its owner has sent: whoever is here now sends it, or does not.
      begin()
    }
    aside.append(offerOf(draft, words, answered))
    show(aside, 'same')
  }

  function restore(draft: Draft) {
    // Of what was answered another time nobody knows how fast.
    begunAt = 0
    key.value = draft.k
    leaders?.restore(draft)
    writeValues(asked, draft.values)
    for (const organ of organsIn(asked).concat('')) reveal(asked, organ, rules)
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
  loadLater(form, seals)

  async function postSealed(isRetry: boolean): Promise<Outcome> {
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

  for (const organ of organsIn(asked).concat('')) reveal(asked, organ, rules)
  // The browser's Back on the first question is the page's own: the page before was posted, and cannot be had again.
  history.replaceState({ at: isPick ? -2 : 0 }, '')
  if (isPick) history.pushState({ at: 0 }, '')
  root.classList.add('paged')
  // The key also orders the chosen organs: with another order it would ask about another organ in detail.
  const isAboutThese = ({ organs }: Draft) => !isPick || organs.join() === organsIn(asked).join()
  if (draft && isAboutThese(draft)) take(draft)
  else {
    show(current, 'same')
    begin()
    // Looked for while the first question is read already, and left alone once that is answered.
    readCopy(survey).then((copy) => {
      const isTouched = isOver || asked.some((each) => valuesOf(each).length)
      if (copy && !draft && !isTouched && isAboutThese(copy)) take(copy)
    })
  }

  // Last of all: where something failed before, the form is the plain one.
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
    if (text.tagName === 'TEXTAREA') keepSoon()
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
      // The server is sent what stands on the page.
      leaders?.whole()
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
    leaders?.bringTo(() => !state || !!known[state.at])
    if (!state) history.replaceState({ at: known.indexOf(current) }, '')
    else if (state.at < -1) {
      current = parts[0]!
      all('.back')[0]!.click()
    } else if (known[state.at] && !isOffered) show(known[state.at]!, 'back')
  })
  addEventListener('pageshow', () => {
    isLeaving = false
  })
  addEventListener('pagehide', () => {
    if (timer) keep()
  })

  function take(draft: Draft) {
    if (draft.k !== key.value) return offerDraft(draft)
    restore(draft)
    show(current, 'same')
    begin(draft.isSent)
  }

  function begin(mustSend?: boolean) {
    // Not before it is known whether a draft is taken, which each card would have to be given again.
    leaders?.bringSoon()
    const serverErrors = byId('errors')
    if (serverErrors) return showServerErrors(serverErrors)
    if (!mustSend) return returnTo(left('part'))
    // What its owner has pressed the button for is sent at the next visit.
    show(send)
    submit()
  }

  // In another language the same form comes as a new page: the question that was in view is in view again.
  function returnTo(place: string) {
    leave('part', '')
    const isPlace = (each: HTMLElement) => place === `${key.value} ${nameOf(each)}`
    if (place) leaders?.bringTo(() => parts.some(isPlace))
    const part = parts.filter(isPlace)[0]
    if (part && part !== current) show(part)
  }

  function nameOf(part: HTMLElement): string {
    return part.id || asked.find((each) => each.part === part)?.name || ''
  }

  function showServerErrors(box: HTMLElement) {
    const link = box.querySelector('a')
    const field = link && byId(link.hash.slice(1))
    const part = field?.closest<HTMLElement>('.part')
    if (part) show(part, 'same')
    focusOn(box)
  }
}
