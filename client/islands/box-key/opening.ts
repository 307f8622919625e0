import { base64url } from '../../../surveys/canonical.ts'
import { fill } from '../../messages/fill.ts'
import { find, say, wordsOf } from './page.ts'
import { type ShareFormWords, startShareForm } from './share-form.ts'

type OpeningWords = ShareFormWords & Readonly<Record<string, string>>

/** Hands the key over, once, when the shares have made it; the page then shows what happens. */
export function startOpening(form: HTMLFormElement): void {
  const words = wordsOf<OpeningWords>(form)
  startShareForm(form, async (scalar) => {
    // Not through a field of the form: browsers write down what stands in fields.
    const body = new URLSearchParams({
      csrf: find<HTMLInputElement>(form, '[name=csrf]').value,
      key: base64url(scalar),
    })
    const refusal = await send(form.action, body)
    if (refusal === null) return untilBegun(form.dataset['from'] ?? '')
    say(find(form, '[data-fault]'), words[refusal] ?? words['failed'] ?? '')
  })
}

/** The page is asked for again as soon as the server can say how far it is. */
async function untilBegun(from: string): Promise<void> {
  const answer = await ask(from)
  if (answer?.progress) return location.reload()
  await new Promise((resolve) => setTimeout(resolve, 500))
  return untilBegun(from)
}

/** The code of the refusal; null when the opening has begun. */
async function send(address: string, body: URLSearchParams): Promise<string | null> {
  try {
    const response = await fetch(address, { method: 'POST', body, headers: { accept: 'application/json' } })
    if (response.ok) return null
    const { code } = (await response.json()) as { code?: string }
    return code ?? 'failed'
  } catch {
    return 'failed'
  }
}

interface Answer {
  readonly state: string
  readonly progress: {
    readonly step: string
    readonly total: number
    readonly done: number
    readonly valid: number
    readonly invalid: number
  } | null
}

/** How far the opening is; null when no answer came. Whoever is not let in any more is told so by the page. */
async function ask(from: string): Promise<Answer | null> {
  try {
    const response = await fetch(from, { headers: { accept: 'application/json' } })
    if (response.ok) return (await response.json()) as Answer
    location.reload()
    return null
  } catch {
    return null
  }
}

/** Asks every second how far it is; when it is over, the page that says so takes the place of this one. */
export function followOpening(block: HTMLElement): void {
  const stages = Array.from(block.querySelectorAll<HTMLElement>('[data-stage]'))
  const look = async () => {
    const answer = await ask(block.dataset['from'] ?? '')
    // Without an answer the line was lost for a moment; the opening goes on without this page.
    if (answer) {
      const { progress } = answer
      if (!progress || progress.step === 'done' || progress.step === 'failed') return location.reload()
      const { step, done, total, valid, invalid } = progress
      for (const stage of stages) {
        say(stage, fill(stage.dataset['text'] ?? '', { n: done, total, ok: valid, bad: invalid }))
        if (stage.dataset['stage'] === step) stage.setAttribute('aria-current', 'step')
        else stage.removeAttribute('aria-current')
      }
    }
    setTimeout(look, 1_000)
  }
  setTimeout(look, 1_000)
}
