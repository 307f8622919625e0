import { fill } from '../messages/fill.ts'

// Counts that move while people answer, written into the page as they come. A button holds them; a line that was lost is
// tried again later, and without it the page stays what it was.

const againMs = 30_000

type Words = Readonly<Record<'updated' | 'pause' | 'resume' | 'live' | 'paused' | 'lost' | 'ended', string>>
type Counts = { readonly updated: string; readonly texts: Readonly<Record<string, string>> }

/** Follows the stream that the line names. */
export function followCounts(line: HTMLElement): void {
  const words = JSON.parse(line.dataset['words'] ?? '{}') as Words
  const status = line.querySelector<HTMLElement>('[role="status"]')
  const button = line.querySelector('button')
  const updated = line.querySelector<HTMLElement>('[data-updated]')
  if (!status || !button || !updated) return
  let source: EventSource | null = null
  let timer = 0
  const say = (text: string) => {
    if (status.textContent !== text) status.textContent = text
  }
  const stop = () => {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  const follow = () => {
    stop()
    source = new EventSource(line.dataset['stream'] ?? '')
    source.addEventListener('open', () => say(words.live))
    source.addEventListener('counts', (event) => {
      const counts = JSON.parse((event as MessageEvent<string>).data) as Counts
      updated.textContent = counts.updated
      write(counts.texts)
    })
    source.addEventListener('end', () => {
      stop()
      button.hidden = true
      say(words.ended)
    })
    source.addEventListener('error', () => {
      say(words.lost)
      // What was refused the browser does not ask for again.
      if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(follow, againMs)
    })
  }
  button.hidden = false
  button.addEventListener('click', () => {
    const isHeld = source === null
    if (isHeld) follow()
    else {
      stop()
      say(words.paused)
    }
    button.textContent = fill(isHeld ? words.pause : words.resume, {})
  })
  follow()
}

function write(texts: Counts['texts']): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-live]')) {
    const text = texts[place.dataset['live'] ?? '']
    if (text !== undefined && place.textContent !== text) place.textContent = text
  }
  for (const bar of document.querySelectorAll<SVGRectElement>('[data-live-bar]')) {
    const text = texts[bar.getAttribute('data-live-bar') ?? '']
    if (text !== undefined) bar.setAttribute('width', `${Math.min(100, Number.parseFloat(text.replace('<', '')))}%`)
  }
}
