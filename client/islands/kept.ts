import type { Kept } from './ballot/store.ts'
import { readKept, writeKept } from './ballot/store.ts'

/**
 * The receipt of a sealed response on the device that sent it: here it can be changed or withdrawn until the close, and
 * it is sent again, the same bytes, should a published log not hold it a day later.
 */
const receipt = document.querySelector<HTMLElement>('[data-island="done"][data-kept]')
if (receipt) void start(receipt)

const A_DAY_AND_A_NIGHT_MS = 30 * 3_600_000

async function start(receipt: HTMLElement): Promise<void> {
  const survey = receipt.dataset['survey'] ?? ''
  const tag = new URLSearchParams(location.search).get('t') ?? ''
  const kept = await readKept(survey)
  const mine = kept.find((each) => new URLSearchParams(each.location?.split('?')[1]).get('t') === tag)
  if (!mine) return
  const save = () => writeKept(survey, kept)
  const row = receipt.querySelector<HTMLElement>('[data-own]')!
  row.hidden = false
  startWithdrawing(row, survey, mine, save)
  await sendUntilLogged(survey, tag, mine, save)
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

/** A receipt means that the response was taken; that it is in the log means that everybody can see it. */
async function sendUntilLogged(survey: string, tag: string, mine: Kept, save: () => Promise<void>): Promise<void> {
  if (mine.logged || !mine.enc) return
  const proof = await fetch(`/s/${survey}/log/participation/proof/${tag}`, { credentials: 'omit' }).catch(() => null)
  if (proof?.ok) {
    // From here on the copy has done its work.
    mine.logged = true
    delete mine.enc
    delete mine.ct
    await save()
  } else if (proof?.status === 404 && Date.now() - (mine.at ?? 0) > A_DAY_AND_A_NIGHT_MS) {
    const { kid, msg, sig, ver, enc, ct } = mine
    await post(`/s/${survey}/submit`, { v: 1, kid, msg, sig, ver, enc, ct })
  }
}

function post(path: string, body: unknown): Promise<Response | null> {
  return fetch(path, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  }).catch(() => null)
}
