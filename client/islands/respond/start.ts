import { all, byId, cameBack, focusOn, root } from './dom.ts'
import { leave, left } from './draft.ts'
import { hasSealing } from './sealing.ts'
import { applySize, startSizePanel } from './size.ts'

export type Starts = Readonly<Record<string, (element: HTMLFormElement) => void>>

/**
 * Runs a page's islands. It works in the head (nothing is painted in the wrong size, no long form flashes up) and at
 * the end of the body. Should anything fail, the marks of script are taken back and the plain form works.
 */
export function startIslands(starts: Starts): void {
  guarded(() => {
    applySize()
    root.classList.add('js')
    root.classList.toggle('seals', hasSealing())
    const start = () => startPage(starts)
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
    else start()
  })
}

function startPage(starts: Starts): void {
  guarded(startSizePanel)
  const errors = byId('errors')
  if (errors) focusOn(errors)
  // Islands stand on forms; the receipt, the only other element, asks for nothing that only forms have.
  for (const element of all<HTMLFormElement>('[data-island]')) {
    const start = starts[element.dataset.island || '']
    if (start) guarded(() => start(element))
  }
  returnToReceipt()
}

// Whoever goes back after sending is shown that it was sent. Whoever comes anew begins: perhaps somebody else, who must
// not meet the receipt of the person before on the way back.
function returnToReceipt(): void {
  const receipt = left(location.pathname)
  if (receipt && cameBack()) location.replace(receipt)
  else if (receipt) leave(location.pathname, '')
  addEventListener('pageshow', (event) => {
    const kept = event.persisted && left(location.pathname)
    if (kept) location.replace(kept)
  })
}

function guarded(start: () => void): void {
  try {
    start()
  } catch {
    root.className = ''
  }
}
