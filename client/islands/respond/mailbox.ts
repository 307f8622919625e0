import { codeFromBytes, mailboxInput } from '../../../surveys/ballot.ts'
import { base64url } from '../../../surveys/canonical.ts'
import { byId, isKiosk } from './dom.ts'

/**
 * Asking for an answer is offered where the overall rating is low. The device makes the code of the mailbox and sends its key
 * alone; a device that cannot leaves both to the server, as the plain form does. Of a reload the visit remembers the code.
 */
export function startMailbox(form: HTMLFormElement): void {
  const place = byId('ask-reply')
  const input = place?.querySelector('input')
  if (!place || !input) return
  const survey = form.dataset.survey || ''
  const level = Number(place.dataset.level)
  const k = () => (form.elements.namedItem('k') as HTMLInputElement).value
  const tell = () => {
    const rated = form.querySelector<HTMLInputElement>('[data-overall] input:checked')
    const isLow = !!rated && Number(rated.value) > 0 && Number(rated.value) <= level
    place.classList.toggle('on', isLow)
    input.disabled = !isLow
  }
  const use = async (code: string) => {
    const { subtle } = crypto
    if (!subtle) return
    const key = await subtle.digest('SHA-256', mailboxInput(survey, code))
    input.value = base64url(new Uint8Array(key))
    form.dataset.mailbox = code
  }
  const [keptFor, kept] = remembered(survey)
  if (kept && keptFor === k()) {
    input.checked = true
    use(kept)
  } else if (input.checked) make()
  function make() {
    const code = codeFromBytes(crypto.getRandomValues(new Uint8Array(10)))
    remember(survey, `${k()} ${code}`)
    use(code)
  }
  form.addEventListener('change', (event) => {
    tell()
    if (event.target !== input) return
    if (input.checked) make()
    else remember(survey, '')
  })
  tell()
}

const nameOf = (survey: string) => `gp-mailbox:${survey}`

function remembered(survey: string): string[] {
  try {
    return (sessionStorage.getItem(nameOf(survey)) || '').split(' ')
  } catch {
    return []
  }
}

function remember(survey: string, what: string): void {
  if (isKiosk) return
  try {
    sessionStorage.setItem(nameOf(survey), what)
  } catch {
    // Storage is blocked: a reload makes another code before anything is sent.
  }
}
