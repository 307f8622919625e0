import { byId, make } from './dom.ts'

/** One organ: its name, and the levels of its overall question on the card. */
type Row = { name: string; levels: readonly HTMLInputElement[] }

const ROWS_A_GROUP = 8

/**
 * The overall question about all organs as one table, for whoever asks for it on a wide screen. It shows and sets the
 * answers of the cards and has none of its own: its circles belong to no form, so nothing of it is sent.
 */
export function createTable(readOrgans: () => readonly Row[]): { write: () => void } {
  const table = byId('grid') as HTMLTableElement
  let organs: readonly Row[] = []
  let rows: HTMLInputElement[][] = []

  function write() {
    if (!rows.length) {
      organs = readOrgans()
      rows = organs.map(makeRow)
    }
    rows.forEach((circles, at) => {
      circles.forEach((circle, column) => {
        circle.checked = organs[at]!.levels[column]!.checked
      })
    })
  }

  function makeRow({ name, levels }: Row, at: number): HTMLInputElement[] {
    if (at % ROWS_A_GROUP === 0) table.append(make('tbody', ''))
    const head = make('th', '', make('bdi', '', name))
    head.scope = 'row'
    head.id = `row.${at}`
    const row = make('tr', '', head)
    table.tBodies[table.tBodies.length - 1]!.append(row)
    return levels.map((level) => {
      const circle = make('input', '')
      circle.type = 'radio'
      circle.name = head.id
      circle.value = level.value
      circle.setAttribute('form', '')
      circle.setAttribute('aria-labelledby', `${head.id} level.${level.value}`)
      row.append(make('td', '', make('label', '', circle)))
      return circle
    })
  }

  table.addEventListener('change', (event) => {
    const [circles, at] = placeOf(event.target)
    if (circles) set(at, circles.indexOf(event.target as HTMLInputElement))
  })

  // Left and right are the browser's own. Up and down lead to another organ and choose nothing there.
  table.addEventListener('keydown', (event) => {
    const [circles, at] = placeOf(event.target)
    if (!circles || event.ctrlKey || event.metaKey || event.altKey) return
    const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key]
    if (step) {
      event.preventDefault()
      const to = rows[at + step]
      if (to) (to.filter((each) => each.checked)[0] || to[circles.indexOf(event.target as HTMLInputElement)]!).focus()
      return
    }
    const chosen = circles.filter((each) => each.value === event.key)[0]
    if (!chosen) return
    chosen.checked = true
    chosen.focus()
    set(at, circles.indexOf(chosen))
  })

  function placeOf(target: EventTarget | null): [HTMLInputElement[] | undefined, number] {
    const circles = rows.filter((each) => each.indexOf(target as HTMLInputElement) >= 0)[0]
    return [circles, circles ? rows.indexOf(circles) : -1]
  }

  /** Chooses on the card, which then does what it does when somebody chooses there. */
  function set(at: number, column: number) {
    const level = organs[at]!.levels[column]!
    level.checked = true
    level.dispatchEvent(new Event('change', { bubbles: true }))
  }

  return { write }
}
