import { MAX_VERSION } from '../../surveys/ballot.ts'
import { findKept, post, sendUntilLogged } from './ballot/kept.ts'
import { readKept, writeKept } from './ballot/store.ts'

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
  startWithdrawing(row, survey, tag)
  await sendUntilLogged(survey, kept, mine, tag)
}

/** Two taps on one button: the first asks, the second does it. */
function startWithdrawing(row: HTMLElement, survey: string, tag: string): void {
  const button = row.querySelector<HTMLButtonElement>('button')!
  const status = row.querySelector<HTMLElement>('[role="status"]')!
  let isAsked = false
  button.addEventListener('click', async () => {
    if (!isAsked) {
      isAsked = true
      button.textContent = row.dataset['sure'] ?? ''
      return
    }
    button.disabled = true
    const outcome = await withdraw(survey, tag)
    button.disabled = false
    button.hidden = outcome === 'withdrawn'
    status.textContent = row.dataset[outcome] ?? ''
  })
}

/** Takes out of the box what lies in it now, which another page of this device may have sent. */
async function withdraw(survey: string, tag: string): Promise<'withdrawn' | 'closed' | 'failed'> {
  const kept = await readKept(survey)
  const mine = findKept(kept, tag)
  if (!mine) return 'failed'
  const { kid, msg, sig } = mine
  // Sending may have been refused at the limit, where the one version beyond it is still there to withdraw.
  for (let ver = Math.min(mine.ver + 1, MAX_VERSION), tries = 0; tries < 2; tries++) {
    const answer = await post(`/s/${survey}/withdraw`, { kid, msg, sig, ver })
    if (answer?.status === 410) return 'closed'
    const { ver: known = 0 } = (await answer?.json().catch(() => null)) ?? {}
    if (answer?.status === 200 && known === 0) {
      mine.ver = ver
      delete mine.enc
      delete mine.ct
      delete mine.leaves
      await writeKept(survey, kept)
      return 'withdrawn'
    }
    ver = known + 1
  }
  return 'failed'
}
