import { combine } from 'shamir-secret-sharing'
import { fromBase64url } from '../../../surveys/canonical.ts'
import { type ExpectedShares, readShares, type ShareFault } from '../../../surveys/shares.ts'
import { fill } from '../../messages/fill.ts'
import { isKeyOf, sha256 } from './keys.ts'
import { find, say, wordsOf } from './page.ts'

export type ShareFormWords = Readonly<Record<ShareFault['problem'] | 'wrong_key' | 'unreadable', string>>

/**
 * A form in which trustees enter their shares. When it is sent, the key is put together and compared; `use` gets it, and
 * only then anything may leave the page. Whatever is wrong is said beside its box, and nothing is lost that was typed.
 */
export function startShareForm(
  form: HTMLFormElement,
  use: (scalar: Uint8Array, pk: Uint8Array) => Promise<void>,
): void {
  const words = wordsOf<ShareFormWords>(form)
  const number = (name: string) => Number(form.dataset[name])
  const expected: ExpectedShares = {
    sid: form.dataset['sid'] ?? '',
    shares: number('shares'),
    threshold: number('threshold'),
  }
  const pk = fromBase64url(form.dataset['pk'] ?? '') ?? new Uint8Array(0)
  const places = Array.from(form.querySelectorAll<HTMLElement>('[data-share]'))
  const boxes = places.map((place) => find<HTMLTextAreaElement>(place, 'textarea'))
  for (const place of places) prepareFile(place, words)
  let busy = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    busy = true
    try {
      const texts = boxes.map(({ value }) => value)
      const read = await readShares(texts, expected, sha256)
      showFaults(form, places, read.ok ? [] : read.error, { words, expected })
      if (!read.ok) return
      const scalar = await combine(read.value.map(({ share }) => share))
      if (await isKeyOf(scalar, pk)) {
        for (const box of boxes) box.value = ''
        await use(scalar, pk)
      } else say(find(form, '[data-fault]'), words.wrong_key)
      scalar.fill(0)
    } finally {
      busy = false
    }
  })
  addEventListener('pagehide', () => {
    for (const box of boxes) box.value = ''
  })
  form.hidden = false
}

function showFaults(
  form: HTMLElement,
  places: readonly HTMLElement[],
  faults: readonly ShareFault[],
  { words, expected }: { readonly words: ShareFormWords; readonly expected: ExpectedShares },
): void {
  for (const [at, place] of places.entries()) {
    const own = faults.find((fault) => fault.at === at)
    const problem = find(place, '[data-problem]')
    problem.hidden = own === undefined
    say(problem, own ? words[own.problem] : '')
    const box = find(place, 'textarea')
    if (own) box.setAttribute('aria-invalid', 'true')
    else box.removeAttribute('aria-invalid')
  }
  const whole = faults.some(({ at }) => at === null) ? fill(words.too_few, { k: expected.threshold }) : ''
  say(find(form, '[data-fault]'), whole)
  const first = faults.find(({ at }) => at !== null)
  if (first && first.at !== null) find(places[first.at]!, 'textarea').focus()
}

/** The file of a share says in other lines what it is. */
function prepareFile(place: HTMLElement, words: ShareFormWords): void {
  const input = find<HTMLInputElement>(place, 'input[type=file]')
  input.addEventListener('change', async () => {
    const file = input.files?.[0]
    if (!file) return
    const line = (await file.text()).split(/\r?\n/).find((each) => /^\s*gps1-/i.test(each))
    const problem = find(place, '[data-problem]')
    problem.hidden = line !== undefined
    say(problem, line === undefined ? words.unreadable : '')
    if (line !== undefined) find<HTMLTextAreaElement>(place, 'textarea').value = line.trim()
    // The same file can be chosen again.
    input.value = ''
  })
}
