import { say } from './dom.ts'

/**
 * Forms that leave the page say so while the next page is on its way. Nobody who comes back posts this one again, which
 * browsers ask about in words of their own: its address leads to the start.
 */
export function startWaiting(): void {
  document.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return
    sayWaiting(event.target as HTMLFormElement)
    history.replaceState(history.state, '')
  })
}

let isWaiting = false

/** In the form's own status: after 300 ms that the page is loading, after 8 s that it takes long. */
export function sayWaiting(form: HTMLFormElement): void {
  const status = form.querySelector<HTMLElement>('[data-loading]')
  if (!status || isWaiting) return
  isWaiting = true
  const before = status.textContent || ''
  const timers = [
    setTimeout(() => say(status, status.dataset.loading || ''), 300),
    setTimeout(() => say(status, status.dataset.slow || ''), 8000),
  ]
  // Back again: the browser may have kept the page as it was left.
  addEventListener('pageshow', function back(event) {
    if (!event.persisted) return
    removeEventListener('pageshow', back)
    isWaiting = false
    for (const timer of timers) clearTimeout(timer)
    say(status, before)
  })
}
