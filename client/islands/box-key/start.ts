/**
 * The part of the staff's script that works with the keys of boxes: the share ceremony, its rehearsal, and handing in the
 * key at the opening. It is fetched only on pages that have one of these.
 */
import { base64url, fromBase64url } from '../../../surveys/canonical.ts'
import { startCeremony } from './ceremony.ts'
import { hasKeys, openSealed } from './keys.ts'
import { followOpening, startOpening } from './opening.ts'
import { find, say, wordsOf } from './page.ts'
import { type ShareFormWords, startShareForm } from './share-form.ts'

/** Brings a page's blocks to life. Where the browser gives no keys, the sentence for pages without script stays. */
export function startBoxKeys(): void {
  for (const block of document.querySelectorAll<HTMLElement>('[data-box]')) {
    const kind = block.dataset['box'] ?? ''
    if (kind === 'progress') followOpening(block)
    else if (hasKeys()) {
      const without = document.querySelector<HTMLElement>(`[data-without=${kind}]`)
      if (without) without.hidden = true
      if (kind === 'ceremony') startCeremony(block)
      else if (block instanceof HTMLFormElement) (kind === 'opening' ? startOpening : startRehearsal)(block)
    }
  }
}

/** Opens with the key what the page carries, and sends what was in it: whoever knows that has had the key. */
function startRehearsal(form: HTMLFormElement): void {
  const words = wordsOf<ShareFormWords>(form)
  const bytes = (name: string) => fromBase64url(form.dataset[name] ?? '') ?? new Uint8Array(0)
  startShareForm(form, async (scalar, pk) => {
    const sealed = { survey: form.dataset['survey'] ?? '', enc: bytes('enc'), ct: bytes('ct') }
    const opened = await openSealed(scalar, pk, sealed).catch(() => null)
    if (!opened) return say(find(form, '[data-fault]'), words.wrong_key)
    find<HTMLInputElement>(form, '[name=pk]').value = base64url(pk)
    find<HTMLInputElement>(form, '[name=proof]').value = base64url(opened)
    form.submit()
  })
}
