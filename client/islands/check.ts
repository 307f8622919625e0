import { fill } from '../messages/fill.ts'
import type { CheckWords } from '../pages/respond/check-page.tsx'
import { findReceipt } from '../receipt-text.ts'
import { fields } from '../urls.ts'
import { findKept, sendUntilLogged } from './ballot/kept.ts'
import { readKept } from './ballot/store.ts'
import { offerAnswers } from './check/answers.ts'
import { lines } from './check/lines.ts'
import { type Checked, checkReceipt, type Found } from './check/receipt.ts'

/**
 * The device checks a receipt itself: that the survey's key signed it, that the log which holds it is signed, and that it
 * stands in that log. What comes in the address stays there: a fragment is never sent. Where the device has sent the
 * response itself, it can also see whether the published answers are those that it sealed.
 */
const form = document.querySelector<HTMLFormElement>('[data-island="check"]')
if (form && typeof crypto === 'object' && crypto.subtle) start(form)

function start(form: HTMLFormElement): void {
  const words = JSON.parse(form.dataset['words'] || '{}') as CheckWords
  const box = form.elements.namedItem(fields.receipt) as HTMLTextAreaElement
  const file = form.querySelector<HTMLInputElement>('#file')!
  const status = document.getElementById('outcome')!
  form.querySelector<HTMLElement>('#file-field')!.hidden = false
  form.querySelector('#who')!.textContent = words.device[0]
  const checked: Checked = { survey: form.dataset['survey'] ?? '', manifest: form.dataset['manifest'] ?? '' }
  const answers = document.getElementById('answers')!
  let turn = 0

  const say = (kind: keyof CheckWords, index = '') => {
    const [sentence, more] = words[kind]
    status.hidden = false
    status.replaceChildren(...lines(fill(sentence, { i: index }), more))
  }

  async function check(text: string): Promise<void> {
    turn += 1
    const own = turn
    say('working')
    const receipt = findReceipt(text)
    const found = await checkReceipt(checked, receipt).catch((): Found => ({ outcome: { kind: 'failed' } }))
    // Meanwhile another one was asked about.
    if (own !== turn) return
    const { outcome } = found
    say(outcome.kind, outcome.kind === 'counted' ? String(outcome.index) : '')
    const kept = await readKept(checked.survey)
    const mine = receipt ? findKept(kept, receipt.tag) : undefined
    void offerAnswers(answers, found.terms, mine)
    const isOurs = outcome.kind === 'counted' || outcome.kind === 'not_yet'
    if (mine && isOurs) await sendUntilLogged(checked.survey, kept, mine, receipt!.tag)
  }

  form.addEventListener('submit', (event) => {
    // Nothing typed: the server's page says what is missing.
    if (box.value.trim() === '') return
    event.preventDefault()
    void check(box.value)
  })
  file.addEventListener('change', async () => {
    const chosen = file.files?.[0]
    if (!chosen) return
    box.value = await chosen.slice(0, 20_000).text()
    void check(box.value)
  })
  const checkAddress = () => {
    if (location.hash.length < 2) return
    // Another language or text size shows the same receipt.
    for (const link of document.querySelectorAll<HTMLAnchorElement>('.tools a')) link.hash = location.hash
    box.value = location.href
    void check(location.hash)
  }
  addEventListener('hashchange', checkAddress)
  checkAddress()
}
