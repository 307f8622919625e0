import { fill } from '../../messages/fill.ts'
import type { FormWords } from '../../pages/respond/island-words.ts'
import { isRest, type Outcome } from '../ballot/contract.ts'

/** Sends the form's own fields; the same bytes and the same key in every try. */
export async function post(form: HTMLFormElement): Promise<Outcome> {
  const body = new URLSearchParams()
  new FormData(form).forEach((value, name) => {
    body.append(name, String(value))
  })
  const stop = typeof AbortController === 'function' ? new AbortController() : null
  const timer = setTimeout(() => stop?.abort(), 30_000)
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
      body: body.toString(),
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      ...(stop ? { signal: stop.signal } : {}),
    })
    return await outcomeOf(response, new URL(form.action).search.slice(1), form.dataset.mailbox || '')
  } catch {
    return { kind: 'lost' }
  } finally {
    clearTimeout(timer)
  }
}

type Reply = {
  location?: string
  /** There is a mailbox; the code is '' where this device has made it. */
  mailbox?: string
  errors?: { path: string; code: string }[]
  code?: string
  title?: string
  req?: string
  retryAfter?: number
}

async function outcomeOf(response: Response, carried: string, mailbox: string): Promise<Outcome> {
  const { status } = response
  const reply = await response.json().then(
    (json: Reply) => json,
    (): Reply => ({}),
  )
  const seconds = Number(reply.retryAfter || response.headers.get('Retry-After')) || 2
  if (status === 200) {
    // A page instead of our answer is some network's sign-in page: nothing has arrived.
    if (!reply.location) return { kind: 'lost' }
    // The code of a mailbox stays on the device: a fragment goes to no server.
    const code = reply.mailbox === undefined ? '' : reply.mailbox || mailbox
    return { kind: 'done', location: `${reply.location}&${carried}${code && `#m=${code}`}` }
  }
  if (status === 422 && reply.errors && reply.errors.length) return { kind: 'problems', errors: reply.errors }
  if (status === 429) return { kind: 'busy', seconds }
  if (status >= 500)
    return {
      kind: 'failed',
      reference: reply.req || '',
      isTemporary: status > 500,
      seconds,
      why: isRest(reply.code) ? reply.title : '',
    }
  return { kind: 'page', code: reply.code || '' }
}

export type Trouble = {
  title: string
  lines: string[]
  reference: string
  action: string
  /** Another try makes sense only after the pause. */
  mustWait: boolean
}

export type SendingPage = {
  form: HTMLFormElement
  /** One try, the same in every repetition: the form itself, or its sealed answers; a retry comes by itself. */
  post: (isRetry: boolean) => Promise<Outcome>
  words: FormWords
  /** Whether the device keeps the answers; the sentences say only what is true. */
  isKept: () => boolean
  tell: (text: string) => void
  showTrouble: (trouble: Trouble) => void
  showProblems: (errors: { path: string; code: string }[]) => void
  dropDraft: () => void
}

/**
 * The sending of one response: tries again after 1, 2, 4 … 60 seconds and as soon as the device is online, until an
 * answer has come. A lost reply does no harm, since every try carries the same key. `rest` ends the waiting: whoever has
 * gone back to the answers sends them by the button, when they are as they should be.
 */
export function createSender(page: SendingPage): { send: () => void; rest: () => void } {
  const { form, words } = page
  let isBusy = false
  let pause = 1
  let timer = 0
  let isWaiting = false
  let receipt = ''

  const later = (seconds: number) => {
    isWaiting = true
    timer = setTimeout(attempt, seconds * 1000, true)
    pause = Math.min(pause * 2, 60)
  }

  function rest() {
    clearTimeout(timer)
    isWaiting = false
    if (!isBusy) page.tell('')
  }

  const send = () => attempt(false)

  async function attempt(isRetry: boolean) {
    if (isBusy || receipt) return
    isBusy = true
    isWaiting = false
    clearTimeout(timer)
    page.tell(words.submitting)
    const slow = setTimeout(() => page.tell(words.submitSlow), 8000)
    const outcome = await page.post(isRetry)
    clearTimeout(slow)
    page.tell('')
    isBusy = false
    follow(outcome)
  }

  function follow(outcome: Outcome) {
    const trouble = (title: string, lines: string[], action: string, reference = '') =>
      page.showTrouble({ title, lines, action, reference, mustWait: outcome.kind === 'busy' })
    const kept = page.isKept() ? words.notSentKept : words.notSentUnkept
    const seconds = 'seconds' in outcome ? Math.max(outcome.seconds, pause) : pause
    switch (outcome.kind) {
      case 'done':
        page.dropDraft()
        receipt = outcome.location
        location.replace(receipt)
        return
      case 'problems':
        page.showProblems(outcome.errors)
        return
      case 'lost':
        // A request fails for many reasons; only the device knows whether it has no network at all.
        if (navigator.onLine === false) {
          trouble(words.offlineTitle, [kept, words.offlineText], words.offlineAgain)
        } else {
          trouble(words.notSentTitle, [words.notSentUnreachable, kept], words.notSentAgain)
          page.tell(fill(words.notSentRetry, { seconds }))
        }
        later(seconds)
        return
      case 'busy':
        trouble(words.tooManyTitle, [fill(words.notSentRetry, { seconds })], words.notSentAgain)
        later(seconds)
        return
      case 'failed': {
        const reference = outcome.reference && fill(words.notSentReference, { reference: outcome.reference })
        const lines = [outcome.why || words.notSentText, kept].concat(outcome.why ? [] : words.otherWays)
        trouble(words.notSentTitle, lines, words.notSentAgain, reference)
        if (!outcome.isTemporary) return
        page.tell(fill(words.notSentRetry, { seconds }))
        later(seconds)
        return
      }
      case 'refused': {
        const [title, text] = words.refusals[outcome.code] || words.refusals.failed
        // Nothing was taken and nothing is sent in the clear; what stands on the page stays until its owner leaves.
        page.showTrouble({ title, lines: [text], action: '', reference: '', mustWait: true })
        if (/^(spent|closed|change_limit)$/.test(outcome.code)) page.dropDraft()
        return
      }
      case 'page':
        // Someone else's or a late response, or somebody who is not asked: there is nothing left to send.
        if (/^(spent|closed|not_open|not_eligible)$/.test(outcome.code)) page.dropDraft()
        // Sent once more as a plain form, the server explains it on a page of its own. The key makes that harmless.
        form.submit()
    }
  }

  addEventListener('online', () => {
    if (isWaiting) attempt(true)
  })
  // Back from the receipt: a page kept by the browser must not offer to send again.
  addEventListener('pageshow', () => {
    if (receipt) location.replace(receipt)
  })
  return { send, rest }
}
