import { all, isKiosk, root } from './dom.ts'

const key = 'gp:size'

/** The text size chosen on this device wins over the address; it is set before anything is painted. */
export function applySize(): void {
  const stored = readSize()
  if (stored === null) return
  if (stored) root.dataset.size = stored
  else delete root.dataset.size
}

/** The panel changes the size at once, without asking the server; Escape closes it and gives the focus back. */
export function startSizePanel(): void {
  const panel = document.querySelector<HTMLDetailsElement>('details.size')
  if (!panel) return
  const summary = panel.querySelector('summary')!
  const choices = all('[data-size]', panel)
  const mark = () => {
    for (const choice of choices) {
      if ((choice.dataset.size || '') === (root.dataset.size || '')) choice.setAttribute('aria-current', 'true')
      else choice.removeAttribute('aria-current')
    }
  }
  mark()
  for (const choice of choices) {
    choice.addEventListener('click', (event) => {
      // At a kiosk the address carries it, and it goes with the person who chose it.
      if (isKiosk) return
      event.preventDefault()
      writeSize(choice.dataset.size || '')
      const size = choice.dataset.size
      if (size) root.dataset.size = size
      else delete root.dataset.size
      mark()
      panel.open = false
      summary.focus()
    })
  }
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !panel.open) return
    panel.open = false
    summary.focus()
  })
  document.addEventListener('click', (event) => {
    if (!panel.contains(event.target as Node)) panel.open = false
  })
}

function readSize(): string | null {
  if (isKiosk) return null
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function writeSize(size: string): void {
  try {
    localStorage.setItem(key, size)
  } catch {
    // Storage is blocked: the size holds for this page, and the links carry it on.
  }
}
