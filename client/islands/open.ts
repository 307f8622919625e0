import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2'
import { fields } from '../urls.ts'

/**
 * The open channel asks the browser for a small computation, so that sending a thousand comments costs something and
 * sending one costs nothing noticeable. It is loaded on that page only. Without it the form goes as it is, and the
 * server takes only a few of those from one network.
 */
const form = document.querySelector<HTMLFormElement>('[data-island="open"]')
if (form && typeof crypto === 'object' && crypto.subtle) startProof(form)

function startProof(form: HTMLFormElement): void {
  const field = form.elements.namedItem(fields.proofOfWork) as HTMLInputElement
  const status = form.querySelector<HTMLElement>('[role="status"]')
  const say = (text: string | undefined) => {
    if (status) status.textContent = text ?? ''
  }
  let isWorking = false
  form.addEventListener('submit', (event) => {
    if (field.value) return
    event.preventDefault()
    if (isWorking) return
    isWorking = true
    say(form.dataset.working)
    prove(form.dataset.challenge ?? '').then(
      (proof) => {
        field.value = proof
        form.submit()
      },
      () => {
        isWorking = false
        say(form.dataset.failed)
      },
    )
  })
  // Coming back to this page: a proof is good for one use.
  addEventListener('pageshow', () => {
    isWorking = false
    field.value = ''
    say('')
  })
}

async function prove(address: string): Promise<string> {
  const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' })
  if (!response.ok) throw new Error('prove needs a challenge')
  // Our own server's answer; a wrong one leads to no solution.
  const challenge = (await response.json()) as Challenge
  const solution = await solveChallenge({ challenge, deriveKey })
  if (!solution) throw new Error('prove needs a solution')
  const { parameters, signature } = challenge
  return btoa(JSON.stringify({ challenge: { parameters, signature }, solution }))
}
