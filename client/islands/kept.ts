import { findKept, post, sendUntilLogged } from './ballot/kept.ts'
import { type Kept, readKept, writeKept } from './ballot/store.ts'

/**
 * The receipt of a sealed response on the device that sent it: here it can be changed or withdrawn until the close, and
 * it is sent again should a published log not hold it a day later.
 */
const receipt = document.querySelector<HTMLElement>('[data-island="done"][data-kept]')
if (receipt) void start(receipt)

async function start(receipt: HTMLElement): Promise<void> {
  const survey = receipt.dataset['survey'] ?? ''
  const tag = new URLSearchParams(location.search).get('t') ?? ''
  const kept = await readKept(survey)
  const mine = findKept(kept, tag)
  if (!mine) return
  const row = receipt.querySelector<HTMLElement>('[data-own]')!
  row.hidden = false
  startWithdrawing(row, survey, mine, () => writeKept(survey, kept))
  await sendUntilLogged(survey, kept, mine, tag)
}

/** Two taps on one button: the first asks, the second does it. */
function startWithdrawing(row: HTMLElement, survey: string, mine: Kept, save: () => Promise<void>): void {
  const button = row.querySelector<HTMLButtonElement>('button')!
  const status = row.querySelector<HTMLElement>('[role="status"]')!
  const say = (name: string) => {
    status.textContent = row.dataset[name] ?? ''
  }
  let isAsked = false
  button.addEventListener('click', async () => {
    if (!isAsked) {
      isAsked = true
      button.textContent = row.dataset['sure'] ?? ''
      return
    }
    button.disabled = true
    const { kid, msg, sig, ver } = mine
    const answer = await post(`/s/${survey}/withdraw`, { kid, msg, sig, ver: ver + 1 })
    button.disabled = false
    if (answer?.status === 200) {
      mine.ver += 1
      delete mine.enc
      delete mine.ct
      delete mine.leaves
      await save()
      button.hidden = true
      say('withdrawn')
    } else say(answer?.status === 410 ? 'closed' : 'failed')
  })
}
