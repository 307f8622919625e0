import type { Condition } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { all, byId, make, makeButton, root, say } from './dom.ts'
import type { Draft } from './draft.ts'
import { createTable } from './leaders-table.ts'
import { type Asked, findQuestions, isVisible, reveal, shuffle, valuesOf, writeValues } from './questions.ts'
import { trusted } from './trusted.ts'

type State = 'none' | 'done' | 'cannot' | 'part'

export type Leaders = {
  shown: (part: HTMLElement) => void
  changed: (part: HTMLElement) => void
  saved: (text: string) => void
  /** True when it has gone somewhere itself. */
  next: (part: HTMLElement) => boolean
  go: (to: string, part: HTMLElement) => void
  /** Takes from a draft what it says of cards that are not there yet; each is given its own when it comes. */
  restore: (draft: Draft) => void
  /** Adds what is known of cards that are not there yet to a draft of the others. */
  complete: (draft: Draft) => void
  /** Brings the others from now on, in between what the person does. */
  bringSoon: () => void
  /** Brings cards onto the page until what is looked for is there, or all are. */
  bringTo: (isThere: () => boolean) => void
  /** Brings all of them. */
  whole: () => void
}

/** The cards that are not on the page yet. */
export type Cards = {
  /** Of the whole form. */
  total: number
  /** Their organs, in the order in which they come. */
  waiting: () => string[]
  /** Brings the next one; null when all are there. */
  next: () => HTMLElement | null
}

/** The form as it is paged through, of which cards become a part. */
export type Paging = {
  form: HTMLFormElement
  words: FormWords
  /** In the order of the page; whoever brings a card adds to these four. */
  asked: Asked[]
  byName: Map<string, Asked>
  parts: HTMLElement[]
  /** The parts as they came: what the browser's history remembers of one. */
  known: HTMLElement[]
  rules: Readonly<Record<string, Condition>>
  cards: Cards
  show: (part: HTMLElement) => void
  /** Says that answers changed: conditions, counts and the draft follow. */
  changed: (organ: string) => void
}

/** What `startForm` takes for a form of many organs. */
export type Many = {
  unfold: (form: HTMLFormElement, first: string | undefined) => Cards
  create: (paging: Paging) => Leaders
}

/**
 * Nobody waits for 68 cards to answer the first: they come folded in a <noscript>, whose text costs the browser next to
 * nothing, and the first one is brought at once. A form with answers comes back unfolded. The categories keep their
 * order; where the round starts is drawn on this device. With a draft it starts where it did before, which nothing but
 * the draft knows.
 */
export function unfold(form: HTMLFormElement, first: string | undefined): Cards {
  const folded = form.querySelector('noscript')
  const cards = folded ? folded.textContent!.split(/(?=<section )/) : []
  const start = (isFirst: (at: number) => boolean, length: number) => {
    const at = Array.from({ length }, (_, at) => at).filter(isFirst)[0]
    return at === undefined ? Math.floor(Math.random() * length) : at
  }
  if (!folded) {
    const organs = all('.part[data-organ]', form)
    const end = organs.length ? organs[organs.length - 1]!.nextSibling : null
    const from = start((at) => organs[at]!.dataset.organ === first, organs.length)
    for (const organ of organs.slice(0, from)) form.insertBefore(organ, end)
    return { total: organs.length, waiting: () => [], next: () => null }
  }
  const from = start((at) => cards[at]!.indexOf(`data-organ="${first}"`) > 0, cards.length)
  const rest = cards.slice(from).concat(cards.slice(0, from))
  const next = () => {
    const card = rest.shift()
    if (card === undefined) return null
    folded.insertAdjacentHTML('beforebegin', trusted().createHTML(card))
    return folded.previousElementSibling as HTMLElement
  }
  next()
  const codeOf = (card: string) => (/data-organ="([^"]*)"/.exec(card) || [])[1] || ''
  return { total: cards.length, waiting: () => rest.map(codeOf), next }
}

/** What only leaders have: many organs, so cards with a place, a list of what is done, and keys. */
export function createLeaders(paging: Paging): Leaders {
  const { form, words, asked, byName, parts, known, rules, cards, show, changed } = paging
  const organs = all('.part[data-organ]', form)
  const where = byId('where')!
  const place = make('span', '')
  const saved = make('span', '')
  const same = byId('same')!
  const byOrgan = new Map(organs.map((part) => [part, asked.filter((each) => each.part === part)]))
  const nameOf = (part: HTMLElement) => part.querySelector('.name')!.textContent || ''
  const overallOf = (part: HTMLElement) =>
    byOrgan.get(part)!.filter((each) => each.element.dataset.overall !== undefined)[0]!
  const table = createTable(() =>
    organs.map((part) => ({ name: nameOf(part), levels: all<HTMLInputElement>('input', overallOf(part).element) })),
  )
  let filter = ''
  let shownAt = Date.now()
  let answeredBefore = 0
  let fastCards = 0
  let warnings = 2
  let isOwnView = false
  let drafted: Draft['values'] = {}
  where.append(place, saved)

  const ratingsOf = (part: HTMLElement) =>
    byOrgan.get(part)!.filter((each) => each.element.querySelector('[type="radio"]') && isVisible(each))
  const answeredIn = (part: HTMLElement) => ratingsOf(part).filter((each) => valuesOf(each).length).length

  function stateOf(part: HTMLElement): State {
    const overall = valuesOf(overallOf(part))[0]
    if (overall === '0') return 'cannot'
    if (overall) return answeredIn(part) === ratingsOf(part).length ? 'done' : 'part'
    return byOrgan.get(part)!.some((each) => isVisible(each) && valuesOf(each).length) ? 'part' : 'none'
  }

  const isRated = (part: HTMLElement) => valuesOf(overallOf(part)).length > 0
  function countRated(): number {
    const { id } = overallOf(organs[0]!)
    return organs.filter(isRated).length + cards.waiting().filter((organ) => drafted[`q.${organ}.${id}`]).length
  }
  const sayCount = (element: HTMLElement | null) => {
    const done = countRated()
    say(element, fill(words.formLeadersCount, { done, left: cards.total - done }))
  }

  function shown(part: HTMLElement) {
    // Beyond the cards everything is about all of them, but for what stands in their place while a draft is offered.
    if (parts.indexOf(part) > 0 && !part.dataset.organ) whole()
    const at = organs.indexOf(part)
    where.hidden = at < 0 && part.id !== 'table'
    if (at >= 0) {
      say(place, fill(words.formCard, { n: at + 1, total: cards.total, organ: nameOf(part) }))
      shownAt = Date.now()
      answeredBefore = answeredIn(part)
      const { element } = overallOf(part)
      element.parentNode!.insertBefore(same, element.nextSibling)
      offerSame(part)
    }
    if (part.id === 'landing') {
      sayCount(byId('count'))
      if (countRated()) say(part.querySelector('[data-go="card"]'), words.formLeadersGo)
    }
    if (part.id === 'list') writeList()
    if (part.id === 'table') {
      table.write()
      sayCount(place)
    }
    if (part.id === 'send') writeSummary()
  }

  function offerSame(part: HTMLElement) {
    const overall = valuesOf(overallOf(part))[0]
    same.hidden = !overall || overall === '0' || answeredIn(part) === ratingsOf(part).length
  }

  /** Fills what is still blank about this organ; there is no way to fill several organs at once. */
  function fillSame(part: HTMLElement) {
    const overall = valuesOf(overallOf(part))[0]
    for (const rating of ratingsOf(part)) if (!valuesOf(rating).length && overall) choose(rating, overall)
    changed(overallOf(part).organ)
    // The button has gone with what it did; the way on takes the focus.
    byId('nav')!.querySelector<HTMLElement>('[data-go="next"]')!.focus()
  }

  function choose({ element }: Asked, value: string): HTMLInputElement | null {
    const input = element.querySelector<HTMLInputElement>(`[value="${value}"]`)
    if (input) input.checked = true
    return input
  }

  const labels: Record<State, string> = {
    none: words.listNotYet,
    done: words.listDone,
    cannot: words.listCannot,
    part: words.listIncomplete,
  }

  function writeList() {
    sayCount(byId('list-count'))
    const rows = byId('list-rows')!
    rows.textContent = ''
    byId('list')!.querySelector<HTMLElement>('[data-go="card"]')!.hidden = organs.every(isRated)
    for (const part of organs) {
      const state = stateOf(part)
      if (filter && state !== filter) continue
      const name = make('th', '', make('bdi', '', nameOf(part)))
      name.scope = 'row'
      const change = makeButton('', words.listChange, () => show(part))
      change.append(make('span', 'vh', ` ${nameOf(part)}`))
      const answered = `${answeredIn(part)} / ${ratingsOf(part).length}`
      const cells = [levelOf(part), answered, labels[state]].map((text) => make('td', 'num', text))
      rows.append(make('tr', '', name, ...cells, make('td', '', change)))
    }
  }

  function levelOf(part: HTMLElement): string {
    const checked = overallOf(part).element.querySelector<HTMLInputElement>('input:checked')
    return checked ? labelOf(checked) : '—'
  }

  // The label's own words: its glyph is decoration.
  const labelOf = (input: HTMLInputElement) => (input.nextSibling ? input.nextSibling.textContent || '' : '')

  function writeSummary() {
    const rated = organs.filter(isRated)
    const left = organs.length - rated.length
    const incomplete = organs.filter((part) => !isRated(part) && stateOf(part) === 'part').length
    const lines = [
      counted(words.formRatedOne, words.formRated, rated.length),
      left - incomplete > 0 ? counted(words.formUnratedOne, words.formUnrated, left - incomplete) : '',
      incomplete ? counted(words.formIncompleteOne, words.formIncomplete, incomplete) : '',
    ]
    const says = byId('rated')!
    says.hidden = false
    say(says, lines.filter(Boolean).join(' '))
    const distribution = byId('distribution')!
    distribution.textContent = ''
    const counts = all<HTMLInputElement>('input', overallOf(organs[0]!).element).map((input) => {
      const n = rated.filter((part) => valuesOf(overallOf(part))[0] === input.value).length
      distribution.append(make('div', '', make('dt', '', labelOf(input)), make('dd', '', String(n))))
      return input.value === '0' ? 0 : n
    })
    care(counts)
  }

  /** Nearly everything on one level says little; it is asked about once and never refused. */
  function care(counts: number[]) {
    const box = byId('care')!
    box.textContent = ''
    const most = Math.max(...counts)
    const judged = counts.reduce((sum, n) => sum + n, 0)
    if (isOwnView || judged < 10 || most < judged * 0.9) return
    const look = makeButton('btn btn-2', words.formLookAgain, () => go('list'))
    const mine = makeButton('btn btn-2', words.formMyView, () => {
      isOwnView = true
      box.textContent = ''
    })
    const text = make('p', '', fill(words.formSameLevel, { n: most }))
    box.append(make('div', 'note', text, make('p', 'row', look, mine)))
  }

  function next(part: HTMLElement): boolean {
    const at = organs.indexOf(part)
    if (at < 0) return false
    const answered = answeredIn(part) - answeredBefore
    if (answered > 0) fastCards = Date.now() - shownAt < 2000 * answered ? fastCards + 1 : 0
    const to = organs[at + 1] || bring()
    if (to) show(to)
    else go('list')
    if (to && fastCards >= 5 && warnings > 0) {
      warnings--
      fastCards = 0
      const note = make('p', 'note warn', words.formFast)
      note.setAttribute('role', 'status')
      to.insertBefore(note, to.firstChild)
    }
    return true
  }

  function go(to: string, part?: HTMLElement) {
    const at = part ? organs.indexOf(part) : -1
    if (to === 'card') show(firstUnrated() || byId('list')!)
    else if (to === 'previous') show(organs[at - 1] || byId('landing')!)
    else if (to === 'list' || to === 'table') show(byId(to)!)
    else if (to === 'same' && part) fillSame(part)
  }

  function firstUnrated(): HTMLElement | null {
    let card = organs.filter((organ) => !isRated(organ))[0] || bring()
    while (card && isRated(card)) card = bring()
    return card
  }

  for (const chip of all('[data-filter]', form)) {
    chip.addEventListener('click', () => {
      filter = chip.dataset.filter || ''
      for (const each of all('[data-filter]', form)) each.setAttribute('aria-pressed', String(each === chip))
      writeList()
    })
  }

  const wide = matchMedia('(min-width: 64em)')
  wide.addListener(() => {
    if (!wide.matches && root.dataset.part === 'table') go('list')
  })

  // 1–5 and 0 set the row that has the focus, or the first one without an answer.
  form.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement
    const card = target.closest<HTMLElement>('.part[data-organ]')
    if (!card || event.ctrlKey || event.metaKey || event.altKey || target.tagName === 'TEXTAREA') return
    if (event.key === '?') root.classList.toggle('help')
    // A new card has the focus on its question, where Enter does nothing by itself.
    if (event.key === 'Enter' && target.tabIndex < 0) next(card)
    if (!/^[0-9]$/.test(event.key)) return
    const ratings = ratingsOf(card)
    const row =
      ratings.filter((each) => each.element.contains(target))[0] || ratings.filter((each) => !valuesOf(each).length)[0]
    const input = row && choose(row, event.key)
    if (!row || !input) return
    input.focus()
    input.dispatchEvent(new Event('change', { bubbles: true }))
  })

  /** The next card that was not there; it goes behind the others. */
  function bring(): HTMLElement | null {
    const card = cards.next()
    if (!card) return null
    const questions = findQuestions(card)
    for (const question of all('[data-shuffle]', card)) shuffle(question)
    for (const question of questions) byName.set(question.name, question)
    writeValues(questions, drafted)
    reveal(questions, card.dataset.organ!, rules)
    asked.splice(asked.filter(({ organ }) => organ).length, 0, ...questions)
    organs.push(card)
    parts.splice(parts.indexOf(organs[organs.length - 2]!) + 1, 0, card)
    known.push(card)
    byOrgan.set(card, questions)
    return card
  }

  function bringTo(isThere: () => boolean) {
    while (!isThere() && bring());
  }
  const whole = () => bringTo(() => false)

  function complete({ organs: listed, values }: Draft) {
    listed.push(...cards.waiting())
    for (const name of Object.keys(drafted)) if (!byName.has(name)) values[name] = drafted[name]!
  }

  // A few cards at a time, and none before the page is there.
  function bringSoon() {
    if (document.readyState !== 'complete') return addEventListener('load', bringSoon)
    setTimeout(() => {
      const begun = Date.now()
      while (Date.now() - begun < 15) if (!bring()) return
      bringSoon()
    })
  }

  return {
    shown,
    changed: followed,
    saved: (text) => say(saved, text),
    next,
    go,
    complete,
    bringSoon,
    bringTo,
    whole,
    restore,
  }

  function restore({ values }: Draft) {
    drafted = values
  }

  function followed(part: HTMLElement) {
    if (part.id === 'table') sayCount(place)
    else if (organs.indexOf(part) >= 0) offerSame(part)
  }
}

function counted(one: string, several: string, n: number): string {
  return n === 1 ? one : fill(several, { n })
}
