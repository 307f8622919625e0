import { all, byId, isShowing, root } from './respond/dom.ts'

// Reads the question in view aloud, then its options. Only voices of the device itself do it: others would send the text to
// somebody else. Without such a voice the button stays hidden.

const button = byId('read')
if (button && 'speechSynthesis' in window) startReading(button)

function startReading(button: HTMLElement): void {
  const speech = speechSynthesis
  document.querySelector('.tools')!.append(button)
  const language = root.lang.slice(0, 2)
  const ownVoice = () =>
    speech.getVoices().filter((voice) => voice.localService && voice.lang.slice(0, 2).toLowerCase() === language)[0]
  const offer = () => {
    button.hidden = !ownVoice()
  }
  offer()
  // Some browsers know their voices only later.
  speech.addEventListener('voiceschanged', offer)

  const mark = (isReading: boolean) => button.setAttribute('aria-pressed', String(isReading))
  const stop = () => {
    speech.cancel()
    mark(false)
  }

  button.addEventListener('click', () => {
    const isReading = button.getAttribute('aria-pressed') === 'true'
    stop()
    const voice = ownVoice()
    if (isReading || !voice) return
    mark(true)
    const sentences = sentencesInView()
    sentences.forEach((sentence, at) => {
      const utterance = new SpeechSynthesisUtterance(sentence)
      utterance.voice = voice
      utterance.lang = root.lang
      if (at === sentences.length - 1) utterance.onend = () => mark(false)
      speech.speak(utterance)
    })
  })
  // What is read no longer stands on the page.
  byId('f')!.addEventListener('click', (event) => {
    if ((event.target as Element).closest('[data-go],[type="submit"]')) stop()
  })
  addEventListener('popstate', stop)
  addEventListener('pagehide', stop)
}

/** Each question, then its options, as they stand there; where nothing is asked, what is said. Glyphs are left out. */
function sentencesInView(): string[] {
  const within = (selectors: string) => all(selectors, byId('f')!).filter(isShowing).map(textOf).filter(Boolean)
  const asked = within('.part.on .q legend,.part.on .q .hint,.part.on .q label')
  return asked.length > 0 ? asked : within('.part.on h2,.part.on h3,.part.on p,.part.on li')
}

function textOf(element: HTMLElement): string {
  const copy = element.cloneNode(true) as HTMLElement
  for (const silent of all('[aria-hidden],.need,button', copy)) silent.remove()
  return (copy.textContent || '').trim()
}
