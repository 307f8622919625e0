import { fields } from '../urls.ts'

// A device that many use, one after the other. Nothing of one person is left for the next: no page of theirs can be had
// back, and one that is left alone returns to the start. What is kept elsewhere (drafts, tickets, text size) asks for
// the mark on the document and keeps nothing there.

const LEAVING_MS = 20_000
const IDLE_MS = 120_000

const aside = document.getElementById('leaving')
if (aside) startKiosk(aside)

function startKiosk(aside: HTMLElement): void {
  const [path = '/'] = /^\/(s\/[^/]+\/[^/]+|r$)/.exec(location.pathname) || []
  // A form that a code has brought has the address of the page where codes are typed.
  const isStart = location.pathname === path && !document.getElementById('f')
  const home = startAddress(path, isStart)
  const says = aside.querySelector<HTMLElement>('[role="alert"]')!
  const stay = aside.querySelector('button')!
  let timer = 0

  function wait() {
    clearTimeout(timer)
    timer = setTimeout(ask, IDLE_MS)
  }

  function ask() {
    aside.hidden = false
    says.textContent = says.dataset.text || ''
    clearTimeout(timer)
    timer = setTimeout(() => location.replace(home), LEAVING_MS)
  }

  const isAsking = () => !aside.hidden
  stay.addEventListener('click', () => {
    aside.hidden = true
    says.textContent = ''
    wait()
  })
  for (const kind of ['pointerdown', 'keydown', 'input']) {
    addEventListener(kind, () => isAsking() || wait(), { passive: true, capture: true })
  }
  if (/\/done$/.test(location.pathname)) ask()
  else if (!isStart) wait()

  // What was posted is not posted again by Reload or Back, which lead to the start instead.
  history.replaceState(history.state, '')
  for (const field of Array.from(document.querySelectorAll('form,input,textarea'))) {
    field.setAttribute('autocomplete', 'off')
  }
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.replace(home)
  })
  addEventListener('pagehide', () => document.body.remove())
}

/** Where the next person begins: as this device was set up, without the language or text size of the last one. */
function startAddress(path: string, isStart: boolean): string {
  const asked = new URLSearchParams(location.search)
  const channel = asked.get(fields.channel)
  const plain = `${path}?${fields.kiosk}=1`
  const own = channel ? `${plain}&${fields.channel}=${encodeURIComponent(channel)}` : plain
  try {
    if (!isStart) return sessionStorage.getItem('gp:start') || plain
    sessionStorage.clear()
    sessionStorage.setItem('gp:start', own)
  } catch {
    // Storage is blocked: each survey leads back to its own start.
  }
  return own
}
